//! The first steps: looking at the server, making folders, moving the voicemail in.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::support;
use super::site::{ADA, Site};
use support::cli::{Ran, snapshot};
use support::fixtures::GenuineSpool;
use support::mailutil::Mailutil;

/// Messages of the recorded spool (tests/fixtures/README.md).
const MESSAGES: u64 = 21;

/// New, urgent and old messages of each account as Asterisk's searches find them.
const COUNTS: [(&str, (usize, usize, usize)); 6] = [
    ("default-4123", (5, 1, 2)),
    ("default-4124", (0, 0, 1)),
    ("default-4125", (3, 0, 0)),
    ("default-4126", (0, 0, 0)),
    ("sales-4123", (2, 0, 1)),
    ("sales-5001", (3, 0, 0)),
];

/// What the owner has marked as deleted is an error in doctor's eyes: Asterisk would expunge it.
pub fn doctor(site: &mut Site) -> String {
    let ran = site.vmimap(&["doctor", "--json"]).run().status(4);
    assert_eq!((ran.count("visited"), ran.count("failed")), (6, 0));
    let mut expected = vec!["VMD050"];
    if site.subject.flags != "notls" {
        // Asterisk's library would not take the tests' own authority, nor an address for a name.
        expected.extend(["VMD010", "VMD011"]);
        expected.sort_unstable();
    }
    let errors = codes(&ran, "error");
    assert_eq!(errors, expected, "{}", ran.stdout);
    let mut warnings = codes(&ran, "warning");
    // How long a search takes says how busy this machine is, and nothing about the server.
    warnings.retain(|code| code != "VMD070");
    if warnings.is_empty() {
        return format!("errors {}", errors.join(", "));
    }
    format!(
        "errors {}; warnings {}",
        errors.join(", "),
        warnings.join(", ")
    )
}

/// Codes of the checks with this verdict.
fn codes(ran: &Ran, verdict: &str) -> Vec<String> {
    let lines = ran.json();
    let checks = lines.iter().filter(|line| line["type"] == "check");
    let wanted = checks.filter(|line| line["verdict"] == verdict);
    let mut codes: Vec<String> = wanted
        .filter_map(|line| line["code"].as_str().map(str::to_owned))
        .collect();
    codes.sort();
    codes.dedup();
    codes
}

pub fn provision(site: &mut Site) -> String {
    let ran = site.vmimap(&["provision", "--json"]).run().status(0);
    let created = ran.count("created");
    let mut there = 0;
    for account in GenuineSpool::accounts() {
        let mut raw = site.raw(&account.user);
        let folders = raw.list();
        let subscribed = raw.command("LSUB \"\" \"*\"").ok().text();
        for name in ["Work", "Family", "Friends"] {
            let wire = site.folder(name);
            assert!(folders.contains(&wire), "{wire} in {folders:?}");
            assert!(subscribed.contains(&wire), "{wire} in {subscribed}");
        }
        let stray = folders.iter().find(|name| {
            *name != "INBOX" && !name.starts_with(site.subject.prefix)
                || name.contains("INBOX.INBOX")
        });
        assert_eq!(stray, None);
        there += folders.len() - 1;
    }
    assert_eq!(created, there as u64);
    format!("{created} folders such as `{}`", site.folder("Work"))
}

pub fn provision_again(site: &mut Site) -> String {
    let before = site.everything();
    let ran = site.vmimap(&["provision", "--json"]).run().status(0);
    assert_eq!((ran.count("created"), ran.count("subscribed")), (0, 0));
    assert_eq!(site.everything(), before);
    "nothing".to_owned()
}

pub fn migrate(site: &mut Site) -> String {
    let spool = site.genuine.spool();
    let before = snapshot(&spool);
    let words = ["migrate", spool.to_str().unwrap(), "--json"];
    let ran = site.vmimap(&words).run().status(0);
    assert_eq!(ran.count("appended"), MESSAGES, "{}", ran.stdout);
    assert!(before == snapshot(&spool), "the spool was touched");
    let c_client = Mailutil::new();
    for account in GenuineSpool::accounts() {
        let counts = site.counts(&account);
        let found = (counts.new, counts.urgent, counts.old);
        let expected = COUNTS.iter().find(|(user, _)| *user == account.user);
        assert_eq!(
            Some(found),
            expected.map(|(_, counts)| *counts),
            "{}",
            account.user
        );
        let others = if account.user == ADA {
            site.foreign.len()
        } else {
            0
        };
        let server = site.subject.server.as_ref();
        assert_eq!(
            c_client.count(server, &account.user, "INBOX"),
            found.0 + found.1 + found.2 + others
        );
    }
    for name in ["Work", "Family", "Friends"] {
        let messages = site.raw(ADA).messages(&site.folder(name));
        assert_eq!(messages.len(), 1, "{name}");
        assert!(messages[0].flags.contains(&"\\Seen".to_owned()), "{name}");
    }
    format!("{MESSAGES} messages")
}

