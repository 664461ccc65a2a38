//! One listed message: what Asterisk reads of it, and what it would call its recording.
//!
//! Values are read by Asterisk's own rules ([`asterisk_view`]) from the header fields that were
//! fetched, and stay as they are: not decoded, not judged, possibly a stranger's.

use crate::mailstore::types::{Structure, Uid, UidValidity};
use crate::ops::list::tally::{Count, Place};
use crate::voicemail::greeting::Greeting;
use crate::voicemail::header::VmHeader;
use crate::voicemail::list::List;
use crate::voicemail::parse::{AsteriskHeaders, asterisk_view};
use crate::voicemail::vmbox::VoicemailBox;

/// Seconds above which a duration is not believed: a day.
const LONGEST: u64 = 86_400;

/// Characters of a recording's format that are kept.
const LONGEST_FORMAT: usize = 20;

/// What a message is to its owner's phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Unheard and flagged.
    Urgent,
    /// Unheard.
    New,
    /// Heard.
    Old,
    /// In a folder of its own, without `\Seen`.
    Unheard,
    /// In a folder of its own, with `\Seen`.
    Heard,
    /// In a folder the phone never opens.
    Stranded,
    /// Has `\Deleted`.
    Deleted,
}

impl State {
    /// What a message in this place is.
    #[must_use]
    pub fn of(place: &Place, seen: bool) -> Self {
        match place {
            Place::Shown(List::New) => Self::New,
            Place::Shown(List::Old) => Self::Old,
            Place::Shown(List::Urgent) => Self::Urgent,
            Place::Shown(List::Named(_)) if seen => Self::Heard,
            Place::Shown(List::Named(_)) => Self::Unheard,
            Place::Stranded(_) => Self::Stranded,
            Place::Deleted => Self::Deleted,
        }
    }

    /// In one word, as `docs/json.md` has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Urgent => "urgent",
            Self::New => "new",
            Self::Old => "old",
            Self::Unheard => "unheard",
            Self::Heard => "heard",
            Self::Stranded => "stranded",
            Self::Deleted => "deleted",
        }
    }
}

/// What Asterisk takes a message's recording for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sound {
    /// What follows the first dot of the second part's first parameter: `WAV`, `gsm`.
    Named(String),
    /// It could not tell, and would not play it.
    CannotTell,
    /// The message was removed while it was being looked at.
    Gone,
}

impl Sound {
    /// Asterisk's way of telling (`imap_retrieve_file`): by name alone.
    #[must_use]
    pub fn of(structure: Option<&Structure>) -> Self {
        let Some(Structure::Parts(whole)) = structure else {
            return Self::CannotTell;
        };
        let second = whole.children.get(1).filter(|_| whole.is_multipart());
        let name = second.and_then(|part| part.parameters.first());
        let name = name.map(|(_, value)| String::from_utf8_lossy(value));
        match name.as_deref().and_then(|name| name.split_once('.')) {
            Some((_, extension)) if !extension.is_empty() => {
                Self::Named(extension.chars().take(LONGEST_FORMAT).collect())
            }
            _ => Self::CannotTell,
        }
    }
}

/// One listed message.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The IMAP folder, as people write it.
    pub folder: String,
    /// Its place in [`Layout::shelves`](crate::ops::index::Layout::shelves).
    pub(super) shelf: usize,
    /// Where its owner's phone shows it.
    pub place: Place,
    /// What it is there.
    pub state: State,
    /// Its UID.
    pub uid: Uid,
    /// The folder's UIDVALIDITY.
    pub uid_validity: Option<UidValidity>,
    /// Orig-time, Unix seconds UTC; `None` where it begins with no number.
    pub origtime: Option<i64>,
    /// The caller's name; empty where there is none.
    pub caller_name: String,
    /// The caller's number; empty where there is none.
    pub caller_number: String,
    /// Whole seconds; `None` where it cannot be read.
    pub duration: Option<u64>,
    /// Octets of the whole message.
    pub octets: u64,
    /// What its recording is.
    pub sound: Sound,
    /// Asterisk's id; `None` where it has none, or the `(null)` of forwarded ones.
    pub msg_id: Option<String>,
    /// Set where it is no message but a greeting, by its type.
    pub greeting: Option<Greeting>,
    /// Other mailboxes whose phones show it too.
    pub also_shown_to: Vec<VoicemailBox>,
}

impl Entry {
    /// `Name <number>`, or whichever there is; `None` for an unknown caller.
    #[must_use]
    pub fn caller(&self) -> Option<String> {
        let (name, number) = (self.caller_name.trim(), self.caller_number.trim());
        match (name.is_empty(), number.is_empty()) {
            (true, true) => None,
            (false, true) => Some(name.to_owned()),
            (true, false) => Some(number.to_owned()),
            (false, false) => Some(format!("{name} <{number}>")),
        }
    }

