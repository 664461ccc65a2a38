//! Appending a plan, batch by batch.
//!
//! A batch is bounded in messages and octets, its intent is on disk before it leaves, and a signal
//! is looked for between two of them. Nothing is ever sent twice on a guess: when the connection
//! breaks in the middle of a batch, this gives up, and the caller looks at the server again.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read, Write};

use crate::mailstore::error::StoreError;
use crate::mailstore::name::MailboxName;
use crate::mailstore::session::Session;
use crate::mailstore::types::{AppendItem, AppendOutcome, MessageSource, Uid, UidValidity};
use crate::ops::error::BoxError;
use crate::ops::event::Event;
use crate::spool::{FileStamp, Recording, Spool};
use crate::voicemail::compose::Moment;
use crate::voicemail::compose::{Composed, MailProfile, compose_for_caller};
use crate::voicemail::source_key::SourceKey;

use super::journal::{Line, Meant};
use super::plan::{Action, BoxPlan, List, PlanItem};
use super::work::Work;

/// Messages in one batch at most.
const BATCH_MESSAGES: usize = 50;
/// Octets in one batch at most, unless a single message is larger.
const BATCH_OCTETS: u64 = 8 << 20;

/// A message the server has stored.
pub struct Landed<'a> {
    /// Which.
    pub item: &'a PlanItem,
    /// Where, if the server said so.
    pub uid: Option<(UidValidity, Uid)>,
}

/// A message on its way: the composed head and tail, and the open recording between them.
struct Outgoing {
    composed: Composed,
    audio: Recording,
    stamp: FileStamp,
}

impl MessageSource for Outgoing {
    fn size(&self) -> u64 {
        self.composed.size()
    }

    fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        // A batch that was refused as a whole is sent again message by message.
        self.audio.rewind()?;
        self.composed.write_to(
            &mut Unchanged {
                audio: &self.audio,
                stamp: self.stamp,
            },
            out,
        )
    }
}

/// A recording whose end is only reached if it is still what it was: so a message of a recording
/// that changed on the way is never completed, and never stored.
struct Unchanged<'a> {
    audio: &'a Recording,
    stamp: FileStamp,
}

/// Why a recording's end is never reached.
#[derive(Debug)]
struct Changed;

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it changed while it was being sent")
    }
}

impl std::error::Error for Changed {}

impl Read for Unchanged<'_> {
    fn read(&mut self, block: &mut [u8]) -> io::Result<usize> {
        let octets = self.audio.read(block)?;
        if octets == 0 && !self.audio.stamp()?.same_content(&self.stamp) {
            return Err(io::Error::other(Changed));
        }
        Ok(octets)
    }
}

/// Splits a folder's items into batches, keeping their order.
fn batches(items: Vec<&PlanItem>) -> Vec<Vec<&PlanItem>> {
    let mut batches: Vec<Vec<&PlanItem>> = Vec::new();
    let mut octets = 0;
    for item in items {
        let size = item.candidate.octets;
        match batches.last_mut() {
            Some(batch) if batch.len() < BATCH_MESSAGES && octets + size <= BATCH_OCTETS => {
                batch.push(item);
                octets += size;
            }
            _ => {
                batches.push(vec![item]);
                octets = size;
            }
        }
    }
    batches
}

/// Appends what the plan says and has not failed before; gives what landed, per folder.
///
/// # Errors
/// When the connection or the journal fails. Everything that landed before is in the journal and
/// will be found by its `Message-ID`.
pub fn append<'a>(
    work: &mut Work<'_>,
    session: &mut Session,
    plan: &'a BoxPlan,
) -> Result<BTreeMap<MailboxName, Vec<Landed<'a>>>, BoxError> {
    let mut by_folder: BTreeMap<&MailboxName, Vec<&PlanItem>> = BTreeMap::new();
    for item in plan
        .items
        .iter()
        .filter(|item| item.action == Action::Append)
    {
        if !work.ledger.given_up(&item.candidate.key) {
            by_folder.entry(&item.target).or_default().push(item);
        }
    }
    let mut landed: BTreeMap<MailboxName, Vec<Landed<'a>>> = BTreeMap::new();
    for (folder, items) in by_folder {
        for batch in batches(items) {
            if work.stop.asked() {
                return Ok(landed);
            }
            let stored = append_batch(work, session, folder, batch)?;
            landed.entry(folder.clone()).or_default().extend(stored);
        }
    }
    Ok(landed)
}

