//! The choice, for every kind of means and offers.

use super::*;
use crate::mailstore::options::TokenSource;

fn credentials(auth_user: Option<&str>) -> Credentials {
    Credentials {
        user: "ada".into(),
        password: "secret".into(),
        auth_user: auth_user.map(str::to_owned),
    }
}

/// The names of what is tried, or the reason why nothing is.
fn tried(means: &Means<'_>, offers: &str) -> Result<String, String> {
    let capabilities = Capabilities::from_words(offers);
    match choose(means, &capabilities, "ready") {
        Ok(chosen) => {
            let names: Vec<&str> = chosen.into_iter().map(Mechanism::name).collect();
            Ok(names.join(" "))
        }
        Err(error) => Err(error.to_string()),
    }
}

fn no_ticket() -> Result<(), String> {
    Err("there is no ticket".to_owned())
}

fn with_password(offers: &str, auth_user: Option<&str>, secure: bool) -> Result<String, String> {
    let means = Means {
        credentials: &credentials(auth_user),
        login: &LoginOptions {
            secure,
            ..LoginOptions::default()
        },
        certificate: false,
        ticket: &no_ticket,
    };
    tried(&means, offers)
}

const ALL: &str = "IMAP4rev1 AUTH=PLAIN AUTH=LOGIN AUTH=CRAM-MD5 AUTH=SCRAM-SHA-1 AUTH=SCRAM-SHA-256 \
                   AUTH=XOAUTH2 AUTH=OAUTHBEARER AUTH=EXTERNAL AUTH=GSSAPI AUTH=DIGEST-MD5";

#[test]
fn the_strongest_that_is_offered_comes_first_and_a_password_is_sent_only_after_it() {
    for (offers, order) in [
        (ALL, "SCRAM-SHA-256 PLAIN"),
        (
            "AUTH=PLAIN AUTH=CRAM-MD5 AUTH=SCRAM-SHA-1",
            "SCRAM-SHA-1 PLAIN",
        ),
        ("AUTH=LOGIN AUTH=PLAIN AUTH=CRAM-MD5", "CRAM-MD5 PLAIN"),
        ("AUTH=LOGIN AUTH=PLAIN", "PLAIN"),
        ("AUTH=LOGIN", "SASL-LOGIN"),
        ("AUTH=LOGIN LOGINDISABLED", "SASL-LOGIN"),
        ("AUTH=CRAM-MD5", "CRAM-MD5 LOGIN"),
        ("AUTH=CRAM-MD5 LOGINDISABLED", "CRAM-MD5"),
        ("AUTH=DIGEST-MD5 AUTH=NTLM", "LOGIN"),
        ("IMAP4rev1", "LOGIN"),
    ] {
        assert_eq!(
            with_password(offers, None, false),
            Ok(order.into()),
            "{offers}"
        );
    }
}

#[test]
fn what_served_before_goes_first_where_it_is_among_what_is_tried() {
    for (first, order) in [
        (Mechanism::Plain, "PLAIN SCRAM-SHA-256"),
        (Mechanism::ScramSha256, "SCRAM-SHA-256 PLAIN"),
        (Mechanism::Gssapi, "SCRAM-SHA-256 PLAIN"),
        (Mechanism::Login, "SCRAM-SHA-256 PLAIN"),
    ] {
        let means = Means {
            credentials: &credentials(None),
            login: &LoginOptions {
                first: Some(first),
                ..LoginOptions::default()
            },
            certificate: false,
            ticket: &no_ticket,
        };
        assert_eq!(tried(&means, ALL), Ok(order.into()), "{first}");
    }
}

#[test]
fn a_ticket_and_a_certificate_come_before_every_password() {
    let means = Means {
        credentials: &credentials(None),
        login: &LoginOptions::default(),
        certificate: true,
        ticket: &|| Ok(()),
    };
    let order = "GSSAPI EXTERNAL SCRAM-SHA-256 PLAIN";
    assert_eq!(tried(&means, ALL), Ok(order.into()));
    assert_eq!(tried(&means, "AUTH=PLAIN"), Ok("PLAIN".into()));
}

#[test]
fn a_token_is_used_instead_of_a_password_and_never_beside_it() {
    let means = Means {
        credentials: &credentials(None),
        login: &LoginOptions {
            token: Some(TokenSource::new(|_| Ok("t".into()))),
            ..LoginOptions::default()
        },
        certificate: false,
        ticket: &no_ticket,
    };
    assert_eq!(tried(&means, ALL), Ok("OAUTHBEARER".into()));
    assert_eq!(
        tried(&means, "AUTH=XOAUTH2 AUTH=PLAIN"),
        Ok("XOAUTH2".into())
    );
    let why = tried(&means, "AUTH=PLAIN LOGINDISABLED").unwrap_err();
    assert!(why.contains("PLAIN: a token is to be used"), "{why}");
}

