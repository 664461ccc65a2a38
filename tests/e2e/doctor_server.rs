//! `vmimap doctor` against Dovecots of different make: TLS, prefix, ACL, master user, limits; and
//! the probe, which leaves nothing behind.

use crate::support;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;

use support::cli::{Ran, Vmimap};
use support::cut_proxy::{CutProxy, Direction};
use support::dovecot::Dovecot;
use support::dovecot_config::{DovecotOptions, Tls, User};

struct Site {
    dovecot: Dovecot,
    dir: TempDir,
}

impl Site {
    fn new(options: DovecotOptions) -> Self {
        let users = if options.users.is_empty() {
            vec![User::new("ada", "secret")]
        } else {
            options.users.clone()
        };
        Self {
            dovecot: Dovecot::start(DovecotOptions { users, ..options }),
            dir: tempfile::tempdir().unwrap(),
        }
    }

    /// `doctor --json` over one mailbox of `ada`, with these lines in `[general]`.
    fn doctor(&self, general: &str) -> Vmimap {
        self.doctor_at(self.dovecot.host(), self.dovecot.port(), general)
    }

    fn doctor_at(&self, host: &str, port: u16, general: &str) -> Vmimap {
        let conf: PathBuf = self.dir.path().join("voicemail.conf");
        let text = format!(
            "[general]\nimapserver={host}\nimapport={port}\n{general}\n[default]\n\
             100 => 1,Ada,,,imapuser=ada|imappassword=secret\n"
        );
        support::write_private(&conf, text);
        Vmimap::new(["doctor", "--json", "--voicemail-conf"]).arg(conf)
    }
}

fn found(ran: &Ran, code: &str) -> Option<Value> {
    ran.json().into_iter().find(|line| line["code"] == code)
}

fn codes(ran: &Ran, verdict: &str) -> Vec<String> {
    let lines = ran.json();
    let lines = lines.iter().filter(|line| line["verdict"] == verdict);
    let mut codes: Vec<String> = lines
        .map(|line| line["code"].as_str().unwrap().to_owned())
        .collect();
    codes.sort();
    codes.dedup();
    codes
}

fn text_of(check: &Value) -> &str {
    check["text"].as_str().unwrap()
}

#[test]
fn certificates_are_judged_as_asterisks_library_judges_them() {
    let site = Site::new(DovecotOptions {
        tls: Tls::Offered,
        ..DovecotOptions::default()
    });
    let (port, tls_port) = (site.dovecot.port(), site.dovecot.tls_port());
    let ca = site.dovecot.ca_file();
    // The test authority is none of the system's, and the certificate lives for two days.
    let ran = site.doctor_at("localhost", port, "").run().status(4);
    assert_eq!(codes(&ran, "error"), ["VMD008"]);
    assert_eq!(codes(&ran, "warning"), ["VMD013"]);
    assert_eq!((ran.count("visited"), ran.count("failed")), (0, 1));
    assert!(
        !site.dovecot.log().contains("Login: user="),
        "nobody logged in"
    );
    let ran = site
        .doctor_at("localhost", port, "")
        .arg("--tls-ca")
        .arg(&ca)
        .run();
    let ran = ran.status(4);
    assert_eq!(codes(&ran, "error"), ["VMD010"]);
    assert_eq!(ran.count("visited"), 1);
    // An address stands in the certificate as an address, which c-client does not look at.
    let by_address = site.doctor_at("127.0.0.1", port, "imapflags=tls");
    let ran = by_address.arg("--tls-ca").arg(&ca).run().status(4);
    assert_eq!(codes(&ran, "error"), ["VMD010", "VMD011"]);
    assert!(text_of(&found(&ran, "VMD011").unwrap()).contains("compares names only"));
    for (port, flags) in [(port, "novalidate-cert"), (tls_port, "ssl/novalidate-cert")] {
        let general = format!("imapflags={flags}");
        let ran = site.doctor_at("localhost", port, &general).run().status(0);
        assert_eq!(codes(&ran, "warning"), ["VMD009"], "{flags}");
        assert_eq!(ran.count("visited"), 1);
    }
}

#[test]
fn tls_where_there_is_none_is_said_with_a_way_out() {
    let site = Site::new(DovecotOptions::default());
    let ran = site.doctor("imapflags=tls").run().status(4);
    assert_eq!(codes(&ran, "error"), ["VMD007"]);
    let ran = site
        .doctor("imapflags=ssl")
        .args(&["--timeout", "2"])
        .run()
        .status(4);
    assert_eq!(codes(&ran, "error"), ["VMD007"]);
    let site = Site::new(DovecotOptions {
        tls: Tls::Offered,
        ..DovecotOptions::default()
    });
    let port = site.dovecot.tls_port();
    let silent = site
        .doctor_at("localhost", port, "")
        .args(&["--timeout", "2"]);
    let ran = silent.run().status(4);
    assert_eq!(codes(&ran, "error"), ["VMD004"]);
}

