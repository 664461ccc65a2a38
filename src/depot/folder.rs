//! Putting a message into a folder: written under another name first, then renamed under the lock,
//! the recording before its txt.
//!
//! Asterisk counts, numbers and plays by the txt (`count_messages`, `last_message_index`), and puts
//! it last itself (`leave_voicemail`): a recording without its txt is no message. So whatever ends a
//! run, half a message is never one. A recording that a killed run left without its txt is found
//! under the very next number, and taken over where it is the same.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::dir::Dir;
use super::lock::{FolderLock, LockError};
use super::set::under;
use crate::spool::{ASTERISK_LIMIT, FileStamp, message_file};
use crate::voicemail::source_key::AudioDigest;

/// How long Asterisk waits for a lock.
const PATIENCE: Duration = Duration::from_secs(5);
/// What is being written. Asterisk looks for a txt behind the seventh octet of a name.
const UNFINISHED: (&str, &str) = (".vmimap-", ".part");

/// A file under its first name.
#[derive(Debug)]
pub struct Part {
    name: String,
    /// The file, for writing.
    pub file: File,
}

/// Why a message was not put into its folder.
#[derive(Debug)]
pub enum PublishError {
    /// Somebody has the folder locked.
    Locked(Option<Duration>),
    /// Asterisk does not count so many messages.
    Full,
    /// The system said no.
    Io(io::Error),
}

impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked(age) => {
                f.write_str("the folder is locked by Asterisk or another run (.lock)")?;
                match age.map(|age| age.as_secs()) {
                    Some(age) if age > 300 => write!(
                        f,
                        ", since {age} s: if no Asterisk uses it, that was left by a crash; remove it"
                    ),
                    _ => f.write_str("; run again"),
                }
            }
            Self::Full => write!(
                f,
                "Asterisk counts {ASTERISK_LIMIT} messages in a folder and no more"
            ),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for PublishError {}

impl From<io::Error> for PublishError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<LockError> for PublishError {
    fn from(error: LockError) -> Self {
        match error {
            LockError::Held(age) => Self::Locked(age),
            LockError::Io(error) => Self::Io(error),
        }
    }
}

impl PublishError {
    /// Whether no other message will fit either.
    #[must_use]
    pub fn no_space(&self) -> bool {
        matches!(self, Self::Io(error) if no_space(error))
    }
}

