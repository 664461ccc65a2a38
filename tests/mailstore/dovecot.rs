//! What a session reads from a real Dovecot, against what the tests' own client sees.

use crate::conversation::{name, uid};
use crate::support;

use support::dovecot::{Dovecot, DovecotOptions, User};
use support::raw_imap::RawImap;
use vmimap::mailstore::name::MailboxName;
use vmimap::mailstore::options::{ConnectOptions, Credentials, Security};
use vmimap::mailstore::search::Search;
use vmimap::mailstore::session::{Session, Surveyed};
use vmimap::mailstore::types::{Asked, Envelope, Part, Structure, Usage};

const DATE: &str = "\"05-Feb-2009 18:31:30 +0000\"";

const VOICEMAIL: &str = "From: \"A\" <a@pbx.example>\r\nSubject: caf\u{e9} 1\r\n\
    X-Asterisk-VM-Extension: 4123\r\nX-Asterisk-VM-Context: default\r\nMIME-Version: 1.0\r\n\
    Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain; charset=ISO-8859-1\r\n\r\nhello\r\n\
    --b\r\nContent-Type: audio/x-wav; x=\"1\"; name=\"msg0000.wav\"\r\nContent-Transfer-Encoding: base64\r\n\
    Content-Description: sound\r\nContent-Disposition: attachment; filename=\"msg0000.wav\"\r\n\r\nQUJD\r\n\r\n--b--\r\n";

fn start(options: DovecotOptions) -> (Dovecot, RawImap, Session) {
    let user = User::new("ada", "pass word").storage(200).messages(20);
    let server = Dovecot::start(DovecotOptions {
        users: vec![user],
        ..options
    });
    let raw = server.raw("ada");
    let session = connect(&server);
    (server, raw, session)
}

fn connect(server: &Dovecot) -> Session {
    let mut options = ConnectOptions::new(server.host(), server.port());
    options.security = Security::Plain;
    let credentials = Credentials {
        user: "ada".into(),
        password: "pass word".into(),
        auth_user: None,
    };
    Session::connect(&options, &credentials).unwrap()
}

fn listed(session: &mut Session, asked: &Asked) -> Vec<Envelope> {
    let mut found = Vec::new();
    session.envelopes(asked, &mut |e| found.push(e)).unwrap();
    found
}

