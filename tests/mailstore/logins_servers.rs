//! Every way to log in, against a real Dovecot and a real Cyrus.

#[path = "logins_servers/cli.rs"]
mod cli;
#[path = "logins_servers/cyrus.rs"]
mod cyrus;

use crate::support;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::careful;
use support::dovecot::{Dovecot, DovecotOptions, Tls, User};
use support::tokens::Tokens;
use vmimap::mailstore::error::StoreError;
use vmimap::mailstore::mechanism::Mechanism;
use vmimap::mailstore::options::{
    ConnectOptions, Credentials, Identity, LoginOptions, Security, TokenSource,
};
use vmimap::mailstore::session::Session;

/// A password with what each mechanism could stumble over.
const PASSWORD: &str = "p\u{e4}ss,w=rd";

const EVERY_PASSWORD_MECHANISM: &str =
    "auth_mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256\n";

/// Certificates of the server's own authority, whose names are those of the accounts.
const EXTERNAL: &str = "auth_mechanisms = plain external\nssl_ca = <{dir}/ca.pem\n\
    ssl_verify_client_cert = yes\nssl_require_crl = no\nauth_ssl_username_from_cert = yes\n\
    passdb {\n  driver = static\n  mechanisms = external\n  args = nopassword\n}\n";

fn server(more: &str) -> Dovecot {
    Dovecot::start(DovecotOptions {
        users: vec![User::new("ada", PASSWORD), User::new("bob", "bobs")],
        tls: Tls::Offered,
        more: more.to_owned(),
        ..DovecotOptions::default()
    })
}

fn options(server: &Dovecot, mechanism: Option<Mechanism>) -> ConnectOptions {
    let mut options = ConnectOptions::new(server.host(), server.port());
    options.security = Security::StartTlsRequired;
    options.tls.extra_ca = Some(server.ca_file());
    options.login.mechanism = mechanism;
    options
}

fn by(server: &Dovecot, mechanism: Option<Mechanism>) -> Result<Session, StoreError> {
    Session::connect(
        &options(server, mechanism),
        &careful::credentials(server, "ada"),
    )
}

#[test]
fn each_password_mechanism_lets_in_with_the_right_password_alone() {
    let server = server(EVERY_PASSWORD_MECHANISM);
    for mechanism in [
        Mechanism::ScramSha256,
        Mechanism::ScramSha1,
        Mechanism::CramMd5,
        Mechanism::Plain,
        Mechanism::SaslLogin,
        Mechanism::Login,
    ] {
        let mut session = by(&server, Some(mechanism)).unwrap();
        assert_eq!(session.way().mechanism, mechanism);
        session.noop().unwrap();
        session.logout();
        let wrong = Credentials {
            password: "wrong".into(),
            ..careful::credentials(&server, "ada")
        };
        let error = Session::connect(&options(&server, Some(mechanism)), &wrong).unwrap_err();
        assert!(
            matches!(error, StoreError::LoginRefused(_)),
            "{mechanism}: {error}"
        );
        assert!(
            error.has_code("AUTHENTICATIONFAILED"),
            "{mechanism}: {error}"
        );
    }
    let log = server.log();
    for method in ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"] {
        assert!(
            log.contains(&format!("Login: user=<ada>, method={method},")),
            "{method}: {log}"
        );
    }
}

#[test]
fn the_strongest_is_chosen_and_the_next_kind_where_the_server_cannot_take_it() {
    let strong = server(EVERY_PASSWORD_MECHANISM);
    let way = by(&strong, None).unwrap().way().clone();
    assert_eq!(
        (way.mechanism, way.before.len()),
        (Mechanism::ScramSha256, 0)
    );
    // The server keeps a digest that is of no use for challenges, and offers them all the same.
    let digest = "{SHA256.hex}2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
    let hashed = Dovecot::start(DovecotOptions {
        more: format!(
            "{EVERY_PASSWORD_MECHANISM}passdb {{\n  driver = static\n  args = password={digest}\n}}\n\
             userdb {{\n  driver = static\n  args = home={{dir}}/mail/%u\n}}\n"
        ),
        ..DovecotOptions::default()
    });
    let mut plain = ConnectOptions::new(hashed.host(), hashed.port());
    let zoe = Credentials {
        user: "zoe".into(),
        password: "secret".into(),
        auth_user: None,
    };
    let way = Session::connect(&plain, &zoe).unwrap().way().clone();
    assert_eq!(way.mechanism, Mechanism::Plain);
    assert_eq!(way.before[0].0, Mechanism::ScramSha256);
    plain.login.secure = true;
    let error = Session::connect(&plain, &zoe).unwrap_err();
    assert!(matches!(error, StoreError::LoginRefused(_)), "{error}");
}

