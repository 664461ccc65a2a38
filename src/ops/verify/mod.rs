//! `verify`: every message of a spool against what the server has of it.
//!
//! The spool is read and messages are made of it exactly as `migrate` does; the server is asked what
//! it holds and gives the messages back. Nothing is written: no folder is selected but by EXAMINE, no
//! journal, no lock. What the server holds besides is nobody's business here.

mod compare;
mod job;
pub mod report;
pub mod sample;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::ops::error::BoxError;
use crate::ops::event::{Event, Observer};
use crate::ops::fleet::{self, Group};
use crate::ops::lane::{Connector, Lane};
use crate::ops::migrate::report::Place;
use crate::ops::migrate::source::Candidate;
use crate::ops::migrate::{self, Migration, catalogue, seen};
use crate::ops::stop::Stop;
use crate::spool::Spool;
use crate::voicemail::conf::VoicemailConf;
use crate::voicemail::folder::VoicemailFolder;
use crate::voicemail::notice::Notice;
use crate::voicemail::vmbox::VoicemailBox;

use report::{BoxReport, RunReport, Verdict};
use sample::Sample;

/// Remarks about the text of the letter, which is not compared.
const OF_LETTERS: [&str; 3] = [
    catalogue::TEMPLATE_GAP.code,
    catalogue::UNKNOWN_ZONE.code,
    catalogue::LOCALE_LEFT_OUT.code,
];

/// One thing that was found out.
#[derive(Debug)]
pub enum Told<'a> {
    /// The boxes are known; work begins.
    Started {
        /// How many voicemail boxes there are to look at.
        boxes: usize,
    },
    /// Something about the input is worth saying.
    Notice(&'a Notice),
    /// What was found about one message.
    Message(&'a Message<'a>),
    /// A box is finished, well or not.
    Done(&'a BoxReport),
}

/// One message of the spool and what was found about it.
#[derive(Debug)]
pub struct Message<'a> {
    /// Whose it is.
    pub vmbox: &'a VoicemailBox,
    /// Its spool folder.
    pub folder: VoicemailFolder,
    /// Its file number, 0-based.
    pub number: u32,
    /// What was made of it, where it could be read.
    pub candidate: Option<&'a Arc<Candidate>>,
    /// What was found.
    pub verdict: &'a Verdict,
}

/// Is told what was found; may be called from several threads at once.
pub trait Watcher: Sync {
    /// Takes note; must not block for long, since the work waits meanwhile.
    fn told(&self, told: &Told<'_>);
}

/// One verification.
pub struct Verification<'a> {
    /// voicemail.conf.
    pub conf: &'a VoicemailConf,
    /// The spool.
    pub spool: &'a Spool,
    /// How the spool's messages are read and where they belong.
    pub options: migrate::Options,
    /// Where earlier migrations have kept their journals; only read.
    pub state_dir: PathBuf,
    /// The part of the messages whose content is compared; `None` for all.
    pub sample: Option<Sample>,
    /// Whether to stop.
    pub stop: &'a Stop,
    /// Who is told.
    pub watcher: &'a dyn Watcher,
}

impl Verification<'_> {
    /// Runs it. `boxes` are the selected boxes of the spool. Safe to repeat: it only reads.
    #[must_use]
    pub fn run(&self, boxes: Vec<VoicemailBox>) -> RunReport {
        self.watcher.told(&Told::Started { boxes: boxes.len() });
        let total = boxes.len() as u64;
        let relay = Relay(self.watcher);
        let migration = Migration {
            conf: self.conf,
            spool: self.spool,
            options: self.options.clone(),
            state_dir: self.state_dir.clone(),
            run: String::new(),
            stop: self.stop,
            observer: &relay,
            told: Mutex::default(),
            settled: None,
        };
        let groups = fleet::with_neighbours(self.conf, &self.options.overrides, boxes);
        let connector = Connector::default();
        let report = Mutex::new(RunReport::default());
        fleet::share_out(groups, self.options.jobs, self.stop, &|group| {
            self.work_on(&migration, group, &connector, &report);
        });
        let mut report = report.into_inner().unwrap_or_else(PoisonError::into_inner);
        report.boxes_left = total - report.boxes;
        report.interrupted = self.stop.signal();
        report
    }

    fn work_on(
        &self,
        migration: &Migration<'_>,
        group: Group,
        connector: &Connector,
        report: &Mutex<RunReport>,
    ) {
        let add = |done: BoxReport| {
            self.watcher.told(&Told::Done(&done));
            let mut report = report.lock().unwrap_or_else(PoisonError::into_inner);
            report.add(&done);
        };
        let alone = group.boxes.len() == 1 && group.neighbours.is_empty();
        match group.account {
            Ok(account) => {
                let mut lane = Lane::new(connector, account);
                for vmbox in &group.boxes {
                    if self.stop.asked() {
                        break;
                    }
                    add(job::run(self, migration, &mut lane, vmbox, alone));
                }
                lane.close();
            }
            Err(why) => {
                for vmbox in group.boxes {
                    add(unreachable(migration, vmbox, &why));
                }
            }
        }
    }

    /// Whether all of a box's messages are meant.
    fn whole_boxes(&self) -> bool {
        let selection = &self.options.selection;
        selection.folders.is_empty() && selection.since.is_none() && selection.until.is_none()
    }
}

/// A box without a usable account. One without messages is no loss.
fn unreachable(migration: &Migration<'_>, vmbox: VoicemailBox, why: &BoxError) -> BoxReport {
    let mut report = BoxReport::new(vmbox);
    let seen = seen::scan(migration, &report.vmbox, &mut BTreeSet::new());
    let selection = &migration.options.selection;
    let wanted = seen
        .entries
        .iter()
        .filter(|entry| selection.takes_message(entry.folder, entry.origtime));
    report.counts.pending = wanted.count() as u64;
    report.aside(seen.look);
    if !report.complete() {
        let left = report.counts.spool();
        report.error = Some(BoxError::Unconfigured(match left {
            1 => format!("{why}; its message was not looked for"),
            n => format!("{why}; its {n} messages were not looked for"),
        }));
    }
    report
}

/// Passes on what reading a spool tells.
struct Relay<'a>(&'a dyn Watcher);

impl Observer for Relay<'_> {
    fn event(&self, event: &Event<'_>) {
        match event {
            Event::Notice(notice) if !OF_LETTERS.contains(&notice.code) => {
                self.0.told(&Told::Notice(notice));
            }
            // Greetings are not looked for.
            Event::Failed { vmbox, failure } => {
                let Place::Message { folder, number } = failure.place else {
                    return;
                };
                let verdict = Verdict::NotComparable(failure.reason.clone());
                self.0.told(&Told::Message(&Message {
                    vmbox,
                    folder,
                    number,
                    candidate: None,
                    verdict: &verdict,
                }));
            }
            _ => {}
        }
    }
}
