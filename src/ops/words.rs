//! Numbers in sentences.

use std::fmt::Display;

/// `1 message`, `2 messages`.
#[must_use]
pub fn plural<N: Copy + Display + PartialEq + From<u8>>(count: N, one: &str, many: &str) -> String {
    let word = if count == N::from(1) { one } else { many };
    format!("{count} {word}")
}
