//! `vmimap quota set`: against a real Dovecot for what it refuses and keeps, against a real Cyrus for
//! what its administrator may do, and against a scripted server for what goes wrong on the way.

use crate::quota_support;
use crate::scripted;
use crate::support;
use quota_support::{Site, limited, line, options};
use scripted::{Server, Talk};
use serde_json::json;
use support::cli::{Ran, Vmimap};
use support::cyrus::{self, Cyrus, CyrusOptions};
use support::dovecot_config::{DovecotOptions, User};
use support::server::ImapServer as _;

fn site() -> Site {
    let site = Site::new(
        options(vec![limited("a", 100)]),
        "",
        &[
            "1 => 1,A,,,imapuser=a|imappassword=secret",
            "2 => 1,A,,,imapuser=a",
        ],
    );
    site.voicemail("a", "INBOX", "()", "1@default", 50_000);
    site
}

#[test]
fn a_dry_run_shows_old_and_new_and_whom_it_concerns() {
    let site = site();
    let ran = site
        .quota(&["set", "-n", "1@default", "--storage", "200K"])
        .run()
        .status(0);
    assert!(
        ran.stdout.contains(
            "(1@default, also 2@default), root \"User quota\": STORAGE 100 KiB -> 200 KiB"
        ),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("nothing was changed"), "{}", ran.stdout);
    let low = site
        .quota(&["set", "-n", "1@default", "--storage", "10K"])
        .run()
        .status(0);
    assert!(low.stderr.contains("[VMQ009]"), "{}", low.stderr);
    let same = site
        .quota(&["set", "1@default", "--storage", "100K"])
        .run()
        .status(0);
    assert_eq!(same.stdout, "", "nothing to do is silent");
}

#[test]
fn nobody_to_ask_means_nothing_is_changed() {
    let site = site();
    let ran = site
        .quota(&["set", "1@default", "--storage", "200K"])
        .run()
        .status(5);
    assert!(ran.stderr.contains("--yes does it"), "{}", ran.stderr);
}

#[test]
fn what_cannot_be_meant_is_a_usage_error() {
    let site = site();
    for words in [
        &["set", "1@default"][..],
        &["set", "--storage", "1M"],
        &["set", "1@default", "--storage", "100"],
        &["set", "1@default", "--messages", "0"],
        &["set", "1@default", "--storage", "1M", "--folder", "Old"],
    ] {
        site.quota(words).run().status(2);
    }
}

#[test]
fn a_server_that_refuses_is_quoted() {
    let site = site();
    let ran = site
        .quota(&["set", "1@default", "--storage", "200K", "--yes", "--json"])
        .run()
        .status(3);
    assert!(
        ran.stderr.contains("Quota can be changed only by admin"),
        "{}",
        ran.stderr
    );
    let result = ran.json().into_iter().find(|line| line["type"] == "result");
    assert_eq!(result.unwrap()["done"], json!(false));
    assert_eq!((ran.count("set"), ran.count("failed")), (0, 1));
}

