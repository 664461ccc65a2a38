//! `vmimap expire` against a real Dovecot: rules, holds, explanations, metrics.
//! What is left is asked by the tests' own client, to the octet and the flag.

use crate::support;
use std::fs;

use support::cli::{Ran, Vmimap};
use support::dovecot_config::DovecotOptions;
use support::removal_site::RemovalSite;

fn site() -> RemovalSite {
    RemovalSite::new(DovecotOptions::default())
}

/// A call with these settings in vmimap.toml.
fn expire(site: &RemovalSite, settings: &str, words: &[&str]) -> Vmimap {
    let file = site.dir().join("vmimap.toml");
    fs::write(&file, settings).unwrap();
    let call = site.vmimap("expire", words);
    call.arg("--config").arg(file)
}

/// Of each message: UID, what is done, and why.
fn decisions(ran: &Ran) -> Vec<(u64, String, String)> {
    let items = ran.json().into_iter().filter(|line| line["type"] == "item");
    let mut all: Vec<(u64, String, String)> = items
        .map(|item| {
            let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
            (
                item["uid"].as_u64().unwrap(),
                text("action"),
                text("reason"),
            )
        })
        .collect();
    all.sort();
    all
}

const AGED: &str = "[[expire]]\nname = \"aged\"\nolder_than = \"90d\"\n";

#[test]
fn rules_remove_what_is_beyond_them_and_nothing_that_nobody_has_heard() {
    let site = site();
    let before = site.left("INBOX");
    expire(&site, AGED, &["--yes"]).run().status(0).silent();
    site.only_gone("INBOX", &before, &[1, 3, 5, 10]);
    expire(&site, AGED, &["--yes"]).run().status(0).silent();
    site.only_gone("INBOX", &before, &[1, 3, 5, 10]);
    let all = format!("{AGED}keep_unheard = false\n");
    expire(&site, &all, &["--yes"]).run().status(0).silent();
    site.only_gone("INBOX", &before, &[1, 2, 3, 5, 6, 10]);
}

#[test]
fn holds_win_over_rules_wherever_they_stand_and_for_shared_messages() {
    for hold in ["hold = [\"200@default\", \"7\"]\n", ""] {
        let site = site();
        let before = site.left("INBOX");
        let words: &[&str] = if hold.is_empty() {
            &["--yes", "--hold", "200@default", "--hold", "7"]
        } else {
            &["--yes"]
        };
        let settings = format!("{hold}{AGED}keep_unheard = false\n");
        expire(&site, &settings, words).run().status(0).silent();
        site.only_gone("INBOX", &before, &[5, 6]);
        // Flags make another rule, and no other holds.
        let one = ["--older-than", "1d", "--unheard-too", "--yes"];
        let call = expire(&site, &settings, &one);
        let hold_again: &[&str] = if hold.is_empty() { &words[1..] } else { &[] };
        call.args(hold_again).run().status(0).silent();
        site.only_gone("INBOX", &before, &[5, 6]);
    }
}

#[test]
fn every_message_is_explained_and_the_dry_run_says_the_same() {
    let site = site();
    let before = site.left("INBOX");
    let settings = format!(
        "hold = [\"2001@default\"]\n{AGED}[[expire]]\nmailbox = \"200@default\"\n\
         state = [\"new\", \"old\"]\nkeep_newest = 1\nkeep_unheard = false\n"
    );
    let words = ["--explain", "--json"];
    let dry = expire(&site, &settings, &words).arg("-n").run().status(0);
    site.only_gone("INBOX", &before, &[]);
    let run = expire(&site, &settings, &words)
        .arg("--yes")
        .run()
        .status(0);
    assert_eq!(decisions(&dry), decisions(&run));
    let said = |uid, action: &str, why: &str| (uid, action.to_owned(), why.to_owned());
    assert_eq!(
        decisions(&run),
        [
            said(1, "remove", "aged: older than 90d"),
            said(2, "remove", "rule 2: number 2 of at most 1"),
            said(3, "remove", "aged: older than 90d"),
            said(
                4,
                "keep",
                "aged: not older than 90d; rule 2: within its limits"
            ),
            said(5, "keep", "hold 2001@default"),
            said(6, "keep", "hold 2001@default"),
            said(10, "remove", "aged: older than 90d"),
            said(
                13,
                "keep",
                "aged: does not tell when it was left; rule 2: does not tell when it was left"
            ),
        ]
    );
    site.only_gone("INBOX", &before, &[1, 2, 3, 10]);
}

