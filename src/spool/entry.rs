//! One voicemail as it lies in the spool, and the choice among its recordings.

use std::path::PathBuf;

use serde::Serialize;

use super::envelope::Envelope;
use super::files::FileStamp;
use super::recording::AudioFile;
use crate::voicemail::audio::AudioFormat;
use crate::voicemail::folder::VoicemailFolder;

/// Where a message's time comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OrigtimeSource {
    /// `origtime` in the txt.
    Txt,
    /// `origdate` in the txt.
    Origdate,
    /// The txt's time of modification.
    FileTime,
}

/// The recording to use, and what had to be passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice<'e> {
    /// The recording.
    pub file: &'e AudioFile,
    /// A better-liked format that is there but damaged; the scan's notices say how.
    pub instead_of: Option<AudioFormat>,
}

/// The recording to use of several, given the formats in the order they are liked.
pub(super) fn choose<'a>(audio: &'a [AudioFile], order: &[AudioFormat]) -> Option<&'a AudioFile> {
    let best = |good: fn(&AudioFile) -> bool| {
        let liked = |format: &AudioFormat| audio.iter().find(|a| a.format == *format && good(a));
        let first = order.iter().find_map(liked);
        first.or_else(|| audio.iter().find(|file| good(file)))
    };
    [
        AudioFile::sound,
        AudioFile::whole,
        AudioFile::playable,
        AudioFile::usable,
    ]
    .into_iter()
    .find_map(best)
}

/// One voicemail of the spool: at least one of its recordings is usable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpoolEntry {
    /// The folder.
    pub folder: VoicemailFolder,
    /// The number in the file name, 0-based. Asterisk renumbers: never an identity.
    pub number: u32,
    /// Path of the txt.
    pub txt: PathBuf,
    /// What the txt was when it was read.
    pub txt_stamp: FileStamp,
    /// What the txt says.
    pub envelope: Envelope,
    /// When the message was left, Unix seconds UTC, from the best source there is.
    pub origtime: i64,
    /// Which source that was.
    pub origtime_source: OrigtimeSource,
    /// Whole seconds, cut: from the recording where it and the txt disagree by a second or more.
    pub duration: u32,
    /// Every recording that is there, damaged ones too; sorted by format.
    pub audio: Vec<AudioFile>,
}

impl SpoolEntry {
    /// The recording to use, given the formats in the order they are liked.
    ///
    /// The first liked format that is whole; else any whole one. Where none is: one whose name alone is
    /// wrong; else, of what was cut short, one that Asterisk plays; else any. `None` cannot happen
    /// for an entry that a scan returned.
    #[must_use]
    pub fn choose_audio(&self, order: &[AudioFormat]) -> Option<Choice<'_>> {
        let file = choose(&self.audio, order)?;
        let instead_of = order
            .iter()
            .take_while(|format| **format != file.format)
            .find(|format| self.audio.iter().any(|file| file.format == **format))
            .copied();
        Some(Choice { file, instead_of })
    }

    /// The recording whose digest identifies the message.
    ///
    /// The best there is, as above, of WAV, gsm, wav, then the others in the order
    /// of [`AudioFormat`]. Independent of configuration on purpose: whoever migrates the same spool
    /// again with another `--format` must find the same identities, or everything would be stored
    /// twice.
    #[must_use]
    pub fn key_audio(&self) -> Option<&AudioFile> {
        self.choose_audio(&[]).map(|choice| choice.file)
    }
}
