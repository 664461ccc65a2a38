//! `audit` against a real Dovecot: what a real Asterisk wrote is clean, what would harm it is found,
//! and nothing is touched.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use support::cli::{Ran, Vmimap};
use support::dovecot::{Dovecot, DovecotOptions, User};
use support::fixtures::{PASSWORD, fixture};

/// A voicemail.conf of these mailbox lines (`[context]` lines among them) for this server.
fn conf(server: &Dovecot, general: &str, lines: &str) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("voicemail.conf");
    let (host, port) = (server.host(), server.port());
    let text = format!(
        "[general]\nimapserver={host}\nimapport={port}\nimapflags=notls\n{general}\n{lines}\n"
    );
    fs::write(&path, text).unwrap();
    (dir, path)
}

/// `number => ...` with an account of its own.
fn line(number: &str, user: &str) -> String {
    format!("{number} => 1,,,,imapuser={user}|imappassword={PASSWORD}\n")
}

fn server(users: &[&str]) -> Dovecot {
    Dovecot::start(DovecotOptions {
        users: users.iter().map(|user| User::new(user, PASSWORD)).collect(),
        ..DovecotOptions::default()
    })
}

fn audit(conf: &Path) -> Vmimap {
    Vmimap::new(["audit", "--json"])
        .arg("--voicemail-conf")
        .arg(conf)
}

/// The findings: code, mailbox, folder and UID of each.
fn findings(ran: &Ran) -> Vec<(String, String, String, u64)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = ran
        .json()
        .into_iter()
        .filter(|line| line["type"] == "finding");
    let mut found: Vec<_> = all
        .map(|line| {
            let uid = line["uid"].as_u64().unwrap_or(0);
            (
                text(&line["code"]),
                text(&line["mailbox"]),
                text(&line["folder"]),
                uid,
            )
        })
        .collect();
    found.sort();
    found
}

fn codes(ran: &Ran) -> BTreeMap<String, u64> {
    let mut codes = BTreeMap::new();
    for (code, ..) in findings(ran) {
        *codes.entry(code).or_default() += 1;
    }
    codes
}

/// Puts the recorded messages where they were, with their flags and dates.
fn genuine(server: &Dovecot) {
    let index = fs::read_to_string(fixture("genuine-imap/INDEX.tsv")).unwrap();
    for line in index.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [file, user, folder, _, flags, date, _] = columns[..] else {
            panic!("{line}");
        };
        let mut raw = server.raw(user);
        if folder != "INBOX" {
            raw.command(&format!("CREATE {folder}"));
        }
        let message = fs::read(fixture("genuine-imap").join(file)).unwrap();
        let flags = flags.replace("\\Recent", "");
        let (flags, date) = (format!("({})", flags.trim()), format!("\"{date}\""));
        raw.append(folder, &flags, &date, &message).ok();
    }
}

#[test]
fn what_asterisk_wrote_is_clean_but_for_the_copies_its_phone_made() {
    let users = ["u1", "u2", "u3", "u6", "u7", "u15"];
    let server = server(&users);
    genuine(&server);
    let (_dir, conf) = conf(
        &server,
        "imapgreetings=yes\ngreetingsfolder=Greetings",
        &format!(
            "[default]\n{}{}{}300 => 1,,,,imapuser=u7|imappassword={PASSWORD}|imapvmshareid=group1\n\
             [sales]\n{}{}",
            line("4123", "u1"),
            line("4124", "u2"),
            line("4125", "u3"),
            line("4123", "u6"),
            line("5001", "u15"),
        ),
    );
    let before: Vec<_> = users
        .iter()
        .map(|user| server.raw(user).messages("INBOX"))
        .collect();
    let ran = audit(&conf).arg("--audio").run().status(0);
    // Three copies by the phone's save; a name of 92 characters and one with a semicolon
    // (tests/fixtures/README.md); and one tone in all calls.
    let expected = [("VMA040", 1), ("VMA041", 2), ("VMA066", 3), ("VMA069", 10)];
    assert_eq!(
        codes(&ran),
        expected.map(|(code, n)| (code.to_owned(), n)).into()
    );
    let copies: Vec<_> = findings(&ran)
        .into_iter()
        .filter(|f| f.0 == "VMA066")
        .map(|f| f.2)
        .collect();
    assert_eq!(copies, ["Family", "Friends", "Work"]);
    let summary = ran.summary();
    assert_eq!(
        (&summary["messages"], &summary["recordings"]),
        (&23.into(), &23.into())
    );
    let after: Vec<_> = users
        .iter()
        .map(|user| server.raw(user).messages("INBOX"))
        .collect();
    assert_eq!(before, after, "nothing is touched, no \\Seen set");
    assert_eq!(audit(&conf).run().status(0).summary()["findings"], 6);
}

