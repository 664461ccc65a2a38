//! Tries the ways to log in, one after the other, until one lets us in.
//!
//! Goes on only after a refusal that another way may not meet with, as c-client does: not where
//! the server failed to prove itself, nor where it takes no more connections. Invariant: the
//! secrets are known to the wire while an answer to them may come, so that no echo of theirs
//! reaches a trace or an error.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret as _;
use secrecy::zeroize::Zeroizing;

use super::super::capability::Capabilities;
use super::super::error::StoreError;
use super::super::link::{Link, accept};
use super::super::mechanism::{Mechanism, Proof};
use super::super::name::quote;
use super::super::options::{ConnectOptions, Credentials};
use super::super::response::{Condition, Status};
use super::super::types::Refusal;
use super::bearer::Bearer;
use super::choose::{Means, choose};
use super::cram::CramMd5;
use super::exchange::{Side, broken, carry_out, say};
use super::password::{Login, OneMessage};
use super::scram::Scram;
use super::{Heard, Way, announced};

/// Logs in; `told` gets the capabilities, where the server told them with its answer.
pub(super) fn log_in(
    link: &mut Link,
    options: &ConnectOptions,
    credentials: &Credentials,
    capabilities: &Capabilities,
    greeting: &str,
    told: &mut Option<Capabilities>,
) -> Result<Way, StoreError> {
    let means = Means {
        credentials,
        login: &options.login,
        certificate: options.tls.identity.is_some() && link.wire.is_tls(),
        ticket: &ticket,
    };
    let chosen = choose(&means, capabilities, greeting)?;
    let mut before: Vec<(Mechanism, StoreError)> = Vec::new();
    for mechanism in chosen {
        let mut attempt = Attempt {
            link,
            options,
            credentials,
            capabilities,
            mechanism,
            heard: Heard::default(),
        };
        match attempt.run() {
            Ok(status) => {
                *told = announced(&status).or(attempt.heard.0);
                let before = before
                    .into_iter()
                    .map(|(one, error)| (one, error.to_string()));
                return Ok(Way {
                    mechanism,
                    before: before.collect(),
                    exposed: false,
                });
            }
            Err(error) if may_go_on(mechanism, &error) && link.alive().is_ok() => {
                before.push((mechanism, error));
            }
            Err(error) => {
                // A server that hangs up after a refusal has said why before.
                let first = before.into_iter().next().map(|(_, error)| error);
                let error = first.filter(|_| error.is_connection()).unwrap_or(error);
                return Err(link.kill(error));
            }
        }
    }
    Err(link.kill(last_word(before)))
}

/// The refusal that is told when nothing was left to try: the last one of the server.
fn last_word(before: Vec<(Mechanism, StoreError)>) -> StoreError {
    let mut errors: Vec<StoreError> = before.into_iter().map(|(_, error)| error).collect();
    let refused = errors
        .iter()
        .rposition(|error| matches!(error, StoreError::LoginRefused(_)));
    let at = refused.unwrap_or(errors.len().saturating_sub(1));
    if at < errors.len() {
        return errors.swap_remove(at);
    }
    StoreError::NoLoginMethod {
        reason: "there is nothing to try".to_owned(),
    }
}

/// Whether another way may do what this one did not.
fn may_go_on(mechanism: Mechanism, error: &StoreError) -> bool {
    match error {
        StoreError::LoginRefused(_) => true,
        // No ticket for this server, or none it takes.
        StoreError::LoginBroken { .. } => mechanism.proof() == Proof::Ticket,
        _ => false,
    }
}

#[cfg(feature = "gssapi")]
fn ticket() -> Result<(), String> {
    super::gssapi::ticket()
}

#[cfg(not(feature = "gssapi"))]
fn ticket() -> Result<(), String> {
    Err("this vmimap was built without GSSAPI (cargo build --features gssapi)".to_owned())
}

/// One way to log in, being tried.
struct Attempt<'a> {
    link: &'a mut Link,
    options: &'a ConnectOptions,
    credentials: &'a Credentials,
    capabilities: &'a Capabilities,
    mechanism: Mechanism,
    heard: Heard,
}

impl<'a> Attempt<'a> {
    fn run(&mut self) -> Result<Status, StoreError> {
        let password = self.credentials.password.expose_secret();
        self.link.wire.set_secrets(vec![
            Zeroizing::new(password.to_owned()),
            Zeroizing::new(quote(password)),
            Zeroizing::new(STANDARD.encode(password)),
        ]);
        let outcome = match self.mechanism {
            Mechanism::Login => self.command(),
            _ => self.side().and_then(|mut side| {
                let initial = self.capabilities.has("SASL-IR");
                let heard = &mut self.heard;
                carry_out(self.link, self.mechanism, side.as_mut(), initial, heard)
            }),
        };
        let outcome = outcome.map_err(|error| refused(self.link, error));
        self.link.wire.forget_secrets();
        outcome
    }

