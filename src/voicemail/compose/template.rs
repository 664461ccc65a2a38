//! `emailsubject=`, `emailbody=` and `fromstring=`: text with Asterisk's variables in it.
//!
//! Separate because it is a small language of its own. It knows `${NAME}`, `${NAME:offset:length}`
//! and nesting; it does not evaluate dialplan functions or expressions, which only a running
//! Asterisk can. What it cannot know is left out and reported as a [`TemplateGap`], never guessed.
//! A variable's value is never looked into again, so a caller's name cannot be a template.
//!
//! Source: `ast_str_substitute_variables` as documented, `prep_email_sub_vars` (names).

use super::text::cut;

/// Octets of text one template may grow to.
const MAX_TEXT: usize = 64 * 1024;
/// How deep `${...}` may stand in `${...}`.
const MAX_DEPTH: u32 = 4;
/// Gaps reported per template.
const MAX_GAPS: usize = 32;

/// Why a piece of a template was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GapKind {
    /// `${FUNCTION(...)}`.
    Function,
    /// `$[...]`.
    Expression,
    /// A variable that voicemail does not set: a global or one of the channel's.
    Variable,
    /// A brace without its end, or nesting without end.
    Malformed,
}

/// A piece of a template that only a running Asterisk could have filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateGap {
    /// Why it was left out.
    pub kind: GapKind,
    /// The piece as configured, at most 80 octets. May hold anything; sanitise before printing.
    pub piece: String,
}

/// The variables one message sets.
pub(super) type Variables = [(&'static str, String)];

/// Fills in a template; the gaps are added to `gaps`.
pub(super) fn expand(template: &str, variables: &Variables, gaps: &mut Vec<TemplateGap>) -> String {
    let mut expander = Expander { variables, gaps };
    let text = expander.run(template, 0);
    cut(&text, MAX_TEXT).to_owned()
}

struct Expander<'a> {
    variables: &'a Variables,
    gaps: &'a mut Vec<TemplateGap>,
}

impl Expander<'_> {
    fn run(&mut self, template: &str, depth: u32) -> String {
        let mut out = String::new();
        let mut rest = template;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            let Some(close) = [("${", '}'), ("$[", ']')]
                .into_iter()
                .find_map(|(open, close)| rest.starts_with(open).then_some(close))
            else {
                out.push('$');
                rest = &rest[1..];
                continue;
            };
            let Some(end) = end_of_piece(&rest[1..], close).map(|end| end + 1) else {
                out.push_str(&self.unclosed(rest, close, depth));
                return out;
            };
            let (piece, after) = rest.split_at(end);
            if close == ']' {
                self.gap(GapKind::Expression, piece);
            } else {
                let value = self.piece(&piece[2..piece.len() - 1], piece, depth);
                out.push_str(&value);
            }
            if out.len() > MAX_TEXT {
                return out;
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }

    /// The value of a piece whose brace is never closed. Asterisk takes the whole rest for what
    /// stands in it, so that a `}` forgotten at the very end does no harm.
    fn unclosed(&mut self, rest: &str, close: char, depth: u32) -> String {
        let inner = &rest[2..];
        if close == '}' && self.variable(inner).is_some() {
            return self.piece(inner, rest, depth);
        }
        self.gap(GapKind::Malformed, rest);
        String::new()
    }

    /// The value of the variable an inner text names, before its `:offset:length`.
    fn variable(&self, inner: &str) -> Option<&str> {
        let name = inner.split(':').next()?;
        let mut variables = self.variables.iter();
        variables.find_map(|(known, value)| (*known == name).then_some(value.as_str()))
    }

    /// The value of what stands between `${` and `}`.
    fn piece(&mut self, inner: &str, whole: &str, depth: u32) -> String {
        if depth >= MAX_DEPTH {
            self.gap(GapKind::Malformed, whole);
            return String::new();
        }
        let inner = if inner.contains('$') {
            self.run(inner, depth + 1)
        } else {
            inner.to_owned()
        };
        if let Some(value) = self.variable(&inner) {
            let range = inner.split_once(':').map_or("", |(_, range)| range);
            return substring(value, range);
        }
        let kind = if inner.contains('(') {
            GapKind::Function
        } else {
            GapKind::Variable
        };
        self.gap(kind, whole);
        String::new()
    }

    fn gap(&mut self, kind: GapKind, piece: &str) {
        let gap = TemplateGap {
            kind,
            piece: cut(piece, 80).to_owned(),
        };
        if self.gaps.len() < MAX_GAPS && !self.gaps.contains(&gap) {
            self.gaps.push(gap);
        }
    }
}

/// Octets up to and including the `close` that ends the piece `text` begins with.
fn end_of_piece(text: &str, close: char) -> Option<usize> {
    let open = if close == '}' { '{' } else { '[' };
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            depth -= 1;
            if depth == 0 {
                return Some(at + 1);
            }
        }
    }
    None
}

