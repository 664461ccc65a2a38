//! Kerberos logins, against real servers and a key distribution center of the test's own.
//!
//! The program is run, not the library: tickets are a matter of the environment.

use crate::scripted;
use crate::support;
use std::fs;

use support::cli::{Ran, Vmimap};
use support::cyrus::{Cyrus, CyrusOptions};
use support::dovecot::{Dovecot, DovecotOptions, User};
use support::kdc::{Kdc, REALM};
use support::server::ImapServer as _;

const DATE: &str = "\"05-Feb-2009 18:31:30 +0000\"";

/// A message that `list` counts for 4123@default.
const VOICEMAIL: &[u8] = b"Subject: 1\r\nX-Asterisk-VM-Extension: 4123\r\n\
    X-Asterisk-VM-Context: default\r\n\r\nx\r\n";

/// `vmimap list` over ada's and bob's mailboxes on a server, with somebody's tickets.
fn list(port: u16, tickets: &[(&str, String)], general: &str, words: &[&str]) -> Ran {
    let dir = tempfile::tempdir().unwrap();
    let conf = dir.path().join("voicemail.conf");
    let text = format!(
        "[general]\nimapserver=127.0.0.1\nimapport={port}\nimapflags=notls\n{general}\n[default]\n\
         4123 => 1,Ada,,,imapuser=ada\n4124 => 1,Bob,,,imapuser=bob\n"
    );
    fs::write(&conf, text).unwrap();
    let mut vmimap = Vmimap::new(["list", "--json", "--voicemail-conf"])
        .arg(&conf)
        .args(words);
    for (name, value) in tickets {
        vmimap = vmimap.env(name, value);
    }
    vmimap.run()
}

fn dovecot(kdc: &Kdc, mechanisms: &str) -> Dovecot {
    let of = |name: &str| {
        let principals = format!("k5principals={name}@{REALM},vmadmin@{REALM}");
        User::new(name, "secret").fields(&principals)
    };
    let server = Dovecot::start(DovecotOptions {
        users: vec![of("ada"), of("bob")],
        more: format!(
            "auth_mechanisms = {mechanisms}\nauth_krb5_keytab = {}\n\
             import_environment = TZ KRB5_CONFIG={} KRB5RCACHETYPE=none\n",
            kdc.service_keys().display(),
            kdc.config().display(),
        ),
        ..DovecotOptions::default()
    });
    server
        .raw("ada")
        .append("INBOX", "()", DATE, VOICEMAIL)
        .ok();
    server
}

#[test]
fn an_administrators_ticket_opens_every_mailbox_of_dovecot_and_a_users_his_own() {
    let kdc = Kdc::start(&["ada", "vmadmin", "mallory"]);
    let server = dovecot(&kdc, "plain gssapi");
    let by_ticket = ["--auth", "GSSAPI"];
    let admin = kdc.tickets_of("vmadmin");
    let ran = list(server.port(), &admin, "", &by_ticket).status(0);
    assert_eq!(ran.count("mailboxes"), 2);
    assert_eq!(ran.count("messages"), 1);
    let log = server.log();
    for user in ["ada", "bob"] {
        assert!(
            log.contains(&format!("Login: user=<{user}>, method=GSSAPI")),
            "{log}"
        );
    }
    let ran = list(server.port(), &kdc.tickets_of("ada"), "", &by_ticket);
    assert_eq!(ran.status, 3, "bob's mailbox is not hers: {}", ran.stdout);
    assert!(ran.stdout.contains("login refused: NO"), "{}", ran.stdout);
    let ran = list(server.port(), &kdc.tickets_of("mallory"), "", &by_ticket).status(11);
    assert_eq!(ran.count("messages"), 0);
}

