//! `vmimap quota` for monitoring, and with accounts that cannot be asked: nothing is passed over.

use crate::quota_support;
use crate::support::cli::Vmimap;
use quota_support::{Site, limited, line, options};

/// Two accounts that can be asked, one that refuses the login, one whose folder is missing.
fn mixed() -> Site {
    let site = Site::new(
        options(vec![
            limited("a", 100),
            limited("b", 100),
            limited("c", 100),
        ]),
        "maxsecs=10",
        &[
            "1 => 1,A,,,imapuser=a|imappassword=secret",
            "2 => 1,B,,,imapuser=b|imappassword=wrong",
            "3 => 1,C,,,imapuser=c|imappassword=secret|imapfolder=Voicemail",
            "4 => 1,C,,,imapuser=c",
        ],
    );
    site.voicemail("a", "INBOX", "()", "1@default", 5000);
    site
}

#[test]
fn a_box_that_cannot_be_asked_is_named_counted_and_never_passed_over() {
    let site = mixed();
    for words in [
        &["--json"][..],
        &["--json", "--no-share"],
        &["--json", "--top", "1"],
    ] {
        let ran = site.quota(words).run().status(3);
        let error = |name| {
            let found = line(&ran, "mailbox", "mailbox", name);
            found["error"].as_str().unwrap_or_default().to_owned()
        };
        assert!(error("2@default").contains("AUTHENTICATIONFAILED"));
        let missing = error("3@default");
        assert!(
            missing.contains("Voicemail") && missing.contains("NO "),
            "{missing}"
        );
        assert_eq!(ran.count("mailboxes_failed"), 2);
        assert_eq!((ran.count("ok"), ran.count("mailboxes")), (2, 4));
    }
    let text = site.quota(&[]).run().status(3);
    assert!(text.stdout.contains("2@default"), "{}", text.stdout);
    assert!(
        text.stderr.contains("vmimap: 3@default: "),
        "{}",
        text.stderr
    );
    site.quota(&["--json", "2@default"]).run().status(11);
    let csv = site.quota(&["--csv"]).run().status(3);
    assert!(csv.stdout.contains("unknown"), "{}", csv.stdout);
}

#[test]
fn a_server_that_is_not_there_is_status_10_and_unknown_to_monitoring() {
    let mut site = mixed();
    site.dovecot.stop();
    site.quota(&[]).run().status(10);
    let check = site.quota(&["--nagios"]).run().status(3);
    assert!(
        check.stdout.starts_with("VMIMAP QUOTA UNKNOWN: "),
        "{}",
        check.stdout
    );
    assert!(check.stdout.contains("'unknown'=4"), "{}", check.stdout);
    assert_eq!(
        (check.stdout.lines().count(), check.stderr.as_str()),
        (1, "")
    );
    let none = site.quota(&["--nagios", "9@nowhere"]).run().status(3);
    assert!(
        none.stdout.contains("no mailbox of voicemail.conf matches"),
        "{}",
        none.stdout
    );
}

/// 2 is CRITICAL to whoever reads the status of a plugin.
#[test]
fn a_check_that_is_called_wrongly_is_unknown() {
    for words in [
        &["-w", "abc"][..],
        &["--oops"],
        &["--csv"],
        &["-w", "9", "-c", "5"],
    ] {
        for verb in ["quota", "audit", "doctor"] {
            let ran = Vmimap::new([verb, "--nagios"]).args(words).run().status(3);
            let line = ran.stdout.strip_prefix("VMIMAP ").unwrap_or_default();
            assert!(
                line.contains("UNKNOWN: ") && line.lines().count() == 1,
                "{verb} {words:?}: {}",
                ran.stdout
            );
        }
    }
    Vmimap::new(["quota", "-w", "abc"]).run().status(2);
}

#[test]
fn a_check_says_the_worst_in_one_line_and_in_its_status() {
    let site = mixed();
    let check = |words: &[&str]| site.quota(words).arg("--nagios").run();
    let ok = check(&["1@default"]).status(0);
    assert!(
        ok.stdout
            .starts_with("VMIMAP QUOTA OK: 0 of 1 mailboxes need attention | 'mailboxes'=1 "),
        "{}",
        ok.stdout
    );
    assert!(
        ok.stdout.contains("'1@default'=5.0%;80;90"),
        "{}",
        ok.stdout
    );
    check(&["1@default", "-w", "5", "-c", "90%"]).status(1);
    let bad = check(&["-w", "2", "-c", "5"]).status(2);
    assert!(bad.stdout.contains("CRITICAL: 1 of 4 mailboxes need attention, 2 could not be asked: 1@default 5.0 % critical"), "{}", bad.stdout);
    check(&["-w", "90", "-c", "80"]).status(3);
    site.quota(&["-w", "90", "-c", "80"]).run().status(2);
    site.quota(&["1@default", "-w", "2", "-c", "90"])
        .run()
        .status(4);
}

