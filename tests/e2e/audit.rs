//! `audit` against a real Dovecot: what a real Asterisk wrote is clean, what would harm it is found,
//! and nothing is touched.

use crate::support;
use std::collections::BTreeMap;
use std::fs;

use support::audit::{audit, codes, conf, findings, line, put, server, voicemail};
use support::cli::Ran;
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
    // Four greetings are listened to as well.
    let summary = ran.summary();
    assert_eq!(
        (&summary["messages"], &summary["recordings"]),
        (&23.into(), &27.into())
    );
    let after: Vec<_> = users
        .iter()
        .map(|user| server.raw(user).messages("INBOX"))
        .collect();
    assert_eq!(before, after, "nothing is touched, no \\Seen set");
    assert_eq!(audit(&conf).run().status(0).summary()["findings"], 6);
}

/// One fault after the other, in account `a`; UIDs stand beside them.
fn plant(server: &Dovecot) {
    let sound = |id| voicemail("100", "default", id);
    let name = "X-Asterisk-VM-Caller-ID-Name";
    let nameless: String = sound(1)
        .split_inclusive("\r\n")
        .filter(|line| !line.starts_with(name))
        .collect();
    put(
        server,
        "a",
        "INBOX",
        "()",
        "Subject: private\r\n\r\nhello\r\n",
    );
    put(server, "a", "INBOX", "()", &nameless); // UID 2
    let no_parameter = sound(2).replace("; name=\"msg0000.WAV\"\r\n", "\r\n");
    put(server, "a", "INBOX", "()", &no_parameter);
    put(server, "a", "INBOX", "(\\Deleted)", &sound(3));
    put(server, "a", "INBOX", "()", &sound(4));
    put(server, "a", "INBOX", "()", &sound(4)); // UID 6: twice
    put(server, "a", "Urgent", "()", &sound(5));
    put(server, "a", "INBOX", "()", &voicemail("999", "default", 6)); // UID 7
    put(server, "a", "INBOX", "()", &voicemail("200", "sales", 7));
    let pcm = sound(8).replace("msg0000.WAV", "msg0000.wav");
    put(server, "a", "INBOX", "()", &pcm); // UID 9
    let unnamed = sound(9).replace("X-Asterisk-VM-Context: default\r\n", "");
    put(server, "a", "INBOX", "()", &unnamed); // UID 10
    let encapsulated = format!(
        "X-Asterisk-VM-Context: default\r\nX-Asterisk-VM-Extension: 100\r\n{name}: A\r\n\
         X-Asterisk-VM-Orig-time: 1795427956\r\nContent-Type: message/rfc822\r\n\r\n{}",
        sound(10)
    );
    put(server, "a", "INBOX", "()", &encapsulated); // UID 11
    let strange = sound(11).replacen("\r\n\r\nUklG", "\r\n\r\nUk!lG", 1);
    put(server, "a", "INBOX", "()", &strange); // UID 12
}

#[test]
fn faults_are_found_where_they_lie_and_ordinary_mail_is_passed_over() {
    let server = server(&["a", "b"]);
    plant(&server);
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
        ("VMA019 INBOX", 12),
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

/// A greeting that Asterisk recorded, called `name`, with what `change` makes of its base64.
fn greeting(name: &str, change: impl Fn(&str) -> String) -> String {
    let genuine = fs::read_to_string(fixture("genuine-imap/u1-Greetings-2.eml")).unwrap();
    let genuine = genuine.replace("\"busy.WAV\"", &format!("\"{name}\""));
    let start = genuine.rfind("\r\n\r\nUklG").unwrap() + 4;
    let end = genuine.rfind("\r\n------voicemail").unwrap();
    let (head, foot) = (&genuine[..start], &genuine[end..]);
    format!("{head}{}{foot}", change(&genuine[start..end]))
}

#[test]
fn greetings_in_a_folder_of_their_own_are_listened_to_as_voicemails_are() {
    let server = server(&["u1"]);
    let whole = |base64: &str| base64.to_owned();
    let half = |base64: &str| base64[..base64.len() / 148 * 74].to_owned();
    for (flags, message) in [
        ("()", greeting("busy.WAV", whole)),
        ("()", greeting("unavail.wav", whole)),
        ("()", greeting("greet.WAV", |_| String::new())),
        ("()", greeting("temp.WAV", half)),
        // Only the first of each name is played.
        ("(\\Seen)", greeting("busy.wav", whole)),
        ("()", "Subject: x\r\n\r\nno greeting\r\n".to_owned()),
    ] {
        put(&server, "u1", "Greetings", flags, &message);
    }
    let before = server.raw("u1").messages("Greetings");
    let general = "imapgreetings=yes\ngreetingsfolder=Greetings";
    let lines = format!("[default]\n{}", line("4123", "u1"));
    let (_dir, alone) = conf(&server, general, &lines);
    let told = |ran: &Ran| -> Vec<(String, String, u64)> {
        let found = findings(ran).into_iter();
        found
            .map(|(code, mailbox, folder, uid)| (code, format!("{mailbox} {folder}"), uid))
            .collect()
    };
    let of =
        |code: &str, mailbox: &str, uid| (code.to_owned(), format!("{mailbox} Greetings"), uid);
    let always = [of("VMA005", "", 6), of("VMA076", "4123@default", 5)];
    assert_eq!(told(&audit(&alone).run().status(4)), always);
    let ran = audit(&alone).arg("--audio").run().status(4);
    assert_eq!(
        told(&ran),
        [
            of("VMA005", "", 6),
            of("VMA013", "4123@default", 2),
            of("VMA014", "4123@default", 3),
            of("VMA015", "4123@default", 4),
            of("VMA076", "4123@default", 5),
        ],
        "{}",
        ran.stdout
    );
    assert_eq!((ran.count("recordings"), ran.count("messages")), (4, 0));
    assert_eq!(server.raw("u1").messages("Greetings"), before, "untouched");
    // Whose they are was not asked for.
    let lines = format!("[default]\n{}{}", line("4123", "u1"), line("5000", "u1"));
    let (_dir, shared) = conf(&server, general, &lines);
    let ran = audit(&shared).args(&["--audio", "5000"]).run();
    assert_eq!(ran.count("recordings"), 0, "{}", ran.stdout);
}
