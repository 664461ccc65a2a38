//! The first steps: looking at the server, making folders, moving the voicemail in.

use std::fs;

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
