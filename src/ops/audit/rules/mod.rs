//! The rules about one stored message: pure functions, one a rule.
//!
//! A rule sees the message as the listing tells it ([`Stored`]) and says what is wrong, in words
//! that may quote strangers. No rule asks the server, and none looks at other messages.
//!
//! Source: asterisk-format 2.2 to 2.4; `app_voicemail.c`, `imap_retrieve_file`.

mod fields;
mod headers;
mod place;
pub mod sound;
mod structure;
#[cfg(test)]
mod tests;
mod values;

use crate::mailstore::types::{Flags, Part, Structure};
use crate::voicemail::header::VmHeader;
use crate::voicemail::parse::{AsteriskHeaders, asterisk_view};
use crate::voicemail::vmbox::VoicemailBox;

use super::catalogue::Rule;
use fields::{Field, Fields};

/// Whose a message is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// A mailbox of this account.
    Here,
    /// A mailbox of voicemail.conf in another account.
    Elsewhere(VoicemailBox),
    /// No mailbox of voicemail.conf: the number and context that its headers name.
    Nobody(VoicemailBox),
    /// Its headers do not say.
    Unnamed,
}

/// One stored message, as Asterisk and a listing see it.
#[derive(Debug)]
pub struct Stored<'a> {
    /// What Asterisk takes for each value.
    pub view: AsteriskHeaders,
    /// The header's lines.
    fields: Fields<'a>,
    /// The headers that Asterisk reads back, each with its field as it was meant.
    meant: Vec<(VmHeader, Field<'a>)>,
    /// Whether the header was too long to be kept.
    pub header_cut: bool,
    /// Its flags.
    pub flags: Flags,
    /// INTERNALDATE, Unix seconds UTC, where it could be read.
    pub internal_date: Option<i64>,
    /// Its parts.
    pub structure: Option<&'a Structure>,
    /// Whose it is.
    pub owner: Owner,
    /// Whether a phone of its owner, or of anybody if it is nobody's, opens the folder.
    pub opened: bool,
    /// Now, Unix seconds UTC.
    pub now: i64,
}

/// What a rule has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The rule.
    pub rule: &'static Rule,
    /// What was found; may quote strangers.
    pub found: String,
    /// What was expected, where that is more exact than the catalogue.
    pub expected: Option<String>,
}

impl Fault {
    fn new(rule: &'static Rule, found: impl Into<String>) -> Self {
        Self {
            rule,
            found: found.into(),
            expected: None,
        }
    }

    fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }
}

/// A rule about one message.
type Check = fn(&Stored<'_>) -> Option<Fault>;

/// Every rule that needs no recording.
const CHECKS: &[&[Check]] = &[
    structure::CHECKS,
    headers::CHECKS,
    values::CHECKS,
    place::CHECKS,
];

impl<'a> Stored<'a> {
    /// A message with this header block; the rest has to be filled in.
    #[must_use]
    pub fn new(header: &'a [u8], owner: Owner) -> Self {
        let fields = Fields::read(header);
        Self {
            view: asterisk_view(header),
            meant: fields.read_back(),
            fields,
            header_cut: false,
            flags: Flags::default(),
            internal_date: None,
            structure: None,
            owner,
            opened: true,
            now: 0,
        }
    }

    /// Everything that is wrong with it, as far as headers, flags, dates and structure tell.
    pub fn faults(&self) -> impl Iterator<Item = Fault> + '_ {
        let checks = CHECKS.iter().flat_map(|checks| checks.iter());
        checks.filter_map(|check| check(self))
    }

    /// What Asterisk takes for a value, as text.
    fn read(&self, header: VmHeader) -> Option<String> {
        self.view.text(header).map(std::borrow::Cow::into_owned)
    }

    /// Its parts, where the server's account of them could be understood.
    fn parts(&self) -> Option<&Part> {
        match self.structure {
            Some(Structure::Parts(part)) => Some(part),
            _ => None,
        }
    }
}

/// Text for a finding, quoted and not too long.
pub(super) fn quoted(text: &str) -> String {
    const MOST: usize = 60;
    let short: String = text.chars().take(MOST).collect();
    let dots = if short.len() < text.len() { "..." } else { "" };
    format!("{short:?}{dots}")
}

/// As [`quoted`], of octets.
pub(super) fn quoted_octets(octets: &[u8]) -> String {
    quoted(&String::from_utf8_lossy(octets))
}
