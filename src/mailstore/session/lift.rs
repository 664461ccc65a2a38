//! Removing messages where a server has no UIDPLUS: EXPUNGE without UIDs, once nothing is marked but
//! what is to go.
//!
//! The one place that sends that command, and only where it was asked for by name
//! (`--lift-foreign-marks`; docs/decisions/0005). Others' `\Deleted` is taken off, the marked messages
//! are looked at, and where they are exactly the planned ones EXPUNGE follows as the very next
//! command on the same connection; then others' marks are put back and looked at. What is left is
//! a race: a mark that is set between that look and EXPUNGE takes its message along. The caller
//! keeps a record before the first mark moves, so that another run can put back what this one could
//! not. Source: RFC 3501 §6.4.3, §7.4.1, §7.4.2.

use std::collections::BTreeSet;

use super::super::error::StoreError;
use super::super::fetched::{self, Datum};
use super::super::link::{Untagged, ignore, lock};
use super::super::name::MailboxName;
use super::super::search::Search;
use super::super::types::{Uid, UidValidity};
use super::super::uidset::Chunk;
use super::Session;
use super::flags::chunks;
use super::removal::{Lift, LiftStep, PutBack, Removal, RemovalStopped};
use super::remove::{Check, DELETED, Work, stopped};

/// Is told each step before it begins, and says whether it is on record: where not, nothing follows.
pub(super) type Record<'a> = dyn FnMut(LiftStep<'_>) -> bool + 'a;

impl Session {
    /// Removes messages for good where the server has no UIDPLUS: takes others' marks off, looks
    /// whether exactly these messages are marked, expunges, and puts others' marks back. `check` has
    /// the last word on each message, `record` has to hold what is about to be done on disk. Safe to
    /// repeat once [`put_marks_back`](Self::put_marks_back) has undone what was left.
    ///
    /// # Errors
    /// As [`remove`](Self::remove); `InvalidArgument` with nothing done where the server has UIDPLUS
    /// or the record could not be written; `MarksDiffer` with nothing removed where somebody else
    /// marks messages meanwhile; `MarksNotBack`. [`RemovalStopped::done`] says in `not_back` and
    /// `may_be_marked` what is left to undo.
    pub fn remove_alone(
        &mut self,
        folder: &MailboxName,
        expect: UidValidity,
        uids: &[Uid],
        check: &mut Check<'_>,
        record: &mut Record<'_>,
    ) -> Result<Removal, Box<RemovalStopped>> {
        let mut done = Removal::default();
        match self.lift_and_remove(folder, expect, uids, check, record, &mut done) {
            Ok(()) => Ok(done),
            Err(error) => Err(stopped(error, done, Vec::new())),
        }
    }

    /// Puts back what a run that was cut had changed: takes `\Deleted` off `ours`, and marks those of
    /// `others` that are still there. `settle` is called between the two and may wait: an EXPUNGE
    /// that was sent may still be under way, and must not meet others' marks; it is told whether any
    /// of `planned` is left. Safe to repeat.
    ///
    /// # Errors
    /// `UidValidityChanged` with nothing done: the UIDs mean other messages. `ReadOnly`, `Refused`,
    /// `MarksNotBack`, or what broke the connection.
    pub fn put_marks_back(
        &mut self,
        folder: &MailboxName,
        expect: UidValidity,
        lift: &Lift,
        settle: &mut dyn FnMut(bool),
    ) -> Result<PutBack, StoreError> {
        self.open_to_change(folder, expect)?;
        let here = self.look_at(lift.ours.iter().copied())?;
        let mut done = Removal {
            may_be_marked: here.into_keys().collect(),
            not_back: lift.others.clone(),
            ..Removal::default()
        };
        self.take_marks_back(&mut done)?;
        let pending = !self.look_at(lift.planned.iter().copied())?.is_empty();
        settle(pending);
        let here = self.look_at(lift.others.iter().copied())?;
        let (back, gone) = lift.others.iter().partition(|uid| here.contains_key(uid));
        self.mark_others_again(&mut done)?;
        self.leave();
        Ok(PutBack { back, gone })
    }

