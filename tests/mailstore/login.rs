//! Connecting and logging in, against a scripted server.

use crate::scripted;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use scripted::{Server, ada};
use vmimap::mailstore::error::{Scope, StoreError};
use vmimap::mailstore::options::{Credentials, Direction, Security, Trace};
use vmimap::mailstore::session::Session;

#[test]
fn login_with_sasl_ir_takes_one_round_trip_and_keeps_the_capabilities_of_the_ok() {
    let server = Server::logged_in("IMAP4rev1 UIDPLUS", |talk| {
        let (_, command) = talk.expect_start("LOGOUT");
        assert_eq!(command, "LOGOUT");
    });
    let session = server.connect().unwrap();
    assert!(session.capabilities().has("uidplus"));
    assert!(!session.capabilities_before_login().has("uidplus"));
    assert!(session.capabilities_before_login().has("auth=plain"));
    assert_eq!(session.greeting(), "ready");
    session.logout();
    server.finish();
}

#[test]
fn without_sasl_ir_the_server_is_asked_first_and_capabilities_are_asked_afterwards() {
    let server = Server::start(|talk| {
        talk.send("* OK hello\r\n");
        let tag = talk.expect("CAPABILITY");
        talk.send(format!("* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n{tag} OK\r\n"));
        let tag = talk.expect("AUTHENTICATE PLAIN");
        talk.send("* OK a moment\r\n+\r\n");
        assert_eq!(talk.line(), "AGFkYQBhbmFseXRpY2Fs");
        talk.ok(&tag);
        let tag = talk.expect("CAPABILITY");
        talk.send(format!("* CAPABILITY IMAP4rev1 QUOTA\r\n{tag} OK\r\n"));
    });
    assert!(server.connect().unwrap().capabilities().has("QUOTA"));
    server.finish();
}

#[test]
fn a_master_user_sends_the_owner_as_authorisation_identity() {
    let server = Server::start(|talk| {
        talk.send("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n");
        let tag = talk.expect("AUTHENTICATE PLAIN YWRhAG1hc3RlcgBhbmFseXRpY2Fs");
        talk.send(format!("{tag} OK [CAPABILITY IMAP4rev1] in\r\n"));
    });
    let master = Credentials {
        auth_user: Some("master".into()),
        ..ada()
    };
    Session::connect(&server.options(), &master).unwrap();
    server.finish();
}

#[test]
fn login_quotes_and_sends_eight_bit_passwords_as_literals() {
    let server = Server::start(|talk| {
        talk.send("* OK [CAPABILITY IMAP4rev1] ready\r\n");
        let (tag, command) = talk.expect_start("LOGIN");
        assert_eq!(command, r#"LOGIN "a\"d\\a" {5}"#);
        talk.send("* OK wait\r\n+ go\r\n");
        assert_eq!(talk.octets(7), "p\u{e4}ss\r\n".as_bytes());
        talk.send(format!("{tag} OK [CAPABILITY IMAP4rev1] in\r\n"));
    });
    let odd = Credentials {
        user: r#"a"d\a"#.into(),
        password: "p\u{e4}ss".into(),
        auth_user: None,
    };
    Session::connect(&server.options(), &odd).unwrap();
    server.finish();
}

#[test]
fn a_refused_login_keeps_the_servers_words_but_not_the_password() {
    let server = Server::start(|talk| {
        talk.send("* OK [CAPABILITY IMAP4rev1] ready\r\n");
        let (tag, _) = talk.expect_start("LOGIN");
        talk.send(format!(
            "{tag} NO [AUTHENTICATIONFAILED] no such pair: ada analytical\r\n"
        ));
    });
    let error = server.connect().unwrap_err();
    assert_eq!(
        error.to_string(),
        "login refused: NO [AUTHENTICATIONFAILED] no such pair: ada <redacted>"
    );
    assert!(matches!(error, StoreError::LoginRefused(_)) && !error.is_connection());
    server.finish();
}

#[test]
fn too_many_connections_are_told_from_a_wrong_password() {
    let server = Server::start(|talk| {
        talk.send("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n");
        let (tag, _) = talk.expect_start("AUTHENTICATE");
        talk.send(format!(
            "{tag} NO [LIMIT] Maximum number of connections\r\n"
        ));
    });
    let error = server.connect().unwrap_err();
    assert!(
        matches!(error, StoreError::TooManyConnections(_)),
        "{error}"
    );
    server.finish();
}

#[test]
fn logindisabled_is_honoured_before_a_password_is_sent() {
    let server = Server::start(|talk| {
        talk.send("* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] ready\r\n");
        assert_eq!(talk.line(), "", "nothing may be sent");
    });
    let error = server.connect().unwrap_err();
    assert!(matches!(error, StoreError::NoLoginMethod { .. }), "{error}");
    server.finish();
}

#[test]
fn a_missing_starttls_is_an_error_where_it_is_required() {
    let server = Server::start(|talk| {
        talk.send("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n");
        assert_eq!(talk.line(), "");
    });
    let mut options = server.options();
    options.security = Security::StartTlsRequired;
    let error = Session::connect(&options, &ada()).unwrap_err();
    assert!(matches!(error, StoreError::Tls { .. }), "{error}");
    server.finish();
}

#[test]
fn data_injected_before_the_handshake_is_refused() {
    let server = Server::start(|talk| {
        talk.send("* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n");
        let tag = talk.expect("STARTTLS");
        talk.send(format!(
            "{tag} OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"
        ));
        assert!(talk.rest().is_empty(), "not even a handshake");
    });
    let mut options = server.options();
    options.security = Security::StartTlsIfOffered;
    let error = Session::connect(&options, &ada()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("between STARTTLS and the handshake"),
        "{error}"
    );
    server.finish();
}

#[test]
fn a_preauth_greeting_is_refused() {
    let server = Server::start(|talk| talk.send("* PREAUTH [CAPABILITY IMAP4rev1] hello root\r\n"));
    let error = server.connect().unwrap_err();
    assert!(matches!(error, StoreError::NoLoginMethod { .. }), "{error}");
    server.finish();
}

#[test]
fn a_farewell_instead_of_a_greeting_keeps_its_words() {
    let server = Server::start(|talk| talk.send("* BYE come back later\r\n"));
    let error = server.connect().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the server closed the connection: come back later"
    );
    assert!(error.is_connection());
    server.finish();
}