#[test]
fn an_administrators_ticket_opens_every_mailbox_of_cyrus_and_a_users_his_own() {
    let kdc = Kdc::start(&["ada", "vmadmin", "mallory"]);
    let server = Cyrus::start(CyrusOptions {
        users: vec![User::new("ada", "secret"), User::new("bob", "secret")],
        settings: vec![
            // What its key is for.
            ("servername", "127.0.0.1".to_owned()),
            ("sasl_mech_list", "PLAIN GSSAPI".to_owned()),
            ("proxyservers", "vmadmin".to_owned()),
        ],
        variables: vec![
            ("KRB5_CONFIG", kdc.config().display().to_string()),
            ("KRB5_KTNAME", kdc.service_keys().display().to_string()),
            ("KRB5RCACHETYPE", "none".to_owned()),
        ],
        ..CyrusOptions::default()
    });
    server
        .raw("ada")
        .append("INBOX", "()", DATE, VOICEMAIL)
        .ok();
    let by_ticket = ["--auth", "GSSAPI"];
    let admin = kdc.tickets_of("vmadmin");
    let ran = list(server.port(), &admin, "", &by_ticket).status(0);
    assert_eq!((ran.count("mailboxes"), ran.count("messages")), (2, 1));
    let ran = list(server.port(), &kdc.tickets_of("ada"), "", &by_ticket);
    assert_eq!(ran.status, 3, "bob's mailbox is not hers: {}", ran.stdout);
    assert_eq!(ran.count("messages"), 1);
    let ran = list(server.port(), &kdc.tickets_of("mallory"), "", &by_ticket).status(11);
    assert_eq!(ran.count("messages"), 0);
}

#[test]
fn a_ticket_goes_before_a_password_and_a_password_is_there_where_the_ticket_is_not_taken() {
    let kdc = Kdc::start(&["vmadmin", "mallory"]);
    let server = dovecot(&kdc, "plain gssapi");
    let password = "authuser=\nauthpassword=secret";
    list(server.port(), &kdc.tickets_of("vmadmin"), password, &[]).status(0);
    let log = server.log();
    assert!(
        log.contains("method=GSSAPI") && !log.contains("Login: user=<bob>, method=PLAIN"),
        "{log}"
    );
    // mallory's ticket is in order, and opens nothing.
    list(server.port(), &kdc.tickets_of("mallory"), password, &[]).status(0);
    assert!(
        server.log().contains("Login: user=<bob>, method=PLAIN"),
        "{}",
        server.log()
    );
}

#[test]
fn without_a_ticket_or_an_offer_the_reason_is_told() {
    let kdc = Kdc::start(&["vmadmin"]);
    let server = dovecot(&kdc, "plain gssapi");
    let mut nobody = kdc.tickets_of("nobody");
    nobody.retain(|(name, _)| *name != "KRB5_CLIENT_KTNAME");
    let ran = list(server.port(), &nobody, "", &["--auth", "gssapi"]);
    assert_ne!(ran.status, 0);
    assert!(ran.stdout.contains("Kerberos: "), "{}", ran.stdout);
    let plain = dovecot(&kdc, "plain");
    let ran = list(
        plain.port(),
        &kdc.tickets_of("vmadmin"),
        "",
        &["--auth", "GSSAPI"],
    );
    assert_ne!(ran.status, 0);
    let why = "GSSAPI is asked for, but the server does not offer it";
    assert!(ran.stdout.contains(why), "{}", ran.stdout);
}

#[test]
fn tokens_that_are_none_end_the_login_and_no_password_follows_where_none_is_asked_for() {
    let kdc = Kdc::start(&["vmadmin"]);
    for answer in ["+ !!\r\n", "+ \r\n", "+ AAAA\r\n", "+ YIIB\r\n", "OK"] {
        let server = scripted::Server::start(move |talk| {
            talk.send("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=GSSAPI AUTH=PLAIN] ready\r\n");
            let (tag, _) = talk.expect_start("AUTHENTICATE GSSAPI ");
            if answer == "OK" {
                // Before the server has proved anything.
                talk.send(format!("{tag} OK [CAPABILITY IMAP4rev1] in\r\n"));
            } else {
                talk.send(answer);
                assert_eq!(talk.line(), "*");
                talk.send(format!("{tag} BAD cancelled\r\n"));
            }
            assert_eq!(talk.line(), "");
        });
        let admin = kdc.tickets_of("vmadmin");
        let words = ["--auth", "GSSAPI", "--mailbox", "4123"];
        let ran = list(server.port, &admin, "", &words).status(11);
        assert!(
            ran.stdout.contains("login by GSSAPI broken off"),
            "{}",
            ran.stdout
        );
        server.finish();
    }
}
