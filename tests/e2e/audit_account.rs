//! `audit` against a real Dovecot: what only a whole account, the spool or the server shows, what cannot
//! be read, and how it is written.

use crate::support;
use std::fs;

use serde_json::Value;
use support::audit::{audit, codes, conf, findings, line, put, server, voicemail};
use support::cli::{Ran, Vmimap};
use support::dovecot::{Dovecot, DovecotOptions, User};
use support::fixtures::PASSWORD;

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
            ("VMA004", "100@default", ""),
            ("VMA005", "", "Greetings"),
            ("VMA060", "100@default", ""),
            ("VMA062", "", "Greetings"),
        ]
    );
}

#[test]
fn messages_that_will_be_old_together_count_together() {
    let server = server(&["a"]);
    for (id, flags) in [(0, "()"), (1, "()"), (2, "(\\Seen)")] {
        put(
            &server,
            "a",
            "INBOX",
            flags,
            &voicemail("100", "default", id),
        );
    }
    let boxes = format!("[default]\n{}", line("100", "a"));
    let (_dir, full) = conf(&server, "maxmsg=3", &boxes);
    assert!(codes(&audit(&full).run().status(0)).is_empty());
    let (_dir, over) = conf(&server, "maxmsg=2", &boxes);
    let found = codes(&audit(&over).run().status(4));
    assert_eq!(found.into_keys().collect::<Vec<_>>(), ["VMA004"]);
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
            "VMA006 100@default default/100/INBOX",
            "VMA068 100@default default/100/INBOX",
            "VMA071  ",
            "VMA071  ",
            "VMA072 100@default ",
            "VMA073  elsewhere/7",
            "VMA074 101@default ",
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

#[test]
fn a_master_user_audits_and_repairs_for_everybody() {
    let server = Dovecot::start(DovecotOptions {
        users: vec![User::new("a", PASSWORD), User::new("b", PASSWORD)],
        master: Some(("boss", "of-all")).map(|(n, p)| (n.to_owned(), p.to_owned())),
        ..DovecotOptions::default()
    });
    put(&server, "a", "Old", "()", &voicemail("100", "default", 1));
    put(
        &server,
        "b",
        "INBOX",
        "(\\Flagged)",
        &voicemail("200", "default", 2),
    );
    let lines = "[default]\n100 => 1,,,,imapuser=a\n200 => 1,,,,imapuser=b\n";
    let (dir, conf) = conf(&server, "authuser=boss\nauthpassword=of-all", lines);
    let codes_before = codes(&audit(&conf).run().status(4));
    let expected = [("VMA052".to_owned(), 1), ("VMA061".to_owned(), 1)];
    assert_eq!(codes_before, expected.into());
    let state = dir.path().join("state");
    let fix = audit(&conf)
        .args(&["--fix", "-y", "--state-dir"])
        .arg(state);
    fix.run().status(0);
    assert!(codes(&audit(&conf).run().status(0)).is_empty());
    assert_eq!(server.raw("a").messages("INBOX")[0].flags, ["\\Seen"]);
    assert!(server.raw("b").messages("INBOX")[0].flags.is_empty());
}

#[test]
fn what_has_no_room_among_what_the_phone_shows_is_not_brought_back() {
    let server = server(&["a"]);
    for (id, folder, flags) in [(0, "INBOX", "(\\Seen)"), (1, "Old", "()"), (2, "Old", "()")] {
        put(
            &server,
            "a",
            folder,
            flags,
            &voicemail("100", "default", id),
        );
    }
    let lines = format!("[default]\n{}", line("100", "a"));
    let (dir, conf) = conf(&server, "maxmsg=2", &lines);
    for _ in 0..2 {
        let call = audit(&conf).args(&["--fix", "--yes", "--state-dir"]);
        let ran = call.arg(dir.path().join("state")).run();
        let mut raw = server.raw("a");
        assert_eq!(
            (raw.messages("INBOX").len(), raw.messages("Old").len()),
            (2, 1),
            "more than maxmsg may end Asterisk: {}",
            ran.stdout
        );
        let said = ran.json();
        let mut left = said.iter().filter(|line| line["code"] == "VMA052");
        let expected = left.next_back().unwrap()["expected"].as_str().unwrap();
        assert!(expected.contains("maxmsg (2)"), "{expected}");
    }
}
