//! Comments of Asterisk's configuration dialect: `;` to the end of the line, `\;` for the
//! character itself, and `;-- ... --;` over several lines, nested.
//!
//! Source: `main/config.c`, `config_text_file_load`.

/// How deep block comments may nest; deeper openings are text of the comment (`MAX_NESTED_COMMENTS`).
const MAX_DEPTH: u32 = 128;

/// Takes comments out of lines, remembering open block comments from line to line.
#[derive(Debug, Default)]
pub struct Comments {
    depth: u32,
}

impl Comments {
    /// Whether a block comment is open: at the end of a file, it swallowed the rest.
    #[must_use]
    pub fn open(&self) -> bool {
        self.depth > 0
    }

    /// What is left of a line, without white space around it; empty if nothing is.
    pub fn strip(&mut self, line: &str) -> String {
        let bytes = line.as_bytes();
        let mut kept: Vec<u8> = Vec::with_capacity(bytes.len());
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            if rest[0] != b';' {
                if self.depth == 0 {
                    kept.push(rest[0]);
                }
                at += 1;
            } else if self.depth == 0 && kept.last() == Some(&b'\\') {
                kept.pop();
                kept.push(b';');
                at += 1;
            } else if opens(rest) && self.depth < MAX_DEPTH {
                self.depth += 1;
                at += 3;
            } else if self.depth > 0 {
                if bytes[..at].ends_with(b"--") {
                    self.depth -= 1;
                }
                at += 1;
            } else {
                break;
            }
        }
        String::from_utf8_lossy(&kept).trim().to_owned()
    }
}

/// `;--`, but not `;---`, which is an ordinary comment.
fn opens(rest: &[u8]) -> bool {
    rest.starts_with(b";--") && rest.get(3) != Some(&b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strip(lines: &[&str]) -> Vec<String> {
        let mut comments = Comments::default();
        lines.iter().map(|line| comments.strip(line)).collect()
    }

    #[test]
    fn a_semicolon_ends_the_line_and_an_escaped_one_does_not() {
        assert_eq!(strip(&[r"a = b\;c ; d"]), ["a = b;c"]);
        assert_eq!(strip(&["; all of it", "a=b;c"]), ["", "a=b"]);
    }

    #[test]
    fn block_comments_span_lines_nest_and_end_within_a_line() {
        let lines = [
            "a=1 ;-- out",
            "b=2 ;-- deeper --; still out",
            "c=3 --; d=4",
            "e=5",
        ];
        assert_eq!(strip(&lines), ["a=1", "", "d=4", "e=5"]);
        assert_eq!(strip(&["a=1 ;-- x --; b"]), ["a=1  b"]);
    }

    #[test]
    fn a_rule_of_dashes_is_an_ordinary_comment() {
        assert_eq!(strip(&[";---------", "a=b"]), ["", "a=b"]);
    }

    #[test]
    fn an_unclosed_block_comment_is_noticed() {
        let mut comments = Comments::default();
        comments.strip(";-- for ever");
        assert!(comments.open());
    }

    #[test]
    fn non_ascii_text_stays_whole() {
        assert_eq!(
            strip(&["4125 => 1,José Núñez ; ñ"]),
            ["4125 => 1,José Núñez"]
        );
    }
}
