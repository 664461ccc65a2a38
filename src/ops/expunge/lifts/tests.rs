//! Tests of the record of marks that are off: what a crash leaves, and what only damage leaves.

use std::num::NonZeroU32;

use super::*;

fn uids(numbers: &[u32]) -> Vec<Uid> {
    let numbers = numbers.iter().filter_map(|n| NonZeroU32::new(*n));
    numbers.map(Uid).collect()
}

fn lift() -> Lift {
    Lift {
        others: uids(&[2, 7]),
        planned: uids(&[3, 4]),
        ours: uids(&[4]),
    }
}

const AT: UidValidity = UidValidity(NonZeroU32::MIN);

#[test]
fn what_was_begun_is_open_until_it_is_back() {
    let dir = tempfile::tempdir().unwrap();
    let inbox = MailboxName::inbox();
    let lifts = Lifts::open(dir.path(), "r1").unwrap();
    assert!(!dir.path().join(FILE).exists());
    lifts.begin("u@h:1", &inbox, AT, &lift()).unwrap();
    lifts.begin("v@h:1", &inbox, AT, &lift()).unwrap();
    lifts.expunging("u@h:1", &inbox, AT).unwrap();
    let open = open_lifts(dir.path()).unwrap();
    assert_eq!(open, lifts.all());
    assert_eq!(
        (open.len(), &open[0].lift, open[0].validity),
        (2, &lift(), AT)
    );
    assert!(open[0].expunging.is_some() && open[1].expunging.is_none());
    let again = Lifts::open(dir.path(), "r2").unwrap();
    again.back(&again.of("u@h:1", &inbox).unwrap()).unwrap();
    again.give_up(&again.of("v@h:1", &inbox).unwrap()).unwrap();
    assert_eq!(open_lifts(dir.path()).unwrap(), []);
}

#[test]
fn a_torn_last_line_was_not_begun_and_damage_elsewhere_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let inbox = MailboxName::inbox();
    let lifts = Lifts::open(dir.path(), "r1").unwrap();
    lifts.begin("u@h:1", &inbox, AT, &lift()).unwrap();
    let path = dir.path().join(FILE);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, [&whole[..], &whole[..20]].concat()).unwrap();
    assert_eq!(open_lifts(dir.path()).unwrap().len(), 1);
    let again = Lifts::open(dir.path(), "r2").unwrap();
    again.back(&again.all()[0]).unwrap();
    assert_eq!(open_lifts(dir.path()).unwrap(), []);
    fs::write(&path, [&whole[..20], b"\n", &whole[..]].concat()).unwrap();
    let error = open_lifts(dir.path()).unwrap_err().to_string();
    assert!(error.contains("lifted.jsonl:1: damaged line"), "{error}");
}
