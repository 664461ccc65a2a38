//! `audit` against a real Dovecot: what a real Asterisk wrote is clean, what would harm it is found,
//! and nothing is touched.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;
use std::fs;

use support::audit::{audit, codes, conf, findings, line, put, server, voicemail};
use support::dovecot::Dovecot;
use support::fixtures::{PASSWORD, fixture};

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
