//! The spool that a real Asterisk wrote, message by message.

use crate::spool_support;
use std::collections::BTreeMap;

use spool_support::{codes, find, options, recorded};
use vmimap::spool::{BoxScan, OrigtimeSource};
use vmimap::voicemail::audio::AudioFormat::{Gsm, Wav, Wav49};
use vmimap::voicemail::folder::VoicemailFolder::{Family, Friends, Inbox, Old, Urgent, Work};

fn scan_all() -> (tempfile::TempDir, BTreeMap<String, BoxScan>) {
    let (dir, spool) = recorded();
    let list = spool.boxes().unwrap();
    assert_eq!(list.notices, []);
    let scans = list
        .boxes
        .iter()
        .map(|b| (b.vmbox.to_string(), spool.scan_box(&b.vmbox, &options())))
        .collect();
    (dir, scans)
}

#[test]
fn every_box_and_every_message_is_found() {
    let (_dir, scans) = scan_all();
    let counts: Vec<_> = scans
        .iter()
        .map(|(name, scan)| (name.as_str(), scan.entries.len()))
        .collect();
    assert_eq!(
        counts,
        [
            ("4123@default", 11),
            ("4123@sales", 3),
            ("4124@default", 1),
            ("4125@default", 3),
            ("4126@default", 0),
            ("5001@sales", 3),
        ]
    );
    assert!(scans.values().all(BoxScan::complete));
    assert!(scans.values().all(|scan| scan.deferred.is_empty()));
}

#[test]
fn nothing_but_the_wrong_duration_is_remarked_upon() {
    let (_dir, scans) = scan_all();
    let all: Vec<_> = scans
        .values()
        .flat_map(|scan| codes(&scan.notices))
        .collect();
    assert_eq!(all, [("VMS016", "default/4125/INBOX/msg0000.txt")]);
}

#[test]
fn the_caller_of_every_message_is_what_was_dialled() {
    let (_dir, scans) = scan_all();
    let scan = &scans["4123@default"];
    let long = "Long Name That Goes On And On Beyond Eighty Characters Because Somebody Typed All \
                Of It Here";
    for (folder, number, name, num) in [
        (Inbox, 0, "Name Only", ""),
        (Inbox, 1, "渡辺 太郎", "5551007"),
        (Inbox, 2, r"Back\slash <angle>", "5551008"),
        (Inbox, 3, long, "5551009"),
        (Inbox, 4, "Priority Caller", "5551011"),
        (Old, 0, "", ""),
        (Old, 1, "", "5551005"),
        (Urgent, 0, "Fire Alarm", "5551010"),
        (Work, 0, r#"Mary "Ada" Somerville"#, "5551002"),
        (Family, 0, "José Núñez Ñandú", "5551003"),
        (Friends, 0, "O'Brien, Pat (Sales); x=y", "+442079460001"),
    ] {
        let caller = &find(scan, folder, number).envelope.caller;
        assert_eq!(
            (&*caller.name, &*caller.number),
            (name, num),
            "{folder} {number}"
        );
    }
}

#[test]
fn flags_category_and_times_are_the_txts() {
    let (_dir, scans) = scan_all();
    let scan = &scans["4123@default"];
    let priority = find(scan, Inbox, 4);
    assert_eq!(priority.envelope.flag, "PRIORITY");
    assert_eq!(priority.envelope.category, "vip");
    assert_eq!(priority.envelope.rdnis, "4000");
    assert_eq!(find(scan, Urgent, 0).envelope.flag, "Urgent");
    let friends = find(scan, Friends, 0);
    assert_eq!(friends.origtime, 1_795_427_561);
    assert_eq!(friends.origtime_source, OrigtimeSource::Txt);
    assert_eq!(friends.envelope.origdate_time(), Some(1_795_427_561));
    assert_eq!(friends.envelope.msg_id, "1795427561-00000002");
    assert_eq!(friends.envelope.context, "judge");
    assert_eq!(friends.envelope.priority, 8);
    assert_eq!(friends.duration, 1);
}

#[test]
fn a_rewritten_txt_is_read_and_its_duration_corrected() {
    let (_dir, scans) = scan_all();
    let entry = find(&scans["4125@default"], Inbox, 0);
    assert_eq!(entry.envelope.origmailbox, "4124");
    assert_eq!(entry.envelope.duration, Some(3));
    assert_eq!(entry.duration, 4);
    assert_eq!(entry.envelope.caller.name, "Plain Caller");
    assert_eq!(find(&scans["4125@default"], Inbox, 1).duration, 2);
}

#[test]
fn every_recording_is_whole_and_true_to_its_name() {
    let (_dir, scans) = scan_all();
    for entry in scans.values().flat_map(|scan| &scan.entries) {
        for file in &entry.audio {
            assert!(file.whole(), "{file:?}");
        }
    }
    let entry = find(&scans["4123@default"], Inbox, 0);
    let millis: Vec<_> = entry
        .audio
        .iter()
        .map(|file| (file.format, file.facts.as_ref().unwrap().millis.unwrap()))
        .collect();
    assert_eq!(millis, [(Wav49, 1880), (Gsm, 1900), (Wav, 1917)]);
}

#[test]
fn messages_in_one_format_only_are_messages() {
    let (_dir, scans) = scan_all();
    let scan = &scans["5001@sales"];
    for (number, format) in [(0, Gsm), (1, Wav), (2, Wav49)] {
        let entry = find(scan, Inbox, number);
        assert_eq!(entry.audio.len(), 1);
        let choice = entry.choose_audio(&[Wav49, Gsm, Wav]).unwrap();
        assert_eq!((choice.file.format, choice.instead_of), (format, None));
        assert_eq!(entry.key_audio().unwrap().format, format);
    }
}

#[test]
fn greetings_are_counted_and_left_alone() {
    let (_dir, scans) = scan_all();
    assert_eq!(scans["4123@default"].greetings.len(), 12);
    assert_eq!(scans["4123@sales"].greetings.len(), 3);
    assert_eq!(scans["4126@default"].greetings.len(), 0);
}
