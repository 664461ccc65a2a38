//! Moving out of a spool what is safely in IMAP, and bringing it back, on a real Dovecot.

use crate::support;
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;

use support::cli::{Vmimap, snapshot};
use support::migrated_site::{ADA, MESSAGES, Site, Tree, split, tree};

/// What the spool holds, and where its messages go.
fn before(site: &Site) -> (Tree, Tree, std::path::PathBuf) {
    let (messages, others) = split(tree(&site.genuine.spool()));
    (messages, others, site.genuine.dir().join("retired"))
}

#[test]
fn what_is_the_same_in_imap_is_moved_and_everything_else_stays() {
    let site = Site::migrated();
    let (messages, others, to) = before(&site);
    assert!(others.keys().any(|path| path.ends_with("secret.conf") || path.to_string_lossy().contains("unavail")));
    site.retire(&to).run().status(0).silent();
    assert!(tree(&site.genuine.spool()) == others);
    assert!(tree(&to) == messages);
    // It is a spool, and what is in it is what is in IMAP.
    let ran = site.call("verify").arg(&to).arg("--json").run().status(0);
    assert_eq!(ran.count("same"), MESSAGES);
    // Again there is nothing to move.
    let again = site.retire(&to).arg("--json").run().status(0);
    assert_eq!((again.count("moved"), again.count("planned")), (0, 0));
}

#[test]
fn what_is_not_the_same_stays_and_the_run_is_incomplete() {
    let site = Site::migrated();
    let (messages, _, to) = before(&site);
    let mut ada = site.dovecot.raw(ADA);
    ada.command("SELECT Work").ok();
    ada.command("STORE 1 +FLAGS (\\Deleted)").ok();
    ada.command("EXPUNGE").ok();
    ada.command("SELECT Family").ok();
    ada.command("STORE 1 +FLAGS (\\Flagged)").ok();
    let ran = site.retire(&to).arg("--json").run().status(3);
    assert_eq!(
        (
            ran.count("moved"),
            ran.count("missing"),
            ran.count("differs")
        ),
        (19, 1, 1)
    );
    let (left, _) = split(tree(&site.genuine.spool()));
    assert!(left.keys().all(
        |path| path.starts_with("default/4123/Work") || path.starts_with("default/4123/Family")
    ));
    let moved = tree(&to);
    assert_eq!(left.len() + moved.len(), messages.len());
    let both: Tree = left.into_iter().chain(moved).collect();
    assert!(both == messages);
}

#[test]
fn undo_brings_back_the_very_files_and_only_once() {
    let site = Site::migrated();
    let spool = site.genuine.spool();
    let inodes = |root: &Path| -> Vec<(String, u64)> {
        let all = snapshot(root).into_iter();
        let all = all.filter(|(path, _, _)| path.is_file());
        all.map(|(path, _, _)| {
            (
                path.display().to_string(),
                fs::metadata(&path).unwrap().ino(),
            )
        })
        .collect()
    };
    let (as_it_was, to) = (inodes(&spool), site.genuine.dir().join("retired"));
    let (one, two) = (
        site.retire(&to)
            .args(&["--json", "--context", "sales"])
            .run()
            .status(0),
        site.retire(&to).arg("--json").run().status(0),
    );
    assert_eq!(one.count("moved") + two.count("moved"), MESSAGES);
    let undo = || site.call("retire").args(&["--undo", "--yes", "--json"]);
    let run = two.summary()["run"].as_str().unwrap().to_owned();
    let dry = undo().arg("-n").run().status(0);
    assert_eq!((dry.count("planned"), dry.count("moved")), (MESSAGES, 0));
    let back = undo().args(&["--run", &run]).run().status(0);
    assert_eq!(back.count("moved"), two.count("moved"));
    undo().args(&["--run", &run]).run().status(1);
    let rest = undo().run().status(0);
    assert_eq!(rest.count("moved"), one.count("moved"));
    assert_eq!(inodes(&spool), as_it_was);
    assert!(tree(&to).is_empty());
    assert_eq!(undo().run().status(0).count("planned"), 0);
    // And it can go once more.
    assert_eq!(
        site.retire(&to)
            .arg("--json")
            .run()
            .status(0)
            .count("moved"),
        MESSAGES
    );
}

