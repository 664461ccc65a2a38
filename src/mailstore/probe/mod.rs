//! A look at a server from outside: what a doctor needs to know before anybody logs in.
//!
//! Name, addresses, greeting, capabilities, TLS and certificates, each step with its time and its own
//! failure; the next step is skipped only where there is nothing to stand on. No credential is
//! given, so none can be sent. Judges nothing but certificates, see [`trust`](Verdict); what
//! Asterisk's c-client makes of it is for the layer above. Invariant: returns within the timeouts,
//! whatever the server does.

mod certificate;
mod trust;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use certificate::{Certificate, SubjectName};
pub use trust::Verdict;

use super::auth;
use super::capability::Capabilities;
use super::error::StoreError;
use super::link::Link;
use super::options::{ConnectOptions, Security};
use super::transport::{Stream, Tcp, addresses};
use super::wire::Wire;
use trust::Witness;

/// What became of one step.
#[derive(Debug)]
pub enum Outcome<T> {
    /// It was done.
    Done {
        /// What it yielded.
        value: T,
        /// How long it took.
        took: Duration,
    },
    /// It failed.
    Failed {
        /// Why.
        error: StoreError,
        /// How long that took.
        took: Duration,
    },
    /// It was not tried, and why.
    Skipped(&'static str),
}

impl<T> Outcome<T> {
    /// What it yielded.
    #[must_use]
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Done { value, .. } => Some(value),
            _ => None,
        }
    }

    /// Why it failed.
    #[must_use]
    pub fn error(&self) -> Option<&StoreError> {
        match self {
            Self::Failed { error, .. } => Some(error),
            _ => None,
        }
    }

    fn of(work: impl FnOnce() -> Result<T, StoreError>) -> Self {
        let began = Instant::now();
        let result = work();
        let took = began.elapsed();
        match result {
            Ok(value) => Self::Done { value, took },
            Err(error) => Self::Failed { error, took },
        }
    }
}

/// One address of the server and whether it can be reached.
#[derive(Debug)]
pub struct Reached {
    /// The address.
    pub address: SocketAddr,
    /// Whether a connection came about.
    pub connection: Outcome<()>,
}

/// What TLS is like on this server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFacts {
    /// The protocol, as in `TLSv1_3`.
    pub version: String,
    /// The cipher suite, as in `TLS13_AES_256_GCM_SHA384`.
    pub cipher: String,
    /// The certificates the server shows, its own first; those that cannot be read say why.
    pub chain: Vec<Result<Certificate, String>>,
    /// Whether the chain leads to an authority that the system or the extra file trusts, now.
    pub chain_trusted: Verdict,
    /// Whether the server's certificate is for the host that was asked for (by its alternative
    /// names; the common name does not count here).
    pub name_matches: Verdict,
    /// Whether the server proved that it has the certificate's key. Where not, vmimap cannot
    /// use the server even with `novalidate-cert`.
    pub key_proven: Verdict,
}

/// What a server shows to someone who does not log in.
#[derive(Debug)]
pub struct Probe {
    /// `host:port` as it was asked for.
    pub address: String,
    /// The addresses of the host, each once, in the resolver's order.
    pub resolved: Outcome<Vec<SocketAddr>>,
    /// Each of them. The steps below are taken with the first that can be reached.
    pub reached: Vec<Reached>,
    /// The text of the greeting.
    pub greeting: Outcome<String>,
    /// The capabilities before TLS; skipped under TLS from the first octet.
    pub before_tls: Outcome<Capabilities>,
    /// TLS: from the first octet or by STARTTLS, as the options say; skipped where they want none,
    /// or the server offers none.
    pub tls: Outcome<TlsFacts>,
    /// The capabilities under TLS.
    pub under_tls: Outcome<Capabilities>,
}

const NOT_REACHED: &str = "the server was not reached";
const NO_GREETING: &str = "the server did not greet";
const NO_TLS: &str = "TLS did not come about";

/// Looks at a server without logging in. Certificates are described and judged, never depended on:
/// `options.tls.verify` does not matter here. Safe to repeat.
///
/// Takes at most `timeouts.connect` for the name and for each address, and a few `timeouts.read`
/// for each answer.
#[must_use]
pub fn probe(options: &ConnectOptions) -> Probe {
    let resolved = Outcome::of(|| addresses(options));
    let mut first = None;
    let found = resolved.value().map_or(&[][..], Vec::as_slice);
    let reached = found
        .iter()
        .map(|&address| Reached {
            address,
            connection: Outcome::of(|| {
                let to = ConnectOptions {
                    host: address.ip().to_string(),
                    ..options.clone()
                };
                let tcp = Tcp::connect(&to)?;
                first.get_or_insert(tcp);
                Ok(())
            }),
        })
        .collect();
    let mut probe = Probe {
        address: options.address(),
        resolved,
        reached,
        greeting: Outcome::Skipped(NOT_REACHED),
        before_tls: Outcome::Skipped(NOT_REACHED),
        tls: Outcome::Skipped(NOT_REACHED),
        under_tls: Outcome::Skipped(NOT_REACHED),
    };
    if let Some(tcp) = first {
        let stream = Stream::Plain(tcp);
        if options.security == Security::ImplicitTls {
            look_under_tls(&mut probe, stream, options);
        } else {
            look(&mut probe, stream, options);
        }
    }
    probe
}

