//! Flags of every verb that removes messages: how many may go, and how careful to be.

use std::time::Duration;

use clap::Args;

use super::messages::Span;
use crate::ops::expunge::plan::MaxDelete;

/// How carefully messages are removed.
#[derive(Debug, Args)]
pub struct CareArgs {
    /// Refuse to remove more than this: a number of messages, or a percentage of those looked at
    #[arg(long, value_name = "N|N%")]
    pub max_delete: Option<MaxDelete>,

    /// On servers without UIDPLUS, which can only expunge all that is marked: take others' \Deleted off,
    /// expunge, and put it back. Racy: what another client marks in that moment goes too. Not used where
    /// the server has UIDPLUS
    #[arg(long)]
    pub lift_foreign_marks: bool,

    /// Wait so long after the plan, and act only on folders in which nothing has changed: 10m
    #[arg(long, value_name = "TIME")]
    pub quiet_for: Option<Span>,
}

impl CareArgs {
    /// How long folders have to rest after the plan.
    #[must_use]
    pub fn quiet_for(&self) -> Option<Duration> {
        self.quiet_for.map(|span| Duration::from_secs(span.0))
    }
}
