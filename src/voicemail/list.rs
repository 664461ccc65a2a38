//! The lists Asterisk makes of a box's messages, and which of them a stored message appears in.
//!
//! Asterisk keeps each in an array, and crashes when Old or a named folder holds more than
//! `maxmsg` (asterisk-format 2.4). Source: `app_voicemail.c`, `imap_mailbox_name`, the SEARCH
//! programs of `messagecount` and `open_mailbox`.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::folder::{Home, Placement, VoicemailFolder};

/// One of the lists Asterisk makes of a box's messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum List {
    /// Unheard, not urgent.
    New,
    /// Heard.
    Old,
    /// Unheard and flagged.
    Urgent,
    /// Everything in a folder of its own.
    Named(VoicemailFolder),
}

impl List {
    /// The list a message with this placement appears in.
    #[must_use]
    pub fn of(placement: Placement) -> Self {
        match placement.home {
            Home::Named(folder) => Self::Named(folder),
            Home::ImapFolder if placement.seen => Self::Old,
            Home::ImapFolder if placement.flagged => Self::Urgent,
            Home::ImapFolder => Self::New,
        }
    }

    /// The list a message that is not `\Deleted` appears in; `None` in a folder called Old, which
    /// the phone never opens.
    #[must_use]
    pub fn shown(home: Home, seen: bool, flagged: bool) -> Option<Self> {
        match home {
            Home::Named(VoicemailFolder::Old) => None,
            home => Some(Self::of(Placement {
                home,
                seen,
                flagged,
            })),
        }
    }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New => f.write_str("new"),
            Self::Old => f.write_str("old"),
            Self::Urgent => f.write_str("urgent"),
            Self::Named(folder) => folder.fmt(f),
        }
    }
}

impl Serialize for List {
    /// In lower case, as `docs/json.md` names them.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_string().to_lowercase())
    }
}

impl<'de> Deserialize<'de> for List {
    /// From what [`Serialize`] makes of it; `old` is the list, never a folder called Old.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let lists = [Self::New, Self::Old, Self::Urgent];
        let mut all = lists
            .into_iter()
            .chain(VoicemailFolder::ALL.map(Self::Named));
        all.find(|list| list.to_string().to_lowercase() == text)
            .ok_or_else(|| serde::de::Error::custom(format!("{text:?} is no list of messages")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_as_it_is_written() {
        let work = List::Named(VoicemailFolder::Work);
        for list in [List::New, List::Old, List::Urgent, work] {
            let text = serde_json::to_string(&list).unwrap();
            assert_eq!(serde_json::from_str::<List>(&text).unwrap(), list);
        }
        let old = serde_json::to_string(&List::Named(VoicemailFolder::Old)).unwrap();
        assert_eq!(serde_json::from_str::<List>(&old).unwrap(), List::Old);
        assert!(serde_json::from_str::<List>("\"Old\"").is_err());
    }

    #[test]
    fn heard_is_old_even_when_urgent_and_the_old_folder_is_never_shown() {
        assert_eq!(List::shown(Home::ImapFolder, true, true), Some(List::Old));
        assert_eq!(
            List::shown(Home::ImapFolder, false, true),
            Some(List::Urgent)
        );
        assert_eq!(List::shown(Home::ImapFolder, false, false), Some(List::New));
        let named = |folder| List::shown(Home::Named(folder), false, true);
        assert_eq!(
            named(VoicemailFolder::Work),
            Some(List::Named(VoicemailFolder::Work))
        );
        assert_eq!(named(VoicemailFolder::Old), None);
    }
}
