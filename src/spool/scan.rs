//! Walks the spool's upper levels: contexts, boxes, and the folders of one box.
//!
//! What it does not do: it keeps no more than one box in memory, follows no link out of the
//! spool, and takes no directory twice within a box.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::catalogue as code;
use super::entry::SpoolEntry;
use super::files::{Dir, Kind, OpenError};
use super::folder::{FolderScan, incomplete};
use super::layout::{self, BoxName};
use super::notes::Notes;
use super::upper::{
    boxes_of, identity, open_upper, report_in_box, sorted, unusable_dir, usable_name,
};
use crate::voicemail::folder::VoicemailFolder;
use crate::voicemail::notice::Notice;
use crate::voicemail::vmbox::VoicemailBox;

/// How a box is read.
#[derive(Debug, Clone)]
pub struct ScanOptions {
    /// How long a folder's lock is waited for; Asterisk itself waits 5 s.
    pub patience: Duration,
    /// A message without a duration whose files are younger than this is still being recorded.
    pub settle: Duration,
    /// A `.lock` older than this was left by a crash and is not waited for.
    pub stale_lock: Duration,
    /// The folders to read.
    pub folders: Vec<VoicemailFolder>,
    /// The present; `None` asks the clock.
    pub now: Option<SystemTime>,
}

impl Default for ScanOptions {
    fn default() -> Self {
        Self {
            patience: Duration::from_secs(5),
            settle: Duration::from_secs(10),
            stale_lock: Duration::from_mins(5),
            folders: VoicemailFolder::ALL.to_vec(),
            now: None,
        }
    }
}

impl ScanOptions {
    fn now_ns(&self) -> i64 {
        let now = self.now.unwrap_or_else(SystemTime::now);
        now.duration_since(UNIX_EPOCH)
            .ok()
            .and_then(|since| i64::try_from(since.as_nanos()).ok())
            .unwrap_or(0)
    }
}

/// Why a spool cannot be read at all.
#[derive(Debug)]
pub enum SpoolError {
    /// The root cannot be opened.
    Root {
        /// The root as it was given.
        path: PathBuf,
        /// The operating system's words.
        source: io::Error,
    },
    /// The root is not a directory.
    NotADirectory(PathBuf),
}

impl fmt::Display for SpoolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root { path, source } => write!(f, "spool {}: {source}", path.display()),
            Self::NotADirectory(path) => {
                write!(f, "spool {}: is not a directory", path.display())
            }
        }
    }
}

impl std::error::Error for SpoolError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Root { source, .. } => Some(source),
            Self::NotADirectory(_) => None,
        }
    }
}

/// A voicemail spool.
#[derive(Debug)]
pub struct Spool {
    /// The real path of the root, free of links.
    root: PathBuf,
}

/// A box's directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpoolBox {
    /// Whose it is.
    pub vmbox: VoicemailBox,
    /// Where it is.
    pub path: PathBuf,
}

/// The boxes of a spool.
#[derive(Debug, Default)]
pub struct BoxList {
    /// Sorted by context, then extension.
    pub boxes: Vec<SpoolBox>,
    /// What was odd above the boxes.
    pub notices: Vec<Notice>,
}

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
}

impl BoxScan {
    /// How many things could not be used at all, each told by an error of its own. Busy folders
    /// are not among them.
    #[must_use]
    pub fn unusable(&self) -> u64 {
        let lost = |notice: &&Notice| {
            notice.severity == crate::voicemail::notice::Severity::Error
                && notice.code != super::catalogue::BUSY.code
        };
        self.notices.iter().filter(lost).count() as u64
    }

    /// Whether nothing was left behind: no busy folder, no error. Deferred messages do not count.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.busy.is_empty() && !incomplete(&self.notices)
    }
}

impl Spool {
    /// Opens a spool, the directory that holds the contexts.
    pub fn open(root: impl AsRef<Path>) -> Result<Self, SpoolError> {
        let given = root.as_ref();
        let failed = |source| SpoolError::Root {
            path: given.to_owned(),
            source,
        };
        let root = given.canonicalize().map_err(failed)?;
        if !root.is_dir() {
            return Err(SpoolError::NotADirectory(given.to_owned()));
        }
        std::fs::read_dir(&root).map_err(failed)?;
        Ok(Self { root })
    }

