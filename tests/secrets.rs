//! No secret in anything that vmimap writes: every verb, every way to give a password or a token,
//! logins that succeed and logins that fail, on a real Dovecot and on a server that repeats
//! whatever it is told; text and JSON, as talkative as it gets, log, metrics, state, exports.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "secrets/echo.rs"]
mod echo;
#[path = "secrets/memory.rs"]
mod memory;
#[path = "secrets/needles.rs"]
mod needles;
mod support;
#[path = "secrets/ways.rs"]
mod ways;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use clap::CommandFactory as _;
use needles::Needles;
use support::cli::{Ran, Vmimap};
use support::dovecot::{Dovecot, DovecotOptions, User};
use support::fixtures::GenuineSpool;
use support::tokens::Tokens;
use ways::Way;

/// Every verb with its words; `OUT` is a folder that is not there yet.
const CALLS: [(&str, &[&str]); 24] = [
    ("", &[]),
    ("help", &["--help"]),
    ("provision", &["provision"]),
    ("migrate", &["migrate", "SPOOL", "4123@default"]),
    ("migrate", &["migrate", "SPOOL", "4123@default", "-n"]),
    (
        "migrate",
        &[
            "migrate",
            "SPOOL",
            "4123@default",
            "--greetings",
            "--update",
        ],
    ),
    ("verify", &["verify", "SPOOL", "4123@default"]),
    (
        "retire",
        &["retire", "SPOOL", "4123@default", "--to", "KEPT", "-n"],
    ),
    ("runs", &["runs", "RUN"]),
    ("rollback", &["rollback", "RUN", "-n"]),
    ("doctor", &["doctor", "--probe"]),
    ("list", &["list", "--messages"]),
    ("quota", &["quota"]),
    ("quota", &["quota", "set", "*", "--storage", "90M", "--yes"]),
    ("audit", &["audit", "--audio", "--accounts"]),
    ("audit", &["audit", "--fix", "--yes"]),
    ("export", &["export", "OUT"]),
    ("export", &["export", "-n", "OUT"]),
    ("expunge", &["expunge", "4123", "--state", "old", "--yes"]),
    (
        "expire",
        &[
            "expire",
            "--older-than",
            "1d",
            "--unheard-too",
            "--yes",
            "--explain",
        ],
    ),
    ("config", &["config", "show", "--origin"]),
    ("config", &["config", "show"]),
    ("completions", &["completions", "bash"]),
    ("man", &["man", "list"]),
];

/// Verbs that log in nowhere.
const OFFLINE: [&str; 6] = ["", "help", "runs", "config", "completions", "man"];

/// The ways to log in with a password, one verb each in turn.
const MECHANISMS: [&str; 6] = [
    "SCRAM-SHA-256",
    "PLAIN",
    "LOGIN",
    "CRAM-MD5",
    "SASL-LOGIN",
    "SCRAM-SHA-1",
];

/// One way to give a secret, with everything that a run with it may write.
struct Try<'a> {
    way: Way,
    /// What the server takes.
    right: &'a str,
    /// What it does not.
    wrong: &'a str,
    dir: PathBuf,
    spool: &'a Path,
    needles: Needles,
}

