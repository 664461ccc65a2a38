//! From a connected socket to a logged-in one: greeting, STARTTLS, LOGIN, SASL PLAIN.
//!
//! Written on the raw link, because the crate can neither send an initial response (RFC 4959)
//! nor keep a password out of its debug output. Invariants: nothing is read that was buffered
//! before TLS began; no password goes unencrypted to another machine unless allowed; no password
//! stays in a buffer, a trace or an error.
//! Source: RFC 3501 §6.2, RFC 4616, RFC 4959, RFC 2595.

use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret as _;
use secrecy::zeroize::Zeroizing;

use super::capability::Capabilities;
use super::error::StoreError;
use super::link::{Link, Untagged, accept};
use super::name::quote;
use super::options::{ConnectOptions, Credentials, Direction, PlaintextPolicy, Security};
use super::response::{Condition, Response, Status};
use super::transport::{Stream, Tcp};
use super::types::Refusal;
use super::wire::Wire;

/// What a login yields.
pub(super) struct LoggedIn {
    pub(super) link: Link,
    pub(super) capabilities: Capabilities,
    pub(super) greeting: String,
}

/// Connects, secures and logs in.
pub(super) fn log_in(
    options: &ConnectOptions,
    credentials: &Credentials,
) -> Result<LoggedIn, StoreError> {
    validate(credentials)?;
    let mut stream = Stream::Plain(Tcp::connect(options)?);
    if options.security == Security::ImplicitTls {
        stream = stream.secure(options)?;
    }
    let mut link = Link::new(Wire::new(stream, options));
    let (greeting, announced) = greet(&mut link, options)?;
    let mut capabilities = match announced {
        Some(capabilities) => capabilities,
        None => ask_capabilities(&mut link)?,
    };
    if start_tls(&mut link, options, &capabilities)? {
        capabilities = ask_capabilities(&mut link)?;
    }
    guard_plaintext(&mut link, options)?;
    let method = choose(credentials, &capabilities, &greeting)?;
    let capabilities = authenticate(&mut link, credentials, &method, &capabilities)?;
    let capabilities = match capabilities {
        Some(capabilities) => capabilities,
        None => ask_capabilities(&mut link)?,
    };
    Ok(LoggedIn {
        link,
        capabilities,
        greeting,
    })
}

fn validate(credentials: &Credentials) -> Result<(), StoreError> {
    let odd = |text: &str| text.contains(['\r', '\n', '\0']);
    let user_names = [Some(&credentials.user), credentials.auth_user.as_ref()];
    if user_names.into_iter().flatten().any(|name| odd(name)) {
        return Err(StoreError::invalid("user name: holds a line break or NUL"));
    }
    if credentials.user.is_empty() {
        return Err(StoreError::invalid("user name: is empty"));
    }
    if odd(credentials.password.expose_secret()) {
        return Err(StoreError::invalid("password: holds a line break or NUL"));
    }
    Ok(())
}

fn greet(
    link: &mut Link,
    options: &ConnectOptions,
) -> Result<(String, Option<Capabilities>), StoreError> {
    link.wire
        .set_doing(&format!("{}: greeting", options.address()));
    let mut buffer = Vec::new();
    match link.next(&mut buffer, None)? {
        Response::Untagged(status) if status.condition == Condition::Ok => {
            let announced = announced(&status);
            Ok((status.text, announced))
        }
        // Nobody can say whose mailboxes these would be, and STARTTLS would be impossible.
        Response::Untagged(status) if status.condition == Condition::PreAuth => {
            Err(link.kill(StoreError::NoLoginMethod {
                reason: "the server logged this connection in by itself (PREAUTH)".to_owned(),
            }))
        }
        _ => Err(link.kill(StoreError::malformed("greeting", &buffer))),
    }
}

fn announced(status: &Status) -> Option<Capabilities> {
    (status.code.as_deref() == Some("CAPABILITY"))
        .then(|| Capabilities::from_words(&status.argument))
}

