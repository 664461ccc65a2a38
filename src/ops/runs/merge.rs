//! Several state directories into one: the journals of a migration that was split over machines.
//!
//! A journal is a row of parts, each a `run` line and what follows it. Parts of all sources are put
//! together by the time they begin; equal ones count once, and of a part that is the beginning of
//! another the longer one. Two that disagree are a contradiction: that journal stays as the target has
//! it. The other files (records of removals and repairs, marks that are off, the book of runs) are put
//! together line by line; the journal of moves is taken over as a whole. Sources are only read; a file
//! of the target is replaced whole or not at all, and never loses a line. Safe to repeat.

mod retired;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::ops::jsonl::{self, named};
use crate::ops::migrate::journal::{self, Line};
use crate::ops::retire::record::FILE as RETIRED;
use crate::voicemail::vmbox::VoicemailBox;

/// Files beside the journals, each line of which has its `time`.
const RECORDS: [&str; 4] = [
    super::book::FILE,
    "journal/removals.jsonl",
    "journal/repairs.jsonl",
    "journal/lifted.jsonl",
];

/// What a file is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The journal of a box.
    Journal(VoicemailBox),
    /// Another file, by its name below the state directory.
    Record(&'static str),
}

/// What became of one file.
#[derive(Debug)]
pub struct Merged {
    /// Which.
    pub what: What,
    /// Whether the target was (or in a dry run would be) changed, or why it could not be.
    pub outcome: io::Result<bool>,
}

/// A `run` line and what follows it, as they stand in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    at: Timestamp,
    run: String,
    account: String,
    spool: String,
    /// Whole lines with their ends; the first is the `run` line.
    lines: Vec<u8>,
}

impl Part {
    fn head(&self) -> &[u8] {
        let end = self.lines.iter().position(|octet| *octet == b'\n');
        end.and_then(|end| self.lines.get(..=end))
            .unwrap_or(&self.lines)
    }
}

/// Puts what the sources tell into the target, and tells of each file. With `dry_run` nothing is
/// written. The caller holds the locks.
///
/// # Errors
/// When a directory cannot be listed.
pub fn merge(
    sources: &[PathBuf],
    target: &Path,
    dry_run: bool,
    done: &mut dyn FnMut(&Merged),
) -> io::Result<()> {
    let mut boxes: BTreeSet<VoicemailBox> = BTreeSet::new();
    for source in sources {
        boxes.extend(journal::boxes(source)?);
    }
    for vmbox in boxes {
        let outcome = merge_journal(sources, target, &vmbox, dry_run);
        done(&Merged {
            what: What::Journal(vmbox),
            outcome,
        });
    }
    for file in RECORDS {
        if sources.iter().any(|source| source.join(file).exists()) {
            let outcome = merge_record(sources, target, file, dry_run);
            done(&Merged {
                what: What::Record(file),
                outcome,
            });
        }
    }
    if sources.iter().any(|source| source.join(RETIRED).exists()) {
        done(&Merged {
            what: What::Record(RETIRED),
            outcome: retired::merge(sources, target, dry_run),
        });
    }
    Ok(())
}

fn merge_journal(
    sources: &[PathBuf],
    target: &Path,
    vmbox: &VoicemailBox,
    dry_run: bool,
) -> io::Result<bool> {
    let path = journal::path(target, vmbox);
    let mut all: Vec<Part> = Vec::new();
    let own = parts(&path)?;
    for part in &own {
        add(&mut all, part.clone(), &path)?;
    }
    for source in sources {
        let from = journal::path(source, vmbox);
        for part in parts(&from)? {
            add(&mut all, part, &from)?;
        }
    }
    all.sort_by_key(|part| part.at);
    if all == own {
        return Ok(false);
    }
    if !dry_run {
        replace(&path, &mut |out| {
            all.iter().try_for_each(|part| out.write_all(&part.lines))
        })?;
    }
    Ok(true)
}

/// Adds a part to those that are known.
fn add(all: &mut Vec<Part>, part: Part, from: &Path) -> io::Result<()> {
    let contradiction = |what: String| {
        let text = format!("{}: contradiction: {what}", from.display());
        Err(io::Error::new(io::ErrorKind::InvalidData, text))
    };
    let mut same_run = all.iter().filter(|known| known.run == part.run);
    if let Some(other) =
        same_run.find(|known| (&known.account, &known.spool) != (&part.account, &part.spool))
    {
        return contradiction(format!(
            "run {} went from {} into {} there and from {} into {} elsewhere",
            part.run, part.spool, part.account, other.spool, other.account
        ));
    }
    let Some(known) = all.iter_mut().find(|known| known.head() == part.head()) else {
        all.push(part);
        return Ok(());
    };
    if part.lines.starts_with(&known.lines) {
        *known = part;
        Ok(())
    } else if known.lines.starts_with(&part.lines) {
        Ok(())
    } else {
        contradiction(format!(
            "run {} that began to write at {} goes on in another way elsewhere",
            part.run, part.at
        ))
    }
}

