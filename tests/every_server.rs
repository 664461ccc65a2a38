//! The whole life of a mailbox, run unchanged against every server that can be had.
//!
//! Each server is a test of its own. What was run against what stands in docs/servers.md, in a table
//! that these tests compare, and write with `VMIMAP_BLESS=1`. The steps are in tests/life/mod.rs;
//! assertions are made with the tests' own IMAP client and with c-client.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr
)]

mod life;
mod support;

use life::site::Site;
use life::{LIFE, subjects, table};

/// Lives the whole life on a server, and compares its row of the table.
fn live(name: &str) {
    let subject = subjects::start(name);
    let software = subject.software.clone();
    let mut site = Site::new(subject);
    let mut cells = Vec::new();
    for step in LIFE {
        eprintln!("-- {name}: {}", step.name);
        cells.push((step.run)(&mut site));
        site.foreign_mail_is_untouched();
    }
    table::check(name, &software, &cells);
}

#[test]
fn dovecot_with_maildir() {
    live("Dovecot, Maildir, `.`");
}

#[test]
fn dovecot_with_sdbox() {
    live("Dovecot, sdbox, `/`");
}

#[test]
fn dovecot_with_a_prefix() {
    live("Dovecot, prefix `INBOX.`");
}

#[test]
fn dovecot_with_quota() {
    live("Dovecot, quota");
}

#[test]
fn dovecot_with_acl_and_a_master_user() {
    live("Dovecot, ACL, master user");
}

#[test]
fn dovecot_that_wants_starttls() {
    live("Dovecot, TLS only, STARTTLS");
}

#[test]
fn dovecot_over_imaps() {
    live("Dovecot, TLS only, imaps");
}

#[test]
fn cyrus_below_inbox_with_dots() {
    live("Cyrus, below INBOX, `.`");
}

#[test]
fn cyrus_below_inbox_with_slashes() {
    live("Cyrus, below INBOX, `/`");
}

#[test]
fn cyrus_beside_inbox_with_dots() {
    live("Cyrus, beside INBOX, `.`");
}

#[test]
fn cyrus_beside_inbox_with_slashes_and_a_master_user() {
    live("Cyrus, beside INBOX, `/`, master user");
}

#[test]
fn courier() {
    live("Courier");
}

#[test]
fn an_account_of_cyrus_without_inbox_is_told_so_and_gets_one_from_the_administrator() {
    for below in [true, false] {
        life::inbox::comes_from_the_administrator(below);
    }
}

#[test]
fn the_table_names_every_server_and_nothing_else() {
    table::check_outline();
}
