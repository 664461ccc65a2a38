//! Bearer tokens that are refused, doubted, or not to be had.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use vmimap::mailstore::error::StoreError;
use vmimap::mailstore::mechanism::Mechanism;
use vmimap::mailstore::options::{ConnectOptions, TokenSource};
use vmimap::mailstore::session::Session;

use super::scripted::{Server, ada};
use super::{base64, broken, greet};

/// Options to log in by this way with a token.
pub fn with_token(server: &Server, mechanism: Mechanism) -> ConnectOptions {
    let mut options = server.options();
    options.login.mechanism = Some(mechanism);
    options.login.token = Some(TokenSource::new(|_| Ok("tok.en-of_ada".into())));
    options
}

#[test]
fn the_reason_for_refusing_a_token_is_acknowledged_and_kept() {
    let cases = [(Mechanism::OauthBearer, "AQ=="), (Mechanism::Xoauth2, "")];
    for (mechanism, acknowledgement) in cases {
        let name = mechanism.name();
        let server = Server::start(move |talk| {
            greet(talk, &format!("AUTH={name}"));
            let (tag, _) = talk.expect_start(&format!("AUTHENTICATE {name} "));
            let reason = r#"{"status":"invalid_token","scope":"mail tok.en-of_ada"}"#;
            talk.send(format!("+ {}\r\n", base64(reason)));
            assert_eq!(talk.line(), acknowledgement);
            talk.send(format!("{tag} NO SASL authentication failed\r\n"));
        });
        let error = Session::connect(&with_token(&server, mechanism), &ada()).unwrap_err();
        assert!(matches!(error, StoreError::LoginRefused(_)), "{error}");
        let told = error.to_string();
        assert!(
            told.contains("authentication failed") && told.contains("invalid_token"),
            "{told}"
        );
        assert!(!told.contains("tok.en-of_ada"), "{told}");
        server.finish();
    }
}

#[test]
fn an_ok_after_a_complaint_about_the_token_does_not_count() {
    let server = Server::start(|talk| {
        greet(talk, "AUTH=XOAUTH2");
        let (tag, _) = talk.expect_start("AUTHENTICATE XOAUTH2 ");
        talk.send(format!("+ {}\r\n", base64(r#"{"status":"400"}"#)));
        talk.line();
        talk.send(format!("{tag} OK in\r\n"));
    });
    let outcome = Session::connect(&with_token(&server, Mechanism::Xoauth2), &ada());
    assert!(broken(outcome).contains("refused the token and said OK"));
    server.finish();
}

#[test]
fn where_no_token_can_be_had_nothing_is_sent() {
    let server = Server::start(|talk| {
        greet(talk, "AUTH=XOAUTH2 AUTH=PLAIN");
        assert_eq!(talk.line(), "");
    });
    let mut options = server.options();
    options.login.token = Some(TokenSource::new(|user| Err(format!("no token for {user}"))));
    assert!(broken(Session::connect(&options, &ada())).contains("no token for ada"));
    server.finish();
}

#[test]
fn without_sasl_ir_the_first_message_waits_for_the_server() {
    let server = Server::start(|talk| {
        talk.send("* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2 AUTH=EXTERNAL] ready\r\n");
        let tag = talk.expect("AUTHENTICATE XOAUTH2");
        talk.send("+ go ahead in words\r\n");
        let first = STANDARD.decode(talk.line()).unwrap();
        assert_eq!(first, b"user=ada\x01auth=Bearer tok.en-of_ada\x01\x01");
        talk.send(format!("{tag} OK [CAPABILITY IMAP4rev1] in\r\n"));
    });
    Session::connect(&with_token(&server, Mechanism::Xoauth2), &ada()).unwrap();
    server.finish();
}
