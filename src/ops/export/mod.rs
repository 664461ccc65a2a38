//! Bringing voicemail back from IMAP into the form of Asterisk's file storage: plan, shown, applied.
//!
//! The server is only read. What is written is a new message in the directory or nothing: no file is
//! changed, moved or removed there. Safe to run again at any moment; what is there is known by what
//! it says and holds, wherever Asterisk has moved it.

mod apply;
pub mod catalogue;
mod convert;
pub mod greetings;
pub mod manifest;
pub mod plan;
mod reader;
mod receive;
pub mod report;
mod target;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::depot::Dir;
use crate::mailstore::error::StoreError;
use crate::mailstore::session::Session;
use crate::mailstore::types::UidValidity;
use crate::ops::account::Overrides;
use crate::ops::error::{BoxError, Kind};
use crate::ops::expunge::select::Criteria;
use crate::ops::fleet::{self, Group};
use crate::ops::lane::{Connector, Lane};
use crate::ops::stop::Stop;
use crate::spool;
use crate::voicemail::conf::VoicemailConf;
use crate::voicemail::folder::VoicemailFolder;
use crate::voicemail::notice::Notice;
use crate::voicemail::vmbox::VoicemailBox;
use apply::{Progress, Work};
use greetings::GreetingFailure;
use greetings::plan::GreetingPlan;
use manifest::{GreetingLine, Line, Memory};
use plan::{AccountPlan, Action, Skip};
use report::{AccountReport, BoxReport, Failure, RunReport};
pub use target::Target;

/// As many connections in a row may break without anything having been settled over them.
const TRIES: usize = 4;

