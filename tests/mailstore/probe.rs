//! A look at servers without logging in: a real Dovecot with good and bad certificates, and
//! listeners that fail at each step.

use crate::scripted;
use crate::support;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use scripted::Server;
use support::dovecot::Dovecot;
use support::dovecot_config::{DovecotOptions, Tls, User};
use vmimap::mailstore::error::StoreError;
use vmimap::mailstore::options::{ConnectOptions, Direction, Security, Trace};
use vmimap::mailstore::probe::{Certificate, Outcome, Probe, SubjectName, TlsFacts, probe};

fn dovecot(tls: Tls) -> Dovecot {
    let users = vec![User::new("ada", "one")];
    Dovecot::start(DovecotOptions {
        users,
        tls,
        ..Default::default()
    })
}

fn options(server: &Dovecot) -> ConnectOptions {
    ConnectOptions::new(server.host(), server.port())
}

fn trusting(server: &Dovecot) -> ConnectOptions {
    let mut options = options(server);
    options.tls.extra_ca = Some(server.ca_file());
    options
}

/// Puts another certificate in place of the server's; `words` are openssl's.
fn replace_certificate(server: &mut Dovecot, words: &[&str]) {
    let output = Command::new("openssl")
        .args(words)
        .args(["-out", "server.pem"])
        .current_dir(server.dir())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    server.restart();
}

fn tls(probe: &Probe) -> &TlsFacts {
    let error = probe.tls.error().map(ToString::to_string);
    probe.tls.value().unwrap_or_else(|| panic!("{error:?}"))
}

fn own(facts: &TlsFacts) -> &Certificate {
    facts.chain[0].as_ref().unwrap()
}

#[test]
fn a_good_server_is_described_without_a_credential_on_the_wire() {
    let server = dovecot(Tls::Offered);
    let said = Arc::new(Mutex::new(Vec::new()));
    let (list, mut options) = (Arc::clone(&said), trusting(&server));
    options.trace = Some(Trace::new(move |from, line| {
        if from == Direction::Client {
            list.lock().unwrap().push(line.to_owned());
        }
    }));
    let probe = probe(&options);
    assert_eq!(probe.resolved.value().unwrap().len(), 1);
    assert!(probe.reached[0].connection.value().is_some());
    assert!(probe.greeting.value().unwrap().contains("ready"));
    let before = probe.before_tls.value().unwrap();
    let after = probe.under_tls.value().unwrap();
    assert!(before.has("STARTTLS") && !after.has("STARTTLS"));
    assert!(after.has("AUTH=PLAIN"));
    let facts = tls(&probe);
    assert_eq!(facts.version, "TLSv1_3");
    assert!(facts.cipher.starts_with("TLS13_"), "{}", facts.cipher);
    assert_eq!(facts.chain_trusted, Ok(()));
    assert_eq!(facts.name_matches, Ok(()));
    assert_eq!(facts.key_proven, Ok(()));
    let own = own(facts);
    assert_eq!(own.subject, "CN=localhost");
    assert_eq!(own.issuer, "CN=vmimap test authority");
    assert_eq!(own.common_names, ["localhost"]);
    assert!(own.names.contains(&SubjectName::Dns("localhost".into())));
    assert!(
        own.names
            .contains(&SubjectName::Ip("127.0.0.1".parse().unwrap()))
    );
    assert_eq!((own.version, own.self_signed), (3, false));
    assert_eq!(own.not_after - own.not_before, 2 * 86_400);
    let lines = said.lock().unwrap();
    let commands: Vec<_> = lines.iter().map(|l| l.split_once(' ').unwrap().1).collect();
    assert_eq!(commands, ["STARTTLS", "CAPABILITY", "LOGOUT"]);
}

