//! What became of a migration, per voicemail box and in all. Data only; `ui` draws it.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::AddAssign;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::ops::error::BoxError;
use crate::ops::failures::Failures;
use crate::ops::lamps;
use crate::spool::Snapshot;
use crate::voicemail::folder::VoicemailFolder;
use crate::voicemail::greeting::Greeting;
use crate::voicemail::vmbox::VoicemailBox;

use super::plan::List;

/// What a failure is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Place {
    /// A message.
    Message {
        /// The spool folder.
        folder: VoicemailFolder,
        /// The file number, 0-based.
        number: u32,
    },
    /// A greeting.
    Greeting(#[serde(serialize_with = "greeting_field")] Greeting),
}

/// A greeting's place is a field of its own.
#[allow(clippy::trivially_copy_pass_by_ref)] // as serde calls it
fn greeting_field<S: Serializer>(kind: &Greeting, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map([("greeting", kind)])
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message { folder, number } => write!(f, "{folder}/msg{number:04}"),
            Self::Greeting(kind) => write!(f, "greeting {kind}"),
        }
    }
}

/// One message or greeting that could not be migrated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// Which.
    #[serde(flatten)]
    pub place: Place,
    /// Why, in the words of whoever refused.
    pub reason: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.reason)
    }
}

/// How many messages met which fate. Every selected message of the spool is counted exactly once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Appended in this run (and read back, unless that was switched off). In a dry run: would be.
    pub appended: u64,
    /// Were on the server already, and what is there is right. In a dry run: or would be read back.
    pub skipped: u64,
    /// Part of `skipped`: read back in full in this run.
    pub reverified: u64,
    /// Part of `skipped`: put where the spool has them, having been heard or saved to another folder
    /// there since. In a dry run: would be.
    pub updated: u64,
    /// Put there by an earlier run, and no longer in the spool. Counted with `--update` only.
    pub gone: u64,
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
        self.updated += other.updated;
        self.gone += other.gone;
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
    /// What became of its greetings, where they were asked for.
    pub greetings: Counts,
    /// Greetings that older ones were removed for (in a dry run: would be).
    pub replaced: u64,
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
    /// The state of its directories that this is about, where all of them were seen.
    pub as_of: Option<Snapshot>,
    /// How long the spool and the server were looked at.
    pub looking: Duration,
    /// How long messages were appended, read back and put elsewhere.
    pub carrying: Duration,
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
            greetings: Counts::default(),
            replaced: 0,
            failures: Vec::new(),
            error: None,
            created: Vec::new(),
            lists: BTreeMap::new(),
            reached: false,
            look: Look::default(),
            as_of: None,
            looking: Duration::ZERO,
            carrying: Duration::ZERO,
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
        let incomplete = self.counts.incomplete() || self.greetings.incomplete();
        self.error.is_none() && self.look.errors == 0 && !incomplete
    }
}

/// What became of the run. Small whatever the spool's size: details went by as events, and of boxes
/// only their names are kept.
#[derive(Debug, Clone, Default)]
pub struct RunReport {
    /// Sums over all boxes.
    pub counts: Counts,
    /// As `counts`, of greetings.
    pub greetings: Counts,
    /// Greetings that older ones were removed for (in a dry run: would be).
    pub replaced: u64,
    /// Boxes looked at.
    pub boxes: u64,
    /// Boxes that were not finished as a whole; an account without messages is not looked for.
    pub failures: Failures,
    /// Boxes of which there was nothing to do, and nothing is left to do.
    pub ready: u64,
    /// Boxes that were not begun because the run was interrupted.
    pub boxes_left: u64,
    /// Input that could not be used at all and belongs to no message (an unreadable directory, a
    /// box without configuration).
    pub input_errors: u64,
    /// Whether reading back was switched off.
    pub unverified: bool,
    /// How long boxes were looked at; workers add up.
    pub looking: Duration,
    /// How long messages were appended, read back and put elsewhere; workers add up.
    pub carrying: Duration,
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
        self.greetings += report.greetings;
        self.replaced += report.replaced;
        self.boxes += 1;
        let moved = report.counts.appended + report.counts.updated + report.counts.gone;
        self.ready += u64::from(report.complete() && moved == 0);
        self.looking += report.looking;
        self.carrying += report.carrying;
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
            && !self.greetings.incomplete()
            && self.lamps.as_ref().is_none_or(lamps::Report::complete)
    }
}
