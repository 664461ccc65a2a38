//! One recording: looked at, judged and opened.
//!
//! The only room that knows when a recording is used otherwise than it lies there: under the format
//! that is true where its name is not, and with the sizes of its header where the recorder died before
//! it wrote them. Invariant: whoever digests or sends a recording reads it through
//! [`Recording`], so all see the same octets, and the file is never written.

use std::cell::Cell;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};

use super::catalogue as code;
use super::files::{Dir, FileStamp, OpenError, open_regular};
use super::notes::{Notes, refusal};
use crate::voicemail::audio::{AudioFacts, AudioFault, AudioFormat, Fill};
use crate::voicemail::notice::CodeRow;

/// One recording of a message or greeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioFile {
    /// What it holds, as far as that is known; else what the extension promises.
    pub format: AudioFormat,
    /// Where it is.
    pub path: PathBuf,
    /// What it was when it was looked at.
    pub stamp: FileStamp,
    /// What it holds, or why it cannot be used.
    pub facts: Result<AudioFacts, AudioFault>,
    /// What it holds, in words, where that is not what the extension promises.
    pub misnamed: Option<String>,
}

impl AudioFile {
    /// Looks at every recording of a set in an open directory that lies at `above`. What keeps one from
    /// being opened is noted; `None` if one is gone.
    pub(super) fn look_at_all(
        at: (&Dir, &Path, &Path),
        names: &[(AudioFormat, OsString)],
        notes: &mut Notes,
    ) -> Option<Vec<Self>> {
        // As long as it is and no longer: there may be ten thousand messages, most with one recording.
        let mut all = Vec::with_capacity(names.len());
        for (promised, name) in names {
            all.push(Self::look(at, *promised, name, notes)?);
        }
        Some(all)
    }

    fn look(
        (dir, root, above): (&Dir, &Path, &Path),
        promised: AudioFormat,
        name: &OsStr,
        notes: &mut Notes,
    ) -> Option<Self> {
        let mut file = Self {
            format: promised,
            path: above.join(name),
            stamp: dir.stat(name).ok()?,
            facts: Err(AudioFault::Empty),
            misnamed: None,
        };
        match dir.open_file(name, root) {
            Ok((mut open, stamp)) => {
                file.stamp = stamp;
                file.facts = promised.inspect(&mut open, stamp.size);
                file.call_by_content(&mut open);
            }
            Err(error) => {
                if !matches!(error, OpenError::Io(_)) {
                    let (row, why) = refusal(&error);
                    notes.push(&row, &dir.show(name), why);
                }
                file.facts = Err(AudioFault::Unreadable(error.to_string()));
            }
        }
        Some(file)
    }

    /// Takes a recording that is not what its name says for what it is.
    fn call_by_content(&mut self, open: &mut File) {
        let Err(AudioFault::NotWhatItSays { found }) = &self.facts else {
            return;
        };
        let Some(format) = AudioFormat::of_content(open, self.stamp.size) else {
            return;
        };
        if let Ok(facts) = format.inspect(open, self.stamp.size) {
            self.misnamed = Some(found.clone());
            self.format = format;
            self.facts = Ok(facts);
        }
    }

    /// Whether there is sound in it, of its format.
    #[must_use]
    pub fn usable(&self) -> bool {
        self.facts.is_ok()
    }

    /// Whether Asterisk will play what is there.
    #[must_use]
    pub fn playable(&self) -> bool {
        self.facts.as_ref().is_ok_and(AudioFacts::playable)
    }

    /// Whether it is usable and nothing of it is missing.
    #[must_use]
    pub fn whole(&self) -> bool {
        self.facts.as_ref().is_ok_and(AudioFacts::whole)
    }

    /// Whether it is whole and its name is true.
    pub(super) fn sound(&self) -> bool {
        self.whole() && self.misnamed.is_none()
    }

    /// What its header lacks.
    #[must_use]
    pub fn fill(&self) -> Option<Fill> {
        self.facts.as_ref().ok().and_then(|facts| facts.fill)
    }

    /// The file name's extension, without the dot.
    #[must_use]
    pub fn extension(&self) -> &str {
        let extension = self.path.extension().and_then(OsStr::to_str);
        extension.unwrap_or_else(|| self.format.extension())
    }

    /// Tells what there is to be said about it.
    pub(super) fn judge(&self, dir: &Dir, notes: &mut Notes) {
        let place = dir.show(self.path.file_name().unwrap_or_default());
        let used_as = |found| format!("holds {found}: it is used as .{}", self.format);
        if let Some(found) = &self.misnamed {
            notes.push(&code::FALSE_NAME, &place, used_as(found));
        }
        if let Some((row, why)) = self.verdict() {
            notes.push(&row, &place, why);
        }
    }

    fn verdict(&self) -> Option<(CodeRow, String)> {
        Some(match &self.facts {
            Ok(facts) => match facts.shortfall {
                Some(shortfall) if facts.fill.is_some() => {
                    let why = format!("{shortfall}: its header is filled in on the way");
                    (code::CUT_SHORT, why)
                }
                Some(shortfall) => (code::CUT_SHORT, shortfall.to_string()),
                None if facts.odd_header => (
                    code::ODD_HEADER,
                    "has a RIFF header that is legal, but not as Asterisk reads it".to_owned(),
                ),
                None => return None,
            },
            Err(fault @ AudioFault::NotWhatItSays { .. }) => (code::FALSE_NAME, fault.to_string()),
            Err(fault) => (code::DAMAGED, fault.to_string()),
        })
    }
}

/// An open recording, whose octets are those that are stored.
#[derive(Debug)]
pub struct Recording {
    file: File,
    fill: Option<Fill>,
    /// The offset of the next octet.
    at: Cell<u64>,
}

impl Recording {
    /// Opens a recording below `root`, to be read with what its header lacks.
    ///
    /// `path` is one that a scan returned; it may contain links as long as they stay inside the root.
    /// Compare the stamp with the scan's: another stamp is another file. Never blocks on a FIFO.
    ///
    /// # Errors
    /// Where it is no regular file below the root, or the system says no.
    pub fn open(
        path: &Path,
        fill: Option<Fill>,
        root: &Path,
    ) -> Result<(Self, FileStamp), OpenError> {
        let (found, stamp) = open_regular(path, root)?;
        let opened = Self {
            file: found,
            fill,
            at: Cell::new(0),
        };
        Ok((opened, stamp))
    }

    /// What the file is now.
    ///
    /// # Errors
    /// The system's.
    pub fn stamp(&self) -> io::Result<FileStamp> {
        Ok(FileStamp::of(&self.file.metadata()?))
    }

    /// Goes back to the beginning.
    ///
    /// # Errors
    /// The system's.
    pub fn rewind(&self) -> io::Result<()> {
        self.at.set(0);
        (&self.file).rewind()
    }
}

impl Read for &Recording {
    fn read(&mut self, block: &mut [u8]) -> io::Result<usize> {
        let octets = (&self.file).read(block)?;
        let at = self.at.get();
        if let Some(fill) = &self.fill {
            fill.apply(at, &mut block[..octets]);
        }
        self.at.set(at + octets as u64);
        Ok(octets)
    }
}
