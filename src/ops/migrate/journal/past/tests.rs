//! What each run did, from lines of a journal.

use super::*;

const KEY: &str = "0123456789012345678901234567890123456789";

fn past(lines: &[&str]) -> Past {
    let mut past = Past::default();
    for line in lines {
        let line = line.replace("KEY", KEY);
        past.learn(files::understood(line.as_bytes()).unwrap());
    }
    past
}

fn run(id: &str) -> String {
    format!(r#"{{"type":"run","format":1,"run":"{id}","at":"x","account":"a","spool":"s"}}"#)
}

const INTENT: &str = r#"{"type":"intent","batch":1,"at":"x","folder":"INBOX","keys":["KEY"],
    "meant":[{"octets":5,"sha256":"0000000000000000000000000000000000000000000000000000000000000000"}]}"#;
const APPENDED: &str = r#"{"type":"appended","batch":1,"keys":["KEY"],"uids":[7,[3]]}"#;
const UNKNOWN: &str = r#"{"type":"unknown","batch":1,"why":"cut"}"#;
const VERIFIED: &str =
    r#"{"type":"verified","folder":"INBOX","uid_validity":7,"items":[{"key":"KEY","uid":3}]}"#;
const ROLLBACK: &str = r#"{"type":"rollback","of":"r1","folder":"INBOX","uid_validity":7,"items":[{"key":"KEY","uid":3}]}"#;

fn counts(lines: &[&str], id: &str) -> Counts {
    past(lines).run(id).unwrap().counts()
}

#[test]
fn what_was_found_by_a_later_run_was_stored_by_the_one_that_sent_it() {
    let lines = [&run("r1"), INTENT, UNKNOWN, &run("r2"), VERIFIED];
    let first = counts(&lines, "r1");
    assert_eq!((first.appended, first.verified, first.octets), (1, 1, 5));
    assert_eq!(counts(&lines, "r2"), Counts::default());
    assert_eq!(counts(&lines[..3], "r1").unknown, 1);
}

#[test]
fn what_was_sent_again_belongs_to_the_run_that_did() {
    let lines = [&run("r1"), INTENT, UNKNOWN, &run("r2"), INTENT, APPENDED];
    let first = counts(&lines, "r1");
    assert_eq!((first.intended, first.unknown, first.appended), (1, 0, 0));
    assert_eq!(counts(&lines, "r2").appended, 1);
}

#[test]
fn a_rollback_is_of_the_run_it_names_and_ends_where_the_message_is_seen_again() {
    let undone = |lines: &[&str]| {
        let past = past(lines);
        past.run("r1")
            .unwrap()
            .deeds
            .values()
            .next()
            .unwrap()
            .undone
    };
    let done = ROLLBACK.replace("rollback", "rolled_back");
    let lines = [&run("r1"), INTENT, APPENDED, &run("b"), ROLLBACK, &done];
    assert_eq!(undone(&lines[..3]), Undone::No);
    assert_eq!(undone(&lines[..5]), Undone::Begun);
    assert_eq!(undone(&lines), Undone::Done);
    let seen = [&lines[..5], &[VERIFIED]].concat();
    assert_eq!(undone(&seen), Undone::No);
}
