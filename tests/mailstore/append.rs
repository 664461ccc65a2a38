//! Appending, against a scripted server.

use crate::scripted;
use std::num::NonZeroU32;

use scripted::{Server, Talk, Text, append, folder, item};
use vmimap::mailstore::error::StoreError;
use vmimap::mailstore::name::MailboxName;
use vmimap::mailstore::types::{AppendItem, AppendOutcome, MessageSource, Uid, UidValidity};

const DATE: &str = "\"05-Feb-2009 18:31:30 +0000\"";

fn stored(uid: u32) -> AppendOutcome {
    let number = |n| NonZeroU32::new(n).unwrap();
    AppendOutcome::Stored(Some((UidValidity(number(7)), Uid(number(uid)))))
}

fn refused(outcome: &AppendOutcome) -> String {
    match outcome {
        AppendOutcome::Refused(refusal) => refusal.to_string(),
        AppendOutcome::Stored(_) => panic!("{outcome:?}"),
    }
}

/// Reads one APPEND of one message with a literal that needs no permission.
fn single(talk: &mut Talk, text: &str) -> String {
    let head = format!("APPEND \"Old\" (\\Seen) {DATE} {{{}+}}", text.len());
    let tag = talk.expect(&head);
    assert_eq!(
        talk.octets(text.len() + 2),
        format!("{text}\r\n").as_bytes()
    );
    tag
}

/// Reads one MULTIAPPEND of `one` and `two!`.
fn batch(talk: &mut Talk) -> String {
    let tag = talk.expect(&format!("APPEND \"Old\" (\\Seen) {DATE} {{3+}}"));
    let rest = format!("one (\\Seen) {DATE} {{4+}}\r\ntwo!\r\n");
    assert_eq!(talk.octets(rest.len()), rest.as_bytes());
    tag
}

#[test]
fn a_batch_is_one_command_and_its_uids_are_given_in_order() {
    let server = Server::logged_in("MULTIAPPEND LITERAL+ UIDPLUS", |talk| {
        let tag = batch(talk);
        talk.send(format!(
            "* 9 EXISTS\r\n{tag} OK [APPENDUID 7 41,40] done\r\n"
        ));
    });
    let mut session = server.connect().unwrap();
    let outcomes = append(&mut session, &[&Text("one"), &Text("two!")]).unwrap();
    assert_eq!(outcomes, [stored(41), stored(40)]);
    drop(session);
    server.finish();
}

#[test]
fn an_appenduid_of_another_length_is_not_believed() {
    let server = Server::logged_in("MULTIAPPEND LITERAL+", |talk| {
        let tag = batch(talk);
        talk.send(format!("{tag} OK [APPENDUID 7 40:42] done\r\n"));
    });
    let mut session = server.connect().unwrap();
    let outcomes = append(&mut session, &[&Text("one"), &Text("two!")]).unwrap();
    assert_eq!(
        outcomes,
        [AppendOutcome::Stored(None), AppendOutcome::Stored(None)]
    );
    assert!(session.take_warnings()[0].contains("does not fit 2 messages"));
    drop(session);
    server.finish();
}

#[test]
fn a_refused_batch_is_repeated_one_by_one_to_find_the_culprit() {
    let server = Server::logged_in("MULTIAPPEND LITERAL+", |talk| {
        let tag = batch(talk);
        talk.send(format!("{tag} NO [OVERQUOTA] Quota exceeded\r\n"));
        let one = single(talk, "one");
        let two = single(talk, "two!");
        talk.send(format!("{one} OK [APPENDUID 7 5] done\r\n"));
        talk.send(format!(
            "* NO odd\r\n{two} NO [OVERQUOTA] Quota exceeded\r\n"
        ));
    });
    let mut session = server.connect().unwrap();
    let outcomes = append(&mut session, &[&Text("one"), &Text("two!")]).unwrap();
    assert_eq!(outcomes[0], stored(5));
    assert_eq!(refused(&outcomes[1]), "NO [OVERQUOTA] Quota exceeded");
    drop(session);
    server.finish();
}

#[test]
fn a_missing_folder_refuses_the_whole_batch_at_once_with_its_code() {
    let server = Server::logged_in("MULTIAPPEND LITERAL+", |talk| {
        let tag = batch(talk);
        talk.send(format!("{tag} NO [TRYCREATE] no such folder\r\n"));
        assert_eq!(talk.line(), "", "every single message would meet the same");
    });
    let mut session = server.connect().unwrap();
    let outcomes = append(&mut session, &[&Text("one"), &Text("two!")]).unwrap();
    assert!(
        outcomes
            .iter()
            .all(|o| refused(o) == "NO [TRYCREATE] no such folder")
    );
    drop(session);
    server.finish();
}

#[test]
fn synchronous_literals_wait_for_permission_through_untagged_data() {
    let server = Server::logged_in("MULTIAPPEND", |talk| {
        let tag = talk.expect(&format!("APPEND \"Old\" (\\Seen) {DATE} {{3}}"));
        talk.send("* 4 EXISTS\r\n* OK [ALERT] hurry\r\n+ OK\r\n");
        let rest = format!("one (\\Seen) {DATE} {{4}}\r\n");
        assert_eq!(talk.octets(rest.len()), rest.as_bytes());
        talk.send("+\r\n");
        assert_eq!(talk.octets(6), b"two!\r\n");
        talk.send(format!("{tag} OK [APPENDUID 7 1:2] done\r\n"));
    });
    let mut session = server.connect().unwrap();
    let outcomes = append(&mut session, &[&Text("one"), &Text("two!")]).unwrap();
    assert_eq!(outcomes, [stored(1), stored(2)]);
    assert_eq!(session.take_warnings(), ["[ALERT] hurry"]);
    drop(session);
    server.finish();
}

