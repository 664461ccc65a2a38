//! Sentences broken between words, where a terminal would break them inside.
//!
//! Only for what people read on a terminal: files, pipes and the log keep whole lines.

use unicode_width::UnicodeWidthStr;

/// Columns by which the second line and those after it stand in.
const INDENT: usize = 2;

/// The text with each line broken between words so that it fits into `room` columns. A line that
/// fits stays as it is, blanks and all; a word longer than the room is left to the terminal.
#[must_use]
pub fn fit(text: &str, room: Option<usize>) -> String {
    let Some(room) = room else {
        return text.to_owned();
    };
    let lines: Vec<String> = text.split('\n').map(|line| broken(line, room)).collect();
    lines.join("\n")
}

fn broken(line: &str, room: usize) -> String {
    if line.width() <= room {
        return line.to_owned();
    }
    let begin = line.len() - line.trim_start_matches(' ').len();
    let (margin, text) = line.split_at(begin);
    let mut broken = margin.to_owned();
    let mut used = begin;
    let mut fresh = true;
    for word in text.split(' ') {
        let wide = word.width();
        if !fresh && used + 1 + wide > room {
            broken.push('\n');
            used = (begin + INDENT).min(room / 2);
            broken.push_str(&" ".repeat(used));
        } else if !fresh {
            broken.push(' ');
            used += 1;
        }
        broken.push_str(word);
        used += wide;
        fresh = false;
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_broken_between_words_and_the_rest_stands_in() {
        let text = "4123@default: 11 to append (5 new, 2 old)";
        assert_eq!(
            fit(text, Some(30)),
            "4123@default: 11 to append (5\n  new, 2 old)"
        );
        assert_eq!(fit(text, None), text);
        assert_eq!(fit(text, Some(41)), text);
    }

    #[test]
    fn what_fits_keeps_its_blanks_and_a_long_word_stays_whole() {
        assert_eq!(fit("  a   b\n\nc", Some(20)), "  a   b\n\nc");
        let word = "x".repeat(50);
        assert_eq!(
            fit(&format!("  go {word} on"), Some(20)),
            format!("  go\n    {word}\n    on")
        );
    }

    #[test]
    fn wide_characters_count_twice() {
        let lines = fit("渡辺 太郎 渡辺 太郎 渡辺 太郎 渡辺", Some(20));
        assert!(lines.lines().all(|line| line.width() <= 20), "{lines}");
        assert_eq!(lines.lines().count(), 2);
    }
}
