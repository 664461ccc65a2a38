//! Removing voicemail, and only it: plan, shown, applied.
//!
//! What goes is decided by an [`AccountReader`]: a [`Chooser`](select::Chooser) (a selection, or the
//! rules of `expire`) from what headers say, or a rollback from what a journal says; the plan names UIDs under a UIDVALIDITY, can be shown and counted before
//! anything is touched, and is applied to messages that are looked at once more. Ordinary mail,
//! other boxes' voicemail and what others have marked as deleted are never touched; where a server
//! without UIDPLUS makes it necessary and it was asked for, their marks are taken off for a moment
//! ([`lifts`], [`repair`]). What goes is on [`record`] before it goes.

mod apply;
pub mod catalogue;
mod compare;
pub mod lifts;
pub mod message;
pub mod plan;
mod reader;
pub mod record;
pub mod repair;
pub mod report;
pub mod select;

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::mailstore::error::StoreError;
use crate::mailstore::name::MailboxName;
use crate::mailstore::session::{Overview, Session};
use crate::mailstore::types::{Envelope, UidValidity};
use crate::ops::account::Overrides;
use crate::ops::error::{BoxError, Kind};
use crate::ops::fleet::{self, Group};
use crate::ops::lane::{Connector, Lane};
use crate::ops::stop::Stop;
use crate::voicemail::conf::VoicemailConf;
use crate::voicemail::folder::VoicemailFolder;
use crate::voicemail::notice::Notice;
use crate::voicemail::vmbox::VoicemailBox;
use plan::{AccountPlan, BoxPlan, FolderPlan, Kept};
pub use reader::needs_offered;
use record::Record;
use report::{AccountReport, RunReport};

/// How messages go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// For good.
    Expunge,
    /// Into a folder; its name as people write it, without the namespace's prefix.
    Move {
        /// The folder.
        trash: String,
    },
    /// For good, out of that folder only.
    Purge {
        /// The folder.
        trash: String,
        /// Put there before this moment, Unix seconds UTC; a server counts by days.
        saved_before: Option<i64>,
    },
}

/// How to remove.
#[derive(Debug, Clone)]
pub struct Options {
    /// How messages go.
    pub way: Way,
    /// What this folder of the one selected box has to be, for UIDs that somebody wrote down.
    pub expect: Option<(VoicemailFolder, UidValidity)>,
    /// Whether others' marks may be taken off for a while where a server has no UIDPLUS.
    pub lift: bool,
    /// Act only on folders in which nothing changes for so long.
    pub quiet_for: Option<Duration>,
    /// Whether every message that stays is explained as well.
    pub explain: bool,
    /// Accounts at once.
    pub jobs: usize,
    /// What overrides voicemail.conf.
    pub overrides: Overrides,
}

/// The plans of all accounts, in the order of their first boxes.
pub struct Plans {
    /// The accounts.
    pub accounts: Vec<AccountPlan>,
    /// Boxes that were not looked at when the run was interrupted.
    pub boxes_left: u64,
    /// When the last account had been looked at.
    made: Instant,
}

impl Plans {
    /// Messages that are to go.
    #[must_use]
    pub fn remove(&self) -> u64 {
        self.accounts.iter().map(AccountPlan::remove).sum()
    }

    /// Messages that were looked at.
    #[must_use]
    pub fn messages(&self) -> u64 {
        self.accounts.iter().map(AccountPlan::messages).sum()
    }

    /// Octets that are to go.
    #[must_use]
    pub fn octets(&self) -> u64 {
        self.accounts.iter().map(AccountPlan::octets).sum()
    }

    /// Whether others' marks are to be taken off anywhere.
    #[must_use]
    pub fn lifts(&self) -> bool {
        let mut folders = self.accounts.iter().flat_map(|one| &one.folders);
        folders.any(|one| one.lifts)
    }

    /// The report of all of it, with nothing done.
    #[must_use]
    pub fn untouched(&self, stop: &Stop) -> RunReport {
        let mut report = self.begin(stop);
        for plan in &self.accounts {
            report.add(&AccountReport::untouched(plan));
        }
        report.boxes += self.boxes_left;
        report
    }

