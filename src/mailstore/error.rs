//! What can go wrong between `ops` and an IMAP server, and how far it reaches.
//!
//! Separate so that every layer above can match on kinds without knowing how they come about.
//! Does not decide what to do about an error; [`StoreError::scope`] says what is still usable.
//! Invariant: no variant ever holds a password, and `Display` prints no control character.

use std::fmt;
use std::io;

use super::mechanism::Mechanism;
use super::types::{Refusal, UidValidity};

mod printable;

use printable::clean;
pub(crate) use printable::excerpt;

/// How far an error reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// One message; the folder and the session go on.
    Message,
    /// One folder or one command; the session goes on.
    Folder,
    /// The connection is gone or cannot be trusted any more.
    Session,
}

/// An error of the IMAP session layer.
#[derive(Debug)]
pub enum StoreError {
    /// No address of the server could be reached.
    Connect {
        /// `host:port` as it was asked for.
        addr: String,
        /// What the operating system said.
        io: io::Error,
    },
    /// TLS could not be set up, or the certificate was not accepted.
    Tls {
        /// `host:port` as it was asked for.
        addr: String,
        /// Why.
        reason: String,
    },
    /// The server stayed silent, or dripped, longer than allowed.
    Timeout {
        /// What was being waited for.
        doing: String,
    },
    /// The connection broke while reading or writing.
    Io {
        /// What was being done.
        doing: String,
        /// What the operating system said.
        io: io::Error,
    },
    /// The server said goodbye.
    Bye {
        /// The server's words.
        text: String,
    },
    /// The server refused the login; the words are its own.
    LoginRefused(Refusal),
    /// The server will not take another connection of this user now (`[LIMIT]`, `[INUSE]`, `[UNAVAILABLE]`).
    TooManyConnections(Refusal),
    /// There is no way to log in that both sides can use.
    NoLoginMethod {
        /// Why not.
        reason: String,
    },
    /// A login went wrong on this side: the server could not prove what it has to, or asked what
    /// cannot be answered, or there is nothing to answer with. Nothing was done in its session.
    LoginBroken {
        /// The way to log in.
        mechanism: Mechanism,
        /// What went wrong.
        reason: String,
    },
    /// A password would have crossed the network unencrypted.
    PlaintextRefused {
        /// The server's address.
        peer: String,
    },
    /// The server answered NO or BAD.
    Refused {
        /// The command and its object, for example `CREATE Old`.
        command: String,
        /// The server's words.
        refusal: Refusal,
    },
    /// The connection broke after a command was sent and before its answer came: it may have been
    /// carried out. Never repeat it blindly; look first.
    OutcomeUnknown {
        /// The command and its object.
        command: String,
        /// What broke.
        cause: Box<StoreError>,
    },
    /// The server sent what is no IMAP, or not an answer to what was asked.
    Malformed {
        /// What was being read.
        doing: String,
        /// The beginning of what came, made printable.
        excerpt: String,
    },
    /// The server does not announce what a command needs; nothing was done.
    NotOffered {
        /// The command and its object.
        command: String,
        /// The capability.
        capability: &'static str,
    },
    /// A folder was opened to change something, and the server opened it read-only.
    ReadOnly {
        /// The folder.
        folder: String,
    },
    /// A folder is not the one that was planned for: UIDs mean other messages now. Nothing was done.
    UidValidityChanged {
        /// The folder.
        folder: String,
        /// The UIDVALIDITY the plan was made under.
        expected: UidValidity,
        /// The UIDVALIDITY now.
        found: UidValidity,
    },
    /// Messages vanished while others were removed. Somebody else may have removed them; or the
    /// server removes more than it is asked to.
    MoreVanished {
        /// The folder.
        folder: String,
        /// How many.
        count: usize,
    },
    /// Before an EXPUNGE without UIDs: the marked messages are not those that are to go. Nothing was
    /// removed.
    MarksDiffer {
        /// The folder.
        folder: String,
        /// Marked, and not to go.
        others: usize,
        /// To go, and not marked any more.
        missing: usize,
    },
    /// The server said OK and did not mark others' messages again.
    MarksNotBack {
        /// The folder.
        folder: String,
        /// How many.
        count: usize,
    },
    /// A folder listing holds fewer messages than the server said the folder has.
    Incomplete {
        /// The folder.
        folder: String,
        /// Messages the server announced.
        expected: u64,
        /// Messages that arrived.
        got: u64,
    },
    /// The server sent more than this program is willing to hold.
    TooLarge {
        /// What was being read.
        doing: String,
        /// The limit in octets.
        limit: u64,
    },
    /// A name or a value cannot go into an IMAP command.
    InvalidArgument {
        /// Which, and why.
        reason: String,
    },
    /// A message could not be read from its source; nothing of it is stored, but the connection
    /// had to be dropped in the middle of it.
    SourceFailed {
        /// Its index among the items given.
        index: usize,
        /// What the source said.
        io: io::Error,
    },
    /// The session has ended with an earlier error.
    Dead {
        /// That error, as text.
        reason: String,
    },
}

impl StoreError {
    /// How far this error reaches.
    #[must_use]
    pub fn scope(&self) -> Scope {
        match self {
            Self::Refused { .. }
            | Self::NotOffered { .. }
            | Self::ReadOnly { .. }
            | Self::UidValidityChanged { .. }
            | Self::MoreVanished { .. }
            | Self::MarksDiffer { .. }
            | Self::MarksNotBack { .. }
            | Self::InvalidArgument { .. }
            | Self::Incomplete { .. } => Scope::Folder,
            _ => Scope::Session,
        }
    }

