//! A Dovecot with voicemail of the test's own making, and a voicemail.conf that names it.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use super::cli::Vmimap;
use super::dovecot::{Dovecot, User};
use super::dovecot_config::DovecotOptions;
use super::raw_imap::RawImap;

/// An INTERNALDATE for messages of which it does not matter.
pub const DATE: &str = "\"05-Feb-2009 18:31:30 +0000\"";

/// A Dovecot, and a voicemail.conf that names it.
pub struct Site {
    pub dovecot: Dovecot,
    dir: tempfile::TempDir,
}

impl Site {
    /// With accounts `u` and `v`, both with the password `secret`, lines for `[general]`, and the
    /// sections of the mailboxes.
    pub fn new(options: DovecotOptions, general: &str, mailboxes: &str) -> Self {
        let users = vec![User::new("u", "secret"), User::new("v", "secret")];
        let dovecot = Dovecot::start(DovecotOptions { users, ..options });
        let dir = tempfile::tempdir().unwrap();
        let conf = format!(
            "[general]\nimapserver={}\nimapport={}\nimapflags=notls\n{general}\n{mailboxes}\n",
            dovecot.host(),
            dovecot.port()
        );
        super::write_private(&dir.path().join("voicemail.conf"), conf);
        Self { dovecot, dir }
    }

    /// Its path.
    pub fn conf(&self) -> PathBuf {
        self.dir.path().join("voicemail.conf")
    }

    /// A call of a verb for this site.
    pub fn vmimap(&self, verb: &str, words: &[&str]) -> Vmimap {
        let call = Vmimap::new([verb]).args(words);
        call.arg("--voicemail-conf").arg(self.conf())
    }

    /// A connection to the account `u`.
    pub fn mail(&self) -> RawImap {
        self.dovecot.raw("u")
    }
}

/// A voicemail as Asterisk writes it, with these header lines in place of its own; the value `-`
/// leaves one out.
pub fn voicemail(extension: &str, context: &str, changed: &[(&str, &str)]) -> Vec<u8> {
    let mut headers = vec![
        ("Context", context),
        ("Extension", extension),
        ("Flag", ""),
        ("Caller-ID-Num", "5550100"),
        ("Caller-ID-Name", "Ada Lovelace"),
        ("Duration", "61"),
        ("Message-Type", "Message"),
        ("Orig-time", "1795427561"),
        ("Message-ID", "1795427561-00000001"),
    ];
    for (name, value) in changed {
        match headers.iter_mut().find(|(known, _)| known == name) {
            Some(header) => header.1 = value,
            None => headers.push((name, value)),
        }
    }
    let mut text = String::from("From: Asterisk PBX <a@b.test>\r\nSubject: voicemail\r\n");
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
