//! `imapflags`: c-client's vocabulary, word for word, and what each word means here.
//!
//! Asterisk pastes the text into `{server:port/imap/FLAGS/user=U}`, so several words are joined
//! with `/`, and a `/` in front makes an empty word, which c-client refuses: then there is no
//! connection at all. Source: c-client `mail.c`, `mail_valid_net_parse_work`; tried on Asterisk 22.

use std::fmt;

/// What is done about encryption.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Security {
    /// No word: STARTTLS whenever the server offers it.
    #[default]
    StartTlsIfOffered,
    /// `tls`: STARTTLS or nothing.
    StartTlsRequired,
    /// `notls`: never STARTTLS.
    Plain,
    /// `ssl`: TLS from the first octet.
    ImplicitTls,
    /// `tryssl`: TLS from the first octet if that works, else as without the word.
    TrySsl,
}

/// The meaning of an `imapflags` value.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // c-client's switches are independent
pub struct ImapFlags {
    /// What is done about encryption.
    pub security: Security,
    /// Whether certificates are checked: unless `novalidate-cert`.
    pub validate_cert: bool,
    /// `secure`: no mechanism that shows the password.
    pub secure: bool,
    /// `readonly`: folders are opened with EXAMINE, so that Asterisk can change nothing.
    pub readonly: bool,
    /// `anonymous`: no login as a user.
    pub anonymous: bool,
    /// `debug`: c-client logs the dialogue.
    pub debug: bool,
    /// `user=`: Asterisk adds one of its own, and two are refused.
    pub user: Option<String>,
    /// `authuser=`: the name to authenticate as.
    pub auth_user: Option<String>,
}

/// Why c-client refuses a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FlagsError {
    /// It begins with `/`, ends with one, or has two in a row.
    EmptyWord,
    /// A word c-client does not know.
    Unknown(String),
    /// Two words that exclude each other.
    Conflict(&'static str, &'static str),
    /// Another protocol than IMAP.
    NotImap(String),
    /// `user=`, which Asterisk sets itself.
    SecondUser,
    /// A word that needs a value, without one, or one with a value that takes none.
    Value(String),
}

impl fmt::Display for FlagsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyWord => {
                f.write_str("an empty word: join words with a single / and put none in front")
            }
            Self::Unknown(word) => write!(f, "unknown word {word:?}"),
            Self::Conflict(one, other) => write!(f, "{one} and {other} exclude each other"),
            Self::NotImap(word) => write!(f, "{word:?} is not IMAP"),
            Self::SecondUser => f.write_str("user= is set by Asterisk itself, twice is refused"),
            Self::Value(word) => write!(f, "{word:?} with a missing or needless value"),
        }
    }
}

impl std::error::Error for FlagsError {}

impl ImapFlags {
    /// Understands a value as c-client does; an empty one is what no `imapflags` means.
    pub fn parse(text: &str) -> Result<Self, FlagsError> {
        let mut flags = Self {
            security: Security::default(),
            validate_cert: true,
            secure: false,
            readonly: false,
            anonymous: false,
            debug: false,
            user: None,
            auth_user: None,
        };
        if text.is_empty() {
            return Ok(flags);
        }
        for word in text.split('/') {
            flags.word(word)?;
        }
        Ok(flags)
    }

