//! The journal across runs, crashes and damage.

use std::fs;
use std::num::NonZeroU32;

use super::*;
use crate::voicemail::source_key::AudioDigest;

fn vmbox() -> VoicemailBox {
    VoicemailBox::new("4123", "default")
}

fn tag(account: &str) -> RunTag {
    RunTag {
        run: "r1".into(),
        account: account.into(),
        spool: "voicemail".into(),
        rolls_back: None,
    }
}

fn open(dir: &Path, account: &str) -> io::Result<Journal> {
    Journal::open(dir, &vmbox(), tag(account), false)
}

fn key(copy: u32) -> SourceKey {
    SourceKey::new(&vmbox(), "id", 0, &AudioDigest([1; 32]), copy)
}

fn meant() -> Meant {
    Meant {
        octets: 7,
        sha256: AudioDigest([1; 32]),
        seen: true,
        flagged: false,
        list: Some(List::Old),
    }
}

fn stamp() -> FileStamp {
    FileStamp::of(&fs::metadata("/proc/self/exe").unwrap())
}

fn validity() -> UidValidity {
    UidValidity(NonZeroU32::MIN)
}

fn inbox() -> MailboxName {
    MailboxName::from_wire("INBOX").unwrap()
}

/// A journal with one digest and one verified message.
fn written(dir: &Path) -> PathBuf {
    let mut journal = open(dir, "a").unwrap();
    journal.note_digest(stamp(), AudioDigest([9; 32])).unwrap();
    journal
        .intend(1, &inbox(), vec![(key(1), meant())])
        .unwrap();
    journal
        .confirm(&inbox(), validity(), vec![(key(1), Uid(NonZeroU32::MIN))])
        .unwrap();
    dir.join("journal/default/4123.jsonl")
}

#[test]
fn the_next_run_remembers_what_was_read_back() {
    let dir = tempfile::tempdir().unwrap();
    written(dir.path());
    let journal = open(dir.path(), "a").unwrap();
    assert!(journal.verified(&key(1)) && journal.verified_in(&key(1), &inbox(), validity()));
    assert!(!journal.verified(&key(2)));
    assert_eq!(journal.digest(&stamp()), Some(AudioDigest([9; 32])));
}

#[test]
fn another_account_remembers_digests_only() {
    let dir = tempfile::tempdir().unwrap();
    written(dir.path());
    let journal = open(dir.path(), "b").unwrap();
    assert!(!journal.verified(&key(1)));
    assert!(journal.digest(&stamp()).is_some());
}

#[test]
fn a_torn_last_line_is_cut_off_and_written_over() {
    let dir = tempfile::tempdir().unwrap();
    let path = written(dir.path());
    let whole = fs::read(&path).unwrap();
    for cut in 0..whole.len() {
        fs::write(&path, &whole[..cut]).unwrap();
        let mut journal = open(dir.path(), "a").unwrap();
        journal
            .intend(2, &inbox(), vec![(key(2), meant())])
            .unwrap();
        drop(journal);
        open(dir.path(), "a").unwrap_or_else(|error| panic!("cut at {cut}: {error}"));
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.lines()
                .all(|line| serde_json::from_str::<Line>(line).is_ok()),
            "{cut}"
        );
    }
}

#[test]
fn a_damaged_line_in_the_middle_is_refused_with_its_number() {
    let dir = tempfile::tempdir().unwrap();
    let path = written(dir.path());
    let text = fs::read_to_string(&path)
        .unwrap()
        .replacen("\"type\":\"intent\"", "\"tpye\":1", 1);
    fs::write(&path, text).unwrap();
    let error = open(dir.path(), "a").err().unwrap().to_string();
    assert!(error.contains("4123.jsonl:3: damaged"), "{error}");
}

#[test]
fn a_newer_format_is_refused_not_guessed_at() {
    let dir = tempfile::tempdir().unwrap();
    let path = written(dir.path());
    let text = fs::read_to_string(&path)
        .unwrap()
        .replacen("\"format\":1", "\"format\":2", 1);
    fs::write(&path, text).unwrap();
    assert!(
        open(dir.path(), "a")
            .err()
            .unwrap()
            .to_string()
            .contains("format 2")
    );
}

#[test]
fn a_dry_run_leaves_no_trace() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(dir.path(), &vmbox(), tag("a"), true).unwrap();
    journal.note_digest(stamp(), AudioDigest([9; 32])).unwrap();
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    assert!(journal.digest(&stamp()).is_some());
}

#[test]
fn no_name_climbs_out_of_the_state_directory() {
    for (name, file) in [
        ("default", "default"),
        ("..", "%2E."),
        ("a/b", "a%2Fb"),
        (".x", "%2Ex"),
        ("é", "%C3%A9"),
    ] {
        assert_eq!(files::file_name(name), file);
        assert_eq!(files::name_of(file).as_deref(), Some(name));
    }
}

