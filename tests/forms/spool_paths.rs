//! Links, special files, wrong levels and rights: what is opened, and what never is.

use crate::spool_support;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::process::Command;

use spool_support::{Bench, TXT, codes, find, options, pcm_wav};
use vmimap::spool::{OpenError, Recording, Spool, SpoolError};
use vmimap::voicemail::folder::VoicemailFolder::{Inbox, Old};

#[test]
fn links_out_of_the_spool_are_refused() {
    let bench = Bench::new();
    let outside = bench.dir.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("msg0000.txt"), TXT).unwrap();
    bench.message("INBOX", 0).put("INBOX/msg0001.txt", TXT);
    symlink(&outside, bench.path("Old")).unwrap();
    symlink(outside.join("msg0000.txt"), bench.path("INBOX/msg0001.wav")).unwrap();
    symlink(outside.join("msg0000.txt"), bench.path("INBOX/msg0002.txt")).unwrap();
    symlink("nowhere", bench.path("INBOX/msg0003.txt")).unwrap();
    symlink("msg0004.txt", bench.path("INBOX/msg0004.txt")).unwrap();
    let scan = bench.scan();
    let expected = [
        ("VMS002", "default/100/INBOX/msg0001.wav"),
        ("VMS013", "default/100/INBOX/msg0001.wav"),
        ("VMS014", "default/100/INBOX/msg0001.txt"),
        ("VMS002", "default/100/INBOX/msg0002.txt"),
        ("VMS002", "default/100/INBOX/msg0003.txt"),
        ("VMS002", "default/100/INBOX/msg0004.txt"),
        ("VMS002", "default/100/Old"),
    ];
    assert_eq!(codes(&scan.notices), expected);
    assert_eq!(scan.entries.len(), 1);
    // Four messages are lost, however many errors tell of them; the folder is no message.
    assert_eq!((scan.lost(), scan.errors()), (4, 1));
}

#[test]
fn a_link_out_beside_a_good_recording_is_an_error_and_the_message_is_used() {
    let bench = Bench::new();
    bench.message("INBOX", 0);
    symlink("/dev/zero", bench.path("INBOX/msg0000.gsm")).unwrap();
    let scan = bench.scan();
    assert_eq!(scan.entries.len(), 1);
    assert_eq!((scan.lost(), scan.errors()), (0, 1));
}

#[test]
fn what_is_odd_in_other_folders_can_be_left_untold() {
    let bench = Bench::new();
    bench
        .message("INBOX", 0)
        .put("INBOX/msg0001.txt", TXT)
        .put("Old/msg0000.txt", TXT)
        .put("Old/msg0001.wav", pcm_wav(1));
    let mut scan = bench.scan();
    assert_eq!((scan.lost(), scan.entries.len()), (3, 1));
    scan.complain_only_about(&[Old]);
    assert_eq!((scan.lost(), scan.entries.len()), (2, 1));
    let told = codes(&scan.notices);
    assert!(
        told.iter().all(|(_, place)| place.contains("/Old/")),
        "{told:?}"
    );
    scan.complain_only_about(&[]);
    assert_eq!(scan.lost(), 2);
}

#[test]
fn whole_boxes_and_contexts_that_link_out_are_refused() {
    let bench = Bench::new();
    bench.message("INBOX", 0);
    symlink(bench.dir.path(), bench.root().join("away")).unwrap();
    symlink(bench.dir.path(), bench.root().join("default/200")).unwrap();
    symlink(".", bench.root().join("round")).unwrap();
    symlink("..", bench.root().join("default/300")).unwrap();
    let expected = [
        ("VMS002", "away"),
        ("VMS002", "default/200"),
        ("VMS029", "default/300"),
        ("VMS029", "round"),
    ];
    assert_eq!(codes(&bench.box_notices()), expected);
    let boxes = Spool::open(bench.root()).unwrap().boxes().unwrap().boxes;
    assert_eq!(boxes.len(), 1);
}

#[test]
fn links_inside_the_spool_are_followed_once() {
    let bench = Bench::new();
    bench.message("INBOX", 0).put("INBOX/msg0001.txt", TXT);
    symlink("msg0000.wav", bench.path("INBOX/msg0001.wav")).unwrap();
    symlink("INBOX", bench.path("Old")).unwrap();
    symlink(".", bench.path("Work")).unwrap();
    let scan = bench.scan();
    let expected = [
        ("VMS029", "default/100/Old"),
        ("VMS029", "default/100/Work"),
    ];
    assert_eq!(codes(&scan.notices), expected);
    assert_eq!(scan.entries.len(), 2);
    let linked = &find(&scan, Inbox, 1).audio[0];
    let (_, stamp) = Recording::open(&linked.path, None, &bench.root()).unwrap();
    assert_eq!(stamp, linked.stamp);
}

