//! The two ways to log in: SASL PLAIN (RFC 4616, RFC 4959) and LOGIN (RFC 3501 §6.2.3).
//!
//! Chooses one and carries it out; never tries the other after a refusal, which would count as
//! two wrong passwords. Invariant: the secrets are known to the wire while an answer to them may
//! come, so that no echo of theirs reaches a trace or an error.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret as _;
use secrecy::zeroize::Zeroizing;

use super::super::capability::Capabilities;
use super::super::error::StoreError;
use super::super::link::{Link, accept};
use super::super::name::quote;
use super::super::options::{Credentials, Direction};
use super::super::response::{Condition, Status};
use super::super::types::Refusal;
use super::{announced, capabilities_in};

/// How to log in.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Method {
    Login,
    Plain { authzid: String, authcid: String },
}

/// Chooses the way to log in.
pub(super) fn choose(
    credentials: &Credentials,
    capabilities: &Capabilities,
    greeting: &str,
) -> Result<Method, StoreError> {
    let user = &credentials.user;
    let plain = capabilities.has("AUTH=PLAIN");
    let master = credentials
        .auth_user
        .as_ref()
        .filter(|m| !m.is_empty() && *m != user);
    let none = |reason: &str| {
        Err(StoreError::NoLoginMethod {
            reason: reason.to_owned(),
        })
    };
    match master {
        Some(_) if !plain => {
            none("a master user needs AUTH=PLAIN, which the server does not offer")
        }
        // It ignores the authorisation identity: everything would land in the master's mailbox.
        Some(_) if greeting.contains("Courier-IMAP") => {
            none("Courier ignores master users: it would open the master's own mailbox")
        }
        Some(master) => Ok(Method::Plain {
            authzid: user.clone(),
            authcid: master.clone(),
        }),
        None if plain => Ok(Method::Plain {
            authzid: String::new(),
            authcid: user.clone(),
        }),
        None if capabilities.has("LOGINDISABLED") => {
            none("the server allows no login on this connection (LOGINDISABLED)")
        }
        None => Ok(Method::Login),
    }
}

/// Logs in; returns the capabilities, where the server told them with its answer.
pub(super) fn authenticate(
    link: &mut Link,
    credentials: &Credentials,
    method: &Method,
    capabilities: &Capabilities,
) -> Result<Option<Capabilities>, StoreError> {
    let password = credentials.password.expose_secret();
    let mut found = None;
    let outcome = match method {
        Method::Login => login(link, &credentials.user, password, capabilities, &mut found),
        Method::Plain { authzid, authcid } => {
            let message = Zeroizing::new(format!("{authzid}\0{authcid}\0{password}"));
            let response = Zeroizing::new(STANDARD.encode(message.as_bytes()));
            link.wire
                .set_secrets(vec![Zeroizing::new(password.to_owned()), response.clone()]);
            plain(link, &response, capabilities.has("SASL-IR"), &mut found)
        }
    };
    let outcome = outcome.map_err(|error| refused(link, error));
    link.wire.set_secrets(Vec::new());
    let status = outcome.map_err(|error| link.kill(error))?;
    Ok(announced(&status).or(found))
}

/// Gives a refused login its own kind, and takes the password out of the server's words.
fn refused(link: &Link, error: StoreError) -> StoreError {
    match error {
        StoreError::Refused { refusal, .. } => {
            let refusal = Refusal {
                text: link.wire.redact(&refusal.text),
                ..refusal
            };
            match refusal.code.as_deref() {
                Some("LIMIT" | "INUSE" | "UNAVAILABLE") => StoreError::TooManyConnections(refusal),
                _ => StoreError::LoginRefused(refusal),
            }
        }
        StoreError::Malformed { doing, excerpt } => StoreError::Malformed {
            doing,
            excerpt: link.wire.redact(&excerpt),
        },
        StoreError::Bye { text } => StoreError::Bye {
            text: link.wire.redact(&text),
        },
        other => other,
    }
}

fn plain(
    link: &mut Link,
    response: &str,
    initial: bool,
    found: &mut Option<Capabilities>,
) -> Result<Status, StoreError> {
    let tag = link.tag();
    link.wire.set_doing("AUTHENTICATE PLAIN");
    if initial {
        say(link, &format!("{tag} AUTHENTICATE PLAIN <redacted>"));
        link.queue_octets(format!("{tag} AUTHENTICATE PLAIN ").as_bytes())?;
    } else {
        link.queue(&format!("{tag} AUTHENTICATE PLAIN"))?;
        if let Some(status) = go_ahead(link, &tag, found)? {
            return accept(status, "AUTHENTICATE PLAIN");
        }
        say(link, "<redacted>");
    }
    link.queue_octets(response.as_bytes())?;
    link.queue_octets(b"\r\n")?;
    link.flush()?;
    answer(link, &tag, "AUTHENTICATE PLAIN", found)
}

