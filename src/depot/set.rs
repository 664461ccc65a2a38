//! Moving a message's files as one from a folder to another, so that half of it is never a message
//! and all of it is always somewhere.
//!
//! [`bring`] puts every file into its new place first, the txt last, and only then [`clear`] takes
//! them from the old one, the txt first. Asterisk counts, numbers and plays by the txt, so in either
//! folder a message is whole or none; and a program that ends in between leaves the whole set in one
//! of the two, which [`find`] tells. A file is brought by a second name for it where both folders
//! lie on one file system, else by a copy that is compared and keeps its time. Nothing is replaced,
//! no link is followed, and what is taken away is the very file that was meant: it is renamed first
//! and looked at again, so that somebody who renumbers without the folder's lock loses nothing.
//!
//! Source: `app_voicemail.c` (`leave_voicemail`, `last_message_index`, `play_message`).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::{File, FileTimes, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use super::dir::Dir;
use crate::spool::{FileStamp, message_file};
use crate::voicemail::audio::AudioFormat;

mod away;

pub use away::{clear, clear_rest, discard};

const TXT: &str = "txt";

/// One file of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetFile {
    /// What follows the number and the dot.
    pub extension: String,
    /// What it was.
    pub stamp: FileStamp,
}

/// How sure it must be that a file is the one that is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// The same file with the same content.
    Same,
    /// The same size and time: a copy has another inode.
    Alike,
    /// Alike, or the same file whatever has become of it: what was brought, to be taken back.
    Brought,
}

impl Likeness {
    fn holds(self, file: &SetFile, is: &FileStamp) -> bool {
        match self {
            Self::Same => file.stamp.same_content(is),
            Self::Alike => file.stamp.alike(is),
            Self::Brought => {
                let inode = |stamp: &FileStamp| (stamp.dev, stamp.ino);
                file.stamp.alike(is) || inode(&file.stamp) == inode(is)
            }
        }
    }
}

/// Why a set was not moved.
#[derive(Debug)]
pub enum MoveError {
    /// A file is not what it was.
    Changed(String),
    /// Something else has its name at the new place.
    Taken(String),
    /// The system said no.
    Io(String, io::Error),
}

impl fmt::Display for MoveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed(name) => write!(f, "{name} has changed meanwhile"),
            Self::Taken(name) => write!(f, "the place of {name} is taken"),
            Self::Io(name, error) => write!(f, "{name}: {error}"),
        }
    }
}

impl std::error::Error for MoveError {}

impl MoveError {
    /// Whether no other set will fit either.
    #[must_use]
    pub fn no_space(&self) -> bool {
        matches!(self, Self::Io(_, error) if super::folder::no_space(error))
    }
}

fn name(number: u32, extension: &str) -> String {
    format!("msg{number:04}.{extension}")
}

fn said(name: &str) -> impl Fn(io::Error) -> MoveError + use<> {
    let name = name.to_owned();
    move |error| MoveError::Io(name.clone(), error)
}

/// The messages of a folder with all files of their numbers, whatever their extension; `None` where
/// one of them is no regular file. Copies that Asterisk has put aside (`-bak`) are none of them.
///
/// # Errors
/// The system's.
pub fn list(dir: &Dir) -> io::Result<Listing> {
    let mut sets = Listing::new();
    for (found, _) in dir.names()? {
        let Some((number, extension)) = message_file(&found) else {
            continue;
        };
        let set = sets.entry(number).or_insert_with(|| Some(Vec::new()));
        match dir.stamp(&found)? {
            Some((stamp, true)) => {
                let extension = extension.to_owned();
                if let Some(files) = set {
                    files.push(SetFile { extension, stamp });
                }
            }
            Some((_, false)) => *set = None,
            None => {}
        }
    }
    Ok(sets)
}

/// The messages of a folder, by number.
pub type Listing = BTreeMap<u32, Option<Vec<SetFile>>>;

/// The numbers that files of a folder have, whatever their extension.
///
/// # Errors
/// The system's.
pub fn numbers(dir: &Dir) -> io::Result<BTreeSet<u32>> {
    let mut numbers = BTreeSet::new();
    dir.each_name(&mut |name| numbers.extend(message_file(name).map(|(number, _)| number)))?;
    Ok(numbers)
}

/// What lies under one number, as [`list`] tells it, without reading the directory: asked for by every
/// extension that Asterisk gives a message's files, and by those of `besides`. So a folder of thousands
/// is not read through for each of its messages.
///
/// # Errors
/// The system's.
pub fn under(dir: &Dir, number: u32, besides: &[SetFile]) -> io::Result<Option<Vec<SetFile>>> {
    let mut extensions: BTreeSet<&str> = AudioFormat::extensions().collect();
    extensions.insert(TXT);
    extensions.extend(besides.iter().map(|file| file.extension.as_str()));
    let mut files = Vec::new();
    for extension in extensions {
        match dir.stamp(&name(number, extension))? {
            Some((stamp, true)) => files.push(SetFile {
                extension: extension.to_owned(),
                stamp,
            }),
            Some((_, false)) => return Ok(None),
            None => {}
        }
    }
    Ok(Some(files))
}

