//! From the plan of an account to what became of it.
//!
//! Decides nothing anew and only ever leaves more alone than was planned: a message that is not the
//! same or not what was asked for any more stays. The careful steps are the session's
//! (`mailstore/session/remove.rs`); this looks at the headers once more before, tries once more
//! where a connection broke, and takes marks back. Safe to repeat.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;

use crate::mailstore::error::{Scope, StoreError};
use crate::mailstore::name::MailboxName;
use crate::mailstore::session::{
    Candidate, Copied, LiftStep, Moved, Removal, RemovalStopped, Session,
};
use crate::mailstore::types::{Asked, Flags, Uid};
use crate::ops::error::BoxError;
use crate::ops::lane::{Connector, Lane};

use super::compare::{check, verify_copies};
use super::message::{ASKED, identity};
use super::plan::{AccountPlan, FolderPlan, Item};
use super::record::{Entry, Record};
use super::report::{AccountReport, Fate, FolderTrouble, Tally};
use super::{Remover, fingerprint, repair};

/// How often a folder is tried; the second time only where the connection broke.
const ATTEMPTS: u32 = 2;

/// Applies the plan of one account.
pub(super) fn account(
    connector: &Connector,
    plan: &AccountPlan,
    remover: &Remover<'_>,
    record: &Record<'_>,
) -> AccountReport {
    let mut report = AccountReport::untouched(plan);
    let Some(account) = plan.account.clone() else {
        return report;
    };
    for one in &mut report.boxes {
        one.tally = Tally::default();
    }
    let mut lane = Lane::new(connector, account);
    for folder in &plan.folders {
        let mut work = Work::new(folder, plan, remover, record);
        let error = if remover.stop.asked() {
            None
        } else {
            let outcome = work.run(&mut lane);
            let recorded = work.record_fates();
            outcome.and(recorded).err()
        };
        for item in &folder.items {
            let fate = work.fate(item);
            let one = &mut report.boxes[item.vmbox];
            one.tally.add(fate, item.message.size);
            one.begun |= work.intended.contains(&item.message.uid);
        }
        if let Some(error) = error {
            report.troubles.push(FolderTrouble {
                folder: folder.name.clone(),
                error: lane.explain(error),
                may_be_marked: work.marked.len() as u64,
                not_back: work.marks_off(),
            });
        }
    }
    lane.close();
    report
}

/// The work in one folder.
struct Work<'a> {
    plan: &'a FolderPlan,
    account: &'a AccountPlan,
    record: &'a Record<'a>,
    trash: Option<&'a MailboxName>,
    make_trash: bool,
    quiet: bool,
    items: HashMap<Uid, &'a Item>,
    fates: BTreeMap<Uid, Fate>,
    /// Carry a mark that was set here, as far as is known.
    marked: BTreeSet<Uid>,
    /// Were written down as about to go.
    intended: BTreeSet<Uid>,
    /// Whether the server was asked to remove something and did not answer.
    sent: bool,
    /// Why the record could not be written.
    unwritten: Option<io::Error>,
    /// Copies that nobody has looked for yet.
    unverified: Vec<Copied>,
}

impl<'a> Work<'a> {
    fn new(
        plan: &'a FolderPlan,
        account: &'a AccountPlan,
        remover: &Remover<'_>,
        record: &'a Record<'a>,
    ) -> Self {
        let items = plan.items.iter().map(|item| (item.message.uid, item));
        Self {
            plan,
            account,
            record,
            trash: account.trash.as_ref().map(|(name, _)| name),
            make_trash: account.trash.as_ref().is_some_and(|(_, missing)| *missing),
            quiet: remover.options.quiet_for.is_some(),
            items: items.collect(),
            fates: BTreeMap::new(),
            marked: BTreeSet::new(),
            intended: BTreeSet::new(),
            sent: false,
            unwritten: None,
            unverified: Vec::new(),
        }
    }

    fn fate(&self, item: &Item) -> Fate {
        let known = self.fates.get(&item.message.uid);
        known.copied().unwrap_or(Fate::Left)
    }

    /// The UIDs nothing is known of yet.
    fn pending(&self) -> Vec<Uid> {
        let uids = self.plan.uids().into_iter();
        uids.filter(|uid| !self.fates.contains_key(uid)).collect()
    }

    fn run(&mut self, lane: &mut Lane<'_>) -> Result<(), BoxError> {
        let mut outcome = Ok(());
        for attempt in 0..ATTEMPTS {
            outcome = self.once(lane, attempt);
            match &outcome {
                Err(error) if error.lost_connection() => lane.drop_session(),
                _ => break,
            }
            if !self.may_try_again(lane) {
                break;
            }
        }
        for copy in &self.unverified {
            self.fates.insert(copy.from, Fate::Left);
        }
        let finished = self
            .undo_lift(lane)
            .and_then(|()| self.take_marks_back(lane));
        outcome.and(finished)
    }

