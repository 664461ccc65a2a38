//! Walks one voicemail folder: one listing, sorted into messages and oddities.
//!
//! Separate from the box's walk because a folder is the unit of locking and of numbering.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use super::box_scan::Deferred;
use super::catalogue as code;
use super::entry::SpoolEntry;
use super::files::{Dir, FileStamp, Item, Kind};
use super::layout::{self, FolderName};
use super::lock::{self, LockState, Patience};
use super::message::{self, Outcome, Set};
use super::notes::Notes;
use super::scan::ScanOptions;
use crate::voicemail::audio::{AudioFormat, not_read};
use crate::voicemail::folder::VoicemailFolder;

/// A directory that changed less than this ago may change again without its time telling: the
/// kernel's clock for files advances in steps of up to 10 ms.
const TICK: Duration = Duration::from_millis(20);
/// How often a directory is given such a moment of rest.
const RESTS: u32 = 5;

/// One folder being read.
pub(super) struct FolderScan<'s> {
    pub(super) folder: VoicemailFolder,
    pub(super) dir: &'s Dir,
    /// The folder's path as callers may use it.
    pub(super) path: &'s Path,
    /// The spool's real root.
    pub(super) root: &'s Path,
    pub(super) options: &'s ScanOptions,
    /// The present, nanoseconds since 1970 UTC.
    pub(super) now_ns: i64,
    /// The directory before it was listed.
    pub(super) before: Option<FileStamp>,
    /// Nobody had it locked when it was listed.
    pub(super) was_free: bool,
    pub(super) notes: &'s mut Notes,
}

/// What a folder holds.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) entries: Vec<SpoolEntry>,
    pub(super) deferred: Vec<Deferred>,
    /// It was being changed and has not been read.
    pub(super) busy: bool,
    /// Messages that could not be used.
    pub(super) lost: u64,
    /// Errors told about those messages.
    pub(super) lost_errors: u64,
    /// A message was caught while it changed.
    pub(super) changed: bool,
    /// The directory before it was listed.
    pub(super) before: Option<FileStamp>,
    /// The directory and what it was before it was listed, to see whether it moves.
    pub(super) watched: Option<(Dir, FileStamp)>,
}

