//! The wish to stop, set by a signal and looked at between two batches.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// A shared flag holding the number of the signal that asked to stop; 0 while nobody has.
///
/// Work in flight is finished first: a batch is never cut in two by a polite signal.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    signal: Arc<AtomicUsize>,
    armed: Arc<AtomicBool>,
}

impl Stop {
    /// The signal that asked to stop, if one did.
    #[must_use]
    pub fn signal(&self) -> Option<u8> {
        u8::try_from(self.signal.load(Ordering::Relaxed))
            .ok()
            .filter(|signal| *signal != 0)
    }

    /// Whether to begin nothing new.
    #[must_use]
    pub fn asked(&self) -> bool {
        self.signal().is_some()
    }

    /// The cell a signal handler writes the signal's number into.
    #[must_use]
    pub fn cell(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.signal)
    }

    /// The flag that the first signal sets, so that the second one can end the program at once.
    #[must_use]
    pub fn armed(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.armed)
    }
}