/// Takes the capabilities out of an untagged answer, wherever a server puts them.
fn capabilities_in(untagged: &Untagged<'_>) -> Option<Capabilities> {
    match untagged {
        Untagged::Status(status) => announced(status),
        Untagged::Data(data) => {
            let text = String::from_utf8_lossy(data);
            let (word, rest) = text.trim().split_once(' ')?;
            word.eq_ignore_ascii_case("CAPABILITY")
                .then(|| Capabilities::from_words(rest))
        }
    }
}

fn ask_capabilities(link: &mut Link) -> Result<Capabilities, StoreError> {
    let mut found = None;
    let status = link.run("CAPABILITY", "CAPABILITY", &mut |untagged| {
        found = capabilities_in(&untagged).or_else(|| found.take());
        Ok(())
    })?;
    match found.or_else(|| announced(&status)) {
        Some(capabilities) if !capabilities.is_empty() => Ok(capabilities),
        _ => Err(link.kill(StoreError::malformed("CAPABILITY", status.text.as_bytes()))),
    }
}

/// Puts TLS on the connection where asked for; says whether it did.
fn start_tls(
    link: &mut Link,
    options: &ConnectOptions,
    capabilities: &Capabilities,
) -> Result<bool, StoreError> {
    let required = match options.security {
        Security::Plain | Security::ImplicitTls => return Ok(false),
        Security::StartTlsIfOffered => false,
        Security::StartTlsRequired => true,
    };
    if !capabilities.has("STARTTLS") {
        if required {
            return Err(link.kill(StoreError::Tls {
                addr: options.address(),
                reason: "the server offers no STARTTLS".to_owned(),
            }));
        }
        return Ok(false);
    }
    if let Err(error) = link.run("STARTTLS", "STARTTLS", &mut super::link::ignore) {
        return Err(link.kill(error));
    }
    if link.wire.has_unread() {
        // Whoever sent it was not under TLS; reading it later would be taking it for protected.
        return Err(link.kill(StoreError::Tls {
            addr: options.address(),
            reason: "the server sent data between STARTTLS and the handshake".to_owned(),
        }));
    }
    link.wire.secure(options).map_err(|e| link.kill(e))?;
    Ok(true)
}

fn guard_plaintext(link: &mut Link, options: &ConnectOptions) -> Result<(), StoreError> {
    let peer = link.wire.tcp().and_then(Tcp::peer);
    if link.wire.is_tls() || is_loopback(peer) {
        return Ok(());
    }
    if options.plaintext == PlaintextPolicy::Refuse {
        return Err(link.kill(StoreError::PlaintextRefused {
            peer: options.address(),
        }));
    }
    link.warn(&format!(
        "{}: the password was sent without encryption",
        options.address()
    ));
    Ok(())
}

/// Whether octets to this peer stay on the machine; an unknown peer is far away.
fn is_loopback(peer: Option<SocketAddr>) -> bool {
    peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback())
}

/// How to log in.
#[derive(Debug, PartialEq, Eq)]
enum Method {
    Login,
    Plain { authzid: String, authcid: String },
}

fn choose(
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

fn authenticate(
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

fn say(link: &Link, line: &str) {
    link.wire.trace(Direction::Client, line.as_bytes());
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

    #[test]
    fn only_this_machine_is_loopback() {
        let loopback = |addr: &str| is_loopback(Some(addr.parse().unwrap()));
        assert!(
            loopback("127.0.0.1:143") && loopback("[::1]:143") && loopback("[::ffff:127.9.0.1]:1")
        );
        assert!(
            !loopback("192.0.2.1:143") && !loopback("[2001:db8::1]:143") && !loopback("0.0.0.0:1")
        );
        assert!(!is_loopback(None));
    }

    #[test]
    fn names_and_passwords_with_line_breaks_are_refused_without_being_shown() {
        let bad = Credentials {
            password: "se\r\ncret".into(),
            ..credentials(None)
        };
        let error = validate(&bad).unwrap_err();
        assert!(!error.to_string().contains("cret"));
        let bad = Credentials {
            user: "a\nb".into(),
            ..credentials(None)
        };
        assert!(validate(&bad).is_err());
    }
}
