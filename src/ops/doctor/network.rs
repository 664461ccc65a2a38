//! A server seen from outside: name, addresses, port, greeting, TLS. No credential is used.

use std::net::IpAddr;

use super::catalogue as code;
use super::certificate;
use super::check::{Check, Group};
use super::door::{Door, took};
use crate::mailstore::capability::Capabilities;
use crate::mailstore::options::ConnectOptions;
use crate::mailstore::probe::{Outcome, Probe, probe};
use crate::voicemail::conf::Security;

const GROUP: Group = Group::Server;

/// What a look from outside yields for what comes after it.
#[derive(Debug, Default)]
pub struct Outside {
    /// What was found.
    pub checks: Vec<Check>,
    /// Whether vmimap can come as far as logging in.
    pub usable: bool,
    /// What the server announced before any login.
    pub capabilities: Option<Capabilities>,
}

/// Looks at a server.
#[must_use]
pub fn look(door: &Door) -> Outside {
    // Asterisk knows nothing of --tls-ca: the first look is with its eyes.
    let options = without_extra(&door.options);
    let seen = probe(&options);
    let mut outside = Outside::default();
    let label = door.label.as_str();
    match &seen.resolved {
        Outcome::Done { value, took: time } => {
            let addresses: Vec<String> = value.iter().map(|a| a.ip().to_string()).collect();
            let text = format!("{} in {}", addresses.join(", "), took(*time));
            outside.checks.push(Check::pass(GROUP, "name", label, text));
        }
        Outcome::Failed { error, .. } => {
            let found = Check::finding(&code::NO_NAME, GROUP, "name", label, error.to_string());
            outside.checks.push(found);
            return outside;
        }
        Outcome::Skipped(_) => return outside,
    }
    let Some(peer) = port(door, &seen, &mut outside.checks) else {
        return outside;
    };
    if !greeting(door, &seen, &mut outside.checks) {
        return outside;
    }
    outside.usable = tls(door, &seen, peer, &mut outside.checks);
    outside.capabilities = seen
        .under_tls
        .value()
        .or_else(|| seen.before_tls.value())
        .cloned();
    outside
}

fn without_extra(options: &ConnectOptions) -> ConnectOptions {
    let mut options = options.clone();
    options.tls.extra_ca = None;
    options
}

/// The address that answered first.
fn port(door: &Door, seen: &Probe, checks: &mut Vec<Check>) -> Option<IpAddr> {
    let mut first = None;
    let mut dead = Vec::new();
    for one in &seen.reached {
        match &one.connection {
            Outcome::Done { took: time, .. } => {
                first.get_or_insert((one.address.ip(), *time));
            }
            Outcome::Failed { error, .. } => dead.push(error.to_string()),
            Outcome::Skipped(_) => {}
        }
    }
    let label = door.label.as_str();
    let Some((peer, time)) = first else {
        let text = format!("{} ({})", dead.join("; "), door.origin);
        checks.push(Check::finding(&code::NO_PORT, GROUP, "port", label, text));
        return None;
    };
    let text = format!("reached in {} ({})", took(time), door.origin);
    checks.push(Check::pass(GROUP, "port", label, text));
    if !dead.is_empty() {
        let row = &code::SOME_ADDRESSES;
        checks.push(Check::finding(row, GROUP, "port", label, dead.join("; ")));
    }
    Some(peer)
}

/// Whether the server greeted, or TLS kept it from greeting (which is told where TLS is).
fn greeting(door: &Door, seen: &Probe, checks: &mut Vec<Check>) -> bool {
    let label = door.label.as_str();
    let asked = [&seen.before_tls, &seen.under_tls];
    let Some(failed) = seen
        .greeting
        .error()
        .or_else(|| asked.into_iter().find_map(Outcome::error))
    else {
        return true;
    };
    let row = &code::NO_GREETING;
    let found = Check::finding(row, GROUP, "greeting", label, failed.to_string());
    let hint = match (door.options.port, door.flags.security) {
        (993, security) if security != Security::ImplicitTls => {
            "port 993 speaks TLS from the first octet: set imapflags=ssl"
        }
        _ => row.cure,
    };
    checks.push(found.hint(hint));
    false
}

/// TLS and what it stands on; says whether vmimap can go on to log in.
fn tls(door: &Door, seen: &Probe, peer: IpAddr, checks: &mut Vec<Check>) -> bool {
    const TOPIC: &str = "TLS";
    let label = door.label.as_str();
    let here = peer.to_canonical().is_loopback();
    let security = door.flags.security;
    let facts = match &seen.tls {
        Outcome::Done { value, .. } => value,
        Outcome::Failed { error, .. } => {
            let found = Check::finding(&code::NO_TLS, GROUP, TOPIC, label, error.to_string());
            let hint = match (door.options.port, security) {
                (143, Security::ImplicitTls) => {
                    "imapflags=ssl means TLS from the first octet, which port 143 does not speak: \
                     set imapport=993, or imapflags=tls"
                }
                _ => code::NO_TLS.cure,
            };
            checks.push(found.hint(hint));
            return false;
        }
        Outcome::Skipped(why) => return without_tls(door, why, here, checks),
    };
    let how = match security {
        Security::ImplicitTls => "from the first octet",
        _ => "by STARTTLS",
    };
    let text = format!("{how}, {}, {}", facts.version, facts.cipher);
    checks.push(Check::pass(GROUP, TOPIC, label, text));
    if security == Security::StartTlsRequired {
        let text = "imapflags=tls is STARTTLS";
        let row = &code::OLD_STARTTLS;
        checks.push(Check::finding(row, GROUP, TOPIC, label, text));
    }
    let insists = matches!(security, Security::ImplicitTls | Security::StartTlsRequired);
    if !here && !insists {
        let text = "imapflags does not insist on it";
        let row = &code::TLS_BY_CHANCE;
        checks.push(Check::finding(row, GROUP, TOPIC, label, text));
    }
    certificate::judge(door, facts, checks)
}

/// No TLS, and why; `here` where the connection stays on this machine.
fn without_tls(door: &Door, why: &str, here: bool, checks: &mut Vec<Check>) -> bool {
    const TOPIC: &str = "TLS";
    let label = door.label.as_str();
    let insists = door.flags.security == Security::StartTlsRequired;
    checks.push(if insists {
        let text = format!("{why}, and imapflags=tls insists on it");
        Check::finding(&code::NO_TLS, GROUP, TOPIC, label, text)
    } else if here {
        let text = format!("none ({why}); the connection stays on this machine");
        Check::pass(GROUP, TOPIC, label, text)
    } else {
        let text = format!("none: {why}");
        Check::finding(&code::UNENCRYPTED, GROUP, TOPIC, label, text)
    });
    !insists
}

#[cfg(test)]
mod tests;
