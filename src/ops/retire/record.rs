//! The journal of moves: `<state-dir>/journal/retired.jsonl`, appended to only.
//!
//! An `intent` is on disk before the first file of its messages is touched, a `done` says which of
//! them are in their new place now. So an intent without its `done` is what a run left that was
//! killed, and the messages that can be brought back are those of every `done` but the ones that were
//! brought back. A torn last line is what a crash leaves and is cut off; what it was about to say had
//! not begun.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Ends;
use super::place::Place;
use crate::depot::SetFile;
use crate::ops::jsonl;

/// The file's name below the state directory.
pub const FILE: &str = "journal/retired.jsonl";
/// The version of the lines.
const FORMAT: u32 = 1;
/// The longest line that is read; a hundred messages need about 60 kB.
const MAX_LINE: u64 = 8 << 20;

/// One message's way: its numbers at both ends, and its files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Its number in the spool.
    pub number: u32,
    /// Its number in the other directory.
    pub kept_as: u32,
    /// Its files as they were.
    pub files: Vec<SetFile>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line {
    /// A run begins; what follows is its.
    Run {
        format: u32,
        run: String,
        at: String,
        spool: PathBuf,
        to: PathBuf,
        undo: bool,
    },
    /// These are about to be moved.
    Intent { place: Place, sets: Vec<Moved> },
    /// These of them were.
    Done { place: Place, sets: Vec<Moved> },
    /// The run is over and has left nothing behind.
    End,
}

/// Which run, between which directories, in which direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub id: String,
    /// Where it moves between.
    pub ends: Ends,
    /// Whether it brings back.
    pub undo: bool,
}

/// What a run has begun, and nobody ended.
#[derive(Debug, Clone)]
pub struct Open {
    /// The run.
    pub run: Run,
    /// Its last intent, where that is without its end.
    pub intent: Option<(Place, Vec<Moved>)>,
}

/// A message that was moved away and not brought back.
#[derive(Debug, Clone)]
pub struct Retired {
    /// The run that moved it.
    pub run: String,
    /// Between which directories.
    pub ends: Ends,
    /// Its folder.
    pub place: Place,
    /// Its way.
    pub moved: Moved,
}

/// The journal.
#[derive(Debug)]
pub struct Record {
    path: PathBuf,
    file: Option<File>,
    /// Where the last whole line ends.
    whole: u64,
    run: Option<Run>,
    open: Option<Open>,
    retired: BTreeMap<(PathBuf, Place, u32), Retired>,
}

impl Record {
    /// Reads what is remembered; a missing file remembers nothing. Writes nothing yet.
    ///
    /// # Errors
    /// Where it cannot be read, or a line other than the last is damaged: without it nothing is moved.
    pub fn read(state_dir: &Path) -> io::Result<Self> {
        let path = state_dir.join(FILE);
        let mut record = Self {
            path,
            file: None,
            whole: 0,
            run: None,
            open: None,
            retired: BTreeMap::new(),
        };
        match File::open(&record.path) {
            Ok(file) => record.recall(BufReader::new(file))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(jsonl::named(&record.path, &error)),
        }
        Ok(record)
    }

    fn recall(&mut self, mut input: impl BufRead) -> io::Result<()> {
        let mut text = Vec::new();
        for number in 1_u64.. {
            text.clear();
            let mut line = Read::take(&mut input, MAX_LINE);
            let length = line.read_until(b'\n', &mut text)? as u64;
            if text.last() != Some(&b'\n') && length < MAX_LINE {
                return Ok(()); // the end, or the torn line a crash left
            }
            let line = serde_json::from_slice(&text).map_err(|error| error.to_string());
            let known =
                |line: &Line| !matches!(line, Line::Run { format, .. } if *format != FORMAT);
            let line = line.and_then(|line| {
                let unknown = || "of another format".to_owned();
                Some(line).filter(known).ok_or_else(unknown)
            });
            let line = line.map_err(|why| {
                let path = self.path.display();
                let why = format!("{path}:{number}: damaged journal line ({why})");
                io::Error::new(io::ErrorKind::InvalidData, why)
            })?;
            self.learn(line);
            self.whole += length;
        }
        Ok(())
    }

    fn learn(&mut self, line: Line) {
        match line {
            Line::Run {
                run,
                spool,
                to,
                undo,
                ..
            } => {
                let ends = Ends { spool, to };
                let run = Run {
                    id: run,
                    ends,
                    undo,
                };
                self.run = Some(run.clone());
                self.open = Some(Open { run, intent: None });
            }
            Line::Intent { place, sets } => {
                if let Some(open) = &mut self.open {
                    open.intent = Some((place, sets));
                }
            }
            Line::Done { place, sets } => {
                if let Some(open) = &mut self.open {
                    open.intent = None;
                }
                self.moved(&place, sets);
            }
            Line::End => self.open = None,
        }
    }

