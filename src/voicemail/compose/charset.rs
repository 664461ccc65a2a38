//! In which octets text is written, and what a reader is told they are.
//!
//! Separate because the two must agree. Asterisk writes the octets of voicemail.conf and calls them
//! what `charset=` says, true or not: the same where the two agree, and wrong letters where a UTF-8
//! file is called ISO-8859-1, which is the default. It knows one-octet charsets and UTF-8; it has
//! no tables of any other.
//!
//! Source: `app_voicemail.c`, `charset`; RFC 2045 §5.1, RFC 2047 §3.

use crate::voicemail::header::family_offsets;

/// The longest charset name that is believed.
const MAX_NAME: usize = 40;
/// How the names of charsets begin in which a character is one octet.
const ONE_OCTET: [&str; 6] = [
    "iso-8859-",
    "iso8859-",
    "latin",
    "windows-125",
    "cp125",
    "koi8-",
];

/// How those of them begin that have letters where ISO-8859-1 has the control characters 0x80 to
/// 0x9F: `Š` and `ž` of windows-1250, the quotation marks of windows-1252.
const NO_CONTROLS: [&str; 3] = ["windows-125", "cp125", "koi8-"];

/// A charset for one piece of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Charset<'a> {
    name: &'a str,
    one_octet: bool,
    no_controls: bool,
}

impl<'a> Charset<'a> {
    /// The charset for `text` where `charset=` says `configured`: that one where the text can be
    /// written in it, else UTF-8.
    ///
    /// A character up to U+00FF is one octet in a one-octet charset. That is right for ISO-8859-1;
    /// for the others it gives the octets of a file that is written in them, because such a line
    /// was read as ISO-8859-1.
    pub(super) fn of(configured: &'a str, text: &str) -> Self {
        let name = believed(configured);
        let lower = name.to_ascii_lowercase();
        let one_octet = ONE_OCTET.iter().any(|start| lower.starts_with(start));
        let narrow = text.chars().all(|c| u8::try_from(c).is_ok());
        if text.is_ascii() || (one_octet && narrow) {
            return Self {
                name,
                one_octet,
                no_controls: NO_CONTROLS.iter().any(|start| lower.starts_with(start)),
            };
        }
        let utf8 = matches!(lower.as_str(), "utf-8" | "utf8");
        Self {
            name: if utf8 { name } else { "UTF-8" },
            one_octet: false,
            no_controls: false,
        }
    }

    /// What a reader is told.
    pub(super) fn name(self) -> &'a str {
        self.name
    }

    /// Whether a character of the text this was chosen for may be shown to a reader: no control
    /// character.
    pub(super) fn shows(self, c: char) -> bool {
        !c.is_control() || (self.no_controls && !c.is_ascii())
    }

    /// Appends a character of the text this was chosen for.
    pub(super) fn push(self, out: &mut Vec<u8>, c: char) {
        match u8::try_from(c) {
            Ok(octet) if self.one_octet => out.push(octet),
            _ => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

/// A charset name as given, or Asterisk's default where it is none.
fn believed(name: &str) -> &str {
    let fits = (1..=MAX_NAME).contains(&name.len())
        && name
            .bytes()
            .all(|o| o.is_ascii_alphanumeric() || b"-_.+".contains(&o))
        && family_offsets(name.as_bytes()).next().is_none();
    if fits { name } else { super::DEFAULT_CHARSET }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_charset_is_one_short_word() {
        assert_eq!(believed("UTF-8"), "UTF-8");
        for bad in [
            "",
            "UTF 8",
            "a\r\nb",
            "X-Asterisk-VM-Flag",
            "a?Q?b",
            &"u".repeat(41),
        ] {
            assert_eq!(believed(bad), super::super::DEFAULT_CHARSET);
        }
    }

    #[test]
    fn octets_are_what_their_name_says() {
        for (configured, text, name, octets) in [
            ("UTF-8", "é", "UTF-8", "é".as_bytes()),
            ("utf8", "é", "utf8", "é".as_bytes()),
            ("ISO-8859-1", "aé", "ISO-8859-1", b"a\xe9"),
            ("ISO-8859-1", "渡", "UTF-8", "渡".as_bytes()),
            ("ISO-8859-1", "a", "ISO-8859-1", b"a"),
            ("KOI8-R", "\u{d7}", "KOI8-R", b"\xd7"),
            ("US-ASCII", "é", "UTF-8", "é".as_bytes()),
            ("Shift_JIS", "é", "UTF-8", "é".as_bytes()),
            ("nonsense here", "é", "ISO-8859-1", b"\xe9"),
        ] {
            let charset = Charset::of(configured, text);
            let mut out = Vec::new();
            text.chars().for_each(|c| charset.push(&mut out, c));
            assert_eq!(
                (charset.name(), out.as_slice()),
                (name, octets),
                "{configured} {text}"
            );
        }
    }
}
