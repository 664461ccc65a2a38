//! Opening and listing that cannot be led astray: regular files inside the spool, nothing else.
//!
//! Directories are held open and everything is opened relative to them without following links
//! (`openat` with `O_NOFOLLOW`), so a directory swapped for a link between two steps changes
//! nothing. A link is followed only after its whole target has been resolved and found inside the
//! root. `O_NONBLOCK` keeps a FIFO from hanging the scan before its type is known.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::{File, Metadata};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

/// What tells whether a file is still the one that was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FileStamp {
    /// The device.
    pub dev: u64,
    /// The inode.
    pub ino: u64,
    /// The size in octets.
    pub size: u64,
    /// When the content changed, nanoseconds since 1970 UTC.
    pub mtime_ns: i64,
    /// When content, name or rights changed, nanoseconds since 1970 UTC.
    pub ctime_ns: i64,
}

impl FileStamp {
    /// Whether the other stamp is of the same file with the same content. A file that was only
    /// renamed, as Asterisk renumbers messages, has a new `ctime_ns` and is still the same.
    #[must_use]
    pub fn same_content(&self, other: &Self) -> bool {
        let content = |stamp: &Self| (stamp.dev, stamp.ino, stamp.size, stamp.mtime_ns);
        content(self) == content(other)
    }

    /// Whether the other stamp may be of a copy that has kept its time.
    #[must_use]
    pub fn alike(&self, other: &Self) -> bool {
        (self.size, self.mtime_ns) == (other.size, other.mtime_ns)
    }

    /// The stamp of a file that has been looked at.
    #[must_use]
    pub fn of(metadata: &Metadata) -> Self {
        Self {
            dev: metadata.dev(),
            ino: metadata.ino(),
            size: metadata.size(),
            mtime_ns: nanos(metadata.mtime(), metadata.mtime_nsec()),
            ctime_ns: nanos(metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

impl From<&rustix::fs::Stat> for FileStamp {
    // The fields' types differ between platforms; on some of them these casts do nothing.
    #[allow(
        clippy::cast_sign_loss,
        clippy::cast_possible_wrap,
        clippy::unnecessary_cast
    )]
    fn from(stat: &rustix::fs::Stat) -> Self {
        Self {
            dev: stat.st_dev as u64,
            ino: stat.st_ino as u64,
            size: stat.st_size as u64,
            mtime_ns: nanos(stat.st_mtime as i64, stat.st_mtime_nsec as i64),
            ctime_ns: nanos(stat.st_ctime as i64, stat.st_ctime_nsec as i64),
        }
    }
}

fn nanos(seconds: i64, rest: i64) -> i64 {
    seconds.saturating_mul(1_000_000_000).saturating_add(rest)
}

/// Why something in the spool was not opened.
#[derive(Debug)]
pub enum OpenError {
    /// A symbolic link (at the path or above it) ends outside of the spool.
    LeadsOut(PathBuf),
    /// A symbolic link that leads nowhere, or round in a circle.
    Dangling,
    /// It is a FIFO, a socket, a device or a directory where a file was meant, or the reverse.
    WrongKind,
    /// The operating system said no.
    Io(io::Error),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LeadsOut(target) => {
                write!(f, "links to {} outside of the spool", target.display())
            }
            Self::Dangling => f.write_str("is a link that leads nowhere"),
            Self::WrongKind => f.write_str("is not a regular file"),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl OpenError {
    /// Whether there is nothing of that name, any more perhaps.
    #[must_use]
    pub fn gone(&self) -> bool {
        matches!(self, Self::Io(error) if error.kind() == io::ErrorKind::NotFound)
    }
}

impl std::error::Error for OpenError {}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Errno> for OpenError {
    fn from(error: Errno) -> Self {
        Self::Io(error.into())
    }
}

/// Opens a regular file below `root` for reading; see `Recording::open`.
pub(super) fn open_regular(path: &Path, root: &Path) -> Result<(File, FileStamp), OpenError> {
    let root = root.canonicalize()?;
    let real = inside(path, &root)?;
    let (Some(parent), Some(name)) = (real.parent(), real.file_name()) else {
        return Err(OpenError::WrongKind);
    };
    Dir::open(parent, String::new())?.open_file(name, &root)
}

/// Where a link found in a directory leads, if that is inside the root.
fn follow(link: &Path, root: &Path) -> Result<PathBuf, OpenError> {
    inside(link, root).map_err(|error| match error {
        OpenError::Io(io) => match Errno::from_io_error(&io) {
            Some(Errno::NOENT | Errno::LOOP | Errno::NOTDIR) => OpenError::Dangling,
            _ => OpenError::Io(io),
        },
        other => other,
    })
}

fn inside(path: &Path, root: &Path) -> Result<PathBuf, OpenError> {
    let real = path.canonicalize()?;
    if real.starts_with(root) {
        Ok(real)
    } else {
        Err(OpenError::LeadsOut(real))
    }
}

/// What kind of thing a directory entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Dir,
    Link,
    Other,
}

/// One name in a directory.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) name: OsString,
    pub(super) kind: Kind,
}

/// A directory held open.
#[derive(Debug)]
pub(super) struct Dir {
    fd: OwnedFd,
    /// Its real path, free of links.
    path: PathBuf,
    /// Its path relative to the spool's root as people see it.
    shown: String,
}

const READ: OFlags = OFlags::RDONLY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::CLOEXEC);

