//! `vmimap doctor --probe` on servers of other makes: it leaves nothing behind there either.

use crate::support;

use support::cli::Vmimap;
use support::courier::{Courier, CourierOptions};
use support::cyrus::{Cyrus, CyrusOptions};
use support::dovecot_config::User;
use support::server::ImapServer;

/// Probes ada's account; what it said of the probe, and what is in the account then.
fn probe(server: &dyn ImapServer) -> (Vec<String>, Vec<String>) {
    let dir = tempfile::tempdir().unwrap();
    let conf = dir.path().join("voicemail.conf");
    let (host, port) = (server.host(), server.port());
    let text = format!(
        "[general]\nimapserver={host}\nimapport={port}\nimapflags=notls\n[default]\n\
         1001 => 1,Ada,,,imapuser=ada|imappassword=secret\n"
    );
    support::write_private(&conf, text);
    let ran = Vmimap::new(["doctor", "--probe", "--json", "--voicemail-conf"])
        .arg(&conf)
        .run();
    let lines = ran.json();
    let of_probe = lines.iter().filter(|line| line["group"] == "probe");
    let told = of_probe
        .map(|line| {
            let word = |field: &str| line[field].as_str().unwrap_or_default().to_owned();
            format!("{} {}", word("topic"), word("verdict"))
        })
        .collect();
    (told, server.raw("ada").list())
}

#[test]
fn a_probe_leaves_nothing_on_courier_and_cyrus() {
    let users = || vec![User::new("ada", "secret")];
    let courier = Courier::start(CourierOptions {
        users: users(),
        ..CourierOptions::default()
    });
    let cyrus = |altnamespace, unixhierarchysep| {
        Cyrus::start(CyrusOptions {
            altnamespace,
            unixhierarchysep,
            users: users(),
            ..CyrusOptions::default()
        })
    };
    let (dots, slashes) = (cyrus(false, false), cyrus(true, true));
    for server in [&courier as &dyn ImapServer, &dots, &slashes] {
        let (told, folders) = probe(server);
        assert_eq!(
            told,
            [
                "append ok",
                "fetch ok",
                "flags ok",
                "expunge ok",
                "clean-up ok"
            ]
        );
        assert_eq!(folders, ["INBOX"]);
    }
}
