//! One Dovecot with as many prepared accounts as there are tries, and what is held against each.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::scenario::{Scenario, foreign};
use super::support::cli::{Ran, Vmimap};
use super::support::dovecot::Dovecot;
use super::support::dovecot_config::{DovecotOptions, User};
use super::support::fixtures::Account;
use super::support::greeting_site::{recorded, set_age};
use super::support::process;
use super::support::raw_imap::StoredMessage;
use super::support::spool_generator::{SpoolSpec, generate};

/// No part of any word that is said for another reason.
pub const SECRET: &str = "Zq7-hidden-3f";

/// What a run that does not end by itself is given; far more than the timeouts add up to.
const PATIENCE: Duration = Duration::from_secs(40);

/// Folders with their messages: flags, date, content. UIDs may differ between two ways.
pub type Held = BTreeMap<String, Vec<(String, String, Vec<u8>)>>;

/// The server.
pub struct Site {
    pub dovecot: Dovecot,
    pub dir: TempDir,
    tries: AtomicUsize,
    most: usize,
}

/// One account, one voicemail.conf, one state directory.
pub struct Try<'a> {
    pub site: &'a Site,
    pub scenario: Scenario,
    pub user: String,
    pub conf: PathBuf,
    pub state: PathBuf,
}

impl Site {
    /// With accounts for so many tries.
    pub fn new(most: usize) -> Self {
        let users = (0..=most).map(|number| User::new(&user(number), SECRET).storage(100_000));
        let dovecot = Dovecot::start(DovecotOptions {
            users: users.collect(),
            ..DovecotOptions::default()
        });
        let dir = tempfile::tempdir().unwrap();
        let spec = SpoolSpec {
            accounts: vec![Account::new("default", "200")],
            messages: 6,
            folders: vec!["INBOX", "Old", "Work"],
            sizes: vec![(1, 3_000)],
            ..SpoolSpec::default()
        };
        generate(&dir.path().join("spool"), &spec);
        for (kind, eml) in [("busy", 4), ("unavail", 5)] {
            let path = dir.path().join(format!("spool/default/200/{kind}.WAV"));
            fs::write(&path, recorded(&format!("u1-Greetings-{eml}.eml"))).unwrap();
            set_age(&path, 60);
        }
        Self {
            dovecot,
            dir,
            tries: AtomicUsize::new(0),
            most,
        }
    }

    pub fn target(&self) -> String {
        format!("{}:{}", self.dovecot.host(), self.dovecot.port())
    }

    pub fn spool(&self) -> PathBuf {
        self.dir.path().join("spool")
    }

    /// A fresh account, filled as the scenario wants it.
    pub fn prepare(&self, scenario: Scenario) -> Try<'_> {
        let number = self.tries.fetch_add(1, Ordering::SeqCst) + 1;
        assert!(number <= self.most, "too few accounts");
        let one = Try {
            site: self,
            scenario,
            user: user(number),
            conf: self.dir.path().join(format!("{number}.conf")),
            state: self.dir.path().join(format!("state{number}")),
        };
        let template = self.dir.path().join(format!("template-{}", scenario.name));
        if template.exists() {
            copy(&template, &self.dovecot.home(&one.user));
        } else {
            scenario.seed(&mut self.dovecot.raw(&one.user));
            if scenario.name == "verify" {
                let scenario = Scenario::named("migrate");
                let state = self.dir.path().join("migrated");
                let (user, conf) = (one.user.clone(), one.conf.clone());
                let migrate = Try {
                    site: self,
                    scenario,
                    user,
                    conf,
                    state,
                };
                migrate.call(self.dovecot.port()).run().status(0);
            }
        }
        one
    }

    /// Makes what later accounts of the scenario are copied from.
    pub fn template(&self, scenario: Scenario) {
        let one = self.prepare(scenario);
        if scenario.name == "rollback" {
            one.migrate();
        }
        let template = self.dir.path().join(format!("template-{}", scenario.name));
        copy(&self.dovecot.home(&one.user), &template);
    }
}

/// Where what is to be rolled back is noted, for an account of another name on another port.
const TEMPLATE_STATE: &str = "template-state";

fn user(number: usize) -> String {
    format!("f{number:05}")
}

fn copy(from: &Path, to: &Path) {
    let done = Command::new("cp").arg("-a").arg(from).arg(to).status();
    assert!(done.unwrap().success());
}

