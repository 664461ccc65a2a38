//! A recording coming back out of its base64, hashed as it comes.
//!
//! Separate because it is the only part whose work grows with the recording. It keeps no more
//! than one block. As c-client does, it passes over characters outside the alphabet and ends at
//! the first pad. Source: RFC 2045 §6.8; c-client, `rfc822_base64`.

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
    tap: Option<Tap>,
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
        let (digest, octets, _) = self.finish_with_head()?;
        Some((digest, octets))
    }

    /// As [`finish`](Self::finish), with the first octets of the recording.
    pub(super) fn finish_with_head(mut self) -> Option<(AudioDigest, u64, Vec<u8>)> {
        self.decode_whole();
        let padded = self.characters.contains(&b'=');
        if !self.ended && (padded || !self.decode(self.characters.len())) {
            self.clean_and_decode();
            self.decode(self.characters.len());
        }
        let digest = || AudioDigest(self.hash.finalize().into());
        (!self.broken).then(|| (digest(), self.octets, self.head))
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
        self.characters
            .retain(|c| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'/'));
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
