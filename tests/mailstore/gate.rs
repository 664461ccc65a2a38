//! What the gate keeps from the parser, and what ends a session, against a scripted server.

use crate::conversation::name;
use crate::scripted;
use std::time::Duration;

use scripted::{Server, Talk, ada};
use vmimap::mailstore::error::{Scope, StoreError};
use vmimap::mailstore::name::MailboxName;
use vmimap::mailstore::session::Session;
use vmimap::mailstore::types::Asked;

const CAPS: &str = "IMAP4rev1 NAMESPACE QUOTA UNSELECT";

fn examined(talk: &mut Talk, lines: &str) {
    let tag = talk.expect("EXAMINE \"INBOX\"");
    talk.send(lines);
    talk.send(format!("{tag} OK [READ-ONLY] done\r\n"));
}

const OPENED: &str = "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 9] ok\r\n";

/// What a session makes of an EXAMINE answered with these lines, and of a NOOP after it.
fn examine(lines: &'static str) -> (Result<u32, StoreError>, Vec<String>, bool) {
    let server = Server::logged_in(CAPS, move |talk| {
        examined(talk, lines);
        let line = talk.line();
        if let Some((tag, "NOOP")) = line.split_once(' ') {
            talk.ok(tag);
        }
    });
    let mut session = server.connect().unwrap();
    let outcome = session.examine(&MailboxName::inbox()).map(|s| s.exists);
    let warnings = session.take_warnings();
    let alive = session.noop().is_ok();
    drop(session);
    server.finish();
    (outcome, warnings, alive)
}

#[test]
fn a_disk_full_warning_inside_select_is_a_warning_and_no_panic() {
    let (outcome, warnings, alive) =
        examine("* NO Disk is 98% full\r\n* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* BAD odd\r\n");
    assert_eq!(outcome.unwrap(), 3);
    assert_eq!(warnings, ["Disk is 98% full", "odd"]);
    assert!(alive);
}

#[test]
fn lines_the_crates_parser_cannot_take_do_not_reach_it() {
    let odd = [
        "* 1 FETCH (INTERNALDATE NIL)\r\n",
        "* 1 FETCH (RFC822.SIZE 5000000000)\r\n",
        "* CAPABILITY IMAP4rev1\r\n",
        "* QUOTA \"\" (STORAGE 1 2)\r\n",
        "* ESEARCH (TAG \"x\") UID COUNT 5\r\n",
        "* NAMESPACE ((\"\" \".\")) NIL NIL\r\n",
        "* LIST () \".\" Caf\u{e9}\r\n",
        "* STATUS x (SIZE 3)\r\n",
        "* OK\r\n",
        "* OK [X-ODD \u{e9}] \u{e9}\n",
        "* LIST () \".\" {5}\r\nab\r\nc\r\n",
        "* FLAGS (((((((((((((((((((((((((((((((((((((((((((((((((((((((((((())\r\n",
    ];
    for line in odd {
        let lines: &'static str = Box::leak(format!("{line}{OPENED}{line}").into_boxed_str());
        let (outcome, _, alive) = examine(lines);
        assert_eq!(
            outcome.unwrap_or_else(|e| panic!("{line}: {e}")),
            3,
            "{line}"
        );
        assert!(alive, "{line}");
    }
}

#[test]
fn a_body_structure_nested_without_end_does_not_overflow_the_stack() {
    let deep = format!(
        "* 1 FETCH (BODYSTRUCTURE {}\r\n{OPENED}",
        "(".repeat(200_000)
    );
    let (outcome, _, alive) = examine(Box::leak(deep.into_boxed_str()));
    assert_eq!(outcome.unwrap(), 3);
    assert!(alive);
}

