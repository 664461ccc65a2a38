//! Words that several verbs' texts share.

pub use crate::ops::words::plural;

/// A selection without a mailbox: only a part of voicemail.conf can be one.
pub const NO_MAILBOX: &str = "No mailbox of voicemail.conf falls into this part (--shard).";

/// `1 error in voicemail.conf`: boxes may be missing because of it.
#[must_use]
pub fn errors_in_conf(count: u64) -> String {
    plural(count, "error in voicemail.conf", "errors in voicemail.conf")
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
