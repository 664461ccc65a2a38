//! What a server said, fit for an error message: nothing that could steer a terminal.

/// Replaces what could steer a terminal: control characters and Unicode's direction marks.
pub(super) fn clean(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            c if c.is_control() => ' ',
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' => ' ',
            c => c,
        })
        .collect()
}

/// The first octets of an answer, printable, for an error message.
pub(crate) fn excerpt(octets: &[u8]) -> String {
    const LONGEST: usize = 160;
    let cut = &octets[..octets.len().min(LONGEST)];
    let mut text = clean(&String::from_utf8_lossy(cut));
    text.truncate(text.trim_end().len());
    if octets.len() > LONGEST {
        text.push('…');
    }
    text
}
