//! The two texts by which Asterisk finds a box's messages.
//!
//! `SEARCH HEADER X-Asterisk-VM-Extension ... HEADER X-Asterisk-VM-Context ...` is a substring test
//! in any case of letters (RFC 3501 §6.4.4): box 200 also finds what is left for 2001 and 12001, and
//! context `default` what is left in `my-default` (tried on a running Asterisk). Where a message
//! belongs is decided by equality instead; Asterisk itself takes two names for one where only their
//! case differs.

/// Extension and context, of a box or of a message; compared without regard to case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Terms {
    extension: String,
    context: String,
}

impl Terms {
    /// Terms of a box (its `imapvmshareid` or number, and its context) or the values of a
    /// message's headers.
    #[must_use]
    pub fn new(extension: &str, context: &str) -> Self {
        Self {
            extension: extension.to_ascii_lowercase(),
            context: context.to_ascii_lowercase(),
        }
    }

    /// Whether the phone of a box with these terms shows a message with those.
    #[must_use]
    pub fn find(&self, message: &Self) -> bool {
        message.extension.contains(&self.extension) && message.context.contains(&self.context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_name_in_any_case_is_enough_to_find_and_not_to_own() {
        let own = Terms::new("200", "Default");
        for (extension, context, found) in [
            ("200", "default", true),
            ("12001", "my-DEFAULT-ctx", true),
            ("20", "default", false),
            ("200", "sales", false),
        ] {
            let message = Terms::new(extension, context);
            assert_eq!(own.find(&message), found, "{extension}@{context}");
        }
        assert_eq!(own, Terms::new("200", "dEFAULT"));
        assert_ne!(own, Terms::new("2001", "default"));
    }
}
