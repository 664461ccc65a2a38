//! Removing what a new greeting replaces, as Asterisk does when one is recorded; but by UID, and only
//! once the new one has been read back.

use crate::mailstore::session::{Candidate, Session};
use crate::mailstore::types::Uid;
use crate::ops::error::BoxError;
use crate::ops::lane::Lane;
use crate::ops::migrate::journal::Line;
use crate::ops::migrate::plan::PlanItem;
use crate::ops::migrate::report::BoxReport;
use crate::ops::migrate::work::Work;

use super::look::Shelf;
use super::plan::{GreetingPlan, Replaced};

/// Removes what the plan says, for each new greeting that is there.
///
/// # Errors
/// When the connection or the journal fails. Safe to repeat with a new plan: old greetings that are
/// still there are planned again.
pub(super) fn replace(
    lane: &mut Lane<'_>,
    work: &mut Work<'_>,
    plan: &GreetingPlan,
    shelf: &Shelf,
    report: &mut BoxReport,
) -> Result<(), BoxError> {
    if plan.replaced.is_empty() {
        return Ok(());
    }
    lane.changed();
    let (session, _) = lane.connected()?;
    for replaced in &plan.replaced {
        let mut items = plan.plan.items.iter();
        let item = items.find(|item| item.candidate.key == replaced.key);
        let Some(item) = item.filter(|_| work.ledger.done(&replaced.key)) else {
            continue;
        };
        if work.stop.asked() {
            work.ledger.not_reached(&replaced.key);
            continue;
        }
        one(session, work, (item, replaced), shelf, report)?;
    }
    Ok(())
}

fn one(
    session: &mut Session,
    work: &mut Work<'_>,
    (item, replaced): (&PlanItem, &Replaced),
    shelf: &Shelf,
    report: &mut BoxReport,
) -> Result<(), BoxError> {
    let Some(uid_validity) = shelf.uid_validity else {
        return Ok(());
    };
    let uids: Vec<Uid> = replaced.olds.iter().map(|old| old.uid).collect();
    work.journal
        .note_on_disk(&Line::Removing {
            folder: shelf.folder.clone(),
            uid_validity,
            by: replaced.key.clone(),
            uids: uids.clone(),
        })
        .map_err(BoxError::Journal)?;
    let mut same = |now: &Candidate| {
        let planned = replaced.olds.iter().find(|old| old.uid == now.uid);
        // A run that was cut may have marked it already.
        planned.is_some_and(|old| old.message_id == now.message_id)
    };
    let done = match session.remove(&shelf.folder, uid_validity, &uids, &mut same) {
        Ok(done) => done,
        Err(stopped) => {
            let error = BoxError::Store(stopped.error);
            if error.lost_connection() {
                return Err(error); // looked at anew, and gone on with
            }
            work.fail(item, format!("the older one was not removed: {error}"));
            return Ok(());
        }
    };
    work.journal
        .note(&Line::Removed {
            by: replaced.key.clone(),
            uids: done.removed.clone(),
        })
        .map_err(BoxError::Journal)?;
    let left = uids.len() - done.removed.len() - done.gone.len();
    if left > 0 {
        let why = "an older one changed or could not be removed meanwhile; run again";
        work.fail(item, why.to_owned());
    } else if !done.removed.is_empty() {
        // What had gone before was somebody else's doing.
        report.replaced += 1;
    }
    Ok(())
}
