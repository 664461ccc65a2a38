//! Migrating while the phone system is in use: messages arrive, are heard, deleted and renumbered.

use crate::support;
use std::collections::BTreeMap;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use support::cli::Vmimap;
use support::dovecot::Dovecot;
use support::dovecot_config::DovecotOptions;
use support::fixtures::Account;
use support::phone::Phone;
use support::spool_generator::{SpoolSpec, generate, voicemail_conf};

#[test]
fn a_spool_in_use_ends_with_each_voicemail_once_and_nothing_fails() {
    in_use(true);
}

/// Half a message may be seen then, which is told; the end is the same.
#[test]
fn a_spool_renumbered_without_locks_ends_with_each_voicemail_once() {
    in_use(false);
}

fn in_use(locks: bool) {
    let account = Account::new("default", "1001");
    let dovecot = Dovecot::start(DovecotOptions {
        users: vec![account.server_user()],
        ..DovecotOptions::default()
    });
    let dir = tempfile::tempdir().unwrap();
    let below = |name: &str| dir.path().join(name);
    let spec = SpoolSpec {
        accounts: vec![account.clone()],
        messages: 60,
        folders: vec!["INBOX"],
        ..SpoolSpec::default()
    };
    generate(&below("spool"), &spec);
    let conf = voicemail_conf(&spec.accounts, dovecot.host(), dovecot.port(), "wav49");
    fs::write(below("voicemail.conf"), conf).unwrap();
    let mut phone = Phone::of(&below("spool/default/1001"), locks);
    let migrate = || {
        let state = below("state");
        Vmimap::migrate(&below("spool"), &below("voicemail.conf"), &state)
            .arg("--json")
            .run()
    };
    let done = AtomicBool::new(false);
    let runs = thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                phone.act();
                thread::sleep(Duration::from_millis(15));
            }
        });
        let start = Instant::now();
        let mut runs = Vec::new();
        while start.elapsed() < Duration::from_secs(6) {
            runs.push(migrate());
        }
        done.store(true, Ordering::Relaxed);
        runs
    });
    for ran in &runs {
        assert!([0, 3].contains(&ran.status), "{}{}", ran.stdout, ran.stderr);
        assert!(!locks || ran.count("failed") == 0, "{}", ran.stdout);
    }
    migrate().status(0);
    let mut copies: BTreeMap<String, usize> = BTreeMap::new();
    for message in dovecot.raw(&account.user).messages("INBOX") {
        let text = String::from_utf8_lossy(&message.body).into_owned();
        let id = text
            .lines()
            .find(|line| line.starts_with("X-Asterisk-VM-Message-ID:"));
        *copies.entry(id.unwrap().to_owned()).or_default() += 1;
    }
    let twice: Vec<_> = copies.iter().filter(|(_, n)| **n > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    assert!(phone.left > 5 && phone.deleted > 5, "the phone was in use");
    // Deleted ones may have been stored before, or not.
    assert!((phone.messages()..=60 + phone.left).contains(&copies.len()));
}
