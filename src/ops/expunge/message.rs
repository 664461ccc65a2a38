//! One stored voicemail as a removal judges it: what its headers say, read as Asterisk reads them,
//! and what tells it from every other.
//!
//! Judges nothing. Source: `app_voicemail.c`, `get_header_by_tag`; asterisk-format 1 and 4
//! (greetings carry the same headers as messages).

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use crate::mailstore::types::{Asked, Envelope, Flags, Uid};
use crate::voicemail::folder::Home;
use crate::voicemail::header::VmHeader;
use crate::voicemail::parse::{AsteriskHeaders, asterisk_view};

/// What has to be asked for, to judge a message and to know it again.
pub const ASKED: Asked = Asked {
    size: true,
    ..Asked::fields(&[
        VmHeader::Extension.name(),
        VmHeader::Context.name(),
        VmHeader::CallerIdNum.name(),
        VmHeader::CallerIdName.name(),
        VmHeader::Duration.name(),
        VmHeader::MessageType.name(),
        VmHeader::OrigTime.name(),
        VmHeader::MessageId.name(),
        "Message-ID",
    ])
};

/// Whether a phone has played a message, and how it was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Unheard, not urgent.
    New,
    /// Unheard and flagged.
    Urgent,
    /// Heard.
    Old,
}

impl State {
    /// As Asterisk tells them apart, whatever the folder and whether or not it is marked as deleted.
    #[must_use]
    pub fn of(flags: Flags) -> Self {
        match (flags.seen, flags.flagged) {
            (true, _) => Self::Old,
            (false, true) => Self::Urgent,
            (false, false) => Self::New,
        }
    }

    /// In lower case, as `docs/json.md` names it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Urgent => "urgent",
            Self::Old => "old",
        }
    }
}

/// What a message with voicemail headers is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// A message somebody left.
    Voicemail,
    /// A greeting the owner has recorded (`imapgreetings=yes`).
    Greeting,
    /// Its headers can be read in two ways.
    Unclear,
}

/// One stored voicemail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its UID.
    pub uid: Uid,
    /// Its flags when it was looked at.
    pub flags: Flags,
    /// What the folder is to its owner's phone; `None` where that never opens it.
    pub home: Option<Home>,
    /// When it was left, Unix seconds UTC; `None` where it does not tell, or in two ways.
    pub origtime: Option<i64>,
    /// Whole seconds; `None` where it does not tell, or in two ways.
    pub duration: Option<u64>,
    /// RFC822.SIZE in octets.
    pub size: u64,
    /// The caller's name, untrusted.
    pub caller_name: String,
    /// The caller's number, untrusted.
    pub caller_number: String,
    /// Asterisk's id; `(null)` is none.
    pub msg_id: Option<String>,
    /// The Message-ID header.
    pub message_id: Option<String>,
    /// A digest of all that tells it from others, for looking whether it is still the same.
    pub identity: u64,
}

impl Message {
    /// Whether it is in one of these states; true where none is given. New, urgent and old are the
    /// phone's lists in `imapfolder`: what its owner saved to Work, Family and the like is meant only
    /// where folders are named as well.
    #[must_use]
    pub fn is_in(&self, states: &[State], folders_named: bool) -> bool {
        let listed = folders_named || self.home == Some(Home::ImapFolder);
        states.is_empty() || listed && states.contains(&State::of(self.flags))
    }

    /// Reads what was fetched by [`ASKED`].
    #[must_use]
    pub fn read(envelope: &Envelope, home: Option<Home>) -> Self {
        let view = asterisk_view(&envelope.header);
        let text = |header| {
            let text = view.text(header).unwrap_or_default();
            text.trim().to_owned()
        };
        // Asterisk takes the first, be it within a caller's name.
        let number = |header| view.number(header).filter(|_| view.count(header) == 1);
        let msg_id = Some(text(VmHeader::MessageId));
        Self {
            uid: envelope.uid,
            flags: envelope.flags,
            home,
            origtime: number(VmHeader::OrigTime),
            duration: number(VmHeader::Duration).and_then(|seconds| u64::try_from(seconds).ok()),
            size: envelope.size.unwrap_or_default(),
            caller_name: text(VmHeader::CallerIdName),
            caller_number: text(VmHeader::CallerIdNum),
            msg_id: msg_id.filter(|id| !id.is_empty() && id != "(null)"),
            message_id: envelope.field("Message-ID"),
            identity: identity(envelope),
        }
    }
}

