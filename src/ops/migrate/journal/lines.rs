//! The lines of a journal, as they stand in the file (`vmimap-journal(5)`).

use serde::{Deserialize, Serialize};

use crate::mailstore::name::MailboxName;
use crate::mailstore::types::{Uid, UidValidity};
use crate::spool::FileStamp;
use crate::voicemail::list::List;
use crate::voicemail::source_key::{AudioDigest, SourceKey};

/// The version of the line format.
pub const FORMAT: u32 = 1;

/// A message on the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// Its identity.
    pub key: SourceKey,
    /// Its UID.
    pub uid: Uid,
}

/// One line. What follows a `run` line belongs to that run and account, up to the next one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Line {
    /// A run begins to write.
    Run {
        /// [`FORMAT`].
        format: u32,
        /// The run's id.
        run: String,
        /// When, RFC 3339.
        at: String,
        /// `user@host:port`.
        account: String,
        /// The spool directory.
        spool: String,
    },
    /// A file was read and digested.
    Digest {
        /// What the file was.
        stamp: FileStamp,
        /// The digest of its content.
        sha256: AudioDigest,
    },
    /// A batch is about to be appended.
    Intent {
        /// Counts batches within the run and box, from 1.
        batch: u32,
        /// When, RFC 3339.
        at: String,
        /// The IMAP folder.
        folder: MailboxName,
        /// The messages, in order.
        keys: Vec<SourceKey>,
        /// The list the phone will show each of them in. Journals of before `--update` lack it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lists: Vec<List>,
    },
    /// The server stored messages of a batch.
    Appended {
        /// The batch.
        batch: u32,
        /// The messages.
        keys: Vec<SourceKey>,
        /// UIDVALIDITY and the UIDs in the order of `keys`, where the server told them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        uids: Option<(UidValidity, Vec<Uid>)>,
    },
    /// The server refused a message.
    Refused {
        /// The batch.
        batch: u32,
        /// The message.
        key: SourceKey,
        /// The server's words.
        reply: String,
    },
    /// The connection broke: what became of the batch is not known.
    Unknown {
        /// The batch.
        batch: u32,
        /// What happened.
        why: String,
    },
    /// Messages were read back and are what was meant.
    Verified {
        /// The IMAP folder.
        folder: MailboxName,
        /// Its UIDVALIDITY.
        uid_validity: UidValidity,
        /// The messages.
        items: Vec<Stored>,
    },
    /// Messages are about to be put into another list, as they were in the spool.
    Update {
        /// The IMAP folder they lie in.
        folder: MailboxName,
        /// Its UIDVALIDITY.
        uid_validity: UidValidity,
        /// The messages.
        items: Vec<Stored>,
        /// The list.
        list: List,
    },
    /// Messages were put into another list, and looked at there.
    Updated {
        /// The IMAP folder they lie in now.
        folder: MailboxName,
        /// Its UIDVALIDITY.
        uid_validity: UidValidity,
        /// The messages.
        items: Vec<Stored>,
        /// The list.
        list: List,
    },
}