impl Dir {
    /// Opens a directory by its real path.
    pub(super) fn open(path: &Path, shown: String) -> Result<Self, OpenError> {
        let fd = rustix::fs::openat(CWD, path, READ | OFlags::DIRECTORY, Mode::empty())?;
        Ok(Self {
            fd,
            path: path.to_owned(),
            shown,
        })
    }

    /// The path relative to the root, for people.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// The real path, free of links.
    pub(super) fn real_path(&self) -> &Path {
        &self.path
    }

    /// Whether the other directory is this one or lies below it.
    pub(super) fn contains(&self, other: &Self) -> bool {
        other.path.starts_with(&self.path)
    }

    /// An entry's path relative to the root, for people.
    pub(super) fn show(&self, name: &OsStr) -> String {
        let name = name.to_string_lossy();
        if self.shown.is_empty() {
            name.into_owned()
        } else {
            format!("{}/{name}", self.shown)
        }
    }

    /// The directory's own stamp; it changes whenever a name in it does.
    pub(super) fn stamp(&self) -> io::Result<FileStamp> {
        Ok(FileStamp::from(&rustix::fs::fstat(&self.fd)?))
    }

    /// Everything in it but `.` and `..`, in no order.
    pub(super) fn list(&self) -> io::Result<Vec<Item>> {
        let mut items = Vec::new();
        for entry in rustix::fs::Dir::read_from(&self.fd)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if matches!(name, b"." | b"..") {
                continue;
            }
            let kind = match entry.file_type() {
                // Some file systems do not say; a name that is gone by now is just gone.
                FileType::Unknown => match self.kind(OsStr::from_bytes(name)) {
                    Ok(kind) => kind,
                    Err(_) => continue,
                },
                known => kind(known),
            };
            items.push(Item {
                name: OsString::from_vec(name.to_vec()),
                kind,
            });
        }
        Ok(items)
    }

    /// What kind of thing an entry is now, links not followed.
    pub(super) fn kind(&self, name: &OsStr) -> io::Result<Kind> {
        let stat = rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW)?;
        Ok(kind(FileType::from_raw_mode(stat.st_mode)))
    }

    /// The stamp of an entry as it is now, links not followed.
    pub(super) fn stat(&self, name: &OsStr) -> io::Result<FileStamp> {
        Ok(FileStamp::from(&rustix::fs::statat(
            &self.fd,
            name,
            AtFlags::SYMLINK_NOFOLLOW,
        )?))
    }

    /// The stamp of an entry as it is now, links followed.
    pub(super) fn stat_target(&self, name: &OsStr) -> io::Result<FileStamp> {
        Ok(FileStamp::from(&rustix::fs::statat(
            &self.fd,
            name,
            AtFlags::empty(),
        )?))
    }

    /// Opens a regular file in this directory; a link only if it ends inside `root`.
    pub(super) fn open_file(
        &self,
        name: &OsStr,
        root: &Path,
    ) -> Result<(File, FileStamp), OpenError> {
        plain(name)?;
        let fd = match rustix::fs::openat(&self.fd, name, READ, Mode::empty()) {
            // A link; or a socket or a device without a driver, which cannot be opened at all.
            Err(Errno::LOOP) => {
                let real = follow(&self.path.join(name), root)?;
                rustix::fs::openat(CWD, &real, READ, Mode::empty())?
            }
            Err(Errno::NXIO | Errno::NODEV) => return Err(OpenError::WrongKind),
            other => other?,
        };
        let file = File::from(fd);
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(OpenError::WrongKind);
        }
        Ok((file, FileStamp::of(&metadata)))
    }

    /// Opens a directory in this directory; a link only if it ends inside `root`.
    pub(super) fn open_dir(&self, name: &OsStr, root: &Path) -> Result<Self, OpenError> {
        plain(name)?;
        let shown = self.show(name);
        let path = self.path.join(name);
        match rustix::fs::openat(&self.fd, name, READ | OFlags::DIRECTORY, Mode::empty()) {
            Ok(fd) => Ok(Self { fd, path, shown }),
            Err(Errno::NOTDIR | Errno::LOOP) => {
                let real = follow(&path, root)?;
                if real.is_dir() {
                    Self::open(&real, shown)
                } else {
                    Err(OpenError::WrongKind)
                }
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Refuses names that are paths: a box may have been named by a configuration file.
fn plain(name: &OsStr) -> Result<(), OpenError> {
    let octets = name.as_bytes();
    if octets.is_empty() || octets.contains(&b'/') || matches!(octets, b"." | b"..") {
        return Err(OpenError::WrongKind);
    }
    Ok(())
}

fn kind(file_type: FileType) -> Kind {
    match file_type {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Dir,
        FileType::Symlink => Kind::Link,
        _ => Kind::Other,
    }
}