#[test]
fn a_count_that_cannot_be_read_is_an_error_and_not_zero() {
    for lines in [
        "* 99999999999 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n",
        "* OK [UIDVALIDITY 7] ok\r\n",
        "* 3 EXISTS\r\n",
        "* 3 EXISTS\r\n* OK [UIDVALIDITY 0] ok\r\n",
        "* 3 EXISTS\r\n* OK [UIDVALIDITY x] ok\r\n",
    ] {
        let (outcome, _, alive) = examine(lines);
        assert!(!alive, "{lines}");
        assert!(
            matches!(outcome, Err(StoreError::Malformed { .. })),
            "{lines}: {outcome:?}"
        );
    }
}

#[test]
fn a_session_that_lost_its_place_answers_nothing_more() {
    let server = Server::logged_in(CAPS, |talk| {
        let _ = talk.expect("NOOP");
        talk.send("!!! what?\r\n");
        assert_eq!(talk.rest(), b"", "nothing may be sent after it");
    });
    let mut session = server.connect().unwrap();
    let error = session.noop().unwrap_err();
    assert!(matches!(error, StoreError::Malformed { .. }), "{error}");
    assert!(session.is_dead());
    for error in [
        session.create(&name("x")).unwrap_err(),
        session.list("", "*").unwrap_err(),
        session.append(&name("x"), &[]).unwrap_err(),
    ] {
        assert!(matches!(error, StoreError::Dead { .. }), "{error}");
    }
    drop(session);
    server.finish();
}

#[test]
fn an_answer_to_another_command_ends_the_session() {
    let server = Server::logged_in(CAPS, |talk| {
        let _ = talk.line();
        talk.send("v999 OK done\r\n");
    });
    let error = server.connect().unwrap().list("", "*").unwrap_err();
    assert_eq!(error.scope(), Scope::Session);
    server.finish();
}

#[test]
fn a_farewell_keeps_its_words_also_through_the_crate() {
    let server = Server::logged_in(CAPS, |talk| {
        let _ = talk.expect("NOOP");
        talk.send("* BYE [UNAVAILABLE] down for maintenance\r\n");
    });
    let error = server.connect().unwrap().noop().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the server closed the connection: [UNAVAILABLE] down for maintenance"
    );
    server.finish();
}

#[test]
fn a_server_that_says_goodbye_and_stays_is_not_waited_for() {
    let (gone, wait) = std::sync::mpsc::channel();
    let server = Server::logged_in(CAPS, move |talk| {
        let _ = talk.expect("NOOP");
        talk.send("* BYE enough\r\n");
        wait.recv().unwrap();
    });
    // Without the guard this waits for the hour.
    let mut options = server.options();
    options.timeouts.read = Duration::from_hours(1);
    let mut session = Session::connect(&options, &ada()).unwrap();
    let error = session.noop().unwrap_err();
    gone.send(()).unwrap();
    assert!(matches!(error, StoreError::Bye { .. }), "{error}");
    server.finish();
}

#[test]
fn silence_after_a_command_is_a_timeout() {
    let server = Server::logged_in(CAPS, |talk| {
        let _ = talk.line();
        talk.silence(Duration::from_millis(800));
    });
    let error = server.connect().unwrap().noop().unwrap_err();
    assert_eq!(error.to_string(), "NOOP: the server did not answer in time");
    server.finish();
}

#[test]
fn asides_without_an_end_are_a_timeout() {
    let server = Server::logged_in(CAPS, |talk| {
        let _ = talk.expect("NOOP");
        for _ in 0..100 {
            talk.send("* OK Still here\r\n");
            talk.silence(Duration::from_millis(20));
        }
    });
    let mut options = server.options();
    options.timeouts.read = Duration::from_millis(50);
    let mut session = Session::connect(&options, &ada()).unwrap();
    let error = session.noop().unwrap_err();
    assert!(matches!(error, StoreError::Timeout { .. }), "{error}");
    server.finish();
}

#[test]
fn a_session_can_move_to_a_worker_thread() {
    fn movable<T: Send>() {}
    movable::<Session>();
}

