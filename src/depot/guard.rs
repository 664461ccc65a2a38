//! What a directory is before anything is written into it, and keeping it for one run.
//!
//! What an administrator fears: messages among those of a running phone system. An Asterisk with
//! IMAP storage plays a file that it finds in its spool instead of the message on the server and
//! deletes it afterwards (asterisk-findings 1.6). So only a directory that is new, empty or written
//! by an earlier run is taken; any other has to be asked for by name.

use std::fmt;
use std::fs::{File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::dir::{Dir, Owner};
use super::folder::Stage;
use super::lock;
use crate::voicemail::folder::VoicemailFolder;

/// The directory below the root in which the manifest and the lock are.
pub const OURS: &str = crate::spool::EXPORTED;

/// What a run may leave at the root besides contexts.
const AT_ROOT: &[&str] = &[OURS, "SHA256SUMS"];

/// The root of a spool that is written to.
#[derive(Debug)]
pub struct Depot {
    /// The root.
    pub root: Dir,
    ours: Dir,
    /// Locked; holds something while a run is at work.
    lock: File,
}

/// Why a directory is not written to.
#[derive(Debug)]
pub enum DepotError {
    /// It is, or lies in, the spool of the Asterisk on this machine.
    LiveSpool(PathBuf),
    /// It holds something that no earlier run has put there.
    NotEmpty(PathBuf),
    /// Another run writes to it.
    Busy(PathBuf),
    /// The system said no.
    Io(PathBuf, io::Error),
}

impl fmt::Display for DepotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LiveSpool(path) => write!(
                f,
                "{}: this is Asterisk's own spool. An Asterisk with IMAP storage plays files there \
                 instead of the messages on the server and deletes them; --into-live-spool writes \
                 there all the same",
                path.display()
            ),
            Self::NotEmpty(path) => write!(
                f,
                "{}: is not empty, and no earlier export made it; name a new directory, or add \
                 messages to this spool with --into-live-spool",
                path.display()
            ),
            Self::Busy(path) => {
                write!(f, "{}: another export writes to it", path.display())
            }
            Self::Io(path, error) => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl std::error::Error for DepotError {}

impl Depot {
    /// Looks whether a directory may be written to, and changes nothing. `live` are spools of
    /// Asterisk that must not be written to unless `anyway`. Gives the directory where it is there.
    ///
    /// # Errors
    /// Why it may not.
    pub fn look(path: &Path, live: &[PathBuf], anyway: bool) -> Result<Option<Dir>, DepotError> {
        let failed = |error| DepotError::Io(path.to_owned(), error);
        let real = resolved(path).map_err(failed)?;
        let spool = live.iter().filter_map(|spool| spool.canonicalize().ok());
        if !anyway && spool.into_iter().any(|spool| real.starts_with(spool)) {
            return Err(DepotError::LiveSpool(path.to_owned()));
        }
        let root = match Dir::root(path, Owner::default()) {
            Ok(root) => root,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let known = root.existing(OURS).map_err(failed)?.is_some();
        if !anyway && !known && root.holds_more_than(&[]).map_err(failed)? {
            return Err(DepotError::NotEmpty(path.to_owned()));
        }
        Ok(Some(root))
    }

    /// Opens a directory for writing, makes it where it is missing, and keeps other runs out of it.
    ///
    /// # Errors
    /// As [`look`](Self::look), and where another run writes to it.
    pub fn open(
        path: &Path,
        live: &[PathBuf],
        anyway: bool,
        owner: Owner,
    ) -> Result<Self, DepotError> {
        Self::look(path, live, anyway)?;
        let failed = |error| DepotError::Io(path.to_owned(), error);
        let made = !path.exists();
        std::fs::create_dir_all(path).map_err(failed)?;
        let root = Dir::root(path, owner).map_err(failed)?;
        if made {
            root.adopt().map_err(failed)?;
        }
        let ours = root.child(OURS).map_err(failed)?;
        let lock = ours.append("lock").map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(DepotError::Busy(path.to_owned())),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let mut depot = Self { root, ours, lock };
        depot.begin().map_err(failed)?;
        Ok(depot)
    }

    /// Clears away what a killed run has left: unfinished files, and locks that would keep Asterisk
    /// out of a folder for ever, in whatever box it was at work.
    fn begin(&mut self) -> io::Result<()> {
        if self.lock.metadata()?.len() > 0 {
            for (context, _) in self.root.names()?.iter().filter(|(name, _)| !at_root(name)) {
                each_folder(&self.root, context, &mut |folder| {
                    lock::clear(&folder)?;
                    Stage::new(folder).map(drop)
                })?;
            }
        }
        writeln!(self.lock, "pid {}", std::process::id())
    }

    /// The run is over, and nothing of it is unfinished.
    ///
    /// # Errors
    /// The system's.
    pub fn end(&self) -> io::Result<()> {
        self.lock.set_len(0)
    }

    /// Where files are written before they have their names.
    ///
    /// # Errors
    /// The system's.
    pub fn stage(&self) -> io::Result<Stage> {
        Stage::new(self.ours.child("parts")?)
    }

    /// The manifest, for reading from its beginning and appending.
    ///
    /// # Errors
    /// The system's.
    pub fn manifest(&self) -> io::Result<File> {
        self.ours.append("manifest.jsonl")
    }
}

/// Keeps an export that would write into this spool, or has written it, out of it while the file is
/// held. `None` where no export ever did.
///
/// # Errors
/// `Busy` where one is at work.
pub fn hold(root: &Dir) -> Result<Option<File>, DepotError> {
    let failed = |error| DepotError::Io(root.path().to_owned(), error);
    let Some(ours) = root.existing(OURS).map_err(failed)? else {
        return Ok(None);
    };
    let lock = ours.append("lock").map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => Err(DepotError::Busy(root.path().to_owned())),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// The manifest of a directory that is only looked at.
///
/// # Errors
/// The system's.
pub fn existing_manifest(root: &Dir) -> io::Result<Option<File>> {
    let Some(ours) = root.existing(OURS)? else {
        return Ok(None);
    };
    match ours.open("manifest.jsonl") {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Every voicemail folder of every box of a context; unfinished files of the boxes themselves go. What is no directory, a link say, is passed over.
fn each_folder(
    root: &Dir,
    context: &str,
    work: &mut dyn FnMut(Dir) -> io::Result<()>,
) -> io::Result<()> {
    let Ok(Some(boxes)) = root.existing(context) else {
        return Ok(());
    };
    for (extension, _) in boxes.names()? {
        let Ok(Some(vmbox)) = boxes.existing(&extension) else {
            continue;
        };
        // Greetings lie in the box itself, which has no lock.
        if let Ok(Some(again)) = boxes.existing(&extension) {
            Stage::new(again)?;
        }
        for folder in VoicemailFolder::ALL {
            if let Ok(Some(folder)) = vmbox.existing(folder.as_str()) {
                work(folder)?;
            }
        }
    }
    Ok(())
}

/// The names that are no contexts.
pub(super) fn at_root(name: &str) -> bool {
    AT_ROOT.contains(&name)
}

/// The real path, also of what is not there yet.
///
/// # Errors
/// The system's.
pub fn resolved(path: &Path) -> io::Result<PathBuf> {
    let path = std::path::absolute(path)?;
    let mut missing = Vec::new();
    let mut there = path.as_path();
    loop {
        match there.canonicalize() {
            Ok(real) => {
                return Ok(missing
                    .iter()
                    .rev()
                    .fold(real, |path, name| path.join(name)));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let (Some(parent), Some(name)) = (there.parent(), there.file_name()) else {
                    return Err(error);
                };
                missing.push(name.to_owned());
                there = parent;
            }
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_live_spool_and_what_lies_in_it_are_refused_by_any_way_there() {
        let tmp = tempfile::tempdir().unwrap();
        let spool = tmp.path().join("voicemail");
        std::fs::create_dir(&spool).unwrap();
        std::os::unix::fs::symlink(&spool, tmp.path().join("link")).unwrap();
        let live = [spool.clone()];
        for path in [
            "voicemail",
            "voicemail/new/er",
            "link",
            "link/new",
            "x/../voicemail",
        ] {
            let path = tmp.path().join(path);
            std::fs::create_dir_all(tmp.path().join("x")).unwrap();
            let refused = Depot::open(&path, &live, false, Owner::default());
            assert!(matches!(refused, Err(DepotError::LiveSpool(_))), "{path:?}");
        }
        assert_eq!(std::fs::read_dir(&spool).unwrap().count(), 0);
        assert!(Depot::open(&spool, &live, true, Owner::default()).is_ok());
    }

    #[test]
    fn only_what_is_empty_or_our_own_is_written_to() {
        let tmp = tempfile::tempdir().unwrap();
        let path = tmp.path().join("out");
        let open = || Depot::open(&path, &[], false, Owner::default());
        let first = open().unwrap();
        assert!(matches!(open(), Err(DepotError::Busy(_))));
        drop(first);
        std::fs::create_dir(path.join("default")).unwrap();
        assert!(open().is_ok(), "an earlier run made it");
        let other = tmp.path().join("other");
        std::fs::create_dir_all(other.join("default")).unwrap();
        let refused = Depot::open(&other, &[], false, Owner::default());
        assert!(matches!(refused, Err(DepotError::NotEmpty(_))));
    }
}