#[test]
fn undo_takes_no_place_that_is_not_free_and_no_file_that_has_changed() {
    let site = Site::migrated();
    let (messages, _, to) = before(&site);
    site.retire(&to).run().status(0);
    let inbox = site.genuine.spool().join("default/4123/INBOX");
    fs::write(inbox.join("msg0000.txt"), "a new voicemail").unwrap();
    fs::write(to.join("default/4123/INBOX/msg0001.txt"), "changed").unwrap();
    let ran = site
        .call("retire")
        .args(&["--undo", "--yes", "--json"])
        .run()
        .status(3);
    assert_eq!((ran.count("moved"), ran.count("stayed")), (MESSAGES - 2, 2));
    assert_eq!(
        fs::read(inbox.join("msg0000.txt")).unwrap(),
        b"a new voicemail"
    );
    assert!(!inbox.join("msg0000.WAV").exists() && !inbox.join("msg0001.WAV").exists());
    fs::remove_file(inbox.join("msg0000.txt")).unwrap();
    let again = site
        .call("retire")
        .args(&["--undo", "--yes", "--json"])
        .run()
        .status(3);
    assert_eq!((again.count("moved"), again.count("stayed")), (1, 1));
    let (back, _) = split(tree(&site.genuine.spool()));
    let missing: Vec<_> = messages
        .keys()
        .filter(|path| !back.contains_key(*path))
        .collect();
    assert!(
        missing
            .iter()
            .all(|path| path.to_string_lossy().contains("4123/INBOX/msg0001."))
    );
}

#[test]
fn a_number_that_is_taken_in_the_directory_becomes_another_and_finds_back() {
    let site = Site::migrated();
    let (messages, others, to) = before(&site);
    let there = to.join("default/4123/INBOX");
    fs::create_dir_all(to.join(".vmimap-export")).unwrap();
    fs::create_dir_all(&there).unwrap();
    fs::write(there.join("msg0000.txt"), "of an earlier run").unwrap();
    let ran = site.retire(&to).arg("-v").run().status(0);
    assert!(
        ran.stdout
            .contains("4123@default: INBOX/msg0000: moved (kept as msg00"),
        "{}",
        ran.stdout
    );
    assert_eq!(
        fs::read(there.join("msg0000.txt")).unwrap(),
        b"of an earlier run"
    );
    let undone = site
        .call("retire")
        .args(&["--undo", "--yes", "-v"])
        .run()
        .status(0);
    for line in [
        "4123@default: INBOX/msg0000: moved back (was kept as msg00",
        "4123@default: Work/msg0000: moved back\n",
    ] {
        assert!(undone.stdout.contains(line), "{}", undone.stdout);
    }
    let (back, rest) = split(tree(&site.genuine.spool()));
    assert!(back == messages && rest == others);
}

#[test]
fn a_dry_run_shows_the_plan_and_changes_nothing() {
    let site = Site::migrated();
    let before = snapshot(site.genuine.dir());
    let to = site.genuine.dir().join("retired");
    let ran = site.retire(&to).arg("-n").run().status(0);
    assert!(
        ran.stdout.contains("4123@default: INBOX: 5 messages, "),
        "{}",
        ran.stdout
    );
    let line = "Dry run: 21 messages would be moved; nothing was changed.";
    assert!(ran.stdout.contains(line), "{}", ran.stdout);
    assert!(before == snapshot(site.genuine.dir()));
}

#[test]
fn without_a_yes_or_somebody_to_ask_nothing_is_moved() {
    let site = Site::migrated();
    let before = snapshot(site.genuine.dir());
    let to = site.genuine.dir().join("retired");
    let call = site.call("retire").arg(site.genuine.spool());
    call.arg("--to").arg(&to).run().status(5);
    site.call("retire").arg("--undo").run().status(5);
    assert!(before == snapshot(site.genuine.dir()));
}

#[test]
fn a_directory_in_the_spool_around_it_or_of_others_is_refused() {
    let site = Site::migrated();
    let (dir, spool) = (site.genuine.dir(), site.genuine.spool());
    let before = snapshot(&spool);
    symlink(&spool, dir.join("link")).unwrap();
    fs::create_dir(dir.join("others")).unwrap();
    fs::write(dir.join("others/file"), "theirs").unwrap();
    for to in [
        "voicemail",
        "voicemail/old",
        "link/old",
        "x/../voicemail/old",
        ".",
        "others",
    ] {
        fs::create_dir_all(dir.join("x")).unwrap();
        let ran = site.retire(&dir.join(to)).run().status(5);
        assert!(
            ran.stderr.starts_with("vmimap: ") && !ran.stderr.contains("export"),
            "{}",
            ran.stderr
        );
    }
    assert!(before == snapshot(&spool));
    assert_eq!(tree(&dir.join("others")).len(), 1);
}

#[test]
fn links_are_not_followed_and_their_messages_stay() {
    let site = Site::migrated();
    let (spool, to) = (site.genuine.spool(), site.genuine.dir().join("retired"));
    // A folder that is a link within the spool, and a message whose recording is one.
    fs::rename(
        spool.join("default/4123/Work"),
        spool.join("default/4123/tmp-work"),
    )
    .unwrap();
    symlink(
        spool.join("default/4123/tmp-work"),
        spool.join("default/4123/Work"),
    )
    .unwrap();
    let family = spool.join("default/4123/Family");
    fs::rename(
        family.join("msg0000.WAV"),
        spool.join("default/4123/kept.WAV"),
    )
    .unwrap();
    symlink(
        spool.join("default/4123/kept.WAV"),
        family.join("msg0000.WAV"),
    )
    .unwrap();
    let ran = site.retire(&to).arg("--json").run().status(3);
    assert_eq!((ran.count("moved"), ran.count("stayed")), (MESSAGES - 2, 2));
    let kept = [
        "default/4123/Work/msg0000.txt",
        "default/4123/Family/msg0000.WAV",
    ];
    assert!(
        kept.iter()
            .all(|path| spool.join(path).exists() && !to.join(path).exists())
    );
}