/// Greeting and capabilities in plain, then STARTTLS where offered and wanted.
fn look(probe: &mut Probe, stream: Stream, options: &ConnectOptions) {
    let mut link = Link::new(Wire::new(stream, options));
    (probe.greeting, probe.before_tls) = look_around(&mut link, options);
    let offered = match probe.before_tls.value() {
        None => Err(if probe.greeting.value().is_some() {
            "the server's capabilities are not known"
        } else {
            NO_GREETING
        }),
        Some(_) if options.security == Security::Plain => Err("no TLS is wanted"),
        Some(known) if !known.has("STARTTLS") => Err("the server offers no STARTTLS"),
        Some(_) => Ok(()),
    };
    if let Err(why) = offered {
        probe.tls = Outcome::Skipped(why);
        probe.under_tls = Outcome::Skipped(why);
        leave(link);
        return;
    }
    let witness = Witness::new();
    probe.tls = Outcome::of(|| {
        auth::ask_for_tls(&mut link, options)?;
        let config = witness.config(options).map_err(|reason| StoreError::Tls {
            addr: options.address(),
            reason,
        })?;
        let secured = link.wire.secure_with(options, config);
        secured.map_err(|e| link.kill(e))?;
        Ok(facts(&link.wire, &witness, options))
    });
    probe.under_tls = match probe.tls {
        Outcome::Done { .. } => Outcome::of(|| auth::ask_capabilities(&mut link)),
        _ => Outcome::Skipped(NO_TLS),
    };
    leave(link);
}

/// TLS from the first octet, then greeting and capabilities.
fn look_under_tls(probe: &mut Probe, stream: Stream, options: &ConnectOptions) {
    probe.before_tls = Outcome::Skipped("TLS begins with the first octet");
    let witness = Witness::new();
    let mut link = None;
    probe.tls = Outcome::of(|| {
        let config = witness.config(options).map_err(|reason| StoreError::Tls {
            addr: options.address(),
            reason,
        })?;
        let wire = Wire::new(stream.secure_with(options, config)?, options);
        let facts = facts(&wire, &witness, options);
        link = Some(Link::new(wire));
        Ok(facts)
    });
    let Some(mut link) = link else {
        probe.greeting = Outcome::Skipped(NO_TLS);
        probe.under_tls = Outcome::Skipped(NO_TLS);
        return;
    };
    (probe.greeting, probe.under_tls) = look_around(&mut link, options);
    leave(link);
}

/// Reads the greeting, and the capabilities out of it or by asking.
fn look_around(
    link: &mut Link,
    options: &ConnectOptions,
) -> (Outcome<String>, Outcome<Capabilities>) {
    let mut announced = None;
    let greeting = Outcome::of(|| {
        let (text, capabilities) = auth::greet(link, options)?;
        announced = capabilities;
        Ok(text)
    });
    let capabilities = match greeting {
        Outcome::Done { .. } => Outcome::of(|| match announced {
            Some(capabilities) => Ok(capabilities),
            None => auth::ask_capabilities(link),
        }),
        _ => Outcome::Skipped(NO_GREETING),
    };
    (greeting, capabilities)
}

fn facts(wire: &Wire, witness: &Arc<Witness>, options: &ConnectOptions) -> TlsFacts {
    let (version, cipher) = wire.tls_session().unwrap_or_default();
    let verdicts = witness.verdicts(options);
    TlsFacts {
        version,
        cipher,
        chain: witness
            .chain()
            .iter()
            .map(|octets| certificate::read(octets))
            .collect(),
        chain_trusted: verdicts.chain,
        name_matches: verdicts.name,
        key_proven: verdicts.key,
    }
}

/// Says goodbye and hangs up, without waiting for an answer.
fn leave(mut link: Link) {
    if link.alive().is_ok() {
        let tag = link.tag();
        // Whether the server hears it changes nothing.
        let _ = link
            .queue(&format!("{tag} LOGOUT"))
            .and_then(|()| link.flush());
    }
    link.close();
}
