//! The runs that journals tell of: which there were, what each did, and which one somebody means.
//!
//! Reads only. One box's journal is in memory at a time; of all of them only sums are kept, and which
//! boxes each run was about.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use crate::ops::migrate::journal::{self, Counts, Past};
use crate::voicemail::vmbox::VoicemailBox;

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

/// One migrate run over all boxes.
#[derive(Debug, Clone)]
pub struct Run {
    /// Its id.
    pub run: String,
    /// When it began to write, RFC 3339.
    pub at: String,
    /// The spool its messages come from.
    pub spool: String,
    /// The boxes it wrote about.
    pub boxes: Vec<VoicemailBox>,
    /// Its messages.
    pub counts: Counts,
}

impl Run {
    /// Whether nothing of what it appended is left that a rollback could take back.
    #[must_use]
    pub fn all_rolled_back(&self) -> bool {
        let counts = &self.counts;
        counts.rolled_back >= counts.appended && counts.unknown == 0
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
        Ok(runs)
    }

    fn add(&mut self, vmbox: &VoicemailBox, past: Past) {
        for one in past.runs {
            let counts = one.counts();
            if let Some(of) = one.rolls_back {
                self.rollbacks.insert(one.run, of);
                continue;
            }
            let run = self.runs.entry(one.run).or_insert_with_key(|id| Run {
                run: id.clone(),
                at: one.at.clone(),
                spool: one.spool,
                boxes: Vec::new(),
                counts: Counts::default(),
            });
            if one.at < run.at {
                run.at = one.at;
            }
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
                spool: String::new(),
                boxes: Vec::new(),
                counts: Counts::default(),
            };
            ((*id).to_owned(), run)
        };
        Runs {
            runs: ids.iter().map(run).collect(),
            rollbacks: BTreeMap::from([("R".to_owned(), "of".to_owned())]),
            damaged: Vec::new(),
        }
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
