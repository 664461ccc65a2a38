//! Whether a message goes: pure judgements over what the journal and the server tell of it.
//!
//! Knows no server. Invariant: what is not the very message that was appended never goes.

use std::time::Duration;

use jiff::Timestamp;

use crate::mailstore::types::{Flags, FolderState, Uid};
use crate::ops::expunge::message::Message;
use crate::ops::migrate::journal::{Deed, Outcome, Undone};
use crate::ops::migrate::patience::SETTLING;
use crate::voicemail::folder::VoicemailFolder;
use crate::voicemail::notice::CodeRow;
use crate::voicemail::source_key::SourceKey;

use super::catalogue;

/// One message that the run appended, and what else is known of it.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Whose it is: its place among the boxes that were asked for.
    pub vmbox: usize,
    /// Its identity.
    pub key: SourceKey,
    /// What the journal tells.
    pub deed: Deed,
    /// The spool folder that holds it still, where one does.
    pub source: Option<VoicemailFolder>,
}

/// What may be done although a guard says no.
#[derive(Debug, Clone, Copy, Default)]
pub struct Leave {
    /// Flags may have been changed.
    pub changed_flags: bool,
    /// The spool need not hold it any more.
    pub without_source: bool,
}

/// Where the message is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Here.
    Here(Message),
    /// Nowhere; a rollback before this one had begun to remove it.
    TakenBack,
    /// Nowhere.
    Gone,
    /// Something else is there; what.
    Other(Message, String),
}

/// A guard's reason, and its code.
pub type Reason = (&'static CodeRow, String);

/// Looks for the message among those that carry its Message-ID or its UID.
#[must_use]
pub fn find(wanted: &Wanted, state: FolderState, near: &[&Message]) -> Found {
    let id = wanted.key.message_id();
    let is_it = |message: &&&Message| message.message_id.as_deref() == Some(id.as_str());
    let mut named = near.iter().filter(is_it);
    let absent = match wanted.deed.undone {
        Undone::Begun => Found::TakenBack,
        Undone::No | Undone::Done => Found::Gone,
    };
    let Some((validity, uid)) = wanted.deed.place else {
        return match (named.next(), named.next()) {
            (None, _) => absent,
            (Some(only), None) => Found::Here((*only).clone()),
            (Some(first), Some(_)) => {
                let why = "it is there more than once, and which one the run appended is not known";
                Found::Other((*first).clone(), why.to_owned())
            }
        };
    };
    if validity != state.uid_validity {
        return named.next().map_or(absent, |other| {
            let why = format!(
                "the folder was numbered anew since (UIDVALIDITY {validity}, now {})",
                state.uid_validity
            );
            Found::Other((*other).clone(), why)
        });
    }
    match near.iter().find(|message| message.uid == uid) {
        Some(message) if is_it(&message) => Found::Here((*message).clone()),
        Some(message) => {
            let why = "its UID has another Message-ID by now".to_owned();
            Found::Other((*message).clone(), why)
        }
        None => named.next().map_or(absent, |other| {
            let why = format!("it lies there as UID {}, not {uid}", other.uid);
            Found::Other((*other).clone(), why)
        }),
    }
}

/// The guards that keep a message which is there, apart from what it holds.
#[must_use]
pub fn guards(wanted: &Wanted, message: &Message, leave: Leave) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if !leave.changed_flags
        && let Some(why) = flags_changed(wanted, message.flags)
    {
        reasons.push((&catalogue::FLAGS_CHANGED, why));
    }
    if !leave.without_source && wanted.source.is_none() {
        let why = "the spool does not hold it any more".to_owned();
        reasons.push((&catalogue::NO_SOURCE, why));
    }
    reasons
}

/// What was done to its flags since it was appended.
fn flags_changed(wanted: &Wanted, now: Flags) -> Option<String> {
    let meant = &wanted.deed.meant;
    let mut changes = Vec::new();
    match (meant.seen, now.seen) {
        (false, true) => changes.push("heard since"),
        (true, false) => changes.push("marked as unheard since"),
        _ => {}
    }
    match (meant.flagged, now.flagged) {
        (false, true) => changes.push("flagged since"),
        (true, false) => changes.push("\\Flagged taken off since"),
        _ => {}
    }
    // A rollback that was cut may have left the mark itself.
    let begun = wanted.deed.undone == Undone::Begun;
    match (now.deleted, begun, changes.is_empty()) {
        (true, false, _) => changes.push("marked as deleted since"),
        (true, true, false) => {
            changes.push("\\Deleted is of a rollback that was cut, or of its owner");
        }
        _ => {}
    }
    (!changes.is_empty()).then(|| changes.join(", "))
}

/// How long the server may still be storing what was sent and never answered: the run may have been
/// killed a moment ago.
#[must_use]
pub fn still_to_wait(wanted: &[Wanted], now: Timestamp) -> Duration {
    let unknown = wanted
        .iter()
        .filter(|one| one.deed.outcome == Outcome::Unknown);
    let Some(sent) = unknown.map(|one| one.deed.sent).max() else {
        return Duration::ZERO;
    };
    let passed = Duration::try_from(now.duration_since(sent)).unwrap_or_default();
    SETTLING.saturating_sub(passed)
}

/// Every UID the journal names.
pub fn uids(wanted: &[Wanted]) -> impl Iterator<Item = Uid> + '_ {
    wanted.iter().filter_map(|one| Some(one.deed.place?.1))
}

#[cfg(test)]
mod tests;