#[test]
fn a_prefix_that_asterisk_does_not_know_is_an_error_until_the_conf_has_it() {
    let site = Site::new(DovecotOptions {
        prefix: "INBOX.".to_owned(),
        ..DovecotOptions::default()
    });
    let ran = site.doctor("imapflags=notls").run().status(4);
    assert_eq!(codes(&ran, "error"), ["VMD041"]);
    let check = found(&ran, "VMD041").unwrap();
    assert!(text_of(&check).contains("Work") && text_of(&check).contains("begin with INBOX."));
    let ran = site
        .doctor("imapflags=notls\nimapparentfolder=INBOX")
        .run()
        .status(0);
    assert_eq!(codes(&ran, "warning"), ["VMD042"]);
    let names = ran.json();
    let names = names.iter().find(|line| line["topic"] == "names").unwrap();
    assert!(
        text_of(names).contains("INBOX.Work, INBOX.Family"),
        "{names}"
    );
}

#[test]
fn the_names_are_the_final_ones_and_another_delimiter_is_noticed() {
    let site = Site::new(DovecotOptions {
        separator: '/',
        ..DovecotOptions::default()
    });
    let general = "imapflags=notls\nimapparentfolder=Phone\nimapgreetings=yes\n\
                   greetingsfolder=INBOX.Greetings";
    let ran = site.doctor(general).run().status(0);
    assert_eq!(codes(&ran, "warning"), ["VMD042", "VMD045"]);
    assert!(text_of(&found(&ran, "VMD045").unwrap()).starts_with("INBOX.Greetings"));
    let lines = ran.json();
    let names = lines.iter().find(|line| line["topic"] == "names").unwrap();
    assert!(
        text_of(names).contains("Phone/Work, Phone/Family"),
        "{names}"
    );
    assert!(
        text_of(names).ends_with("INBOX.Greetings for greetings"),
        "{names}"
    );
}

#[test]
fn the_acl_trap_of_a_master_user_is_recognised() {
    let master = Some(("admin".to_owned(), "master".to_owned()));
    let general = "imapflags=notls\nauthuser=admin\nauthpassword=master";
    let trapped = Site::new(DovecotOptions {
        master: master.clone(),
        acl: true,
        ..DovecotOptions::default()
    });
    let ran = trapped.doctor(general).run().status(4);
    assert_eq!(codes(&ran, "error"), ["VMD026"]);
    let check = found(&ran, "VMD026").unwrap();
    assert!(
        check["hint"].as_str().unwrap().contains("acl_user = %u"),
        "{check}"
    );
    let free = Site::new(DovecotOptions {
        master,
        acl: true,
        acl_as_user: true,
        ..DovecotOptions::default()
    });
    let ran = free.doctor(general).run().status(0);
    let lines = ran.json();
    let rights = lines.iter().find(|line| line["topic"] == "rights").unwrap();
    assert_eq!(
        text_of(rights),
        "admin has lrswite on all voicemail folders"
    );
    let login = lines.iter().find(|line| line["topic"] == "login").unwrap();
    assert!(text_of(login).contains("for whom admin logs in"), "{login}");
}

#[test]
fn every_configured_way_of_logging_in_is_tried() {
    let site = Site::new(DovecotOptions {
        master: Some(("admin".to_owned(), "master".to_owned())),
        users: vec![User::new("ada", "secret"), User::new("bob", "secret")],
        ..DovecotOptions::default()
    });
    let doctor = site.doctor("imapflags=notls");
    let conf = site.dir.path().join("voicemail.conf");
    let more = "200 => 1,Bob,,,imapuser=bob|imappassword=master|imapflags=notls/authuser=admin\n";
    let text = fs::read_to_string(&conf).unwrap();
    fs::write(&conf, text + more).unwrap();
    let ran = doctor.run().status(0);
    let lines = ran.json();
    let ways = lines.iter().filter(|line| line["topic"] == "login");
    let ways: Vec<&str> = ways.map(text_of).collect();
    assert_eq!(ways.len(), 2, "{ways:?}");
    assert!(
        ways[0].starts_with("1 account in its own name: let in by PLAIN"),
        "{ways:?}"
    );
    assert!(
        ways[1].starts_with("1 account for whom admin logs in"),
        "{ways:?}"
    );
}

#[test]
fn a_server_that_takes_no_more_connections_is_told_from_a_wrong_password() {
    let site = Site::new(DovecotOptions {
        max_userip_connections: 1,
        ..DovecotOptions::default()
    });
    let _held = site.dovecot.raw("ada");
    let ran = site.doctor("imapflags=notls").run().status(4);
    assert_eq!(codes(&ran, "error"), ["VMD023"]);
}

#[test]
fn a_right_that_is_missing_is_named() {
    let site = Site::new(DovecotOptions {
        acl: true,
        ..DovecotOptions::default()
    });
    let mut ada = site.dovecot.raw("ada");
    ada.command("SETACL INBOX ada lrswi").ok();
    let ran = site.doctor("imapflags=notls").run().status(4);
    let check = found(&ran, "VMD025").unwrap();
    assert_eq!(text_of(&check), "the account's own user lacks te on INBOX");
}

