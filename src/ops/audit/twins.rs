//! Messages that are one message, or seem to be: by Message-ID, by `msg_id`, by recording.
//!
//! Asterisk's save-to-folder copies and leaves the original where it was, so the same message in
//! another folder is its normal output (asterisk-findings 1.7). Twice in one folder is not, nor are
//! two Message-IDs with one `msg_id`. Only digests are kept, some 80 octets a message.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::catalogue::{Rule, account as code};
use crate::mailstore::types::Uid;
use crate::voicemail::source_key::AudioDigest;

/// A digest that stands for a text.
pub type Mark = [u8; 16];

/// What stands for a text; two texts with one mark do not occur.
#[must_use]
pub fn mark(text: &str) -> Mark {
    let digest = Sha256::digest(text.as_bytes());
    std::array::from_fn(|at| digest[at])
}

/// What is remembered of a voicemail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trace {
    /// Its folder's place in the layout.
    pub shelf: u32,
    /// Its UID.
    pub uid: Uid,
    /// Its first owner's place in the layout.
    pub owner: Option<u32>,
    /// Its Message-ID.
    pub message_id: Option<Mark>,
    /// Asterisk's own id, unless it is none.
    pub msg_id: Option<Mark>,
    /// When it was left, Unix seconds UTC, as Asterisk reads it.
    pub left: Option<i64>,
    /// The recording.
    pub audio: Option<Mark>,
    /// Whether it is a greeting: two that sound alike are no copies.
    pub greeting: bool,
}

impl Trace {
    /// Remembers the recording.
    pub fn set_audio(&mut self, digest: &AudioDigest) {
        self.audio = Some(std::array::from_fn(|at| digest.0[at]));
    }
}

