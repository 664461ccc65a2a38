//! Following a spool in use: copies are put where the phone has put their messages, and what was
//! deleted by phone is told; in parts, in passes.

use crate::support;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use support::cli::{Ran, Vmimap};
use support::live_site::{LiveSite as Site, end, in_spool, lines};
use support::spool_generator::{SpoolSpec, generate};

#[test]
fn at_the_end_imap_is_what_the_spool_is_however_it_was_used_meanwhile() {
    let site = Site::new(60, &["1001"]);
    let mut phone = site.phone(true);
    phone.saves = true;
    // How long a pass takes while all this goes on depends on the machine.
    let follow = site.migrate(&["--follow", "--every", "1s", "--passes", "3", "--json"]);
    let done = AtomicBool::new(false);
    let ran = thread::scope(|scope| {
        scope.spawn(|| {
            let start = Instant::now();
            while start.elapsed() < Duration::from_mins(1) {
                let all = phone.deleted > 5 && phone.heard > 5 && phone.saved > 2 && phone.left > 5;
                if all && done.load(Ordering::Relaxed) {
                    break;
                }
                phone.act();
                thread::sleep(Duration::from_millis(60));
            }
        });
        let ran = follow.run();
        done.store(true, Ordering::Relaxed);
        ran
    });
    assert!([0, 3].contains(&ran.status), "{ran:?}");
    assert_eq!(ran.count("failed"), 0, "{}", ran.stdout);
    let json = ran.json();
    assert_eq!(lines(&json, "pass").len(), 3, "{}", ran.stdout);
    assert_eq!(lines(&json, "readiness").len(), 1);
    assert!(phone.deleted > 5 && phone.heard > 5 && phone.saved > 2 && phone.left > 5);

    // The phones are quiet: the last delta, and what was deleted after it had been copied.
    let last = site.migrate(&["--update", "--json"]).run().status(0);
    let gone = last.count("gone");
    let followed = ran.count("updated") + last.count("updated");
    assert!(followed > 5, "{}{}", ran.stdout, last.stdout);
    assert!(gone > 0, "{}", last.stdout);
    let pruned = site
        .migrate(&["--prune", "--yes", "--max-delete", "100%", "--json"])
        .run()
        .status(0);
    assert_eq!(pruned.count("removed"), gone, "{}", pruned.stdout);
    assert_eq!(site.in_imap(), in_spool(&phone));
    // And nothing is left to do.
    let again = site.migrate(&["--update", "--json"]).run().status(0);
    let todo = ["appended", "updated", "gone"].map(|name| again.count(name));
    assert_eq!(todo, [0, 0, 0]);
}

#[test]
fn a_message_that_was_heard_or_saved_by_phone_is_so_in_imap_after_an_update() {
    let site = Site::new(12, &["1001"]);
    let mut phone = site.phone(true);
    phone.saves = true;
    site.migrate(&[]).run().status(0);
    while phone.heard < 3 || phone.saved < 2 {
        phone.act();
    }
    // Without --update what is there is there.
    let plain = site.migrate(&["--json"]).run().status(0);
    assert_eq!((plain.count("updated"), plain.count("gone")), (0, 0));
    let planned = site.migrate(&["--update", "-n", "-v"]).run().status(0);
    assert!(
        planned.stdout.contains(" update, is new"),
        "{}",
        planned.stdout
    );
    let before = site.in_imap();
    let ran = site.migrate(&["--update", "-v"]).run().status(0);
    assert!(
        ran.stdout.contains("put where the spool has"),
        "{}",
        ran.stdout
    );
    let spool = in_spool(&phone);
    assert!(
        !spool.iter().all(|one| before.contains(one)),
        "it was not so before"
    );
    let there = site.in_imap();
    assert!(
        spool.iter().all(|one| there.contains(one)),
        "{spool:?}\n{there:?}"
    );
}

#[test]
fn a_pass_looks_only_at_mailboxes_in_which_something_happened() {
    let site = Site::new(6, &["1001", "1002", "1003"]);
    let child = site
        .migrate(&["--follow", "--every", "1s", "--passes", "4", "--json"])
        .spawn();
    thread::sleep(Duration::from_millis(1500));
    let more = SpoolSpec {
        accounts: vec![site.accounts[1].clone()],
        messages: 3,
        folders: vec!["Old"],
        seed: 4,
        first_origtime: 1_700_900_000,
        ..SpoolSpec::default()
    };
    generate(&site.below("spool"), &more);
    let ran: Ran = child.wait_with_output().unwrap().into();
    let ran = ran.status(0);
    let json = ran.json();
    let passes = lines(&json, "pass");
    let looked = |pass: &&Value| pass["mailboxes_looked_at"].as_u64().unwrap();
    assert_eq!((passes.len(), looked(&passes[0])), (4, 3));
    let later: u64 = passes[1..].iter().map(looked).sum();
    assert!((1..=2).contains(&later), "{}", ran.stdout);
    assert_eq!((ran.count("appended"), ran.count("mailboxes")), (9, 3));
    let readiness = lines(&json, "readiness")[0];
    assert_eq!(readiness["is_ready"], true);
    assert_eq!(
        (&readiness["there"], &readiness["ready"]),
        (&9.into(), &3.into())
    );
    assert!(readiness["expected_seconds"].is_number(), "{readiness}");
}

