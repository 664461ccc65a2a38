//! The runs that journals tell of: which there were, what each did, and which one somebody means.
//!
//! Reads only. One box's journal is in memory at a time; of all of them only sums are kept, and which
//! boxes each run was about.
//!
//! ```
//! use vmimap::ops::runs::{Runs, State};
//!
//! # let dir = tempfile::tempdir()?;
//! # let state_dir = dir.path();
//! let runs = Runs::read(state_dir)?;
//! let mut newest = runs.newest_first().into_iter();
//! // To be gone on with by another migrate run, or taken back.
//! let cut = newest.find(|run| run.state() == State::Interrupted);
//! assert!(cut.is_none());
//! # Ok::<(), std::io::Error>(())
//! ```

pub mod book;
pub mod merge;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use crate::ops::lock;
use crate::ops::migrate::journal::{self, Counts, Past, RunPast};
use crate::voicemail::vmbox::VoicemailBox;
use book::{Book, Line};

/// A journal that cannot be read, and why.
#[derive(Debug)]
pub struct Damaged {
    /// Whose it is.
    pub vmbox: VoicemailBox,
    /// What is wrong; names file and line.
    pub error: io::Error,
}

/// Tells the past of every box that has a journal, sorted by box; gives the journals that cannot be
/// read.
///
/// # Errors
/// When the state directory cannot be listed.
pub fn each(
    state_dir: &Path,
    sink: &mut dyn FnMut(VoicemailBox, Past),
) -> io::Result<Vec<Damaged>> {
    let mut damaged = Vec::new();
    for vmbox in journal::boxes(state_dir)? {
        match Past::read(state_dir, &vmbox) {
            Ok(past) => sink(vmbox, past),
            Err(error) => damaged.push(Damaged { vmbox, error }),
        }
    }
    Ok(damaged)
}

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It has not ended, and the process that holds the lock is there.
    Running,
    /// It was cut, or told to stop.
    Interrupted,
    /// It has ended, and not all was done.
    Incomplete,
    /// All was done, as far as is known.
    Complete,
    /// A part of what it appended was taken back.
    Partly,
    /// All that it appended was taken back.
    RolledBack,
}

impl State {
    /// In words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Interrupted => "interrupted",
            Self::Incomplete => "incomplete",
            Self::Complete => "complete",
            Self::Partly => "partly back",
            Self::RolledBack => "rolled back",
        }
    }

    /// As far as a rollback decides it.
    fn by_rollback(counts: &Counts) -> Option<Self> {
        match counts.rolled_back {
            0 => None,
            n if n >= counts.appended && counts.unknown == 0 => Some(Self::RolledBack),
            _ => Some(Self::Partly),
        }
    }

    /// Of one box's part in a run.
    #[must_use]
    pub fn of_box(counts: &Counts) -> Self {
        Self::by_rollback(counts).unwrap_or(match (counts.unknown, counts.refused) {
            (0, 0) => Self::Complete,
            (0, _) => Self::Incomplete,
            _ => Self::Interrupted,
        })
    }
}

/// One migrate run over all boxes.
#[derive(Debug, Clone, Default)]
pub struct Run {
    /// Its id.
    pub run: String,
    /// When it began, RFC 3339.
    pub at: String,
    /// When it ended and with which status, where that was written down.
    pub ended: Option<(String, u8)>,
    /// The spool its messages come from.
    pub spool: String,
    /// Boxes it was about, where that was written down.
    pub mailboxes: Option<u64>,
    /// The boxes it sent something to, or read something of.
    pub boxes: Vec<VoicemailBox>,
    /// Its messages.
    pub counts: Counts,
    /// Whether its process is still there.
    pub alive: bool,
}

impl Run {
    /// Whether nothing of what it appended is left that a rollback could take back.
    #[must_use]
    pub fn all_rolled_back(&self) -> bool {
        let counts = &self.counts;
        counts.rolled_back >= counts.appended && counts.unknown == 0
    }

