//! What a box holds in the spool at its latest look, against what an account holds of it: which
//! copies are without a source now, because their message was deleted by phone.
//!
//! Pure. Says nothing rather than something wrong: as long as one message of the box could not be
//! read, was being changed or was not looked at, none counts as gone.

use std::collections::{HashMap, HashSet};

use crate::voicemail::source_key::SourceKey;

use super::plan::{Held, Memory};
use super::report::Look;
use super::seen::Seen;

/// The identities in one box's spool, and of its copies.
#[derive(Debug, Default)]
pub struct Present {
    keys: HashSet<SourceKey>,
    /// Whether every message there gave an identity.
    whole: bool,
    /// Copies on the server that this journal's runs have put there and nobody has touched.
    copies: HashSet<SourceKey>,
}

impl Present {
    /// A new look at the spool was taken; its good messages are [added](Self::add) next.
    pub fn begin(&mut self, seen: &Seen) {
        self.keys.clear();
        self.whole = seen.look == Look::default();
    }

    /// This message is there.
    pub fn add(&mut self, key: SourceKey) {
        self.keys.insert(key);
    }

    /// Something is there of which the identity is not known.
    pub fn unsure(&mut self) {
        self.whole = false;
    }

    /// Notes which of the account's messages are copies that runs have put there, where they lie
    /// still.
    pub fn note_copies(&mut self, held: &HashMap<SourceKey, Vec<Held>>, memory: &dyn Memory) {
        let untouched = |key: &SourceKey, copies: &[Held]| {
            let placed = memory.placed(key);
            let mut lists = copies.iter().filter_map(|copy| copy.list);
            lists.any(|list| placed.contains(&list))
        };
        let ours = held.iter().filter(|(key, copies)| untouched(key, copies));
        self.copies = ours.map(|(key, _)| key.clone()).collect();
    }

    /// Whether every message of the box is known, so that what is not there is gone.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// Whether the spool holds the message.
    #[must_use]
    pub fn holds(&self, key: &SourceKey) -> bool {
        self.keys.contains(key)
    }

    /// How many messages the spool holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether the spool holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Copies without a source; none where that is not sure.
    #[must_use]
    pub fn gone(&self) -> u64 {
        if !self.whole {
            return 0;
        }
        let gone = self.copies.iter().filter(|key| !self.keys.contains(*key));
        gone.count() as u64
    }
}
