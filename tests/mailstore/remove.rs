//! Removing: on a real Dovecot, with other people's mail in the same folders.
//! What is left is asked by the tests' own client.

use crate::support;
use support::careful::{assert_careful, credentials, name, session, traced, uid, uids, validity};
use support::cut_proxy::{CutProxy, Direction};
use support::dovecot::Dovecot;
use support::dovecot_config::DovecotOptions;
use support::marked_folder::{fill, left, numbers, ten};
use support::raw_imap::StoredMessage;
use vmimap::mailstore::error::StoreError;
use vmimap::mailstore::name::MailboxName;
use vmimap::mailstore::options::ConnectOptions;
use vmimap::mailstore::session::{Removal, Session};
use vmimap::mailstore::types::Flags;

fn remove(session: &mut Session, numbers: &[u32]) -> Removal {
    let validity = validity(session, "INBOX");
    let inbox = MailboxName::inbox();
    session
        .remove(&inbox, validity, &uids(numbers), &mut |_| true)
        .unwrap()
}

#[test]
fn exactly_the_planned_messages_vanish_and_what_others_marked_stays_as_it_was() {
    let server = ten(DovecotOptions::default());
    let before = left(&server, "INBOX");
    let (mut session, said) = traced(&server);
    // 7 was marked by somebody else, and is planned all the same.
    let removal = remove(&mut session, &[1, 4, 5, 7, 99]);
    let expected = Removal {
        removed: uids(&[1, 4, 5, 7]),
        gone: uids(&[99]),
        ..Removal::default()
    };
    assert_eq!(removal, expected);
    let after = left(&server, "INBOX");
    let kept = |m: &&StoredMessage| !matches!(m.uid, 1 | 4 | 5 | 7);
    assert_eq!(
        after,
        before.iter().filter(kept).cloned().collect::<Vec<_>>()
    );
    assert_eq!(remove(&mut session, &[1, 4]).gone, uids(&[1, 4]));
    session.logout();
    assert_careful(&said);
    let expunges = said
        .lock()
        .unwrap()
        .iter()
        .filter(|l| l.contains("EXPUNGE"))
        .cloned()
        .collect::<Vec<_>>();
    assert_eq!(expunges, ["UID EXPUNGE 1,4:5,7"]);
    assert_eq!(numbers(&left(&server, "INBOX")), [2, 3, 6, 8, 9, 10]);
}

#[test]
fn the_check_sees_each_message_as_it_is_and_has_the_last_word() {
    let server = ten(DovecotOptions::default());
    let before = left(&server, "INBOX");
    let mut session = session(&server, "ada");
    let validity = validity(&mut session, "INBOX");
    let mut seen = Vec::new();
    let removal = session
        .remove(&MailboxName::inbox(), validity, &uids(&[2, 3]), &mut |m| {
            seen.push((m.message_id.clone().unwrap(), m.flags.seen, m.flags.deleted));
            false
        })
        .unwrap();
    let expected = [
        ("<2@test>".to_owned(), false, true),
        ("<3@test>".to_owned(), true, false),
    ];
    assert_eq!(seen, expected);
    assert_eq!((removal.declined, removal.removed), (uids(&[2, 3]), vec![]));
    assert_eq!(left(&server, "INBOX"), before);
}

#[test]
fn a_server_that_announces_no_uidplus_is_refused_before_anything() {
    let server = ten(DovecotOptions {
        capability: Some("IMAP4rev1 SASL-IR LITERAL+".to_owned()),
        ..Default::default()
    });
    let before = left(&server, "INBOX");
    let (mut session, said) = traced(&server);
    let validity = validity(&mut session, "INBOX");
    let inbox = MailboxName::inbox();
    let stopped = session
        .remove(&inbox, validity, &uids(&[1]), &mut |_| true)
        .unwrap_err();
    assert_eq!(
        stopped.to_string(),
        "removing messages from INBOX: the server does not offer UIDPLUS; nothing was done"
    );
    let target = name("Old");
    let stopped = session
        .move_messages(&inbox, validity, &uids(&[1]), &target, &mut |_| true)
        .unwrap_err();
    assert!(matches!(
        stopped.error,
        StoreError::NotOffered {
            capability: "UIDPLUS",
            ..
        }
    ));
    assert_eq!(said.lock().unwrap().last().unwrap(), "EXAMINE \"INBOX\"");
    assert_eq!(left(&server, "INBOX"), before);
}

