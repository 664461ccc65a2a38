//! The record of others' marks that are taken off for an EXPUNGE: `<state-dir>/journal/lifted.jsonl`.
//!
//! A line is on disk before the first mark moves, one before the last look, and one when everything is
//! back; so whatever ends a run, the next one knows what to put back. Appended to only, under the lock
//! of the state directory. A torn last line is what a crash leaves, and stands for nothing that was
//! done; any other damage is refused.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::mailstore::name::MailboxName;
use crate::mailstore::session::Lift;
use crate::mailstore::types::{Uid, UidValidity};
use crate::ops::jsonl::{self, named};

/// The file's name below the state directory.
pub const FILE: &str = "journal/lifted.jsonl";

const FORMAT: u32 = 1;

/// How far a folder has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Step {
    /// Marks are taken off and set.
    Lifting,
    /// EXPUNGE may have been sent.
    Expunging,
    /// Everything is back.
    Back,
    /// Nothing can be put back: the folder is another one, or is gone.
    GivenUp,
}

/// One line.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Line {
    format: u32,
    time: String,
    run: String,
    step: Step,
    account: String,
    folder: MailboxName,
    uid_validity: UidValidity,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    others: Vec<Uid>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    planned: Vec<Uid>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ours: Vec<Uid>,
}

/// A folder in which marks are off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenLift {
    /// The account, `user@host:port`.
    pub account: String,
    /// The folder.
    pub folder: MailboxName,
    /// What the UIDs are valid under.
    pub validity: UidValidity,
    /// The messages.
    pub lift: Lift,
    /// When EXPUNGE may have been sent, where it may.
    pub expunging: Option<Timestamp>,
}

impl OpenLift {
    /// Others' messages that lack their mark, few enough to read, and more to say about them.
    #[must_use]
    pub fn described(&self, more: &str) -> String {
        const SHOWN: usize = 20;
        let others = &self.lift.others;
        let shown: Vec<String> = others.iter().take(SHOWN).map(ToString::to_string).collect();
        let rest = match others.len().saturating_sub(SHOWN) {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        let separator = if more.is_empty() { "" } else { "; " };
        format!("UIDs {}{rest}{separator}{more}", shown.join(","))
    }

    fn is(&self, account: &str, folder: &MailboxName) -> bool {
        self.account == account && self.folder == *folder
    }
}

/// The record, open for one run.
pub struct Lifts {
    inner: Mutex<Inner>,
    run: String,
}

struct Inner {
    path: PathBuf,
    /// Opened when the first line is written.
    file: Option<File>,
    /// Where the last whole line ends.
    whole: u64,
    open: Vec<OpenLift>,
}

/// Folders in which a run that was cut has left marks off. Changes nothing.
///
/// # Errors
/// When the file cannot be read, or a line other than the last is damaged; names file and line.
pub fn open_lifts(state_dir: &Path) -> io::Result<Vec<OpenLift>> {
    read(&state_dir.join(FILE)).map(|(open, _)| open)
}

fn read(path: &Path) -> io::Result<(Vec<OpenLift>, u64)> {
    let octets = match fs::read(path) {
        Ok(octets) => octets,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((Vec::new(), 0)),
        Err(error) => return Err(named(path, &error)),
    };
    let mut open: Vec<OpenLift> = Vec::new();
    let mut whole = 0;
    for (number, text) in (1..).zip(octets.split_inclusive(|octet| *octet == b'\n')) {
        if text.last() != Some(&b'\n') {
            break; // torn by a crash: what it announces was not begun
        }
        let line: Result<Line, _> = serde_json::from_slice(text);
        let line = match line {
            Ok(line) if line.format == FORMAT => line,
            Ok(line) => return Err(damaged(path, number, &format!("format {}", line.format))),
            Err(error) => return Err(damaged(path, number, &error.to_string())),
        };
        learn(&mut open, line);
        whole += text.len() as u64;
    }
    Ok((open, whole))
}

fn learn(open: &mut Vec<OpenLift>, line: Line) {
    let known = open
        .iter()
        .position(|one| one.is(&line.account, &line.folder));
    match (line.step, known) {
        (Step::Lifting, _) => open.push(OpenLift {
            account: line.account,
            folder: line.folder,
            validity: line.uid_validity,
            lift: Lift {
                others: line.others,
                planned: line.planned,
                ours: line.ours,
            },
            expunging: None,
        }),
        // A time that cannot be read is taken for now: waiting is the safe side.
        (Step::Expunging, Some(at)) => {
            open[at].expunging = Some(line.time.parse().unwrap_or_else(|_| Timestamp::now()));
        }
        (Step::Back | Step::GivenUp, Some(at)) => drop(open.remove(at)),
        (_, None) => {}
    }
}

fn damaged(path: &Path, number: u64, why: &str) -> io::Error {
    let text = format!(
        "{}:{number}: damaged line ({why}); it may tell of others' messages that lack the \\Deleted \
         they had: look at it, then move the file away",
        path.display()
    );
    io::Error::new(io::ErrorKind::InvalidData, text)
}

impl Lifts {
    /// Reads what is there. Writes nothing yet.
    ///
    /// # Errors
    /// As [`open_lifts`].
    pub fn open(state_dir: &Path, run: &str) -> io::Result<Self> {
        let path = state_dir.join(FILE);
        let (open, whole) = read(&path)?;
        Ok(Self {
            inner: Mutex::new(Inner {
                path,
                file: None,
                whole,
                open,
            }),
            run: run.to_owned(),
        })
    }

