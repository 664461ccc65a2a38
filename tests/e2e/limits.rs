//! Quota and `maxmsg` against a real Dovecot: what does not fit is said before anything is sent,
//! and what a server refuses in the middle stops nothing else.

use crate::support;
use std::fs;
use std::path::{Path, PathBuf};

use support::cli::Vmimap;
use support::dovecot::Dovecot;
use support::dovecot_config::{DovecotOptions, User};
use support::fixtures::{Account, PASSWORD};
use support::spool_generator::{SpoolSpec, generate, voicemail_conf};
use tempfile::TempDir;

/// Two boxes on a Dovecot; the first one's account is limited.
struct Site {
    dovecot: Dovecot,
    dir: TempDir,
    spec: SpoolSpec,
}

impl Site {
    fn new(limit: impl Fn(User) -> User, spec: SpoolSpec) -> Self {
        let mut users: Vec<User> = spec.accounts.iter().map(Account::server_user).collect();
        users[0] = limit(users[0].clone());
        let dovecot = Dovecot::start(DovecotOptions {
            users,
            ..DovecotOptions::default()
        });
        let dir = tempfile::tempdir().unwrap();
        generate(&dir.path().join("spool"), &spec);
        let site = Self { dovecot, dir, spec };
        site.write_conf(|conf| conf);
        site
    }

    fn conf(&self) -> PathBuf {
        self.dir.path().join("voicemail.conf")
    }

    fn write_conf(&self, change: impl Fn(String) -> String) {
        let (host, port) = (self.dovecot.host(), self.dovecot.port());
        let conf = voicemail_conf(&self.spec.accounts, host, port, "wav49");
        fs::write(self.conf(), change(conf)).unwrap();
    }

    fn migrate(&self) -> Vmimap {
        let below = |name: &str| -> PathBuf { Path::new(self.dir.path()).join(name) };
        Vmimap::migrate(&below("spool"), &self.conf(), &below("state"))
    }

    /// Messages in INBOX and Work of box `at`.
    fn stored(&self, at: usize) -> usize {
        let user = &self.spec.accounts[at].user;
        let mut raw = self.dovecot.raw(user);
        let folders = raw.list();
        folders.iter().map(|name| raw.message_count(name)).sum()
    }
}

/// 2 boxes x 10 messages of about 20 KB (27 KB as mail).
fn twenty() -> SpoolSpec {
    SpoolSpec {
        sizes: vec![(1, 20_000)],
        ..SpoolSpec::default()
    }
}

#[test]
fn a_box_that_does_not_fit_is_refused_whole_and_the_others_go_on() {
    let site = Site::new(|user| user.storage(100), twenty());
    for dry in [true, false] {
        let mut migrate = site.migrate();
        if dry {
            migrate = migrate.arg("-n");
        }
        let ran = migrate.run().status(3);
        assert!(
            ran.stderr
                .contains("1001@default: will not fit: needs 283 KiB, has 100 KiB"),
            "{}",
            ran.stderr
        );
    }
    assert_eq!((site.stored(0), site.stored(1)), (0, 10));
    let again = site.migrate().arg("--json").run().status(3);
    assert_eq!((again.count("held_back"), again.count("skipped")), (10, 10));
}

#[test]
fn a_journal_that_cannot_be_written_is_told_once_a_box_and_nothing_is_sent() {
    let site = Site::new(|user| user, twenty());
    // As a full disk is: room for the lock and the book of runs, and for a few lines of a journal.
    let limit = "trap '' XFSZ; exec prlimit --fsize=900 -- \"$@\"";
    let call = site.migrate().under(&["sh", "-c", limit, "sh"]);
    let ran = call.run().status(3);
    let said = ran.stderr.matches("File too large").count();
    assert_eq!(said, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("20 not reached"), "{}", ran.stderr);
    assert_eq!((site.stored(0), site.stored(1)), (0, 0));
    site.migrate().run().status(0);
}

#[test]
fn a_limit_on_the_number_of_messages_counts_too() {
    let site = Site::new(|user| user.messages(4), twenty());
    let ran = site.migrate().run().status(3);
    assert!(
        ran.stderr.contains("needs 10 messages, has room for 4"),
        "{}",
        ran.stderr
    );
    assert_eq!((site.stored(0), site.stored(1)), (0, 10));
}

#[test]
fn what_the_server_refuses_in_the_middle_is_named_with_its_words() {
    let site = Site::new(|user| user.storage(100), twenty());
    let ran = site
        .migrate()
        .args(&["--json", "--ignore-quota"])
        .run()
        .status(3);
    let stored = site.stored(0) as u64;
    assert!((1..10).contains(&stored), "{stored}");
    assert_eq!(
        (ran.count("appended"), ran.count("failed")),
        (10 + stored, 10 - stored)
    );
    let failed: Vec<_> = ran
        .json()
        .into_iter()
        .filter(|line| line["type"] == "failure")
        .collect();
    assert_eq!(failed.len() as u64, 10 - stored);
    assert!(
        failed[0]["reason"]
            .as_str()
            .unwrap()
            .contains("[OVERQUOTA]"),
        "{}",
        failed[0]
    );
    // More room, and the rest follows; nothing twice.
    let mut site = site;
    let roomy = User::new(&site.spec.accounts[0].user, PASSWORD).storage(1000);
    site.dovecot.add_user(roomy);
    let rest = site.migrate().args(&["--json"]).run().status(0);
    assert_eq!(rest.count("appended"), 10 - stored);
    assert_eq!(site.stored(0), 10);
}

#[test]
fn no_folder_grows_beyond_what_asterisk_can_open() {
    let site = Site::new(|user| user, twenty());
    site.write_conf(|conf| conf.replace("maxmsg=9999", "maxmsg=2"));
    let ran = site.migrate().arg("-v").run().status(3);
    let text = format!("{}{}", ran.stdout, ran.stderr);
    assert!(text.contains("[VMM001]"), "{text}");
    assert!(text.contains("held back"), "{text}");
    // New, urgent and old end in one list, so two of all of them, and two in Work.
    assert_eq!(site.stored(0), 4);
    // Where nobody looks on, too, it is said whose, how many, why and what helps.
    let cron = site.migrate().run().status(3);
    let why = "1001@default: 6 messages held back: new, urgent and old would be more than maxmsg=2";
    let told = cron
        .stderr
        .lines()
        .filter(|line| line.contains("held back: "));
    assert_eq!(told.clone().count(), 2, "{}", cron.stderr);
    assert!(
        told.clone().any(|line| line.contains(why)),
        "{}",
        cron.stderr
    );
    assert!(
        told.clone()
            .all(|line| line.ends_with("pass --over-maxmsg"))
    );
    let all = site
        .migrate()
        .args(&["--json", "--over-maxmsg"])
        .run()
        .status(0);
    assert_eq!(all.count("appended"), 12);
    assert_eq!(site.stored(0), 10);
}
