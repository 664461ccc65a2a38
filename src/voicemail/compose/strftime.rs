//! `emaildateformat` as Asterisk and the C library under it understand it, in the C locale.
//!
//! Separate because it is free text from a configuration file, and what stands there must mean
//! what it means to Asterisk: padding, widths, letters nobody knows. The fields themselves come
//! from jiff, one conversion at a time. Invariant: never an error, at most [`MAX_DATE`] octets, no
//! line end that is not in the format.
//!
//! Source: `main/stdtime/localtime.c`, `ast_strftime_locale` (`%q`); glibc's strftime(3), whose
//! answers are recorded in the tests.

use jiff::ZonedDateTime;
use jiff::fmt::strtime::BrokenDownTime;

/// Octets of a formatted date (`date[256]` in Asterisk).
const MAX_DATE: usize = 255;
/// Conversions that give text.
const WORDS: &str = "aAbBcDFhpPrRTxXZ";
/// Conversions that give a number, with the digits and the padding it has of itself.
const NUMBERS: &[(&str, usize, char)] = &[
    ("CdgHIjmMSUVWy", 2, '0'),
    ("ekl", 2, ' '),
    ("GuwY", 1, '0'),
    ("s", 1, ' '),
];
/// Conversions that may follow `E`, and `O`: any other makes the whole unknown.
const MODIFIED: [(char, &str); 2] = [
    ('E', "cCpPrRsTuxXyYzZ"),
    ('O', "bBCdegGhHIjklmMpPrRsSTuUVwWyzZ"),
];

/// The date in a format; what strftime(3) does not know stays as it was written.
pub(super) fn format(moment: &ZonedDateTime, format: &str) -> String {
    let format = fractions(format);
    let mut out = String::new();
    let mut rest = format.as_str();
    while let Some(at) = rest.find('%')
        && out.len() <= MAX_DATE
    {
        out.push_str(&rest[..at]);
        let (text, after) = Conversion::read(&rest[at..])
            .map_or(("%".to_owned(), &rest[at + 1..]), |(conversion, after)| {
                (conversion.text(moment), after)
            });
        out.push_str(&text);
        rest = after;
    }
    out.push_str(rest);
    out.truncate(super::text::cut(&out, MAX_DATE).len());
    out
}

/// Asterisk's own `%q` and `%1q` to `%6q`, which it replaces before strftime(3) sees the format:
/// fractions of a second, three digits where none are asked for. An origtime has none.
fn fractions(format: &str) -> String {
    let mut out = String::with_capacity(format.len());
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let digits = match after.as_bytes() {
            [b'q', ..] => Some((1, 3)),
            [digit @ b'1'..=b'6', b'q', ..] => Some((2, usize::from(digit - b'0'))),
            _ => None,
        };
        if let Some((skip, digits)) = digits {
            out.push_str(&"0".repeat(digits));
            rest = &after[skip..];
        } else {
            out.push('%');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

/// One conversion, taken apart.
struct Conversion {
    /// The last of `_`, `-` and `0`.
    pad: Option<char>,
    upper: bool,
    /// `#`: the other case, where there is one.
    swap: bool,
    width: usize,
    letter: char,
}

impl Conversion {
    /// Reads the conversion `text` begins with, and gives what follows it; `None` where it is none.
    fn read(text: &str) -> Option<(Self, &str)> {
        let after_flags = text[1..].trim_start_matches(['_', '-', '0', '^', '#']);
        let flags = &text[1..text.len() - after_flags.len()];
        let after_width = after_flags.trim_start_matches(|c: char| c.is_ascii_digit());
        let width = &after_flags[..after_flags.len() - after_width.len()];
        let modifier = after_width
            .chars()
            .next()
            .filter(|c| matches!(c, 'E' | 'O'));
        let mut rest = after_width[modifier.map_or(0, char::len_utf8)..].chars();
        let letter = rest.next()?;
        let known = match modifier {
            Some(modifier) => MODIFIED
                .iter()
                .any(|(known, letters)| *known == modifier && letters.contains(letter)),
            None => "%ntz".contains(letter) || WORDS.contains(letter) || number(letter).is_some(),
        };
        let conversion = Self {
            pad: flags.chars().rfind(|c| matches!(c, '_' | '-' | '0')),
            upper: flags.contains('^'),
            swap: flags.contains('#'),
            // Wider than any date that is kept.
            width: match width {
                "" => 0,
                digits => digits.parse().unwrap_or(MAX_DATE).min(MAX_DATE),
            },
            letter,
        };
        known.then_some((conversion, rest.as_str()))
    }

    fn text(&self, moment: &ZonedDateTime) -> String {
        let field = |format: &str| {
            BrokenDownTime::from(moment)
                .to_string(format)
                .unwrap_or_default()
        };
        let text = match self.letter {
            '%' => "%".to_owned(),
            // A line end would end the header.
            'n' | 't' => " ".to_owned(),
            'z' => return self.offset(&field("%z")),
            'c' => field("%a %b %e %H:%M:%S %Y"),
            'D' | 'x' => field("%m/%d/%y"),
            'r' => field("%I:%M:%S %p"),
            'X' => field("%T"),
            letter => match number(letter) {
                Some((digits, pad)) => {
                    return self.number(&field(&format!("%-{letter}")), digits, pad);
                }
                None => field(&format!("%{letter}")),
            },
        };
        let text = match self.letter {
            'p' | 'Z' if self.swap => text.to_ascii_lowercase(),
            'P' => text,
            'a' | 'A' | 'b' | 'B' | 'h' if self.swap => text.to_ascii_uppercase(),
            _ if self.upper => text.to_ascii_uppercase(),
            _ => text,
        };
        let pad = if self.pad == Some('0') { '0' } else { ' ' };
        self.wide(&text, pad)
    }

    fn number(&self, value: &str, digits: usize, own: char) -> String {
        let pad = match self.pad {
            Some('0') => '0',
            Some(_) => ' ',
            None => own,
        };
        let digits = if self.pad == Some('-') { 1 } else { digits };
        let value = format!(
            "{}{value}",
            pad.to_string().repeat(digits.saturating_sub(value.len()))
        );
        self.wide(&value, pad)
    }

    /// `+hhmm`. A width is not kept: what C makes of one there is of no use to anybody.
    fn offset(&self, plain: &str) -> String {
        let (sign, digits) = plain.split_at(1);
        let value = match digits.trim_start_matches('0') {
            "" => "0",
            value => value,
        };
        match self.pad {
            Some('-') => format!("{sign}{value}"),
            Some('_') => format!("{sign}{value:>4}"),
            _ => plain.to_owned(),
        }
    }

    fn wide(&self, text: &str, pad: char) -> String {
        let missing = self.width.saturating_sub(text.len());
        pad.to_string().repeat(missing) + text
    }
}

/// The digits and the padding a number has of itself; `None` for a letter that gives none.
fn number(letter: char) -> Option<(usize, char)> {
    NUMBERS
        .iter()
        .find(|(letters, ..)| letters.contains(letter))
        .map(|(_, digits, pad)| (if letter == 'j' { 3 } else { *digits }, *pad))
}

#[cfg(test)]
mod tests;
