//! Words that several verbs' texts share.

use std::fmt::Display;

/// A selection without a mailbox: only a part of voicemail.conf can be one.
pub const NO_MAILBOX: &str = "No mailbox of voicemail.conf falls into this part (--shard).";

/// `1 message`, `2 messages`.
#[must_use]
pub fn plural<N: Copy + Display + PartialEq + From<u8>>(count: N, one: &str, many: &str) -> String {
    let word = if count == N::from(1) { one } else { many };
    format!("{count} {word}")
}

/// What errors in the input are called behind their number.
#[must_use]
pub fn input_errors(count: u64) -> &'static str {
    if count == 1 {
        "input error"
    } else {
        "input errors"
    }
}

/// A name short enough for a table or a line of progress: one of 255 characters would push
/// everything else off the screen.
#[must_use]
pub fn shortened(name: &str) -> String {
    const LONGEST: usize = 40;
    if name.chars().count() <= LONGEST {
        return name.to_owned();
    }
    let kept: String = name.chars().take(LONGEST - 1).collect();
    format!("{kept}…")
}
