//! `vmimap list` where something is in the way: accounts that cannot be reached or read, and text
//! from strangers.

use crate::support;
use serde_json::{Value, json};
use support::cli::{Ran, Vmimap};
use support::cut_proxy::{CutProxy, Direction};
use support::dovecot_config::DovecotOptions;
use support::site::{DATE, Site, voicemail};

const TWO_BOXES: &str = "[default]\n1 => 1,A,,,imapuser=u|imappassword=secret\n\
                         2 => 1,B,,,imapuser=v|imappassword=wrong";

fn one_box() -> &'static str {
    "[default]\n4123 => 1,Ada,,,imapuser=u|imappassword=secret"
}

fn list(site: &Site, words: &[&str]) -> Vmimap {
    site.vmimap("list", words)
}

fn lines(ran: &Ran, kind: &str) -> Vec<Value> {
    let all = ran.json().into_iter();
    all.filter(|line| line["type"] == kind).collect()
}

#[test]
fn an_account_that_cannot_be_read_is_named_counted_and_shown() {
    let site = Site::new(DovecotOptions::default(), "", TWO_BOXES);
    site.mail()
        .append("INBOX", "()", DATE, &voicemail("1", "default", &[]))
        .ok();
    let ran = list(&site, &["--json"]).run().status(3);
    let boxes = lines(&ran, "mailbox");
    assert_eq!(boxes[0]["lists"], json!({"new": 1}));
    assert_eq!(
        (&boxes[0]["complete"], &boxes[1]["complete"]),
        (&json!(true), &json!(false))
    );
    assert!(
        boxes[1]["error"]
            .as_str()
            .unwrap()
            .contains("login refused")
    );
    assert_eq!(
        boxes[1].get("messages"),
        None,
        "nothing is known, so nothing is counted"
    );
    assert_eq!(
        (ran.count("mailboxes"), ran.count("mailboxes_failed")),
        (2, 1)
    );
    assert_eq!(ran.summary()["complete"], false);
    let table = list(&site, &[]).run().status(3);
    assert!(
        table.stderr.contains("2@default: login refused"),
        "{}",
        table.stderr
    );
    assert!(
        table
            .stdout
            .contains("Not complete: of 2 mailboxes 1 could not be read wholly."),
        "{}",
        table.stdout
    );
    assert!(
        table.stdout.contains(" 1+ "),
        "the sum is at least: {}",
        table.stdout
    );
    let csv = list(&site, &["--csv"]).run().status(3);
    let row = csv.stdout.lines().nth(2).unwrap();
    assert!(
        row.starts_with("2@default,,,,") && row.contains(",false,"),
        "{row}"
    );
    assert!(csv.stderr.contains("Not complete"), "{}", csv.stderr);
}

#[test]
fn ten_and_eleven_say_that_no_account_was_reached() {
    let site = Site::new(DovecotOptions::default(), "", TWO_BOXES);
    list(&site, &["2"]).run().status(11);
    list(&site, &["--port", "1"]).run().status(10);
}

#[test]
fn a_folder_that_may_not_be_opened_is_not_an_empty_one() {
    let options = DovecotOptions {
        acl: true,
        ..DovecotOptions::default()
    };
    let site = Site::new(options, "", one_box());
    let mut mail = site.mail();
    mail.append("INBOX", "()", DATE, &voicemail("4123", "default", &[]))
        .ok();
    mail.command("CREATE Work").ok();
    mail.append("Work", "()", DATE, &voicemail("4123", "default", &[]))
        .ok();
    mail.command("SETACL Work owner la").ok();
    let ran = list(&site, &["--json", "--messages"]).run().status(3);
    let found = &lines(&ran, "mailbox")[0];
    assert!(found["error"].as_str().unwrap().contains("Work"), "{found}");
    assert_eq!(
        found["lists"],
        json!({"new": 1}),
        "what can be read is listed"
    );
    let table = list(&site, &[]).run().status(3);
    assert!(table.stdout.contains("1+"), "{}", table.stdout);
}

#[test]
fn a_master_user_without_rights_is_told_what_is_missing() {
    for (acl_as_user, status) in [(false, 3), (true, 0)] {
        let options = DovecotOptions {
            acl: true,
            acl_as_user,
            master: Some(("boss".to_owned(), "bosspass".to_owned())),
            ..DovecotOptions::default()
        };
        let general = "authuser=boss\nauthpassword=bosspass\n";
        let site = Site::new(options, general, one_box());
        site.mail()
            .append("INBOX", "()", DATE, &voicemail("4123", "default", &[]))
            .ok();
        let ran = list(&site, &["--json"]).run().status(status);
        let found = &lines(&ran, "mailbox")[0];
        if acl_as_user {
            assert_eq!(found["lists"], json!({"new": 1}));
        } else {
            assert!(
                found["error"].as_str().unwrap().contains("acl_user = %u"),
                "{found}"
            );
        }
    }
}

#[test]
fn a_header_that_hides_whose_it_is_is_an_error() {
    let site = Site::new(DovecotOptions::default(), "", one_box());
    let mut message = format!("X-Asterisk-VM-Context: {}\r\n", "x ".repeat(40_000)).into_bytes();
    message.extend(voicemail("4123", "default", &[]));
    site.mail().append("INBOX", "()", DATE, &message).ok();
    let ran = list(&site, &["--json"]).run().status(3);
    assert_eq!(lines(&ran, "notice")[0]["code"], "VML004");
    assert_eq!(ran.count("errors"), 1);
}

