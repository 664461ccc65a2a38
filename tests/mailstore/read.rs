//! Listing folders and streaming messages, against a scripted server.

use crate::conversation::{name, open, opened, uid};
use crate::scripted;

use scripted::Server;
use vmimap::mailstore::error::{Scope, StoreError};
use vmimap::mailstore::session::Surveyed;
use vmimap::mailstore::types::{Asked, ContentInfo, ContentSink};

const LISTING: &str = "UID FETCH 1:* (UID FLAGS BODY.PEEK[HEADER.FIELDS (Message-ID)])";
const CONTENTS: &str = "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])";

/// The envelopes of a folder of `exists` messages, when the server answers with `lines`.
fn listed(exists: u32, lines: &str) -> Result<Vec<(u32, Option<String>)>, StoreError> {
    let lines = lines.to_owned();
    let server = Server::logged_in("IMAP4rev1", move |talk| {
        open(talk, exists);
        let tag = talk.expect(LISTING);
        talk.send(lines);
        talk.ok(&tag);
    });
    let mut found = Vec::new();
    let outcome = opened(&server).envelopes(&Asked::fields(&["Message-ID"]), &mut |e| {
        found.push((e.uid.0.get(), e.field("Message-ID")));
    });
    server.finish();
    outcome.map(|_| found)
}

fn fetched(uid: u32) -> String {
    let header = format!("Message-ID: <m{uid}@x>\r\n\r\n");
    format!(
        "* {uid} FETCH (UID {uid} FLAGS (\\Seen) BODY[HEADER.FIELDS (Message-ID)] {{{}}}\r\n{header})\r\n",
        header.len()
    )
}

#[test]
fn envelopes_come_whatever_else_the_server_says_meanwhile() {
    let quoted = "* 2 FETCH (BODY[HEADER.FIELDS (\"message-id\")] \"\" flags () uid 2)\r\n";
    let noise = "* 3 EXISTS\r\n* 1 FETCH (FLAGS (\\Seen))\r\n* 1 FETCH (UID 1 FLAGS ())\r\n* NO odd\r\n* OK Still here\r\n* CAPABILITY X\r\n";
    let found = listed(2, &format!("{noise}{}{noise}{quoted}{noise}", fetched(1))).unwrap();
    assert_eq!(found, [(1, Some("<m1@x>".into())), (2, None)]);
}

