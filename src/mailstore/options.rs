//! How to reach a server and whom to be there.
//!
//! Plain values with defaults that are safe; `settings` fills them. Invariant: `Debug` of
//! anything here shows no password.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use super::mechanism::{Mechanism, Proof};
use super::user_format::UserFormat;

/// When and how TLS is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// No TLS (`/notls`).
    Plain,
    /// STARTTLS where the server offers it; what c-client does by default.
    StartTlsIfOffered,
    /// STARTTLS or nothing (`/tls`).
    StartTlsRequired,
    /// TLS from the first octet (`/ssl`, port 993).
    ImplicitTls,
}

/// What is trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsOptions {
    /// Whether the certificate is verified; `false` for `novalidate-cert`.
    pub verify: bool,
    /// A PEM file with certificates to trust besides the system's.
    pub extra_ca: Option<PathBuf>,
    /// What to show a server that asks who is there.
    pub identity: Option<Identity>,
}

impl Default for TlsOptions {
    fn default() -> Self {
        Self {
            verify: true,
            extra_ca: None,
            identity: None,
        }
    }
}

/// A client certificate and its key, as files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// A PEM file: the certificate, then those between it and an authority.
    pub certificate: PathBuf,
    /// A PEM file with the key, not encrypted, which nobody else can read.
    pub key: PathBuf,
}

/// How long to wait for the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For each address of the server.
    pub connect: Duration,
    /// Without a single octet from the server.
    pub read: Duration,
    /// Without the server taking a single octet.
    pub write: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            read: Duration::from_mins(1),
            write: Duration::from_mins(1),
        }
    }
}

/// Whether a password may cross a network unencrypted. Loopback is never a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PlaintextPolicy {
    /// Never: [`StoreError::PlaintextRefused`](super::error::StoreError::PlaintextRefused).
    #[default]
    Refuse,
    /// Allowed, with a warning.
    Allow,
}

/// Who sent a traced line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// This program.
    Client,
    /// The server.
    Server,
}

/// Is told every line of the conversation, without credentials and without message contents.
#[derive(Clone)]
pub struct Trace(Arc<Tell>);

type Tell = dyn Fn(Direction, &str) + Send + Sync;

impl Trace {
    /// Makes a trace out of a function; the text may hold anything but line breaks.
    pub fn new(tell: impl Fn(Direction, &str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    pub(super) fn tell(&self, from: Direction, line: &str) {
        (self.0)(from, line);
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Trace")
    }
}

/// Where bearer tokens come from: asked for the user's name before each login, because tokens last
/// an hour or so.
#[derive(Clone)]
pub struct TokenSource(Arc<Fetch>);

type Fetch = dyn Fn(&str) -> Result<SecretString, String> + Send + Sync;

impl TokenSource {
    /// Makes a source out of a function from the mailbox's user to a token, or why there is none.
    pub fn new(
        fetch: impl Fn(&str) -> Result<SecretString, String> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(fetch))
    }

    pub(super) fn token(&self, user: &str) -> Result<SecretString, String> {
        (self.0)(user)
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenSource")
    }
}

/// Which ways of logging in there are to choose from.
#[derive(Debug, Clone, Default)]
pub struct LoginOptions {
    /// This one or none; else the strongest that the server offers.
    pub mechanism: Option<Mechanism>,
    /// Try this one before the stronger ones: another account of the server was let in by it after
    /// they were refused. Refused logins are what servers slow down.
    pub first: Option<Mechanism>,
    /// Only ways that send neither password nor token (c-client's `/secure`).
    pub secure: bool,
    /// Log in with a bearer token, and not with a password.
    pub token: Option<TokenSource>,
    /// How a name that logs in with a password names both users, where a master user logs in; else
    /// whose mailbox it is goes apart, as SASL's authorisation identity.
    pub user_format: Option<UserFormat>,
}

impl LoginOptions {
    /// How logins that give this proof name both users in one name, if they do: none but those with
    /// a password. A ticket, a certificate or a token names who logs in by itself.
    #[must_use]
    pub fn joining(&self, proof: Proof) -> Option<&UserFormat> {
        let password = matches!(proof, Proof::Challenge | Proof::Password);
        self.user_format.as_ref().filter(|_| password)
    }

    /// That name, where a master user logs in: also for his own mailbox, so that nothing but the
    /// mailbox's user differs between two logins of his.
    ///
    /// # Errors
    /// A sentence about a user name that cannot be part of it.
    pub(super) fn joined(&self, credentials: &Credentials) -> Result<Option<String>, String> {
        let master = credentials.auth_user.as_deref();
        let master = master.filter(|name| !name.is_empty());
        match self.user_format.as_ref().zip(master) {
            Some((format, master)) => format.name(&credentials.user, master).map(Some),
            None => Ok(None),
        }
    }
}

/// How to reach a server.
#[derive(Debug, Clone)]
pub struct ConnectOptions {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// When TLS is used.
    pub security: Security,
    /// What is trusted.
    pub tls: TlsOptions,
    /// How long to wait.
    pub timeouts: Timeouts,
    /// Whether a password may go unencrypted.
    pub plaintext: PlaintextPolicy,
    /// Which ways of logging in there are to choose from.
    pub login: LoginOptions,
    /// Is told the conversation.
    pub trace: Option<Trace>,
}

impl ConnectOptions {
    /// Options for a server with STARTTLS where offered, verified, no plaintext password.
    #[must_use]
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self {
            host: host.into(),
            port,
            security: Security::StartTlsIfOffered,
            tls: TlsOptions::default(),
            timeouts: Timeouts::default(),
            plaintext: PlaintextPolicy::Refuse,
            login: LoginOptions::default(),
            trace: None,
        }
    }

    /// `host:port`, for messages.
    #[must_use]
    pub fn address(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

/// Whom to be on the server.
#[derive(Clone)]
pub struct Credentials {
    /// Whose mail it is (`imapuser`); the SASL authorisation identity where `auth_user` is set.
    pub user: String,
    /// The password of `auth_user`, or of `user` where that is unset; empty where none is known.
    pub password: SecretString,
    /// The master user (`authuser`).
    pub auth_user: Option<String>,
}

impl Credentials {
    /// The master user, where somebody else than the mailbox's user logs in.
    pub(super) fn master(&self) -> Option<&str> {
        let master = self.auth_user.as_deref();
        master.filter(|name| !name.is_empty() && *name != self.user)
    }

    /// Who logs in.
    pub(super) fn who(&self) -> &str {
        self.master().unwrap_or(&self.user)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("user", &self.user)
            .field("auth_user", &self.auth_user)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_of_credentials_shows_no_password() {
        let credentials = Credentials {
            user: "ada".into(),
            password: "tiptop".into(),
            auth_user: Some("master".into()),
        };
        assert!(!format!("{credentials:?}").contains("tiptop"));
    }
}