    /// The real path of the root; every path a scan returns begins with it.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Lists every box. One listing a context; the boxes themselves are not opened.
    pub fn boxes(&self) -> Result<BoxList, SpoolError> {
        let failed = |source| SpoolError::Root {
            path: self.root.clone(),
            source,
        };
        let root = self.open_root().map_err(failed)?;
        let mut notes = Notes::default();
        let mut boxes = Vec::new();
        let items = sorted(root.list().map_err(failed)?);
        for item in items {
            let Some(dir) = open_upper(&root, &item, &self.root, &mut notes) else {
                continue;
            };
            if identity(&dir) == identity(&root) {
                notes.stray(&code::TWICE, dir.shown(), "links to the spool itself");
                continue;
            }
            let Some(context) = usable_name(&root, &item, &mut notes) else {
                continue;
            };
            boxes_of(&self.root, context, &dir, &mut boxes, &mut notes);
            notes.end(dir.shown());
        }
        notes.end("");
        boxes.sort_unstable_by(|one: &SpoolBox, other| one.vmbox.cmp(&other.vmbox));
        Ok(BoxList {
            boxes,
            notices: notes.into_list(),
        })
    }

    fn open_root(&self) -> io::Result<Dir> {
        Dir::open(&self.root, String::new()).map_err(|error| match error {
            OpenError::Io(io) => io,
            other => io::Error::other(other.to_string()),
        })
    }

    /// Reads one box. Never fails: what could not be read stands in the notices.
    #[must_use]
    pub fn scan_box(&self, vmbox: &VoicemailBox, options: &ScanOptions) -> BoxScan {
        let mut scan = BoxScan {
            vmbox: vmbox.clone(),
            entries: Vec::new(),
            notices: Vec::new(),
            busy: Vec::new(),
            deferred: Vec::new(),
            greetings: Vec::new(),
        };
        let mut notes = Notes::default();
        match self.open_box(vmbox) {
            Ok(dir) => {
                let path = self.root.join(&vmbox.context).join(&vmbox.extension);
                self.read_box(&dir, &path, options, &mut scan, &mut notes);
            }
            Err(error) => {
                let place = format!("{}/{}", vmbox.context, vmbox.extension);
                let gone = matches!(&error,
                    OpenError::Io(io) if io.kind() == io::ErrorKind::NotFound);
                let (row, why) = if gone {
                    (code::NO_SUCH_BOX, format!("the spool has no box {vmbox}"))
                } else {
                    unusable_dir(&error)
                };
                notes.push(&row, &place, why);
            }
        }
        scan.notices = notes.into_list();
        scan
    }

    pub(super) fn open_box(&self, vmbox: &VoicemailBox) -> Result<Dir, OpenError> {
        Dir::open(&self.root, String::new())?
            .open_dir(OsStr::new(&vmbox.context), &self.root)?
            .open_dir(OsStr::new(&vmbox.extension), &self.root)
    }

    fn read_box(
        &self,
        dir: &Dir,
        path: &Path,
        options: &ScanOptions,
        scan: &mut BoxScan,
        notes: &mut Notes,
    ) {
        let items = match dir.list() {
            Ok(items) => sorted(items),
            Err(error) => {
                notes.push(
                    &code::UNREADABLE,
                    dir.shown(),
                    format!("cannot be read: {error}"),
                );
                return;
            }
        };
        let mut folders = Vec::new();
        for item in &items {
            let name = item.name.to_str();
            match name.and_then(VoicemailFolder::from_dir_name) {
                Some(folder) => folders.push(folder),
                None => match name.map_or(BoxName::Other, layout::in_box) {
                    BoxName::Greeting if item.kind != Kind::Dir => {
                        scan.greetings.push(path.join(&item.name));
                    }
                    BoxName::Known => {}
                    BoxName::Greeting | BoxName::Other => {
                        report_in_box(dir, item, &self.root, notes);
                    }
                },
            }
        }
        notes.end(dir.shown());
        folders.retain(|folder| options.folders.contains(folder));
        folders.sort_unstable();
        self.read_folders(dir, path, &folders, options, scan, notes);
    }

    fn read_folders(
        &self,
        dir: &Dir,
        path: &Path,
        folders: &[VoicemailFolder],
        options: &ScanOptions,
        scan: &mut BoxScan,
        notes: &mut Notes,
    ) {
        // The box itself counts as seen: a folder that links to it would be a loop.
        let mut seen = HashSet::from([identity(dir)]);
        for folder in folders {
            let name = OsStr::new(folder.as_str());
            let sub = match dir.open_dir(name, &self.root) {
                Ok(sub) => sub,
                Err(error) => {
                    let (row, why) = unusable_dir(&error);
                    notes.push(&row, &dir.show(name), why);
                    continue;
                }
            };
            if !seen.insert(identity(&sub)) {
                let why = "is the same directory as the box or another of its folders";
                notes.push(&code::TWICE, sub.shown(), why);
                continue;
            }
            let found = FolderScan {
                folder: *folder,
                dir: &sub,
                path: &path.join(name),
                root: &self.root,
                options,
                now_ns: options.now_ns(),
                before: None,
                was_free: true,
                notes,
            }
            .read();
            if found.busy {
                scan.busy.push(*folder);
            }
            scan.entries.extend(found.entries);
            scan.deferred.extend(found.deferred);
        }
    }
}
