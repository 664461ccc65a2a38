//! `audit --fix` against a real Dovecot: what is repaired is right, everything else is untouched, and a
//! run that is cut anywhere is finished by the next one.

use crate::support;
use std::fs;
use std::path::{Path, PathBuf};

use support::cli::{Ran, Vmimap};
use support::cut_proxy::{CutProxy, Direction};
use support::dovecot::{Dovecot, DovecotOptions, User};
use support::fixtures::{PASSWORD, fixture};
use support::raw_imap::StoredMessage;

const DATE: &str = "\"23-Nov-2026 09:59:16 +0000\"";
pub(super) const NAME: &str = "X-Asterisk-VM-Caller-ID-Name: ";
const PRIVATE: &str = "Subject: private\r\nMessage-ID: <p@x>\r\n\r\nnot yours\r\n";

/// A server, a voicemail.conf with one mailbox of `user`, and a state directory.
pub(super) struct Site {
    pub(super) server: Dovecot,
    pub(super) dir: tempfile::TempDir,
}

impl Site {
    pub(super) fn new(options: DovecotOptions, users: &[&str]) -> Self {
        let users = users.iter().map(|user| User::new(user, PASSWORD)).collect();
        let server = Dovecot::start(DovecotOptions { users, ..options });
        let dir = tempfile::tempdir().unwrap();
        Self { server, dir }
    }

    pub(super) fn conf(&self, user: &str, port: u16) -> PathBuf {
        let path = self.dir.path().join(format!("{user}.conf"));
        let host = self.server.host();
        let text = format!(
            "[general]\nimapserver={host}\nimapport={port}\nimapflags=notls\n[default]\n\
             100 => 1,,,,imapuser={user}|imappassword={PASSWORD}\n"
        );
        fs::write(&path, text).unwrap();
        path
    }

    pub(super) fn audit(&self, conf: &Path, words: &[&str]) -> Ran {
        let state = self.dir.path().join("state");
        Vmimap::new(["audit", "--json", "--voicemail-conf"])
            .arg(conf)
            .arg("--state-dir")
            .arg(state)
            .args(words)
            .run()
    }

    pub(super) fn fix(&self, user: &str) -> Ran {
        let conf = self.conf(user, self.server.port());
        self.audit(&conf, &["--fix", "--yes"])
    }

    pub(super) fn put(&self, user: &str, folder: &str, flags: &str, message: &str) {
        let mut raw = self.server.raw(user);
        raw.command(&format!("CREATE {folder}"));
        raw.append(folder, flags, DATE, message.as_bytes()).ok();
    }

    pub(super) fn messages(&self, user: &str, folder: &str) -> Vec<StoredMessage> {
        self.server.raw(user).messages(folder)
    }
}

fn sound(id: u32) -> String {
    let genuine = fs::read_to_string(fixture("genuine-imap/u7-INBOX-2.eml")).unwrap();
    let msg_id = format!("X-Asterisk-VM-Message-ID: 1-{id:08x}");
    let id = format!("Message-ID: <{id}@x>");
    let mut lines: Vec<&str> = genuine.split("\r\n").collect();
    let at = lines
        .iter()
        .position(|line| line.starts_with("Message-ID:"))
        .unwrap();
    lines[at] = &id;
    let at = lines
        .iter()
        .position(|line| line.starts_with("X-Asterisk-VM-Message-ID:"));
    lines[at.unwrap()] = &msg_id;
    lines
        .join("\r\n")
        .replace("VM-Extension: group1", "VM-Extension: 100")
}

/// The line of the caller's name replaced.
pub(super) fn named(id: u32, line: &str) -> String {
    let sound = sound(id);
    let from = sound.find(NAME).unwrap();
    let to = from + sound[from..].find("\r\n").unwrap() + 2;
    format!("{}{line}{}", &sound[..from], &sound[to..])
}

