//! `vmimap provision` and the accounts of a real Dovecot: shared ones, collisions, master users,
//! rights, and accounts that cannot be reached.

use crate::provision_site;
use crate::support;
use provision_site::{PASSWORD, Site, line, plan};
use support::dovecot_config::DovecotOptions;
use support::site::voicemail;

fn acl() -> DovecotOptions {
    DovecotOptions {
        acl: true,
        ..DovecotOptions::default()
    }
}

/// Three boxes; the phone of 200 sees what is left for 2001, both in account `ada`.
fn colliding() -> Site {
    let boxes = [
        line("200", "ada", ""),
        line("2001", "ada", ""),
        line("31", "bob", ""),
    ];
    Site::new(
        DovecotOptions::default(),
        &["ada", "bob"],
        "",
        &[&boxes[0], &boxes[1], &boxes[2]],
    )
}

#[test]
fn boxes_that_would_see_each_others_messages_are_refused_and_the_others_made() {
    let site = colliding();
    let ran = site.provision(&[]).run().status(3);
    assert_eq!(site.folders("ada"), ["INBOX"]);
    assert_eq!(site.folders("bob").len(), 5);
    for expected in [
        "200@default: its phone also shows, plays and deletes the messages of 2001@default [VMP001]",
        "2001@default: the phone of 200@default also shows, plays and deletes its messages [VMP001]",
        "2 mailboxes in collision",
    ] {
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    }
    assert_eq!(site.logins("ada"), 1, "the test's own");
}

#[test]
fn a_run_that_refuses_every_box_says_that_nothing_was_changed() {
    let site = colliding();
    // The other box need not be selected: its messages are there all the same.
    for words in [&["200", "2001"][..], &["2001"], &["-n", "200"]] {
        let ran = site.provision(words).run().status(5);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(said.contains("nothing was changed"), "{said}");
    }
    let json = site.provision(&["--json", "200"]).run().status(5);
    assert_eq!(
        (json.count("mailboxes_collided"), json.count("exit")),
        (1, 5)
    );
    assert_eq!(site.folders("ada"), ["INBOX"]);
}

#[test]
fn a_shared_account_is_provisioned_once_where_that_is_allowed() {
    let site = colliding();
    let ran = site
        .provision(&["--json", "--allow-shared", "200*"])
        .run()
        .status(0);
    assert_eq!((ran.count("created"), ran.count("existed")), (4, 4));
    assert_eq!(site.logins("ada"), 1);
    assert_eq!(site.folders("ada").len(), 5);
    let warned = site.provision(&["-v", "--allow-shared"]).run().status(0);
    assert_eq!(
        warned.stderr.matches("[VMP002]").count(),
        2,
        "{}",
        warned.stderr
    );
}

#[test]
fn rights_are_given_on_every_folder_but_inbox() {
    let site = Site::new(acl(), &["ada", "bob"], "", &[&line("1001", "ada", "")]);
    let words = ["--acl", "bob=lrs", "--acl", "bob=+i"];
    let dry = site.provision(&words).args(&["-n"]).run().status(0);
    assert_eq!(
        plan(&dry.stdout),
        [
            "1001@default: creates Old, Work, Family, Friends; subscribes to 4; gives bob lrs, bob +i on 4"
        ]
    );
    let ran = site.provision(&words).args(&["--json"]).run().status(0);
    assert_eq!(ran.count("granted"), 8);
    let mut raw = site.dovecot.raw("ada");
    let mut entries = |folder: &str| raw.command(&format!("GETACL {folder}")).ok().text();
    for folder in ["Old", "Work", "Family", "Friends"] {
        let acl = entries(folder);
        let of_bob = acl
            .split("bob\" ")
            .nth(1)
            .or_else(|| acl.split("bob ").nth(1));
        let mut rights: Vec<char> = of_bob.expect(&acl).trim().chars().take(4).collect();
        rights.sort_unstable();
        assert_eq!(rights, ['i', 'l', 'r', 's'], "{acl}");
    }
    assert!(!entries("INBOX").contains("bob"));
}

#[test]
fn whoever_the_phone_logs_in_as_keeps_the_rights_it_has() {
    let boxes = [line("1001", "ada", ""), line("1002", "bob", "")];
    let boxes: Vec<&str> = boxes.iter().map(String::as_str).collect();
    let site = Site::new(acl(), &["ada", "bob"], "", &boxes);
    let words = ["--acl", "Bob=lrs", "--acl", "bob=-i", "--acl", "bob=+a"];
    let ran = site.provision(&words).args(&["-v"]).run().status(0);
    assert!(
        ran.stdout.contains("1001@default: creates Old, Work, Family, Friends; subscribes to 4; gives Bob lrs, bob -i, bob +a on 4")
            && ran.stdout.contains("1002@default: creates Old, Work, Family, Friends; subscribes to 4; gives bob +a on 4"),
        "{}",
        ran.stdout
    );
    for left_out in ["Bob lrs", "bob -i"] {
        let said = format!("rights {left_out} are not given: as");
        assert!(ran.stderr.contains(&said), "{}", ran.stderr);
    }
    assert!(ran.stderr.contains("[VMP010]"), "{}", ran.stderr);
    let mut raw = site.dovecot.raw("bob");
    let message = voicemail("1002", "default", &[]);
    raw.append("Work", "()", "", &message).ok();
}

