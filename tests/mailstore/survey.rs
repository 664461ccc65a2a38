//! What a listing asks for and tells, of whole folders and of given UIDs, against a scripted server.

use crate::conversation::{open, opened, uid};
use crate::scripted;

use scripted::{Server, Talk};
use vmimap::mailstore::error::StoreError;
use vmimap::mailstore::name::MailboxName;
use vmimap::mailstore::types::{Asked, AskedHeader, Envelope, Structure, Uid};

const EVERYTHING: &str = "(UID FLAGS RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER] BODYSTRUCTURE)";
const DATE: &str = "INTERNALDATE \"05-Feb-2009 18:31:30 +0000\"";
const LEAF: &str = "(\"audio\" \"x-wav\" (\"name\" \"msg0000.wav\") NIL NIL \"base64\" 8)";

/// What is told of a folder of `exists` messages when the server answers with `lines`.
fn told(asked: Asked, exists: u32, lines: impl AsRef<[u8]>) -> Result<Vec<Envelope>, StoreError> {
    let lines = lines.as_ref().to_vec();
    let server = Server::logged_in("IMAP4rev1", move |talk| {
        open(talk, exists);
        let (tag, _) = talk.expect_start("UID FETCH 1:* ");
        talk.send(lines);
        talk.ok(&tag);
    });
    let mut found = Vec::new();
    let outcome = opened(&server).envelopes(&asked, &mut |e| found.push(e));
    server.finish();
    outcome.map(|count| {
        assert_eq!(count, found.len() as u64);
        found
    })
}

#[test]
fn everything_comes_in_any_order_with_literals_wherever_strings_may_stand() {
    let lines = [
        &b"* 1 fetch (bodystructure (\"audio\" \"x-wav\" (\"name\" {5}\r\na) \"b) NIL NIL \"base64\" 8) body[header] {9}\r\nA: (\xff\r\n\r\n rfc822.size 5000000000 flags (\\draft $X) "[..],
        DATE.as_bytes(),
        b" uid 4)\r\n* 2 FETCH (UID 5 FLAGS () BODY[HEADER] \"B: 1\" BODYSTRUCTURE (\"a\" \"b\" NIL {2}\r\nid {3}\r\nd s \"7bit\" 1) RFC822.SIZE 1 INTERNALDATE NIL)\r\n",
    ]
    .concat();
    let found = told(Asked::everything(), 2, lines).unwrap();
    let first = &found[0];
    assert_eq!(first.uid, uid(4));
    assert!(first.flags.draft && !first.flags.seen);
    assert_eq!(first.header, b"A: (\xff\r\n\r\n");
    assert_eq!((first.header_cut, first.size), (false, Some(5_000_000_000)));
    assert_eq!(first.internal_date, Some(1_233_858_690));
    let Some(Structure::Parts(part)) = &first.structure else {
        panic!("{first:?}");
    };
    assert_eq!(part.parameter("NAME"), Some(&b"a) \"b"[..]));
    let second = &found[1];
    assert_eq!(
        (second.header.as_slice(), second.internal_date),
        (&b"B: 1"[..], None)
    );
    assert!(
        matches!(&second.structure, Some(Structure::Parts(p)) if p.description.as_deref() == Some(b"d s"))
    );
}

#[test]
fn the_header_is_the_literal_behind_its_name_and_no_later_one() {
    let line = format!(
        "* 1 FETCH (UID 1 FLAGS () BODY[HEADER] {{4}}\r\nA: 1 BODYSTRUCTURE (\"a\" \"b\" NIL NIL {{5}}\r\nwrong \"7bit\" 1) RFC822.SIZE 1 {DATE})\r\n"
    );
    let found = told(Asked::everything(), 1, line).unwrap();
    assert_eq!(found[0].header, b"A: 1");
    let only = "* 1 FETCH (UID 1 FLAGS () BODYSTRUCTURE (\"a\" \"b\" NIL NIL {5}\r\nright \"7bit\" 1))\r\n";
    let asked = Asked {
        structure: true,
        ..Asked::default()
    };
    assert!(told(asked, 1, only).unwrap()[0].header.is_empty());
}

#[test]
fn a_structure_that_cannot_be_had_says_why_and_harms_no_other_message() {
    let asked = Asked {
        structure: true,
        ..Asked::default()
    };
    let deep = format!("{}{}", "(".repeat(200_000), ")".repeat(200_000));
    let lines = format!(
        "* 1 FETCH (UID 1 FLAGS () BODYSTRUCTURE {deep})\r\n\
         * 2 FETCH (UID 2 FLAGS () BODYSTRUCTURE NIL)\r\n\
         * 3 FETCH (UID 3 FLAGS () BODYSTRUCTURE ((\"a\"\r\n\
         * 4 FETCH (UID 4 FLAGS () BODYSTRUCTURE {}\r\n\
         * 5 FETCH (UID 5 FLAGS () BODYSTRUCTURE {LEAF})\r\n",
        "(".repeat(200_000)
    );
    let found = told(asked, 5, lines).unwrap();
    assert_eq!(found[0].structure, Some(Structure::TooComplex));
    let unreadable = |text: &str| Some(Structure::Unreadable(text.to_owned()));
    assert_eq!(found[1].structure, unreadable("NIL"));
    assert_eq!(found[2].structure, unreadable("((\"a\""));
    assert!(matches!(
        &found[3].structure,
        Some(Structure::Unreadable(_))
    ));
    assert!(matches!(&found[4].structure, Some(Structure::Parts(_))));
}

