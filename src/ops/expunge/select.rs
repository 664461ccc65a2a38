//! Which of a box's messages are to go: pure judgements over what was read.
//!
//! Knows no server. Invariant: what a message does not tell never speaks against it; a message
//! without a readable time is in no span of time, and is counted.

use std::collections::HashSet;

use globset::GlobMatcher;

use crate::mailstore::types::{Flags, Uid};
use crate::voicemail::folder::{Home, VoicemailFolder};
use crate::voicemail::vmbox::VoicemailBox;

use super::message::{Message, State};

/// What must still hold of a message at the moment it is removed, besides that it is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Needs {
    /// `\Seen` and `\Flagged` as they were.
    pub state: bool,
    /// `\Deleted` is set.
    pub deleted: bool,
}

impl Needs {
    /// Whether it still holds.
    #[must_use]
    pub fn hold(self, then: Flags, now: Flags) -> bool {
        let same = (then.seen, then.flagged) == (now.seen, now.flagged);
        (!self.state || same) && (!self.deleted || now.deleted)
    }
}

/// What is decided about one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// It stays.
    Keep,
    /// It stays because this header of it cannot be read, and was asked for.
    Untold(&'static str),
    /// It goes.
    Remove(Needs),
}

/// A decision and the reason for it, where one is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// What is decided.
    pub choice: Choice,
    /// By what; empty where the selection itself says it.
    pub why: String,
}

/// Decides about messages.
pub trait Chooser: Sync {
    /// Decides about all messages that belong to exactly these boxes (several where they share an
    /// `imapvmshareid`), in the order given.
    fn choose(&self, owners: &[&VoicemailBox], messages: &[Message]) -> Vec<Decided>;
}

/// A selection of messages; every criterion that is given has to be met.
#[derive(Debug, Clone, Default)]
pub struct Criteria {
    /// Any of these folders, as the phone names them.
    pub folders: Vec<VoicemailFolder>,
    /// Left at or after, Unix seconds UTC.
    pub since: Option<i64>,
    /// Left before, Unix seconds UTC.
    pub until: Option<i64>,
    /// Any of these states.
    pub states: Vec<State>,
    /// Marked as deleted.
    pub deleted: bool,
    /// At least so many seconds.
    pub longer: Option<u64>,
    /// At most so many seconds.
    pub shorter: Option<u64>,
    /// At least so many octets.
    pub larger: Option<u64>,
    /// At most so many octets.
    pub smaller: Option<u64>,
    /// A caller whose number or name matches any of these.
    pub callers: Vec<GlobMatcher>,
    /// Any of these ids of Asterisk's.
    pub msg_ids: HashSet<String>,
    /// Any of these UIDs; the caller has made sure that they are about one folder.
    pub uids: HashSet<Uid>,
}

impl Criteria {
    /// Whether nothing was chosen, so that every message is meant.
    #[must_use]
    pub fn takes_everything(&self) -> bool {
        let Self {
            folders,
            since,
            until,
            states,
            deleted,
            longer,
            shorter,
            larger,
            smaller,
            callers,
            msg_ids,
            uids,
        } = self;
        let spans = [longer, shorter, larger, smaller];
        folders.is_empty()
            && since.is_none()
            && until.is_none()
            && states.is_empty()
            && !deleted
            && spans.iter().all(|span| span.is_none())
            && callers.is_empty()
            && msg_ids.is_empty()
            && uids.is_empty()
    }

    /// Judges one message.
    #[must_use]
    pub fn judge(&self, message: &Message) -> Choice {
        let told = self.folder(message)
            && message.is_in(&self.states, !self.folders.is_empty())
            && (!self.deleted || message.flags.deleted)
            && (self.uids.is_empty() || self.uids.contains(&message.uid))
            && self.larger.is_none_or(|least| message.size >= least)
            && self.smaller.is_none_or(|most| message.size <= most)
            && self.caller(message)
            && self.msg_id(message);
        if !told {
            return Choice::Keep;
        }
        if self.since.is_some() || self.until.is_some() {
            let Some(left) = message.origtime else {
                return Choice::Untold("Orig-time");
            };
            if self.since.is_some_and(|since| left < since)
                || self.until.is_some_and(|until| left >= until)
            {
                return Choice::Keep;
            }
        }
        if self.longer.is_some() || self.shorter.is_some() {
            let Some(seconds) = message.duration else {
                return Choice::Untold("Duration");
            };
            if self.longer.is_some_and(|least| seconds < least)
                || self.shorter.is_some_and(|most| seconds > most)
            {
                return Choice::Keep;
            }
        }
        Choice::Remove(self.needs())
    }

    /// What has to hold until the last moment.
    #[must_use]
    pub fn needs(&self) -> Needs {
        let by_flags = |folder: &VoicemailFolder| {
            use VoicemailFolder::{Inbox, Old, Urgent};
            matches!(folder, Inbox | Old | Urgent)
        };
        Needs {
            state: !self.states.is_empty() || self.folders.iter().any(by_flags),
            deleted: self.deleted,
        }
    }

    fn folder(&self, message: &Message) -> bool {
        self.folders.is_empty()
            || message
                .home
                .is_some_and(|home| self.folders.contains(&folder_of(home, message.flags)))
    }

    fn caller(&self, message: &Message) -> bool {
        self.callers.is_empty()
            || self.callers.iter().any(|caller| {
                caller.is_match(&message.caller_number) || caller.is_match(&message.caller_name)
            })
    }

    fn msg_id(&self, message: &Message) -> bool {
        let known = |id: &String| self.msg_ids.contains(id);
        self.msg_ids.is_empty() || message.msg_id.as_ref().is_some_and(known)
    }
}

/// The folder as the phone names it.
#[must_use]
pub fn folder_of(home: Home, flags: Flags) -> VoicemailFolder {
    match (home, State::of(flags)) {
        (Home::Named(folder), _) => folder,
        (Home::ImapFolder, State::New) => VoicemailFolder::Inbox,
        (Home::ImapFolder, State::Urgent) => VoicemailFolder::Urgent,
        (Home::ImapFolder, State::Old) => VoicemailFolder::Old,
    }
}

impl Chooser for Criteria {
    fn choose(&self, _owners: &[&VoicemailBox], messages: &[Message]) -> Vec<Decided> {
        let decide = |message| Decided {
            choice: self.judge(message),
            why: String::new(),
        };
        messages.iter().map(decide).collect()
    }
}

#[cfg(test)]
mod tests;
