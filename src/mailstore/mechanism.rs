//! The ways to log in, what each needs, and which is the stronger.
//!
//! Values only; `auth` carries them out. The order and the properties are those of c-client, the
//! mail library of Asterisk: it links GSSAPI, EXTERNAL, CRAM-MD5, PLAIN and LOGIN in this order and
//! takes the first that the server offers, with `/secure` only those that send no password, with
//! `/authuser=` only those that can name somebody to act for. What c-client does not have (SCRAM,
//! tokens) stands where its strength puts it.
//!
//! Source: c-client's `linkage.c` (Debian's 2007f), the `AUTHENTICATOR` tables of `auth_gss.c`,
//! `auth_ext.c`, `auth_md5.c`, `auth_pla.c`, `auth_log.c`; `mail_lookup_auth_name`, `imap_login`.

use std::fmt;
use std::str::FromStr;

/// A way to log in. Ordered: the stronger comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mechanism {
    /// Kerberos 5 (RFC 4752).
    Gssapi,
    /// The certificate of the TLS connection (RFC 4422, appendix A).
    External,
    /// A bearer token (RFC 7628).
    OauthBearer,
    /// A bearer token, as Google and Microsoft first had it.
    Xoauth2,
    /// A password that is not sent; both sides prove that they know it (RFC 7677).
    ScramSha256,
    /// The same with SHA-1 (RFC 5802).
    ScramSha1,
    /// A password that is not sent; the server proves nothing (RFC 2195).
    CramMd5,
    /// The password (RFC 4616).
    Plain,
    /// The password, by AUTHENTICATE LOGIN.
    SaslLogin,
    /// The password, by the LOGIN command (RFC 3501 §6.2.3).
    Login,
}

/// What a way to log in proves who one is with. Of the ways of one kind only the strongest is
/// tried: the others would be refused for the same reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Proof {
    /// A Kerberos ticket.
    Ticket,
    /// A client certificate.
    Certificate,
    /// A bearer token, which is sent.
    Token,
    /// A password, which is not sent. The server must keep it in a form that allows this.
    Challenge,
    /// A password, which is sent.
    Password,
}

impl Mechanism {
    /// Every way, the strongest first.
    pub const ALL: [Self; 10] = [
        Self::Gssapi,
        Self::External,
        Self::OauthBearer,
        Self::Xoauth2,
        Self::ScramSha256,
        Self::ScramSha1,
        Self::CramMd5,
        Self::Plain,
        Self::SaslLogin,
        Self::Login,
    ];

    /// Its name: that of SASL, with `LOGIN` for the command and `SASL-LOGIN` for AUTHENTICATE LOGIN.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gssapi => "GSSAPI",
            Self::External => "EXTERNAL",
            Self::OauthBearer => "OAUTHBEARER",
            Self::Xoauth2 => "XOAUTH2",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha1 => "SCRAM-SHA-1",
            Self::CramMd5 => "CRAM-MD5",
            Self::Plain => "PLAIN",
            Self::SaslLogin => "SASL-LOGIN",
            Self::Login => "LOGIN",
        }
    }

    /// What comes after AUTHENTICATE; `None` for the LOGIN command.
    #[must_use]
    pub fn sasl_name(self) -> Option<&'static str> {
        match self {
            Self::Login => None,
            Self::SaslLogin => Some("LOGIN"),
            other => Some(other.name()),
        }
    }

    /// What it proves who one is with.
    #[must_use]
    pub fn proof(self) -> Proof {
        match self {
            Self::Gssapi => Proof::Ticket,
            Self::External => Proof::Certificate,
            Self::OauthBearer | Self::Xoauth2 => Proof::Token,
            Self::ScramSha256 | Self::ScramSha1 | Self::CramMd5 => Proof::Challenge,
            Self::Plain | Self::SaslLogin | Self::Login => Proof::Password,
        }
    }

    /// Whether the server, and whoever reads along, learns what could be used again: the password
    /// or a token. c-client's `secure` forbids these (`AU_SECURE`).
    #[must_use]
    pub fn reveals(self) -> bool {
        matches!(self.proof(), Proof::Token | Proof::Password)
    }

    /// Whether one can log in for somebody else by it (c-client's `AU_AUTHUSER`).
    #[must_use]
    pub fn acts_for_others(self) -> bool {
        !matches!(self, Self::CramMd5 | Self::SaslLogin | Self::Login)
    }
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Mechanism {
    type Err = String;

    /// By name, in any case.
    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL
            .into_iter()
            .find(|one| one.name().eq_ignore_ascii_case(text));
        found.ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.into_iter().map(Self::name).collect();
            format!("is none of {}", known.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_c_client_with_the_others_where_their_strength_puts_them() {
        let mut sorted = Mechanism::ALL;
        sorted.sort_unstable();
        assert_eq!(sorted, Mechanism::ALL);
        let c_client = ["GSSAPI", "EXTERNAL", "CRAM-MD5", "PLAIN", "SASL-LOGIN"];
        let among_ours: Vec<&str> = Mechanism::ALL
            .into_iter()
            .map(Mechanism::name)
            .filter(|name| c_client.contains(name))
            .collect();
        assert_eq!(among_ours, c_client);
    }

    #[test]
    fn names_are_read_in_any_case_and_a_wrong_one_is_told_all_of_them() {
        for one in Mechanism::ALL {
            assert_eq!(one.name().to_lowercase().parse(), Ok(one));
        }
        let error = "DIGEST-MD5".parse::<Mechanism>().unwrap_err();
        assert!(error.contains("SCRAM-SHA-256, SCRAM-SHA-1"), "{error}");
    }
}