#[test]
fn what_no_box_could_be_called_is_no_journal() {
    for name in ["", "%", "%4", "%zz", "%61", "a/b", ".x", "%FF"] {
        assert_eq!(files::name_of(name), None, "{name}");
    }
    let dir = tempfile::tempdir().unwrap();
    written(dir.path());
    for other in ["removals.jsonl", "default/note.txt", "default/%61.jsonl"] {
        fs::write(dir.path().join("journal").join(other), "x").unwrap();
    }
    assert_eq!(boxes(dir.path()).unwrap(), [vmbox()]);
    assert!(boxes(&dir.path().join("nowhere")).unwrap().is_empty());
}

#[test]
fn an_intent_that_does_not_tell_what_each_message_is_meant_as_is_damaged() {
    let none = r#"{"type":"intent","batch":1,"at":"x","folder":"INBOX","keys":["KEY"],"meant":[]}"#;
    let none = none.replace("KEY", key(1).as_str());
    let why = understood(none.as_bytes()).unwrap_err();
    assert_eq!(why, "keys and meant are not of one length");
    assert!(understood(none.replace(",\"meant\":[]", "").as_bytes()).is_err());
}

#[test]
fn what_was_rolled_back_is_appended_again() {
    let dir = tempfile::tempdir().unwrap();
    written(dir.path());
    let mut journal = open(dir.path(), "a").unwrap();
    journal
        .note(&Line::Rollback {
            of: "r1".into(),
            folder: inbox(),
            uid_validity: validity(),
            items: vec![Stored {
                key: key(1),
                uid: Uid(NonZeroU32::MIN),
            }],
        })
        .unwrap();
    assert!(!journal.verified(&key(1)));
    let mut journal = open(dir.path(), "a").unwrap();
    assert!(!journal.verified_in(&key(1), &inbox(), validity()));
    assert_eq!(journal.rollback_begun(&key(1)), Some("r1"));
    let found = vec![(key(1), Uid(NonZeroU32::MIN))];
    journal.confirm(&inbox(), validity(), found).unwrap();
    assert_eq!(journal.rollback_begun(&key(1)), None);
}

#[test]
fn where_a_message_was_put_is_remembered_and_both_places_of_one_on_its_way() {
    let dir = tempfile::tempdir().unwrap();
    written(dir.path());
    let mut journal = open(dir.path(), "a").unwrap();
    assert_eq!(journal.placed(&key(1)), [List::Old]);
    assert!(journal.placed(&key(2)).is_empty());
    let items = || {
        let uid = Uid(NonZeroU32::MIN);
        vec![Stored { key: key(1), uid }]
    };
    let (folder, uid_validity, list) = (inbox(), validity(), List::New);
    let begun = Line::Update {
        folder: folder.clone(),
        uid_validity,
        items: items(),
        list,
    };
    journal.note(&begun).unwrap();
    drop(journal);
    let mut journal = open(dir.path(), "a").unwrap();
    assert_eq!(journal.placed(&key(1)), [List::Old, List::New]);
    let done = Line::Updated {
        folder,
        uid_validity,
        items: items(),
        list,
    };
    journal.note(&done).unwrap();
    drop(journal);
    let journal = open(dir.path(), "a").unwrap();
    assert_eq!(journal.placed(&key(1)), [List::New]);
    assert_eq!(journal.ours().collect::<Vec<_>>(), [&key(1)]);
    assert_eq!(open(dir.path(), "b").unwrap().ours().count(), 0);
}

#[test]
fn a_journal_of_before_places_were_noted_can_be_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = written(dir.path());
    let text = fs::read_to_string(&path).unwrap();
    let older = text.replace(",\"list\":\"old\"", "");
    assert_ne!(older, text);
    fs::write(&path, older).unwrap();
    let journal = open(dir.path(), "a").unwrap();
    assert!(journal.verified(&key(1)) && journal.placed(&key(1)).is_empty());
}

#[test]
fn a_line_that_could_not_be_written_whole_is_cut_off_by_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let path = written(dir.path());
    let mut journal = open(dir.path(), "a").unwrap();
    let line = |batch| Line::Unknown {
        batch,
        why: "cut".to_owned(),
    };
    journal.note(&line(1)).unwrap();
    // The disk is full: a part of the next line is there.
    let before = fs::read(&path).unwrap();
    fs::write(&path, [&before[..], b"{\"type\":\"unk"].concat()).unwrap();
    journal.file = Some(File::options().write(true).open("/dev/full").unwrap());
    assert!(journal.note(&line(2)).is_err());
    // And then there is room again.
    journal.note(&line(3)).unwrap();
    let mut lines = Vec::new();
    replay(&path, &mut |line| lines.push(line)).unwrap();
    assert_eq!(lines.pop(), Some(line(3)));
    assert!(matches!(lines.pop(), Some(Line::Run { .. })));
    assert_eq!(lines.pop(), Some(line(1)));
}

#[test]
fn what_was_lost_on_the_way_may_still_come_from_then_on() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = open(dir.path(), "a").unwrap();
    journal
        .intend(1, &inbox(), vec![(key(1), meant())])
        .unwrap();
    let sent = journal.unsettled_since(&key(1)).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(5));
    journal.lose(1, vec![key(1)], "cut".to_owned()).unwrap();
    assert!(journal.unsettled_since(&key(1)).unwrap() > sent);
}
