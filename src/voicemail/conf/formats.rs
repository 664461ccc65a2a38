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
    &["mp3"],
    &["siren7"],
    &["siren14"],
    &["sln", "raw"],
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

/// The distinct known formats in order, as spelt, and the names that are not known.
#[must_use]
pub fn reduce(text: &str) -> (Vec<String>, Vec<String>) {
    let mut rows = Vec::new();
    let (mut kept, mut unknown) = (Vec::new(), Vec::new());
    for name in text.split('|') {
        match FORMATS.iter().position(|names| names.contains(&name)) {
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
    }
}