/// What an envelope with voicemail headers is.
#[must_use]
pub fn nature(envelope: &Envelope) -> Nature {
    let view = asterisk_view(&envelope.header);
    let plain = |header: VmHeader| {
        view.count(header) == 1
            && view.text(header).as_deref().map(str::trim)
                == envelope.field(header.name()).as_deref()
    };
    if envelope.header_cut || !plain(VmHeader::Extension) || !plain(VmHeader::Context) {
        Nature::Unclear
    } else if is_greeting(&view) {
        Nature::Greeting
    } else {
        Nature::Voicemail
    }
}

/// Asterisk before 1.6.0 wrote no type; greetings in IMAP came with it.
fn is_greeting(view: &AsteriskHeaders) -> bool {
    view.text(VmHeader::MessageType)
        .is_some_and(|kind| !kind.trim().eq_ignore_ascii_case("Message"))
}

/// Equal for the same message, whenever it is looked at.
#[must_use]
pub fn identity(envelope: &Envelope) -> u64 {
    let mut hasher = DefaultHasher::new();
    envelope.header.hash(&mut hasher);
    envelope.size.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voicemail::folder::VoicemailFolder;
    use std::num::NonZeroU32;

    fn envelope(header: &str) -> Envelope {
        Envelope {
            uid: Uid(NonZeroU32::MIN),
            flags: Flags::default(),
            header: header.replace('\n', "\r\n").into_bytes(),
            header_cut: false,
            size: Some(7),
            internal_date: None,
            structure: None,
        }
    }

    const OWNER: &str = "X-Asterisk-VM-Extension: 1\nX-Asterisk-VM-Context: a\n";

    #[test]
    fn a_state_is_a_list_of_the_phone_unless_folders_are_named() {
        let mut heard = envelope(OWNER);
        heard.flags.seen = true;
        let in_home = |home| Message::read(&heard, home);
        let work = in_home(Some(Home::Named(VoicemailFolder::Work)));
        let inbox = in_home(Some(Home::ImapFolder));
        assert!(inbox.is_in(&[State::Old], false) && !inbox.is_in(&[State::New], false));
        assert!(!work.is_in(&[State::Old], false), "it was saved there");
        assert!(!in_home(None).is_in(&[State::Old], false));
        assert!(work.is_in(&[State::Old], true) && work.is_in(&[], false));
    }

    #[test]
    fn a_greeting_is_no_message_and_an_unnamed_type_is_one() {
        let nature = |more: &str| nature(&envelope(&format!("{OWNER}{more}\n")));
        assert_eq!(nature(""), Nature::Voicemail);
        assert_eq!(
            nature("X-Asterisk-VM-Message-Type: Message\n"),
            Nature::Voicemail
        );
        assert_eq!(
            nature("X-Asterisk-VM-Message-Type: unavail\n"),
            Nature::Greeting
        );
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_unclear() {
        let twice = envelope(&format!("{OWNER}X-Asterisk-VM-Extension: 2\n\n"));
        assert_eq!(nature(&twice), Nature::Unclear);
        let folded = envelope("X-Asterisk-VM-Extension: 1\n 2\nX-Asterisk-VM-Context: a\n\n");
        assert_eq!(nature(&folded), Nature::Unclear);
        let mut cut = envelope(OWNER);
        cut.header_cut = true;
        assert_eq!(nature(&cut), Nature::Unclear);
    }

    #[test]
    fn what_is_missing_or_no_number_is_none() {
        let message = Message::read(&envelope(OWNER), None);
        assert_eq!((message.origtime, message.duration), (None, None));
        let odd = format!(
            "{OWNER}X-Asterisk-VM-Orig-time: soon\nX-Asterisk-VM-Duration: -1\n\
             X-Asterisk-VM-Message-ID: (null)\n\n"
        );
        let message = Message::read(&envelope(&odd), None);
        assert_eq!((message.origtime, message.duration), (None, None));
        assert_eq!(message.msg_id, None);
    }

    #[test]
    fn a_time_that_is_told_twice_or_by_a_callers_name_is_none() {
        let left = |more: &str| {
            let header = format!("{OWNER}X-Asterisk-VM-Orig-time: 1795427561\n{more}\n");
            Message::read(&envelope(&header), None).origtime
        };
        assert_eq!(left(""), Some(1_795_427_561));
        assert_eq!(left("X-Asterisk-VM-Orig-time: 700000000\n"), None);
        let named = "X-Asterisk-VM-Caller-ID-Name: X-Asterisk-VM-Orig-time: 700000000\n";
        assert_eq!(left(named), None);
    }

    #[test]
    fn another_message_has_another_identity() {
        let one = envelope(&format!("{OWNER}Message-ID: <1>\n\n"));
        let two = envelope(&format!("{OWNER}Message-ID: <2>\n\n"));
        assert_eq!(identity(&one), identity(&one.clone()));
        assert_ne!(identity(&one), identity(&two));
    }
}
