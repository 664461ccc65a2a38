//! A directory held open; everything in it is named relative to it, and links are not followed.
//!
//! So a directory that is swapped for a link between two steps changes nothing, and a name that a
//! configuration file or a server chose cannot leave its place.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, Gid, Mode, OFlags, RenameFlags, Uid};
use rustix::io::Errno;

use crate::spool::FileStamp;

/// Who files are given to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Owner {
    /// The user's number.
    pub uid: Option<u32>,
    /// The group's number.
    pub gid: Option<u32>,
}

impl Owner {
    fn give(self, fd: impl AsFd) -> io::Result<()> {
        if self == Self::default() {
            return Ok(());
        }
        let (uid, gid) = (self.uid.map(Uid::from_raw), self.gid.map(Gid::from_raw));
        Ok(rustix::fs::fchown(fd, uid, gid)?)
    }
}

const DIRECTORY: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::CLOEXEC);

/// A directory held open.
#[derive(Debug)]
pub struct Dir {
    fd: OwnedFd,
    path: PathBuf,
    owner: Owner,
}

impl Dir {
    /// Opens a directory that the administrator has named; a link is followed there.
    ///
    /// # Errors
    /// The system's.
    pub fn root(path: &Path, owner: Owner) -> io::Result<Self> {
        let fd = rustix::fs::openat(CWD, path, DIRECTORY, Mode::empty())?;
        Ok(Self {
            fd,
            path: path.to_owned(),
            owner,
        })
    }

    /// Gives the directory itself to its owner.
    pub(super) fn adopt(&self) -> io::Result<()> {
        self.owner.give(&self.fd)
    }

    /// Its path, for people.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a directory in it; `None` where there is none.
    ///
    /// # Errors
    /// Where it is a link or no directory, or the name is a path.
    pub fn existing(&self, name: &str) -> io::Result<Option<Self>> {
        plain(name)?;
        let path = self.path.join(name);
        let flags = DIRECTORY | OFlags::NOFOLLOW;
        match rustix::fs::openat(&self.fd, name, flags, Mode::empty()) {
            Ok(fd) => Ok(Some(Self {
                fd,
                path,
                owner: self.owner,
            })),
            Err(Errno::NOENT) => Ok(None),
            Err(Errno::NOTDIR | Errno::LOOP) => Err(io::Error::other(format!(
                "{}: is not a directory (links are not followed)",
                path.display()
            ))),
            Err(error) => Err(error.into()),
        }
    }

