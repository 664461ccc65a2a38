//! What became of provisioning, per voicemail box and in all. Data only; `ui` draws it.

use std::fmt;
use std::ops::AddAssign;
use std::sync::Arc;

use serde::Serialize;

use crate::ops::error::BoxError;
use crate::ops::failures::Failures;
use crate::voicemail::vmbox::VoicemailBox;

/// How many folders met which fate. Every wanted folder of every box is in exactly one of the first
/// four; a folder that several boxes of an account share is created for the first of them and exists
/// for the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Were there.
    pub existed: u64,
    /// Made in this run. In a dry run: would be.
    pub created: u64,
    /// Not there: the server refused, cannot have them, or the box was refused.
    pub refused: u64,
    /// Not reached: the account could not be looked at, or the connection was lost.
    pub pending: u64,
    /// Subscribed to in this run. In a dry run: would be.
    pub subscribed: u64,
    /// Rights given in this run, once for each folder and user. In a dry run: would be.
    pub granted: u64,
    /// Subscriptions and rights that were refused.
    pub steps_refused: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.existed += other.existed;
        self.created += other.created;
        self.refused += other.refused;
        self.pending += other.pending;
        self.subscribed += other.subscribed;
        self.granted += other.granted;
        self.steps_refused += other.steps_refused;
    }
}

impl Counts {
    /// Whether something that was asked for is not done.
    #[must_use]
    pub fn incomplete(&self) -> bool {
        self.refused + self.pending + self.steps_refused > 0
    }
}

/// What was not done.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// Making the folder.
    Create,
    /// Subscribing to it.
    Subscribe,
    /// Giving these rights on it.
    Grant(String),
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create => f.write_str("not made"),
            Self::Subscribe => f.write_str("not subscribed to"),
            Self::Grant(grant) => write!(f, "rights {grant} not given"),
        }
    }
}

/// One thing that could not be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The folder, as people read it.
    pub folder: String,
    /// What was not done.
    pub deed: Deed,
    /// Why, with the server's own words.
    pub reason: String,
}

/// What became of one voicemail box.
#[derive(Debug, Clone)]
pub struct BoxReport {
    /// Whose it is.
    pub vmbox: VoicemailBox,
    /// Its account, where one is known.
    pub account: Option<String>,
    /// The numbers.
    pub counts: Counts,
    /// Folders that were made (in a dry run: would be).
    pub created: Vec<String>,
    /// Folders that were subscribed to (in a dry run: would be).
    pub subscribed: Vec<String>,
    /// What could not be done.
    pub refused: Vec<Refused>,
    /// Why the box was refused as a whole: its messages would be mixed with another box's.
    pub collision: Option<String>,
    /// Why the box as a whole was not finished.
    pub error: Option<Arc<BoxError>>,
    /// Whether its account was looked at.
    pub reached: bool,
}

impl BoxReport {
    /// An empty report.
    #[must_use]
    pub fn new(vmbox: VoicemailBox, account: Option<String>) -> Self {
        Self {
            vmbox,
            account,
            counts: Counts::default(),
            created: Vec::new(),
            subscribed: Vec::new(),
            refused: Vec::new(),
            collision: None,
            error: None,
            reached: false,
        }
    }

    /// Whether everything asked for is done.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.error.is_none() && self.collision.is_none() && !self.counts.incomplete()
    }

    /// What could not be done and why, one sentence for all folders with the same reason.
    #[must_use]
    pub fn reasons(&self) -> Vec<String> {
        let mut grouped: Vec<(&Deed, &str, Vec<&str>)> = Vec::new();
        for one in &self.refused {
            let same = grouped
                .iter_mut()
                .find(|(deed, reason, _)| **deed == one.deed && alike(reason, &one.reason));
            match same {
                Some((_, _, folders)) => folders.push(&one.folder),
                None => grouped.push((&one.deed, &one.reason, vec![&one.folder])),
            }
        }
        let mut reasons: Vec<String> = grouped
            .into_iter()
            .map(|(deed, reason, folders)| format!("{} {deed}: {reason}", folders.join(", ")))
            .collect();
        reasons.extend(self.collision.clone());
        reasons.extend(self.error.as_ref().map(ToString::to_string));
        reasons
    }
}