    /// This side of the exchange.
    fn side(&mut self) -> Result<Box<dyn Side + 'a>, StoreError> {
        let credentials = self.credentials;
        let mechanism = self.mechanism;
        let no = |why| broken(mechanism, why);
        let user = credentials.user.as_str();
        let joined = self.joined()?;
        let (owner, who) = match &joined {
            Some(name) => (None, name.as_str()),
            None => (credentials.master().map(|_| user), credentials.who()),
        };
        let password = credentials.password.expose_secret();
        Ok(match mechanism {
            Mechanism::Gssapi => self.kerberos()?,
            Mechanism::External => Box::new(OneMessage::external(user)),
            Mechanism::OauthBearer | Mechanism::Xoauth2 => self.bearer()?,
            Mechanism::ScramSha256 | Mechanism::ScramSha1 => {
                Box::new(Scram::new(mechanism, owner, who, password).map_err(no)?)
            }
            Mechanism::CramMd5 => Box::new(CramMd5::new(who, password)),
            Mechanism::Plain => {
                Box::new(OneMessage::plain(owner.unwrap_or_default(), who, password))
            }
            Mechanism::SaslLogin | Mechanism::Login => Box::new(Login::new(who, password)),
        })
    }

    /// The name that stands for both users, where this way takes them in one.
    fn joined(&self) -> Result<Option<String>, StoreError> {
        let login = &self.options.login;
        if login.joining(self.mechanism.proof()).is_none() {
            return Ok(None);
        }
        login.joined(self.credentials).map_err(StoreError::invalid)
    }

    fn bearer(&mut self) -> Result<Box<dyn Side>, StoreError> {
        let user = self.credentials.user.as_str();
        let mechanism = self.mechanism;
        let no = |why: String| broken(mechanism, why);
        let source = self.options.login.token.as_ref();
        let source = source.ok_or_else(|| no("there is no token".to_owned()))?;
        let token = source.token(user).map_err(no)?;
        let secret = Zeroizing::new(token.expose_secret().to_owned());
        self.link.wire.add_secret(secret);
        let (host, port) = (self.options.host.as_str(), self.options.port);
        let side = match mechanism {
            Mechanism::Xoauth2 => Bearer::xoauth2(user, &token),
            _ => Bearer::oauthbearer(user, host, port, &token),
        };
        Ok(Box::new(side.map_err(no)?))
    }

    #[cfg(feature = "gssapi")]
    fn kerberos(&self) -> Result<Box<dyn Side>, StoreError> {
        let side = super::gssapi::Kerberos::new(&self.options.host, &self.credentials.user);
        let side = side.map_err(|why| broken(self.mechanism, why))?;
        Ok(Box::new(side))
    }

    #[cfg(not(feature = "gssapi"))]
    fn kerberos(&self) -> Result<Box<dyn Side>, StoreError> {
        Err(broken(self.mechanism, ticket().err().unwrap_or_default()))
    }

    /// The LOGIN command.
    fn command(&mut self) -> Result<Status, StoreError> {
        let joined = self.joined()?;
        let link = &mut *self.link;
        let tag = link.tag();
        link.wire.set_doing("LOGIN");
        say(link, &format!("{tag} LOGIN <redacted>"));
        link.queue_octets(format!("{tag} LOGIN").as_bytes())?;
        let password = self.credentials.password.expose_secret();
        for word in [
            joined.as_deref().unwrap_or(&self.credentials.user),
            password,
        ] {
            link.queue_octets(b" ")?;
            if word.bytes().all(|b| matches!(b, b' '..=b'~')) {
                link.queue_octets(Zeroizing::new(quote(word)).as_bytes())?;
                continue;
            }
            // 8-bit text cannot be quoted (RFC 3501 §9, QUOTED-CHAR).
            let plus = self.capabilities.has("LITERAL+") || self.capabilities.has("LITERAL-");
            let sync = if plus { "+" } else { "" };
            link.queue_octets(format!("{{{}{sync}}}\r\n", word.len()).as_bytes())?;
            if !plus && let Some(status) = go_ahead(link, &tag, &mut self.heard)? {
                return accept(status, "LOGIN");
            }
            link.queue_octets(word.as_bytes())?;
        }
        link.queue_octets(b"\r\n")?;
        link.flush()?;
        link.finish(&tag, "LOGIN", &mut |untagged| {
            self.heard.note(&untagged);
            Ok(())
        })
    }
}

/// Gives a refused login its own kind, and takes the secrets out of the server's words.
fn refused(link: &Link, error: StoreError) -> StoreError {
    let redact = |text: &str| link.wire.redact(text);
    match error {
        StoreError::Refused { refusal, .. } => {
            let refusal = Refusal {
                text: redact(&refusal.text),
                ..refusal
            };
            match refusal.code.as_deref() {
                Some("LIMIT" | "INUSE" | "UNAVAILABLE") => StoreError::TooManyConnections(refusal),
                _ => StoreError::LoginRefused(refusal),
            }
        }
        StoreError::LoginBroken { mechanism, reason } => StoreError::LoginBroken {
            mechanism,
            reason: redact(&reason),
        },
        StoreError::Malformed { doing, excerpt } => StoreError::Malformed {
            doing,
            excerpt: redact(&excerpt),
        },
        StoreError::Bye { text } => StoreError::Bye {
            text: redact(&text),
        },
        other => other,
    }
}

/// Sends what is queued and waits for `+`; the tagged answer, where that comes instead.
fn go_ahead(link: &mut Link, tag: &str, heard: &mut Heard) -> Result<Option<Status>, StoreError> {
    link.flush()?;
    let status = link.go_ahead(tag, &mut |untagged| {
        heard.note(&untagged);
        Ok(())
    })?;
    match status {
        Some(status) if status.condition == Condition::Ok => {
            Err(link.kill(StoreError::malformed("login", status.text.as_bytes())))
        }
        other => Ok(other),
    }
}