    /// Opens a directory in it, and makes it where it is missing (0777 less the umask).
    ///
    /// # Errors
    /// As [`existing`](Self::existing), and the system's.
    pub fn child(&self, name: &str) -> io::Result<Self> {
        if let Some(dir) = self.existing(name)? {
            return Ok(dir);
        }
        match rustix::fs::mkdirat(&self.fd, name, Mode::from_raw_mode(0o777)) {
            Ok(()) => {
                let dir = self.existing(name)?.ok_or(Errno::NOENT)?;
                self.owner.give(&dir.fd)?;
                self.sync()?;
                Ok(dir)
            }
            Err(Errno::EXIST) => Ok(self.existing(name)?.ok_or(Errno::NOENT)?),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes a file that was not there, `mode` less the umask.
    ///
    /// # Errors
    /// `AlreadyExists` where there is anything of that name.
    pub fn create(&self, name: &str, mode: u32) -> io::Result<File> {
        plain(name)?;
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(mode);
        let file = File::from(rustix::fs::openat(&self.fd, name, flags, mode)?);
        self.owner.give(&file)?;
        Ok(file)
    }

    /// Opens a regular file for reading and appending, and makes it where it is missing.
    ///
    /// # Errors
    /// Where it is a link or no regular file.
    pub fn append(&self, name: &str) -> io::Result<File> {
        plain(name)?;
        let flags = OFlags::RDWR | OFlags::APPEND | OFlags::CREATE | OFlags::NOFOLLOW;
        let mode = Mode::from_raw_mode(0o644);
        let fd = rustix::fs::openat(&self.fd, name, flags | OFlags::CLOEXEC, mode)?;
        regular(File::from(fd))
    }

    /// Opens a regular file for reading.
    ///
    /// # Errors
    /// Where it is a link or no regular file; never blocks on a FIFO.
    pub fn open(&self, name: &str) -> io::Result<File> {
        plain(name)?;
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = rustix::fs::openat(&self.fd, name, flags, Mode::empty())?;
        regular(File::from(fd))
    }

    /// The names in it that are UTF-8, and whether each is a directory; in order.
    ///
    /// # Errors
    /// The system's.
    pub fn names(&self) -> io::Result<Vec<(String, bool)>> {
        let mut names = Vec::new();
        for entry in rustix::fs::Dir::read_from(&self.fd)? {
            let entry = entry?;
            let octets = entry.file_name().to_bytes();
            if matches!(octets, b"." | b"..") {
                continue;
            }
            let name = OsString::from_vec(octets.to_vec());
            let kind = match entry.file_type() {
                FileType::Unknown => self.kind(&name)?,
                known => known,
            };
            if let Ok(name) = name.into_string() {
                names.push((name, kind == FileType::Directory));
            }
        }
        names.sort();
        Ok(names)
    }

    /// Tells each name that is text, in the directory's own order.
    ///
    /// # Errors
    /// The system's.
    pub fn each_name(&self, tell: &mut dyn FnMut(&str)) -> io::Result<()> {
        for entry in rustix::fs::Dir::read_from(&self.fd)? {
            if let Ok(name) = entry?.file_name().to_str() {
                tell(name);
            }
        }
        Ok(())
    }

    /// Whether there is anything in it that is not called one of these.
    ///
    /// # Errors
    /// The system's.
    pub fn holds_more_than(&self, ours: &[&str]) -> io::Result<bool> {
        for entry in rustix::fs::Dir::read_from(&self.fd)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if !matches!(name, b"." | b"..") && !ours.iter().any(|one| one.as_bytes() == name) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn kind(&self, name: &OsStr) -> io::Result<FileType> {
        let stat = rustix::fs::statat(&self.fd, name.as_bytes(), AtFlags::SYMLINK_NOFOLLOW)?;
        Ok(FileType::from_raw_mode(stat.st_mode))
    }

    /// Gives a file of this directory another name, which nothing must have.
    ///
    /// # Errors
    /// `AlreadyExists` where something has it; then nothing was changed.
    pub fn rename_new(&self, from: &str, to: &str) -> io::Result<()> {
        plain(from)?;
        plain(to)?;
        let (here, flags) = (&self.fd, RenameFlags::NOREPLACE);
        match rustix::fs::renameat_with(here, from, here, to, flags) {
            Err(Errno::INVAL | Errno::NOSYS) => {
                // NFS, for one, has no such rename; links refuse to replace everywhere.
                self.link(from, to)?;
                self.remove(from)
            }
            result => Ok(result?),
        }
    }

    /// Moves a file into another directory, under the same name, which nothing of others has.
    pub(super) fn hand_over(&self, name: &str, to: &Self) -> io::Result<()> {
        plain(name)?;
        Ok(rustix::fs::renameat(&self.fd, name, &to.fd, name)?)
    }

    /// Puts a file into the place of another, or of none.
    ///
    /// # Errors
    /// The system's.
    pub fn replace(&self, from: &str, to: &str) -> io::Result<()> {
        plain(from)?;
        plain(to)?;
        Ok(rustix::fs::renameat(&self.fd, from, &self.fd, to)?)
    }

    /// A second name for a file, in another directory.
    ///
    /// # Errors
    /// `AlreadyExists` where something has it; `CrossesDevices` where it lies elsewhere.
    pub(super) fn link_into(&self, from: &str, dir: &Self, to: &str) -> io::Result<()> {
        plain(from)?;
        plain(to)?;
        let flags = AtFlags::empty();
        Ok(rustix::fs::linkat(&self.fd, from, &dir.fd, to, flags)?)
    }

    /// The stamp of what has this name, and whether that is a regular file; a link is none.
    ///
    /// # Errors
    /// The system's, but that there is none.
    pub(super) fn stamp(&self, name: &str) -> io::Result<Option<(FileStamp, bool)>> {
        plain(name)?;
        match rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => {
                let kind = FileType::from_raw_mode(stat.st_mode);
                Ok(Some((
                    FileStamp::from(&stat),
                    kind == FileType::RegularFile,
                )))
            }
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The file system it lies on.
    ///
    /// # Errors
    /// The system's.
    pub fn device(&self) -> io::Result<u64> {
        Ok(FileStamp::from(&rustix::fs::fstat(&self.fd)?).dev)
    }

    /// A second name for a file.
    ///
    /// # Errors
    /// `AlreadyExists` where something has it.
    pub fn link(&self, from: &str, to: &str) -> io::Result<()> {
        let here = &self.fd;
        Ok(rustix::fs::linkat(here, from, here, to, AtFlags::empty())?)
    }

    /// Removes a file's name.
    ///
    /// # Errors
    /// The system's.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        plain(name)?;
        Ok(rustix::fs::unlinkat(&self.fd, name, AtFlags::empty())?)
    }

    /// Waits until its names are on disk.
    ///
    /// # Errors
    /// The system's.
    pub fn sync(&self) -> io::Result<()> {
        match rustix::fs::fsync(&self.fd) {
            // Some network file systems do not sync directories.
            Err(Errno::INVAL | Errno::NOTSUP) => Ok(()),
            result => Ok(result?),
        }
    }
}

fn regular(file: File) -> io::Result<File> {
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::other("is not a regular file"))
    }
}

/// Refuses names that are paths, or nothing that can be seen.
fn plain(name: &str) -> io::Result<()> {
    let path = name.is_empty() || name.contains('/') || matches!(name, "." | "..");
    if path || name.chars().any(char::is_control) {
        let why = format!("{name:?} cannot be the name of a file or directory");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_their_place() {
        let dir = tempfile::tempdir().unwrap();
        let root = Dir::root(dir.path(), Owner::default()).unwrap();
        for name in ["", ".", "..", "a/b", "/etc", "a\nb", "a\0"] {
            assert!(root.child(name).is_err(), "{name:?}");
            assert!(root.create(name, 0o666).is_err(), "{name:?}");
        }
    }

    #[test]
    fn links_are_not_followed_and_nothing_is_replaced() {
        let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::os::unix::fs::symlink(other.path(), dir.path().join("default")).unwrap();
        let root = Dir::root(dir.path(), Owner::default()).unwrap();
        let error = root.child("default").unwrap_err().to_string();
        assert!(error.contains("links are not followed"), "{error}");
        root.create("a", 0o666).unwrap();
        root.create("b", 0o666).unwrap();
        let kind = |error: io::Error| error.kind();
        let exists = io::ErrorKind::AlreadyExists;
        assert_eq!(root.rename_new("a", "b").map_err(kind), Err(exists));
        assert_eq!(root.create("b", 0o666).map(drop).map_err(kind), Err(exists));
        assert_eq!(root.rename_new("a", "c").map_err(kind), Ok(()));
    }
}