#[test]
fn a_full_mailbox_a_blind_quota_and_a_bare_server_are_said() {
    let user = User::new("ada", "secret").storage(1000).messages(100);
    let site = Site::new(DovecotOptions {
        users: vec![user],
        capability: Some("IMAP4rev1 LITERAL+ QUOTA".to_owned()),
        ..DovecotOptions::default()
    });
    let voicemail = b"X-Asterisk-VM-Context: default\r\nX-Asterisk-VM-Extension: 100\r\n\r\nx\r\n";
    let mut ada = site.dovecot.raw("ada");
    for _ in 0..3 {
        ada.append("INBOX", "(\\Seen)", "", voicemail).ok();
    }
    ada.command("CREATE Old").ok();
    ada.append("Old", "()", "", voicemail).ok();
    let general = |maxmsg: u32| format!("imapflags=notls\nimapreadtimeout=0\nmaxmsg={maxmsg}");
    let ran = site.doctor(&general(3)).run().status(4);
    assert_eq!(codes(&ran, "error"), ["VMD057"]);
    assert_eq!(
        codes(&ran, "warning"),
        ["VMD030", "VMD044", "VMD060", "VMD063"]
    );
    let ran = site.doctor(&general(2)).run().status(4);
    assert_eq!(codes(&ran, "error"), ["VMD058"]);
}

/// What is in ada's account besides INBOX.
fn beside_inbox(site: &Site) -> Vec<String> {
    let folders = site.dovecot.raw("ada").list();
    folders.into_iter().filter(|name| name != "INBOX").collect()
}

#[test]
fn a_probe_goes_there_and_back_and_leaves_nothing() {
    for prefix in ["", "INBOX."] {
        let site = Site::new(DovecotOptions {
            prefix: prefix.to_owned(),
            ..DovecotOptions::default()
        });
        let mut ada = site.dovecot.raw("ada");
        ada.append("INBOX", "(\\Deleted)", "", b"Subject: mine\r\n\r\nx\r\n")
            .ok();
        let general = "imapflags=notls\nimapparentfolder=INBOX\nexpungeonhangup=no";
        let ran = site.doctor(general).arg("--probe").run().status(0);
        let lines = ran.json();
        let ok = lines.iter().filter(|line| line["verdict"] == "ok");
        let topics: Vec<&str> = ok
            .filter(|line| line["group"] == "probe" || line["topic"] == "clock")
            .map(|line| line["topic"].as_str().unwrap())
            .collect();
        assert_eq!(
            topics,
            ["clock", "append", "fetch", "flags", "expunge", "clean-up"]
        );
        assert_eq!(beside_inbox(&site), [""; 0], "prefix {prefix:?}");
        assert_eq!(ada.message_count("INBOX"), 1);
    }
}

#[test]
fn a_probe_that_is_refused_half_way_cleans_up() {
    let user = User::new("ada", "secret").storage(1);
    let full = Site::new(DovecotOptions {
        users: vec![user],
        ..DovecotOptions::default()
    });
    let ran = full
        .doctor("imapflags=notls")
        .arg("--probe")
        .run()
        .status(4);
    assert_eq!(codes(&ran, "error"), ["VMD090"]);
    assert!(text_of(&found(&ran, "VMD090").unwrap()).contains("OVERQUOTA"));
    assert_eq!(beside_inbox(&full), [""; 0]);
    let bare = Site::new(DovecotOptions {
        capability: Some("IMAP4rev1 LITERAL+".to_owned()),
        ..DovecotOptions::default()
    });
    let ran = bare
        .doctor("imapflags=notls")
        .arg("--probe")
        .run()
        .status(0);
    assert_eq!(codes(&ran, "warning"), ["VMD030", "VMD093"]);
    assert_eq!(beside_inbox(&bare), [""; 0]);
}

#[test]
fn a_probe_cut_off_anywhere_leaves_nothing() {
    let site = Site::new(DovecotOptions::default());
    let target = || format!("127.0.0.1:{}", site.dovecot.port());
    // The first connection looks from outside, the second visits, the third probes.
    let run = |direction, after| {
        let proxy = CutProxy::start_at(target(), direction, after, 2);
        let doctor = site.doctor_at("127.0.0.1", proxy.port(), "imapflags=notls");
        let ran = doctor.args(&["--probe", "--timeout", "5"]).run();
        (ran, proxy.passed())
    };
    for direction in [Direction::ToServer, Direction::ToClient] {
        let (whole, passed) = run(direction, usize::MAX);
        whole.status(0);
        for step in 0..12 {
            let (ran, _) = run(direction, passed * step / 12);
            assert_eq!(
                beside_inbox(&site),
                [""; 0],
                "{direction:?} {step}\n{}",
                ran.stdout
            );
            assert!(matches!(ran.status, 0 | 4), "{}", ran.stderr);
        }
    }
}

#[test]
fn a_folder_name_that_no_server_can_have_is_an_error() {
    let site = Site::new(DovecotOptions::default());
    let general = "imapflags=notls\nimapfolder=voice\tmail";
    let ran = site.doctor(general).run().status(4);
    let text = found(&ran, "VMD047").expect("VMD047");
    assert!(text_of(&text).contains("voice\\tmail"), "{text}");
}
