//! `vmimap doctor` against a real Dovecot: what is found, what is left alone, and how it ends.

use crate::support;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;

use support::cli::{Ran, Vmimap};
use support::dovecot::Dovecot;
use support::dovecot_config::{DovecotOptions, User};
use support::raw_imap::RawImap;

const DATE: &str = "\"05-Feb-2009 18:31:30 +0000\"";

/// A server and a voicemail.conf for it.
struct Site {
    dovecot: Dovecot,
    dir: TempDir,
}

fn users(names: &[&str]) -> Vec<User> {
    names.iter().map(|name| User::new(name, "secret")).collect()
}

impl Site {
    /// `general` and `mailboxes` are lines of voicemail.conf.
    fn new(options: DovecotOptions, general: &str, mailboxes: &str) -> Self {
        let site = Self {
            dovecot: Dovecot::start(options),
            dir: tempfile::tempdir().unwrap(),
        };
        site.write(general, mailboxes);
        site
    }

    /// Two mailboxes with an account each.
    fn plain() -> Self {
        let options = DovecotOptions {
            users: users(&["ada", "bob"]),
            ..DovecotOptions::default()
        };
        let mailboxes = "100 => 1,Ada,,,imapuser=ada|imappassword=secret\n\
                         200 => 1,Bob,,,imapuser=bob|imappassword=secret\n";
        Self::new(options, "", mailboxes)
    }

    fn write(&self, general: &str, mailboxes: &str) {
        let (host, port) = (self.dovecot.host(), self.dovecot.port());
        let text = format!(
            "[general]\nimapserver={host}\nimapport={port}\nimapflags=notls\nformat=wav49\n\
             {general}\n[default]\n{mailboxes}"
        );
        support::write_private(&self.conf(), text);
    }

    fn conf(&self) -> PathBuf {
        self.dir.path().join("voicemail.conf")
    }

    fn doctor(&self) -> Vmimap {
        Vmimap::new(["doctor", "--voicemail-conf"]).arg(self.conf())
    }

    fn json(&self, status: i32) -> Ran {
        self.doctor().arg("--json").run().status(status)
    }
}

/// The checks with this code.
fn with_code(ran: &Ran, code: &str) -> Vec<Value> {
    let all = ran.json().into_iter();
    all.filter(|line| line["code"] == code).collect()
}

/// The codes of all findings of this verdict, each once.
fn codes(ran: &Ran, verdict: &str) -> Vec<String> {
    let mut codes: Vec<String> = ran
        .json()
        .iter()
        .filter(|line| line["verdict"] == verdict)
        .map(|line| line["code"].as_str().unwrap().to_owned())
        .collect();
    codes.sort();
    codes.dedup();
    codes
}

/// A voicemail of a mailbox, as far as its headers matter here.
fn voicemail(extension: &str) -> Vec<u8> {
    format!(
        "Subject: v\r\nX-Asterisk-VM-Context: default\r\nX-Asterisk-VM-Extension: {extension}\r\n\r\nx\r\n"
    )
    .into_bytes()
}

#[test]
fn a_sound_system_ends_with_0_and_nothing_of_it_is_changed() {
    let site = Site::plain();
    let mut ada = site.dovecot.raw("ada");
    ada.append("INBOX", "(\\Seen)", DATE, &voicemail("100"))
        .ok();
    ada.append("INBOX", "()", DATE, b"Subject: private\r\n\r\nx\r\n")
        .ok();
    drop(ada);
    let ran = site.json(0);
    assert_eq!(codes(&ran, "error"), [""; 0]);
    assert_eq!(codes(&ran, "warning"), [""; 0]);
    assert_eq!((ran.count("accounts"), ran.count("visited")), (2, 2));
    assert_eq!(ran.count("servers"), 1);
    let groups: Vec<Value> = ran
        .json()
        .iter()
        .map(|line| line["group"].clone())
        .collect();
    for group in [
        "configuration",
        "server",
        "login",
        "capabilities",
        "folders",
        "hazards",
        "time",
    ] {
        assert!(groups.contains(&group.into()), "{group}: {groups:?}");
    }
    let mut ada = site.dovecot.raw("ada");
    assert_eq!(ada.list(), ["INBOX"]);
    // A folder that was only examined still has its recent messages.
    let selected = ada.command("SELECT INBOX").ok().text();
    assert!(selected.contains("* 2 RECENT"), "{selected}");
    let flags: Vec<_> = ada.messages("INBOX").into_iter().map(|m| m.flags).collect();
    assert_eq!(flags, [vec!["\\Seen".to_owned()], vec![]]);
}

