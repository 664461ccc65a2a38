//! What one look at a voicemail box found: its messages, and what was odd about them.
//!
//! A value; the walk that makes it is in `scan`.

use std::collections::HashSet;
use std::path::PathBuf;

use super::catalogue as code;
use super::entry::SpoolEntry;
use super::files::{Dir, FileStamp};
use crate::voicemail::folder::VoicemailFolder;
use crate::voicemail::notice::Notice;
use crate::voicemail::vmbox::VoicemailBox;

/// A message that was left for a later run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deferred {
    /// Its folder.
    pub folder: VoicemailFolder,
    /// Its number, 0-based.
    pub number: u32,
    /// Its path relative to the root, for people.
    pub place: String,
    /// Why.
    pub why: &'static str,
}

/// What could not be used in one folder of a box, or above its folders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trouble {
    /// The folder, if it was in one.
    pub folder: Option<VoicemailFolder>,
    /// Messages of which nothing can be used.
    pub lost: u64,
    /// Errors that belong to no lost message: an unreadable directory, a link that leads out.
    pub errors: u64,
}

/// What a box's directories were when they were read.
#[derive(Debug, Default)]
pub struct Snapshot(Vec<(PathBuf, FileStamp)>);

impl Snapshot {
    /// Whether files have come, gone or been renamed since. What was written into a file that was
    /// there already does not show.
    #[must_use]
    pub fn outdated(&self) -> bool {
        self.0.iter().any(|(path, before)| {
            let now = path.symlink_metadata();
            now.map_or(true, |now| FileStamp::of(&now) != *before)
        })
    }
}

/// What one box holds.
#[derive(Debug)]
pub struct BoxScan {
    /// Whose it is.
    pub vmbox: VoicemailBox,
    /// The messages, by folder in Asterisk's numbering, then by number.
    pub entries: Vec<SpoolEntry>,
    /// What was odd.
    pub notices: Vec<Notice>,
    /// Folders that Asterisk was changing and that were not read.
    pub busy: Vec<VoicemailFolder>,
    /// Messages that are still being recorded or changed under our hands.
    pub deferred: Vec<Deferred>,
    /// The box's greetings; they stay in the spool.
    pub greetings: Vec<PathBuf>,
    /// What could not be used.
    pub troubles: Vec<Trouble>,
    /// The state of its directories this is about.
    pub as_of: Snapshot,
    /// Directories with what they were before they were listed.
    pub(super) watched: Vec<(Dir, FileStamp)>,
    /// A message was caught while it changed.
    pub(super) changed: bool,
}

impl BoxScan {
    /// A box of which nothing is known yet.
    pub(super) fn new(vmbox: &VoicemailBox) -> Self {
        Self {
            vmbox: vmbox.clone(),
            entries: Vec::new(),
            notices: Vec::new(),
            busy: Vec::new(),
            deferred: Vec::new(),
            greetings: Vec::new(),
            troubles: Vec::new(),
            as_of: Snapshot::default(),
            watched: Vec::new(),
            changed: false,
        }
    }

    /// Messages of which nothing can be used, each told by at least one error.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.troubles.iter().map(|trouble| trouble.lost).sum()
    }

    /// Errors that belong to no lost message; a busy folder is one.
    #[must_use]
    pub fn errors(&self) -> u64 {
        self.troubles.iter().map(|trouble| trouble.errors).sum()
    }

    /// Whether nothing was left behind: no busy folder, no error. Deferred messages do not count.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.lost() + self.errors() == 0
    }

    /// Forgets what was odd in other folders than these; the messages stay. An empty list means
    /// all folders.
    pub fn complain_only_about(&mut self, folders: &[VoicemailFolder]) {
        if folders.is_empty() {
            return;
        }
        let wanted = |folder: VoicemailFolder| folders.contains(&folder);
        self.busy.retain(|folder| wanted(*folder));
        self.deferred.retain(|one| wanted(one.folder));
        self.troubles.retain(|one| one.folder.is_none_or(wanted));
        let dir = format!("{}/{}/", self.vmbox.context, self.vmbox.extension);
        self.notices.retain(|notice| {
            let below = notice.place.strip_prefix(&dir);
            let name = below.and_then(|rest| rest.split('/').next());
            name.and_then(VoicemailFolder::from_dir_name)
                .is_none_or(wanted)
        });
    }

    /// Whether names have come or gone since they were listed.
    pub(super) fn moved(&self) -> bool {
        self.watched
            .iter()
            .any(|(dir, before)| dir.stamp().ok() != Some(*before))
    }

    /// Lets go of the directories, and keeps what they were.
    pub(super) fn release(&mut self) {
        let watched = self.watched.drain(..);
        self.as_of = Snapshot(
            watched
                .map(|(dir, before)| (dir.real_path().to_owned(), before))
                .collect(),
        );
    }

    /// Accepts that it is not at rest: what was met twice on its way is kept once.
    pub(super) fn settle_for(&mut self) {
        let mut met = HashSet::new();
        self.entries.reverse();
        self.entries
            .retain(|entry| met.insert((entry.txt_stamp.dev, entry.txt_stamp.ino)));
        self.entries.reverse();
        let place = format!("{}/{}", self.vmbox.context, self.vmbox.extension);
        self.notices
            .push(Notice::new(&code::UNSETTLED, place, code::UNSETTLED.title));
        self.trouble(None, 0, 1);
    }

    /// Notes what could not be used.
    pub(super) fn trouble(&mut self, folder: Option<VoicemailFolder>, lost: u64, errors: u64) {
        if lost + errors > 0 {
            self.troubles.push(Trouble {
                folder,
                lost,
                errors,
            });
        }
    }
}
