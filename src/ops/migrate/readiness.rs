//! How much is left for the last run, when the phones are quiet: in messages and in time.
//!
//! Values only. The time is an estimate from what this run has measured on this server: a look at
//! every box, and carrying as much as the last pass had to carry.

use std::time::Duration;

use serde::{Serialize, Serializer};

use super::report::{Counts, RunReport};

/// What is left.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Readiness {
    /// Boxes of the spool that were asked for.
    pub mailboxes: u64,
    /// Those of which nothing is left to do but to look once more.
    pub ready: u64,
    /// Messages that are in IMAP as the spool has them.
    pub there: u64,
    /// Messages to append or to put elsewhere that were not reached.
    pub to_copy: u64,
    /// Messages that are being recorded or changed.
    pub changing: u64,
    /// Folders and files that were locked or could not be read.
    pub unreadable: u64,
    /// Messages that do not fit: quota, maxmsg, a folder the server cannot have.
    pub held_back: u64,
    /// Messages that failed.
    pub failed: u64,
    /// Boxes that failed as a whole.
    pub mailboxes_failed: u64,
    /// Messages in IMAP that are no longer in the spool.
    pub gone: u64,
    /// Messages that their owners have removed in IMAP since they were copied.
    pub removed: u64,
    /// How long the last pass took, in seconds.
    #[serde(rename = "last_pass_seconds", serialize_with = "seconds")]
    pub last_pass: Option<Duration>,
    /// How long the last run may take, in seconds; nothing where that was not measured.
    #[serde(rename = "expected_seconds", serialize_with = "seconds")]
    pub expected: Option<Duration>,
}

impl Readiness {
    /// From what is known of all boxes, and the run that looked last.
    #[must_use]
    pub fn of(sum: &Counts, last: &RunReport) -> Self {
        Self {
            there: sum.skipped + sum.appended,
            to_copy: sum.pending,
            changing: sum.deferred,
            unreadable: last.input_errors,
            held_back: sum.held_back,
            failed: sum.failed,
            mailboxes_failed: last.failures.boxes(),
            gone: sum.gone,
            removed: sum.removed,
            ..Self::default()
        }
    }

    /// From a dry run over these boxes: what it would append or put elsewhere is left.
    #[must_use]
    pub fn of_dry_run(run: &RunReport, workers: usize) -> Self {
        let counts = &run.counts;
        let mut readiness = Self {
            mailboxes: run.boxes + run.boxes_left,
            ready: run.ready,
            there: counts.skipped - counts.updated,
            to_copy: counts.pending + counts.appended + counts.updated,
            ..Self::of(counts, run)
        };
        let nothing = (Duration::ZERO, 0);
        readiness.expect(
            (run.looking, run.boxes),
            nothing,
            &Counts::default(),
            workers,
        );
        readiness
    }

    /// Estimates the last run: `looking` took so long for so many boxes, `carrying` for so many
    /// messages, and the last pass had `last` to carry.
    pub fn expect(
        &mut self,
        (looking, looks): (Duration, u64),
        (carrying, carried): (Duration, u64),
        last: &Counts,
        workers: usize,
    ) {
        let share = |whole: Duration, of: u64, times: u64| {
            let parts = u32::try_from(of.max(1)).unwrap_or(u32::MAX);
            whole / parts * u32::try_from(times).unwrap_or(u32::MAX)
        };
        if looks == 0 {
            return;
        }
        let moving = last.appended + last.updated + self.to_copy;
        let work = share(looking, looks, self.mailboxes) + share(carrying, carried, moving);
        self.expected = Some(work / u32::try_from(workers.max(1)).unwrap_or(u32::MAX));
    }

    /// Whether the last run would end with everything done, as far as can be told now.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.ready == self.mailboxes
    }
}

#[allow(clippy::ref_option)] // serde's form
fn seconds<S: Serializer>(time: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        // A tenth is more than the estimate is good for.
        Some(time) => serializer.serialize_f64((time.as_secs_f64() * 10.0).round() / 10.0),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_run_looks_at_every_box_and_carries_what_the_last_pass_carried() {
        let mut readiness = Readiness {
            mailboxes: 5000,
            to_copy: 10,
            ..Readiness::default()
        };
        let last = Counts {
            appended: 30,
            ..Counts::default()
        };
        let looking = (Duration::from_secs(100), 1000);
        let carrying = (Duration::from_secs(20), 1000);
        readiness.expect(looking, carrying, &last, 4);
        // 5,000 looks of 0.1 s and 40 messages of 0.02 s, by four workers.
        assert_eq!(readiness.expected, Some(Duration::from_millis(125_200)));
    }

    #[test]
    fn nothing_is_expected_where_nothing_was_measured() {
        let mut readiness = Readiness::default();
        readiness.expect(
            (Duration::ZERO, 0),
            (Duration::ZERO, 0),
            &Counts::default(),
            4,
        );
        assert_eq!(readiness.expected, None);
    }
}
