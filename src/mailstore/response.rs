//! What a logical response is: tagged, untagged status, continuation or data (RFC 3501 §7).
//!
//! Takes 8-bit text, bare LF and unknown codes as they come; servers send them. Does not read
//! data, see [`super::syntax`] and [`super::fetched`].

use super::types::Refusal;

/// Octets of a condition's text that are kept: it is for people, and refusals are kept by the hundred.
const LONGEST_TEXT: usize = 1000;

/// A condition (RFC 3501 §7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Condition {
    Ok,
    No,
    Bad,
    PreAuth,
    Bye,
}

impl Condition {
    fn from_word(word: &[u8]) -> Option<Self> {
        let all = [
            ("OK", Self::Ok),
            ("NO", Self::No),
            ("BAD", Self::Bad),
            ("PREAUTH", Self::PreAuth),
            ("BYE", Self::Bye),
        ];
        all.iter()
            .find(|(name, _)| word.eq_ignore_ascii_case(name.as_bytes()))
            .map(|(_, condition)| *condition)
    }
}

/// A condition with its code and text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) condition: Condition,
    /// The response code's first word, upper case.
    pub(super) code: Option<String>,
    /// What follows it inside the brackets.
    pub(super) argument: String,
    /// The human-readable text.
    pub(super) text: String,
}

impl Status {
    /// This NO or BAD as a value for the caller.
    pub(super) fn refusal(self) -> Refusal {
        Refusal {
            status: if self.condition == Condition::Bad {
                "BAD"
            } else {
                "NO"
            },
            code: self.code,
            text: self.text,
        }
    }

    /// Code and text, for a warning.
    pub(super) fn words(&self) -> String {
        match &self.code {
            Some(code) => format!("[{code}] {}", self.text),
            None => self.text.clone(),
        }
    }
}

