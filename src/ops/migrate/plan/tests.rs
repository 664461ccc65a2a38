//! The planner, case by case. Nothing here needs a server or a spool.

use std::collections::HashSet;
use std::num::NonZeroU32;

use super::*;
use crate::mailstore::types::{QuotaRoot, Resource};
use crate::ops::migrate::source::Candidate;
use crate::voicemail::folder::Home;
use crate::voicemail::folder::VoicemailFolder;
use crate::voicemail::source_key::AudioDigest;

fn candidate(folder: VoicemailFolder, number: u32, origtime: i64) -> Candidate {
    let vmbox = VoicemailBox::new("4123", "default");
    let digest = AudioDigest([u8::try_from(number).unwrap(); 32]);
    let key = SourceKey::new(&vmbox, "", origtime, &digest, 1);
    Candidate {
        octets: 1000,
        ..Candidate::sample(folder, number, key, origtime, digest)
    }
}

fn inbox() -> MailboxName {
    MailboxName::from_wire("INBOX").unwrap()
}

fn validity(number: u32) -> UidValidity {
    UidValidity(NonZeroU32::new(number).unwrap())
}

fn held(number: u32) -> Held {
    Held {
        folder: inbox(),
        uid_validity: validity(7),
        uid: Uid(NonZeroU32::new(number).unwrap()),
        flags: Flags::default(),
        list: Some(List::New),
    }
}

/// Remembers the keys it was given, all put into new and verified in INBOX under UIDVALIDITY 7.
struct Remembers(HashSet<SourceKey>);

impl Memory for Remembers {
    fn verified(&self, key: &SourceKey) -> bool {
        self.0.contains(key)
    }
    fn verified_in(&self, key: &SourceKey, folder: &MailboxName, known: UidValidity) -> bool {
        self.0.contains(key) && *folder == inbox() && known == validity(7)
    }
    fn placed(&self, key: &SourceKey) -> &[List] {
        if self.0.contains(key) {
            &[List::New]
        } else {
            &[]
        }
    }
    fn rollback_begun(&self, _key: &SourceKey) -> Option<&str> {
        None
    }
}

const RULES: Rules = Rules {
    maxmsg: 100,
    over_maxmsg: false,
    again: false,
    update: false,
    can_move: true,
    now: 1000,
};

struct Case {
    candidates: Vec<Candidate>,
    holdings: Holdings,
    memory: Remembers,
    uid_validity: u32,
    rules: Rules,
}

impl Case {
    fn of(candidates: Vec<Candidate>) -> Self {
        let holdings = Holdings::default();
        let memory = Remembers(HashSet::new());
        Self {
            candidates,
            holdings,
            memory,
            uid_validity: 7,
            rules: RULES,
        }
    }

    fn plan(self) -> BoxPlan {
        let placed = self
            .candidates
            .into_iter()
            .map(|one| {
                let placement = one.folder.placement();
                let target = match placement.home {
                    Home::ImapFolder => inbox(),
                    Home::Named(folder) => MailboxName::from_wire(folder.as_str()).unwrap(),
                };
                (Arc::new(one), placement, target, None)
            })
            .collect();
        let mut holdings = self.holdings;
        holdings
            .folders
            .insert(inbox(), validity(self.uid_validity));
        let vmbox = VoicemailBox::new("4123", "default");
        make(vmbox, placed, &holdings, &self.memory, self.rules)
    }
}

fn order(plan: &BoxPlan) -> Vec<(VoicemailFolder, u32)> {
    plan.items
        .iter()
        .map(|item| (item.candidate.folder, item.candidate.number))
        .collect()
}

#[test]
fn the_oldest_message_is_appended_first_whatever_its_folder_and_number() {
    use VoicemailFolder::{Inbox, Old, Urgent};
    let case = Case::of(vec![
        candidate(Inbox, 0, 300),
        candidate(Inbox, 1, 100),
        candidate(Old, 2, 200),
        candidate(Urgent, 3, 150),
    ]);
    assert_eq!(
        order(&case.plan()),
        [(Inbox, 1), (Urgent, 3), (Old, 2), (Inbox, 0)]
    );
}

