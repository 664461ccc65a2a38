//! What can go wrong with the manager interface.
//!
//! Invariant: no variant holds the secret, whatever the other side says. Quotes are cut and without
//! control characters.

use std::fmt;
use std::io;

use crate::mailstore::error::StoreError;

/// An error of the manager interface.
#[derive(Debug)]
pub enum ManagerError {
    /// No connection came about: no address, no TLS, or no encryption where it is needed.
    Dial(StoreError),
    /// Asterisk stayed silent, or dripped, longer than allowed.
    Timeout {
        /// What was waited for.
        doing: &'static str,
    },
    /// The connection broke.
    Io {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        io: io::Error,
    },
    /// The other side hung up.
    Closed {
        /// What was waited for.
        doing: &'static str,
    },
    /// What came is nothing of the manager interface.
    Malformed {
        /// What was waited for.
        doing: &'static str,
        /// How it begins, printable.
        excerpt: String,
    },
    /// The login was refused, in Asterisk's words.
    LoginRefused(String),
    /// The user may not do this, or Asterisk does not know it: no other mailbox will fare better.
    NotAllowed(String),
    /// An action was refused, in Asterisk's words.
    Refused(String),
    /// A value cannot be said in a line; nothing was sent.
    Unsendable {
        /// The field.
        name: &'static str,
        /// Why not.
        why: &'static str,
    },
}

impl ManagerError {
    /// An error of the socket.
    pub(super) fn of_io(doing: &'static str, io: io::Error) -> Self {
        match io.kind() {
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Self::Timeout { doing },
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::BrokenPipe => Self::Closed { doing },
            _ => Self::Io { doing, io },
        }
    }

    /// Whether it is about one mailbox, and the next one can be tried.
    #[must_use]
    pub const fn of_one_mailbox(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Unsendable { .. })
    }
}

impl fmt::Display for ManagerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dial(error) => error.fmt(f),
            Self::Timeout { doing } => write!(f, "{doing}: no answer in time"),
            Self::Io { doing, io } => write!(f, "{doing}: the connection broke: {io}"),
            Self::Closed { doing } => write!(f, "{doing}: the connection was closed"),
            Self::Malformed { doing, excerpt } => {
                write!(
                    f,
                    "{doing}: the answer was not understood (is it the manager interface?): \
                     \"{excerpt}\""
                )
            }
            Self::LoginRefused(text) => write!(f, "login refused: {text}"),
            Self::NotAllowed(text) | Self::Refused(text) => {
                write!(f, "VoicemailRefresh refused: {text}")
            }
            Self::Unsendable { name, why } => write!(f, "its {name} {why}"),
        }
    }
}

impl std::error::Error for ManagerError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Dial(error) => Some(error),
            Self::Io { io, .. } => Some(io),
            _ => None,
        }
    }
}
