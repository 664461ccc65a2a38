//! `vmimap rollback` against a real Dovecot whose folders hold other people's mail as well: what one
//! migrate run appended goes, and only that, and only where it is unchanged. What is left is asked by
//! the tests' own client, to the octet and the flag.

use crate::support;
use std::fs;
use std::path::Path;

use support::dovecot_config::DovecotOptions;
use support::run_site::{RunSite as Site, uid_in_inbox};

fn site() -> Site {
    Site::new(DovecotOptions::default())
}

#[test]
fn what_the_run_appended_goes_and_all_else_stays_as_it_was() {
    let site = site();
    let before = site.held();
    let run = site.run();
    assert_eq!(site.migrated().len(), 16);
    let whole = site.held();
    let dry = site.rollback(&[&run, "-n"]).run().status(0);
    assert!(dry.stdout.starts_with(&format!("Run {run} of ")), "{dry:?}");
    assert!(
        dry.stdout.contains("Dry run: 16 of 16 messages"),
        "{}",
        dry.stdout
    );
    assert_eq!(site.held(), whole);
    site.rollback(&[&run]).run().status(5);
    assert_eq!(site.held(), whole, "nobody agreed");
    site.rollback(&[&run, "--yes"]).run().status(0).silent();
    assert_eq!(site.held(), before);
    // A second time there is nothing to do, and it says so.
    let again = site.rollback(&["last", "--yes"]).run().status(0);
    assert!(
        again
            .stdout
            .contains("nothing is left to roll back; 16 messages were"),
        "{again:?}"
    );
    // The next run appends all of it again, and that run can be taken back as well.
    let second = site.migrate();
    assert_eq!((second.count("appended"), second.count("removed")), (16, 0));
    assert_eq!(site.migrated().len(), 16);
    site.rollback(&[&run, "--yes"]).run().status(0);
    assert_eq!(site.migrated().len(), 16, "another run's");
    site.rollback(&["last", "--yes"]).run().status(0).silent();
    assert_eq!(site.held(), before);
}

#[test]
fn what_another_run_appended_and_what_was_not_selected_stays() {
    let site = site();
    let first = site.run();
    site.leave(2, 1_800_000_000, 8);
    let second = site.run();
    assert_ne!(first, second);
    site.rollback(&[&second, "--yes", "200", "7"])
        .run()
        .status(0);
    assert_eq!(site.migrated().len(), 20);
    site.rollback(&[&second, "--yes"]).run().status(0);
    assert_eq!(site.migrated().len(), 16);
    let words = [&first, "--yes", "--context", "default", "--folder", "Work"];
    site.rollback(&words).run().status(0);
    let left = site.migrated();
    assert_eq!(left.len(), 13);
    let ran = site.rollback(&[&first, "4711", "--yes"]).run().status(1);
    assert!(
        ran.stderr
            .contains("was about no mailbox that matches 4711"),
        "{ran:?}"
    );
}

#[test]
fn a_run_is_named_by_its_beginning_and_a_wrong_one_is_refused() {
    let site = site();
    let ran = site.rollback(&["last", "--yes"]).run().status(1);
    assert!(
        ran.stderr.contains("there is no run in these journals"),
        "{ran:?}"
    );
    let run = site.run();
    let mut wrong = run.clone();
    wrong.pop();
    wrong.push('x');
    let ran = site.rollback(&[&wrong, "--yes"]).run().status(1);
    assert!(
        ran.stderr.contains(&format!("did you mean {run}?")),
        "{ran:?}"
    );
    assert!(ran.stderr.contains("vmimap runs"), "{ran:?}");
    site.rollback(&[&run[..9], "--yes"]).run().status(0);
    assert!(site.migrated().is_empty());
}