#[test]
fn what_is_no_imap_server_is_told_so() {
    for greeting in ["220 smtp.example ESMTP\r\n", "\u{0}\u{1}\u{2}\n", "\r\n"] {
        let server = Server::start(move |talk| talk.send(greeting));
        let error = server.connect().unwrap_err();
        assert!(
            matches!(error, StoreError::Malformed { .. }),
            "{greeting:?}: {error}"
        );
        server.finish();
    }
}

#[test]
fn silence_and_dripping_end_in_a_timeout() {
    let server = Server::start(|talk| talk.silence(Duration::from_millis(900)));
    let error = server.connect().unwrap_err();
    assert!(matches!(error, StoreError::Timeout { .. }), "{error}");
    server.finish();

    let server = Server::start(|talk| {
        talk.drip(
            &format!("* OK {}", "x".repeat(200)),
            Duration::from_millis(100),
        );
    });
    let begun = Instant::now();
    let error = server.connect().unwrap_err();
    assert!(matches!(error, StoreError::Timeout { .. }), "{error}");
    assert!(
        begun.elapsed() < Duration::from_secs(4),
        "{:?}",
        begun.elapsed()
    );
    server.finish();
}

#[test]
fn an_endless_greeting_is_cut_off() {
    let server = Server::start(|talk| {
        for _ in 0..100 {
            talk.send(vec![b'x'; 64 * 1024]);
        }
    });
    let error = server.connect().unwrap_err();
    assert!(matches!(error, StoreError::TooLarge { .. }), "{error}");
    server.finish();
}

#[test]
fn a_closed_port_is_a_connection_error() {
    let server = Server::start(|talk| drop(talk.rest()));
    let mut options = server.options();
    let _ = std::net::TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    server.finish();
    options.timeouts.connect = Duration::from_secs(1);
    let error = Session::connect(&options, &ada()).unwrap_err();
    assert!(matches!(error, StoreError::Connect { .. }), "{error}");
    assert_eq!(error.scope(), Scope::Session);
}

#[test]
fn the_trace_shows_the_conversation_and_no_secret_even_where_the_server_echoes_it() {
    let server = Server::start(|talk| {
        talk.send("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n");
        let (tag, _) = talk.expect_start("AUTHENTICATE");
        talk.send("* NO AGFkYQBhbmFseXRpY2Fs is analytical\r\n");
        talk.send(format!("{tag} OK [CAPABILITY IMAP4rev1] in\r\n"));
    });
    let told = Arc::new(Mutex::new(Vec::new()));
    let mut options = server.options();
    let tell = Arc::clone(&told);
    options.trace = Some(Trace::new(move |from, line| {
        tell.lock().unwrap().push((from, line.to_owned()));
    }));
    Session::connect(&options, &ada()).unwrap();
    server.finish();
    let told = told.lock().unwrap();
    assert!(told.contains(&(Direction::Client, "v1 AUTHENTICATE PLAIN <redacted>".into())));
    assert!(told.contains(&(Direction::Server, "* NO <redacted> is <redacted>".into())));
    let all = format!("{told:?}");
    assert!(
        !all.contains("analytical") && !all.contains("AGFkYQBhbmFseXRpY2Fs"),
        "{all}"
    );
}

#[test]
fn what_is_cut_out_of_an_answer_is_cut_after_the_password_was_taken_out() {
    let server = Server::start(|talk| {
        talk.send("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n");
        let (_, command) = talk.expect_start("AUTHENTICATE PLAIN");
        // An excerpt has 160 octets: it would end in the middle.
        talk.send(format!("{} {command}\r\n", "?".repeat(130)));
    });
    let error = server.connect().unwrap_err().to_string();
    assert!(error.contains("AUTHENTICATE PLAIN <reda"), "{error}");
    assert!(!error.contains("AGFk"), "{error}");
    server.finish();
}

#[test]
fn a_challenge_that_is_no_base64_is_quoted_without_the_password_that_was_sent() {
    let server = Server::start(|talk| {
        talk.send("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n");
        let (tag, command) = talk.expect_start("AUTHENTICATE PLAIN ");
        let sent = command.rsplit(' ').next().unwrap();
        // An excerpt has 160 octets: it would end in the middle.
        talk.send(format!("+ {}{sent}\r\n", "?".repeat(150)));
        talk.line();
        talk.send(format!("{tag} BAD cancelled\r\n"));
    });
    let error = server.connect().unwrap_err().to_string();
    assert!(error.contains("no base64"), "{error}");
    assert!(!error.contains("AGFk"), "{error}");
    server.finish();
}
