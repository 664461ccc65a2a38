//! Recording formats: what a file's extension promises and what its bytes hold.
//!
//! The table covers every audio format module of Asterisk 22 (`formats/format_*.c`), since
//! voicemail.conf's `format=` may name any of them. [`AudioFormat::inspect`] looks at a header and
//! a few frames and never reads a whole recording; it decodes nothing and judges no sound.
//!
//! Case matters: `.WAV` is GSM in a RIFF file (wav49), `.wav` is 16-bit PCM. Asterisk writes the
//! option's own name as the extension, except `wav49`, which becomes `WAV` (`main/file.c`,
//! `build_filename`).

mod fill;
mod inspect;
mod riff;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use fill::Fill;
pub use inspect::{AudioFacts, AudioFault, Shortfall};

/// A recording format Asterisk can play from a voicemail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
#[allow(missing_docs)] // the table below is the documentation
pub enum AudioFormat {
    /// GSM 6.10 in a RIFF file, `.WAV`.
    Wav49,
    /// Raw GSM 6.10 frames, `.gsm`.
    Gsm,
    /// 16-bit linear PCM at 8 kHz in a RIFF file, `.wav`.
    Wav,
    /// 16-bit linear PCM at 16 kHz in a RIFF file, `.wav16`.
    Wav16,
    Alaw,
    Au,
    G719,
    G722,
    G723,
    G726At16,
    G726At24,
    G726At32,
    G726At40,
    G729,
    Ilbc,
    OggVorbis,
    Siren14,
    Siren7,
    Sln,
    Sln12,
    Sln16,
    Sln24,
    Sln32,
    Sln44,
    Sln48,
    Sln96,
    Sln192,
    Spx,
    Spx16,
    Spx32,
    Ulaw,
    Vox,
}

/// How a format's octets are laid out, as far as their length can be turned into time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    /// RIFF, `fmt ` tag 1, mono, 16 bits, at this many samples a second.
    RiffPcm(u32),
    /// RIFF, `fmt ` tag 0x31: blocks of 65 octets holding 320 samples at 8 kHz.
    RiffGsm,
    /// Frames of 33 octets holding 160 samples at 8 kHz, each beginning with nibble 0xD unless damaged.
    GsmFrames,
    /// Headerless, this many octets a second.
    Rate(u32),
    /// Headerless frames of so many octets, each so many milliseconds long.
    Frames { octets: u32, millis: u32 },
    /// A container that begins with these octets; its length is not known here.
    Magic(&'static [u8]),
    /// Headerless with frames of varying size; its length is not known here.
    Opaque,
}

/// One row of the format table.
struct Row {
    format: AudioFormat,
    /// The extension this program writes, and the first one Asterisk looks for.
    extension: &'static str,
    /// Other names of the same format; each is an option name and an extension at once.
    aliases: &'static [&'static str],
    coding: Coding,
}

const fn row(
    format: AudioFormat,
    extension: &'static str,
    aliases: &'static [&'static str],
    coding: Coding,
) -> Row {
    Row {
        format,
        extension,
        aliases,
        coding,
    }
}

/// In the order of the enum, so that a format is its own index.
static TABLE: [Row; 32] = {
    use AudioFormat as F;
    use Coding::{Frames, GsmFrames, Magic, Opaque, Rate, RiffGsm, RiffPcm};
    [
        row(F::Wav49, "WAV", &[], RiffGsm),
        row(F::Gsm, "gsm", &[], GsmFrames),
        row(F::Wav, "wav", &[], RiffPcm(8000)),
        row(F::Wav16, "wav16", &[], RiffPcm(16_000)),
        row(F::Alaw, "alaw", &["al", "alw"], Rate(8000)),
        row(F::Au, "au", &[], Magic(b".snd")),
        row(F::G719, "g719", &[], Rate(8000)),
        row(F::G722, "g722", &[], Rate(8000)),
        row(F::G723, "g723", &["g723sf"], Opaque),
        row(F::G726At16, "g726-16", &[], Rate(2000)),
        row(F::G726At24, "g726-24", &[], Rate(3000)),
        row(F::G726At32, "g726-32", &[], Rate(4000)),
        row(F::G726At40, "g726-40", &[], Rate(5000)),
        row(
            F::G729,
            "g729",
            &[],
            Frames {
                octets: 10,
                millis: 10,
            },
        ),
        row(
            F::Ilbc,
            "ilbc",
            &[],
            Frames {
                octets: 50,
                millis: 30,
            },
        ),
        row(F::OggVorbis, "ogg", &[], Magic(b"OggS")),
        row(F::Siren14, "siren14", &[], Rate(6000)),
        row(F::Siren7, "siren7", &[], Rate(4000)),
        row(F::Sln, "sln", &["slin", "raw"], Rate(16_000)),
        row(F::Sln12, "sln12", &[], Rate(24_000)),
        row(F::Sln16, "sln16", &[], Rate(32_000)),
        row(F::Sln24, "sln24", &[], Rate(48_000)),
        row(F::Sln32, "sln32", &[], Rate(64_000)),
        row(F::Sln44, "sln44", &[], Rate(88_200)),
        row(F::Sln48, "sln48", &[], Rate(96_000)),
        row(F::Sln96, "sln96", &[], Rate(192_000)),
        row(F::Sln192, "sln192", &[], Rate(384_000)),
        row(F::Spx, "spx", &[], Magic(b"OggS")),
        row(F::Spx16, "spx16", &[], Magic(b"OggS")),
        row(F::Spx32, "spx32", &[], Magic(b"OggS")),
        row(F::Ulaw, "ulaw", &["pcm", "ul", "mu", "ulw"], Rate(8000)),
        row(F::Vox, "vox", &[], Rate(4000)),
    ]
};

