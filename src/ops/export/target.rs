//! Where messages go: a directory that is a spool, or an archive of one.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Cursor, Seek};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::depot::{
    Archive, Depot, Dir, Folder, Held, Latest, OURS, Owner, Part, PublishError, Stage, held,
};
use crate::voicemail::folder::VoicemailFolder;
use crate::voicemail::source_key::AudioDigest;
use crate::voicemail::vmbox::VoicemailBox;

use super::convert::Converted;
use super::manifest::{CommentLine, GreetingLine, Manifest, Memory, read};

/// A recording and perhaps a comment, written and waiting for their names.
pub(super) struct Staged {
    pub(super) recording: Part,
    pub(super) comment: Option<Part>,
}

/// Where a message was put.
pub(super) struct Stored {
    pub(super) number: u32,
    pub(super) path: String,
    pub(super) comment: Option<CommentLine>,
}

/// Where messages go.
pub struct Target {
    kind: Kind,
    stage: Arc<Stage>,
    manifest: Mutex<Manifest>,
    /// What earlier runs noted.
    pub(super) memory: Memory,
    /// Folders that were written to in this run, and what was put there last.
    had: Mutex<HashMap<(VoicemailBox, VoicemailFolder), Option<Latest>>>,
}

enum Kind {
    Directory(Depot),
    Archive(Box<Mutex<Packing>>),
}

