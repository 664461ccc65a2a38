//! Ways into a real Dovecot: TLS in each form, a master user, and servers that can do less.

use crate::support;
use std::fs;

use support::cli::Vmimap;
use support::dovecot_config::{DovecotOptions, Tls};
use support::fixtures::GenuineSpool;
use support::migrated_site::Site;

impl Site {
    /// Changes voicemail.conf.
    fn edit(&self, change: impl Fn(String) -> String) {
        let conf = fs::read_to_string(&self.conf).unwrap();
        fs::write(&self.conf, change(conf)).unwrap();
    }

    fn arrived(&self) -> usize {
        GenuineSpool::users()
            .iter()
            .map(|user| {
                let mut raw = self.dovecot.raw(&user.name);
                let folders = raw.list();
                folders
                    .iter()
                    .map(|name| raw.message_count(name))
                    .sum::<usize>()
            })
            .sum()
    }
}

#[test]
fn starttls_and_tls_verify_the_certificate_unless_told_otherwise() {
    let site = Site::with(DovecotOptions {
        tls: Tls::Offered,
        ..DovecotOptions::default()
    });
    let (plain, tls) = (site.dovecot.port(), site.dovecot.tls_port());
    let ca = site.dovecot.ca_file();
    for (port, flags) in [(plain, "tls"), (plain, ""), (tls, "ssl")] {
        let port = port.to_string();
        let server = |vmimap: Vmimap| vmimap.args(&["--port", &port, "--imapflags", flags]);
        let refused = server(site.migrate()).run().status(10);
        assert!(
            refused.stderr.contains("TLS") && refused.stderr.contains("--tls-ca FILE"),
            "{flags}: {}",
            refused.stderr
        );
        let trusted = server(site.migrate()).arg("--tls-ca").arg(&ca);
        trusted.run().status(0).silent();
    }
    assert_eq!(site.arrived(), 21);
    let port = tls.to_string();
    let careless = ["--port", &port, "--imapflags", "ssl/novalidate-cert"];
    site.migrate().args(&careless).run().status(0).silent();
}

#[test]
fn a_server_that_wants_tls_gets_no_password_without() {
    let site = Site::with(DovecotOptions {
        tls: Tls::Required,
        ..DovecotOptions::default()
    });
    let refused = site.migrate().run();
    assert_eq!(refused.status, 10, "{}", refused.stderr);
    let log = site.dovecot.log();
    assert!(!log.contains("Login: user="), "{log}");
}

#[test]
fn a_master_user_reaches_every_mailbox_with_one_password() {
    let site = Site::with(DovecotOptions {
        master: Some(("admin".to_owned(), "master-secret".to_owned())),
        ..DovecotOptions::default()
    });
    site.edit(|conf| {
        conf.replace("imappassword=", "x=").replacen(
            "[general]\n",
            "[general]\nauthuser=admin\nauthpassword=master-secret\n",
            1,
        )
    });
    site.migrate().run().status(0).silent();
    assert_eq!(site.arrived(), 21);
}

#[test]
fn a_master_user_without_rights_is_told_which_right_is_missing() {
    let master = Some(("admin".to_owned(), "master-secret".to_owned()));
    let site = Site::with(DovecotOptions {
        master,
        acl: true,
        ..DovecotOptions::default()
    });
    site.edit(|conf| {
        conf.replacen(
            "[general]\n",
            "[general]\nauthuser=admin\nauthpassword=master-secret\n",
            1,
        )
    });
    let ran = site.migrate().args(&["--json"]).run();
    assert_ne!(ran.status, 0);
    assert_eq!(ran.count("appended"), 0);
    let errors: Vec<String> = ran
        .json()
        .iter()
        .filter_map(|line| line["error"].as_str().map(str::to_owned))
        .collect();
    assert!(!errors.is_empty());
    for error in errors {
        assert!(error.contains("acl_user"), "{error}");
    }
    assert_eq!(site.arrived(), 0);
}

#[test]
fn servers_that_can_do_less_get_the_same_messages() {
    for capability in [
        "IMAP4rev1",
        "IMAP4rev1 UIDPLUS LITERAL+",
        "IMAP4rev1 LITERAL-",
        "IMAP4rev1 MULTIAPPEND",
        "IMAP4rev1 UIDPLUS MULTIAPPEND LITERAL-",
    ] {
        let site = Site::with(DovecotOptions {
            capability: Some(capability.to_owned()),
            ..DovecotOptions::default()
        });
        site.migrate().run().status(0).silent();
        assert_eq!(site.arrived(), 21, "{capability}");
        let again = site.migrate().args(&["--json"]).run().status(0);
        assert_eq!(again.count("appended"), 0, "{capability}");
        assert_eq!(site.arrived(), 21, "{capability}");
    }
}

#[test]
fn the_secret_is_nowhere_to_be_read() {
    let site = Site::empty();
    let secret = support::fixtures::PASSWORD;
    let mut outputs = Vec::new();
    for words in [["-v", "-n"], ["--json", "-v"], ["--json", "-n"]] {
        let ran = site.migrate().args(&words).run();
        outputs.extend([ran.stdout, ran.stderr]);
    }
    site.edit(|conf| {
        conf.replace(
            &format!("imappassword={secret}"),
            "imappassword=wr0ng-but-secret",
        )
    });
    let refused = site.migrate().run().status(11);
    outputs.extend([refused.stdout, refused.stderr]);
    for output in outputs {
        assert!(
            !output.contains(secret) && !output.contains("wr0ng-but-secret"),
            "{output}"
        );
    }
    let state = site.genuine.dir().join("state");
    for (path, _, content) in support::cli::snapshot(&state) {
        let text = String::from_utf8_lossy(&content);
        assert!(!text.contains(secret), "{}", path.display());
    }
}
