//! `vmimap expunge` against a real Dovecot whose folders hold other people's mail as well.
//! What is left is asked by the tests' own client, to the octet and the flag.

use crate::support;
use support::dovecot_config::DovecotOptions;
use support::raw_imap::StoredMessage;
use support::removal_site::{DATE, LONG_AGO, RemovalSite, voicemail};

fn site() -> RemovalSite {
    RemovalSite::new(DovecotOptions::default())
}

fn ids(messages: &[StoredMessage]) -> Vec<String> {
    let id = |message: &StoredMessage| {
        let text = String::from_utf8_lossy(&message.body).into_owned();
        let line = text.lines().find(|line| line.starts_with("Message-ID: "));
        line.unwrap()["Message-ID: ".len()..].to_owned()
    };
    messages.iter().map(id).collect()
}

#[test]
fn only_the_mailboxs_own_voicemail_goes_and_all_else_stays_as_it_was() {
    let site = site();
    let before = site.left("INBOX");
    let ran = site.vmimap("expunge", &["200@default", "--yes"]).run();
    ran.status(0).silent();
    site.only_gone("INBOX", &before, &[1, 2, 3, 4, 13]);
    // Nothing is left to do, and that is no failure.
    let again = site.vmimap("expunge", &["200@default", "--yes"]).run();
    again.status(0).silent();
    site.only_gone("INBOX", &before, &[1, 2, 3, 4, 13]);
}

#[test]
fn every_criterion_has_to_be_met() {
    for (words, gone) in [
        (&["--state", "old"][..], &[1, 3, 13][..]),
        (&["--state", "new"], &[2, 4]),
        (&["--state", "old", "--older-than", "90d"], &[1, 3]),
        (&["--older-than", "90d"], &[1, 2, 3]),
        (&["--since", "90d"], &[4]),
        (&["--deleted"], &[3]),
        (&["--folder", "INBOX"], &[2, 4]),
        (&["--folder", "Old", "--uid", "1,2:4"], &[1, 3]),
        (&["--folder", "Work"], &[]),
        (
            &["--caller", "ada*", "--msg-id", "1795427561-00000002"],
            &[2],
        ),
        (&["--caller", "5550101"], &[]),
        (&["--longer-than", "62"], &[]),
        (&["--shorter-than", "61s", "--state", "new"], &[2, 4]),
        (&["--larger-than", "1M"], &[]),
    ] {
        let site = site();
        let before = site.left("INBOX");
        let call = site.vmimap("expunge", &["200@default", "--yes"]);
        call.args(words).run().status(0);
        site.only_gone("INBOX", &before, gone);
    }
}

#[test]
fn a_dry_run_prints_the_lines_of_the_run_and_changes_nothing() {
    let site = site();
    let before = site.left("INBOX");
    let words = ["200@default", "--state", "old", "-v"];
    let dry = site.vmimap("expunge", &words).arg("-n").run().status(0);
    site.only_gone("INBOX", &before, &[]);
    assert!(!site.dir().join("state").exists());
    let run = site.vmimap("expunge", &words).arg("--yes").run().status(0);
    let lines = |text: &str| -> Vec<String> {
        let lines = text
            .lines()
            .filter(|line| !line.contains(" looked at, in "));
        lines.map(str::to_owned).collect()
    };
    let (dry, mut run) = (lines(&dry.stdout), lines(&run.stdout));
    assert_eq!(run.pop().unwrap(), "3 messages removed for good, 1.6 KiB.");
    assert_eq!(dry, run);
    assert!(
        dry[0].starts_with("200@default: 3 of 5 messages, 1.6 KiB (INBOX 3)"),
        "{dry:?}"
    );
    let marked = "INBOX of u@127.0.0.1:";
    assert!(
        dry.iter().any(|line| line.starts_with(marked)
            && line.ends_with("2 other messages with \\Deleted will not be touched")),
        "{dry:?}"
    );
}