fn append_batch<'a>(
    work: &mut Work<'_>,
    session: &mut Session,
    folder: &MailboxName,
    items: Vec<&'a PlanItem>,
) -> Result<Vec<Landed<'a>>, BoxError> {
    let (items, outgoing) = load(work, items);
    if items.is_empty() {
        return Ok(Vec::new());
    }
    work.batch += 1;
    let meant = items.iter().map(|item| meant(item)).collect();
    work.journal
        .intend(work.batch, folder, meant)
        .map_err(BoxError::Journal)?;
    let messages: Vec<AppendItem<'_>> = items
        .iter()
        .zip(&outgoing)
        .map(|(item, message)| AppendItem {
            flags: item.flags(),
            internal_date: Some(item.internal_date),
            utc_offset: Moment::new(item.internal_date, &work.profile.zone).utc_offset(),
            message,
        })
        .collect();
    match session.append(folder, &messages) {
        Ok(outcomes) => settle(work, items, outcomes),
        Err(error) => {
            if let StoreError::SourceFailed { index, io } = &error
                && let Some(item) = items.get(*index)
            {
                let cause = io
                    .get_ref()
                    .and_then(|cause| cause.downcast_ref::<Changed>());
                if cause.is_some() {
                    work.defer(item, "its recording changed while it was being sent");
                } else {
                    work.fail(item, format!("cannot read the recording: {io}"));
                }
            }
            let keys = items.iter().map(|item| item.candidate.key.clone());
            work.journal
                .lose(work.batch, keys.collect(), error.to_string())
                .map_err(BoxError::Journal)?;
            Err(error.into())
        }
    }
}

fn meant(item: &PlanItem) -> (SourceKey, Meant) {
    let (candidate, flags) = (&item.candidate, item.flags());
    let meant = Meant {
        octets: candidate.octets,
        sha256: candidate.digest,
        seen: flags.seen,
        flagged: flags.flagged,
        list: candidate
            .voicemail
            .greeting
            .is_none()
            .then(|| List::of(item.placement)),
    };
    (candidate.key.clone(), meant)
}

/// Opens and composes a batch. A recording that is not what it was when it was digested is put
/// off: its identity has to be made anew.
fn load<'a>(work: &mut Work<'_>, items: Vec<&'a PlanItem>) -> (Vec<&'a PlanItem>, Vec<Outgoing>) {
    let mut ready = Vec::with_capacity(items.len());
    let mut outgoing = Vec::with_capacity(items.len());
    for item in items {
        match open(work.spool, work.profile, item) {
            Ok(Some(message)) => {
                ready.push(item);
                outgoing.push(message);
            }
            Ok(None) => work.defer(item, "its recording was changed or moved meanwhile"),
            Err(reason) => work.fail(item, reason),
        }
    }
    (ready, outgoing)
}

fn open(spool: &Spool, profile: &MailProfile, item: &PlanItem) -> Result<Option<Outgoing>, String> {
    let candidate = &item.candidate;
    let (audio, stamp) = match Recording::open(&candidate.audio, candidate.fill, spool.root()) {
        // Renumbered, moved to another folder or deleted: the next look at the spool tells.
        Err(error) if error.gone() => return Ok(None),
        opened => opened.map_err(|error| format!("cannot open the recording: {error}"))?,
    };
    if !stamp.same_content(&candidate.stamp) {
        return Ok(None);
    }
    let composed = compose_for_caller(
        &candidate.voicemail,
        Some(&candidate.caller_name),
        profile,
        &candidate.key,
        candidate.stamp.size,
    );
    Ok(Some(Outgoing {
        composed,
        audio,
        stamp,
    }))
}

/// Notes the server's answers.
fn settle<'a>(
    work: &mut Work<'_>,
    items: Vec<&'a PlanItem>,
    outcomes: Vec<AppendOutcome>,
) -> Result<Vec<Landed<'a>>, BoxError> {
    let mut landed = Vec::with_capacity(items.len());
    for (item, outcome) in items.into_iter().zip(outcomes) {
        let key = item.candidate.key.clone();
        match outcome {
            AppendOutcome::Stored(uid) => {
                work.ledger.landed(&key);
                landed.push(Landed { item, uid });
            }
            AppendOutcome::Refused(refusal) => {
                let reply = refusal.to_string();
                work.fail(item, format!("the server refused it: {reply}"));
                let line = Line::Refused {
                    batch: work.batch,
                    key,
                    reply,
                };
                work.journal.note(&line).map_err(BoxError::Journal)?;
            }
        }
    }
    let octets = landed.iter().map(|one| one.item.candidate.octets).sum();
    work.observer.event(&Event::Appended {
        vmbox: work.vmbox,
        messages: landed.len(),
        octets,
    });
    for line in appended_lines(work.batch, &landed) {
        work.journal.note(&line).map_err(BoxError::Journal)?;
    }
    Ok(landed)
}

/// One line for the messages with a UID under one UIDVALIDITY, one for those without.
fn appended_lines(batch: u32, landed: &[Landed<'_>]) -> Vec<Line> {
    let mut by_validity: BTreeMap<Option<UidValidity>, Vec<&Landed<'_>>> = BTreeMap::new();
    for one in landed {
        by_validity
            .entry(one.uid.map(|(validity, _)| validity))
            .or_default()
            .push(one);
    }
    by_validity
        .into_iter()
        .map(|(validity, group)| Line::Appended {
            batch,
            keys: group
                .iter()
                .map(|one| one.item.candidate.key.clone())
                .collect(),
            uids: validity.map(|validity| {
                (
                    validity,
                    group
                        .iter()
                        .filter_map(|one| one.uid.map(|(_, uid)| uid))
                        .collect(),
                )
            }),
        })
        .collect()
}