    fn word(&mut self, word: &str) -> Result<(), FlagsError> {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value.trim_matches('"'))),
            None => (word, None),
        };
        let lower = name.to_ascii_lowercase();
        if let Some(value) = value {
            return self.valued(&lower, value, word);
        }
        match lower.as_str() {
            "" => return Err(FlagsError::EmptyWord),
            "anonymous" => self.anonymous = true,
            "debug" => self.debug = true,
            "readonly" => self.readonly = true,
            "secure" => self.secure = true,
            "norsh" | "loser" | "validate-cert" => {}
            "novalidate-cert" => self.validate_cert = false,
            "tls" | "tls-sslv23" => self.encrypt(Security::StartTlsRequired)?,
            "notls" => self.encrypt(Security::Plain)?,
            "ssl" => self.encrypt(Security::ImplicitTls)?,
            "tryssl" => self.encrypt(Security::TrySsl)?,
            "imap" | "imap2" | "imap2bis" | "imap4" | "imap4rev1" => {}
            "pop3" | "pop" | "nntp" | "smtp" | "submit" => {
                return Err(FlagsError::NotImap(word.to_owned()));
            }
            "user" | "authuser" | "service" => return Err(FlagsError::Value(word.to_owned())),
            _ => return Err(FlagsError::Unknown(word.to_owned())),
        }
        Ok(())
    }

    fn valued(&mut self, name: &str, value: &str, word: &str) -> Result<(), FlagsError> {
        match name {
            _ if value.is_empty() => Err(FlagsError::Value(word.to_owned())),
            "user" => Err(FlagsError::SecondUser),
            "authuser" => {
                self.auth_user = Some(value.to_owned());
                Ok(())
            }
            "service" if value.to_ascii_lowercase().starts_with("imap") => Ok(()),
            "service" => Err(FlagsError::NotImap(value.to_owned())),
            _ => Err(FlagsError::Unknown(word.to_owned())),
        }
    }

    fn encrypt(&mut self, wanted: Security) -> Result<(), FlagsError> {
        use Security::{ImplicitTls, Plain, StartTlsIfOffered, StartTlsRequired, TrySsl};
        self.security = match (self.security, wanted) {
            (StartTlsIfOffered, wanted) => wanted,
            (one, other) if one == other => one,
            (StartTlsRequired, Plain) | (Plain, StartTlsRequired) => {
                return Err(FlagsError::Conflict("tls", "notls"));
            }
            (StartTlsRequired, ImplicitTls) | (ImplicitTls, StartTlsRequired) => {
                return Err(FlagsError::Conflict("ssl", "tls"));
            }
            // `ssl` forbids STARTTLS anyway, and is stronger than trying.
            (ImplicitTls, _) | (_, ImplicitTls) => ImplicitTls,
            (TrySsl, other) | (other, TrySsl) => other,
            (_, wanted) => wanted,
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn security(text: &str) -> Result<Security, FlagsError> {
        ImapFlags::parse(text).map(|flags| flags.security)
    }

    #[test]
    fn words_about_encryption_mean_what_c_client_means() {
        for (text, meaning) in [
            ("", Security::StartTlsIfOffered),
            ("imap4rev1", Security::StartTlsIfOffered),
            ("ssl", Security::ImplicitTls),
            ("SSL/novalidate-cert", Security::ImplicitTls),
            ("notls", Security::Plain),
            ("tls", Security::StartTlsRequired),
            ("tryssl", Security::TrySsl),
            ("notls/ssl", Security::ImplicitTls),
        ] {
            assert_eq!(security(text), Ok(meaning), "{text}");
        }
    }

    #[test]
    fn what_c_client_refuses_is_refused_by_name() {
        assert_eq!(security("/notls"), Err(FlagsError::EmptyWord));
        assert_eq!(security("ssl/"), Err(FlagsError::EmptyWord));
        assert_eq!(
            security("tls/notls"),
            Err(FlagsError::Conflict("tls", "notls"))
        );
        assert_eq!(
            security("starttls"),
            Err(FlagsError::Unknown("starttls".into()))
        );
        assert_eq!(security("pop3"), Err(FlagsError::NotImap("pop3".into())));
        assert_eq!(security("user=x"), Err(FlagsError::SecondUser));
        assert_eq!(
            security("service=nntp"),
            Err(FlagsError::NotImap("nntp".into()))
        );
        assert_eq!(
            security("authuser="),
            Err(FlagsError::Value("authuser=".into()))
        );
    }

    #[test]
    fn certificates_are_checked_unless_the_word_is_there() {
        assert!(ImapFlags::parse("ssl/validate-cert").unwrap().validate_cert);
        assert!(
            !ImapFlags::parse("ssl/novalidate-cert")
                .unwrap()
                .validate_cert
        );
        assert!(ImapFlags::parse("secure").unwrap().secure);
        let flags = ImapFlags::parse("authuser=admin/notls").unwrap();
        assert_eq!(flags.auth_user.as_deref(), Some("admin"));
    }
}
