use super::*;
use globset::GlobBuilder;
use std::num::NonZeroU32;

fn message() -> Message {
    Message {
        uid: Uid(NonZeroU32::MIN),
        flags: Flags::default(),
        home: Some(Home::ImapFolder),
        origtime: Some(1000),
        duration: Some(60),
        size: 5000,
        caller_name: "Ada Lovelace".to_owned(),
        caller_number: "5550100".to_owned(),
        msg_id: Some("1-1".to_owned()),
        message_id: None,
        identity: 0,
    }
}

fn takes(criteria: &Criteria, message: &Message) -> bool {
    matches!(criteria.judge(message), Choice::Remove(_))
}

fn seen(message: Message) -> Message {
    let flags = Flags {
        seen: true,
        ..message.flags
    };
    Message { flags, ..message }
}

#[test]
fn an_age_is_from_and_up_to_but_not_at() {
    for (since, until, taken) in [
        (Some(1000), None, true),
        (Some(1001), None, false),
        (None, Some(1000), false),
        (None, Some(1001), true),
    ] {
        let criteria = Criteria {
            since,
            until,
            ..Criteria::default()
        };
        assert_eq!(takes(&criteria, &message()), taken, "{since:?} {until:?}");
    }
}

#[test]
fn a_message_that_tells_no_time_is_in_no_span_and_is_told() {
    let criteria = Criteria {
        until: Some(i64::MAX),
        ..Criteria::default()
    };
    let undated = Message {
        origtime: None,
        ..message()
    };
    assert_eq!(criteria.judge(&undated), Choice::Untold("Orig-time"));
    let criteria = Criteria {
        shorter: Some(u64::MAX),
        ..Criteria::default()
    };
    let endless = Message {
        duration: None,
        ..message()
    };
    assert_eq!(criteria.judge(&endless), Choice::Untold("Duration"));
}

#[test]
fn a_message_outside_the_other_criteria_is_not_counted_as_untold() {
    let criteria = Criteria {
        until: Some(i64::MAX),
        states: vec![State::Old],
        ..Criteria::default()
    };
    let undated = Message {
        origtime: None,
        ..message()
    };
    assert_eq!(criteria.judge(&undated), Choice::Keep);
}

#[test]
fn folders_are_those_of_the_phone() {
    let of = |folder| Criteria {
        folders: vec![folder],
        ..Criteria::default()
    };
    assert!(takes(&of(VoicemailFolder::Inbox), &message()));
    assert!(!takes(&of(VoicemailFolder::Inbox), &seen(message())));
    assert!(takes(&of(VoicemailFolder::Old), &seen(message())));
    let work = Message {
        home: Some(Home::Named(VoicemailFolder::Work)),
        ..seen(message())
    };
    assert!(takes(&of(VoicemailFolder::Work), &work));
    assert!(!takes(&of(VoicemailFolder::Old), &work));
    let nowhere = Message {
        home: None,
        ..message()
    };
    assert!(!takes(&of(VoicemailFolder::Inbox), &nowhere));
}

#[test]
fn bounds_are_inside() {
    let criteria = |longer, shorter, larger, smaller| Criteria {
        longer,
        shorter,
        larger,
        smaller,
        ..Criteria::default()
    };
    let exact = criteria(Some(60), Some(60), Some(5000), Some(5000));
    assert!(takes(&exact, &message()));
    for outside in [
        criteria(Some(61), None, None, None),
        criteria(None, Some(59), None, None),
        criteria(None, None, Some(5001), None),
        criteria(None, None, None, Some(4999)),
    ] {
        assert!(!takes(&outside, &message()));
    }
}

#[test]
fn callers_match_by_number_or_name_and_ids_exactly() {
    let glob = |text: &str| {
        let mut builder = GlobBuilder::new(text);
        builder
            .case_insensitive(true)
            .build()
            .unwrap()
            .compile_matcher()
    };
    for (pattern, taken) in [("555*", true), ("ada *", true), ("ada", false)] {
        let criteria = Criteria {
            callers: vec![glob(pattern)],
            ..Criteria::default()
        };
        assert_eq!(takes(&criteria, &message()), taken, "{pattern}");
    }
    let by_id = |id: &str| Criteria {
        msg_ids: HashSet::from([id.to_owned()]),
        ..Criteria::default()
    };
    assert!(takes(&by_id("1-1"), &message()));
    assert!(!takes(&by_id("1-"), &message()));
}

#[test]
fn what_was_chosen_by_flags_has_to_have_them_until_the_end() {
    let flags = |seen, deleted| Flags {
        seen,
        deleted,
        ..Flags::default()
    };
    let old = Criteria {
        states: vec![State::Old],
        ..Criteria::default()
    };
    assert!(old.needs().hold(flags(true, false), flags(true, true)));
    assert!(!old.needs().hold(flags(true, false), flags(false, false)));
    let marked = Criteria {
        deleted: true,
        ..Criteria::default()
    };
    assert!(!marked.needs().hold(flags(true, true), flags(true, false)));
    let aged = Criteria {
        until: Some(5),
        ..Criteria::default()
    };
    assert!(aged.needs().hold(flags(true, true), flags(false, false)));
}
