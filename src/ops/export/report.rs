//! What became of an export, box by box.

use serde::Serialize;

use crate::mailstore::types::Uid;
use crate::ops::error::BoxError;
use crate::ops::expunge::is_guard;
use crate::ops::failures::Failures;
use crate::voicemail::folder::VoicemailFolder;
use crate::voicemail::vmbox::VoicemailBox;

/// Messages, each in exactly one of the counts behind `selected`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Were asked for.
    pub selected: u64,
    /// Were written (dry run: would be).
    pub written: u64,
    /// Octets of their recordings; in a dry run of the messages.
    pub octets: u64,
    /// Are to be compared with what is there; only in a dry run.
    pub compared: u64,
    /// Are there already.
    pub there: u64,
    /// Were written by an earlier run and have gone since; left alone.
    pub removed_since: u64,
    /// Could not be exported.
    pub failed: u64,
    /// Were not reached.
    pub left: u64,
    /// Forwarders' comments kept beside messages.
    pub comments: u64,
}

impl Tally {
    /// Whether nothing failed and nothing was left.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.failed == 0 && self.left == 0
    }

    /// Counts what was asked for and is not settled as left.
    pub fn settle(&mut self) {
        let settled = self.written + self.compared + self.there;
        let settled = settled + self.removed_since + self.failed;
        self.left = self.selected.saturating_sub(settled);
    }

    /// Adds another.
    pub fn add(&mut self, other: &Self) {
        self.selected += other.selected;
        self.written += other.written;
        self.octets += other.octets;
        self.compared += other.compared;
        self.there += other.there;
        self.removed_since += other.removed_since;
        self.failed += other.failed;
        self.left += other.left;
        self.comments += other.comments;
    }
}

/// A message that could not be exported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// Whose.
    pub mailbox: VoicemailBox,
    /// The folder it was to go to.
    pub folder: VoicemailFolder,
    /// The IMAP folder it lies in.
    pub imap_folder: String,
    /// Its UID there.
    pub uid: Uid,
    /// Why.
    pub reason: String,
}

/// What became of one box.
#[derive(Debug)]
pub struct BoxReport {
    /// The box.
    pub vmbox: VoicemailBox,
    /// Its messages.
    pub tally: Tally,
    /// Its greetings.
    pub greetings: Tally,
    /// Whether nothing stopped the work on its account.
    pub finished: bool,
}

impl BoxReport {
    /// Whether nothing is left to do.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.finished
            && [&self.tally, &self.greetings]
                .iter()
                .all(|one| one.complete())
    }
}

/// What became of one account.
#[derive(Debug)]
pub struct AccountReport {
    /// Its boxes that were asked for.
    pub boxes: Vec<BoxReport>,
    /// Why it was not finished.
    pub error: Option<BoxError>,
    /// Whether it was reached.
    pub reached: bool,
}

/// The whole run.
#[derive(Debug, Default)]
pub struct RunReport {
    /// Boxes that were asked for.
    pub boxes: u64,
    /// Boxes that were not begun.
    pub boxes_left: u64,
    /// All messages.
    pub tally: Tally,
    /// All greetings.
    pub greetings: Tally,
    /// How boxes failed.
    pub failures: Failures,
    /// Remarks about voicemail.conf that hide something of it.
    pub input_errors: u64,
    /// Why writing as a whole came to an end.
    pub broken: Option<String>,
    /// The signal that ended the run early, if one did.
    pub interrupted: Option<u8>,
    /// Boxes of accounts that a guard refused.
    pub refused: u64,
}

impl RunReport {
    /// Whether everything that was asked for is done.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.tally.complete()
            && self.greetings.complete()
            && self.failures.boxes() == 0
            && self.boxes_left == 0
            && self.input_errors == 0
            && self.broken.is_none()
            && self.interrupted.is_none()
    }

    /// Whether all that kept it from being complete was a guard, before anything was written.
    #[must_use]
    pub fn refused(&self) -> bool {
        self.refused > 0
            && self.refused == self.failures.boxes()
            && self.tally.written == 0
            && self.interrupted.is_none()
    }

    /// Adds a finished account.
    pub fn add(&mut self, account: &AccountReport) {
        let guard = account.error.as_ref().is_some_and(is_guard);
        for one in &account.boxes {
            self.boxes += 1;
            self.refused += u64::from(guard);
            self.tally.add(&one.tally);
            self.greetings.add(&one.greetings);
            self.failures.add(account.reached, account.error.as_ref());
        }
    }
}
