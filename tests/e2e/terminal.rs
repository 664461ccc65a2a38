//! What is only done on a terminal: lines broken between words, a bar, colours. `script` of
//! util-linux is the terminal.

use crate::support;
use std::process::Command;
use std::time::Duration;

use support::dovecot::Dovecot;
use support::dovecot_config::DovecotOptions;
use support::fault_proxy::FaultProxy;
use support::fixtures::GenuineSpool;

struct Site {
    dovecot: Dovecot,
    spool: GenuineSpool,
}

impl Site {
    fn new() -> Self {
        let dovecot = Dovecot::start(DovecotOptions {
            users: GenuineSpool::users(),
            ..DovecotOptions::default()
        });
        Self {
            dovecot,
            spool: GenuineSpool::unpack(),
        }
    }

    /// What a terminal with that many columns is sent; `words` begin with the verb.
    fn shown(&self, columns: u16, variables: &[(&str, &str)], words: &str) -> String {
        let dir = self.spool.dir().display();
        let line = format!(
            "stty rows 24 cols {columns}; {} {words} --voicemail-conf {dir}/voicemail.conf",
            env!("CARGO_BIN_EXE_vmimap"),
        );
        let ran = Command::new("script")
            .args(["--quiet", "--return", "--command", &line, "/dev/null"])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("TERM", "xterm")
            .env("LC_ALL", "C.UTF-8")
            .env("VMIMAP_JOBS", "1")
            .env("VMIMAP_STATE_DIR", self.spool.dir().join("state"))
            .envs(variables.iter().copied())
            .output()
            .expect("util-linux's script is installed");
        let shown = String::from_utf8_lossy(&ran.stdout).into_owned();
        assert!(ran.status.success(), "{shown}");
        shown
    }
}

/// Without what colours it and moves the cursor.
fn plain(shown: &str) -> String {
    let mut plain = String::new();
    let mut parts = shown.split("\u{1b}[");
    plain.push_str(parts.next().unwrap());
    for part in parts {
        let end = part.find(|letter: char| letter.is_ascii_alphabetic());
        plain.push_str(&part[end.map_or(0, |end| end + 1)..]);
    }
    plain
}

/// Whether all lines fit, but for what is drawn over itself: the bar, the spinner.
fn fits(shown: &str, columns: usize) -> bool {
    let mut lines = shown
        .lines()
        .filter(|line| !line.contains(" eta ") && !line.contains('\r'));
    lines.all(|line| line.chars().count() <= columns)
}

#[test]
fn no_word_is_broken_on_a_narrow_terminal() {
    let site = Site::new();
    site.spool.write_conf(&site.dovecot);
    let dry_run = format!("migrate --dry-run {}", site.spool.spool().display());
    let shown = plain(&site.shown(60, &[], &dry_run));
    let broken = "11 to append (5 new, 2 old, 1 urgent, 1 Work,\r\n  1 Family,";
    assert!(shown.contains(broken) && fits(&shown, 60), "{shown}");
    let warned = plain(&site.shown(60, &[], "provision --dry-run"));
    let warning = "Old: the manual asks for this";
    assert!(warned.contains(warning) && fits(&warned, 60), "{warned}");
}

#[test]
fn a_terminal_that_says_it_has_no_columns_is_taken_for_one_of_80() {
    let site = Site::new();
    site.spool.write_conf(&site.dovecot);
    for words in ["list", "config show"] {
        for color in ["", " --color never"] {
            let words = format!("{words}{color}");
            let shown = |columns| plain(&site.shown(columns, &[], &words));
            assert_eq!(shown(0), shown(80), "{words}");
        }
    }
    // These are never twice the same: one draws a bar, the other tells how long things took.
    for words in ["provision --dry-run", "doctor", "doctor --color never"] {
        let shown = plain(&site.shown(0, &[], words));
        let long = |line: &str| line.chars().count() > 60;
        assert!(fits(&shown, 80) && shown.lines().any(long), "{shown}");
    }
}

#[test]
fn the_bar_tells_which_mailboxes_are_being_worked_on() {
    let site = Site::new();
    let server = format!("{}:{}", site.dovecot.host(), site.dovecot.port());
    let proxy = FaultProxy::distant(&server, Duration::from_millis(150));
    let conf = site.spool.write_conf(&site.dovecot);
    let text = std::fs::read_to_string(&conf).unwrap();
    let (real, far) = (site.dovecot.port().to_string(), proxy.port().to_string());
    std::fs::write(&conf, text.replace(&real, &far)).unwrap();
    let words = format!("migrate {}", site.spool.spool().display());
    let shown = plain(&site.shown(80, &[], &words));
    assert!(
        shown.contains("  4123@default: 11 of 11 appended"),
        "{shown}"
    );
    assert!(
        shown.contains(" eta ") && shown.contains("/6 mailboxes"),
        "{shown}"
    );
    assert!(
        shown.contains("21 messages appended and read back"),
        "{shown}"
    );
}

#[test]
fn colours_are_for_terminals_and_no_color_is_obeyed() {
    let site = Site::new();
    site.spool.write_conf(&site.dovecot);
    let bold = "\u{1b}[1m";
    assert!(site.shown(80, &[], "list").contains(bold));
    assert!(
        !site
            .shown(80, &[("NO_COLOR", "1")], "list")
            .contains('\u{1b}')
    );
    assert!(!site.shown(80, &[], "list --color never").contains(bold));
    assert!(
        site.shown(80, &[("NO_COLOR", "1")], "list --color always")
            .contains(bold)
    );
}
