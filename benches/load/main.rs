//! Load: the verbs over a whole tenant, small and ten times as large, on one private Dovecot.
//!
//! Two servers after each other, each with ten messages a mailbox: what grows more than the number
//! of mailboxes does, and whether memory grows at all. Every verb runs once a size: this asks for
//! the shape of the growth, `make bench` for speed. The counts that vmimap reports are compared with
//! what was generated, and some accounts are counted by the tests' own IMAP client.
//!
//! | Variable | Default | |
//! |---|---|---|
//! | `LOAD_MAILBOXES` | 1000 10000 | sizes, ascending |
//! | `LOAD_MESSAGES` | 10 | messages a mailbox |
//! | `BENCH_JOBS` | 4 | `--jobs` of vmimap |
//! | `BENCH_DIR` | the system's temporary folder | where the mail lies |
//! | `VMIMAP` | the one built here | another vmimap to measure |

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::cast_precision_loss
)]

#[path = "../common/measure.rs"]
mod measure;
#[path = "../../tests/support/mod.rs"]
mod support;

use std::fs;
use std::path::{Path, PathBuf};

use measure::{Job, Sample};
use support::dovecot::{Dovecot, DovecotOptions};
use support::fixtures::{Account, PASSWORD};
use support::spool_generator::{SpoolSpec, generate, voicemail_conf};

/// The verbs in their order; `SPOOL` stands for the spool.
const VERBS: [(&str, &[&str]); 7] = [
    ("provision", &["provision", "--json"]),
    ("provision, again", &["provision", "--json"]),
    ("migrate", &["migrate", "SPOOL", "--json"]),
    ("migrate, again", &["migrate", "SPOOL", "--json"]),
    ("list", &["list", "--json"]),
    ("audit", &["audit", "--json"]),
    ("quota", &["quota", "--json"]),
];

/// A number from the environment.
fn number(name: &str, default: usize) -> usize {
    match std::env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name} is not a number: {text}")),
        Err(_) => default,
    }
}

fn main() {
    let sizes = std::env::var("LOAD_MAILBOXES").unwrap_or("1000 10000".to_owned());
    let sizes: Vec<usize> = sizes
        .split_ascii_whitespace()
        .map(|size| size.parse().expect("LOAD_MAILBOXES holds numbers"))
        .collect();
    let messages = number("LOAD_MESSAGES", 10);
    let dir = std::env::var_os("BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let columns: Vec<_> = sizes
        .iter()
        .map(|mailboxes| size(&dir, *mailboxes, messages))
        .collect();
    print(&sizes, messages, &columns);
}

/// All verbs over one tenant.
fn size(dir: &Path, mailboxes: usize, messages: usize) -> Vec<Sample> {
    let work = tempfile::Builder::new()
        .prefix("vmimap-load-")
        .tempdir_in(dir)
        .unwrap();
    support::process::open_to_all(work.path());
    let accounts: Vec<_> = (0..mailboxes)
        .map(|n| Account::new("default", &(100_000 + n).to_string()))
        .collect();
    let server = Dovecot::start_below(
        work.path(),
        DovecotOptions {
            users: accounts
                .iter()
                .map(|account| account.server_user().storage(100 * 1024))
                .collect(),
            ..DovecotOptions::default()
        },
    );
    let spool = work.path().join("spool");
    generate(
        &spool,
        &SpoolSpec {
            accounts: accounts.clone(),
            messages: mailboxes * messages,
            sizes: vec![(1, 2_000)],
            ..SpoolSpec::default()
        },
    );
    let conf = work.path().join("voicemail.conf");
    let text = voicemail_conf(&accounts, server.host(), server.port(), "wav49");
    fs::write(&conf, text).unwrap();
    let samples = VERBS.iter().map(|(name, words)| {
        let log = work.path().join(name.replace(", ", "-"));
        let sample = measure::run(&job(work.path(), &spool, &conf, words), &log);
        let sample = sample.unwrap_or_else(|why| panic!("{mailboxes} mailboxes, {name}: {why}"));
        check(&log, name, mailboxes, messages);
        println!(
            "{mailboxes} mailboxes: {name}: {:.1} s",
            sample.wall.as_secs_f64()
        );
        sample
    });
    let samples = samples.collect();
    for account in accounts.iter().step_by((mailboxes / 20).max(1)) {
        delivered(&server, account, messages);
    }
    samples
}

fn job(work: &Path, spool: &Path, conf: &Path, words: &[&str]) -> Job {
    let program = std::env::var("VMIMAP");
    let program = program.unwrap_or_else(|_| env!("CARGO_BIN_EXE_vmimap").to_owned());
    let spool = spool.to_str().unwrap();
    let mut argv = vec![program];
    argv.extend(words.iter().map(|word| word.replace("SPOOL", spool)));
    let state = work.join("state");
    for (flag, value) in [
        ("--voicemail-conf", conf.display().to_string()),
        ("--state-dir", state.display().to_string()),
        ("--jobs", number("BENCH_JOBS", 4).to_string()),
    ] {
        argv.extend([flag.to_owned(), value]);
    }
    Job {
        argv,
        home: work.to_str().unwrap().to_owned(),
    }
}

/// The summary must count every mailbox and every message.
fn check(log: &Path, name: &str, mailboxes: usize, messages: usize) {
    let text = fs::read_to_string(log).unwrap();
    let last = text.lines().last().unwrap_or_default();
    let summary: serde_json::Value = serde_json::from_str(last).expect(last);
    let meant = match name {
        "migrate" => ("appended", mailboxes * messages),
        "migrate, again" => ("skipped", mailboxes * messages),
        "list" | "audit" => ("messages", mailboxes * messages),
        _ => ("mailboxes", mailboxes),
    };
    let count = summary[meant.0].as_u64();
    assert_eq!(count, u64::try_from(meant.1).ok(), "{name}: {last}");
}

/// What the tests' own client finds of an account.
fn delivered(server: &Dovecot, account: &Account, messages: usize) {
    let mut mail = server.raw(&account.user);
    let folders = mail.list();
    let found: usize = folders
        .iter()
        .map(|folder| mail.message_count(folder))
        .sum();
    assert_eq!(found, messages, "{} ({PASSWORD})", account.user);
}

fn print(sizes: &[usize], messages: usize, columns: &[Vec<Sample>]) {
    println!(
        "\n{messages} messages a mailbox, --jobs {}",
        number("BENCH_JOBS", 4)
    );
    let (Some(first), Some(last)) = (columns.first(), columns.last()) else {
        return;
    };
    let head: Vec<_> = sizes
        .iter()
        .map(|size| format!("{size:>9} {:>7} {:>7}", "CPU s", "MiB"))
        .collect();
    let ratios = "  time x   CPU x   MiB x";
    println!("{:17} {} {ratios}", "", head.join(" "));
    for (at, (name, _)) in VERBS.iter().enumerate() {
        let wall = |column: &[Sample]| column[at].wall.as_secs_f64();
        let cpu = |column: &[Sample]| (column[at].user + column[at].system).as_secs_f64();
        let peak = |column: &[Sample]| column[at].peak_kib as f64 / 1024.0;
        let cells: Vec<_> = columns
            .iter()
            .map(|column| {
                let (wall, cpu, peak) = (wall(column), cpu(column), peak(column));
                format!("{wall:>7.1} s {cpu:>7.2} {peak:>7.1}")
            })
            .collect();
        println!(
            "{name:17} {} {:>8.2} {:>7.2} {:>7.2}",
            cells.join(" "),
            wall(last) / wall(first),
            cpu(last) / cpu(first),
            peak(last) / peak(first)
        );
    }
}
