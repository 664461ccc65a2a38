//! From an address to a logged-in connection: greeting, STARTTLS, and the order of it all.
//!
//! Written on the raw link, because the crate can neither send an initial response (RFC 4959)
//! nor keep a password out of its debug output. Invariants: nothing is read that was buffered
//! before TLS began; no password goes unencrypted to another machine unless allowed; no password
//! stays in a buffer, a trace or an error.
//! `choose` says which ways to log in are tried, `login` tries them, `exchange` speaks SASL, and each
//! mechanism is one side of such an exchange.
//! Source: RFC 3501 §6.2, RFC 4959, RFC 2595.

mod bearer;
mod choose;
mod cram;
mod exchange;
#[cfg(feature = "gssapi")]
mod gssapi;
mod login;
mod password;
mod scram;

use std::net::SocketAddr;

use secrecy::ExposeSecret as _;

use super::capability::Capabilities;
use super::error::StoreError;
use super::link::{Link, Untagged};
use super::mechanism::Mechanism;
use super::options::{ConnectOptions, Credentials, PlaintextPolicy, Security};
use super::response::{Condition, Response, Status};
use super::transport::{Stream, Tcp};
use super::wire::Wire;

/// What a login yields.
pub(super) struct LoggedIn {
    pub(super) link: Link,
    pub(super) capabilities: Capabilities,
    /// What was offered to whoever is not logged in yet; under TLS, where there is TLS.
    pub(super) before: Capabilities,
    pub(super) greeting: String,
    /// How it was done.
    pub(super) way: Way,
}

/// How a login came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// What let us in.
    pub mechanism: Mechanism,
    /// What was tried before it, and the error it ended with.
    pub before: Vec<(Mechanism, String)>,
    /// Whether a password, or what stands for one, went over the network without encryption.
    pub exposed: bool,
}

impl Way {
    fn all(&self) -> impl Iterator<Item = Mechanism> {
        let before = self.before.iter().map(|(mechanism, _)| *mechanism);
        before.chain([self.mechanism])
    }
}

/// What the server tells of its capabilities, wherever it tells it.
#[derive(Default)]
struct Heard(Option<Capabilities>);

impl Heard {
    fn note(&mut self, untagged: &Untagged<'_>) {
        if let Some(capabilities) = capabilities_in(untagged) {
            self.0 = Some(capabilities);
        }
    }
}

/// Connects, secures and logs in.
pub(super) fn log_in(
    options: &ConnectOptions,
    credentials: &Credentials,
) -> Result<LoggedIn, StoreError> {
    validate(options, credentials)?;
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
    let exposed = guard_plaintext(&mut link, options)?;
    let before = capabilities;
    let mut told = None;
    let mut way = login::log_in(
        &mut link,
        options,
        credentials,
        &before,
        &greeting,
        &mut told,
    )?;
    way.exposed = exposed && way.all().any(Mechanism::reveals);
    if way.exposed {
        let address = options.address();
        link.warn(&format!(
            "{address}: the password was sent without encryption"
        ));
    }
    let capabilities = told;
    let capabilities = match capabilities {
        Some(capabilities) => capabilities,
        None => ask_capabilities(&mut link)?,
    };
    Ok(LoggedIn {
        link,
        capabilities,
        before,
        greeting,
        way,
    })
}

fn validate(options: &ConnectOptions, credentials: &Credentials) -> Result<(), StoreError> {
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
    let joined = options.login.joined(credentials);
    joined.map(drop).map_err(StoreError::invalid)
}

pub(super) fn greet(
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

pub(super) fn ask_capabilities(link: &mut Link) -> Result<Capabilities, StoreError> {
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
    ask_for_tls(link, options)?;
    link.wire.secure(options).map_err(|e| link.kill(e))?;
    Ok(true)
}

/// Brings the connection to where the handshake begins.
pub(super) fn ask_for_tls(link: &mut Link, options: &ConnectOptions) -> Result<(), StoreError> {
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
    Ok(())
}

/// Refuses to log in where others can read along, unless that is allowed; says whether they can.
fn guard_plaintext(link: &mut Link, options: &ConnectOptions) -> Result<bool, StoreError> {
    let peer = link.wire.tcp().and_then(Tcp::peer);
    if link.wire.is_tls() || is_loopback(peer) {
        return Ok(false);
    }
    match options.plaintext {
        PlaintextPolicy::Allow => Ok(true),
        PlaintextPolicy::Refuse => Err(link.kill(StoreError::PlaintextRefused {
            peer: options.address(),
        })),
    }
}

/// Whether octets to this peer stay on the machine; an unknown peer is far away.
pub(super) fn is_loopback(peer: Option<SocketAddr>) -> bool {
    peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let good = Credentials {
            user: "ada".into(),
            password: "secret".into(),
            auth_user: None,
        };
        let bad = Credentials {
            password: "se\r\ncret".into(),
            ..good.clone()
        };
        let options = ConnectOptions::new("localhost", 143);
        let error = validate(&options, &bad).unwrap_err();
        assert!(!error.to_string().contains("cret"));
        let bad = Credentials {
            user: "a\nb".into(),
            ..good
        };
        assert!(validate(&options, &bad).is_err());
    }
}
