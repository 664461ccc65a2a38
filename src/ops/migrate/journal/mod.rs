//! The journal of one voicemail box: what was about to be done, what was done, what was read back.
//!
//! JSON lines, only ever appended to, `<state-dir>/journal/CONTEXT/EXTENSION.jsonl`. The intent to
//! append a batch is on disk before its first octet leaves; see `vmimap-journal(5)` for the lines.
//! Losing it costs time, never messages: the identity of each message is in its `Message-ID`, and
//! the journal only remembers digests (so that an unchanged recording is not read again), what has
//! been read back in full (so that it is not fetched again), and which run did what.
//!
//! A torn last line is what a crash leaves and is cut off. A damaged line elsewhere is refused:
//! it means that something other than a crash has been at the file.

mod files;
mod lines;
mod past;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::mailstore::name::MailboxName;
use crate::mailstore::types::{Uid, UidValidity};
use crate::ops::jsonl;
use crate::spool::FileStamp;
use crate::voicemail::list::List;
use crate::voicemail::source_key::{AudioDigest, SourceKey};
use crate::voicemail::vmbox::VoicemailBox;

use super::plan::Memory;
pub use files::{boxes, path, replay, understood};
pub use lines::{FORMAT, Line, Meant, Stored};
pub use past::{Counts, Deed, Outcome, Past, RunPast, Undone};

/// One box's journal, held open for one run.
pub struct Journal {
    path: PathBuf,
    run: RunTag,
    digests: HashMap<FileStamp, AudioDigest>,
    verified: HashMap<SourceKey, Vec<(MailboxName, UidValidity)>>,
    /// Messages that were sent, at that moment, and whose fate was never learnt.
    unsettled: HashMap<SourceKey, Timestamp>,
    /// The list each message was put into; of one that may be on its way to another, both.
    placed: HashMap<SourceKey, Vec<List>>,
    /// Messages that a rollback was about to remove, by the run that it takes back.
    leaving: HashMap<SourceKey, String>,
    /// Where the last whole line ends; a torn rest behind it is cut off before writing.
    whole: u64,
    file: Option<File>,
    read_only: bool,
}

/// Who is writing: goes into the first line a run writes to a journal.
#[derive(Debug, Clone)]
pub struct RunTag {
    /// The run's id.
    pub run: String,
    /// The account the messages go to, `user@host:port`. What is remembered of one account says
    /// nothing about another.
    pub account: String,
    /// The spool they come from.
    pub spool: String,
    /// The run that is taken back, in a rollback.
    pub rolls_back: Option<String>,
}

fn named(path: &Path) -> impl FnOnce(io::Error) -> io::Error {
    move |error| jsonl::named(path, &error)
}

impl Journal {
    /// Reads what is remembered of a box; a missing file remembers nothing. Writes nothing yet, and
    /// when `read_only` (a dry run) never will.
    ///
    /// # Errors
    /// When the file cannot be read, or a line other than the last is damaged. The error names
    /// file and line.
    pub fn open(
        state_dir: &Path,
        vmbox: &VoicemailBox,
        run: RunTag,
        read_only: bool,
    ) -> io::Result<Self> {
        let mut journal = Self::blank(state_dir, vmbox, run, read_only);
        journal.recall()?;
        Ok(journal)
    }

    /// The journal for those who only want to know more: read as far as it can be, never written, and
    /// one that cannot be read remembers nothing.
    #[must_use]
    pub fn consult(state_dir: &Path, vmbox: &VoicemailBox, run: RunTag) -> Self {
        Self::open(state_dir, vmbox, run.clone(), true)
            .unwrap_or_else(|_| Self::blank(state_dir, vmbox, run, true))
    }

    /// Forgets digests, so that every recording is read anew.
    pub fn forget_digests(&mut self) {
        self.digests.clear();
    }

