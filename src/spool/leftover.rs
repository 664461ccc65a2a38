//! Message files that lie where Asterisk's IMAP storage looks before it asks the server.
//!
//! In IMAP mode Asterisk fetches a message into `FOLDER/msgNNNN.*` to play it. A file that is there
//! already is played instead and then removed; half a message ends Asterisk (asterisk-findings 1.6
//! and 2, tried live). Names only are read here: nothing is opened, and no lock is waited for.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::files::{Dir, OpenError};
use super::layout::{self, FolderName, TXT};
use super::scan::Spool;
use super::upper::unusable_dir;
use crate::voicemail::audio::is_format;
use crate::voicemail::folder::VoicemailFolder;
use crate::voicemail::notice::Notice;
use crate::voicemail::vmbox::VoicemailBox;

/// Files younger than this may belong to a message that is being played.
const YOUNG: Duration = Duration::from_mins(1);

/// The message files of one folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leftover {
    /// The folder.
    pub folder: VoicemailFolder,
    /// Messages with text and recording.
    pub whole: u64,
    /// Messages of which one of the two is missing.
    pub half: u64,
    /// Messages whose files have changed within the last minute; in neither of the two above.
    pub young: u64,
}

/// What was found for one box.
#[derive(Debug, Default)]
pub struct Leftovers {
    /// Folders with message files, in Asterisk's numbering.
    pub folders: Vec<Leftover>,
    /// What could not be read.
    pub notices: Vec<Notice>,
}

/// The files of one message number.
#[derive(Default)]
struct Parts {
    text: bool,
    recording: bool,
    young: bool,
}

impl Spool {
    /// Counts the message files of a box. A box without a directory has none. Never fails: what
    /// could not be read stands in the notices.
    #[must_use]
    pub fn leftovers(&self, vmbox: &VoicemailBox, now: SystemTime) -> Leftovers {
        let mut found = Leftovers::default();
        let place = format!("{}/{}", vmbox.context, vmbox.extension);
        let dir = match self.open_box(vmbox) {
            Ok(dir) => dir,
            Err(error) => {
                found.note(&place, &error);
                return found;
            }
        };
        let young = now.checked_sub(YOUNG).unwrap_or(UNIX_EPOCH);
        let young = young.duration_since(UNIX_EPOCH).unwrap_or_default();
        let young = i64::try_from(young.as_nanos()).unwrap_or(i64::MAX);
        for folder in VoicemailFolder::ALL {
            let name = OsStr::new(folder.as_str());
            let counted = dir
                .open_dir(name, self.root())
                .and_then(|sub| count(&sub, folder, young).map_err(OpenError::Io));
            match counted {
                Ok(one) if one.whole + one.half + one.young > 0 => found.folders.push(one),
                Ok(_) => {}
                Err(error) => found.note(&dir.show(name), &error),
            }
        }
        found
    }
}

impl Leftovers {
    /// Remarks on what cannot be read; what is not there holds no files.
    fn note(&mut self, place: &str, error: &OpenError) {
        if !error.gone() {
            let (row, why) = unusable_dir(error);
            self.notices.push(Notice::new(&row, place, why));
        }
    }
}

fn count(dir: &Dir, folder: VoicemailFolder, young: i64) -> io::Result<Leftover> {
    let mut numbers: BTreeMap<u32, Parts> = BTreeMap::new();
    for item in dir.list()? {
        let name = item.name.to_str().map(layout::in_folder);
        let Some(FolderName::Message { number, extension }) = name else {
            continue;
        };
        let text = extension == TXT;
        if !text && !is_format(extension) {
            continue;
        }
        let parts = numbers.entry(number).or_default();
        parts.text |= text;
        parts.recording |= !text;
        // A file that is gone by now is gone.
        let stamp = dir.stat(&item.name);
        parts.young |= stamp.is_ok_and(|stamp| stamp.mtime_ns > young);
    }
    let mut one = Leftover {
        folder,
        whole: 0,
        half: 0,
        young: 0,
    };
    for parts in numbers.values() {
        let counter = match parts {
            Parts { young: true, .. } => &mut one.young,
            Parts {
                text: true,
                recording: true,
                ..
            } => &mut one.whole,
            _ => &mut one.half,
        };
        *counter += 1;
    }
    Ok(one)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn later() -> SystemTime {
        SystemTime::now() + Duration::from_mins(5)
    }

    #[test]
    fn whole_and_half_messages_are_told_apart_and_greetings_let_be() {
        let dir = tempfile::tempdir().unwrap();
        let inbox = dir.path().join("a/1/INBOX");
        std::fs::create_dir_all(&inbox).unwrap();
        std::fs::create_dir_all(dir.path().join("a/1/Work")).unwrap();
        for name in [
            "msg0000.txt",
            "msg0000.WAV",
            "msg0001.txt",
            "msg0001.bak",
            "msg0002.wav",
            "msg3.txt",
            "msg0004.bak",
            ".lock",
        ] {
            std::fs::write(inbox.join(name), "x").unwrap();
        }
        std::fs::write(dir.path().join("a/1/unavail.wav"), "x").unwrap();
        let spool = Spool::open(dir.path()).unwrap();
        let found = spool.leftovers(&VoicemailBox::new("1", "a"), later());
        let inbox = Leftover {
            folder: VoicemailFolder::Inbox,
            whole: 1,
            half: 2,
            young: 0,
        };
        assert_eq!(found.folders, [inbox]);
        assert!(found.notices.is_empty());
        let now = spool.leftovers(&VoicemailBox::new("1", "a"), SystemTime::now());
        assert_eq!((now.folders[0].young, now.folders[0].whole), (3, 0));
        let nobody = spool.leftovers(&VoicemailBox::new("2", "a"), later());
        assert!(nobody.folders.is_empty() && nobody.notices.is_empty());
    }

    #[test]
    fn what_cannot_be_read_is_said_and_not_taken_for_nothing() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("a/1")).unwrap();
        std::fs::write(dir.path().join("a/1/INBOX"), "a file").unwrap();
        let outside = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(outside.path(), dir.path().join("a/1/Old")).unwrap();
        let spool = Spool::open(dir.path()).unwrap();
        let found = spool.leftovers(&VoicemailBox::new("1", "a"), later());
        let codes: Vec<&str> = found.notices.iter().map(|n| n.code).collect();
        assert_eq!(codes, ["VMS003", "VMS002"]);
    }
}
