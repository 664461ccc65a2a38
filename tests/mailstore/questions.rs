//! Questions about several folders, subscriptions and rights, against a scripted server.

use crate::conversation::{name, with};
use crate::scripted;
use std::time::Duration;

use scripted::Server;
use vmimap::mailstore::error::StoreError;
use vmimap::mailstore::name::MailboxName;
use vmimap::mailstore::types::{QuotaRoot, Usage};

const CAPS: &str = "IMAP4rev1 QUOTA ACL STATUS=SIZE LIST-EXTENDED";

#[test]
fn the_status_of_several_folders_costs_one_write_and_a_refusal_spoils_no_other() {
    let items = "(MESSAGES UNSEEN UIDNEXT UIDVALIDITY SIZE)";
    let names = ["INBOX", "Gone", "a \"b\"", "Odd"].map(name);
    let answers = with(
        CAPS,
        move |talk| {
            let tags: Vec<_> = ["INBOX", "Gone", "a \\\"b\\\"", "Odd"]
                .iter()
                .map(|folder| talk.expect(&format!("STATUS \"{folder}\" {items}")))
                .collect();
            talk.send(
                "* STATUS inbox (UIDNEXT 9 MESSAGES 2 UNSEEN 1 UIDVALIDITY 7 SIZE 5000000000)\r\n",
            );
            talk.ok(&tags[0]);
            talk.send(format!("{} NO [NONEXISTENT] gone\r\n", tags[1]));
            talk.send("* NO odd\r\n* STATUS {5}\r\na \"b\" (MESSAGES 0 UNSEEN 0)\r\n");
            talk.ok(&tags[2]);
            talk.ok(&tags[3]);
            let tag = talk.expect("NOOP");
            talk.ok(&tag);
        },
        |session| {
            let answers = session.status_of(&names).unwrap();
            session.noop().unwrap();
            answers
        },
    );
    let inbox = answers[0].as_ref().unwrap();
    assert_eq!((inbox.messages, inbox.unseen), (2, 1));
    assert_eq!((inbox.size, inbox.deleted), (Some(5_000_000_000), None));
    let gone = answers[1].as_ref().unwrap_err();
    assert_eq!(gone.code.as_deref(), Some("NONEXISTENT"));
    assert_eq!(answers[2].as_ref().unwrap().uid_next, None);
    let silent = answers[3].as_ref().unwrap_err();
    assert_eq!(
        silent.to_string(),
        "NO STATUS: the server said OK and nothing else"
    );
}

#[test]
fn more_folders_than_a_window_are_asked_for_in_several_writes() {
    let names: Vec<_> = (0..19).map(|n| name(&format!("f{n}"))).collect();
    let answers = with(
        "IMAP4rev1",
        |talk| {
            for window in [8, 8, 3] {
                let tags: Vec<_> = (0..window).map(|_| talk.expect_start("STATUS").0).collect();
                for tag in tags {
                    talk.send("* STATUS x (MESSAGES 1 UNSEEN 0)\r\n");
                    talk.ok(&tag);
                }
            }
        },
        |session| session.status_of(&names).unwrap(),
    );
    assert!(answers.len() == 19 && answers.iter().all(Result::is_ok));
}

