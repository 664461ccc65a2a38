//! Makes untrusted text safe to show.
//!
//! Caller ids come from strangers and server replies from who knows where. Control characters
//! (terminal escapes among them), bidirectional overrides and invisible characters are shown as
//! escapes; everything else stays as it is.

use std::borrow::Cow;
use std::fmt::Write as _;

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

/// JSON text with the same characters as escapes, where JSON itself leaves them as they are: 8-bit
/// controls, overrides, invisible ones. They stand in strings only, so nothing changes its meaning.
#[must_use]
pub fn json(text: &str) -> Cow<'_, str> {
    if !text.chars().any(unsafe_char) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if unsafe_char(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(safe, "\\u{unit:04x}");
            }
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// Text that a spreadsheet would run as a formula, with the quote that makes it text again: a caller
/// chooses his name. A signed number, as callers' numbers are, is none. Source: OWASP, CSV Injection.
#[must_use]
pub fn formula(text: String) -> String {
    let mut rest = text.chars();
    let number = |rest: &str| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit());
    match rest.next() {
        Some('+' | '-') if number(rest.as_str()) => text,
        Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠') => format!("'{text}"),
        _ => text,
    }
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
    fn json_means_the_same_with_and_without_escapes() {
        let value = serde_json::json!({ "\u{9b}": "é\u{1b}\u{202e}\u{e0041}\u{7f}渡" });
        let text = value.to_string();
        let safe = json(&text);
        assert!(!safe.chars().any(unsafe_char), "{safe}");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&safe).unwrap(),
            value
        );
        assert!(matches!(json("{\"a\":\"é\"}"), Cow::Borrowed(_)));
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

    #[test]
    fn what_a_spreadsheet_would_run_is_text_and_numbers_stay_numbers() {
        for run in [
            "=1+1",
            "@SUM(A1)",
            "+1+cmd|' /C calc'!A0",
            "-",
            "-2+3",
            "＝1",
        ] {
            assert_eq!(formula(run.to_owned()), format!("'{run}"));
        }
        for kept in ["", "+4930555", "-7", "Ada", "5550100", "a=b", "'=1"] {
            assert_eq!(formula(kept.to_owned()), kept);
        }
    }
}
