//! Ending what a run has begun that was killed: each of its messages is then wholly in one place.
//!
//! Everything is brought before anything is taken away, and of what is taken away the txt goes first. So
//! where the new place has the set whole and the old one has no txt for it any more, the rest goes too;
//! where the old place still has it, what was brought is removed. Locks that the killed run held are
//! given back: Asterisk would wait for ever.

use std::io;
use std::path::Path;

use crate::depot::{
    Dir, FolderLock, Likeness, Listing, MoveError, Owner, SetFile, Stage, clear, clear_lock,
    clear_rest, discard, find, is_at, list,
};
use crate::ops::jsonl;
use crate::ops::stop::Stop;

use super::mover::{Mover, PATIENCE, locked};
use super::place::Place;
use super::record::{Moved, Record, Run};
use super::{Event, Observer};

fn said(error: &MoveError) -> io::Error {
    io::Error::other(error.to_string())
}

impl Mover<'_> {
    /// Ends what the last run has left, if it has left anything. Safe to repeat.
    ///
    /// # Errors
    /// Where that cannot be done now: nothing else may be moved before it is.
    pub fn settle(record: &mut Record, stop: &Stop, observer: &dyn Observer) -> io::Result<()> {
        let Some(open) = record.open().cloned() else {
            return Ok(());
        };
        if let Some((place, sets)) = open.intent {
            let root = |path: &Path| {
                let root = Dir::root(path, Owner::default());
                root.map_err(|error| jsonl::named(path, &error))
            };
            let mover = Mover {
                spool: root(&open.run.ends.spool)?,
                to: root(&open.run.ends.to)?,
                record,
                stop,
                observer,
            };
            mover.end(&open.run, &place, sets)?;
        }
        record.end()
    }

    fn end(self, run: &Run, place: &Place, sets: Vec<Moved>) -> io::Result<()> {
        let spool = place.make(&self.spool)?;
        let kept = place.make(&self.to)?;
        clear_lock(&spool)?;
        // What was being copied is unfinished.
        let _ = (
            Stage::new(place.make(&self.spool)?)?,
            Stage::new(place.make(&self.to)?)?,
        );
        let total = sets.len() as u64;
        let lock = FolderLock::take(&spool, PATIENCE);
        let lock = lock.map_err(|error| io::Error::other(format!("{place}: {}", locked(error))))?;
        // What is done about one of them changes nothing of the others.
        let found = (&list(&spool)?, &list(&kept)?);
        let mut moved = Vec::new();
        for one in sets {
            let there = if run.undo {
                self.ended_undo(place, (&spool, &kept), found, &one)?
            } else {
                self.ended(place, (&spool, &kept), found, &one)?
            };
            moved.extend(there.then_some(one));
        }
        spool.sync()?;
        kept.sync()?;
        drop(lock);
        self.observer.event(&Event::Settled {
            place,
            moved: moved.len() as u64,
            kept: total - moved.len() as u64,
        });
        self.record.done(place, moved)
    }
}

/// Whether a run has begun to take the message from the spool: its txt is gone, and whatever is left of
/// it has no other one.
fn begun(spool: &Listing, files: &[SetFile]) -> bool {
    let of_message = |there: &&Vec<SetFile>| {
        there.iter().any(|one| {
            let same = |file: &SetFile| {
                file.extension == one.extension && file.stamp.same_content(&one.stamp)
            };
            files.iter().any(same)
        })
    };
    let mut rests = spool.values().flatten().filter(of_message);
    !rests.any(|there| there.iter().any(|one| one.extension == "txt"))
}

impl Mover<'_> {
    /// Whether the message is in the other directory now.
    fn ended(
        &self,
        place: &Place,
        (spool, kept): (&Dir, &Dir),
        (in_spool, in_kept): (&Listing, &Listing),
        one: &Moved,
    ) -> io::Result<bool> {
        let begun = begun(in_spool, &one.files);
        if begun && is_at(in_kept, one.kept_as, &one.files, Likeness::Alike) {
            clear_rest(spool, &one.files).map_err(|error| said(&error))?;
            return Ok(true);
        }
        if begun {
            self.half(place, kept, one);
        } else {
            discard(kept, one.kept_as, &one.files).map_err(|error| said(&error))?;
        }
        Ok(false)
    }

    /// Whether the message is in the spool again.
    fn ended_undo(
        &self,
        place: &Place,
        (spool, kept): (&Dir, &Dir),
        (in_spool, in_kept): (&Listing, &Listing),
        one: &Moved,
    ) -> io::Result<bool> {
        let back = find(in_spool, one.number, &one.files).is_some()
            || is_at(in_spool, one.number, &one.files, Likeness::Alike);
        if back {
            let cleared = clear(kept, one.kept_as, &one.files, Likeness::Alike);
            cleared.map_err(|error| said(&error))?;
        } else if is_at(in_kept, one.kept_as, &one.files, Likeness::Alike) {
            discard(spool, one.number, &one.files).map_err(|error| said(&error))?;
        } else {
            self.half(place, kept, one);
        }
        Ok(back)
    }

    /// Somebody else was at it since: nothing of it is touched.
    fn half(&self, place: &Place, kept: &Dir, one: &Moved) {
        let path = kept.path().display();
        let why = format!("is whole neither in the spool nor in {path}; what is left stays there");
        let (number, why) = (one.number, why.as_str());
        self.observer.event(&Event::Stays { place, number, why });
    }
}
