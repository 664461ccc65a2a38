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

/// What a message was sent as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meant {
    /// Octets of the whole message.
    pub octets: u64,
    /// The digest of its recording.
    pub sha256: AudioDigest,
    /// Whether it was sent with `\Seen`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub seen: bool,
    /// Whether it was sent with `\Flagged`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub flagged: bool,
    /// The list the phone will show it in; none of a greeting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<List>,
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
        /// The run that this one takes back, where it is a rollback.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rolls_back: Option<String>,
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
        /// What each is sent as, in the order of `keys`.
        meant: Vec<Meant>,
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
    /// Older greetings are about to be removed, because a newer one is there.
    Removing {
        /// The IMAP folder.
        folder: MailboxName,
        /// Its UIDVALIDITY.
        uid_validity: UidValidity,
        /// The newer one.
        by: SourceKey,
        /// The older ones.
        uids: Vec<Uid>,
    },
    /// They are removed.
    Removed {
        /// The newer one.
        by: SourceKey,
        /// The older ones.
        uids: Vec<Uid>,
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
    /// Messages are about to be removed, because the run that appended them is rolled back. From here
    /// on their absence does not mean that their owners removed them.
    Rollback {
        /// The run that is rolled back.
        of: String,
        /// The IMAP folder.
        folder: MailboxName,
        /// Its UIDVALIDITY.
        uid_validity: UidValidity,
        /// The messages.
        items: Vec<Stored>,
    },
    /// Messages were removed, because the run that appended them is rolled back.
    #[serde(rename = "rolled_back")]
    RolledBack {
        /// The run that is rolled back.
        of: String,
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