impl Try<'_> {
    /// Migrates, past any proxy, and keeps the journal for accounts that are copied from this one.
    fn migrate(&self) {
        let migrate = Scenario::named("migrate");
        let state = self.site.dir.path().join(TEMPLATE_STATE);
        let (user, conf) = (self.user.clone(), self.conf.clone());
        let one = Try {
            site: self.site,
            scenario: migrate,
            user,
            conf,
            state,
        };
        one.call(self.site.dovecot.port()).run().status(0);
    }

    /// Puts the journal of the account this one was copied from in place, in this one's name.
    fn inherit(&self, port: u16) {
        copy(&self.site.dir.path().join(TEMPLATE_STATE), &self.state);
        let journal = fs::read_to_string(self.journal()).unwrap();
        let begin = journal.find("\"account\":\"").unwrap() + "\"account\":\"".len();
        let end = begin + journal[begin..].find('"').unwrap();
        let account = format!("{}@{}:{port}", self.user, self.site.dovecot.host());
        let journal = journal.replace(&journal[begin..end], &account);
        fs::write(self.journal(), journal).unwrap();
    }

    /// The call, through a proxy on this port. It waits for a server on a busy machine.
    pub fn call(&self, port: u16) -> Vmimap {
        self.call_within(port, 30)
    }

    /// The same, with so many seconds for each answer.
    pub fn call_within(&self, port: u16, seconds: u32) -> Vmimap {
        let (host, user) = (self.site.dovecot.host(), &self.user);
        let login = format!("imapuser={user}|imappassword={SECRET}");
        let conf = format!(
            "[general]\nformat=wav49\nmaxmsg=9999\nimapserver={host}\nimapport={port}\n\
             imapflags=notls\n[default]\n200 => 1,A,,,{login}\n"
        );
        fs::write(&self.conf, conf).unwrap();
        if self.scenario.name == "rollback" && !self.state.exists() {
            self.inherit(port);
        }
        let call = Vmimap::new(self.scenario.words);
        let call = if self.scenario.name.starts_with("migrate") || self.scenario.name == "verify" {
            call.arg(self.site.spool())
        } else {
            call
        };
        call.args(&["--json", "-j", "1", "--timeout", &seconds.to_string()])
            .arg("--voicemail-conf")
            .arg(&self.conf)
            .arg("--state-dir")
            .arg(&self.state)
    }

    /// Waits for the end. A run that hangs is ended, and what it said is the error.
    pub fn ended(mut child: Child) -> Result<(Ran, Duration), String> {
        let begun = Instant::now();
        let pid = child.id();
        let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let read = |from: &mut dyn std::io::Read| {
            let mut octets = Vec::new();
            let _ = from.read_to_end(&mut octets);
            octets
        };
        let (stdout, stderr, status) = std::thread::scope(|scope| {
            let out = scope.spawn(move || read(&mut out));
            let err = scope.spawn(move || read(&mut err));
            let status = loop {
                if let Some(status) = child.try_wait().unwrap() {
                    break Some(status);
                }
                if begun.elapsed() > PATIENCE {
                    process::signal(pid, "KILL");
                    let _ = child.wait();
                    break None;
                }
                std::thread::sleep(Duration::from_millis(3));
            };
            (out.join().unwrap(), err.join().unwrap(), status)
        });
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
        let Some(status) = status else {
            return Err(format!("hangs\n{}{}", text(&stdout), text(&stderr)));
        };
        let output = std::process::Output {
            status,
            stdout,
            stderr,
        };
        Ok((output.into(), begun.elapsed()))
    }

    /// Where the run notes what it does.
    pub fn journal(&self) -> PathBuf {
        let name = match self.scenario.name {
            "audit-fix" => "repairs.jsonl",
            _ => "default/200.jsonl",
        };
        self.state.join("journal").join(name)
    }

    /// What the account holds.
    pub fn held(&self) -> Held {
        let mut raw = self.site.dovecot.raw(&self.user);
        let mut held = Held::new();
        for folder in raw.list() {
            let mut messages: Vec<_> = raw
                .messages(&folder)
                .into_iter()
                .map(|message: StoredMessage| {
                    let mut flags = message.flags;
                    flags.sort();
                    let body = String::from_utf8_lossy(&message.body);
                    let body = unmarked(&body).replace(&self.user, "USER").into_bytes();
                    (flags.join(" "), message.internal_date, body)
                })
                .collect();
            messages.sort();
            held.insert(folder, messages);
        }
        held
    }

    /// What must not be otherwise than it was, whatever happens.
    pub fn foreign(held: &Held) -> Held {
        let mut held = held.clone();
        for messages in held.values_mut() {
            messages.retain(|(_, _, body)| foreign(body));
        }
        held.retain(|_, messages| !messages.is_empty());
        held
    }

    /// The answer without what is never the same twice.
    pub fn answer(&self, ran: &Ran, port: u16) -> Vec<Value> {
        let text = ran
            .stdout
            .replace(&self.user, "USER")
            .replace(&format!(":{port}"), ":PORT");
        let mut lines: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
            .collect();
        for line in &mut lines {
            for field in ["run", "slowest_search", "uid_validity"] {
                if let Some(value) = line.get_mut(field) {
                    *value = Value::Null;
                }
            }
            if self.scenario.name == "doctor" && line["type"] == "check" {
                // Some texts tell how long something took.
                line["text"] = Value::Null;
                line["hint"] = Value::Null;
            }
        }
        lines
    }
}

/// A message without the line of a repair that tells where the old one lay.
fn unmarked(body: &str) -> String {
    let lines = body.split_inclusive('\n');
    lines
        .filter(|line| !line.starts_with("X-Vmimap-Repair-Of:"))
        .collect()
}

/// Says where two states differ, without the content of messages.
pub fn outline(held: &Held) -> String {
    let mut text = String::new();
    for (folder, messages) in held {
        for (flags, date, body) in messages {
            let body = String::from_utf8_lossy(body);
            let id = body
                .lines()
                .find(|line| line.to_ascii_lowercase().starts_with("message-id:"));
            let _ = writeln!(
                text,
                "{folder}: ({flags}) {date} {} {}",
                id.unwrap_or("?"),
                body.len()
            );
        }
        let _ = writeln!(text, "{folder}.");
    }
    text
}
