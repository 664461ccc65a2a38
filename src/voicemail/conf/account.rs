//! What it takes to log in for a mailbox, as Asterisk would, and what Asterisk would choke on.
//!
//! Source: `app_voicemail.c`, `imap_mailbox_name` and `mm_login`; c-client's name parser.

use std::fmt;

use secrecy::SecretString;

use super::imapflags::{FlagsError, ImapFlags, MAX_USER};
use super::mailbox::swallows_option;
use super::origin::Setting;

/// The longest `{server:port/imap/...}` Asterisk can pass on, in octets.
const MAX_PREFIX: usize = 255;

/// Server and login of one mailbox, still as texts so that they can be overridden one by one.
///
/// `Debug` shows no password.
#[derive(Debug, Clone)]
pub struct Account {
    /// Host name or address.
    pub server: Setting<String>,
    /// The port as text; see [`Account::port_number`].
    pub port: Setting<String>,
    /// The flags as text; see [`Account::imap_flags`].
    pub flags: Setting<String>,
    /// Whose mail it is.
    pub imap_user: Option<String>,
    /// `authpassword` if set, else that of the first mailbox with this `imapuser`.
    pub password: Option<SecretString>,
    /// Who logs in, where that is somebody else (`authuser`): the SASL authentication identity. The
    /// one that [`ImapFlags::auth_user`] may name stands there only.
    pub auth_user: Option<String>,
}

/// Why Asterisk could not use an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountError {
    /// `imapport` is not a number from 1 to 65535.
    Port(String),
    /// `imapserver` is empty or holds `/`, `:` or braces outside an address literal.
    Server(String),
    /// The flags are invalid.
    Flags(FlagsError),
    /// A user name is too long, holds `/`, `:` or `}`, or begins with a quote.
    User(String),
    /// Server, flags and user together are longer than 255 octets.
    PrefixTooLong,
}

impl fmt::Display for AccountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Port(text) => write!(f, "imapport {text:?} is not a port"),
            Self::Server(text) => write!(f, "imapserver {text:?} is not a bare host name"),
            Self::Flags(error) => error.fmt(f),
            Self::User(text) => write!(f, "user name {text:?} cannot be used by Asterisk"),
            Self::PrefixTooLong => {
                f.write_str("server, flags and user together are longer than 255 octets")
            }
        }
    }
}

impl std::error::Error for AccountError {}

impl Account {
    /// Whose mail it is.
    ///
    /// # Errors
    /// A sentence about the mailbox, without its subject. A name that swallowed another option is
    /// not quoted: that may be the password.
    pub fn user(&self) -> Result<&str, &'static str> {
        match self.imap_user.as_deref() {
            None => Err("has no imapuser in voicemail.conf, so Asterisk cannot log in for it"),
            Some(user) if swallows_option(user) => {
                Err("has an imapuser with a comma and another option in it: | separates options")
            }
            Some(user) => Ok(user),
        }
    }

    /// The port.
    pub fn port_number(&self) -> Result<u16, AccountError> {
        // C's `strtoul` skips blanks in front; anything behind the number is refused.
        let text = self.port.value.trim_ascii_start();
        let number = text.parse().ok().filter(|&port| port != 0);
        number.ok_or_else(|| AccountError::Port(self.port.value.clone()))
    }

    /// The flags.
    pub fn imap_flags(&self) -> Result<ImapFlags, FlagsError> {
        ImapFlags::parse(&self.flags.value)
    }

    /// Everything Asterisk would stumble over.
    #[must_use]
    pub fn faults(&self) -> Vec<AccountError> {
        let mut faults = Vec::new();
        faults.extend(self.port_number().err());
        if !is_host(&self.server.value) {
            faults.push(AccountError::Server(self.server.value.clone()));
        }
        match self.imap_flags() {
            Err(error) => faults.push(AccountError::Flags(error)),
            Ok(flags) if flags.auth_user.is_some() && self.auth_user.is_some() => {
                faults.push(AccountError::Flags(FlagsError::AuthUserRepeated));
            }
            Ok(_) => {}
        }
        for user in self.imap_user.iter().chain(&self.auth_user) {
            if swallows_option(user) {
                let name = user.split(',').next().unwrap_or_default();
                faults.push(AccountError::User(format!("{name},...")));
            } else if user.len() > MAX_USER
                || user.contains(['/', ':', '}'])
                || user.starts_with('"')
            {
                faults.push(AccountError::User(user.clone()));
            }
        }
        if self.prefix_len() > MAX_PREFIX {
            faults.push(AccountError::PrefixTooLong);
        }
        faults
    }

    /// The length of the name Asterisk builds, without the folder.
    fn prefix_len(&self) -> usize {
        let option = |name: &str, value: &str| {
            if value.is_empty() {
                0
            } else {
                name.len() + value.len()
            }
        };
        "{:/imap/user=}".len()
            + self.server.value.len()
            + self.port.value.len()
            + option("/authuser=", self.auth_user.as_deref().unwrap_or(""))
            + option("/", &self.flags.value)
            + self.imap_user.as_deref().unwrap_or("").len()
    }
}

/// A host name, an address, or `[address]`.
fn is_host(text: &str) -> bool {
    let literal = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    match literal {
        Some(address) => address.parse::<std::net::IpAddr>().is_ok(),
        None => !text.is_empty() && !text.contains(['/', ':', '{', '}', ' ']),
    }
}
