//! `imapflags`: the words Asterisk puts between the port and the user in a c-client mailbox name.
//!
//! Asterisk builds `{server:port/imap[/authuser=A]/FLAGS/user=U}`, so the flags are judged as they
//! stand there: `/imap` has been said already (every service word is one too many) and `/user=`
//! follows (a user of one's own collides). What c-client refuses there is an error here, because
//! Asterisk would make no connection.
//!
//! Source: c-client's `mail_valid_net_parse_work` and `imap_open`; `app_voicemail.c`,
//! `imap_mailbox_name`.

use std::fmt;

/// The longest user name c-client takes, in octets (`NETMAXUSER` - 1).
pub const MAX_USER: usize = 64;

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Security {
    /// STARTTLS where the server offers it, plain text where not: no flag at all.
    #[default]
    StartTlsIfOffered,
    /// STARTTLS, or no connection: `tls`.
    StartTlsRequired,
    /// Plain text even where STARTTLS is offered: `notls`.
    Plain,
    /// TLS from the first octet, usually on port 993: `ssl`.
    ImplicitTls,
    /// TLS from the first octet if that works, otherwise as without a flag: `tryssl`.
    TrySsl,
}

/// What the flags ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // they are the switches of another program, one by one
pub struct ImapFlags {
    /// How the connection is protected.
    pub security: Security,
    /// Whether the certificate is checked: yes, unless `novalidate-cert`.
    pub validate_cert: bool,
    /// No password in plain text: `secure`.
    pub secure: bool,
    /// The master user of `authuser=`.
    pub auth_user: Option<String>,
    /// `anonymous`.
    pub anonymous: bool,
    /// `debug`.
    pub debug: bool,
    /// `readonly`: Asterisk could then store nothing.
    pub readonly: bool,
    /// `norsh`.
    pub norsh: bool,
    /// `loser`: a server that cannot do searches and the like itself.
    pub loser: bool,
}

impl Default for ImapFlags {
    fn default() -> Self {
        Self {
            security: Security::default(),
            validate_cert: true,
            secure: false,
            auth_user: None,
            anonymous: false,
            debug: false,
            readonly: false,
            norsh: false,
            loser: false,
        }
    }
}

/// Why Asterisk could make no connection with these flags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FlagsError {
    /// The text begins with `/`, and Asterisk adds one itself.
    LeadingSlash,
    /// Two slashes in a row, or one at the end.
    EmptyWord,
    /// A word c-client does not know.
    Unknown(String),
    /// A `}` ends the name, a `:` begins a second port.
    Misplaced(char),
    /// Two words that exclude each other.
    Conflict(&'static str, &'static str),
    /// A service other than IMAP.
    NotImap(String),
    /// An IMAP service word, which Asterisk has said already.
    ServiceRepeated(String),
    /// `user=` with a name: Asterisk adds its own.
    UserRepeated,
    /// `authuser=` twice.
    AuthUserRepeated,
    /// A user name of more than 64 octets.
    UserTooLong,
    /// A quoted value without its closing quote.
    OpenQuote,
}

impl fmt::Display for FlagsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("imapflags: ")?;
        match self {
            Self::LeadingSlash => f.write_str("must not begin with /"),
            Self::EmptyWord => f.write_str("nothing stands between two slashes"),
            Self::Unknown(word) => write!(f, "{word:?} is not a flag"),
            Self::Misplaced(c) => write!(f, "{c:?} cannot stand in flags"),
            Self::Conflict(a, b) => write!(f, "{a} and {b} exclude each other"),
            Self::NotImap(service) => write!(f, "service {service:?} is not IMAP"),
            Self::ServiceRepeated(word) => {
                write!(
                    f,
                    "{word:?} names the service, which Asterisk has named already"
                )
            }
            Self::UserRepeated => f.write_str("user= collides with imapuser"),
            Self::AuthUserRepeated => f.write_str("authuser= is given twice"),
            Self::UserTooLong => f.write_str("user name is longer than 64 octets"),
            Self::OpenQuote => f.write_str("quote is not closed"),
        }
    }
}

