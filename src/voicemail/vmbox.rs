//! `extension@context`: who a voicemail belongs to.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// A voicemail box: an extension in a section of voicemail.conf.
///
/// Never call this a "mailbox" without the prefix: an IMAP mailbox is a folder on a server.
/// Ordered by context, then extension.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VoicemailBox {
    /// The mailbox number, for example `4123`. At most 79 bytes in Asterisk.
    pub extension: String,
    /// The voicemail context (the section of voicemail.conf), for example `default`.
    pub context: String,
}

impl VoicemailBox {
    /// Makes a box from its two halves.
    pub fn new(extension: impl Into<String>, context: impl Into<String>) -> Self {
        Self {
            extension: extension.into(),
            context: context.into(),
        }
    }
}

impl fmt::Display for VoicemailBox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.extension, self.context)
    }
}

impl Serialize for VoicemailBox {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Ord for VoicemailBox {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (&self.context, &self.extension).cmp(&(&other.context, &other.extension))
    }
}

impl PartialOrd for VoicemailBox {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The text was not `extension@context`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotABox(String);

impl fmt::Display for NotABox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not EXTENSION@CONTEXT", self.0)
    }
}

impl std::error::Error for NotABox {}

impl FromStr for VoicemailBox {
    type Err = NotABox;

    fn from_str(text: &str) -> Result<Self, NotABox> {
        match text.split_once('@') {
            Some((extension, context)) if !extension.is_empty() && !context.is_empty() => {
                Ok(Self::new(extension, context))
            }
            _ => Err(NotABox(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_reads_back_what_it_prints() {
        let vmbox = VoicemailBox::new("4123", "default");
        assert_eq!(vmbox.to_string().parse(), Ok(vmbox));
    }

    #[test]
    fn half_a_box_is_refused() {
        for text in ["4123", "@default", "4123@", ""] {
            assert!(text.parse::<VoicemailBox>().is_err(), "{text:?}");
        }
    }
}