#[test]
fn an_answer_without_something_asked_for_is_an_error() {
    let whole = [
        "UID 1",
        "FLAGS ()",
        "RFC822.SIZE 1",
        DATE,
        "BODY[HEADER] \"\"",
        "BODYSTRUCTURE NIL",
    ];
    for missing in 0..whole.len() {
        let mut items = whole.to_vec();
        let item = items.remove(missing);
        let line = format!("* 1 FETCH ({})\r\n", items.join(" "));
        let error = told(Asked::everything(), 1, line).unwrap_err();
        assert!(
            matches!(error, StoreError::Malformed { .. }),
            "{item}: {error}"
        );
    }
    let whole = format!("* 1 FETCH ({})\r\n", whole.join(" "));
    assert_eq!(told(Asked::everything(), 1, whole).unwrap().len(), 1);
}

#[test]
fn with_nothing_but_flags_asked_each_uid_is_told_once() {
    let lines = "* 1 FETCH (FLAGS (\\Seen))\r\n* 1 FETCH (UID 3 FLAGS ())\r\n* 2 FETCH (FLAGS (\\Deleted) UID 9)\r\n* 1 FETCH (UID 3 FLAGS (\\Seen))\r\n";
    let found = told(Asked::default(), 2, lines).unwrap();
    let found: Vec<_> = found.iter().map(|e| (e.uid, e.flags.seen)).collect();
    assert_eq!(found, [(uid(3), false), (uid(9), false)]);
}

#[test]
fn a_header_is_cut_at_a_limit_and_says_so_streamed_or_quoted() {
    let asked = Asked {
        header: AskedHeader::Whole,
        ..Asked::default()
    };
    let line = |size: usize| {
        let text = "x".repeat(size);
        format!(
            "* 1 FETCH (UID 1 FLAGS () BODY[HEADER] {{{size}}}\r\n{text})\r\n* 2 FETCH (UID 2 FLAGS () BODY[HEADER] \"{text}\")\r\n* 3 FETCH (UID 3 FLAGS () BODY[HEADER] {{1}}\r\na)\r\n"
        )
    };
    let sizes = |size| {
        let found = told(asked, 3, line(size)).unwrap();
        let found = found.iter().map(|e| (e.header.len(), e.header_cut));
        found.collect::<Vec<_>>()
    };
    let (most, cut) = (64 * 1024, 3 * 1024 * 1024);
    assert_eq!(sizes(most), [(most, false), (most, false), (1, false)]);
    assert_eq!(sizes(cut), [(most, true), (most, true), (1, false)]);
}

#[test]
fn given_uids_are_told_once_and_those_that_are_gone_are_named() {
    let server = Server::logged_in("IMAP4rev1", |talk| {
        open(talk, 9);
        let tag = talk.expect("NOOP");
        talk.send("* 4 EXPUNGE\r\n");
        talk.ok(&tag);
        let tag = talk.expect(&format!("UID FETCH 3:5,9 {EVERYTHING}"));
        let rest = format!(
            "FLAGS (\\Deleted) RFC822.SIZE 1 {DATE} BODY[HEADER] \"\" BODYSTRUCTURE {LEAF}"
        );
        for uid in [9, 3, 3, 77] {
            talk.send(format!("* 1 FETCH (UID {uid} {rest})\r\n"));
        }
        talk.send("* 2 EXPUNGE\r\n* 8 EXISTS\r\n");
        talk.ok(&tag);
        looks_for_the_rest(talk, "3 7 9");
    });
    let mut session = opened(&server);
    let mut found = Vec::new();
    let asked = [5, 3, 4, 9, 3].map(uid);
    let gone = session
        .envelopes_of(&asked, &Asked::everything(), &mut |e| found.push(e.uid))
        .unwrap();
    assert_eq!(found, [uid(9), uid(3)]);
    assert_eq!(gone, [uid(4), uid(5)]);
    drop(session);
    server.finish();
}

/// What a FETCH left out is looked for before it counts as gone.
fn looks_for_the_rest(talk: &mut Talk, there: &str) {
    let tag = talk.expect("NOOP");
    talk.ok(&tag);
    let tag = talk.expect("UID SEARCH ALL");
    talk.send(format!("* SEARCH {there}\r\n"));
    talk.ok(&tag);
}