    /// Asterisk's order of playing: urgent, new, old, then the folders by number, and last what is
    /// not shown at all.
    pub(super) fn rank(&self) -> (u8, Option<List>, usize) {
        let group = match self.place {
            Place::Shown(List::Urgent) => 0,
            Place::Shown(List::New) => 1,
            Place::Shown(List::Old) => 2,
            Place::Shown(List::Named(_)) => 3,
            Place::Stranded(_) => 4,
            Place::Deleted => 5,
        };
        let list = match self.place {
            Place::Shown(list) => Some(list),
            _ => None,
        };
        (group, list, self.shelf)
    }
}

/// What a message's header says, read once.
pub(super) struct Header {
    view: AsteriskHeaders,
}

impl Header {
    pub(super) fn read(block: &[u8]) -> Self {
        Self {
            view: asterisk_view(block),
        }
    }

    pub(super) fn origtime(&self) -> Option<i64> {
        self.view.number(VmHeader::OrigTime)
    }

    /// A plain number of seconds that can be believed; `2:05` and the like are none.
    pub(super) fn duration(&self) -> Option<u64> {
        let text = self.view.text(VmHeader::Duration)?;
        let digits = text.trim_ascii();
        let plain = digits.bytes().all(|octet| octet.is_ascii_digit());
        let seconds = plain.then(|| digits.parse().ok()).flatten();
        seconds.filter(|seconds| *seconds <= LONGEST)
    }

    /// The message as one that is counted.
    pub(super) fn count(&self, seen: bool) -> Count {
        let duration = self.duration();
        Count {
            messages: 1,
            unheard: u64::from(!seen),
            seconds: duration.unwrap_or(0),
            unknown: u64::from(duration.is_none()),
        }
    }

    pub(super) fn text(&self, header: VmHeader) -> String {
        self.view.text(header).unwrap_or_default().into_owned()
    }

    pub(super) fn greeting(&self) -> Option<Greeting> {
        Greeting::from_name(self.text(VmHeader::MessageType).trim())
    }

    pub(super) fn msg_id(&self) -> Option<String> {
        let id = self.text(VmHeader::MessageId);
        let id = id.trim();
        (!id.is_empty() && id != "(null)").then(|| id.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailstore::types::Part;

    #[test]
    fn only_a_believable_number_is_a_duration() {
        let duration = |value: &str| {
            Header::read(format!("X-Asterisk-VM-Duration: {value}\r\n").as_bytes()).duration()
        };
        assert_eq!(duration("61"), Some(61));
        assert_eq!(duration("0"), Some(0));
        assert_eq!(duration("7 "), Some(7));
        for odd in ["", "2:05", "-3", "abc", "86401", "99999999999999999999999"] {
            assert_eq!(duration(odd), None, "{odd:?}");
        }
        assert_eq!(Header::read(b"X-Other: 1\r\n").duration(), None);
    }

    #[test]
    fn null_is_no_id() {
        let id = |value: &str| {
            Header::read(format!("X-Asterisk-VM-Message-ID: {value}\r\n").as_bytes()).msg_id()
        };
        assert_eq!(
            id("1763891321-00000001").as_deref(),
            Some("1763891321-00000001")
        );
        assert_eq!(id("(null)"), None);
        assert_eq!(id(""), None);
    }

    #[test]
    fn the_format_is_what_follows_the_first_dot_of_the_first_parameter() {
        let of = |parameters: &[(&str, &str)], multipart: bool| {
            let second = Part {
                parameters: parameters
                    .iter()
                    .map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec()))
                    .collect(),
                ..Part::default()
            };
            let kind = if multipart { "multipart" } else { "message" };
            Sound::of(Some(&Structure::Parts(Box::new(Part {
                media_type: kind.to_owned(),
                children: vec![Part::default(), second],
                ..Part::default()
            }))))
        };
        let named = |format: &str| Sound::Named(format.to_owned());
        assert_eq!(of(&[("name", "msg0000.WAV")], true), named("WAV"));
        assert_eq!(of(&[("x", "a.gsm"), ("name", "b.wav")], true), named("gsm"));
        assert_eq!(
            of(&[("name", "my.msg0000.wav")], true),
            named("msg0000.wav")
        );
        assert_eq!(of(&[("name", "msg0000")], true), Sound::CannotTell);
        assert_eq!(of(&[("name", "msg0000.")], true), Sound::CannotTell);
        assert_eq!(of(&[], true), Sound::CannotTell);
        assert_eq!(of(&[("name", "msg0000.WAV")], false), Sound::CannotTell);
        assert_eq!(Sound::of(Some(&Structure::TooComplex)), Sound::CannotTell);
    }
}