#[test]
fn messages_of_one_second_keep_the_spools_order() {
    use VoicemailFolder::Inbox;
    let case = Case::of(vec![candidate(Inbox, 10, 5), candidate(Inbox, 9, 5)]);
    assert_eq!(order(&case.plan()), [(Inbox, 9), (Inbox, 10)]);
}

#[test]
fn what_is_there_and_was_read_back_is_skipped() {
    let one = candidate(VoicemailFolder::Inbox, 0, 1);
    let mut case = Case::of(vec![one.clone()]);
    case.holdings.by_key.insert(one.key.clone(), vec![held(3)]);
    case.memory.0.insert(one.key);
    let plan = case.plan();
    assert_eq!(
        plan.items[0].action,
        Action::Skip(Skip::AlreadyThere(held(3)))
    );
    assert_eq!(plan.octets(), 0);
}

#[test]
fn what_is_there_but_was_never_read_back_is_read_back() {
    let one = candidate(VoicemailFolder::Inbox, 0, 1);
    let mut case = Case::of(vec![one.clone()]);
    case.holdings.by_key.insert(one.key, vec![held(3)]);
    assert_eq!(case.plan().items[0].action, Action::Verify(held(3)));
}

#[test]
fn what_its_owner_removed_stays_removed_unless_asked_for() {
    let one = candidate(VoicemailFolder::Inbox, 0, 1);
    for (again, action) in [
        (false, Action::Skip(Skip::RemovedSince)),
        (true, Action::Append),
    ] {
        let mut case = Case::of(vec![one.clone()]);
        case.memory.0.insert(one.key.clone());
        case.rules.again = again;
        assert_eq!(case.plan().items[0].action, action, "again: {again}");
    }
}

#[test]
fn a_folder_made_anew_has_forgotten_its_messages() {
    let one = candidate(VoicemailFolder::Inbox, 0, 1);
    let mut case = Case::of(vec![one.clone()]);
    case.memory.0.insert(one.key);
    case.uid_validity = 8;
    assert_eq!(case.plan().items[0].action, Action::Append);
}

#[test]
fn no_list_grows_beyond_maxmsg() {
    use VoicemailFolder::{Inbox, Old, Work};
    let mut candidates: Vec<Candidate> = (0..4).map(|n| candidate(Old, n, n.into())).collect();
    candidates.extend((10..12).map(|n| candidate(Inbox, n, n.into())));
    candidates.extend((20..24).map(|n| candidate(Work, n, n.into())));
    let mut case = Case::of(candidates);
    case.rules.maxmsg = 3;
    case.holdings.counts.insert(List::Named(Work), 2);
    let plan = case.plan();
    let held: Vec<u32> = plan
        .items
        .iter()
        .filter(|item| matches!(item.action, Action::HoldBack(HoldBack::OverMaxmsg { .. })))
        .map(|item| item.candidate.number)
        .collect();
    // Two unheard and one old fill the box: the newest old ones wait, and so does Work's surplus.
    assert_eq!(held, [1, 2, 3, 21, 22, 23]);
    assert_eq!(plan.callers_refused_at, Some(3));
}

#[test]
fn new_urgent_and_old_count_together_because_they_end_in_one_list() {
    use VoicemailFolder::{Inbox, Old, Urgent};
    let appended = |maxmsg| -> Vec<u32> {
        let mut candidates: Vec<Candidate> =
            (0..3).map(|n| candidate(Inbox, n, n.into())).collect();
        candidates.extend((10..12).map(|n| candidate(Urgent, n, n.into())));
        candidates.extend((20..22).map(|n| candidate(Old, n, n.into())));
        let mut case = Case::of(candidates);
        case.rules.maxmsg = maxmsg;
        case.holdings.counts.insert(List::Old, 1);
        let plan = case.plan();
        plan.appends().map(|i| i.candidate.number).collect()
    };
    assert_eq!(appended(6), [0, 1, 2, 10, 11]);
    assert_eq!(appended(7), [0, 1, 2, 10, 11, 20]);
    assert_eq!(appended(8).len(), 7);
}

