//! Master users whose login names both users in one name: Dovecot's separator, UW imapd's quoted
//! `user*admin`, Exchange's backslashes; and servers that do not look at whose mailbox is meant.

use crate::scripted;
use crate::small_imap;
use crate::support;
use std::fs;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use scripted::{Server, ada};
use small_imap::{Manners, SmallImap};
use support::cli::Vmimap;
use support::dovecot::{Dovecot, DovecotOptions, User};
use vmimap::mailstore::error::StoreError;
use vmimap::mailstore::mechanism::Mechanism;
use vmimap::mailstore::options::{ConnectOptions, Credentials};
use vmimap::mailstore::session::Session;

const STAR: &str = "{user}*{auth_user}";
const EXCHANGE: &str = r"DOMAIN\{auth_user}\{user}";

struct Conf {
    dir: tempfile::TempDir,
}

impl Conf {
    fn new(port: u16, users: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let boxes = users.iter().enumerate();
        let boxes = boxes.map(|(n, user)| format!("{n} => 1,,,,imapuser={user}\n"));
        let text = format!(
            "[general]\nimapserver=127.0.0.1\nimapport={port}\nimapflags=notls\nauthuser=admin\n\
             authpassword=secret\n[default]\n{}",
            boxes.collect::<String>()
        );
        fs::write(dir.path().join("voicemail.conf"), text).unwrap();
        Self { dir }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn vmimap(&self, words: &[&str]) -> Vmimap {
        let conf = self.path("voicemail.conf");
        let vmimap = Vmimap::new(words).arg("--voicemail-conf").arg(conf);
        vmimap.arg("--state-dir").arg(self.path("state"))
    }
}

#[test]
fn dovecots_separator_opens_each_mailbox_for_the_master_by_every_way_that_sends_his_password() {
    let server = Dovecot::start(DovecotOptions {
        users: vec![User::new("ada", "one"), User::new("bob", "two")],
        master: Some(("admin".to_owned(), "secret".to_owned())),
        ..DovecotOptions::default()
    });
    let conf = Conf::new(server.port(), &["ada", "bob"]);
    for way in ["PLAIN", "SASL-LOGIN", "LOGIN"] {
        let list = conf.vmimap(&["list", "--auth", way]);
        list.args(&["--user-format", STAR]).run().status(0);
    }
    // By the LOGIN command there is no other way to name the owner.
    let apart = conf.vmimap(&["list", "--auth", "LOGIN", "--json"]).run();
    assert_eq!(apart.status, 10, "{apart:?}");
    assert!(apart.stdout.contains("it cannot name the mailbox's owner"));
    fs::write(
        conf.path("vmimap.toml"),
        format!("user_format = '{STAR}'\n"),
    )
    .unwrap();
    let provision = conf.vmimap(&["provision", "--auth", "LOGIN"]);
    let provision = provision.arg("--config").arg(conf.path("vmimap.toml"));
    provision.run().status(0).silent();
    for user in ["ada", "bob"] {
        let folders = server.raw(user).list();
        assert!(folders.contains(&"Work".to_owned()), "{user}: {folders:?}");
    }
    let doctor = conf.vmimap(&["doctor", "--json", "--auth", "LOGIN"]);
    let doctor = doctor.env("VMIMAP_USER_FORMAT", STAR).run();
    let lines = doctor.json();
    let login = lines.iter().find(|line| line["topic"] == "login").unwrap();
    let text = login["text"].as_str().unwrap();
    assert!(
        text.contains("for whom admin logs in as {user}*{auth_user}"),
        "{text}"
    );
    assert!(
        text.contains("Asterisk's mail library never does"),
        "{text}"
    );
}

#[test]
fn a_form_that_cannot_tell_two_users_apart_is_refused_wherever_it_stands() {
    let conf = Conf::new(1, &["ada", "bob*x"]);
    for format in [
        "{user}",
        "{auth_user}",
        "{user}{auth_user}",
        "{user}*{auth_user}{x}",
    ] {
        conf.vmimap(&["list", "--user-format", format])
            .run()
            .status(2);
        let list = conf.vmimap(&["list"]).env("VMIMAP_USER_FORMAT", format);
        list.run().status(2);
        let toml = conf.path("wrong.toml");
        fs::write(&toml, format!("user_format = \"{format}\"\n")).unwrap();
        let ran = conf.vmimap(&["list"]).arg("--config").arg(&toml).run();
        assert!(ran.status(2).stderr.contains("user_format"), "{format}");
    }
    let ran = conf
        .vmimap(&["list", "1@default", "--json", "--user-format", STAR])
        .run();
    assert_ne!(ran.status, 0);
    assert!(
        ran.stdout.contains("which separates the names"),
        "{}",
        ran.stdout
    );
}

/// Logs in as `admin` for ada in this form and by this way.
fn log_in(server: &Server, format: &str, way: Mechanism) -> Result<Session, StoreError> {
    let mut options: ConnectOptions = server.options();
    options.login.mechanism = Some(way);
    options.login.user_format = Some(format.parse().unwrap());
    let admin = Credentials {
        auth_user: Some("admin".into()),
        ..ada()
    };
    Session::connect(&options, &admin)
}

#[test]
fn the_name_is_a_quoted_string_with_its_backslashes_escaped() {
    for (format, line) in [
        (STAR, r#"LOGIN "ada*admin" "analytical""#),
        (EXCHANGE, r#"LOGIN "DOMAIN\\admin\\ada" "analytical""#),
        (
            r#"{auth_user}"{user}"#,
            r#"LOGIN "admin\"ada" "analytical""#,
        ),
    ] {
        let server = Server::start(move |talk| {
            talk.send("* OK [CAPABILITY IMAP4rev1] ready\r\n");
            let tag = talk.expect(line);
            talk.send(format!("{tag} OK [CAPABILITY IMAP4rev1] in\r\n"));
        });
        log_in(&server, format, Mechanism::Login).unwrap();
        server.finish();
    }
}

#[test]
fn by_sasl_the_name_is_the_one_who_logs_in_and_no_owner_is_named() {
    let server = Server::start(|talk| {
        talk.send("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n");
        let (tag, line) = talk.expect_start("AUTHENTICATE PLAIN ");
        let sent = STANDARD.decode(line.rsplit(' ').next().unwrap()).unwrap();
        assert_eq!(sent, b"\0DOMAIN\\admin\\ada\0analytical");
        talk.send(format!("{tag} OK [CAPABILITY IMAP4rev1] in\r\n"));
    });
    log_in(&server, EXCHANGE, Mechanism::Plain).unwrap();
    server.finish();
}

#[test]
fn uw_imapd_opens_the_mailbox_before_the_asterisk_for_its_administrator() {
    let server = SmallImap::start(Manners::uw2005(), &["ada", "bob", "admin"]);
    let conf = Conf::new(server.port, &["ada", "bob"]);
    let provision = conf.vmimap(&["provision", "--auth", "LOGIN", "--user-format", STAR]);
    provision.run().status(0);
    for user in ["ada", "bob"] {
        assert!(server.folders(user).contains(&"Work".to_owned()));
    }
    assert!(!server.folders("admin").contains(&"Work".to_owned()));
    let logins = server.said("login ");
    assert!(
        logins.contains(&"login admin for \"ada\"".to_owned()),
        "{logins:?}"
    );
    assert!(
        logins.iter().all(|login| login.contains("for \"")),
        "{logins:?}"
    );
}

#[test]
fn a_server_that_opens_the_administrators_mailbox_all_the_same_is_found_out() {
    // With another user to compare with, and with the administrator's own mailbox alone.
    for users in [&["ada", "bob"][..], &["ada"]] {
        let manners = Manners {
            honours_authzid: false,
            ..Manners::uw2005()
        };
        let server = SmallImap::start(manners, &["ada", "bob", "admin"]);
        let conf = Conf::new(server.port, users);
        let words = [
            "provision",
            "--json",
            "--auth",
            "LOGIN",
            "--user-format",
            STAR,
        ];
        let ran = conf.vmimap(&words).run();
        assert_ne!(ran.status, 0);
        assert!(
            ran.stdout.contains("may ignore for whom admin logs in"),
            "{}",
            ran.stdout
        );
        assert_eq!(server.folders("admin"), ["INBOX"]);
        // The administrator's own mailbox is asked for in the same form, not by the bare name: that
        // one may be refused for its form alone, which would prove nothing.
        let logins = server.said("login ");
        assert!(
            logins.contains(&"login admin for \"admin\"".to_owned()),
            "{logins:?}"
        );
    }
}
