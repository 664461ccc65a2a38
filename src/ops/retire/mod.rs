//! `retire`: moves out of a spool what this very run has compared with IMAP and found the same.
//!
//! An Asterisk with IMAP storage plays files that it finds in its spool in place of IMAP's messages
//! and then deletes them (asterisk-findings 1.6). So what is safely in IMAP is moved away, into a
//! directory that is a spool itself, and can be brought back. Greetings, passwords, half messages and
//! whatever was not found the same stay. Numbers that stay behind have gaps then: Asterisk skips them,
//! and closes them the next time its owner hangs up (`resequence_mailbox`).
//!
//! Verify, plan, show, confirm are the caller's steps; [`Mover`] does the last one, folder by folder:
//! the intent on disk, everything in its new place and on disk, then, under the folder's lock and
//! after another look, away from the old one.

mod mover;
pub mod place;
pub mod record;
pub mod report;
mod settle;
mod undo;

pub use mover::Mover;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::depot::SetFile;
use crate::ops::migrate::source::Candidate;
use crate::ops::verify::report::Verdict;
use crate::ops::verify::{Told, Watcher};
use crate::voicemail::folder::VoicemailFolder;

use place::Place;

/// A message that was found the same in IMAP.
#[derive(Debug, Clone)]
pub struct Verified {
    /// Its file number, 0-based, when it was read.
    pub number: u32,
    /// What its txt and its recordings were when they were read.
    pub files: Vec<SetFile>,
}

impl Verified {
    fn of(candidate: &Candidate) -> Self {
        let txt = SetFile {
            extension: "txt".to_owned(),
            stamp: candidate.txt,
        };
        let recordings = candidate
            .recordings
            .iter()
            .map(|(extension, stamp)| SetFile {
                extension: extension.clone(),
                stamp: *stamp,
            });
        Self {
            number: candidate.number,
            files: recordings.chain([txt]).collect(),
        }
    }

    /// Octets of its files.
    #[must_use]
    pub fn octets(&self) -> u64 {
        self.files.iter().map(|file| file.stamp.size).sum()
    }
}

/// What is to be moved, by folder.
#[derive(Debug, Default)]
pub struct Plan {
    /// The messages of each folder, by number.
    pub folders: BTreeMap<Place, Vec<Verified>>,
}

impl Plan {
    /// How many messages there are.
    #[must_use]
    pub fn messages(&self) -> u64 {
        self.folders.values().map(|all| all.len() as u64).sum()
    }

    /// Octets of all their files.
    #[must_use]
    pub fn octets(&self) -> u64 {
        self.folders.values().flatten().map(Verified::octets).sum()
    }

    /// Octets of the files that do not lie on this file system.
    #[must_use]
    pub fn octets_beyond(&self, device: u64) -> u64 {
        let files = self.folders.values().flatten().flat_map(|one| &one.files);
        let beyond = files.filter(|file| file.stamp.dev != device);
        beyond.map(|file| file.stamp.size).sum()
    }
}

/// Makes the plan while a verification runs, and passes on what it tells.
pub struct Planner<'a> {
    watcher: &'a dyn Watcher,
    plan: Mutex<Plan>,
}

impl<'a> Planner<'a> {
    /// With an empty plan.
    #[must_use]
    pub fn new(watcher: &'a dyn Watcher) -> Self {
        Self {
            watcher,
            plan: Mutex::default(),
        }
    }

    /// The plan, when the verification is over.
    #[must_use]
    pub fn into_plan(self) -> Plan {
        let mut plan = self
            .plan
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        for messages in plan.folders.values_mut() {
            messages.sort_by_key(|one| one.number);
        }
        plan
    }
}

impl Watcher for Planner<'_> {
    fn told(&self, told: &Told<'_>) {
        if let Told::Message(message) = told
            && let (Verdict::Same { .. }, Some(candidate)) = (message.verdict, message.candidate)
        {
            let mut plan = self.plan.lock().unwrap_or_else(PoisonError::into_inner);
            plan.folders
                .entry(Place::new(message.vmbox, message.folder))
                .or_default()
                .push(Verified::of(candidate));
        }
        self.watcher.told(told);
    }
}

/// Where messages are moved between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ends {
    /// The spool's real path.
    pub spool: PathBuf,
    /// The other directory's real path.
    pub to: PathBuf,
}

/// What happened to messages, for whoever shows it.
#[derive(Debug)]
pub enum Event<'a> {
    /// What an earlier run had begun was brought to its end.
    Settled {
        /// The folder.
        place: &'a Place,
        /// Messages that are where that run meant them to be.
        moved: u64,
        /// Messages that are where they were before it.
        kept: u64,
    },
    /// A message was moved.
    Moved {
        /// The folder.
        place: &'a Place,
        /// Its number in the spool.
        number: u32,
        /// Its number in the other directory.
        kept_as: u32,
    },
    /// A message stays where it is.
    Stays {
        /// The folder.
        place: &'a Place,
        /// Its number where it is.
        number: u32,
        /// Why.
        why: &'a str,
    },
}

/// Is told what happens.
pub trait Observer {
    /// Takes note.
    fn event(&self, event: &Event<'_>);
}

/// Whether one of two real paths is the other or lies in it.
#[must_use]
pub fn overlap(one: &Path, other: &Path) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

/// The folders of a box in Asterisk's order; what is asked for by selection.
#[must_use]
pub fn wanted(folders: &[VoicemailFolder], folder: VoicemailFolder) -> bool {
    folders.is_empty() || folders.contains(&folder)
}
