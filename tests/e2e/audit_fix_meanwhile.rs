//! `audit --fix` while somebody else is at the same mail: another run that knows nothing of this one, the
//! owner at the phone or in a mail program.

use super::audit_fix::{NAME, Site, fill, named, repaired, state};
use crate::support;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use support::cli::{Ran, Vmimap};
use support::dovecot::DovecotOptions;
use support::fault_proxy::{Fault, FaultProxy};

/// A repairing run with a state directory of its own, so that no lock keeps others out.
fn fix(conf: &Path, state: PathBuf) -> Ran {
    let run = Vmimap::new(["audit", "--fix", "--yes", "--json", "--voicemail-conf"]).arg(conf);
    run.arg("--state-dir").arg(state).run()
}

fn target(site: &Site) -> String {
    format!("{}:{}", site.server.host(), site.server.port())
}

fn ids(site: &Site, user: &str) -> Vec<(String, Vec<String>)> {
    let all = state(site, user).into_iter();
    all.map(|(id, flags, _)| (id, flags)).collect()
}

/// The place of a command among those of a whole run over one faulty message of `user`.
fn place_of(site: &Site, user: &str, command: &str) -> usize {
    site.put(user, "INBOX", "()", &named(9, ""));
    let clean = FaultProxy::clean(&target(site));
    let conf = site.conf(user, clean.port());
    site.audit(&conf, &["--fix", "--yes"]).status(0);
    let points = clean.points();
    let at = points
        .iter()
        .position(|point| point.command.contains(command));
    at.unwrap()
}

#[test]
fn a_run_without_a_common_lock_at_any_moment_takes_nothing_of_the_others() {
    let users: Vec<String> = (0..120).map(|n| format!("two{n:03}")).collect();
    let names: Vec<&str> = users.iter().map(String::as_str).collect();
    let site = Arc::new(Site::new(DovecotOptions::default(), &names));
    fill(&site, &users[0]);
    let clean = FaultProxy::clean(&target(&site));
    let conf = site.conf(&users[0], clean.port());
    fix(&conf, site.dir.path().join("first")).status(0);
    let points = clean.points().len();
    assert!((40..users.len()).contains(&points), "{points}");
    for (at, user) in users.iter().enumerate().take(points).skip(1) {
        fill(&site, user);
        // The other one reads its configuration before this one's takes its place.
        let other = site.conf(user, site.server.port());
        let its = site.dir.path().join(format!("{user}.other"));
        std::fs::rename(other, &its).unwrap();
        let beside = site.dir.path().join("second");
        let hook = move || drop(fix(&its, beside.clone()));
        let proxy = FaultProxy::hooked(&target(&site), at, Box::new(hook));
        let conf = site.conf(user, proxy.port());
        let ran = fix(&conf, site.dir.path().join("first"));
        assert!(proxy.struck(), "{at}");
        let told = format!("{at} {:?}: {}", proxy.points()[at], ran.stdout);
        assert_eq!(state(&site, user), repaired(), "{told}");
        assert!(site.messages(user, "Old").is_empty(), "{told}");
    }
}

#[test]
fn what_its_owner_did_to_the_new_message_of_a_run_that_was_cut_counts() {
    let site = Site::new(DovecotOptions::default(), &["a", "b", "c"]);
    let append = place_of(&site, "c", "APPEND");
    for (user, flag) in [("a", "\\Seen"), ("b", "\\Deleted")] {
        site.put(user, "INBOX", "()", &named(1, ""));
        let proxy = FaultProxy::start(&target(&site), append, Fault::CutAfter);
        let conf = site.conf(user, proxy.port());
        site.audit(&conf, &["--fix", "--yes"]).status(3);
        let uids: Vec<u32> = site.messages(user, "INBOX").iter().map(|m| m.uid).collect();
        let [old, new] = uids[..] else {
            panic!("{uids:?}");
        };
        let mut raw = site.server.raw(user);
        raw.command("SELECT INBOX").ok();
        raw.command(&format!("UID STORE {new} +FLAGS ({flag})"))
            .ok();
        drop(raw);
        let ran = site.fix(user);
        let left: Vec<(u32, bool, bool)> = site
            .messages(user, "INBOX")
            .iter()
            .map(|m| {
                let has = |flag: &str| m.flags.iter().any(|one| one == flag);
                (m.uid, has("\\Seen"), has("\\Deleted"))
            })
            .collect();
        if user == "a" {
            ran.status(4); // two of them, when it looked
            assert_eq!(left, [(new, true, false)]);
        } else {
            assert!(ran.stdout.contains("marked as deleted"), "{}", ran.stdout);
            assert_eq!(left, [(old, false, false), (new, false, true)]);
        }
    }
}

#[test]
fn what_somebody_removes_meanwhile_is_told_and_nothing_vanishes_with_it() {
    let site = Site::new(DovecotOptions::default(), &["a", "b"]);
    let store = place_of(&site, "b", "STORE");
    site.put("a", "INBOX", "()", &named(2, ""));
    let raw = site.server.raw("a");
    let owner = std::sync::Mutex::new(raw);
    let hook = move || {
        let mut raw = owner.lock().unwrap();
        raw.command("SELECT INBOX").ok();
        raw.command("STORE 1 +FLAGS (\\Deleted)").ok();
        raw.command("EXPUNGE").ok();
    };
    let proxy = FaultProxy::hooked(&target(&site), store, Box::new(hook));
    let conf = site.conf("a", proxy.port());
    let ran = site.audit(&conf, &["--fix", "--yes"]).status(0);
    assert!(ran.stdout.contains("somebody else"), "{}", ran.stdout);
    let left = ids(&site, "a");
    assert_eq!(left, [("Message-ID: <2@x>".to_owned(), Vec::new())]);
    let text = &state(&site, "a")[0].2;
    assert!(text.contains(NAME), "{text}");
}
