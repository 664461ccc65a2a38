//! `vmimap expunge` where things go wrong between the plan and its end: cut connections, another
//! UIDVALIDITY, messages that change, a server that says OK and does nothing.

use crate::support;
use std::time::Duration;

use support::cli::Ran;
use support::cut_proxy::{CutProxy, Direction};
use support::dovecot_config::DovecotOptions;
use support::removal_site::RemovalSite;

fn site() -> RemovalSite {
    RemovalSite::new(DovecotOptions::default())
}

/// Cuts the `number`th connection from the start: the first one plans, the second one removes.
fn proxy(site: &RemovalSite, direction: Direction, after: usize, number: usize) -> CutProxy {
    let target = format!("{}:{}", site.dovecot.host(), site.dovecot.port());
    let proxy = CutProxy::start_at(target, direction, after, number);
    site.name_port(proxy.port(), "");
    proxy
}

/// Where to cut the connection that removes: at every command, or spread over all answers.
fn places(words: &[&str], direction: Direction) -> Vec<usize> {
    let site = site();
    let proxy = proxy(&site, direction, usize::MAX, 1);
    site.vmimap("expunge", words).run().status(0);
    assert!(proxy.passed() > 300, "{}", proxy.passed());
    match direction {
        Direction::ToServer => proxy.command_ends(),
        Direction::ToClient => (1..proxy.passed()).step_by(211).collect(),
    }
}

#[test]
fn cut_at_every_command_it_tries_once_more_and_ends_in_the_same_state() {
    let words = ["200", "--state", "old", "--yes"];
    for direction in [Direction::ToServer, Direction::ToClient] {
        let places = places(&words, direction);
        assert!(places.len() > 9, "{places:?}");
        for after in places {
            let site = site();
            let before = site.left("INBOX");
            let _proxy = proxy(&site, direction, after, 1);
            let ran = site.vmimap("expunge", &words).run();
            assert!(matches!(ran.status, 0 | 3), "{after}: {ran:?}");
            if ran.status == 3 {
                site.vmimap("expunge", &words).run().status(0);
            }
            site.only_gone("INBOX", &before, &[1, 3, 13]);
        }
    }
}

#[test]
fn cut_at_every_command_a_message_is_in_the_trash_once_and_nowhere_else() {
    let words = ["200", "--state", "old", "--yes", "--trash", "Bin"];
    for after in places(&words, Direction::ToServer) {
        let site = site();
        let before = site.left("INBOX");
        let _proxy = proxy(&site, Direction::ToServer, after, 1);
        let ran = site.vmimap("expunge", &words).run();
        if ran.status != 0 {
            site.vmimap("expunge", &words).run().status(0);
        }
        site.only_gone("INBOX", &before, &[1, 3, 13]);
        assert_eq!(site.left("Bin").len(), 3, "{after}");
    }
}

#[test]
fn killed_at_any_moment_and_run_again_it_ends_in_the_same_state() {
    let words = ["200", "--yes"];
    for delay in [0_u64, 5, 10, 15, 20, 25, 30, 40, 60] {
        let site = site();
        let before = site.left("INBOX");
        let mut child = site.vmimap("expunge", &words).spawn();
        std::thread::sleep(Duration::from_millis(delay));
        child.kill().unwrap();
        child.wait().unwrap();
        for message in site.left("INBOX") {
            let then = before.iter().find(|one| one.uid == message.uid).unwrap();
            let ours = matches!(message.uid, 1..=4 | 13);
            assert!(ours || *then == message, "{delay}: {message:?}");
        }
        site.vmimap("expunge", &words).run().status(0);
        site.only_gone("INBOX", &before, &[1, 2, 3, 4, 13]);
    }
}

/// Starts a run that waits between plan and removal, and does something meanwhile.
fn meanwhile(site: &RemovalSite, words: &[&str], act: impl FnOnce()) -> Ran {
    // Planned only: the folders are looked at once more, but only for what the test is about.
    let call = site.vmimap("expunge", words).args(&["--yes", "--json"]);
    let child = call.env("VMIMAP_TIMEOUT", "20").spawn();
    std::thread::sleep(Duration::from_millis(1500));
    act();
    child.wait_with_output().unwrap().into()
}

#[test]
fn another_uidvalidity_between_plan_and_removal_is_refused() {
    let site = RemovalSite::empty(DovecotOptions::default(), "");
    site.mail().command("CREATE Work").ok();
    site.fill("Work");
    let words = ["200", "--quiet-for", "4s"];
    let ran = meanwhile(&site, &words, || {
        let mut raw = site.mail();
        raw.command("DELETE Work").ok();
        raw.command("CREATE Work").ok();
        drop(raw);
        site.fill("Work");
    });
    let before = site.left("Work");
    assert_eq!((ran.count("removed"), ran.count("left")), (0, 5));
    let ran = ran.status(5);
    let said = ran
        .json()
        .into_iter()
        .find(|line| line["type"] == "failure");
    let error = said.unwrap()["error"].as_str().unwrap().to_owned();
    assert!(error.contains("UIDVALIDITY"), "{error}");
    site.only_gone("Work", &before, &[]);
    assert_eq!(before.len(), 14);
}
