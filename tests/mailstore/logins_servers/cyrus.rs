//! Passwords on Cyrus, in the mailbox's own name and by a proxy.

use vmimap::mailstore::error::StoreError;
use vmimap::mailstore::mechanism::Mechanism;
use vmimap::mailstore::options::{ConnectOptions, Credentials};
use vmimap::mailstore::session::Session;

use super::support::cyrus::{ADMIN_PASSWORD, Cyrus, CyrusOptions, PROXY};
use super::support::dovecot::User;
use super::support::server::ImapServer as _;

fn server() -> Cyrus {
    Cyrus::start(CyrusOptions {
        altnamespace: true,
        users: vec![User::new("ada", "pass word")],
        settings: vec![
            (
                "sasl_mech_list",
                "PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256".to_owned(),
            ),
            // Wrong passwords are answered at once.
            ("failedloginpause", "0".to_owned()),
        ],
        ..CyrusOptions::default()
    })
}

fn log_in(
    server: &Cyrus,
    mechanism: Option<Mechanism>,
    password: &str,
    auth_user: Option<&str>,
) -> Result<Session, StoreError> {
    let mut options = ConnectOptions::new(server.host(), server.port());
    options.login.mechanism = mechanism;
    let credentials = Credentials {
        user: "ada".into(),
        password: password.into(),
        auth_user: auth_user.map(str::to_owned),
    };
    Session::connect(&options, &credentials)
}

#[test]
fn each_password_mechanism_of_cyrus_lets_in_with_the_right_password_alone() {
    let server = server();
    for mechanism in [
        Mechanism::ScramSha256,
        Mechanism::ScramSha1,
        Mechanism::CramMd5,
        Mechanism::Plain,
        Mechanism::SaslLogin,
        Mechanism::Login,
    ] {
        let mut session = log_in(&server, Some(mechanism), "pass word", None).unwrap();
        session.noop().unwrap();
        session.logout();
        let error = log_in(&server, Some(mechanism), "wrong", None).unwrap_err();
        assert!(
            matches!(error, StoreError::LoginRefused(_)),
            "{mechanism}: {error}"
        );
    }
    let chosen = log_in(&server, None, "pass word", None).unwrap();
    assert_eq!(chosen.way().mechanism, Mechanism::ScramSha256);
}

#[test]
fn a_proxy_of_cyrus_names_the_owner_by_plain_and_by_scram() {
    let server = server();
    server.raw("ada").command("CREATE OfAda").ok();
    for mechanism in [None, Some(Mechanism::Plain), Some(Mechanism::ScramSha256)] {
        let session = log_in(&server, mechanism, ADMIN_PASSWORD, Some(PROXY));
        let mut session = session.unwrap_or_else(|error| panic!("{mechanism:?}: {error}"));
        let owned = super::careful::name("OfAda");
        assert!(session.overview().unwrap().has(&owned), "{mechanism:?}");
    }
}
