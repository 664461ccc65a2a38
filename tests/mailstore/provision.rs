//! Making, subscribing and sharing folders: a scripted server for what goes wrong, a real Dovecot
//! for what goes right. What the server holds is asked by the tests' own client.

use crate::conversation::name;
use crate::scripted;
use crate::support;
use scripted::{Server, Talk};
use support::dovecot::Dovecot;
use support::dovecot_config::{DovecotOptions, User};
use vmimap::mailstore::error::StoreError;
use vmimap::mailstore::grant::Grant;
use vmimap::mailstore::options::{ConnectOptions, Credentials};
use vmimap::mailstore::session::{FolderOutcome, FolderWish, Made, Session, SpecialUse, Step};

fn wish(wire: &str) -> FolderWish {
    FolderWish {
        name: name(wire),
        create: true,
        subscribe: true,
        special_use: None,
        acl: Vec::new(),
    }
}

fn grants(entries: &[(&str, &str)]) -> Vec<Grant> {
    let entries = entries.iter();
    entries
        .map(|(who, rights)| Grant::new(who, rights).unwrap())
        .collect()
}

fn words(step: &Step) -> String {
    match step {
        Step::Refused(refusal) => refusal.to_string(),
        other => format!("{other:?}"),
    }
}

/// What became of each folder, in one line each.
fn told(outcomes: &[FolderOutcome]) -> Vec<String> {
    let one = |o: &FolderOutcome| {
        let folder = match &o.folder {
            Made::Refused(refusal) => refusal.to_string(),
            Made::NoChildrenBelow(parent, _) => format!("no children below {parent}"),
            other => format!("{other:?}"),
        };
        let acl: Vec<_> = o.acl.iter().map(words).collect();
        let (special, subscription) = (words(&o.special_use), words(&o.subscription));
        format!("{}: {folder}, {special}, {subscription}, {acl:?}", o.name)
    };
    outcomes.iter().map(one).collect()
}

fn provision(session: &mut Session, wishes: &[FolderWish]) -> Vec<String> {
    let known = session.overview().unwrap();
    told(&session.provision(wishes, &known).unwrap())
}

fn listed(talk: &mut Talk, folders: &[&str]) {
    let tag = talk.expect("LIST \"\" \"*\"");
    for folder in folders {
        talk.send(format!("* LIST {folder}\r\n"));
    }
    talk.ok(&tag);
}

#[test]
fn parents_are_made_first_and_rights_are_given_to_what_is_there_only() {
    let server = Server::logged_in("IMAP4rev1 ACL", |talk| {
        listed(talk, &["() \".\" INBOX"]);
        let parent = talk.expect("CREATE \"Voicemail\"");
        let child = talk.expect("CREATE \"Voicemail.Work\"");
        talk.ok(&parent);
        talk.send(format!("{child} NO [NOPERM] not yours\r\n"));
        let question = talk.expect("LIST \"\" \"Voicemail\"");
        talk.send("* LIST (\\HasNoChildren) \".\" Voicemail\r\n");
        talk.ok(&question);
        let question = talk.expect("LIST \"\" \"Voicemail.Work\"");
        talk.ok(&question);
        let tag = talk.expect("SUBSCRIBE \"Voicemail\"");
        talk.ok(&tag);
        let lookup = talk.expect("SETACL \"Voicemail\" \"ada\" \"+lrs\"");
        let all = talk.expect("SETACL \"Voicemail\" \"any one\" \"l\"");
        talk.ok(&lookup);
        talk.send(format!("{all} NO no such user\r\n"));
        let _ = talk.expect("LOGOUT");
    });
    let mut session = server.connect().unwrap();
    let acl = grants(&[("ada", "+lrs"), ("any one", "l")]);
    let with = |wire| FolderWish {
        acl: acl.clone(),
        ..wish(wire)
    };
    assert_eq!(
        provision(&mut session, &[with("Voicemail.Work"), with("Voicemail")]),
        [
            "Voicemail.Work: NO [NOPERM] not yours, NotAsked, NoFolder, [\"NoFolder\", \"NoFolder\"]",
            "Voicemail: Created, NotAsked, Done, [\"Done\", \"NO no such user\"]",
        ]
    );
    session.logout();
    server.finish();
}