struct Packing {
    archive: Archive,
    /// The next number of each folder.
    numbers: HashMap<(VoicemailBox, VoicemailFolder), u32>,
    _stage: tempfile::TempDir,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Target {
    /// A directory.
    ///
    /// # Errors
    /// The system's.
    pub fn directory(depot: Depot) -> io::Result<Self> {
        let file = depot.manifest()?;
        Ok(Self {
            memory: read(&file)?,
            had: Mutex::default(),
            manifest: Mutex::new(Manifest::new(file)?),
            stage: Arc::new(depot.stage()?),
            kind: Kind::Directory(depot),
        })
    }

    /// An archive; what is not yet in it lies in the system's directory for temporary files.
    ///
    /// # Errors
    /// The system's.
    pub fn archive(archive: Archive) -> io::Result<Self> {
        let stage = tempfile::tempdir()?;
        let dir = Dir::root(stage.path(), Owner::default())?;
        Ok(Self {
            memory: Memory::new(),
            had: Mutex::default(),
            manifest: Mutex::new(Manifest::new(tempfile::tempfile()?)?),
            stage: Arc::new(Stage::new(dir)?),
            kind: Kind::Archive(Box::new(Mutex::new(Packing {
                archive,
                numbers: HashMap::new(),
                _stage: stage,
            }))),
        })
    }

    /// What is there of a box.
    pub(super) fn held(&self, vmbox: &VoicemailBox) -> io::Result<Vec<Held>> {
        match &self.kind {
            Kind::Directory(depot) => held_in(&depot.root, vmbox),
            Kind::Archive(_) => Ok(Vec::new()),
        }
    }

    /// The directory of a box, where it is there.
    pub(super) fn box_dir(&self, vmbox: &VoicemailBox) -> io::Result<Option<Dir>> {
        match &self.kind {
            Kind::Directory(depot) => box_in(&depot.root, vmbox),
            Kind::Archive(_) => Ok(None),
        }
    }

    /// Whether one message that cannot be written makes all of it worthless.
    pub(super) fn is_archive(&self) -> bool {
        matches!(self.kind, Kind::Archive(_))
    }

    pub(super) fn stage(&self) -> &Arc<Stage> {
        &self.stage
    }

    pub(super) fn drop(&self, staged: &Staged) {
        self.stage.drop_part(&staged.recording);
        if let Some(comment) = &staged.comment {
            self.stage.drop_part(comment);
        }
    }

    /// Puts a message where it belongs. After an error it is not there; after one with
    /// [`PublishError::no_space`] no other will be.
    pub(super) fn store(
        &self,
        vmbox: &VoicemailBox,
        folder: VoicemailFolder,
        mut staged: Staged,
        message: &Converted,
    ) -> Result<Stored, PublishError> {
        let above = format!("{}/{}/{folder}", vmbox.context, vmbox.extension);
        let comment = message.comment.map(|(format, digest, octets)| {
            // Known by what it is, for numbers change.
            let known: String = digest.to_string().chars().take(16).collect();
            let name = format!("comment-{known}.{}", format.extension());
            let line = CommentLine {
                path: format!("{above}/{name}"),
                octets,
                sha256: digest,
            };
            (name, line)
        });
        let number = match &self.kind {
            Kind::Directory(depot) => {
                let mut opened = match self.folder(depot, vmbox, folder) {
                    Ok(opened) => opened,
                    Err(error) => {
                        self.drop(&staged);
                        return Err(error.into());
                    }
                };
                let number = self.publish(&mut opened, vmbox, staged, message, comment.as_ref());
                let place = (vmbox.clone(), folder);
                lock(&self.had).insert(place, opened.latest());
                number?
            }
            Kind::Archive(packing) => {
                let place = (vmbox, folder, above.as_str());
                let line = comment.as_ref().map(|(_, line)| line);
                let added = lock(packing).add(place, &mut staged, message, line);
                self.drop(&staged);
                added?
            }
        };
        Ok(Stored {
            number,
            path: format!("{above}/msg{number:04}"),
            comment: comment.map(|(_, line)| line),
        })
    }

    /// A folder of a box, read through once a run. Held open only while a message is put into it:
    /// there may be more folders than a process can hold open.
    fn folder(
        &self,
        depot: &Depot,
        vmbox: &VoicemailBox,
        folder: VoicemailFolder,
    ) -> io::Result<Folder> {
        let dir = depot.root.child(&vmbox.context)?;
        let dir = dir.child(&vmbox.extension)?.child(folder.as_str())?;
        let place = (vmbox.clone(), folder);
        let had = lock(&self.had).get(&place).copied();
        if let Some(latest) = had {
            return Ok(Folder::again(dir, latest));
        }
        let opened = Folder::new(dir)?;
        lock(&self.had).insert(place, None);
        Ok(opened)
    }

    fn publish(
        &self,
        folder: &mut Folder,
        vmbox: &VoicemailBox,
        staged: Staged,
        message: &Converted,
        comment: Option<&(String, CommentLine)>,
    ) -> Result<u32, PublishError> {
        // The comment first: a message without it would not be looked at again.
        match (staged.comment, comment) {
            (Some(part), Some((name, _))) => {
                if let Err(error) = folder.keep_comment((&self.stage, part), name) {
                    self.stage.drop_part(&staged.recording);
                    return Err(error.into());
                }
            }
            (Some(part), None) => self.stage.drop_part(&part),
            (None, _) => {}
        }
        let extension = message.format.extension();
        let recording = (&*self.stage, staged.recording);
        folder.publish(recording, extension, &message.digest, &message.txt(vmbox))
    }

    /// Puts a greeting where it belongs, under this name, with the time it was recorded.
    ///
    /// # Errors
    /// `AlreadyExists` where something has the name. After any error it is not there.
    pub(super) fn store_greeting(
        &self,
        vmbox: &VoicemailBox,
        file: &str,
        mut staged: Staged,
        line: &GreetingLine,
    ) -> Result<(), PublishError> {
        if let Some(part) = &staged.comment {
            self.stage.drop_part(part);
        }
        let recording = &mut staged.recording;
        match &self.kind {
            Kind::Directory(depot) => {
                let dir = depot.root.child(&vmbox.context);
                let dir = dir.and_then(|dir| dir.child(&vmbox.extension));
                let folder = match dir.and_then(Folder::new) {
                    Ok(folder) => folder,
                    Err(error) => {
                        self.stage.drop_part(recording);
                        return Err(error.into());
                    }
                };
                let recorded = Duration::from_secs(u64::try_from(line.origtime).unwrap_or(0));
                // A time that cannot be set is no reason to have no greeting.
                let _ = recording.file.set_modified(UNIX_EPOCH + recorded);
                Ok(folder.keep((&self.stage, staged.recording), file)?)
            }
            Kind::Archive(packing) => {
                let mut packing = lock(packing);
                let added = packing.archive.add(
                    &line.path,
                    0o644,
                    line.origtime,
                    &mut recording.file,
                    &line.sha256,
                );
                self.stage.drop_part(recording);
                Ok(added?)
            }
        }
    }

    /// Notes a message or a greeting in the manifest.
    pub(super) fn note(&self, line: &impl Serialize) -> io::Result<()> {
        lock(&self.manifest).note(line)
    }

    /// Ends the work: the manifest is on disk, an archive is whole; a directory gets its `SHA256SUMS`
    /// where `sums` is set.
    ///
    /// # Errors
    /// The system's.
    pub fn finish(self, sums: bool) -> io::Result<()> {
        let mut manifest = self
            .manifest
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let file = manifest.synced()?;
        match self.kind {
            Kind::Directory(depot) => {
                if sums {
                    crate::depot::write_sums(&depot.root)?;
                }
                depot.end()
            }
            Kind::Archive(packing) => {
                let packing = packing.into_inner().unwrap_or_else(PoisonError::into_inner);
                file.rewind()?;
                packing
                    .archive
                    .finish(file, &format!("{OURS}/manifest.jsonl"))
            }
        }
    }
}

/// What is there of a box in a directory that is only looked at.
pub(super) fn held_in(root: &Dir, vmbox: &VoicemailBox) -> io::Result<Vec<Held>> {
    box_in(root, vmbox)?.map_or(Ok(Vec::new()), |dir| held(&dir))
}

/// The directory of a box, where it is there.
pub(super) fn box_in(root: &Dir, vmbox: &VoicemailBox) -> io::Result<Option<Dir>> {
    match root.existing(&vmbox.context)? {
        Some(context) => context.existing(&vmbox.extension),
        None => Ok(None),
    }
}

impl Packing {
    fn add(
        &mut self,
        (vmbox, folder, above): (&VoicemailBox, VoicemailFolder, &str),
        staged: &mut Staged,
        message: &Converted,
        comment: Option<&CommentLine>,
    ) -> io::Result<u32> {
        let next = self.numbers.entry((vmbox.clone(), folder)).or_default();
        let number = *next;
        *next += 1;
        let path = format!("{above}/msg{number:04}");
        let extension = message.format.extension();
        let mut add = |path: &str, file: &mut File, digest: &AudioDigest| {
            self.archive
                .add(path, 0o644, message.origtime, file, digest)
        };
        if let (Some(part), Some(line)) = (&mut staged.comment, comment) {
            add(&line.path, &mut part.file, &line.sha256)?;
        }
        let file = &mut staged.recording.file;
        add(&format!("{path}.{extension}"), file, &message.digest)?;
        let txt = message.txt(vmbox);
        let digest = AudioDigest(Sha256::digest(&txt).into());
        let (path, mut txt) = (format!("{path}.txt"), Cursor::new(txt));
        self.archive
            .add(&path, 0o644, message.origtime, &mut txt, &digest)?;
        Ok(number)
    }
}
