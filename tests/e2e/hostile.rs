//! Hostile names through every verb, against a real Dovecot: users and folders called like pieces of
//! IMAP, callers called like escapes. Exactly the objects that were meant are touched, and nothing
//! that fools a terminal is printed.

use crate::support;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use support::cli::{Ran, Vmimap};
use support::dovecot::{Dovecot, User};
use support::dovecot_config::DovecotOptions;
use support::fixtures::GenuineSpool;
use support::raw_imap::RawImap;
use support::site::{DATE, voicemail};

/// Mailbox number, user and folder. No `}` in a user: voicemail.conf with one is refused (`conf_edges.rs`).
const BOXES: [(&str, &str, &str); 5] = [
    ("1001", "q\"uote", "Ann \"V\""),
    ("1002", "o{5", "lit {5}"),
    ("1003", "p%cent", "100% % %u"),
    ("1004", "s*r", "s*r * %"),
    ("1005", "&amp-", "R&-D Caf&AOk-"),
];

/// What such patterns would match, and who has never been named.
const BYSTANDERS: [&str; 3] = ["pecent", "sxr", "quote"];

/// As a quoted string holds it.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

struct Site {
    dovecot: Dovecot,
    genuine: GenuineSpool,
    conf: PathBuf,
}

impl Site {
    fn new() -> Self {
        let named = BOXES.iter().map(|(_, user, _)| *user).chain(BYSTANDERS);
        let dovecot = Dovecot::start(DovecotOptions {
            users: named.map(|user| User::new(user, "secret")).collect(),
            separator: '/',
            any_user_name: true,
            ..DovecotOptions::default()
        });
        let genuine = GenuineSpool::unpack();
        let mut text = format!(
            "[general]\nformat=wav49\nimapserver={}\nimapport={}\nimapflags=notls\n[default]\n",
            dovecot.host(),
            dovecot.port()
        );
        for (number, user, folder) in BOXES {
            let _ = writeln!(
                text,
                "{number} => 1,Eve \u{1b}[2J\u{202e},,,imapuser={user}|imappassword=secret|imapfolder={folder}"
            );
        }
        let conf = genuine.dir().join("hostile.conf");
        fs::write(&conf, text).unwrap();
        Self {
            dovecot,
            genuine,
            conf,
        }
    }

    fn mail(&self, user: &str) -> RawImap {
        let mut mail = RawImap::connect(self.dovecot.host(), self.dovecot.port());
        mail.login(&escaped(user), "secret");
        mail
    }

    /// One message a mailbox, from a caller who tries everything.
    fn leave(&self) {
        let long = "x".repeat(10_240);
        let callers = [
            "\u{1b}]0;evil\u{7}\u{9b}31m",
            "\u{202e}gpj.exe\u{2066}",
            "X-Asterisk-VM-Context: evil\rX-Asterisk-VM-Flag: Urgent",
            "a\0b",
            long.as_str(),
        ];
        let spool = self.genuine.spool();
        for ((number, _, _), caller) in BOXES.iter().zip(callers) {
            let inbox = spool.join("default").join(number).join("INBOX");
            fs::create_dir_all(&inbox).unwrap();
            let txt = format!(
                "[message]\norigmailbox={number}\ncontext=c\npriority=1\norigtime=1700000000\n\
                 msg_id=1700000000-0000{number}\nflag=\nduration=2\ncallerid=\"{caller}\" <5551>\n"
            );
            fs::write(inbox.join("msg0000.txt"), txt).unwrap();
            let recording = spool.join("default/4123/INBOX/msg0000.WAV");
            fs::copy(recording, inbox.join("msg0000.WAV")).unwrap();
        }
    }

    fn run(&self, words: &[&str], status: i32) -> Ran {
        let spool = self.genuine.spool();
        let words = words
            .iter()
            .map(|word| word.replace("SPOOL", &spool.to_string_lossy()));
        let call = Vmimap::new(words).arg("--voicemail-conf").arg(&self.conf);
        let call = call
            .arg("--state-dir")
            .arg(self.genuine.dir().join("state"));
        let ran = call.run().status(status);
        for text in [&ran.stdout, &ran.stderr] {
            let bad = |c: char| {
                c.is_control() && c != '\n'
                    || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            };
            assert!(!text.contains(bad), "{text:?}");
        }
        ran
    }

