//! The ways to give a password, which of them counts, and which files are not trusted with one.
#[path = "password/terminal.rs"]
mod asked;

use crate::support;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use support::cli::{Ran, Vmimap};
use support::dovecot::{Dovecot, DovecotOptions, User};
use support::process;

const RIGHT: &str = "r1ght-secret";
const WRONG: &str = "wr0ng-secret";

/// A server with ada's, bob's and the master user's accounts, and a folder for files.
struct Site {
    server: Dovecot,
    dir: tempfile::TempDir,
}

impl Site {
    /// `general` stands in `[general]`, `options` with ada's mailbox.
    fn new(general: &str, options: &str) -> Self {
        let users = ["ada", "bob"].map(|name| User::new(name, RIGHT));
        let server = Dovecot::start(DovecotOptions {
            users: users.to_vec(),
            master: Some(("admin".to_owned(), RIGHT.to_owned())),
            ..DovecotOptions::default()
        });
        let dir = tempfile::tempdir().unwrap();
        let site = Self { server, dir };
        let boxes = format!("1 => 1,Ada,,,imapuser=ada{options}\n");
        site.conf(general, &boxes);
        site
    }

    fn conf(&self, general: &str, boxes: &str) {
        let text = format!(
            "[general]\nimapserver=127.0.0.1\nimapport={}\nimapflags=notls\n{general}\n\
             [default]\n{boxes}",
            self.server.port()
        );
        self.write("voicemail.conf", &text, 0o640);
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        fs::write(self.path(name), text).unwrap();
        fs::set_permissions(self.path(name), Permissions::from_mode(mode)).unwrap();
        self.path(name)
    }

    fn vmimap(&self, words: &[&str]) -> Vmimap {
        let conf = self.path("voicemail.conf");
        Vmimap::new(words).arg("--voicemail-conf").arg(conf)
    }
}

/// A place where a password may stand; the first of two that are filled counts.
const PLACES: [&str; 8] = [
    "--password-file",
    "--password-command",
    "VMIMAP_PASSWORD",
    "VMIMAP_PASSWORD_FILE",
    "VMIMAP_PASSWORD_COMMAND",
    "CREDENTIALS_DIRECTORY",
    "password_file",
    "password_command",
];

/// Which of them are one place, where two are one too many.
fn rank(place: &str) -> usize {
    match place {
        _ if place.starts_with("--") => 0,
        _ if place.starts_with("VMIMAP") => 1,
        "CREDENTIALS_DIRECTORY" => 2,
        _ => 3,
    }
}

/// Puts `password` into a place.
fn give(site: &Site, vmimap: Vmimap, place: &str, password: &str) -> Vmimap {
    let which = if password == RIGHT { "right" } else { "wrong" };
    let file = || site.write(which, &format!("{password}\n"), 0o600);
    let command = format!("printf '%s\\n' {password}");
    let toml = |line: &str| site.write(&format!("{which}.toml"), line, 0o644);
    match place {
        "--password-file" => vmimap.arg(place).arg(file()),
        "--password-command" => vmimap.arg(place).arg(command),
        "VMIMAP_PASSWORD" => vmimap.env(place, password),
        "VMIMAP_PASSWORD_FILE" => vmimap.env(place, file()),
        "VMIMAP_PASSWORD_COMMAND" => vmimap.env(place, command),
        "CREDENTIALS_DIRECTORY" => {
            site.write("vmimap-password", &format!("{password}\n"), 0o400);
            vmimap.env(place, site.dir.path())
        }
        "password_file" => {
            let line = format!("password_file = \"{}\"\n", file().display());
            vmimap.arg("--config").arg(toml(&line))
        }
        _ => {
            let line = format!("password_command = \"printf '%s' {password}\"\n");
            vmimap.arg("--config").arg(toml(&line))
        }
    }
}

fn says_nothing_secret(ran: &Ran) {
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert!(!said.contains(RIGHT) && !said.contains(WRONG), "{said}");
}

#[test]
fn every_way_to_give_a_password_wins_over_voicemail_conf_and_config_show_names_it() {
    let site = Site::new("", &format!("|imappassword={WRONG}"));
    site.vmimap(&["list"]).run().status(11);
    for place in PLACES {
        give(&site, site.vmimap(&["list"]), place, RIGHT)
            .run()
            .status(0);
        let shown = give(
            &site,
            site.vmimap(&["config", "show", "--origin", "--json"]),
            place,
            RIGHT,
        );
        let shown = shown.run().status(0);
        says_nothing_secret(&shown);
        let lines = shown.json();
        let lines: Vec<_> = lines
            .iter()
            .filter(|line| line["name"].as_str().unwrap_or("").starts_with("password"))
            .collect();
        assert_eq!(lines.len(), 1, "{place}: {lines:?}");
        let origin = lines[0]["origin"].as_str().unwrap();
        let expected = match rank(place) {
            1 | 2 => format!("${place}"),
            3 => site.path("right.toml").display().to_string(),
            _ => place.to_owned(),
        };
        assert_eq!(origin, expected, "{place}");
    }
}

#[test]
fn of_two_places_the_nearer_one_counts_and_two_in_one_place_are_refused() {
    let site = Site::new("", &format!("|imappassword={RIGHT}"));
    for (at, first) in PLACES.iter().enumerate() {
        for second in &PLACES[at + 1..] {
            let with = |one, other| {
                let vmimap = give(&site, site.vmimap(&["list", "--json"]), first, one);
                give(&site, vmimap, second, other).run()
            };
            if rank(first) == rank(second) {
                // One file cannot be named twice on the command line of the test.
                if rank(first) < 3 {
                    let ran = with(RIGHT, RIGHT).status(2);
                    says_nothing_secret(&ran);
                }
                continue;
            }
            with(RIGHT, WRONG).status(0);
            let refused = with(WRONG, RIGHT).status(11);
            says_nothing_secret(&refused);
        }
    }
    let toml = "password_file = \"/nowhere\"\npassword_command = \"true\"\n";
    let toml = site.write("both.toml", toml, 0o644);
    let ran = site.vmimap(&["list"]).arg("--config").arg(toml).run();
    let ran = ran.status(2);
    assert!(ran.stderr.contains("one of them will do"), "{}", ran.stderr);
}

