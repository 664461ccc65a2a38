//! A composed message on its way out: head, recording as base64, tail.
//!
//! Separate because this is the only part whose cost grows with the recording. It holds one fixed
//! buffer whatever the recording's size, and it never announces a size it does not keep: a
//! recording that turns out shorter or longer is an error before the tail is written.
//!
//! Source: RFC 2045 §6.8; 72 columns are `ast_base64_encode_file`'s.

use std::io::{self, Read, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::template::TemplateGap;

/// Octets of a recording in one line of base64.
const LINE_IN: usize = 54;
/// Characters in one line of base64, without its CRLF.
const LINE_OUT: usize = 72;
/// Lines encoded at a time.
const LINES: usize = 512;

/// A message that is complete except for its recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composed {
    /// Everything before the recording's base64.
    pub head: Vec<u8>,
    /// Everything after it.
    pub tail: Vec<u8>,
    /// Octets of the recording, before encoding.
    pub audio_octets: u64,
    /// What was left out of `emailsubject`, `emailbody` and `fromstring`.
    pub gaps: Vec<TemplateGap>,
}

/// Octets that a recording of so many takes in a message: base64 and its line ends.
#[must_use]
pub fn recording_octets(audio_octets: u64) -> u64 {
    let characters = audio_octets.div_ceil(3).saturating_mul(4);
    // Of an empty recording there is one empty line, as in Asterisk.
    let lines = characters.div_ceil(LINE_OUT as u64).max(1);
    let line_ends = lines.saturating_mul(2);
    characters.saturating_add(line_ends)
}

impl Composed {
    /// The exact size of the whole message, in octets.
    #[must_use]
    pub fn size(&self) -> u64 {
        (self.head.len() as u64)
            .saturating_add(self.recording_octets())
            .saturating_add(self.tail.len() as u64)
    }

    /// The size of the recording in the message, in octets: base64 and its line ends.
    #[must_use]
    pub fn recording_octets(&self) -> u64 {
        recording_octets(self.audio_octets)
    }

    /// Writes the message, reading the recording from `audio` to its end.
    ///
    /// # Errors
    /// What `audio` or `out` report; [`io::ErrorKind::UnexpectedEof`] where the recording is
    /// shorter than announced and [`io::ErrorKind::InvalidData`] where it is longer. Then `out`
    /// holds part of a message, never its tail.
    pub fn write_to(&self, audio: &mut dyn Read, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(&self.head)?;
        let mut encoder = Encoder::new();
        let mut left = self.audio_octets;
        while left > 0 {
            let want = usize::try_from(left)
                .unwrap_or(usize::MAX)
                .min(encoder.raw.len());
            audio
                .read_exact(&mut encoder.raw[..want])
                .map_err(|error| match error.kind() {
                    io::ErrorKind::UnexpectedEof => io::Error::new(
                        error.kind(),
                        format!("recording is shorter than its {} octets", self.audio_octets),
                    ),
                    _ => error,
                })?;
            out.write_all(encoder.lines(want)?)?;
            left -= want as u64;
        }
        if self.audio_octets == 0 {
            out.write_all(b"\r\n")?;
        }
        if !at_end(audio)? {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("recording is longer than its {} octets", self.audio_octets),
            ));
        }
        out.write_all(&self.tail)
    }
}

fn at_end(audio: &mut dyn Read) -> io::Result<bool> {
    loop {
        match audio.read(&mut [0]) {
            Ok(read) => return Ok(read == 0),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The buffers: a block of the recording, its base64 in one piece, the same in lines.
struct Encoder {
    raw: Vec<u8>,
    encoded: Vec<u8>,
    lines: Vec<u8>,
}

impl Encoder {
    fn new() -> Self {
        Self {
            raw: vec![0; LINE_IN * LINES],
            encoded: vec![0; LINE_OUT * LINES],
            lines: Vec::with_capacity((LINE_OUT + 2) * LINES),
        }
    }

    /// The first `count` octets of the block as lines, each with its CRLF.
    fn lines(&mut self, count: usize) -> io::Result<&[u8]> {
        let characters = STANDARD
            .encode_slice(&self.raw[..count], &mut self.encoded)
            .map_err(io::Error::other)?;
        self.lines.clear();
        for line in self.encoded[..characters].chunks(LINE_OUT) {
            self.lines.extend_from_slice(line);
            self.lines.extend_from_slice(b"\r\n");
        }
        Ok(&self.lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(audio_octets: u64) -> Composed {
        Composed {
            head: b"head\r\n".to_vec(),
            tail: b"tail".to_vec(),
            audio_octets,
            gaps: Vec::new(),
        }
    }

    #[test]
    fn the_size_is_exact_at_every_line_and_block_edge() {
        let block = LINE_IN * LINES;
        for count in [
            0,
            1,
            2,
            3,
            53,
            54,
            55,
            108,
            block - 1,
            block,
            block + 1,
            3 * block + 7,
        ] {
            let composed = message(count as u64);
            let mut out = Vec::new();
            composed
                .write_to(&mut vec![7; count].as_slice(), &mut out)
                .unwrap();
            assert_eq!(out.len() as u64, composed.size(), "{count}");
            assert!(
                out.split(|o| *o == b'\n')
                    .all(|line| line.len() <= LINE_OUT + 1)
            );
        }
        assert!(message(u64::MAX).size() > 0);
    }

    #[test]
    fn a_recording_of_another_length_never_gets_a_tail() {
        for (count, kind) in [
            (99, io::ErrorKind::UnexpectedEof),
            (101, io::ErrorKind::InvalidData),
        ] {
            let mut out = Vec::new();
            let error = message(100)
                .write_to(&mut vec![7; count].as_slice(), &mut out)
                .unwrap_err();
            assert_eq!(error.kind(), kind);
            assert!(!out.ends_with(b"tail"));
        }
    }
}
