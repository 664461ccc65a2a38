//! What became of each message of one voicemail box, counted once however often it was tried.

use std::collections::HashMap;
use std::sync::Arc;

use crate::voicemail::source_key::SourceKey;

use super::plan::{Action, BoxPlan, Skip};
use super::report::Counts;
use super::source::Candidate;

/// What became of one message so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Planned, nothing done yet.
    Pending,
    /// Appended in this run, not read back yet.
    Landed,
    /// Appended in this run, and read back if that was wanted.
    Appended,
    /// Was there already.
    There,
    /// Was there already and was read back in this run.
    Reverified,
    /// Was there already; to be put where the spool has it, nothing done yet.
    Following,
    /// Was there already, and was put where the spool has it.
    Updated,
    Removed,
    HeldBack,
    Failed,
    /// Changed while it was being read.
    Deferred,
}

/// The fates of a box's messages.
#[derive(Debug, Default)]
pub struct Ledger {
    fates: HashMap<SourceKey, (Fate, u64)>,
}

impl Ledger {
    /// Enters a plan. What earlier attempts of this run have settled stays settled.
    pub fn enter(&mut self, plan: &BoxPlan, dry_run: bool) {
        for item in &plan.items {
            let fate = match &item.action {
                Action::Append if dry_run => Fate::Appended,
                Action::Update(_) if dry_run => Fate::Updated,
                Action::Verify(_) if dry_run => Fate::There,
                Action::Update(_) => Fate::Following,
                Action::Append | Action::Verify(_) => Fate::Pending,
                Action::Skip(
                    Skip::AlreadyThere(_) | Skip::NewerThere(_) | Skip::ChangedThere(_),
                ) => Fate::There,
                Action::Skip(Skip::RemovedSince) => Fate::Removed,
                Action::HoldBack(_) => Fate::HeldBack,
            };
            let key = item.candidate.key.clone();
            let known = self
                .fates
                .entry(key)
                .or_insert((fate, item.candidate.octets));
            // An attempt before this one got as far as that before its connection broke.
            if known.0 == Fate::Following && fate == Fate::There {
                known.0 = Fate::Updated;
            }
        }
    }

    /// Enters messages no plan came to hold, because the server could not be looked at.
    pub fn enter_unreached(&mut self, candidates: &[Arc<Candidate>]) {
        for one in candidates {
            let unreached = (Fate::Pending, one.octets);
            self.fates.entry(one.key.clone()).or_insert(unreached);
        }
    }

    fn set(&mut self, key: &SourceKey, fate: Fate) {
        if let Some(entry) = self.fates.get_mut(key) {
            entry.0 = fate;
        }
    }

    /// The server has stored it.
    pub fn landed(&mut self, key: &SourceKey) {
        self.set(key, Fate::Landed);
    }

    /// What the server has is what was meant (or nobody wanted to know).
    pub fn confirmed(&mut self, key: &SourceKey) {
        let landed = self
            .fates
            .get(key)
            .is_some_and(|(fate, _)| *fate == Fate::Landed);
        self.set(
            key,
            if landed {
                Fate::Appended
            } else {
                Fate::Reverified
            },
        );
    }

    /// Something about it is not done yet, and the run was stopped.
    pub fn not_reached(&mut self, key: &SourceKey) {
        self.set(key, Fate::Pending);
    }

    /// Whether it is on the server, and was read back if that was wanted.
    #[must_use]
    pub fn done(&self, key: &SourceKey) -> bool {
        let fate = self.fates.get(key).map(|(fate, _)| *fate);
        matches!(fate, Some(Fate::Appended | Fate::There | Fate::Reverified))
    }

    /// It lies where the spool has it now.
    pub fn followed(&mut self, key: &SourceKey) {
        self.set(key, Fate::Updated);
    }

    /// It cannot be migrated, or what the server has is not what was meant.
    pub fn failed(&mut self, key: &SourceKey) {
        self.set(key, Fate::Failed);
    }

    /// Its file changed since it was planned; the next look decides.
    pub fn deferred(&mut self, key: &SourceKey) {
        self.set(key, Fate::Deferred);
    }

    /// The plan was not applied because it does not fit.
    pub fn hold_back_pending(&mut self) {
        for (fate, _) in self
            .fates
            .values_mut()
            .filter(|(fate, _)| matches!(fate, Fate::Pending | Fate::Following))
        {
            *fate = Fate::HeldBack;
        }
    }

    /// Whether the message has failed or changed in this run, so that trying again is of no use.
    #[must_use]
    pub fn given_up(&self, key: &SourceKey) -> bool {
        matches!(
            self.fates.get(key),
            Some((Fate::Failed | Fate::Deferred, _))
        )
    }

    /// Forgets what changed while it was being read: a new look decides about it.
    pub fn forget_deferred(&mut self) {
        self.fates.retain(|_, (fate, _)| *fate != Fate::Deferred);
    }

    /// Whether the message is known from an earlier look of this run.
    #[must_use]
    pub fn knows(&self, key: &SourceKey) -> bool {
        self.fates.contains_key(key)
    }

    /// Whether the message was put where the spool has it, in this run.
    #[must_use]
    pub fn has_followed(&self, key: &SourceKey) -> bool {
        matches!(self.fates.get(key), Some((Fate::Updated, _)))
    }

    /// Whether the server stored the message in this run.
    #[must_use]
    pub fn stored(&self, key: &SourceKey) -> bool {
        matches!(
            self.fates.get(key),
            Some((Fate::Landed | Fate::Appended, _))
        )
    }

    /// Adds up. A message that landed but was not read back is not done.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for (fate, octets) in self.fates.values() {
            match fate {
                Fate::Pending | Fate::Landed | Fate::Following => counts.pending += 1,
                Fate::Appended => {
                    counts.appended += 1;
                    counts.octets += octets;
                }
                Fate::There => counts.skipped += 1,
                Fate::Reverified => {
                    counts.skipped += 1;
                    counts.reverified += 1;
                }
                Fate::Updated => {
                    counts.skipped += 1;
                    counts.updated += 1;
                }
                Fate::Removed => counts.removed += 1,
                Fate::HeldBack => counts.held_back += 1,
                Fate::Failed => counts.failed += 1,
                Fate::Deferred => counts.deferred += 1,
            }
        }
        counts
    }
}
