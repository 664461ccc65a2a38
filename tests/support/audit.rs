//! What the tests of `audit` share: a configuration, messages, and what was found.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::cli::{Ran, Vmimap};
use super::dovecot::{Dovecot, DovecotOptions, User};
use super::fixtures::{PASSWORD, fixture};

/// A voicemail.conf of these mailbox lines (`[context]` lines among them) for this server.
pub fn conf(server: &Dovecot, general: &str, lines: &str) -> (tempfile::TempDir, PathBuf) {
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
pub fn line(number: &str, user: &str) -> String {
    format!("{number} => 1,,,,imapuser={user}|imappassword={PASSWORD}\n")
}

pub fn server(users: &[&str]) -> Dovecot {
    Dovecot::start(DovecotOptions {
        users: users.iter().map(|user| User::new(user, PASSWORD)).collect(),
        ..DovecotOptions::default()
    })
}

pub fn audit(conf: &Path) -> Vmimap {
    Vmimap::new(["audit", "--json"])
        .arg("--voicemail-conf")
        .arg(conf)
}

/// The findings: code, mailbox, folder and UID of each.
pub fn findings(ran: &Ran) -> Vec<(String, String, String, u64)> {
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

pub fn codes(ran: &Ran) -> BTreeMap<String, u64> {
    let mut codes = BTreeMap::new();
    for (code, ..) in findings(ran) {
        *codes.entry(code).or_default() += 1;
    }
    codes
}

/// A voicemail as Asterisk writes it, for a mailbox, with one recorded second of GSM.
pub fn voicemail(extension: &str, context: &str, id: u32) -> String {
    let genuine = fs::read_to_string(fixture("genuine-imap/u7-INBOX-2.eml")).unwrap();
    let mut message = String::new();
    for line in genuine.split_inclusive("\r\n") {
        let replaced = match line.split_once(": ").map(|(name, _)| name) {
            Some("X-Asterisk-VM-Extension") => format!("X-Asterisk-VM-Extension: {extension}\r\n"),
            Some("X-Asterisk-VM-Context") => format!("X-Asterisk-VM-Context: {context}\r\n"),
            Some("Message-ID") => format!("Message-ID: <test-{id}@x>\r\n"),
            Some("X-Asterisk-VM-Message-ID") => format!("X-Asterisk-VM-Message-ID: 1-{id:08x}\r\n"),
            _ => line.to_owned(),
        };
        message.push_str(&replaced);
    }
    message
}

pub const DATE: &str = "\"23-Nov-2026 09:59:16 +0000\"";

pub fn put(server: &Dovecot, user: &str, folder: &str, flags: &str, message: &str) {
    let mut raw = server.raw(user);
    raw.command(&format!("CREATE {folder}"));
    raw.append(folder, flags, DATE, message.as_bytes()).ok();
}
