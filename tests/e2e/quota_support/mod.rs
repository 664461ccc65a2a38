//! A phone system on a Dovecot whose accounts are limited, for looking at quotas.
#![allow(dead_code)] // each test file uses a part of it

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::cli::{Ran, Vmimap};
use crate::support::dovecot::Dovecot;
use crate::support::dovecot_config::{DovecotOptions, User};

pub const PASSWORD: &str = "secret";

/// A server, and a voicemail.conf beside it.
pub struct Site {
    pub dovecot: Dovecot,
    pub dir: TempDir,
}

impl Site {
    /// `general` are further lines of `[general]`; `boxes` the lines of `[default]`.
    pub fn new(options: DovecotOptions, general: &str, boxes: &[&str]) -> Self {
        let site = Self {
            dovecot: Dovecot::start(options),
            dir: tempfile::tempdir().unwrap(),
        };
        site.write_conf(general, boxes);
        site
    }

    pub fn write_conf(&self, general: &str, boxes: &[&str]) {
        let (host, port) = (self.dovecot.host(), self.dovecot.port());
        let mut conf = format!(
            "[general]\nimapserver={host}\nimapport={port}\nimapflags=notls\n\
             format=wav49|gsm|wav\n{general}\n[default]\n"
        );
        for line in boxes {
            let _ = writeln!(conf, "{line}");
        }
        fs::write(self.conf(), conf).unwrap();
    }

    pub fn conf(&self) -> PathBuf {
        self.dir.path().join("voicemail.conf")
    }

    /// `quota` with these words.
    pub fn quota(&self, words: &[&str]) -> Vmimap {
        Vmimap::new(["quota"])
            .args(words)
            .arg("--voicemail-conf")
            .arg(self.conf())
            .arg("--state-dir")
            .arg(self.dir.path().join("state"))
    }

    /// Appends a voicemail of about so many octets.
    pub fn voicemail(&self, user: &str, folder: &str, flags: &str, vmbox: &str, octets: usize) {
        let (extension, context) = vmbox.split_once('@').unwrap();
        let head = format!(
            "From: a@b\r\nX-Asterisk-VM-Extension: {extension}\r\n\
             X-Asterisk-VM-Context: {context}\r\n\r\n"
        );
        self.append(user, folder, flags, head, octets);
    }

    /// Appends a private mail of about so many octets.
    pub fn mail(&self, user: &str, folder: &str, octets: usize) {
        let head = "From: a@b\r\nSubject: private\r\n\r\n".to_owned();
        self.append(user, folder, "()", head, octets);
    }

    fn append(&self, user: &str, folder: &str, flags: &str, mut text: String, octets: usize) {
        while text.len() + 72 < octets {
            text.push_str(&"x".repeat(70));
            text.push_str("\r\n");
        }
        let date = "\"05-Feb-2009 18:31:30 +0000\"";
        let mut raw = self.dovecot.raw(user);
        raw.append(folder, flags, date, text.as_bytes()).ok();
    }
}

/// An account with this limit on storage, in KiB.
pub fn limited(name: &str, kib: u64) -> User {
    User::new(name, PASSWORD).storage(kib)
}

pub fn options(users: Vec<User>) -> DovecotOptions {
    DovecotOptions {
        users,
        ..DovecotOptions::default()
    }
}

/// The line of that type that has this value in this field.
#[track_caller]
pub fn line(ran: &Ran, kind: &str, field: &str, value: &str) -> Value {
    let lines = ran.json();
    let found = lines
        .iter()
        .find(|line| line["type"] == kind && line[field] == value);
    found
        .unwrap_or_else(|| panic!("no {kind} with {field}={value}:\n{}", ran.stdout))
        .clone()
}

/// The codes of all notices, in order.
pub fn codes(ran: &Ran) -> Vec<String> {
    let lines = ran.json().into_iter();
    let notices = lines.filter(|line| line["type"] == "notice");
    notices
        .map(|line| line["code"].as_str().unwrap().to_owned())
        .collect()
}