    fn moved(&mut self, place: &Place, sets: Vec<Moved>) {
        let Some(run) = self.run.clone() else {
            return;
        };
        for moved in sets {
            let key = (run.ends.to.clone(), place.clone(), moved.kept_as);
            if run.undo {
                self.retired.remove(&key);
                continue;
            }
            let one = Retired {
                run: run.id.clone(),
                ends: run.ends.clone(),
                place: place.clone(),
                moved,
            };
            self.retired.insert(key, one);
        }
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the last run has left, where it did not come to its end.
    #[must_use]
    pub fn open(&self) -> Option<&Open> {
        self.open.as_ref()
    }

    /// The messages that can be brought back, by directory, folder and number.
    pub fn retired(&self) -> impl Iterator<Item = &Retired> {
        self.retired.values()
    }

    /// Begins a run. On disk when this returns.
    ///
    /// # Errors
    /// The system's.
    pub fn begin(&mut self, run: &Run) -> io::Result<()> {
        self.write(Line::Run {
            format: FORMAT,
            run: run.id.clone(),
            at: Timestamp::now().to_string(),
            spool: run.ends.spool.clone(),
            to: run.ends.to.clone(),
            undo: run.undo,
        })
    }

    /// These are about to be moved. On disk when this returns.
    ///
    /// # Errors
    /// The system's.
    pub fn intend(&mut self, place: &Place, sets: Vec<Moved>) -> io::Result<()> {
        let place = place.clone();
        self.write(Line::Intent { place, sets })
    }

    /// These of them are in their new place, and the others in their old one. On disk when this returns.
    ///
    /// # Errors
    /// The system's.
    pub fn done(&mut self, place: &Place, sets: Vec<Moved>) -> io::Result<()> {
        let place = place.clone();
        self.write(Line::Done { place, sets })
    }

    /// The run is over. On disk when this returns.
    ///
    /// # Errors
    /// The system's.
    pub fn end(&mut self) -> io::Result<()> {
        self.write(Line::End)
    }

    fn write(&mut self, line: Line) -> io::Result<()> {
        let named = |error: io::Error| jsonl::named(&self.path, &error);
        let mut text = serde_json::to_vec(&line)?;
        text.push(b'\n');
        // Behind a line that could not be written whole the file is opened anew, and that one cut off.
        let (new, mut file) = match self.file.take() {
            Some(file) => (false, file),
            None => (true, jsonl::open(&self.path).map_err(named)?),
        };
        if new {
            file.set_len(self.whole).map_err(named)?;
        }
        file.write_all(&text)
            .and_then(|()| file.sync_data())
            .map_err(named)?;
        if new {
            jsonl::sync_name(&self.path).map_err(named)?;
        }
        self.whole += text.len() as u64;
        self.file = Some(file);
        self.learn(line);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(id: &str, undo: bool) -> Run {
        let ends = Ends {
            spool: "/spool".into(),
            to: "/old".into(),
        };
        let id = id.to_owned();
        Run { id, ends, undo }
    }

    fn place() -> Place {
        Place {
            context: "a".to_owned(),
            extension: "1".to_owned(),
            folder: "INBOX".to_owned(),
        }
    }

    fn set(number: u32) -> Moved {
        Moved {
            number,
            kept_as: number,
            files: Vec::new(),
        }
    }

    #[test]
    fn what_was_moved_and_not_brought_back_is_remembered_and_a_torn_line_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let mut record = Record::read(dir.path()).unwrap();
        record.begin(&run("1", false)).unwrap();
        record.intend(&place(), vec![set(0), set(1)]).unwrap();
        record.done(&place(), vec![set(0), set(1)]).unwrap();
        record.end().unwrap();
        record.begin(&run("2", true)).unwrap();
        record.intend(&place(), vec![set(1)]).unwrap();
        record.done(&place(), vec![set(1)]).unwrap();
        let path = dir.path().join(FILE);
        let whole = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{whole}{{\"type\":\"int")).unwrap();
        let mut record = Record::read(dir.path()).unwrap();
        let left: Vec<u32> = record.retired().map(|one| one.moved.number).collect();
        assert_eq!(left, [0]);
        assert_eq!(record.open().unwrap().run.id, "2");
        assert!(record.open().unwrap().intent.is_none());
        record.intend(&place(), vec![set(0)]).unwrap();
        let record = Record::read(dir.path()).unwrap();
        let (_, sets) = record.open().unwrap().intent.clone().unwrap();
        assert_eq!(sets, [set(0)]);
    }

    #[test]
    fn a_damaged_line_is_refused_with_its_number() {
        let dir = tempfile::tempdir().unwrap();
        let mut record = Record::read(dir.path()).unwrap();
        record.begin(&run("1", false)).unwrap();
        record.end().unwrap();
        let path = dir.path().join(FILE);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replacen("\"end\"", "\"?\"", 1)).unwrap();
        let error = Record::read(dir.path()).unwrap_err().to_string();
        assert!(error.contains("retired.jsonl:2: damaged"), "{error}");
    }

    #[test]
    fn a_line_that_could_not_be_written_whole_is_cut_off_and_nothing_before_it() {
        let dir = tempfile::tempdir().unwrap();
        let mut record = Record::read(dir.path()).unwrap();
        record.begin(&run("1", false)).unwrap();
        record.intend(&place(), vec![set(0)]).unwrap();
        let path = dir.path().join(FILE);
        let whole = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{whole}{{\"type\":\"do")).unwrap();
        record.file = Some(File::options().write(true).open("/dev/full").unwrap());
        assert!(record.done(&place(), vec![set(0)]).is_err());
        record.done(&place(), vec![set(0)]).unwrap();
        let record = Record::read(dir.path()).unwrap();
        assert_eq!(record.retired().count(), 1);
    }
}
