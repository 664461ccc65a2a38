//! Carrying a shown plan out: make folders, append, read back.

use std::collections::BTreeMap;

use crate::mailstore::name::MailboxName;
use crate::mailstore::session::{Ensured, Session};
use crate::mailstore::types::{Uid, UidValidity};
use crate::ops::error::BoxError;
use crate::ops::event::Event;
use crate::ops::lane::Lane;

use super::plan::{Action, BoxPlan, PlanItem};
use super::report::BoxReport;
use super::verify::{Strictness, read_back};
use super::work::Work;
use super::{Migration, apply, holdings, update};

/// Messages on the server, with the UIDVALIDITY of the folder they are known to lie in.
pub(super) type Located<'a> = Vec<(UidValidity, Uid, &'a PlanItem)>;

/// Messages that are read back and journalled at a time.
pub const READ_BACK: usize = 500;

/// Does what the plan says.
///
/// # Errors
/// When the connection or the journal fails. Safe to repeat with a new plan: what was done is found
/// on the server.
pub fn carry_out(
    migration: &Migration<'_>,
    lane: &mut Lane<'_>,
    work: &mut Work<'_>,
    plan: &BoxPlan,
    report: &mut BoxReport,
) -> Result<(), BoxError> {
    make_folders(lane, work, plan, report)?;
    if plan.appends().next().is_some() {
        lane.changed();
    }
    let (session, _) = lane.connected()?;
    let landed = apply::append(work, session, plan)?;
    for (folder, landed) in &landed {
        if migration.options.verify {
            let items = locate(session, folder, landed, work)?;
            confirm(work, session, folder, &items, Strictness::JustAppended)?;
        } else {
            for one in landed {
                work.ledger.confirmed(&one.item.candidate.key);
            }
        }
    }
    let mut found: BTreeMap<&MailboxName, Vec<(UidValidity, Uid, &PlanItem)>> = BTreeMap::new();
    for item in &plan.items {
        if let Action::Verify(held) = &item.action {
            found
                .entry(&held.folder)
                .or_default()
                .push((held.uid_validity, held.uid, item));
        }
    }
    for (folder, items) in found {
        if migration.options.verify {
            confirm(work, session, folder, &items, Strictness::FoundThere)?;
        } else {
            for (_, _, item) in items {
                work.ledger.confirmed(&item.candidate.key);
            }
        }
    }
    update::follow(lane, work, plan, migration.options.verify)
}

/// Makes the folders the plan needs. One that cannot be made fails its own messages only.
fn make_folders(
    lane: &mut Lane<'_>,
    work: &mut Work<'_>,
    plan: &BoxPlan,
    report: &mut BoxReport,
) -> Result<(), BoxError> {
    if plan.create.is_empty() {
        return Ok(());
    }
    let (session, overview) = lane.connected()?;
    let made = session.ensure_folders(&plan.create, overview)?;
    for (folder, made) in plan.create.iter().zip(made) {
        match made {
            Ok(Ensured::Created) => report.created.push(folder.to_string()),
            Ok(Ensured::Existed) => {}
            Err(error) => {
                let updates = plan.updates().map(|(item, _)| item);
                for item in plan.appends().chain(updates) {
                    if item.target == *folder {
                        work.fail(item, error.to_string());
                    }
                }
            }
        }
    }
    Ok(())
}

/// Finds out where the messages landed that the server gave no UID for, by their `Message-ID`.
fn locate<'a>(
    session: &mut Session,
    folder: &MailboxName,
    landed: &[apply::Landed<'a>],
    work: &mut Work<'_>,
) -> Result<Located<'a>, BoxError> {
    let known = |one: &apply::Landed<'a>| one.uid.map(|(v, uid)| (v, uid, one.item));
    if let Some(items) = landed.iter().map(known).collect::<Option<Located<'_>>>() {
        return Ok(items);
    }
    let by_key = holdings::keys_in(session, folder)?;
    let mut items = Vec::with_capacity(landed.len());
    for one in landed {
        let key = &one.item.candidate.key;
        match by_key.get(key) {
            Some((validity, uid)) => items.push((*validity, *uid, one.item)),
            None => work.fail(
                one.item,
                "stored, the server said, but it is not there".to_owned(),
            ),
        }
    }
    Ok(items)
}

/// Reads messages back and settles each.
pub(super) fn confirm(
    work: &mut Work<'_>,
    session: &mut Session,
    folder: &MailboxName,
    items: &[(UidValidity, Uid, &PlanItem)],
    strictness: Strictness,
) -> Result<(), BoxError> {
    for group in items.chunks(READ_BACK) {
        let fetch: Vec<(Uid, &PlanItem)> =
            group.iter().map(|(_, uid, item)| (*uid, *item)).collect();
        let (state, verdicts) = read_back(session, folder, &fetch, strictness)?;
        let mut good = Vec::new();
        for ((validity, uid, item), verdict) in group.iter().zip(verdicts) {
            match verdict {
                _ if *validity != state.uid_validity => work.fail(
                    item,
                    format!("{folder} was made anew meanwhile (UIDVALIDITY changed); run again"),
                ),
                Some(difference) => work.fail(item, difference),
                None => good.push((item, *uid)),
            }
        }
        let keys = good
            .iter()
            .map(|(item, uid)| (item.candidate.key.clone(), *uid))
            .collect();
        work.journal
            .confirm(folder, state.uid_validity, keys)
            .map_err(BoxError::Journal)?;
        for (item, _) in &good {
            work.ledger.confirmed(&item.candidate.key);
        }
        let octets = good.iter().map(|(item, _)| item.candidate.octets).sum();
        work.observer.event(&Event::Verified {
            vmbox: work.vmbox,
            messages: good.len(),
            octets,
        });
    }
    Ok(())
}