/// Faulty and other messages for every kind of repair; what INBOX must hold afterwards, by Message-ID:
/// flags and the line of the name.
pub(super) fn fill(site: &Site, user: &str) {
    site.put(user, "INBOX", "(\\Deleted)", PRIVATE);
    site.put(user, "INBOX", "(\\Seen)", &named(1, ""));
    site.put(
        user,
        "INBOX",
        "(\\Answered)",
        &named(2, &format!("{NAME}Ada;--\r\n")),
    );
    site.put(
        user,
        "INBOX",
        "()",
        &named(3, &format!("{NAME}Ada\r\n Lovelace\r\n")),
    );
    site.put(user, "INBOX", "()", &sound(4));
    site.put(user, "INBOX", "(\\Flagged)", &sound(5));
    site.put(user, "Old", "()", &sound(6));
}

pub(super) type State = Vec<(String, Vec<String>, String)>;

/// What INBOX holds: Message-ID, flags, and the message without the mark of a repair.
pub(super) fn state(site: &Site, user: &str) -> State {
    let mut state: State = site
        .messages(user, "INBOX")
        .into_iter()
        .map(|message| {
            let text = String::from_utf8(message.body).unwrap();
            let plain: Vec<&str> = text
                .split_inclusive("\r\n")
                .filter(|line| !line.starts_with("X-Vmimap-Repair-Of: "))
                .collect();
            let id = plain
                .iter()
                .find(|line| line.starts_with("Message-ID:"))
                .unwrap();
            assert_eq!(message.internal_date, DATE.trim_matches('"'));
            let flags = message.flags.iter().filter(|flag| *flag != "\\Recent");
            (
                id.trim().to_owned(),
                flags.cloned().collect(),
                plain.concat(),
            )
        })
        .collect();
    state.sort();
    state
}

pub(super) fn repaired() -> State {
    let of = |id: u32, flags: &[&str], text: String| {
        let flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
        (format!("Message-ID: <{id}@x>"), flags, text)
    };
    let nameless = {
        // Behind the last of Asterisk's headers, in front of what follows.
        let text = named(1, "");
        let last = text.find("X-Asterisk-VM-Message-ID:").unwrap();
        let end = last + text[last..].find("\r\n").unwrap() + 2;
        format!("{}{NAME}\r\n{}", &text[..end], &text[end..])
    };
    let mut all = vec![
        of(1, &["\\Seen"], nameless),
        of(2, &["\\Answered"], named(2, &format!("{NAME}Ada; -\r\n"))),
        of(3, &[], named(3, &format!("{NAME}Ada Lovelace\r\n"))),
        of(4, &[], sound(4)),
        of(5, &[], sound(5)),
        of(6, &["\\Seen"], sound(6)),
    ];
    let private = (
        "Message-ID: <p@x>".to_owned(),
        vec!["\\Deleted".to_owned()],
        PRIVATE.to_owned(),
    );
    all.push(private);
    all.sort();
    all
}

#[test]
fn what_can_be_repaired_is_and_nothing_else_is_touched() {
    let site = Site::new(DovecotOptions::default(), &["a"]);
    fill(&site, "a");
    let before = state(&site, "a");
    let conf = site.conf("a", site.server.port());
    let dry = site.audit(&conf, &["--fix", "--dry-run"]).status(4);
    assert_eq!(dry.summary()["repairs"]["planned"], 5);
    site.audit(&conf, &["--fix"]).status(5); // nobody to ask
    assert_eq!(
        state(&site, "a"),
        before,
        "nothing is done before it is confirmed"
    );
    assert!(!site.dir.path().join("state").exists());
    let ran = site.fix("a").status(0);
    assert_eq!(ran.summary()["repairs"]["done"], 5, "{}", ran.stdout);
    assert_eq!(state(&site, "a"), repaired());
    assert!(site.messages("a", "Old").is_empty());
    let uids =
        |site: &Site| -> Vec<u32> { site.messages("a", "INBOX").iter().map(|m| m.uid).collect() };
    let there = uids(&site);
    assert!(there.contains(&1), "the private message kept its UID");
    // A second run finds nothing to do.
    let again = site.fix("a").status(0);
    assert_eq!(again.summary()["repairs"]["planned"], 0);
    assert_eq!(uids(&site), there);
    let log = fs::read_to_string(site.dir.path().join("state/journal/repairs.jsonl")).unwrap();
    assert!(log.lines().count() >= 10 && log.contains("\"removing\""));
}

