//! What is taken back when it was deleted in the spool, and what is not: nothing that anybody has
//! touched in IMAP, and nothing while the spool cannot be read as a whole. And updates that are killed.

use crate::support;
use std::fs;

use support::cli::Vmimap;
use support::live_site::{LiveSite as Site, in_spool};
use support::spool_generator::{SpoolSpec, generate};

#[test]
fn who_has_touched_a_message_in_imap_has_the_last_word() {
    let site = Site::new(2, &["1001"]);
    site.migrate(&[]).run().status(0);
    // One is heard in IMAP and made urgent in the spool; one is marked there and heard in the spool.
    site.flag(1, "\\Seen");
    site.flag(2, "\\Flagged");
    let inbox = site.below("spool/default/1001/INBOX");
    for (number, folder) in [("0000", "Urgent"), ("0001", "Old")] {
        fs::create_dir(inbox.with_file_name(folder)).unwrap();
        for extension in ["WAV", "txt"] {
            let to = inbox.with_file_name(folder);
            fs::rename(
                inbox.join(format!("msg{number}.{extension}")),
                to.join(format!("msg0000.{extension}")),
            )
            .unwrap();
        }
    }
    let ran = site.migrate(&["--update", "-v"]).run().status(0);
    assert!(
        ran.stdout.contains("left as it is, is old"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("left as it is, is urgent"),
        "{}",
        ran.stdout
    );
    let flags = |uid: u32| {
        let mut raw = site.dovecot.raw("default-1001");
        let mut all = raw.messages("INBOX").into_iter();
        all.find(|message| message.uid == uid).unwrap().flags
    };
    assert_eq!(
        (flags(1), flags(2)),
        (vec!["\\Seen".to_owned()], vec!["\\Flagged".to_owned()])
    );
    // Nor are they removed when they are deleted by phone.
    for folder in ["Urgent", "Old"] {
        fs::remove_dir_all(inbox.with_file_name(folder)).unwrap();
    }
    let third = SpoolSpec {
        accounts: site.accounts.clone(),
        messages: 1,
        folders: vec!["INBOX"],
        seed: 9,
        first_origtime: 1_700_500_000,
        ..SpoolSpec::default()
    };
    generate(&site.below("spool"), &third);
    let pruned = site
        .migrate(&["--prune", "--yes", "--max-delete", "9", "--json"])
        .run()
        .status(0);
    assert_eq!(pruned.count("removed"), 0, "{}", pruned.stdout);
    assert_eq!(site.dovecot.raw("default-1001").message_count("INBOX"), 2);
}

#[test]
fn a_message_that_was_put_there_by_nobody_we_know_is_not_pruned() {
    let site = Site::new(3, &["1001"]);
    site.migrate(&[]).run().status(0);
    // Another machine's journal: this one knows nothing.
    fs::remove_dir_all(site.below("state/journal")).unwrap();
    for extension in ["WAV", "txt"] {
        fs::remove_file(site.below(&format!("spool/default/1001/INBOX/msg0002.{extension}")))
            .unwrap();
    }
    let pruned = site
        .migrate(&["--prune", "--yes", "--max-delete", "9", "--json"])
        .run()
        .status(0);
    assert_eq!(pruned.count("removed"), 0);
    assert_eq!(site.in_imap().len(), 3);
}

#[test]
fn nothing_is_pruned_for_a_spool_that_is_empty_unreadable_or_changing() {
    let site = Site::new(4, &["1001"]);
    site.migrate(&[]).run().status(0);
    let inbox = site.below("spool/default/1001/INBOX");
    let prune = || {
        site.migrate(&["--prune", "--yes", "--max-delete", "100%"])
            .run()
    };
    // A recording without its text: what it is cannot be said, so neither what is gone.
    let hidden = inbox.with_file_name("hidden");
    fs::rename(inbox.join("msg0003.txt"), &hidden).unwrap();
    let unsure = prune().status(3);
    assert!(unsure.stderr.contains("VMM021"), "{}", unsure.stderr);
    fs::rename(&hidden, inbox.join("msg0003.txt")).unwrap();
    // Somebody has moved the messages away.
    fs::rename(&inbox, inbox.with_file_name("moved-away")).unwrap();
    fs::create_dir(&inbox).unwrap();
    let refused = prune().status(5);
    assert!(
        refused.stderr.contains("holds no message"),
        "{}",
        refused.stderr
    );
    assert_eq!(site.in_imap().len(), 4);
}

#[test]
fn what_was_retired_was_deleted_by_nobody() {
    let site = Site::new(4, &["1001"]);
    site.migrate(&[]).run().status(0);
    let retire = |words: &[&str]| {
        let call = Vmimap::new(["retire", "--yes"]).args(words);
        let call = call
            .arg("--voicemail-conf")
            .arg(site.below("voicemail.conf"));
        let call = call.arg("--state-dir").arg(site.below("state"));
        call.arg(site.below("spool")).run().status(0)
    };
    let prune = || {
        site.migrate(&["--prune", "--yes", "--max-delete", "100%"])
            .run()
    };
    retire(&["--to", site.below("retired").to_str().unwrap()]);
    let refused = prune().status(5);
    assert!(
        refused.stderr.contains("vmimap retire --undo"),
        "{}",
        refused.stderr
    );
    assert_eq!(site.in_imap().len(), 4);
    retire(&["--undo"]);
    prune().status(0);
    assert_eq!(site.in_imap().len(), 4);
}

#[test]
fn pruning_asks_and_takes_no_silence_for_an_answer() {
    let site = Site::new(4, &["1001"]);
    site.migrate(&[]).run().status(0);
    for extension in ["WAV", "txt"] {
        fs::remove_file(site.below(&format!("spool/default/1001/INBOX/msg0003.{extension}")))
            .unwrap();
    }
    site.migrate(&["--prune"]).run().status(5);
    let loose = site.migrate(&["--prune", "--yes"]).run().status(2);
    assert!(loose.stderr.contains("--max-delete"), "{}", loose.stderr);
    site.migrate(&["--prune", "--yes", "--max-delete", "0"])
        .run()
        .status(5);
    for contradiction in [
        &["--prune", "--follow"][..],
        &["--prune", "--folder", "INBOX"],
        &["--update", "--old-as", "folder"],
        &["--follow", "--no-verify"],
        &["--every", "1s"],
    ] {
        site.migrate(contradiction).run().status(2);
    }
    let shown = site.migrate(&["--prune", "-n", "-v"]).run().status(0);
    for told in ["1001@default", "no longer in the spool"] {
        assert!(shown.stdout.contains(told), "{}", shown.stdout);
    }
    assert_eq!(site.in_imap().len(), 4);
    site.migrate(&["--prune", "--yes", "--max-delete", "1"])
        .run()
        .status(0);
    assert_eq!(site.in_imap().len(), 3);
}

/// The journal may grow by so many octets, then the program is killed: before the change on the
/// server, or after it.
#[test]
fn an_update_that_is_killed_at_any_line_of_the_journal_is_finished_by_the_next_run() {
    for more in [1, 120, 250, 400, 550, 800] {
        let site = Site::new(14, &["1001"]);
        let mut phone = site.phone(true);
        phone.saves = true;
        site.migrate(&[]).run().status(0);
        while phone.heard < 2 || phone.saved < 1 {
            phone.act();
        }
        // What came meanwhile is appended first, and is not what this is about.
        site.migrate(&[]).run().status(0);
        let journal = site.below("state/journal/default/1001.jsonl");
        let most = fs::metadata(&journal).unwrap().len() + more;
        let cut = site
            .migrate(&["--update"])
            .under(&["prlimit", "--core=0", &format!("--fsize={most}"), "--"])
            .run();
        assert_ne!(cut.status, 2, "{cut:?}");
        site.migrate(&["--update"]).run().status(0);
        let there = site.in_imap();
        let spool = in_spool(&phone);
        assert!(
            spool.iter().all(|one| there.contains(one)),
            "{more}: {spool:?}\n{there:?}"
        );
        let mut ids: Vec<&String> = there.iter().map(|(id, _)| id).collect();
        ids.dedup();
        assert_eq!(ids.len(), there.len(), "{more}: each is there once");
    }
}
