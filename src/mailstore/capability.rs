//! What a server says it can do (RFC 3501 §7.2.1).
//!
//! A set of words, upper case. Invariant: never empty of meaning by accident, an unparsed
//! CAPABILITY is an error where it is read.

use std::collections::BTreeSet;

/// The capabilities a server announced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Capabilities(BTreeSet<String>);

impl Capabilities {
    /// Reads the words of a CAPABILITY answer or response code.
    #[must_use]
    pub fn from_words(words: &str) -> Self {
        Self(
            words
                .split_ascii_whitespace()
                .map(str::to_ascii_uppercase)
                .collect(),
        )
    }

    /// Whether the server announced this word, for example `UIDPLUS` or `AUTH=PLAIN`, in any case.
    #[must_use]
    pub fn has(&self, word: &str) -> bool {
        self.0.contains(&word.to_ascii_uppercase())
    }

    /// All words, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The largest message APPEND takes (RFC 7889), where announced.
    #[must_use]
    pub fn append_limit(&self) -> Option<u64> {
        self.iter()
            .find_map(|w| w.strip_prefix("APPENDLIMIT="))
            .and_then(|n| n.parse().ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_any_case() {
        let caps = Capabilities::from_words("IMAP4rev1 literal+ AUTH=plain APPENDLIMIT=42");
        assert!(caps.has("LITERAL+") && caps.has("auth=PLAIN") && !caps.has("LITERAL-"));
        assert_eq!(caps.append_limit(), Some(42));
    }
}