#[test]
fn quota_roots_of_several_folders_are_told_apart() {
    let names = ["INBOX", "Free", "Gone"].map(name);
    let answers = with(
        CAPS,
        |talk| {
            let tags: Vec<_> = (0..3)
                .map(|_| talk.expect_start("GETQUOTAROOT").0)
                .collect();
            talk.send("* QUOTAROOT INBOX \"User quota\" ROOT\r\n* QUOTA \"User quota\" (STORAGE 1 200 MESSAGE 2 20 X-ANNOTATION 3 9)\r\n* QUOTA \"ROOT\"\r\n");
            talk.ok(&tags[0]);
            talk.ok(&tags[1]);
            talk.send(format!("{} NO [NOPERM] no\r\n", tags[2]));
        },
        |session| session.quota_roots(&names).unwrap().unwrap(),
    );
    let inbox = answers[0].as_ref().unwrap();
    assert_eq!(
        inbox[0].storage(),
        Some(Usage {
            used: 1,
            limit: 200
        })
    );
    assert_eq!(
        inbox[0].resource("x-annotation"),
        Some(Usage { used: 3, limit: 9 })
    );
    assert_eq!(
        (inbox[1].name.as_str(), inbox[1].resources.len()),
        ("ROOT", 0)
    );
    assert!(answers[1].as_ref().unwrap().is_empty());
    assert_eq!(
        answers[2].as_ref().unwrap_err().code.as_deref(),
        Some("NOPERM")
    );
}

#[test]
fn a_root_goes_back_to_the_server_under_the_name_it_gave() {
    let (root, set) = with(
        CAPS,
        |talk| {
            let tag = talk.expect("GETQUOTA \"User \\\"q\\\"\"");
            talk.send(
                "* QUOTA other (STORAGE 9 9)\r\n* QUOTA \"User \\\"q\\\"\" (STORAGE 1 2)\r\n",
            );
            talk.ok(&tag);
            let tag = talk.expect("SETQUOTA \"User \\\"q\\\"\" (STORAGE 512 MESSAGE 0)");
            talk.send("* QUOTA \"User \\\"q\\\"\" (STORAGE 1 512)\r\n");
            talk.ok(&tag);
            let tag = talk.expect("SETQUOTA \"\" ()");
            talk.ok(&tag);
        },
        |session| {
            let root = session.get_quota("User \"q\"").unwrap().unwrap();
            let set = session
                .set_quota(&root.name, &[("STORAGE", 512), ("MESSAGE", 0)])
                .unwrap();
            assert!(session.set_quota("", &[]).unwrap().is_empty());
            assert!(session.set_quota("a\r\nb", &[]).is_err());
            (root, set)
        },
    );
    assert_eq!(root.storage(), Some(Usage { used: 1, limit: 2 }));
    assert_eq!(
        set[0].storage(),
        Some(Usage {
            used: 1,
            limit: 512
        })
    );
}

#[test]
fn a_root_the_server_says_nothing_about_has_no_limits() {
    let (silent, renamed, none) = with(
        CAPS,
        |talk| {
            let tag = talk.expect("GETQUOTA \"x\"");
            talk.ok(&tag);
            let tag = talk.expect("GETQUOTA \"x\"");
            talk.send("* QUOTA X (MESSAGE 1 2)\r\n");
            talk.ok(&tag);
            let tag = talk.expect("GETQUOTA \"y\"");
            talk.send(format!("{tag} NO Quota root does not exist\r\n"));
        },
        |session| {
            let mut get = |root| session.get_quota(root);
            (get("x").unwrap(), get("x").unwrap(), get("y"))
        },
    );
    let nothing = QuotaRoot {
        name: "x".into(),
        resources: Vec::new(),
    };
    assert_eq!(silent, Some(nothing));
    assert_eq!(
        renamed.unwrap().message(),
        Some(Usage { used: 1, limit: 2 })
    );
    assert_eq!(
        none.unwrap_err().to_string(),
        "GETQUOTA \"y\": NO Quota root does not exist"
    );
}

#[test]
fn a_set_quota_whose_answer_never_came_has_an_unknown_outcome() {
    let error = with(
        CAPS,
        |talk| drop(talk.expect_start("SETQUOTA")),
        |session| session.set_quota("x", &[("STORAGE", 1)]).unwrap_err(),
    );
    assert!(
        matches!(error, StoreError::OutcomeUnknown { .. }),
        "{error}"
    );
}

