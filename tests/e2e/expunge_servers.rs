//! `vmimap expunge` on Dovecots of several makes: stores, no quota, a master user, missing rights.

use crate::support;
use support::dovecot_config::{DovecotOptions, Store};
use support::removal_site::RemovalSite;

#[test]
fn every_store_gives_up_exactly_what_was_named() {
    for store in [Store::Sdbox, Store::Mdbox] {
        let site = RemovalSite::new(DovecotOptions {
            store,
            separator: '/',
            quota: false,
            ..DovecotOptions::default()
        });
        let before = site.left("INBOX");
        let words = ["200", "--state", "old", "--yes"];
        site.vmimap("expunge", &words).run().status(0).silent();
        site.only_gone("INBOX", &before, &[1, 3, 13]);
        let words = ["200", "--yes", "--trash", "Voicemail/Bin"];
        site.vmimap("expunge", &words).run().status(0).silent();
        site.only_gone("INBOX", &before, &[1, 2, 3, 4, 13]);
        assert_eq!(site.left("Voicemail/Bin").len(), 2);
    }
}

#[test]
fn a_master_user_removes_with_the_owners_rights_and_is_told_where_it_has_none() {
    let master = |acl_as_user| {
        let site = RemovalSite::new(DovecotOptions {
            master: Some(("boss".to_owned(), "key".to_owned())),
            acl: true,
            acl_as_user,
            ..DovecotOptions::default()
        });
        site.name_port(site.dovecot.port(), "authuser=boss\nauthpassword=key");
        site
    };
    let site = master(true);
    let before = site.left("INBOX");
    let words = ["200", "--state", "old", "--yes"];
    site.vmimap("expunge", &words).run().status(0).silent();
    site.only_gone("INBOX", &before, &[1, 3, 13]);
    let site = master(false);
    let before = site.left("INBOX");
    let ran = site.vmimap("expunge", &words).run().status(3);
    assert!(ran.stderr.contains("acl_user = %u"), "{}", ran.stderr);
    site.only_gone("INBOX", &before, &[]);
}

#[test]
fn rights_that_are_missing_leave_every_message_and_no_mark() {
    // Dovecot says OK to STORE without `t` and to UID EXPUNGE without `e`, and does nothing.
    for rights in ["lra", "lrsea", "lrsta"] {
        let site = RemovalSite::new(DovecotOptions {
            acl: true,
            ..DovecotOptions::default()
        });
        site.mail()
            .command(&format!("SETACL INBOX u {rights}"))
            .ok();
        let before = site.left("INBOX");
        let words = ["200", "--state", "new", "--yes", "--json"];
        let ran = site.vmimap("expunge", &words).run().status(3);
        assert_eq!(ran.count("removed"), 0, "{rights}");
        assert_eq!(ran.count("refused") + ran.count("left"), 2, "{rights}");
        site.only_gone("INBOX", &before, &[]);
    }
}