impl FolderScan<'_> {
    /// Whether names have come or gone since the folder was listed, or are about to.
    pub(super) fn moved(&self) -> bool {
        let locked_since = self.was_free && self.dir.stat(OsStr::new(".lock")).is_ok();
        locked_since || self.dir.stamp().ok() != self.before
    }

    /// Reads the folder.
    pub(super) fn read(mut self) -> Found {
        let mut found = Found::default();
        let lock = self.wait();
        if lock == LockState::Busy {
            found.busy = true;
            return found;
        }
        self.was_free = lock == LockState::Free;
        self.before = at_rest(self.dir);
        found.before = self.before;
        let items = match self.dir.list() {
            Ok(items) => items,
            Err(error) => {
                let why = format!("cannot be read: {error}");
                self.notes.push(&code::UNREADABLE, self.dir.shown(), why);
                return found;
            }
        };
        let sets = self.sort(items);
        self.report_gaps(&sets);
        for (number, set) in sets {
            let errors = self.notes.errors();
            match message::read(&mut self, number, set) {
                Outcome::Entry(entry) => found.entries.push(*entry),
                Outcome::Later(place, row, why) => {
                    self.notes.push(&row, &place, why);
                    found.changed |= row == code::CHANGED;
                    found.deferred.push(Deferred {
                        folder: self.folder,
                        number,
                        place,
                        why,
                    });
                }
                Outcome::Lost => {
                    found.lost += 1;
                    found.lost_errors += self.notes.errors() - errors;
                }
                Outcome::Nothing => {}
            }
        }
        self.notes.end(self.dir.shown());
        found
    }

    fn wait(&mut self) -> LockState {
        let patience = Patience {
            wait: self.options.patience,
            stale: self.options.stale_lock,
            now_ns: self.now_ns,
        };
        let state = match lock::wait(self.dir, self.root, patience) {
            Ok(state) => state,
            // The listing that follows will meet the same error and say so.
            Err(_) => LockState::Free,
        };
        let waited = self.options.patience.as_secs_f32();
        let (row, why) = match state {
            LockState::Free => return state,
            LockState::Stale(age) => (
                code::STALE_LOCK,
                format!("has a .lock that is {} minutes old", age.as_secs() / 60),
            ),
            LockState::Still => (
                code::HELD_LOCK,
                format!("stayed locked for {waited} s while nothing moved"),
            ),
            LockState::Busy => (
                code::BUSY,
                format!("is locked and was changing for {waited} s"),
            ),
        };
        self.notes.push(&row, self.dir.shown(), why);
        state
    }

    /// Puts the names of a listing together to messages, and reports the rest.
    fn sort(&mut self, mut items: Vec<Item>) -> BTreeMap<u32, Set> {
        // Notices come in a stable order.
        items.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        let mut sets: BTreeMap<u32, Set> = BTreeMap::new();
        for item in items {
            let place = || self.dir.show(&item.name);
            let name = item
                .name
                .to_str()
                .map_or(FolderName::Other, layout::in_folder);
            match name {
                FolderName::Lock => self.report_lock(&item),
                FolderName::Message { number, .. }
                    if !matches!(item.kind, Kind::File | Kind::Link) =>
                {
                    // The number is taken all the same: no gap.
                    sets.entry(number).or_default();
                    let why = "not a regular file, not opened";
                    self.notes.stray(&code::SPECIAL, &place(), why);
                }
                FolderName::Message { number, extension } => {
                    if extension == layout::TXT {
                        sets.entry(number).or_default().txt = Some(item.name);
                    } else if let Some(format) = AudioFormat::from_extension(extension) {
                        sets.entry(number)
                            .or_default()
                            .audio
                            .push((format, item.name));
                    } else {
                        let why = not_read(extension);
                        self.notes.stray(&code::UNKNOWN_FORMAT, &place(), why);
                    }
                }
                FolderName::Backup => {
                    self.notes
                        .stray(&code::BACKUP, &place(), "a backup copy, not read");
                }
                FolderName::AlmostMessage => {
                    let why = "named almost like a message, not read";
                    self.notes.stray(&code::MALFORMED_NAME, &place(), why);
                }
                FolderName::Other => self.report_other(&item),
            }
        }
        sets
    }

    /// The lock itself has been dealt with; what Asterisk links it from may be left over.
    fn report_lock(&mut self, item: &Item) {
        if !item.name.as_bytes().starts_with(b".lock-") {
            return;
        }
        let Ok(stamp) = self.dir.stat(&item.name) else {
            return;
        };
        let age = self.now_ns.saturating_sub(stamp.mtime_ns);
        if u128::try_from(age).is_ok_and(|age| age > self.options.stale_lock.as_nanos()) {
            let why = "left over from locking, harmless";
            self.notes
                .stray(&code::STRAY, &self.dir.show(&item.name), why);
        }
    }

    fn report_other(&mut self, item: &Item) {
        let place = self.dir.show(&item.name);
        let (row, why) = match item.kind {
            Kind::Dir => (code::STRAY, "a directory inside a folder, not read"),
            Kind::Other => (code::SPECIAL, "not a regular file, not opened"),
            Kind::File | Kind::Link => (code::STRAY, "no part of a voicemail, not read"),
        };
        self.notes.stray(&row, &place, why);
    }

    /// Tells where numbers are missing, in one notice. Asterisk closes gaps the next time the
    /// owner hangs up; until then it skips over them.
    fn report_gaps(&mut self, sets: &BTreeMap<u32, Set>) {
        let mut next = 0_u32;
        let mut missing = 0_u64;
        let mut first = None;
        for number in sets.keys() {
            if *number > next {
                first = first.or(Some(next));
                missing += u64::from(number - next);
            }
            next = number.saturating_add(1);
        }
        if let Some(first) = first {
            let why = format!("{missing} number(s) missing, first msg{first:04}");
            self.notes.push(&code::GAP, self.dir.shown(), why);
        }
    }
}

/// The stamp of a directory that has not changed for a moment, or of one that never rests.
pub(super) fn at_rest(dir: &Dir) -> Option<FileStamp> {
    let mut stamp = dir.stamp().ok()?;
    for _ in 0..RESTS {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let age = now.map_or(0, |now| {
            now.as_nanos()
                .abs_diff(stamp.mtime_ns.unsigned_abs().into())
        });
        if age > TICK.as_nanos() {
            break;
        }
        sleep(TICK);
        stamp = dir.stamp().ok()?;
    }
    Some(stamp)
}
