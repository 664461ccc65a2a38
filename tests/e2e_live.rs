//! Migrating while the phone system is in use: messages arrive, are heard, deleted and renumbered.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use support::cli::Vmimap;
use support::dovecot::Dovecot;
use support::dovecot_config::DovecotOptions;
use support::fixtures::Account;
use support::spool_generator::{Noise, SpoolSpec, generate, voicemail_conf};

/// A box whose files are handled as `app_voicemail.c` handles them: under the folders' `.lock`,
/// the recording first, the txt last, gaps closed by renaming (`resequence_mailbox`).
struct Phone {
    inbox: PathBuf,
    old: PathBuf,
    noise: Noise,
    deleted: usize,
    left: usize,
    /// Whether it takes the folders' locks, as Asterisk does and a script may not.
    locks: bool,
}

impl Phone {
    fn number(dir: &Path) -> usize {
        (0..=9999)
            .find(|n| !dir.join(format!("msg{n:04}.txt")).exists())
            .unwrap()
    }

    fn lock(&self, dir: &Path) {
        if !self.locks {
            return;
        }
        let own = dir.join(".lock-0000002a");
        fs::write(&own, "").unwrap();
        while fs::hard_link(&own, dir.join(".lock")).is_err() {
            thread::sleep(Duration::from_millis(1));
        }
        fs::remove_file(own).unwrap();
    }

    fn unlock(&self, dir: &Path) {
        if !self.locks {
            return;
        }
        fs::remove_file(dir.join(".lock")).unwrap();
    }

    fn shift(from: &Path, number: usize, to: &Path, new: usize) {
        for extension in ["WAV", "txt"] {
            let path = |dir: &Path, n| dir.join(format!("msg{n:04}.{extension}"));
            fs::rename(path(from, number), path(to, new)).unwrap();
        }
    }

    fn close_gap(dir: &Path, gap: usize) {
        let mut number = gap + 1;
        while dir.join(format!("msg{number:04}.txt")).exists() {
            Self::shift(dir, number, dir, number - 1);
            number += 1;
        }
    }

    /// One thing that happens on a telephone.
    fn act(&mut self) {
        let (inbox, old) = (self.inbox.clone(), self.old.clone());
        let count = Self::number(&inbox);
        let chosen = usize::try_from(self.noise.next_u64() % 1000).unwrap() % count.max(1);
        self.lock(&inbox);
        match self.noise.next_u64() % 4 {
            0 if count > 10 => {
                for extension in ["WAV", "txt"] {
                    fs::remove_file(inbox.join(format!("msg{chosen:04}.{extension}"))).unwrap();
                }
                Self::close_gap(&inbox, chosen);
                self.deleted += 1;
            }
            1 | 2 if count > 10 => {
                self.lock(&old);
                Self::shift(&inbox, chosen, &old, Self::number(&old));
                self.unlock(&old);
                Self::close_gap(&inbox, chosen);
            }
            _ => {
                self.left += 1;
                let txt = fs::read_to_string(inbox.join("msg0000.txt")).unwrap();
                let id = format!("msg_id=new-{:08x}", self.left);
                let txt: Vec<_> = txt
                    .lines()
                    .map(|line| {
                        if line.starts_with("msg_id=") {
                            id.as_str()
                        } else {
                            line
                        }
                    })
                    .collect();
                let wav = fs::read(inbox.join("msg0000.WAV")).unwrap();
                fs::write(inbox.join(format!("msg{count:04}.WAV")), wav).unwrap();
                let finished = old.parent().unwrap().join("finished");
                fs::write(&finished, txt.join("\n")).unwrap();
                fs::rename(finished, inbox.join(format!("msg{count:04}.txt"))).unwrap();
            }
        }
        self.unlock(&inbox);
    }

    fn messages(&self) -> usize {
        Self::number(&self.inbox) + Self::number(&self.old)
    }
}

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
    let inbox = below("spool/default/1001/INBOX");
    let old = inbox.with_file_name("Old");
    fs::create_dir(&old).unwrap();
    let mut phone = Phone {
        inbox,
        old,
        noise: Noise::new(5),
        deleted: 0,
        left: 0,
        locks,
    };
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
