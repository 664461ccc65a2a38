//! The spool against the server, on a real Dovecot: what is the same, what is not, and that looking
//! changes nothing.

use crate::support;
use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use support::cli::{Ran, Vmimap, snapshot};
use support::migrated_site::{ADA, MESSAGES, Site};
use support::raw_imap::StoredMessage;

/// The reasons of the messages with a verdict.
fn reasons(ran: &Ran, verdict: &str) -> Vec<String> {
    ran.json()
        .iter()
        .filter(|line| line["type"] == "message" && line["verdict"] == verdict)
        .map(|line| line["reason"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_migrated_spool_is_the_same_and_without_a_terminal_nothing_is_said() {
    let site = Site::migrated();
    site.verify(&[]).run().status(0).silent();
    let ran = site.verify(&["--json"]).run().status(0);
    assert_eq!(
        (ran.count("same"), ran.count("spool")),
        (MESSAGES, MESSAGES)
    );
    let spoken = site.verify(&["-v"]).run().status(0);
    let line = "All 21 messages of the spool are the same in IMAP.";
    assert!(spoken.stdout.contains(line), "{}", spoken.stdout);
    let line = "4123@default: INBOX/msg0000: same\n";
    assert!(spoken.stdout.contains(line), "{}", spoken.stdout);
    // Neither a journal nor a state directory is needed.
    fs::remove_dir_all(site.state()).unwrap();
    site.verify(&[]).run().status(0).silent();
}

#[test]
fn looking_changes_nothing_anywhere() {
    let site = Site::migrated();
    let before = snapshot(site.genuine.dir());
    site.verify(&["-v"]).run().status(0);
    site.verify(&["--sample", "20%"]).run().status(0);
    assert!(before == snapshot(site.genuine.dir()));
    let mut ada = site.dovecot.raw(ADA);
    // Nobody has selected it yet, or the messages would have been told to somebody as recent.
    let selected = ada.command("SELECT INBOX").ok().text();
    assert!(selected.contains("* 8 RECENT"), "{selected}");
    assert_eq!(ada.search("INBOX", "UNSEEN").len(), 6);
}

#[test]
fn every_kind_of_difference_is_found_and_named() {
    let site = Site::migrated();
    let mut ada = site.dovecot.raw(ADA);
    let messages = ada.messages("INBOX");
    let [one, two, three] = [0, 1, 2].map(|at: usize| {
        let text = String::from_utf8(messages[at].body.clone()).unwrap();
        (&messages[at], text)
    });
    // The recording: one letter of the last line of base64 but one.
    let base64 = one.1.rfind("\r\n------voicemail_").unwrap() - 100;
    let mut octets = one.1.clone().into_bytes();
    octets[base64] = if octets[base64] == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(octets).unwrap();
    site.replace(one.0, one.0.internal_date.trim(), &changed);
    // A header.
    let header = "X-Asterisk-VM-Caller-ID-Name: ";
    let changed = two.1.replace(header, &format!("{header}Not "));
    site.replace(two.0, two.0.internal_date.trim(), &changed);
    // The date.
    site.replace(three.0, "05-Feb-2009 18:31:30 +0000", &three.1);
    // Flags, folder, presence, and a mark.
    ada.command("SELECT INBOX").ok();
    let uid = |at: usize| messages[at].uid;
    let plain = |message: &&StoredMessage| {
        !message
            .flags
            .iter()
            .any(|flag| flag.starts_with("\\S") || flag.starts_with("\\F"))
    };
    let rest: Vec<u32> = messages[3..]
        .iter()
        .filter(plain)
        .map(|one| one.uid)
        .collect();
    assert!(rest.len() >= 2, "{messages:?}");
    ada.command(&format!("UID STORE {} +FLAGS (\\Flagged)", rest[0]))
        .ok();
    ada.command(&format!("UID MOVE {} Family", rest[1])).ok();
    let others: Vec<u32> = (3..8)
        .map(uid)
        .filter(|uid| !rest[..2].contains(uid))
        .collect();
    ada.command(&format!("UID STORE {} +FLAGS (\\Deleted)", others[0]))
        .ok();
    ada.command("SELECT Work").ok();
    ada.command("STORE 1 +FLAGS (\\Deleted)").ok();
    ada.command("EXPUNGE").ok();
    let ran = site.verify(&["--json", "4123@default"]).run().status(4);
    let differs = reasons(&ran, "differs");
    for said in [
        "its recording differs",
        "its caller name differs",
        "its date differs",
        "its flags differ",
        "its folder differs: is Family, should be INBOX",
        "is marked as \\Deleted",
    ] {
        let found = differs.iter().filter(|reason| reason.contains(said));
        assert_eq!(found.count(), 1, "{said}: {differs:?}");
    }
    assert_eq!(differs.len(), 6);
    let missing = reasons(&ran, "missing");
    let removed = "is not in IMAP; it was read back from Work once, and was removed since";
    assert_eq!(missing, [removed]);
    assert_eq!((ran.count("same"), ran.count("spool")), (4, 11));
    // To people, too, also where nobody watches.
    let text = site.verify(&["4123@default"]).run().status(4);
    assert_eq!(text.stdout.matches("4123@default: ").count(), 7);
    assert!(
        text.stdout.contains("Found: 6 differ, 1 missing."),
        "{}",
        text.stdout
    );
}

#[test]
fn what_its_owner_has_heard_or_saved_a_copy_of_is_the_same() {
    let site = Site::migrated();
    let mut ada = site.dovecot.raw(ADA);
    ada.command("SELECT INBOX").ok();
    ada.command("STORE 1:8 +FLAGS (\\Seen)").ok();
    ada.command("COPY 1 Friends").ok();
    let ran = site.verify(&["--json"]).run().status(0);
    assert_eq!((ran.count("same"), ran.count("heard")), (MESSAGES, 6));
}

#[test]
fn an_account_without_the_messages_has_none_of_them() {
    let site = Site::empty();
    let ran = site.verify(&["--json"]).run().status(4);
    assert_eq!(ran.count("missing"), MESSAGES);
    assert_eq!(reasons(&ran, "missing")[0], "is not in IMAP");
}

#[test]
fn what_is_damaged_or_being_recorded_is_not_comparable_and_the_run_incomplete() {
    let site = Site::migrated();
    let inbox = site.genuine.spool().join("default/4125/INBOX");
    fs::write(inbox.join("msg0001.txt"), "").unwrap();
    let txt = fs::read_to_string(inbox.join("msg0002.txt")).unwrap();
    let recording: Vec<&str> = txt
        .lines()
        .filter(|line| !line.starts_with("duration"))
        .collect();
    fs::write(inbox.join("msg0002.txt"), recording.join("\n")).unwrap();
    let ran = site.verify(&["--json"]).run().status(3);
    assert_eq!((ran.count("same"), ran.count("not_comparable")), (19, 2));
    assert_eq!(ran.summary()["complete"], false);
    assert_eq!(
        reasons(&ran, "not_comparable"),
        ["it is still being recorded"]
    );
}

#[test]
fn a_folder_that_may_not_be_opened_is_no_finding_either() {
    let site = Site::migrated();
    let work = site.dovecot.home(ADA).join("maildir/.Work");
    // Listed, and not to be opened.
    fs::rename(work.join("cur"), work.join("was-cur")).unwrap();
    fs::write(work.join("cur"), "no directory").unwrap();
    let ran = site.verify(&["--json", "4123@default"]).run().status(3);
    assert_eq!((ran.count("missing"), ran.count("not_comparable")), (0, 1));
    let why = reasons(&ran, "not_comparable");
    assert!(why[0].contains("Work could not: NO"), "{why:?}");
}

#[test]
fn a_server_that_is_away_is_no_finding() {
    let mut site = Site::migrated();
    site.dovecot.stop();
    let ran = site.verify(&["--json"]).run().status(10);
    assert_eq!((ran.count("pending"), ran.count("missing")), (MESSAGES, 0));
}

#[test]
fn consecutive_samples_come_round_to_every_message() {
    let site = Site::migrated();
    let chosen = |seed: u64| -> BTreeSet<(String, u64)> {
        let seed = seed.to_string();
        let words = [
            "--json",
            "-v",
            "--sample",
            "25%",
            "--seed",
            &seed,
            "4123@default",
        ];
        let ran = site.verify(&words).run().status(0);
        assert_eq!((ran.count("same"), ran.count("left_out")), (3, 8));
        let same = |line: &&Value| line["type"] == "message" && line["verdict"] == "same";
        let lines = ran.json();
        let name = |line: &Value| (line["folder"].to_string(), line["number"].as_u64().unwrap());
        lines.iter().filter(same).map(name).collect()
    };
    assert_eq!(chosen(7), chosen(7));
    let all: BTreeSet<_> = (7..11).flat_map(chosen).collect();
    assert_eq!(all.len(), 11);
    // That the others are there is looked at, whatever the sample.
    let mut ada = site.dovecot.raw(ADA);
    ada.command("SELECT INBOX").ok();
    ada.command("STORE 1:8 +FLAGS (\\Deleted)").ok();
    ada.command("EXPUNGE").ok();
    let words = ["--json", "--sample", "1", "4123@default"];
    let ran = site.verify(&words).run().status(4);
    assert_eq!((ran.count("missing"), ran.count("same")), (8, 1));
    let text = site
        .verify(&["--sample", "5%", "--seed", "3"])
        .run()
        .status(4);
    let line = "of 21 messages of the spool (--sample 5% --seed 3)";
    assert!(text.stdout.contains(line), "{}", text.stdout);
    site.verify(&["--seed", "3"]).run().status(2);
    site.verify(&["--sample", "0%"]).run().status(2);
}

#[test]
fn messages_without_a_source_are_counted_for_those_who_ask() {
    let site = Site::migrated();
    let inbox = site.genuine.spool().join("default/4123/INBOX");
    for name in ["msg0004.txt", "msg0004.WAV", "msg0004.gsm", "msg0004.wav"] {
        let _ = fs::remove_file(inbox.join(name));
    }
    let ran = site.verify(&["-v", "4123@default"]).run().status(0);
    let line = "1 message that migrate has put into IMAP without a source in the spool";
    assert!(ran.stdout.contains(line), "{}", ran.stdout);
}

#[test]
fn a_time_to_come_is_no_difference() {
    let site = Site::empty();
    let path = site.genuine.spool().join("sales/5001/INBOX/msg0000.txt");
    let text = fs::read_to_string(&path).unwrap();
    let moved = text.lines().map(|line| match line.split_once('=') {
        Some((key, _)) if key.trim() == "origtime" => "origtime=4000000000",
        _ => line,
    });
    fs::write(&path, moved.collect::<Vec<_>>().join("\n")).unwrap();
    Vmimap::migrate(&site.genuine.spool(), &site.conf, &site.state())
        .run()
        .status(0);
    site.verify(&[]).run().status(0).silent();
}