#[test]
fn the_fingerprint_is_the_one_openssl_prints() {
    let server = dovecot(Tls::Offered);
    let output = Command::new("openssl")
        .args([
            "x509",
            "-in",
            "server.pem",
            "-noout",
            "-fingerprint",
            "-sha256",
            "-serial",
        ])
        .current_dir(server.dir())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout)
        .unwrap()
        .replace(':', "")
        .to_lowercase();
    let probe = probe(&options(&server));
    let own = own(tls(&probe));
    assert!(
        text.contains(&own.fingerprint),
        "{text} {}",
        own.fingerprint
    );
    assert!(text.contains(&own.serial), "{text} {}", own.serial);
}

#[test]
fn an_unknown_authority_is_one_verdict_and_the_name_another() {
    let server = dovecot(Tls::Offered);
    let mut options = options(&server);
    options.security = Security::ImplicitTls;
    options.port = server.tls_port();
    let probe = probe(&options);
    let facts = tls(&probe);
    assert_eq!(
        facts.chain_trusted,
        Err("no trusted authority issued it".into())
    );
    assert_eq!((&facts.name_matches, &facts.key_proven), (&Ok(()), &Ok(())));
    assert!(matches!(probe.before_tls, Outcome::Skipped(_)));
    assert!(probe.greeting.value().is_some());
    assert!(probe.under_tls.value().unwrap().has("IMAP4rev1"));
}

#[test]
fn a_certificate_for_another_name_is_trusted_and_does_not_match() {
    let mut server = dovecot(Tls::Offered);
    std::fs::write(
        server.dir().join("names.ext"),
        "subjectAltName=DNS:imap.example\n",
    )
    .unwrap();
    let sign = [
        "x509",
        "-req",
        "-in",
        "server.csr",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
    ];
    replace_certificate(
        &mut server,
        &[&sign[..], &["-days", "2", "-extfile", "names.ext"]].concat(),
    );
    let probe = probe(&trusting(&server));
    let facts = tls(&probe);
    assert_eq!(facts.chain_trusted, Ok(()));
    assert_eq!(facts.name_matches, Err("it is not for this name".into()));
    assert_eq!(own(facts).names, [SubjectName::Dns("imap.example".into())]);
}

#[test]
fn a_version_1_certificate_is_described_and_said_to_be_unusable() {
    let mut server = dovecot(Tls::Offered);
    let sign = [
        "x509",
        "-req",
        "-in",
        "server.csr",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
    ];
    replace_certificate(&mut server, &[&sign[..], &["-days", "2"]].concat());
    let probe = probe(&trusting(&server));
    let facts = tls(&probe);
    assert_eq!(own(facts).version, 1);
    for verdict in [&facts.chain_trusted, &facts.name_matches, &facts.key_proven] {
        assert!(
            verdict.as_ref().unwrap_err().contains("version 1"),
            "{facts:?}"
        );
    }
    assert!(probe.under_tls.value().is_some());
}

#[test]
fn a_self_signed_certificate_is_trusted_where_it_is_the_one_in_the_file() {
    let mut server = dovecot(Tls::Offered);
    let make = [
        "req",
        "-x509",
        "-key",
        "server.key",
        "-subj",
        "/CN=box",
        "-days",
        "2",
    ];
    let names = ["-addext", "subjectAltName=IP:127.0.0.1"];
    replace_certificate(&mut server, &[&make[..], &names].concat());
    let mut options = options(&server);
    let untrusted = probe(&options);
    let facts = tls(&untrusted);
    assert!(own(facts).self_signed && facts.chain_trusted.is_err());
    options.tls.extra_ca = Some(server.dir().join("server.pem"));
    assert_eq!(tls(&probe(&options)).chain_trusted, Ok(()));
    options.tls.extra_ca = Some(Path::new("/nowhere/ca.pem").into());
    let reason = tls(&probe(&options)).chain_trusted.clone().unwrap_err();
    assert!(reason.starts_with("/nowhere/ca.pem: "), "{reason}");
}

#[test]
fn no_tls_is_told_apart_from_tls_that_is_not_wanted() {
    let server = dovecot(Tls::Off);
    let found = probe(&options(&server));
    assert!(matches!(
        found.tls,
        Outcome::Skipped("the server offers no STARTTLS")
    ));
    assert!(found.before_tls.value().unwrap().has("IMAP4rev1"));
    let server = dovecot(Tls::Offered);
    let mut options = options(&server);
    options.security = Security::Plain;
    assert!(matches!(
        probe(&options).tls,
        Outcome::Skipped("no TLS is wanted")
    ));
}

