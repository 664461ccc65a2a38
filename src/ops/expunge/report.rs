//! What became of a plan, box by box.

use std::sync::Arc;

use serde::Serialize;

use crate::mailstore::name::MailboxName;
use crate::ops::error::BoxError;
use crate::ops::failures::Failures;
use crate::ops::lamps;
use crate::voicemail::vmbox::VoicemailBox;

use super::plan::AccountPlan;

/// What became of one planned message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// Not on the server any more: looked for afterwards and not found. Where there is a trash, it
    /// was found there, as far as the server told where.
    Removed,
    /// Somebody else had removed it before.
    Gone,
    /// It is not what was asked for any more: heard meanwhile, or its mark was taken away.
    Changed,
    /// Its folder was in use (`--quiet-for`).
    Busy,
    /// The server said OK and left it.
    Refused,
    /// It was not reached, or nobody can say what became of it.
    Left,
}

/// Messages, each in exactly one of the counts behind `planned`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Were to be removed.
    pub planned: u64,
    /// Were removed, or moved to the trash.
    pub removed: u64,
    /// Octets of those.
    pub octets: u64,
    /// Had been removed by somebody else.
    pub gone: u64,
    /// Were not what was asked for any more.
    pub changed: u64,
    /// Lay in a folder in use.
    pub busy: u64,
    /// Were left by the server although it said OK.
    pub refused: u64,
    /// Were not reached, or nobody can say what became of them.
    pub left: u64,
}

impl Tally {
    /// Counts one message.
    pub fn add(&mut self, fate: Fate, octets: u64) {
        self.planned += 1;
        match fate {
            Fate::Removed => {
                self.removed += 1;
                self.octets += octets;
            }
            Fate::Gone => self.gone += 1,
            Fate::Changed => self.changed += 1,
            Fate::Busy => self.busy += 1,
            Fate::Refused => self.refused += 1,
            Fate::Left => self.left += 1,
        }
    }

    /// Adds another tally.
    pub fn add_all(&mut self, other: &Self) {
        self.planned += other.planned;
        self.removed += other.removed;
        self.octets += other.octets;
        self.gone += other.gone;
        self.changed += other.changed;
        self.busy += other.busy;
        self.refused += other.refused;
        self.left += other.left;
    }

    /// Whether nothing is left to do.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.busy + self.refused + self.left == 0
    }
}

/// One box.
#[derive(Debug, Clone)]
pub struct BoxReport {
    /// The box.
    pub vmbox: VoicemailBox,
    /// Its messages.
    pub tally: Tally,
    /// Whether any of them was about to go, whatever came of it.
    pub begun: bool,
}

/// One folder that was not finished.
#[derive(Debug)]
pub struct FolderTrouble {
    /// The folder.
    pub folder: MailboxName,
    /// Why.
    pub error: BoxError,
    /// Messages that may still carry the `\Deleted` that was set here.
    pub may_be_marked: u64,
    /// Messages of others that lack the `\Deleted` that was taken off here; the next run puts it back.
    pub not_back: u64,
}

/// One account.
#[derive(Debug)]
pub struct AccountReport {
    /// `user@host:port`, where there is one.
    pub account: Option<String>,
    /// The selected boxes.
    pub boxes: Vec<BoxReport>,
    /// Why the account could not be read, or not wholly.
    pub error: Option<Arc<BoxError>>,
    /// Folders that were not finished.
    pub troubles: Vec<FolderTrouble>,
    /// Whether the account was reached.
    pub reached: bool,
}

impl AccountReport {
    /// The report of a plan of which nothing is done.
    #[must_use]
    pub fn untouched(plan: &AccountPlan) -> Self {
        let boxes = plan.boxes.iter().map(|one| BoxReport {
            vmbox: one.vmbox.clone(),
            tally: Tally {
                planned: one.remove,
                ..Tally::default()
            },
            begun: false,
        });
        Self {
            account: plan.account.as_ref().map(|one| one.label().to_owned()),
            boxes: boxes.collect(),
            error: plan.error.clone(),
            troubles: Vec::new(),
            reached: plan.reached,
        }
    }

    /// The first error of the account.
    #[must_use]
    pub fn first_error(&self) -> Option<&BoxError> {
        let trouble = self.troubles.first().map(|one| &one.error);
        self.error.as_deref().or(trouble)
    }

    /// Whether nothing is left to do for this box of it.
    #[must_use]
    pub fn complete(&self, vmbox: &BoxReport) -> bool {
        self.first_error().is_none() && vmbox.tally.complete()
    }
}

/// The whole run.
#[derive(Debug, Default)]
pub struct RunReport {
    /// Boxes that were selected.
    pub boxes: u64,
    /// Boxes that were not begun when the run was interrupted.
    pub boxes_left: u64,
    /// Messages that were looked at.
    pub messages: u64,
    /// Messages that were to go, and what became of them.
    pub tally: Tally,
    /// How boxes failed.
    pub failures: Failures,
    /// Remarks about voicemail.conf that hide something of it.
    pub input_errors: u64,
    /// Boxes of accounts that a guard refused.
    pub refused: u64,
    /// Messages with `\Deleted` in the folders worked on that were not touched.
    pub marked_by_others: u64,
    /// Messages that were meant to go and that a guard has kept; see [`AccountPlan::withheld`].
    pub withheld: u64,
    /// Messages that may still carry a mark that was set here.
    pub may_be_marked: u64,
    /// Messages of others that lack a mark they had: of this run, or of one before it.
    pub marks_not_back: u64,
    /// The signal that ended the run early, if one did.
    pub interrupted: Option<u8>,
    /// Boxes of which something was about to go: their lamps may have become wrong.
    pub changed: Vec<VoicemailBox>,
    /// What became of lamps, where they were to be refreshed.
    pub lamps: Option<lamps::Report>,
}

impl RunReport {
    /// Whether everything that was asked for is done.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.tally.complete()
            && self.failures.boxes() == 0
            && self.may_be_marked + self.marks_not_back == 0
            && self.withheld == 0
            && self.boxes_left == 0
            && self.input_errors == 0
            && self.interrupted.is_none()
            && self.lamps.as_ref().is_none_or(lamps::Report::complete)
    }

    /// Whether all that kept it from being complete was a guard, before anything was changed.
    #[must_use]
    pub fn refused(&self) -> bool {
        self.refused + self.withheld > 0
            && self.refused == self.failures.boxes()
            && (self.withheld == 0 || self.tally.planned == 0)
            && self.tally.removed == 0
            && self.may_be_marked + self.marks_not_back == 0
            && self.interrupted.is_none()
    }

    /// Adds a finished account.
    pub fn add(&mut self, report: &AccountReport) {
        let error = report.first_error();
        let guard = error.is_some_and(super::is_guard);
        for one in &report.boxes {
            self.boxes += 1;
            self.tally.add_all(&one.tally);
            if one.begun {
                self.changed.push(one.vmbox.clone());
            }
            self.failures.add(report.reached, error);
            self.refused += u64::from(guard);
        }
        for trouble in &report.troubles {
            self.may_be_marked += trouble.may_be_marked;
            self.marks_not_back += trouble.not_back;
        }
    }
}