/// What happens in an export.
pub enum Event<'a> {
    /// So many boxes are begun with.
    Started(usize),
    /// Something is worth remarking.
    Notice(&'a Notice),
    /// The plan of an account stands; nothing of it has been done.
    Planned(&'a AccountPlan),
    /// A message was written, or found.
    Settled {
        /// Whose.
        vmbox: &'a VoicemailBox,
        /// Its line of the manifest.
        line: &'a Line,
    },
    /// A message could not be exported.
    Failed(&'a Failure),
    /// The plan of an account's greetings stands; nothing of it has been done.
    GreetingsPlanned(&'a GreetingPlan),
    /// A greeting was written, or found.
    GreetingSettled(&'a GreetingLine),
    /// A greeting could not be exported.
    GreetingFailed(&'a GreetingFailure),
    /// An account's connection broke and is made anew.
    Retrying {
        /// The account.
        account: &'a str,
        /// What happened.
        why: &'a str,
    },
    /// An account is finished, well or not.
    Done(&'a AccountReport),
}

/// Is told what happens, from several workers at once.
pub trait Observer: Sync {
    /// Something happened.
    fn event(&self, event: &Event<'_>);
}

/// How to export.
pub struct Options {
    /// Which messages.
    pub criteria: Criteria,
    /// Whether greetings are wanted; they are where Asterisk looks for them in IMAP
    /// (`imapgreetings=yes`) and no messages were chosen.
    pub greetings: bool,
    /// What this folder of the one selected box has to be, for UIDs that somebody wrote down.
    pub expect: Option<(VoicemailFolder, UidValidity)>,
    /// Whether what has gone from the directory since an earlier run is written again.
    pub again: bool,
    /// Accounts at once. An archive is written by one worker, so that its order is always the same.
    pub jobs: usize,
    /// What overrides voicemail.conf.
    pub overrides: Overrides,
}

/// Where to: a target, or for a dry run the directory as it is (`None` where there is none).
pub enum Place<'a> {
    /// Written to.
    Target(&'a Target),
    /// Looked at.
    Look(Option<&'a (Dir, Memory)>),
}

impl Place<'_> {
    /// What earlier runs noted; nothing where there is no directory yet.
    fn memory(&self) -> &Memory {
        static NOTHING: LazyLock<Memory> = LazyLock::new(Memory::new);
        match self {
            Self::Target(target) => &target.memory,
            Self::Look(Some((_, memory))) => memory,
            Self::Look(None) => &NOTHING,
        }
    }
}

/// An export over many boxes.
pub struct Exporter<'a> {
    /// voicemail.conf.
    pub conf: &'a VoicemailConf,
    /// How.
    pub options: Options,
    /// Where to.
    pub place: Place<'a>,
    /// Whether to stop.
    pub stop: &'a Stop,
    /// Is told.
    pub observer: &'a dyn Observer,
}

/// Reads what earlier runs noted of a directory that is only looked at.
///
/// # Errors
/// The system's.
pub fn memory_of(root: &Dir) -> io::Result<Memory> {
    let file = crate::depot::existing_manifest(root)?;
    file.map_or(Ok(Memory::new()), |file| manifest::read(&file))
}

/// The spools of the Asterisk on this machine: the usual one, and the one that `astspooldir` of the
/// asterisk.conf beside this voicemail.conf names.
#[must_use]
pub fn live_spools(voicemail_conf: &Path) -> Vec<PathBuf> {
    let mut spools = vec![PathBuf::from(spool::USUAL)];
    let beside = voicemail_conf.with_file_name("asterisk.conf");
    let text = std::fs::read(beside).unwrap_or_default();
    for line in String::from_utf8_lossy(&text).lines() {
        let line = line.split(';').next().unwrap_or_default();
        if let Some((key, value)) = line.split_once('=')
            && key.trim().eq_ignore_ascii_case("astspooldir")
        {
            let value = value.trim_start_matches('>').trim();
            spools.push(Path::new(value).join("voicemail"));
        }
    }
    spools
}

impl Exporter<'_> {
    /// Exports the boxes' messages. Safe to repeat.
    pub fn run(&self, boxes: Vec<VoicemailBox>) -> RunReport {
        let all = boxes.len() as u64;
        self.observer.event(&Event::Started(boxes.len()));
        let groups = fleet::with_neighbours(self.conf, &self.options.overrides, boxes);
        let connector = Connector::default();
        let report = Mutex::new(RunReport::default());
        let lock = || report.lock().unwrap_or_else(PoisonError::into_inner);
        fleet::share_out(groups, self.options.jobs, self.stop, &|group| {
            if lock().broken.is_some() {
                return;
            }
            let (account, broken) = self.account(&connector, group);
            self.observer.event(&Event::Done(&account));
            let mut report = lock();
            report.add(&account);
            if report.broken.is_none() {
                report.broken = broken;
            }
        });
        let mut report = report.into_inner().unwrap_or_else(PoisonError::into_inner);
        report.boxes_left = all.saturating_sub(report.boxes);
        report.boxes = all;
        report.interrupted = self.stop.signal();
        report
    }

    fn account(&self, connector: &Connector, group: Group) -> (AccountReport, Option<String>) {
        let Group {
            account,
            boxes,
            neighbours,
        } = group;
        let asked = boxes.len();
        let failed = |error: BoxError, reached| {
            let boxes = boxes.iter().map(|vmbox| BoxReport {
                vmbox: vmbox.clone(),
                tally: report::Tally::default(),
                greetings: report::Tally::default(),
                finished: false,
            });
            AccountReport {
                boxes: boxes.collect(),
                error: Some(error),
                reached,
            }
        };
        let account = match account {
            Ok(account) => account,
            Err(error) => return (failed(error, false), None),
        };
        let mut lane = Lane::new(connector, account);
        let all = [boxes.clone(), neighbours].concat();
        let read = lane.ask(|session, overview| {
            let selected = (&all[..], asked);
            let greetings = self.takes_greetings();
            reader::read(
                session,
                overview,
                self.conf,
                (&self.options, greetings),
                selected,
            )
        });
        let mut plan = match read {
            Ok(plan) => plan,
            Err(error) => {
                let reached = error.kind() == Kind::Other;
                return (failed(error, reached), None);
            }
        };
        plan.account = lane.label().to_owned();
        if let Err(error) = self.look(&mut plan) {
            return (failed(BoxError::Directory(error), true), None);
        }
        for notice in &plan.notices {
            self.observer.event(&Event::Notice(notice));
        }
        self.observer.event(&Event::Planned(&plan));
        let mut progress = Progress::new(&plan);
        let result = self.apply(&mut lane, &plan, &mut progress);
        let error = result.err().or(plan.error.take().map(BoxError::Store));
        let mut error = error.map(|error| lane.explain(error));
        let reached = !error.as_ref().is_some_and(BoxError::lost_connection);
        let mut greetings = None;
        if self.takes_greetings() && reached && progress.broken.is_none() && !self.stop.asked() {
            let outcome = self.greetings(&mut lane, &all, asked);
            error = error.or(outcome.error);
            progress.broken = progress.broken.or(outcome.broken);
            greetings = Some(outcome.tallies);
        }
        lane.close();
        let mut report = self.settled(&plan, &progress, error);
        for (one, tally) in report.boxes.iter_mut().zip(greetings.into_iter().flatten()) {
            one.greetings = tally;
        }
        (report, progress.broken)
    }

    /// Whether greetings are exported.
    fn takes_greetings(&self) -> bool {
        let options = &self.options;
        let all = options.criteria.takes_everything();
        options.greetings && all && self.conf.general.imapgreetings.value
    }

    /// Looks at what is in the directory already, and decides.
    fn look(&self, plan: &mut AccountPlan) -> io::Result<()> {
        let held = |vmbox: &VoicemailBox| match &self.place {
            Place::Target(target) => target.held(vmbox),
            Place::Look(Some((root, _))) => target::held_in(root, vmbox),
            Place::Look(None) => Ok(Vec::new()),
        };
        let mut owner = vec![false; plan.boxes.len()];
        for at in plan.items.iter().flat_map(|item| &item.owners) {
            owner[*at] = true;
        }
        plan.held = (plan.boxes.iter().zip(owner))
            .map(|(vmbox, owner)| if owner { held(vmbox) } else { Ok(Vec::new()) })
            .collect::<io::Result<_>>()?;
        plan::decide(plan, self.place.memory(), self.options.again);
        Ok(())
    }

    /// Does what the plan says, over a new connection where one breaks; nothing in a dry run.
    fn apply(
        &self,
        lane: &mut Lane<'_>,
        plan: &AccountPlan,
        progress: &mut Progress,
    ) -> Result<(), BoxError> {
        let Place::Target(target) = &self.place else {
            return Ok(());
        };
        let work = Work {
            target,
            observer: self.observer,
            stop: self.stop,
        };
        for item in &plan.items {
            if let Action::Fail(reason) = &item.action {
                apply::fail(&work, plan, progress, item, reason);
            }
        }
        self.persist(lane, progress, Progress::settled, &|session, progress| {
            apply::carry_out(&work, session, plan, progress)
        })
    }

    /// Does a work to its end, over a new connection where one breaks. It is given up where [`TRIES`]
    /// connections in a row have brought nothing: an account that a server lets go now and then gets
    /// done, however large it is.
    fn persist<P>(
        &self,
        lane: &mut Lane<'_>,
        progress: &mut P,
        settled: impl Fn(&P) -> usize,
        work: &dyn Fn(&mut Session, &mut P) -> Result<(), StoreError>,
    ) -> Result<(), BoxError> {
        let mut idle = 0;
        loop {
            let before = settled(progress);
            let session = lane.session();
            let result =
                session.and_then(|(session, _)| work(session, progress).map_err(BoxError::Store));
            let Err(error) = result else { return Ok(()) };
            idle = if settled(progress) > before {
                0
            } else {
                idle + 1
            };
            if !error.lost_connection() || idle >= TRIES || self.stop.asked() {
                return Err(error);
            }
            lane.drop_session();
            let (account, why) = (lane.label(), error.to_string());
            self.observer.event(&Event::Retrying { account, why: &why });
        }
    }

    /// What came of an account, box by box.
    fn settled(
        &self,
        plan: &AccountPlan,
        progress: &Progress,
        error: Option<BoxError>,
    ) -> AccountReport {
        let dry = matches!(self.place, Place::Look(_));
        let mut tallies = progress.tallies.clone();
        for item in &plan.items {
            let tally = &mut tallies[item.vmbox()];
            tally.selected += 1;
            match &item.action {
                Action::Skip(Skip::There) => tally.there += 1,
                Action::Skip(Skip::RemovedSince) => tally.removed_since += 1,
                Action::Fail(_) if dry => tally.failed += 1,
                Action::Compare(_) if dry => tally.compared += 1,
                Action::Write if dry => {
                    tally.written += 1;
                    tally.octets += item.message.size;
                }
                _ => {}
            }
        }
        let boxes = plan.boxes.iter().zip(tallies).take(plan.asked);
        let boxes = boxes.map(|(vmbox, mut tally)| {
            tally.settle();
            BoxReport {
                vmbox: vmbox.clone(),
                tally,
                greetings: report::Tally::default(),
                finished: error.is_none(),
            }
        });
        AccountReport {
            boxes: boxes.collect(),
            error,
            reached: true,
        }
    }
}
