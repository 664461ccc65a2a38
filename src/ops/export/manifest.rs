//! What was exported, from where to where, and what could not come along: one JSON line a message
//! (`docs/json.md`).
//!
//! Appended to only. It is also the memory of the next run: a message that is noted here need not
//! be fetched to be known again, and one that has since gone from the directory is not brought back
//! unasked. Losing it costs time, nothing else: what is there is then known by its content.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};

use serde::{Deserialize, Serialize};

use crate::mailstore::types::{Uid, UidValidity};
use crate::ops::jsonl;
use crate::voicemail::source_key::{AudioDigest, SourceKey};

/// The version of the lines.
const FORMAT: u32 = 1;
/// Octets of the longest line that is read.
const LONGEST: usize = 64 << 10;

/// Where a message lies on a server.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Origin {
    /// The account, `user@host:port`.
    pub account: String,
    /// The IMAP folder, as the server names it.
    pub imap_folder: String,
    /// What the UID is valid under.
    pub uid_validity: UidValidity,
    /// The UID.
    pub uid: Uid,
}

/// A forwarder's comment, kept beside the message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommentLine {
    /// Its file, relative to the directory.
    pub path: String,
    /// Its octets.
    pub octets: u64,
    /// Their SHA-256.
    pub sha256: AudioDigest,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// `message`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The version of the line.
    pub format: u32,
    /// `EXTENSION@CONTEXT`.
    pub mailbox: String,
    /// The folder of the spool.
    pub folder: String,
    /// The number it was given, 0-based; Asterisk may have renumbered it since.
    pub number: u32,
    /// Its files without their extension, relative to the directory.
    pub path: String,
    /// Whether it was found there, not written.
    pub existed: bool,
    /// The extension of the recording.
    pub audio: String,
    /// Octets of the recording.
    pub octets: u64,
    /// Their SHA-256.
    pub sha256: AudioDigest,
    /// When it was left, Unix seconds UTC.
    pub origtime: i64,
    /// Whole seconds.
    pub duration: u32,
    /// As on the server.
    pub caller_name: String,
    /// As on the server.
    pub caller_number: String,
    /// Asterisk's id, where it has one.
    pub msg_id: Option<String>,
    /// The `Message-ID` header.
    pub message_id: Option<String>,
    /// The source key, where vmimap stored it.
    pub key: Option<SourceKey>,
    /// Where it lies on the server.
    #[serde(flatten)]
    pub origin: Origin,
    /// What a forwarder said before it.
    pub comment: Option<CommentLine>,
    /// Keys of a txt that the server does not have.
    pub not_carried: Vec<String>,
    /// What was odd about it.
    pub remarks: Vec<String>,
}

impl Line {
    /// The fixed fields of every line.
    #[must_use]
    pub fn head() -> (String, u32) {
        ("message".to_owned(), FORMAT)
    }
}

/// One greeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GreetingLine {
    /// `greeting`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The version of the line.
    pub format: u32,
    /// `EXTENSION@CONTEXT`.
    pub mailbox: String,
    /// `unavail`, `busy`, `greet` or `temp`.
    pub greeting: String,
    /// Its file, relative to the directory.
    pub path: String,
    /// Whether it was found there, not written.
    pub existed: bool,
    /// The extension of the recording.
    pub audio: String,
    /// Octets of the recording.
    pub octets: u64,
    /// Their SHA-256.
    pub sha256: AudioDigest,
    /// When it was recorded, Unix seconds UTC; 0 where nobody tells.
    pub origtime: i64,
    /// The `Message-ID` header.
    pub message_id: Option<String>,
    /// The source key, where vmimap stored it.
    pub key: Option<SourceKey>,
    /// Where it lies on the server.
    #[serde(flatten)]
    pub origin: Origin,
    /// What was odd about it.
    pub remarks: Vec<String>,
}

impl GreetingLine {
    /// The fixed fields of every line.
    #[must_use]
    pub fn head() -> (String, u32) {
        ("greeting".to_owned(), FORMAT)
    }
}

/// A line of either type.
#[derive(Deserialize)]
#[serde(untagged)]
enum Either {
    Message(Box<Line>),
    Greeting(Box<GreetingLine>),
}