    /// How it stands.
    #[must_use]
    pub fn state(&self) -> State {
        if let Some(state) = State::by_rollback(&self.counts) {
            return state;
        }
        match (&self.ended, self.mailboxes) {
            (Some((_, 0)), _) => State::Complete,
            (Some((_, exit)), _) if *exit > 128 => State::Interrupted,
            (Some(_), _) => State::Incomplete,
            (None, Some(_)) if self.alive => State::Running,
            (None, Some(_)) => State::Interrupted,
            // The book does not tell of it: it was moved away.
            (None, None) => State::of_box(&self.counts),
        }
    }
}

/// All migrate runs.
#[derive(Debug, Default)]
pub struct Runs {
    /// By id.
    pub runs: BTreeMap<String, Run>,
    /// Rollbacks: their ids, and the runs they take back.
    pub rollbacks: BTreeMap<String, String>,
    /// Journals that cannot be read.
    pub damaged: Vec<Damaged>,
    /// Why the book of runs cannot be read.
    pub book: Option<io::Error>,
}

impl Runs {
    /// Reads all journals.
    ///
    /// # Errors
    /// As [`each`].
    pub fn read(state_dir: &Path) -> io::Result<Self> {
        let mut runs = Self::default();
        let damaged = each(state_dir, &mut |vmbox, past| runs.add(&vmbox, past))?;
        runs.damaged = damaged;
        match Book::read(state_dir) {
            Ok(book) => runs.add_book(book, lock::held_since(state_dir)),
            Err(error) => runs.book = Some(error),
        }
        Ok(runs)
    }

    /// `held` is since when somebody has had the lock.
    fn add_book(&mut self, book: Book, held: Option<Timestamp>) {
        let mut last = None;
        for line in book.lines {
            match line {
                Line::Begin {
                    run,
                    time,
                    spool,
                    mailboxes,
                    ..
                } => {
                    last = Some(run.clone());
                    let known = self.run_mut(&run);
                    known.at = time;
                    known.spool = spool;
                    known.mailboxes = Some(mailboxes);
                }
                Line::End {
                    run, time, exit, ..
                } => self.run_mut(&run).ended = Some((time, exit)),
            }
        }
        if let Some(run) = last {
            let run = self.run_mut(&run);
            // Who has taken the lock after it began is another run, and that one was cut.
            let began = run.at.parse::<Timestamp>();
            run.alive = held.is_some_and(|held| began.is_ok_and(|began| held <= began));
        }
    }

    fn run_mut(&mut self, id: &str) -> &mut Run {
        let run = self.runs.entry(id.to_owned()).or_default();
        id.clone_into(&mut run.run);
        run
    }

    fn add(&mut self, vmbox: &VoicemailBox, past: Past) {
        for one in past.runs {
            let counts = one.counts();
            if let Some(of) = one.rolls_back {
                self.rollbacks.insert(one.run, of);
                continue;
            }
            let RunPast { run, at, spool, .. } = one;
            let run = self.run_mut(&run);
            if run.at.is_empty() || at < run.at {
                run.at = at;
            }
            run.spool = spool;
            run.boxes.push(vmbox.clone());
            run.counts.add(&counts);
        }
    }

    /// The runs, newest first.
    #[must_use]
    pub fn newest_first(&self) -> Vec<&Run> {
        let mut all: Vec<&Run> = self.runs.values().collect();
        all.sort_by(|one, other| (&other.at, &other.run).cmp(&(&one.at, &one.run)));
        all
    }

    /// The run that somebody means by its id, the beginning of it, or `last`.
    ///
    /// # Errors
    /// Says why it is not clear, and what could have been meant.
    pub fn find(&self, text: &str) -> Result<&Run, String> {
        if text == "last" {
            let last = self.newest_first().into_iter().next();
            return last.ok_or_else(|| "there is no run in these journals".to_owned());
        }
        if let Some(run) = self.runs.get(text) {
            return Ok(run);
        }
        if let Some(of) = self.rollbacks.get(text) {
            return Err(format!("run {text} is itself a rollback, of {of}"));
        }
        let begin = |id: &&Run| !text.is_empty() && id.run.starts_with(text);
        let meant: Vec<&Run> = self.runs.values().filter(begin).collect();
        match meant.as_slice() {
            [one] => Ok(*one),
            [] => Err(format!("there is no run {text}{}", self.did_you_mean(text))),
            several => {
                const SHOWN: usize = 3;
                let names = several.iter().take(SHOWN).map(|one| one.run.as_str());
                let names: Vec<&str> = names.collect();
                let more = match several.len().saturating_sub(SHOWN) {
                    0 => String::new(),
                    n => format!(" and {n} more"),
                };
                Err(format!(
                    "{text} is the beginning of {}{more}",
                    names.join(", ")
                ))
            }
        }
    }