#[test]
fn without_a_selection_without_an_answer_and_over_the_bound_nothing_is_touched() {
    let site = site();
    let before = site.left("INBOX");
    for (words, status, says) in [
        (&["--yes"][..], 2, "say which messages are to go"),
        (
            &["--exclude", "7", "--yes"],
            2,
            "say which messages are to go",
        ),
        (&["200@default"], 5, "--yes removes without asking"),
        (
            &["200@default", "--yes", "--max-delete", "4"],
            5,
            "5 of 5 messages are more than --max-delete 4",
        ),
        (
            &["*@default", "--yes", "--max-delete", "90%"],
            5,
            "8 of 8 messages are more than --max-delete 90%",
        ),
        (&["200", "--uid", "1", "--yes"], 2, "--folder"),
        (
            &["2*", "--uid", "1", "--folder", "Old", "--yes"],
            2,
            "one mailbox",
        ),
        (
            &["--purge-trash", "--older-than", "1d", "--yes"],
            2,
            "--trash",
        ),
        (
            &["200", "--yes", "--trash", "Work"],
            3,
            "cannot be the trash",
        ),
        (
            &["4711", "--yes"],
            1,
            "no mailbox of voicemail.conf matches",
        ),
    ] {
        let ran = site.vmimap("expunge", words).run().status(status);
        assert!(ran.stderr.contains(says), "{words:?}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{words:?}");
    }
    site.only_gone("INBOX", &before, &[]);
}

#[test]
fn what_belongs_to_two_mailboxes_goes_only_with_both() {
    let site = site();
    let before = site.left("INBOX");
    let one = site
        .vmimap("expunge", &["7", "--yes", "-v"])
        .run()
        .status(0);
    assert!(one.stderr.contains("[VMX004]"), "{}", one.stderr);
    site.only_gone("INBOX", &before, &[]);
    let both = site.vmimap("expunge", &["7", "8", "--yes", "--json"]).run();
    assert_eq!(both.status(0).count("removed"), 1);
    site.only_gone("INBOX", &before, &[10]);
}

#[test]
fn every_folder_and_every_account_is_worked_on_and_the_counts_are_right() {
    let site = site();
    site.mail().command("CREATE Work").ok();
    site.fill("Work");
    let mail = voicemail("5001", "sales", 1, &[("Orig-time", LONG_AGO)]);
    let mut other = site.dovecot.raw("v");
    other.append("INBOX", "(\\Seen)", DATE, &mail).ok();
    let (inbox, work) = (site.left("INBOX"), site.left("Work"));
    let words = ["--older-than", "90d", "--state", "old", "--yes", "--json"];
    let ran = site.vmimap("expunge", &words).run().status(0);
    // 1, 3, 5 and 10 of INBOX, and that of 5001: old is a list of the phone, and what was saved to
    // Work is not in it.
    assert_eq!(ran.count("removed"), 5);
    assert_eq!(ran.count("marked_by_others"), 2);
    assert_eq!(ran.count("messages"), 2 * 8 + 1);
    site.only_gone("INBOX", &inbox, &[1, 3, 5, 10]);
    site.only_gone("Work", &work, &[]);
    let saved = [&words[..], &["--folder", "Work"]].concat();
    let saved = site.vmimap("expunge", &saved).run().status(0);
    assert_eq!(saved.count("removed"), 4);
    assert_eq!(saved.count("marked_by_others"), 2);
    site.only_gone("Work", &work, &[1, 3, 5, 10]);
    assert_eq!(site.dovecot.raw("v").message_count("INBOX"), 0);
    let untold = ran.json().into_iter().find(|line| line["code"] == "VMX003");
    assert!(untold.is_some());
}

#[test]
fn a_trash_takes_the_messages_as_they_are_and_is_purged_by_its_own_clock() {
    for (prefix, separator) in [("", '.'), ("INBOX.", '.')] {
        let site = RemovalSite::new(DovecotOptions {
            prefix: prefix.to_owned(),
            separator,
            ..DovecotOptions::default()
        });
        let trash = format!("{prefix}Voicemail-Trash");
        let before = site.left("INBOX");
        let words = [
            "200",
            "--state",
            "old",
            "--yes",
            "--trash",
            "Voicemail-Trash",
        ];
        site.vmimap("expunge", &words).run().status(0).silent();
        site.only_gone("INBOX", &before, &[1, 3, 13]);
        let there = site.left(&trash);
        assert_eq!(
            ids(&there),
            [
                "<Asterisk-1@test>",
                "<Asterisk-3@test>",
                "<Asterisk-13@test>"
            ]
        );
        assert_eq!(there[0].body, before[0].body);
        site.mail()
            .append(&trash, "(\\Deleted)", DATE, b"Subject: mine\r\n\r\nx\r\n")
            .ok();
        let there = site.left(&trash);
        // They are old, but have not been here for two days.
        let purge = ["--purge-trash", "--trash", "Voicemail-Trash", "--yes"];
        let young = site.vmimap("expunge", &purge).args(&["--older-than", "2d"]);
        young.run().status(0);
        site.only_gone(&trash, &there, &[]);
        let by_time_left = site.vmimap("expunge", &purge).args(&["--until", "90d"]);
        by_time_left.run().status(0);
        site.only_gone(&trash, &there, &[1, 2]);
        site.only_gone("INBOX", &before, &[1, 3, 13]);
    }
}

