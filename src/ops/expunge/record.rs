//! The record of removals: `<state-dir>/journal/removals.jsonl`, appended to only.
//!
//! One line a message, on disk before the message goes (`intent`), and one when it is known what
//! became of it (`done`). It is for people who are asked where a message went; no run reads it.
//! Whoever has to know more of it keeps notes [`Beside`] it.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::json;

use crate::ops::jsonl;
use crate::voicemail::vmbox::VoicemailBox;

use super::lifts::{Lifts, create};
use super::plan::{FolderPlan, Item};
use super::report::Fate;

/// The file's name below the state directory.
pub const FILE: &str = "journal/removals.jsonl";

/// Notes that are kept beside the record: on disk when a call returns.
pub trait Beside: Send + Sync {
    /// The plans stand and were agreed to; nothing is removed yet.
    fn begin(&self, run: &str) -> io::Result<()>;
    /// These messages of a folder are about to go.
    fn intend(
        &self,
        run: &str,
        account: &str,
        folder: &FolderPlan,
        entries: &[Entry<'_>],
    ) -> io::Result<()>;
    /// This became of them.
    fn done(
        &self,
        run: &str,
        account: &str,
        folder: &FolderPlan,
        entries: &[(Entry<'_>, Fate)],
    ) -> io::Result<()>;
}

/// What a run leaves behind in the state directory.
pub struct Record<'b> {
    removals: Mutex<File>,
    run: String,
    /// Marks that are off.
    pub lifts: Lifts,
    beside: Option<&'b dyn Beside>,
}

/// A message of a plan: whose, and which.
pub type Entry<'a> = (&'a VoicemailBox, &'a Item);

impl<'b> Record<'b> {
    /// Opens the record, making it if need be. Only under the lock of the state directory.
    ///
    /// # Errors
    /// When a file cannot be read or written; without it nothing is removed.
    pub fn open(state_dir: &Path, run: &str, beside: Option<&'b dyn Beside>) -> io::Result<Self> {
        let lifts = Lifts::open(state_dir, run)?;
        let mut file = create(&state_dir.join(FILE))?;
        jsonl::end_torn(&mut file)?;
        Ok(Self {
            removals: Mutex::new(file),
            run: run.to_owned(),
            lifts,
            beside,
        })
    }

    /// The plans stand and were agreed to.
    ///
    /// # Errors
    /// What keeps notes beside it.
    pub fn begin(&self) -> io::Result<()> {
        self.beside.map_or(Ok(()), |beside| beside.begin(&self.run))
    }

    /// These messages are about to go, into `trash` where there is one; on disk when this returns.
    pub(super) fn intend(
        &self,
        account: &str,
        folder: &FolderPlan,
        trash: Option<&str>,
        entries: &[Entry<'_>],
    ) -> io::Result<()> {
        let lines = entries
            .iter()
            .map(|entry| self.line("intent", account, folder, trash, entry, None));
        self.write(lines)?;
        self.beside.map_or(Ok(()), |beside| {
            beside.intend(&self.run, account, folder, entries)
        })
    }

    /// This became of them; on disk when this returns.
    pub(super) fn done(
        &self,
        account: &str,
        folder: &FolderPlan,
        trash: Option<&str>,
        entries: &[(Entry<'_>, Fate)],
    ) -> io::Result<()> {
        let lines = entries
            .iter()
            .map(|(entry, fate)| self.line("done", account, folder, trash, entry, Some(*fate)));
        self.write(lines)?;
        self.beside.map_or(Ok(()), |beside| {
            beside.done(&self.run, account, folder, entries)
        })
    }

    fn line(
        &self,
        step: &str,
        account: &str,
        folder: &FolderPlan,
        trash: Option<&str>,
        (vmbox, item): &Entry<'_>,
        fate: Option<Fate>,
    ) -> String {
        let line = json!({
            "format": 1,
            "time": Timestamp::now().to_string(),
            "run": self.run,
            "step": step,
            "account": account,
            "mailbox": vmbox,
            "folder": folder.name.to_string(),
            "uid_validity": folder.validity,
            "uid": item.message.uid,
            "message_id": item.message.message_id,
            "octets": item.message.size,
            "trash": trash,
            "outcome": fate,
        });
        format!("{line}\n")
    }

    fn write(&self, lines: impl Iterator<Item = String>) -> io::Result<()> {
        let text: String = lines.collect();
        let mut file = self.removals.lock().unwrap_or_else(PoisonError::into_inner);
        jsonl::append(&mut file, text.as_bytes())
    }
}
