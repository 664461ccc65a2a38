//! A folder's lock, taken as Asterisk takes it.
//!
//! Asterisk makes a file of its own, `.lock-XXXXXXXX`, links it to `.lock`, which fails while
//! somebody has that, tries for five seconds, and unlinks both (`ast_lock_path_lockfile`). With
//! `lockmode=flock` it locks a file `lock` instead (`ast_lock_path_flock`); that is taken as well
//! where it is there. A `.lock` of Asterisk's is never removed here, however old. Ours say so in
//! their content, because one that a killed run left would keep Asterisk out of the folder for ever:
//! who holds the depot's own lock may remove it.

use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::dir::Dir;

/// What our locks hold; Asterisk's are empty.
const MARK: &str = "vmimap export\n";
const LOCK: &str = ".lock";
/// Between two tries.
const POLL: Duration = Duration::from_millis(20);

/// Held until dropped.
#[derive(Debug)]
pub struct FolderLock<'d> {
    dir: &'d Dir,
    flock: Option<File>,
}

/// Why a folder was not locked.
#[derive(Debug)]
pub enum LockError {
    /// Somebody has it; since when, where that can be told.
    Held(Option<Duration>),
    /// The system said no.
    Io(io::Error),
}

impl From<io::Error> for LockError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl<'d> FolderLock<'d> {
    /// Takes the lock, and waits for it as long as Asterisk would (five seconds).
    ///
    /// # Errors
    /// Where somebody else has it all that time.
    pub fn take(dir: &'d Dir, patience: Duration) -> Result<Self, LockError> {
        static TAKEN: AtomicU32 = AtomicU32::new(0);
        let number = TAKEN.fetch_add(1, Ordering::Relaxed);
        // Not `.lock-XXXXXXXX`: one that a killed run leaves is known by its name and removed, while
        // an empty one of that name may be Asterisk's.
        let own = format!(".vmimap-{:x}-lock{number:x}.part", std::process::id());
        let _ = dir.remove(&own);
        let mut file = dir.create(&own, 0o666)?;
        file.write_all(MARK.as_bytes())?;
        let start = Instant::now();
        let linked = Self::link(dir, &own, start, patience);
        let removed = dir.remove(&own);
        linked?;
        // From here on it is given back whatever happens.
        let mut lock = Self { dir, flock: None };
        removed?;
        lock.flock = locked_file(dir, start, patience)?;
        Ok(lock)
    }

    fn link(dir: &Dir, own: &str, start: Instant, patience: Duration) -> Result<(), LockError> {
        loop {
            match dir.link(own, LOCK) {
                Ok(()) => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) if links_are_unknown(&error) => match dir.create(LOCK, 0o666) {
                    Ok(mut file) => return Ok(file.write_all(MARK.as_bytes())?),
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                    Err(error) => return Err(error.into()),
                },
                Err(error) => return Err(error.into()),
            }
            if is_ours(dir) {
                // Left by a run that was killed: this one has the depot to itself.
                let _ = dir.remove(LOCK);
            } else if start.elapsed() >= patience {
                return Err(LockError::Held(age(dir)));
            } else {
                sleep(POLL);
            }
        }
    }
}

impl Drop for FolderLock<'_> {
    fn drop(&mut self) {
        drop(self.flock.take());
        // What cannot be removed now is removed by the next run, which knows it by its content.
        let _ = self.dir.remove(LOCK);
    }
}

/// Removes a lock that a killed run has left. The caller has the depot to itself, and holds none.
///
/// # Errors
/// The system's.
pub fn clear(dir: &Dir) -> io::Result<()> {
    if is_ours(dir) {
        dir.remove(LOCK)?;
    }
    Ok(())
}

fn links_are_unknown(error: &io::Error) -> bool {
    let errno = Errno::from_io_error(error);
    matches!(errno, Some(Errno::PERM | Errno::NOTSUP | Errno::NOSYS))
}

fn is_ours(dir: &Dir) -> bool {
    let mut text = String::new();
    let read = dir
        .open(LOCK)
        .and_then(|file| file.take(64).read_to_string(&mut text));
    read.is_ok() && text == MARK
}

fn age(dir: &Dir) -> Option<Duration> {
    let modified = dir.open(LOCK).ok()?.metadata().ok()?.modified().ok()?;
    SystemTime::now().duration_since(modified).ok()
}

/// Locks `lock`, where Asterisk has made that file.
fn locked_file(dir: &Dir, start: Instant, patience: Duration) -> Result<Option<File>, LockError> {
    let file = match dir.open("lock") {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    loop {
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(Some(file)),
            Err(Errno::WOULDBLOCK) if start.elapsed() < patience => sleep(POLL),
            Err(Errno::WOULDBLOCK) => return Err(LockError::Held(None)),
            Err(error) => return Err(LockError::Io(error.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::depot::Owner;

    #[test]
    fn asterisks_lock_is_waited_for_and_never_removed() {
        let tmp = tempfile::tempdir().unwrap();
        let dir = Dir::root(tmp.path(), Owner::default()).unwrap();
        std::fs::write(tmp.path().join(".lock"), "").unwrap();
        let held = FolderLock::take(&dir, Duration::ZERO);
        assert!(matches!(held, Err(LockError::Held(Some(_)))));
        let names: Vec<String> = dir.names().unwrap().into_iter().map(|one| one.0).collect();
        assert_eq!(names, [".lock"]);
    }

    #[test]
    fn a_lock_of_a_killed_run_is_taken_over_and_given_back() {
        let tmp = tempfile::tempdir().unwrap();
        let dir = Dir::root(tmp.path(), Owner::default()).unwrap();
        std::fs::write(tmp.path().join(".lock"), MARK).unwrap();
        let lock = FolderLock::take(&dir, Duration::ZERO).unwrap();
        assert!(tmp.path().join(".lock").exists());
        drop(lock);
        assert_eq!(dir.names().unwrap(), []);
    }

    #[test]
    fn a_flock_of_asterisk_is_honoured_too() {
        let tmp = tempfile::tempdir().unwrap();
        let dir = Dir::root(tmp.path(), Owner::default()).unwrap();
        let file = File::create(tmp.path().join("lock")).unwrap();
        flock(&file, FlockOperation::LockExclusive).unwrap();
        assert!(FolderLock::take(&dir, Duration::ZERO).is_err());
        assert!(!tmp.path().join(".lock").exists());
        drop(file);
        assert!(FolderLock::take(&dir, Duration::ZERO).is_ok());
    }
}
