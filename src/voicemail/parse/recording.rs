//! A recording coming back out of its base64, hashed as it comes.
//!
//! Separate because it is the only part whose work grows with the recording. It keeps no more
//! than one block. It passes over characters outside the alphabet, as RFC 2045 has it, and ends at the
//! first pad. c-client passes over white space only: where it meets anything else it decodes nothing,
//! and [`Recording::junk`] says so. Source: RFC 2045 §6.8; c-client, `rfc822_base64`, tried out.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sha2::{Digest, Sha256};

use crate::voicemail::source_key::AudioDigest;

/// Characters decoded at a time.
const BLOCK: usize = 32 * 1024;
/// Octets of the decoded recording's beginning that are kept: every header and some frames.
const HEAD: usize = 4096;
/// The longest piece [`Recording::push`] takes at once; longer ones are cut up.
const PIECE: usize = 4096;

/// A pad is an error to this engine, so that a clean block needs no search for one.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// Takes the decoded octets of a recording as they come, in order.
pub type Tap = Box<dyn FnMut(&[u8])>;

/// The decoder's state.
pub(super) struct Recording {
    characters: Vec<u8>,
    decoded: Vec<u8>,
    hash: Sha256,
    head: Vec<u8>,
    octets: u64,
    ended: bool,
    broken: bool,
    /// Whether something was passed over that c-client does not pass over.
    junk: bool,
    tap: Option<Tap>,
}

/// What a recording was found to be when it has come to its end.
pub(super) struct Ended {
    /// SHA-256 of the decoded octets.
    pub(super) digest: AudioDigest,
    /// Octets.
    pub(super) octets: u64,
    /// The first of them.
    pub(super) head: Vec<u8>,
    /// Whether c-client, and so Asterisk, decodes nothing of it.
    pub(super) junk: bool,
}

impl Recording {
    pub(super) fn new() -> Self {
        Self {
            characters: Vec::new(),
            decoded: Vec::new(),
            hash: Sha256::new(),
            head: Vec::new(),
            octets: 0,
            ended: false,
            broken: false,
            junk: false,
            tap: None,
        }
    }

    /// One whose octets go to a tap as well.
    pub(super) fn tapped(tap: Tap) -> Self {
        Self {
            tap: Some(tap),
            ..Self::new()
        }
    }

    /// Takes the next characters, without their line end.
    pub(super) fn push(&mut self, characters: &[u8]) {
        if self.characters.capacity() == 0 {
            self.characters.reserve_exact(BLOCK + PIECE);
            self.decoded.resize(BLOCK + PIECE, 0);
        }
        for piece in characters.chunks(PIECE) {
            if self.ended {
                return;
            }
            let padded = piece.last() == Some(&b'=');
            // What stands before a padded line is clean as a rule: decode it by itself.
            if padded || self.characters.len() + piece.len() > BLOCK {
                self.decode_whole();
            }
            self.characters.extend_from_slice(piece);
            if padded {
                self.decode_whole();
            }
        }
    }

    /// The digest and number of octets, `None` where it was not base64 at all.
    pub(super) fn finish(self) -> Option<(AudioDigest, u64)> {
        let ended = self.end()?;
        Some((ended.digest, ended.octets))
    }

    /// As [`finish`](Self::finish), with all that is known of the recording.
    pub(super) fn end(mut self) -> Option<Ended> {
        self.decode_whole();
        let padded = self.characters.contains(&b'=');
        if !self.ended && (padded || !self.decode(self.characters.len())) {
            self.clean_and_decode();
            self.decode(self.characters.len());
        }
        if self.broken {
            return None;
        }
        Some(Ended {
            digest: AudioDigest(self.hash.finalize().into()),
            octets: self.octets,
            head: self.head,
            junk: self.junk,
        })
    }

    /// Decodes what makes whole groups of four; at most three characters stay.
    fn decode_whole(&mut self) {
        if !self.ended && !self.decode(self.characters.len() / 4 * 4) {
            self.clean_and_decode();
        }
    }

    fn clean_and_decode(&mut self) {
        self.clean();
        self.decode(self.characters.len() / 4 * 4);
        if self.ended {
            let rest = self.characters.len();
            // A pad after none or one character of a group is an error to c-client too.
            self.broken |= rest < 2;
            self.decode(rest);
        }
    }

