//! The verbs under test: what lies in an account before, what is typed, and what an end is.

use std::fmt::Write as _;
use std::fs;

use super::support::audit;
use super::support::fixtures::fixture;
use super::support::raw_imap::RawImap;
use super::support::removal_site::{DATE, LONG_AGO};

/// A verb with its words.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    pub name: &'static str,
    pub words: &'static [&'static str],
    /// Whether the run's answer is all there is to it: nothing in the account changes.
    pub reads: bool,
}

const fn reads(name: &'static str, words: &'static [&'static str]) -> Scenario {
    Scenario {
        name,
        words,
        reads: true,
    }
}

const fn changes(name: &'static str, words: &'static [&'static str]) -> Scenario {
    Scenario {
        name,
        words,
        reads: false,
    }
}

/// One of each verb, two of those that have two ways.
pub const ALL: [Scenario; 14] = [
    reads("doctor", &["doctor"]),
    changes("provision", &["provision"]),
    changes("migrate", &["migrate"]),
    changes(
        "migrate-greetings",
        &["migrate", "--greetings", "--replace-greetings"],
    ),
    reads("verify", &["verify"]),
    reads("list", &["list", "--messages"]),
    reads("quota", &["quota"]),
    changes(
        "quota-set",
        &["quota", "set", "200@default", "--storage", "200M", "--yes"],
    ),
    reads("audit", &["audit", "--audio"]),
    changes("audit-fix", &["audit", "--fix", "--yes"]),
    changes("expunge", &["expunge", "200", "--state", "old", "--yes"]),
    changes(
        "trash",
        &[
            "expunge", "200", "--state", "old", "--yes", "--trash", "Bin",
        ],
    ),
    changes("expire", &["expire", "200", "--older-than", "90d", "--yes"]),
    changes("rollback", &["rollback", "last", "--yes"]),
];

impl Scenario {
    pub fn named(name: &str) -> Self {
        *ALL.iter().find(|one| one.name == name).unwrap()
    }

    /// Puts in what the account holds before: mail of others at the first, a middle and the last
    /// place, some of it marked as deleted; voicemail of 200 and of a neighbour.
    pub fn seed(self, raw: &mut RawImap) {
        // To a doctor, mail that others marked is an error: the undisturbed end would be 4.
        let sound = self.name == "doctor";
        let mut put = |flags: &str, message: &[u8]| {
            let flags = if sound { "(\\Seen)" } else { flags };
            raw.append("INBOX", flags, DATE, message).ok();
        };
        put("(\\Deleted)", &ordinary(1));
        if matches!(self.name, "provision" | "verify") {
            return;
        }
        let name = if self.name.starts_with("audit") {
            "Ada;--"
        } else {
            "Ada"
        };
        put("(\\Seen)", &voicemail("200", 2, "Ada"));
        put("(\\Flagged)", &voicemail("200", 3, "Ada"));
        put("(\\Seen \\Deleted)", &ordinary(4));
        put("(\\Seen)", &voicemail("200", 5, name));
        // To an audit, voicemail of no mailbox is a finding that nothing repairs.
        if !self.name.starts_with("audit") {
            put("(\\Seen)", &voicemail("2001", 6, "Bob"));
        }
        put("()", &voicemail("200", 7, name));
        put("(\\Seen)", &ordinary(8));
        if self.name == "migrate-greetings" {
            put("()", &older_greeting());
        }
    }
}

/// A voicemail with one recorded second, from long ago.
fn voicemail(extension: &str, number: u32, caller: &str) -> Vec<u8> {
    let sound = audit::voicemail(extension, "default", number);
    let changed = sound.split_inclusive("\r\n").map(|line| {
        match line.split_once(": ").map(|(name, _)| name) {
            Some("X-Asterisk-VM-Orig-time") => format!("X-Asterisk-VM-Orig-time: {LONG_AGO}\r\n"),
            Some("X-Asterisk-VM-Caller-ID-Name") => {
                format!("X-Asterisk-VM-Caller-ID-Name: {caller}\r\n")
            }
            _ => line.to_owned(),
        }
    });
    changed.collect::<String>().into_bytes()
}

/// What the greeting file of 200 replaces.
fn older_greeting() -> Vec<u8> {
    let genuine = fs::read_to_string(fixture("genuine-imap/u1-Greetings-2.eml")).unwrap();
    let older = genuine.replace("VM-Extension: 4123", "VM-Extension: 200");
    older
        .replace("VM-Orig-time: 17", "VM-Orig-time: 11")
        .into_bytes()
}

/// Whether a message is nobody's voicemail: it must be there in the end as it was.
pub fn foreign(body: &[u8]) -> bool {
    !String::from_utf8_lossy(body).contains("X-Asterisk-VM-Extension: 200\r\n")
}

fn ordinary(number: u32) -> Vec<u8> {
    let mut text = format!("From: <a@b.test>\r\nMessage-ID: <mail-{number}@test>\r\n\r\n");
    let _ = writeln!(text, "not yours\r");
    text.into_bytes()
}