fn part(envelope: &Envelope) -> &Part {
    match &envelope.structure {
        Some(Structure::Parts(part)) => part,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_whole_listing_tells_size_date_header_and_parts() {
    let (_server, mut raw, mut session) = start(DovecotOptions::default());
    raw.append("INBOX", "(\\Seen \\Draft)", DATE, VOICEMAIL.as_bytes())
        .ok();
    let strange = b"Subject: x\r\nContent-Type: text/plain; name=\"a\xe9\\\"\"\r\n\r\ny";
    raw.append("INBOX", "()", DATE, strange).ok();
    session.examine(&MailboxName::inbox()).unwrap();
    let found = listed(&mut session, &Asked::everything());
    let first = &found[0];
    assert!(first.flags.seen && first.flags.draft && !first.flags.deleted);
    assert_eq!(first.size, Some(VOICEMAIL.len() as u64));
    assert_eq!(first.internal_date, Some(1_233_858_690));
    let (header, _) = VOICEMAIL.split_once("\r\n\r\n").unwrap();
    assert_eq!(first.header, format!("{header}\r\n\r\n").as_bytes());
    let audio = &part(first).children[1];
    assert!(part(first).is("multipart", "mixed") && audio.is("audio", "x-wav"));
    let names: Vec<_> = audio.parameters.iter().map(|(n, _)| n.as_slice()).collect();
    assert_eq!(names, [&b"x"[..], b"name"]);
    assert_eq!(audio.parameter("name"), Some(&b"msg0000.wav"[..]));
    assert_eq!(audio.description.as_deref(), Some(&b"sound"[..]));
    assert!(audio.encoding.eq_ignore_ascii_case("base64"));
    let disposition = audio.disposition.as_ref().unwrap();
    assert_eq!(disposition.parameter("filename"), Some(&b"msg0000.wav"[..]));
    assert_eq!(part(&found[1]).parameter("name"), Some(&b"a\xe9\""[..]));
    assert_eq!(
        raw.messages("INBOX")[1].flags,
        Vec::<String>::new(),
        "nothing was marked as seen"
    );
}

#[test]
fn a_survey_of_several_folders_asks_for_more_and_misses_none() {
    let (_server, mut raw, mut session) = start(DovecotOptions::default());
    raw.command("CREATE Work").ok();
    for folder in ["INBOX", "Work", "Work"] {
        raw.append(folder, "()", DATE, VOICEMAIL.as_bytes()).ok();
    }
    let folders = ["Work", "Gone", "INBOX"].map(name);
    let mut found = Vec::new();
    let surveyed = session
        .survey(&folders, &Asked::everything(), &mut |at, e| {
            found.push((at, e.uid, part(&e).children.len()));
        })
        .unwrap();
    assert_eq!(found, [(0, uid(1), 2), (0, uid(2), 2), (2, uid(1), 2)]);
    assert!(matches!(surveyed[1], Surveyed::Missing(_)));
}

#[test]
fn given_uids_are_looked_at_again_and_gone_ones_named() {
    let (_server, mut raw, mut session) = start(DovecotOptions::default());
    for _ in 0..4 {
        raw.append("INBOX", "()", DATE, VOICEMAIL.as_bytes()).ok();
    }
    session.examine(&MailboxName::inbox()).unwrap();
    raw.command("SELECT INBOX").ok();
    raw.command("UID STORE 2 +FLAGS.SILENT (\\Deleted)").ok();
    raw.command("UID EXPUNGE 2").ok();
    raw.command("UID STORE 3 +FLAGS.SILENT (\\Deleted)").ok();
    let mut found = Vec::new();
    let gone = session
        .envelopes_of(&[4, 3, 2, 9].map(uid), &Asked::default(), &mut |e| {
            found.push((e.uid, e.flags.deleted));
        })
        .unwrap();
    assert_eq!(found, [(uid(3), true), (uid(4), false)]);
    assert_eq!(
        gone,
        [uid(2), uid(9)],
        "without a look at the folder Dovecot would still show 2"
    );
}

#[test]
fn status_and_quota_of_several_folders_are_what_is_there() {
    let (_server, mut raw, mut session) = start(DovecotOptions::default());
    raw.command("CREATE Work").ok();
    raw.append("INBOX", "(\\Seen)", DATE, VOICEMAIL.as_bytes())
        .ok();
    raw.append("INBOX", "()", DATE, VOICEMAIL.as_bytes()).ok();
    let names = ["INBOX", "Gone", "Work"].map(name);
    let status = session.status_of(&names).unwrap();
    let inbox = status[0].as_ref().unwrap();
    assert_eq!((inbox.messages, inbox.unseen), (2, 1));
    assert_eq!(inbox.uid_next, Some(uid(3)));
    assert_eq!(inbox.size, Some(2 * VOICEMAIL.len() as u64));
    let state = session.examine(&MailboxName::inbox()).unwrap();
    assert_eq!(inbox.uid_validity, Some(state.uid_validity));
    let gone = status[1].as_ref().unwrap_err().to_string();
    assert!(gone.contains("Gone"), "{gone}");
    assert_eq!(status[2].as_ref().unwrap().messages, 0);

    let roots = session.quota_roots(&names).unwrap().unwrap();
    let root = &roots[0].as_ref().unwrap()[0];
    let used = 2 * VOICEMAIL.len() as u64;
    assert_eq!(root.name, "User quota");
    assert_eq!(root.message(), Some(Usage { used: 2, limit: 20 }));
    let storage = root.storage().unwrap();
    assert!(
        storage.limit == 200 && storage.used <= used.div_ceil(1024),
        "{storage:?}"
    );
    assert_eq!(roots[2].as_ref().unwrap()[0], *root);
    assert_eq!(session.get_quota(&root.name).unwrap().as_ref(), Some(root));
    let error = session
        .set_quota(&root.name, &[("STORAGE", 1)])
        .unwrap_err();
    assert!(
        error.refusal().is_some(),
        "only an administrator may: {error}"
    );
    assert!(!session.is_dead());
}

#[test]
fn searches_find_what_the_tests_own_client_finds() {
    let (_server, mut raw, mut session) = start(DovecotOptions::default());
    for flags in ["()", "(\\Flagged)", "(\\Seen)", "(\\Deleted)", "($Own)"] {
        raw.append("INBOX", flags, DATE, VOICEMAIL.as_bytes()).ok();
    }
    let later = "\"07-Feb-2009 18:31:30 +0000\"";
    raw.append("INBOX", "()", later, b"Subject: \"q\\\"\r\n\r\nx")
        .ok();
    session.examine(&MailboxName::inbox()).unwrap();
    let own = |s: Search| {
        s.and(Search::header("X-Asterisk-VM-Extension", "4123").unwrap())
            .and(Search::header("X-Asterisk-VM-Context", "default").unwrap())
    };
    let new = own(Search::undeleted()
        .and(Search::unflagged())
        .and(Search::unseen()));
    let counts = raw.asterisk_counts("INBOX", "4123", "default");
    assert_eq!(
        session.search_sequence(&new).unwrap().count,
        counts.new as u64
    );
    assert_eq!(counts.new, 2);
    for search in [
        new,
        Search::all(),
        Search::deleted().or(Search::flagged().and(Search::unseen())),
        !Search::seen().and(Search::undeleted()),
        Search::keyword("$Own").unwrap(),
        Search::since(1_234_031_490).unwrap(),
        Search::before(1_234_031_490).unwrap(),
        Search::smaller(200).and(Search::larger(10)),
        Search::uids(&[2, 3, 77].map(uid)).unwrap(),
        Search::header("Subject", "\"q\\").unwrap(),
        Search::header("X-None", "").unwrap(),
    ] {
        // No message was ever removed: UIDs and sequence numbers are the same.
        let found = session.search(&search).unwrap();
        let found: Vec<u32> = found.iter().map(|uid| uid.0.get()).collect();
        assert_eq!(found, raw.search("INBOX", &search.to_string()), "{search}");
    }
    let letters = Search::header("Subject", "CAF\u{c9}").unwrap();
    assert_eq!(session.search(&letters).unwrap().len(), 5);
}

#[test]
fn subscriptions_are_told_with_and_without_list_extended() {
    for capability in [None, Some("IMAP4rev1".to_owned())] {
        let (_server, mut raw, mut session) = start(DovecotOptions {
            capability,
            ..DovecotOptions::default()
        });
        raw.command("CREATE \"a b\"").ok();
        raw.command("CREATE Work").ok();
        raw.command("SUBSCRIBE \"a b\"").ok();
        raw.command("SUBSCRIBE INBOX").ok();
        let mut names = session.subscribed().unwrap();
        names.sort();
        assert_eq!(names, ["INBOX", "a b"].map(name));
    }
}

#[test]
fn rights_are_told_and_refusals_keep_their_code() {
    let (_server, mut raw, mut session) = start(DovecotOptions {
        acl: true,
        ..DovecotOptions::default()
    });
    for folder in ["Work", "Closed"] {
        raw.command(&format!("CREATE {folder}")).ok();
    }
    raw.command("SETACL Closed ada lr").ok();
    raw.command("SETACL Work ada lrwstiekxa").ok();
    raw.command("SETACL Work eve l").ok();
    let names = ["INBOX", "Work", "Closed", "#no/such"].map(name);
    let rights = session.my_rights(&names).unwrap().unwrap();
    assert!(rights[0].as_ref().unwrap().has('e'));
    let work = rights[1].as_ref().unwrap();
    assert!(work.has('a') && !work.has('p'), "{work}");
    let closed = rights[2].as_ref().unwrap();
    assert!(closed.has('l') && !closed.has('t'), "{closed}");
    let acls = session.acls(&names).unwrap().unwrap();
    let work = acls[1].as_ref().unwrap();
    let eve = work.iter().find(|e| e.identifier == "eve").unwrap();
    assert!(eve.rights.has('l') && !eve.rights.has('r') && !eve.is_negative());
    let refusal = acls[3].as_ref().unwrap_err();
    assert_eq!(refusal.code.as_deref(), Some("NONEXISTENT"), "{refusal}");
}

#[test]
fn the_handshake_names_the_server() {
    let (server, _raw, session) = start(DovecotOptions::default());
    let handshake = session.handshake();
    let peer = handshake.peer.unwrap().to_string();
    assert_eq!(peer, format!("{}:{}", server.host(), server.port()));
    assert!(!handshake.login.is_zero());
}