/// The number a text begins with, and what follows it, as `sscanf("%d")` reads it.
fn number(text: &str) -> Option<(i64, &str)> {
    let text = text.trim_ascii_start();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let rest = digits.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = text[..text.len() - rest.len()].parse().ok()?;
    Some((number, rest))
}

/// The characters `offset:length` of a value: a negative offset counts from the end, a negative
/// length leaves that many off the end. Without an offset there is no length either, as Asterisk's
/// `sscanf("%d:%d")` has it. Counts characters, where Asterisk counts octets and would cut a
/// character in two.
fn substring(value: &str, range: &str) -> String {
    let total = i64::try_from(value.chars().count()).unwrap_or(i64::MAX);
    let (offset, rest) = number(range).unwrap_or((0, ""));
    let length = rest.strip_prefix(':').and_then(number);
    let start = if offset < 0 {
        total.saturating_add(offset).max(0)
    } else {
        offset.min(total)
    };
    let end = match length {
        Some((length, _)) if length < 0 => total.saturating_add(length),
        Some((length, _)) => start.saturating_add(length).min(total),
        None => total,
    };
    let take = usize::try_from(end.saturating_sub(start)).unwrap_or(0);
    let skip = usize::try_from(start).unwrap_or(0);
    value.chars().skip(skip).take(take).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(template: &str) -> (String, Vec<GapKind>) {
        let variables = [
            ("VM_NAME", "Ada Lovelace".to_owned()),
            ("VM_CIDNAME", "${VM_NAME} $[1+1]".to_owned()),
            ("WHICH", "NAME".to_owned()),
        ];
        let mut gaps = Vec::new();
        let text = expand(template, &variables, &mut gaps);
        (text, gaps.into_iter().map(|gap| gap.kind).collect())
    }

    #[test]
    fn variables_are_filled_in_and_values_are_not_looked_into() {
        assert_eq!(run("a ${VM_NAME}, $5 $").0, "a Ada Lovelace, $5 $");
        assert_eq!(run("${VM_${WHICH}}").0, "Ada Lovelace");
        assert_eq!(
            run("${VM_CIDNAME}"),
            ("${VM_NAME} $[1+1]".to_owned(), vec![])
        );
    }

    #[test]
    fn substrings_count_from_either_end() {
        for (template, text) in [
            ("${VM_NAME:4}", "Lovelace"),
            ("${VM_NAME:0:3}", "Ada"),
            ("${VM_NAME:-4:2}", "la"),
            ("${VM_NAME:4:-5}", "Lov"),
            ("${VM_NAME:99}", ""),
            ("${VM_NAME:-99:1}", "A"),
            ("${VM_NAME:3:-99}", ""),
            ("${VM_NAME:9223372036854775807:9223372036854775807}", ""),
            ("${VM_NAME::3}", "Ada Lovelace"),
            ("${VM_NAME: 4: 4}", "Love"),
            ("${VM_NAME:4x:4}", "Lovelace"),
            ("${VM_NAME:+4:4x}", "Love"),
            ("${VM_NAME:x}", "Ada Lovelace"),
            ("${VM_NAME:(}", "Ada Lovelace"),
            ("${VM_NAME:}", "Ada Lovelace"),
        ] {
            assert_eq!(run(template), (text.to_owned(), vec![]), "{template}");
        }
    }

    #[test]
    fn what_only_asterisk_could_evaluate_is_left_out_and_reported() {
        for (template, text, kind) in [
            ("a${TOUPPER(${VM_NAME})}b", "ab", GapKind::Function),
            ("a$[${X} + [1]]b", "ab", GapKind::Expression),
            ("a${GLOBAL}b", "ab", GapKind::Variable),
            ("a${VM_NAME, hello", "a", GapKind::Malformed),
            ("a${", "a", GapKind::Malformed),
            ("a$[1", "a", GapKind::Malformed),
            ("a${vm_name}b", "ab", GapKind::Variable),
            ("a${}b", "ab", GapKind::Variable),
            ("a${VM_${VM_CIDNAME}}b", "ab", GapKind::Variable),
            ("a${IF(${VM_NAME}?x:y)}b", "ab", GapKind::Function),
        ] {
            assert_eq!(run(template), (text.to_owned(), vec![kind]), "{template}");
        }
    }

    #[test]
    fn a_brace_forgotten_at_the_end_does_no_harm() {
        assert_eq!(run("a${VM_NAME"), ("aAda Lovelace".to_owned(), vec![]));
        assert_eq!(run("a${VM_NAME:0:3").0, "aAda");
    }

    #[test]
    fn nesting_and_growth_have_an_end() {
        let deep = "${".repeat(50_000) + &"}".repeat(50_000);
        assert!(run(&deep).1.contains(&GapKind::Malformed));
        assert!(run(&"${VM_NAME}".repeat(100_000)).0.len() <= MAX_TEXT);
        assert!(run(&"${".repeat(50_000)).0.is_empty());
    }
}
