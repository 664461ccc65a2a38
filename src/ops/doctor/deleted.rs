//! Other people's mail that Asterisk's next EXPUNGE would remove.
//!
//! Asterisk never expunges selectively: leaving a message expunges everything `\Deleted` in
//! imapfolder (unless `expungeonhangup=no`), and deleting by phone always does, the owner's private
//! mail included (asterisk-findings 1.1, tried live).

use std::collections::HashSet;

use super::catalogue as code;
use super::check::{Check, Group};
use super::visit::Chart;
use crate::mailstore::error::StoreError;
use crate::mailstore::search::Search;
use crate::mailstore::session::Session;
use crate::mailstore::types::Asked;
use crate::ops::index::COUNTED;
use crate::voicemail::terms::Terms;

const GROUP: Group = Group::Hazards;

/// Counts what is marked `\Deleted` in each imapfolder and belongs to none of the account's boxes.
pub(super) fn check(
    chart: &Chart<'_>,
    session: &mut Session,
    checks: &mut Vec<Check>,
) -> Result<(), StoreError> {
    let own: HashSet<Terms> = chart
        .boxes()
        .iter()
        .filter_map(|one| {
            let mailbox = chart.conf.mailbox(one)?;
            Some(Terms::new(
                chart.conf.extension_header(mailbox),
                &one.context,
            ))
        })
        .collect();
    let expunges = chart.conf.general.expungeonhangup.value;
    for name in chart.imapfolders() {
        session.examine(name)?;
        let marked = session.search(&Search::deleted())?;
        let mut foreign = 0_u64;
        if !marked.is_empty() {
            session.envelopes_of(&marked, &Asked::fields(COUNTED), &mut |envelope| {
                let [extension, context] = [COUNTED[0], COUNTED[1]].map(|f| envelope.field(f));
                let owned = match (extension, context) {
                    (Some(extension), Some(context)) => {
                        own.contains(&Terms::new(&extension, &context))
                    }
                    _ => false,
                };
                // A client may have taken the mark away meanwhile.
                foreign += u64::from(envelope.flags.deleted && !owned);
            })?;
        }
        if foreign > 0 {
            let row = if expunges {
                &code::WILL_EXPUNGE
            } else {
                &code::MAY_EXPUNGE
            };
            let are = if foreign == 1 {
                "message is"
            } else {
                "messages are"
            };
            let text = format!(
                "{foreign} {are} marked \\Deleted in {name} and no voicemail of its mailboxes"
            );
            checks.push(Check::finding(row, GROUP, "expunge", chart.label, text));
        } else if name.is_inbox() {
            let text = format!(
                "voicemail is kept in {name} (expungeonhangup={})",
                if expunges { "yes" } else { "no" }
            );
            let row = &code::SHARED_INBOX;
            checks.push(Check::finding(row, GROUP, "expunge", chart.label, text));
        } else {
            let text = format!("nothing of others is marked \\Deleted in {name}");
            checks.push(Check::pass(GROUP, "expunge", chart.label, text));
        }
    }
    Ok(())
}
