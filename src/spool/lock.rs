//! Waits for a folder that Asterisk has locked, as a reader that keeps no lock of its own.
//!
//! Asterisk makes `.lock` by hard-linking a file of its own, retries for five seconds and unlinks
//! it afterwards (`main/app.c`, `ast_lock_path_lockfile`); with `lockmode=flock` it takes
//! `flock()` on a file `lock` (`ast_lock_path_flock`). A crash leaves `.lock` behind for ever, so
//! age and stillness decide whether one is believed. Nothing is made or removed here.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::files::{Dir, FileStamp};

/// Between two looks at the lock.
const POLL: Duration = Duration::from_millis(50);

/// What waiting came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LockState {
    /// Nobody has the folder locked (any more).
    Free,
    /// A `.lock` too old to be believed; its age.
    Stale(Duration),
    /// Still locked, but nothing in the folder moved while we waited.
    Still,
    /// Still locked, and the folder was changing.
    Busy,
}

/// How long a lock is honoured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// How long to wait for the lock to go away.
    pub(super) wait: Duration,
    /// A `.lock` older than this was left by a crash.
    pub(super) stale: Duration,
    /// The present, nanoseconds since 1970 UTC.
    pub(super) now_ns: i64,
}

/// Waits until the folder is free or patience ends.
pub(super) fn wait(dir: &Dir, root: &Path, patience: Patience) -> io::Result<LockState> {
    let Some(lock) = held(dir, root) else {
        return Ok(LockState::Free);
    };
    if let Held::File(stamp) = lock {
        let age = patience.now_ns.saturating_sub(stamp.mtime_ns);
        let age = Duration::from_nanos(u64::try_from(age).unwrap_or(0));
        if age > patience.stale {
            return Ok(LockState::Stale(age));
        }
    }
    let before = snapshot(dir)?;
    let start = Instant::now();
    while start.elapsed() < patience.wait {
        sleep(POLL.min(patience.wait));
        if held(dir, root).is_none() {
            return Ok(LockState::Free);
        }
    }
    Ok(if snapshot(dir)? == before {
        LockState::Still
    } else {
        LockState::Busy
    })
}

enum Held {
    /// By the existence of `.lock`.
    File(FileStamp),
    /// By `flock()` on `lock`.
    Flock,
}

fn held(dir: &Dir, root: &Path) -> Option<Held> {
    if let Ok(stamp) = dir.stat(OsStr::new(".lock")) {
        return Some(Held::File(stamp));
    }
    let (file, _) = dir.open_file(OsStr::new("lock"), root).ok()?;
    // A shared lock, given back at once: Asterisk retries for seconds, this takes microseconds.
    let busy = flock(&file, FlockOperation::NonBlockingLockShared) == Err(Errno::WOULDBLOCK);
    busy.then_some(Held::Flock)
}

/// All that would change if somebody were at work, the locks themselves left out.
fn snapshot(dir: &Dir) -> io::Result<Vec<(OsString, Option<FileStamp>)>> {
    let mut all: Vec<_> = dir
        .list()?
        .into_iter()
        .filter(|item| !item.name.to_string_lossy().starts_with(".lock"))
        .map(|item| {
            let stamp = dir.stat(&item.name).ok();
            (item.name, stamp)
        })
        .collect();
    all.sort_unstable_by(|one, other| one.0.cmp(&other.0));
    Ok(all)
}
