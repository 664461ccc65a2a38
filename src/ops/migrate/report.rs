//! What became of a migration, per voicemail box and in all. Data only; `ui` draws it.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use serde::Serialize;

use crate::ops::error::BoxError;
use crate::ops::failures::Failures;
use crate::ops::lamps;
use crate::voicemail::folder::VoicemailFolder;
use crate::voicemail::vmbox::VoicemailBox;

use super::plan::List;

/// One message that could not be migrated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The spool folder.
    pub folder: VoicemailFolder,
    /// The file number, 0-based.
    pub number: u32,
    /// Why, in the words of whoever refused.
    pub reason: String,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/msg{:04}: {}", self.folder, self.number, self.reason)
    }
}

/// How many messages met which fate. Every selected message of the spool is counted exactly once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Appended in this run (and read back, unless that was switched off). In a dry run: would be.
    pub appended: u64,
    /// Were on the server already, and what is there is right.
    pub skipped: u64,
    /// Part of `skipped`: read back in full in this run.
    pub reverified: u64,
    /// Migrated by an earlier run and removed by their owners since; left alone.
    pub removed: u64,
    /// Could not be migrated: damaged, refused, or different when read back.
    pub failed: u64,
    /// Must not be appended as things are (over `maxmsg`, impossible folder, over quota).
    pub held_back: u64,
    /// Being recorded or changed at the moment; the next run takes them.
    pub deferred: u64,
    /// Planned but not reached: the run was interrupted or the connection lost.
    pub pending: u64,
    /// Octets of the appended messages.
    pub octets: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.appended += other.appended;
        self.skipped += other.skipped;
        self.reverified += other.reverified;
        self.removed += other.removed;
        self.failed += other.failed;
        self.held_back += other.held_back;
        self.deferred += other.deferred;
        self.pending += other.pending;
        self.octets += other.octets;
    }
}

impl Counts {
    /// Whether something that was asked for is not done.
    #[must_use]
    pub fn incomplete(&self) -> bool {
        self.failed + self.held_back + self.deferred + self.pending > 0
    }
}

/// What a look at a spool directory shows besides its good messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Look {
    /// Messages of which nothing can be used.
    pub lost: u64,
    /// Messages that are being recorded or changed.
    pub waiting: u64,
    /// What could not be read and is no message: a directory, a folder Asterisk is at work in.
    pub errors: u64,
}

/// What became of one voicemail box.
#[derive(Debug)]
pub struct BoxReport {
    /// Whose it is.
    pub vmbox: VoicemailBox,
    /// What became of its messages.
    pub counts: Counts,
    /// The messages that failed.
    pub failures: Vec<Failure>,
    /// Why the box as a whole was not finished.
    pub error: Option<BoxError>,
    /// Folders that were made (in a dry run: would be).
    pub created: Vec<String>,
    /// What Asterisk will count, per list.
    pub lists: BTreeMap<List, u32>,
    /// Whether a session on its account was had.
    pub reached: bool,
    /// The latest look at the spool; its messages are in `counts`.
    pub look: Look,
    /// Whether anything was sent to be stored, whatever came of it.
    pub sent: bool,
}

impl BoxReport {
    /// An empty report.
    #[must_use]
    pub fn new(vmbox: VoicemailBox) -> Self {
        Self {
            vmbox,
            counts: Counts::default(),
            failures: Vec::new(),
            error: None,
            created: Vec::new(),
            lists: BTreeMap::new(),
            reached: false,
            look: Look::default(),
            sent: false,
        }
    }

    /// Counts what a new look at the spool shows, instead of what the one before showed.
    pub fn look_again(&mut self, look: Look) {
        self.counts.failed = self.counts.failed + look.lost - self.look.lost;
        self.counts.deferred = self.counts.deferred + look.waiting - self.look.waiting;
        self.look = look;
    }

    /// Whether everything asked for is done.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.error.is_none() && self.look.errors == 0 && !self.counts.incomplete()
    }
}

/// What became of the run. Small whatever the spool's size: details went by as events, and of boxes
/// only their names are kept.
#[derive(Debug, Clone, Default)]
pub struct RunReport {
    /// Sums over all boxes.
    pub counts: Counts,
    /// Boxes looked at.
    pub boxes: u64,
    /// Boxes that were not finished as a whole; an account without messages is not looked for.
    pub failures: Failures,
    /// Boxes that were not begun because the run was interrupted.
    pub boxes_left: u64,
    /// Input that could not be used at all and belongs to no message (an unreadable directory, a
    /// box without configuration).
    pub input_errors: u64,
    /// Whether reading back was switched off.
    pub unverified: bool,
    /// The signal that ended the run early.
    pub interrupted: Option<u8>,
    /// Boxes for which something was sent to be stored: their lamps may have become wrong.
    pub changed: Vec<VoicemailBox>,
    /// What became of lamps, where they were to be refreshed.
    pub lamps: Option<lamps::Report>,
}

impl RunReport {
    /// Adds one finished box.
    pub fn add(&mut self, report: &BoxReport) {
        self.counts += report.counts;
        self.boxes += 1;
        self.input_errors += report.look.errors;
        if report.sent {
            self.changed.push(report.vmbox.clone());
        }
        self.failures.add(report.reached, report.error.as_ref());
    }

    /// Whether everything asked for is done.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.failures.boxes() == 0
            && self.boxes_left == 0
            && self.input_errors == 0
            && !self.counts.incomplete()
            && self.lamps.as_ref().is_none_or(lamps::Report::complete)
    }
}