fn login(
    link: &mut Link,
    user: &str,
    password: &str,
    capabilities: &Capabilities,
    found: &mut Option<Capabilities>,
) -> Result<Status, StoreError> {
    link.wire.set_secrets(vec![
        Zeroizing::new(password.to_owned()),
        Zeroizing::new(quote(password)),
    ]);
    let tag = link.tag();
    link.wire.set_doing("LOGIN");
    say(link, &format!("{tag} LOGIN <redacted>"));
    link.queue_octets(format!("{tag} LOGIN").as_bytes())?;
    for word in [user, password] {
        link.queue_octets(b" ")?;
        if word.bytes().all(|b| matches!(b, b' '..=b'~')) {
            link.queue_octets(Zeroizing::new(quote(word)).as_bytes())?;
            continue;
        }
        // 8-bit text cannot be quoted (RFC 3501 §9, QUOTED-CHAR).
        let plus = capabilities.has("LITERAL+") || capabilities.has("LITERAL-");
        let sync = if plus { "+" } else { "" };
        link.queue_octets(format!("{{{}{sync}}}\r\n", word.len()).as_bytes())?;
        if !plus && let Some(status) = go_ahead(link, &tag, found)? {
            return accept(status, "LOGIN");
        }
        link.queue_octets(word.as_bytes())?;
    }
    link.queue_octets(b"\r\n")?;
    link.flush()?;
    answer(link, &tag, "LOGIN", found)
}

fn answer(
    link: &mut Link,
    tag: &str,
    command: &str,
    found: &mut Option<Capabilities>,
) -> Result<Status, StoreError> {
    link.finish(tag, command, &mut |untagged| {
        if let Some(capabilities) = capabilities_in(&untagged) {
            *found = Some(capabilities);
        }
        Ok(())
    })
}

fn say(link: &Link, words: &str) {
    link.wire.trace(Direction::Client, words.as_bytes());
}

/// Sends what is queued and waits for `+`; the tagged answer, where that comes instead.
fn go_ahead(
    link: &mut Link,
    tag: &str,
    found: &mut Option<Capabilities>,
) -> Result<Option<Status>, StoreError> {
    link.flush()?;
    let status = link.go_ahead(tag, &mut |untagged| {
        if let Some(capabilities) = capabilities_in(&untagged) {
            *found = Some(capabilities);
        }
        Ok(())
    })?;
    match status {
        Some(status) if status.condition == Condition::Ok => {
            Err(link.kill(StoreError::malformed("login", status.text.as_bytes())))
        }
        other => Ok(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(auth_user: Option<&str>) -> Credentials {
        Credentials {
            user: "ada".into(),
            password: "secret".into(),
            auth_user: auth_user.map(str::to_owned),
        }
    }

    fn chosen(auth_user: Option<&str>, offered: &str, greeting: &str) -> Option<Method> {
        choose(
            &credentials(auth_user),
            &Capabilities::from_words(offered),
            greeting,
        )
        .ok()
    }

    #[test]
    fn a_master_user_is_the_authentication_identity_and_the_owner_is_authorised() {
        let method = Method::Plain {
            authzid: "ada".into(),
            authcid: "master".into(),
        };
        assert_eq!(chosen(Some("master"), "AUTH=PLAIN", ""), Some(method));
        assert_eq!(chosen(Some("master"), "IMAP4rev1", ""), None);
        assert_eq!(
            chosen(Some("master"), "AUTH=PLAIN", "Courier-IMAP ready."),
            None
        );
    }

    #[test]
    fn login_is_used_only_where_plain_is_missing_and_login_is_allowed() {
        assert_eq!(chosen(None, "IMAP4rev1", ""), Some(Method::Login));
        assert_eq!(chosen(None, "IMAP4rev1 LOGINDISABLED", ""), None);
        assert!(matches!(
            chosen(Some(""), "AUTH=PLAIN LOGINDISABLED", ""),
            Some(Method::Plain { .. })
        ));
    }
}
