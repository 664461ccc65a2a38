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
use crate::mailstore::name::MailboxName;
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
    let all = chart.boxes().iter();
    let own: HashSet<Terms> = all
        .filter_map(|one| {
            let extension = chart.conf.extension_header(chart.conf.mailbox(one)?);
            Some(Terms::new(extension, &one.context))
        })
        .collect();
    for name in chart.imapfolders() {
        session.examine(name)?;
        let foreign = foreign(session, &own)?;
        checks.push(judge(chart, name, foreign));
    }
    Ok(())
}

/// Marked messages of the open folder that are no voicemail of these.
fn foreign(session: &mut Session, own: &HashSet<Terms>) -> Result<u64, StoreError> {
    let marked = session.search(&Search::deleted())?;
    let mut foreign = 0;
    if marked.is_empty() {
        return Ok(0);
    }
    session.envelopes_of(&marked, &Asked::fields(COUNTED), &mut |envelope| {
        let [extension, context] = [COUNTED[0], COUNTED[1]].map(|f| envelope.field(f));
        let owned = match (extension, context) {
            (Some(extension), Some(context)) => own.contains(&Terms::new(&extension, &context)),
            _ => false,
        };
        // A client may have taken the mark away meanwhile.
        foreign += u64::from(envelope.flags.deleted && !owned);
    })?;
    Ok(foreign)
}

fn judge(chart: &Chart<'_>, name: &MailboxName, foreign: u64) -> Check {
    const TOPIC: &str = "expunge";
    let expunges = chart.conf.general.expungeonhangup.value;
    if foreign > 0 {
        let row = if expunges {
            &code::WILL_EXPUNGE
        } else {
            &code::MAY_EXPUNGE
        };
        let marked = match foreign {
            1 => "1 message is marked".to_owned(),
            n => format!("{n} messages are marked"),
        };
        let text = format!("{marked} \\Deleted in {name} and no voicemail of its mailboxes");
        return Check::finding(row, GROUP, TOPIC, chart.label, text);
    }
    if name.is_inbox() {
        let set = if expunges { "yes" } else { "no" };
        let text = format!("voicemail is kept in {name} (expungeonhangup={set})");
        return Check::finding(&code::SHARED_INBOX, GROUP, TOPIC, chart.label, text);
    }
    let text = format!("nothing of others is marked \\Deleted in {name}");
    Check::pass(GROUP, TOPIC, chart.label, text)
}
