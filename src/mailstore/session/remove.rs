//! Removing messages: with [`super::delete`], which takes folders of our own, the only place that can.
//!
//! Only `UID EXPUNGE` (RFC 4315) of UIDs that were planned, looked at again under the same
//! UIDVALIDITY and found marked as deleted; and `UID MOVE` (RFC 6851) of such UIDs.
//! EXPUNGE without UIDs and CLOSE would take what others have marked, so neither is ever
//! sent from here, and a server without UIDPLUS is refused; [`super::lift`] is the one exception. A UID that is not marked is never sent either:
//! UW imapd's mix format expunges it all the same (`mix_expunge`). What vanished is not believed
//! but looked for.

use std::collections::{BTreeMap, BTreeSet};

use super::super::error::{Scope, StoreError};
use super::super::fetched::{self, Datum};
use super::super::link::{Untagged, lock};
use super::super::name::MailboxName;
use super::super::types::{Uid, UidValidity};
use super::super::uidset::Chunk;
use super::Session;
use super::copy::{copies, copy_uid};
use super::flags::chunks;
use super::removal::{Candidate, Copied, Moved, Removal, RemovalStopped};

pub(super) const DELETED: &str = "(\\Deleted)";

/// Is shown each message once more before it is removed, and says whether it is the right one.
pub(super) type Check<'a> = dyn FnMut(&Candidate) -> bool + 'a;

/// What is worked on.
pub(super) struct Work {
    /// Every UID in the folder before anything was done.
    pub(super) before: BTreeSet<Uid>,
    pub(super) targets: BTreeMap<Uid, Candidate>,
    /// Those the server was asked to take out of the folder.
    pub(super) sent: BTreeSet<Uid>,
}

impl Session {
    /// Removes messages for good: marks those that are not marked, looks whether they are, expunges
    /// exactly these, and looks what is left. `check` sees each message as it is now and has the
    /// last word. Others' marked messages stay. Safe to repeat.
    ///
    /// # Errors
    /// With nothing done: `NotOffered` without UIDPLUS, `UidValidityChanged`, `ReadOnly`, `Refused`
    /// where the folder cannot be opened. Afterwards: `Refused` where the server would not mark or
    /// expunge (the marks set here are taken back), `MoreVanished` where anything else vanished
    /// meanwhile (the rest is left alone), `OutcomeUnknown` where the connection broke:
    /// [`RemovalStopped::done`] says how far it came and what may still be marked.
    pub fn remove(
        &mut self,
        folder: &MailboxName,
        expect: UidValidity,
        uids: &[Uid],
        check: &mut Check<'_>,
    ) -> Result<Removal, Box<RemovalStopped>> {
        let mut done = Removal::default();
        match self.remove_into(folder, expect, uids, check, &mut done) {
            Ok(()) => Ok(done),
            Err(error) => Err(stopped(error, done, Vec::new())),
        }
    }

    /// Moves messages to another folder, which has to exist: by UID MOVE where announced, else by
    /// UID COPY and [`remove`](Self::remove) of what the server named a copy for. Not safe to
    /// repeat blindly after `OutcomeUnknown`: without MOVE a message may be in both folders.
    ///
    /// # Errors
    /// As [`remove`](Self::remove); `Refused` with `TRYCREATE` where the target is missing. Where
    /// a part was copied before a refusal, that part is moved.
    pub fn move_messages(
        &mut self,
        folder: &MailboxName,
        expect: UidValidity,
        uids: &[Uid],
        target: &MailboxName,
        check: &mut Check<'_>,
    ) -> Result<Moved, Box<RemovalStopped>> {
        let mut moved = Moved::default();
        let outcome = if folder == target {
            Err(StoreError::invalid(format!(
                "folder {folder}: is where the messages are"
            )))
        } else if self.capabilities.has("MOVE") {
            self.move_at_once(folder, expect, uids, target, check, &mut moved)
        } else {
            self.copy_and_remove(folder, expect, uids, target, check, &mut moved)
        };
        match outcome {
            Ok(()) => Ok(moved),
            Err(error) => Err(stopped(error, moved.removal, moved.copies)),
        }
    }

    pub(super) fn remove_into(
        &mut self,
        folder: &MailboxName,
        expect: UidValidity,
        uids: &[Uid],
        check: &mut Check<'_>,
        done: &mut Removal,
    ) -> Result<(), StoreError> {
        self.need("UIDPLUS", folder)?;
        self.open_to_change(folder, expect)?;
        let Some(mut work) = self.look_over(uids, check, done)? else {
            self.leave();
            return Ok(());
        };
        let expunged = self.mark_and_expunge(&mut work, done);
        let settled = self.settle(&work, done);
        // The first error says what happened; the second may only follow from it.
        expunged
            .and(settled)
            .map_err(|error| error.uncertain(&format!("removing messages from {folder}")))?;
        self.leave();
        Ok(())
    }