impl std::error::Error for FlagsError {}

/// The switches of TLS before they are weighed against each other.
#[derive(Default)]
#[allow(clippy::struct_excessive_bools)] // one per word, all combinations occur
struct Tls {
    required: bool,
    forbidden: bool,
    implicit: bool,
    tried: bool,
}

impl ImapFlags {
    /// Reads the flags of voicemail.conf. Words are joined by `/` and known in any case.
    ///
    /// # Errors
    /// Whatever would keep Asterisk from connecting, as [`FlagsError`] says.
    pub fn parse(text: &str) -> Result<Self, FlagsError> {
        let mut flags = Self::default();
        let mut tls = Tls::default();
        if text.is_empty() {
            return Ok(flags);
        }
        if text.starts_with('/') {
            return Err(FlagsError::LeadingSlash);
        }
        if text.contains('}') {
            return Err(FlagsError::Misplaced('}'));
        }
        let mut rest = Some(text);
        while let Some(text) = rest {
            let end = text.find(['/', ':', '=']).unwrap_or(text.len());
            let word = text[..end].to_ascii_lowercase();
            let (argument, behind) = match text[end..].strip_prefix('=') {
                Some(value) => {
                    let (value, behind) = argument(value)?;
                    (Some(value), behind)
                }
                None => (None, &text[end..]),
            };
            match argument {
                Some(value) => flags.with_value(&word, value)?,
                None => flags.word(&word, &mut tls)?,
            }
            rest = match behind.chars().next() {
                None => None,
                Some('/') => Some(&behind[1..]),
                Some(other) => return Err(FlagsError::Misplaced(other)),
            };
        }
        flags.security = tls.weigh()?;
        Ok(flags)
    }

    /// Applies `name=value`.
    fn with_value(&mut self, name: &str, value: String) -> Result<(), FlagsError> {
        match name {
            "service" if value.eq_ignore_ascii_case("imap") => {
                Err(FlagsError::ServiceRepeated(format!("service={value}")))
            }
            "service" => Err(FlagsError::NotImap(value)),
            "user" | "authuser" if value.len() > MAX_USER => Err(FlagsError::UserTooLong),
            "user" if value.is_empty() => Ok(()),
            "user" => Err(FlagsError::UserRepeated),
            "authuser" if self.auth_user.is_some() => Err(FlagsError::AuthUserRepeated),
            "authuser" => {
                self.auth_user = Some(value).filter(|user| !user.is_empty());
                Ok(())
            }
            _ => Err(FlagsError::Unknown(format!("{name}="))),
        }
    }

    /// Applies a word without a value.
    fn word(&mut self, word: &str, tls: &mut Tls) -> Result<(), FlagsError> {
        match word {
            "" => return Err(FlagsError::EmptyWord),
            "anonymous" => self.anonymous = true,
            "debug" => self.debug = true,
            "readonly" => self.readonly = true,
            "secure" => self.secure = true,
            "norsh" => self.norsh = true,
            "loser" => self.loser = true,
            "tls" | "tls-sslv23" => tls.required = true,
            "notls" => tls.forbidden = true,
            "ssl" => tls.implicit = true,
            "tryssl" => tls.tried = true,
            "novalidate-cert" => self.validate_cert = false,
            "validate-cert" => {}
            "imap" | "imap2" | "imap2bis" | "imap4" | "imap4rev1" => {
                return Err(FlagsError::ServiceRepeated(word.to_owned()));
            }
            "pop3" | "pop" | "nntp" | "smtp" | "submit" => {
                return Err(FlagsError::NotImap(word.to_owned()));
            }
            _ => return Err(FlagsError::Unknown(word.to_owned())),
        }
        Ok(())
    }
}

