//! From, To and Subject: the header lines people write into voicemail.conf.
//!
//! Separate because these stand before the `X-Asterisk-VM-*` headers and Asterisk's reader takes
//! the first place where a header name stands. Invariant: the lines are 7-bit, each ends in CRLF
//! and is shorter than 998 octets, and none contains `X-Asterisk-VM`; text that does is
//! Q-encoded with its hyphen encoded, so that people still read it as it was.
//!
//! Source: `app_voicemail.c`, `make_email_file`, `check_mime`, `ast_str_encode_mime`,
//! `ast_str_quote`; RFC 2047.

use super::charset::{Charset, Configured};
use super::text;
use crate::voicemail::header::family_offsets;

/// Octets of a name or subject that are used; longer text is cut.
const MAX_NAME: usize = 512;
/// Text longer than this is encoded whatever it holds, because encoding also folds.
const MAX_PLAIN: usize = 256;
/// Characters that stand for something in an address header.
const SPECIALS: &[u8] = b"()<>@,:;/\"[]?.=";

/// Appends a `From` header: the name and an address that is already clean.
pub(super) fn push_from(out: &mut Vec<u8>, name: Option<&str>, who: &str, charset: Configured<'_>) {
    let Some(name) = name else {
        push_line(out, &format!("From: Asterisk PBX <{who}>"));
        return;
    };
    let (name, charset) = readable(name, charset);
    if !needs_encoding(&name) {
        push_line(out, &format!("From: {} <{who}>", quoted(&name)));
        return;
    }
    let mut words = encoded_words(&name, charset, "From: ".len(), who.len() + 3);
    if let Some(last) = words.last_mut() {
        last.push_str(" <");
        last.push_str(who);
        last.push('>');
    }
    push_folded(out, "From:", &words);
}

/// Appends a `To` header with one line (or more) for each address; they are already clean.
pub(super) fn push_to(
    out: &mut Vec<u8>,
    name: &str,
    addresses: &[String],
    charset: Configured<'_>,
) {
    let (name, charset) = readable(name, charset);
    let mut words = Vec::new();
    for (at, address) in addresses.iter().enumerate() {
        let first = at == 0;
        let comma = if at + 1 < addresses.len() { "," } else { "" };
        let tail = format!(" <{address}>{comma}");
        if needs_encoding(&name) {
            let preamble = if first { "To: ".len() } else { 0 };
            words.extend(encoded_words(&name, charset, preamble, tail.len()));
            if let Some(last) = words.last_mut() {
                last.push_str(&tail);
            }
        } else {
            words.push(quoted(&name) + &tail);
        }
    }
    push_folded(out, "To:", &words);
}

/// Appends a `Subject` header made from a template's text.
pub(super) fn push_subject(out: &mut Vec<u8>, subject: &str, charset: Configured<'_>) {
    let (subject, charset) = readable(subject, charset);
    if needs_encoding(&subject) {
        let words = encoded_words(&subject, charset, "Subject: ".len(), 0);
        push_folded(out, "Subject:", &words);
    } else {
        push_line(out, &format!("Subject: {subject}"));
    }
}

/// The text on one line, without control characters, and the charset for it.
fn readable<'a>(text: &str, charset: Configured<'a>) -> (String, Charset<'a>) {
    let mut text = text::one_line(text, MAX_NAME);
    let charset = Charset::of(charset, &text);
    text.retain(|c| charset.shows(c));
    (text, charset)
}

/// Appends one header line.
pub(super) fn push_line(out: &mut Vec<u8>, line: &str) {
    out.extend_from_slice(line.as_bytes());
    out.extend_from_slice(b"\r\n");
}

fn push_folded(out: &mut Vec<u8>, name: &str, words: &[String]) {
    for (at, word) in words.iter().enumerate() {
        push_line(out, &format!("{} {word}", if at == 0 { name } else { "" }));
    }
}

/// Whether Asterisk would encode the text, or the reader's safety asks for it.
fn needs_encoding(text: &str) -> bool {
    text.len() > MAX_PLAIN
        || text
            .bytes()
            .any(|o| !matches!(o, b' '..=b'~') || SPECIALS.contains(&o))
        || family_offsets(text.as_bytes()).next().is_some()
}

