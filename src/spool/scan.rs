//! Walks the spool's upper levels: contexts, boxes, and the folders of one box.
//!
//! What it does not do: it keeps no more than one box in memory, follows no link out of the
//! spool, and takes no directory twice within a box.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::box_scan::BoxScan;
use super::catalogue as code;
use super::files::{Dir, FileStamp, Kind, OpenError};
use super::folder::{FolderScan, Found, at_rest};
use super::layout::{self, BoxName};
use super::notes::Notes;
use super::upper::{
    boxes_of, identity, open_upper, report_in_box, sorted, unusable_dir, usable_name,
};
use crate::voicemail::folder::VoicemailFolder;
use crate::voicemail::notice::Notice;
use crate::voicemail::vmbox::VoicemailBox;

/// How often a box is read when messages come and go meanwhile.
const LOOKS: u32 = 4;
/// How long it is left alone between two looks.
const REST: Duration = Duration::from_millis(100);

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
    pub(super) fn now_ns(&self) -> i64 {
        let now = self.now.unwrap_or_else(SystemTime::now);
        now.duration_since(UNIX_EPOCH)
            .ok()
            .and_then(|since| i64::try_from(since.as_nanos()).ok())
            .unwrap_or(0)
    }

    /// Whether a file was written so recently that it may not be finished.
    pub(super) fn is_young(&self, stamp: FileStamp, now_ns: i64) -> bool {
        let settle = u64::try_from(self.settle.as_nanos()).unwrap_or(u64::MAX);
        // A time far ahead is a wrong clock, not a recording in progress.
        now_ns.abs_diff(stamp.mtime_ns) < settle
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

// The cause stands in the message.
impl std::error::Error for SpoolError {}

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

impl Spool {
    /// Opens a spool, the directory that holds the contexts.
    ///
    /// ```no_run
    /// use vmimap::spool::{ScanOptions, Spool};
    ///
    /// let spool = Spool::open("/var/spool/asterisk/voicemail")?;
    /// for found in spool.boxes()?.boxes {
    ///     let scan = spool.scan_box(&found.vmbox, &ScanOptions::default());
    ///     println!("{}: {} messages", found.vmbox, scan.entries.len());
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
            if item.name == layout::EXPORTED {
                continue;
            }
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
    ///
    /// When messages came or went meanwhile, the box is read again: one that was moved from folder
    /// to folder under our hands would be met twice, or not at all.
    #[must_use]
    pub fn scan_box(&self, vmbox: &VoicemailBox, options: &ScanOptions) -> BoxScan {
        let mut scan = self.scan_once(vmbox, options);
        for _ in 1..LOOKS {
            if !scan.changed && !scan.moved() {
                break;
            }
            sleep(REST);
            scan = self.scan_once(vmbox, options);
        }
        if scan.moved() {
            scan.settle_for();
        }
        scan.release();
        scan
    }

    fn scan_once(&self, vmbox: &VoicemailBox, options: &ScanOptions) -> BoxScan {
        let mut scan = BoxScan::new(vmbox);
        let mut notes = Notes::default();
        match self.open_box(vmbox) {
            Ok(dir) => {
                let path = self.root.join(&vmbox.context).join(&vmbox.extension);
                self.read_box(dir, &path, options, &mut scan, &mut notes);
            }
            Err(error) => {
                let place = format!("{}/{}", vmbox.context, vmbox.extension);
                let (row, why) = if error.gone() {
                    (code::NO_SUCH_BOX, format!("the spool has no box {vmbox}"))
                } else {
                    unusable_dir(&error)
                };
                notes.push(&row, &place, why);
                scan.trouble(None, 0, notes.errors());
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
        dir: Dir,
        path: &Path,
        options: &ScanOptions,
        scan: &mut BoxScan,
        notes: &mut Notes,
    ) {
        let before = at_rest(&dir);
        let items = match dir.list() {
            Ok(items) => sorted(items),
            Err(error) => {
                notes.push(
                    &code::UNREADABLE,
                    dir.shown(),
                    format!("cannot be read: {error}"),
                );
                scan.trouble(None, 0, notes.errors());
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
                        report_in_box(&dir, item, &self.root, notes);
                    }
                },
            }
        }
        notes.end(dir.shown());
        folders.retain(|folder| options.folders.contains(folder));
        folders.sort_unstable();
        scan.trouble(None, 0, notes.errors());
        // The box itself counts as seen: a folder that links to it would be a loop.
        let mut seen = HashSet::from([identity(&dir)]);
        for folder in folders {
            let errors = notes.errors();
            let found = self.read_folder(&dir, path, folder, options, &mut seen, notes);
            let errors = notes.errors() - errors - found.lost_errors;
            scan.trouble(Some(folder), found.lost, errors);
            if found.busy {
                scan.busy.push(folder);
            }
            scan.changed |= found.changed;
            scan.entries.extend(found.entries);
            scan.deferred.extend(found.deferred);
            scan.watched.extend(found.watched);
        }
        scan.watched.extend(before.map(|before| (dir, before)));
    }

    fn read_folder(
        &self,
        dir: &Dir,
        path: &Path,
        folder: VoicemailFolder,
        options: &ScanOptions,
        seen: &mut HashSet<Option<(u64, u64)>>,
        notes: &mut Notes,
    ) -> Found {
        let name = OsStr::new(folder.as_str());
        let sub = match dir.open_dir(name, &self.root) {
            Ok(sub) => sub,
            Err(error) => {
                let (row, why) = unusable_dir(&error);
                notes.push(&row, &dir.show(name), why);
                return Found::default();
            }
        };
        if !seen.insert(identity(&sub)) {
            let why = "is the same directory as the box or another of its folders";
            notes.push(&code::TWICE, sub.shown(), why);
            return Found::default();
        }
        let mut found = FolderScan {
            folder,
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
        if let Some(before) = found.before {
            found.watched = Some((sub, before));
        }
        found
    }
}