/// A response by kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Response<'a> {
    /// `+ ...`
    Continue(&'a [u8]),
    /// `TAG OK ...`
    Tagged(&'a [u8], Status),
    /// `* OK ...`, `* BYE ...`
    Untagged(Status),
    /// `* ` and anything else, without the `* `.
    Data(&'a [u8]),
    /// None of these.
    Garbage,
}

/// Says what a logical response is.
pub(super) fn classify(octets: &[u8]) -> Response<'_> {
    let line = trim_eol(octets);
    if line == b"+" {
        return Response::Continue(b"");
    }
    if let Some(rest) = line.strip_prefix(b"+ ") {
        return Response::Continue(rest);
    }
    let Some((tag, rest)) = split_word(line) else {
        return Response::Garbage;
    };
    let status = status(rest);
    match (tag, status) {
        (b"*", Some(status)) => Response::Untagged(status),
        (b"*", None) if !rest.is_empty() => Response::Data(&octets[2..]),
        (_, Some(status)) if answers(&status) && is_tag(tag) => Response::Tagged(tag, status),
        _ => Response::Garbage,
    }
}

/// Whether this could be one of our own tags; no other answers anything.
fn is_tag(word: &[u8]) -> bool {
    !word.is_empty() && word.iter().all(u8::is_ascii_alphanumeric)
}

/// Whether a condition can answer a command; BYE and PREAUTH only come untagged.
fn answers(status: &Status) -> bool {
    matches!(
        status.condition,
        Condition::Ok | Condition::No | Condition::Bad
    )
}

/// Whether a first line is of a kind that can announce a literal: only data can.
pub(super) fn may_hold_literals(line: &[u8]) -> bool {
    line.strip_prefix(b"* ")
        .is_some_and(|rest| Condition::from_word(first_word(trim_eol(rest))).is_none())
}

pub(super) fn trim_eol(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn first_word(octets: &[u8]) -> &[u8] {
    split_word(octets).map_or(octets, |(word, _)| word)
}

fn split_word(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = line.iter().position(|&b| b == b' ')?;
    Some((&line[..at], &line[at + 1..]))
}

fn status(rest: &[u8]) -> Option<Status> {
    let (word, text) = split_word(rest).unwrap_or((rest, b""));
    let condition = Condition::from_word(word)?;
    let text = String::from_utf8_lossy(text);
    let (code, argument, mut text) = split_code(text.trim());
    if text.len() > LONGEST_TEXT {
        text.truncate(text.floor_char_boundary(LONGEST_TEXT));
        text.push('…');
        text.shrink_to_fit();
    }
    Some(Status {
        condition,
        code,
        argument,
        text,
    })
}

/// Splits `[CODE arguments] text`; quotes inside the brackets may hold a bracket.
fn split_code(text: &str) -> (Option<String>, String, String) {
    let whole = || (None, String::new(), text.to_owned());
    let Some(inside) = text.strip_prefix('[') else {
        return whole();
    };
    let mut quoted = false;
    let Some(end) = inside.find(|c| {
        quoted ^= c == '"';
        c == ']' && !quoted
    }) else {
        return whole();
    };
    let (code, argument) = inside[..end]
        .split_once(' ')
        .unwrap_or((&inside[..end], ""));
    if code.is_empty() || code.len() > 64 {
        return whole();
    }
    (
        Some(code.to_ascii_uppercase()),
        argument.to_owned(),
        inside[end + 1..].trim().to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tagged(line: &[u8]) -> Status {
        match classify(line) {
            Response::Tagged(b"v1", status) => status,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_refusal_keeps_code_and_text() {
        let status = tagged(b"v1 no [overquota] Quota exceeded\r\n");
        assert_eq!(
            status.refusal(),
            Refusal {
                status: "NO",
                code: Some("OVERQUOTA".into()),
                text: "Quota exceeded".into()
            }
        );
    }

    #[test]
    fn odd_but_real_lines_are_understood() {
        assert_eq!(tagged(b"v1 OK\r\n").text, "");
        assert_eq!(tagged(b"v1 OK \r\n").condition, Condition::Ok);
        assert_eq!(
            tagged(b"v1 NO caf\xe9 is full\n").text,
            "caf\u{fffd} is full"
        );
        assert_eq!(
            tagged(b"v1 OK [APPENDUID 7 1:3] done\r\n").argument,
            "7 1:3"
        );
        assert_eq!(tagged(b"v1 OK [unclosed text\r\n").text, "[unclosed text");
        assert_eq!(classify(b"+\r\n"), Response::Continue(b""));
        assert_eq!(classify(b"* 3 EXISTS\r\n"), Response::Data(b"3 EXISTS\r\n"));
    }

    #[test]
    fn a_text_without_end_is_cut_and_what_stands_in_brackets_is_not() {
        let uids = "1,".repeat(2000);
        let line = format!("v1 OK [COPYUID 7 {uids}] x{}\r\n", "é".repeat(100_000));
        let status = tagged(line.as_bytes());
        assert_eq!(status.argument, format!("7 {uids}"));
        assert!(status.text.starts_with("xéé") && status.text.ends_with("é…"));
        assert!(status.text.len() <= LONGEST_TEXT + 3);
    }

    #[test]
    fn garbage_is_garbage() {
        for line in [
            &b"\r\n"[..],
            b"*\r\n",
            b"hello\r\n",
            b"220 smtp.example ESMTP\r\n",
            b"v1 BYE\r\n",
            b" OK no tag\r\n",
            b"\xff\xfe\r\n",
        ] {
            assert_eq!(classify(line), Response::Garbage, "{line:?}");
        }
    }

    #[test]
    fn text_that_looks_like_a_literal_is_text() {
        assert!(!may_hold_literals(b"* OK [ALERT] size {12}\r\n"));
        assert!(!may_hold_literals(b"v1 NO {12}\r\n"));
        assert!(may_hold_literals(b"* LIST () \".\" {12}\r\n"));
    }
}