#[test]
fn a_refused_login_is_not_tried_again_by_every_pass() {
    let mut site = Site::new(4, &["1001", "1002"]);
    let conf = fs::read_to_string(site.below("voicemail.conf")).unwrap();
    let at = conf.rfind("imappassword=").unwrap();
    fs::write(
        site.below("voicemail.conf"),
        format!("{}imappassword=wrong\n", &conf[..at]),
    )
    .unwrap();
    let ran = site
        .migrate(&["--follow", "--every", "1s", "--passes", "3", "--json"])
        .run()
        .status(3);
    assert_eq!(ran.count("mailboxes_failed"), 1, "{}", ran.stdout);
    let (log, refused) = (site.dovecot.log(), "auth failed");
    assert_eq!(log.matches(refused).count(), 1, "{log}");
    site.dovecot.stop();
}

#[test]
fn passes_are_told_one_a_line_and_ended_between_two_of_them_with_status_0() {
    let site = Site::new(5, &["1001"]);
    let child = site.migrate(&["--follow", "--every", "1h"]).spawn();
    let start = Instant::now();
    while site.in_imap().len() < 5 && start.elapsed() < Duration::from_mins(1) {
        thread::sleep(Duration::from_millis(50));
    }
    thread::sleep(Duration::from_secs(2));
    let ran = end(child).status(0);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert!(
        lines[0].starts_with("pass 1: 1 of 1 mailbox looked at in "),
        "{lines:?}"
    );
    assert!(lines[0].contains("5 appended"), "{lines:?}");
    assert_eq!(
        lines[1],
        "Readiness: ready; 1 of 1 mailbox have nothing left."
    );
    assert!(
        lines
            .last()
            .unwrap()
            .starts_with("5 messages appended and read back. Run "),
        "{lines:?}"
    );
    assert_eq!(ran.stderr, "");
}

#[test]
fn readiness_sends_nothing_and_says_what_is_left() {
    let site = Site::new(6, &["1001", "1002"]);
    site.migrate(&["1001"]).run().status(0);
    let inbox = site.below("spool/default/1001/INBOX");
    for extension in ["WAV", "txt"] {
        fs::remove_file(inbox.join(format!("msg0002.{extension}"))).unwrap();
    }
    let ran = site.migrate(&["--readiness"]).run().status(0);
    let expected = [
        "Readiness: not ready; 0 of 2 mailboxes have nothing left.",
        "         2 in IMAP as the spool has them",
        "         3 to append or to put elsewhere",
        "         1 in IMAP and no longer in the spool: vmimap migrate --prune",
    ];
    let told: Vec<&str> = ran.stdout.lines().take(4).collect();
    assert_eq!(told, expected);
    assert_eq!(site.dovecot.raw("default-1002").message_count("INBOX"), 0);
}

#[test]
fn the_shards_of_a_migration_are_the_whole_and_each_is_done_once() {
    let names: Vec<String> = (2001..2013).map(|n| n.to_string()).collect();
    let extensions: Vec<&str> = names.iter().map(String::as_str).collect();
    let site = Site::new(24, &extensions);
    let mut boxes = Vec::new();
    for index in 1..=3 {
        let state = site.below(&format!("state-{index}"));
        let ran = Vmimap::migrate(&site.below("spool"), &site.below("voicemail.conf"), &state)
            .args(&["--json", "--shard", &format!("{index}/3")])
            .run()
            .status(0);
        let json = ran.json();
        assert_eq!(ran.count("appended"), 2 * ran.count("mailboxes"));
        boxes.extend(
            lines(&json, "mailbox")
                .iter()
                .map(|line| line["mailbox"].to_string()),
        );
    }
    boxes.sort();
    let all: Vec<String> = names.iter().map(|n| format!("\"{n}@default\"")).collect();
    assert_eq!(boxes, all);
    let whole = site.migrate(&["--json"]).run().status(0);
    assert_eq!((whole.count("appended"), whole.count("skipped")), (0, 24));
    // A part without mailboxes has nothing to do.
    for index in 1..=40 {
        let part = format!("{index}/40");
        site.migrate(&["--json", "--shard", &part]).run().status(0);
        Vmimap::new(["list", "--json", "--shard", &part, "--voicemail-conf"])
            .arg(site.below("voicemail.conf"))
            .run()
            .status(0);
    }
    for wrong in ["0/3", "4/3", "3", "1/0"] {
        site.migrate(&["--shard", wrong]).run().status(2);
    }
}