    /// Leaves the folder. The work is done and looked at; that the session broke now is for the
    /// next call to tell.
    pub(super) fn leave(&mut self) {
        let _ = self.unselect();
    }

    pub(super) fn need(
        &self,
        capability: &'static str,
        folder: &MailboxName,
    ) -> Result<(), StoreError> {
        if self.capabilities.has(capability) {
            return Ok(());
        }
        Err(StoreError::NotOffered {
            command: format!("removing messages from {folder}"),
            capability,
        })
    }

    /// Looks at the messages once more; `None` where there is nothing to do.
    pub(super) fn look_over(
        &mut self,
        uids: &[Uid],
        check: &mut Check<'_>,
        done: &mut Removal,
    ) -> Result<Option<Work>, StoreError> {
        let mut targets = self.look_at(uids.iter().copied())?;
        let planned: BTreeSet<Uid> = uids.iter().copied().collect();
        done.gone = planned
            .iter()
            .filter(|uid| !targets.contains_key(uid))
            .copied()
            .collect();
        targets.retain(|uid, candidate| {
            let wanted = check(candidate);
            if !wanted {
                done.declined.push(*uid);
            }
            wanted
        });
        if targets.is_empty() {
            let gone: Vec<Uid> = std::mem::take(&mut done.gone);
            self.unless_there(&gone)?;
            done.gone = gone;
            return Ok(None);
        }
        let before = self.all_uids()?.unwrap_or_default();
        if !targets.keys().all(|uid| before.contains(uid)) {
            let error = StoreError::malformed("UID SEARCH", b"it does not name what FETCH told");
            return Err(lock(&self.link).kill(error));
        }
        Ok(Some(Work {
            before,
            targets,
            sent: BTreeSet::new(),
        }))
    }

    fn mark_and_expunge(&mut self, work: &mut Work, done: &mut Removal) -> Result<(), StoreError> {
        let unmarked = work.targets.values().filter(|m| !m.flags.deleted);
        for chunk in chunks(unmarked.map(|m| m.uid).collect::<Vec<_>>()) {
            // Before it is sent: it may be done and its answer lost.
            done.may_be_marked.extend(&chunk.uids);
            self.store(&chunk, '+', DELETED)?;
        }
        for chunk in chunks(self.marked_targets(work, done)?) {
            work.sent.extend(&chunk.uids);
            let command = format!("UID EXPUNGE in {}", self.open_name());
            let line = format!("UID EXPUNGE {}", chunk.set);
            self.take_out(&line, &command, &chunk, work, done)
                .map(drop)?;
        }
        Ok(())
    }

    /// Those of the messages that carry the mark now; of the others it is noted why not.
    pub(super) fn marked_targets(
        &mut self,
        work: &Work,
        done: &mut Removal,
    ) -> Result<Vec<Uid>, StoreError> {
        let now = self.look_at(work.targets.keys().copied())?;
        let mut marked = Vec::new();
        for uid in work.targets.keys() {
            match now.get(uid) {
                None => done.gone.push(*uid),
                Some(message) if message.flags.deleted => marked.push(*uid),
                Some(_) => done.unmarked.push(*uid),
            }
        }
        Ok(marked)
    }

    /// Sends a command that takes messages out of the folder, and stops where more vanish than it
    /// named. Returns the COPYUID of its answer.
    pub(super) fn take_out(
        &mut self,
        line: &str,
        command: &str,
        chunk: &Chunk,
        work: &Work,
        done: &Removal,
    ) -> Result<Option<String>, StoreError> {
        let mut vanished = 0;
        let mut copies = None;
        let status = lock(&self.link).run(line, command, &mut |untagged| {
            match untagged {
                Untagged::Data(data) => match fetched::read(data) {
                    Datum::Expunge(count) => vanished += count,
                    Datum::Broken => return Err(StoreError::malformed(command, data)),
                    _ => {}
                },
                Untagged::Status(status) => copies = copy_uid(status).or_else(|| copies.take()),
            }
            Ok(())
        })?;
        if vanished > chunk.uids.len() as u64 {
            let left = self.left(work)?;
            self.nothing_else(&vanished_unplanned(work, &left, done))?;
        }
        Ok(copy_uid(&status).or(copies))
    }

    /// The UIDs that are in the folder now.
    fn left(&mut self, work: &Work) -> Result<BTreeSet<Uid>, StoreError> {
        match self.all_uids()? {
            Some(left) => Ok(left),
            // Nothing told is nothing left only where nothing else was there.
            None if work.before.iter().all(|uid| work.sent.contains(uid)) => Ok(BTreeSet::new()),
            None => {
                let error = StoreError::malformed("UID SEARCH", b"OK without an answer");
                Err(lock(&self.link).kill(error))
            }
        }
    }

