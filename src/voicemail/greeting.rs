//! The greetings an owner can record, and how Asterisk's IMAP storage knows them again.
//!
//! Names only. Asterisk looks at no header: a greeting is what a part 2 is called before the first
//! dot of its first Content-Type parameter. Source: `app_voicemail.c`, `imap_retrieve_greeting`,
//! `imap_delete_old_greeting`; asterisk-format 4.

use std::fmt;

use serde::{Serialize, Serializer};

/// A kind of greeting; a mailbox has one of each at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Greeting {
    /// Played where nobody answers.
    Unavail,
    /// Played where the line is busy.
    Busy,
    /// The owner's name.
    Greet,
    /// Played instead of all others while it is there.
    Temp,
}

impl Greeting {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Unavail, Self::Busy, Self::Greet, Self::Temp];

    /// The file's name before its dot, and the value of `X-Asterisk-VM-Message-Type`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unavail => "unavail",
            Self::Busy => "busy",
            Self::Greet => "greet",
            Self::Temp => "temp",
        }
    }

    /// The kind of this name, in this very spelling.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The kind Asterisk takes a recording for by its name: what stands before the first dot.
    #[must_use]
    pub fn of_file(name: &[u8]) -> Option<Self> {
        let stem = name.split(|octet| *octet == b'.').next()?;
        Self::from_name(std::str::from_utf8(stem).ok()?)
    }
}

impl fmt::Display for Greeting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Greeting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_what_stands_before_the_first_dot() {
        assert_eq!(Greeting::of_file(b"unavail.WAV"), Some(Greeting::Unavail));
        assert_eq!(Greeting::of_file(b"temp"), Some(Greeting::Temp));
        for other in [
            &b"msg0000.WAV"[..],
            b"Unavail.WAV",
            b"my.unavail.WAV",
            b"unavail2.wav",
            b"",
        ] {
            assert_eq!(Greeting::of_file(other), None);
        }
    }
}