#[test]
fn metrics_are_written_whole_for_every_mailbox() {
    let site = mixed();
    let file = site.dir.path().join("vmimap.prom");
    let path = file.to_str().unwrap();
    site.quota(&["-q", "--metrics-file", path]).run().status(3);
    let text = std::fs::read_to_string(&file).unwrap();
    let host = format!("a@{}:{}", site.dovecot.host(), site.dovecot.port());
    for sample in [
        "vmimap_quota_mailboxes{level=\"unknown\"} 2".to_owned(),
        format!(
            "vmimap_quota_limit{{account=\"{host}\",root=\"User quota\",resource=\"STORAGE\"}} 100"
        ),
        "vmimap_mailbox_asked{mailbox=\"2@default\"} 0".to_owned(),
        "vmimap_mailbox_counted_messages{mailbox=\"1@default\"} 1".to_owned(),
    ] {
        assert!(text.lines().any(|line| line == sample), "{sample}\n{text}");
    }
    let broken = site.dir.path().join("no/such/dir.prom");
    let words = ["1@default", "--metrics-file", broken.to_str().unwrap()];
    site.quota(&words).run().status(1);
    // Nor is it a check that found something, which scripts take for a run that went well.
    let found = site.quota(&words).args(&["-w", "2", "-c", "90"]).run();
    found.status(1);
}

#[test]
fn an_error_in_the_configuration_is_not_a_complete_answer() {
    let site = mixed();
    let conf = std::fs::read_to_string(site.conf()).unwrap();
    std::fs::write(site.conf(), format!("{conf};--\n5 => 1,E,,,imapuser=e\n")).unwrap();
    let ran = site.quota(&["--json", "1@default"]).run().status(3);
    assert_eq!((ran.count("input_errors"), ran.count("ok")), (1, 1));
    site.quota(&["--nagios", "1@default"]).run().status(3);
}

#[test]
fn a_failed_run_keeps_when_one_last_succeeded_and_the_log_says_why() {
    let site = mixed();
    let (file, log) = (site.dir.path().join("q.prom"), site.dir.path().join("log"));
    let run = |mailbox| {
        let words = ["--metrics-file", file.to_str().unwrap(), "--log-file"];
        let call = site.quota(&[mailbox]).args(&words).arg(&log).run();
        let text = std::fs::read_to_string(&file).unwrap();
        let success = "vmimap_quota_last_success_timestamp_seconds ";
        let line = text.lines().find(|line| line.starts_with(success));
        (call.status, line.map(str::to_owned), text)
    };
    let (status, never, _) = run("2@default");
    assert_eq!((status, never), (11, None));
    let (status, once, _) = run("1@default");
    assert!(status == 0 && once.is_some());
    let (status, still, text) = run("2@default");
    assert_eq!((status, still), (11, once));
    assert!(text.contains("vmimap_quota_exit_status 11\n"), "{text}");
    let log = std::fs::read_to_string(&log).unwrap();
    let lines: Vec<&str> = log
        .lines()
        .map(|line| line.split_once("] ").unwrap().1)
        .collect();
    assert_eq!(lines[0], "info: quota begins");
    assert!(
        lines[1].starts_with("error: 2@default: login refused"),
        "{log}"
    );
    assert!(lines.contains(&"info: quota ends with status 11"), "{log}");
    assert!(lines.contains(&"info: quota ends with status 0"), "{log}");
    assert!(!log.contains("wrong"), "{log}");
}

#[test]
fn a_part_without_a_mailbox_is_told_as_one() {
    let site = Site::new(
        options(vec![limited("a", 100)]),
        "maxsecs=10",
        &["1 => 1,A,,,imapuser=a|imappassword=secret"],
    );
    let said = ["1/2", "2/2"].map(|part| site.quota(&["--shard", part]).run().status(0).stdout);
    let empty = "No mailbox of voicemail.conf falls into this part (--shard).\n";
    assert_eq!(
        said.iter().filter(|said| *said == empty).count(),
        1,
        "{said:?}"
    );
    let full = |said: &String| said.ends_with("1 mailbox in 1 account: 1 ok.\n");
    assert!(said.iter().any(full), "{said:?}");
}
