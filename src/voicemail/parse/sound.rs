//! The recording of a message by itself, whatever the message's headers are like.
//!
//! [`MessageReader::finish`](super::MessageReader::finish) stops at the first fault of the message;
//! an audit wants to know about the recording all the same.

use std::io::Cursor;

use super::MessageReader;
use super::recording::Recording;
use crate::voicemail::audio::{AudioFacts, AudioFault, AudioFormat};
use crate::voicemail::source_key::AudioDigest;

/// What was found in the place where Asterisk looks for the recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sound {
    /// SHA-256 and octets of what was decoded; `None` where it was no base64.
    pub decoded: Option<(AudioDigest, u64)>,
    /// Whether it holds characters that are no base64, which are passed over here. Asterisk's reader
    /// then decodes nothing.
    pub junk: bool,
    /// The value of part 2's first Content-Type parameter.
    pub name: Option<Vec<u8>>,
    /// Whether the closing boundary was seen.
    pub closed: bool,
    pub(super) head: Vec<u8>,
}

impl Sound {
    /// What is told of a part that has come to its end.
    pub(super) fn of(recording: Recording, name: Option<Vec<u8>>, closed: bool) -> Self {
        let (decoded, head, junk) = match recording.end() {
            Some(ended) => (Some((ended.digest, ended.octets)), ended.head, ended.junk),
            None => (None, Vec::new(), false),
        };
        Self {
            decoded,
            junk,
            name,
            closed,
            head,
        }
    }

    /// What the recording is, if it is `format`. Only its first few KiB are known here: a header
    /// that goes on behind them is one that Asterisk's own reader does not understand either.
    ///
    /// # Errors
    /// As [`AudioFormat::inspect`].
    pub fn inspect(&self, format: AudioFormat) -> Result<AudioFacts, AudioFault> {
        let octets = self.decoded.map_or(0, |(_, octets)| octets);
        format.inspect(&mut Cursor::new(&self.head), octets)
    }
}

impl MessageReader {
    /// The recording, once all of the message has been pushed; `None` where there is no second part.
    #[must_use]
    pub fn into_sound(mut self) -> Option<Sound> {
        self.end();
        (self.parts >= 2).then(|| Sound::of(self.recording, self.name, self.closed))
    }
}
