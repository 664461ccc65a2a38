//! Side by side: `vmimap audit` over many messages, against the bare FETCH of the same items.
//!
//! One private Dovecot (Maildir) with ten accounts. The floor logs in to each, one after the other,
//! sends the very FETCH that an audit sends, and throws the answers away; what an audit takes beyond
//! it is its reading and judging. Rounds before the first that counts fill the server's caches. The
//! result is a table and `target/bench/audit.json`.
//!
//! | Variable | Default | |
//! |---|---|---|
//! | `BENCH_RUNS` | 5 | rounds |
//! | `BENCH_AUDITED` | 50000 | messages in all |
//! | `BENCH_DIR` | the system's temporary folder | where the mail lies |
//! | `VMIMAP` | the one built here | another vmimap to measure |

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::print_stdout, clippy::print_stderr)]

#[path = "../common/measure.rs"]
mod measure;
#[path = "../common/spread.rs"]
mod spread;
#[path = "../../tests/support/mod.rs"]
mod support;

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use measure::{Job, Sample};
use serde_json::json;
use spread::Spread;
use support::dovecot::{Dovecot, DovecotOptions};
use support::dovecot_config::User;
use support::fixtures::PASSWORD;

const ACCOUNTS: usize = 10;
/// The argument that makes this program the floor: `--as-floor HOST PORT`.
const AS_FLOOR: &str = "--as-floor";
/// What an audit asks of every message.
const ITEMS: &str = "(UID FLAGS RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER] BODYSTRUCTURE)";

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let [_, word, host, port] = &args[..]
        && word == AS_FLOOR
    {
        floor(host, port.parse().unwrap());
        return;
    }
    let number = |name: &str, default: usize| {
        std::env::var(name).map_or(default, |text| text.parse().unwrap())
    };
    let (runs, messages) = (
        number("BENCH_RUNS", 5).max(1),
        number("BENCH_AUDITED", 50_000),
    );
    let dir = std::env::var_os("BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let work = tempfile::Builder::new()
        .prefix("vmimap-bench-")
        .tempdir_in(dir)
        .unwrap();
    support::process::open_to_all(work.path());
    let users = (0..ACCOUNTS).map(|n| User::new(&user(n), PASSWORD));
    let server = Dovecot::start_below(
        work.path(),
        DovecotOptions {
            users: users.collect(),
            ..DovecotOptions::default()
        },
    );
    for account in 0..ACCOUNTS {
        fill(&server, account, messages / ACCOUNTS);
    }
    println!("{messages} messages in {ACCOUNTS} accounts");
    let jobs = [
        ("raw FETCH", floor_job(&server, work.path())),
        ("audit --jobs 1", audit_job(&server, work.path(), 1)),
        ("audit --jobs 4", audit_job(&server, work.path(), 4)),
    ];
    let mut samples: Vec<Vec<Sample>> = vec![Vec::new(); jobs.len()];
    for round in 0..=runs {
        for (at, (name, job)) in jobs.iter().enumerate() {
            let sample = measure::run(job, &work.path().join("log"));
            let sample = sample.unwrap_or_else(|why| panic!("{name}: {why}"));
            // The first round is the server's, which reads every message for its cache.
            if round > 0 {
                samples[at].push(sample);
            }
        }
    }
    report(&jobs, &samples);
}

fn user(account: usize) -> String {
    format!("audit-{account}")
}

/// Sends ready-made voicemails in batches.
fn fill(server: &Dovecot, account: usize, messages: usize) {
    let number = (1000 + account).to_string();
    let mut wire = Wire::log_in(server.host(), server.port(), &user(account));
    for first in (0..messages).step_by(100) {
        let mut batch = b"a APPEND INBOX".to_vec();
        for id in first..(first + 100).min(messages) {
            let mail = support::audit::voicemail(&number, "default", u32::try_from(id).unwrap());
            let date = support::audit::DATE;
            write!(batch, " {date} {{{}+}}\r\n{mail}", mail.len()).unwrap();
        }
        batch.extend_from_slice(b"\r\n");
        wire.run(&batch);
    }
}

/// The floor: asks what an audit asks, and throws the answers away.
fn floor(host: &str, port: u16) {
    for account in 0..ACCOUNTS {
        let mut wire = Wire::log_in(host, port, &user(account));
        wire.run(b"a EXAMINE INBOX\r\n");
        wire.run(format!("a UID FETCH 1:* {ITEMS}\r\n").as_bytes());
        wire.run(b"a LOGOUT\r\n");
    }
}

