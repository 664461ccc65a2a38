//! Bringing back what was moved: to the very place it had, if nobody has that now.
//!
//! In a folder of the spool a message appears as Asterisk makes it appear: under the folder's lock,
//! the recordings first, the txt last.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use crate::depot::{
    Dir, FolderLock, Likeness, Listing, bring, clear, discard, is_at, numbers, under,
};

use super::mover::{AT_A_TIME, Mover, PATIENCE, locked};
use super::place::Place;
use super::record::{Moved, Retired};
use super::report::RunReport;

impl Mover<'_> {
    /// Brings messages back, all of them moved between this mover's directories. What cannot be brought
    /// back stays where it is, and is told. Safe to repeat.
    ///
    /// # Errors
    /// When the journal cannot be written; nothing is half moved then that the next run does not end.
    pub fn undo(&mut self, messages: Vec<Retired>) -> io::Result<RunReport> {
        let mut report = RunReport::default();
        let mut folders: BTreeMap<Place, Vec<Moved>> = BTreeMap::new();
        for one in messages {
            folders.entry(one.place).or_default().push(one.moved);
        }
        for (place, messages) in folders {
            if self.stop.asked() || report.broken.is_some() {
                report.counts.pending += messages.len() as u64;
                continue;
            }
            self.undo_folder(&place, &messages, &mut report)?;
        }
        report.interrupted = self.stop.signal();
        Ok(report)
    }

    fn undo_folder(
        &mut self,
        place: &Place,
        messages: &[Moved],
        report: &mut RunReport,
    ) -> io::Result<()> {
        let ends = place.existing(&self.to).and_then(|from| {
            let from = from.ok_or(io::ErrorKind::NotFound)?;
            let to = place.make(&self.spool)?;
            Ok((numbers(&to)?, from, to))
        });
        let (taken, from, to) = match ends {
            Ok(ends) => ends,
            Err(error) => {
                let numbers = messages.iter().map(|one| one.number);
                self.all_stay(place, numbers, &error, report);
                return Ok(());
            }
        };
        for chunk in messages.chunks(AT_A_TIME) {
            if self.stop.asked() || report.broken.is_some() {
                report.counts.pending += chunk.len() as u64;
                continue;
            }
            self.undo_chunk(place, (&from, &to), (chunk, &taken), report)?;
        }
        Ok(())
    }

    fn undo_chunk(
        &mut self,
        place: &Place,
        (from, to): (&Dir, &Dir),
        (messages, taken): (&[Moved], &BTreeSet<u32>),
        report: &mut RunReport,
    ) -> io::Result<()> {
        let (ready, gone): (Vec<Moved>, Vec<Moved>) =
            messages.iter().cloned().partition(|one| is_kept(from, one));
        for one in gone {
            let why = format!(
                "what was kept as msg{:04} in {} has changed or gone",
                one.kept_as,
                from.path().display()
            );
            self.stays(place, one.number, &why, report);
        }
        if ready.is_empty() {
            return Ok(());
        }
        self.record.intend(place, ready.clone())?;
        let back = self.put_back(place, (from, to), (ready, taken), report);
        self.settled(place, back, report)
    }

    /// Those that are back.
    fn put_back(
        &self,
        place: &Place,
        (from, to): (&Dir, &Dir),
        (ready, taken): (Vec<Moved>, &BTreeSet<u32>),
        report: &mut RunReport,
    ) -> Vec<Moved> {
        let mut back = Vec::new();
        for one in ready {
            if report.broken.is_some() {
                report.counts.pending += 1;
                continue;
            }
            if let Err((why, full)) = put_one(from, to, &one, taken) {
                if full {
                    report.broken = Some(format!("{}: {why}", to.path().display()));
                }
                self.stays(place, one.number, &why, report);
                continue;
            }
            // It is back whatever becomes of what was kept.
            if let Err(error) = clear(from, one.kept_as, &one.files, Likeness::Alike) {
                let path = from.path().display();
                report.broken = Some(format!("{path}: what was kept cannot be removed: {error}"));
            }
            back.push(one);
        }
        let _ = from.sync();
        // That the locks are gone.
        let _ = to.sync();
        back
    }
}

/// Whether what was kept of a message is there as it was.
fn is_kept(from: &Dir, one: &Moved) -> bool {
    under(from, one.kept_as, &one.files).is_ok_and(|there| {
        let there = Listing::from([(one.kept_as, there)]);
        is_at(&there, one.kept_as, &one.files, Likeness::Alike)
    })
}

/// Puts one message into its old place, and says otherwise why not, and whether for want of space.
/// `taken` are the numbers that had files before any was brought back.
fn put_one(from: &Dir, to: &Dir, one: &Moved, taken: &BTreeSet<u32>) -> Result<(), (String, bool)> {
    let _lock = FolderLock::take(to, PATIENCE).map_err(|error| (locked(error), false))?;
    let io = |error: io::Error| (error.to_string(), false);
    let there = under(to, one.number, &one.files).map_err(io)?;
    if taken.contains(&one.number) || there.is_none_or(|files| !files.is_empty()) {
        let why = "another message has its number in the spool by now";
        return Err((why.to_owned(), false));
    }
    let (old, new) = ((from, one.kept_as), (to, one.number));
    let brought = bring(old, new, &one.files, Likeness::Alike);
    let brought = brought.map_err(|error| (error.to_string(), error.no_space()));
    brought
        .and_then(|()| to.sync().map_err(io))
        .inspect_err(|_| {
            // What stays is known to the journal, and the next run removes it.
            let _ = discard(to, one.number, &one.files);
        })
}
