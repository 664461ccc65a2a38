//! The two sizes of a `.wav` header that Asterisk's recorder fills in when it ends.
//!
//! A recorder that died left zeros there, and a pipe all ones. Asterisk plays as many octets as the
//! header promises: of such a file none (`format_wav.c`, `check_header`, `wav_read`). Pure: what is
//! read is changed on its way, never the file. Invariant: not an octet more or less, and none of the
//! audio is touched.

use serde::Serialize;

/// The most octets of audio that a header can promise Asterisk, which reads a signed number.
pub(super) const MOST: u32 = i32::MAX.unsigned_abs();
/// Where the size of the whole stands.
const RIFF_SIZE_AT: u64 = 4;
/// Octets before those that the size of the whole counts.
const UNCOUNTED: u64 = 8;

/// The sizes, and where they belong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Fill {
    riff: u32,
    data_at: u64,
    data: u32,
}

impl Fill {
    /// The sizes of a file of `len` octets whose audio begins at `data_at` and goes on to the end;
    /// `None` where they are more than Asterisk reads.
    pub(super) fn new(data_at: u64, len: u64) -> Option<Self> {
        let size = |octets: Option<u64>| octets.and_then(|octets| u32::try_from(octets).ok());
        Some(Self {
            riff: size(len.checked_sub(UNCOUNTED))?,
            data_at,
            data: size(len.checked_sub(data_at)).filter(|data| *data <= MOST)?,
        })
    }

    /// Puts the sizes into a block of octets that was read from offset `at` of the file.
    pub fn apply(&self, at: u64, block: &mut [u8]) {
        let data_size_at = self.data_at.saturating_sub(4);
        for (field_at, size) in [(RIFF_SIZE_AT, self.riff), (data_size_at, self.data)] {
            for (field_at, octet) in (field_at..).zip(size.to_le_bytes()) {
                let inside = field_at
                    .checked_sub(at)
                    .and_then(|i| usize::try_from(i).ok());
                if let Some(place) = inside.and_then(|i| block.get_mut(i)) {
                    *place = octet;
                }
            }
        }
    }
}