#[test]
fn a_folder_that_asterisk_has_locked_keeps_its_messages_and_its_lock() {
    let site = Site::migrated();
    let (spool, to) = (site.genuine.spool(), site.genuine.dir().join("retired"));
    let lock = spool.join("default/4124/Old/.lock");
    fs::write(&lock, "").unwrap();
    let words = ["--json", "4124@default"];
    let ran = site.retire(&to).args(&words).run().status(3);
    assert!(ran.count("stayed") > 0, "{}", ran.stdout);
    assert!(lock.exists() && spool.join("default/4124/Old/msg0000.txt").exists());
    assert!(tree(&to).is_empty());
    fs::remove_file(&lock).unwrap();
    site.retire(&to).args(&words).run().status(0);
}

#[test]
fn on_another_file_system_files_are_copied_whole_with_their_times() {
    let site = Site::migrated();
    let elsewhere = tempfile::Builder::new()
        .prefix("vmimap-")
        .tempdir_in("/dev/shm")
        .unwrap();
    let here = fs::metadata(site.genuine.dir()).unwrap().dev();
    assert_ne!(
        fs::metadata(elsewhere.path()).unwrap().dev(),
        here,
        "two file systems"
    );
    let (messages, others, _) = before(&site);
    let to = elsewhere.path().join("retired");
    site.retire(&to).run().status(0).silent();
    assert!(tree(&to) == messages && tree(&site.genuine.spool()) == others);
    site.call("retire")
        .args(&["--undo", "--yes"])
        .run()
        .status(0)
        .silent();
    let (back, rest) = split(tree(&site.genuine.spool()));
    assert!(back == messages && rest == others && tree(&to).is_empty());
}

#[test]
fn a_file_system_without_room_is_refused_before_anything_is_moved() {
    let site = Site::migrated();
    let before = snapshot(&site.genuine.spool());
    let small = site.genuine.dir().join("small");
    fs::create_dir(&small).unwrap();
    let mount = "mount -t tmpfs -o size=$1 none $0 && shift && exec \"$@\"";
    let with = |size: &str| {
        let small = small.to_str().unwrap();
        let words = ["unshare", "-rm", "sh", "-c", mount, small, size];
        let call = site.retire(&Path::new(small).join("retired")).arg("--json");
        call.under(&words).run()
    };
    let ran = with("64k").status(5);
    assert!(
        ran.stderr
            .contains("octets have to be copied to this file system"),
        "{}",
        ran.stderr
    );
    assert!(before == snapshot(&site.genuine.spool()));
    assert_eq!(ran.count("moved"), 0);
    assert_eq!(with("16m").status(0).count("moved"), MESSAGES);
}

#[test]
fn a_full_disk_in_the_middle_loses_nothing() {
    let site = Site::migrated();
    let elsewhere = tempfile::Builder::new()
        .prefix("vmimap-")
        .tempdir_in("/dev/shm")
        .unwrap();
    let (messages, others, _) = before(&site);
    let to = elsewhere.path().join("retired");
    let strace = ["strace", "-f", "-o", "/dev/null", "-e"];
    let full = "inject=copy_file_range,sendfile,splice:error=ENOSPC:when=9+";
    let ran = site
        .retire(&to)
        .arg("--json")
        .under(&[&strace[..], &[full]].concat())
        .run();
    let ran = ran.status(3);
    assert!(
        ran.count("moved") > 0 && ran.count("pending") > 0,
        "{}",
        ran.stdout
    );
    let (left, rest) = split(tree(&site.genuine.spool()));
    let both: Tree = left.into_iter().chain(tree(&to)).collect();
    assert!(both == messages && rest == others);
    site.retire(&to).run().status(0);
    assert!(tree(&to) == messages);
}

#[test]
fn a_busy_state_directory_is_75_and_a_missing_spool_a_wrong_call() {
    let site = Site::migrated();
    let to = site.genuine.dir().join("retired");
    let lock = fs::File::create(site.state().join("lock")).unwrap();
    lock.lock().unwrap();
    site.retire(&to).run().status(75);
    drop(lock);
    let conf = site.conf.to_str().unwrap().to_owned();
    let bare = |words: &[&str]| {
        Vmimap::new(["retire", "--voicemail-conf", &conf])
            .args(words)
            .run()
    };
    bare(&["--yes"]).status(2);
    bare(&["--yes", "--undo", "--to", "x"]).status(2);
    bare(&["--yes", "--run", "x", "--to", "y", "z"]).status(2);
}
