//! A Dovecot and a spool that somebody uses.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::cli::{Ran, Vmimap};
use super::dovecot::Dovecot;
use super::dovecot_config::DovecotOptions;
use super::fixtures::Account;
use super::phone::{Phone, lists_on};
use super::process::signal;
use super::spool_generator::{SpoolSpec, generate, voicemail_conf};

/// A Dovecot and a spool in use, of one box unless there are more accounts.
pub struct LiveSite {
    pub dovecot: Dovecot,
    pub accounts: Vec<Account>,
    dir: tempfile::TempDir,
}

impl LiveSite {
    pub fn new(messages: usize, extensions: &[&str]) -> Self {
        let accounts: Vec<Account> = extensions
            .iter()
            .map(|extension| Account::new("default", extension))
            .collect();
        let dovecot = Dovecot::start(DovecotOptions {
            users: accounts.iter().map(Account::server_user).collect(),
            ..DovecotOptions::default()
        });
        let dir = tempfile::tempdir().unwrap();
        let spec = SpoolSpec {
            accounts: accounts.clone(),
            messages,
            folders: vec!["INBOX"],
            ..SpoolSpec::default()
        };
        generate(&dir.path().join("spool"), &spec);
        let conf = voicemail_conf(&accounts, dovecot.host(), dovecot.port(), "wav49");
        fs::write(dir.path().join("voicemail.conf"), conf).unwrap();
        Self {
            dovecot,
            accounts,
            dir,
        }
    }

    pub fn below(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn migrate(&self, words: &[&str]) -> Vmimap {
        let (spool, conf) = (self.below("spool"), self.below("voicemail.conf"));
        Vmimap::migrate(&spool, &conf, &self.below("state")).args(words)
    }

    pub fn phone(&self, locks: bool) -> Phone {
        Phone::of(&self.below("spool/default/1001"), locks)
    }

    pub fn in_imap(&self) -> Vec<(String, &'static str)> {
        lists_on(&mut self.dovecot.raw(&self.accounts[0].user))
    }

    /// Gives a message of INBOX this flag, as somebody with a mail program does.
    pub fn flag(&self, uid: u32, flag: &str) {
        let mut raw = self.dovecot.raw(&self.accounts[0].user);
        raw.command("SELECT INBOX").ok();
        raw.command(&format!("UID STORE {uid} +FLAGS ({flag})"))
            .ok();
    }
}

pub fn in_spool(phone: &Phone) -> Vec<(String, &'static str)> {
    phone.lists().into_iter().collect()
}

pub fn lines<'a>(json: &'a [Value], kind: &str) -> Vec<&'a Value> {
    json.iter().filter(|line| line["type"] == kind).collect()
}

/// Ends a run as systemd does.
pub fn end(child: std::process::Child) -> Ran {
    signal(child.id(), "TERM");
    child.wait_with_output().unwrap().into()
}
