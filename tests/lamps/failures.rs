//! What goes wrong with the manager interface: the mail work stands, and the warning says what.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use super::site::Site;
use super::support::manager::{BANNER, Play, SECRET, ScriptedManager, USER, asterisk};

#[test]
fn a_login_that_is_refused_is_a_warning_and_the_mail_work_stands() {
    let site = Site::new();
    let manager = ScriptedManager::playing(|said| match said.get("Action") {
        "Login" => {
            let words = format!(
                "no \x1b[2J luck for {} {}",
                said.get("Secret"),
                "y".repeat(900)
            );
            Play::SayAndCut(said.answer("Error", &words))
        }
        _ => asterisk(said),
    });
    let told = site.fails(&manager.address(), &[]);
    assert!(told.contains("manager interface 127.0.0.1:"), "{told}");
    assert!(
        told.contains("login refused: no  [2J luck for ******** yyy"),
        "{told}"
    );
    assert!(
        told.contains("lamps of 2 of 2 mailboxes may be wrong"),
        "{told}"
    );
    assert!(!told.contains('\x1b') && told.len() < 700, "{told}");
}

#[test]
fn a_right_that_is_missing_or_an_action_that_is_unknown_is_told_once() {
    for words in [
        "Permission denied",
        "Invalid/unknown command: VoicemailRefresh.",
    ] {
        let site = Site::new();
        let manager = ScriptedManager::playing(move |said| match said.get("Action") {
            "VoicemailRefresh" => Play::Say(said.answer("Error", words)),
            _ => asterisk(said),
        });
        let told = site.fails(&manager.address(), &[]);
        assert!(
            told.contains(&format!("VoicemailRefresh refused: {words}")),
            "{told}"
        );
        assert_eq!(
            manager.refreshed().len(),
            1,
            "the other would fare no better"
        );
    }
}

#[test]
fn a_mailbox_that_is_refused_stops_no_other() {
    let site = Site::new();
    let manager = ScriptedManager::playing(|said| match said.get("Mailbox") {
        "200" => Play::Say(said.answer("Error", "No such mailbox")),
        _ => asterisk(said),
    });
    let told = site.fails(&manager.address(), &[]);
    assert!(
        told.contains("lamps of 1 of 2 mailboxes may be wrong: 200@default: manager"),
        "{told}"
    );
    assert!(told.contains("No such mailbox"), "{told}");
    assert!(told.contains("those of 200@default; "), "{told}");
    assert_eq!(manager.refreshed().len(), 2);
}

#[test]
fn a_slow_greeting_is_waited_for_and_a_silent_one_is_not_for_ever() {
    let (site, after) = (Site::new(), Duration::from_millis(700));
    let slow = ScriptedManager::start("127.0.0.1", BANNER, after, asterisk);
    site.expunge(&slow.address()).run().status(0).silent();
    let site = Site::new();
    let after = Duration::from_mins(1);
    let silent = ScriptedManager::start("127.0.0.1", BANNER, after, asterisk);
    let told = site.fails(&silent.address(), &["--timeout", "1"]);
    assert!(told.contains("greeting: no answer in time"), "{told}");
}

#[test]
fn what_drips_chatters_or_falls_silent_is_given_up_in_time() {
    let chatter = || "Event: Hangup\r\nActionID: other\r\n\r\n".repeat(1000);
    for at in ["Login", "VoicemailRefresh"] {
        for kind in 0..3 {
            let site = Site::new();
            let manager = ScriptedManager::playing(move |said| match (said.get("Action"), kind) {
                (action, 0) if action == at => Play::Silence,
                (action, 1) if action == at => Play::Drip(50),
                (action, 2) if action == at => Play::Say(chatter()),
                _ => asterisk(said),
            });
            let begun = Instant::now();
            let told = site.fails(&manager.address(), &["--timeout", "1"]);
            assert!(told.contains("no answer in time"), "{at} {kind}: {told}");
            assert!(begun.elapsed() < Duration::from_secs(20));
        }
    }
}