#[test]
fn rights_that_cannot_be_given_leave_the_run_incomplete() {
    let site = Site::of_ada(DovecotOptions::default(), "");
    let ran = site.provision(&["--acl", "bob=lrs"]).run().status(3);
    let why = "Old, Work, Family, Friends rights bob lrs not given: the server has no ACL";
    assert!(ran.stderr.contains(why), "{}", ran.stderr);
    assert_eq!(site.folders("ada").len(), 5);
}

#[test]
fn a_master_user_makes_them_where_it_has_rights_and_is_told_what_it_lacks_where_not() {
    let master = |acl_as_user| DovecotOptions {
        master: Some(("admin".to_owned(), "master-secret".to_owned())),
        acl_as_user,
        ..acl()
    };
    let general = "authuser=admin\nauthpassword=master-secret";
    let able = Site::of_ada(master(true), general);
    able.provision(&[]).run().status(0).silent();
    assert_eq!(able.folders("ada").len(), 5);
    let unable = Site::of_ada(master(false), general);
    let ran = unable.provision(&[]).run().status(3);
    assert!(
        ran.stderr
            .contains("Old, Work, Family, Friends not made: NO [NOPERM]")
            && ran.stderr.contains("the master user admin needs rights")
            && ran.stderr.contains("acl_user = %u"),
        "{}",
        ran.stderr
    );
    assert_eq!(unable.folders("ada"), ["INBOX"]);
}

#[test]
fn one_account_that_fails_does_not_stop_the_others() {
    let wrong = line("2002", "bob", "").replace(PASSWORD, "wr0ng");
    let boxes = [
        line("1001", "ada", ""),
        wrong,
        "3003 => 1,,,,imapfolder=x".to_owned(),
    ];
    let site = Site::new(
        DovecotOptions::default(),
        &["ada", "bob"],
        "",
        &[&boxes[0], &boxes[1], &boxes[2]],
    );
    let ran = site.provision(&["-v"]).run().status(3);
    assert_eq!(site.folders("ada").len(), 5);
    assert!(
        ran.stderr.contains("2002@default: login refused: NO"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("3003@default: has no imapuser"),
        "{}",
        ran.stderr
    );
    let row = ran
        .stdout
        .lines()
        .find(|line| line.trim_start().starts_with("2002@default"));
    assert!(row.unwrap().contains("login refused"), "{}", ran.stdout);
    assert!(!format!("{}{}", ran.stdout, ran.stderr).contains("wr0ng"));
    site.provision(&["2002"]).run().status(11);
    site.provision(&["--port", "1", "1001"]).run().status(10);
}

#[test]
fn of_many_boxes_only_those_that_need_attention_are_in_the_table() {
    let names: Vec<String> = (100..160).map(|n| format!("u{n}")).collect();
    let users: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut boxes: Vec<String> = names
        .iter()
        .map(|user| line(&user[1..], user, ""))
        .collect();
    boxes[7] = boxes[7].replace(PASSWORD, "wr0ng");
    let boxes: Vec<&str> = boxes.iter().map(String::as_str).collect();
    let site = Site::new(DovecotOptions::default(), &users, "", &boxes);
    let ran = site.provision(&["-v", "-j", "4"]).run().status(3);
    let table = ran.stdout.split("\n\n").nth(1).unwrap();
    let lines: Vec<&str> = table.lines().map(str::trim_start).collect();
    assert_eq!(lines.len(), 3, "{table}");
    assert!(lines[1].starts_with("107@default"), "{table}");
    assert!(lines[2].starts_with("60 mailboxes"), "{table}");
    assert_eq!(site.subscribed("u159").len(), 4);
}

#[test]
fn a_server_without_other_users_makes_accounts_itself_and_that_is_said() {
    let site = Site::new(
        DovecotOptions::default(),
        &["ada", "bob", "boss"],
        "",
        &[&line("1001", "ada", ""), &line("1002", "bob", "")],
    );
    let as_admin = |words: &[&str]| {
        let vmimap = site.provision(&["--as-admin", "boss"]);
        vmimap.args(words).env("VMIMAP_PASSWORD", PASSWORD)
    };
    // To whoever is there to read it, and once.
    let dry = as_admin(&["-n"]).run().status(0);
    assert_eq!(dry.stderr.matches("[VMP009]").count(), 1, "{}", dry.stderr);
    let ran = as_admin(&["-v"]).run().status(0);
    assert_eq!(ran.stderr.matches("[VMP009]").count(), 1, "{}", ran.stderr);
    assert_eq!(site.folders("ada").len(), 5);
    as_admin(&[]).run().status(0).silent();
    // Its password is nobody else's, and without one nothing is tried.
    let wrong = site
        .provision(&["--as-admin", "boss"])
        .env("VMIMAP_PASSWORD", "wr0ng");
    let refused = wrong.run().status(11);
    assert!(
        refused.stderr.contains("administrator boss: login refused"),
        "{}",
        refused.stderr
    );
    let missing = site.provision(&["--as-admin", "boss"]).run().status(2);
    assert!(
        missing.stderr.contains("no password is known for"),
        "{}",
        missing.stderr
    );
}
