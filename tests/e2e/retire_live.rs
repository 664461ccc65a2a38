//! `retire` while messages change their numbers under its hands, as Asterisk renumbers them under the
//! folder's lock, and as a script does without: each message is moved whole, or stays whole.

use crate::support;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use support::cli::Vmimap;
use support::dovecot::Dovecot;
use support::dovecot_config::DovecotOptions;
use support::fixtures::Account;
use support::migrated_site::{of_message, split, tree};
use support::spool_generator::{SpoolSpec, generate, voicemail_conf};

/// A folder whose messages change their numbers all the time.
struct Renumbering {
    inbox: PathBuf,
    locks: bool,
}

impl Renumbering {
    fn act(&self, round: usize) {
        let lock = self.inbox.join(".lock");
        if self.locks {
            let own = self.inbox.join(".lock-0000002a");
            fs::write(&own, "").unwrap();
            while fs::hard_link(&own, &lock).is_err() {
                thread::yield_now();
            }
            fs::remove_file(own).unwrap();
        }
        let mut numbers: Vec<usize> = (0..200)
            .filter(|n| self.inbox.join(format!("msg{n:04}.txt")).exists())
            .collect();
        // Up by a hundred, then down again, with gaps closed.
        let up = round.is_multiple_of(2);
        if up {
            numbers.reverse();
        }
        for (place, number) in numbers.iter().enumerate() {
            let new = if up {
                100 + numbers.len() - place
            } else {
                place
            };
            for extension in ["WAV", "txt"] {
                let path = |n: usize| self.inbox.join(format!("msg{n:04}.{extension}"));
                if new != *number && !path(new).exists() {
                    // Somebody may have taken it away meanwhile.
                    let _ = fs::rename(path(*number), path(new));
                }
            }
        }
        if self.locks {
            fs::remove_file(lock).unwrap();
        }
        thread::sleep(std::time::Duration::from_millis(2));
    }
}

fn renumbered(locks: bool) {
    let account = Account::new("default", "1001");
    let dovecot = Dovecot::start(DovecotOptions {
        users: vec![account.server_user()],
        ..DovecotOptions::default()
    });
    let dir = tempfile::tempdir().unwrap();
    let (spool, conf) = (dir.path().join("spool"), dir.path().join("voicemail.conf"));
    let spec = SpoolSpec {
        accounts: vec![account.clone()],
        messages: 40,
        folders: vec!["INBOX"],
        sizes: vec![(1, 3_000)],
        ..SpoolSpec::default()
    };
    generate(&spool, &spec);
    fs::write(
        &conf,
        voicemail_conf(&[account], dovecot.host(), dovecot.port(), "wav49"),
    )
    .unwrap();
    let (state, to) = (dir.path().join("state"), dir.path().join("retired"));
    Vmimap::migrate(&spool, &conf, &state).run().status(0);
    let contents = |root: &Path| {
        let mut all: Vec<Vec<u8>> = split(tree(root))
            .0
            .into_values()
            .map(|(_, octets)| octets)
            .collect();
        all.sort();
        all
    };
    let meant = contents(&spool);
    let still = AtomicBool::new(true);
    let call = || {
        let call = Vmimap::new(["retire", "--yes", "--json", "--voicemail-conf"]).arg(&conf);
        call.arg("--state-dir")
            .arg(&state)
            .arg("--to")
            .arg(&to)
            .arg(&spool)
    };
    thread::scope(|scope| {
        scope.spawn(|| {
            let renumbering = Renumbering {
                inbox: spool.join("default/1001/INBOX"),
                locks,
            };
            let mut round = 0;
            while still.load(Ordering::Relaxed) {
                renumbering.act(round);
                round += 1;
            }
        });
        for _ in 0..4 {
            let ran = call().run();
            assert!([0, 3].contains(&ran.status), "{ran:?}");
        }
        still.store(false, Ordering::Relaxed);
    });
    let mut both = contents(&spool);
    both.extend(contents(&to));
    both.sort();
    assert!(both == meant, "{} of {} files", both.len(), meant.len());
    let kept = split(tree(&to)).0;
    for path in kept.keys() {
        assert_eq!(
            of_message(&kept, path).count(),
            2,
            "{} is half",
            path.display()
        );
    }
    // At rest, the rest goes too.
    call().run().status(0);
    assert!(contents(&to) == meant && contents(&spool).is_empty());
}

#[test]
fn messages_renumbered_under_the_locks_are_moved_whole_or_stay() {
    renumbered(true);
}

#[test]
fn messages_renumbered_without_locks_are_moved_whole_or_stay() {
    renumbered(false);
}