    /// What each account holds: folders, and flags and UIDs of all messages in them.
    fn holdings(&self) -> Vec<(String, Vec<String>)> {
        let users = BOXES.iter().map(|(_, user, _)| *user).chain(BYSTANDERS);
        let account = |user: &str| {
            let mut mail = self.mail(user);
            let lines = mail
                .command("LIST \"\" \"*\" RETURN (STATUS (MESSAGES UIDNEXT))")
                .ok()
                .text();
            let mut lines: Vec<_> = lines.lines().map(str::to_owned).collect();
            lines.sort();
            (user.to_owned(), lines)
        };
        users.map(account).collect()
    }
}

#[test]
fn names_like_pieces_of_imap_mean_themselves_and_nobody_else_in_every_verb() {
    let site = Site::new();
    site.leave();
    for user in BYSTANDERS {
        let mut mail = site.mail(user);
        mail.command("CREATE \"sXr Y Z\"").ok();
        let message = voicemail("1001", "default", &[]);
        mail.append("INBOX", "(\\Deleted)", DATE, &message).ok();
    }
    // In the accounts themselves: what a pattern or a literal would hit.
    for (_, user, _) in BOXES {
        let mut mail = site.mail(user);
        for folder in ["lit", "sXr Y Z", "100x x xu", "Ann V"] {
            mail.command(&format!("CREATE \"{folder}\"")).ok();
            mail.append(
                folder,
                "(\\Deleted)",
                DATE,
                b"Subject: private\r\n\r\nhers\r\n",
            )
            .ok();
        }
    }
    let before = site.holdings();

    site.run(&["provision", "--yes"], 0);
    site.run(&["migrate", "SPOOL", "*@default", "--exclude", "4*"], 0);
    site.run(
        &["migrate", "SPOOL", "*@default", "--exclude", "4*", "--json"],
        0,
    )
    .json();
    for (number, user, folder) in BOXES {
        let mut mail = site.mail(user);
        let counts = mail.asterisk_counts(&escaped(folder), number, "default");
        assert_eq!(
            (counts.new, counts.urgent, counts.old),
            (1, 0, 0),
            "{user} {folder}"
        );
        let headers = mail.messages(&escaped(folder))[0].body.clone();
        let headers = String::from_utf8_lossy(&headers).into_owned();
        let (headers, _) = headers.split_once("\r\n\r\n").unwrap();
        assert_eq!(
            headers.matches("X-Asterisk-VM-Context:").count(),
            1,
            "{user}"
        );
        assert_eq!(headers.matches("X-Asterisk-VM-Flag:").count(), 1, "{user}");
    }
    for words in [
        &["list"][..],
        &["list", "--messages"],
        &["quota"],
        &["audit"],
        &["audit", "--json"],
        &["doctor"],
    ] {
        let ran = Vmimap::new(words.iter())
            .arg("--voicemail-conf")
            .arg(&site.conf)
            .run();
        site.run(words, ran.status);
        assert!(
            matches!(ran.status, 0 | 4),
            "{words:?}: {} {}",
            ran.status,
            ran.stderr
        );
    }
    site.run(&["expunge", "--older-than", "1d", "--yes"], 0);
    for (_, user, folder) in BOXES {
        assert_eq!(
            site.mail(user).message_count(&escaped(folder)),
            0,
            "{user} {folder}"
        );
    }

    // Nothing that was there before has changed, and of folders only the usual ones came.
    for ((user, before), (_, after)) in before.iter().zip(site.holdings()) {
        let lost: Vec<_> = before
            .iter()
            .filter(|line| line.starts_with("* STATUS") && !after.contains(line))
            .collect();
        assert!(lost.is_empty(), "{user}: {lost:?}");
        let new = after
            .iter()
            .filter(|line| line.starts_with("* LIST"))
            .count()
            - before
                .iter()
                .filter(|line| line.starts_with("* LIST"))
                .count();
        let meant = if BYSTANDERS.contains(&user.as_str()) {
            0
        } else {
            FOLDERS
        };
        assert_eq!(new, meant, "{user}: {after:#?}");
    }
}

/// Folders that `provision` makes for a box.
const FOLDERS: usize = 5;