#[test]
fn over_maxmsg_appends_all_the_same() {
    let mut case = Case::of(
        (0..4)
            .map(|n| candidate(VoicemailFolder::Old, n, 1))
            .collect(),
    );
    case.rules = Rules {
        maxmsg: 3,
        over_maxmsg: true,
        ..RULES
    };
    assert_eq!(case.plan().appends().count(), 4);
}

#[test]
fn a_time_to_come_is_stored_with_the_present_date() {
    let case = Case::of(vec![
        candidate(VoicemailFolder::Inbox, 0, 999),
        candidate(VoicemailFolder::Inbox, 1, 1001),
    ]);
    let dates: Vec<i64> = case.plan().items.iter().map(|i| i.internal_date).collect();
    assert_eq!(dates, [999, 1000]);
}

#[test]
fn only_missing_folders_that_get_messages_are_created() {
    use VoicemailFolder::{Friends, Inbox, Work};
    let mut case = Case::of(vec![
        candidate(Inbox, 0, 1),
        candidate(Work, 1, 2),
        candidate(Friends, 2, 3),
    ]);
    case.holdings
        .folders
        .insert(MailboxName::from_wire("Friends").unwrap(), validity(1));
    let names: Vec<String> = case.plan().create.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["Work"]);
}

fn root(name: &str, storage: Option<(u64, u64)>, message: Option<(u64, u64)>) -> QuotaRoot {
    let resource = |name: &str, (used, limit)| Resource {
        name: name.to_owned(),
        used,
        limit,
    };
    let storage = storage.map(|usage| resource("STORAGE", usage));
    let message = message.map(|usage| resource("MESSAGE", usage));
    QuotaRoot {
        name: name.to_owned(),
        resources: storage.into_iter().chain(message).collect(),
    }
}

#[test]
fn a_root_without_room_is_a_misfit_in_its_own_unit() {
    let three = || {
        Case::of(
            (0..3)
                .map(|n| candidate(VoicemailFolder::Inbox, n, 1))
                .collect(),
        )
        .plan()
    };
    for (root, reserved, misfits) in [
        (root("", Some((0, 3)), None), (0, 0), 0),
        (root("", Some((0, 2)), None), (0, 0), 1),
        (root("", Some((9, 2)), None), (0, 0), 1),
        (root("", None, Some((17, 20))), (0, 0), 0),
        (root("", None, Some((18, 20))), (0, 0), 1),
        (root("", Some((0, 3)), Some((0, 20))), (100, 18), 2),
        (root("", Some((0, u64::MAX)), None), (0, 0), 0),
        (root("", None, None), (0, 0), 0),
    ] {
        let mut plan = three();
        plan.fit(std::slice::from_ref(&root), reserved);
        assert_eq!(plan.misfits.len(), misfits, "{root:?} {reserved:?}");
    }
}

#[test]
fn a_misfit_reads_as_people_say_it() {
    let mut misfit = Misfit {
        root: String::new(),
        unit: "octets",
        needs: 38 << 20,
        has: 12 << 20,
    };
    assert_eq!(misfit.to_string(), "needs 38 MiB, has 12 MiB");
    (misfit.needs, misfit.has) = (6156, 6144);
    assert_eq!(misfit.to_string(), "needs 6156 octets, has 6144");
    misfit = Misfit {
        root: "User quota".to_owned(),
        unit: "messages",
        needs: 3,
        has: 1,
    };
    assert_eq!(
        misfit.to_string(),
        "needs 3 messages, has room for 1 (quota root \"User quota\")"
    );
    (misfit.needs, misfit.has) = (1, 0);
    assert!(
        misfit
            .to_string()
            .starts_with("needs 1 message, has room for 0")
    );
}

#[test]
fn octets_are_shown_with_two_or_three_digits() {
    for (octets, text) in [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 KiB"),
        (5_940, "5.8 KiB"),
        (10_240, "10 KiB"),
        (1 << 20, "1.0 MiB"),
        (u64::MAX, "16777216.0 TiB"),
    ] {
        assert_eq!(Octets(octets).to_string(), text);
    }
}