#[test]
fn a_file_that_others_can_read_or_change_is_not_trusted_and_nothing_is_sent() {
    let site = Site::new("", "");
    let refused = |file: &Path, says: &str| {
        let ran = site.vmimap(&["list"]).arg("--password-file").arg(file);
        let ran = ran.run().status(2);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
        assert!(ran.stderr.contains(&*file.to_string_lossy()));
        says_nothing_secret(&ran);
    };
    let text = format!("{RIGHT}\n");
    let taken = |file: &Path| {
        let ran = site.vmimap(&["list"]).arg("--password-file").arg(file);
        ran.run().status(0);
    };
    taken(&site.write("group-reads", &text, 0o640));
    refused(
        &site.write("all-read", &text, 0o644),
        "can be used by everybody (mode 0644)",
    );
    refused(
        &site.write("group-writes", &text, 0o660),
        "can be changed by its group (mode 0660)",
    );
    refused(&site.write("empty", "\n", 0o600), "is empty");
    refused(Path::new("/nonexistent/password"), "No such file");
    if process::is_root() {
        let file = site.write("theirs", &text, 0o600);
        let (uid, _) = process::account_ids("mail").unwrap();
        chown(&file, Some(uid), None).unwrap();
        refused(&file, &format!("belongs to user {uid}"));
    }
    assert!(!site.server.log().contains("auth failed"));
}

#[test]
fn a_command_that_does_not_give_a_password_is_told_with_its_words_and_nothing_is_sent() {
    let site = Site::new("", "");
    for (command, says) in [
        (
            "echo 'no such \x1b[31mentry' >&2; exit 4",
            "exit status: 4: \"no such \\u{1b}[31mentry\"",
        ),
        ("true", "gave an answer that is empty"),
        (
            "printf 'r1ght-secret\\nmore\\n'",
            "holds a line break or NUL",
        ),
    ] {
        let ran = site.vmimap(&["list", "--password-command", command]).run();
        let ran = ran.status(1);
        assert!(ran.stderr.contains("password command"), "{}", ran.stderr);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
        says_nothing_secret(&ran);
    }
    assert!(!site.server.log().contains("Login"));
}

#[test]
fn without_a_terminal_nobody_is_asked_and_the_error_names_the_ways() {
    let site = Site::new("", "");
    let ran = site.vmimap(&["list", "--json"]).run().status(3);
    for way in ["--password-file", "--password-command", "--ask-password"] {
        assert!(ran.stdout.contains(way), "{}", ran.stdout);
    }
    // The passwords of the mailboxes are none of the master user's.
    site.conf(
        "",
        &format!("1 => 1,,,,imapuser=ada|imappassword={RIGHT}\n"),
    );
    for words in [&["--auth-user", "admin"][..], &["--ask-password"]] {
        let ran = site.vmimap(&["list"]).args(words).run().status(2);
        assert!(
            ran.stderr.contains("no password is known for"),
            "{}",
            ran.stderr
        );
        for way in ["--password-file", "--password-command", "vmimap-password"] {
            assert!(ran.stderr.contains(way), "{}", ran.stderr);
        }
    }
    assert!(
        !site.server.log().contains("Login"),
        "{}",
        site.server.log()
    );
}

#[test]
fn that_voicemail_conf_has_no_password_is_no_news_where_one_is_given_but_to_asterisk() {
    let site = Site::new("", "");
    let told = |vmimap: Vmimap| {
        let ran = vmimap.run();
        format!("{}{}", ran.stdout, ran.stderr).contains("VMC035")
    };
    let verbs: [&[&str]; 3] = [&["quota"], &["audit", "--json"], &["list", "-v"]];
    for words in verbs {
        assert!(told(site.vmimap(words)), "{words:?}");
        for place in PLACES {
            let given = give(&site, site.vmimap(words), place, RIGHT);
            assert!(!told(given), "{words:?} {place}");
        }
        let token = site.write("token", "t\n", 0o600);
        assert!(!told(site.vmimap(words).arg("--token-file").arg(token)));
    }
    // Asterisk has none all the same.
    for words in [&["doctor"][..], &["config", "show"]] {
        let given = give(&site, site.vmimap(words), "--password-file", RIGHT);
        assert!(told(given), "{words:?}");
    }
}

#[test]
fn passwords_in_a_voicemail_conf_for_all_to_read_are_told_by_doctor_and_not_every_night() {
    let site = Site::new("", &format!("|imappassword={RIGHT}"));
    fs::set_permissions(site.dir.path(), Permissions::from_mode(0o755)).unwrap();
    let conf = site.path("voicemail.conf");
    let told = |words: &[&str]| {
        let ran = site.vmimap(words).run();
        says_nothing_secret(&ran);
        format!("{}{}", ran.stdout, ran.stderr).contains("VMC042")
    };
    let telling: [&[&str]; 2] = [&["doctor"], &["config", "show"]];
    assert!(telling.iter().all(|words| !told(words)));
    fs::set_permissions(&conf, Permissions::from_mode(0o644)).unwrap();
    assert!(telling.iter().all(|words| told(words)));
    for silent in [&["quota"][..], &["list"], &["audit"], &["provision", "-n"]] {
        assert!(!told(silent), "{silent:?}");
    }
}
