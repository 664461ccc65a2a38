//! Logging in: every way that is configured, judged over the accounts that were visited.

use std::time::Duration;

use super::catalogue as code;
use super::check::{Check, Group};
use super::door::{Door, took};
use super::visit::Facts;
use crate::ops::fleet;

const GROUP: Group = Group::Login;

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
    let mut ways: Vec<(Option<&str>, Vec<Duration>)> = Vec::new();
    for one in facts {
        let way = one.auth_user.as_deref();
        match ways.iter_mut().find(|(known, _)| *known == way) {
            Some((_, times)) => times.push(one.login),
            None => ways.push((way, vec![one.login])),
        }
    }
    for (way, mut times) in ways {
        times.sort_unstable();
        let how = match way {
            Some(master) => format!("for whom {master} logs in"),
            None => "with a password of their own".to_owned(),
        };
        let median = times.get(times.len() / 2).copied().unwrap_or_default();
        let slowest = times.last().copied().unwrap_or_default();
        let text = format!(
            "{} {how}: let in, {} (slowest {})",
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

fn accounts(n: usize) -> String {
    match n {
        1 => "1 account".to_owned(),
        n => format!("{n} accounts"),
    }
}
