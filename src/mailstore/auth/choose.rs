//! Which ways to log in are tried, and in which order; pure.
//!
//! As c-client chooses, where nothing is said: the strongest the server offers, of those that can
//! name the mailbox's owner where a master user logs in, without those that send a password where
//! `secure` forbids it. c-client goes on to the next way after each refusal, since a server offers
//! challenges for passwords that it keeps in a form of no use for them; here one way of each kind
//! of [`Proof`] is tried, so that a wrong password counts twice at most.
//!
//! Source: c-client's `imap_open`, `imap_auth`, `imap_login`, `mail_lookup_auth_name`; RFC 3501
//! §6.2.3 (LOGINDISABLED).

use secrecy::ExposeSecret as _;

use super::super::capability::Capabilities;
use super::super::error::StoreError;
use super::super::mechanism::{Mechanism, Proof};
use super::super::options::{Credentials, LoginOptions};

/// What there is to choose with.
pub(super) struct Means<'a> {
    pub(super) credentials: &'a Credentials,
    pub(super) login: &'a LoginOptions,
    /// Whether a client certificate has been shown: there is one, and TLS.
    pub(super) certificate: bool,
    /// Whether there is a Kerberos ticket, or why not.
    pub(super) ticket: &'a dyn Fn() -> Result<(), String>,
}

/// The ways to try, in this order; at least one.
pub(super) fn choose(
    means: &Means<'_>,
    capabilities: &Capabilities,
    greeting: &str,
) -> Result<Vec<Mechanism>, StoreError> {
    let none = |reason: String| Err(StoreError::NoLoginMethod { reason });
    // It ignores the authorisation identity: everything would land in the master's mailbox.
    let apart = means.credentials.master().is_some() && means.login.user_format.is_none();
    if apart && greeting.contains("Courier-IMAP") {
        return none(
            "Courier ignores master users: it would open the master's own mailbox".to_owned(),
        );
    }
    if let Some(only) = means.login.mechanism {
        return match objection(means, capabilities, only) {
            None => Ok(vec![only]),
            Some(why) => none(format!("{only} is asked for, but {why}")),
        };
    }
    let mut chosen: Vec<Mechanism> = Vec::new();
    let mut objections = Vec::new();
    for one in Mechanism::ALL {
        if !offered(capabilities, one) {
            continue;
        }
        match objection(means, capabilities, one) {
            Some(why) => objections.push(format!("{one}: {why}")),
            None if chosen.iter().any(|other| other.proof() == one.proof()) => {}
            None => chosen.push(one),
        }
    }
    if chosen.is_empty() {
        return none(nothing(means, capabilities, &objections));
    }
    // c-client sends a master's password, and Dovecot 2.3 takes no other way to name the owner:
    // each account would cost a refused login first.
    let sends = |one: &Mechanism| one.proof() == Proof::Password;
    if means.credentials.master().is_some() && chosen.iter().any(sends) {
        chosen.retain(|one| one.proof() != Proof::Challenge);
    }
    if let Some(first) = means.login.first {
        // Stable: the others keep their order.
        chosen.sort_by_key(|one| *one != first);
    }
    Ok(chosen)
}

/// Why there is nothing to choose.
fn nothing(means: &Means<'_>, capabilities: &Capabilities, objections: &[String]) -> String {
    if capabilities.has("LOGINDISABLED") && objections.is_empty() {
        return "the server allows no login on this connection (LOGINDISABLED)".to_owned();
    }
    if means.credentials.master().is_some() {
        return format!(
            "a master user needs AUTH=PLAIN or another way to name the mailbox's owner, which the \
             server does not offer ({})",
            objections.join("; ")
        );
    }
    format!(
        "no way that the server offers will do ({})",
        objections.join("; ")
    )
}

/// Whether the server offers it. LOGIN needs no offer; LOGINDISABLED takes it back.
fn offered(capabilities: &Capabilities, one: Mechanism) -> bool {
    match one.sasl_name() {
        Some(name) => capabilities.has(&format!("AUTH={name}")),
        None => !capabilities.has("LOGINDISABLED"),
    }
}

/// What speaks against a way to log in.
fn objection(means: &Means<'_>, capabilities: &Capabilities, one: Mechanism) -> Option<String> {
    let because = |why: &str| Some(why.to_owned());
    if !offered(capabilities, one) {
        return because("the server does not offer it");
    }
    if means.login.secure && one.reveals() {
        return because("secure in imapflags forbids sending a password or token");
    }
    let names_owner = one.acts_for_others() || means.login.joining(one.proof()).is_some();
    if means.credentials.master().is_some() && !names_owner {
        return because("it cannot name the mailbox's owner beside the master user");
    }
    match one.proof() {
        Proof::Ticket => (means.ticket)().err(),
        Proof::Certificate if !means.certificate => {
            because("there is no client certificate, or no TLS to show it in")
        }
        Proof::Token if means.login.token.is_none() => because("there is no token"),
        // Whoever gives a token does not want the password sent instead.
        Proof::Challenge | Proof::Password if means.login.token.is_some() => {
            because("a token is to be used")
        }
        Proof::Challenge | Proof::Password if no_password(means.credentials) => {
            because("there is no password")
        }
        _ => None,
    }
}

fn no_password(credentials: &Credentials) -> bool {
    credentials.password.expose_secret().is_empty()
}

#[cfg(test)]
#[path = "choose/tests.rs"]
mod tests;
