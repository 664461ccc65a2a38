//! What a verification found, per message, per voicemail box and in all. Data only; `ui` draws it.

use std::ops::AddAssign;

use serde::Serialize;

use crate::ops::error::BoxError;
use crate::ops::failures::Failures;
use crate::ops::migrate::report::Look;
use crate::voicemail::vmbox::VoicemailBox;

/// What was found about one message of the spool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The server has it as the spool has it.
    Same {
        /// Its owner has heard it since; that is no difference.
        heard: bool,
    },
    /// The server has it otherwise; how.
    Differs(String),
    /// The server does not have it; what is known of that.
    Missing(String),
    /// It could not be compared; why.
    NotComparable(String),
    /// The server has it; its content is not part of the sample.
    LeftOut,
    /// Not reached: interrupted, or the connection was lost.
    Pending,
}

/// How many messages of the spool met which verdict. Each is in exactly one count but `heard`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// In IMAP as in the spool.
    pub same: u64,
    /// Part of `same`: heard since.
    pub heard: u64,
    /// In IMAP, but not as in the spool.
    pub differs: u64,
    /// Not in IMAP.
    pub missing: u64,
    /// Damaged, being recorded or changed.
    pub not_comparable: u64,
    /// In IMAP, and not part of the sample.
    pub left_out: u64,
    /// Not reached.
    pub pending: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.same += other.same;
        self.heard += other.heard;
        self.differs += other.differs;
        self.missing += other.missing;
        self.not_comparable += other.not_comparable;
        self.left_out += other.left_out;
        self.pending += other.pending;
    }
}

impl Counts {
    /// Counts one message.
    pub fn add(&mut self, verdict: &Verdict) {
        match verdict {
            Verdict::Same { heard } => {
                self.same += 1;
                self.heard += u64::from(*heard);
            }
            Verdict::Differs(_) => self.differs += 1,
            Verdict::Missing(_) => self.missing += 1,
            Verdict::NotComparable(_) => self.not_comparable += 1,
            Verdict::LeftOut => self.left_out += 1,
            Verdict::Pending => self.pending += 1,
        }
    }

    /// Messages of the spool.
    #[must_use]
    pub fn spool(&self) -> u64 {
        self.compared() + self.missing + self.not_comparable + self.left_out + self.pending
    }

    /// Messages that were read back.
    #[must_use]
    pub fn compared(&self) -> u64 {
        self.same + self.differs
    }

    /// Messages that are not in IMAP as they are in the spool.
    #[must_use]
    pub fn findings(&self) -> u64 {
        self.differs + self.missing
    }
}

/// What was found about one voicemail box.
#[derive(Debug)]
pub struct BoxReport {
    /// Whose it is.
    pub vmbox: VoicemailBox,
    /// What was found about its messages.
    pub counts: Counts,
    /// Why the box as a whole was not looked at to its end.
    pub error: Option<BoxError>,
    /// Whether a session on its account was had.
    pub reached: bool,
    /// What could not be read in the spool and is no message, such as a directory.
    pub input_errors: u64,
    /// Messages that `migrate` has put there and whose source is not in the spool (any more), where
    /// that can be told.
    pub without_source: Option<u64>,
}

impl BoxReport {
    /// An empty report.
    #[must_use]
    pub fn new(vmbox: VoicemailBox) -> Self {
        Self {
            vmbox,
            counts: Counts::default(),
            error: None,
            reached: false,
            input_errors: 0,
            without_source: None,
        }
    }

    /// Enters what a look at the spool shows besides its good messages.
    pub fn aside(&mut self, look: Look) {
        self.counts.not_comparable += look.lost + look.waiting;
        self.input_errors = look.errors;
    }

    /// Whether everything was looked at; what was found does not matter.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.error.is_none()
            && self.input_errors == 0
            && self.counts.not_comparable + self.counts.pending == 0
    }
}

/// What a run found. Small whatever the spool's size: details went by as they were found.
#[derive(Debug, Clone, Default)]
pub struct RunReport {
    /// Sums over all boxes.
    pub counts: Counts,
    /// Boxes looked at.
    pub boxes: u64,
    /// Boxes that were not looked at to their end.
    pub failures: Failures,
    /// Boxes that were not begun because the run was interrupted.
    pub boxes_left: u64,
    /// Input that could not be used at all and belongs to no message.
    pub input_errors: u64,
    /// Messages of ours without a source, where that could be told.
    pub without_source: Option<u64>,
    /// The signal that ended the run early.
    pub interrupted: Option<u8>,
}

impl RunReport {
    /// Adds one finished box.
    pub fn add(&mut self, report: &BoxReport) {
        self.counts += report.counts;
        self.boxes += 1;
        self.input_errors += report.input_errors;
        self.failures.add(report.reached, report.error.as_ref());
        if let Some(more) = report.without_source {
            *self.without_source.get_or_insert(0) += more;
        }
    }

    /// Whether everything was looked at; what was found does not matter.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.failures.boxes() == 0
            && self.boxes_left == 0
            && self.input_errors == 0
            && self.counts.not_comparable + self.counts.pending == 0
    }
}