#[test]
fn garbage_and_cut_connections_are_told() {
    for (banner, text) in [
        (
            "* OK IMAP4rev1 ready\r\n",
            "is it the manager interface?): \"* OK IMAP",
        ),
        ("\x1b]0;x\x07\r\n", "is it the manager interface?"),
        ("", "greeting"),
    ] {
        let site = Site::new();
        let after = Duration::ZERO;
        let odd = ScriptedManager::start("127.0.0.1", banner, after, asterisk);
        let told = site.fails(&odd.address(), &["--timeout", "1"]);
        assert!(told.contains(text) && !told.contains('\x1b'), "{told}");
    }
    let site = Site::new();
    let garbage = ScriptedManager::playing(|_| Play::Say(format!("what? {SECRET}\r\n\r\n")));
    let told = site.fails(&garbage.address(), &[]);
    assert!(
        told.contains("login: the answer was not understood"),
        "{told}"
    );
    let site = Site::new();
    let endless = ScriptedManager::playing(|_| Play::Say("x".repeat(1 << 20)));
    let told = site.fails(&endless.address(), &[]);
    assert!(told.len() < 700, "{told}");
    for at in ["Login", "VoicemailRefresh"] {
        let site = Site::new();
        let cut = ScriptedManager::playing(move |said| match said.get("Action") {
            action if action == at => Play::SayAndCut("Response: Succ".to_owned()),
            _ => asterisk(said),
        });
        let told = site.fails(&cut.address(), &[]);
        assert!(told.contains("the connection was closed"), "{told}");
    }
}

#[test]
fn events_and_answers_to_others_are_passed_over() {
    let site = Site::new();
    let manager = ScriptedManager::playing(|said| match asterisk(said) {
        Play::Say(text) => Play::Say(format!(
            "Event: FullyBooted\r\nPrivilege: system,all\r\n\r\n\
             Response: Error\r\nActionID: vmimap-77\r\nMessage: not yours\r\n\r\n{text}"
        )),
        other => other,
    });
    site.expunge(&manager.address()).run().status(0).silent();
}

#[test]
fn a_secret_goes_to_another_host_only_where_that_is_allowed() {
    let host = crate::support::far_address().to_string();
    let manager = ScriptedManager::start(&host, BANNER, Duration::ZERO, asterisk);
    let address = format!("{host}:{}", manager.port);
    let told = Site::new().fails(&address, &[]);
    assert!(
        told.contains("refusing to send a password without encryption"),
        "{told}"
    );
    assert!(manager.said().is_empty(), "nothing was sent");
    let allowed = Site::new().expunge(&address).arg("--allow-plaintext").run();
    allowed.status(0).silent();
    // TLS that the other side does not speak is no plaintext instead.
    let told = Site::new().fails(&manager_tls(), &["--ami-tls", "--timeout", "2"]);
    assert!(told.contains("TLS"), "{told}");
}

fn manager_tls() -> String {
    ScriptedManager::asterisk().address()
}

#[test]
fn what_is_missing_is_told_before_anything_is_changed() {
    let site = Site::new();
    let before = site.site.left("INBOX");
    let words = ["2001@default", "--yes", "--refresh-mwi", "ami"];
    let open = site.secret();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o644)).unwrap();
    let open = open.to_str().unwrap().to_owned();
    for (more, told) in [
        (&[][..], "needs a user of manager.conf"),
        (&["--ami-user", USER], "needs a secret"),
        (
            &["--ami-user", USER, "--ami-secret-file", "none"],
            "secret file none",
        ),
        (
            &["--ami-user", USER, "--ami-secret-file", &open],
            "can be used by everybody",
        ),
        (
            &["--ami", "tcp://pbx", "--ami-user", USER],
            "is not HOST, HOST:PORT or",
        ),
    ] {
        let ran = site
            .site
            .vmimap("expunge", &words)
            .args(more)
            .run()
            .status(2);
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
    }
    let ran = site
        .site
        .vmimap("audit", &["--refresh-mwi", "reload"])
        .run();
    assert!(ran.status(2).stderr.contains("goes with --fix"));
    site.site.only_gone("INBOX", &before, &[]);
}