#[test]
fn a_connection_that_breaks_is_followed_by_a_look_at_what_was_kept() {
    // Dovecot 2.3.19 dies of SETQUOTA with this dictionary (signal 11); other versions write a limit
    // that this server's user database does not look into. Either way nothing is changed.
    let site = Site::new(
        DovecotOptions {
            master: Some(("boss".to_owned(), "master".to_owned())),
            master_is_admin: true,
            plugin: "  quota_set = dict:file:%h/limits\n".to_owned(),
            ..options(vec![limited("a", 100)])
        },
        "authuser=boss\nauthpassword=master",
        &["1 => 1,A,,,imapuser=a"],
    );
    let ran = site
        .quota(&["set", "1@default", "--storage", "200K", "--yes", "--json"])
        .run()
        .status(3);
    assert!(
        ran.stderr.contains(", but its limits are: STORAGE 100 KiB"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.count("failed"), 1);
}

/// Plays an administrator's login on a server like Cyrus, and answers for user u.
pub fn admin(talk: &mut Talk) {
    talk.send("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n");
    // \0cyrus\0hush
    let tag = talk.expect("AUTHENTICATE PLAIN AGN5cnVzAGh1c2g=");
    talk.send(format!(
        "{tag} OK [CAPABILITY IMAP4rev1 QUOTA NAMESPACE] welcome\r\n"
    ));
}

/// Nothing is listed: an administrator sees everybody's folders.
pub fn namespace(talk: &mut Talk) {
    let tag = talk.expect("NAMESPACE");
    talk.send("* NAMESPACE ((\"INBOX/\" \"/\")) ((\"user/\" \"/\")) ((\"\" \"/\"))\r\n");
    talk.ok(&tag);
}

fn told(talk: &mut Talk, limits: &str) {
    let tag = talk.expect("GETQUOTAROOT \"user/u\"");
    talk.send(format!(
        "* QUOTAROOT user/u user/u\r\n* QUOTA user/u ({limits})\r\n"
    ));
    talk.ok(&tag);
}

/// `quota set 1@default --storage 200M` as administrator, against these logins one after the other.
fn set_as_admin(kept: &'static str, answer: fn(&mut Talk, &str)) -> Ran {
    let server = Server::sequence(vec![
        Box::new(|talk: &mut Talk| {
            admin(talk);
            namespace(talk);
            told(talk, BEFORE);
        }),
        Box::new(move |talk: &mut Talk| {
            admin(talk);
            namespace(talk);
            told(talk, BEFORE);
            let tag = talk.expect("SETQUOTA \"user/u\" (STORAGE 204800 X-NUM-FOLDERS 10)");
            answer(talk, &tag);
        }),
        Box::new(move |talk: &mut Talk| {
            admin(talk);
            namespace(talk);
            told(talk, kept);
        }),
    ]);
    run_as_admin(server)
}

fn run_as_admin(server: Server) -> Ran {
    let dir = tempfile::tempdir().unwrap();
    let conf = dir.path().join("voicemail.conf");
    std::fs::write(
        &conf,
        format!(
            "[general]\nimapserver=127.0.0.1\nimapport={}\nimapflags=notls\n[default]\n\
             1 => 1,A,,,imapuser=u|imappassword=x\n",
            server.port
        ),
    )
    .unwrap();
    let ran = Vmimap::new(["quota", "set", "1@default", "--storage", "200M"])
        .args(&["--as-admin", "cyrus", "--yes", "--json"])
        .arg("--voicemail-conf")
        .arg(&conf)
        .env("VMIMAP_PASSWORD", "hush")
        .run();
    server.finish();
    assert!(!ran.stdout.contains("hush") && !ran.stderr.contains("hush"));
    ran
}

const BEFORE: &str = "STORAGE 38 40 X-NUM-FOLDERS 2 10";
const AFTER: &str = "STORAGE 38 204800 X-NUM-FOLDERS 2 10";

#[test]
fn an_administrator_sets_the_root_of_the_user_and_keeps_the_other_limits() {
    let ran = set_as_admin(AFTER, Talk::ok).status(0);
    let change = line(&ran, "change", "root", "user/u");
    assert_eq!(
        change["after"][0],
        json!({ "name": "STORAGE", "limit": 204_800 })
    );
    assert_eq!(ran.count("set"), 1);
}

#[test]
fn an_ok_that_changes_nothing_is_found_out_by_reading_back() {
    let ran = set_as_admin(BEFORE, Talk::ok).status(3);
    let said = "the server said OK, but its limits are: STORAGE 40 KiB, X-NUM-FOLDERS 10";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
}

#[test]
fn a_change_whose_answer_never_came_counts_when_it_is_seen_to_be_there() {
    let ran = set_as_admin(AFTER, |_, _| {}).status(0);
    assert_eq!(ran.count("set"), 1);
}

#[test]
fn limits_that_changed_since_they_were_shown_are_left_alone() {
    let login = |limits: &'static str| -> scripted::Script {
        Box::new(move |talk: &mut Talk| {
            admin(talk);
            namespace(talk);
            told(talk, limits);
            let rest = String::from_utf8_lossy(&talk.rest()).into_owned();
            assert!(!rest.contains("SETQUOTA"), "{rest}");
        })
    };
    let server = Server::sequence(vec![login(BEFORE), login("STORAGE 38 50")]);
    let ran = run_as_admin(server).status(3);
    let said = "its limits have changed since they were shown; now: STORAGE 50 KiB";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
}

#[test]
fn an_administrator_without_a_password_is_told_so_before_anything_is_sent() {
    let site = site();
    let ran = site
        .quota(&["set", "1@default", "--storage", "1M", "--as-admin", "cyrus"])
        .run()
        .status(2);
    assert!(
        ran.stderr.contains("no password is known for cyrus"),
        "{}",
        ran.stderr
    );
}

