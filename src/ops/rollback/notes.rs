//! What a rollback writes into journals: what is about to be removed, before it is, and what became
//! of it. From the first of these lines on, absence does not mean that an owner removed a message, so
//! that `migrate` appends it again.

use std::collections::BTreeMap;
use std::io;

use crate::mailstore::name::MailboxName;
use crate::mailstore::types::UidValidity;
use crate::ops::expunge::plan::{FolderPlan, Item};
use crate::ops::expunge::record::{Beside, Entry};
use crate::ops::expunge::report::Fate;
use crate::ops::migrate::journal::{Journal, Line, RunTag, Stored};
use crate::voicemail::source_key::SourceKey;
use crate::voicemail::vmbox::VoicemailBox;

use super::Rollback;

/// Messages that one line tells of.
const AT_A_TIME: usize = 500;

/// A message that a rollback which was cut had removed already.
#[derive(Debug, Clone)]
pub(super) struct Settled {
    pub(super) vmbox: VoicemailBox,
    pub(super) folder: MailboxName,
    pub(super) validity: UidValidity,
    pub(super) stored: Stored,
}

/// Which line tells of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Begun,
    Done,
    /// It is, or was until somebody else removed it, what it was before.
    AsBefore,
}

impl Rollback<'_> {
    /// Writes lines to one box's journal; on disk when this returns.
    fn write(
        &self,
        run: &str,
        account: &str,
        vmbox: &VoicemailBox,
        lines: &[Line],
    ) -> io::Result<()> {
        let tag = RunTag {
            run: run.to_owned(),
            account: account.to_owned(),
            spool: self.spool.clone(),
            rolls_back: Some(self.options.run.clone()),
        };
        let mut journal = Journal::open(self.state_dir, vmbox, tag, false)?;
        for line in lines {
            journal.note(line)?;
        }
        journal.sync()
    }

    fn line(
        &self,
        kind: Kind,
        folder: &MailboxName,
        uid_validity: UidValidity,
        items: Vec<Stored>,
    ) -> Line {
        let (of, folder) = (self.options.run.clone(), folder.clone());
        match kind {
            Kind::Begun => Line::Rollback {
                of,
                folder,
                uid_validity,
                items,
            },
            Kind::Done => Line::RolledBack {
                of,
                folder,
                uid_validity,
                items,
            },
            Kind::AsBefore => Line::Verified {
                folder,
                uid_validity,
                items,
            },
        }
    }

    /// As many lines as it takes: a journal has no line of any length.
    fn lines(
        &self,
        kind: Kind,
        folder: &MailboxName,
        uid_validity: UidValidity,
        items: &[Stored],
    ) -> Vec<Line> {
        let parts = items.chunks(AT_A_TIME);
        let line = |part: &[Stored]| self.line(kind, folder, uid_validity, part.to_vec());
        parts.map(line).collect()
    }

    /// Writes what of a folder's messages is to be told, box by box.
    fn tell<'e>(
        &self,
        run: &str,
        account: &str,
        folder: &FolderPlan,
        entries: impl Iterator<Item = (Entry<'e>, Kind)>,
    ) -> io::Result<()> {
        let mut boxes: BTreeMap<&VoicemailBox, BTreeMap<Kind, Vec<Stored>>> = BTreeMap::new();
        for ((vmbox, item), kind) in entries {
            let kinds = boxes.entry(vmbox).or_default();
            kinds.entry(kind).or_default().extend(stored(item));
        }
        for (vmbox, kinds) in boxes {
            let mut lines = Vec::new();
            for (kind, items) in kinds {
                lines.extend(self.lines(kind, &folder.name, folder.validity, &items));
            }
            self.write(run, account, vmbox, &lines)?;
        }
        Ok(())
    }
}

fn stored(item: &Item) -> Option<Stored> {
    let key = SourceKey::from_message_id(item.message.message_id.as_deref()?)?;
    let uid = item.message.uid;
    Some(Stored { key, uid })
}

impl Beside for Rollback<'_> {
    fn begin(&self, run: &str) -> io::Result<()> {
        for (account, settled) in self.settled().iter() {
            let mut boxes: BTreeMap<&VoicemailBox, BTreeMap<_, Vec<Stored>>> = BTreeMap::new();
            for one in settled {
                let folders = boxes.entry(&one.vmbox).or_default();
                let place = (&one.folder, one.validity);
                folders.entry(place).or_default().push(one.stored.clone());
            }
            for (vmbox, folders) in boxes {
                let lines = folders.into_iter().flat_map(|((folder, validity), items)| {
                    self.lines(Kind::Done, folder, validity, &items)
                });
                self.write(run, account, vmbox, &lines.collect::<Vec<_>>())?;
            }
        }
        Ok(())
    }

    fn intend(
        &self,
        run: &str,
        account: &str,
        folder: &FolderPlan,
        entries: &[Entry<'_>],
    ) -> io::Result<()> {
        let entries = entries.iter().map(|entry| (*entry, Kind::Begun));
        self.tell(run, account, folder, entries)
    }

    fn done(
        &self,
        run: &str,
        account: &str,
        folder: &FolderPlan,
        entries: &[(Entry<'_>, Fate)],
    ) -> io::Result<()> {
        let entries = entries.iter().filter_map(|(entry, fate)| {
            let kind = match fate {
                Fate::Removed => Kind::Done,
                // Nobody knows: the next rollback looks for it.
                Fate::Left => return None,
                Fate::Gone | Fate::Changed | Fate::Busy | Fate::Refused => Kind::AsBefore,
            };
            Some((*entry, kind))
        });
        self.tell(run, account, folder, entries)
    }
}