    fn lift_and_remove(
        &mut self,
        folder: &MailboxName,
        expect: UidValidity,
        uids: &[Uid],
        check: &mut Check<'_>,
        record: &mut Record<'_>,
        done: &mut Removal,
    ) -> Result<(), StoreError> {
        if self.capabilities.has("UIDPLUS") {
            return Err(StoreError::invalid(format!(
                "folder {folder}: the server has UIDPLUS, so nobody's marks need to be lifted"
            )));
        }
        self.open_to_change(folder, expect)?;
        let Some(mut work) = self.look_over(uids, check, done)? else {
            self.leave();
            return Ok(());
        };
        let (marked, _) = self.marked()?;
        let planned: BTreeSet<Uid> = work.targets.keys().copied().collect();
        let lift = Lift {
            others: marked.difference(&planned).copied().collect(),
            ours: planned.difference(&marked).copied().collect(),
            planned: planned.into_iter().collect(),
        };
        if !record(LiftStep::Lifting(&lift)) {
            self.leave();
            return Err(unrecorded(folder));
        }
        done.not_back.clone_from(&lift.others);
        done.may_be_marked.clone_from(&lift.ours);
        let expunged = self.expunge_alone(folder, &lift, &mut work, record, done);
        let settled = self.settle(&work, done);
        let back = self.mark_others_again(done);
        // The first error says what happened; the others may only follow from it.
        expunged
            .and(settled)
            .and(back)
            .map_err(|error| error.uncertain(&format!("removing messages from {folder}")))?;
        self.leave();
        Ok(())
    }

    fn expunge_alone(
        &mut self,
        folder: &MailboxName,
        lift: &Lift,
        work: &mut Work,
        record: &mut Record<'_>,
        done: &mut Removal,
    ) -> Result<(), StoreError> {
        for chunk in chunks(lift.others.iter().copied()) {
            self.store(&chunk, '-', DELETED)?;
        }
        for chunk in chunks(lift.ours.iter().copied()) {
            self.store(&chunk, '+', DELETED)?;
        }
        let uids = self.marked_targets(work, done)?;
        if uids.is_empty() {
            return Ok(());
        }
        // On record before the look: nothing may come between the look and EXPUNGE.
        if !record(LiftStep::Expunging) {
            return Err(unrecorded(folder));
        }
        self.only_these_are_marked(&uids)?;
        work.sent.extend(&uids);
        let all = Chunk {
            set: String::new(),
            uids,
        };
        let command = format!("EXPUNGE in {folder}");
        self.take_out("EXPUNGE", &command, &all, work, done)
            .map(drop)
    }

    /// The last look. The server is made to tell first what happened meanwhile; a mark on another
    /// message that it tells while it answers counts, even where its answer does not hold it.
    fn only_these_are_marked(&mut self, uids: &[Uid]) -> Result<(), StoreError> {
        let command = format!("NOOP in {}", self.open_name());
        lock(&self.link).run("NOOP", &command, &mut ignore)?;
        let planned: BTreeSet<Uid> = uids.iter().copied().collect();
        let (marked, told) = self.marked()?;
        let strange = |mark: &Option<Uid>| mark.is_none_or(|uid| !planned.contains(&uid));
        let told: Vec<Option<Uid>> = told.into_iter().filter(strange).collect();
        let unread = usize::from(lock(&self.link).wire.has_unread());
        let others = marked.difference(&planned).count().max(told.len()) + unread;
        let missing = planned.difference(&marked).count();
        if others + missing == 0 {
            return Ok(());
        }
        Err(StoreError::MarksDiffer {
            folder: self.open_name(),
            others,
            missing,
        })
    }

    /// The messages that carry `\Deleted`, and those that the server told of besides (without a UID,
    /// where it told none).
    fn marked(&mut self) -> Result<(BTreeSet<Uid>, Vec<Option<Uid>>), StoreError> {
        let command = format!("UID SEARCH in {}", self.open_name());
        let mut told = Vec::new();
        let asked = self.ask("UID SEARCH", &Search::deleted(), &mut |untagged| {
            let Untagged::Data(data) = untagged else {
                return Ok(());
            };
            match fetched::read(data) {
                Datum::Broken => return Err(StoreError::malformed(&*command, data)),
                Datum::Fetch(fetched) if fetched.flags.is_some_and(|flags| flags.deleted) => {
                    told.push(fetched.uid);
                }
                _ => {}
            }
            Ok(())
        })?;
        // Some servers say nothing where they find nothing; what is planned is looked for anyway.
        let found = asked.found.unwrap_or_default();
        Ok((found.into_iter().collect(), told))
    }

    /// Marks others' messages that lost their mark here, and keeps in `not_back` those that were not
    /// seen with it again.
    fn mark_others_again(&mut self, done: &mut Removal) -> Result<(), StoreError> {
        if done.not_back.is_empty() || self.is_dead() {
            return Ok(());
        }
        let (now, refused) = self.mark_and_look(&done.not_back, '+')?;
        done.not_back
            .retain(|uid| now.get(uid).is_some_and(|m| !m.flags.deleted));
        match (refused, done.not_back.len()) {
            (_, 0) => Ok(()),
            (Some(error), _) => Err(error),
            (None, count) => Err(StoreError::MarksNotBack {
                folder: self.open_name(),
                count,
            }),
        }
    }
}

fn unrecorded(folder: &MailboxName) -> StoreError {
    StoreError::invalid(format!(
        "folder {folder}: what is to be done could not be put on record; nothing was removed"
    ))
}
