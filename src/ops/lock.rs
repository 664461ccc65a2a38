//! One writer at a time: an advisory lock on the state directory.
//!
//! The lock is the kernel's (`flock`), so it goes with the process however that ends: there is no
//! stale lock to clean up after `kill -9`. The file's content only tells people who holds it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::{fmt, io, process};

/// Holds the lock until dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Why the lock could not be had.
#[derive(Debug)]
pub enum LockError {
    /// Another process holds it; its own words about itself.
    Held {
        /// The lock file.
        path: PathBuf,
        /// What the holder wrote into it.
        holder: String,
    },
    /// The state directory or the lock file could not be used.
    Io {
        /// Which.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
}

impl fmt::Display for LockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held { path, holder } => {
                write!(
                    f,
                    "{}: another run holds the lock ({holder})",
                    path.display()
                )
            }
            Self::Io { path, source } => write!(f, "{}: {source}", path.display()),
        }
    }
}

impl std::error::Error for LockError {}

impl Lock {
    /// Keeps runs away from a state directory that is only read; `None` where no run was ever there.
    /// Others may read it too. Writes nothing.
    ///
    /// # Errors
    /// [`LockError::Held`] when a run is under way there.
    pub fn keep_away(state_dir: &Path) -> Result<Option<Self>, LockError> {
        let path = state_dir.join("lock");
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(LockError::Io { path, source }),
        };
        match file.try_lock_shared() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Err(held(path, &file)),
            Err(TryLockError::Error(source)) => Err(LockError::Io { path, source }),
        }
    }

    /// Takes the lock of a state directory, making the directory if need be.
    ///
    /// # Errors
    /// [`LockError::Held`] at once when another process has it: waiting is the caller's decision.
    pub fn take(state_dir: &Path) -> Result<Self, LockError> {
        let path = state_dir.join("lock");
        let io_error = |source| LockError::Io {
            path: path.clone(),
            source,
        };
        std::fs::create_dir_all(state_dir).map_err(|source| LockError::Io {
            path: state_dir.to_owned(),
            source,
        })?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(io_error)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(held(path, &file)),
            Err(TryLockError::Error(source)) => return Err(io_error(source)),
        }
        // The note is a courtesy to people; the lock holds without it.
        let _ = file.set_len(0).and_then(|()| file.rewind());
        let _ = writeln!(
            file,
            "pid {}, since {}",
            process::id(),
            jiff::Timestamp::now()
        );
        Ok(Self { _file: file })
    }
}

fn held(path: PathBuf, file: &File) -> LockError {
    let mut holder = String::new();
    let _ = file.take(200).read_to_string(&mut holder);
    let holder = match holder.trim() {
        // Between its taking the lock and its writing who it is.
        "" => "just started".to_owned(),
        told => told.to_owned(),
    };
    LockError::Held { path, holder }
}

/// Since when the process that took the lock last has had it, if that process is still there. Takes no
/// lock and writes nothing; only for telling people.
#[must_use]
pub fn held_since(state_dir: &Path) -> Option<jiff::Timestamp> {
    let holder = std::fs::read_to_string(state_dir.join("lock")).ok()?;
    let (pid, since) = holder.trim().strip_prefix("pid ")?.split_once(", since ")?;
    let pid: u32 = pid.parse().ok()?;
    let alive = Path::new("/proc").join(pid.to_string()).exists();
    since.parse().ok().filter(|_| alive)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_taker_is_told_who_holds_it() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(held_since(dir.path()), None);
        let before = jiff::Timestamp::now();
        let held = Lock::take(dir.path()).unwrap();
        let error = Lock::take(dir.path()).unwrap_err().to_string();
        assert!(error.contains(&format!("pid {}", process::id())), "{error}");
        let since = held_since(dir.path()).unwrap();
        assert!((before..=jiff::Timestamp::now()).contains(&since));
        drop(held);
        Lock::take(dir.path()).unwrap();
    }

    #[test]
    fn a_holder_that_has_not_said_yet_who_it_is_has_just_started() {
        let dir = tempfile::tempdir().unwrap();
        let held = Lock::take(dir.path()).unwrap();
        std::fs::write(dir.path().join("lock"), "").unwrap();
        let error = Lock::take(dir.path()).unwrap_err().to_string();
        assert!(error.ends_with("(just started)"), "{error}");
        drop(held);
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, "").unwrap();
        let error = Lock::take(&file.join("state")).unwrap_err().to_string();
        assert!(error.contains("file/state"), "{error}");
    }
}
