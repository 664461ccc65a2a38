//! Looks whether a recording is whole and what its extension says, and how long it lasts.
//!
//! Separate from the table because it touches bytes. At most a few hundred octets are read,
//! whatever the recording's size. Source: `formats/format_wav.c`, `format_wav_gsm.c` and
//! `format_gsm.c` for what Asterisk itself accepts.

use std::fmt;
use std::io::{Read, Seek};

use serde::Serialize;

use super::fill::{self, Fill};
use super::riff::{self, Head, NoWave, Wave};
use super::{AudioFormat, Coding};

/// Octets of one GSM 6.10 frame.
const GSM_FRAME_LEN: usize = 33;
/// The same, and its length in milliseconds.
const GSM_FRAME: (u64, u64) = (GSM_FRAME_LEN as u64, 20);
/// Octets of one block of GSM in RIFF (two frames, 320 samples), and its milliseconds.
const WAV49_BLOCK: (u64, u64) = (65, 40);

/// What a usable recording is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct AudioFacts {
    /// How long it lasts, in milliseconds; `None` for formats whose length needs a decoder.
    pub millis: Option<u64>,
    /// Set where the recording was cut short, or its header promises something else than there is.
    pub shortfall: Option<Shortfall>,
    /// The header is legal, but not one that Asterisk's own reader understands.
    pub odd_header: bool,
    /// The sizes of a `.wav` header, where nothing but these is missing: Asterisk plays nothing of
    /// such a file, and all of it once they are there. `odd_header` is set, too.
    pub fill: Option<Fill>,
}

impl AudioFacts {
    /// Whether all that should be there is there, in a form Asterisk plays.
    #[must_use]
    pub fn whole(&self) -> bool {
        self.shortfall.is_none() && !self.odd_header
    }

    /// Whether Asterisk plays what is there, once the header is filled in.
    #[must_use]
    pub fn playable(&self) -> bool {
        !self.odd_header || self.fill.is_some()
    }
}

/// How much of a recording is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Shortfall {
    /// Octets of audio in the file.
    pub present: u64,
    /// Octets the header promises; `None` where it was never filled in (Asterisk does so when a
    /// recording ends) or the format has no header.
    pub promised: Option<u64>,
}

impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.promised {
            Some(promised) => write!(f, "holds {} of {promised} octets of audio", self.present),
            None => write!(
                f,
                "holds {} octets of audio and was never finished",
                self.present
            ),
        }
    }
}

/// Why a recording cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum AudioFault {
    /// The file has no octets.
    Empty,
    /// There is a header, or part of one, and not one frame of sound.
    NoAudio,
    /// The content is not what the extension says; Asterisk would play nothing, or noise.
    NotWhatItSays {
        /// The content, in a few words.
        found: String,
    },
    /// The operating system's words, or why the file was not opened.
    Unreadable(String),
}

impl fmt::Display for AudioFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty"),
            Self::NoAudio => f.write_str("holds a header and no sound"),
            Self::NotWhatItSays { found } => write!(f, "holds {found}"),
            Self::Unreadable(why) => write!(f, "cannot be read: {why}"),
        }
    }
}

impl std::error::Error for AudioFault {}

impl From<std::io::Error> for AudioFault {
    fn from(error: std::io::Error) -> Self {
        Self::Unreadable(error.to_string())
    }
}

impl AudioFormat {
    /// What a recording of `len` octets holds, whatever its name: one of the formats that
    /// voicemail is mostly kept in, which are known by their own signs; `None` for anything else.
    ///
    /// Reads as [`inspect`](Self::inspect) does. Bare GSM frames have but four bits each to be known by, so
    /// that of them as many are asked for as no chance brings about.
    pub fn of_content<R: Read + Seek>(reader: &mut R, len: u64) -> Option<Self> {
        let mut head = Head::read(reader, len).ok()?;
        let start = head.start();
        if start.len() >= 8 * GSM_FRAME_LEN && gsm_frames(start).all(|one| one) {
            return Some(Self::Gsm);
        }
        let wave = riff::walk(&mut head).ok()?;
        match (wave.tag, wave.channels, wave.rate) {
            (1, 1, 8000) => Some(Self::Wav),
            (1, 1, 16_000) => Some(Self::Wav16),
            (0x31, 1, 8000) => Some(Self::Wav49),
            _ => None,
        }
    }

