//! The real c-client, by way of `mailutil`: the library Asterisk itself reads IMAP with.
//!
//! mailutil asks for passwords with getpass(3), which takes the terminal if there is one and
//! standard input otherwise. In a session of its own (`setsid`) there is none, so the password
//! goes through a pipe: not through argv, not through a file. Run by root, c-client refuses
//! local files; it is therefore run as the account that owns the mail.

use std::fs;
use std::io::Write;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use super::dovecot_config::MAIL_ACCOUNT;
use super::process;
use super::server::ImapServer;

/// mailutil with a home of its own.
#[derive(Debug)]
pub struct Mailutil {
    home: TempDir,
}

impl Mailutil {
    /// Makes an empty home folder, where local mailboxes live.
    pub fn new() -> Self {
        Self::below(&std::env::temp_dir())
    }

    /// The same, in a new folder below `parent`.
    pub fn below(parent: &Path) -> Self {
        let home = tempfile::Builder::new()
            .prefix("vmimap-mailutil-")
            .tempdir_in(parent)
            .unwrap();
        give_to_mail(home.path());
        Self { home }
    }

    /// The folder local mailbox names are relative to.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Puts a file into the home folder.
    pub fn write(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.home.path().join(name);
        fs::write(&path, content).unwrap();
        give_to_mail(&path);
        path
    }

    /// The c-client name of an account's mailbox.
    pub fn remote(server: &dyn ImapServer, user: &str, mailbox: &str) -> String {
        format!("{{{}/user={user}}}{mailbox}", server.c_client())
    }

    /// Runs mailutil; `passwords` are given in order, one for each login it makes.
    pub fn run(&self, args: &[&str], passwords: &[&str]) -> Output {
        let mut child = Command::new("sh")
            .args(["-c", &command_line(), "mailutil"])
            .args(args)
            .env("HOME", self.home.path())
            .current_dir(self.home.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().expect("stdin is a pipe");
        for password in passwords {
            // It may end without asking; its status then tells why.
            let _ = writeln!(stdin, "{password}");
        }
        drop(stdin);
        child.wait_with_output().unwrap()
    }

    /// Copies an account's mailbox to a local file in traditional Unix form, with flags and dates
    /// as c-client read them, and returns it.
    pub fn read_out(&self, server: &dyn ImapServer, user: &str, mailbox: &str) -> String {
        let local = "read-out";
        let _ = fs::remove_file(self.home.path().join(local));
        let output = self.run(
            &[
                "copy",
                &Self::remote(server, user, mailbox),
                &format!("#driver.unix/{local}"),
            ],
            &[server.password(user)],
        );
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let bytes = fs::read(self.home.path().join(local)).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// How many messages c-client sees in an account's mailbox.
    pub fn count(&self, server: &dyn ImapServer, user: &str, mailbox: &str) -> usize {
        let remote = Self::remote(server, user, mailbox);
        let output = self.run(&["check", &remote], &[server.password(user)]);
        let text = String::from_utf8_lossy(&output.stdout);
        let total = text
            .split(" total in")
            .next()
            .unwrap()
            .rsplit(' ')
            .next()
            .unwrap();
        total.parse().unwrap_or_else(|_| {
            panic!(
                "mailutil said {text:?} {:?}",
                String::from_utf8_lossy(&output.stderr)
            )
        })
    }
}

/// The shell command that runs mailutil with `"$@"`, as the owner of the mail, off the terminal.
pub fn command_line() -> String {
    let become_mail = if process::is_root() {
        format!("setpriv --reuid={MAIL_ACCOUNT} --regid={MAIL_ACCOUNT} --clear-groups ")
    } else {
        String::new()
    };
    format!("exec {become_mail}setsid -w mailutil \"$@\"")
}

/// Makes the owner of the mail own this too, where root runs the tests.
pub fn give_to_mail(path: &Path) {
    if process::is_root() {
        let (uid, gid) = process::account_ids(MAIL_ACCOUNT).expect("there is an account `mail`");
        chown(path, Some(uid), Some(gid)).unwrap();
    }
}
