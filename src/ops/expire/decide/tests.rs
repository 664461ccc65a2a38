use std::num::NonZeroU32;

use proptest::prelude::*;

use super::*;
use crate::mailstore::types::{Flags, Uid};
use crate::ops::expunge::message::State;
use crate::ops::select::BoxPattern;
use crate::voicemail::folder::{Home, VoicemailFolder};

const NOW: i64 = 1_795_000_000;
const DAY: i64 = 86_400;

/// A heard message left so many days ago.
fn message(uid: u32, days: i64) -> Message {
    Message {
        uid: Uid(NonZeroU32::new(uid).unwrap()),
        flags: Flags {
            seen: true,
            ..Flags::default()
        },
        home: Some(Home::ImapFolder),
        origtime: Some(NOW - days * DAY),
        duration: Some(60),
        size: 1000,
        caller_name: String::new(),
        caller_number: String::new(),
        msg_id: None,
        message_id: None,
        identity: 0,
    }
}

fn unheard(message: Message) -> Message {
    Message {
        flags: Flags::default(),
        ..message
    }
}

fn rule() -> Rule {
    Rule {
        name: "r".to_owned(),
        boxes: Vec::new(),
        contexts: Vec::new(),
        folders: Vec::new(),
        states: Vec::new(),
        older_than: None,
        keep_newest: None,
        max_size: None,
        keep_unheard: true,
    }
}

fn policy(rules: Vec<Rule>) -> Policy {
    Policy {
        rules,
        holds: Vec::new(),
        now: NOW,
    }
}

fn decide(policy: &Policy, messages: &[Message]) -> Vec<Decided> {
    let vmbox = VoicemailBox::new("1004", "default");
    policy.choose(&[&vmbox], messages)
}

fn gone(policy: &Policy, messages: &[Message]) -> Vec<u32> {
    let decided = decide(policy, messages);
    let pairs = messages.iter().zip(decided);
    pairs
        .filter(|(_, decided)| matches!(decided.choice, Choice::Remove(_)))
        .map(|(message, _)| message.uid.0.get())
        .collect()
}

#[test]
fn a_time_that_cannot_be_neither_goes_nor_takes_anothers_place() {
    let told = |uid, time| Message {
        origtime: Some(time),
        ..message(uid, 0)
    };
    let all = [
        told(1, 0),
        told(2, 60),
        told(3, -5),
        told(4, NOW + 400 * DAY),
        message(5, 100),
        message(6, 1),
    ];
    let aged = Rule {
        older_than: Some(90 * 86_400),
        ..rule()
    };
    assert_eq!(gone(&policy(vec![aged]), &all), [5]);
    let few = Rule {
        keep_newest: Some(2),
        ..rule()
    };
    let policy = policy(vec![few]);
    assert_eq!(gone(&policy, &all), [] as [u32; 0]);
    let decided = &decide(&policy, &all)[0];
    assert_eq!(decided.choice, Choice::Untold("and possible Orig-time"));
    assert_eq!(decided.why, "r: tells a time when it cannot have been left");
}

#[test]
fn age_number_and_size_are_limits_each_by_itself() {
    let all: Vec<Message> = (1..=5).map(|n| message(n, i64::from(n))).collect();
    let aged = Rule {
        older_than: Some(3 * 86_400),
        ..rule()
    };
    assert_eq!(gone(&policy(vec![aged.clone()]), &all), [4, 5]);
    let numbered = Rule {
        keep_newest: Some(2),
        ..rule()
    };
    assert_eq!(gone(&policy(vec![numbered]), &all), [3, 4, 5]);
    let sized = Rule {
        max_size: Some(4999),
        ..rule()
    };
    assert_eq!(gone(&policy(vec![sized]), &all), [5]);
    let both = Rule {
        keep_newest: Some(2),
        ..aged
    };
    assert_eq!(gone(&policy(vec![both]), &all), [3, 4, 5]);
}

#[test]
fn what_nobody_has_heard_stays_unless_the_rule_says_otherwise() {
    let all = [message(1, 9), unheard(message(2, 9))];
    let keeps = Rule {
        older_than: Some(86_400),
        ..rule()
    };
    assert_eq!(gone(&policy(vec![keeps.clone()]), &all), [1]);
    let why = &decide(&policy(vec![keeps.clone()]), &all)[1].why;
    assert_eq!(why, "r: older than 1d, but nobody has heard it");
    let takes = Rule {
        keep_unheard: false,
        ..keeps
    };
    assert_eq!(gone(&policy(vec![takes]), &all), [1, 2]);
}

#[test]
fn a_hold_wins_over_every_rule_and_over_every_owner_that_is_not_held() {
    let aged = Rule {
        older_than: Some(0),
        ..rule()
    };
    let mut held = policy(vec![aged]);
    held.holds.push(BoxPattern::new("1004@default").unwrap());
    assert!(gone(&held, &[message(1, 9)]).is_empty());
    let (one, other) = (
        VoicemailBox::new("1004", "default"),
        VoicemailBox::new("1005", "default"),
    );
    let decided = held.choose(&[&other, &one], &[message(1, 9)]);
    assert_eq!(decided[0].choice, Choice::Keep);
    assert_eq!(decided[0].why, "hold 1004@default");
}