#[test]
fn what_was_heard_flagged_or_marked_since_stays_unless_that_is_asked_for() {
    let site = site();
    let run = site.run();
    // Callers 0, 8 and 4 left 200's messages in INBOX, Urgent and Old.
    let (new, urgent, old) = (
        uid_in_inbox(&site, "Caller 0"),
        uid_in_inbox(&site, "Caller 8"),
        uid_in_inbox(&site, "Caller 4"),
    );
    let mut raw = site.site.mail();
    raw.command("SELECT INBOX").ok();
    raw.command(&format!("UID STORE {new} +FLAGS (\\Seen)"))
        .ok();
    raw.command(&format!("UID STORE {urgent} +FLAGS (\\Deleted)"))
        .ok();
    raw.command(&format!("UID STORE {old} -FLAGS (\\Seen)"))
        .ok();
    let ran = site.rollback(&[&run, "--yes", "-v"]).run().status(3);
    for why in [
        "heard since",
        "marked as deleted since",
        "marked as unheard since",
    ] {
        assert!(ran.stdout.contains(why), "{why}: {}", ran.stdout);
    }
    assert!(
        ran.stderr.contains("VMR001") && ran.stderr.contains("200@default"),
        "{ran:?}"
    );
    let mut left: Vec<u32> = site.migrated().iter().map(|one| one.uid).collect();
    left.sort_unstable();
    let mut kept = vec![new, urgent, old];
    kept.sort_unstable();
    assert_eq!(left, kept);
    // Nothing else is left to do, and a guard keeps these.
    site.rollback(&[&run, "--yes"]).run().status(5);
    let migrated = site.migrate();
    assert_eq!(
        (migrated.count("appended"), migrated.count("skipped")),
        (13, 3)
    );
    site.rollback(&[&run, "--yes", "--changed-flags"])
        .run()
        .status(0);
    assert_eq!(site.migrated().len(), 13);
}

#[test]
fn what_the_spool_does_not_hold_any_more_stays_unless_it_may_be_lost() {
    let site = site();
    let run = site.run();
    for name in ["msg0000.txt", "msg0000.WAV"] {
        fs::remove_file(site.spool().join("default/200/INBOX").join(name)).unwrap();
    }
    let elsewhere = site.site.dir().join("elsewhere");
    fs::rename(site.spool(), &elsewhere).unwrap();
    let ran = site.rollback(&[&run, "--yes"]).run().status(5);
    assert!(ran.stderr.contains("VMR002"), "{ran:?}");
    assert_eq!(site.migrated().len(), 16);
    let words = [&run, "--yes", "--spool", elsewhere.to_str().unwrap()];
    let ran = site.rollback(&words).run().status(3);
    assert!(ran.stderr.contains("would be lost (1)"), "{ran:?}");
    assert_eq!(site.migrated().len(), 1);
    site.rollback(&[&run, "--yes", "--spool", "/nowhere"])
        .run()
        .status(1);
    let words = [&run, "--yes", "--without-source"];
    site.rollback(&words).run().status(0);
    assert!(site.migrated().is_empty());
}

/// Changes a digit of base64 in the file of a message, and nothing else.
fn alter(home: &Path, caller: &str) {
    let mut left = vec![home.to_owned()];
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(fs::read_dir(path).unwrap().map(|one| one.unwrap().path()));
            continue;
        }
        let Ok(mail) = fs::read_to_string(&path) else {
            continue;
        };
        if mail
            .lines()
            .any(|line| line.ends_with(&format!("Caller-ID-Name: {caller}")))
        {
            let sound = mail.find("Transfer-Encoding: base64").unwrap() + 300;
            let (at, old) = mail[sound..]
                .char_indices()
                .find(|(_, c)| c.is_ascii_lowercase())
                .unwrap();
            let new = if old == 'a' { "b" } else { "a" };
            let mut mail = mail.clone();
            mail.replace_range(sound + at..=sound + at, new);
            fs::write(&path, mail).unwrap();
            return;
        }
    }
    panic!("no message of {caller}");
}