    /// Whether the server could not be reached at all (exit status 10), as opposed to a refusal.
    #[must_use]
    pub fn is_connection(&self) -> bool {
        match self {
            Self::Connect { .. }
            | Self::Tls { .. }
            | Self::Timeout { .. }
            | Self::Io { .. }
            | Self::Bye { .. }
            | Self::TooManyConnections(_) => true,
            Self::OutcomeUnknown { cause, .. } => cause.is_connection(),
            _ => false,
        }
    }

    /// The server's refusal, where this is one.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused { refusal, .. }
            | Self::LoginRefused(refusal)
            | Self::TooManyConnections(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// Whether the server refused with this response code (`OVERQUOTA`, `TRYCREATE`, ...).
    #[must_use]
    pub fn has_code(&self, code: &str) -> bool {
        self.refusal()
            .and_then(|r| r.code.as_deref())
            .is_some_and(|c| c.eq_ignore_ascii_case(code))
    }

    /// After octets of a command have left, a broken connection says nothing about what it did.
    pub(super) fn uncertain(self, command: &str) -> Self {
        let known = matches!(
            self,
            Self::SourceFailed { .. } | Self::OutcomeUnknown { .. }
        );
        if known || self.scope() != Scope::Session {
            return self;
        }
        Self::OutcomeUnknown {
            command: command.to_owned(),
            cause: Box::new(self),
        }
    }

    pub(super) fn malformed(doing: impl Into<String>, octets: &[u8]) -> Self {
        Self::Malformed {
            doing: doing.into(),
            excerpt: excerpt(octets),
        }
    }

    pub(super) fn invalid(reason: impl Into<String>) -> Self {
        Self::InvalidArgument {
            reason: reason.into(),
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect { addr, io } => write!(f, "{}: cannot connect: {io}", clean(addr)),
            Self::Tls { addr, reason } => write!(f, "{}: TLS: {}", clean(addr), clean(reason)),
            Self::Timeout { doing } => {
                write!(f, "{}: the server did not answer in time", clean(doing))
            }
            Self::Io { doing, io } => write!(f, "{}: the connection broke: {io}", clean(doing)),
            Self::Bye { text } => write!(f, "the server closed the connection: {}", clean(text)),
            Self::LoginRefused(r) => write!(f, "login refused: {}", clean(&r.to_string())),
            Self::TooManyConnections(r) => {
                write!(f, "login not possible now: {}", clean(&r.to_string()))
            }
            Self::NoLoginMethod { reason } => write!(f, "cannot log in: {}", clean(reason)),
            Self::LoginBroken { mechanism, reason } => {
                write!(f, "login by {mechanism} broken off: {}", clean(reason))
            }
            Self::PlaintextRefused { peer } => write!(
                f,
                "{}: refusing to send a password without encryption",
                clean(peer)
            ),
            Self::Refused { command, refusal } => {
                write!(f, "{}: {}", clean(command), clean(&refusal.to_string()))
            }
            Self::OutcomeUnknown { command, cause } => write!(
                f,
                "{}: outcome unknown, it may have been carried out: {cause}",
                clean(command)
            ),
            Self::Malformed { doing, excerpt } => write!(
                f,
                "{}: the server's answer was not understood: \"{}\"",
                clean(doing),
                clean(excerpt)
            ),
            Self::NotOffered {
                command,
                capability,
            } => write!(
                f,
                "{}: the server does not offer {capability}; nothing was done",
                clean(command)
            ),
            Self::ReadOnly { folder } => write!(
                f,
                "folder {}: the server opens it read-only; nothing was done",
                clean(folder)
            ),
            Self::UidValidityChanged {
                folder,
                expected,
                found,
            } => write!(
                f,
                "folder {}: its UIDVALIDITY was {expected} and is {found}, so the planned UIDs mean other messages; nothing was done",
                clean(folder)
            ),
            Self::MoreVanished { folder, count } => write!(
                f,
                "folder {}: {count} messages vanished that were not to be removed",
                clean(folder)
            ),
            Self::MarksDiffer {
                folder,
                others,
                missing,
            } => write!(
                f,
                "folder {}: somebody else is at work there: {others} other messages were marked as deleted and {missing} of the planned ones are not any more, at the last look before EXPUNGE; nothing was removed",
                clean(folder)
            ),
            Self::MarksNotBack { folder, count } => write!(
                f,
                "folder {}: the server did not put \\Deleted back on {count} messages of others",
                clean(folder)
            ),
            Self::Incomplete {
                folder,
                expected,
                got,
            } => write!(
                f,
                "folder {}: the server announced {expected} messages and sent {got}",
                clean(folder)
            ),
            Self::TooLarge { doing, limit } => {
                write!(
                    f,
                    "{}: the server sent more than {limit} octets",
                    clean(doing)
                )
            }
            Self::InvalidArgument { reason } => f.write_str(&clean(reason)),
            Self::SourceFailed { index, io } => {
                write!(f, "message {}: its source cannot be read: {io}", index + 1)
            }
            Self::Dead { reason } => write!(f, "the session has ended: {}", clean(reason)),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Connect { io, .. } | Self::Io { io, .. } | Self::SourceFailed { io, .. } => {
                Some(io)
            }
            Self::OutcomeUnknown { cause, .. } => Some(cause.as_ref()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
