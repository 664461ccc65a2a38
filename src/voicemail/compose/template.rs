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

/// Turns the escapes of `emailsubject=` and `emailbody=` into characters: `\n`, `\r`, `\t`, `\\`.
/// Any other character after a backslash disappears together with it, as in Asterisk.
///
/// Not safe to repeat. **Source:** `app_voicemail.c`, `substitute_escapes`.
#[must_use]
pub fn substitute_escapes(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut characters = value.chars();
    while let Some(c) = characters.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match characters.next() {
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('\\') => out.push('\\'),
            Some(_) | None => {}
        }
    }
    out
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
                self.gap(GapKind::Malformed, rest);
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
        if inner.contains('(') {
            self.gap(GapKind::Function, whole);
            return String::new();
        }
        let (name, range) = inner.split_once(':').unwrap_or((&inner, ""));
        if let Some((_, value)) = self.variables.iter().find(|(known, _)| *known == name) {
            return substring(value, range);
        }
        self.gap(GapKind::Variable, whole);
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

/// The characters `offset:length` of a value: a negative offset counts from the end, a negative
/// length leaves that many off the end. Counts characters, where Asterisk counts octets and would
/// cut a character in two.
fn substring(value: &str, range: &str) -> String {
    let total = i64::try_from(value.chars().count()).unwrap_or(i64::MAX);
    let (offset, length) = range.split_once(':').unwrap_or((range, ""));
    let offset = offset.trim().parse::<i64>().unwrap_or(0);
    let start = if offset < 0 {
        total.saturating_add(offset).max(0)
    } else {
        offset.min(total)
    };
    let end = match length.trim().parse::<i64>() {
        Ok(length) if length < 0 => total.saturating_add(length),
        Ok(length) => start.saturating_add(length).min(total),
        Err(_) => total,
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
    fn escapes_become_characters_and_unknown_ones_disappear() {
        assert_eq!(substitute_escapes(r"a\n\tb\\n\$c\r\"), "a\n\tb\\nc\r");
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
            ("a${VM_NAME", "a", GapKind::Malformed),
        ] {
            assert_eq!(run(template), (text.to_owned(), vec![kind]), "{template}");
        }
    }

    #[test]
    fn nesting_and_growth_have_an_end() {
        let deep = "${".repeat(50_000) + &"}".repeat(50_000);
        assert!(run(&deep).1.contains(&GapKind::Malformed));
        assert!(run(&"${VM_NAME}".repeat(100_000)).0.len() <= MAX_TEXT);
        assert!(run(&"${".repeat(50_000)).0.is_empty());
    }
}