/// A voicemail as Asterisk writes it, for a mailbox, with one recorded second of GSM.
fn voicemail(extension: &str, context: &str, id: u32) -> String {
    let genuine = fs::read_to_string(fixture("genuine-imap/u7-INBOX-2.eml")).unwrap();
    let mut message = String::new();
    for line in genuine.split_inclusive("\r\n") {
        let replaced = match line.split_once(": ").map(|(name, _)| name) {
            Some("X-Asterisk-VM-Extension") => format!("X-Asterisk-VM-Extension: {extension}\r\n"),
            Some("X-Asterisk-VM-Context") => format!("X-Asterisk-VM-Context: {context}\r\n"),
            Some("Message-ID") => format!("Message-ID: <test-{id}@x>\r\n"),
            Some("X-Asterisk-VM-Message-ID") => format!("X-Asterisk-VM-Message-ID: 1-{id:08x}\r\n"),
            _ => line.to_owned(),
        };
        message.push_str(&replaced);
    }
    message
}

const DATE: &str = "\"23-Nov-2026 09:59:16 +0000\"";

fn put(server: &Dovecot, user: &str, folder: &str, flags: &str, message: &str) {
    let mut raw = server.raw(user);
    raw.command(&format!("CREATE {folder}"));
    raw.append(folder, flags, DATE, message.as_bytes()).ok();
}

#[test]
fn faults_are_found_where_they_lie_and_ordinary_mail_is_passed_over() {
    let server = server(&["a", "b"]);
    let sound = |id| voicemail("100", "default", id);
    let name = "X-Asterisk-VM-Caller-ID-Name";
    let nameless: String = sound(1)
        .split_inclusive("\r\n")
        .filter(|line| !line.starts_with(name))
        .collect();
    put(
        &server,
        "a",
        "INBOX",
        "()",
        "Subject: private\r\n\r\nhello\r\n",
    );
    put(&server, "a", "INBOX", "()", &nameless); // UID 2
    let no_parameter = sound(2).replace("; name=\"msg0000.WAV\"\r\n", "\r\n");
    put(&server, "a", "INBOX", "()", &no_parameter);
    put(&server, "a", "INBOX", "(\\Deleted)", &sound(3));
    put(&server, "a", "INBOX", "()", &sound(4));
    put(&server, "a", "INBOX", "()", &sound(4)); // UID 6: twice
    put(&server, "a", "Urgent", "()", &sound(5));
    put(&server, "a", "INBOX", "()", &voicemail("999", "default", 6)); // UID 7
    put(&server, "a", "INBOX", "()", &voicemail("200", "sales", 7));
    let pcm = sound(8).replace("msg0000.WAV", "msg0000.wav");
    put(&server, "a", "INBOX", "()", &pcm); // UID 9
    let unnamed = sound(9).replace("X-Asterisk-VM-Context: default\r\n", "");
    put(&server, "a", "INBOX", "()", &unnamed); // UID 10
    let encapsulated = format!(
        "X-Asterisk-VM-Context: default\r\nX-Asterisk-VM-Extension: 100\r\n{name}: A\r\n\
         X-Asterisk-VM-Orig-time: 1795427956\r\nContent-Type: message/rfc822\r\n\r\n{}",
        sound(10)
    );
    put(&server, "a", "INBOX", "()", &encapsulated); // UID 11
    let lines = format!(
        "[default]\n{}[sales]\n{}",
        line("100", "a"),
        line("200", "b")
    );
    let (_dir, conf) = conf(&server, "", &lines);
    let ran = audit(&conf).arg("--audio").run().status(4);
    let found: Vec<(String, u64)> = findings(&ran)
        .into_iter()
        .map(|(code, _, folder, uid)| (format!("{code} {folder}"), uid))
        .filter(|(place, _)| !place.starts_with("VMA069") && !place.starts_with("VMA065"))
        .collect();
    let expected = [
        ("VMA001 INBOX", 2),
        ("VMA002 INBOX", 3),
        ("VMA003 INBOX", 11),
        ("VMA013 INBOX", 9),
        ("VMA050 INBOX", 10),
        ("VMA051 INBOX", 8),
        ("VMA052 Urgent", 1),
        ("VMA053 INBOX", 4),
        ("VMA063 INBOX", 6),
        ("VMA070 INBOX", 7),
    ];
    assert_eq!(
        found,
        expected.map(|(place, uid)| (place.to_owned(), uid)),
        "{}",
        ran.stdout
    );
    assert_eq!(ran.count("other_mail"), 1);
    // Rules can be chosen and left out, by code and by harm.
    let only = audit(&conf)
        .args(&["--rule", "crash", "--ignore", "vma002"])
        .run()
        .status(4);
    assert_eq!(
        codes(&only),
        [("VMA001".to_owned(), 1), ("VMA003".to_owned(), 1)].into()
    );
    let none = audit(&conf).args(&["--rule", "privacy"]).run().status(0);
    assert_eq!(none.summary()["findings"], 0);
    // A mailbox in another account does not pay for its neighbours' faults.
    assert_eq!(
        codes(&audit(&conf).arg("200@sales").run().status(0)),
        BTreeMap::new()
    );
}

