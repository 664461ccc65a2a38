//! Makes untrusted text safe to show.
//!
//! Caller ids come from strangers and server replies from who knows where. Control characters
//! (terminal escapes among them), bidirectional overrides and invisible characters are shown as
//! escapes; everything else stays as it is.

use std::borrow::Cow;

/// Whether a character must not reach a terminal as it is.
fn unsafe_char(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// The text with everything that could fool a terminal or a reader escaped, on one line.
#[must_use]
pub fn text(text: &str) -> Cow<'_, str> {
    if !text.chars().any(unsafe_char) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if unsafe_char(c) {
            safe.extend(c.escape_default());
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_lose_their_power() {
        assert_eq!(text("\u{1b}[2Jhi\r\n"), "\\u{1b}[2Jhi\\r\\n");
        assert_eq!(text("\u{202e}gpj.exe"), "\\u{202e}gpj.exe");
        assert_eq!(text("a\u{200b}b\u{9b}31m"), "a\\u{200b}b\\u{9b}31m");
    }

    #[test]
    fn names_of_all_peoples_stay() {
        for name in [
            "José Núñez Ñandú",
            "渡辺 太郎",
            "Mary \"Ada\" Somerville",
            "O'Brien; x=y",
        ] {
            assert!(matches!(text(name), Cow::Borrowed(_)), "{name}");
        }
    }
}
