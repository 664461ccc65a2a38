//! The messages of one box against the server: what it holds, and what it gives back.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::mailstore::name::MailboxName;
use crate::mailstore::types::{Uid, UidValidity};
use crate::ops::error::BoxError;
use crate::ops::lane::Lane;
use crate::ops::migrate::Migration;
use crate::ops::migrate::carry::READ_BACK;
use crate::ops::migrate::holdings::{self, Findings};
use crate::ops::migrate::plan::{Action, Held, Memory, PlanItem};
use crate::ops::migrate::source::Candidate;
use crate::ops::migrate::verify::{Strictness, read_back};
use crate::voicemail::conf::Mailbox;

use super::report::Verdict;
use super::sample::Sample;

/// A message that the server has.
struct Found {
    /// Its place among the candidates.
    at: usize,
    /// What it should be.
    item: PlanItem,
    /// Where it is; the phone's "save to folder" copies.
    copies: Vec<Held>,
}

/// Compares the candidates of a box with what the account holds. `verdicts` has one for each, all of
/// them pending; those that were reached are replaced, also where it ends with an error. Returns how
/// many messages of ours the account holds that are none of these.
pub(super) fn with_server(
    migration: &Migration<'_>,
    lane: &mut Lane<'_>,
    mailbox: &Mailbox,
    candidates: &[Arc<Candidate>],
    (memory, sample): (&dyn Memory, Option<&Sample>),
    verdicts: &mut [Verdict],
) -> Result<u64, BoxError> {
    let conf = migration.conf;
    let findings =
        lane.ask(|session, overview| holdings::look(session, overview, conf, mailbox))?;
    let mut found = Vec::new();
    for (at, candidate) in candidates.iter().enumerate() {
        match found_at(migration, &findings, at, candidate) {
            Some(one) => found.push(one),
            None => set(verdicts, at, missing(&findings, memory, candidate)),
        }
    }
    let others = findings.holdings.by_key.len() - found.len();
    if let Some(sample) = sample {
        let keys: Vec<_> = found.iter().map(|one| &one.item.candidate.key).collect();
        let chosen: HashSet<usize> = sample.choose(&keys).into_iter().collect();
        for (place, one) in found.iter().enumerate() {
            if !chosen.contains(&place) {
                set(verdicts, one.at, Verdict::LeftOut);
            }
        }
        let mut places = 0..;
        found.retain(|_| places.next().is_some_and(|place| chosen.contains(&place)));
    }
    compare(migration, lane, &found, verdicts)?;
    Ok(others as u64)
}

fn found_at(
    migration: &Migration<'_>,
    findings: &Findings,
    at: usize,
    candidate: &Arc<Candidate>,
) -> Option<Found> {
    let copies = findings.holdings.by_key.get(&candidate.key)?.clone();
    let placement = migration.options.placement(candidate.folder);
    let (target, _) = findings.target(placement.home);
    let item = PlanItem {
        candidate: Arc::clone(candidate),
        target,
        placement,
        internal_date: candidate
            .voicemail
            .origtime
            .min(Timestamp::now().as_second()),
        action: Action::Verify(copies.first()?.clone()),
    };
    Some(Found { at, item, copies })
}

fn missing(findings: &Findings, memory: &dyn Memory, candidate: &Candidate) -> Verdict {
    if let Some((folder, refusal)) = findings.refused.first_key_value() {
        return Verdict::NotComparable(format!(
            "is in no folder that could be looked at; {folder} could not: {refusal}"
        ));
    }
    let holdings = &findings.holdings;
    let place = holdings
        .folders
        .iter()
        .find(|(folder, validity)| memory.verified_in(&candidate.key, folder, **validity));
    Verdict::Missing(match place {
        Some((folder, _)) => {
            format!("is not in IMAP; it was read back from {folder} once, and was removed since")
        }
        None if memory.verified(&candidate.key) => {
            "is not in IMAP; it was read back once, from a folder that is gone or was made anew"
                .to_owned()
        }
        None => "is not in IMAP".to_owned(),
    })
}

/// Reads them back folder by folder. Of several copies one that is right will do; else the one where
/// the message belongs says what is wrong.
fn compare(
    migration: &Migration<'_>,
    lane: &mut Lane<'_>,
    found: &[Found],
    verdicts: &mut [Verdict],
) -> Result<(), BoxError> {
    let mut folders: BTreeMap<&MailboxName, Vec<(&Found, &Held)>> = BTreeMap::new();
    for one in found {
        for held in &one.copies {
            folders.entry(&held.folder).or_default().push((one, held));
        }
    }
    for (folder, all) in folders {
        for group in all.chunks(READ_BACK) {
            if migration.stop.asked() {
                return Ok(());
            }
            let wanted: Vec<(Uid, &PlanItem)> = group
                .iter()
                .map(|(one, held)| (held.uid, &one.item))
                .collect();
            let (state, differences) = lane
                .ask(|session, _| read_back(session, folder, &wanted, Strictness::SomeTimeAgo))?;
            for ((one, held), difference) in group.iter().zip(differences) {
                let verdict = judge(one, held, state.uid_validity, difference);
                let better = match verdicts.get(one.at) {
                    Some(Verdict::Same { .. }) => false,
                    Some(Verdict::Pending) => true,
                    _ => matches!(verdict, Verdict::Same { .. }) || held.folder == one.item.target,
                };
                if better {
                    set(verdicts, one.at, verdict);
                }
            }
        }
    }
    Ok(())
}

fn judge(one: &Found, held: &Held, validity: UidValidity, difference: Option<String>) -> Verdict {
    let item = &one.item;
    if held.uid_validity != validity {
        let folder = &held.folder;
        return Verdict::NotComparable(format!(
            "{folder} was made anew meanwhile (UIDVALIDITY changed); run again"
        ));
    }
    if let Some(difference) = difference {
        return Verdict::Differs(difference);
    }
    if held.folder != item.target {
        let (is, should) = (&held.folder, &item.target);
        return Verdict::Differs(format!("its folder differs: is {is}, should be {should}"));
    }
    Verdict::Same {
        heard: held.flags.seen && !item.placement.seen,
    }
}

fn set(verdicts: &mut [Verdict], at: usize, verdict: Verdict) {
    if let Some(slot) = verdicts.get_mut(at) {
        *slot = verdict;
    }
}