#[test]
fn what_only_the_whole_account_shows_is_found_too() {
    let server = server(&["a"]);
    for id in 0..3 {
        put(
            &server,
            "a",
            "Work",
            "(\\Seen)",
            &voicemail("100", "default", id),
        );
    }
    put(
        &server,
        "a",
        "Greetings",
        "()",
        "Subject: hello\r\n\r\nno attachment\r\n",
    );
    let boxes = format!("[default]\n{}{}", line("100", "a"), line("1001", "a"));
    let (_dir, conf) = conf(
        &server,
        "maxmsg=2\nimapgreetings=yes\ngreetingsfolder=Greetings",
        &boxes,
    );
    let found = findings(&audit(&conf).run().status(4));
    let found: Vec<(&str, &str, &str)> = found
        .iter()
        .map(|(code, mailbox, folder, _)| (code.as_str(), mailbox.as_str(), folder.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("VMA060", "100@default", ""),
            ("VMA062", "", "Greetings"),
            ("VMA090", "100@default", ""),
            ("VMA091", "", "Greetings"),
        ]
    );
}

#[test]
fn folders_without_the_servers_prefix_are_closed_to_the_phone() {
    let server = Dovecot::start(DovecotOptions {
        users: vec![User::new("a", PASSWORD)],
        prefix: "INBOX.".to_owned(),
        quota: false,
        ..DovecotOptions::default()
    });
    put(
        &server,
        "a",
        "INBOX.Work",
        "()",
        &voicemail("100", "default", 1),
    );
    put(
        &server,
        "a",
        "INBOX.Archive",
        "()",
        &voicemail("100", "default", 2),
    );
    put(&server, "a", "INBOX", "()", &voicemail("100", "default", 3));
    let (_dir, conf) = conf(&server, "", &format!("[default]\n{}", line("100", "a")));
    let folders = |ran: Ran| -> Vec<String> {
        let found = findings(&ran).into_iter();
        found
            .map(|(code, _, folder, _)| format!("{code} {folder}"))
            .collect()
    };
    let named = folders(audit(&conf).run().status(4));
    assert_eq!(named, ["VMA052 INBOX.Work"]);
    let all = folders(audit(&conf).arg("--all-folders").run().status(4));
    assert_eq!(all, ["VMA052 INBOX.Archive", "VMA052 INBOX.Work"]);
}