#[test]
fn what_cannot_be_meant_is_refused_before_anything() {
    let site = site();
    let before = site.left("INBOX");
    for (settings, words, says) in [
        ("", &["--yes"][..], "there is no rule"),
        (
            "[[expire]]\nolder_then = \"1d\"\n",
            &["--yes"],
            "older_then",
        ),
        ("[[expire]]\nname = \"x\"\n", &["--yes"], "x: has no limit"),
        ("[[expire]]\nolder_than = \"1x\"\n", &["--yes"], "rule 1"),
        (
            "hold = [\"202@default\"]\n[[expire]]\nolder_than = \"1d\"\n",
            &["--yes"],
            "hold: no mailbox of voicemail.conf matches 202@default",
        ),
        (AGED, &["--yes", "--folder", "Old"], "belong to a rule"),
        (AGED, &["--yes", "--since", "1d"], "not for expire"),
    ] {
        let ran = expire(&site, settings, words).run().status(2);
        assert!(ran.stderr.contains(says), "{settings}: {}", ran.stderr);
    }
    let ran = expire(&site, AGED, &[]).run().status(5);
    assert!(ran.stderr.contains("--yes"), "{}", ran.stderr);
    let ran = expire(&site, AGED, &["--yes", "--max-delete", "3"]).run();
    ran.status(5);
    site.only_gone("INBOX", &before, &[]);
}

#[test]
fn monitoring_is_told_of_every_run_that_ended_and_a_dry_run_tells_nothing() {
    let site = site();
    let file = site.dir().join("expire.prom");
    let name = file.to_str().unwrap();
    let words = ["--metrics-file", name];
    expire(&site, AGED, &words).arg("-n").run().status(0);
    assert!(!file.exists());
    expire(&site, AGED, &words).arg("--yes").run().status(0);
    let text = fs::read_to_string(&file).unwrap();
    for line in [
        "vmimap_expire_exit_status 0\n",
        "vmimap_expire_messages_removed 4\n",
        "vmimap_expire_messages_left 0\n",
        "vmimap_expire_messages_looked_at 8\n",
        "vmimap_expire_mailboxes_failed 0\n",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    expire(&site, "", &words).arg("--yes").run().status(2);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("vmimap_expire_exit_status 2\n"), "{text}");
    assert!(!text.contains("messages_removed"), "{text}");
    site.name_port(1, "");
    expire(&site, AGED, &words).arg("--yes").run().status(10);
    let text = fs::read_to_string(&file).unwrap();
    assert!(
        text.contains("vmimap_expire_mailboxes_failed 5\n"),
        "{text}"
    );
}

#[test]
fn overlapping_runs_are_kept_apart() {
    let site = site();
    let before = site.left("INBOX");
    let words = ["--yes", "--quiet-for", "3s"];
    let first = expire(&site, AGED, &words).spawn();
    std::thread::sleep(std::time::Duration::from_secs(1));
    let file = site.dir().join("expire.prom");
    let second = expire(&site, AGED, &["--yes"])
        .arg("--metrics-file")
        .arg(&file);
    second.run().status(75);
    assert!(!file.exists());
    let first: Ran = first.wait_with_output().unwrap().into();
    first.status(0).silent();
    site.only_gone("INBOX", &before, &[1, 3, 5, 10]);
}

#[test]
fn a_trash_takes_what_expires() {
    let site = site();
    let before = site.left("INBOX");
    let words = ["--yes", "--trash", "Bin"];
    expire(&site, AGED, &words).run().status(0).silent();
    site.only_gone("INBOX", &before, &[1, 3, 5, 10]);
    assert_eq!(site.left("Bin").len(), 4);
    // What lies in the trash is no voicemail that a rule looks at.
    let all = "[[expire]]\nolder_than = \"0d\"\nkeep_unheard = false\n";
    expire(&site, all, &["--yes", "-n"]).run().status(0);
    assert_eq!(site.left("Bin").len(), 4);
}