impl Either {
    /// What a plan looks at of it; nothing of a later version.
    fn noted(self) -> Option<(Origin, Noted)> {
        let (format, origin, noted) = match self {
            Self::Message(line) => {
                let noted = Noted {
                    mailbox: line.mailbox,
                    audio: line.audio,
                    octets: line.octets,
                    sha256: line.sha256,
                    origtime: line.origtime,
                    msg_id: line.msg_id,
                };
                (line.format, line.origin, noted)
            }
            Self::Greeting(line) => {
                let noted = Noted {
                    mailbox: line.mailbox,
                    audio: line.audio,
                    octets: line.octets,
                    sha256: line.sha256,
                    origtime: line.origtime,
                    msg_id: None,
                };
                (line.format, line.origin, noted)
            }
        };
        (format == FORMAT).then_some((origin, noted))
    }
}

/// What an earlier run noted of a message or greeting, as far as a plan looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    /// The box it was put into.
    pub mailbox: String,
    /// The extension of the recording.
    pub audio: String,
    /// Octets of the recording.
    pub octets: u64,
    /// Their SHA-256.
    pub sha256: AudioDigest,
    /// When it was left.
    pub origtime: i64,
    /// Asterisk's id.
    pub msg_id: Option<String>,
}

/// The lines of earlier runs, by where the messages lie.
pub type Memory = HashMap<Origin, Noted>;

/// Reads the lines of earlier runs. A line that cannot be read, the torn last one of a killed run
/// say, is left out: its message is then known by its content.
///
/// # Errors
/// The system's.
pub fn read(file: &File) -> io::Result<Memory> {
    let mut memory = Memory::new();
    let mut reader = BufReader::new(file);
    reader.seek(SeekFrom::Start(0))?;
    let mut octets = Vec::new();
    loop {
        octets.clear();
        if reader.read_until(b'\n', &mut octets)? == 0 {
            return Ok(memory);
        }
        if octets.len() > LONGEST {
            continue;
        }
        let line = serde_json::from_slice::<Either>(&octets).ok();
        memory.extend(line.and_then(Either::noted));
    }
}

/// A manifest that is appended to.
#[derive(Debug)]
pub struct Manifest {
    file: File,
}

impl Manifest {
    /// Goes on behind the last line; a torn one is ended first.
    ///
    /// # Errors
    /// The system's.
    pub fn new(mut file: File) -> io::Result<Self> {
        jsonl::end_torn(&mut file)?;
        Ok(Self { file })
    }

    /// Notes a message or a greeting.
    ///
    /// # Errors
    /// The system's.
    pub fn note(&mut self, line: &impl Serialize) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.file.write_all(&text)
    }

    /// The file, all of it on disk.
    ///
    /// # Errors
    /// The system's.
    pub fn synced(&mut self) -> io::Result<&mut File> {
        self.file.sync_data()?;
        Ok(&mut self.file)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::num::NonZeroU32;

    pub(in super::super) fn origin(uid: u32) -> Origin {
        Origin {
            account: "u@h:143".to_owned(),
            imap_folder: "INBOX".to_owned(),
            uid_validity: UidValidity(NonZeroU32::MIN),
            uid: Uid(NonZeroU32::new(uid).unwrap()),
        }
    }

    fn line(uid: u32) -> Line {
        let (kind, format) = Line::head();
        Line {
            kind,
            format,
            mailbox: "1@a".to_owned(),
            folder: "INBOX".to_owned(),
            number: 0,
            path: "a/1/INBOX/msg0000".to_owned(),
            existed: false,
            audio: "WAV".to_owned(),
            octets: 7,
            sha256: AudioDigest([1; 32]),
            origtime: 5,
            duration: 1,
            caller_name: "\u{1b}[0m\n".to_owned(),
            caller_number: String::new(),
            msg_id: None,
            message_id: None,
            key: None,
            origin: origin(uid),
            comment: None,
            not_carried: vec!["exten".to_owned()],
            remarks: vec![],
        }
    }

    #[test]
    fn a_torn_line_costs_its_message_and_no_other() {
        let mut file = tempfile::tempfile().unwrap();
        let mut manifest = Manifest::new(file.try_clone().unwrap()).unwrap();
        manifest.note(&line(1)).unwrap();
        file.write_all(b"{\"type\":\"message\",\"for").unwrap();
        let mut manifest = Manifest::new(file.try_clone().unwrap()).unwrap();
        manifest.note(&line(2)).unwrap();
        let memory = read(&file).unwrap();
        assert_eq!(memory.len(), 2);
        assert_eq!(memory[&origin(2)].octets, 7);
    }
}
