//! Errors of operations, with the scope that decides how work goes on.

use std::{fmt, io};

use crate::mailstore::error::{Scope, StoreError};

/// Why a voicemail box could not be worked on, or not to its end.
#[derive(Debug)]
pub enum BoxError {
    /// voicemail.conf has no such box.
    UnknownBox,
    /// voicemail.conf does not say how to reach the box's account.
    Unconfigured(String),
    /// No session could be had: no connection, no encryption, or no way to log in.
    NoSession(StoreError),
    /// The mail store failed.
    Store(StoreError),
    /// A master user was refused something in the account it acts for.
    AsMaster {
        /// The master user.
        auth_user: String,
        /// The refusal.
        refused: StoreError,
    },
    /// The administrator of `--as-admin` could not be logged in.
    AsAdministrator {
        /// The administrator.
        user: String,
        /// Why not.
        error: StoreError,
    },
    /// The same server failed to answer a moment ago; it was not asked again.
    ServerDown(String),
    /// The journal could not be read or written; without it nothing is appended.
    Journal(io::Error),
    /// What lies in the directory that is written to could not be read.
    Directory(io::Error),
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
            Self::NoSession(error) | Self::AsAdministrator { error, .. } => match error {
                StoreError::LoginRefused(_) | StoreError::LoginBroken { .. } => Kind::Login,
                _ => Kind::Connect,
            },
            Self::ServerDown(_) => Kind::Connect,
            _ => Kind::Other,
        }
    }

    /// The same, of the login of `--as-admin`.
    #[must_use]
    pub fn as_administrator(self, user: &str) -> Self {
        match self {
            Self::NoSession(error) => Self::AsAdministrator {
                user: user.to_owned(),
                error,
            },
            error => error,
        }
    }

    /// Whether the connection is of no more use, while a new one may well be.
    #[must_use]
    pub fn lost_connection(&self) -> bool {
        matches!(self, Self::Store(error) if error.scope() == Scope::Session) && !self.timed_out()
    }

    /// Whether no connection could be had.
    #[must_use]
    pub fn no_connection(&self) -> bool {
        matches!(
            self,
            Self::NoSession(StoreError::Connect { .. } | StoreError::Bye { .. })
        )
    }

    /// Whether the server was too slow. It may still be storing what it was sent, so looking again
    /// at once could miss it, and sending again would double it.
    fn timed_out(&self) -> bool {
        let Self::Store(error) = self else {
            return false;
        };
        let mut error = error;
        while let StoreError::OutcomeUnknown { cause, .. } = error {
            error = cause;
        }
        matches!(error, StoreError::Timeout { .. })
    }
}

impl fmt::Display for BoxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownBox => f.write_str("is not in voicemail.conf"),
            Self::Unconfigured(why) | Self::ServerDown(why) => f.write_str(why),
            Self::Store(error) => error.fmt(f),
            Self::AsMaster { auth_user, refused } => {
                write!(f, "{refused}; {}", master_hint(auth_user))
            }
            Self::NoSession(error) => no_session(f, error),
            Self::AsAdministrator { user, error } => {
                write!(f, "administrator {user}: ")?;
                no_session(f, error)
            }
            Self::Journal(error) => write!(f, "journal: {error}"),
            Self::Directory(error) => error.fmt(f),
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

/// What a master user that was refused something may lack.
#[must_use]
pub fn master_hint(auth_user: &str) -> String {
    format!(
        "the master user {auth_user} needs rights on this account's folders \
         (with Dovecot's ACL plugin: acl_user = %u)"
    )
}

fn no_session(f: &mut fmt::Formatter<'_>, error: &StoreError) -> fmt::Result {
    fmt::Display::fmt(error, f)?;
    match way_out(error) {
        Some(hint) => write!(f, "; {hint}"),
        None => Ok(()),
    }
}

/// What lets a session be had after all.
fn way_out(error: &StoreError) -> Option<&'static str> {
    match error {
        StoreError::PlaintextRefused { .. } => {
            Some("imapflags=notls or --allow-plaintext permits it")
        }
        // As rustls words them: one more authority makes no name right, and no certificate younger.
        StoreError::Tls { reason, .. } if reason.contains("not valid for name") => Some(
            "imapserver has to be a name in the certificate; imapflags=novalidate-cert takes any",
        ),
        StoreError::Tls { reason, .. } if reason.contains("UnknownIssuer") => {
            Some("--tls-ca FILE trusts one more authority, imapflags=novalidate-cert any")
        }
        StoreError::Tls { reason, .. } if reason.contains("certificate") => {
            Some("imapflags=novalidate-cert takes any certificate")
        }
        _ => None,
    }
}

impl std::error::Error for BoxError {}

impl From<StoreError> for BoxError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

#[cfg(test)]
mod tests {
    use rustls_connector::rustls::CertificateError;
    use rustls_connector::rustls::Error as TlsError;
    use rustls_connector::rustls::pki_types::{ServerName, UnixTime};

    use super::*;

    #[test]
    fn the_way_out_is_one_for_what_is_wrong_with_the_certificate() {
        let hint = |wrong: CertificateError| {
            let reason = TlsError::InvalidCertificate(wrong).to_string();
            let addr = "mail:993".to_owned();
            way_out(&StoreError::Tls { addr, reason }).unwrap()
        };
        assert!(hint(CertificateError::UnknownIssuer).starts_with("--tls-ca FILE"));
        let name = CertificateError::NotValidForNameContext {
            expected: ServerName::try_from("mail").unwrap(),
            presented: vec!["DnsName(\"imap\")".to_owned()],
        };
        assert!(hint(name).starts_with("imapserver has to be"));
        let expired = CertificateError::ExpiredContext {
            time: UnixTime::now(),
            not_after: UnixTime::now(),
        };
        assert!(hint(expired).starts_with("imapflags="));
    }
}
