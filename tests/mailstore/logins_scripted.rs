//! Logging in to servers that lie, babble, or change their minds: scripted, since no real one does.

#[path = "logins_scripted/tokens.rs"]
mod tokens;

use crate::scripted;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use scripted::{Server, Talk, ada};
use tokens::with_token;
use vmimap::mailstore::error::StoreError;
use vmimap::mailstore::mechanism::Mechanism;
use vmimap::mailstore::options::{Credentials, Trace};
use vmimap::mailstore::session::Session;

fn greet(talk: &mut Talk, offers: &str) {
    talk.send(format!(
        "* OK [CAPABILITY IMAP4rev1 SASL-IR {offers}] ready\r\n"
    ));
}

fn base64(text: &str) -> String {
    STANDARD.encode(text)
}

/// Logs in by this way alone.
fn by(server: &Server, mechanism: Mechanism) -> Result<Session, StoreError> {
    let mut options = server.options();
    options.login.mechanism = Some(mechanism);
    Session::connect(&options, &ada())
}

fn broken(outcome: Result<Session, StoreError>) -> String {
    match outcome.unwrap_err() {
        StoreError::LoginBroken { reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}

/// Reads the client's first SCRAM message; the tag and the client's nonce.
fn scram_first(talk: &mut Talk) -> (String, String) {
    let (tag, command) = talk.expect_start("AUTHENTICATE SCRAM-SHA-256 ");
    let first = command.rsplit(' ').next().unwrap();
    let first = String::from_utf8(STANDARD.decode(first).unwrap()).unwrap();
    let nonce = first.strip_prefix("n,,n=ada,r=").unwrap();
    (tag, nonce.to_owned())
}

fn scram_challenge(talk: &mut Talk, nonce: &str, iterations: &str) {
    let text = format!("r={nonce}Server,s=QSXCR+Q6sek8bf92,i={iterations}");
    talk.send(format!("+ {}\r\n", base64(&text)));
}

#[test]
fn the_order_of_choice_holds_whatever_order_the_server_names_them_in() {
    for (offers, first) in [
        (
            "AUTH=PLAIN AUTH=CRAM-MD5 AUTH=SCRAM-SHA-1 AUTH=SCRAM-SHA-256",
            "SCRAM-SHA-256 ",
        ),
        (
            "AUTH=SCRAM-SHA-1 AUTH=LOGIN AUTH=PLAIN AUTH=CRAM-MD5",
            "SCRAM-SHA-1 ",
        ),
        ("AUTH=PLAIN AUTH=LOGIN AUTH=CRAM-MD5", "CRAM-MD5"),
        ("AUTH=LOGIN AUTH=PLAIN AUTH=NTLM AUTH=DIGEST-MD5", "PLAIN "),
        ("AUTH=LOGIN", "LOGIN"),
    ] {
        let server = Server::start(move |talk| {
            greet(talk, offers);
            talk.expect_start(&format!("AUTHENTICATE {first}"));
        });
        server.connect().unwrap_err();
        server.finish();
    }
}

#[test]
fn secure_sends_nothing_where_only_passwords_are_taken() {
    let server = Server::start(|talk| {
        greet(talk, "AUTH=PLAIN AUTH=LOGIN");
        assert_eq!(talk.line(), "", "nothing may be sent");
    });
    let mut options = server.options();
    options.login.secure = true;
    let error = Session::connect(&options, &ada()).unwrap_err();
    assert!(matches!(error, StoreError::NoLoginMethod { .. }), "{error}");
    assert!(error.to_string().contains("secure in imapflags"), "{error}");
    server.finish();
}

#[test]
fn logindisabled_counts_before_the_login_and_not_after_it() {
    // Cyrus keeps it in its list.
    let server = Server::start(|talk| {
        greet(talk, "AUTH=PLAIN LOGINDISABLED");
        let (tag, _) = talk.expect_start("AUTHENTICATE PLAIN");
        talk.send(format!(
            "{tag} OK [CAPABILITY IMAP4rev1 LOGINDISABLED] in\r\n"
        ));
        let tag = talk.expect("NOOP");
        talk.ok(&tag);
    });
    let mut session = server.connect().unwrap();
    assert!(session.capabilities().has("LOGINDISABLED"));
    session.noop().unwrap();
    server.finish();
}

#[test]
fn a_scram_server_that_cannot_prove_itself_is_given_nothing_more() {
    let wrong = format!("v={}", STANDARD.encode([0; 32]));
    for proof in [
        Some(wrong),
        Some("v=".to_owned()),
        Some(String::new()),
        None,
    ] {
        let server = Server::start(move |talk| {
            greet(talk, "AUTH=SCRAM-SHA-256 AUTH=PLAIN");
            let (tag, nonce) = scram_first(talk);
            scram_challenge(talk, &nonce, "4096");
            let last = talk.line();
            assert!(
                String::from_utf8(STANDARD.decode(last).unwrap())
                    .unwrap()
                    .contains(",p=")
            );
            if let Some(proof) = proof {
                talk.send(format!("+ {}\r\n", base64(&proof)));
                assert_eq!(talk.line(), "*");
                talk.send(format!("{tag} BAD cancelled\r\n"));
            } else {
                talk.send(format!("{tag} OK [CAPABILITY IMAP4rev1] in\r\n"));
            }
            assert_eq!(talk.line(), "", "the password must not be tried in clear");
        });
        let why = broken(server.connect());
        assert!(
            why.contains("signature is wrong") || why.contains("without having proved"),
            "{why}"
        );
        server.finish();
    }
}

#[test]
fn a_server_that_lets_in_who_has_cancelled_is_left() {
    let server = Server::start(|talk| {
        greet(talk, "AUTH=SCRAM-SHA-256");
        let (tag, nonce) = scram_first(talk);
        scram_challenge(talk, &nonce, "1");
        assert_eq!(talk.line(), "*");
        talk.send(format!("{tag} OK come in\r\n"));
        assert_eq!(talk.line(), "");
    });
    let why = broken(server.connect());
    assert!(why.contains("1 iterations are demanded"), "{why}");
    server.finish();
}

#[test]
fn four_billion_iterations_are_refused_at_once() {
    let server = Server::start(|talk| {
        greet(talk, "AUTH=SCRAM-SHA-256");
        let (tag, nonce) = scram_first(talk);
        scram_challenge(talk, &nonce, "4294967295");
        assert_eq!(talk.line(), "*");
        talk.send(format!("{tag} NO cancelled\r\n"));
    });
    let begun = Instant::now();
    broken(server.connect());
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    server.finish();
}

#[test]
fn hostile_challenges_end_every_mechanism_without_harm() {
    let endless = format!("+ {}", "A".repeat(100_000));
    let challenges = [
        "+ !!!not base64!!!".to_owned(),
        "+ ====".to_owned(),
        "+ A".to_owned(),
        "+ \u{1b}[31m\u{202e}".to_owned(),
        format!("+ {}", STANDARD.encode([0xff, 0, 0xfe])),
        format!("+ {}", base64("m=must,r=x,s=y,i=1")),
        endless,
    ];
    for mechanism in [
        Mechanism::ScramSha256,
        Mechanism::ScramSha1,
        Mechanism::CramMd5,
    ] {
        for challenge in challenges.clone() {
            // The second one is a challenge like any other for CRAM-MD5.
            let harmless = mechanism == Mechanism::CramMd5 && challenge.len() < 40;
            let name = mechanism.sasl_name().unwrap();
            let server = Server::start(move |talk| {
                greet(talk, &format!("AUTH={name} AUTH=PLAIN"));
                let (tag, _) = talk.expect_start(&format!("AUTHENTICATE {name}"));
                talk.send(format!("{challenge}\r\n"));
                talk.line();
                talk.send(format!("{tag} NO no\r\n"));
            });
            let error = by(&server, mechanism).unwrap_err();
            let told = error.to_string();
            assert!(
                matches!(error, StoreError::LoginBroken { .. })
                    || harmless && matches!(error, StoreError::LoginRefused(_)),
                "{mechanism}: {told}"
            );
            assert!(
                !told.contains('\u{1b}') && !told.contains('\u{202e}'),
                "{told}"
            );
            assert!(!told.contains("analytical") && told.len() < 500, "{told}");
            server.finish();
        }
    }
}

#[test]
fn a_server_that_never_stops_asking_is_left_in_the_end() {
    for mechanism in [Mechanism::SaslLogin, Mechanism::CramMd5, Mechanism::Plain] {
        let name = mechanism.sasl_name().unwrap();
        let server = Server::start(move |talk| {
            greet(talk, &format!("AUTH={name}"));
            let (tag, _) = talk.expect_start("AUTHENTICATE");
            for _ in 0..20 {
                talk.send(format!("+ {}\r\n", base64("more?")));
                if talk.line() == "*" {
                    talk.send(format!("{tag} NO then not\r\n"));
                    return;
                }
            }
            panic!("the client answers for ever");
        });
        broken(by(&server, mechanism));
        server.finish();
    }
}

#[test]
fn a_refused_challenge_is_followed_by_the_password_once_and_by_nothing_else() {
    let server = Server::start(|talk| {
        greet(
            talk,
            "AUTH=SCRAM-SHA-256 AUTH=SCRAM-SHA-1 AUTH=CRAM-MD5 AUTH=PLAIN AUTH=LOGIN",
        );
        let (tag, _) = talk.expect_start("AUTHENTICATE SCRAM-SHA-256");
        talk.send(format!(
            "{tag} NO [AUTHENTICATIONFAILED] no such scheme\r\n"
        ));
        let (tag, _) = talk.expect_start("AUTHENTICATE PLAIN");
        talk.send(format!(
            "{tag} NO [AUTHENTICATIONFAILED] wrong password\r\n"
        ));
        assert_eq!(talk.line(), "", "two wrong passwords are enough");
    });
    let error = server.connect().unwrap_err();
    assert!(error.to_string().contains("wrong password"), "{error}");
    server.finish();

    let server = Server::start(|talk| {
        greet(talk, "AUTH=SCRAM-SHA-256 AUTH=PLAIN");
        let (tag, _) = talk.expect_start("AUTHENTICATE SCRAM-SHA-256");
        talk.send(format!("{tag} NO [LIMIT] too many connections\r\n"));
        assert_eq!(talk.line(), "", "another way would not help");
    });
    let error = server.connect().unwrap_err();
    assert!(
        matches!(error, StoreError::TooManyConnections(_)),
        "{error}"
    );
    server.finish();
}

#[test]
fn a_server_that_hangs_up_after_a_refusal_is_quoted_with_the_refusal() {
    let server = Server::start(|talk| {
        greet(talk, "AUTH=SCRAM-SHA-256 AUTH=PLAIN");
        let (tag, _) = talk.expect_start("AUTHENTICATE SCRAM-SHA-256");
        talk.send(format!("{tag} NO the account is locked\r\n* BYE\r\n"));
    });
    let error = server.connect().unwrap_err();
    assert!(matches!(error, StoreError::LoginRefused(_)), "{error}");
    assert!(
        error.to_string().contains("the account is locked"),
        "{error}"
    );
    server.finish();
}

#[test]
fn no_trace_shows_a_secret_whatever_the_mechanism_and_the_servers_echo() {
    let secrets = [
        "analytical",
        "YW5hbHl0aWNhbA==",
        "AGFkYQBhbmFseXRpY2Fs",
        "tok.en-of_ada",
    ];
    for mechanism in Mechanism::ALL {
        let Some(name) = mechanism.sasl_name() else {
            continue;
        };
        if matches!(mechanism, Mechanism::Gssapi | Mechanism::External) {
            continue;
        }
        let server = Server::start(move |talk| {
            greet(talk, &format!("AUTH={name}"));
            let (tag, mut said) = talk.expect_start(&format!("AUTHENTICATE {name}"));
            for challenge in ["Username:", "Password:"] {
                talk.send(format!(
                    "* NO you said {said}, tok.en-of_ada, analytical\r\n"
                ));
                talk.send(format!("+ {}\r\n", base64(challenge)));
                said = talk.line();
                if said == "*" {
                    break;
                }
            }
            talk.send(format!(
                "{tag} NO [ALERT] {said} analytical tok.en-of_ada\r\n"
            ));
        });
        let told = Arc::new(Mutex::new(Vec::new()));
        let tell = Arc::clone(&told);
        let mut options = with_token(&server, mechanism);
        if !matches!(mechanism, Mechanism::OauthBearer | Mechanism::Xoauth2) {
            options.login.token = None;
        }
        options.trace = Some(Trace::new(move |_, line| {
            tell.lock().unwrap().push(line.to_owned());
        }));
        let ada = Credentials {
            password: "analytical".into(),
            ..ada()
        };
        let error = Session::connect(&options, &ada).unwrap_err();
        server.finish();
        let all = format!("{:?} {error} {error:?}", told.lock().unwrap());
        let echoed = mechanism.reveals();
        assert!(all.contains("<redacted>") || !echoed, "{all}");
        for secret in secrets {
            // A token is no secret of a login by password, nor the other way round.
            let of_token = secret.starts_with("tok");
            if of_token == options.login.token.is_some() {
                assert!(!all.contains(secret), "{mechanism} {secret}: {all}");
            }
        }
    }
}
