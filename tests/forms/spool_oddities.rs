//! Every oddity of a spool has a code, and none of them stops the rest.

use crate::spool_support;
use std::fs;

use spool_support::{Bench, NOW, TXT, codes, find, gsm, pcm_wav, wav49};
use vmimap::spool::OrigtimeSource;
use vmimap::voicemail::audio::AudioFormat::{Gsm, Wav, Wav49};
use vmimap::voicemail::folder::VoicemailFolder::{self, Inbox};

const IN: &str = "default/100/INBOX";

#[test]
fn all_twelve_folders_are_read_in_asterisks_order() {
    let bench = Bench::new();
    for folder in VoicemailFolder::ALL.iter().rev() {
        bench
            .message(folder.as_str(), 1)
            .message(folder.as_str(), 0);
    }
    let scan = bench.scan();
    assert_eq!(codes(&scan.notices), []);
    let order: Vec<_> = scan.entries.iter().map(|e| (e.folder, e.number)).collect();
    let expected: Vec<_> = VoicemailFolder::ALL
        .iter()
        .flat_map(|f| [(*f, 0), (*f, 1)])
        .collect();
    assert_eq!(order, expected);
}

#[test]
fn gaps_are_told_once_a_folder() {
    let bench = Bench::new();
    bench.message("INBOX", 2).message("INBOX", 5);
    let scan = bench.scan();
    assert_eq!(codes(&scan.notices), [("VMS019", IN)]);
    assert!(
        scan.notices[0]
            .message
            .starts_with("4 number(s) missing, first msg0000")
    );
    assert_eq!(scan.entries.len(), 2);
    assert!(scan.complete());
}

#[test]
fn numbers_over_9999_are_messages_too() {
    let bench = Bench::new();
    bench.message("INBOX", 12_345);
    let scan = bench.scan();
    assert_eq!(find(&scan, Inbox, 12_345).duration, 1);
    let place = format!("{IN}/msg12345.txt");
    assert_eq!(codes(&scan.notices), [("VMS019", IN), ("VMS031", &place)]);
}

#[test]
fn a_txt_without_a_recording_is_an_error() {
    let bench = Bench::new();
    bench.message("INBOX", 0).put("INBOX/msg0001.txt", TXT);
    let scan = bench.scan();
    assert_eq!(
        codes(&scan.notices),
        [("VMS010", "default/100/INBOX/msg0001.txt")]
    );
    assert_eq!(scan.entries.len(), 1);
    assert!(!scan.complete());
}

#[test]
fn a_recording_without_a_txt_is_an_error() {
    let bench = Bench::new();
    bench
        .message("INBOX", 0)
        .put("INBOX/msg0001.wav", pcm_wav(1));
    let scan = bench.scan();
    assert_eq!(
        codes(&scan.notices),
        [("VMS011", "default/100/INBOX/msg0001.wav")]
    );
    assert!(!scan.complete());
}

#[test]
fn the_identifying_recording_does_not_depend_on_what_is_liked() {
    let bench = Bench::new();
    bench
        .message("INBOX", 0)
        .put("INBOX/msg0000.gsm", gsm(50))
        .put("INBOX/msg0000.WAV", wav49(25));
    let scan = bench.scan();
    let entry = find(&scan, Inbox, 0);
    assert_eq!(entry.key_audio().unwrap().format, Wav49);
    assert_eq!(entry.choose_audio(&[Wav, Gsm]).unwrap().file.format, Wav);
    assert_eq!(entry.choose_audio(&[Gsm, Wav]).unwrap().file.format, Gsm);
}

#[test]
fn the_recordings_length_wins_over_the_txts() {
    let bench = Bench::new();
    bench
        .message("INBOX", 0)
        .put("INBOX/msg0000.wav", pcm_wav(7));
    let scan = bench.scan();
    assert_eq!(find(&scan, Inbox, 0).duration, 7);
    assert_eq!(
        codes(&scan.notices),
        [("VMS016", "default/100/INBOX/msg0000.txt")]
    );
}

#[test]
fn a_message_without_duration_is_being_recorded_while_it_is_young() {
    let bench = Bench::new();
    let unfinished = TXT.replace("duration=1\n", "");
    bench
        .message("INBOX", 0)
        .put("INBOX/msg0000.txt", unfinished);
    bench.age("INBOX/msg0000.wav", 3);
    let scan = bench.scan();
    assert_eq!(
        codes(&scan.notices),
        [("VMS017", "default/100/INBOX/msg0000.txt")]
    );
    assert_eq!((scan.entries.len(), scan.deferred.len()), (0, 1));
    assert!(scan.complete());

    // Neither an old file nor one from a wrong clock is being recorded.
    bench.put("INBOX/msg0001.txt", TXT.replace("duration=1\n", ""));
    bench.put("INBOX/msg0001.wav", pcm_wav(1));
    let ahead = spool_support::time(NOW + 3600);
    let file = fs::File::options()
        .write(true)
        .open(bench.path("INBOX/msg0001.wav"))
        .unwrap();
    file.set_modified(ahead).unwrap();
    bench.age("INBOX/msg0000.wav", 30);
    let scan = bench.scan();
    assert_eq!(find(&scan, Inbox, 0).duration, 1);
    let expected = [
        ("VMS016", "default/100/INBOX/msg0000.txt"),
        ("VMS016", "default/100/INBOX/msg0001.txt"),
    ];
    assert_eq!(codes(&scan.notices), expected);
}

#[test]
fn recordings_in_progress_in_tmp_are_never_read() {
    let bench = Bench::new();
    bench
        .message("INBOX", 0)
        .put("tmp/abcdef.txt", TXT)
        .put("tmp/msg0000.wav", "");
    let scan = bench.scan();
    assert_eq!(codes(&scan.notices), []);
    assert_eq!(scan.entries.len(), 1);
}