    fn blank(state_dir: &Path, vmbox: &VoicemailBox, run: RunTag, read_only: bool) -> Self {
        let path = files::path(state_dir, vmbox);
        Self {
            path,
            run,
            digests: HashMap::new(),
            verified: HashMap::new(),
            unsettled: HashMap::new(),
            placed: HashMap::new(),
            leaving: HashMap::new(),
            whole: 0,
            file: None,
            read_only,
        }
    }

    fn recall(&mut self) -> io::Result<()> {
        let path = self.path.clone();
        let mut ours = false;
        self.whole = files::replay(&path, &mut |line| {
            if let Line::Run { account, .. } = &line {
                ours = *account == self.run.account;
            }
            self.learn(line, ours);
        })?;
        Ok(())
    }

    fn learn(&mut self, line: Line, ours: bool) {
        match line {
            Line::Digest { stamp, sha256 } => {
                self.digests.insert(stamp, sha256);
            }
            Line::Intent {
                at, keys, meant, ..
            } if ours => {
                let placed = keys.iter().cloned().zip(meant);
                self.placed
                    .extend(placed.filter_map(|(key, meant)| Some((key, vec![meant.list?]))));
                // A time that cannot be read is taken for now: waiting is the safe side.
                let at = at.parse().unwrap_or_else(|_| Timestamp::now());
                self.unsettled.extend(keys.into_iter().map(|key| (key, at)));
            }
            Line::Appended { keys, .. } if ours => {
                for key in keys {
                    self.unsettled.remove(&key);
                }
            }
            Line::Refused { key, .. } if ours => {
                self.unsettled.remove(&key);
            }
            Line::Verified {
                folder,
                uid_validity,
                items,
            } if ours => {
                for Stored { key, .. } in items {
                    self.unsettled.remove(&key);
                    self.leaving.remove(&key);
                    // As a rule there is one place, and there may be ten thousand messages.
                    let places = self.verified.entry(key);
                    let places = places.or_insert_with(|| Vec::with_capacity(1));
                    places.push((folder.clone(), uid_validity));
                }
            }
            Line::Rollback { of, items, .. } if ours => {
                for Stored { key, .. } in items {
                    self.unsettled.remove(&key);
                    self.verified.remove(&key);
                    self.leaving.insert(key, of.clone());
                }
            }
            Line::RolledBack { items, .. } if ours => {
                for Stored { key, .. } in items {
                    self.verified.remove(&key);
                    self.placed.remove(&key);
                    self.leaving.remove(&key);
                }
            }
            Line::Update { items, list, .. } if ours => {
                for Stored { key, .. } in items {
                    self.placed.entry(key).or_default().push(list);
                }
            }
            Line::Updated { items, list, .. } if ours => {
                let placed = items.into_iter().map(|one| (one.key, vec![list]));
                self.placed.extend(placed);
            }
            _ => {}
        }
    }

    /// The digest of a file that has not changed since it was last read, if one is remembered.
    #[must_use]
    pub fn digest(&self, stamp: &FileStamp) -> Option<AudioDigest> {
        self.digests.get(stamp).copied()
    }

    /// Notes a digest. Only a cache: not forced to disk by itself.
    pub fn note_digest(&mut self, stamp: FileStamp, sha256: AudioDigest) -> io::Result<()> {
        self.digests.insert(stamp, sha256);
        self.write(&Line::Digest { stamp, sha256 })
    }

    /// Notes that these messages are about to be appended, and returns when that is on disk. Also
    /// puts every earlier line on disk.
    pub fn intend(
        &mut self,
        batch: u32,
        folder: &MailboxName,
        messages: Vec<(SourceKey, Meant)>,
    ) -> io::Result<()> {
        let (keys, meant) = messages.into_iter().unzip();
        self.note(&Line::Intent {
            batch,
            at: Timestamp::now().to_string(),
            folder: folder.clone(),
            keys,
            meant,
        })?;
        self.sync()
    }

    /// The messages that runs have put into this account, or were about to, by way of this journal.
    pub fn ours(&self) -> impl Iterator<Item = &SourceKey> {
        self.placed.keys()
    }