#[test]
fn special_files_are_never_opened() {
    let bench = Bench::new();
    bench
        .message("INBOX", 0)
        .put("INBOX/msg0001.wav", pcm_wav(1));
    let fifo = bench.path("INBOX/msg0001.txt");
    assert!(
        Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    let _socket = UnixListener::bind(bench.path("INBOX/msg0000.gsm")).unwrap();
    fs::create_dir(bench.path("INBOX/msg0002.txt")).unwrap();
    let scan = bench.scan();
    let expected = [
        ("VMS003", "default/100/INBOX/msg0000.gsm"),
        ("VMS003", "default/100/INBOX/msg0001.txt"),
        ("VMS003", "default/100/INBOX/msg0002.txt"),
        ("VMS011", "default/100/INBOX/msg0001.wav"),
    ];
    assert_eq!(codes(&scan.notices), expected);
    assert_eq!(scan.entries.len(), 1);
}

#[test]
fn the_opener_neither_hangs_on_a_fifo_nor_leaves_the_root() {
    let bench = Bench::new();
    bench.message("INBOX", 0);
    let fifo = bench.path("INBOX/fifo");
    assert!(
        Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    let open = |path: &std::path::Path| Recording::open(path, None, &bench.root());
    assert!(matches!(open(&fifo), Err(OpenError::WrongKind)));
    assert!(matches!(
        open(&bench.path("INBOX")),
        Err(OpenError::WrongKind)
    ));
    let out = bench.dir.path().join("out");
    fs::write(&out, "x").unwrap();
    assert!(matches!(open(&out), Err(OpenError::LeadsOut(_))));
    assert!(matches!(
        open(&bench.path("../../../out")),
        Err(OpenError::LeadsOut(_))
    ));
    assert!(open(&bench.path("INBOX/msg0000.wav")).is_ok());
}

#[test]
fn a_box_named_like_a_path_is_refused() {
    let bench = Bench::new();
    let spool = Spool::open(bench.root().join("default")).unwrap();
    for extension in ["..", "../default/100", "", "."] {
        let vmbox = vmimap::voicemail::vmbox::VoicemailBox::new(extension, "100");
        let scan = spool.scan_box(&vmbox, &options());
        assert_eq!(scan.notices[0].code, "VMS003", "{extension:?}");
    }
}

/// Where chmod means nothing (root reads everything), the test above with a directory named
/// msg0002.txt stands in for a file that cannot be read.
#[test]
fn what_may_not_be_read_is_an_error_and_the_rest_is_read() {
    let bench = Bench::new();
    bench
        .message("INBOX", 0)
        .message("INBOX", 1)
        .message("Old", 0);
    let locked = bench.path("INBOX/msg0001.txt");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o0)).unwrap();
    fs::set_permissions(bench.path("Old"), fs::Permissions::from_mode(0o0)).unwrap();
    let root_may = fs::read(&locked).is_ok();
    let scan = bench.scan();
    fs::set_permissions(bench.path("Old"), fs::Permissions::from_mode(0o755)).unwrap();
    if !root_may {
        let expected = [
            ("VMS001", "default/100/INBOX/msg0001.txt"),
            ("VMS001", "default/100/Old"),
        ];
        assert_eq!(codes(&scan.notices), expected);
        assert_eq!(scan.entries.len(), 1);
    }
}

#[test]
fn a_root_one_level_off_is_told() {
    let bench = Bench::new();
    bench.message("INBOX", 0);
    let deep = Spool::open(bench.root().join("default")).unwrap();
    assert_eq!(
        codes(&deep.boxes().unwrap().notices),
        [("VMS028", "100/INBOX")]
    );
    let high = Spool::open(bench.dir.path()).unwrap();
    let list = high.boxes().unwrap();
    assert_eq!(list.boxes.len(), 1);
    let scan = high.scan_box(&list.boxes[0].vmbox, &options());
    assert_eq!(codes(&scan.notices), [("VMS028", "spool/default/100")]);
    assert!(!scan.complete());
}

#[test]
fn strange_names_above_the_folders_are_told() {
    let bench = Bench::new();
    fs::write(bench.root().join("README"), "").unwrap();
    fs::create_dir(bench.root().join(std::ffi::OsStr::from_bytes(b"caf\xe9"))).unwrap();
    fs::create_dir(bench.root().join("default/1\n2")).unwrap();
    let expected = [
        ("VMS009", "README"),
        ("VMS030", "caf\u{fffd}"),
        ("VMS030", "default/1\n2"),
    ];
    assert_eq!(codes(&bench.box_notices()), expected);
}

#[test]
fn a_box_that_is_not_there_is_an_error() {
    let bench = Bench::new();
    let spool = Spool::open(bench.root()).unwrap();
    let scan = spool.scan_box(&"999@default".parse().unwrap(), &options());
    assert_eq!(codes(&scan.notices), [("VMS033", "default/999")]);
    assert!(!scan.complete());
}

#[test]
fn a_root_that_is_none_is_refused() {
    let bench = Bench::new();
    bench.put("file", "");
    assert!(matches!(
        Spool::open(bench.path("none")),
        Err(SpoolError::Root { .. })
    ));
    assert!(matches!(
        Spool::open(bench.path("file")),
        Err(SpoolError::NotADirectory(_))
    ));
}

#[test]
fn only_the_folders_asked_for_are_read() {
    let bench = Bench::new();
    bench.message("INBOX", 0).message("Old", 0);
    let mut options = options();
    options.folders = vec![Old];
    let scan = bench.scan_with(&options);
    assert_eq!(scan.entries.len(), 1);
    assert_eq!(scan.entries[0].folder, Old);
}
