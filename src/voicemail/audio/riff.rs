//! A walk over the chunks of a RIFF/WAVE file, tolerant of order, padding and lying sizes.
//!
//! Own code because the crates that read WAV refuse GSM inside it, and because a damaged size
//! must be reported, not believed. Reads the head of the file once and afterwards eight octets a
//! chunk; never the audio. Invariant: what is reported as present lies inside the file.

use std::io::{self, Read, Seek, SeekFrom};

/// Octets read at once from the head: enough for every header Asterisk and sox write.
pub(super) const HEAD: usize = 512;
/// More chunks than this in one recording is an attack or garbage.
const MAX_CHUNKS: usize = 64;
/// The octets of `fmt ` that matter.
const FMT_LEN: usize = 16;

/// The beginning of a file, and access to the rest in small pieces.
pub(super) struct Head<'r, R> {
    reader: &'r mut R,
    start: Vec<u8>,
}

impl<'r, R: Read + Seek> Head<'r, R> {
    /// Reads at most [`HEAD`] octets from the reader's beginning.
    pub(super) fn read(reader: &'r mut R, len: u64) -> io::Result<Self> {
        reader.seek(SeekFrom::Start(0))?;
        let want = len.min(HEAD as u64);
        let mut start = Vec::with_capacity(usize::try_from(want).unwrap_or(HEAD));
        reader.by_ref().take(want).read_to_end(&mut start)?;
        Ok(Self { reader, start })
    }

    /// The octets that were read.
    pub(super) fn start(&self) -> &[u8] {
        &self.start
    }

    /// `N` octets at an offset, or `None` where the file ends before them.
    fn at<const N: usize>(&mut self, offset: u64) -> io::Result<Option<[u8; N]>> {
        let mut piece = [0; N];
        let inside = usize::try_from(offset)
            .ok()
            .and_then(|from| self.start.get(from..from.checked_add(N)?));
        if let Some(octets) = inside {
            piece.copy_from_slice(octets);
            return Ok(Some(piece));
        }
        self.reader.seek(SeekFrom::Start(offset))?;
        match self.reader.read_exact(&mut piece) {
            Ok(()) => Ok(Some(piece)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// What a RIFF/WAVE header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wave {
    /// The codec: 1 PCM, 0x31 GSM 6.10.
    pub(super) tag: u16,
    pub(super) channels: u16,
    /// Samples a second.
    pub(super) rate: u32,
    /// Bits a sample; 0 for GSM.
    pub(super) bits: u16,
    /// Octets a sample of all channels.
    pub(super) block: u16,
    /// Where the audio begins.
    pub(super) data_at: u64,
    /// How much audio the header promises, in octets.
    pub(super) promised: u32,
}

/// Why no [`Wave`] came out.
#[derive(Debug)]
pub(super) enum NoWave {
    /// The file does not begin as RIFF/WAVE does.
    NotRiff,
    /// The file ends, or the chunks do, before `fmt ` and `data` have been seen.
    HeaderOnly,
    /// The operating system said no.
    Io(io::Error),
}

impl From<io::Error> for NoWave {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Finds `fmt ` and `data`, in whatever order and among whatever other chunks.
pub(super) fn walk<R: Read + Seek>(head: &mut Head<'_, R>) -> Result<Wave, NoWave> {
    let Some(riff) = head.at::<12>(0)? else {
        let start = head.start();
        let begins_well = b"RIFF".starts_with(&start[..start.len().min(4)]);
        return Err(if begins_well {
            NoWave::HeaderOnly
        } else {
            NoWave::NotRiff
        });
    };
    if &riff[..4] != b"RIFF" || &riff[8..] != b"WAVE" {
        return Err(NoWave::NotRiff);
    }
    let (mut fmt, mut data) = (None, None);
    let mut offset = 12_u64;
    for _ in 0..MAX_CHUNKS {
        let Some([a, b, c, d, size @ ..]) = head.at::<8>(offset)? else {
            break;
        };
        let (body, size) = (offset + 8, u32::from_le_bytes(size));
        match &[a, b, c, d] {
            b"fmt " if fmt.is_none() => fmt = head.at::<FMT_LEN>(body)?,
            b"data" if data.is_none() => data = Some((body, size)),
            _ => {}
        }
        if let (Some(fmt), Some((data_at, promised))) = (fmt, data) {
            return Ok(wave(fmt, data_at, promised));
        }
        // Chunks are padded to an even length; the padding is not counted in the size.
        offset = body + u64::from(size) + u64::from(size % 2);
    }
    Err(NoWave::HeaderOnly)
}

/// Where Asterisk's reader of `.wav` takes the audio to begin (`format_wav.c`, `check_header`): it
/// does not know that chunks are padded, and reads on from the middle of one.
pub(super) fn pcm_data_at<R: Read + Seek>(head: &mut Head<'_, R>) -> io::Result<Option<u64>> {
    let mut offset = 12_u64;
    for _ in 0..MAX_CHUNKS {
        let Some([name @ .., a, b, c, d]) = head.at::<8>(offset)? else {
            break;
        };
        if &name == b"data" {
            return Ok(Some(offset + 8));
        }
        offset += 8 + u64::from(u32::from_le_bytes([a, b, c, d]));
    }
    Ok(None)
}

/// Whether Asterisk's reader of `.WAV` understands the header (`format_wav_gsm.c`,
/// `check_header`): it wants `fmt `, `fact` and `data` in these places and nothing else.
pub(super) fn is_wav49_layout(start: &[u8]) -> bool {
    [(12, &b"fmt \x14\0\0\0"[..]), (40, b"fact"), (52, b"data")]
        .into_iter()
        .all(|(at, octets)| start.get(at..).is_some_and(|rest| rest.starts_with(octets)))
}

fn wave(fmt: [u8; FMT_LEN], data_at: u64, promised: u32) -> Wave {
    let short = |at: usize| u16::from_le_bytes([fmt[at], fmt[at + 1]]);
    Wave {
        tag: short(0),
        channels: short(2),
        rate: u32::from_le_bytes([fmt[4], fmt[5], fmt[6], fmt[7]]),
        bits: short(14),
        block: short(12),
        data_at,
        promised,
    }
}
