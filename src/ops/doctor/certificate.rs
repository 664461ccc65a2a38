//! What Asterisk's mail library makes of a server's certificates, and whether vmimap can use them.
//!
//! Asterisk checks chain, name and dates unless `novalidate-cert`; a certificate it does not take
//! means no connection at all (tried live). Dates are judged here for the whole chain.

use super::catalogue as code;
use super::cclient;
use super::check::{Check, Group};
use super::door::Door;
use crate::mailstore::probe::{Certificate, TlsFacts, probe};
use crate::ops::words::plural;
use crate::voicemail::notice::CodeRow;

const GROUP: Group = Group::Server;
const TOPIC: &str = "certificate";

/// A certificate that expires within this many seconds is worth a warning.
const SOON: i64 = 21 * DAY;
const DAY: i64 = 86_400;

/// Judges the certificates; says whether vmimap can go on to log in.
pub fn judge(door: &Door, facts: &TlsFacts, checks: &mut Vec<Check>) -> bool {
    let label = door.label.as_str();
    let own = match facts.chain.first() {
        Some(Ok(own)) => own,
        other => {
            let why = match other {
                Some(Err(why)) => why.as_str(),
                _ => "the server showed none",
            };
            checks.push(Check::finding(&code::UNTRUSTED, GROUP, TOPIC, label, why));
            return !door.options.tls.verify;
        }
    };
    // Asterisk knows nothing of --tls-ca; vmimap does.
    let trusted = facts.chain_trusted.is_ok()
        || (door.options.tls.extra_ca.is_some() && trusted_with_extra(door));
    let chain = reason(own, &facts.chain_trusted).map(|why| {
        let row = if trusted {
            &code::ONLY_EXTRA_CA
        } else {
            &code::UNTRUSTED
        };
        (row, why)
    });
    if door.flags.validate_cert {
        validated(door, own, facts, chain, checks);
    } else {
        let refused = cclient::takes(own, &door.options.host).err();
        let text = match refused.or(chain.map(|(_, why)| why)) {
            Some(why) => format!("is not checked; it would be refused: {why}"),
            None => "is not checked, and would stand the check".to_owned(),
        };
        checks.push(Check::finding(
            &code::NOT_VALIDATED,
            GROUP,
            TOPIC,
            label,
            text,
        ));
    }
    for_vmimap(door, facts, checks) && (trusted || !door.options.tls.verify)
}

fn trusted_with_extra(door: &Door) -> bool {
    let seen = probe(&door.options);
    let facts = seen.tls.value();
    facts.is_some_and(|facts| facts.chain_trusted.is_ok())
}

/// The verdict of Asterisk's library.
fn validated(
    door: &Door,
    own: &Certificate,
    facts: &TlsFacts,
    chain: Option<(&CodeRow, String)>,
    checks: &mut Vec<Check>,
) {
    let label = door.label.as_str();
    let before = checks.len();
    dates(label, facts, jiff::Timestamp::now().as_second(), checks);
    let out_of_time = |check: &Check| check.code == Some(code::EXPIRED.code);
    if let Some((row, why)) = chain
        && !checks[before..].iter().any(out_of_time)
    {
        checks.push(Check::finding(row, GROUP, TOPIC, label, why));
    }
    if let Err(why) = cclient::takes(own, &door.options.host) {
        checks.push(Check::finding(&code::WRONG_NAME, GROUP, TOPIC, label, why));
    }
    if checks.len() == before {
        let until = day(own.not_after);
        let text = format!("for {}, {}, until {until}", door.options.host, issuer(own));
        checks.push(Check::pass(GROUP, TOPIC, label, text));
    }
}

/// Why the chain is not trusted.
fn reason(own: &Certificate, verdict: &Result<(), String>) -> Option<String> {
    let why = verdict.as_ref().err()?;
    Some(if own.self_signed {
        format!("it is self-signed: {why}")
    } else {
        format!("{why} ({})", issuer(own))
    })
}

fn issuer(own: &Certificate) -> String {
    format!("issued by {}", own.issuer)
}

/// The times of all certificates but an authority's own, which the other side has itself.
fn dates(label: &str, facts: &TlsFacts, now: i64, checks: &mut Vec<Check>) {
    for (at, certificate) in facts.chain.iter().enumerate() {
        let Ok(certificate) = certificate else {
            continue;
        };
        if at > 0 && certificate.self_signed {
            continue;
        }
        let whose = if at == 0 {
            String::new()
        } else {
            format!("{}: ", certificate.subject)
        };
        let (row, text) = if certificate.not_after < now {
            let days = days(now - certificate.not_after);
            let day = day(certificate.not_after);
            (
                &code::EXPIRED,
                format!("{whose}expired {days} ago, on {day}"),
            )
        } else if certificate.not_before > now {
            let day = day(certificate.not_before);
            (&code::EXPIRED, format!("{whose}is valid from {day} only"))
        } else if certificate.not_after - now < SOON {
            let days = days(certificate.not_after - now);
            let day = day(certificate.not_after);
            (
                &code::EXPIRES_SOON,
                format!("{whose}expires in {days}, on {day}"),
            )
        } else {
            continue;
        };
        checks.push(Check::finding(row, GROUP, TOPIC, label, text));
    }
}

/// What keeps vmimap out although Asterisk may be content.
fn for_vmimap(door: &Door, facts: &TlsFacts, checks: &mut Vec<Check>) -> bool {
    let label = door.label.as_str();
    if let Err(why) = &facts.key_proven {
        checks.push(Check::finding(
            &code::ODD_CERTIFICATE,
            GROUP,
            TOPIC,
            label,
            why,
        ));
        return false;
    }
    if let (Err(why), true) = (&facts.name_matches, door.options.tls.verify) {
        if !checks.iter().any(|c| c.code == Some(code::WRONG_NAME.code)) {
            let text = format!("{why}: vmimap reads alternative names only, not the common name");
            let found = Check::finding(&code::ODD_CERTIFICATE, GROUP, TOPIC, label, text);
            checks.push(found.hint("have a certificate made with the name as subjectAltName"));
        }
        return false;
    }
    true
}

/// Whole days of so many seconds.
fn days(seconds: i64) -> String {
    match seconds / DAY {
        0 => "less than a day".to_owned(),
        n => plural(n, "day", "days"),
    }
}

/// The day of an instant, UTC.
fn day(second: i64) -> String {
    jiff::Timestamp::from_second(second).map_or_else(
        |_| "a day beyond reckoning".to_owned(),
        |t| t.strftime("%Y-%m-%d").to_string(),
    )
}

#[cfg(test)]
mod tests;