/// Whether two reasons say the same. Dovecot closes its answers with the time they took,
/// `(0.001 + 0.000 secs).`, and that is different for each folder.
fn alike(one: &str, other: &str) -> bool {
    without_times(one) == without_times(other)
}

fn without_times(reason: &str) -> String {
    let is_time = |c: char| c.is_ascii_digit() || matches!(c, '.' | '+' | ' ');
    let pieces = reason.split_inclusive(" secs)").map(|piece| {
        let times = piece
            .strip_suffix(" secs)")
            .and_then(|p| p.rsplit_once('('));
        match times {
            Some((words, times)) if times.chars().all(is_time) => words,
            _ => piece,
        }
    });
    pieces.collect()
}

/// What became of the run.
#[derive(Debug, Clone, Default)]
pub struct RunReport {
    /// Sums over all boxes.
    pub counts: Counts,
    /// Boxes worked on.
    pub boxes: u64,
    /// Boxes that were refused because they collide with another box.
    pub collisions: u64,
    /// Boxes that were not finished as a whole.
    pub failures: Failures,
    /// Boxes that were not begun because the run was interrupted.
    pub boxes_left: u64,
    /// What of voicemail.conf is not known; more mailboxes may stand there.
    pub input_errors: u64,
    /// The signal that ended the run early.
    pub interrupted: Option<u8>,
}

impl RunReport {
    /// Adds one finished box.
    pub fn add(&mut self, report: &BoxReport) {
        self.counts += report.counts;
        self.boxes += 1;
        self.collisions += u64::from(report.collision.is_some());
        self.failures.add(report.reached, report.error.as_deref());
    }

    /// Whether everything asked for is done.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.failures.boxes() == 0
            && self.collisions == 0
            && self.boxes_left == 0
            && self.input_errors == 0
            && !self.counts.incomplete()
    }

    /// Whether nothing was done at all because every box was refused.
    #[must_use]
    pub fn refused_whole(&self) -> bool {
        self.collisions > 0 && self.collisions == self.boxes && self.boxes_left == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_with_the_same_reason_are_told_in_one_sentence() {
        let mut report = BoxReport::new(VoicemailBox::new("1", "a"), None);
        let refused = |folder: &str, deed, reason: &str| Refused {
            folder: folder.to_owned(),
            deed,
            reason: reason.to_owned(),
        };
        report.refused = vec![
            refused("Old", Deed::Create, "NO no"),
            refused("Work", Deed::Create, "NO no"),
            refused("Old", Deed::Subscribe, "NO no"),
            refused(
                "Family",
                Deed::Create,
                "BAD what (0.001 + 0.000 secs).; ask",
            ),
            refused(
                "Friends",
                Deed::Create,
                "BAD what (0.002 + 0.000 + 0.010 secs).; ask",
            ),
            refused("Cust1", Deed::Create, "BAD what (7 secs is too long)"),
            refused("Cust2", Deed::Create, "BAD what (over 7 secs)"),
        ];
        assert_eq!(
            report.reasons(),
            [
                "Old, Work not made: NO no",
                "Old not subscribed to: NO no",
                "Family, Friends not made: BAD what (0.001 + 0.000 secs).; ask",
                "Cust1 not made: BAD what (7 secs is too long)",
                "Cust2 not made: BAD what (over 7 secs)",
            ]
        );
    }

    #[test]
    fn only_a_run_that_refused_every_box_did_nothing() {
        let mut collided = BoxReport::new(VoicemailBox::new("1", "a"), None);
        collided.collision = Some("2@a too".to_owned());
        let fine = BoxReport::new(VoicemailBox::new("3", "a"), None);
        let mut run = RunReport::default();
        assert!(!run.refused_whole() && run.complete());
        run.add(&collided);
        assert!(run.refused_whole() && !run.complete());
        run.add(&fine);
        assert!(!run.refused_whole() && !run.complete());
    }
}