#[test]
fn a_server_that_says_ok_and_tells_nothing_has_not_said_that_messages_are_gone() {
    for (there, complains) in [("1 7", Some(1)), ("1 2 7", Some(2)), ("3 7", None)] {
        let server = Server::logged_in("IMAP4rev1", move |talk| {
            open(talk, 3);
            let tag = talk.expect("NOOP");
            talk.ok(&tag);
            let tag = talk.expect("UID FETCH 1:2 (UID FLAGS)");
            talk.ok(&tag);
            looks_for_the_rest(talk, there);
        });
        let mut session = opened(&server);
        let asked = Asked::default();
        let outcome = session.envelopes_of(&[uid(1), uid(2)], &asked, &mut |_| ());
        match (outcome, complains) {
            (Ok(gone), None) => assert_eq!(gone, [uid(1), uid(2)]),
            (Err(error), Some(count)) => assert_eq!(
                error.to_string(),
                format!("folder INBOX: the server announced {count} messages and sent 0")
            ),
            (outcome, _) => panic!("{there}: {outcome:?}"),
        }
        drop(session);
        server.finish();
    }
}

#[test]
fn given_uids_need_an_open_folder_and_a_refusal_is_an_error() {
    let server = Server::logged_in("IMAP4rev1", |talk| {
        open(talk, 2);
        let tag = talk.expect("NOOP");
        talk.ok(&tag);
        let tag = talk.expect("UID FETCH 1 (UID FLAGS)");
        talk.send(format!("{tag} NO [SERVERBUG] disk\r\n"));
        let tag = talk.expect("NOOP");
        talk.ok(&tag);
    });
    let mut session = server.connect().unwrap();
    let asked = Asked::default();
    let error = session
        .envelopes_of(&[uid(1)], &asked, &mut |_| ())
        .unwrap_err();
    assert!(matches!(error, StoreError::InvalidArgument { .. }));
    session.examine(&MailboxName::inbox()).unwrap();
    let nothing = session.envelopes_of(&[], &asked, &mut |_| ()).unwrap();
    assert!(nothing.is_empty(), "and nothing is sent");
    let error = session
        .envelopes_of(&[uid(1)], &asked, &mut |_| ())
        .unwrap_err();
    assert_eq!(error.to_string(), "UID FETCH of INBOX: NO [SERVERBUG] disk");
    session.noop().unwrap();
    drop(session);
    server.finish();
}

#[test]
fn many_uids_go_out_in_several_commands_of_bounded_length() {
    let server = Server::logged_in("IMAP4rev1", |talk| {
        open(talk, 5000);
        let tag = talk.expect("NOOP");
        talk.ok(&tag);
        for _ in 0..4 {
            let (tag, command) = talk.expect_start("UID FETCH ");
            assert!(command.len() < 8000, "{}", command.len());
            let set = command.split(' ').nth(2).unwrap();
            for uid in set.split(',').filter(|uid| *uid != "10000") {
                talk.send(format!("* 1 FETCH (UID {uid} FLAGS ())\r\n"));
            }
            talk.ok(&tag);
        }
        looks_for_the_rest(talk, "2 4");
    });
    let uids: Vec<Uid> = (1..=5000).map(|n| uid(n * 2)).collect();
    let mut count = 0;
    let gone = opened(&server)
        .envelopes_of(&uids, &Asked::default(), &mut |_| count += 1)
        .unwrap();
    assert_eq!((count, gone), (4999, vec![uid(10_000)]));
    server.finish();
}

#[test]
fn messages_that_went_away_before_a_listing_are_not_missed_in_it() {
    let one = "* 1 FETCH (UID 1 FLAGS ())\r\n";
    let server = Server::logged_in("IMAP4rev1", move |talk| {
        open(talk, 5);
        let tag = talk.expect("NOOP");
        talk.send("* 5 EXPUNGE\r\n* 4 EXISTS\r\n* 4 EXPUNGE\r\n");
        talk.ok(&tag);
        let tag = talk.expect("NOOP");
        talk.send("* 3 EXPUNGE\r\n");
        talk.ok(&tag);
        let tag = talk.expect("UID FETCH 1 (UID FLAGS)");
        talk.send(one);
        talk.send("* 2 EXPUNGE\r\n");
        talk.ok(&tag);
        for last in ["* 2 EXISTS\r\n", ""] {
            let tag = talk.expect("UID FETCH 1:* (UID FLAGS)");
            talk.send(one);
            talk.send(last);
            talk.ok(&tag);
        }
    });
    let mut session = opened(&server);
    session.noop().unwrap();
    let asked = Asked::default();
    let gone = session
        .envelopes_of(&[uid(1)], &asked, &mut |_| ())
        .unwrap();
    assert!(gone.is_empty());
    assert_eq!(session.envelopes(&asked, &mut |_| ()).unwrap(), 1);
    let error = session.envelopes(&asked, &mut |_| ()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "folder INBOX: the server announced 2 messages and sent 1",
        "what came since is missed"
    );
    drop(session);
    server.finish();
}
