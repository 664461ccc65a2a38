//! Before the life begins: on Cyrus the administrator has to make an account's INBOX.

use super::super::support;
use support::cli::{Ran, Vmimap};
use support::cyrus::{ADMIN, ADMIN_PASSWORD, Cyrus, CyrusOptions};
use support::dovecot_config::User;
use support::server::ImapServer;

/// Lives through it, with folders shown below INBOX or beside it.
pub fn comes_from_the_administrator(below: bool) {
    let server = Cyrus::start(CyrusOptions {
        altnamespace: !below,
        users: vec![User::new("bob", "secret")],
        without_inbox: vec![User::new("ada", "secret")],
        ..CyrusOptions::default()
    });
    let dir = tempfile::tempdir().unwrap();
    let conf = dir.path().join("voicemail.conf");
    let parent = if below { "imapparentfolder=INBOX" } else { "" };
    let text = format!(
        "[general]\nimapserver={}\nimapport={}\nimapflags=notls\n{parent}\n[default]\n\
         1 => 1,,,,imapuser=ada|imappassword=secret\n2 => 1,,,,imapuser=bob|imappassword=secret\n",
        server.host(),
        server.port()
    );
    support::write_private(&conf, text);
    let vmimap = |words: &[&str]| Vmimap::new(words).arg("--voicemail-conf").arg(&conf);

    let ran = vmimap(&["doctor", "--json"]).run().status(4);
    let error = only_error(&ran);
    assert_eq!(error["code"], "VMD029", "{error}");
    assert!(
        error["subject"].as_str().unwrap().starts_with("ada@"),
        "{error}"
    );
    assert!(
        error["text"]
            .as_str()
            .unwrap()
            .contains("NO Mailbox does not exist")
    );

    let ran = vmimap(&["provision", "--json", "1@default"])
        .run()
        .status(3);
    assert!(
        ran.stdout.contains("the account has no INBOX"),
        "{}",
        ran.stdout
    );
    let call = vmimap(&["provision", "--json", "--as-admin", ADMIN]);
    call.env("VMIMAP_PASSWORD", ADMIN_PASSWORD).run().status(0);
    let prefix = if below { "INBOX." } else { "" };
    for user in ["ada", "bob"] {
        let folders = server.raw(user).list();
        assert!(folders.contains(&format!("{prefix}Work")), "{folders:?}");
    }
    vmimap(&["doctor", "--json"]).run().status(0);
}

fn only_error(ran: &Ran) -> serde_json::Value {
    let lines = ran.json().into_iter();
    let mut errors = lines.filter(|line| line["verdict"] == "error");
    let error = errors.next().expect("an error");
    assert_eq!(errors.next(), None);
    error
}