#[test]
fn the_first_rule_that_takes_a_message_is_named_and_it_does_not_count_for_the_next() {
    let all: Vec<Message> = (1..=4).map(|n| message(n, i64::from(n))).collect();
    let work = Rule {
        name: "first".to_owned(),
        older_than: Some(3 * 86_400),
        ..rule()
    };
    let numbered = Rule {
        name: "second".to_owned(),
        keep_newest: Some(2),
        ..rule()
    };
    let decided = decide(&policy(vec![work, numbered]), &all);
    let why: Vec<&str> = decided.iter().map(|one| one.why.as_str()).collect();
    assert_eq!(why[3], "first: older than 3d");
    assert_eq!(why[2], "second: number 3 of at most 2");
    assert_eq!(
        why[0],
        "first: not older than 3d; second: within its limits"
    );
}

#[test]
fn a_rule_is_about_its_folders_states_and_boxes_only() {
    let work = Message {
        home: Some(Home::Named(VoicemailFolder::Work)),
        ..message(1, 9)
    };
    let all = [work, message(2, 9)];
    let of = |change: fn(&mut Rule)| {
        let mut rule = Rule {
            older_than: Some(86_400),
            ..rule()
        };
        change(&mut rule);
        policy(vec![rule])
    };
    let in_work = of(|rule| rule.folders = vec![VoicemailFolder::Work]);
    assert_eq!(gone(&in_work, &all), [1]);
    assert_eq!(decide(&in_work, &all)[1].why, "no rule is about it");
    assert_eq!(gone(&of(|rule| rule.states = vec![State::Old]), &all), [2]);
    let heard_in_work = of(|rule| {
        rule.states = vec![State::Old];
        rule.folders = vec![VoicemailFolder::Work];
    });
    assert_eq!(gone(&heard_in_work, &all), [1]);
    let others = of(|rule| rule.boxes = vec![BoxPattern::new("2*").unwrap()]);
    assert!(gone(&others, &all).is_empty());
}

#[test]
fn what_is_marked_as_deleted_goes_by_age_and_takes_nobodys_place() {
    let mut marked = message(1, 1);
    marked.flags.deleted = true;
    let all = [marked, message(2, 2), message(3, 3)];
    let numbered = Rule {
        keep_newest: Some(2),
        ..rule()
    };
    assert!(gone(&policy(vec![numbered]), &all).is_empty());
    let aged = Rule {
        older_than: Some(0),
        ..rule()
    };
    assert_eq!(gone(&policy(vec![aged]), &all), [1, 2, 3]);
}

#[test]
fn a_message_that_tells_no_time_takes_nobodys_place() {
    let undated = Message {
        origtime: None,
        ..message(1, 0)
    };
    let rule = Rule {
        keep_newest: Some(1),
        max_size: Some(1500),
        ..rule()
    };
    let all = [undated, message(2, 2), message(3, 3)];
    assert_eq!(gone(&policy(vec![rule]), &all), [3]);
}

#[test]
fn a_message_that_tells_no_time_stays_and_is_told() {
    let undated = Message {
        origtime: None,
        ..message(1, 0)
    };
    for rule in [
        Rule {
            older_than: Some(0),
            ..rule()
        },
        Rule {
            keep_newest: Some(0),
            ..rule()
        },
        Rule {
            max_size: Some(0),
            ..rule()
        },
    ] {
        let decided = decide(&policy(vec![rule]), std::slice::from_ref(&undated));
        assert_eq!(decided[0].choice, Choice::Untold("and possible Orig-time"));
    }
}

prop_compose! {
    fn any_message()(days in 0i64..40, seen: bool, deleted: bool, dated in 0u8..9, size in 0u64..5000, work: bool)
        -> Message {
        let mut one = message(1, days);
        one.flags = Flags { seen, deleted, ..Flags::default() };
        one.origtime = one.origtime.filter(|_| dated > 0);
        one.size = size;
        if work {
            one.home = Some(Home::Named(VoicemailFolder::Work));
        }
        one
    }
}

prop_compose! {
    fn any_rule()(age in proptest::option::of(0u64..40), most in proptest::option::of(0u64..9),
                  size in proptest::option::of(0u64..9000), keep_unheard: bool, work: bool) -> Rule {
        Rule {
            older_than: age.map(|days| days * 86_400),
            keep_newest: most,
            max_size: size,
            keep_unheard,
            folders: if work { vec![VoicemailFolder::Work] } else { Vec::new() },
            ..rule()
        }
    }
}

proptest! {
    #[test]
    fn what_stays_stays_when_judged_again(
        mut all in proptest::collection::vec(any_message(), 0..20),
        rules in proptest::collection::vec(any_rule(), 0..4),
    ) {
        for (at, one) in (1..).zip(&mut all) {
            one.uid = Uid(NonZeroU32::new(at).unwrap());
        }
        let policy = policy(rules);
        let first = gone(&policy, &all);
        let unheard_may_go = policy.rules.iter().any(|rule| !rule.keep_unheard);
        for one in all.iter().filter(|one| first.contains(&one.uid.0.get())) {
            prop_assert!(one.origtime.is_some() && (one.flags.seen || unheard_may_go));
        }
        all.retain(|one| !first.contains(&one.uid.0.get()));
        prop_assert_eq!(gone(&policy, &all), Vec::<u32>::new());
    }
}
