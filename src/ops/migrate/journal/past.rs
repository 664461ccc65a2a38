//! What each run did to one voicemail box, as its journal tells it.
//!
//! Built line by line; memory is bounded by one box. What a run appended is what it meant to append
//! and the server did not refuse; a message whose answer never came counts as appended once it has
//! been found there. A message belongs to the run that sent it last.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use crate::mailstore::name::MailboxName;
use crate::mailstore::types::{Uid, UidValidity};
use crate::spool::FileStamp;
use crate::voicemail::list::List;
use crate::voicemail::source_key::{AudioDigest, SourceKey};
use crate::voicemail::vmbox::VoicemailBox;

use super::files;
use super::lines::{Line, Meant, Stored};

/// What became of a message that a run sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nobody knows: no answer came, and it was not found since.
    Unknown,
    /// The server stored it.
    Stored,
    /// The server refused it.
    Refused,
    /// It was not there later on, and was sent again by another run.
    SentAgain,
}

/// How far a rollback has come with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undone {
    /// There was none.
    No,
    /// It was about to be removed.
    Begun,
    /// It was removed.
    Done,
}

/// One message that a run sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// The IMAP folder it was sent to.
    pub folder: MailboxName,
    /// When; a time that cannot be read is taken for long ago.
    pub sent: Timestamp,
    /// What it was sent as.
    pub meant: Meant,
    /// Where it lies, where that was told or found out.
    pub place: Option<(UidValidity, Uid)>,
    /// What became of it.
    pub outcome: Outcome,
    /// Whether it was read back and right.
    pub verified: bool,
    /// Whether it was taken back.
    pub undone: Undone,
}

/// One run, as far as it concerns this box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunPast {
    /// Its id.
    pub run: String,
    /// When it began to write here, RFC 3339.
    pub at: String,
    /// The account, `user@host:port`.
    pub account: String,
    /// The spool its messages come from.
    pub spool: String,
    /// The run it takes back, where it is a rollback.
    pub rolls_back: Option<String>,
    /// The messages it sent.
    pub deeds: BTreeMap<SourceKey, Deed>,
}

/// Messages that a run sent, by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Were sent, or were about to be.
    pub intended: u64,
    /// Were stored.
    pub appended: u64,
    /// Of those: were read back and right.
    pub verified: u64,
    /// Were refused by the server.
    pub refused: u64,
    /// Nobody knows.
    pub unknown: u64,
    /// Of those appended: were removed again by a rollback.
    pub rolled_back: u64,
    /// Octets of what was stored.
    pub octets: u64,
}

impl Counts {
    /// Adds those of another box.
    pub fn add(&mut self, other: &Self) {
        self.intended += other.intended;
        self.appended += other.appended;
        self.verified += other.verified;
        self.refused += other.refused;
        self.unknown += other.unknown;
        self.rolled_back += other.rolled_back;
        self.octets += other.octets;
    }
}

impl RunPast {
    /// Counts its messages.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for deed in self.deeds.values() {
            counts.intended += 1;
            match deed.outcome {
                Outcome::Unknown => counts.unknown += 1,
                Outcome::Refused => counts.refused += 1,
                Outcome::SentAgain => {}
                Outcome::Stored => {
                    counts.appended += 1;
                    counts.verified += u64::from(deed.verified);
                    counts.octets += deed.meant.octets;
                }
            }
            counts.rolled_back += u64::from(deed.undone == Undone::Done);
        }
        counts
    }
}

/// The runs of one box, and the recordings that were digested for it.
#[derive(Debug, Default)]
pub struct Past {
    /// In the order in which they began to write.
    pub runs: Vec<RunPast>,
    /// By what the file was.
    pub digests: HashMap<FileStamp, AudioDigest>,
    current: usize,
}

impl Past {
    /// Reads a box's journal; a missing one has no past.
    ///
    /// # Errors
    /// As [`files::replay`].
    pub fn read(state_dir: &Path, vmbox: &VoicemailBox) -> io::Result<Self> {
        let mut past = Self::default();
        files::replay(&files::path(state_dir, vmbox), &mut |line| past.learn(line))?;
        Ok(past)
    }

    /// The run of that id.
    #[must_use]
    pub fn run(&self, id: &str) -> Option<&RunPast> {
        self.runs.iter().find(|one| one.run == id)
    }