    /// When a message was last sent without its fate being learnt, if it was: the server may still
    /// be storing it.
    #[must_use]
    pub fn unsettled_since(&self, key: &SourceKey) -> Option<Timestamp> {
        self.unsettled.get(key).copied()
    }

    /// Notes that the connection broke under a batch. Its messages may have come in a moment ago, however
    /// long sending them took.
    pub fn lose(&mut self, batch: u32, keys: Vec<SourceKey>, why: String) -> io::Result<()> {
        let now = Timestamp::now();
        self.unsettled
            .extend(keys.into_iter().map(|key| (key, now)));
        self.note(&Line::Unknown { batch, why })
    }

    /// Notes what the server said of a batch, or what a rollback does. On disk with the next intent,
    /// verification or [`sync`](Self::sync).
    pub fn note(&mut self, line: &Line) -> io::Result<()> {
        self.write(line)?;
        self.learn(line.clone(), true);
        Ok(())
    }

    /// As [`note`](Self::note), and returns when it is on disk.
    pub fn note_on_disk(&mut self, line: &Line) -> io::Result<()> {
        self.note(line)?;
        self.sync()
    }

    /// Notes that messages were read back and compared, and returns when that is on disk.
    pub fn confirm(
        &mut self,
        folder: &MailboxName,
        uid_validity: UidValidity,
        items: Vec<(SourceKey, Uid)>,
    ) -> io::Result<()> {
        let items = items
            .into_iter()
            .map(|(key, uid)| Stored { key, uid })
            .collect();
        self.note(&Line::Verified {
            folder: folder.clone(),
            uid_validity,
            items,
        })?;
        self.sync()
    }

    fn write(&mut self, line: &Line) -> io::Result<()> {
        if self.read_only {
            return Ok(());
        }
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        let written = self.file()?.write_all(&text);
        if written.is_ok() {
            self.whole += text.len() as u64;
        } else {
            // A part of it may stand there. The next line cuts it off, as that of another run would.
            self.file = None;
        }
        written.map_err(named(&self.path))
    }

    /// Puts everything written so far on disk.
    pub fn sync(&mut self) -> io::Result<()> {
        match &self.file {
            Some(file) => file.sync_data().map_err(named(&self.path)),
            None => Ok(()),
        }
    }

    /// The file, opened and introduced by a `run` line when the first line is written.
    fn file(&mut self) -> io::Result<&mut File> {
        if self.file.is_none() {
            let created = self.create();
            self.file = Some(created.map_err(named(&self.path))?);
        }
        self.file
            .as_mut()
            .ok_or_else(|| io::Error::other("journal is closed"))
    }

    fn create(&mut self) -> io::Result<File> {
        let mut file = jsonl::open(&self.path)?;
        file.set_len(self.whole)?;
        let mut text = serde_json::to_vec(&Line::Run {
            format: FORMAT,
            run: self.run.run.clone(),
            at: Timestamp::now().to_string(),
            account: self.run.account.clone(),
            spool: self.run.spool.clone(),
            rolls_back: self.run.rolls_back.clone(),
        })?;
        text.push(b'\n');
        file.write_all(&text)?;
        jsonl::sync_name(&self.path)?;
        self.whole += text.len() as u64;
        Ok(file)
    }
}

impl Memory for Journal {
    fn placed(&self, key: &SourceKey) -> &[List] {
        self.placed.get(key).map_or(&[], Vec::as_slice)
    }

    fn verified(&self, key: &SourceKey) -> bool {
        self.verified.contains_key(key)
    }

    fn verified_in(&self, key: &SourceKey, folder: &MailboxName, validity: UidValidity) -> bool {
        self.verified.get(key).is_some_and(|places| {
            places
                .iter()
                .any(|(name, known)| name == folder && *known == validity)
        })
    }

    fn rollback_begun(&self, key: &SourceKey) -> Option<&str> {
        self.leaving.get(key).map(String::as_str)
    }
}