#[test]
fn a_master_user_reaches_the_owners_mailbox_by_the_first_way_that_is_tried() {
    let server = Dovecot::start(DovecotOptions {
        users: vec![User::new("ada", "secret")],
        master: Some(("boss".into(), "master-secret".into())),
        more: EVERY_PASSWORD_MECHANISM.to_owned(),
        ..DovecotOptions::default()
    });
    let boss = Credentials {
        user: "ada".into(),
        password: "master-secret".into(),
        auth_user: Some("boss".into()),
    };
    server.raw("ada").command("CREATE OfAda").ok();
    for mechanism in [None, Some(Mechanism::Plain)] {
        let mut options = ConnectOptions::new(server.host(), server.port());
        options.login.mechanism = mechanism;
        let mut session = Session::connect(&options, &boss).unwrap();
        let way = session.way();
        assert_eq!((way.mechanism, way.before.len()), (Mechanism::Plain, 0));
        assert!(session.overview().unwrap().has(&careful::name("OfAda")));
    }
}

fn with_token(server: &Dovecot, mechanism: Option<Mechanism>, token: &str) -> ConnectOptions {
    let token = token.to_owned();
    let mut options = options(server, mechanism);
    options.login.token = Some(TokenSource::new(move |user| {
        assert_eq!(user, "ada");
        Ok(token.clone().into())
    }));
    options
}

#[test]
fn bearer_tokens_let_in_until_they_end_and_the_servers_reason_is_kept() {
    let tokens = Tokens::new();
    let server = server(&tokens.settings());
    let ada = Credentials {
        user: "ada".into(),
        password: "".into(),
        auth_user: None,
    };
    let good = Tokens::token("ada", 4_000_000_000);
    for mechanism in [Mechanism::OauthBearer, Mechanism::Xoauth2] {
        let session = Session::connect(&with_token(&server, Some(mechanism), &good), &ada);
        assert_eq!(session.unwrap().way().mechanism, mechanism);
        for bad in [
            Tokens::token("ada", 1_700_000_001),
            Tokens::token("bob", 4_000_000_000),
        ] {
            let options = with_token(&server, Some(mechanism), &bad);
            let error = Session::connect(&options, &ada).unwrap_err();
            assert!(matches!(error, StoreError::LoginRefused(_)), "{error}");
            let words = error.to_string();
            assert!(words.contains("the server says: {\"status\""), "{words}");
            assert!(!words.contains(&bad), "{words}");
        }
    }
    let chosen = Session::connect(&with_token(&server, None, &good), &ada).unwrap();
    assert_eq!(chosen.way().mechanism, Mechanism::OauthBearer);
}

/// A certificate for this name, signed by the server's authority, and its key.
fn identity(server: &Dovecot, name: &str) -> Identity {
    let dir = server.dir();
    let openssl = |words: &[&str]| {
        let output = Command::new("openssl")
            .args(words)
            .current_dir(dir)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    let files = ["key", "csr", "pem"].map(|end| format!("{name}.{end}"));
    let [key, request, certificate] = files.each_ref().map(String::as_str);
    let subject = format!("/CN={name}");
    openssl(&[
        "req",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-subj",
        &subject,
        "-keyout",
        key,
        "-out",
        request,
    ]);
    fs::write(dir.join("client.ext"), "extendedKeyUsage=clientAuth\n").unwrap();
    openssl(&[
        "x509",
        "-req",
        "-in",
        request,
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-days",
        "2",
        "-CAcreateserial",
        "-extfile",
        "client.ext",
        "-out",
        certificate,
    ]);
    let path = |name: &str| -> PathBuf { Path::new(dir).join(name) };
    fs::set_permissions(path(key), fs::Permissions::from_mode(0o600)).unwrap();
    Identity {
        certificate: path(certificate),
        key: path(key),
    }
}

#[test]
fn a_client_certificate_lets_its_owner_in_and_nobody_else() {
    let server = server(EXTERNAL);
    let mut options = options(&server, Some(Mechanism::External));
    let nobody = |user: &str| Credentials {
        user: user.into(),
        password: "".into(),
        auth_user: None,
    };
    let error = Session::connect(&options, &nobody("ada")).unwrap_err();
    assert!(matches!(error, StoreError::NoLoginMethod { .. }), "{error}");
    let identity = identity(&server, "ada");
    options.tls.identity = Some(identity.clone());
    let mut session = Session::connect(&options, &nobody("ada")).unwrap();
    assert_eq!(session.way().mechanism, Mechanism::External);
    session.noop().unwrap();
    options.login = LoginOptions::default();
    assert_eq!(
        Session::connect(&options, &nobody("ada"))
            .unwrap()
            .way()
            .mechanism,
        Mechanism::External
    );
    let error = Session::connect(&options, &nobody("bob")).unwrap_err();
    assert!(matches!(error, StoreError::LoginRefused(_)), "{error}");
    fs::set_permissions(&identity.key, fs::Permissions::from_mode(0o644)).unwrap();
    let error = Session::connect(&options, &nobody("ada")).unwrap_err();
    assert!(
        error.to_string().contains("can be used by everybody"),
        "{error}"
    );
}