    fn learn(&mut self, line: Line) {
        match line {
            Line::Run {
                run,
                at,
                account,
                spool,
                rolls_back,
                ..
            } => self.begin(RunPast {
                run,
                at,
                account,
                spool,
                rolls_back,
                deeds: BTreeMap::new(),
            }),
            Line::Digest { stamp, sha256 } => {
                self.digests.insert(stamp, sha256);
            }
            Line::Intent {
                at,
                folder,
                keys,
                meant,
                ..
            } => self.intend(at.parse().unwrap_or_default(), &folder, keys, meant),
            Line::Appended { keys, uids, .. } => self.stored(&keys, uids.as_ref()),
            Line::Refused { key, .. } => {
                if let Some(deed) = self.deed(&key) {
                    deed.outcome = Outcome::Refused;
                }
            }
            Line::Updated {
                folder,
                uid_validity,
                items,
                list,
            } => self.updated(&folder, uid_validity, &items, list),
            // What was about to be put elsewhere is looked for where it was until that is done.
            // An older greeting that gave way to a newer one is no run's message.
            Line::Update { .. }
            | Line::Unknown { .. }
            | Line::Removing { .. }
            | Line::Removed { .. } => {}
            Line::Verified {
                folder,
                uid_validity,
                items,
            } => self.verified(&folder, uid_validity, &items),
            Line::Rollback {
                of,
                uid_validity,
                items,
                ..
            } => self.undone(&of, uid_validity, &items, Undone::Begun),
            Line::RolledBack {
                of,
                uid_validity,
                items,
                ..
            } => self.undone(&of, uid_validity, &items, Undone::Done),
        }
    }

    fn begin(&mut self, run: RunPast) {
        let known = self.runs.iter().position(|one| one.run == run.run);
        self.current = known.unwrap_or_else(|| {
            self.runs.push(run);
            self.runs.len() - 1
        });
    }

    fn deed(&mut self, key: &SourceKey) -> Option<&mut Deed> {
        self.runs.get_mut(self.current)?.deeds.get_mut(key)
    }

    fn intend(
        &mut self,
        sent: Timestamp,
        folder: &MailboxName,
        keys: Vec<SourceKey>,
        meant: Vec<Meant>,
    ) {
        let Some(account) = self.account() else {
            return;
        };
        for run in self.runs.iter_mut().filter(|one| one.account == account) {
            for key in &keys {
                let deed = run.deeds.get_mut(key);
                if let Some(deed) = deed.filter(|one| one.outcome == Outcome::Unknown) {
                    deed.outcome = Outcome::SentAgain;
                }
            }
        }
        let Some(run) = self.runs.get_mut(self.current) else {
            return;
        };
        for (key, meant) in keys.into_iter().zip(meant) {
            let deed = Deed {
                folder: folder.clone(),
                sent,
                meant,
                place: None,
                outcome: Outcome::Unknown,
                verified: false,
                undone: Undone::No,
            };
            run.deeds.insert(key, deed);
        }
    }

    fn stored(&mut self, keys: &[SourceKey], uids: Option<&(UidValidity, Vec<Uid>)>) {
        for (at, key) in keys.iter().enumerate() {
            let uid = uids.and_then(|(validity, uids)| Some((*validity, *uids.get(at)?)));
            if let Some(deed) = self.deed(key) {
                deed.outcome = Outcome::Stored;
                deed.place = uid;
            }
        }
    }

    /// A message that was found and read back is what the last run that sent it has stored.
    fn verified(&mut self, folder: &MailboxName, validity: UidValidity, items: &[Stored]) {
        for Stored { key, uid } in items {
            let Some(deed) = self.last_sent(key).filter(|one| one.folder == *folder) else {
                continue;
            };
            if *deed.place.get_or_insert((validity, *uid)) == (validity, *uid) {
                deed.outcome = Outcome::Stored;
                deed.verified = true;
                if deed.undone == Undone::Begun {
                    deed.undone = Undone::No;
                }
            }
        }
    }

    /// A message that follows the spool lies elsewhere now, or as another state of the same message.
    fn updated(
        &mut self,
        folder: &MailboxName,
        validity: UidValidity,
        items: &[Stored],
        list: List,
    ) {
        for Stored { key, uid } in items {
            let Some(deed) = self.last_sent(key) else {
                continue;
            };
            deed.folder = folder.clone();
            deed.place = Some((validity, *uid));
            deed.outcome = Outcome::Stored;
            let meant = &mut deed.meant;
            meant.seen = matches!(list, List::Old | List::Named(_));
            meant.flagged = list == List::Urgent || meant.flagged && meant.seen;
            meant.list = Some(list);
        }
    }

    /// What the last run that sent a message to this account did.
    fn last_sent(&mut self, key: &SourceKey) -> Option<&mut Deed> {
        let account = self.account()?;
        let runs = self.runs.iter_mut().rev();
        runs.filter(|one| one.account == account)
            .filter_map(|one| one.deeds.get_mut(key))
            .find(|one| matches!(one.outcome, Outcome::Unknown | Outcome::Stored))
    }

    fn undone(&mut self, of: &str, validity: UidValidity, items: &[Stored], how: Undone) {
        let Some(run) = self.runs.iter_mut().find(|one| one.run == of) else {
            return;
        };
        for Stored { key, uid } in items {
            if let Some(deed) = run.deeds.get_mut(key) {
                deed.place.get_or_insert((validity, *uid));
                deed.outcome = Outcome::Stored;
                deed.undone = how;
            }
        }
    }

    fn account(&self) -> Option<String> {
        Some(self.runs.get(self.current)?.account.clone())
    }
}

#[cfg(test)]
mod tests;
