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
    /// INTERNALDATE, Unix seconds UTC; `None` leaves it to the server, which takes its own clock.
    pub internal_date: Option<i64>,
    /// The zone INTERNALDATE is written in, seconds east of UTC. The same moment in any zone; some
    /// servers keep the zone and show it.
    pub utc_offset: i32,
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

/// The answer to a question about one folder among several: what was asked for, or the server's
/// refusal, which is no failure of the others.
pub type Answered<T> = Result<T, Refusal>;

/// A folder in a LIST answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedFolder {
    /// Its name.
    pub name: super::name::MailboxName,
    /// The hierarchy delimiter, `None` for NIL.
    pub delimiter: Option<char>,
    /// Whether it can be selected (no `\Noselect`, no `\NonExistent`).
    pub selectable: bool,
    /// All its attributes as the server spells them: `\HasChildren`, `\NoInferiors`, `\Archive`.
    pub attributes: Vec<String>,
}

impl ListedFolder {
    /// Whether the server listed it with this attribute, for example `\NoInferiors`, in any case.
    #[must_use]
    pub fn has_attribute(&self, attribute: &str) -> bool {
        let mut all = self.attributes.iter();
        all.any(|a| a.eq_ignore_ascii_case(attribute))
    }
}

/// A namespace (RFC 2342), or what LIST told where NAMESPACE is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Namespace {
    /// What every folder name in it (but INBOX) starts with, for example `INBOX.` or `user/`; for
    /// the personal one often empty.
    pub prefix: String,
    /// The hierarchy delimiter.
    pub delimiter: Option<char>,
}

/// One quota root and its limits (RFC 9208).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QuotaRoot {
    /// The root's name; often empty, may hold spaces.
    pub name: String,
    /// What is limited below it, in the order the server sent it; empty where nothing is.
    pub resources: Vec<Resource>,
}

impl QuotaRoot {
    /// `STORAGE`: used and limit in KiB.
    #[must_use]
    pub fn storage(&self) -> Option<Usage> {
        self.resource("STORAGE")
    }

    /// `MESSAGE`: used and limit in messages.
    #[must_use]
    pub fn message(&self) -> Option<Usage> {
        self.resource("MESSAGE")
    }

    /// The first resource of this name, in any case.
    #[must_use]
    pub fn resource(&self, name: &str) -> Option<Usage> {
        let mut found = self.resources.iter();
        let found = found.find(|r| r.name.eq_ignore_ascii_case(name))?;
        Some(Usage {
            used: found.used,
            limit: found.limit,
        })
    }
}

/// One limited resource of a quota root; its unit depends on its name (RFC 9208 §5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Resource {
    /// `STORAGE` (KiB), `MESSAGE`, `MAILBOX`, ..., as the server spells it; untrusted.
    pub name: String,
    /// In use now.
    pub used: u64,
    /// The limit.
    pub limit: u64,
}

/// Usage against a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// In use now.
    pub used: u64,
    /// The limit.
    pub limit: u64,
}

/// What STATUS said about a folder (RFC 3501 §6.3.10, RFC 8438, RFC 9208).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FolderStatus {
    /// Number of messages.
    pub messages: u32,
    /// Messages without `\Seen`.
    pub unseen: u32,
    /// UIDNEXT where the server told one.
    pub uid_next: Option<Uid>,
    /// UIDVALIDITY where the server told one.
    pub uid_validity: Option<UidValidity>,
    /// Messages with `\Deleted`, where the server can say (`IMAP4rev2` or `QUOTA=RES-MESSAGE`).
    pub deleted: Option<u64>,
    /// Octets of all messages, where the server can say (`STATUS=SIZE` or `IMAP4rev2`).
    pub size: Option<u64>,
}

/// Rights on a folder (RFC 4314 §2.1): the letters, as the server sent them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct Rights(pub String);

impl Rights {
    /// Whether this right is among them. The two rights of RFC 2086 that were split later stand
    /// for their parts only where the server names no part itself: `c` for `k` and `x`, `d` for
    /// `t`, `e` and `x`.
    #[must_use]
    pub fn has(&self, right: char) -> bool {
        let has = |letter| self.0.contains(letter);
        let creates_by_part = has('k') || has('x');
        let deletes_by_part = has('t') || has('e') || has('x');
        let by_create = has('c') && !creates_by_part;
        let by_delete = has('d') && !deletes_by_part;
        has(right)
            || match right {
                'k' => by_create,
                't' | 'e' => by_delete,
                'x' => by_create || by_delete,
                _ => false,
            }
    }
}

impl fmt::Display for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One line of a folder's access control list (RFC 4314).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AclEntry {
    /// Whom it is about, as the server sent it (`ada`, `anyone`, `-ada`); untrusted.
    pub identifier: String,
    /// The rights given, or taken where [`is_negative`](Self::is_negative).
    pub rights: Rights,
}

impl AclEntry {
    /// Whether this takes rights away instead of giving them (RFC 4314 §2).
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.identifier.starts_with('-')
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_rights_stand_for_their_parts_where_no_part_is_named() {
        let rights = |letters: &str| Rights(letters.to_owned());
        let old = rights("lrswipcda");
        assert!(
            ['k', 'x', 't', 'e', 'c', 'd', 'l']
                .iter()
                .all(|r| old.has(*r))
        );
        let new = rights("lrswite");
        assert!(new.has('t') && new.has('e') && !new.has('k') && !new.has('x'));
        let both = rights("lrskc");
        assert!(both.has('k') && !both.has('x'), "c is there because of k");
        assert!(!rights("").has('l'));
    }

    #[test]
    fn a_resource_is_found_in_any_case_and_the_first_one_counts() {
        let resource = |name: &str, used| Resource {
            name: name.to_owned(),
            used,
            limit: 9,
        };
        let root = QuotaRoot {
            name: String::new(),
            resources: vec![resource("Storage", 1), resource("STORAGE", 2)],
        };
        assert_eq!(root.storage(), Some(Usage { used: 1, limit: 9 }));
        assert_eq!(root.message(), None);
    }
}
