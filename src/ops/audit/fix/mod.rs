//! Repairs: what can be put right without guessing.
//!
//! A repair is planned from what the audit saw, shown, and then applied to the message as it is by
//! then: [`Repair`] says what and where, `mend` writes the corrected header, `apply` does it, `log`
//! keeps the record. A message that is rewritten is appended first, read back and compared, and only
//! then is the old one removed, by its UID; the new one carries the old one's digest, so that a run
//! that was cut anywhere is finished by the next: nothing lost, nothing twice.

mod apply;
mod copy;
mod log;
pub mod mend;
pub mod plan;
mod rewrite;
mod words;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::mailstore::name::MailboxName;
use crate::mailstore::types::{Flags, Uid, UidValidity};
use crate::voicemail::vmbox::VoicemailBox;

pub use apply::{Outcome, Workshop};

/// The field of a repaired message that says which one it stands for: SHA-256, UIDVALIDITY, UID, flags.
pub const MARK: &str = "X-Vmimap-Repair-Of";

/// A kind of repair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum What {
    /// Headers that Asterisk misreads or crashes on: the message is written anew.
    Headers,
    /// Folders that no phone opens: the message is moved to one that is.
    Folders,
    /// `\Flagged`, as the header says.
    Flags,
    /// INTERNALDATE, as Orig-time says: the message is stored anew, and played last; only when named.
    Dates,
    /// Copies within one folder; only when named.
    Duplicates,
}

impl What {
    /// Those that are meant where none is named.
    pub const USUAL: [Self; 3] = [Self::Headers, Self::Folders, Self::Flags];
}

impl FromStr for What {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "headers" => Ok(Self::Headers),
            "folders" => Ok(Self::Folders),
            "flags" => Ok(Self::Flags),
            "dates" => Ok(Self::Dates),
            "duplicates" => Ok(Self::Duplicates),
            _ => Err("one of headers, folders, flags, dates, duplicates".to_owned()),
        }
    }
}

/// What is to be done to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Write it anew with these changes; with this INTERNALDATE (Unix seconds UTC), where its own is
    /// wrong.
    Rewrite(Vec<String>, Option<i64>),
    /// Move it, with these flags set before.
    Move(MailboxName, Flags),
    /// Set or take away `\Flagged`.
    Flag(bool),
    /// Remove it: it is, octet for octet, the message with this UID.
    RemoveCopyOf(Uid),
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rewrite(changes, _) => f.write_str(&changes.join("; ")),
            Self::Move(target, flags) => {
                write!(f, "move to {target}")?;
                if flags.seen {
                    f.write_str(", as heard (\\Seen)")?;
                }
                if flags.flagged {
                    f.write_str(", as urgent (\\Flagged)")?;
                }
                Ok(())
            }
            Self::Flag(true) => f.write_str("set \\Flagged"),
            Self::Flag(false) => f.write_str("take \\Flagged away"),
            Self::RemoveCopyOf(uid) => write!(f, "remove: the same as UID {uid}"),
        }
    }
}

impl Action {
    /// Its name in files.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Rewrite(..) => "rewrite",
            Self::Move(..) => "move",
            Self::Flag(_) => "flag",
            Self::RemoveCopyOf(_) => "remove",
        }
    }
}

/// One repair of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// The account, `user@host:port`.
    pub account: Arc<str>,
    /// Whose message it is.
    pub mailbox: VoicemailBox,
    /// Where it lies.
    pub folder: MailboxName,
    /// The folder's UIDVALIDITY when it was planned.
    pub uid_validity: UidValidity,
    /// The message.
    pub uid: Uid,
    /// Its Message-ID when it was planned.
    pub message_id: Option<String>,
    /// What is to be done.
    pub action: Action,
    /// How many of the findings this repairs.
    pub repairs: u64,
}