/// Plays a server that does not let the administrator in; a second try would find nobody there.
#[test]
fn a_password_that_is_refused_is_tried_once_and_not_for_every_account() {
    let server = Server::start(|talk| {
        talk.send("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n");
        let tag = talk.expect("AUTHENTICATE PLAIN AGN5cnVzAGh1c2g=");
        talk.send(format!("{tag} NO [AUTHENTICATIONFAILED] wrong\r\n"));
        let _ = talk.rest();
    });
    let port = server.port;
    let ran = set_on(port, &["1", "2", "3"], "hush", &["--storage", "200M"]).status(11);
    server.finish();
    let refused = ran
        .stderr
        .matches("@default: administrator cyrus: login refused");
    assert_eq!(refused.count(), 3, "{}", ran.stderr);
    assert_eq!(ran.count("mailboxes_failed"), 3);
}

/// `quota set '*'` as the administrator of the server at this port, for users of these names, a
/// mailbox each.
pub fn set_on(port: u16, users: &[&str], password: &str, words: &[&str]) -> Ran {
    let dir = tempfile::tempdir().unwrap();
    let conf = dir.path().join("voicemail.conf");
    let boxes: Vec<String> = (1..)
        .zip(users)
        .map(|(n, user)| format!("{n} => 1,A,,,imapuser={user}|imappassword=secret\n"))
        .collect();
    let text = format!(
        "[general]\nimapserver=127.0.0.1\nimapport={port}\nimapflags=notls\n[default]\n{}",
        boxes.concat()
    );
    std::fs::write(&conf, text).unwrap();
    Vmimap::new(["quota", "set", "*", "--as-admin", cyrus::ADMIN, "--json"])
        .args(words)
        .arg("--voicemail-conf")
        .arg(&conf)
        .env("VMIMAP_PASSWORD", password)
        .run()
}

/// What a real Cyrus says of an account's limits, to its administrator.
fn kept(server: &Cyrus, user: &str) -> String {
    let name = server.admins_name(user);
    let command = format!("GETQUOTAROOT \"{name}\"");
    let told = server.raw(cyrus::ADMIN).command(&command).ok().text();
    let start = format!("* QUOTA {name} ");
    let mut limits = told.lines().filter_map(|line| line.strip_prefix(&start));
    limits.next().unwrap_or("none").trim_end().to_owned()
}

#[test]
fn the_administrator_of_a_real_cyrus_makes_changes_and_lifts_limits() {
    for unixhierarchysep in [false, true] {
        let server = Cyrus::start(CyrusOptions {
            unixhierarchysep,
            users: vec![limited("ada", 100), User::new("ben", "secret")],
            ..CyrusOptions::default()
        });
        let set = |words: &[&str]| {
            let password = server.password(cyrus::ADMIN);
            set_on(server.port(), &["ada", "ben"], password, words)
        };
        let both = ["--storage", "200K", "--messages", "50"];
        let dry = set(&[&both[..], &["--dry-run"]].concat()).status(0);
        assert_eq!(dry.count("set"), 2);
        assert_eq!(kept(&server, "ada"), "(STORAGE 0 100)");
        let ran = set(&[&both[..], &["--yes"]].concat()).status(0);
        assert_eq!((ran.count("set"), ran.count("kept")), (2, 0));
        for user in ["ada", "ben"] {
            assert_eq!(kept(&server, user), "(STORAGE 0 200 MESSAGE 0 50)");
        }
        let again = set(&[&both[..], &["--yes"]].concat()).status(0);
        assert_eq!((again.count("set"), again.count("kept")), (0, 2));
        let lifted = set(&["--storage", "none", "--yes"]).status(0);
        assert_eq!(lifted.count("set"), 2);
        assert_eq!(kept(&server, "ben"), "(MESSAGE 0 50)");
        set(&["--messages", "none", "--yes"]).status(0);
        assert_eq!(kept(&server, "ada"), "()");
    }
}

#[test]
fn an_account_that_cyrus_does_not_know_keeps_nobody_else_from_a_limit() {
    let server = Cyrus::start(CyrusOptions {
        users: vec![User::new("ben", "secret")],
        without_inbox: vec![User::new("ada", "secret")],
        ..CyrusOptions::default()
    });
    let password = server.password(cyrus::ADMIN);
    let words = ["--storage", "200K", "--yes"];
    let ran = set_on(server.port(), &["ada", "ben"], password, &words).status(3);
    assert!(
        ran.stderr.contains("1@default: ") && ran.stderr.contains("does not exist"),
        "{}",
        ran.stderr
    );
    assert_eq!((ran.count("set"), ran.count("mailboxes_failed")), (1, 1));
    assert_eq!(kept(&server, "ben"), "(STORAGE 0 200)");
}
