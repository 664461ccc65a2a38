//! What happens while an operation runs, for whoever shows it.
//!
//! Operations report; they never print. An observer may be called from several threads at once,
//! and a [`Event::Planned`] or [`Event::Done`] is one call, so that the lines of two boxes never mix.

use crate::ops::migrate::follow::Pass;
use crate::ops::migrate::greetings::plan::GreetingPlan;
use crate::ops::migrate::plan::BoxPlan;
use crate::ops::migrate::report::{BoxReport, Failure};
use crate::voicemail::notice::Notice;
use crate::voicemail::vmbox::VoicemailBox;

/// One thing that happened.
#[derive(Debug)]
pub enum Event<'a> {
    /// The boxes are known; work begins.
    Started {
        /// How many voicemail boxes there are to look at.
        boxes: usize,
    },
    /// Something about the input is worth saying.
    Notice(&'a Notice),
    /// A box's plan stands; in a run that is not a dry run it is applied next.
    Planned(&'a BoxPlan),
    /// The same, of a box's greetings.
    GreetingsPlanned(&'a GreetingPlan),
    /// Messages of a box were appended, or found not to be needed.
    Appended {
        /// The box.
        vmbox: &'a VoicemailBox,
        /// How many.
        messages: usize,
        /// Their size.
        octets: u64,
    },
    /// Messages of a box were read back and compared.
    Verified {
        /// The box.
        vmbox: &'a VoicemailBox,
        /// How many.
        messages: usize,
        /// Their size.
        octets: u64,
    },
    /// One message could not be migrated; the others go on.
    Failed {
        /// The box.
        vmbox: &'a VoicemailBox,
        /// Which message and why.
        failure: &'a Failure,
    },
    /// The box is looked at afresh, because the connection broke or because the server may still
    /// be storing what was sent before.
    Retrying {
        /// The box.
        vmbox: &'a VoicemailBox,
        /// What happened.
        why: &'a str,
    },
    /// A box is finished, well or not.
    Done(&'a BoxReport),
    /// A pass over all boxes is finished, of a run that makes several.
    Pass(&'a Pass),
}

/// Is told what happens.
pub trait Observer: Sync {
    /// Takes note; must not block for long, since the work waits meanwhile.
    fn event(&self, event: &Event<'_>);
}
