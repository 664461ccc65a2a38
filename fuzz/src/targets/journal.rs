//! The journal: any file is read or refused by name, what is appended behind a torn line is found
//! again, and a journal cut anywhere by a crash opens.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use vmimap::ops::migrate::journal::{Journal, Line, RunTag};
use vmimap::spool::FileStamp;
use vmimap::voicemail::source_key::{AudioDigest, SourceKey};
use vmimap::voicemail::vmbox::VoicemailBox;

thread_local! {
    static SCRATCH: tempfile::TempDir = super::scratch();
}

/// Takes the octets for a journal, for the names of a box, and for where a crash cuts.
pub fn check(data: &[u8]) {
    SCRATCH.with(|scratch| {
        let vmbox = VoicemailBox::new("4123", "default");
        let path = scratch.path().join("journal/default/4123.jsonl");
        fs::create_dir_all(path.parent().expect("it has one")).expect("a folder");
        fs::write(&path, data).expect("a file");
        match open(scratch.path(), &vmbox) {
            Ok(journal) => goes_on(journal, scratch.path(), &vmbox, &path, data),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::InvalidData, "{error}");
                assert!(error.to_string().contains("4123.jsonl:"), "{error}");
                assert_eq!(
                    fs::read(&path).expect("it is there"),
                    data,
                    "a damaged file was changed"
                );
            }
        }
    });
    names(data);
}

fn open(state: &Path, vmbox: &VoicemailBox) -> std::io::Result<Journal> {
    let run = RunTag {
        run: "r".to_owned(),
        account: "ada@mail:143".to_owned(),
        spool: "/spool".to_owned(),
        rolls_back: None,
    };
    Journal::open(state, vmbox, run, false)
}

fn stamp() -> FileStamp {
    FileStamp {
        dev: 1,
        ino: u64::MAX,
        size: 3,
        mtime_ns: i64::MIN,
        ctime_ns: 5,
    }
}

fn goes_on(mut journal: Journal, state: &Path, vmbox: &VoicemailBox, path: &PathBuf, data: &[u8]) {
    let whole = data
        .iter()
        .rposition(|octet| *octet == b'\n')
        .map_or(0, |at| at + 1);
    let key = SourceKey::new(vmbox, "planted", 0, &AudioDigest([1; 32]), 1);
    // The file may name the very key, or its folder.
    let known = data
        .windows(16)
        .any(|octets| key.as_str().as_bytes().starts_with(octets));
    assert!(known || journal.unsettled_since(&key).is_none());
    journal
        .note_digest(stamp(), AudioDigest([9; 32]))
        .expect("a line");
    let refused = Line::Refused {
        batch: 1,
        key: key.clone(),
        reply: String::from_utf8_lossy(data).chars().take(500).collect(),
    };
    journal.note(&refused).expect("a line");
    drop(journal);
    let after = fs::read(path).expect("it is there");
    assert!(
        after.starts_with(&data[..whole]),
        "whole lines were changed"
    );
    assert_eq!(
        after.iter().filter(|o| **o == b'\n').count(),
        lines(&data[..whole]) + 3
    );
    let journal = open(state, vmbox).expect("what was written can be read");
    assert_eq!(journal.digest(&stamp()), Some(AudioDigest([9; 32])));
    assert_eq!(journal.unsettled_since(&key), None);
    drop(journal);
    // A crash may cut anywhere.
    let cut = after.len() * usize::from(data.first().copied().unwrap_or(0)) / 256;
    fs::write(path, &after[..cut]).expect("a file");
    assert!(open(state, vmbox).is_ok(), "a torn line is no damage");
}

fn lines(octets: &[u8]) -> usize {
    octets.iter().filter(|octet| **octet == b'\n').count()
}

/// No name of a box leads out of the folder of journals, and no two to one file.
fn names(data: &[u8]) {
    // Asterisk cuts names at 79 octets; 26 characters have no more.
    let text: String = String::from_utf8_lossy(data)
        .chars()
        .take(26)
        .filter(|c| c.len_utf8() < 4)
        .collect();
    if text.is_empty() {
        return;
    }
    let state = super::scratch();
    for vmbox in [VoicemailBox::new(&text, "x"), VoicemailBox::new("x", &text)] {
        let mut journal = open(state.path(), &vmbox).expect("there is none yet");
        journal
            .note_digest(stamp(), AudioDigest([9; 32]))
            .expect("a line");
    }
    let mut found = Vec::new();
    for context in fs::read_dir(state.path().join("journal")).expect("a folder") {
        for file in fs::read_dir(context.expect("an entry").path()).expect("a folder") {
            found.push(file.expect("an entry").path());
        }
    }
    assert_eq!(
        found.len(),
        if text == "x" { 1 } else { 2 },
        "{text:?}: {found:?}"
    );
    assert_eq!(fs::read_dir(state.path()).expect("a folder").count(), 1);
}
