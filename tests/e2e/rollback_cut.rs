//! Rollbacks that were cut, or could not write down what they were about to do: what the next one and
//! the next `migrate` make of it. Cuts at every command are in `faults`.

use crate::support;
use std::fs;

use support::dovecot_config::DovecotOptions;
use support::run_site::{RunSite as Site, uid_in_inbox};

fn site() -> Site {
    Site::new(DovecotOptions::default())
}

/// Takes the lines of a type out of every journal.
fn forget(site: &Site, kind: &str) {
    for name in ["default/200", "default/2001", "default/7", "sales/5001"] {
        let journal = site.journal(name);
        let lines = fs::read_to_string(&journal).unwrap();
        let kept = lines
            .lines()
            .filter(|line| !line.contains(&format!("\"type\":\"{kind}\"")));
        let kept: String = kept.flat_map(|line| [line, "\n"]).collect();
        assert_ne!(kept, lines);
        fs::write(journal, kept).unwrap();
    }
}

#[test]
fn what_a_cut_rollback_removed_is_known_to_be_rolled_back() {
    let site = site();
    let run = site.run();
    site.rollback(&[&run, "--yes"]).run().status(0);
    // As if it had been killed between the removal and the last line.
    forget(&site, "rolled_back");
    let ran = site.rollback(&[&run, "--yes"]).run().status(0);
    assert!(
        ran.stdout.contains("nothing is left to roll back"),
        "{ran:?}"
    );
    let again = site.rollback(&[&run, "--yes"]).run().status(0);
    assert!(again.stdout.contains("16 messages were"), "{again:?}");
    forget(&site, "rolled_back");
    let ran = site.migrate();
    assert_eq!((ran.count("appended"), ran.count("removed")), (16, 0));
}

#[test]
fn what_a_cut_rollback_has_marked_is_not_taken_for_there() {
    let site = site();
    let run = site.run();
    let uid = uid_in_inbox(&site, "Caller 0");
    site.rollback(&[&run, "--yes", "-n"]).run().status(0);
    let journal = site.journal("default/200");
    let lines = fs::read_to_string(&journal).unwrap();
    let verified = lines
        .lines()
        .find(|line| line.contains("\"verified\"") && line.contains("INBOX"));
    let begun = verified.unwrap().replacen(
        "\"type\":\"verified\"",
        &format!("\"type\":\"rollback\",\"of\":\"{run}\""),
        1,
    );
    fs::write(&journal, format!("{lines}{begun}\n")).unwrap();
    let mut raw = site.site.mail();
    raw.command("SELECT INBOX").ok();
    raw.command(&format!("UID STORE {uid} +FLAGS (\\Deleted)"))
        .ok();
    let call = site.site.vmimap("migrate", &["--json"]).arg(site.spool());
    let ran = call.run().status(3);
    assert_eq!((ran.count("held_back"), ran.count("skipped")), (1, 15));
    assert!(
        ran.stdout.contains(&format!("vmimap rollback {run}")),
        "{ran:?}"
    );
    site.rollback(&[&run, "--yes"]).run().status(0);
    assert!(site.migrated().is_empty());
}

#[test]
fn nothing_is_removed_that_could_not_be_written_down_before() {
    let site = site();
    let run = site.run();
    // Room for the record of removals, and none for another line of the journal.
    let limit = fs::metadata(site.journal("sales/5001")).unwrap().len();
    let limit = format!("ulimit -c 0; trap '' XFSZ; exec prlimit --fsize={limit} -- \"$@\"");
    let call = site.rollback(&[&run, "--yes", "5001"]);
    let ran = call.under(&["sh", "-c", &limit, "sh"]).run().status(3);
    assert!(ran.stderr.contains("journal: "), "{ran:?}");
    assert_eq!(site.migrated().len(), 16);
    site.rollback(&[&run, "--yes"]).run().status(0);
    assert!(site.migrated().is_empty());
}
