//! `audit` against a real Dovecot: what a real Asterisk wrote is clean, what would harm it is found,
//! and nothing is touched.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use support::cli::{Ran, Vmimap};
use support::dovecot::{Dovecot, DovecotOptions, User};
use support::fixtures::{PASSWORD, fixture};

/// A voicemail.conf of these mailbox lines (`[context]` lines among them) for this server.
fn conf(server: &Dovecot, general: &str, lines: &str) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("voicemail.conf");
    let (host, port) = (server.host(), server.port());
    let text = format!(
        "[general]\nimapserver={host}\nimapport={port}\nimapflags=notls\n{general}\n{lines}\n"
    );
    fs::write(&path, text).unwrap();
    (dir, path)
}

/// `number => ...` with an account of its own.
fn line(number: &str, user: &str) -> String {
    format!("{number} => 1,,,,imapuser={user}|imappassword={PASSWORD}\n")
}

fn server(users: &[&str]) -> Dovecot {
    Dovecot::start(DovecotOptions {
        users: users.iter().map(|user| User::new(user, PASSWORD)).collect(),
        ..DovecotOptions::default()
    })
}

fn audit(conf: &Path) -> Vmimap {
    Vmimap::new(["audit", "--json"])
        .arg("--voicemail-conf")
        .arg(conf)
}

/// The findings: code, mailbox, folder and UID of each.
fn findings(ran: &Ran) -> Vec<(String, String, String, u64)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = ran
        .json()
        .into_iter()
        .filter(|line| line["type"] == "finding");
    let mut found: Vec<_> = all
        .map(|line| {
            let uid = line["uid"].as_u64().unwrap_or(0);
            (
                text(&line["code"]),
                text(&line["mailbox"]),
                text(&line["folder"]),
                uid,
            )
        })
        .collect();
    found.sort();
    found
}

fn codes(ran: &Ran) -> BTreeMap<String, u64> {
    let mut codes = BTreeMap::new();
    for (code, ..) in findings(ran) {
        *codes.entry(code).or_default() += 1;
    }
    codes
}

/// Puts the recorded messages where they were, with their flags and dates.
fn genuine(server: &Dovecot) {
    let index = fs::read_to_string(fixture("genuine-imap/INDEX.tsv")).unwrap();
    for line in index.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [file, user, folder, _, flags, date, _] = columns[..] else {
            panic!("{line}");
        };
        let mut raw = server.raw(user);
        if folder != "INBOX" {
            raw.command(&format!("CREATE {folder}"));
        }
        let message = fs::read(fixture("genuine-imap").join(file)).unwrap();
        let flags = flags.replace("\\Recent", "");
        let (flags, date) = (format!("({})", flags.trim()), format!("\"{date}\""));
        raw.append(folder, &flags, &date, &message).ok();
    }
}

#[test]
fn what_asterisk_wrote_is_clean_but_for_the_copies_its_phone_made() {
    let users = ["u1", "u2", "u3", "u6", "u7", "u15"];
    let server = server(&users);
    genuine(&server);
    let (_dir, conf) = conf(
        &server,
        "imapgreetings=yes\ngreetingsfolder=Greetings",
        &format!(
            "[default]\n{}{}{}300 => 1,,,,imapuser=u7|imappassword={PASSWORD}|imapvmshareid=group1\n\
             [sales]\n{}{}",
            line("4123", "u1"),
            line("4124", "u2"),
            line("4125", "u3"),
            line("4123", "u6"),
            line("5001", "u15"),
        ),
    );
    let before: Vec<_> = users
        .iter()
        .map(|user| server.raw(user).messages("INBOX"))
        .collect();
    let ran = audit(&conf).arg("--audio").run().status(0);
    // Three copies by the phone's save; a name of 92 characters and one with a semicolon
    // (tests/fixtures/README.md); and one tone in all calls.
    let expected = [("VMA040", 1), ("VMA041", 2), ("VMA066", 3), ("VMA069", 10)];
    assert_eq!(
        codes(&ran),
        expected.map(|(code, n)| (code.to_owned(), n)).into()
    );
    let copies: Vec<_> = findings(&ran)
        .into_iter()
        .filter(|f| f.0 == "VMA066")
        .map(|f| f.2)
        .collect();
    assert_eq!(copies, ["Family", "Friends", "Work"]);
    let summary = ran.summary();
    assert_eq!(
        (&summary["messages"], &summary["recordings"]),
        (&23.into(), &23.into())
    );
    let after: Vec<_> = users
        .iter()
        .map(|user| server.raw(user).messages("INBOX"))
        .collect();
    assert_eq!(before, after, "nothing is touched, no \\Seen set");
    assert_eq!(audit(&conf).run().status(0).summary()["findings"], 6);
}
