//! A Dovecot, a spool with greetings, and a voicemail.conf that keeps greetings in IMAP.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::cli::Vmimap;
use super::fixtures::fixture;
use super::raw_imap::RawImap;

/// Lines of `[general]` that put greetings into a folder of their own.
pub const OWN_FOLDER: &str = "imapgreetings=yes\ngreetingsfolder=Greetings";

/// A spool, a voicemail.conf and a state directory.
pub struct GreetingSite {
    pub dir: tempfile::TempDir,
}

impl GreetingSite {
    /// With an empty spool; `mailboxes` are the sections of the mailboxes.
    pub fn new(host: &str, port: u16, general: &str, mailboxes: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("spool")).unwrap();
        let conf = format!(
            "[general]\nformat=wav49|gsm|wav\nserveremail=asterisk@judge.test\ncharset=UTF-8\n\
             imapserver={host}\nimapport={port}\nimapflags=notls\n{general}\n{mailboxes}\n"
        );
        fs::write(dir.path().join("voicemail.conf"), conf).unwrap();
        Self { dir }
    }

    pub fn spool(&self) -> PathBuf {
        self.dir.path().join("spool")
    }

    pub fn conf(&self) -> PathBuf {
        self.dir.path().join("voicemail.conf")
    }

    pub fn migrate(&self, words: &[&str]) -> Vmimap {
        let state = self.dir.path().join("state");
        Vmimap::migrate(&self.spool(), &self.conf(), &state).args(words)
    }

    pub fn vmimap(&self, verb: &str, words: &[&str]) -> Vmimap {
        let call = Vmimap::new([verb]).arg("--voicemail-conf").arg(self.conf());
        let call = call.arg("--state-dir").arg(self.dir.path().join("state"));
        call.args(words)
    }

    /// Puts a greeting file that was recorded that many minutes ago.
    pub fn put(&self, name: &str, content: &[u8], minutes: u64) -> PathBuf {
        let path = self.spool().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        set_age(&path, minutes);
        path
    }
}

/// Sets a file's time that many minutes back.
pub fn set_age(path: &Path, minutes: u64) {
    let file = fs::File::options().write(true).open(path).unwrap();
    let time = SystemTime::now() - Duration::from_mins(minutes);
    file.set_modified(time).unwrap();
}

/// The recording of a greeting that a real Asterisk has stored (`tests/fixtures/genuine-imap`).
pub fn recorded(eml: &str) -> Vec<u8> {
    let message = fs::read(fixture("genuine-imap").join(eml)).unwrap();
    recording(&String::from_utf8(message).unwrap())
}

/// The octets of a message's part 2, read without the code under test.
pub fn recording(message: &str) -> Vec<u8> {
    let part = message
        .split("Content-Disposition: attachment")
        .nth(1)
        .unwrap();
    let encoded = part.split("\r\n\r\n").nth(1).unwrap();
    let encoded = encoded.split("\r\n--").next().unwrap();
    STANDARD.decode(encoded.replace("\r\n", "")).unwrap()
}

/// A message's header value.
pub fn header<'m>(message: &'m str, name: &str) -> &'m str {
    let mut lines = message.split("\r\n");
    lines
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
        .unwrap_or_else(|| panic!("no {name}: {message}"))
}

/// Message type, file name and recording of every message of a folder.
pub fn greetings(raw: &mut RawImap, folder: &str) -> Vec<(String, String, Vec<u8>)> {
    let messages = raw.messages(folder).into_iter().map(|stored| {
        let text = String::from_utf8(stored.body).unwrap();
        let kind = header(&text, "X-Asterisk-VM-Message-Type").to_owned();
        let name = text.split("; name=\"").nth(1).unwrap();
        let name = name.split('"').next().unwrap().to_owned();
        (kind, name, recording(&text))
    });
    messages.collect()
}

/// What Asterisk plays for a name: the first message whose part 2 is called so, as BODYSTRUCTURE
/// tells; `None` where it meets a message without an attachment first.
pub fn asterisk_plays(raw: &mut RawImap, folder: &str, name: &str) -> Option<u32> {
    raw.command(&format!("EXAMINE \"{folder}\"")).ok();
    let reply = raw.command("FETCH 1:* (UID BODYSTRUCTURE)").text();
    for line in reply.lines().filter(|line| line.contains(" FETCH (")) {
        let uid = line.split("UID ").nth(1)?.split([' ', ')']).next()?;
        let file = line.split("ame\" \"").nth(1)?.split('"').next()?;
        if file.split('.').next() == Some(name) {
            return uid.parse().ok();
        }
    }
    None
}