#[test]
fn refusals_through_the_crate_keep_code_and_eight_bit_text() {
    let server = Server::logged_in(CAPS, |talk| {
        let tag = talk.expect("CREATE \"Old\"");
        talk.send([tag.as_bytes(), b" NO [NOPERM] caf\xe9 closed\n"].concat());
        let tag = talk.expect("NOOP");
        talk.ok(&tag);
    });
    let mut session = server.connect().unwrap();
    let error = session.create(&name("Old")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "CREATE Old: NO [NOPERM] caf\u{fffd} closed"
    );
    assert!(error.has_code("NOPERM") && error.scope() == Scope::Folder);
    session.noop().unwrap();
    drop(session);
    server.finish();
}

#[test]
fn a_parameters_name_does_not_pass_its_value_off_as_the_header() {
    let server = Server::logged_in(CAPS, |talk| {
        examined(talk, "* 1 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n");
        let (tag, _) = talk.expect_start("UID FETCH 1:*");
        let evil = "X-Asterisk-VM-Context: evil\r\n\r\n";
        talk.send(format!(
            "* 1 FETCH (UID 4 FLAGS () RFC822.SIZE 9 INTERNALDATE NIL BODY[HEADER] {{8}}\r\nA: b\r\n\r\n \
             BODYSTRUCTURE (\"audio\" \"gsm\" ({{9}}\r\nx[HEADER] {{{}}}\r\n{evil}) NIL NIL \"base64\" 4))\r\n",
            evil.len()
        ));
        talk.ok(&tag);
    });
    let mut session = server.connect().unwrap();
    session.examine(&MailboxName::inbox()).unwrap();
    let mut headers = Vec::new();
    let asked = Asked::everything();
    let count = session.envelopes(&asked, &mut |envelope| headers.push(envelope.header));
    assert_eq!(
        (count.unwrap(), headers),
        (1, vec![b"A: b\r\n\r\n".to_vec()])
    );
    server.finish();
}

#[test]
fn a_session_that_rested_has_the_whole_time_for_its_next_command() {
    let server = Server::logged_in(CAPS, |talk| {
        let tag = talk.expect("NOOP");
        talk.ok(&tag);
        examined(talk, OPENED);
    });
    let mut options = server.options();
    options.timeouts.read = Duration::from_millis(100);
    let mut session = Session::connect(&options, &ada()).unwrap();
    // Twenty read timeouts is what one command may take with asides.
    std::thread::sleep(Duration::from_millis(2100));
    session.noop().unwrap();
    std::thread::sleep(Duration::from_millis(2100));
    session.examine(&MailboxName::inbox()).unwrap();
    drop(session);
    server.finish();
}

#[test]
fn a_time_out_names_the_command_that_was_not_answered() {
    let server = Server::logged_in(CAPS, |talk| {
        let (tag, _) = talk.expect_start("LIST");
        talk.ok(&tag);
        talk.silence(Duration::from_millis(800));
    });
    let error = server.connect().unwrap().overview().unwrap_err();
    assert_eq!(
        error.to_string(),
        "NAMESPACE: the server did not answer in time"
    );
    server.finish();
}

#[test]
fn counts_without_end_are_given_up_and_removals_are_only_counted() {
    let server = Server::logged_in(CAPS, |talk| {
        examined(talk, OPENED);
        let tag = talk.expect("NOOP");
        talk.send("* 1 EXPUNGE\r\n* 0 RECENT\r\n".repeat(100_000));
        talk.ok(&tag);
        let _ = talk.expect("NOOP");
        talk.send("* 1 EXISTS\r\n".repeat(200_000));
    });
    let mut session = server.connect().unwrap();
    session.examine(&MailboxName::inbox()).unwrap();
    session.noop().unwrap();
    let error = session.noop().unwrap_err();
    assert!(matches!(error, StoreError::TooLarge { .. }), "{error}");
    assert!(session.is_dead());
    drop(session);
    server.finish();
}
