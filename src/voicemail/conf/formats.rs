//! `format=`: the recording formats, reduced to distinct ones as Asterisk does.
//!
//! Two names of one format (`wav49` and `WAV`) count once, unknown names are dropped, and a list
//! without any known name is `wav`. Which formats a given Asterisk really has depends on its
//! modules; known is what Asterisk 22 can have.
//!
//! Source: main/file.c, `ast_format_str_reduce`; the `exts` of formats/*.c.

use crate::voicemail::audio::format_of;

/// The most names Asterisk looks at (`AST_MAX_FORMATS`).
const MAX_NAMES: usize = 10;

/// The distinct known formats in order, as spelt, and the names that are not known or come too
/// late to be looked at.
#[must_use]
pub fn reduce(text: &str) -> (Vec<String>, Vec<String>) {
    let mut formats = Vec::new();
    let (mut kept, mut unknown) = (Vec::new(), Vec::new());
    for (number, name) in text.split('|').enumerate() {
        match format_of(name).filter(|_| number < MAX_NAMES) {
            Some(format) if formats.contains(&format) => {}
            Some(format) => {
                formats.push(format);
                kept.push(name.to_owned());
            }
            None => unknown.push(name.to_owned()),
        }
    }
    (kept, unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_distinct_and_keep_their_order() {
        assert_eq!(reduce("wav49|gsm|wav").0, ["wav49", "gsm", "wav"]);
        assert_eq!(reduce("WAV|wav49|wav|wav").0, ["WAV", "wav"]);
        let (kept, unknown) = reduce("wav49 | gsm|nonsense");
        assert!(kept.is_empty());
        assert_eq!(unknown, ["wav49 ", " gsm", "nonsense"]);
        assert_eq!(reduce("slin|raw|spx16").0, ["slin", "spx16"]);
        assert_eq!(reduce("a|b|c|d|e|f|g|h|i|wav|gsm").0, ["wav"]);
    }
}
