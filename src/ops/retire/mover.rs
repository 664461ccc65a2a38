//! Carrying a plan out: the intent, the new place, another look, the old place, the outcome.

use std::io;
use std::time::Duration;

use crate::depot::{
    Dir, FolderLock, Likeness, Listing, LockError, SetFile, bring, clear, clear_rest, discard,
    find, list, numbers, under,
};
use crate::ops::stop::Stop;
use crate::voicemail::audio::AudioFormat;

use super::place::Place;
use super::record::{Moved, Record};
use super::report::RunReport;
use super::{Event, Observer, Plan, Verified};

/// How long Asterisk waits for a folder's lock.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// Messages that are journalled and taken from a folder at a time, under one lock: a few hundred
/// renames, a moment.
pub(super) const AT_A_TIME: usize = 100;

/// Moves messages between a spool and another directory. One run at a time (the state directory's
/// lock), and one that has [settled](Self::settle) what an earlier one left.
pub struct Mover<'a> {
    /// The spool.
    pub spool: Dir,
    /// The other directory.
    pub to: Dir,
    /// The journal; a run has begun in it.
    pub record: &'a mut Record,
    /// Whether to stop.
    pub stop: &'a Stop,
    /// Who is told.
    pub observer: &'a dyn Observer,
}

/// Why a folder's lock was not had.
pub(super) fn locked(error: LockError) -> String {
    match error {
        LockError::Held(_) => {
            "its folder is locked by Asterisk or another run (.lock); run again".to_owned()
        }
        LockError::Io(error) => format!("its folder cannot be locked: {error}"),
    }
}

impl Mover<'_> {
    /// Moves the messages of a plan. What cannot be moved stays, and is told. Safe to repeat.
    ///
    /// # Errors
    /// When the journal cannot be written; nothing is half moved then that the next run does not end.
    pub fn apply(&mut self, plan: &Plan) -> io::Result<RunReport> {
        let mut report = RunReport::default();
        for (place, messages) in &plan.folders {
            if self.stop.asked() || report.broken.is_some() {
                report.counts.pending += messages.len() as u64;
                continue;
            }
            self.folder(place, messages, &mut report)?;
        }
        report.interrupted = self.stop.signal();
        Ok(report)
    }

    pub(super) fn stays(&self, place: &Place, number: u32, why: &str, report: &mut RunReport) {
        report.counts.stayed += 1;
        let event = Event::Stays { place, number, why };
        self.observer.event(&event);
    }

    /// None of these could even be looked at.
    pub(super) fn all_stay(
        &self,
        place: &Place,
        numbers: impl Iterator<Item = u32>,
        error: &io::Error,
        report: &mut RunReport,
    ) {
        let why = error.to_string();
        for number in numbers {
            self.stays(place, number, &why, report);
        }
    }

    /// These are in their new place: counted, told, and on record.
    pub(super) fn settled(
        &mut self,
        place: &Place,
        moved: Vec<Moved>,
        report: &mut RunReport,
    ) -> io::Result<()> {
        for one in &moved {
            report.counts.moved += 1;
            self.observer.event(&Event::Moved {
                place,
                number: one.number,
                kept_as: one.kept_as,
            });
        }
        self.record.done(place, moved)
    }

    fn folder(
        &mut self,
        place: &Place,
        messages: &[Verified],
        report: &mut RunReport,
    ) -> io::Result<()> {
        let ends = place.existing(&self.spool).and_then(|from| {
            let to = place.make(&self.to)?;
            Ok((from.ok_or(io::ErrorKind::NotFound)?, to))
        });
        let looked = ends.and_then(|(from, to)| {
            let ways = self.ways(place, (&from, &to), messages, report)?;
            Ok((from, to, ways))
        });
        let (from, to, ways) = match looked {
            Ok(looked) => looked,
            Err(error) => {
                let numbers = messages.iter().map(|one| one.number);
                self.all_stay(place, numbers, &error, report);
                return Ok(());
            }
        };
        for chunk in ways.chunks(AT_A_TIME) {
            if self.stop.asked() || report.broken.is_some() {
                report.counts.pending += chunk.len() as u64;
                continue;
            }
            self.chunk(place, (&from, &to), chunk, report)?;
        }
        Ok(())
    }

    /// The messages that are still what they were when they were compared, with all files of their
    /// numbers, where they are now, and where they will be. The only time that the folders are read
    /// through, unless somebody renumbers.
    fn ways(
        &self,
        place: &Place,
        (from, to): (&Dir, &Dir),
        messages: &[Verified],
        report: &mut RunReport,
    ) -> io::Result<Vec<Moved>> {
        let listing = list(from)?;
        let mut taken = numbers(to)?;
        let mut ways = Vec::with_capacity(messages.len());
        for one in messages {
            match whole(&listing, one.number, &one.files) {
                Ok((number, files)) => {
                    let last = taken.last().copied();
                    let kept_as = if taken.contains(&one.number) {
                        last.map_or(0, |last| last.saturating_add(1))
                    } else {
                        one.number
                    };
                    taken.insert(kept_as);
                    ways.push(Moved {
                        number,
                        kept_as,
                        files,
                    });
                }
                Err(why) => self.stays(place, one.number, why, report),
            }
        }
        Ok(ways)
    }

    fn chunk(
        &mut self,
        place: &Place,
        (from, to): (&Dir, &Dir),
        messages: &[Moved],
        report: &mut RunReport,
    ) -> io::Result<()> {
        let mut ready = Vec::with_capacity(messages.len());
        let mut eye = Look::at(from);
        for one in messages {
            match eye.now(one) {
                Ok(number) => ready.push(Moved {
                    number,
                    ..one.clone()
                }),
                Err(why) => self.stays(place, one.number, &why, report),
            }
        }
        if ready.is_empty() {
            return Ok(());
        }
        self.record.intend(place, ready.clone())?;
        let brought = self.bring_all(place, (from, to), ready, report);
        let moved = match to.sync() {
            Ok(()) => self.take_all(place, (from, to), brought, report),
            Err(error) => {
                for one in brought {
                    self.give_up(place, to, &one, &error.to_string(), report);
                }
                Vec::new()
            }
        };
        self.settled(place, moved, report)
    }

    /// Puts them into their new place; those that were.
    fn bring_all(
        &self,
        place: &Place,
        (from, to): (&Dir, &Dir),
        ready: Vec<Moved>,
        report: &mut RunReport,
    ) -> Vec<Moved> {
        let mut brought = Vec::new();
        for one in ready {
            if report.broken.is_some() {
                report.counts.pending += 1;
                continue;
            }
            let (old, new) = ((from, one.number), (to, one.kept_as));
            match bring(old, new, &one.files, Likeness::Same) {
                Ok(()) => brought.push(one),
                Err(error) => {
                    if error.no_space() {
                        let why = format!("{}: {error}", self.to.path().display());
                        report.broken = Some(why);
                    }
                    self.give_up(place, to, &one, &error.to_string(), report);
                }
            }
        }
        brought
    }

    /// Takes from the spool, under the folder's lock, what is still what was brought; those that were.
    fn take_all(
        &self,
        place: &Place,
        (from, to): (&Dir, &Dir),
        brought: Vec<Moved>,
        report: &mut RunReport,
    ) -> Vec<Moved> {
        let lock = match FolderLock::take(from, PATIENCE).map_err(locked) {
            Ok(lock) => lock,
            Err(why) => {
                for one in brought {
                    self.give_up(place, to, &one, &why, report);
                }
                return Vec::new();
            }
        };
        let (mut moved, mut scattered) = (Vec::new(), Vec::new());
        let mut eye = Look::at(from);
        for one in brought {
            let number = match eye.now(&one) {
                Ok(number) => number,
                Err(why) => {
                    self.give_up(place, to, &one, &why, report);
                    continue;
                }
            };
            match clear(from, number, &one.files, Likeness::Same) {
                Ok(true) => {}
                // Whoever renumbers without the lock has moved files on while the others went.
                Ok(false) => scattered.push(one.clone()),
                Err(error) => {
                    let now = list(from).unwrap_or_default();
                    if find(&now, number, &one.files).is_some() {
                        self.give_up(place, to, &one, &error.to_string(), report);
                        continue;
                    }
                    report.broken = Some(format!(
                        "{place}/msg{number:04}: was moved, but not all of it could be removed: {error}"
                    ));
                    scattered.push(one.clone());
                }
            }
            moved.push(one);
        }
        for one in scattered {
            if let Err(error) = clear_rest(from, &one.files) {
                let path = from.path().display();
                report.broken = Some(format!("{path}: what was moved cannot be removed: {error}"));
            }
        }
        // Asterisk need not wait for the disk; and so it is on disk too that the lock is gone.
        drop(lock);
        // What is not on disk yet is found by the next run, should there be none of this line.
        let _ = from.sync();
        moved
    }

    /// Removes what was brought of a message that stays.
    fn give_up(&self, place: &Place, to: &Dir, one: &Moved, why: &str, report: &mut RunReport) {
        let why = match discard(to, one.kept_as, &one.files) {
            Ok(()) => why.to_owned(),
            Err(error) => format!("{why}; a copy stays in {}: {error}", to.path().display()),
        };
        self.stays(place, one.number, &why, report);
    }
}