    fn did_you_mean(&self, text: &str) -> String {
        let apart =
            |run: &Run| strsim::damerau_levenshtein(&text.to_lowercase(), &run.run.to_lowercase());
        let near = self.runs.values().map(|run| (apart(run), run));
        let nearest = near.min_by_key(|(distance, _)| *distance);
        match nearest.filter(|(distance, _)| *distance <= 2) {
            Some((_, run)) => format!("; did you mean {}?", run.run),
            None => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(ids: &[&str]) -> Runs {
        let run = |id: &&str| {
            let run = Run {
                run: (*id).to_owned(),
                at: (*id).to_owned(),
                ..Run::default()
            };
            ((*id).to_owned(), run)
        };
        Runs {
            runs: ids.iter().map(run).collect(),
            rollbacks: BTreeMap::from([("R".to_owned(), "of".to_owned())]),
            ..Runs::default()
        }
    }

    #[test]
    fn a_run_stands_as_its_end_and_what_was_taken_back_say() {
        let state = |ended: Option<u8>, known, appended, rolled_back, unknown| {
            let run = Run {
                ended: ended.map(|exit| (String::new(), exit)),
                mailboxes: Option::from(1).filter(|_| known),
                counts: Counts {
                    appended,
                    unknown,
                    rolled_back,
                    ..Counts::default()
                },
                ..Run::default()
            };
            run.state()
        };
        assert_eq!(state(Some(0), true, 3, 0, 0), State::Complete);
        assert_eq!(state(Some(3), true, 3, 0, 0), State::Incomplete);
        assert_eq!(state(Some(143), true, 3, 0, 0), State::Interrupted);
        assert_eq!(state(None, true, 3, 0, 0), State::Interrupted);
        assert_eq!(state(None, false, 3, 0, 0), State::Complete);
        assert_eq!(state(None, false, 3, 0, 1), State::Interrupted);
        assert_eq!(state(Some(0), true, 3, 1, 0), State::Partly);
        assert_eq!(state(Some(0), true, 3, 3, 1), State::Partly);
        assert_eq!(state(Some(0), true, 3, 3, 0), State::RolledBack);
    }

    #[test]
    fn a_run_is_under_way_as_long_as_its_own_process_holds_the_lock() {
        let dir = tempfile::tempdir().unwrap();
        let state = || Runs::read(dir.path()).unwrap().find("a").unwrap().state();
        let held = lock::Lock::take(dir.path()).unwrap();
        let mut book = Book::read(dir.path()).unwrap();
        book.begin("a", Path::new("s"), 1).unwrap();
        assert_eq!(state(), State::Running);
        drop(held);
        let _other = lock::Lock::take(dir.path()).unwrap();
        assert_eq!(state(), State::Interrupted);
    }

    #[test]
    fn a_run_is_found_by_its_id_a_unique_beginning_or_as_the_last_one() {
        let runs = runs(&["20261124T1-aa", "20261124T2-bb", "20261125T1-cc"]);
        let found = |text: &str| runs.find(text).map(|run| run.run.as_str());
        assert_eq!(found("20261124T1-aa"), Ok("20261124T1-aa"));
        assert_eq!(found("20261125"), Ok("20261125T1-cc"));
        assert_eq!(found("last"), Ok("20261125T1-cc"));
        let says = |text: &str| found(text).unwrap_err();
        assert!(says("20261124").contains("beginning of 20261124T1-aa, 20261124T2-bb"));
        assert!(says("20261124T1-ab").contains("did you mean 20261124T1-aa?"));
        assert_eq!(says("x"), "there is no run x");
        assert_eq!(says(""), "there is no run ");
        assert_eq!(says("R"), "run R is itself a rollback, of of");
        assert!(Runs::default().find("last").is_err());
    }
}
