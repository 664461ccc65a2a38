//! Every status `migrate` ends with, brought about once each. 10 and 11 are in `e2e::login`, 5 is
//! not one of its statuses.

use crate::support;
use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use support::cli::{Ran, Vmimap};
use support::migrated_site::Site;
use support::process;

#[test]
fn done_is_0_and_so_is_nothing_left_to_do() {
    let site = Site::empty();
    site.migrate().run().status(0);
    site.migrate().run().status(0);
}

#[test]
fn what_cannot_be_had_is_1() {
    let site = Site::empty();
    let spool = site.genuine.dir().join("nowhere");
    let ran = Vmimap::migrate(&spool, &site.conf, &site.state()).run();
    let ran = ran.status(1);
    assert_eq!(
        ran.stderr,
        format!(
            "vmimap: spool {}: No such file or directory (os error 2)\n",
            spool.display()
        )
    );
    Vmimap::migrate(&site.genuine.spool(), &spool, &site.state())
        .run()
        .status(1);
    let state = site.conf.join("state");
    Vmimap::migrate(&site.genuine.spool(), &site.conf, &state)
        .run()
        .status(1);
}

#[test]
fn what_was_not_understood_is_2() {
    let site = Site::empty();
    site.migrate().arg("--no-such-flag").run().status(2);
    site.migrate()
        .args(&["--folder", "Inbocks"])
        .run()
        .status(2);
    site.migrate().args(&["--mailbox", "[1"]).run().status(2);
    site.migrate().args(&["--since", "soon"]).run().status(2);
    fs::write(&site.conf, "[general\n").unwrap();
    let ran = site.migrate().run().status(2);
    assert!(ran.stderr.contains("voicemail.conf:1"), "{}", ran.stderr);
}

#[test]
fn what_cannot_be_meant_is_2_whichever_verb_it_is_said_to() {
    for words in [
        &["quota", "--folder", "INBOX"][..],
        &["quota", "--warn", "95", "--crit", "90"],
        &["expunge", "1@a", "--folder", "INBOX", "--uid", "1:*"],
        &["export", "--caller", "[4", "/nowhere"],
    ] {
        let ran = Vmimap::new(words).run().status(2);
        assert!(!ran.stderr.is_empty() && ran.stdout.is_empty(), "{words:?}");
    }
}

#[test]
fn a_settings_file_counts_as_a_whole_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("vmimap.toml");
    let conf = dir.path().join("voicemail.conf");
    fs::write(&conf, "[general]\n").unwrap();
    let show = |toml: &PathBuf| {
        let show = Vmimap::new(["config", "show"]).env("VMIMAP_CONFIG", toml);
        show.arg("--voicemail-conf").arg(&conf).run()
    };
    fs::write(
        &file,
        format!("log_file = \"/log\"\n#{}", "x".repeat(1 << 20)),
    )
    .unwrap();
    let ran = show(&file).status(2);
    assert!(ran.stderr.contains("is longer than"), "{}", ran.stderr);
    fs::write(&file, "jobs = 3\npassword = \"s3cret\"\n").unwrap();
    let ran = show(&file).status(2);
    let place = format!("{}:2: unknown field `password`", file.display());
    assert!(ran.stderr.contains(&place), "{}", ran.stderr);
    assert!(!ran.stderr.contains("s3cret"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("\\n"), "{}", ran.stderr);
    // One file taken for the other.
    fs::write(&file, "; Asterisk's\n[general]\nformat=wav49|gsm\n").unwrap();
    let ran = show(&file).status(2);
    assert!(
        ran.stderr.contains("with --voicemail-conf"),
        "{}",
        ran.stderr
    );
    fs::write(&file, "log_file = \"/dev/null\"\n").unwrap();
    assert!(show(&file).status(0).stdout.contains("log_file"));
    // An empty variable counts as unset.
    show(&PathBuf::new()).status(0);
}

#[test]
fn one_bad_message_is_3_and_the_others_arrive() {
    let site = Site::empty();
    let bad = site.genuine.spool().join("default/4125/INBOX/msg0001.txt");
    fs::write(bad, "").unwrap();
    let ran = site.migrate().arg("--json").run().status(3);
    assert_eq!((ran.count("appended"), ran.count("failed")), (20, 1));
    assert_eq!(ran.summary()["exit"], 3);
}

#[test]
fn a_held_lock_is_75_says_whose_it_is_and_touches_nothing() {
    let site = Site::empty();
    fs::create_dir(site.state()).unwrap();
    let lock = fs::File::create(site.state().join("lock")).unwrap();
    fs::write(site.state().join("lock"), "pid 42, since then").unwrap();
    lock.lock().unwrap();
    let ran = site.migrate().run().status(75);
    assert!(
        ran.stderr.contains("(pid 42, since then)"),
        "{}",
        ran.stderr
    );
    // A dry run changes nothing and needs no lock.
    site.migrate().arg("-n").run().status(0);
    drop(lock);
    site.migrate().run().status(0);
}

/// Stops a run that is waiting for a folder's lock, at its very beginning.
fn stopped_by(signal: &str) -> (Site, Ran) {
    let site = Site::empty();
    let folder = site.genuine.spool().join("default/4123/INBOX");
    fs::write(folder.join(".lock"), "").unwrap();
    let start = Instant::now();
    let child = site
        .migrate()
        .args(&["--json", "-j", "1", "--mailbox", "4123@default"])
        .spawn();
    // The lock is waited for during five seconds; the first file of the run is its own lock.
    while !site.state().join("lock").exists() && start.elapsed() < Duration::from_secs(4) {
        thread::sleep(Duration::from_millis(10));
    }
    thread::sleep(Duration::from_millis(300));
    process::signal(child.id(), signal);
    let ran = Ran::from(child.wait_with_output().unwrap());
    fs::remove_file(folder.join(".lock")).unwrap();
    (site, ran)
}

#[test]
fn sigint_is_130_and_what_was_not_looked_at_is_pending() {
    let (site, ran) = stopped_by("INT");
    let ran = ran.status(130);
    assert_eq!(ran.summary()["interrupted"], 2);
    assert_eq!((ran.count("appended"), ran.count("pending")), (0, 11));
    assert!(!ran.stdout.contains("\"plan\""), "{}", ran.stdout);
    assert_eq!(site.dovecot.raw("default-4123").message_count("INBOX"), 0);
    let rest = site.migrate().arg("--json").run().status(0);
    assert_eq!(rest.count("appended"), 21);
}

#[test]
fn sigterm_is_143() {
    let (_, ran) = stopped_by("TERM");
    let ran = ran.status(143);
    assert_eq!(ran.summary()["interrupted"], 15);
    assert_eq!(ran.summary()["complete"], false);
}