    /// Looks at a recording of `len` octets that is named as this format.
    ///
    /// Reads from the beginning at most a few hundred octets and seeks past the rest. The reader's
    /// position afterwards is unspecified.
    pub fn inspect<R: Read + Seek>(
        self,
        reader: &mut R,
        len: u64,
    ) -> Result<AudioFacts, AudioFault> {
        if len == 0 {
            return Err(AudioFault::Empty);
        }
        let mut head = Head::read(reader, len)?;
        match self.coding() {
            Coding::RiffPcm(rate) => {
                let wave = wave(&mut head)?;
                let read_at = riff::pcm_data_at(&mut head)?;
                let facts = pcm(wave, rate, len)?;
                let odd = wave.block != 2 || read_at != Some(wave.data_at);
                // Asterisk reads a signed number, and plays that many octets.
                let plays_none = wave.promised == 0 || wave.promised > fill::MOST;
                let unfilled = matches!(wave.promised, 0 | u32::MAX) && !odd;
                Ok(AudioFacts {
                    odd_header: odd || plays_none,
                    fill: Fill::new(wave.data_at, len).filter(|_| unfilled),
                    ..facts
                })
            }
            Coding::RiffGsm => {
                let facts = wav49(wave(&mut head)?, len)?;
                Ok(AudioFacts {
                    odd_header: !riff::is_wav49_layout(head.start()),
                    ..facts
                })
            }
            Coding::GsmFrames => gsm(head.start(), len),
            Coding::Magic(magic) => container(head.start(), magic),
            Coding::Rate(per_second) => headerless(head.start()).map(|()| {
                let millis = len.saturating_mul(1000) / u64::from(per_second);
                sound(Some(millis), None)
            }),
            Coding::Frames { octets, millis } => headerless(head.start())
                .and_then(|()| frames(len, (u64::from(octets), u64::from(millis)), None)),
            Coding::Opaque => headerless(head.start()).map(|()| sound(None, None)),
        }
    }
}

fn sound(millis: Option<u64>, shortfall: Option<Shortfall>) -> AudioFacts {
    AudioFacts {
        millis,
        shortfall,
        odd_header: false,
        fill: None,
    }
}

fn not_what_it_says(found: impl Into<String>) -> AudioFault {
    AudioFault::NotWhatItSays {
        found: found.into(),
    }
}

fn wave<R: Read + Seek>(head: &mut Head<'_, R>) -> Result<Wave, AudioFault> {
    riff::walk(head).map_err(|no_wave| match no_wave {
        NoWave::NotRiff => not_what_it_says(describe(head.start())),
        NoWave::HeaderOnly => AudioFault::NoAudio,
        NoWave::Io(error) => error.into(),
    })
}

/// How much of the promised audio there is, and whether that is too little.
fn present(wave: Wave, len: u64) -> (u64, Option<Shortfall>) {
    let there = len.saturating_sub(wave.data_at);
    match wave.promised {
        // Never filled in: the recorder died, or wrote to a pipe.
        0 | u32::MAX => (
            there,
            Some(Shortfall {
                present: there,
                promised: None,
            }),
        ),
        promised if u64::from(promised) > there => (
            there,
            Some(Shortfall {
                present: there,
                promised: Some(promised.into()),
            }),
        ),
        promised => (promised.into(), None),
    }
}

