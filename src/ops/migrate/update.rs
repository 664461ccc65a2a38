//! Puts copies on the server where the spool has their messages now: flags, or another folder.
//!
//! Only what the plan found untouched since vmimap put it there. Each group is written down before
//! and after; a run that is cut in between finds by itself how far it came, because the journal then
//! knows both lists. Removes nothing: a message changes folder by UID MOVE or not at all.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::mailstore::name::MailboxName;
use crate::mailstore::session::{Candidate, Session};
use crate::mailstore::types::{Flags, Uid, UidValidity};
use crate::ops::error::BoxError;
use crate::ops::lane::Lane;

use super::carry::{Located, confirm};
use super::holdings;
use super::journal::{Line, Stored};
use super::plan::{BoxPlan, Held, List, Memory, PlanItem};
use super::verify::Strictness;
use super::work::Work;

/// Why a message is left to the next look.
const CHANGED: &str = "its copy on the server was changed or removed meanwhile";

/// Messages that lie in one folder and are to lie in one list.
struct Group<'a> {
    folder: &'a MailboxName,
    validity: UidValidity,
    target: &'a MailboxName,
    list: List,
    items: Vec<(&'a PlanItem, &'a Held)>,
}

/// Does what the plan says about messages that are there. With `read_back`, what was never read
/// back, or was moved, is.
///
/// # Errors
/// When the connection or the journal fails. Safe to repeat with a new plan.
pub fn follow(
    lane: &mut Lane<'_>,
    work: &mut Work<'_>,
    plan: &BoxPlan,
    read_back: bool,
) -> Result<(), BoxError> {
    let groups = groups(work, plan);
    if groups.is_empty() {
        return Ok(());
    }
    lane.changed();
    let (session, _) = lane.connected()?;
    for group in groups {
        if work.stop.asked() {
            break;
        }
        follow_group(session, work, &group, read_back)?;
    }
    Ok(())
}

fn groups<'a>(work: &Work<'_>, plan: &'a BoxPlan) -> Vec<Group<'a>> {
    let mut groups: BTreeMap<(&MailboxName, &MailboxName, List), Group<'a>> = BTreeMap::new();
    for (item, held) in plan.updates() {
        if work.ledger.given_up(&item.candidate.key) {
            continue;
        }
        let list = List::of(item.placement);
        let group = groups
            .entry((&held.folder, &item.target, list))
            .or_insert_with(|| Group {
                folder: &held.folder,
                validity: held.uid_validity,
                target: &item.target,
                list,
                items: Vec::new(),
            });
        group.items.push((item, held));
    }
    groups.into_values().collect()
}

fn follow_group(
    session: &mut Session,
    work: &mut Work<'_>,
    group: &Group<'_>,
    read_back: bool,
) -> Result<(), BoxError> {
    let before = group
        .items
        .iter()
        .map(|(item, held)| (group.validity, held.uid, *item))
        .collect();
    note(work, group.folder, group.list, &before, false)?;
    let moves = group.folder != group.target;
    let located = if moves {
        move_group(session, work, group)?
    } else {
        before
    };
    let located = set_flags(session, work, group, located)?;
    let unread: Located<'_> = located
        .iter()
        .filter(|(_, _, item)| moves || !work.journal.verified(&item.candidate.key))
        .copied()
        .collect();
    if read_back && !unread.is_empty() {
        confirm(work, session, group.target, &unread, Strictness::FoundThere)?;
    }
    note(work, group.target, group.list, &located, true)?;
    for (_, _, item) in &located {
        if !work.ledger.given_up(&item.candidate.key) {
            work.ledger.followed(&item.candidate.key);
        }
    }
    Ok(())
}

/// Writes down what is about to be done, or was; on disk when this returns.
fn note(
    work: &mut Work<'_>,
    folder: &MailboxName,
    list: List,
    located: &Located<'_>,
    done: bool,
) -> Result<(), BoxError> {
    let Some((uid_validity, ..)) = located.first().copied() else {
        return Ok(());
    };
    let items = located.iter().map(|(_, uid, item)| Stored {
        key: item.candidate.key.clone(),
        uid: *uid,
    });
    let (folder, items) = (folder.clone(), items.collect());
    let line = if done {
        Line::Updated {
            folder,
            uid_validity,
            items,
            list,
        }
    } else {
        Line::Update {
            folder,
            uid_validity,
            items,
            list,
        }
    };
    let written = work.journal.note(&line).and_then(|()| work.journal.sync());
    written.map_err(BoxError::Journal)
}

/// Moves the group to its new folder, and says where its messages are there.
fn move_group<'a>(
    session: &mut Session,
    work: &mut Work<'_>,
    group: &Group<'a>,
) -> Result<Located<'a>, BoxError> {
    let items: HashMap<Uid, (&PlanItem, Flags)> = group
        .items
        .iter()
        .map(|(item, held)| (held.uid, (*item, held.flags)))
        .collect();
    let uids: Vec<Uid> = group.items.iter().map(|(_, held)| held.uid).collect();
    let mut same = |now: &Candidate| {
        items
            .get(&now.uid)
            .is_some_and(|(item, then)| untouched(item, *then, now))
    };
    let moved = session
        .move_messages(group.folder, group.validity, &uids, group.target, &mut same)
        .map_err(|stopped| BoxError::Store(stopped.error))?;
    let away: HashSet<Uid> = moved.removal.removed.iter().copied().collect();
    let there = holdings::keys_in(session, group.target)?;
    let mut located = Vec::with_capacity(group.items.len());
    for (item, held) in &group.items {
        match there.get(&item.candidate.key) {
            Some((validity, uid)) if away.contains(&held.uid) => {
                located.push((*validity, *uid, *item));
            }
            _ => work.defer(item, CHANGED),
        }
    }
    Ok(located)
}

/// Whether this is the message, as the plan has it.
fn untouched(item: &PlanItem, then: Flags, now: &Candidate) -> bool {
    let same =
        (then.seen, then.flagged, false) == (now.flags.seen, now.flags.flagged, now.flags.deleted);
    same && now.message_id.as_deref() == Some(item.candidate.key.message_id().as_str())
}

/// Sets and takes away the two flags that make the list; gives the messages that have them now.
fn set_flags<'a>(
    session: &mut Session,
    work: &mut Work<'_>,
    group: &Group<'a>,
    located: Located<'a>,
) -> Result<Located<'a>, BoxError> {
    let Some((validity, _, first)) = located.first().copied() else {
        return Ok(located);
    };
    // One list, so one pair of flags; setting what is set does nothing.
    let wanted = first.flags();
    let unwanted = Flags {
        seen: !wanted.seen,
        flagged: !wanted.flagged,
        ..Flags::default()
    };
    let uids: Vec<Uid> = located.iter().map(|(_, uid, _)| *uid).collect();
    let now: HashMap<Uid, Flags> = session
        .store_flags(group.target, validity, &uids, wanted, unwanted)?
        .into_iter()
        .collect();
    let mut right = Vec::with_capacity(located.len());
    for (validity, uid, item) in located {
        match now.get(&uid) {
            Some(flags) if (flags.seen, flags.flagged) == (wanted.seen, wanted.flagged) => {
                right.push((validity, uid, item));
            }
            Some(_) => {
                let why = "the server said OK and did not keep the flags of its new list";
                work.fail(item, why.to_owned());
            }
            None => work.defer(item, CHANGED),
        }
    }
    Ok(right)
}
