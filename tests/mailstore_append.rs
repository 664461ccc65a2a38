//! Appending, against a scripted server.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "support/scripted.rs"]
mod scripted;

use std::io::{self, Write};
use std::num::NonZeroU32;
use std::time::Duration;

use scripted::{Server, Talk};
use vmimap::mailstore::error::{Scope, StoreError};
use vmimap::mailstore::name::MailboxName;
use vmimap::mailstore::session::Session;
use vmimap::mailstore::types::{AppendItem, AppendOutcome, Flags, MessageSource, Uid, UidValidity};

const DATE: &str = "\"05-Feb-2009 18:31:30 +0000\"";

struct Text(&'static str);

impl MessageSource for Text {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(self.0.as_bytes())
    }
}

/// Says one size and writes another; fails after that where `fails`.
struct Liar {
    says: u64,
    writes: usize,
    fails: bool,
}

impl MessageSource for Liar {
    fn size(&self) -> u64 {
        self.says
    }

    fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        for _ in 0..self.writes {
            out.write_all(b"x")?;
        }
        if self.fails {
            return Err(io::Error::other("the file went away"));
        }
        Ok(())
    }
}

fn item(message: &dyn MessageSource) -> AppendItem<'_> {
    AppendItem {
        flags: Flags {
            seen: true,
            ..Flags::default()
        },
        internal_date: 1_233_858_690,
        message,
    }
}

fn folder() -> MailboxName {
    MailboxName::from_wire("Old").unwrap()
}

fn append(
    session: &mut Session,
    messages: &[&dyn MessageSource],
) -> Result<Vec<AppendOutcome>, StoreError> {
    let items: Vec<_> = messages.iter().map(|m| item(*m)).collect();
    session.append(&folder(), &items)
}

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
fn a_source_that_fails_leaves_its_literal_incomplete_and_ends_the_session() {
    for (says, writes, fails) in [
        (5, 3, true),
        (5, 5, true),
        (5, 4, false),
        (5, 6, false),
        (5, 0, false),
    ] {
        let server = Server::logged_in("LITERAL+", move |talk| {
            let line = talk.line();
            let rest = talk.rest();
            assert!(
                rest.len() < 5,
                "{line:?} must not be followed by a whole literal: {rest:?}"
            );
        });
        let mut session = server.connect().unwrap();
        let liar = Liar {
            says,
            writes,
            fails,
        };
        let error = append(&mut session, &[&liar]).unwrap_err();
        assert!(
            matches!(error, StoreError::SourceFailed { index: 0, .. }),
            "{error}"
        );
        assert!(matches!(session.noop(), Err(StoreError::Dead { .. })));
        drop(session);
        server.finish();
    }
}

#[test]
fn the_failing_source_of_a_batch_is_named_and_nothing_of_the_batch_is_stored() {
    let server = Server::logged_in("MULTIAPPEND LITERAL+", |talk| {
        let all = talk.rest();
        assert!(
            !all.ends_with(b"\r\n") || all.is_empty(),
            "{:?}",
            String::from_utf8_lossy(&all)
        );
    });
    let mut session = server.connect().unwrap();
    let liar = Liar {
        says: 100_000,
        writes: 99_999,
        fails: true,
    };
    let error = append(&mut session, &[&Text("one"), &liar]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "message 2: its source cannot be read: the file went away"
    );
    drop(session);
    server.finish();
}

#[test]
fn a_connection_cut_at_any_octet_of_the_answer_leaves_the_outcome_unknown() {
    let answer = "* 1 EXISTS\r\nv2 OK [APPENDUID 7 1] done\r\n";
    for cut in 0..answer.len() - 1 {
        let server = Server::logged_in("LITERAL+", move |talk| {
            let _ = single(talk, "one");
            talk.send(&answer[..cut]);
        });
        let mut session = server.connect().unwrap();
        let error = append(&mut session, &[&Text("one")]).unwrap_err();
        assert!(
            matches!(error, StoreError::OutcomeUnknown { .. }),
            "{cut}: {error}"
        );
        assert_eq!(error.scope(), Scope::Session);
        assert!(
            matches!(session.noop(), Err(StoreError::Dead { .. })),
            "never sent again"
        );
        drop(session);
        server.finish();
    }
}

#[test]
fn silence_after_an_append_leaves_the_outcome_unknown() {
    let server = Server::logged_in("LITERAL+", |talk| {
        let _ = single(talk, "one");
        talk.silence(Duration::from_millis(800));
    });
    let error = append(&mut server.connect().unwrap(), &[&Text("one")]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "APPEND to Old: outcome unknown, it may have been carried out: APPEND to Old: the server did not answer in time"
    );
    server.finish();
}

#[test]
fn a_farewell_in_the_middle_of_a_large_literal_is_heard() {
    let server = Server::logged_in("LITERAL+", |talk| {
        let _ = talk.line();
        let _ = talk.octets(100_000);
        talk.send("* BYE message too large\r\n");
        // Leaves with most of the literal unread.
        talk.silence(Duration::from_millis(100));
    });
    let size = 64 * 1024 * 1024;
    struct Large(u64);
    impl MessageSource for Large {
        fn size(&self) -> u64 {
            self.0
        }
        fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
            let block = [b'x'; 65536];
            (0..self.0 / 65536).try_for_each(|_| out.write_all(&block))
        }
    }
    let error = append(&mut server.connect().unwrap(), &[&Large(size)]).unwrap_err();
    assert!(
        matches!(error, StoreError::OutcomeUnknown { .. }),
        "{error}"
    );
    server.finish();
}

#[test]
fn a_server_that_claims_to_have_stored_what_it_was_not_sent_is_not_believed() {
    let server = Server::logged_in("IMAP4rev1", |talk| {
        let (tag, _) = talk.expect_start("APPEND");
        talk.ok(&tag);
    });
    let error = append(&mut server.connect().unwrap(), &[&Text("one")]).unwrap_err();
    assert!(
        matches!(error, StoreError::OutcomeUnknown { .. }),
        "{error}"
    );
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
        internal_date: i64::MAX,
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