#[test]
fn a_name_that_does_not_exist_and_a_closed_port_are_values() {
    let lost = probe(&ConnectOptions::new("no-such-host.invalid", 143));
    let error = lost.resolved.error().unwrap();
    assert!(
        matches!(
            error,
            StoreError::Connect { .. } | StoreError::Timeout { .. }
        ),
        "{error}"
    );
    assert!(lost.reached.is_empty() && matches!(lost.greeting, Outcome::Skipped(_)));

    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let closed = probe(&ConnectOptions::new("127.0.0.1", port));
    assert_eq!(closed.resolved.value().unwrap().len(), 1);
    let error = closed.reached[0].connection.error().unwrap();
    assert!(matches!(error, StoreError::Connect { .. }), "{error}");
    assert!(matches!(closed.tls, Outcome::Skipped(_)));
}

#[test]
fn a_server_of_another_protocol_and_a_silent_one_are_values_within_the_timeouts() {
    let server = Server::start(|talk| {
        talk.send("220 mail.example ESMTP\r\n");
        let _ = talk.line();
    });
    let other = probe(&server.options());
    let error = other.greeting.error().unwrap();
    assert!(matches!(error, StoreError::Malformed { .. }), "{error}");
    assert!(matches!(other.before_tls, Outcome::Skipped(_)));
    server.finish();

    let server = Server::start(|talk| talk.silence(Duration::from_secs(4)));
    let mut patient = server.options();
    patient.security = Security::StartTlsIfOffered;
    let began = Instant::now();
    let silent = probe(&patient);
    assert!(began.elapsed() < Duration::from_secs(4));
    assert!(matches!(
        silent.greeting.error(),
        Some(StoreError::Timeout { .. })
    ));
    server.finish();
}

#[test]
fn tls_that_fails_keeps_what_was_seen_before_it() {
    for (after_starttls, refused) in [
        ("", true),
        // A fatal alert: handshake_failure.
        ("\u{15}\u{3}\u{3}\0\u{2}\u{2}\u{28}", false),
        ("what?\r\n", false),
    ] {
        let server = Server::start(move |talk| {
            talk.send("* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] hello\r\n");
            let tag = talk.expect("STARTTLS");
            if refused {
                talk.send(format!("{tag} NO TLS is broken today\r\n"));
            } else {
                talk.ok(&tag);
                let _ = talk.octets(5);
                talk.send(after_starttls);
            }
            let _ = talk.rest();
        });
        let mut options = server.options();
        options.security = Security::StartTlsIfOffered;
        let found = probe(&options);
        assert_eq!(found.greeting.value().map(String::as_str), Some("hello"));
        assert!(found.before_tls.value().unwrap().has("LOGINDISABLED"));
        let error = found.tls.error().unwrap().to_string();
        if refused {
            assert_eq!(error, "STARTTLS: NO TLS is broken today");
        } else {
            assert!(error.contains("TLS: "), "{error}");
        }
        assert!(matches!(found.under_tls, Outcome::Skipped(_)));
        server.finish();
    }
}

#[test]
fn what_comes_before_the_handshake_is_not_taken_for_protected() {
    let server = Server::start(|talk| {
        talk.send("* OK [CAPABILITY IMAP4rev1 STARTTLS] hello\r\n");
        let tag = talk.expect("STARTTLS");
        talk.send(format!(
            "{tag} OK go\r\n* CAPABILITY IMAP4rev1 AUTH=EVIL\r\n"
        ));
        let _ = talk.rest();
    });
    let mut options = server.options();
    options.security = Security::StartTlsIfOffered;
    let error = probe(&options).tls.error().unwrap().to_string();
    assert!(
        error.contains("between STARTTLS and the handshake"),
        "{error}"
    );
    server.finish();
}