#[test]
fn the_screen_has_verdicts_hints_and_a_closing_line_and_quiet_shows_errors_only() {
    let site = Site::plain();
    let ran = site.doctor().run().status(0);
    assert_eq!(ran.stderr, "");
    assert!(
        ran.stdout
            .starts_with("2 mailboxes, 2 accounts, 1 server; 2 visited\n")
    );
    for part in [
        "\n ok    UIDPLUS ",
        "imapport from voicemail.conf:3, imapflags=notls from voicemail.conf:4",
        "\n note  missing ",
        "-> vmimap provision makes and subscribes them",
        "  ada, bob: INBOX for new, old and urgent messages; Work,",
    ] {
        assert!(ran.stdout.contains(part), "{part:?} in\n{}", ran.stdout);
    }
    assert!(!ran.stdout.contains('\u{1b}'), "{}", ran.stdout);
    let last = ran.stdout.lines().last().unwrap();
    assert!(
        last.contains(" ok, ") && last.contains("0 errors"),
        "{last}"
    );
    site.doctor().arg("-q").run().status(0).silent();
}

#[test]
fn foreign_mail_that_the_next_expunge_would_remove_is_counted() {
    let site = Site::plain();
    let mut ada = site.dovecot.raw("ada");
    for (flags, message) in [
        ("(\\Deleted)", b"Subject: private\r\n\r\nx\r\n".to_vec()),
        ("(\\Deleted)", voicemail("9999")),
        ("(\\Deleted)", voicemail("100")),
        ("()", b"Subject: kept\r\n\r\nx\r\n".to_vec()),
    ] {
        ada.append("INBOX", flags, DATE, &message).ok();
    }
    let ran = site.json(4);
    let found = with_code(&ran, "VMD050");
    assert_eq!(found.len(), 1);
    let text = found[0]["text"].as_str().unwrap();
    assert!(
        text.starts_with("2 messages are marked \\Deleted in INBOX"),
        "{text}"
    );
    assert!(found[0]["subject"].as_str().unwrap().starts_with("ada@"));
    let mailboxes = fs::read_to_string(site.conf()).unwrap();
    let mailboxes = mailboxes.split("[default]\n").nth(1).unwrap().to_owned();
    site.write("expungeonhangup=no", &mailboxes);
    let ran = site.json(0);
    assert_eq!(codes(&ran, "warning"), ["VMD051"]);
    assert_eq!(site.dovecot.raw("ada").message_count("INBOX"), 4);
}

#[test]
fn a_refused_login_is_named_and_never_ends_with_0() {
    let site = Site::plain();
    let mailboxes = "100 => 1,Ada,,,imapuser=ada|imappassword=secret\n\
                     200 => 1,Bob,,,imapuser=bob|imappassword=wrong\n\
                     300 => 1,Cy,,,imapuser=cy\n400 => 1,Di\n";
    site.write("", mailboxes);
    let ran = site.json(4);
    assert_eq!(codes(&ran, "error"), ["VMD020", "VMD021"]);
    assert_eq!(codes(&ran, "warning"), ["VMC025", "VMC035"]);
    let refused = with_code(&ran, "VMD021");
    assert!(
        refused[0]["text"]
            .as_str()
            .unwrap()
            .contains("AUTHENTICATIONFAILED")
    );
    assert_eq!(ran.count("failed"), 2);
    assert!(!ran.stdout.contains("wrong"), "no password is shown");
    let only = site
        .doctor()
        .args(&["100@default", "--json"])
        .run()
        .status(0);
    assert_eq!(only.count("accounts"), 1);
}

#[test]
fn a_server_that_is_not_there_is_an_error_and_its_accounts_count_as_failed() {
    let mut site = Site::plain();
    site.dovecot.stop();
    let ran = site.json(4);
    assert_eq!(codes(&ran, "error"), ["VMD002"]);
    assert_eq!((ran.count("failed"), ran.count("visited")), (2, 0));
    let ran = site
        .doctor()
        .args(&["--server", "no-such-host.invalid", "--json"])
        .run();
    assert_eq!(codes(&ran.status(4), "error"), ["VMD001"]);
    let ran = site.doctor().arg("--nagios").run().status(2);
    assert!(
        ran.stdout.starts_with("VMIMAP DOCTOR CRITICAL: "),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("[VMD002] | 'errors'=1 'warnings'=0"),
        "{}",
        ran.stdout
    );
    let ran = site
        .doctor()
        .args(&["nobody@nowhere", "--nagios"])
        .run()
        .status(3);
    assert!(
        ran.stdout.starts_with("VMIMAP DOCTOR UNKNOWN: no mailbox"),
        "{}",
        ran.stdout
    );
}

