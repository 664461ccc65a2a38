//! Pass after pass over a spool that is in use, until somebody says stop: what is left for the last
//! run, when the phones are quiet, is then little.
//!
//! A pass is a whole run over the boxes that may have something new. A box in which nothing has come,
//! gone or been renamed since it was wholly done is not looked at again: no login, no file is opened.
//! Removes nothing (`gone` does, and only when asked).

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::mailstore::error::StoreError;
use crate::ops::backoff::sleep;
use crate::ops::error::BoxError;
use crate::ops::event::Event;
use crate::spool::{Snapshot, SpoolError};
use crate::voicemail::vmbox::VoicemailBox;

use super::Migration;
use super::readiness::Readiness;
use super::report::{BoxReport, Counts, RunReport};

/// Between the end of a pass and the next one, however short the interval.
const LEAST_REST: Duration = Duration::from_millis(200);

/// One pass.
#[derive(Debug)]
pub struct Pass {
    /// From 1.
    pub number: u64,
    /// Boxes of the spool.
    pub boxes: u64,
    /// Boxes that were looked at.
    pub looked_at: u64,
    /// What became of their messages in this pass.
    pub counts: Counts,
    /// How long it took.
    pub took: Duration,
    /// Whether nothing was left undone.
    pub complete: bool,
}

/// What is known of a box from the latest pass that looked at it.
struct Latest {
    counts: Counts,
    /// Where everything was done: the state of the spool it was done for.
    done_for: Option<Snapshot>,
    /// Its login was refused. Asking again every minute could lock the account.
    refused: bool,
}

/// The boxes as the passes so far have left them; some 600 octets a box.
#[derive(Default)]
pub struct Settled(Mutex<HashMap<VoicemailBox, Latest>>);

impl Settled {
    fn lock(&self) -> MutexGuard<'_, HashMap<VoicemailBox, Latest>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of what became of a box.
    pub fn note(&self, report: &mut BoxReport) {
        let refused = matches!(
            report.error,
            Some(BoxError::NoSession(StoreError::LoginRefused(_)))
        );
        let done_for = report.as_of.take().filter(|_| report.complete());
        let latest = Latest {
            counts: report.counts,
            done_for,
            refused,
        };
        self.lock().insert(report.vmbox.clone(), latest);
    }

    /// The boxes that have to be looked at, out of these; and those whose login was refused.
    fn due(&self, boxes: &[VoicemailBox]) -> (Vec<VoicemailBox>, u64) {
        let latest = self.lock();
        let mut refused = 0;
        let due = boxes.iter().filter(|vmbox| match latest.get(*vmbox) {
            Some(one) if one.refused => {
                refused += 1;
                false
            }
            Some(one) => one.done_for.as_ref().is_none_or(Snapshot::outdated),
            None => true,
        });
        (due.cloned().collect(), refused)
    }

    /// Adds up what is known of these boxes.
    fn sum(&self, boxes: &[VoicemailBox]) -> (Counts, u64) {
        let latest = self.lock();
        let mut sum = Counts::default();
        let mut ready = 0;
        for one in boxes.iter().filter_map(|vmbox| latest.get(vmbox)) {
            sum += one.counts;
            ready += u64::from(one.done_for.is_some() && one.counts.gone == 0);
        }
        (sum, ready)
    }
}

/// When passes begin, and how many there are.
#[derive(Debug, Clone, Copy)]
pub struct Rhythm {
    /// From the beginning of one pass to that of the next.
    pub every: Duration,
    /// How many; without a number until a signal comes.
    pub passes: Option<u64>,
}

/// What became of it.
pub struct Followed {
    /// The state after the last pass; appended and updated are those of all passes.
    pub report: RunReport,
    /// What is left for the last run.
    pub readiness: Readiness,
}

/// What the passes have done together.
#[derive(Default)]
struct Sums {
    counts: Counts,
    looking: Duration,
    carrying: Duration,
    looks: u64,
    reached: u64,
}

impl Sums {
    fn add(&mut self, report: &RunReport) {
        self.counts.appended += report.counts.appended;
        self.counts.octets += report.counts.octets;
        self.counts.updated += report.counts.updated;
        self.looking += report.looking;
        self.carrying += report.carrying;
        self.looks += report.boxes;
        self.reached += report.failures.reached;
    }
}

/// Follows the spool. `boxes` lists the selected boxes, anew for each pass.
///
/// # Errors
/// When the spool cannot be listed before the first pass; later the last list is used again.
pub fn follow(
    migration: &Migration<'_>,
    settled: &Settled,
    rhythm: Rhythm,
    boxes: &dyn Fn() -> Result<Vec<VoicemailBox>, SpoolError>,
) -> Result<Followed, SpoolError> {
    let mut all = boxes()?;
    let mut sums = Sums::default();
    let mut number = 1;
    loop {
        let start = Instant::now();
        let (due, refused) = settled.due(&all);
        let mut report = migration.run(due);
        report.failures.login += refused;
        let pass = Pass {
            number,
            boxes: all.len() as u64,
            looked_at: report.boxes,
            counts: report.counts,
            took: start.elapsed(),
            complete: report.complete(),
        };
        migration.observer.event(&Event::Pass(&pass));
        sums.add(&report);
        let last = rhythm.passes.is_some_and(|passes| number >= passes);
        let rest = rhythm.every.saturating_sub(start.elapsed());
        if last || migration.stop.asked() || !sleep(migration.stop, rest.max(LEAST_REST)) {
            return Ok(finish(migration, settled, &all, (report, &pass), &sums));
        }
        number += 1;
        all = boxes().unwrap_or(all);
    }
}

fn finish(
    migration: &Migration<'_>,
    settled: &Settled,
    all: &[VoicemailBox],
    (mut report, pass): (RunReport, &Pass),
    sums: &Sums,
) -> Followed {
    let (state, ready) = settled.sum(all);
    let mut readiness = Readiness {
        mailboxes: pass.boxes,
        ready,
        last_pass: Some(pass.took),
        ..Readiness::of(&state, &report)
    };
    let moved = sums.counts.appended + sums.counts.updated;
    let workers = migration.options.jobs.clamp(1, all.len().max(1));
    readiness.expect(
        (sums.looking, sums.looks),
        (sums.carrying, moved),
        &pass.counts,
        workers,
    );
    report.counts = merged(state, sums.counts);
    // A last pass that had nothing to ask anybody reached nobody.
    report.failures.reached = sums.reached.min(pass.boxes);
    report.boxes = pass.boxes.saturating_sub(report.boxes_left);
    Followed { report, readiness }
}

/// The state of all boxes, with what all passes have done.
fn merged(sum: Counts, total: Counts) -> Counts {
    Counts {
        appended: total.appended,
        octets: total.octets,
        updated: total.updated,
        skipped: (sum.skipped + sum.appended).saturating_sub(total.appended),
        ..sum
    }
}