#[test]
fn what_is_another_message_or_lies_elsewhere_by_now_stays_whatever_is_asked_for() {
    let site = site();
    let run = site.run();
    alter(&site.site.dovecot.home("u"), "Caller 0");
    let mut raw = site.site.mail();
    // Work is made anew with the same messages, one of which moves to INBOX.
    let work = raw.messages("Work");
    raw.command("SELECT INBOX").ok();
    raw.command("DELETE Work").ok();
    raw.command("CREATE Work").ok();
    for (at, one) in work.iter().enumerate() {
        let folder = if at == 0 { "INBOX" } else { "Work" };
        let date = "\"05-Feb-2009 18:31:30 +0000\"";
        raw.append(folder, "(\\Seen)", date, &one.body).ok();
    }
    let words = [&run, "--yes", "-v", "--changed-flags", "--without-source"];
    let ran = site.rollback(&words).run().status(3);
    for why in ["its recording is another one", "numbered anew since"] {
        assert!(ran.stdout.contains(why), "{why}: {}", ran.stdout);
    }
    assert!(
        ran.stderr.contains("VMR003") && ran.stderr.contains("VMR004"),
        "{ran:?}"
    );
    assert_eq!(site.migrated().len(), 1 + work.len());
}

#[test]
fn a_damaged_journal_keeps_its_mailbox_and_no_other() {
    let site = site();
    let run = site.run();
    let journal = site.journal("default/200");
    let damaged = fs::read_to_string(&journal)
        .unwrap()
        .replacen("intent", "tnetni", 1);
    fs::write(&journal, damaged).unwrap();
    let ran = site.rollback(&[&run, "--yes"]).run().status(3);
    assert!(ran.stderr.contains("200.jsonl:"), "{ran:?}");
    assert_eq!(site.migrated().len(), 4);
}

#[test]
fn without_uidplus_nothing_goes_unless_marks_may_be_lifted() {
    let site = Site::new(DovecotOptions {
        capability: Some("IMAP4rev1 SASL-IR LITERAL+ UNSELECT ID".to_owned()),
        ..DovecotOptions::default()
    });
    let before = site.held();
    let run = site.run();
    let whole = site.held();
    let ran = site.rollback(&[&run, "--yes"]).run().status(5);
    assert!(ran.stderr.contains("UIDPLUS"), "{ran:?}");
    assert_eq!(site.held(), whole);
    let words = [&run, "--yes", "--lift-foreign-marks"];
    site.rollback(&words).run().status(0).silent();
    assert_eq!(site.held(), before);
}

#[test]
fn json_tells_of_every_message_and_the_record_of_removals_has_it() {
    let site = site();
    let run = site.run();
    let heard = uid_in_inbox(&site, "Caller 0");
    let mut raw = site.site.mail();
    raw.command("SELECT INBOX").ok();
    raw.command(&format!("UID STORE {heard} +FLAGS (\\Seen)"))
        .ok();
    let ran = site.rollback(&[&run, "--yes", "--json"]).run().status(3);
    let items: Vec<_> = ran
        .json()
        .into_iter()
        .filter(|one| one["type"] == "item")
        .collect();
    let action = |name: &str| items.iter().filter(|one| one["action"] == name).count();
    assert_eq!((action("remove"), action("keep")), (15, 1));
    let summary = ran.summary();
    assert_eq!(
        (&summary["removed"], &summary["withheld"]),
        (&15.into(), &1.into())
    );
    let record = fs::read_to_string(site.journal("removals")).unwrap();
    assert_eq!(record.matches("\"step\":\"done\"").count(), 15);
    let words = ["last", "--yes", "--json", "--changed-flags"];
    assert_eq!(site.rollback(&words).run().status(0).count("removed"), 1);
    assert_eq!(site.rollback(&words).run().status(0).count("planned"), 0);
}

#[test]
fn another_account_than_the_one_the_run_wrote_to_is_left_alone() {
    let site = site();
    let run = site.run();
    let words = [&run, "--yes", "--server", "localhost"];
    let ran = site.rollback(&words).run().status(3);
    assert!(
        ran.stderr
            .contains("the run put the messages of 200@default into u@127.0.0.1:"),
        "{ran:?}"
    );
    assert_eq!(site.migrated().len(), 16);
}