#[test]
fn a_refusal_before_permission_keeps_its_code_and_sends_no_literal() {
    let server = Server::logged_in("IMAP4rev1", |talk| {
        for _ in 0..2 {
            let (tag, _) = talk.expect_start("APPEND \"Old\"");
            talk.send(format!("{tag} NO [TRYCREATE] no such folder\r\n"));
        }
        let tag = talk.expect("NOOP");
        talk.ok(&tag);
    });
    let mut session = server.connect().unwrap();
    let outcomes = append(&mut session, &[&Text("one"), &Text("two!")]).unwrap();
    assert_eq!(refused(&outcomes[1]), "NO [TRYCREATE] no such folder");
    session.noop().unwrap();
    drop(session);
    server.finish();
}

#[test]
fn literal_minus_goes_without_permission_up_to_4096_octets_only() {
    let small: &'static str = Box::leak("s".repeat(4096).into_boxed_str());
    let large: &'static str = Box::leak("l".repeat(4097).into_boxed_str());
    let server = Server::logged_in("LITERAL-", move |talk| {
        let one = single(talk, small);
        talk.ok(&one);
        let two = talk.expect(&format!("APPEND \"Old\" (\\Seen) {DATE} {{4097}}"));
        talk.send("+ go\r\n");
        let _ = talk.octets(4099);
        talk.ok(&two);
    });
    let mut session = server.connect().unwrap();
    let outcomes = append(&mut session, &[&Text(small), &Text(large)]).unwrap();
    assert_eq!(outcomes, vec![AppendOutcome::Stored(None); 2]);
    drop(session);
    server.finish();
}

#[test]
fn singles_without_permission_go_out_together_but_not_more_than_a_window() {
    let server = Server::logged_in("LITERAL+", |talk| {
        let first: Vec<_> = (0..16).map(|_| single(talk, "one")).collect();
        // The seventeenth must wait for an answer.
        for tag in &first {
            talk.ok(tag);
        }
        for _ in 16..40 {
            let tag = single(talk, "one");
            talk.ok(&tag);
        }
    });
    let mut session = server.connect().unwrap();
    let messages: Vec<&dyn MessageSource> = vec![&Text("one"); 40];
    assert_eq!(append(&mut session, &messages).unwrap().len(), 40);
    drop(session);
    server.finish();
}

#[test]
fn what_cannot_be_appended_is_refused_before_anything_is_sent() {
    let server = Server::logged_in("MULTIAPPEND LITERAL+ APPENDLIMIT=3", |talk| {
        let tag = single(talk, "one");
        talk.ok(&tag);
        assert_eq!(talk.line(), "");
    });
    let mut session = server.connect().unwrap();
    let empty = append(&mut session, &[&Text("one"), &Text("")]).unwrap_err();
    assert_eq!(empty.to_string(), "message 2: is empty");
    let dateless = AppendItem {
        internal_date: Some(i64::MAX),
        ..item(&Text("one"))
    };
    assert!(matches!(
        session.append(&folder(), &[dateless]),
        Err(StoreError::InvalidArgument { .. })
    ));
    let outcomes = append(&mut session, &[&Text("four"), &Text("one")]).unwrap();
    assert!(refused(&outcomes[0]).starts_with("NO [TOOBIG]"));
    assert_eq!(outcomes[1], AppendOutcome::Stored(None));
    assert!(append(&mut session, &[]).unwrap().is_empty());
    drop(session);
    server.finish();
}

#[test]
fn the_internal_date_is_the_same_moment_in_the_zone_that_was_asked_for() {
    let server = Server::logged_in("LITERAL+", |talk| {
        let there = "\"05-Feb-2009 13:31:30 -0500\"";
        let tag = talk.expect(&format!("APPEND \"Old\" (\\Seen) {there} {{3+}}"));
        talk.octets(3 + 2);
        talk.ok(&tag);
    });
    let mut session = server.connect().unwrap();
    let message = Text("one");
    let here = AppendItem {
        utc_offset: -18_000,
        ..item(&message)
    };
    session.append(&folder(), &[here]).unwrap();
    drop(session);
    server.finish();
}

#[test]
fn without_a_date_the_server_takes_its_own_clock() {
    let server = Server::logged_in("LITERAL+", |talk| {
        let tag = talk.expect("APPEND \"Old\" (\\Seen) {3+}");
        talk.octets(3 + 2);
        talk.ok(&tag);
    });
    let mut session = server.connect().unwrap();
    let message = Text("one");
    let undated = AppendItem {
        internal_date: None,
        ..item(&message)
    };
    session.append(&folder(), &[undated]).unwrap();
    drop(session);
    server.finish();
}

#[test]
fn a_folder_open_read_only_is_opened_for_changes_where_it_cannot_be_left() {
    let server = Server::logged_in("UIDPLUS LITERAL+", |talk| {
        for command in ["EXAMINE", "SELECT"] {
            let tag = talk.expect(&format!("{command} \"Old\""));
            talk.send("* 0 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n");
            talk.ok(&tag);
            if command == "EXAMINE" {
                // Another folder is no matter.
                let tag = talk.expect(&format!("APPEND \"Work\" (\\Seen) {DATE} {{3+}}"));
                assert_eq!(talk.octets(5), b"one\r\n");
                talk.ok(&tag);
            }
        }
        for _ in 0..2 {
            let tag = single(talk, "one");
            talk.ok(&tag);
        }
    });
    let mut session = server.connect().unwrap();
    session.examine(&folder()).unwrap();
    session
        .append(
            &MailboxName::from_wire("Work").unwrap(),
            &[item(&Text("one"))],
        )
        .unwrap();
    for _ in 0..2 {
        append(&mut session, &[&Text("one")]).unwrap();
    }
    drop(session);
    server.finish();
}
