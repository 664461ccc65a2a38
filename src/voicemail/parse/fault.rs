//! What keeps a stored message from being read as a voicemail. Words only.

use std::fmt;

use super::MAX_HEADER_BLOCK;
use crate::voicemail::header::VmHeader;

/// Why a message cannot be played, or cannot be told to be the one that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadFault {
    /// The header block is longer than [`MAX_HEADER_BLOCK`].
    HeaderTooLong,
    /// A header without which Asterisk does not find or does not play the message.
    MissingHeader(VmHeader),
    /// `Orig-time` does not begin with a number; its octets as text.
    BadOrigTime(String),
    /// Not a multipart with a boundary.
    NotMultipart,
    /// Fewer than two parts.
    NoSecondPart,
    /// Part 2's Content-Type has no parameter; Asterisk crashes on it.
    NoParameter,
    /// Part 2's first parameter has no dot, or what follows the dot is no known format.
    UnknownFormat(String),
    /// Part 2 is not base64.
    NotBase64,
}

impl fmt::Display for ReadFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HeaderTooLong => {
                write!(f, "header block is longer than {MAX_HEADER_BLOCK} octets")
            }
            Self::MissingHeader(header) => write!(f, "header {} is missing", header.name()),
            Self::BadOrigTime(value) => {
                write!(
                    f,
                    "header {} is no number: {value:?}",
                    VmHeader::OrigTime.name()
                )
            }
            Self::NotMultipart => f.write_str("message is not a multipart with a boundary"),
            Self::NoSecondPart => f.write_str("message has no second part"),
            Self::NoParameter => f.write_str("second part has no content-type parameter"),
            Self::UnknownFormat(name) => write!(f, "second part's name gives no format: {name:?}"),
            Self::NotBase64 => f.write_str("second part is not base64"),
        }
    }
}

impl std::error::Error for ReadFault {}
