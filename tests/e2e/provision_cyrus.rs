//! `vmimap provision --as-admin` against a server that talks like Cyrus 3.6: who makes what in which
//! order, and what is said where it is not to be had.

use crate::scripted;
use crate::support;
use std::fs;

use scripted::{BEFORE, Script, Server, Talk};
use support::cli::{Ran, Vmimap};

const AFTER: &str = "IMAP4rev1 ACL RIGHTS=kxten NAMESPACE";
const ADMINS_NAMESPACE: &str =
    "* NAMESPACE ((\"INBOX/\" \"/\")) ((\"user/\" \"/\")) ((\"\" \"/\"))\r\n";
const USERS_NAMESPACE: &str = "* NAMESPACE ((\"\" \"/\")) ((\"Other Users/\" \"/\")) NIL\r\n";
/// What Cyrus gives the owner of a new INBOX.
const CYRUS_RIGHTS: &str = "lrswipkxtecdan";

fn greet(talk: &mut Talk, who: &str) {
    talk.send(format!(
        "* OK [CAPABILITY {BEFORE}] localhost Cyrus IMAP 3.6.1 server ready\r\n"
    ));
    let (tag, login) = talk.expect_start("AUTHENTICATE PLAIN ");
    let secret = login.rsplit(' ').next().unwrap();
    let decoded = String::from_utf8(base64(secret)).unwrap();
    assert_eq!(decoded, format!("\0{who}\0{who}-secret"));
    talk.send(format!("{tag} OK [CAPABILITY {AFTER}] Success\r\n"));
}

fn base64(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD
        .decode(text)
        .unwrap()
}

/// The administrator logs in and sees these accounts.
fn admin(talk: &mut Talk, accounts: &[&str]) {
    greet(talk, "cyrus");
    let tag = talk.expect("NAMESPACE");
    talk.send(ADMINS_NAMESPACE);
    talk.ok(&tag);
    let tag = talk.expect("LIST \"\" \"user/%\"");
    for account in accounts {
        talk.send(format!("* LIST (\\HasNoChildren) \"/\" user/{account}\r\n"));
    }
    talk.ok(&tag);
}

fn look(talk: &mut Talk, folders: &[&str]) {
    let list = talk.expect("LIST \"\" \"*\"");
    let namespace = talk.expect("NAMESPACE");
    for folder in folders {
        talk.send(format!("* LIST (\\HasNoChildren) \"/\" {folder}\r\n"));
    }
    talk.ok(&list);
    talk.send(USERS_NAMESPACE);
    talk.ok(&namespace);
}

/// The user logs in and sees these folders, each list when it looks once more; and gets what it
/// asks for where it has an INBOX.
fn user(talk: &mut Talk, who: &str, looks: &[&[&str]]) {
    greet(talk, who);
    for folders in looks {
        look(talk, folders);
    }
    let has_inbox = looks
        .last()
        .is_some_and(|folders| folders.contains(&"INBOX"));
    loop {
        let line = talk.line();
        let Some((tag, command)) = line.split_once(' ') else {
            return;
        };
        if command == "LOGOUT" {
            return;
        }
        if command.starts_with("CREATE") && !has_inbox {
            talk.send(format!("{tag} NO Permission denied\r\n"));
        } else {
            talk.ok(tag);
        }
    }
}

fn script(play: impl FnOnce(&mut Talk) + Send + 'static) -> Script {
    Box::new(play)
}

