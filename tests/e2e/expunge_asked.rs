//! `vmimap expunge` at a terminal: the question, and what happens to a message between the plan and
//! the answer. `script` of util-linux is the terminal.

use crate::support;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

use support::dovecot_config::DovecotOptions;
use support::raw_imap::StoredMessage;
use support::removal_site::RemovalSite;

/// Runs a verb at a terminal, acts when it asks, answers, and tells what was shown and the status.
fn at_a_terminal(
    site: &RemovalSite,
    words: &str,
    act: impl FnOnce(),
    answer: &str,
) -> (String, i32) {
    let line = format!(
        "{} expunge {words} --voicemail-conf {} --state-dir {}",
        env!("CARGO_BIN_EXE_vmimap"),
        site.conf().display(),
        site.dir().join("state").display()
    );
    let mut child = Command::new("script")
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .env("TERM", "xterm")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("util-linux's script is installed");
    let mut shown = String::new();
    let mut screen = child.stdout.take().unwrap();
    let mut octets = [0; 4096];
    let mut act = Some(act);
    loop {
        let count = screen.read(&mut octets).unwrap_or(0);
        if count == 0 {
            break;
        }
        shown.push_str(&String::from_utf8_lossy(&octets[..count]));
        if shown.contains("Type ")
            && let Some(act) = act.take()
        {
            act();
            let mut keyboard = child.stdin.take().unwrap();
            keyboard.write_all(answer.as_bytes()).unwrap();
            // Kept open: its end would be the terminal's.
            child.stdin = Some(keyboard);
        }
    }
    drop(child.stdin.take());
    (shown, child.wait().unwrap().code().unwrap())
}

fn site() -> (RemovalSite, Vec<StoredMessage>) {
    let site = RemovalSite::new(DovecotOptions::default());
    let before = site.left("INBOX");
    (site, before)
}

#[test]
fn only_the_number_of_messages_is_a_yes() {
    for (answer, status, gone) in [
        ("yes\r", 5, &[][..]),
        ("\r", 5, &[]),
        ("4\r", 5, &[]),
        ("3\x04\x04", 5, &[]),
        ("\x04", 5, &[]),
        ("\x03", 130, &[]),
        ("3\r", 0, &[1, 3, 13]),
    ] {
        let (site, before) = site();
        let (shown, ended) = at_a_terminal(&site, "200 --state old", || (), answer);
        assert_eq!(ended, status, "{answer:?}: {shown}");
        assert!(shown.contains("Type 3 to remove them for good"), "{shown}");
        assert!(shown.contains("[VMX001]"), "{shown}");
        let told = shown.contains("the number was not typed; nothing was changed");
        assert_eq!(told, status != 0, "{answer:?}: {shown}");
        site.only_gone("INBOX", &before, gone);
    }
}

#[test]
fn what_is_not_what_was_asked_for_any_more_stays() {
    let (site, _) = site();
    let mut then = Vec::new();
    let act = || {
        let mut raw = site.mail();
        raw.command("SELECT INBOX").ok();
        // Marked as new again, and its mark taken back by its owner.
        raw.command("UID STORE 1 -FLAGS (\\Seen)").ok();
        raw.command("UID STORE 3 -FLAGS (\\Deleted)").ok();
        then = site.left("INBOX");
    };
    let (shown, status) = at_a_terminal(&site, "200 --state old", act, "3\r");
    assert_eq!(status, 0, "{shown}");
    assert!(
        shown.contains("1 changed meanwhile and left alone"),
        "{shown}"
    );
    site.only_gone("INBOX", &then, &[3, 13]);
    let (site, _) = self::site();
    let act = || {
        let mut raw = site.mail();
        raw.command("SELECT INBOX").ok();
        raw.command("UID STORE 3 -FLAGS (\\Deleted)").ok();
        then = site.left("INBOX");
    };
    let (shown, status) = at_a_terminal(&site, "200 --deleted", act, "1\r");
    assert_eq!(status, 0, "{shown}");
    site.only_gone("INBOX", &then, &[]);
}

#[test]
fn somebody_who_removes_some_of_them_meanwhile_is_no_failure() {
    let (site, before) = site();
    let act = || {
        let mut raw = site.mail();
        raw.command("SELECT INBOX").ok();
        raw.command("UID STORE 13 +FLAGS (\\Deleted)").ok();
        raw.command("UID EXPUNGE 13").ok();
    };
    let (shown, status) = at_a_terminal(&site, "200 --state old", act, "3\r");
    assert_eq!(status, 0, "{shown}");
    assert!(shown.contains("1 gone before"), "{shown}");
    site.only_gone("INBOX", &before, &[1, 3, 13]);
}

#[test]
fn a_folder_made_anew_between_plan_and_answer_is_another_folder() {
    let site = RemovalSite::empty(DovecotOptions::default(), "");
    site.mail().command("CREATE Work").ok();
    site.fill("Work");
    let act = || {
        std::thread::sleep(std::time::Duration::from_millis(1100));
        let mut raw = site.mail();
        raw.command("DELETE Work").ok();
        raw.command("CREATE Work").ok();
        drop(raw);
        site.fill("Work");
    };
    let (shown, status) = at_a_terminal(&site, "200", act, "5\r");
    assert_eq!(status, 5, "{shown}");
    assert!(shown.contains("UIDVALIDITY"), "{shown}");
    assert_eq!(site.left("Work").len(), 14);
}

#[test]
fn uids_that_were_written_down_go_only_under_the_uidvalidity_they_had() {
    let (site, before) = site();
    let words = ["200", "--folder", "Old", "-n", "--json"];
    let plan = site.vmimap("expunge", &words).run().status(0).json();
    let folder = plan.iter().find(|line| line["type"] == "folder").unwrap();
    let number = folder["uid_validity"].to_string();
    let other = (number.parse::<u32>().unwrap() - 1).to_string();
    let words = |validity| {
        [
            "200",
            "--folder",
            "Old",
            "--uid",
            "1",
            "--uidvalidity",
            validity,
            "--yes",
        ]
    };
    let ran = site.vmimap("expunge", &words(&other)).run().status(5);
    assert!(ran.stderr.contains("UIDVALIDITY"), "{}", ran.stderr);
    site.only_gone("INBOX", &before, &[]);
    site.vmimap("expunge", &words(&number)).run().status(0);
    site.only_gone("INBOX", &before, &[1]);
}
