//! How Asterisk reads single values: truth, numbers, escapes, and the buffers that cut long text.
//!
//! Kept apart because the rules are small, odd and easy to test alone. Nothing here knows an
//! option's name or reports anything.
//!
//! Source: `ast_true`, `ast_false` (main/utils.c), C's `atoi` and `sscanf("%30d")`,
//! `ast_copy_string`, and `substitute_escapes` in `app_voicemail.c` (IMAP build).

/// Whether Asterisk takes the text for "yes". Anything it does not know is not.
#[must_use]
pub fn ast_true(text: &str) -> bool {
    ["yes", "true", "y", "t", "1", "on"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word))
}

/// Whether Asterisk takes the text for "no". Anything it does not know is not.
#[must_use]
pub fn ast_false(text: &str) -> bool {
    ["no", "false", "n", "f", "0", "off"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word))
}

/// The leading decimal number, saturated like C's `strtol` on a 64-bit machine.
fn leading_number(text: &str, max_width: usize) -> Option<i64> {
    let text = text.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '\u{b}');
    let mut width = max_width;
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if digits.len() != text.len() {
        width = width.saturating_sub(1);
    }
    let mut number: Option<i64> = None;
    for digit in digits.bytes().take(width).take_while(u8::is_ascii_digit) {
        let digit = i64::from(digit - b'0');
        let digit = if negative { -digit } else { digit };
        number = Some(number.unwrap_or(0).saturating_mul(10).saturating_add(digit));
    }
    number
}

/// The low 32 bits, as C's conversion of `long` to `int` leaves them.
fn low_bits(number: i64) -> [u8; 4] {
    let [a, b, c, d, ..] = number.to_le_bytes();
    [a, b, c, d]
}

/// C's `atoi`: leading digits count, no digits are 0, overflow wraps as on a 64-bit machine.
#[must_use]
pub fn atoi(text: &str) -> i32 {
    i32::from_le_bytes(low_bits(leading_number(text, usize::MAX).unwrap_or(0)))
}

/// C's `atol`.
#[must_use]
pub fn atol(text: &str) -> i64 {
    leading_number(text, usize::MAX).unwrap_or(0)
}

/// C's `sscanf("%30d")`: like [`atoi`], but no digits are no number.
#[must_use]
pub fn scan_int(text: &str) -> Option<i32> {
    leading_number(text, 30).map(|number| i32::from_le_bytes(low_bits(number)))
}

/// C's `sscanf("%30u")`: a minus sign wraps round instead of failing.
#[must_use]
pub fn scan_unsigned(text: &str) -> Option<u32> {
    leading_number(text, 30).map(|number| u32::from_le_bytes(low_bits(number)))
}

/// The text as it fits into one of Asterisk's buffers, and whether anything was lost.
///
/// `max` is in octets. A character that straddles the limit is dropped whole; Asterisk would
/// keep its first octets.
#[must_use]
pub fn cut(text: &str, max: usize) -> (&str, bool) {
    if text.len() <= max {
        return (text, false);
    }
    (&text[..text.floor_char_boundary(max)], true)
}

/// What [`substitute_escapes`] could not make sense of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadEscape {
    /// A backslash and a character Asterisk has no meaning for; both are dropped.
    Unknown(char),
    /// A backslash at the very end; it is dropped.
    Incomplete,
}

/// Replaces `\\`, `\r`, `\n` and `\t` as Asterisk's IMAP build does: a line feed that does not
/// follow a carriage return gets one. Also returns the first escape that is not understood.
#[must_use]
pub fn substitute_escapes(text: &str) -> (String, Option<BadEscape>) {
    let mut out = String::with_capacity(text.len() + 16);
    let mut bad = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('\\') => out.push('\\'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('n') => {
                if !out.ends_with('\r') {
                    out.push('\r');
                }
                out.push('\n');
            }
            Some(other) => bad = bad.or(Some(BadEscape::Unknown(other))),
            None => bad = bad.or(Some(BadEscape::Incomplete)),
        }
    }
    (out, bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truth_is_what_asterisk_says_it_is() {
        for text in ["yes", "YES", "true", "y", "T", "1", "on"] {
            assert!(ast_true(text) && !ast_false(text), "{text}");
        }
        for text in ["no", "False", "n", "F", "0", "off"] {
            assert!(ast_false(text) && !ast_true(text), "{text}");
        }
        for text in ["", "maybe", "2", "yess", "enabled"] {
            assert!(!ast_false(text) && !ast_true(text), "{text}");
        }
    }

    #[test]
    fn numbers_are_read_as_c_reads_them() {
        for (text, number) in [
            ("100", 100),
            (" 42x", 42),
            ("-1", -1),
            ("+7", 7),
            ("", 0),
            ("abc", 0),
            ("99999999999999999999", -1),
            ("4294967297", 1),
        ] {
            assert_eq!(atoi(text), number, "{text:?}");
        }
        assert_eq!(scan_int("x"), None);
        assert_eq!(scan_int("30s"), Some(30));
        assert_eq!(scan_unsigned("-1"), Some(u32::MAX));
        assert_eq!(atol("9999999999"), 9_999_999_999);
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(cut("abc", 3), ("abc", false));
        assert_eq!(cut("abcd", 3), ("abc", true));
        assert_eq!(cut("aé", 2), ("a", true));
    }

    #[test]
    fn a_line_feed_escape_becomes_a_mail_line_end() {
        assert_eq!(
            substitute_escapes(r"a\nb\tc\\d"),
            ("a\r\nb\tc\\d".into(), None)
        );
        assert_eq!(substitute_escapes(r"a\r\nb").0, "a\r\nb");
        assert_eq!(
            substitute_escapes(r"a\qb"),
            ("ab".into(), Some(BadEscape::Unknown('q')))
        );
        assert_eq!(
            substitute_escapes("a\\"),
            ("a".into(), Some(BadEscape::Incomplete))
        );
    }
}
