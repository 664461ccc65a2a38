//! Takes a `callerid=` value apart into name and number, as Asterisk does when it plays it.
//!
//! Source: `main/callerid.c` (`ast_callerid_parse`, `ast_callerid_split`), `main/utils.c`
//! (`ast_strip_quoted`, `ast_unescape_quoted`). The one difference: the bare word `Unknown`, which
//! the file spool writes for a caller without name and number, becomes two empty texts.

use serde::Serialize;

/// Who called. Untrusted text: whoever prints it must sanitise it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct CallerId {
    /// The name without quotes and escapes; empty if unknown.
    pub name: String,
    /// The number without separators; empty if unknown.
    pub number: String,
}

impl CallerId {
    /// Understands the four shapes `"Name" <num>`, `num`, `Name` and `Unknown`, and anything else
    /// as well as Asterisk does. Never fails.
    #[must_use]
    pub fn parse(value: &str) -> Self {
        let value = strip(value);
        if value.eq_ignore_ascii_case("unknown") || value.eq_ignore_ascii_case("<unknown>") {
            return Self::default();
        }
        let inner = strip_quotes(value);
        if let Some((name, rest)) = inner.rsplit_once('<') {
            let number = rest.rsplit_once('>').map_or(rest, |(number, _)| number);
            return Self {
                name: unescape(strip_quotes(name)),
                number: shrink(number),
            };
        }
        let number = shrink(inner);
        let was_quoted = inner.len() != value.len();
        if !was_quoted && !number.is_empty() && number.chars().all(is_dialled) {
            return Self {
                name: String::new(),
                number,
            };
        }
        Self {
            name: unescape(strip_quotes(inner)),
            number: String::new(),
        }
    }
}

fn is_dialled(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '*' | '#' | '+')
}

/// `ast_strip`: all control characters are blanks.
fn strip(text: &str) -> &str {
    text.trim_matches(|c: char| c <= ' ')
}

/// Takes off one pair of quotes, if the text begins with one and ends with one; a single one is both.
fn strip_quotes(text: &str) -> &str {
    let text = strip(text);
    match text.strip_prefix('"') {
        Some("") => "",
        Some(rest) => rest.strip_suffix('"').unwrap_or(text),
        None => text,
    }
}

/// A backslash makes the character after it stand for itself; one at the end is dropped.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next()),
            other => out.push(other),
        }
    }
    out
}

/// Drops what people put between digits (`ast_shrink_phone_number`).
fn shrink(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut depth = 0_i64;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            '-' if depth == 0 => continue,
            '.' if chars.peek().is_some() => continue,
            '(' | ')' | ' ' => continue,
            _ => {}
        }
        out.push(c);
    }
    out
}