/// Whether all of these files lie under a number.
#[must_use]
pub fn is_at(listing: &Listing, number: u32, files: &[SetFile], likeness: Likeness) -> bool {
    let there = listing.get(&number).and_then(Option::as_ref);
    there.is_some_and(|there| {
        files.iter().all(|file| {
            let mut there = there.iter();
            let same = there.find(|one| one.extension == file.extension);
            same.is_some_and(|one| likeness.holds(file, &one.stamp))
        })
    })
}

/// The number under which these very files lie all together, and all files of it. Looked for from
/// `near`, where they were, downwards first: Asterisk renumbers by closing gaps.
#[must_use]
pub fn find<'l>(
    listing: &'l Listing,
    near: u32,
    files: &[SetFile],
) -> Option<(u32, &'l [SetFile])> {
    let (down, up) = (
        listing.range(..=near),
        listing.range(near.saturating_add(1)..),
    );
    let (number, all) = down
        .rev()
        .chain(up)
        .find(|(number, _)| is_at(listing, **number, files, Likeness::Same))?;
    Some((*number, all.as_deref()?))
}

/// The files in the order in which they appear: the txt last.
fn txt_last(files: &[SetFile]) -> impl DoubleEndedIterator<Item = &SetFile> {
    let is_txt = |file: &&SetFile| file.extension == TXT;
    let others = files.iter().filter(move |file| !is_txt(file));
    others.chain(files.iter().filter(is_txt))
}

/// Puts every file of a set into another folder under a number of that one. What is there already of
/// the same set stays. The names are on disk once the folder was synced.
///
/// # Errors
/// Then a part may have been brought; [`discard`] removes it. The old place is as it was.
pub fn bring(
    (from, number): (&Dir, u32),
    (to, new): (&Dir, u32),
    files: &[SetFile],
    likeness: Likeness,
) -> Result<(), MoveError> {
    for file in txt_last(files) {
        let (old, new) = (name(number, &file.extension), name(new, &file.extension));
        let io = said(&old);
        let source = from.stamp(&old).map_err(&io)?;
        let meant = |stamp: &FileStamp| likeness.holds(file, stamp);
        if !source.is_some_and(|(stamp, regular)| regular && meant(&stamp)) {
            return Err(MoveError::Changed(old));
        }
        if let Some((there, _)) = to.stamp(&new).map_err(&io)? {
            let same = source.is_some_and(|(stamp, _)| stamp.same_content(&there))
                || file.stamp.alike(&there) && equal(from, &old, to, &new).map_err(&io)?;
            if same {
                continue;
            }
            return Err(MoveError::Taken(new));
        }
        match from.link_into(&old, to, &new) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(MoveError::Taken(new));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(MoveError::Changed(old));
            }
            // Another file system, or one that knows no second names, or forbids them.
            Err(_) => copy(from, &old, to, &new, file)?,
        }
        // Somebody may have given the old name to another file meanwhile.
        let there = to.stamp(&new).map_err(&io)?;
        if !there.is_some_and(|(stamp, _)| file.stamp.alike(&stamp)) {
            to.remove(&new).map_err(&io)?;
            return Err(MoveError::Changed(old));
        }
    }
    Ok(())
}

/// A copy with the owner, the rights and the time of the original, read once more and compared.
fn copy(from: &Dir, old: &str, to: &Dir, new: &str, file: &SetFile) -> Result<(), MoveError> {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let io = said(old);
    let made = MADE.fetch_add(1, Ordering::Relaxed);
    let part = format!(".vmimap-{:x}-move{made:x}.part", std::process::id());
    let mut source = from.open(old).map_err(&io)?;
    let unchanged = |source: &File| {
        let now = source.metadata().map(|is| FileStamp::of(&is));
        now.is_ok_and(|now| file.stamp.alike(&now))
    };
    let filled = fill(&mut source, to, &part).map_err(&io);
    let put = filled.and_then(|()| {
        if !unchanged(&source) || !equal(from, old, to, &part).map_err(&io)? {
            return Err(MoveError::Changed(old.to_owned()));
        }
        to.rename_new(&part, new).map_err(&io)
    });
    if put.is_err() {
        // What stays is removed by the next run.
        let _ = to.remove(&part);
    }
    put
}

fn fill(source: &mut File, to: &Dir, part: &str) -> io::Result<()> {
    let is = source.metadata()?;
    let mut copy = to.create(part, 0o600)?;
    io::copy(source, &mut copy)?;
    // Who may not give files away keeps them; whoever may is root, as a rule.
    let _ = std::os::unix::fs::fchown(&copy, Some(is.uid()), Some(is.gid()));
    copy.set_permissions(Permissions::from_mode(is.mode() & 0o777))?;
    copy.set_times(FileTimes::new().set_modified(is.modified()?))?;
    copy.sync_all()
}

/// Whether two files hold the same octets.
fn equal(from: &Dir, old: &str, to: &Dir, new: &str) -> io::Result<bool> {
    const BLOCK: u64 = 64 << 10;
    let (mut one, mut other) = (from.open(old)?, to.open(new)?);
    let (mut left, mut right) = (Vec::new(), Vec::new());
    loop {
        left.clear();
        right.clear();
        (&mut one).take(BLOCK).read_to_end(&mut left)?;
        (&mut other).take(BLOCK).read_to_end(&mut right)?;
        if left != right || left.is_empty() {
            return Ok(left == right);
        }
    }
}

#[cfg(test)]
mod tests;
