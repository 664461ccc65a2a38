//! A voicemail.conf beside a private Dovecot, for the tests of `provision`.

#![allow(dead_code)] // each test file uses a part of it

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::support::cli::Vmimap;
use super::support::dovecot::Dovecot;
use super::support::dovecot_config::{DovecotOptions, User};

pub const PASSWORD: &str = "analytical";

/// A server with accounts, and a voicemail.conf.
pub struct Site {
    pub dovecot: Dovecot,
    dir: TempDir,
}

impl Site {
    /// A server with these users and options, and the mailbox lines of `[default]`.
    pub fn new(options: DovecotOptions, users: &[&str], general: &str, boxes: &[&str]) -> Self {
        let users = users.iter().map(|name| User::new(name, PASSWORD)).collect();
        let site = Self {
            dovecot: Dovecot::start(DovecotOptions { users, ..options }),
            dir: tempfile::tempdir().unwrap(),
        };
        site.write(general, boxes);
        site
    }

    /// One box, `1001@default`, in account `ada`.
    pub fn of_ada(options: DovecotOptions, general: &str) -> Self {
        Self::new(options, &["ada"], general, &[&line("1001", "ada", "")])
    }

    /// Writes voicemail.conf anew.
    pub fn write(&self, general: &str, boxes: &[&str]) {
        let (host, port) = (self.dovecot.host(), self.dovecot.port());
        let text = format!(
            "[general]\nimapserver={host}\nimapport={port}\nimapflags=notls\n{general}\n[default]\n{}\n",
            boxes.join("\n")
        );
        fs::write(self.conf(), text).unwrap();
    }

    pub fn conf(&self) -> PathBuf {
        self.dir.path().join("voicemail.conf")
    }

    /// `vmimap provision` with these words.
    pub fn provision(&self, words: &[&str]) -> Vmimap {
        Vmimap::new(["provision"])
            .arg("--voicemail-conf")
            .arg(self.conf())
            .args(words)
    }

    /// The folders of an account, sorted.
    pub fn folders(&self, user: &str) -> Vec<String> {
        let mut folders = self.dovecot.raw(user).list();
        folders.sort();
        folders
    }

    /// What an account is subscribed to, sorted.
    pub fn subscribed(&self, user: &str) -> Vec<String> {
        let reply = self
            .dovecot
            .raw(user)
            .command("LSUB \"\" \"*\"")
            .ok()
            .text();
        let names = reply.lines().filter_map(|line| line.rsplit(' ').next());
        let mut names: Vec<String> = names
            .map(|name| name.trim_matches('"').to_owned())
            .collect();
        names.sort();
        names
    }

    /// How often an account was logged in to.
    pub fn logins(&self, user: &str) -> usize {
        self.dovecot
            .log()
            .matches(&format!("Login: user=<{user}>"))
            .count()
    }
}

/// A mailbox line; `options` begin with `|`.
pub fn line(number: &str, user: &str, options: &str) -> String {
    format!("{number} => 1,,,,imapuser={user}|imappassword={PASSWORD}{options}")
}

/// The lines of a plan: everything before the first empty line.
pub fn plan(stdout: &str) -> Vec<&str> {
    stdout.lines().take_while(|line| !line.is_empty()).collect()
}