    fn label(&self) -> &'a str {
        let account = self.account.account.as_ref();
        account.map_or("", |account| account.label())
    }

    /// Messages of others that lack the mark they had.
    fn marks_off(&self) -> u64 {
        let lift = self.record.lifts.of(self.label(), &self.plan.name);
        lift.map_or(0, |lift| lift.lift.others.len() as u64)
    }

    /// Puts back what an attempt, or a run before this one, has left off.
    fn undo_lift(&mut self, lane: &mut Lane<'_>) -> Result<(), BoxError> {
        let lifts = &self.record.lifts;
        let Some(lift) = lifts.of(self.label(), &self.plan.name) else {
            return Ok(());
        };
        let (session, overview) = lane.session()?;
        repair::one(session, overview, lifts, &lift)?;
        self.marked.retain(|uid| !lift.lift.ours.contains(uid));
        Ok(())
    }

    /// The messages among these, and whose they are.
    fn entries(&self, uids: &BTreeSet<Uid>) -> Vec<Entry<'a>> {
        let items = self.plan.items.iter();
        items
            .filter(|item| uids.contains(&item.message.uid))
            .map(|item| (&self.account.boxes[item.vmbox].vmbox, item))
            .collect()
    }

    /// Writes down what became of the messages that were about to go.
    fn record_fates(&self) -> Result<(), BoxError> {
        let entries: Vec<(Entry<'_>, Fate)> = self
            .entries(&self.intended)
            .into_iter()
            .map(|entry| (entry, self.fate(entry.1)))
            .collect();
        if entries.is_empty() {
            return Ok(());
        }
        let (record, trash) = (self.record, self.trash.map(ToString::to_string));
        let written = record.done(self.label(), self.plan, trash.as_deref(), &entries);
        written.map_err(BoxError::Journal)
    }

    /// Without MOVE a message may be copied already and would be copied once more.
    fn may_try_again(&self, lane: &mut Lane<'_>) -> bool {
        let moves = |lane: &mut Lane<'_>| {
            lane.session()
                .is_ok_and(|(session, _)| session.capabilities().has("MOVE"))
        };
        !self.sent || self.trash.is_none() || moves(lane)
    }

    fn once(&mut self, lane: &mut Lane<'_>, attempt: u32) -> Result<(), BoxError> {
        self.undo_lift(lane)?;
        let (session, _) = lane.session()?;
        if let Some(trash) = self.trash
            && self.make_trash
        {
            session.ensure_folder(trash)?;
        }
        // Moved before the connection broke, and not looked for since.
        self.verify(session)?;
        // Marks that were set a moment ago are no sign of somebody else.
        if self.quiet && attempt == 0 && !self.is_quiet(session)? {
            for uid in self.pending() {
                self.fates.insert(uid, Fate::Busy);
            }
            return Ok(());
        }
        self.look_again(session)?;
        let uids = self.pending();
        if uids.is_empty() {
            return Ok(());
        }
        self.intend(&uids)?;
        let (outcome, strange) = self.take_out(session, &uids);
        let again = self.sent;
        let (done, copies, error) = match outcome {
            Ok(moved) => (moved.removal, moved.copies, None),
            Err(stopped) => {
                let RemovalStopped {
                    error,
                    done,
                    copies,
                } = *stopped;
                self.sent |= matches!(error, StoreError::OutcomeUnknown { .. });
                (done, copies, Some(error))
            }
        };
        self.note(&done, &strange, again);
        self.unverified = copies;
        if let Some(error) = self.unwritten.take() {
            return Err(BoxError::Journal(error));
        }
        let Some(error) = error else {
            return self.verify(session);
        };
        if error.scope() != Scope::Session {
            // What was moved before is looked for all the same; the error that came first is told.
            let _ = self.verify(session);
        }
        Err(error.into())
    }

    /// Looks for the copies in the trash. Where the connection breaks meanwhile, the next attempt
    /// looks for them.
    fn verify(&mut self, session: &mut Session) -> Result<(), BoxError> {
        if let Some(trash) = self.trash {
            verify_copies(session, trash, &self.unverified, &self.items)?;
        }
        self.unverified.clear();
        Ok(())
    }

    /// Writes down what is about to go.
    fn intend(&mut self, uids: &[Uid]) -> Result<(), BoxError> {
        let uids: BTreeSet<Uid> = uids.iter().copied().collect();
        let (record, trash) = (self.record, self.trash.map(ToString::to_string));
        let entries = self.entries(&uids);
        let written = record.intend(self.label(), self.plan, trash.as_deref(), &entries);
        written.map_err(BoxError::Journal)?;
        self.intended.extend(uids);
        Ok(())
    }

    /// Has the session do it; gives also the messages that are others than those planned.
    fn take_out(
        &mut self,
        session: &mut Session,
        uids: &[Uid],
    ) -> (Result<Moved, Box<RemovalStopped>>, Vec<Uid>) {
        let (plan, items) = (self.plan, &self.items);
        let (name, validity) = (&plan.name, plan.validity);
        let mut strange = Vec::new();
        let check = &mut |now: &Candidate| check(items, now, &mut strange);
        let moved = |removal| Moved {
            removal,
            copies: Vec::new(),
        };
        let outcome = match self.trash {
            Some(trash) => session.move_messages(name, validity, uids, trash, check),
            None if plan.lifts => {
                let (lifts, label) = (&self.record.lifts, self.label());
                let unwritten = &mut self.unwritten;
                let outcome = session.remove_alone(name, validity, uids, check, &mut |step| {
                    let written = match step {
                        LiftStep::Lifting(lift) => lifts.begin(label, name, validity, lift),
                        LiftStep::Expunging => lifts.expunging(label, name, validity),
                    };
                    written.map_err(|error| *unwritten = Some(error)).is_ok()
                });
                let left = |done: &Removal| done.not_back.len() + done.may_be_marked.len();
                let left = outcome.as_ref().map_or_else(|s| left(&s.done), left);
                if let (0, Some(lift)) = (left, lifts.of(label, name))
                    && let Err(error) = lifts.back(&lift)
                {
                    self.unwritten = Some(error);
                }
                outcome.map(moved)
            }
            None => session.remove(name, validity, uids, check).map(moved),
        };
        (outcome, strange)
    }

    /// Whether nothing has changed in the folder since it was planned.
    fn is_quiet(&self, session: &mut Session) -> Result<bool, BoxError> {
        self.examine(session)?;
        let mut now = 0_u64;
        session.envelopes(&Asked::default(), &mut |envelope| {
            now = now.wrapping_add(fingerprint(&envelope));
        })?;
        Ok(now == self.plan.fingerprint)
    }

    /// Opens the folder read-only, where it is still the one that was planned for.
    fn examine(&self, session: &mut Session) -> Result<(), StoreError> {
        session
            .examine_again(&self.plan.name, self.plan.validity)
            .map(drop)
    }

    /// Looks at the headers once more: what is another message than the one planned stays.
    fn look_again(&mut self, session: &mut Session) -> Result<(), BoxError> {
        self.examine(session)?;
        let uids = self.pending();
        let (items, fates) = (&self.items, &mut self.fates);
        let gone = session.envelopes_of(&uids, &ASKED, &mut |envelope| {
            let planned = items.get(&envelope.uid);
            if planned.is_none_or(|item| item.message.identity != identity(&envelope)) {
                fates.insert(envelope.uid, Fate::Refused);
            }
        })?;
        for uid in gone {
            let fate = if self.sent { Fate::Removed } else { Fate::Gone };
            self.fates.insert(uid, fate);
        }
        Ok(())
    }

    fn note(&mut self, done: &Removal, strange: &[Uid], again: bool) {
        let gone = if again { Fate::Removed } else { Fate::Gone };
        for (uids, fate) in [
            (&done.removed, Fate::Removed),
            (&done.gone, gone),
            (&done.declined, Fate::Changed),
            (&done.unmarked, Fate::Refused),
            (&done.kept, Fate::Refused),
        ] {
            for uid in uids {
                self.fates.insert(*uid, fate);
            }
        }
        for uid in strange {
            self.fates.insert(*uid, Fate::Refused);
        }
        self.marked.extend(&done.may_be_marked);
        let fates = &self.fates;
        self.marked
            .retain(|uid| !matches!(fates.get(uid), Some(Fate::Removed | Fate::Gone)));
    }

    /// Takes back the marks that were set here and led to nothing.
    fn take_marks_back(&mut self, lane: &mut Lane<'_>) -> Result<(), BoxError> {
        if self.marked.is_empty() {
            return Ok(());
        }
        let (session, _) = lane.session()?;
        let marked: Vec<Uid> = self.marked.iter().copied().collect();
        let mark = Flags {
            deleted: true,
            ..Flags::default()
        };
        let plan = self.plan;
        let now =
            session.store_flags(&plan.name, plan.validity, &marked, Flags::default(), mark)?;
        let still = now.into_iter().filter(|(_, flags)| flags.deleted);
        let still: BTreeSet<Uid> = still.map(|(uid, _)| uid).collect();
        self.marked.retain(|uid| still.contains(uid));
        session.unselect()?;
        Ok(())
    }
}
