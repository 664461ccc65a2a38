//! What happens while folders are provisioned, for whoever shows it.
//!
//! As with [`crate::ops::event`]: operations report and never print, an observer may be called from
//! several threads at once, and each event is one call, so that lines of two accounts never mix.

use crate::voicemail::notice::Notice;

use super::admin::InboxPlan;
use super::plan::BoxPlan;
use super::report::BoxReport;

/// One thing that happened.
#[derive(Debug)]
pub enum Event<'a> {
    /// The boxes are known; work begins.
    Started {
        /// How many voicemail boxes there are.
        boxes: usize,
        /// How many accounts they live in.
        accounts: usize,
    },
    /// Something is worth saying.
    Notice(&'a Notice),
    /// What an administrator will do about an account stands; in a run that is not a dry run it is
    /// done next.
    Inbox(&'a InboxPlan),
    /// A box's plan stands; in a run that is not a dry run it is applied when those of the account's
    /// other boxes stand too.
    Planned(&'a BoxPlan),
    /// The connection broke; the account is looked at afresh.
    Retrying {
        /// The account.
        account: &'a str,
        /// What happened.
        why: &'a str,
    },
    /// A box is finished, well or not.
    Done(&'a BoxReport),
}

/// Is told what happens.
pub trait Observer: Sync {
    /// Takes note; must not block for long, since the work waits meanwhile.
    fn event(&self, event: &Event<'_>);
}