/// Once with the journal, once without: then the server alone tells what it has.
pub fn migrate_again(site: &mut Site) -> String {
    let before = site.everything();
    let spool = site.genuine.spool();
    for reverified in [0, MESSAGES] {
        let words = ["migrate", spool.to_str().unwrap(), "--json"];
        let ran = site.vmimap(&words).run().status(0);
        assert_eq!((ran.count("appended"), ran.count("skipped")), (0, MESSAGES));
        assert_eq!(ran.count("reverified"), reverified);
        fs::remove_dir_all(site.state()).unwrap();
    }
    assert_eq!(site.everything(), before);
    "no message".to_owned()
}

/// Takes the run back, so that only other people's mail is left; and migrates once more, for the steps
/// that follow.
pub fn rollback(site: &mut Site) -> String {
    let words = ["rollback", "last", "--yes", "--json"];
    let ran = site.vmimap(&words).run().status(0);
    let counts = (ran.count("removed"), ran.count("withheld"));
    assert_eq!(counts, (MESSAGES, 0), "{}", ran.stdout);
    let left: usize = site.everything().values().map(Vec::len).sum();
    assert_eq!(left, site.foreign.len());
    let again = site
        .vmimap(&["migrate", "--json"])
        .arg(site.genuine.spool());
    assert_eq!(again.run().status(0).count("appended"), MESSAGES);
    format!("{MESSAGES} messages")
}

/// By phone one message is heard and one saved to Work; and then both are made new again.
pub fn update(site: &mut Site) -> String {
    let inbox = site.genuine.spool().join("sales/5001/INBOX");
    let moves = [("msg0000", "Old"), ("msg0001", "Work")];
    let carry = |to: fn(&Path, &str) -> PathBuf, from: fn(&Path, &str) -> PathBuf| {
        for (message, folder) in moves {
            let (from, to) = (from(&inbox, folder), to(&inbox, folder));
            fs::create_dir_all(&to).unwrap();
            for entry in fs::read_dir(&from).unwrap() {
                let path = entry.unwrap().path();
                if path.file_stem().unwrap() == message {
                    fs::rename(&path, to.join(path.file_name().unwrap())).unwrap();
                }
            }
        }
    };
    let at_home: fn(&Path, &str) -> PathBuf = |inbox, _| inbox.to_owned();
    let beside: fn(&Path, &str) -> PathBuf = |inbox, folder| inbox.with_file_name(folder);
    let mut accounts = GenuineSpool::accounts().into_iter();
    let account = accounts.find(|one| one.user == "sales-5001").unwrap();
    let as_it_is = |site: &Site| {
        let counts = site.counts(&account);
        let saved = site.raw(&account.user).message_count(&site.folder("Work"));
        (counts.new, counts.old, saved)
    };
    let migrate = |status: i32| {
        let call = site.vmimap(&["migrate", "--update", "--json"]);
        let ran = call.arg(site.genuine.spool()).run().status(status);
        (ran.count("updated"), ran.count("held_back"))
    };
    assert_eq!(as_it_is(site), (3, 0, 0));
    carry(beside, at_home);
    let (status, done, there) = if site.subject.moves {
        (0, (2, 0), (1, 1, 1))
    } else {
        (3, (1, 1), (2, 1, 0))
    };
    assert_eq!((migrate(status), as_it_is(site)), (done, there));
    carry(at_home, beside);
    assert_eq!((migrate(0).0, as_it_is(site)), (done.0, (3, 0, 0)));
    match done {
        (updated, 0) => format!("{updated} messages"),
        (updated, held_back) => format!("{updated} message, {held_back} held back: no MOVE"),
    }
}