#[test]
fn two_faulty_messages_of_equal_octets_are_two_repaired_ones() {
    let site = Site::new(DovecotOptions::default(), &["a"]);
    site.put("a", "INBOX", "()", &named(1, ""));
    site.put("a", "INBOX", "()", &named(1, ""));
    let ran = site.fix("a");
    assert_eq!(ran.summary()["repairs"]["done"], 2, "{}", ran.stdout);
    assert_eq!(state(&site, "a").len(), 2);
}

#[test]
fn an_encoded_name_is_written_plain_and_a_date_is_put_right_only_when_it_is_named() {
    let site = Site::new(DovecotOptions::default(), &["a"]);
    let encoded = named(1, &format!("{NAME}=?utf-8?Q?Jos=C3=A9?=\r\n"));
    let plain = named(1, &format!("{NAME}Jos\r\n"));
    let other = "\"01-Feb-2020 10:00:00 +0000\"";
    let mut raw = site.server.raw("a");
    raw.append("INBOX", "(\\Seen)", other, encoded.as_bytes())
        .ok();
    let after = |words: &[&str], status, date: &str| {
        let conf = site.conf("a", site.server.port());
        site.audit(&conf, words).status(status);
        let messages = site.messages("a", "INBOX");
        assert_eq!(messages.len(), 1);
        assert_eq!(messages[0].internal_date, date.trim_matches('"'));
        let text = String::from_utf8(messages[0].body.clone()).unwrap();
        let (mark, rest) = text.split_once("\r\n").unwrap();
        assert!(mark.starts_with("X-Vmimap-Repair-Of: "), "{mark}");
        let rest = rest
            .split_once("X-Vmimap-Repair-Of: ")
            .map_or(rest, |(_, rest)| rest.split_once("\r\n").unwrap().1);
        assert_eq!(rest, plain);
    };
    after(&["--fix", "--yes"], 4, other);
    after(&["--fix", "dates", "--yes"], 0, DATE);
}

#[test]
fn duplicates_go_only_when_they_are_named_and_only_true_ones() {
    let site = Site::new(DovecotOptions::default(), &["a"]);
    site.put("a", "INBOX", "(\\Deleted)", PRIVATE);
    site.put("a", "INBOX", "()", &sound(1));
    site.put("a", "INBOX", "()", &sound(1)); // UID 3: the same
    site.put("a", "INBOX", "(\\Seen)", &sound(1)); // UID 4: heard
    site.put(
        "a",
        "INBOX",
        "()",
        &sound(1).replace("Caller-ID-Num: ", "Caller-ID-Num: 9"),
    ); // UID 5
    let uids = || -> Vec<u32> { site.messages("a", "INBOX").iter().map(|m| m.uid).collect() };
    site.fix("a").status(4);
    assert_eq!(uids(), [1, 2, 3, 4, 5]);
    let conf = site.conf("a", site.server.port());
    let ran = site
        .audit(&conf, &["--fix", "duplicates", "--yes"])
        .status(4);
    assert_eq!(uids(), [1, 2, 4, 5], "{}", ran.stdout);
    assert_eq!(ran.summary()["repairs"]["left"], 2);
}

#[test]
fn without_uidplus_nothing_is_rewritten_and_another_run_is_waited_for() {
    let capability = "IMAP4rev1 SASL-IR LITERAL+ ENABLE IDLE NAMESPACE UNSELECT CHILDREN";
    let options = DovecotOptions {
        capability: Some(capability.to_owned()),
        ..DovecotOptions::default()
    };
    let site = Site::new(options, &["a"]);
    site.put("a", "INBOX", "()", &named(1, ""));
    let before = state(&site, "a");
    let ran = site.fix("a").status(4);
    assert!(
        ran.stdout.contains("the server has no UIDPLUS"),
        "{}",
        ran.stdout
    );
    assert_eq!(state(&site, "a"), before);
    let dir = site.dir.path().join("state");
    let lock = fs::File::create(dir.join("lock")).unwrap();
    lock.lock().unwrap();
    site.fix("a").status(75);
}

