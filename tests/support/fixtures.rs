//! The recorded spool, ready to be migrated: unpacked, with accounts and a voicemail.conf.
//!
//! Provenance of the data: `tests/fixtures/README.md`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::dovecot::User;
use super::server::ImapServer;

/// The password of every account made here.
pub const PASSWORD: &str = "secret";

/// One mailbox of a voicemail.conf and the IMAP account that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub context: String,
    pub extension: String,
    /// The IMAP user: `CONTEXT-EXTENSION`, for two contexts may share a number.
    pub user: String,
}

impl Account {
    pub fn new(context: &str, extension: &str) -> Self {
        Self {
            context: context.to_owned(),
            extension: extension.to_owned(),
            user: format!("{context}-{extension}"),
        }
    }

    /// The account as the server's side of the tests wants it.
    pub fn server_user(&self) -> User {
        User::new(&self.user, PASSWORD)
    }
}

/// The file of that name in `tests/fixtures`.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

/// The recorded spool in a folder of its own.
#[derive(Debug)]
pub struct GenuineSpool {
    dir: TempDir,
}

impl GenuineSpool {
    /// Unpacks the recording.
    pub fn unpack() -> Self {
        let dir = tempfile::Builder::new()
            .prefix("vmimap-spool-")
            .tempdir()
            .unwrap();
        let archive = fixture("genuine-spool.tar.gz");
        let mut tar = Command::new("tar");
        tar.arg("-xzf")
            .arg(archive)
            .arg("-C")
            .arg(dir.path())
            .arg("--no-same-owner");
        assert!(tar.status().unwrap().success(), "tar unpacks the fixture");
        Self { dir }
    }

    /// The spool: `CONTEXT/MAILBOX/FOLDER/msgNNNN.*`.
    pub fn spool(&self) -> PathBuf {
        self.dir.path().join("voicemail")
    }

    /// The folder around the spool, for a state folder, a configuration or what a test needs.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The mailboxes of the recording's voicemail.conf.
    pub fn accounts() -> Vec<Account> {
        accounts_of(&recorded_conf())
    }

    /// The same as accounts for a server.
    pub fn users() -> Vec<User> {
        Self::accounts().iter().map(Account::server_user).collect()
    }

    /// Writes a voicemail.conf that names `server` and returns its path.
    pub fn write_conf(&self, server: &dyn ImapServer) -> PathBuf {
        let path = self.dir.path().join("voicemail.conf");
        let conf = with_imap_options(&recorded_conf(), server.host(), server.port(), "notls");
        super::write_private(&path, conf);
        path
    }
}

fn recorded_conf() -> String {
    fs::read_to_string(fixture("genuine-spool-voicemail.conf")).unwrap()
}

/// The section a line opens.
fn section(line: &str) -> Option<&str> {
    line.strip_prefix('[')?.split(']').next()
}

/// The mailbox number of a mailbox line.
fn mailbox_number(line: &str) -> Option<&str> {
    line.split_once("=>").map(|(number, _)| number.trim())
}

/// The mailboxes of a voicemail.conf of plain `number => ...` lines.
pub fn accounts_of(conf: &str) -> Vec<Account> {
    let mut context = "";
    let mut accounts = Vec::new();
    for line in conf.lines() {
        context = section(line).unwrap_or(context);
        accounts.extend(mailbox_number(line).map(|number| Account::new(context, number)));
    }
    accounts
}

/// The same voicemail.conf with a server in `[general]` and an account on each mailbox line.
pub fn with_imap_options(conf: &str, host: &str, port: u16, flags: &str) -> String {
    let mut context = "";
    let mut out = String::new();
    for line in conf.lines() {
        context = section(line).unwrap_or(context);
        match mailbox_number(line) {
            Some(number) => out.push_str(&with_account(line, &Account::new(context, number))),
            None => out.push_str(line),
        }
        out.push('\n');
        if line == "[general]" {
            let _ = writeln!(out, "imapserver={host}\nimapport={port}\nimapflags={flags}");
        }
    }
    out
}

/// A mailbox line with the account among its options, the fifth field.
fn with_account(line: &str, account: &Account) -> String {
    let commas = line.matches(',').count();
    let glue = if commas >= 4 {
        "|".to_owned()
    } else {
        ",".repeat(4 - commas)
    };
    format!(
        "{line}{glue}imapuser={}|imappassword={PASSWORD}",
        account.user
    )
}