#[test]
fn one_line_for_monitoring_has_its_own_statuses() {
    let site = Site::plain();
    let ran = site.doctor().arg("--nagios").run().status(0);
    assert_eq!(ran.stdout.lines().count(), 1);
    assert!(
        ran.stdout.starts_with("VMIMAP DOCTOR OK: "),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("'search'=0."), "{}", ran.stdout);
    let mailboxes = "100 => 1,Ada,,,imapuser=ada|imappassword=secret\n200 => 1,Bob\n";
    site.write("", mailboxes);
    let ran = site.doctor().arg("--nagios").run().status(1);
    assert!(
        ran.stdout.contains("WARNING") && ran.stdout.contains("VMC025"),
        "{}",
        ran.stdout
    );
}

#[test]
fn message_files_in_the_spool_are_found_and_a_missing_usual_spool_is_no_finding() {
    let site = Site::plain();
    let spool = site.dir.path().join("spool");
    let inbox = spool.join("default/100/INBOX");
    fs::create_dir_all(&inbox).unwrap();
    for name in ["msg0000.txt", "msg0000.WAV", "msg0001.txt"] {
        let path = inbox.join(name);
        let file = fs::File::create(path).unwrap();
        let old = std::time::SystemTime::now() - std::time::Duration::from_hours(1);
        file.set_modified(old).unwrap();
    }
    let ran = site
        .doctor()
        .arg("--spool")
        .arg(&spool)
        .arg("--json")
        .run()
        .status(4);
    assert_eq!(codes(&ran, "error"), ["VMD080", "VMD081"]);
    assert_eq!(with_code(&ran, "VMD080")[0]["subject"], "100@default");
    assert_eq!(fs::read_dir(&inbox).unwrap().count(), 3);
    let nowhere = site
        .doctor()
        .args(&["--spool", "/no/such/spool"])
        .run()
        .status(1);
    assert!(
        nowhere.stderr.contains("/no/such/spool"),
        "{}",
        nowhere.stderr
    );
    site.doctor().run().status(0);
}

/// A site with so many mailboxes, each with an account of its own.
fn many(accounts: u32) -> Site {
    let site = Site::plain();
    let lines = |line: &dyn Fn(u32) -> String| (0..accounts).map(line).collect::<Vec<_>>().concat();
    let passwd = lines(&|n| format!("u{n}:{{PLAIN}}secret::::::\n"));
    fs::write(site.dovecot.dir().join("users"), passwd).unwrap();
    let mailboxes = lines(&|n| format!("{n} => 1,,,,imapuser=u{n}|imappassword=secret\n"));
    site.write("", &mailboxes);
    site
}

#[test]
fn of_ordinary_many_accounts_each_is_visited_unless_nobody_is_let_in() {
    let site = many(60);
    // None that a sample would hold.
    let mut raw = RawImap::connect(site.dovecot.host(), site.dovecot.port());
    raw.login("u1", "secret");
    raw.append("INBOX", "(\\Deleted)", "", b"Subject: mine\r\n\r\nx\r\n")
        .ok();
    let ran = site.doctor().arg("--json").run().status(4);
    assert_eq!(codes(&ran, "error"), ["VMD050"]);
    assert_eq!(ran.count("visited"), 60);
    let wrong = site.doctor().arg("--json").env("VMIMAP_PASSWORD", "no");
    let wrong = wrong.run().status(4);
    assert_eq!((wrong.count("visited"), wrong.count("failed")), (20, 20));
    assert!(
        wrong.stdout.contains("40 of 60 accounts were not visited"),
        "{}",
        wrong.stdout
    );
}

#[test]
fn ten_thousand_mailboxes_are_one_screen_and_twenty_visits() {
    let site = many(10_000);
    let ran = site.doctor().run().status(0);
    assert!(
        ran.stdout
            .starts_with("10000 mailboxes, 10000 accounts, 1 server; 20 visited\n")
    );
    assert!(
        ran.stdout
            .contains("9980 of 10000 accounts were not visited"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.lines().count() < 60, "{}", ran.stdout);
}
