use super::*;
use crate::mailstore::name::MailboxName;
use crate::mailstore::types::{Flags, UidValidity};
use crate::voicemail::folder::VoicemailFolder;
use crate::voicemail::list::List;
use crate::voicemail::source_key::AudioDigest;
use std::num::NonZeroU32;

const FILE_TIME: i64 = 1000;

struct Remembers(bool);

impl Memory for Remembers {
    fn rollback_begun(&self, _: &SourceKey) -> Option<&str> {
        None
    }

    fn verified(&self, _: &SourceKey) -> bool {
        self.0
    }

    fn placed(&self, _: &SourceKey) -> &[List] {
        &[]
    }

    fn verified_in(&self, _: &SourceKey, _: &MailboxName, _: UidValidity) -> bool {
        self.0
    }
}

fn vmbox() -> VoicemailBox {
    VoicemailBox::new("1", "a")
}

fn candidate() -> Arc<Candidate> {
    let digest = AudioDigest([1; 32]);
    let key = SourceKey::of_greeting(&vmbox(), Greeting::Busy, &digest);
    let mut one = Candidate::sample(VoicemailFolder::Inbox, 0, key, FILE_TIME, digest);
    one.voicemail.greeting = Some(Greeting::Busy);
    Arc::new(one)
}

fn stored(uid: u32, whose: Whose, recorded: i64) -> Stored {
    Stored {
        kind: Greeting::Busy,
        whose,
        uid: Uid(NonZeroU32::new(uid).unwrap()),
        flags: Flags::default(),
        message_id: Some(format!("<{uid}>")),
        key: None,
        recorded: Some(recorded),
        digest: Some(AudioDigest([9; 32])),
    }
}

fn same(uid: u32) -> Stored {
    Stored {
        key: Some(candidate().key.clone()),
        digest: None,
        ..stored(uid, Whose::Ours, FILE_TIME)
    }
}

fn shelf(stored: Vec<Stored>) -> Shelf {
    Shelf {
        folder: MailboxName::from_wire("Greetings").unwrap(),
        uid_validity: Some(UidValidity(NonZeroU32::MIN)),
        stored,
        bare: None,
        missing_prefix: None,
        removable: true,
    }
}

const RULES: Rules<'_> = Rules {
    mates: &[],
    shared: false,
    replace: false,
    again: false,
    now: 2000,
};

/// What is done, and the UIDs that go.
fn decided(shelf: &Shelf, known: bool, rules: Rules<'_>) -> (String, Vec<u32>) {
    let plan = make(vmbox(), &[candidate()], shelf, &Remembers(known), rules);
    let action = match &plan.plan.items[0].action {
        Action::Append => "append".to_owned(),
        Action::Verify(_) => "verify".to_owned(),
        Action::Skip(skip) => match skip {
            Skip::AlreadyThere(_) => "there".to_owned(),
            Skip::RemovedSince => "removed".to_owned(),
            Skip::NewerThere(_) => "newer".to_owned(),
            Skip::ChangedThere(_) => "changed".to_owned(),
        },
        Action::Update(_) => "update".to_owned(),
        Action::HoldBack(why) => why.to_string(),
    };
    let olds = plan.replaced.iter().flat_map(|one| &one.olds);
    (action, olds.map(|old| old.uid.0.get()).collect())
}

#[test]
fn a_greeting_is_stored_where_there_is_none_of_its_name() {
    let mut other = stored(1, Whose::Others("2@a".to_owned()), 1);
    other.kind = Greeting::Temp;
    assert_eq!(
        decided(&shelf(vec![other]), false, RULES),
        ("append".to_owned(), vec![])
    );
    let mut nowhere = shelf(vec![]);
    nowhere.uid_validity = None;
    let plan = make(vmbox(), &[candidate()], &nowhere, &Remembers(false), RULES);
    assert_eq!(plan.plan.create, [nowhere.folder.clone()]);
}

#[test]
fn what_is_there_is_left_and_what_was_removed_stays_away() {
    assert_eq!(decided(&shelf(vec![same(1)]), false, RULES).0, "verify");
    assert_eq!(decided(&shelf(vec![same(1)]), true, RULES).0, "there");
    let mut recorded_by_phone = stored(1, Whose::Ours, 5);
    recorded_by_phone.digest = Some(candidate().digest);
    assert_eq!(
        decided(&shelf(vec![recorded_by_phone]), false, RULES).0,
        "there"
    );
    assert_eq!(decided(&shelf(vec![]), true, RULES).0, "removed");
    let again = Rules {
        again: true,
        ..RULES
    };
    assert_eq!(decided(&shelf(vec![]), true, again).0, "append");
}

#[test]
fn the_greeting_recorded_last_is_the_one_that_stays() {
    let replace = Rules {
        replace: true,
        ..RULES
    };
    for rules in [RULES, replace] {
        let newer = shelf(vec![stored(1, Whose::Ours, FILE_TIME + 1)]);
        assert_eq!(decided(&newer, false, rules), ("newer".to_owned(), vec![]));
    }
    let older = shelf(vec![stored(1, Whose::Ours, FILE_TIME - 1)]);
    let (action, olds) = decided(&older, false, RULES);
    assert!(
        action.contains("--replace-greetings") && olds.is_empty(),
        "{action}"
    );
    assert_eq!(
        decided(&older, false, replace),
        ("append".to_owned(), vec![1])
    );
    // A run was cut before it removed the old one, which is still the first.
    let both = shelf(vec![stored(1, Whose::Ours, FILE_TIME - 1), same(2)]);
    assert!(decided(&both, true, RULES).0.contains("older"));
    assert_eq!(decided(&both, true, replace), ("there".to_owned(), vec![1]));
    // Nor does Asterisk look at the mark that such a run has set.
    let mut marked = shelf(both.stored.clone());
    marked.stored[0].flags.deleted = true;
    assert!(decided(&marked, true, RULES).0.contains("older"));
    assert_eq!(
        decided(&marked, true, replace),
        ("there".to_owned(), vec![1])
    );
    let mut plain = shelf(older.stored.clone());
    plain.removable = false;
    assert!(decided(&plain, false, replace).0.contains("UIDPLUS"));
}

#[test]
fn what_is_not_this_boxs_is_never_replaced() {
    let replace = Rules {
        replace: true,
        ..RULES
    };
    for whose in [Whose::Unnamed, Whose::Others("2@a".to_owned())] {
        let (action, olds) = decided(&shelf(vec![stored(1, whose, 1)]), false, replace);
        assert!(
            action.starts_with("held back") && olds.is_empty(),
            "{action}"
        );
    }
    let mut forged = same(1);
    forged.whose = Whose::Others("2@a".to_owned());
    assert!(
        decided(&shelf(vec![forged]), false, replace)
            .0
            .contains("2@a")
    );
}

#[test]
fn a_greeting_that_others_would_play_is_stored_on_request_only() {
    let mates = [VoicemailBox::new("2", "a")];
    let rules = Rules {
        mates: &mates,
        ..RULES
    };
    assert!(decided(&shelf(vec![]), false, rules).0.contains("2@a"));
    let shared = Rules {
        shared: true,
        ..rules
    };
    assert_eq!(decided(&shelf(vec![]), false, shared).0, "append");
}
