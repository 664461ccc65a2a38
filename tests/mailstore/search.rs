//! Searches on the wire and what answers they take, against a scripted server.

use crate::conversation::with;
use crate::scripted;
use std::time::Duration;

use scripted::Talk;
use vmimap::mailstore::error::{Scope, StoreError};
use vmimap::mailstore::name::MailboxName;
use vmimap::mailstore::search::Search;
use vmimap::mailstore::session::Session;

fn examine(session: &mut Session) {
    session.examine(&MailboxName::inbox()).unwrap();
}

fn examined(talk: &mut Talk) {
    let tag = talk.expect("EXAMINE \"INBOX\"");
    talk.send("* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n");
    talk.ok(&tag);
}

#[test]
fn a_search_is_sent_as_c_client_sends_it_and_counted() {
    let search = Search::undeleted()
        .and(Search::unflagged())
        .and(Search::unseen())
        .and(Search::header("X-Asterisk-VM-Extension", "4123").unwrap())
        .and(Search::header("X-Asterisk-VM-Context", "default").unwrap());
    let counted = with(
        "IMAP4rev1 ESEARCH",
        |talk| {
            examined(talk);
            let tag = talk.expect("SEARCH UNDELETED UNFLAGGED UNSEEN HEADER X-Asterisk-VM-Extension 4123 HEADER X-Asterisk-VM-Context default");
            talk.silence(Duration::from_millis(50));
            talk.send("* SEARCH 1 3\r\n");
            talk.ok(&tag);
        },
        |session| {
            examine(session);
            session.search_sequence(&search).unwrap()
        },
    );
    assert_eq!(counted.count, 2);
    assert!(counted.elapsed >= Duration::from_millis(50));
}

#[test]
fn uids_are_found_by_either_answer_sorted_and_once() {
    for answer in [
        "* SEARCH 9 2 2\r\n* 4 EXISTS\r\n* SEARCH 8\r\n",
        "* ESEARCH (TAG \"other\") UID ALL 7\r\n* ESEARCH (TAG \"TAG\") UID ALL 8:9,2\r\n",
    ] {
        let found = with(
            "IMAP4rev1",
            move |talk| {
                examined(talk);
                let tag = talk.expect("UID SEARCH OR DELETED NOT SEEN");
                talk.send(answer.replace("TAG \"TAG\"", &format!("TAG \"{tag}\"")));
                talk.ok(&tag);
            },
            |session| {
                examine(session);
                let search = Search::deleted().or(!Search::seen());
                session.search(&search).unwrap()
            },
        );
        let found: Vec<u32> = found.iter().map(|uid| uid.0.get()).collect();
        assert_eq!(found, [2, 8, 9], "{answer}");
    }
}

#[test]
fn a_search_that_was_not_answered_is_an_error_and_not_an_empty_folder() {
    let error = with(
        "IMAP4rev1",
        |talk| {
            examined(talk);
            let tag = talk.expect("UID SEARCH ALL");
            talk.ok(&tag);
        },
        |session| {
            examine(session);
            session.search(&Search::all()).unwrap_err()
        },
    );
    assert!(matches!(error, StoreError::Malformed { .. }), "{error}");
    let error = with(
        "IMAP4rev1",
        |talk| drop(talk.rest()),
        |session| session.search(&Search::all()).unwrap_err(),
    );
    assert_eq!(error.to_string(), "no folder is open");
}

#[test]
fn other_letters_wait_for_leave_unless_the_server_needs_no_asking() {
    let search = || {
        Search::header("Subject", "caf\u{e9}")
            .unwrap()
            .and(Search::seen())
    };
    let ask = |session: &mut Session| {
        examine(session);
        let found = session.search(&search());
        session.noop().unwrap();
        found
    };
    let found = with(
        "IMAP4rev1 LITERAL+",
        |talk| {
            examined(talk);
            let tag = talk.expect("UID SEARCH CHARSET UTF-8 HEADER Subject {5+}");
            assert_eq!(talk.octets(5), "caf\u{e9}".as_bytes());
            assert_eq!(talk.line(), " SEEN");
            talk.send("* SEARCH 4\r\n");
            talk.ok(&tag);
            let tag = talk.expect("NOOP");
            talk.ok(&tag);
        },
        ask,
    );
    assert_eq!(found.unwrap().len(), 1);
    let found = with(
        "IMAP4rev1",
        |talk| {
            examined(talk);
            let tag = talk.expect("UID SEARCH CHARSET UTF-8 HEADER Subject {5}");
            talk.send("* 4 EXISTS\r\n+ go ahead\r\n");
            assert_eq!(talk.octets(5), "caf\u{e9}".as_bytes());
            assert_eq!(talk.line(), " SEEN");
            talk.send("* SEARCH\r\n");
            talk.ok(&tag);
            let tag = talk.expect("NOOP");
            talk.ok(&tag);
        },
        ask,
    );
    assert!(found.unwrap().is_empty());
    let refused = with(
        "IMAP4rev1",
        |talk| {
            examined(talk);
            let (tag, _) = talk.expect_start("UID SEARCH CHARSET UTF-8");
            talk.send(format!(
                "{tag} NO [BADCHARSET (US-ASCII)] no such charset\r\n"
            ));
            let tag = talk.expect("NOOP");
            talk.ok(&tag);
        },
        ask,
    )
    .unwrap_err();
    assert!(refused.has_code("BADCHARSET") && refused.scope() == Scope::Folder);
}