/// Runs `provision --no-old` for these accounts, a box each.
fn provision(server: &Server, users: &[&str], words: &[&str]) -> Ran {
    let dir = tempfile::tempdir().unwrap();
    let conf = dir.path().join("voicemail.conf");
    let boxes: Vec<String> = users
        .iter()
        .enumerate()
        .map(|(n, user)| {
            format!(
                "{} => 1,,,,imapuser={user}|imappassword={user}-secret\n",
                n + 31
            )
        })
        .collect();
    let port = server.port;
    let general = format!("[general]\nimapserver=127.0.0.1\nimapport={port}\nimapflags=notls\n");
    fs::write(&conf, format!("{general}[default]\n{}", boxes.concat())).unwrap();
    let vmimap = Vmimap::new(["provision", "--no-old", "-j", "1", "--voicemail-conf"])
        .arg(conf)
        .args(words);
    if words.contains(&"--as-admin") {
        vmimap.env("VMIMAP_PASSWORD", "cyrus-secret").run()
    } else {
        vmimap.run()
    }
}

#[test]
fn a_missing_inbox_is_made_by_the_administrator_before_its_owner_makes_folders() {
    let server = Server::sequence(vec![
        script(|talk| {
            admin(talk, &["bob"]);
            let tag = talk.expect("CREATE \"user/ada\"");
            talk.ok(&tag);
            let tag = talk.expect("GETACL \"user/ada\"");
            talk.send(format!("* ACL user/ada ada {CYRUS_RIGHTS}\r\n"));
            talk.ok(&tag);
            // Nothing for bob, whose INBOX is there, and no rights that were given already.
            let _ = talk.rest();
        }),
        script(|talk| user(talk, "ada", &[&[], &["INBOX"]])),
        script(|talk| user(talk, "bob", &[&["INBOX"]])),
    ]);
    let ran = provision(&server, &["ada", "bob"], &["-v", "--as-admin", "cyrus"]).status(0);
    server.finish();
    let lines: Vec<&str> = ran.stdout.lines().take(3).collect();
    assert!(
        lines[0].ends_with(": creates INBOX (user/ada) as cyrus"),
        "{}",
        ran.stdout
    );
    assert_eq!(
        lines[1],
        "31@default: creates Work, Family, Friends; subscribes to 3"
    );
    assert!(
        lines[2].starts_with("32@default: creates Work"),
        "{}",
        ran.stdout
    );
}

#[test]
fn rights_the_server_did_not_give_are_given_and_no_more() {
    let server = Server::sequence(vec![
        script(|talk| {
            admin(talk, &[]);
            let tag = talk.expect("CREATE \"user/ada\"");
            talk.ok(&tag);
            let tag = talk.expect("GETACL \"user/ada\"");
            talk.send("* ACL user/ada cyrus lrswipkxtea ada lrs\r\n");
            talk.ok(&tag);
            let tag = talk.expect("SETACL \"user/ada\" \"ada\" \"+wipkxtea\"");
            talk.ok(&tag);
            let _ = talk.rest();
        }),
        script(|talk| user(talk, "ada", &[&[], &["INBOX"]])),
    ]);
    provision(&server, &["ada"], &["--as-admin", "cyrus"])
        .status(0)
        .silent();
    server.finish();
}

#[test]
fn a_server_that_is_busy_is_waited_for_by_the_administrator_too() {
    let server = Server::sequence(vec![
        script(|talk| talk.send("* BYE [UNAVAILABLE] too many connections, try again later\r\n")),
        script(|talk| {
            admin(talk, &["ada"]);
            let _ = talk.rest();
        }),
        script(|talk| user(talk, "ada", &[&["INBOX"]])),
    ]);
    let ran = provision(&server, &["ada"], &["--as-admin", "cyrus", "--json"]).status(0);
    server.finish();
    assert_eq!(ran.count("created"), 3);
}

