//! The header block through Asterisk's eyes.
//!
//! Separate from the reader because an audit wants exactly what Asterisk would take for each
//! value, however wrong, without a judgement. Invariant: byte for byte what `get_header_by_tag`
//! returns: the first place in the whole block where `Name:` stands, in any case of letters and
//! also inside another header's value; one character skipped unseen; at most 79 octets; cut at the
//! first CR, or at the first LF where there is no CR.
//!
//! Source: `app_voicemail.c`, `get_header_by_tag`.

use std::borrow::Cow;

use crate::voicemail::header::{VmHeader, family_offsets};
use crate::voicemail::message::MAX_HEADER_VALUE;

/// What Asterisk would read for each header of the family; raw octets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AsteriskHeaders {
    values: [Option<Vec<u8>>; VmHeader::ALL.len()],
    counts: [u32; VmHeader::ALL.len()],
}

impl AsteriskHeaders {
    /// The octets Asterisk takes for the value, `None` where the name stands nowhere.
    #[must_use]
    pub fn get(&self, header: VmHeader) -> Option<&[u8]> {
        self.values[header as usize].as_deref()
    }

    /// The value as text; octets that are not UTF-8 become U+FFFD.
    #[must_use]
    pub fn text(&self, header: VmHeader) -> Option<Cow<'_, str>> {
        self.get(header).map(String::from_utf8_lossy)
    }

    /// The number the value begins with, as `sscanf` reads it; `None` where there is none.
    #[must_use]
    pub fn number(&self, header: VmHeader) -> Option<i64> {
        super::leading_number(&self.text(header)?)
    }

    /// How often the name and its colon stand in the block, wherever. More than 1 means that a
    /// header occurs twice or that a value holds its name.
    #[must_use]
    pub const fn count(&self, header: VmHeader) -> u32 {
        self.counts[header as usize]
    }
}

/// Reads a header block as Asterisk does. Never fails; nothing after a NUL is seen.
#[must_use]
pub fn asterisk_view(header_block: &[u8]) -> AsteriskHeaders {
    let end = header_block.iter().position(|o| *o == 0);
    let block = &header_block[..end.unwrap_or(header_block.len())];
    let mut view = AsteriskHeaders::default();
    for at in family_offsets(block) {
        let Some(header) = header_at(&block[at..]) else {
            continue;
        };
        let slot = header as usize;
        view.counts[slot] = view.counts[slot].saturating_add(1);
        if view.values[slot].is_none() {
            let after_colon = at + header.name().len() + 1;
            view.values[slot] = Some(value(block.get(after_colon + 1..).unwrap_or_default()));
        }
    }
    view
}

/// The header whose name and colon the text begins with.
fn header_at(text: &[u8]) -> Option<VmHeader> {
    VmHeader::ALL.into_iter().find(|header| {
        let name = header.name().as_bytes();
        text.get(name.len()) == Some(&b':') && text[..name.len()].eq_ignore_ascii_case(name)
    })
}

fn value(text: &[u8]) -> Vec<u8> {
    let buffer = &text[..text.len().min(MAX_HEADER_VALUE)];
    let end = [b'\r', b'\n']
        .into_iter()
        .find_map(|stop| buffer.iter().position(|o| *o == stop));
    buffer[..end.unwrap_or(buffer.len())].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_in(block: &str) -> Option<String> {
        let view = asterisk_view(block.as_bytes());
        view.text(VmHeader::CallerIdName).map(Cow::into_owned)
    }

    #[test]
    fn one_character_after_the_colon_is_skipped_whatever_it_is() {
        let name = |line: &str| name_in(&format!("{line}\r\nNext: 1\r\n")).unwrap();
        assert_eq!(name("X-Asterisk-VM-Caller-ID-Name: Ada"), "Ada");
        assert_eq!(name("x-asterisk-vm-caller-id-name:\tAda"), "Ada");
        assert_eq!(name("X-Asterisk-VM-Caller-ID-Name:5550100"), "550100");
        assert_eq!(name("X-Asterisk-VM-Caller-ID-Name:  Ada"), " Ada");
        assert_eq!(name("X-Asterisk-VM-Caller-ID-Name: "), "");
    }

    #[test]
    fn an_empty_header_without_its_space_swallows_the_next_line() {
        assert_eq!(
            name_in("X-Asterisk-VM-Caller-ID-Name:\r\nNext: 1\r\n").unwrap(),
            "\nNext: 1"
        );
        assert_eq!(
            name_in("X-Asterisk-VM-Caller-ID-Name:\nNext: 1\n").unwrap(),
            "Next: 1"
        );
    }

    #[test]
    fn the_first_place_wins_even_inside_another_value() {
        let block = "X-Note: X-Asterisk-VM-Caller-ID-Name: Mallory\r\n\
                     X-Asterisk-VM-Caller-ID-Name: Ada\r\n";
        assert_eq!(name_in(block).unwrap(), "Mallory");
        let view = asterisk_view(block.as_bytes());
        assert_eq!(view.count(VmHeader::CallerIdName), 2);
        assert_eq!(view.count(VmHeader::CallerIdNum), 0);
    }

    #[test]
    fn folding_length_and_nul_end_a_value() {
        let long = "x".repeat(100);
        for (text, value) in [
            ("Ada\r\n Lovelace", "Ada"),
            (long.as_str(), &long[..79]),
            ("Ada\0Lovelace", "Ada"),
        ] {
            let block = format!("X-Asterisk-VM-Caller-ID-Name: {text}\r\n");
            assert_eq!(name_in(&block).unwrap(), value);
        }
        assert_eq!(name_in("A: \0\r\nX-Asterisk-VM-Caller-ID-Name: Ada"), None);
        assert_eq!(name_in("X-Asterisk-VM-Caller-ID-Name:").unwrap(), "");
        assert_eq!(name_in("X-Asterisk-VM-Caller-ID-Name"), None);
    }
}