    fn begin(&self, stop: &Stop) -> RunReport {
        let folders = self.accounts.iter().flat_map(|one| &one.folders);
        RunReport {
            messages: self.messages(),
            marked_by_others: folders.map(|one| one.marked_by_others).sum(),
            withheld: self.accounts.iter().map(|one| one.withheld).sum(),
            boxes_left: self.boxes_left,
            interrupted: stop.signal(),
            ..RunReport::default()
        }
    }
}

/// Whether a guard refused, before anything was changed.
#[must_use]
pub fn is_guard(error: &BoxError) -> bool {
    matches!(
        error,
        BoxError::Store(
            StoreError::NotOffered { .. }
                | StoreError::UidValidityChanged { .. }
                | StoreError::MarksDiffer { .. }
        )
    )
}

/// Changes when a message comes, goes, or has other flags; summed over a folder.
pub(crate) fn fingerprint(envelope: &Envelope) -> u64 {
    let mut hasher = DefaultHasher::new();
    (envelope.uid, envelope.flags).hash(&mut hasher);
    hasher.finish()
}

/// What was found in an account.
#[derive(Default)]
pub struct Found {
    /// The selected boxes.
    pub boxes: Vec<BoxPlan>,
    /// The folders in which something is to go.
    pub folders: Vec<FolderPlan>,
    /// Messages that stay, and why.
    pub kept: Vec<Kept>,
    /// Of those kept: they were meant to go, and a guard says no.
    pub withheld: u64,
    /// Where messages are moved to instead; and whether that folder has to be made.
    pub trash: Option<(MailboxName, bool)>,
    /// What there is to remark.
    pub notices: Vec<Notice>,
    /// What could not be read; the rest is planned.
    pub error: Option<BoxError>,
}

/// Reads an account and decides what is to go. Changes nothing, and may be asked twice.
pub trait AccountReader: Sync {
    /// Reads the account of that name (`user@host:port`). Of the boxes that live there the first
    /// `asked` were selected.
    ///
    /// # Errors
    /// When the account cannot be read at all.
    fn read(
        &self,
        session: &mut Session,
        overview: &Overview,
        remover: &Remover<'_>,
        boxes: (&[VoicemailBox], usize),
        account: &str,
    ) -> Result<Found, StoreError>;
}

/// A removal over many boxes.
pub struct Remover<'a> {
    /// voicemail.conf.
    pub conf: &'a VoicemailConf,
    /// How.
    pub options: Options,
    /// Whether to stop.
    pub stop: &'a Stop,
}

