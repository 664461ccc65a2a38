//! At a terminal a missing password is asked for, once, and not shown.

use std::thread;
use std::time::{Duration, Instant};

use super::support::cli::Vmimap;
use super::support::terminal::Terminal;
use super::{RIGHT, Site, WRONG};

/// Runs at a terminal, answers the question, and says what was shown and the status.
fn answered(vmimap: &Vmimap, question: &str, answer: &str) -> (String, i32) {
    let mut terminal = Terminal::start(vmimap, "");
    terminal.shows(question).types(answer);
    let (shown, status) = terminal.ends();
    assert!(!shown.contains(RIGHT) && !shown.contains(WRONG), "{shown}");
    (shown, status)
}

#[test]
fn a_master_users_password_is_asked_for_once_and_serves_every_mailbox() {
    let site = Site::new("", "");
    let own = format!("|imappassword={WRONG}");
    site.conf(
        "",
        &format!("1 => 1,,,,imapuser=ada{own}\n2 => 1,,,,imapuser=bob{own}\n"),
    );
    let list = || site.vmimap(&["list", "--auth-user", "admin"]);
    let (shown, status) = answered(&list(), "Password for admin:", &format!("{RIGHT}\r"));
    assert_eq!(status, 0, "{shown}");
    assert_eq!(shown.matches("Password for").count(), 1, "{shown}");
    let (shown, status) = answered(&list(), "Password for admin:", &format!("{WRONG}\r"));
    assert_eq!(status, 11, "{shown}");
    let (shown, status) = answered(&list(), "Password for admin:", "\r");
    assert_eq!(status, 2, "{shown}");
    assert!(shown.contains("no password was given for admin"), "{shown}");
}

#[test]
fn the_only_user_without_a_password_is_asked_for_and_the_others_keep_theirs() {
    let site = Site::new("", "");
    let boxes = format!("1 => 1,,,,imapuser=ada\n2 => 1,,,,imapuser=bob|imappassword={RIGHT}\n");
    site.conf("", &boxes);
    let doctor = site.vmimap(&["list"]);
    let (shown, status) = answered(&doctor, "Password for ada:", &format!("{RIGHT}\r"));
    assert_eq!(status, 0, "{shown}");
    // Whoever does not lack one is not asked about.
    let (_, status) = Terminal::start(&site.vmimap(&["list", "2@default"]), "").ends();
    assert_eq!(status, 0);
    // Nor is it guessed that one password would do for two.
    site.conf("", "1 => 1,,,,imapuser=ada\n2 => 1,,,,imapuser=bob\n");
    let (shown, status) = Terminal::start(&site.vmimap(&["list"]), "").ends();
    assert_eq!(status, 3, "{shown}");
    assert!(!shown.contains("Password for"), "{shown}");
    let asked = site.vmimap(&["list", "--ask-password"]);
    let (shown, status) = answered(&asked, "Password for every login:", &format!("{RIGHT}\r"));
    assert_eq!(status, 0, "{shown}");
}

#[test]
fn an_administrators_password_is_asked_for_too_and_doctor_asks_before_it_waits() {
    let site = Site::new("", &format!("|imappassword={RIGHT}"));
    let words = [
        "quota",
        "set",
        "--storage",
        "10M",
        "*",
        "--as-admin",
        "root",
    ];
    let (shown, status) = answered(
        &site.vmimap(&words),
        "Password for root:",
        &format!("{WRONG}\r"),
    );
    assert_eq!(status, 11, "{shown}");
    let doctor = site.vmimap(&["doctor", "--auth-user", "admin"]);
    let (shown, _) = answered(&doctor, "Password for admin:", &format!("{RIGHT}\r"));
    assert!(shown.contains("let in by PLAIN"), "{shown}");
}

#[test]
fn an_interrupt_ends_the_question_and_leaves_the_terminal_as_it_was() {
    let site = Site::new("", "");
    let list = site.vmimap(&["list"]);
    let mut terminal = Terminal::start(&list, "; echo status $?; stty -a");
    terminal.shows("Password for ada:").types("\x03");
    terminal.shows("status 130");
    let (shown, _) = terminal.ends();
    assert!(shown.contains(" echo "), "{shown}");
    assert!(!site.server.log().contains("Login"));
}

#[test]
fn an_interrupt_ends_the_password_command_with_all_it_has_started() {
    let site = Site::new("", "");
    let (begun, mark) = (site.path("begun"), site.path("alive"));
    let command = format!(
        "touch {}; (sleep 2; touch {}) & sleep 60",
        begun.display(),
        mark.display()
    );
    let list = site.vmimap(&["list", "--password-command", &command]);
    let mut terminal = Terminal::start(&list, "; echo status $?");
    let start = Instant::now();
    while !begun.exists() && start.elapsed() < Duration::from_secs(20) {
        thread::sleep(Duration::from_millis(20));
    }
    terminal.types("\x03").shows("status 130");
    let (shown, _) = terminal.ends();
    assert!(
        shown.contains("vmimap: interrupted; the password command was ended"),
        "{shown}"
    );
    thread::sleep(Duration::from_millis(2500));
    assert!(!mark.exists(), "what the command had started lived on");
    assert!(!site.server.log().contains("Login"));
}
