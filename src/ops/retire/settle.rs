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

/// A directory that is gone for good would keep every later run from its work.
fn unreachable(path: &Path, error: &io::Error, journal: &Path) -> io::Error {
    let named = jsonl::named(path, error);
    let way_out = format!(
        "{named}; nothing is moved before that can be looked at. Where it is gone for good, move {} away: \
         then --undo brings back nothing of before, and migrate --prune takes it for deleted",
        journal.display()
    );
    io::Error::new(named.kind(), way_out)
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
            let journal = record.path().to_owned();
            let root = |path: &Path| {
                let root = Dir::root(path, Owner::default());
                root.map_err(|error| unreachable(path, &error, &journal))
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

/// Whether a run has begun to take the message from the spool: nowhere is there a txt with all its
/// recordings. With some of them one may be: where a message left since has got the number of what
/// was left of this one.
fn begun(spool: &Listing, files: &[SetFile]) -> bool {
    let is_txt = |file: &&SetFile| file.extension == "txt";
    let recordings: Vec<SetFile> = files.iter().filter(|file| !is_txt(file)).cloned().collect();
    let mut numbers = spool.iter();
    !numbers.any(|(number, there)| {
        is_at(spool, *number, &recordings, Likeness::Same)
            && there.iter().flatten().any(|file| is_txt(&file))
    })
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::Ends;
    use super::*;
    use crate::depot::bring;

    struct Nobody;

    impl Observer for Nobody {
        fn event(&self, _: &Event<'_>) {}
    }

    /// A message of two recordings in both directories, its removal from the spool intended.
    fn brought(dir: &Path) -> Record {
        let place = Place {
            context: "a".to_owned(),
            extension: "1".to_owned(),
            folder: "INBOX".to_owned(),
        };
        let (spool, to) = (dir.join("spool"), dir.join("to"));
        for root in [&spool, &to] {
            fs::create_dir_all(root.join("a/1/INBOX")).unwrap();
        }
        for extension in ["WAV", "gsm", "txt"] {
            let path = spool.join("a/1/INBOX/msg0003").with_extension(extension);
            fs::write(path, format!("old {extension}")).unwrap();
        }
        let open = |root: &Path| {
            let root = Dir::root(root, Owner::default()).unwrap();
            place.make(&root).unwrap()
        };
        let files = list(&open(&spool)).unwrap().remove(&3).unwrap().unwrap();
        let (number, kept_as) = (3, 7);
        bring((&open(&spool), 3), (&open(&to), 7), &files, Likeness::Same).unwrap();
        let run = Run {
            id: "r".to_owned(),
            ends: Ends { spool, to },
            undo: false,
        };
        let mut record = Record::read(dir).unwrap();
        record.begin(&run).unwrap();
        let sets = vec![Moved {
            number,
            kept_as,
            files,
        }];
        record.intend(&place, sets).unwrap();
        record
    }

    /// What both folders hold when the next run has settled it, and how many messages are retired.
    fn settled(dir: &Path, mut record: Record) -> (Vec<String>, usize) {
        Mover::settle(&mut record, &Stop::default(), &Nobody).unwrap();
        let mut all = Vec::new();
        for root in ["spool", "to"] {
            for entry in fs::read_dir(dir.join(root).join("a/1/INBOX")).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                all.push(format!(
                    "{root}/{name}: {}",
                    fs::read_to_string(path).unwrap()
                ));
            }
        }
        all.sort();
        (all, record.retired().count())
    }

    const KEPT: [&str; 3] = [
        "to/msg0007.WAV: old WAV",
        "to/msg0007.gsm: old gsm",
        "to/msg0007.txt: old txt",
    ];

    #[test]
    fn where_a_directory_of_a_cut_run_is_gone_the_way_out_is_told_and_is_one() {
        let tmp = tempfile::tempdir().unwrap();
        let mut record = brought(tmp.path());
        fs::remove_dir_all(tmp.path().join("to")).unwrap();
        let told = Mover::settle(&mut record, &Stop::default(), &Nobody).unwrap_err();
        let told = told.to_string();
        let journal = record.path().to_owned();
        assert!(
            told.starts_with(&format!("{}/to: ", tmp.path().display())),
            "{told}"
        );
        assert!(
            told.contains(&format!("move {} away", journal.display())),
            "{told}"
        );
        fs::remove_file(journal).unwrap();
        let mut record = Record::read(tmp.path()).unwrap();
        Mover::settle(&mut record, &Stop::default(), &Nobody).unwrap();
    }

    #[test]
    fn what_was_left_of_a_message_does_not_pass_for_it_when_another_one_has_its_number() {
        let tmp = tempfile::tempdir().unwrap();
        let record = brought(tmp.path());
        // Killed behind the txt; then somebody leaves a message of one format.
        let inbox = tmp.path().join("spool/a/1/INBOX");
        for extension in ["WAV", "txt"] {
            let path = inbox.join("msg0003").with_extension(extension);
            fs::remove_file(&path).unwrap();
            fs::write(path, format!("new {extension}")).unwrap();
        }
        let new = ["spool/msg0003.WAV: new WAV", "spool/msg0003.txt: new txt"];
        let all = [&new[..], &KEPT[..]].concat();
        let all = all.into_iter().map(str::to_owned).collect();
        assert_eq!(settled(tmp.path(), record), (all, 1));
    }

    #[test]
    fn a_message_that_lives_on_with_another_txt_stays_in_the_spool_alone() {
        let tmp = tempfile::tempdir().unwrap();
        let record = brought(tmp.path());
        let inbox = tmp.path().join("spool/a/1/INBOX");
        fs::remove_file(inbox.join("msg0003.txt")).unwrap();
        for (extension, text) in [("txt", "new txt"), ("WAV", ""), ("gsm", "")] {
            let path = |number: u32| inbox.join(format!("msg{number:04}.{extension}"));
            if text.is_empty() {
                fs::rename(path(3), path(2)).unwrap();
            } else {
                fs::write(path(2), text).unwrap();
            }
        }
        let all = [
            "spool/msg0002.WAV: old WAV",
            "spool/msg0002.gsm: old gsm",
            "spool/msg0002.txt: new txt",
        ];
        let all = all.map(str::to_owned).to_vec();
        assert_eq!(settled(tmp.path(), record), (all, 0));
    }
}
