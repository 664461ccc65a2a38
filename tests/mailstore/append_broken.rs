//! Appending when the source, the server or the connection fails, against a scripted server.

use crate::scripted;
use std::io::{self, Write};
use std::time::Duration;

use scripted::{Server, Talk, Text, append};
use vmimap::mailstore::error::{Scope, StoreError};
use vmimap::mailstore::types::MessageSource;

const DATE: &str = "\"05-Feb-2009 18:31:30 +0000\"";

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

/// Many octets out of nothing.
struct Large(u64);
impl MessageSource for Large {
    fn size(&self) -> u64 {
        self.0
    }
    fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        let block = vec![b'x'; 65536];
        (0..self.0 / 65536).try_for_each(|_| out.write_all(&block))
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