#[test]
fn fewer_envelopes_than_announced_are_an_error_unless_messages_went_away() {
    let error = listed(3, &(fetched(1) + &fetched(2))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "folder INBOX: the server announced 3 messages and sent 2"
    );
    assert_eq!(error.scope(), Scope::Folder);
    let doubled = fetched(1) + &fetched(1) + &fetched(2);
    assert!(
        listed(3, &doubled).is_err(),
        "one message twice is not two messages"
    );
    assert_eq!(
        listed(3, &(fetched(1) + "* 2 EXPUNGE\r\n" + &fetched(2)))
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        listed(5, &(fetched(1) + "* VANISHED 2:4\r\n" + &fetched(9)))
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn an_envelope_that_cannot_be_read_is_an_error_and_no_shorter_list() {
    for line in [
        "* 1 FETCH (UID 1 FLAGS () BODY[HEADER.FIELDS (Message-ID)] \"x\r\n",
        "* 1 FETCH (FLAGS () BODY[HEADER.FIELDS (Message-ID)] \"\")\r\n",
        "* 1 FETCH (UID 0 FLAGS () BODY[HEADER.FIELDS (Message-ID)] \"\")\r\n",
        "* 1 FETCH (UID 4294967296 FLAGS ())\r\n",
        "* 1 FETCH ((((\r\n",
    ] {
        let error = listed(0, line).unwrap_err();
        assert!(
            matches!(error, StoreError::Malformed { .. }),
            "{line}: {error}"
        );
    }
}

#[test]
fn a_huge_header_is_cut_and_harms_no_other_message() {
    let huge = "x".repeat(6 * 1024 * 1024);
    let size = huge.len() + 12;
    let line = format!(
        "* 1 FETCH (UID 1 FLAGS () BODY[HEADER.FIELDS (Message-ID)] {{{size}}}\r\nMessage-ID: {huge})\r\n"
    );
    let found = listed(2, &(line + &fetched(2))).unwrap();
    assert!(found[0].1.as_ref().unwrap().len() < 70_000);
    assert_eq!(found[1], (2, Some("<m2@x>".into())));
}

#[test]
fn a_literal_larger_than_memory_is_refused_without_reading_it() {
    let server = Server::logged_in("IMAP4rev1", |talk| {
        open(talk, 1);
        let _ = talk.expect(LISTING);
        talk.send("* 1 FETCH (UID 1 X {18446744073709551615}\r\n");
        let _ = talk.rest();
    });
    let error = opened(&server)
        .envelopes(&Asked::fields(&["Message-ID"]), &mut |_| ())
        .unwrap_err();
    assert!(matches!(error, StoreError::TooLarge { .. }), "{error}");
    server.finish();
}

#[test]
fn a_survey_asks_for_all_folders_at_once_and_tells_missing_ones() {
    let server = Server::logged_in("IMAP4rev1", |talk| {
        let mut tags = Vec::new();
        for folder in ["INBOX", "Gone", "Empty"] {
            tags.push(talk.expect(&format!("EXAMINE \"{folder}\"")));
            tags.push(talk.expect(LISTING));
        }
        talk.send("* 1 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 5] ok\r\n");
        talk.ok(&tags[0]);
        talk.send(fetched(4));
        talk.ok(&tags[1]);
        talk.send(format!("{} NO [NONEXISTENT] no such folder\r\n", tags[2]));
        // A server that keeps the folder before open answers for that one.
        talk.send(fetched(4));
        talk.ok(&tags[3]);
        talk.send("* 0 EXISTS\r\n* OK [UIDVALIDITY 8] ok\r\n");
        talk.ok(&tags[4]);
        talk.send(format!("{} NO nothing to fetch\r\n", tags[5]));
    });
    let mut found = Vec::new();
    let folders = [name("INBOX"), name("Gone"), name("Empty")];
    let surveyed = server
        .connect()
        .unwrap()
        .survey(
            &folders,
            &Asked::fields(&["Message-ID"]),
            &mut |index, e| {
                found.push((index, e.uid.0.get()));
            },
        )
        .unwrap();
    assert_eq!(found, [(0, 4)], "no envelope of a folder that is not there");
    assert!(
        matches!(surveyed[0], Surveyed::Found(state) if state.exists == 1 && state.uid_next == Some(uid(5)))
    );
    assert!(
        matches!(&surveyed[1], Surveyed::Missing(r) if r.code.as_deref() == Some("NONEXISTENT"))
    );
    assert!(matches!(surveyed[2], Surveyed::Found(state) if state.exists == 0));
    server.finish();
}

#[test]
fn a_survey_that_came_short_still_leaves_the_session_in_step() {
    let server = Server::logged_in("IMAP4rev1", |talk| {
        let tags: Vec<_> = (0..4).map(|_| talk.expect_start("").0).collect();
        for pair in tags.chunks(2) {
            talk.send("* 2 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n");
            talk.ok(&pair[0]);
            talk.send(fetched(1));
            talk.ok(&pair[1]);
        }
        let tag = talk.expect("NOOP");
        talk.ok(&tag);
    });
    let mut session = server.connect().unwrap();
    let error = session
        .survey(
            &[name("A"), name("B")],
            &Asked::fields(&["Message-ID"]),
            &mut |_, _| (),
        )
        .unwrap_err();
    assert!(error.to_string().starts_with("folder A:"), "{error}");
    session.noop().unwrap();
    drop(session);
    server.finish();
}

/// Collects what streams by.
#[derive(Default)]
struct Sink {
    octets: Vec<u8>,
    ended: Vec<(Vec<u8>, ContentInfo)>,
    largest: usize,
}

impl ContentSink for Sink {
    fn begin(&mut self) {
        self.octets.clear();
    }

    fn octets(&mut self, octets: &[u8]) {
        self.largest = self.largest.max(octets.len());
        self.octets.extend_from_slice(octets);
    }

    fn end(&mut self, info: ContentInfo) {
        self.ended.push((std::mem::take(&mut self.octets), info));
    }
}

fn contents(lines: Vec<u8>) -> (Result<u64, StoreError>, Sink) {
    let server = Server::logged_in("IMAP4rev1", move |talk| {
        open(talk, 9);
        let tag = talk.expect(&format!("UID FETCH 3:4,9 {CONTENTS}"));
        talk.send(lines);
        talk.ok(&tag);
    });
    let mut sink = Sink::default();
    let outcome = opened(&server).fetch_contents(&[uid(9), uid(3), uid(4)], &mut sink);
    server.finish();
    (outcome, sink)
}

#[test]
fn messages_stream_with_attributes_before_and_after_the_body() {
    let lines = b"* 3 FETCH (BODY[] {9}\r\na)\r\n{3}\r\n UID 3 FLAGS (\\Flagged) RFC822.SIZE 9 INTERNALDATE \" 5-Feb-2009 13:31:30 -0500\")\r\n\
        * 7 EXISTS\r\n* 1 FETCH (FLAGS ())\r\n* 2 EXPUNGE\r\n\
        * 4 fetch (uid 4 flags () rfc822.size 2 internaldate \"05-Feb-2009 18:31:30 +0000\" body[] \"ab\")\r\n\
        * 5 FETCH (UID 9 FLAGS () RFC822.SIZE 5 INTERNALDATE NIL BODY[] NIL)\r\n";
    let (outcome, sink) = contents(lines.to_vec());
    assert_eq!(outcome.unwrap(), 3);
    let (octets, info) = &sink.ended[0];
    assert_eq!(octets, b"a)\r\n{3}\r\n");
    assert_eq!((info.uid, info.size, info.delivered), (uid(3), 9, 9));
    assert!(info.flags.flagged && info.internal_date == 1_233_858_690);
    assert_eq!(
        (sink.ended[1].0.as_slice(), sink.ended[1].1.internal_date),
        (&b"ab"[..], 1_233_858_690)
    );
    assert_eq!(
        (sink.ended[2].1.delivered, sink.ended[2].1.size),
        (0, 5),
        "the caller can see that nothing came"
    );
}

#[test]
fn a_large_message_passes_in_small_pieces() {
    let size = 20 * 1024 * 1024;
    let mut lines =
        format!("* 3 FETCH (UID 3 FLAGS () RFC822.SIZE {size} BODY[] {{{size}}}\r\n").into_bytes();
    lines.extend((0u8..251).cycle().take(size));
    lines.extend_from_slice(b" INTERNALDATE \"05-Feb-2009 18:31:30 +0000\")\r\n");
    let (outcome, sink) = contents(lines);
    assert_eq!(outcome.unwrap(), 1);
    assert!(sink.largest <= 128 * 1024, "{}", sink.largest);
    let (octets, info) = &sink.ended[0];
    assert_eq!(info.delivered, size as u64);
    assert!(octets.iter().copied().eq((0u8..251).cycle().take(size)));
}

#[test]
fn a_message_without_uid_flags_or_size_is_an_error() {
    for attributes in [
        "FLAGS () RFC822.SIZE 1",
        "UID 3 RFC822.SIZE 1",
        "UID 3 FLAGS ()",
    ] {
        let (outcome, _) =
            contents(format!("* 3 FETCH ({attributes} BODY[] {{1}}\r\nx)\r\n").into_bytes());
        assert!(
            matches!(outcome, Err(StoreError::Malformed { .. })),
            "{attributes}"
        );
    }
}

#[test]
fn a_connection_cut_inside_a_message_ends_no_message() {
    let whole =
        "* 3 FETCH (UID 3 FLAGS () RFC822.SIZE 6 INTERNALDATE NIL BODY[] {6}\r\nabcdef)\r\n";
    for cut in 1..whole.len() {
        let server = Server::logged_in("IMAP4rev1", move |talk| {
            open(talk, 1);
            let _ = talk.expect_start("UID FETCH");
            talk.send(&whole[..cut]);
        });
        let mut sink = Sink::default();
        let error = opened(&server)
            .fetch_contents(&[uid(3)], &mut sink)
            .unwrap_err();
        assert!(matches!(error, StoreError::Io { .. }), "{cut}: {error}");
        assert!(sink.ended.is_empty(), "{cut}");
        server.finish();
    }
}

#[test]
fn a_folder_is_opened_and_read_in_one_round_trip() {
    let server = Server::logged_in("IMAP4rev1", |talk| {
        // Both before either is answered.
        let examine = talk.expect("EXAMINE \"Work\"");
        let fetch = talk.expect(&format!("UID FETCH 3 {CONTENTS}"));
        talk.send("* 3 EXISTS\r\n* OK [UIDVALIDITY 8] ok\r\n");
        talk.ok(&examine);
        talk.send("* 3 FETCH (UID 3 FLAGS () RFC822.SIZE 2 INTERNALDATE NIL BODY[] \"ab\")\r\n");
        talk.ok(&fetch);
        // It is open now.
        let again = talk.expect(&format!("UID FETCH 3 {CONTENTS}"));
        talk.ok(&again);
        // Nothing is asked of no messages.
        let examine = talk.expect("EXAMINE \"Work\"");
        talk.send("* 0 EXISTS\r\n* OK [UIDVALIDITY 9] ok\r\n");
        talk.ok(&examine);
    });
    let mut session = server.connect().unwrap();
    let mut sink = Sink::default();
    let state = session.view_contents(&name("Work"), &[uid(3)], &mut sink);
    let state = state.unwrap();
    assert_eq!((state.uid_validity.0.get(), state.exists), (8, 3));
    assert_eq!(sink.ended.len(), 1);
    assert_eq!(session.fetch_contents(&[uid(3)], &mut sink).unwrap(), 0);
    let state = session.view_contents(&name("Work"), &[], &mut sink);
    assert_eq!(state.unwrap().uid_validity.0.get(), 9);
    drop(session);
    server.finish();
}

#[test]
fn of_a_folder_that_is_not_opened_nothing_is_told_and_the_session_goes_on() {
    for answer in [
        "NO no folder is open",
        "BAD no folder is open",
        "OK nothing",
    ] {
        let server = Server::logged_in("IMAP4rev1", move |talk| {
            let examine = talk.expect("EXAMINE \"Gone\"");
            let fetch = talk.expect(&format!("UID FETCH 3 {CONTENTS}"));
            talk.send(format!("{examine} NO [NONEXISTENT] no such folder\r\n"));
            // A server that keeps the folder before open answers for that one.
            talk.send(
                "* 3 FETCH (UID 3 FLAGS () RFC822.SIZE 2 INTERNALDATE NIL BODY[] \"ab\")\r\n",
            );
            talk.send(format!("{fetch} {answer}\r\n"));
            open(talk, 1);
        });
        let mut session = server.connect().unwrap();
        let mut sink = Sink::default();
        let error = session.view_contents(&name("Gone"), &[uid(3)], &mut sink);
        let error = error.unwrap_err();
        assert!(error.to_string().contains("no such folder"), "{error}");
        assert!(sink.ended.is_empty());
        assert!(
            session.fetch_contents(&[uid(3)], &mut sink).is_err(),
            "no folder is open"
        );
        session.examine(&name("INBOX")).unwrap();
        drop(session);
        server.finish();
    }
}
