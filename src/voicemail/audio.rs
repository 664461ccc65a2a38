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

impl AudioFormat {
    /// The file name extension, case as Asterisk writes it.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Wav49 => "WAV",
            Self::Wav => "wav",
            Self::Gsm => "gsm",
        }
    }

    /// The MIME type Asterisk gives the attachment.
    #[must_use]
    pub const fn mime_type(self) -> &'static str {
        match self {
            Self::Wav49 => "audio/x-WAV",
            Self::Wav => "audio/x-wav",
            Self::Gsm => "audio/x-gsm",
        }
    }

    /// The format with exactly this extension (case matters).
    #[must_use]
    pub fn from_extension(extension: &str) -> Option<Self> {
        [Self::Wav49, Self::Wav, Self::Gsm]
            .into_iter()
            .find(|format| format.extension() == extension)
    }
}
