//! How a run over many boxes failed, counted by kind for the exit status.

use crate::ops::error::{BoxError, Kind};

/// Boxes that were not finished, by kind of failure, and boxes whose account was reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Failures {
    /// Boxes whose account was reached.
    pub reached: u64,
    /// Boxes no session could be had for.
    pub connect: u64,
    /// Boxes whose login was refused.
    pub login: u64,
    /// Boxes that failed otherwise.
    pub other: u64,
}

impl Failures {
    /// Counts one finished box.
    pub fn add(&mut self, reached: bool, error: Option<&BoxError>) {
        self.add_kind(reached, error.map(BoxError::kind));
    }

    /// As [`add`](Self::add), where several boxes failed by one error.
    pub fn add_kind(&mut self, reached: bool, kind: Option<Kind>) {
        self.reached += u64::from(reached);
        match kind {
            Some(Kind::Connect) => self.connect += 1,
            Some(Kind::Login) => self.login += 1,
            Some(Kind::Other) => self.other += 1,
            None => {}
        }
    }

    /// Boxes that were not finished as a whole.
    #[must_use]
    pub fn boxes(&self) -> u64 {
        self.connect + self.login + self.other
    }
}
