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

/// Names of the one-octet charset whose octets are the numbers of its characters.
const LATIN_1: [&str; 3] = ["iso-8859-1", "iso8859-1", "latin1"];

/// What voicemail.conf says of its own texts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Configured<'a> {
    /// `charset=`, as it stands.
    pub name: &'a str,
    /// Some of its lines are not UTF-8: their characters are octets in that charset.
    pub octets: bool,
}

impl Configured<'_> {
    /// What of a caller's name can stand beside the texts of voicemail.conf. Where a letter of it
    /// would put all of them in UTF-8, and theirs are octets of a charset there is no table of, its
    /// 7-bit part.
    pub(super) fn beside(self, mut caller: String) -> String {
        let lower = believed(self.name).to_ascii_lowercase();
        let narrow = caller.chars().all(|c| u8::try_from(c).is_ok());
        if self.octets && is_one_octet(&lower) && !LATIN_1.contains(&&*lower) && !narrow {
            caller.retain(|c| c.is_ascii());
        }
        caller
    }
}

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
    pub(super) fn of(configured: Configured<'a>, text: &str) -> Self {
        let name = believed(configured.name);
        let lower = name.to_ascii_lowercase();
        let octets = configured.octets || LATIN_1.contains(&&*lower);
        let one_octet = octets && is_one_octet(&lower);
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

/// Whether a character of the charset with that name, in lower case, is one octet.
fn is_one_octet(lower: &str) -> bool {
    ONE_OCTET.iter().any(|start| lower.starts_with(start))
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
            assert_eq!(
                written(configured, true, text),
                (name.to_owned(), octets.to_vec()),
                "{configured} {text}"
            );
        }
    }

    #[test]
    fn the_letters_of_a_file_in_utf_8_are_what_they_are() {
        for (configured, name, octets) in [
            ("KOI8-R", "UTF-8", "é".as_bytes()),
            ("ISO-8859-2", "UTF-8", "é".as_bytes()),
            ("ISO-8859-1", "ISO-8859-1", b"\xe9"),
        ] {
            assert_eq!(
                written(configured, false, "é"),
                (name.to_owned(), octets.to_vec())
            );
        }
        assert_eq!(written("KOI8-R", false, "e").0, "KOI8-R");
    }

    #[test]
    fn a_caller_does_not_change_the_letters_of_the_file() {
        let beside = |name, octets, caller: &str| {
            let configured = Configured { name, octets };
            configured.beside(caller.to_owned())
        };
        assert_eq!(beside("KOI8-R", true, "Jo 渡"), "Jo ");
        for (name, octets, caller) in [
            ("KOI8-R", true, "Jo\u{e9}"),
            ("KOI8-R", false, "Jo 渡"),
            ("UTF-8", true, "Jo 渡"),
            ("ISO-8859-1", true, "Jo 渡"),
        ] {
            assert_eq!(beside(name, octets, caller), caller);
        }
    }

    /// A text's charset and octets.
    fn written(name: &str, octets: bool, text: &str) -> (String, Vec<u8>) {
        let charset = Charset::of(Configured { name, octets }, text);
        let mut out = Vec::new();
        text.chars().for_each(|c| charset.push(&mut out, c));
        (charset.name().to_owned(), out)
    }
}