impl Tls {
    /// What c-client does about it all. `ssl` wins over `tryssl`; under `ssl` no STARTTLS is sent,
    /// so that `tls` can never be satisfied.
    fn weigh(&self) -> Result<Security, FlagsError> {
        match self {
            Self {
                required: true,
                forbidden: true,
                ..
            } => Err(FlagsError::Conflict("tls", "notls")),
            Self {
                required: true,
                implicit: true,
                ..
            } => Err(FlagsError::Conflict("tls", "ssl")),
            Self { implicit: true, .. } => Ok(Security::ImplicitTls),
            Self { required: true, .. } => Ok(Security::StartTlsRequired),
            Self { tried: true, .. } => Ok(Security::TrySsl),
            Self {
                forbidden: true, ..
            } => Ok(Security::Plain),
            _ => Ok(Security::StartTlsIfOffered),
        }
    }
}

/// Takes a value, quoted or not, off the front of the text.
fn argument(text: &str) -> Result<(String, &str), FlagsError> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(['/', ':']).unwrap_or(text.len());
        return Ok((text[..end].to_owned(), &text[end..]));
    };
    let mut value = String::new();
    let mut chars = quoted.chars();
    loop {
        match chars.next() {
            Some('"') => return Ok((value, chars.as_str())),
            Some('\\') => value.push(chars.next().ok_or(FlagsError::OpenQuote)?),
            Some(c) => value.push(c),
            None => return Err(FlagsError::OpenQuote),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_security_word_means_what_c_client_makes_of_it() {
        for (text, security) in [
            ("", Security::StartTlsIfOffered),
            ("secure/norsh/loser/debug", Security::StartTlsIfOffered),
            ("tls", Security::StartTlsRequired),
            ("TLS-SSLv23", Security::StartTlsRequired),
            ("notls", Security::Plain),
            ("ssl", Security::ImplicitTls),
            ("SSL/notls", Security::ImplicitTls),
            ("ssl/tryssl", Security::ImplicitTls),
            ("tryssl/novalidate-cert", Security::TrySsl),
        ] {
            assert_eq!(
                ImapFlags::parse(text).map(|f| f.security),
                Ok(security),
                "{text}"
            );
        }
        assert!(
            !ImapFlags::parse("ssl/novalidate-cert")
                .unwrap()
                .validate_cert
        );
        assert!(ImapFlags::parse("ssl/validate-cert").unwrap().validate_cert);
    }

    #[test]
    fn what_c_client_refuses_is_an_error() {
        let unknown = |word: &str| FlagsError::Unknown(word.into());
        for (text, error) in [
            ("/notls", FlagsError::LeadingSlash),
            ("tls/", FlagsError::EmptyWord),
            ("tls//secure", FlagsError::EmptyWord),
            ("tls/notls", FlagsError::Conflict("tls", "notls")),
            ("ssl/tls", FlagsError::Conflict("tls", "ssl")),
            ("flagged", unknown("flagged")),
            ("tls=yes", unknown("tls=")),
            ("ssl ", unknown("ssl ")),
            ("pop3", FlagsError::NotImap("pop3".into())),
            ("service=nntp", FlagsError::NotImap("nntp".into())),
            ("imap4rev1", FlagsError::ServiceRepeated("imap4rev1".into())),
            ("user=ada", FlagsError::UserRepeated),
            ("authuser=a/authuser=b", FlagsError::AuthUserRepeated),
            ("authuser=\"a", FlagsError::OpenQuote),
            ("tls:993", FlagsError::Misplaced(':')),
            ("tls}", FlagsError::Misplaced('}')),
        ] {
            assert_eq!(ImapFlags::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn a_quoted_master_user_may_hold_anything() {
        let flags = ImapFlags::parse(r#"authuser="a/b\"c"/ssl"#).unwrap();
        assert_eq!(flags.auth_user.as_deref(), Some("a/b\"c"));
        assert_eq!(flags.security, Security::ImplicitTls);
    }
}