#[test]
fn a_cut_connection_counts_nothing_twice_and_nothing_less() {
    let site = Site::new(DovecotOptions::default(), "", one_box());
    let mut mail = site.mail();
    for _ in 0..50 {
        mail.append("INBOX", "()", DATE, &voicemail("4123", "default", &[]))
            .ok();
    }
    for octets in [1_000, 2_000, 4_000, 8_000, 12_000] {
        let target = format!("{}:{}", site.dovecot.host(), site.dovecot.port());
        let proxy = CutProxy::start(target, Direction::ToClient, octets);
        let port = proxy.port().to_string();
        let ran = list(&site, &["--json", "--messages", "--port", &port]).run();
        let ran = ran.status(0);
        assert_eq!(ran.count("messages"), 50, "cut after {octets}");
        assert_eq!(lines(&ran, "message").len(), 50);
    }
}

#[test]
fn text_from_strangers_moves_no_cursor_and_keeps_its_column() {
    let site = Site::new(DovecotOptions::default(), "", one_box());
    let mut mail = site.mail();
    let name = "a\u{1b}[2J\u{202e}b\tc\u{9b}31m";
    let changed = [("Caller-ID-Name", name), ("Message-ID", "\u{1b}]0;x\u{7}")];
    mail.append("INBOX", "()", DATE, &voicemail("4123", "default", &changed))
        .ok();
    let wide = [("Caller-ID-Name", "渡辺 太郎"), ("Caller-ID-Num", "1")];
    mail.append("INBOX", "()", DATE, &voicemail("4123", "default", &wide))
        .ok();
    for style in [&[] as &[&str], &["--csv"], &["--tsv"], &["--json"]] {
        let ran = list(&site, &["--messages"]).args(style).run().status(0);
        let odd = ran
            .stdout
            .chars()
            .filter(|c| c.is_control() && *c != '\n' && *c != '\t');
        assert_eq!(odd.count(), 0, "{style:?}: {}", ran.stdout);
        if *style == ["--tsv"] {
            let tabs: Vec<usize> = ran
                .stdout
                .lines()
                .map(|l| l.matches('\t').count())
                .collect();
            assert_eq!(tabs, [13, 13, 13]);
        }
        assert!(!ran.stdout.contains('\u{202e}'), "{}", ran.stdout);
        if *style == ["--json"] {
            let message = &lines(&ran, "message")[0];
            assert_eq!(message["caller_name"], name, "escaped, and so unchanged");
        }
    }
    // Two terminal columns a character: what follows stands in line with the row above.
    let table = list(&site, &["--messages"]).run().status(0).stdout;
    let row = table
        .lines()
        .find(|line| line.contains("渡辺 太郎 <1>"))
        .unwrap();
    let head = table.lines().find(|line| line.contains("Length")).unwrap();
    let narrow = head.find("Length").unwrap() + "Length".len();
    let wide = row.find("1:01").unwrap() + "1:01".len();
    // Four characters of three octets each, shown in two columns each.
    assert_eq!(wide - 4, narrow, "{table}");
}

#[test]
fn mailboxes_come_sorted_and_those_without_imap_are_mentioned() {
    let boxes = "[sales]\n9 => 1,A,,,imapuser=v|imappassword=secret\n3 => 1,C\n\
                 [default]\n2 => 1,B,,,imapuser=u|imappassword=secret\n\
                 1 => 1,B,,,imapuser=v|imappassword=secret\n4 => 1,D";
    let site = Site::new(DovecotOptions::default(), "", boxes);
    let ran = list(&site, &["--json", "-j", "3"]).run().status(0);
    let names: Vec<Value> = lines(&ran, "mailbox")
        .iter()
        .map(|line| line["mailbox"].clone())
        .collect();
    assert_eq!(names, ["1@default", "2@default", "9@sales"]);
    assert_eq!(ran.count("mailboxes_ignored"), 2);
    let table = list(&site, &[]).run().status(0);
    assert!(
        table
            .stderr
            .contains("2 mailboxes without an imap option are not listed"),
        "{}",
        table.stderr
    );
    assert_eq!(
        list(&site, &["-q"]).run().status(0).stdout,
        table.stdout,
        "an answer all the same"
    );
}

#[test]
fn a_listing_creates_no_folder() {
    let site = Site::new(
        DovecotOptions::default(),
        "imapparentfolder=INBOX\n",
        one_box(),
    );
    let before = site.mail().list();
    list(&site, &["--messages"]).run().status(0);
    assert_eq!(site.mail().list(), before);
}

#[test]
fn a_remark_made_for_every_mailbox_is_counted_after_twenty() {
    let boxes: Vec<String> = (0..30)
        .map(|n| format!("{} => 1,,,,imapuser=u|imappassword=secret", 100 + n))
        .collect();
    let site = Site::new(
        DovecotOptions::default(),
        "",
        &format!("[default]\n{}", boxes.join("\n")),
    );
    let mut mail = site.mail();
    mail.command("CREATE Old").ok();
    for n in 0..30 {
        let message = voicemail(&(100 + n).to_string(), "default", &[]);
        mail.append("Old", "()", DATE, &message).ok();
    }
    let few = list(&site, &[]).run().status(0).stderr;
    assert_eq!(few.matches("[VML002]").count(), 20, "{few}");
    assert!(
        few.contains("VML002: and 10 more like these; -v shows all"),
        "{few}"
    );
    let all = list(&site, &["-v"]).run().status(0).stderr;
    assert_eq!(all.matches("[VML002]").count(), 30, "{all}");
    assert_eq!(list(&site, &["-q"]).run().status(0).stderr, "");
}
