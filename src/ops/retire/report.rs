//! What became of the messages that were to be moved. Data only; `ui` draws it.

use serde::Serialize;

/// How many messages met which fate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Moved (with `--undo`: brought back).
    pub moved: u64,
    /// Changed or taken since they were compared, or their place is taken: they stay.
    pub stayed: u64,
    /// Not reached: interrupted, or no space.
    pub pending: u64,
}

/// What became of a run.
#[derive(Debug, Clone, Default)]
pub struct RunReport {
    /// The messages of the plan.
    pub counts: Counts,
    /// Why the run ended early.
    pub broken: Option<String>,
    /// The signal that ended it early.
    pub interrupted: Option<u8>,
}

impl RunReport {
    /// Whether the whole plan was carried out.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.broken.is_none() && self.counts.stayed + self.counts.pending == 0
    }
}
