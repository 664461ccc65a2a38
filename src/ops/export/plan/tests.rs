use std::num::NonZeroU32;

use super::super::manifest::tests::origin;
use super::*;
use crate::mailstore::types::{Flags, Uid};

fn item(uid: u32, folder: VoicemailFolder, msg_id: &str) -> Item {
    let message = Message {
        uid: Uid(NonZeroU32::new(uid).unwrap()),
        flags: Flags::default(),
        home: None,
        origtime: Some(5),
        duration: Some(1),
        size: 1000,
        caller_name: String::new(),
        caller_number: String::new(),
        msg_id: Some(msg_id.to_owned()),
        message_id: None,
        identity: 0,
    };
    Item {
        owners: vec![0],
        folder,
        source: (
            MailboxName::from_wire("INBOX").unwrap(),
            UidValidity(NonZeroU32::MIN),
        ),
        message,
        action: Action::Write,
    }
}

fn held(folder: VoicemailFolder, number: u32, msg_id: &str) -> Held {
    Held {
        folder,
        number,
        msg_id: Some(msg_id.to_owned()),
        origtime: Some(6),
        recordings: vec![("WAV".to_owned(), 7)],
    }
}

fn noted() -> Noted {
    Noted {
        mailbox: "1@a".to_owned(),
        audio: "WAV".to_owned(),
        octets: 7,
        sha256: crate::voicemail::source_key::AudioDigest([0; 32]),
        origtime: 5,
        msg_id: Some("x".to_owned()),
    }
}

fn decided(items: Vec<Item>, held: Vec<Held>, memory: &Memory, again: bool) -> Vec<Action> {
    let mut plan = AccountPlan {
        account: "u@h:143".to_owned(),
        boxes: vec![VoicemailBox::new("1", "a")],
        asked: 1,
        items,
        held: vec![held],
        ..AccountPlan::default()
    };
    decide(&mut plan, memory, again);
    plan.items.into_iter().map(|item| item.action).collect()
}

use VoicemailFolder::{Inbox, Old, Work};

#[test]
fn what_may_be_there_is_compared_and_what_is_not_is_written() {
    let actions = decided(
        vec![item(1, Inbox, "x"), item(2, Inbox, "y")],
        vec![held(Old, 3, "x")],
        &Memory::new(),
        false,
    );
    assert_eq!(actions, [Action::Compare(vec![(0, 0)]), Action::Write]);
}

#[test]
fn what_an_earlier_run_wrote_is_known_wherever_it_lies_now() {
    let memory = Memory::from([(origin(1), noted())]);
    let one = || vec![item(1, Inbox, "x")];
    let there = decided(one(), vec![held(Work, 9, "x")], &memory, false);
    assert_eq!(there, [Action::Skip(Skip::There)]);
    let gone = decided(one(), vec![], &memory, false);
    assert_eq!(gone, [Action::Skip(Skip::RemovedSince)]);
    assert_eq!(decided(one(), vec![], &memory, true), [Action::Write]);
}

#[test]
fn one_message_of_the_directory_stands_for_one_copy() {
    // 1 was exported; 2 is the copy that "save to Work" made.
    let memory = Memory::from([(origin(1), noted())]);
    let actions = decided(
        vec![item(2, Work, "x"), item(1, Inbox, "x")],
        vec![held(Inbox, 0, "x")],
        &memory,
        false,
    );
    assert_eq!(actions, [Action::Write, Action::Skip(Skip::There)]);
}

#[test]
fn of_copies_the_one_in_the_same_folder_is_compared_first() {
    let actions = decided(
        vec![item(1, Work, "x")],
        vec![held(Inbox, 0, "x"), held(Work, 0, "x")],
        &Memory::new(),
        false,
    );
    assert_eq!(actions, [Action::Compare(vec![(0, 1), (0, 0)])]);
}