#[test]
fn what_is_done_already_is_not_sent_again() {
    let server = Server::logged_in("IMAP4rev1", |talk| {
        listed(
            talk,
            &["() \"/\" INBOX", "(\\Archive) \"/\" Old", "() \"/\" Work"],
        );
        let tag = talk.expect("LSUB \"\" \"*\"");
        talk.send("* LSUB () \"/\" Old\r\n");
        talk.ok(&tag);
        for folder in ["INBOX", "Work"] {
            let tag = talk.expect(&format!("SUBSCRIBE \"{folder}\""));
            talk.ok(&tag);
        }
        let _ = talk.expect("LOGOUT");
    });
    let mut session = server.connect().unwrap();
    let used = |wire| FolderWish {
        special_use: Some(SpecialUse::Archive),
        ..wish(wire)
    };
    let acl = grants(&[("ada", "lrs")]);
    let missing = FolderWish {
        create: false,
        acl,
        ..used("Friends")
    };
    assert_eq!(
        provision(
            &mut session,
            &[wish("inbox"), used("Old"), used("Work"), missing]
        ),
        [
            "INBOX: Existed, NotAsked, Done, []",
            "Old: Existed, Already, Already, []",
            "Work: Existed, OnlyAtCreation, Done, []",
            "Friends: Missing, NoFolder, NoFolder, [\"NoFolder\"]",
        ]
    );
    session.logout();
    server.finish();
}

#[test]
fn a_special_use_that_is_refused_costs_the_use_and_not_the_folder() {
    let server = Server::logged_in("IMAP4rev1 CREATE-SPECIAL-USE", |talk| {
        listed(talk, &["() \"/\" INBOX"]);
        let old = talk.expect("CREATE \"Old\" (USE (\\Archive))");
        let sent = talk.expect("CREATE \"Sent\" (USE (\\Sent))");
        talk.send(format!("{old} NO [USEATTR] there is one\r\n"));
        talk.ok(&sent);
        let tag = talk.expect("LIST \"\" \"Old\"");
        talk.ok(&tag);
        let tag = talk.expect("CREATE \"Old\"");
        talk.ok(&tag);
        let _ = talk.expect("LOGOUT");
    });
    let mut session = server.connect().unwrap();
    let used = |wire, special| FolderWish {
        special_use: Some(special),
        subscribe: false,
        ..wish(wire)
    };
    assert_eq!(
        provision(
            &mut session,
            &[
                used("Old", SpecialUse::Archive),
                used("Sent", SpecialUse::Sent)
            ]
        ),
        [
            "Old: Created, NO [USEATTR] there is one, NotAsked, []",
            "Sent: Created, Done, NotAsked, []",
        ]
    );
    session.logout();
    server.finish();
}

#[test]
fn a_parent_that_can_have_no_children_is_named() {
    let server = Server::logged_in("IMAP4rev1", |talk| {
        listed(
            talk,
            &["(\\NoInferiors) NIL INBOX", "(\\NoInferiors) \"/\" Old"],
        );
        let tag = talk.expect("CREATE \"Old/sub\"");
        talk.send(format!(
            "{tag} NO Can't create mailbox node mail/Old/: File exists\r\n"
        ));
        let parent = talk.expect("LIST \"\" \"Old\"");
        talk.send("* LIST (\\noinferiors) \"/\" Old\r\n");
        talk.ok(&parent);
        let tag = talk.expect("LIST \"\" \"Old/sub\"");
        talk.ok(&tag);
        let _ = talk.expect("LOGOUT");
    });
    let mut session = server.connect().unwrap();
    assert_eq!(
        provision(&mut session, &[wish("Old/sub")]),
        ["Old/sub: no children below Old, NotAsked, NoFolder, []"]
    );
    session.logout();
    server.finish();
}

#[test]
fn no_more_than_eight_commands_are_under_way() {
    let server = Server::logged_in("IMAP4rev1", |talk| {
        listed(talk, &[]);
        for window in [0..8, 8..12] {
            let tags: Vec<_> = window
                .map(|n| talk.expect(&format!("CREATE \"F{n:02}\"")))
                .collect();
            // Whoever sent more than these without waiting would be heard now.
            talk.silence(std::time::Duration::from_millis(50));
            assert!(!talk.has_more());
            for tag in tags {
                talk.ok(&tag);
            }
        }
        let _ = talk.expect("LOGOUT");
    });
    let mut session = server.connect().unwrap();
    let wishes: Vec<_> = (0..12)
        .map(|n| FolderWish {
            subscribe: false,
            ..wish(&format!("F{n:02}"))
        })
        .collect();
    assert_eq!(provision(&mut session, &wishes).len(), 12);
    session.logout();
    server.finish();
}