/// Looks where messages are now: under the numbers they had, as a rule. A folder that was renumbered is
/// read through, once.
struct Look<'d> {
    dir: &'d Dir,
    listing: Option<Listing>,
}

impl<'d> Look<'d> {
    fn at(dir: &'d Dir) -> Self {
        Self { dir, listing: None }
    }

    /// The number under which all files of a message lie, and no others; or why there is none.
    fn now(&mut self, one: &Moved) -> Result<u32, String> {
        let io = |error: io::Error| error.to_string();
        let there = under(self.dir, one.number, &one.files).map_err(io)?;
        let there = Listing::from([(one.number, there)]);
        let found = whole(&there, one.number, &one.files).or_else(|_| {
            let listing = match self.listing.take() {
                Some(listing) => listing,
                None => list(self.dir).map_err(io)?,
            };
            whole(self.listing.insert(listing), one.number, &one.files).map_err(str::to_owned)
        })?;
        match found {
            (number, files) if files.len() == one.files.len() => Ok(number),
            _ => Err("a file was added to it meanwhile".to_owned()),
        }
    }
}

/// Where the files are now, and with them all others of that number: they go with the message, but
/// for a recording that was not there when it was compared.
fn whole(
    listing: &Listing,
    near: u32,
    files: &[SetFile],
) -> Result<(u32, Vec<SetFile>), &'static str> {
    let found = find(listing, near, files);
    let (number, all) = found.ok_or("it has changed or gone since it was compared")?;
    let known = |file: &SetFile| files.iter().any(|one| one.extension == file.extension);
    let recording = |file: &SetFile| AudioFormat::from_extension(&file.extension).is_some();
    if all.iter().any(|file| recording(file) && !known(file)) {
        return Err("a recording was added to it since it was compared");
    }
    Ok((number, all.to_vec()))
}
