//! What is to become of each greeting of a box. Pure: values in, decisions out.
//!
//! Asterisk plays the first greeting of a name that lies in the folder, whoever's it is, and the one
//! recorded last is the one that counts. So a greeting is stored only where none of its name is; an
//! older one of the same box is replaced where that was asked for; a newer one stays; and what
//! belongs to another box, or says of nobody that it is his, is never touched.

use std::sync::Arc;

use crate::mailstore::types::Uid;
use crate::ops::folders::impossible_name;
use crate::ops::migrate::plan::{Action, BoxPlan, HoldBack, Memory, PlanItem, Skip};
use crate::ops::migrate::source::Candidate;
use crate::voicemail::folder::{Home, Placement};
use crate::voicemail::greeting::Greeting;
use crate::voicemail::source_key::SourceKey;
use crate::voicemail::vmbox::VoicemailBox;

use super::look::{Shelf, Stored, Whose};

/// Wishes and facts that shape a plan.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// Other boxes of the account, whose phones would play these greetings.
    pub mates: &'a [VoicemailBox],
    /// Store them although there are such boxes.
    pub shared: bool,
    /// Replace older greetings of the same box.
    pub replace: bool,
    /// Store again what its owner has removed since an earlier run.
    pub again: bool,
    /// The present, Unix seconds UTC.
    pub now: i64,
}

/// An older greeting that goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Old {
    /// Its UID.
    pub uid: Uid,
    /// Its Message-ID when it was looked at.
    pub message_id: Option<String>,
}

/// What goes once a greeting is there, read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// The new greeting.
    pub key: SourceKey,
    /// Its kind.
    pub kind: Greeting,
    /// What goes.
    pub olds: Vec<Old>,
}

/// The plan for the greetings of one box.
#[derive(Debug)]
pub struct GreetingPlan {
    /// What is stored, and what is not and why.
    pub plan: BoxPlan,
    /// What goes for it.
    pub replaced: Vec<Replaced>,
}

impl GreetingPlan {
    /// How many old greetings go for an item.
    #[must_use]
    pub fn olds_of(&self, item: &PlanItem) -> usize {
        let key = &item.candidate.key;
        let of = self.replaced.iter().find(|one| one.key == *key);
        of.map_or(0, |one| one.olds.len())
    }
}

/// Decides about each candidate.
#[must_use]
pub fn make(
    vmbox: VoicemailBox,
    candidates: &[Arc<Candidate>],
    shelf: &Shelf,
    memory: &dyn Memory,
    rules: Rules<'_>,
) -> GreetingPlan {
    let mut plan = BoxPlan::empty(vmbox);
    let mut replaced = Vec::new();
    for candidate in candidates {
        let Some(kind) = candidate.voicemail.greeting else {
            continue;
        };
        let (action, olds) = decide(candidate, kind, shelf, memory, rules);
        if !olds.is_empty() {
            let key = candidate.key.clone();
            replaced.push(Replaced { key, kind, olds });
        }
        plan.items.push(PlanItem {
            candidate: Arc::clone(candidate),
            target: shelf.folder.clone(),
            placement: Placement {
                home: Home::ImapFolder,
                seen: false,
                flagged: false,
            },
            internal_date: candidate.voicemail.origtime.min(rules.now),
            action,
        });
    }
    if plan.appends().next().is_some() && shelf.uid_validity.is_none() {
        plan.create.push(shelf.folder.clone());
    }
    GreetingPlan { plan, replaced }
}

fn held_back(why: impl Into<String>) -> (Action, Vec<Old>) {
    let why = HoldBack::Greeting(why.into());
    (Action::HoldBack(why), Vec::new())
}

fn decide(
    candidate: &Candidate,
    kind: Greeting,
    shelf: &Shelf,
    memory: &dyn Memory,
    rules: Rules<'_>,
) -> (Action, Vec<Old>) {
    if !rules.shared && !rules.mates.is_empty() {
        let names: Vec<String> = rules
            .mates
            .iter()
            .take(3)
            .map(ToString::to_string)
            .collect();
        let more = if rules.mates.len() > 3 { ", ..." } else { "" };
        return held_back(format!(
            "{}{more} in the same account would play it too; --shared-greetings stores it",
            names.join(", ")
        ));
    }
    let of_kind: Vec<&Stored> = shelf.stored.iter().filter(|one| one.kind == kind).collect();
    let is_same = |one: &Stored| {
        one.whose == Whose::Ours
            && (one.key.as_ref() == Some(&candidate.key) || one.digest == Some(candidate.digest))
    };
    let same = of_kind.iter().copied().find(|one| is_same(one));
    let there = same.and_then(|one| found(candidate, one, shelf, memory));
    let others: Vec<&Stored> = of_kind
        .iter()
        .copied()
        .filter(|one| !is_same(one))
        .collect();
    // What Asterisk plays is the first of its name.
    if let (Some(first), Some(there)) = (of_kind.first(), &there)
        && is_same(first)
    {
        return (there.clone(), Vec::new());
    }
    if let Some(other) = others.iter().find(|one| one.whose != Whose::Ours) {
        return held_back(match &other.whose {
            Whose::Others(whose) => {
                format!("UID {} is {kind} of {whose}, and is played", other.uid)
            }
            _ => format!("UID {} is {kind} too and does not say whose", other.uid),
        });
    }
    let newest = others
        .iter()
        .max_by_key(|one| one.recorded.unwrap_or(i64::MAX));
    match (newest, there) {
        (None, Some(there)) => (there, Vec::new()),
        (None, None) => (when_missing(candidate, shelf, memory, rules), Vec::new()),
        (Some(newest), there) => {
            let recorded = newest.recorded.unwrap_or(i64::MAX);
            match shelf.held(newest) {
                Some(held) if recorded >= candidate.voicemail.origtime && there.is_none() => {
                    return (Action::Skip(Skip::NewerThere(held)), Vec::new());
                }
                _ => {}
            }
            if !rules.replace {
                return held_back(format!(
                    "UID {} is an older {kind}, and is played; --replace-greetings removes it",
                    newest.uid
                ));
            }
            if !shelf.removable {
                return held_back(format!(
                    "UID {} is an older {kind}; the server has no UIDPLUS, so it cannot be \
                     removed alone",
                    newest.uid
                ));
            }
            let olds = others.iter().map(|one| Old {
                uid: one.uid,
                message_id: one.message_id.clone(),
            });
            (there.unwrap_or(Action::Append), olds.collect())
        }
    }
}

/// What to do about a greeting that is there.
fn found(
    candidate: &Candidate,
    same: &Stored,
    shelf: &Shelf,
    memory: &dyn Memory,
) -> Option<Action> {
    let held = shelf.held(same)?;
    let ours = same.key.as_ref() == Some(&candidate.key);
    Some(if ours && !memory.verified(&candidate.key) {
        Action::Verify(held)
    } else {
        Action::Skip(Skip::AlreadyThere(held))
    })
}

fn when_missing(
    candidate: &Candidate,
    shelf: &Shelf,
    memory: &dyn Memory,
    rules: Rules<'_>,
) -> Action {
    let removed = shelf
        .uid_validity
        .is_some_and(|validity| memory.verified_in(&candidate.key, &shelf.folder, validity));
    if removed && !rules.again {
        return Action::Skip(Skip::RemovedSince);
    }
    match &shelf.missing_prefix {
        Some(prefix) => {
            let cure = "set greetingsfolder in voicemail.conf";
            held_back(impossible_name(prefix, cure)).0
        }
        None => Action::Append,
    }
}

#[cfg(test)]
mod tests;