#[test]
fn a_folder_that_is_another_by_now_is_left_alone() {
    use std::num::NonZeroU32;
    use vmimap::mailstore::name::MailboxName;
    use vmimap::mailstore::types::{Uid, UidValidity};
    use vmimap::ops::account::Overrides;
    use vmimap::ops::audit::fix::{Action, Outcome, Repair, Workshop};
    use vmimap::ops::stop::Stop;
    use vmimap::voicemail::conf::{LoadOptions, load};
    use vmimap::voicemail::vmbox::VoicemailBox;

    let site = Site::new(DovecotOptions::default(), &["a"]);
    site.put("a", "INBOX", "()", &named(1, ""));
    let before = state(&site, "a");
    let conf = load(&site.conf("a", site.server.port()), &LoadOptions::default()).unwrap();
    let repair = |action| Repair {
        account: "a".into(),
        mailbox: VoicemailBox::new("100", "default"),
        folder: MailboxName::inbox(),
        uid_validity: UidValidity(NonZeroU32::new(1).unwrap()),
        uid: Uid(NonZeroU32::new(1).unwrap()),
        message_id: Some("<1@x>".to_owned()),
        action,
        repairs: 1,
    };
    let actions = [
        Action::Rewrite(Vec::new(), None),
        Action::Flag(true),
        Action::RemoveCopyOf(Uid(NonZeroU32::new(2).unwrap())),
        Action::Move(
            MailboxName::from_wire("Other").unwrap(),
            vmimap::mailstore::types::Flags::default(),
        ),
    ];
    let (overrides, stop) = (Overrides::default(), Stop::default());
    let mut bench = Workshop::open(&conf, &overrides, &stop, site.dir.path(), "test").unwrap();
    let mut refused = 0;
    bench.run(&actions.map(repair), &mut |_, outcome| {
        let (Outcome::Left(why) | Outcome::Failed(why)) = outcome else {
            panic!("{outcome:?}");
        };
        assert!(why.contains("UIDVALIDITY"), "{why}");
        refused += 1;
    });
    assert_eq!(refused, 4);
    assert_eq!(state(&site, "a"), before);
}

/// Cuts the connection of the repairs at every command, or at places spread over all answers, and runs
/// again.
fn cut_everywhere(direction: Direction) {
    // All names are equally long, so that the commands are.
    let users: Vec<String> = (0..150).map(|n| format!("try{n:03}")).collect();
    let names: Vec<&str> = users.iter().map(String::as_str).collect();
    let site = Site::new(DovecotOptions::default(), &names);
    let target = format!("{}:{}", site.server.host(), site.server.port());
    let run = |user: &str, after: usize| {
        fill(&site, user);
        // Connection 0 is the audit's, 1 that of the repairs.
        let proxy = CutProxy::start_at(target.clone(), direction, after, 1);
        let ran = site.audit(&site.conf(user, proxy.port()), &["--fix", "--yes"]);
        (ran, proxy)
    };
    let (whole, proxy) = run(&users[0], usize::MAX);
    whole.status(0);
    let places = match direction {
        Direction::ToServer => proxy.command_ends(),
        Direction::ToClient => (1..40).map(|n| proxy.passed() * n / 40).collect(),
    };
    assert!((39..users.len()).contains(&places.len()), "{places:?}");
    for (user, after) in users[1..].iter().zip(places) {
        let (first, _) = run(user, after);
        assert!(
            [0, 3, 4].contains(&first.status),
            "{after}: {}",
            first.stdout
        );
        // What was written twice for a moment is a duplicate until this run has ended.
        let ended = site.fix(user);
        assert!([0, 4].contains(&ended.status), "{after}: {}", ended.stdout);
        let ends = state(&site, user);
        assert_eq!(
            ends,
            repaired(),
            "cut after {after}: {}{}",
            first.stdout,
            ended.stdout
        );
        assert!(site.messages(user, "Old").is_empty());
        let clean = site.audit(&site.conf(user, site.server.port()), &[]);
        assert_eq!(clean.status, 0, "{after}: {}", clean.stdout);
    }
}

#[test]
fn cut_at_every_command_the_next_run_ends_in_the_same_state() {
    cut_everywhere(Direction::ToServer);
}

#[test]
fn cut_anywhere_on_the_way_from_the_server_the_next_run_ends_in_the_same_state() {
    cut_everywhere(Direction::ToClient);
}
