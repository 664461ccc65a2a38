//! Takes the comments out of lines, including block comments that span lines and files.
//!
//! Asterisk's rules: `;` ends the line; `\;` is a semicolon; `;--` opens a block unless a third
//! dash follows (`;---` is an ordinary comment); `--;` closes it; blocks nest. A `--;` outside a
//! block drives the depth below zero, and Asterisk then ignores everything up to the next `;--`:
//! that is kept, and reported.
//!
//! Invariant: one pass over each line, no matter what it holds.
//!
//! Source: main/config.c, `config_text_file_load`.

use crate::voicemail::conf::origin::Place;

/// The deepest nesting Asterisk allows.
const MAX_NESTED: usize = 128;

/// Something odd about the comments of one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommentFault {
    /// A `--;` that closes nothing.
    Stray,
    /// More than 128 blocks inside each other. Asterisk itself hangs here.
    TooDeep,
}

/// Where a run of lines stands with respect to block comments.
#[derive(Debug, Default)]
pub struct Comments {
    /// Where the open blocks began; an earlier file of the same pattern, perhaps.
    open: Vec<Place>,
    /// How far stray `--;`s have taken the depth below zero.
    below_zero: u32,
}

impl Comments {
    /// Whether the next line starts inside a comment.
    fn inside(&self) -> bool {
        self.below_zero > 0 || !self.open.is_empty()
    }

    /// Where the innermost block that is still open began.
    pub fn unterminated(&self) -> Option<&Place> {
        self.open.last()
    }

    /// What is left of a line, or `None` where all of it is comment.
    pub fn strip(&mut self, line: &[u8], place: &Place) -> (Option<Vec<u8>>, Option<CommentFault>) {
        let mut text = (!self.inside()).then(Vec::new);
        // A block opened on this line ends what was visible so far.
        let mut hidden = text.is_none();
        let mut fault = None;
        let mut from = 0;
        let at = |index: usize| line.get(index).copied();
        while let Some(semicolon) = memchr(line, from) {
            let mut keep = |upto: usize, hidden: bool| {
                if let Some(text) = text.as_mut().filter(|_| !hidden) {
                    text.extend_from_slice(&line[from..upto]);
                }
            };
            if semicolon > from && line[semicolon - 1] == b'\\' {
                keep(semicolon - 1, hidden);
                if let Some(text) = text.as_mut().filter(|_| !hidden) {
                    text.push(b';');
                }
                from = semicolon + 1;
            } else if at(semicolon + 1) == Some(b'-')
                && at(semicolon + 2) == Some(b'-')
                && at(semicolon + 3) != Some(b'-')
            {
                keep(semicolon, hidden);
                from = semicolon + 3;
                if self.below_zero > 0 {
                    self.below_zero -= 1;
                } else if self.open.len() < MAX_NESTED {
                    self.open.push(place.clone());
                } else {
                    fault = Some(CommentFault::TooDeep);
                }
                hidden = true;
            } else if semicolon >= from + 2 && line[semicolon - 2..semicolon] == *b"--" {
                keep(semicolon + 1, hidden);
                from = semicolon + 1;
                if self.open.pop().is_none() {
                    fault = fault.or(Some(CommentFault::Stray));
                    self.below_zero = self.below_zero.saturating_add(1);
                } else if self.open.is_empty() {
                    text.get_or_insert_default();
                    hidden = false;
                }
            } else if self.inside() {
                keep(semicolon + 1, hidden);
                from = semicolon + 1;
            } else {
                keep(semicolon, hidden);
                return (text, fault);
            }
        }
        if let Some(text) = text.as_mut().filter(|_| !hidden) {
            text.extend_from_slice(&line[from..]);
        }
        (text, fault)
    }
}

/// The next semicolon at or after `from`.
fn memchr(line: &[u8], from: usize) -> Option<usize> {
    let rest = line.get(from..)?;
    rest.iter().position(|&b| b == b';').map(|at| at + from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(number: u32) -> Place {
        Place::new(std::path::Path::new("f"), number)
    }

    fn stripped(lines: &[&str]) -> Vec<Option<String>> {
        let mut comments = Comments::default();
        lines
            .iter()
            .zip(1..)
            .map(|(text, number)| comments.strip(text.as_bytes(), &line(number)).0)
            .map(|text| text.map(|text| String::from_utf8(text).unwrap()))
            .collect()
    }

    #[test]
    fn each_kind_of_comment_leaves_what_asterisk_leaves() {
        for (line, left) in [
            ("a=b ; c", "a=b "),
            (r"a=b\;c;d", "a=b;c"),
            ("a=;--x--;b", "a=b"),
            ("a=;--x;--y--;z--;b", "a=b"),
            ("a=;--x--;b;--y--;c ; d", "a=bc "),
            (";---- a rule ----", ""),
            ("a=b;--- c", "a=b"),
            (";", ""),
            ("a=b;-", "a=b"),
        ] {
            assert_eq!(stripped(&[line]), [Some(left.to_owned())], "{line}");
        }
    }

    #[test]
    fn a_block_spans_lines_and_text_after_its_end_counts() {
        assert_eq!(
            stripped(&["a=b;-- x", "c=d ; --", "--;e=f", "g=h"]),
            [
                Some("a=b".into()),
                None,
                Some("e=f".into()),
                Some("g=h".into())
            ]
        );
    }

    #[test]
    fn a_stray_end_hides_all_lines_up_to_the_next_block() {
        assert_eq!(
            stripped(&["a=b--;c", "d=e", ";--", "f=g"]),
            [Some("a=b--;c".into()), None, None, Some("f=g".into())]
        );
        let mut comments = Comments::default();
        assert_eq!(
            comments.strip(b"a--;", &line(1)).1,
            Some(CommentFault::Stray)
        );
        assert_eq!(comments.unterminated(), None);
    }

    #[test]
    fn nesting_has_a_limit() {
        let mut comments = Comments::default();
        let deep = b";--".repeat(MAX_NESTED);
        assert_eq!(comments.strip(&deep, &line(7)).1, None);
        assert_eq!(
            comments.strip(b";--", &line(8)).1,
            Some(CommentFault::TooDeep)
        );
        assert_eq!(comments.unterminated(), Some(&line(7)));
    }
}