fn pcm(wave: Wave, rate: u32, len: u64) -> Result<AudioFacts, AudioFault> {
    if (wave.tag, wave.channels, wave.rate, wave.bits) != (1, 1, rate, 16) {
        return Err(not_what_it_says(describe_wave(wave)));
    }
    let (there, shortfall) = present(wave, len);
    if there < 2 {
        return Err(AudioFault::NoAudio);
    }
    let millis = there.saturating_mul(1000) / (u64::from(rate) * 2);
    Ok(sound(Some(millis), shortfall))
}

fn wav49(wave: Wave, len: u64) -> Result<AudioFacts, AudioFault> {
    if (wave.tag, wave.channels, wave.rate) != (0x31, 1, 8000) {
        return Err(not_what_it_says(describe_wave(wave)));
    }
    let (there, shortfall) = present(wave, len);
    let facts = frames(there, WAV49_BLOCK, shortfall)?;
    Ok(AudioFacts {
        // A last block of 32 or 33 octets is half a block: legal, and not worth a remark.
        shortfall,
        ..facts
    })
}

fn gsm(start: &[u8], len: u64) -> Result<AudioFacts, AudioFault> {
    let foreign = gsm_frames(start).filter(|one| !one).count();
    // A few damaged frames crackle; what follows them is still speech.
    if foreign * 2 > gsm_frames(start).len() {
        return Err(not_what_it_says(describe(start)));
    }
    frames(len, GSM_FRAME, None)
}

/// Of each frame, whether it begins as one of GSM 6.10 does.
fn gsm_frames(start: &[u8]) -> impl ExactSizeIterator<Item = bool> {
    let frames = start.chunks(GSM_FRAME_LEN);
    frames.map(|frame| frame[0] >> 4 == 0xD)
}

fn frames(
    octets: u64,
    (size, millis): (u64, u64),
    shortfall: Option<Shortfall>,
) -> Result<AudioFacts, AudioFault> {
    let whole = octets / size;
    if whole == 0 {
        return Err(AudioFault::NoAudio);
    }
    let torn = (!octets.is_multiple_of(size)).then_some(Shortfall {
        present: octets,
        promised: None,
    });
    Ok(sound(
        Some(whole.saturating_mul(millis)),
        shortfall.or(torn),
    ))
}

fn container(start: &[u8], magic: &[u8]) -> Result<AudioFacts, AudioFault> {
    if start.starts_with(magic) {
        return Ok(sound(None, None));
    }
    Err(if magic.starts_with(start) {
        AudioFault::NoAudio
    } else {
        not_what_it_says(describe(start))
    })
}

/// Nothing in a headerless format can be checked, but another format's header is not sound.
fn headerless(start: &[u8]) -> Result<(), AudioFault> {
    let foreign = [&b"RIFF"[..], b"OggS", b".snd", b"ID3", b"fLaC"];
    if foreign.iter().any(|magic| start.starts_with(magic)) {
        return Err(not_what_it_says(describe(start)));
    }
    Ok(())
}

fn describe(start: &[u8]) -> &'static str {
    match start {
        [b'R', b'I', b'F', b'F', ..] => "a RIFF file",
        [b'O', b'g', b'g', b'S', ..] => "an Ogg file",
        [b'.', b's', b'n', b'd', ..] => "a Sun audio file",
        [b'I', b'D', b'3', ..] => "an MP3 file",
        [b'f', b'L', b'a', b'C', ..] => "a FLAC file",
        all if all.iter().all(|octet| *octet == 0) => "nothing but zeros",
        [first, ..] if first >> 4 == 0xD => "what may be bare GSM frames",
        _ => "something else",
    }
}

fn describe_wave(wave: Wave) -> String {
    let Wave {
        tag,
        channels,
        rate,
        bits,
        ..
    } = wave;
    match tag {
        1 => format!("PCM with {bits} bits, {channels} channel(s), {rate} Hz"),
        0x31 => format!("GSM with {channels} channel(s), {rate} Hz (a .WAV file)"),
        0x06 => "A-law in a RIFF file".to_owned(),
        0x07 => "mu-law in a RIFF file".to_owned(),
        other => format!("codec {other:#x} in a RIFF file"),
    }
}
