//! Side by side: the daily verbs over a whole tenant, against doveadm and a Python loop.
//!
//! One private Dovecot (Maildir, quota plugin) with many accounts. `provision` makes five folders
//! in each (Old, Work, Family, Friends, Greetings), then finds them made; `quota` asks every
//! account. doveadm works on the server's files without IMAP and without a login: it is the floor,
//! not a rival. The Python loop (imaplib) is what an administrator would write: one account after
//! the other, one command after the other. The result is a table and `target/bench/daily.json`.
//!
//! | Variable | Default | |
//! |---|---|---|
//! | `BENCH_RUNS` | 5 | rounds |
//! | `BENCH_ACCOUNTS` | 500 | accounts |
//! | `BENCH_JOBS` | 4 | `--jobs` of vmimap |
//! | `BENCH_DIR` | the system's temporary folder | where the mail lies |
//! | `VMIMAP` | the one built here | another vmimap to measure |

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::print_stdout, clippy::print_stderr)]

#[path = "../common/measure.rs"]
mod measure;
mod peers;
mod report;
#[path = "../common/spread.rs"]
mod spread;
#[path = "../../tests/support/mod.rs"]
mod support;

use std::fs;
use std::path::{Path, PathBuf};

use measure::Sample;
use peers::Peer;
use support::dovecot::{Dovecot, DovecotOptions};
use support::dovecot_config::User;
use support::fixtures::PASSWORD;

/// Folders that each account gets.
pub const FOLDERS: [&str; 5] = ["Old", "Work", "Family", "Friends", "Greetings"];

/// What the environment asks for.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Rounds.
    pub runs: usize,
    /// Accounts.
    pub accounts: usize,
    /// Connections vmimap may open at a time.
    pub jobs: usize,
    /// Where everything is written.
    pub dir: PathBuf,
}

impl Settings {
    fn from_environment() -> Self {
        let number = |name: &str, default: usize| match std::env::var(name) {
            Ok(text) => text
                .parse()
                .unwrap_or_else(|_| panic!("{name} is not a number: {text}")),
            Err(_) => default,
        };
        Self {
            runs: number("BENCH_RUNS", 5).max(1),
            accounts: number("BENCH_ACCOUNTS", 500).max(1),
            jobs: number("BENCH_JOBS", 4).max(1),
            dir: std::env::var_os("BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from),
        }
    }
}

/// What one peer did in all rounds.
#[derive(Debug)]
pub struct Row {
    /// Which.
    pub peer: Peer,
    /// What each round took.
    pub samples: Vec<Sample>,
    /// What went wrong, if something did; such a row is not to be believed.
    pub faults: Vec<String>,
}

fn main() {
    let settings = Settings::from_environment();
    let work = tempfile::Builder::new()
        .prefix("vmimap-bench-")
        .tempdir_in(&settings.dir)
        .unwrap();
    support::process::open_to_all(work.path());
    let mut rows: Vec<Row> = Peer::ALL
        .into_iter()
        .map(|peer| Row {
            peer,
            samples: Vec::new(),
            faults: Vec::new(),
        })
        .collect();
    for number in 0..settings.runs {
        round(&settings, work.path(), number, &mut rows);
    }
    report::print(&settings, &rows);
    report::write_json(&settings, &rows);
}

/// The account of the n-th mailbox in a peer's turn.
fn account(prefix: &str, n: usize) -> String {
    format!("{prefix}-{n}")
}

/// One round: a fresh server, and every peer its turn in accounts of its own where it makes
/// folders.
fn round(settings: &Settings, work: &Path, number: usize, rows: &mut [Row]) {
    let prefixes: Vec<&str> = Peer::ALL.iter().map(|peer| peer.accounts()).collect();
    let mut users: Vec<User> = Vec::new();
    for prefix in prefixes {
        for n in 0..settings.accounts {
            let name = account(prefix, n);
            if !users.iter().any(|user| user.name == name) {
                users.push(User::new(&name, PASSWORD).storage(100 * 1024));
            }
        }
    }
    let server = Dovecot::start_below(
        work,
        DovecotOptions {
            users,
            ..DovecotOptions::default()
        },
    );
    for row in rows {
        let dir = work.join(format!("{}-{number}", row.peer.name()));
        fs::create_dir(&dir).unwrap();
        let turn = peers::Turn {
            settings,
            server: &server,
            dir: &dir,
        };
        match measure::run(&row.peer.job(&turn), &dir.join("log")) {
            Ok(sample) => row.samples.push(sample),
            Err(why) => row.faults.push(why),
        }
        row.faults.extend(row.peer.check(&turn));
        println!("round {}: {}", number + 1, row.peer.name());
    }
}