#[test]
fn without_the_capability_nothing_is_asked() {
    with(
        "IMAP4rev1",
        |talk| assert_eq!(talk.rest(), b""),
        |session| {
            let inbox = [MailboxName::inbox()];
            assert_eq!(session.quota_roots(&inbox).unwrap(), None);
            assert_eq!(session.get_quota("").unwrap(), None);
            assert_eq!(session.my_rights(&inbox).unwrap(), None);
            assert_eq!(session.acls(&inbox).unwrap(), None);
            assert!(session.status_of(&[]).unwrap().is_empty());
        },
    );
}

#[test]
fn rights_and_lists_keep_what_the_server_said() {
    let names = ["INBOX", "Other"].map(name);
    with(
        CAPS,
        |talk| {
            let tags = ["INBOX", "Other"].map(|f| talk.expect(&format!("MYRIGHTS \"{f}\"")));
            talk.send("* MYRIGHTS INBOX \"lrswipkxtea\"\r\n");
            talk.ok(&tags[0]);
            talk.send(format!("{} NO [NOPERM] not yours\r\n", tags[1]));
            let tags = ["INBOX", "Other"].map(|f| talk.expect(&format!("GETACL \"{f}\"")));
            talk.send("* ACL INBOX ada lr -eve \"\"\r\n");
            talk.ok(&tags[0]);
            talk.send(format!("{} NO [NONEXISTENT] gone\r\n", tags[1]));
        },
        |session| {
            let rights = session.my_rights(&names).unwrap().unwrap();
            let inbox = rights[0].as_ref().unwrap();
            assert!(inbox.has('k') && !inbox.has('c') && inbox.to_string() == "lrswipkxtea");
            assert_eq!(
                rights[1].as_ref().unwrap_err().code.as_deref(),
                Some("NOPERM")
            );
            let acls = session.acls(&names).unwrap().unwrap();
            let inbox = acls[0].as_ref().unwrap();
            assert!(inbox.len() == 2 && inbox[1].is_negative());
            assert_eq!(
                acls[1].as_ref().unwrap_err().code.as_deref(),
                Some("NONEXISTENT")
            );
        },
    );
}

#[test]
fn subscriptions_come_from_whichever_command_the_server_has() {
    let lines = |word: &str| {
        format!(
            "* {word} (\\Subscribed \\NonExistent) \".\" \"Gone\"\r\n* {word} () NIL {{3}}\r\na b\r\n* {word} () \".\" Caf\u{e9}\r\n* {word} () \".\" inbox\r\n* {word} () \".\" Gone\r\n"
        )
    };
    for (caps, command, word) in [
        (CAPS, "LIST (SUBSCRIBED) \"\" \"*\"", "LIST"),
        ("IMAP4rev1", "LSUB \"\" \"*\"", "LSUB"),
    ] {
        let lines = lines(word);
        let names = with(
            caps,
            move |talk| {
                let tag = talk.expect(command);
                talk.send(lines);
                talk.ok(&tag);
            },
            |session| session.subscribed().unwrap(),
        );
        assert_eq!(names, ["Gone", "a b", "INBOX"].map(name), "{command}");
    }
    let error = with(
        "IMAP4rev1",
        |talk| {
            let tag = talk.expect("LSUB \"\" \"*\"");
            talk.send("* LSUB () \".\"\r\n");
            talk.ok(&tag);
        },
        |session| session.subscribed().unwrap_err(),
    );
    assert!(matches!(error, StoreError::Malformed { .. }), "{error}");
}

#[test]
fn a_session_says_with_whom_it_is_and_what_the_login_took() {
    let server = Server::start(|talk| {
        talk.silence(Duration::from_millis(60));
        talk.login("IMAP4rev1");
    });
    let session = server.connect().unwrap();
    let handshake = session.handshake();
    let peer = handshake.peer.unwrap();
    assert!(peer.ip().is_loopback() && peer.port() == server.port);
    assert!(handshake.login >= Duration::from_millis(60));
    assert!(handshake.connect < Duration::from_secs(5));
    server.finish();
}