    /// Every folder in which marks are off.
    #[must_use]
    pub fn all(&self) -> Vec<OpenLift> {
        self.inner().open.clone()
    }

    /// What is off in this folder, if anything.
    #[must_use]
    pub fn of(&self, account: &str, folder: &MailboxName) -> Option<OpenLift> {
        let inner = self.inner();
        inner
            .open
            .iter()
            .find(|one| one.is(account, folder))
            .cloned()
    }

    /// Marks are about to be taken off; on disk when this returns.
    pub fn begin(
        &self,
        account: &str,
        folder: &MailboxName,
        validity: UidValidity,
        lift: &Lift,
    ) -> io::Result<()> {
        let mut line = self.line(Step::Lifting, account, folder, validity);
        line.others.clone_from(&lift.others);
        line.planned.clone_from(&lift.planned);
        line.ours.clone_from(&lift.ours);
        self.inner().write(line)
    }

    /// EXPUNGE is about to be sent; on disk when this returns.
    pub fn expunging(
        &self,
        account: &str,
        folder: &MailboxName,
        validity: UidValidity,
    ) -> io::Result<()> {
        let line = self.line(Step::Expunging, account, folder, validity);
        self.inner().write(line)
    }

    /// Everything is back.
    pub fn back(&self, lift: &OpenLift) -> io::Result<()> {
        self.close(lift, Step::Back)
    }

    /// Nothing can be put back any more.
    pub fn give_up(&self, lift: &OpenLift) -> io::Result<()> {
        self.close(lift, Step::GivenUp)
    }

    fn close(&self, lift: &OpenLift, step: Step) -> io::Result<()> {
        let line = self.line(step, &lift.account, &lift.folder, lift.validity);
        self.inner().write(line)
    }

    fn line(&self, step: Step, account: &str, folder: &MailboxName, at: UidValidity) -> Line {
        Line {
            format: FORMAT,
            time: Timestamp::now().to_string(),
            run: self.run.clone(),
            step,
            account: account.to_owned(),
            folder: folder.clone(),
            uid_validity: at,
            others: Vec::new(),
            planned: Vec::new(),
            ours: Vec::new(),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn write(&mut self, line: Line) -> io::Result<()> {
        let mut text = serde_json::to_vec(&line)?;
        text.push(b'\n');
        let path = self.path.clone();
        if self.file.is_none() {
            let file = create(&path)?;
            // A torn last line goes.
            file.set_len(self.whole).map_err(|e| named(&path, &e))?;
            self.file = Some(file);
        }
        let file = self.file.as_mut();
        let written = file.map_or(Ok(()), |file| jsonl::append(file, &text));
        written.map_err(|error| named(&path, &error))?;
        learn(&mut self.open, line);
        Ok(())
    }
}

/// Opens a file of the journal to append, and puts its name on disk.
pub(super) fn create(path: &Path) -> io::Result<File> {
    let opened = jsonl::open(path).and_then(|file| jsonl::sync_name(path).map(|()| file));
    opened.map_err(|error| named(path, &error))
}

#[cfg(test)]
mod tests;
