//! The parts of a message as the server sees them: BODYSTRUCTURE as a bounded tree.
//!
//! Source: RFC 3501 §7.4.2, `body` in §9. Anyone can send a message whose structure is absurd, so
//! depth and number of parts end somewhere, and what is given up says so: a structure is never
//! quietly absent or smaller than it was sent. Does not judge parts and decodes nothing.
//! Invariant: no octets make it panic or recurse deeper than [`DEEPEST`].

mod parse;

use super::error::excerpt;

/// Parts within parts that are followed; the message itself is the first.
pub const DEEPEST: usize = 20;

/// Parts of one message, multiparts counted, that are kept.
pub const MOST_PARTS: usize = 200;

/// Name and value pairs of one part that are kept.
pub const MOST_PARAMETERS: usize = 200;

/// What a server said about a message's parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Structure {
    /// The message's parts, from its outermost.
    Parts(Box<Part>),
    /// More than [`DEEPEST`] levels, [`MOST_PARTS`] parts or [`MOST_PARAMETERS`] parameters.
    TooComplex,
    /// It could not be understood; its beginning, printable but untrusted.
    Unreadable(String),
}

/// One part of a message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Part {
    /// The media type as the server spells it (`AUDIO`, `text`); empty for NIL.
    pub media_type: String,
    /// The subtype as the server spells it; empty for NIL.
    pub subtype: String,
    /// The parameters of its Content-Type, in the order the server sent them; octets as they are.
    pub parameters: Vec<(Vec<u8>, Vec<u8>)>,
    /// Content-Description; `None` for NIL and for a multipart.
    pub description: Option<Vec<u8>>,
    /// Content-Transfer-Encoding as the server spells it; empty for NIL and for a multipart.
    pub encoding: String,
    /// Octets of its body as it is encoded; `None` for a multipart, which has no size of its own.
    pub size: Option<u64>,
    /// Content-Disposition, where there is one and the server tells it.
    pub disposition: Option<Disposition>,
    /// The parts of a multipart; the one message within a `message/rfc822`.
    pub children: Vec<Part>,
}

/// A part's Content-Disposition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disposition {
    /// `attachment`, `inline`, ..., as the server spells it.
    pub kind: String,
    /// Its parameters, in the order the server sent them.
    pub parameters: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Part {
    /// Whether this is `media_type/subtype`, in any case.
    #[must_use]
    pub fn is(&self, media_type: &str, subtype: &str) -> bool {
        self.media_type.eq_ignore_ascii_case(media_type)
            && self.subtype.eq_ignore_ascii_case(subtype)
    }

    /// Whether this is a multipart of any kind.
    #[must_use]
    pub fn is_multipart(&self) -> bool {
        self.media_type.eq_ignore_ascii_case("multipart")
    }

    /// The value of the first parameter of this name, in any case.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&[u8]> {
        first(&self.parameters, name)
    }
}

impl Disposition {
    /// The value of the first parameter of this name, in any case.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&[u8]> {
        first(&self.parameters, name)
    }
}

fn first<'p>(parameters: &'p [(Vec<u8>, Vec<u8>)], name: &str) -> Option<&'p [u8]> {
    let mut found = parameters.iter();
    found
        .find(|(n, _)| n.eq_ignore_ascii_case(name.as_bytes()))
        .map(|(_, value)| value.as_slice())
}

impl Structure {
    /// Reads the value of a BODYSTRUCTURE attribute.
    pub(super) fn read(octets: &[u8]) -> Self {
        match parse::parts(octets) {
            Ok(part) => Self::Parts(Box::new(part)),
            Err(parse::Fault::TooComplex) => Self::TooComplex,
            Err(parse::Fault::Broken) => Self::unreadable(octets),
        }
    }

    pub(super) fn unreadable(octets: &[u8]) -> Self {
        Self::Unreadable(excerpt(octets.trim_ascii_start()))
    }
}

#[cfg(test)]
mod tests;