/// Formats that Asterisk can have beside those of the table, and that are not migrated: video, and
/// what add-on modules bring.
const OTHERS: [&str; 4] = ["h263", "h264", "mp3", "opus"];

/// The format that a name in `format=` stands for, by the name it is best known by; those that are
/// not migrated too.
pub(super) fn format_of(name: &str) -> Option<&str> {
    let known = AudioFormat::from_option(name).map(AudioFormat::extension);
    known.or_else(|| OTHERS.contains(&name).then_some(name))
}

/// Whether Asterisk can have a format whose recordings have this extension.
pub(crate) fn is_format(extension: &str) -> bool {
    AudioFormat::from_extension(extension).is_some() || OTHERS.contains(&extension)
}

/// Why a file with this extension beside a message or a greeting is not read, in words.
pub(crate) fn not_read(extension: &str) -> String {
    let what = if OTHERS.contains(&extension) {
        "a format that is not migrated"
    } else {
        "no recording format"
    };
    format!("{extension:?} is {what}")
}

impl AudioFormat {
    /// The format that a name in voicemail.conf's `format=` stands for. Case matters, as in
    /// Asterisk; `wav49` and `WAV` are the same.
    #[must_use]
    pub fn from_option(name: &str) -> Option<Self> {
        match name {
            "wav49" => Some(Self::Wav49),
            other => Self::from_extension(other),
        }
    }

    /// The format a file with this extension (without the dot) should hold. Case matters.
    /// `.wav49` is nothing: Asterisk never looks for it.
    #[must_use]
    pub fn from_extension(extension: &str) -> Option<Self> {
        TABLE
            .iter()
            .find(|row| row.extension == extension || row.aliases.contains(&extension))
            .map(|row| row.format)
    }

    /// Every format there is.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.format)
    }

    /// Every extension under which Asterisk looks for a recording, without the dot.
    pub fn extensions() -> impl Iterator<Item = &'static str> {
        let names =
            |row: &'static Row| std::iter::once(row.extension).chain(row.aliases.iter().copied());
        TABLE.iter().flat_map(names)
    }

    /// The file name extension without the dot, in the spelling Asterisk writes.
    #[must_use]
    pub fn extension(self) -> &'static str {
        self.row().extension
    }

    /// The `Content-Type` Asterisk gives an attachment of this format (`make_email_file`).
    #[must_use]
    pub fn mime_type(self) -> String {
        match self {
            Self::OggVorbis => "application/ogg".to_owned(),
            other => format!("audio/x-{}", other.extension()),
        }
    }

    /// Octets that a second of speech takes on disk, rounded up, headers left out; `None` where
    /// that depends on what is said.
    #[must_use]
    pub fn octets_per_second(self) -> Option<u32> {
        match self.coding() {
            Coding::RiffPcm(samples) => Some(samples * 2),
            Coding::RiffGsm => Some(65 * 8000 / 320),
            Coding::GsmFrames => Some(33 * 8000 / 160),
            Coding::Rate(octets) => Some(octets),
            Coding::Frames { octets, millis } => Some((octets * 1000).div_ceil(millis)),
            Coding::Magic(_) | Coding::Opaque => None,
        }
    }

    fn coding(self) -> Coding {
        self.row().coding
    }

    fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }
}

impl fmt::Display for AudioFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.extension())
    }
}

impl From<AudioFormat> for &'static str {
    fn from(format: AudioFormat) -> Self {
        format.extension()
    }
}

impl TryFrom<String> for AudioFormat {
    type Error = String;

    fn try_from(extension: String) -> Result<Self, String> {
        Self::from_extension(&extension)
            .ok_or_else(|| format!("{extension:?} is not a recording format"))
    }
}

#[cfg(test)]
mod tests;
