//! One message as the listing of a folder shows it, and what a listing asks for.
//!
//! Separate from the listing itself ([`super::session`]): these are plain values. Does not decode
//! header values (RFC 2047) and judges none. Source: RFC 3501 §6.4.5.

use std::fmt::Write as _;

use super::error::StoreError;
use super::structure::Structure;
use super::types::{Flags, Uid};

/// Octets of a header block that are kept; whoever sends more has not put it there for us.
pub const LONGEST_HEADER: usize = 64 * 1024;

/// Which header fields a listing asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AskedHeader {
    /// None.
    #[default]
    Nothing,
    /// These fields; names are RFC 5322 field names.
    Fields(&'static [&'static str]),
    /// All of them.
    Whole,
}

/// What a listing asks for besides UID and flags. The default asks for nothing.
///
/// ```
/// use vmimap::mailstore::envelope::Asked;
/// let asked = Asked { size: true, ..Asked::fields(&["Message-ID"]) };
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Asked {
    /// Header fields.
    pub header: AskedHeader,
    /// RFC822.SIZE.
    pub size: bool,
    /// INTERNALDATE.
    pub internal_date: bool,
    /// BODYSTRUCTURE; a server that has not cached it reads every message for it.
    pub structure: bool,
}

impl Asked {
    /// Asks for these header fields and nothing else.
    #[must_use]
    pub const fn fields(fields: &'static [&'static str]) -> Self {
        Self {
            header: AskedHeader::Fields(fields),
            size: false,
            internal_date: false,
            structure: false,
        }
    }

    /// Asks for all there is but the bodies.
    #[must_use]
    pub const fn everything() -> Self {
        Self {
            header: AskedHeader::Whole,
            size: true,
            internal_date: true,
            structure: true,
        }
    }

    /// Whether anything of the header is asked for.
    pub(super) fn asks_header(&self) -> bool {
        match self.header {
            AskedHeader::Nothing => false,
            AskedHeader::Fields(fields) => !fields.is_empty(),
            AskedHeader::Whole => true,
        }
    }

    /// The items of the FETCH. What can be badly broken comes last, behind what identifies it.
    pub(super) fn items(&self) -> Result<String, StoreError> {
        let mut items = String::from("(UID FLAGS");
        if self.size {
            items.push_str(" RFC822.SIZE");
        }
        if self.internal_date {
            items.push_str(" INTERNALDATE");
        }
        match self.header {
            AskedHeader::Fields(fields) if !fields.is_empty() => {
                if let Some(odd) = fields.iter().find(|name| !is_field_name(name)) {
                    return Err(StoreError::invalid(format!(
                        "header field {odd:?}: is no field name"
                    )));
                }
                // Writing to a String cannot fail.
                let _ = write!(items, " BODY.PEEK[HEADER.FIELDS ({})]", fields.join(" "));
            }
            AskedHeader::Whole => items.push_str(" BODY.PEEK[HEADER]"),
            _ => {}
        }
        if self.structure {
            items.push_str(" BODYSTRUCTURE");
        }
        items.push(')');
        Ok(items)
    }
}

/// Whether a field name can go out without quotes: letters, digits and what else names hold.
fn is_field_name(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    !name.is_empty() && name.bytes().all(plain)
}

/// One message as a listing shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Its UID.
    pub uid: Uid,
    /// Its flags.
    pub flags: Flags,
    /// The header fields that were asked for, as they stand in the message; empty where none were.
    /// [`LONGEST_HEADER`] octets at most.
    pub header: Vec<u8>,
    /// Whether the header was longer and has been cut.
    pub header_cut: bool,
    /// RFC822.SIZE in octets; `None` only where it was not asked for.
    pub size: Option<u64>,
    /// INTERNALDATE, Unix seconds UTC; `None` where it was not asked for or cannot be read.
    pub internal_date: Option<i64>,
    /// Its parts; `None` only where they were not asked for.
    pub structure: Option<Structure>,
}

impl Envelope {
    /// The value of a header field, unfolded and trimmed; `None` where it is missing or empty.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<String> {
        field(&self.header, name)
    }
}

/// The value of the first field of this name in a header block, as [`Envelope::field`] has it.
pub(super) fn field(header: &[u8], name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(header);
    let mut lines = text.lines();
    let mut value = lines.find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found
            .trim_end()
            .eq_ignore_ascii_case(name)
            .then(|| value.to_owned())
    })?;
    for line in lines.take_while(|line| line.starts_with([' ', '\t'])) {
        value.push_str(line);
    }
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    #[test]
    fn a_field_is_found_in_any_case_unfolded_and_trimmed() {
        let field = |header: &str, name: &str| {
            let envelope = Envelope {
                uid: Uid(NonZeroU32::MIN),
                flags: Flags::default(),
                header: header.as_bytes().to_vec(),
                header_cut: false,
                size: None,
                internal_date: None,
                structure: None,
            };
            envelope.field(name)
        };
        let id = |header| field(header, "Message-ID");
        assert_eq!(
            id("MESSAGE-id :\r\n <a@b> \r\n\r\n").as_deref(),
            Some("<a@b>")
        );
        assert_eq!(
            id("X: y\r\nMessage-ID: <a@b>\r\n").as_deref(),
            Some("<a@b>")
        );
        assert_eq!(id("\r\n"), None);
        assert_eq!(id("Message-ID:  \r\n\r\n"), None);
    }

    #[test]
    fn only_what_is_asked_for_goes_into_the_command() {
        let items = |asked: Asked| asked.items().unwrap();
        assert_eq!(items(Asked::default()), "(UID FLAGS)");
        assert_eq!(items(Asked::fields(&[])), "(UID FLAGS)");
        assert_eq!(
            items(Asked::fields(&["Message-ID", "X-A"])),
            "(UID FLAGS BODY.PEEK[HEADER.FIELDS (Message-ID X-A)])"
        );
        assert_eq!(
            items(Asked::everything()),
            "(UID FLAGS RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER] BODYSTRUCTURE)"
        );
    }

    #[test]
    fn a_field_name_cannot_carry_a_second_command() {
        for fields in [
            &["a b"] as &'static [&'static str],
            &["a\r\nx LOGOUT"],
            &["a)"],
            &["X", ""],
            &["caf\u{e9}"],
        ] {
            assert!(Asked::fields(fields).items().is_err(), "{fields:?}");
        }
    }
}