/// A quoted string, as Asterisk writes a plain name.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// RFC 2047 words of at most 76 columns, cut where Asterisk cuts, except that a character is never
/// cut in two (RFC 2047 §5). An empty last word means that the address goes on a line of its own.
///
/// `preamble` is the room taken on the first line, `postamble` what follows the last word.
fn encoded_words(
    text: &str,
    charset: Charset<'_>,
    preamble: usize,
    postamble: usize,
) -> Vec<String> {
    let hyphens: Vec<usize> = family_offsets(text.as_bytes()).map(|at| at + 1).collect();
    let opening = format!("=?{}?Q?", charset.name());
    let mut words = Vec::new();
    let mut word = opening.clone();
    let mut octets = Vec::with_capacity(4);
    for (at, c) in text.char_indices() {
        octets.clear();
        charset.push(&mut octets, c);
        let encode = !matches!(c, '!'..='~')
            || SPECIALS.contains(&octets[0])
            || c == '_'
            || hyphens.contains(&at);
        let used = word.len() + if words.is_empty() { preamble } else { 0 };
        if used + 3 * (octets.len() - 1) > if encode { 70 } else { 72 } {
            words.push(std::mem::replace(&mut word, opening.clone()) + "?=");
        }
        match c {
            ' ' => word.push('_'),
            _ if encode => octets
                .iter()
                .for_each(|octet| push_encoded(&mut word, *octet)),
            c => word.push(c),
        }
    }
    let own_line = word.len() + postamble > 74;
    words.push(word + "?=");
    if own_line {
        words.push(String::new());
    }
    words
}

/// Appends an octet as `=XX`.
fn push_encoded(word: &mut String, octet: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    word.push('=');
    for digit in [octet >> 4, octet & 15] {
        word.push(char::from(DIGITS[usize::from(digit)]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UTF_8: Configured<'_> = Configured {
        name: "UTF-8",
        octets: false,
    };

    fn to(name: &str, email: &str) -> String {
        let mut out = Vec::new();
        let addresses: Vec<String> = email.split('|').map(str::to_owned).collect();
        push_to(&mut out, name, &addresses, UTF_8);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_plain_name_is_quoted_and_any_other_is_encoded() {
        assert_eq!(to("Ada Lovelace", "u1"), "To: \"Ada Lovelace\" <u1>\r\n");
        assert_eq!(to("Back\\slash", "u1"), "To: \"Back\\\\slash\" <u1>\r\n");
        assert_eq!(
            to("Grace \"Amazing\" Hopper", "u2"),
            "To: =?UTF-8?Q?Grace_=22Amazing=22_Hopper?= <u2>\r\n"
        );
    }

    #[test]
    fn several_addresses_make_several_lines() {
        assert_eq!(
            to("Ada", "a@example.test|b@example.test|c"),
            "To: \"Ada\" <a@example.test>,\r\n \"Ada\" <b@example.test>,\r\n \"Ada\" <c>\r\n"
        );
    }

    #[test]
    fn long_names_are_folded_into_lines_of_76() {
        let text = to(&"é".repeat(100), "somebody@example.test");
        assert!(text.lines().count() > 8);
        assert!(
            text.lines().all(|line| line.matches('=').count() % 2 == 0),
            "{text}"
        );
        assert!(text.lines().all(|line| line.len() <= 76), "{text}");
        assert!(
            text.ends_with("\r\n  <somebody@example.test>\r\n")
                || text.ends_with("?= <somebody@example.test>\r\n")
        );
    }

    #[test]
    fn no_name_makes_a_line_longer_than_mail_allows() {
        for name in ["\\".repeat(600), "a".repeat(600), "a ".repeat(300)] {
            let text = to(&name, &"u".repeat(254));
            assert!(text.lines().all(|line| line.len() < 998), "{text}");
        }
    }

    #[test]
    fn a_header_name_in_a_name_is_encoded_so_that_it_is_no_header_name() {
        assert_eq!(
            to("X-Asterisk-VM-Flag", "u1"),
            "To: =?UTF-8?Q?X=2DAsterisk-VM-Flag?= <u1>\r\n"
        );
    }

    #[test]
    fn line_ends_in_names_and_subjects_inject_nothing() {
        let mut out = Vec::new();
        push_subject(&mut out, "a\r\nBcc: b\0\u{1b}", UTF_8);
        push_from(&mut out, Some("c\nd"), "e", UTF_8);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "Subject: =?UTF-8?Q?a__Bcc=3A_b?=\r\nFrom: \"c d\" <e>\r\n"
        );
    }
}
