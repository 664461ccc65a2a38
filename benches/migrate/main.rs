//! Side by side: `vmimap migrate` against other ways to bring the same messages to the same server.
//!
//! One run makes a corpus, starts a private Dovecot (Maildir, quota plugin,
//! `mail_fsync=optimized`) and gives each peer its turn, round after round, each time into fresh
//! accounts. Every peer runs as a process of its own under GNU time, and what it delivered is
//! counted afterwards. The result is a table and `target/bench/migrate.json`.
//!
//! | Variable | Default | |
//! |---|---|---|
//! | `BENCH_RUNS` | 5 | rounds |
//! | `BENCH_MESSAGES` | 5000 | messages in all; 1000 with `BENCH_RTT_MS` |
//! | `BENCH_MAILBOXES` | 10 | accounts they are dealt to; 8 with `BENCH_RTT_MS` |
//! | `BENCH_SIZES` | mixed | `mixed`: 70 % of 30 KB, 25 % of 200 KB, 5 % of 1.5 MB; `small`: 30 KB only, the default with `BENCH_RTT_MS`, where the way and not the disk is the question |
//! | `BENCH_RTT_MS` | 0 | round-trip time added by a proxy |
//! | `BENCH_JOBS` | 4 | `--jobs` of vmimap, but for the rows called vmimap-1 |
//! | `BENCH_PEERS` | all | names from the table, separated by commas |
//! | `BENCH_DIR` | the system's temporary folder | where corpus and mail lie: a disk, with 12 GB free for 5000 messages |
//! | `VMIMAP` | the one built here | another vmimap to measure |
//! | `IMAPSYNC` | imapsync | the program, where it is not on the PATH |

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod corpus;
mod delay;
#[path = "../common/measure.rs"]
mod measure;
mod peers;
mod report;
mod round;
#[path = "../common/spread.rs"]
mod spread;
#[path = "../../tests/support/mod.rs"]
mod support;
mod wire;

use std::path::PathBuf;
use std::time::Duration;

use corpus::Corpus;
use delay::DelayProxy;
use peers::Peer;
use support::dovecot::{Dovecot, DovecotOptions};

/// What the environment asks for.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Rounds.
    pub runs: usize,
    /// Messages in all.
    pub messages: usize,
    /// Accounts they are dealt to.
    pub mailboxes: usize,
    /// Whether all recordings are small.
    pub small: bool,
    /// Round-trip time added on the way; zero for none.
    pub rtt: Duration,
    /// Connections vmimap may open at a time.
    pub jobs: usize,
    /// The peers asked for; all if absent.
    pub peers: Option<Vec<String>>,
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
        let rtt = number("BENCH_RTT_MS", 0);
        let (messages, mailboxes) = if rtt == 0 { (5000, 10) } else { (1000, 8) };
        let list = |text: String| text.split(',').map(|name| name.trim().to_owned()).collect();
        Self {
            runs: number("BENCH_RUNS", 5).max(1),
            messages: number("BENCH_MESSAGES", messages).max(1),
            mailboxes: number("BENCH_MAILBOXES", mailboxes).max(1),
            small: match std::env::var("BENCH_SIZES").as_deref() {
                Ok("small") => true,
                Ok("mixed") => false,
                Ok(other) => panic!("BENCH_SIZES is mixed or small, not {other}"),
                Err(_) => rtt > 0,
            },
            rtt: Duration::from_millis(rtt as u64),
            jobs: number("BENCH_JOBS", 4).max(1),
            peers: std::env::var("BENCH_PEERS").ok().map(list),
            dir: std::env::var_os("BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from),
        }
    }
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if args.get(1).is_some_and(|arg| arg == wire::AS_PEER) {
        wire::run_as_peer(&args[2..]);
        return;
    }
    let settings = Settings::from_environment();
    let peers = choose_peers(&settings);
    if peers.is_empty() {
        println!("no peer is left to run");
        return;
    }
    run(&settings, &peers);
}

/// The peers that were asked for and are there; says which are left out, and why.
fn choose_peers(settings: &Settings) -> Vec<Peer> {
    let mut chosen = Vec::new();
    for peer in Peer::ALL {
        let asked = match &settings.peers {
            Some(names) => names.iter().any(|name| name == peer.name()),
            None => settings.rtt.is_zero() || peer.runs_with_delay(),
        };
        let second_without_first = peer == Peer::VmimapAgain && !chosen.contains(&Peer::Vmimap);
        if !asked || second_without_first {
            continue;
        }
        match peer.why_not() {
            None => chosen.push(peer),
            Some(why) => println!("left out: {} ({why})", peer.name()),
        }
    }
    chosen
}

fn run(settings: &Settings, peers: &[Peer]) {
    let work = tempfile::Builder::new()
        .prefix("vmimap-bench-")
        .tempdir_in(&settings.dir)
        .unwrap();
    // The server's own user has to get through.
    support::process::open_to_all(work.path());
    println!(
        "corpus: {} messages in {} mailboxes",
        settings.messages, settings.mailboxes
    );
    let corpus = Corpus::make(work.path(), settings);
    println!("corpus: {}", corpus.describe());
    let users = round::all_accounts(settings, peers, &corpus);
    let users = users
        .iter()
        .map(support::fixtures::Account::server_user)
        .collect();
    let options = DovecotOptions {
        users,
        ..DovecotOptions::default()
    };
    let server = Dovecot::start_below(work.path(), options);
    let proxy = (!settings.rtt.is_zero())
        .then(|| DelayProxy::start((server.host(), server.port()), settings.rtt / 2));
    let port = proxy.as_ref().map_or(server.port(), DelayProxy::port);
    let mut bench = round::Bench::prepare(settings, &corpus, &server, port, work.path(), peers);
    for number in 0..settings.runs {
        for peer in peers {
            bench.take_turn(*peer, number);
        }
        bench.clear_mail();
    }
    report::print(settings, &corpus, &bench.rows);
    report::write_json(settings, &corpus, &bench.rows);
}