#[test]
fn secure_refuses_where_only_passwords_can_be_sent() {
    assert_eq!(with_password(ALL, None, true), Ok("SCRAM-SHA-256".into()));
    assert_eq!(
        with_password("AUTH=CRAM-MD5 AUTH=PLAIN", None, true),
        Ok("CRAM-MD5".into())
    );
    for offers in ["AUTH=PLAIN AUTH=LOGIN", "IMAP4rev1"] {
        let why = with_password(offers, None, true).unwrap_err();
        assert!(why.contains("secure in imapflags forbids sending"), "{why}");
    }
}

#[test]
fn a_master_user_logs_in_only_by_what_can_name_the_owner() {
    let master = Some("master");
    assert_eq!(with_password(ALL, master, false), Ok("PLAIN".into()));
    assert_eq!(with_password(ALL, master, true), Ok("SCRAM-SHA-256".into()));
    assert_eq!(
        with_password("AUTH=SCRAM-SHA-1", master, false),
        Ok("SCRAM-SHA-1".into())
    );
    assert_eq!(
        with_password("AUTH=CRAM-MD5 AUTH=PLAIN", master, false),
        Ok("PLAIN".into())
    );
    for offers in ["IMAP4rev1", "AUTH=LOGIN", "AUTH=CRAM-MD5"] {
        let why = with_password(offers, master, false).unwrap_err();
        assert!(why.contains("a master user needs AUTH=PLAIN"), "{why}");
    }
    // Who names himself is no master.
    assert_eq!(
        with_password("AUTH=CRAM-MD5", Some("ada"), true),
        Ok("CRAM-MD5".into())
    );
    assert_eq!(
        with_password("AUTH=LOGIN", Some(""), false),
        Ok("SASL-LOGIN".into())
    );
}

#[test]
fn courier_gets_no_master_user_whatever_it_offers() {
    let means = Means {
        credentials: &credentials(Some("master")),
        login: &LoginOptions::default(),
        certificate: false,
        ticket: &no_ticket,
    };
    let capabilities = Capabilities::from_words("AUTH=PLAIN AUTH=SCRAM-SHA-256");
    let error = choose(&means, &capabilities, "Courier-IMAP ready.").unwrap_err();
    assert!(
        error.to_string().contains("master's own mailbox"),
        "{error}"
    );
}

#[test]
fn logindisabled_takes_back_the_login_command_alone() {
    let why = with_password("IMAP4rev1 LOGINDISABLED", None, false).unwrap_err();
    assert!(why.contains("LOGINDISABLED"), "{why}");
    let plain = with_password("AUTH=PLAIN LOGINDISABLED", None, false);
    assert_eq!(plain, Ok("PLAIN".into()));
}

#[test]
fn what_is_asked_for_by_name_is_tried_alone_or_refused_with_the_reason() {
    let forced = |mechanism, offers: &str, secure| {
        let means = Means {
            credentials: &credentials(None),
            login: &LoginOptions {
                mechanism: Some(mechanism),
                secure,
                ..LoginOptions::default()
            },
            certificate: false,
            ticket: &no_ticket,
        };
        tried(&means, offers)
    };
    assert_eq!(forced(Mechanism::Login, ALL, false), Ok("LOGIN".into()));
    assert_eq!(forced(Mechanism::CramMd5, ALL, true), Ok("CRAM-MD5".into()));
    for (mechanism, offers, secure, reason) in [
        (Mechanism::CramMd5, "AUTH=PLAIN", false, "does not offer it"),
        (
            Mechanism::Login,
            "LOGINDISABLED",
            false,
            "does not offer it",
        ),
        (Mechanism::Plain, ALL, true, "secure in imapflags"),
        (Mechanism::Gssapi, ALL, false, "there is no ticket"),
        (Mechanism::External, ALL, false, "no client certificate"),
        (Mechanism::Xoauth2, ALL, false, "there is no token"),
    ] {
        let why = forced(mechanism, offers, secure).unwrap_err();
        assert!(why.contains(reason), "{mechanism}: {why}");
    }
}

#[test]
fn without_a_password_only_what_needs_none_is_left() {
    let nobody = Credentials {
        password: "".into(),
        ..credentials(None)
    };
    let means = Means {
        credentials: &nobody,
        login: &LoginOptions::default(),
        certificate: true,
        ticket: &no_ticket,
    };
    assert_eq!(tried(&means, ALL), Ok("EXTERNAL".into()));
    let why = tried(&means, "AUTH=PLAIN").unwrap_err();
    assert!(why.contains("PLAIN: there is no password"), "{why}");
}