impl Remover<'_> {
    /// Looks at the boxes' accounts and decides. Changes nothing; safe to repeat. `done` is told
    /// how many boxes were looked at.
    pub fn plan(
        &self,
        boxes: Vec<VoicemailBox>,
        reader: &dyn AccountReader,
        done: &(dyn Fn(usize) + Sync),
    ) -> Plans {
        let all = boxes.len() as u64;
        let groups = fleet::with_neighbours(self.conf, &self.options.overrides, boxes);
        let connector = Connector::default();
        let plans: Mutex<Vec<(usize, AccountPlan)>> = Mutex::default();
        let items: Vec<(usize, Group)> = groups.into_iter().enumerate().collect();
        fleet::share_out(items, self.options.jobs, self.stop, &|(at, group)| {
            let plan = self.look(&connector, group, reader);
            done(plan.boxes.len());
            let mut plans = plans.lock().unwrap_or_else(PoisonError::into_inner);
            plans.push((at, plan));
        });
        let mut plans = plans.into_inner().unwrap_or_else(PoisonError::into_inner);
        plans.sort_by_key(|(at, _)| *at);
        let accounts: Vec<AccountPlan> = plans.into_iter().map(|(_, plan)| plan).collect();
        let looked: usize = accounts.iter().map(|one| one.boxes.len()).sum();
        Plans {
            boxes_left: all.saturating_sub(looked as u64),
            accounts,
            made: Instant::now(),
        }
    }

    fn look(&self, connector: &Connector, group: Group, reader: &dyn AccountReader) -> AccountPlan {
        let Group {
            account,
            boxes,
            neighbours,
        } = group;
        let asked = boxes.len();
        let mut plan = AccountPlan {
            account: None,
            boxes: boxes.iter().map(|vmbox| empty(vmbox.clone())).collect(),
            folders: Vec::new(),
            kept: Vec::new(),
            withheld: 0,
            trash: None,
            notices: Vec::new(),
            error: None,
            reached: false,
        };
        let account = match account {
            Ok(account) => account,
            Err(error) => {
                plan.error = Some(Arc::new(error));
                return plan;
            }
        };
        plan.account = Some(account.clone());
        let label = account.label().to_owned();
        let mut lane = Lane::new(connector, account);
        let all = [boxes, neighbours].concat();
        let outcome = lane
            .ask(|session, overview| reader.read(session, overview, self, (&all, asked), &label));
        match outcome {
            Ok(found) => {
                plan.reached = true;
                plan.boxes = found.boxes;
                plan.folders = found.folders;
                plan.kept = found.kept;
                plan.withheld = found.withheld;
                plan.trash = found.trash;
                plan.notices = found.notices;
                let error = found.error.map(|error| lane.explain(error));
                plan.error = error.map(Arc::new);
            }
            Err(error) => {
                plan.reached = error.kind() == Kind::Other;
                plan.error = Some(Arc::new(error));
            }
        }
        lane.close();
        plan
    }

    /// Applies the plans, and keeps the record. `done` is told of each account. Safe to repeat with
    /// plans made anew.
    pub fn apply(
        &self,
        plans: &Plans,
        record: &Record<'_>,
        done: &(dyn Fn(&AccountReport) + Sync),
    ) -> RunReport {
        let report = Mutex::new(plans.begin(self.stop));
        let lock = || report.lock().unwrap_or_else(PoisonError::into_inner);
        let finish = |account: &AccountReport| {
            done(account);
            lock().add(account);
        };
        self.wait_for_quiet(plans);
        let connector = Connector::default();
        let (busy, idle): (Vec<_>, Vec<_>) = plans
            .accounts
            .iter()
            .partition(|plan| !plan.folders.is_empty());
        for plan in idle {
            finish(&AccountReport::untouched(plan));
        }
        let begun = Mutex::new(vec![false; busy.len()]);
        let items: Vec<(usize, &AccountPlan)> = busy.iter().copied().enumerate().collect();
        fleet::share_out(items, self.options.jobs, self.stop, &|(at, plan)| {
            begun.lock().unwrap_or_else(PoisonError::into_inner)[at] = true;
            finish(&apply::account(&connector, plan, self, record));
        });
        let begun = begun.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut report = report.into_inner().unwrap_or_else(PoisonError::into_inner);
        let left = busy.iter().zip(begun).filter(|(_, begun)| !begun);
        for (plan, _) in left {
            report.boxes_left += plan.boxes.len() as u64;
            report.tally.planned += plan.remove();
            report.tally.left += plan.remove();
        }
        report.boxes += report.boxes_left;
        report.interrupted = self.stop.signal();
        report
    }

    /// Waits until nothing can have happened unseen for as long as was asked.
    fn wait_for_quiet(&self, plans: &Plans) {
        const GLANCE: Duration = Duration::from_millis(100);
        let quiet = self.options.quiet_for.unwrap_or_default();
        while plans.made.elapsed() < quiet && plans.remove() > 0 && !self.stop.asked() {
            std::thread::sleep(GLANCE.min(quiet));
        }
    }
}

/// A box of which nothing is known yet.
#[must_use]
pub fn empty(vmbox: VoicemailBox) -> BoxPlan {
    BoxPlan {
        vmbox,
        messages: 0,
        remove: 0,
        octets: 0,
    }
}