/// Whether the disk or somebody's share of it is full.
#[must_use]
pub fn no_space(error: &io::Error) -> bool {
    use io::ErrorKind::{QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    matches!(
        error.kind(),
        StorageFull | QuotaExceeded | ReadOnlyFilesystem
    )
}

/// A directory in which files are written before they have their names: the folder itself, or one
/// place for all folders of a depot.
#[derive(Debug)]
pub struct Stage {
    dir: Dir,
}

impl Stage {
    /// A stage, in which what a killed run has left unfinished is removed. The caller has the depot
    /// to itself.
    ///
    /// # Errors
    /// The system's.
    pub fn new(dir: Dir) -> io::Result<Self> {
        let (start, end) = UNFINISHED;
        for (name, _) in dir.names()? {
            if name.starts_with(start) && name.ends_with(end) {
                dir.remove(&name)?;
            }
        }
        Ok(Self { dir })
    }

    /// A new file that Asterisk does not see; `mode` less the umask.
    ///
    /// # Errors
    /// The system's.
    pub fn part(&self, mode: u32) -> io::Result<Part> {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let (start, end) = UNFINISHED;
        let name = format!("{start}{:x}-{number:x}{end}", std::process::id());
        let file = self.dir.create(&name, mode)?;
        Ok(Part { name, file })
    }

    /// Removes a file that did not become one.
    pub fn drop_part(&self, part: &Part) {
        // What stays is removed by the next run.
        let _ = self.dir.remove(&part.name);
    }
}

/// A folder of the spool that is written to.
#[derive(Debug)]
pub struct Folder {
    stage: Stage,
    latest: Option<Latest>,
}

/// The message that this run has put into a folder last.
#[derive(Debug, Clone, Copy)]
pub struct Latest {
    number: u32,
    /// Its txt.
    txt: FileStamp,
    /// The highest number that any file had when the folder was read through.
    highest: u32,
}

impl Folder {
    /// A folder that this run has not had before; see [`Stage::new`].
    ///
    /// # Errors
    /// The system's.
    pub fn new(dir: Dir) -> io::Result<Self> {
        let stage = Stage::new(dir)?;
        Ok(Self {
            stage,
            latest: None,
        })
    }

    /// A folder that this run has had before, and what it put there last: nothing in it is of a killed
    /// run, and it is not read through for that.
    #[must_use]
    pub fn again(dir: Dir, latest: Option<Latest>) -> Self {
        let stage = Stage { dir };
        Self { stage, latest }
    }

    /// What was put there last, for [`again`](Self::again).
    #[must_use]
    pub fn latest(&self) -> Option<Latest> {
        self.latest
    }

    fn dir(&self) -> &Dir {
        &self.stage.dir
    }

    /// Takes a file from a stage into this folder, still unseen; copies it where the folder lies on
    /// another file system.
    fn bring(&self, stage: &Stage, part: Part) -> io::Result<Part> {
        match stage.dir.hand_over(&part.name, self.dir()) {
            Ok(()) => Ok(part),
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
                let mode = part.file.metadata()?.permissions().mode() & 0o777;
                let mut copy = self.stage.part(mode)?;
                let mut from = stage.dir.open(&part.name)?;
                if let Err(error) = io::copy(&mut from, &mut copy.file) {
                    self.stage.drop_part(&copy);
                    return Err(error);
                }
                stage.drop_part(&part);
                Ok(copy)
            }
            Err(error) => Err(error),
        }
    }

    /// Puts a recording and its txt under the next number, which is returned (0-based). The
    /// recording comes from a stage.
    ///
    /// # Errors
    /// Then neither is to be seen, unless it is only that the directory was not put on disk; the
    /// unfinished files are gone.
    pub fn publish(
        &mut self,
        (stage, recording): (&Stage, Part),
        extension: &str,
        digest: &AudioDigest,
        txt: &[u8],
    ) -> Result<u32, PublishError> {
        let name = recording.name.clone();
        let recording = self.bring(stage, recording).inspect_err(|_| {
            let _ = stage.dir.remove(&name);
        })?;
        let part = self.stage.part(0o666).map_err(PublishError::Io);
        let result = part.and_then(|mut part| {
            let result = self.publish_both(&recording, extension, digest, txt, &mut part);
            if result.is_err() {
                self.stage.drop_part(&part);
            }
            result
        });
        if result.is_err() {
            self.stage.drop_part(&recording);
        }
        result
    }

    fn publish_both(
        &mut self,
        recording: &Part,
        extension: &str,
        digest: &AudioDigest,
        txt: &[u8],
        part: &mut Part,
    ) -> Result<u32, PublishError> {
        part.file.write_all(txt)?;
        part.file.sync_data()?;
        recording.file.sync_data()?;
        let lock = FolderLock::take(&self.stage.dir, PATIENCE)?;
        let (number, adopt, highest) = match self.following()? {
            Some((number, highest)) => (number, false, highest),
            None => self.next(extension, digest)?,
        };
        if number >= ASTERISK_LIMIT {
            return Err(PublishError::Full);
        }
        let name = |extension: &str| format!("msg{number:04}.{extension}");
        if !adopt {
            self.dir().rename_new(&recording.name, &name(extension))?;
        }
        if let Err(error) = self.dir().rename_new(&part.name, &name("txt")) {
            if !adopt {
                let _ = self.dir().remove(&name(extension));
            }
            return Err(error.into());
        }
        if adopt {
            self.stage.drop_part(recording);
        }
        let txt = self.dir().stamp(&name("txt"))?;
        // Asterisk need not wait for the disk; and so it is on disk too that the lock is gone.
        drop(lock);
        self.latest = txt.map(|(txt, _)| Latest {
            number,
            txt,
            highest,
        });
        self.dir().sync()?;
        Ok(number)
    }

    /// The number behind the last one, where nothing has happened that would make it another: the
    /// message this run has put there last lies where it was put, and behind it lies nothing. Asterisk
    /// puts messages behind the last one and closes gaps, both under the lock. So a folder is not read
    /// through for each of its messages.
    fn following(&self) -> io::Result<Option<(u32, u32)>> {
        let Some(latest) = self.latest else {
            return Ok(None);
        };
        let txt = self.dir().stamp(&format!("msg{:04}.txt", latest.number))?;
        let next = latest.number.saturating_add(1);
        let lies_there = txt.is_some_and(|(txt, _)| latest.txt.same_content(&txt));
        if !lies_there || next <= latest.highest {
            return Ok(None);
        }
        let behind = under(self.dir(), next, &[])?;
        let free = behind.is_some_and(|files| files.is_empty());
        Ok(free.then_some((next, latest.highest)))
    }

    /// The next number, whether this very recording stands there already without its txt, and the
    /// highest number of any file.
    fn next(&self, extension: &str, digest: &AudioDigest) -> io::Result<(u32, bool, u32)> {
        let (mut number, mut highest) = (0, 0);
        let mut files: Vec<(u32, String)> = Vec::new();
        self.dir().each_name(&mut |name| {
            let Some((at, extension)) = message_file(name) else {
                return;
            };
            highest = highest.max(at);
            if extension == "txt" && (number..ASTERISK_LIMIT).contains(&at) {
                number = at + 1;
            } else if at >= number {
                files.push((at, extension.to_owned()));
            }
        })?;
        loop {
            let mut here = files.iter().filter(|(at, _)| *at == number);
            match (here.next(), here.next()) {
                (None, _) => return Ok((number, false, highest)),
                (Some((_, only)), None) if *only == extension => {
                    let name = format!("msg{number:04}.{extension}");
                    if self.dir().open(&name).and_then(digest_of)? == *digest {
                        return Ok((number, true, highest));
                    }
                }
                _ => {}
            }
            number += 1;
        }
    }

    /// Keeps a forwarder's comment beside the messages, under a name that does not change when
    /// Asterisk renumbers them. One that is there already is taken for the same.
    ///
    /// # Errors
    /// The system's; then the unfinished file is gone.
    pub fn keep_comment(&self, (stage, comment): (&Stage, Part), name: &str) -> io::Result<()> {
        match self.keep((stage, comment), name) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            other => other,
        }
    }

    /// Puts a file there under a name of its own; the time of its content stays.
    ///
    /// # Errors
    /// `AlreadyExists` where something has the name, and the system's; then the unfinished file is gone.
    pub fn keep(&self, (stage, part): (&Stage, Part), name: &str) -> io::Result<()> {
        part.file.sync_data()?;
        let written = part.file.metadata()?.modified();
        let part = self.bring(stage, part)?;
        if let Ok(written) = written {
            // Where it was copied to another file system; what cannot be set does not matter.
            let _ = part.file.set_modified(written);
        }
        let result = self.dir().rename_new(&part.name, name);
        if result.is_err() {
            self.stage.drop_part(&part);
        }
        result.and_then(|()| self.dir().sync())
    }
}

/// The digest of a file's octets from where it stands.
///
/// # Errors
/// The system's.
pub fn digest_of(mut file: File) -> io::Result<AudioDigest> {
    let mut hash = Sha256::new();
    let mut block = vec![0; 64 << 10];
    loop {
        match file.read(&mut block) {
            Ok(0) => return Ok(AudioDigest(hash.finalize().into())),
            Ok(octets) => hash.update(&block[..octets]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests;