    /// Drops what is not base64, and everything from the first pad on.
    fn clean(&mut self) {
        if let Some(pad) = self.characters.iter().position(|c| *c == b'=') {
            self.characters.truncate(pad);
            self.ended = true;
        }
        let junk = &mut self.junk;
        self.characters.retain(|c| {
            let data = c.is_ascii_alphanumeric() || matches!(c, b'+' | b'/');
            *junk |= !data && !matches!(c, b'\0' | b'\t' | b'\n' | b'\x0c' | b'\r' | b' ');
            data
        });
    }

    /// Decodes and removes the first `count` characters; `false` (and nothing done) where they
    /// are not all base64, or one is left over, which holds no octet.
    fn decode(&mut self, count: usize) -> bool {
        let Ok(octets) = ENGINE.decode_slice(&self.characters[..count], &mut self.decoded) else {
            return false;
        };
        self.hash.update(&self.decoded[..octets]);
        if let Some(tap) = &mut self.tap {
            tap(&self.decoded[..octets]);
        }
        let room = HEAD - self.head.len();
        let kept = octets.min(room);
        self.head.extend_from_slice(&self.decoded[..kept]);
        self.octets += octets as u64;
        self.characters.drain(..count);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(text: &[u8], piece: usize) -> Option<(AudioDigest, u64)> {
        let mut recording = Recording::new();
        text.chunks(piece).for_each(|piece| recording.push(piece));
        recording.finish()
    }

    fn digest(octets: &[u8]) -> AudioDigest {
        AudioDigest(Sha256::digest(octets).into())
    }

    #[test]
    fn junk_is_passed_over_and_a_pad_ends_it() {
        for (text, octets) in [
            (&b"QWRh"[..], &b"Ada"[..]),
            (b"Q W!R\xffh-", b"Ada"),
            (b"QWQ=QWRh", b"Ad"),
            (b"QQ==", b"A"),
            (b"QWRhQQ", b"AdaA"),
            (b"QWRhQWR", b"AdaAd"),
            (b"QWRhQ", b"Ada"),
            (b"QWRhQQ=", b"AdaA"),
            (b"QWRhQW!", b"AdaA"),
            (b"", b""),
        ] {
            for piece in [1, 3, 100] {
                assert_eq!(
                    decode(text, piece),
                    Some((digest(octets), octets.len() as u64)),
                    "{text:?} in pieces of {piece}"
                );
            }
        }
    }

    #[test]
    fn what_c_client_does_not_pass_over_is_told() {
        let junk = |text: &[u8], piece: usize| {
            let mut recording = Recording::new();
            text.chunks(piece).for_each(|piece| recording.push(piece));
            recording.end().unwrap().junk
        };
        for piece in [1, 3, 100] {
            for text in [&b"QWRh"[..], b"Q W\tR\0h", b"\r\n\x0cQQ==", b"QWQ=-!"] {
                assert!(!junk(text, piece), "{text:?} in pieces of {piece}");
            }
            for text in [
                &b"QW!RhQQ=="[..],
                b"QWRh--",
                b"QWRhQWR\xff",
                b"\x0bQQ==",
                b"QWRhQ_",
            ] {
                assert!(junk(text, piece), "{text:?} in pieces of {piece}");
            }
        }
        let mut long = b"QWRh".repeat(40_000);
        assert!(!junk(&long, 72));
        long[100_001] = b'.';
        assert!(junk(&long, 72));
    }

    #[test]
    fn a_pad_where_no_octet_is_complete_is_broken() {
        assert_eq!(decode(b"Q===", 100), None);
        assert_eq!(decode(b"QWRh=", 100), None);
    }

    #[test]
    fn junk_in_a_long_recording_changes_nothing() {
        let clean = b"QWRh".repeat(40_000);
        let mut dirty = clean.clone();
        dirty.splice(70_001..70_001, *b" \x00~");
        assert_eq!(decode(&dirty, 4097), decode(&clean, 72));
        assert_eq!(decode(&clean, 72).unwrap().1, 120_000);
    }
}