#[test]
fn a_connection_that_breaks_meanwhile_leaves_the_outcome_unknown() {
    for answered in 0..3 {
        let server = Server::logged_in("IMAP4rev1 ACL", move |talk| {
            listed(talk, &[]);
            for verb in ["CREATE", "SUBSCRIBE", "SETACL"].iter().take(answered) {
                let (tag, _) = talk.expect_start(verb);
                talk.ok(&tag);
            }
            let _ = talk.line();
        });
        let mut session = server.connect().unwrap();
        let known = session.overview().unwrap();
        let wished = FolderWish {
            acl: grants(&[("ada", "l")]),
            ..wish("Old")
        };
        let error = session.provision(&[wished], &known).unwrap_err();
        assert!(
            matches!(error, StoreError::OutcomeUnknown { .. }),
            "{error}"
        );
        assert!(session.is_dead());
        drop(session);
        server.finish();
    }
}

fn dovecot(options: DovecotOptions) -> Dovecot {
    let users = vec![User::new("ada", "one"), User::new("bob", "two")];
    Dovecot::start(DovecotOptions { users, ..options })
}

fn connect(server: &Dovecot, user: &str) -> Session {
    let credentials = Credentials {
        user: user.into(),
        password: server.password(user).to_owned().into(),
        auth_user: None,
    };
    Session::connect(
        &ConnectOptions::new(server.host(), server.port()),
        &credentials,
    )
    .unwrap()
}

#[test]
fn on_a_real_server_folders_are_made_subscribed_and_shared_and_a_second_run_finds_them() {
    let server = dovecot(DovecotOptions {
        acl: true,
        prefix: "INBOX.".into(),
        ..Default::default()
    });
    let mut session = connect(&server, "ada");
    let mut wishes: Vec<_> = [
        "INBOX.Voicemail.Work",
        "INBOX.Voicemail",
        "INBOX",
        "Nowhere",
    ]
    .map(|wire| FolderWish {
        acl: grants(&[("bob", "lrs"), ("bob", "+i")]),
        ..wish(wire)
    })
    .into();
    wishes[2].acl.clear();
    let first = provision(&mut session, &wishes);
    assert_eq!(
        first[..3],
        [
            "INBOX.Voicemail.Work: Created, NotAsked, Done, [\"Done\", \"Done\"]",
            "INBOX.Voicemail: Created, NotAsked, Done, [\"Done\", \"Done\"]",
            "INBOX: Existed, NotAsked, Done, []",
        ]
    );
    assert!(first[3].contains("nonexistent namespace"), "{}", first[3]);
    let second = provision(&mut session, &wishes);
    assert_eq!(
        second[1],
        "INBOX.Voicemail: Existed, NotAsked, Already, [\"Done\", \"Done\"]"
    );
    let mut raw = server.raw("ada");
    assert_eq!(
        raw.list(),
        ["INBOX", "INBOX.Voicemail", "INBOX.Voicemail.Work"]
    );
    let subscribed = raw.command("LSUB \"\" \"*\"").ok().text();
    assert_eq!(subscribed.matches("* LSUB").count(), 3, "{subscribed}");
    let acl = raw.command("GETACL \"INBOX.Voicemail\"").ok().text();
    assert!(
        acl.contains("bob ilrs") || acl.contains("bob lrsi") || acl.contains("\"bob\" lrsi"),
        "{acl}"
    );
}

#[test]
fn on_a_real_server_a_folder_is_made_without_the_special_use_it_does_not_offer() {
    let server = dovecot(DovecotOptions::default());
    let special_use = Some(SpecialUse::Archive);
    let wishes = [FolderWish {
        special_use,
        ..wish("Old")
    }];
    assert_eq!(
        provision(&mut connect(&server, "ada"), &wishes),
        ["Old: Created, NotOffered, Done, []"]
    );
    assert_eq!(server.raw("ada").list(), ["Old", "INBOX"]);
}

#[test]
fn on_a_real_server_other_users_have_their_own_namespace() {
    let server = dovecot(DovecotOptions {
        acl: true,
        shared: true,
        separator: '/',
        ..Default::default()
    });
    let mut ada = connect(&server, "ada");
    let acl = grants(&[("bob", "lrs")]);
    let wishes = [FolderWish {
        acl,
        ..wish("INBOX")
    }];
    provision(&mut ada, &wishes);
    let mut bob = connect(&server, "bob");
    let namespaces = bob.overview().unwrap().namespaces;
    assert_eq!(namespaces.personal.len(), 1);
    assert_eq!(namespaces.other_users[0].prefix, "shared/");
    let inbox = namespaces.inbox_of("ada").unwrap();
    assert_eq!(inbox.as_wire(), "shared/ada");
    assert!(namespaces.inbox_of("ada/Old").is_err());
    assert_eq!(bob.examine(&inbox).unwrap().exists, 0);
}
