//! The judgements, one by one.

use std::num::NonZeroU32;

use jiff::ToSpan;

use super::*;
use crate::mailstore::name::MailboxName;
use crate::mailstore::types::UidValidity;
use crate::ops::migrate::journal::Meant;
use crate::voicemail::source_key::AudioDigest;
use crate::voicemail::vmbox::VoicemailBox;

fn uid(number: u32) -> Uid {
    Uid(NonZeroU32::new(number).unwrap())
}

fn validity(number: u32) -> UidValidity {
    UidValidity(NonZeroU32::new(number).unwrap())
}

fn state(number: u32) -> FolderState {
    FolderState {
        uid_validity: validity(number),
        uid_next: None,
        exists: 1,
    }
}

fn key() -> SourceKey {
    let vmbox = VoicemailBox::new("1", "a");
    SourceKey::new(&vmbox, "id", 0, &AudioDigest([0; 32]), 1)
}

/// Appended as new to UID 3 under 7, and still in the spool.
fn wanted() -> Wanted {
    Wanted {
        vmbox: 0,
        key: key(),
        deed: Deed {
            folder: MailboxName::from_wire("INBOX").unwrap(),
            sent: Timestamp::UNIX_EPOCH,
            meant: Meant {
                octets: 1,
                sha256: AudioDigest([0; 32]),
                seen: false,
                flagged: false,
                list: None,
            },
            place: Some((validity(7), uid(3))),
            outcome: Outcome::Stored,
            verified: true,
            undone: Undone::No,
        },
        source: Some(VoicemailFolder::Inbox),
    }
}

fn message(number: u32, message_id: &str) -> Message {
    Message {
        uid: uid(number),
        flags: Flags::default(),
        home: None,
        origtime: None,
        duration: None,
        size: 1,
        caller_name: String::new(),
        caller_number: String::new(),
        msg_id: None,
        message_id: Some(message_id.to_owned()),
        identity: 0,
    }
}

fn its_own(number: u32) -> Message {
    message(number, &key().message_id())
}

#[test]
fn only_the_message_under_its_uid_and_its_message_id_is_it() {
    let find = |near: &[&Message]| find(&wanted(), state(7), near);
    assert_eq!(find(&[&its_own(3)]), Found::Here(its_own(3)));
    assert_eq!(find(&[]), Found::Gone);
    for other in [message(3, "<x@y>"), its_own(4)] {
        assert!(matches!(find(&[&other]), Found::Other(..)), "{other:?}");
    }
}

#[test]
fn a_folder_that_was_numbered_anew_keeps_its_messages() {
    let found = find(&wanted(), state(8), &[&its_own(3)]);
    assert!(matches!(found, Found::Other(_, why) if why.contains("UIDVALIDITY 7, now 8")));
}

#[test]
fn what_a_cut_rollback_was_about_to_remove_and_is_gone_was_removed_by_it() {
    let mut begun = wanted();
    begun.deed.undone = Undone::Begun;
    assert_eq!(find(&begun, state(7), &[]), Found::TakenBack);
}

#[test]
fn without_a_uid_the_message_id_has_to_be_there_once() {
    let mut unknown = wanted();
    unknown.deed.place = None;
    let (one, two) = (its_own(9), its_own(10));
    assert_eq!(find(&unknown, state(8), &[&one]), Found::Here(one.clone()));
    assert!(matches!(
        find(&unknown, state(8), &[&one, &two]),
        Found::Other(..)
    ));
    assert_eq!(find(&unknown, state(8), &[]), Found::Gone);
}

fn told(wanted: &Wanted, flags: Flags) -> Option<String> {
    let mut message = its_own(3);
    message.flags = flags;
    let reasons = guards(wanted, &message, Leave::default());
    let all = Leave {
        changed_flags: true,
        without_source: true,
    };
    assert!(guards(wanted, &message, all).is_empty());
    let reasons: Vec<String> = reasons.into_iter().map(|(_, why)| why).collect();
    (!reasons.is_empty()).then(|| reasons.join("; "))
}

const SEEN: Flags = Flags {
    seen: true,
    flagged: false,
    deleted: false,
    answered: false,
    draft: false,
};

#[test]
fn every_flag_that_an_owner_changes_keeps_the_message() {
    let mut old = wanted();
    old.deed.meant.seen = true;
    let deleted = Flags {
        deleted: true,
        ..Flags::default()
    };
    let flagged = Flags {
        flagged: true,
        ..SEEN
    };
    let answered = Flags {
        answered: true,
        ..Flags::default()
    };
    for (wanted, flags, why) in [
        (wanted(), Flags::default(), None),
        (wanted(), answered, None),
        (wanted(), SEEN, Some("heard since")),
        (wanted(), flagged, Some("heard since, flagged since")),
        (wanted(), deleted, Some("marked as deleted since")),
        (old.clone(), SEEN, None),
        (old, Flags::default(), Some("marked as unheard since")),
    ] {
        assert_eq!(told(&wanted, flags).as_deref(), why);
    }
}

#[test]
fn a_mark_that_a_cut_rollback_may_have_left_keeps_nothing_by_itself() {
    let mut begun = wanted();
    begun.deed.undone = Undone::Begun;
    let deleted = Flags {
        deleted: true,
        ..Flags::default()
    };
    assert_eq!(told(&begun, deleted), None);
    let heard = Flags {
        deleted: true,
        ..SEEN
    };
    assert!(told(&begun, heard).unwrap().starts_with("heard since, "));
}

#[test]
fn each_guard_that_keeps_a_message_is_told() {
    let mut wanted = wanted();
    assert_eq!(told(&wanted, Flags::default()), None);
    wanted.source = None;
    let why = told(&wanted, SEEN).unwrap();
    assert_eq!(why, "heard since; the spool does not hold it any more");
}

#[test]
fn only_what_was_sent_a_moment_ago_and_not_answered_is_waited_for() {
    let now = Timestamp::UNIX_EPOCH + 3.seconds();
    let mut unknown = wanted();
    assert_eq!(still_to_wait(&[unknown.clone()], now), Duration::ZERO);
    unknown.deed.outcome = Outcome::Unknown;
    assert_eq!(
        still_to_wait(&[unknown.clone()], now),
        Duration::from_secs(7)
    );
    let later = Timestamp::UNIX_EPOCH + 30.seconds();
    assert_eq!(still_to_wait(&[unknown.clone()], later), Duration::ZERO);
    // A clock that was set back makes nobody wait longer.
    let earlier = Timestamp::UNIX_EPOCH - 30.seconds();
    assert_eq!(still_to_wait(&[unknown], earlier), SETTLING);
}
