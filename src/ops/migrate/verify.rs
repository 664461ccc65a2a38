//! Reading back: what the server has against what was meant.
//!
//! A message counts as done only after this. Everything is compared that Asterisk will use: the
//! headers as Asterisk reads them, the recording by its digest, the size, the flags, the date.

use std::collections::HashMap;

use crate::mailstore::error::StoreError;
use crate::mailstore::name::MailboxName;
use crate::mailstore::session::Session;
use crate::mailstore::types::{ContentInfo, Flags, FolderState, Uid};
use crate::ops::readings;
use crate::voicemail::greeting::Greeting;
use crate::voicemail::message::Voicemail;
use crate::voicemail::parse::StoredVoicemail;

use super::plan::PlanItem;

/// What is read back of a message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// Appended a moment ago: size, flags and date must be ours too.
    JustAppended,
    /// Stored by an earlier run and compared with the spool now: the date must be ours, and of the flags
    /// only \Seen may have come since; the size depends on texts that may have been changed.
    SomeTimeAgo,
    /// Found there: its owner may have heard it since, and its size depends on texts that may have
    /// been changed in voicemail.conf since.
    FoundThere,
}

/// Opens a folder read-only, reads messages of it back and compares each with its plan item.
///
/// Gives, in the order of `items`, nothing for a message that is right and the difference for one
/// that is not, and the folder's state, whose UIDVALIDITY is for the caller to compare. Memory
/// does not grow with the messages. Safe to repeat.
pub fn read_back(
    session: &mut Session,
    folder: &MailboxName,
    items: &[(Uid, &PlanItem)],
    strictness: Strictness,
) -> Result<(FolderState, Vec<Option<String>>), StoreError> {
    let uids: Vec<Uid> = items.iter().map(|(uid, _)| *uid).collect();
    let places: HashMap<Uid, usize> = uids.iter().copied().zip(0..).collect();
    let mut verdicts = vec![Some("the server did not give it back".to_owned()); items.len()];
    let state = readings::view(session, folder, &uids, &mut |info, reader| {
        let Some(at) = places.get(&info.uid).copied() else {
            return;
        };
        let (Some((_, item)), Some(verdict)) = (items.get(at), verdicts.get_mut(at)) else {
            return;
        };
        *verdict = match reader.finish() {
            Ok(stored) => difference(item, &stored, info, strictness),
            Err(fault) => Some(format!("read back, it is not a voicemail: {fault}")),
        };
    })?;
    Ok((state, verdicts))
}

fn difference(
    item: &PlanItem,
    stored: &StoredVoicemail,
    info: &ContentInfo,
    strictness: Strictness,
) -> Option<String> {
    let candidate = &item.candidate;
    let differs = |what: &str, is: &dyn std::fmt::Display, should: &dyn std::fmt::Display| {
        Some(format!(
            "read back, its {what} differs: is {is}, should be {should}"
        ))
    };
    if stored.source_key.as_ref() != Some(&candidate.key) {
        let is = stored.message_id.as_deref().unwrap_or("missing");
        return differs("Message-ID", &is, &candidate.key.message_id());
    }
    if info.delivered != info.size {
        return differs(
            "size",
            &format!("{} octets", info.delivered),
            &format!("{}", info.size),
        );
    }
    if stored.voicemail.format != candidate.voicemail.format {
        return differs(
            "format",
            &stored.voicemail.format.extension(),
            &format!(
                "{} (--format compares with another)",
                candidate.voicemail.format.extension()
            ),
        );
    }
    if stored.audio != candidate.digest {
        return differs("recording", &stored.audio, &candidate.digest);
    }
    // By its name Asterisk finds a greeting; that of a message may be any.
    let name = candidate.voicemail.file_name();
    if candidate.voicemail.greeting.is_some() && stored.file != name {
        return differs("file name", &stored.file, &name);
    }
    if let Some(header) = header_difference(&stored.voicemail, &candidate.voicemail) {
        return Some(header);
    }
    match strictness {
        Strictness::FoundThere => None,
        Strictness::JustAppended if info.size != candidate.octets => {
            differs("size", &info.size, &candidate.octets)
        }
        Strictness::JustAppended | Strictness::SomeTimeAgo => {
            storage_difference(item, info, strictness)
        }
    }
}

/// Compares what the server keeps beside the message: its date and its flags.
fn storage_difference(
    item: &PlanItem,
    info: &ContentInfo,
    strictness: Strictness,
) -> Option<String> {
    let later = strictness == Strictness::SomeTimeAgo;
    // Said to be to come: it was stored with the present of then.
    let undated = later && item.candidate.voicemail.origtime > item.internal_date;
    if info.internal_date != item.internal_date && !undated {
        let (is, should) = (info.internal_date, item.internal_date);
        return Some(format!(
            "read back, its date differs: is {is}, should be {should}"
        ));
    }
    let (is, wanted) = (info.flags, item.flags());
    if later && is.deleted {
        let why = "is marked as \\Deleted: no phone finds it, and the next EXPUNGE removes it";
        return Some(why.to_owned());
    }
    let seen = is.seen == wanted.seen || later && is.seen;
    if seen && is.flagged == wanted.flagged {
        return None;
    }
    let flags = |flags: Flags| format!("seen={} flagged={}", flags.seen, flags.flagged);
    let (is, should) = (flags(is), flags(wanted));
    Some(format!(
        "read back, its flags differ: is {is}, should be {should}"
    ))
}

/// Compares every header Asterisk reads. The displayed number is left out: Asterisk renumbers.
fn header_difference(stored: &Voicemail, meant: &Voicemail) -> Option<String> {
    let kind = |voicemail: &Voicemail| {
        let kind = voicemail.greeting.map(Greeting::as_str);
        kind.unwrap_or("message").to_owned()
    };
    let pairs: [(&str, String, String); 10] = [
        ("type", kind(stored), kind(meant)),
        (
            "context",
            stored.context.to_string(),
            meant.context.to_string(),
        ),
        (
            "extension",
            stored.extension.to_string(),
            meant.extension.to_string(),
        ),
        (
            "caller name",
            stored.caller_name.to_string(),
            meant.caller_name.to_string(),
        ),
        (
            "caller number",
            stored.caller_number.to_string(),
            meant.caller_number.to_string(),
        ),
        (
            "time",
            stored.origtime.to_string(),
            meant.origtime.to_string(),
        ),
        (
            "duration",
            stored.duration.to_string(),
            meant.duration.to_string(),
        ),
        (
            "category",
            stored.category.to_string(),
            meant.category.to_string(),
        ),
        ("flag", stored.flag.to_string(), meant.flag.to_string()),
        (
            "msg_id",
            stored.msg_id.to_string(),
            meant.msg_id.to_string(),
        ),
    ];
    pairs
        .into_iter()
        .find(|(_, is, should)| is != should)
        .map(|(what, is, should)| {
            format!("read back, its {what} differs: is {is:?}, should be {should:?}")
        })
}