#[test]
fn spool_files_and_accounts_are_compared_with_voicemail_conf() {
    let server = server(&["a"]);
    let lines = format!("[default]\n{}101 => 1,No imap\n", line("100", "a"));
    let (dir, conf) = conf(&server, "", &lines);
    let spool = dir.path().join("spool");
    for (path, files) in [
        (
            "default/100/INBOX",
            &["msg0000.txt", "msg0001.txt", "msg0001.WAV"][..],
        ),
        ("elsewhere/7/INBOX", &["msg0000.txt"]),
    ] {
        fs::create_dir_all(spool.join(path)).unwrap();
        for file in files {
            let file = spool.join(path).join(file);
            fs::write(&file, "x").unwrap();
            let old = std::time::SystemTime::now() - std::time::Duration::from_mins(10);
            fs::File::options()
                .write(true)
                .open(&file)
                .unwrap()
                .set_modified(old)
                .unwrap();
        }
    }
    let list = dir.path().join("accounts");
    fs::write(&list, "# all\nb\nc\n").unwrap();
    let ran = audit(&conf)
        .arg("--spool")
        .arg(&spool)
        .arg("--accounts")
        .arg(&list)
        .run()
        .status(4);
    let places: Vec<String> = findings(&ran)
        .into_iter()
        .map(|(code, mailbox, folder, _)| format!("{code} {mailbox} {folder}"))
        .collect();
    assert_eq!(
        places,
        [
            "VMA068 100@default default/100/INBOX",
            "VMA071  ",
            "VMA071  ",
            "VMA072 100@default ",
            "VMA073  elsewhere/7",
            "VMA074 101@default ",
            "VMA092 100@default default/100/INBOX",
        ]
    );
    fs::write(&list, "\n").unwrap();
    audit(&conf).arg("--accounts").arg(&list).run().status(1);
}

#[test]
fn what_cannot_be_read_is_named_and_never_ends_well() {
    let server = Dovecot::start(DovecotOptions {
        users: vec![User::new("a", PASSWORD), User::new("b", PASSWORD)],
        acl: true,
        ..DovecotOptions::default()
    });
    put(&server, "a", "Work", "()", &voicemail("100", "default", 1));
    put(&server, "a", "INBOX", "()", &voicemail("100", "default", 2));
    server.raw("a").command("SETACL Work a l").ok();
    let lines = format!(
        "[default]\n{}200 => 1,,,,imapuser=b|imappassword=wrong\n",
        line("100", "a")
    );
    let (_dir, conf) = conf(&server, "", &lines);
    let ran = audit(&conf).run().status(3);
    assert_eq!(codes(&ran), [("VMA098".to_owned(), 1)].into());
    assert_eq!(ran.count("mailboxes_failed"), 2);
    let failed: Vec<Value> = ran
        .json()
        .into_iter()
        .filter(|l| l["type"] == "failure")
        .collect();
    assert_eq!(failed.len(), 2);
    audit(&conf).arg("200").run().status(11);
    let nagios = || Vmimap::new(["audit", "--nagios", "--voicemail-conf"]).arg(&conf);
    let ran = nagios().arg("200").run().status(3);
    assert!(
        ran.stdout.starts_with("VMIMAP AUDIT UNKNOWN: Not complete"),
        "{}",
        ran.stdout
    );
    assert_eq!(nagios().run().status(2).stdout.lines().count(), 1);
}

#[test]
fn a_strangers_text_moves_nobodys_cursor_and_a_table_stays_short() {
    let server = server(&["a"]);
    for id in 0..8 {
        let evil = voicemail("100", "default", id).replace("Orig-time: 1", "Orig-time: \u{1b}[2J1");
        put(&server, "a", "INBOX", "()", &evil);
    }
    let (_dir, conf) = conf(&server, "", &format!("[default]\n{}", line("100", "a")));
    let run = |words: &[&str]| {
        Vmimap::new(["audit", "--voicemail-conf"])
            .arg(&conf)
            .args(words)
            .run()
            .status(4)
    };
    let table = run(&[]);
    assert!(!table.stdout.contains('\u{1b}'), "{}", table.stdout);
    assert_eq!(table.stdout.matches("u{1b}").count(), 5);
    assert!(
        table.stdout.contains("and 3 more like these"),
        "{}",
        table.stdout
    );
    assert!(
        table
            .stdout
            .contains("8 voicemails of 1 mailbox looked at: 0 errors, 8 warnings")
    );
    for style in ["--csv", "--tsv"] {
        let file = run(&[style]);
        assert!(!file.stdout.contains('\u{1b}'));
        assert_eq!(file.stdout.lines().count(), 9, "{}", file.stdout);
    }
    let explained = Vmimap::new(["audit", "--explain", "vma036"])
        .run()
        .status(0);
    assert!(explained.stdout.contains("VMA036: an impossible Orig-time"));
    assert!(explained.stdout.lines().all(|line| line.len() <= 80));
    Vmimap::new(["audit", "--explain", "VMA999"])
        .run()
        .status(2);
    Vmimap::new(["audit", "--rule", "nonsense"]).run().status(2);
}