#[test]
fn without_move_the_trash_is_filled_by_copies_and_without_savedate_nothing_is_purged() {
    let site = RemovalSite::new(DovecotOptions {
        capability: Some("IMAP4rev1 SASL-IR LITERAL+ UIDPLUS NAMESPACE".to_owned()),
        ..DovecotOptions::default()
    });
    let before = site.left("INBOX");
    let words = ["200", "--state", "old", "--yes", "--trash", "Bin"];
    site.vmimap("expunge", &words).run().status(0).silent();
    site.only_gone("INBOX", &before, &[1, 3, 13]);
    assert_eq!(site.left("Bin").len(), 3);
    let purge = [
        "--purge-trash",
        "--trash",
        "Bin",
        "--older-than",
        "0d",
        "--yes",
    ];
    let ran = site.vmimap("expunge", &purge).run().status(5);
    assert!(ran.stderr.contains("SAVEDATE"), "{}", ran.stderr);
    assert_eq!(site.left("Bin").len(), 3);
}

#[test]
fn a_server_without_uidplus_is_refused_in_the_dry_run_already() {
    let site = RemovalSite::new(DovecotOptions {
        capability: Some("IMAP4rev1 SASL-IR LITERAL+ NAMESPACE".to_owned()),
        ..DovecotOptions::default()
    });
    let before = site.left("INBOX");
    for flag in ["--yes", "--dry-run"] {
        let ran = site.vmimap("expunge", &["200", flag]).run().status(5);
        assert!(ran.stderr.contains("UIDPLUS"), "{}", ran.stderr);
        assert!(ran.stderr.contains("anybody has marked"), "{}", ran.stderr);
        site.only_gone("INBOX", &before, &[]);
    }
}

#[test]
fn a_folder_in_which_something_changes_is_left_alone() {
    let site = site();
    site.mail().command("CREATE Work").ok();
    site.fill("Work");
    let (inbox, work) = (site.left("INBOX"), site.left("Work"));
    let words = [
        "200",
        "--state",
        "new",
        "--folder",
        "INBOX",
        "--folder",
        "Work",
        "--quiet-for",
        "4s",
        "--yes",
        "--json",
    ];
    let child = site.vmimap("expunge", &words).spawn();
    std::thread::sleep(std::time::Duration::from_millis(2500));
    let mut raw = site.mail();
    raw.command("SELECT Work").ok();
    raw.command("UID STORE 7 -FLAGS (\\Seen)").ok();
    let ran: support::cli::Ran = child.wait_with_output().unwrap().into();
    let ran = ran.status(3);
    assert_eq!((ran.count("removed"), ran.count("busy")), (2, 2));
    site.only_gone("INBOX", &inbox, &[2, 4]);
    assert_eq!(site.left("Work").len(), work.len());
}

#[test]
fn a_second_run_at_the_same_time_is_told_so() {
    let site = site();
    let before = site.left("INBOX");
    let words = ["200", "--quiet-for", "3s", "--yes"];
    let first = site.vmimap("expunge", &words).spawn();
    std::thread::sleep(std::time::Duration::from_secs(1));
    let second = site.vmimap("expunge", &["2001", "--yes"]).run().status(75);
    assert!(
        second.stderr.contains("holds the lock"),
        "{}",
        second.stderr
    );
    let first: support::cli::Ran = first.wait_with_output().unwrap().into();
    first.status(0);
    site.only_gone("INBOX", &before, &[1, 2, 3, 4, 13]);
}

#[test]
fn an_account_that_cannot_be_reached_or_entered_is_a_failure_and_the_others_go_on() {
    let site = site();
    let conf = std::fs::read_to_string(site.conf()).unwrap();
    let wrong = conf.replace(
        "imapuser=v|imappassword=secret",
        "imapuser=v|imappassword=no",
    );
    std::fs::write(site.conf(), wrong).unwrap();
    let before = site.left("INBOX");
    let ran = site
        .vmimap("expunge", &["--state", "new", "--yes", "--json"])
        .run()
        .status(3);
    assert_eq!(
        (ran.count("removed"), ran.count("mailboxes_failed")),
        (3, 1)
    );
    site.only_gone("INBOX", &before, &[2, 4, 6]);
    let only = site.vmimap("expunge", &["5001", "--yes"]).run();
    assert!(only.stderr.contains("5001@sales: "), "{}", only.stderr);
    only.status(11);
    site.name_port(1, "");
    site.vmimap("expunge", &["200", "--yes"]).run().status(10);
}