#[test]
fn another_uidvalidity_means_other_messages_and_nothing_is_done() {
    let server = ten(DovecotOptions::default());
    let mut raw = server.raw("ada");
    raw.command("CREATE Box").ok();
    fill(&server, "Box");
    let mut session = session(&server, "ada");
    let planned = validity(&mut session, "Box");
    session.unselect().unwrap();
    raw.command("DELETE Box").ok();
    std::thread::sleep(std::time::Duration::from_millis(1100));
    raw.command("CREATE Box").ok();
    fill(&server, "Box");
    let before = left(&server, "Box");
    let folder = name("Box");
    let stopped = session
        .remove(&folder, planned, &uids(&[1]), &mut |_| true)
        .unwrap_err();
    assert!(
        matches!(stopped.error, StoreError::UidValidityChanged { .. }),
        "{stopped}"
    );
    assert_eq!(stopped.done, Removal::default());
    let flags = Flags {
        flagged: true,
        ..Flags::default()
    };
    let error = session
        .store_flags(&folder, planned, &uids(&[1]), flags, Flags::default())
        .unwrap_err();
    assert!(
        matches!(error, StoreError::UidValidityChanged { .. }),
        "{error}"
    );
    assert_eq!(left(&server, "Box"), before);
}

#[test]
fn rights_that_are_missing_leave_every_message_and_no_mark() {
    // Dovecot says OK to STORE without `t` and to UID EXPUNGE without `e`, and does nothing.
    for rights in ["lr", "lrse", "lrst"] {
        let server = ten(DovecotOptions {
            acl: true,
            shared: true,
            separator: '/',
            ..Default::default()
        });
        let mut raw = server.raw("ada");
        raw.command(&format!("SETACL INBOX bob {rights}")).ok();
        let before = left(&server, "INBOX");
        let mut session = session(&server, "bob");
        let folder = name("shared/ada");
        let validity = session.examine(&folder).unwrap().uid_validity;
        let removal = session.remove(&folder, validity, &uids(&[1, 3]), &mut |_| true);
        if rights == "lr" {
            let stopped = removal.unwrap_err();
            assert!(
                matches!(stopped.error, StoreError::ReadOnly { .. }),
                "{stopped}"
            );
            assert_eq!(stopped.done, Removal::default());
        } else {
            let mut expected = Removal::default();
            match rights {
                "lrse" => expected.unmarked = uids(&[1, 3]),
                _ => expected.kept = uids(&[1, 3]),
            }
            assert_eq!(removal.unwrap(), expected, "{rights}");
        }
        assert_eq!(left(&server, "INBOX"), before, "{rights}");
    }
}

#[test]
fn a_cut_at_any_place_says_what_may_be_marked_and_the_next_run_ends_the_work() {
    let whole = {
        let server = ten(DovecotOptions::default());
        passed(&server, Direction::ToServer, usize::MAX).1
    };
    assert!(whole > 200, "{whole}");
    let server = ten(DovecotOptions::default());
    for (round, after) in (60..whole).step_by(9).enumerate() {
        let folder = format!("Cut{round}");
        server.raw("ada").command(&format!("CREATE {folder}")).ok();
        fill(&server, &folder);
        let before = left(&server, &folder);
        let proxy = proxy(&server, Direction::ToServer, after);
        let mut may_be_marked = Vec::new();
        if let Ok(mut session) = through(&server, &proxy)
            && let Ok(state) = session.examine(&name(&folder))
            && let Err(stopped) = session.remove(
                &name(&folder),
                state.uid_validity,
                &uids(&[1, 4]),
                &mut |_| true,
            )
        {
            let unknown = matches!(stopped.error, StoreError::OutcomeUnknown { .. });
            assert!(
                unknown || stopped.done == Removal::default(),
                "{after}: {stopped:?}"
            );
            may_be_marked = stopped.done.may_be_marked;
        }
        for message in left(&server, &folder) {
            let then = before.iter().find(|m| m.uid == message.uid).unwrap();
            let marked = message.flags != then.flags;
            assert!(
                !marked || may_be_marked.contains(&uid(message.uid)),
                "{after}: {message:?}"
            );
        }
        let mut session = session(&server, "ada");
        let validity = validity(&mut session, &folder);
        let last = session
            .remove(&name(&folder), validity, &uids(&[1, 4]), &mut |_| true)
            .unwrap();
        assert_eq!(last.removed.len() + last.gone.len(), 2, "{after}");
        let kept = |m: &&StoredMessage| !matches!(m.uid, 1 | 4);
        assert_eq!(
            left(&server, &folder),
            before.iter().filter(kept).cloned().collect::<Vec<_>>()
        );
    }
}

fn proxy(server: &Dovecot, direction: Direction, after: usize) -> CutProxy {
    CutProxy::start(
        format!("{}:{}", server.host(), server.port()),
        direction,
        after,
    )
}

fn through(server: &Dovecot, proxy: &CutProxy) -> Result<Session, StoreError> {
    let options = ConnectOptions::new("127.0.0.1", proxy.port());
    Session::connect(&options, &credentials(server, "ada"))
}

/// Removes two messages through a proxy; says how many octets that took.
fn passed(server: &Dovecot, direction: Direction, after: usize) -> (Removal, usize) {
    let proxy = proxy(server, direction, after);
    let mut session = through(server, &proxy).unwrap();
    (remove(&mut session, &[1, 4]), proxy.passed())
}
