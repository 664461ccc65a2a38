//! Logging in: every way that is configured, judged over the accounts that were visited; and whether
//! Asterisk's mail library knows one of the ways that the server offers.
//!
//! Source: c-client's `imap_open`, `imap_auth` and `imap_login`; its list of authenticators as
//! Debian builds it. It has neither SCRAM nor tokens.

use std::time::Duration;

use super::catalogue as code;
use super::check::{Check, Group};
use super::door::{Door, took};
use super::visit::Facts;
use crate::mailstore::capability::Capabilities;
use crate::mailstore::mechanism::Mechanism;
use crate::ops::fleet;
use crate::ops::words::plural;

const GROUP: Group = Group::Login;

/// Who logs in for an account, where that is somebody else, in what form, and by what.
type How<'a> = (Option<&'a str>, Option<&'a str>, Mechanism);

/// Accounts that voicemail.conf does not tell how to log in for.
pub(super) fn unusable(groups: &[fleet::Group]) -> Vec<Check> {
    let broken = groups.iter().filter_map(|group| {
        let error = group.account.as_ref().err()?;
        let vmbox = group.boxes.first()?;
        let row = &code::ACCOUNT_UNUSABLE;
        Some(Check::finding(
            row,
            GROUP,
            "account",
            vmbox.to_string(),
            error.to_string(),
        ))
    });
    broken.collect()
}

/// How many accounts were let in by each way, and how many were not visited at all.
pub(super) fn check(
    door: &Door,
    visited: usize,
    facts: &[&Facts],
    interrupted: bool,
) -> Vec<Check> {
    let label = door.label.as_str();
    let mut checks = Vec::new();
    let mut ways: Vec<(How<'_>, Vec<Duration>)> = Vec::new();
    for one in facts {
        let form = one.user_format.as_deref();
        let way = (one.auth_user.as_deref(), form, one.way.mechanism);
        match ways.iter_mut().find(|(known, _)| *known == way) {
            Some((_, times)) => times.push(one.login),
            None => ways.push((way, vec![one.login])),
        }
    }
    checks.extend(offers(door, facts));
    for ((master, form, mechanism), mut times) in ways {
        times.sort_unstable();
        let how = match (master, form) {
            (Some(master), Some(form)) => format!(
                "for whom {master} logs in as {form} (Asterisk's mail library never does, but names \
                 both by PLAIN)"
            ),
            (Some(master), None) => format!("for whom {master} logs in"),
            (None, _) if times.len() == 1 => "in its own name".to_owned(),
            (None, _) => "in their own name".to_owned(),
        };
        let median = times.get(times.len() / 2).copied().unwrap_or_default();
        let slowest = times.last().copied().unwrap_or_default();
        let text = format!(
            "{} {how}: let in by {mechanism}, {} (slowest {})",
            accounts(times.len()),
            took(median),
            took(slowest)
        );
        checks.push(Check::pass(GROUP, "login", label, text));
    }
    let all = door.groups.len();
    if visited < all {
        let text = format!(
            "{} of {} were not visited; {}",
            all - visited,
            accounts(all),
            if interrupted {
                "interrupted"
            } else {
                "--all visits them too"
            }
        );
        checks.push(Check::skipped(GROUP, "sample", label, text));
    }
    checks
}

/// The ways to log in that a server offers, as `--auth` calls those that vmimap knows.
pub(super) fn offered(capabilities: &Capabilities) -> Vec<String> {
    let named = capabilities
        .iter()
        .filter_map(|word| word.strip_prefix("AUTH="));
    let mut all: Vec<String> = named
        .map(|name| match name {
            "LOGIN" => Mechanism::SaslLogin.name().to_owned(),
            other => other.to_owned(),
        })
        .collect();
    if !capabilities.has("LOGINDISABLED") {
        all.push(Mechanism::Login.name().to_owned());
    }
    all
}

/// What is offered, what was refused on the way, and what Asterisk will make of it.
fn offers(door: &Door, facts: &[&Facts]) -> Vec<Check> {
    let label = door.label.as_str();
    let Some(first) = facts.first() else {
        return Vec::new();
    };
    let mut checks = Vec::new();
    let offered = first.offered.join(", ");
    let master = first.auth_user.is_some();
    if let Some(one) = asterisks(&first.offered, door.flags.secure, master) {
        let text = format!("{offered}; Asterisk's mail library begins with {one}");
        checks.push(Check::pass(GROUP, "mechanisms", label, text));
    } else {
        let mut text = format!("{offered}: none of them is a way for Asterisk");
        if door.flags.secure {
            text.push_str(", with imapflags=secure");
        }
        let row = &code::NO_WAY_FOR_ASTERISK;
        checks.push(Check::finding(row, GROUP, "mechanisms", label, text));
    }
    let refused = facts.iter().find(|one| !one.way.before.is_empty());
    if let Some(one) = refused {
        let before = one.way.before.iter();
        let before: Vec<String> = before
            .map(|(way, error)| format!("{way}: {error}"))
            .collect();
        let text = format!("{}; {} let in", before.join("; "), one.way.mechanism);
        let row = &code::OFFERED_IN_VAIN;
        let check = Check::finding(row, GROUP, "mechanisms", one.label.as_str(), text);
        checks.push(check);
    }
    checks
}

/// What c-client tries first with a password: a ticket or a certificate it would not have. The
/// LOGIN command only where it knows none of what is offered.
fn asterisks(offered: &[String], secure: bool, master: bool) -> Option<Mechanism> {
    let has = |one: &Mechanism| offered.iter().any(|name| name == one.name());
    let known = [Mechanism::CramMd5, Mechanism::Plain, Mechanism::SaslLogin];
    let mut usable = known.into_iter().filter(|one| {
        has(one) && (!secure || !one.reveals()) && (!master || one.acts_for_others())
    });
    usable.next().or_else(|| {
        let command = Some(Mechanism::Login);
        command.filter(|one| has(one) && !secure && !master)
    })
}

fn accounts(n: usize) -> String {
    plural(n, "account", "accounts")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(words: &str, secure: bool, master: bool) -> Option<Mechanism> {
        asterisks(&offered(&Capabilities::from_words(words)), secure, master)
    }

    #[test]
    fn what_asterisk_begins_with_is_what_c_client_takes() {
        let all = "AUTH=PLAIN AUTH=LOGIN AUTH=CRAM-MD5 AUTH=SCRAM-SHA-256";
        assert_eq!(first(all, false, false), Some(Mechanism::CramMd5));
        assert_eq!(first(all, false, true), Some(Mechanism::Plain));
        assert_eq!(
            first("AUTH=LOGIN", false, false),
            Some(Mechanism::SaslLogin)
        );
        assert_eq!(first("IMAP4rev1", false, false), Some(Mechanism::Login));
        for (words, secure, master) in [
            ("AUTH=SCRAM-SHA-256 LOGINDISABLED", false, false),
            ("AUTH=PLAIN AUTH=SCRAM-SHA-256", true, false),
            ("AUTH=CRAM-MD5", false, true),
            ("IMAP4rev1", true, false),
        ] {
            assert_eq!(first(words, secure, master), None, "{words}");
        }
    }
}