#[test]
fn backups_and_misnamed_files_are_told() {
    let bench = Bench::new();
    bench
        .message("INBOX", 0)
        .put("INBOX/msg0000-bak.txt", TXT)
        .put("INBOX/msg00001.txt", TXT)
        .put("INBOX/msg0000.mp3", "x")
        .put("INBOX/.lock-0a1b2c3d", "")
        .put("INBOX/notes", "x");
    fs::create_dir(bench.path("INBOX/deeper")).unwrap();
    let scan = bench.scan();
    let expected = [
        ("VMS009", "default/100/INBOX/.lock-0a1b2c3d"),
        ("VMS009", "default/100/INBOX/deeper"),
        ("VMS004", "default/100/INBOX/msg0000-bak.txt"),
        ("VMS021", "default/100/INBOX/msg0000.mp3"),
        ("VMS020", "default/100/INBOX/msg00001.txt"),
        ("VMS009", "default/100/INBOX/notes"),
    ];
    assert_eq!(codes(&scan.notices), expected);
    assert!(scan.complete());
}

#[test]
fn rubbish_by_the_thousand_is_counted_not_listed() {
    let bench = Bench::new();
    for n in 0..500 {
        bench.put(&format!("INBOX/rubbish{n}"), "");
    }
    let scan = bench.scan();
    assert_eq!(scan.notices.len(), 21);
    assert_eq!(scan.notices[20].message, "480 more of the same");
    assert_eq!(scan.notices[20].place, IN);
}

#[test]
fn messages_in_an_unknown_folder_are_told() {
    let bench = Bench::new();
    bench.message("inbox", 0).put("msg0000.txt", TXT);
    fs::create_dir(bench.path("empty")).unwrap();
    let scan = bench.scan();
    let expected = [
        ("VMS009", "default/100/empty"),
        ("VMS008", "default/100/inbox"),
        ("VMS008", "default/100/msg0000.txt"),
    ];
    assert_eq!(codes(&scan.notices), expected);
}

#[test]
fn empty_folders_and_boxes_are_silent() {
    let bench = Bench::new();
    for folder in ["INBOX", "Old", "tmp"] {
        fs::create_dir(bench.path(folder)).unwrap();
    }
    assert_eq!(codes(&bench.scan().notices), []);
    assert_eq!(codes(&bench.box_notices()), []);
}

#[test]
fn a_damaged_txt_is_told_and_what_can_be_read_is_used() {
    let bench = Bench::new();
    let txt = TXT
        .replace("[message]", "garbage \u{1}")
        .replace("exten=s", "exten=a\0b");
    bench.message("INBOX", 0).put("INBOX/msg0000.txt", txt);
    bench
        .message("INBOX", 1)
        .put("INBOX/msg0001.txt", vec![0; 300]);
    bench.message("INBOX", 2).put("INBOX/msg0002.txt", "");
    bench
        .message("INBOX", 3)
        .put("INBOX/msg0003.txt", "x".repeat(70_000));
    bench
        .message("INBOX", 4)
        .put("INBOX/msg0004.txt", format!("{TXT}duration=9\n"));
    bench.message("INBOX", 5).put(
        "INBOX/msg0005.txt",
        b"[message]\norigtime=1795427561\ncallerid=Jos\xe9\nduration=1\n",
    );
    let scan = bench.scan();
    let found: Vec<_> = scan
        .notices
        .iter()
        .map(|n| (n.code, n.place.trim_start_matches("default/100/INBOX/")))
        .collect();
    let expected = [
        ("VMS023", "msg0000.txt"),
        ("VMS023", "msg0000.txt"),
        ("VMS023", "msg0000.txt"),
        ("VMS022", "msg0001.txt"),
        ("VMS022", "msg0002.txt"),
        ("VMS022", "msg0003.txt"),
        ("VMS024", "msg0004.txt"),
        ("VMS027", "msg0005.txt"),
    ];
    assert_eq!(found, expected);
    assert_eq!(find(&scan, Inbox, 0).envelope.exten, "a");
    assert_eq!(find(&scan, Inbox, 4).duration, 1);
    assert_eq!(find(&scan, Inbox, 5).envelope.caller.name, "José");
    assert_eq!(scan.entries.len(), 3);
}

#[test]
fn a_missing_or_absurd_origtime_falls_back() {
    let bench = Bench::new();
    let without = TXT.replace("origtime=1795427561\n", "");
    let neither = without.replace("origdate=Mon Nov 23", "origdate=Lun 23 nov");
    bench.message("INBOX", 0).put("INBOX/msg0000.txt", &without);
    bench.message("INBOX", 1).put("INBOX/msg0001.txt", neither);
    bench
        .message("INBOX", 2)
        .put("INBOX/msg0002.txt", TXT.replace("1795427561\nc", "-5\nc"));
    bench.message("INBOX", 3).put(
        "INBOX/msg0003.txt",
        TXT.replace("1795427561\nc", "1999999999\nc"),
    );
    let scan = bench.scan();
    let times: Vec<_> = scan
        .entries
        .iter()
        .map(|e| (e.origtime, e.origtime_source))
        .collect();
    let hour_ago = i64::try_from(NOW).unwrap() - 3600;
    let expected = [
        (1_795_427_561, OrigtimeSource::Origdate),
        (hour_ago, OrigtimeSource::FileTime),
        (1_795_427_561, OrigtimeSource::Origdate),
        (1_999_999_999, OrigtimeSource::Txt),
    ];
    assert_eq!(times, expected);
    let codes: Vec<_> = scan.notices.iter().map(|n| n.code).collect();
    assert_eq!(codes, ["VMS025", "VMS025", "VMS026", "VMS025", "VMS026"]);
}