/// The parts of a journal, without a torn last line; a missing file has none.
fn parts(path: &Path) -> io::Result<Vec<Part>> {
    // Says of a damaged line what every reader says of it.
    let whole = journal::replay(path, &mut |_| {})?;
    if whole == 0 {
        return Ok(Vec::new());
    }
    let wrong = |why: &str| {
        let text = format!("{}: {why}", path.display());
        io::Error::new(io::ErrorKind::InvalidData, text)
    };
    let mut octets = fs::read(path).map_err(|error| named(path, &error))?;
    octets.truncate(usize::try_from(whole).unwrap_or(usize::MAX));
    let mut parts: Vec<Part> = Vec::new();
    for text in octets.split_inclusive(|octet| *octet == b'\n') {
        if let Ok(Line::Run {
            run,
            at,
            account,
            spool,
            ..
        }) = journal::understood(text)
        {
            let when = at.parse::<Timestamp>();
            parts.push(Part {
                at: when.map_err(|_| wrong(&format!("run {run} has no time that can be read")))?,
                run,
                account,
                spool,
                lines: Vec::new(),
            });
        }
        let part = parts.last_mut();
        let part = part.ok_or_else(|| wrong("begins without a run line"))?;
        part.lines.extend_from_slice(text);
    }
    Ok(parts)
}

/// One file while its lines are put among those of others.
struct Lines {
    path: PathBuf,
    input: BufReader<File>,
    next: Option<(Timestamp, Vec<u8>)>,
    number: u64,
}

impl Lines {
    fn open(path: PathBuf) -> io::Result<Option<Self>> {
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(named(&path, &error)),
        };
        let mut lines = Self {
            path,
            input: BufReader::new(file),
            next: None,
            number: 0,
        };
        lines.advance()?;
        Ok(Some(lines))
    }

    /// Goes to the next whole line.
    fn advance(&mut self) -> io::Result<()> {
        const LONGEST: u64 = 16 << 20;
        self.number += 1;
        let mut text = Vec::new();
        let input = &mut self.input;
        io::Read::take(input, LONGEST)
            .read_until(b'\n', &mut text)
            .map_err(|error| named(&self.path, &error))?;
        self.next = None;
        if text.last() != Some(&b'\n') {
            if text.len() as u64 == LONGEST {
                return Err(self.damaged("too long"));
            }
            return Ok(()); // the end, or what a crash has torn
        }
        let line: serde_json::Value =
            serde_json::from_slice(&text).map_err(|error| self.damaged(&error.to_string()))?;
        let time = line.get("time").and_then(serde_json::Value::as_str);
        let time = time.and_then(|time| time.parse().ok());
        let time = time.ok_or_else(|| self.damaged("no time that can be read"))?;
        self.next = Some((time, text));
        Ok(())
    }

    fn damaged(&self, why: &str) -> io::Error {
        let text = format!(
            "{}:{}: damaged line ({why})",
            self.path.display(),
            self.number
        );
        io::Error::new(io::ErrorKind::InvalidData, text)
    }
}

/// Puts the lines of all files together by their times; the same line in several is one line.
fn merge_record(sources: &[PathBuf], target: &Path, file: &str, dry_run: bool) -> io::Result<bool> {
    let path = target.join(file);
    let before = whole_lines(&path)?;
    let files = || -> io::Result<Vec<Lines>> {
        let paths = std::iter::once(path.clone()).chain(sources.iter().map(|one| one.join(file)));
        let opened: io::Result<Vec<Option<Lines>>> = paths.map(Lines::open).collect();
        Ok(opened?.into_iter().flatten().collect())
    };
    let mut after = 0;
    put_together(files()?, &mut |_| {
        after += 1;
        Ok(())
    })?;
    if after == before {
        return Ok(false);
    }
    if !dry_run {
        let files = files()?;
        let mut files = Some(files);
        replace(&path, &mut |out| {
            put_together(files.take().unwrap_or_default(), &mut |line| {
                out.write_all(line)
            })
        })?;
    }
    Ok(true)
}

fn whole_lines(path: &Path) -> io::Result<u64> {
    let mut count = 0;
    let files = Lines::open(path.to_owned())?.into_iter().collect();
    put_together(files, &mut |_| {
        count += 1;
        Ok(())
    })?;
    Ok(count)
}

fn put_together(
    mut files: Vec<Lines>,
    sink: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    loop {
        let heads = files.iter().filter_map(|file| file.next.as_ref());
        let Some((_, text)) = heads.min_by_key(|(time, _)| *time).cloned() else {
            return Ok(());
        };
        sink(&text)?;
        for file in &mut files {
            if file.next.as_ref().is_some_and(|(_, other)| *other == text) {
                file.advance()?;
            }
        }
    }
}

/// Puts a new file in the place of an old one; on disk when this returns.
fn replace(path: &Path, write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".merging");
    let beside = path.with_file_name(name);
    let mut put = || -> io::Result<()> {
        // What an earlier merge that was cut has left.
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let file = jsonl::open(&beside)?;
        let mut out = BufWriter::new(&file);
        write(&mut out)?;
        out.flush()?;
        drop(out);
        file.sync_all()?;
        fs::rename(&beside, path)?;
        jsonl::sync_name(path)
    };
    put().map_err(|error| named(path, &error))
}

#[cfg(test)]
mod tests;