/// Something about a message: which, the rule, and the place (shelf and UID) of its twin.
pub type Twin = (usize, &'static Rule, (u32, Uid));

/// What the traces tell, in their order. `is_imapfolder` says which shelves are somebody's.
#[must_use]
pub fn find(traces: &[Trace], is_imapfolder: &dyn Fn(u32) -> bool) -> Vec<Twin> {
    let mut found = Vec::new();
    for group in groups(traces, |trace| trace.message_id.map(|id| (None, id))) {
        copies(traces, &group, is_imapfolder, &mut found);
    }
    let unlike =
        |one: &Trace, other: &Trace| one.message_id != other.message_id || one.message_id.is_none();
    for group in groups(traces, |trace| {
        trace.owner.and(trace.msg_id).map(|id| (trace.owner, id))
    }) {
        let rule = |_: &Trace, _: &Trace| &code::SAME_MSG_ID;
        differing(traces, &group, &rule, &unlike, &mut found);
    }
    let unlike = |one: &Trace, other: &Trace| {
        unlike(one, other) && (one.msg_id != other.msg_id || one.msg_id.is_none())
    };
    for group in groups(traces, |trace| {
        trace.owner.and(trace.audio).map(|id| (trace.owner, id))
    }) {
        let rule = |one: &Trace, other: &Trace| {
            if one.left.is_some() && one.left == other.left {
                &code::STORED_TWICE
            } else {
                &code::SAME_AUDIO
            }
        };
        differing(traces, &group, &rule, &unlike, &mut found);
    }
    found.sort_by_key(|(at, rule, _)| (*at, rule.code()));
    found
}

type Key = (Option<u32>, Mark);

/// Places of traces with one key, where there are several.
fn groups(traces: &[Trace], key: impl Fn(&Trace) -> Option<Key>) -> Vec<Vec<usize>> {
    let mut all: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
    for (at, trace) in traces.iter().enumerate().filter(|(_, one)| !one.greeting) {
        if let Some(key) = key(trace) {
            all.entry(key).or_default().push(at);
        }
    }
    all.into_values().filter(|group| group.len() > 1).collect()
}

/// Copies of one message. The original is the one in an imapfolder, else the first.
fn copies(
    traces: &[Trace],
    group: &[usize],
    is_imapfolder: &dyn Fn(u32) -> bool,
    found: &mut Vec<Twin>,
) {
    let first_choice = |at: &&usize| is_imapfolder(traces[**at].shelf);
    let Some(original) = group.iter().find(first_choice).or(group.first()) else {
        return;
    };
    let mut first_of: BTreeMap<u32, usize> = BTreeMap::from([(traces[*original].shelf, *original)]);
    for at in group.iter().filter(|at| *at != original) {
        let shelf = traces[*at].shelf;
        let place = |of: usize| (traces[of].shelf, traces[of].uid);
        if let Some(first) = first_of.get(&shelf) {
            found.push((*at, &code::DUPLICATE, place(*first)));
        } else {
            first_of.insert(shelf, *at);
            found.push((*at, &code::SAVED_COPY, place(*original)));
        }
    }
}

/// Messages that share a key with an earlier one that is another message.
fn differing(
    traces: &[Trace],
    group: &[usize],
    rule: &dyn Fn(&Trace, &Trace) -> &'static Rule,
    unlike: &dyn Fn(&Trace, &Trace) -> bool,
    found: &mut Vec<Twin>,
) {
    let Some((first, rest)) = group.split_first() else {
        return;
    };
    for at in rest {
        let (one, other) = (&traces[*first], &traces[*at]);
        if unlike(one, other) {
            found.push((*at, rule(one, other), (one.shelf, one.uid)));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    fn trace(shelf: u32, uid: u32, message_id: &str, msg_id: &str, audio: u8) -> Trace {
        let some = |text: &str| (!text.is_empty()).then(|| mark(text));
        Trace {
            shelf,
            uid: Uid(NonZeroU32::new(uid).unwrap()),
            owner: Some(0),
            message_id: some(message_id),
            msg_id: some(msg_id),
            left: Some(1),
            audio: (audio > 0).then_some([audio; 16]),
            greeting: false,
        }
    }

    fn found(traces: &[Trace]) -> Vec<(usize, &'static str)> {
        let twins = find(traces, &|shelf| shelf == 0);
        twins
            .into_iter()
            .map(|(at, rule, _)| (at, rule.code()))
            .collect()
    }

    #[test]
    fn a_copy_in_another_folder_is_the_phones_and_one_in_the_same_is_not() {
        let traces = [
            trace(1, 1, "<a>", "x", 1),
            trace(0, 7, "<a>", "x", 1),
            trace(0, 8, "<a>", "x", 1),
            trace(2, 1, "<a>", "x", 1),
            trace(2, 2, "<a>", "x", 1),
        ];
        assert_eq!(
            found(&traces),
            [(0, "VMA066"), (2, "VMA063"), (3, "VMA066"), (4, "VMA063")]
        );
    }

    #[test]
    fn one_msg_id_or_one_recording_in_two_messages_is_told_once() {
        let twice = [trace(0, 1, "<a>", "x", 1), trace(0, 2, "<b>", "x", 1)];
        assert_eq!(found(&twice), [(1, "VMA064")]);
        let heard = [trace(0, 1, "<a>", "x", 1), trace(0, 2, "<b>", "y", 1)];
        assert_eq!(found(&heard), [(1, "VMA065")]);
        let mut later = heard;
        later[1].left = Some(2);
        assert_eq!(found(&later), [(1, "VMA069")]);
        let mut others = heard;
        others[1].owner = Some(1);
        assert_eq!(found(&others), []);
    }

    #[test]
    fn messages_without_ids_are_nobodys_copies() {
        assert_eq!(found(&[trace(0, 1, "", "", 0), trace(0, 2, "", "", 0)]), []);
        let mut greetings = [trace(0, 1, "<a>", "x", 1), trace(0, 2, "<a>", "x", 1)];
        for one in &mut greetings {
            one.greeting = true;
        }
        assert_eq!(found(&greetings), [], "busy may sound like unavail");
    }
}
