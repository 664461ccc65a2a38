//! `format=`: the recording formats, reduced to distinct ones as Asterisk does.
//!
//! Two names of one format (`wav49` and `WAV`) count once, unknown names are dropped, and a list
//! without any known name is `wav`. Which formats a given Asterisk really has depends on its
//! modules; the table is what Asterisk 22 can have.
//!
//! Source: main/file.c, `ast_format_str_reduce`; the `exts` of formats/*.c.

/// Names of one format stand in one row.
const FORMATS: &[&[&str]] = &[
    &["wav49", "WAV"],
    &["wav"],
    &["wav16"],
    &["gsm"],
    &["ulaw", "ul", "mu", "ulw", "pcm"],
    &["alaw", "al", "alw"],
    &["au"],
    &["g722"],
    &["g719"],
    &["g723", "g723sf"],
    &["g726-16"],
    &["g726-24"],
    &["g726-32"],
    &["g726-40"],
    &["g729"],
    &["ilbc"],
    &["ogg"],
    &["opus"],
    &["spx"],
    &["spx16"],
    &["spx32"],
    &["mp3"],
    &["siren7"],
    &["siren14"],
    &["sln", "slin", "raw"],
    &["sln12"],
    &["sln16"],
    &["sln24"],
    &["sln32"],
    &["sln44"],
    &["sln48"],
    &["sln96"],
    &["sln192"],
    &["vox"],
    &["h263"],
    &["h264"],
];

/// The most names Asterisk looks at (`AST_MAX_FORMATS`).
const MAX_NAMES: usize = 10;

/// The distinct known formats in order, as spelt, and the names that are not known or come too
/// late to be looked at.
#[must_use]
pub fn reduce(text: &str) -> (Vec<String>, Vec<String>) {
    let mut rows = Vec::new();
    let (mut kept, mut unknown) = (Vec::new(), Vec::new());
    for (number, name) in text.split('|').enumerate() {
        let row = FORMATS.iter().position(|names| names.contains(&name));
        match row.filter(|_| number < MAX_NAMES) {
            Some(row) if rows.contains(&row) => {}
            Some(row) => {
                rows.push(row);
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