impl Try<'_> {
    fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// The run that has stored messages.
    fn first_run(&self) -> String {
        let book = self.path("written/state/journal/runs.jsonl");
        let book = fs::read_to_string(book).unwrap();
        let line = book.lines().next().unwrap();
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        line["run"].as_str().unwrap().to_owned()
    }

    /// Runs a call once with this secret, and looks through everything afterwards.
    fn run(&self, port: u16, number: usize, secret: &str, style: &[&str]) -> Ran {
        let words = CALLS[number].1.iter().map(|word| match *word {
            "SPOOL" => self.spool.to_owned(),
            "KEPT" => self.path("written").join("kept"),
            "RUN" => PathBuf::from(self.first_run()),
            "OUT" => self
                .path("written")
                .join(format!("out{number}-{}", style.len())),
            word => PathBuf::from(word),
        });
        let kept = self.path("written");
        let vmimap = Vmimap::new(words)
            .args(style)
            .arg("--log-file")
            .arg(kept.join("log"))
            .arg("--metrics-file")
            .arg(kept.join("metrics"))
            .arg("--state-dir")
            .arg(kept.join("state"))
            .env("TMPDIR", kept.join("tmp"))
            .env("RUST_BACKTRACE", "full");
        let mechanism = MECHANISMS[number % MECHANISMS.len()];
        let vmimap = self
            .way
            .give(vmimap, &self.path("given"), port, secret, mechanism);
        let ran = vmimap.run();
        let what = format!("{:?} {:?} {style:?}", self.way, CALLS[number].1);
        self.needles
            .absent(&format!("{what}: stdout"), ran.stdout.as_bytes());
        self.needles
            .absent(&format!("{what}: stderr"), ran.stderr.as_bytes());
        self.needles.absent_below(&what, &kept);
        ran
    }

    /// Every verb: with the right secret, with the wrong one, and told back what it says.
    fn all(&self, dovecot: u16, echo: u16) {
        for folder in ["written/state", "written/tmp", "given"] {
            fs::create_dir_all(self.path(folder)).unwrap();
        }
        let json = ["--json", "-vvv"];
        for (number, (verb, words)) in CALLS.iter().enumerate() {
            let style: &[&str] = if number % 2 == 0 { &json } else { &["-vvv"] };
            let ran = self.run(dovecot, number, self.right, style);
            let failed = ran.stdout.contains("login refused") || ran.status == 10;
            assert!(!failed, "{:?} {words:?}: {ran:?}", self.way);
            if OFFLINE.contains(verb) {
                continue;
            }
            // Each verb fails in both ways, though not with every way to give a secret.
            let style: &[&str] = if number % 2 == 1 { &json } else { &["-vvv"] };
            let refused = if (number + self.way as usize).is_multiple_of(2) {
                self.run(dovecot, number, self.wrong, style)
            } else {
                self.run(echo, number, self.right, style)
            };
            assert_ne!(refused.status, 0, "{:?} {words:?}: {refused:?}", self.way);
        }
    }
}

#[test]
fn no_secret_is_in_anything_that_any_verb_writes() {
    let tokens = Tokens::new();
    let user = |way: Way| format!("u{}", way as usize);
    let right = |way: Way| match way {
        Way::TokenFile | Way::TokenCommand => Tokens::token(&user(way), 4_000_000_000),
        way => format!("Right{}hush4Qz", way as usize),
    };
    let wrong = |way: Way| match way {
        Way::TokenFile | Way::TokenCommand => Tokens::token(&user(way), 1_700_000_001),
        way => format!("Wrong{}hush7Kx", way as usize),
    };
    let users = Way::ALL.map(|way| User::new(&user(way), &right(way)).storage(100_000));
    let dovecot = Dovecot::start(DovecotOptions {
        users: users.to_vec(),
        master: Some((ways::MASTER.to_owned(), right(Way::AuthPassword))),
        max_userip_connections: 200,
        more: format!(
            "{}auth_mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256 xoauth2 oauthbearer\n",
            tokens.settings()
        ),
        ..DovecotOptions::default()
    });
    let echo = echo::start();
    let genuine = GenuineSpool::unpack();
    let spool = genuine.spool();
    thread::scope(|scope| {
        for way in Way::ALL {
            let (spool, dir) = (&spool, genuine.dir().join(user(way)));
            let port = dovecot.port();
            scope.spawn(move || {
                let (right, wrong) = (right(way), wrong(way));
                let needles = Needles::of(&[&right, &wrong]);
                let one = Try {
                    way,
                    right: &right,
                    wrong: &wrong,
                    dir,
                    spool,
                    needles,
                };
                one.all(port, echo);
            });
        }
    });
    // It was not for want of logging in.
    let log = dovecot.log();
    for way in Way::ALL {
        let let_in = log.matches(&format!("Login: user=<{}>", user(way))).count();
        assert!(let_in >= 10, "{way:?}: {let_in}");
    }
    for method in ["SCRAM-SHA-256", "CRAM-MD5", "LOGIN", "OAUTHBEARER"] {
        assert!(log.contains(&format!("method={method}")), "{method}");
    }
}

#[test]
fn every_verb_is_among_the_calls() {
    let called: BTreeSet<&str> = CALLS.iter().map(|(verb, _)| *verb).collect();
    for verb in vmimap::cli::Cli::command().get_subcommands() {
        assert!(called.contains(verb.get_name()), "{}", verb.get_name());
    }
}