#[test]
fn a_dry_run_makes_no_account() {
    let server = Server::sequence(vec![
        script(|talk| {
            admin(talk, &[]);
            assert_eq!(talk.rest(), b"");
        }),
        script(|talk| user(talk, "ada", &[&[]])),
    ]);
    let ran = provision(&server, &["ada"], &["-n", "--as-admin", "cyrus"]).status(0);
    server.finish();
    assert!(
        ran.stdout.contains("creates INBOX (user/ada) as cyrus"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout
            .contains("31@default: creates Work, Family, Friends"),
        "{}",
        ran.stdout
    );
}

#[test]
fn an_inbox_the_server_makes_at_login_is_said_and_not_made_again() {
    let server = Server::sequence(vec![
        script(|talk| {
            admin(talk, &[]);
            assert_eq!(talk.rest(), b"");
        }),
        script(|talk| user(talk, "ada", &[&["INBOX"]])),
    ]);
    let ran = provision(&server, &["ada"], &["-v", "--as-admin", "cyrus"]).status(0);
    server.finish();
    assert!(ran.stderr.contains("[VMP009]"), "{}", ran.stderr);
}

#[test]
fn a_user_the_server_does_not_let_in_gets_no_account() {
    let server = Server::sequence(vec![
        script(|talk| {
            admin(talk, &[]);
            assert_eq!(talk.rest(), b"");
        }),
        script(|talk| {
            talk.send(format!("* OK [CAPABILITY {BEFORE}] ready\r\n"));
            let (tag, _) = talk.expect_start("AUTHENTICATE PLAIN ");
            talk.send(format!("{tag} NO authentication failure\r\n"));
        }),
    ]);
    let ran = provision(&server, &["ada"], &["--as-admin", "cyrus"]).status(11);
    server.finish();
    assert!(
        ran.stderr
            .contains("login refused: NO authentication failure"),
        "{}",
        ran.stderr
    );
}

#[test]
fn an_account_without_inbox_is_told_what_it_lacks() {
    let server = Server::sequence(vec![script(|talk| user(talk, "ada", &[&[]]))]);
    let ran = provision(&server, &["ada"], &[]).status(3);
    server.finish();
    assert!(
        ran.stderr.contains(
            "Work, Family, Friends not made: NO Permission denied; the account has no INBOX, which \
             the server's administrator has to make first (--as-admin USER)"
        ),
        "{}",
        ran.stderr
    );
}

#[test]
fn an_administrator_who_may_not_leaves_the_account_incomplete_in_the_servers_words() {
    let server = Server::sequence(vec![
        script(|talk| {
            admin(talk, &[]);
            let tag = talk.expect("CREATE \"user/ada\"");
            talk.send(format!("{tag} NO Permission denied\r\n"));
            for _ in 0..2 {
                let (tag, _) = talk.expect_start("LIST \"\" \"user");
                talk.ok(&tag);
            }
            let _ = talk.rest();
        }),
        script(|talk| user(talk, "ada", &[&[]])),
    ]);
    let ran = provision(&server, &["ada"], &["--json", "--as-admin", "cyrus"]).status(3);
    server.finish();
    let lines = ran.json();
    let report = lines.iter().find(|line| line["type"] == "mailbox").unwrap();
    let refusals = report["refusals"].as_array().unwrap();
    let inbox = refusals
        .iter()
        .find(|one| one["folder"] == "INBOX")
        .unwrap();
    assert_eq!(inbox["reason"], "CREATE user/ada: NO Permission denied");
}

#[test]
fn a_connection_that_breaks_in_the_middle_is_made_anew_and_nothing_is_lost() {
    let server = Server::sequence(vec![
        script(|talk| {
            greet(talk, "ada");
            let list = talk.expect("LIST \"\" \"*\"");
            let namespace = talk.expect("NAMESPACE");
            talk.send("* LIST () \"/\" INBOX\r\n");
            talk.ok(&list);
            talk.ok(&namespace);
            let tag = talk.expect("CREATE \"Work\"");
            talk.ok(&tag);
        }),
        script(|talk| user(talk, "ada", &[&["INBOX", "Work"]])),
    ]);
    let ran = provision(&server, &["ada"], &["--json"]).status(0);
    server.finish();
    assert_eq!((ran.count("created"), ran.count("subscribed")), (3, 3));
    assert!(ran.stdout.contains("\"type\":\"retry\""), "{}", ran.stdout);
}
