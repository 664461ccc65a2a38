//! A folder's lock, taken as Asterisk takes it.
//!
//! Asterisk makes a file of its own, `.lock-XXXXXXXX`, links it to `.lock`, which fails while
//! somebody has that, tries for five seconds, and unlinks both (`ast_lock_path_lockfile`). With
//! `lockmode=flock` it locks a file `lock` instead (`ast_lock_path_flock`); that is taken as well
//! where it is there. A `.lock` of Asterisk's is never removed here, however old. Ours say so in
//! their content, because one that a killed run left would keep Asterisk out of the folder for ever.
//! The run that made one has it locked (`flock`) as long as it lives, whatever its state directory: so a
//! lock that can be locked was left behind, and is removed.

use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::dir::Dir;
use crate::spool::FileStamp;

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
    /// The lock itself, locked: it has an owner.
    _own: File,
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
        let file = marked(dir, &own)?;
        let start = Instant::now();
        let linked = Self::link(dir, &own, start, patience);
        let removed = dir.remove(&own);
        // From here on it is given back whatever happens.
        let mut lock = Self {
            dir,
            flock: None,
            _own: linked?.unwrap_or(file),
        };
        removed?;
        lock.flock = locked_file(dir, start, patience)?;
        Ok(lock)
    }

    /// Gives the lock where it is another file than `own`.
    fn link(
        dir: &Dir,
        own: &str,
        start: Instant,
        patience: Duration,
    ) -> Result<Option<File>, LockError> {
        loop {
            match dir.link(own, LOCK) {
                Ok(()) => return Ok(None),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) if links_are_unknown(&error) => match marked(dir, LOCK) {
                    Ok(file) => return Ok(Some(file)),
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                    Err(error) => return Err(error.into()),
                },
                Err(error) => return Err(error.into()),
            }
            // One that cannot be removed is as good as held.
            if clear(dir).unwrap_or(false) {
                continue;
            }
            if start.elapsed() >= patience {
                return Err(LockError::Held(age(dir)));
            }
            sleep(POLL);
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

/// Removes a lock that a killed run has left, and tells whether there was one.
///
/// # Errors
/// The system's.
pub fn clear(dir: &Dir) -> io::Result<bool> {
    let Ok(file) = dir.open(LOCK) else {
        return Ok(false);
    };
    // Somebody else may have cleared it away meanwhile, and made one of his own.
    let same = || {
        let named = dir.stamp(LOCK)?.map(|(named, _)| (named.dev, named.ino));
        let is = FileStamp::of(&file.metadata()?);
        io::Result::Ok(named == Some((is.dev, is.ino)))
    };
    if !is_marked(&file) || !is_abandoned(&file) || !same()? {
        return Ok(false);
    }
    dir.remove(LOCK)?;
    Ok(true)
}

/// Makes a lock of ours, with an owner before it has a mark.
fn marked(dir: &Dir, name: &str) -> io::Result<File> {
    let mut file = dir.create(name, 0o666)?;
    // Where a file system knows no such locks, another run takes it for one that was left behind.
    let _ = flock(&file, FlockOperation::NonBlockingLockExclusive);
    file.write_all(MARK.as_bytes())?;
    Ok(file)
}

fn links_are_unknown(error: &io::Error) -> bool {
    let errno = Errno::from_io_error(error);
    matches!(errno, Some(Errno::PERM | Errno::NOTSUP | Errno::NOSYS))
}

fn is_marked(mut file: &File) -> bool {
    let mut text = String::new();
    let read = Read::by_ref(&mut file).take(64).read_to_string(&mut text);
    read.is_ok() && text == MARK
}

/// Whether nobody who made this lock lives any more. It is the caller's until it closes the file.
fn is_abandoned(file: &File) -> bool {
    let taken = flock(file, FlockOperation::NonBlockingLockExclusive);
    !matches!(taken, Err(Errno::WOULDBLOCK))
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
    fn a_lock_of_a_run_that_lives_is_waited_for_and_not_removed() {
        let tmp = tempfile::tempdir().unwrap();
        let dir = Dir::root(tmp.path(), Owner::default()).unwrap();
        let lock = FolderLock::take(&dir, Duration::ZERO).unwrap();
        assert!(!clear(&dir).unwrap());
        let second = FolderLock::take(&dir, Duration::from_millis(60));
        assert!(matches!(second, Err(LockError::Held(Some(_)))));
        assert!(tmp.path().join(".lock").exists());
        drop(lock);
        assert!(FolderLock::take(&dir, Duration::ZERO).is_ok());
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
