//! The values an IMAP session takes and gives.

use std::fmt;
use std::io;
use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

pub use super::envelope::{Asked, AskedHeader, Envelope};
pub use super::structure::{Disposition, Part, Structure};

/// `UIDVALIDITY` (RFC 3501 §2.3.1.1). A [`Uid`] means nothing without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UidValidity(pub NonZeroU32);

/// A message's unique identifier (RFC 3501 §2.3.1.1), valid under one [`UidValidity`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Uid(pub NonZeroU32);

impl fmt::Display for UidValidity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The system flags vmimap sets or looks at (RFC 3501 §2.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[allow(clippy::struct_excessive_bools)] // five independent flags are what the RFC defines
pub struct Flags {
    /// `\Seen`
    pub seen: bool,
    /// `\Flagged`
    pub flagged: bool,
    /// `\Deleted`
    pub deleted: bool,
    /// `\Answered`
    pub answered: bool,
    /// `\Draft`
    pub draft: bool,
}

/// What SELECT or EXAMINE said about a folder (RFC 3501 §6.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FolderState {
    /// The folder's UIDVALIDITY; a server that names none is refused.
    pub uid_validity: UidValidity,
    /// UIDNEXT where the server told it.
    pub uid_next: Option<Uid>,
    /// Number of messages.
    pub exists: u32,
}

/// A message to append whose size is known before its first octet is sent.
pub trait MessageSource {
    /// Octets the message has, exactly.
    fn size(&self) -> u64;

    /// Writes the whole message, exactly [`size`](Self::size) octets. On an error, or when too few
    /// or too many octets come, the caller abandons the connection before the literal is
    /// complete, so the server stores nothing of it.
    fn write_to(&self, out: &mut dyn io::Write) -> io::Result<()>;
}

/// One message for [`Session::append`](super::session::Session::append).
pub struct AppendItem<'a> {
    /// Flags to set.
    pub flags: Flags,
    /// INTERNALDATE, Unix seconds UTC.
    pub internal_date: i64,
    /// The message.
    pub message: &'a dyn MessageSource,
}

/// What became of one appended message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppendOutcome {
    /// The server stored it; with its UID where the server said so (APPENDUID, RFC 4315).
    Stored(Option<(UidValidity, Uid)>),
    /// The server refused it; nothing of it is stored.
    Refused(Refusal),
}

/// A tagged NO or BAD, in the server's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// `NO` or `BAD`.
    pub status: &'static str,
    /// The response code without brackets and arguments, upper case: `OVERQUOTA`, `TRYCREATE`, ...
    pub code: Option<String>,
    /// The human-readable text; untrusted, may hold anything but line breaks.
    pub text: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            Some(code) => write!(f, "{} [{code}] {}", self.status, self.text),
            None => write!(f, "{} {}", self.status, self.text),
        }
    }
}

/// A folder in a LIST answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedFolder {
    /// Its name.
    pub name: super::name::MailboxName,
    /// The hierarchy delimiter, `None` for NIL.
    pub delimiter: Option<char>,
    /// Whether it can be selected (no `\Noselect`, no `\NonExistent`).
    pub selectable: bool,
}

/// The personal namespace (RFC 2342), or what LIST told where NAMESPACE is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Namespace {
    /// What every personal folder name but INBOX starts with, for example `INBOX.`; often empty.
    pub prefix: String,
    /// The hierarchy delimiter.
    pub delimiter: Option<char>,
}

/// One quota root and its limits (RFC 9208).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaRoot {
    /// The root's name; often empty, may hold spaces.
    pub name: String,
    /// `STORAGE`: used and limit in KiB.
    pub storage: Option<Usage>,
    /// `MESSAGE`: used and limit in messages.
    pub message: Option<Usage>,
}

/// Usage against a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// In use now.
    pub used: u64,
    /// The limit.
    pub limit: u64,
}

/// What came with a message's content, known when its last octet has passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentInfo {
    /// Its UID.
    pub uid: Uid,
    /// Its flags.
    pub flags: Flags,
    /// INTERNALDATE, Unix seconds UTC; `i64::MIN` where the server gave none that can be read.
    pub internal_date: i64,
    /// RFC822.SIZE in octets.
    pub size: u64,
    /// Octets that were actually delivered.
    pub delivered: u64,
}

/// Takes messages as they stream in from the server.
pub trait ContentSink {
    /// A message begins.
    fn begin(&mut self);
    /// Its next octets, in order.
    fn octets(&mut self, octets: &[u8]);
    /// It is over.
    fn end(&mut self, info: ContentInfo);
}
