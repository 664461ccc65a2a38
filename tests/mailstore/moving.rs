//! Moving messages, their flags, and deleting a folder: on a real Dovecot.
//! What is left is asked by the tests' own client.

use crate::support;
use std::num::NonZeroU32;

use support::careful::{assert_careful, name, session, traced, uid, uids, validity};
use support::dovecot_config::DovecotOptions;
use support::marked_folder::{fill, left, numbers, ten};
use vmimap::mailstore::error::StoreError;
use vmimap::mailstore::name::MailboxName;
use vmimap::mailstore::types::{Flags, UidValidity};

const WITHOUT_MOVE: &str = "IMAP4rev1 SASL-IR LITERAL+ UIDPLUS UNSELECT NAMESPACE";

#[test]
fn messages_are_moved_with_and_without_the_command_for_it() {
    for capability in [None, Some(WITHOUT_MOVE.to_owned())] {
        let server = ten(DovecotOptions {
            capability,
            ..Default::default()
        });
        let before = left(&server, "INBOX");
        server.raw("ada").command("CREATE Old").ok();
        let (mut session, said) = traced(&server);
        let (inbox, old) = (MailboxName::inbox(), name("Old"));
        let validity = validity(&mut session, "INBOX");
        let moved = session
            .move_messages(&inbox, validity, &uids(&[3, 9, 77]), &old, &mut |_| true)
            .unwrap();
        assert_eq!(moved.removal.removed, uids(&[3, 9]));
        assert_eq!(moved.removal.gone, uids(&[77]));
        let copies: Vec<_> = moved.copies.iter().map(|c| (c.from, c.to)).collect();
        assert_eq!(copies, [(uid(3), uid(1)), (uid(9), uid(2))]);
        let there = left(&server, "Old");
        assert_eq!(
            [&there[0].body, &there[1].body],
            [&before[2].body, &before[8].body]
        );
        assert!(there.iter().all(|m| m.flags == ["\\Seen"]), "{there:?}");
        assert_eq!(numbers(&left(&server, "INBOX")), [1, 2, 4, 5, 6, 7, 8, 10]);

        let lost = name("Nowhere");
        let stopped = session
            .move_messages(&inbox, validity, &uids(&[4]), &lost, &mut |_| true)
            .unwrap_err();
        assert!(stopped.error.has_code("TRYCREATE"), "{stopped}");
        assert!(
            session
                .move_messages(&inbox, validity, &uids(&[4]), &inbox, &mut |_| true)
                .is_err()
        );
        assert_eq!(numbers(&left(&server, "INBOX")), [1, 2, 4, 5, 6, 7, 8, 10]);
        assert_careful(&said);
    }
}

#[test]
fn flags_are_set_taken_away_and_read_back_and_never_the_deleted_one() {
    let server = ten(DovecotOptions::default());
    let mut session = session(&server, "ada");
    let validity = validity(&mut session, "INBOX");
    let (inbox, none) = (MailboxName::inbox(), Flags::default());
    let flagged = Flags {
        flagged: true,
        ..none
    };
    let seen = Flags { seen: true, ..none };
    let now = session
        .store_flags(&inbox, validity, &uids(&[1, 2, 50]), flagged, seen)
        .unwrap();
    let flags: Vec<_> = now
        .iter()
        .map(|(u, f)| (u.0.get(), f.flagged, f.seen, f.deleted))
        .collect();
    assert_eq!(flags, [(1, true, false, false), (2, true, false, true)]);
    let deleted = Flags {
        deleted: true,
        ..none
    };
    let error = session
        .store_flags(&inbox, validity, &uids(&[3]), deleted, none)
        .unwrap_err();
    assert!(
        matches!(error, StoreError::InvalidArgument { .. }),
        "{error}"
    );
    session
        .store_flags(&inbox, validity, &uids(&[7]), none, deleted)
        .unwrap();
    let after = left(&server, "INBOX");
    let told: Vec<_> = after.iter().map(|m| m.flags.join(" ")).collect();
    assert_eq!(told[..3], ["\\Flagged", "\\Flagged \\Deleted", "\\Seen"]);
    assert_eq!(told[6], "");
}

#[test]
fn only_an_empty_folder_that_is_not_inbox_is_deleted() {
    let server = ten(DovecotOptions::default());
    let mut session = session(&server, "ada");
    session.create(&name("Probe")).unwrap();
    fill(&server, "Probe");
    let error = session.delete_folder(&name("Probe")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "folder Probe: holds 10 messages and is not deleted"
    );
    assert!(session.delete_folder(&name("inbox")).is_err());
    assert_eq!(left(&server, "Probe").len(), 10);
    session.create(&name("Empty")).unwrap();
    session.select(&name("Empty")).unwrap();
    session.delete_folder(&name("Empty")).unwrap();
    let mut folders = server.raw("ada").list();
    folders.sort();
    assert_eq!(folders, ["INBOX", "Probe"]);
}

#[test]
fn a_folder_is_deleted_with_messages_only_while_all_of_them_are_ours() {
    let server = ten(DovecotOptions::default());
    let mut session = session(&server, "ada");
    session.create(&name("Probe")).unwrap();
    fill(&server, "Probe");
    let validity = session.examine(&name("Probe")).unwrap().uid_validity;
    let ours: Vec<u32> = (1..=10).collect();
    let error = session.delete_folder_with(&name("Probe"), validity, &uids(&ours[..9]));
    assert_eq!(
        error.unwrap_err().to_string(),
        "folder Probe: holds message 10, which is none of ours, and is not deleted"
    );
    let other = UidValidity(NonZeroU32::new(validity.0.get() ^ 1).unwrap());
    let error = session.delete_folder_with(&name("Probe"), other, &uids(&ours));
    assert!(matches!(error, Err(StoreError::UidValidityChanged { .. })));
    assert_eq!(left(&server, "Probe").len(), 10);
    session
        .delete_folder_with(&name("Probe"), validity, &uids(&ours))
        .unwrap();
    assert_eq!(server.raw("ada").list(), ["INBOX"]);
}
