//! Whether whoever logs in may do what Asterisk does: RFC 4314's rights, and the folder that is not
//! there for a master user.
//!
//! With Dovecot's ACL plugin a master user has rights of his own, usually none: the login works, and
//! INBOX then "doesn't exist" (imap-crate.md, tried live).

use super::catalogue as code;
use super::check::{Check, Group};
use super::visit::Chart;
use crate::mailstore::error::StoreError;
use crate::mailstore::name::MailboxName;
use crate::mailstore::session::Session;

const GROUP: Group = Group::Login;

/// What Asterisk does in a folder, by right: find it, read, keep `\Seen`, mark, append, mark
/// deleted, expunge (RFC 4314 §2.1).
const NEEDED: &str = "lrswite";

/// Judges the account's rights; says whether INBOX can be opened at all.
pub(super) fn check(
    chart: &Chart<'_>,
    session: &mut Session,
    checks: &mut Vec<Check>,
) -> Result<bool, StoreError> {
    let row = match chart.auth_user {
        Some(_) => &code::MASTER_RIGHTS,
        None => &code::NO_RIGHTS,
    };
    let who = chart.auth_user.unwrap_or("the account's own user");
    let mut closed = chart.there.iter().filter_map(|(name, status)| {
        let refusal = status.as_ref().err()?;
        Some((name, refusal))
    });
    if let Some((name, refusal)) = closed.next() {
        let text = format!("{who} is let in, but {name} is refused: {refusal}");
        checks.push(Check::finding(row, GROUP, "rights", chart.label, text));
        if name.is_inbox() || closed.any(|(name, _)| name.is_inbox()) {
            return Ok(false);
        }
    }
    let names: Vec<MailboxName> = chart
        .layout
        .shelves
        .iter()
        .map(|shelf| shelf.name.clone())
        .filter(|name| chart.status(name).is_some())
        .collect();
    let Some(rights) = session.my_rights(&names)? else {
        return Ok(true);
    };
    let mut lacking = Vec::new();
    for (name, answer) in names.iter().zip(rights) {
        match answer {
            Ok(rights) => {
                let missing: String = NEEDED.chars().filter(|r| !rights.has(*r)).collect();
                if !missing.is_empty() {
                    lacking.push(format!("{missing} on {name}"));
                }
            }
            Err(refusal) => lacking.push(format!("MYRIGHTS {name}: {refusal}")),
        }
    }
    checks.push(if lacking.is_empty() {
        let text = format!("{who} has {NEEDED} on all voicemail folders");
        Check::pass(GROUP, "rights", chart.label, text)
    } else {
        let text = format!("{who} lacks {}", lacking.join(", "));
        Check::finding(row, GROUP, "rights", chart.label, text)
    });
    Ok(true)
}
