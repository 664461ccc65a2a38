//! Cut anywhere, run again: each voicemail is there exactly once.

use crate::support;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use support::cli::Vmimap;
use support::cut_proxy::{CutProxy, Direction};
use support::dovecot::Dovecot;
use support::dovecot_config::{DovecotOptions, User};
use support::fixtures::{Account, PASSWORD};
use support::spool_generator::{SpoolSpec, generate};
use tempfile::TempDir;

/// Cuts per direction; each costs two runs.
const CUTS: usize = 14;
const MESSAGES: usize = 9;

struct Bench {
    dovecot: Dovecot,
    dir: TempDir,
}

impl Bench {
    /// A server with as many empty accounts as there are tries, and one small spool.
    fn new(tries: usize, messages: usize, size: usize) -> Self {
        let users = (0..tries)
            .map(|number| User::new(&format!("try{number}"), PASSWORD))
            .collect();
        let dovecot = Dovecot::start(DovecotOptions {
            users,
            ..DovecotOptions::default()
        });
        let dir = tempfile::tempdir().unwrap();
        let spec = SpoolSpec {
            accounts: vec![Account::new("default", "1001")],
            messages,
            folders: vec!["INBOX", "Old", "Work"],
            sizes: vec![(1, size)],
            ..SpoolSpec::default()
        };
        generate(&dir.path().join("spool"), &spec);
        Self { dovecot, dir }
    }

    fn conf(&self, number: usize, port: u16) -> PathBuf {
        let path = self.dir.path().join(format!("{number}-{port}.conf"));
        let host = self.dovecot.host();
        let text = format!(
            "[general]\nformat=wav49\nmaxmsg=9999\nimapserver={host}\nimapport={port}\nimapflags=notls\n\
             [default]\n1001 => 1,One,,,imapuser=try{number}|imappassword={PASSWORD}\n"
        );
        fs::write(&path, text).unwrap();
        path
    }

    fn migrate(&self, number: usize, conf: &Path) -> Vmimap {
        let state = self.dir.path().join(format!("state{number}"));
        Vmimap::migrate(&self.dir.path().join("spool"), conf, &state)
    }

    /// How often each Message-ID lies in the account.
    fn held(&self, number: usize) -> BTreeMap<String, usize> {
        let mut raw = self.dovecot.raw(&format!("try{number}"));
        let mut ids = BTreeMap::new();
        for folder in raw.list() {
            for message in raw.messages(&folder) {
                let text = String::from_utf8_lossy(&message.body).into_owned();
                let id = text
                    .lines()
                    .find(|line| line.starts_with("Message-ID:"))
                    .unwrap();
                *ids.entry(id.to_owned()).or_default() += 1;
            }
        }
        ids
    }

    /// Runs undisturbed and holds the promise.
    fn settle(&self, number: usize, what: &str) {
        let conf = self.conf(number, self.dovecot.port());
        let ran = self.migrate(number, &conf).args(&["--json"]).run();
        assert_eq!(ran.status, 0, "{what}\n{}{}", ran.stdout, ran.stderr);
        let held = self.held(number);
        assert_eq!(held.len(), self.messages(), "{what}");
        assert!(held.values().all(|copies| *copies == 1), "{what}: {held:?}");
        let again = self
            .migrate(number, &conf)
            .args(&["--json"])
            .run()
            .status(0);
        assert_eq!(
            (again.count("appended"), again.count("reverified")),
            (0, 0),
            "{what}"
        );
    }

    fn messages(&self) -> usize {
        let mut left = vec![self.dir.path().join("spool")];
        let mut count = 0;
        while let Some(path) = left.pop() {
            if path.is_dir() {
                left.extend(
                    fs::read_dir(path)
                        .unwrap()
                        .map(|entry| entry.unwrap().path()),
                );
            } else if path.extension().is_some_and(|extension| extension == "txt") {
                count += 1;
            }
        }
        count
    }
}

fn cut_everywhere(direction: Direction) {
    let bench = Bench::new(CUTS + 1, MESSAGES, 3_000);
    // The first account measures how much goes by when nothing is cut.
    let target = format!("{}:{}", bench.dovecot.host(), bench.dovecot.port());
    let whole = CutProxy::start(target.clone(), direction, usize::MAX);
    let conf = bench.conf(0, whole.port());
    bench.migrate(0, &conf).run().status(0);
    let octets = whole.passed();
    assert!(octets > 500, "{octets}");
    // All at once: most of the time is spent waiting for what a server may still be storing.
    thread::scope(|scope| {
        for number in 1..=CUTS {
            let (bench, target) = (&bench, &target);
            scope.spawn(move || {
                let after = octets * number / (CUTS + 1);
                let proxy = CutProxy::start(target.clone(), direction, after);
                let conf = bench.conf(number, proxy.port());
                let ran = bench.migrate(number, &conf).run();
                let what = format!("{direction:?} cut after {after} of {octets} octets");
                let expected = [0, 3, 10, 11].contains(&ran.status);
                assert!(expected, "{what}: {}\n{}", ran.status, ran.stderr);
                assert!(!ran.stderr.contains("panicked"), "{what}: {}", ran.stderr);
                bench.settle(number, &what);
            });
        }
    });
}

#[test]
fn a_connection_cut_while_sending_loses_and_doubles_nothing() {
    cut_everywhere(Direction::ToServer);
}

#[test]
fn a_connection_cut_while_receiving_loses_and_doubles_nothing() {
    cut_everywhere(Direction::ToClient);
}

#[test]
fn a_kill_at_any_moment_loses_and_doubles_nothing() {
    const KILLS: usize = 12;
    let bench = Bench::new(KILLS, 60, 60_000);
    thread::scope(|scope| {
        for number in 0..KILLS {
            let bench = &bench;
            scope.spawn(move || {
                let conf = bench.conf(number, bench.dovecot.port());
                let mut child = bench.migrate(number, &conf).spawn();
                thread::sleep(Duration::from_millis(10 + 40 * number as u64));
                let _ = child.kill();
                let _ = child.wait();
                bench.settle(number, &format!("kill {number}"));
            });
        }
    });
}

#[test]
fn a_torn_journal_is_mended_by_the_next_run() {
    let bench = Bench::new(1, MESSAGES, 3_000);
    bench.settle(0, "first");
    let journal = bench.dir.path().join("state0/journal/default/1001.jsonl");
    let text = fs::read(&journal).unwrap();
    for cut in [1, text.len() / 3, text.len() / 2, text.len() - 1] {
        fs::write(&journal, &text[..cut]).unwrap();
        let conf = bench.conf(0, bench.dovecot.port());
        let ran = bench.migrate(0, &conf).args(&["--json"]).run().status(0);
        assert_eq!(ran.count("appended"), 0, "cut at {cut}");
    }
    assert!(bench.held(0).values().all(|copies| *copies == 1));
}

#[test]
fn a_polite_signal_finishes_the_batch_and_says_where_it_stopped() {
    let bench = Bench::new(1, 800, 60_000);
    let conf = bench.conf(0, bench.dovecot.port());
    let child = bench.migrate(0, &conf).args(&["--json"]).spawn();
    thread::sleep(Duration::from_millis(150));
    support::process::signal(child.id(), "INT");
    let ran = support::cli::Ran::from(child.wait_with_output().unwrap());
    assert!(
        ran.status == 130 || ran.status == 0,
        "{}\n{}",
        ran.status,
        ran.stderr
    );
    if ran.status == 130 {
        assert_eq!(ran.summary()["interrupted"], 2);
    }
    bench.settle(0, "after SIGINT");
}