    fn nothing_else(&self, also_gone: &[Uid]) -> Result<(), StoreError> {
        match also_gone.len() {
            0 => Ok(()),
            count => Err(StoreError::MoreVanished {
                folder: self.open_name(),
                count,
            }),
        }
    }

    /// Looks what is left, takes back marks that were set here, and puts all of it down.
    pub(super) fn settle(&mut self, work: &Work, done: &mut Removal) -> Result<(), StoreError> {
        let reached = |uid: &Uid, done: &Removal| {
            work.sent.contains(uid) || done.gone.contains(uid) || done.unmarked.contains(uid)
        };
        let untried = work.targets.keys().filter(|uid| !reached(uid, done));
        done.untried = untried.copied().collect();
        if self.is_dead() {
            return Ok(());
        }
        let left = self.left(work)?;
        let (kept, removed) = work.sent.iter().partition(|uid| left.contains(uid));
        (done.kept, done.removed) = (kept, removed);
        // A FETCH left them out, and they are there.
        let (still, gone) = done.gone.iter().partition(|uid| left.contains(uid));
        done.gone = gone;
        done.kept.extend::<Vec<Uid>>(still);
        done.also_gone = vanished_unplanned(work, &left, done);
        done.may_be_marked.retain(|uid| left.contains(uid));
        self.take_marks_back(done)?;
        self.nothing_else(&done.also_gone)
    }

    /// Takes back the marks that were set here; those that stay are left in `may_be_marked`.
    pub(super) fn take_marks_back(&mut self, done: &mut Removal) -> Result<(), StoreError> {
        if done.may_be_marked.is_empty() {
            return Ok(());
        }
        let (now, refused) = self.mark_and_look(&done.may_be_marked, '-')?;
        done.may_be_marked
            .retain(|uid| now.get(uid).is_some_and(|m| m.flags.deleted));
        match refused {
            Some(error) if !done.may_be_marked.is_empty() => Err(error),
            _ => Ok(()),
        }
    }

    /// Sets (`+`) or takes away (`-`) the mark, of as many messages as the server lets, and looks at
    /// all of them; the last refusal, if there was one.
    pub(super) fn mark_and_look(
        &mut self,
        uids: &[Uid],
        sign: char,
    ) -> Result<(BTreeMap<Uid, Candidate>, Option<StoreError>), StoreError> {
        let mut refused = None;
        for chunk in chunks(uids.iter().copied()) {
            match self.store(&chunk, sign, DELETED) {
                Err(error) if error.scope() == Scope::Session => return Err(error),
                Err(error) => refused = Some(error),
                Ok(()) => {}
            }
        }
        Ok((self.look_at(uids.iter().copied())?, refused))
    }

    fn move_at_once(
        &mut self,
        folder: &MailboxName,
        expect: UidValidity,
        uids: &[Uid],
        target: &MailboxName,
        check: &mut Check<'_>,
        moved: &mut Moved,
    ) -> Result<(), StoreError> {
        self.open_to_change(folder, expect)?;
        let Some(mut work) = self.look_over(uids, check, &mut moved.removal)? else {
            self.leave();
            return Ok(());
        };
        let command = format!("UID MOVE from {folder} to {target}");
        let sending = chunks(work.targets.keys().copied());
        let outcome = sending.into_iter().try_for_each(|chunk| {
            work.sent.extend(&chunk.uids);
            let line = format!("UID MOVE {} {}", chunk.set, target.quoted());
            let told = self.take_out(&line, &command, &chunk, &work, &moved.removal)?;
            let told = told.and_then(|told| copies(&told, &chunk));
            moved.copies.extend(told.unwrap_or_default());
            Ok(())
        });
        let settled = self.settle(&work, &mut moved.removal);
        outcome
            .and(settled)
            .map_err(|error: StoreError| error.uncertain(&command))?;
        self.leave();
        Ok(())
    }
}

/// What vanished although the server was not asked to take it out of the folder.
fn vanished_unplanned(work: &Work, left: &BTreeSet<Uid>, done: &Removal) -> Vec<Uid> {
    let gone = work.before.difference(left);
    gone.filter(|uid| !work.sent.contains(uid) && !done.gone.contains(uid))
        .copied()
        .collect()
}

pub(super) fn stopped(
    error: StoreError,
    done: Removal,
    copies: Vec<Copied>,
) -> Box<RemovalStopped> {
    Box::new(RemovalStopped {
        error,
        done,
        copies,
    })
}
