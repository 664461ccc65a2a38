//! Making text from configuration and callers fit to stand in a message.
//!
//! Separate from the places that use it because every one of them must pass through it: a line
//! never holds a control character ([`Charset::shows`] judges those above 0x7F), and nothing grows
//! without bound. It does not encode headers; that is [`super::address`].
//! Source: RFC 5322 §2.1.1 (998 octets), RFC 2046 §4.1.

use super::charset::Charset;
use crate::voicemail::header::family_offsets;

/// Octets a body line may have here; RFC 5322 allows 998.
const MAX_LINE: usize = 990;
/// The longest mail address (RFC 5321 §4.5.3.1.3, without the angle brackets).
const MAX_ADDRESS: usize = 254;

/// The beginning of `text`, at most `max` octets, ending between two characters.
pub(super) fn cut(text: &str, max: usize) -> &str {
    &text[..text.floor_char_boundary(max)]
}

/// `text` on one line: line ends and tabs become spaces, other ASCII control characters go. What
/// U+0080 to U+009F are depends on the charset.
pub(super) fn one_line(text: &str, max: usize) -> String {
    cut(text, max)
        .chars()
        .map(|c| {
            if matches!(c, '\r' | '\n' | '\t') {
                ' '
            } else {
                c
            }
        })
        .filter(|c| !c.is_ascii_control())
        .collect()
}

/// A mail address without anything that would end it, quote it or start another. Of
/// `Name <address>`, which people write there too, the address.
pub(super) fn address(text: &str) -> String {
    let inner = text
        .rsplit_once('<')
        .and_then(|(_, rest)| rest.split_once('>'));
    let text = inner.map_or(text, |(inner, _)| inner);
    let mut octets: Vec<u8> = text
        .bytes()
        .filter(|o| matches!(o, b'!'..=b'~') && !b"<>()[],;:\\\"".contains(o))
        .take(MAX_ADDRESS)
        .collect();
    let found: Vec<usize> = family_offsets(&octets).collect();
    for at in found {
        octets[at + 1] = b'_';
    }
    octets.into_iter().map(char::from).collect()
}

/// Appends `text` as body lines: CRLF after each, controls dropped except tabs, long lines broken
/// at a space where there is one. Empty text is one empty line, as in Asterisk.
pub(super) fn push_body(out: &mut Vec<u8>, text: &str, charset: Charset<'_>) {
    let push = |out: &mut Vec<u8>, line: &str| {
        line.chars().for_each(|c| charset.push(out, c));
        out.extend_from_slice(b"\r\n");
    };
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = text.strip_suffix('\n').unwrap_or(&text);
    for line in text.split('\n') {
        let clean: String = line
            .chars()
            .filter(|c| *c == '\t' || charset.shows(*c))
            .collect();
        let mut rest = clean.as_str();
        while rest.len() > MAX_LINE {
            let piece = cut(rest, MAX_LINE);
            let end = piece.rfind(' ').map_or(piece.len(), |space| space + 1);
            push(out, &rest[..end]);
            rest = &rest[end..];
        }
        push(out, rest);
    }
}

#[cfg(test)]
mod tests {
    use super::super::charset::Configured;
    use super::*;

    fn utf8() -> Charset<'static> {
        let (name, octets) = ("UTF-8", false);
        Charset::of(Configured { name, octets }, "é")
    }

    #[test]
    fn body_lines_end_in_crlf_and_hold_no_control_characters() {
        let mut out = Vec::new();
        push_body(&mut out, "a\r\nb\rc\n\n\td\0\u{1b}[0m\n", utf8());
        assert_eq!(out, b"a\r\nb\r\nc\r\n\r\n\td[0m\r\n");
        out.clear();
        push_body(&mut out, "", utf8());
        assert_eq!(out, b"\r\n");
    }

    #[test]
    fn long_body_lines_are_broken_between_words_or_characters() {
        let mut out = Vec::new();
        push_body(
            &mut out,
            &format!("{} {}", "a".repeat(900), "é".repeat(900)),
            utf8(),
        );
        let text = String::from_utf8(out).unwrap();
        let lengths: Vec<usize> = text.split("\r\n").map(str::len).collect();
        assert_eq!(lengths, [901, 990, 810, 0]);
    }

    #[test]
    fn an_address_cannot_end_itself() {
        assert_eq!(address("a@b>\r\nX-Evil: c@d, é"), "a@bX-Evilc@d");
        assert_eq!(address("a@b>\r\nX-Evil: <c@d>, é"), "c@d");
        assert_eq!(address("\"PBX, Büro\" <pbx@h>"), "pbx@h");
        assert_eq!(address("<<a@h>>"), "a@h");
        assert_eq!(address("a@h\0\u{1b}[0m\u{202e}"), "a@h0m");
        assert_eq!(address("x-asterisk-vm-flag@h"), "x_asterisk-vm-flag@h");
    }
}
