//! A Dovecot whose account holds voicemail of several mailboxes among ordinary mail, some of it
//! marked as deleted by others; and a voicemail.conf that names it.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::cli::Vmimap;
use super::dovecot::{Dovecot, User};
use super::dovecot_config::DovecotOptions;
use super::raw_imap::{RawImap, StoredMessage};

/// An INTERNALDATE for messages of which it does not matter.
pub const DATE: &str = "\"05-Feb-2009 18:31:30 +0000\"";

/// Orig-time of messages that are old.
pub const LONG_AGO: &str = "1233858690";

/// Mailboxes of which one's number is part of the other's, in the account `u`; one of `v`.
const MAILBOXES: &str = "[default]\n200 => 1,A,,,imapuser=u|imappassword=secret\n\
     2001 => 1,B,,,imapuser=u|imappassword=secret\n\
     7 => 1,C,,,imapuser=u|imappassword=secret|imapvmshareid=team\n\
     8 => 1,D,,,imapuser=u|imappassword=secret|imapvmshareid=team\n\
     [sales]\n5001 => 1,E,,,imapuser=v|imappassword=secret\n";

/// The server and what names it.
pub struct RemovalSite {
    pub dovecot: Dovecot,
    dir: tempfile::TempDir,
}

impl RemovalSite {
    /// With empty accounts, and lines for `[general]`.
    pub fn empty(options: DovecotOptions, general: &str) -> Self {
        let users = vec![User::new("u", "secret"), User::new("v", "secret")];
        let dovecot = Dovecot::start(DovecotOptions { users, ..options });
        let dir = tempfile::tempdir().unwrap();
        let site = Self { dovecot, dir };
        site.name_port(site.dovecot.port(), general);
        site
    }

    /// With the messages of [`fill`](Self::fill) in INBOX.
    pub fn new(options: DovecotOptions) -> Self {
        let site = Self::empty(options, "");
        site.fill("INBOX");
        site
    }

    /// Writes the voicemail.conf anew, for another port (a proxy's).
    pub fn name_port(&self, port: u16, general: &str) {
        let host = self.dovecot.host();
        let conf = format!(
            "[general]\nimapserver={host}\nimapport={port}\nimapflags=notls\n{general}\n{MAILBOXES}"
        );
        fs::write(self.conf(), conf).unwrap();
    }

    pub fn conf(&self) -> PathBuf {
        self.dir.path().join("voicemail.conf")
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Puts fourteen messages into a folder of `u`, with these UIDs in a new folder:
    ///
    /// 1 to 4 are 200's: old, new, old and marked, from today; 5 and 6 are 2001's, 6 marked; 7 and
    /// 8 are ordinary mail, 8 marked; 9 quotes voicemail headers in its text; 10 is shared by 7 and
    /// 8; 11 is a greeting of 200; 12 names two mailboxes; 13 is 200's without a time; 14 is of
    /// nobody.
    pub fn fill(&self, folder: &str) {
        let old = [("Orig-time", LONG_AGO)];
        let now = jiff::Timestamp::now().as_second().to_string();
        let two = "X-Asterisk-VM-Extension: 2001\r\n";
        let messages: Vec<(&str, Vec<u8>)> = vec![
            ("(\\Seen)", voicemail("200", "default", 1, &old)),
            ("()", voicemail("200", "default", 2, &old)),
            ("(\\Seen \\Deleted)", voicemail("200", "default", 3, &old)),
            ("()", voicemail("200", "default", 4, &[("Orig-time", &now)])),
            ("(\\Seen)", voicemail("2001", "default", 5, &old)),
            ("(\\Deleted)", voicemail("2001", "default", 6, &old)),
            ("(\\Seen)", ordinary(7, "hello")),
            ("(\\Deleted)", ordinary(8, "to be expunged one day")),
            (
                "(\\Seen)",
                ordinary(
                    9,
                    "X-Asterisk-VM-Extension: 200\r\nX-Asterisk-VM-Context: default",
                ),
            ),
            ("(\\Seen)", voicemail("team", "default", 10, &old)),
            (
                "(\\Seen)",
                voicemail(
                    "200",
                    "default",
                    11,
                    &[("Orig-time", LONG_AGO), ("Message-Type", "unavail")],
                ),
            ),
            (
                "(\\Seen)",
                [two.as_bytes(), &voicemail("200", "default", 12, &old)].concat(),
            ),
            (
                "(\\Seen)",
                voicemail("200", "default", 13, &[("Orig-time", "-")]),
            ),
            ("(\\Seen)", voicemail("999", "default", 14, &old)),
        ];
        let mut raw = self.mail();
        for (flags, message) in messages {
            raw.append(folder, flags, DATE, &message).ok();
        }
    }

    /// A call of a verb for this site.
    pub fn vmimap(&self, verb: &str, words: &[&str]) -> Vmimap {
        Vmimap::new([verb])
            .args(words)
            .arg("--voicemail-conf")
            .arg(self.conf())
            .arg("--state-dir")
            .arg(self.dir().join("state"))
    }

    /// A connection to the account `u`.
    pub fn mail(&self) -> RawImap {
        self.dovecot.raw("u")
    }

    /// What a folder of `u` holds.
    pub fn left(&self, folder: &str) -> Vec<StoredMessage> {
        self.mail().messages(folder)
    }

    /// Panics unless a folder holds what it held before, to the octet and the flag, except these.
    #[track_caller]
    pub fn only_gone(&self, folder: &str, before: &[StoredMessage], gone: &[u32]) {
        let kept: Vec<StoredMessage> = before
            .iter()
            .filter(|message| !gone.contains(&message.uid))
            .cloned()
            .collect();
        let names = |all: &[StoredMessage]| -> Vec<(u32, Vec<String>)> {
            all.iter().map(|m| (m.uid, m.flags.clone())).collect()
        };
        let left = self.left(folder);
        assert_eq!(names(&left), names(&kept));
        assert_eq!(left, kept);
    }
}

/// Mail that is no voicemail.
fn ordinary(number: u32, text: &str) -> Vec<u8> {
    format!("From: <a@b.test>\r\nMessage-ID: <mail-{number}@test>\r\n\r\n{text}\r\n").into_bytes()
}

/// A voicemail as Asterisk writes it, with these header values in place of its own; the value `-`
/// leaves one out.
pub fn voicemail(extension: &str, context: &str, number: u32, changed: &[(&str, &str)]) -> Vec<u8> {
    let id = format!("1795427561-{number:08}");
    let mut headers = [
        ("Context", context),
        ("Extension", extension),
        ("Caller-ID-Num", "5550100"),
        ("Caller-ID-Name", "Ada Lovelace"),
        ("Duration", "61"),
        ("Message-Type", "Message"),
        ("Orig-time", "1795427561"),
        ("Message-ID", &id),
    ];
    for (name, value) in changed {
        if let Some(header) = headers.iter_mut().find(|(known, _)| known == name) {
            header.1 = value;
        }
    }
    let mut text =
        format!("From: Asterisk PBX <a@b.test>\r\nMessage-ID: <Asterisk-{number}@test>\r\n");
    for (name, value) in headers.iter().filter(|(_, value)| *value != "-") {
        let _ = write!(text, "X-Asterisk-VM-{name}: {value}\r\n");
    }
    text.push_str(
        "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nhello\r\n\
         --b\r\nContent-Type: audio/x-WAV; name=\"msg0000.WAV\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--b--\r\n",
    );
    text.into_bytes()
}
