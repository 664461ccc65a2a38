//! `--lift-foreign-marks` on a real Dovecot that hides UIDPLUS (it would still obey UID EXPUNGE; that
//! none is sent is tested in `expunge_lift.rs`): what others had marked carries its mark afterwards.

use crate::support;
use std::thread;

use support::cut_proxy::{CutProxy, Direction};
use support::dovecot_config::DovecotOptions;
use support::removal_site::RemovalSite;

const LIFT: &str = "--lift-foreign-marks";

fn without_uidplus() -> RemovalSite {
    RemovalSite::new(DovecotOptions {
        capability: Some("IMAP4rev1 SASL-IR LITERAL+ UNSELECT ID".to_owned()),
        ..DovecotOptions::default()
    })
}

#[test]
fn what_was_named_goes_and_what_others_marked_stays_marked() {
    let site = without_uidplus();
    let before = site.left("INBOX");
    let words = ["200", "--state", "old", "--yes"];
    site.vmimap("expunge", &words).run().status(5);
    site.only_gone("INBOX", &before, &[]);
    // Nobody could say which copy is whose.
    let words = ["200", "--state", "old", "--yes", "--trash", "Bin", LIFT];
    site.vmimap("expunge", &words).run().status(5);
    site.only_gone("INBOX", &before, &[]);
    let words = ["200", "--state", "old", LIFT, "-n"];
    let dry = site.vmimap("expunge", &words).run().status(0);
    let line = "2 other messages with \\Deleted lose that mark for a moment";
    assert!(dry.stdout.contains(line), "{}", dry.stdout);
    assert!(dry.stderr.contains("VMX006"), "{}", dry.stderr);
    site.only_gone("INBOX", &before, &[]);
    let words = ["200", "--state", "old", "--yes", LIFT];
    site.vmimap("expunge", &words).run().status(0).silent();
    site.only_gone("INBOX", &before, &[1, 3, 13]);
    let words = ["200", "--older-than", "30d", "--unheard-too", "--yes", LIFT];
    site.vmimap("expire", &words).run().status(0).silent();
    site.only_gone("INBOX", &before, &[1, 2, 3, 13]);
    site.mail().command("CREATE Bin").ok();
    site.fill("Bin");
    let before = site.left("Bin");
    let words = ["200", "--purge-trash", "--trash", "Bin", "--yes", LIFT];
    site.vmimap("expunge", &words).run().status(0).silent();
    site.only_gone("Bin", &before, &[1, 2, 3, 4, 13]);
}

#[test]
fn where_the_server_has_uidplus_no_mark_is_lifted() {
    let site = RemovalSite::new(DovecotOptions::default());
    let before = site.left("INBOX");
    let words = ["200", "--yes", "-v", LIFT];
    let ran = site.vmimap("expunge", &words).run().status(0);
    let line = "2 other messages with \\Deleted will not be touched";
    assert!(ran.stdout.contains(line), "{}", ran.stdout);
    site.only_gone("INBOX", &before, &[1, 2, 3, 4, 13]);
    let journal = site.dir().join("state/journal");
    assert!(!journal.join("lifted.jsonl").exists());
    let record = std::fs::read_to_string(journal.join("removals.jsonl")).unwrap();
    let lines: Vec<serde_json::Value> = record
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 10);
    for (line, step) in [(&lines[0], "intent"), (&lines[9], "done")] {
        assert_eq!(line["step"], step);
        assert_eq!(line["mailbox"], "200@default");
        assert!(
            line["account"]
                .as_str()
                .unwrap()
                .starts_with("u@127.0.0.1:")
        );
        assert!(line["uid_validity"].as_u64().unwrap() > 0);
        assert!(line["octets"].as_u64().unwrap() > 300);
    }
    assert_eq!(
        (&lines[0]["uid"], &lines[9]["uid"]),
        (&1.into(), &13.into())
    );
    assert_eq!(lines[0]["message_id"], "<Asterisk-1@test>");
    assert_eq!(lines[9]["outcome"], "removed");
}

#[test]
fn cut_at_every_command_and_run_again_it_ends_in_the_same_state() {
    let words = ["200", "--state", "old", "--yes", LIFT];
    let target = |site: &RemovalSite| format!("{}:{}", site.dovecot.host(), site.dovecot.port());
    let site = without_uidplus();
    let proxy = CutProxy::start_at(target(&site), Direction::ToServer, usize::MAX, 1);
    site.name_port(proxy.port(), "");
    site.vmimap("expunge", &words).run().status(0);
    let places = proxy.command_ends();
    assert!(places.len() > 15, "{places:?}");
    for some in places.chunks(6) {
        thread::scope(|scope| {
            for after in some {
                scope.spawn(move || {
                    let site = without_uidplus();
                    let before = site.left("INBOX");
                    let proxy = CutProxy::start_at(target(&site), Direction::ToServer, *after, 1);
                    site.name_port(proxy.port(), "");
                    let ran = site.vmimap("expunge", &words).run();
                    assert!(matches!(ran.status, 0 | 3), "{after}: {ran:?}");
                    site.vmimap("expunge", &words).run().status(0);
                    site.only_gone("INBOX", &before, &[1, 3, 13]);
                });
            }
        });
    }
}
