//! Errors of operations, with the scope that decides how work goes on.

use std::{fmt, io};

use crate::mailstore::error::{Scope, StoreError};

/// Why a voicemail box could not be worked on, or not to its end.
#[derive(Debug)]
pub enum BoxError {
    /// voicemail.conf does not say how to reach the box's account.
    Unconfigured(String),
    /// The mail store failed.
    Store(StoreError),
    /// The same server failed to answer a moment ago; it was not asked again.
    ServerDown(String),
    /// The journal could not be read or written; without it nothing is appended.
    Journal(io::Error),
    /// The plan does not fit into the account's quota; nothing was appended.
    Quota(Vec<crate::ops::migrate::plan::Misfit>),
}

/// What kind of failure it was, for the exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// No connection could be had.
    Connect,
    /// The login was refused.
    Login,
    /// Anything else.
    Other,
}

impl BoxError {
    /// What the exit status says about it.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::ServerDown(_) => Kind::Connect,
            Self::Store(StoreError::LoginRefused(_)) => Kind::Login,
            Self::Store(
                StoreError::Connect { .. }
                | StoreError::Tls { .. }
                | StoreError::PlaintextRefused { .. }
                | StoreError::NoLoginMethod { .. }
                | StoreError::TooManyConnections(_),
            ) => Kind::Connect,
            _ => Kind::Other,
        }
    }

    /// Whether the connection is of no more use, while a new one may well be.
    #[must_use]
    pub fn lost_connection(&self) -> bool {
        matches!(self, Self::Store(error) if error.scope() == Scope::Session)
            && self.kind() == Kind::Other
            && !self.timed_out()
    }

    /// Whether the server was too slow. It may still be storing what it was sent, so looking again
    /// at once could miss it, and sending again would double it.
    fn timed_out(&self) -> bool {
        let mut error = match self {
            Self::Store(error) => error,
            _ => return false,
        };
        while let StoreError::OutcomeUnknown { cause, .. } = error {
            error = cause;
        }
        matches!(error, StoreError::Timeout { .. })
    }
}

impl fmt::Display for BoxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unconfigured(why) | Self::ServerDown(why) => f.write_str(why),
            Self::Store(error) => error.fmt(f),
            Self::Journal(error) => write!(f, "journal: {error}"),
            Self::Quota(misfits) => {
                for (at, misfit) in misfits.iter().enumerate() {
                    let separator = if at == 0 { "will not fit: " } else { "; " };
                    write!(f, "{separator}{misfit}")?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for BoxError {}

impl From<StoreError> for BoxError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
