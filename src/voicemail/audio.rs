//! Recording formats: what a file's extension promises and what its bytes hold.

use serde::Serialize;

/// A recording format Asterisk can play from a voicemail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum AudioFormat {
    /// GSM 6.10 in a RIFF file, `.WAV`.
    Wav49,
    /// 16-bit linear PCM in a RIFF file, `.wav`.
    Wav,
    /// Raw GSM 6.10 frames, `.gsm`.
    Gsm,
}