fn floor_job(server: &Dovecot, home: &Path) -> Job {
    let program = std::env::current_exe().unwrap().display().to_string();
    let (host, port) = (server.host().to_owned(), server.port().to_string());
    Job {
        argv: vec![program, AS_FLOOR.to_owned(), host, port],
        home: home.display().to_string(),
    }
}

fn audit_job(server: &Dovecot, home: &Path, jobs: usize) -> Job {
    let conf = home.join("voicemail.conf");
    let mut text = format!(
        "[general]\nimapserver={}\nimapport={}\nimapflags=notls\nmaxmsg=9999\n[default]\n",
        server.host(),
        server.port()
    );
    for account in 0..ACCOUNTS {
        let (number, user) = (1000 + account, user(account));
        let _ = writeln!(
            text,
            "{number} => 1,N,,,imapuser={user}|imappassword={PASSWORD}"
        );
    }
    fs::write(&conf, text).unwrap();
    let program = std::env::var("VMIMAP");
    let program = program.unwrap_or_else(|_| env!("CARGO_BIN_EXE_vmimap").to_owned());
    let words = [
        "audit",
        "--voicemail-conf",
        conf.to_str().unwrap(),
        "--jobs",
    ];
    let mut argv = vec![program];
    argv.extend(words.map(str::to_owned));
    argv.push(jobs.to_string());
    Job {
        argv,
        home: home.display().to_string(),
    }
}

fn report(jobs: &[(&str, Job)], samples: &[Vec<Sample>]) {
    println!(
        "{:15} {:>9} {:>9} {:>9} {:>9} {:>10} {:>12}",
        "", "min s", "median s", "max s", "CPU s", "peak MiB", "of the floor"
    );
    let floor = Spread::wall(&samples[0]).unwrap().median;
    let mut rows = Vec::new();
    for ((name, _), samples) in jobs.iter().zip(samples) {
        let time = Spread::wall(samples).unwrap();
        let cpu = Spread::cpu(samples).unwrap();
        let peak = Spread::peak(samples).unwrap();
        println!(
            "{name:15} {:9.3} {:9.3} {:9.3} {:9.2} {:10.1} {:11.2}x",
            time.min,
            time.median,
            time.max,
            cpu.median,
            peak.max,
            time.median / floor
        );
        rows.push(json!({
            "peer": name,
            "wall_s": time.json(),
            "cpu_s": cpu.json(),
            "peak_mib": peak.json(),
            "of_the_floor": time.median / floor,
        }));
    }
    let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_owned());
    let dir = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(target)
        .join("bench");
    fs::create_dir_all(&dir).unwrap();
    let document = json!({ "format": 1, "rows": rows });
    fs::write(dir.join("audit.json"), format!("{document:#}\n")).unwrap();
}

struct Wire {
    reader: BufReader<TcpStream>,
}

impl Wire {
    fn log_in(host: &str, port: u16, user: &str) -> Self {
        let stream = TcpStream::connect((host, port)).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut wire = Self {
            reader: BufReader::with_capacity(64 * 1024, stream),
        };
        wire.line();
        wire.run(format!("a LOGIN {user} {PASSWORD}\r\n").as_bytes());
        wire
    }

    /// Sends a command tagged `a` and reads up to its answer, literals by their length.
    fn run(&mut self, command: &[u8]) {
        self.reader.get_mut().write_all(command).unwrap();
        loop {
            let line = self.line();
            if line.starts_with(b"a ") {
                assert!(
                    line.starts_with(b"a OK"),
                    "{}",
                    String::from_utf8_lossy(&line)
                );
                return;
            }
            let text = line.strip_suffix(b"}\r\n").unwrap_or_default();
            if let Some(at) = text.iter().rposition(|octet| *octet == b'{') {
                let length: u64 = std::str::from_utf8(&text[at + 1..])
                    .unwrap()
                    .parse()
                    .unwrap();
                let mut literal = (&mut self.reader).take(length);
                std::io::copy(&mut literal, &mut std::io::sink()).unwrap();
            }
        }
    }

    fn line(&mut self) -> Vec<u8> {
        let mut line = Vec::new();
        let length = self.reader.read_until(b'\n', &mut line).unwrap();
        assert!(length > 0, "the server hung up");
        line
    }
}
