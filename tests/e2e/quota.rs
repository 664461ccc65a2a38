//! `vmimap quota` against a real Dovecot: numbers, whose they are, and what Asterisk will do.

use crate::quota_support;
use crate::support;
use quota_support::{PASSWORD, Site, codes, limited, line, options};
use serde_json::json;
use support::dovecot_config::{DovecotOptions, User};

/// Octets of all messages in these folders, as the server says.
fn octets(site: &Site, user: &str, folders: &[&str]) -> u64 {
    let mut raw = site.dovecot.raw(user);
    let mut sum = 0;
    for folder in folders {
        for message in raw.messages(folder) {
            sum += message.body.len() as u64;
        }
    }
    sum
}

/// One account shared by 200 and 201, with private mail, a message in Work, one of nobody's and one
/// that is marked for deletion.
fn shared() -> Site {
    let site = Site::new(
        options(vec![limited("u", 400)]),
        "maxsecs=30",
        &[
            "200 => 1,Ada,,,imapuser=u|imappassword=secret|maxmsg=10",
            "201 => 1,Ben,,,imapuser=u",
        ],
    );
    site.dovecot.raw("u").command("CREATE Work").ok();
    site.dovecot.raw("u").command("CREATE Private").ok();
    site.voicemail("u", "INBOX", "()", "200@default", 10_000);
    site.voicemail("u", "INBOX", "(\\Seen)", "200@default", 10_000);
    site.voicemail("u", "INBOX", "(\\Flagged)", "200@default", 5_000);
    site.voicemail("u", "INBOX", "(\\Deleted)", "200@default", 5_000);
    site.voicemail("u", "Work", "(\\Seen)", "201@default", 20_000);
    site.voicemail("u", "INBOX", "()", "999@gone", 3_000);
    site.mail("u", "INBOX", 7_000);
    site.mail("u", "Private", 40_000);
    site
}

#[test]
fn a_shared_root_is_told_once_with_the_share_of_each_box() {
    let site = shared();
    let ran = site.quota(&["--json"]).run().status(0);
    let roots: Vec<_> = ran.json();
    let roots = roots.iter().filter(|line| line["type"] == "root");
    assert_eq!(roots.count(), 1, "{}", ran.stdout);
    let root = line(&ran, "root", "root", "User quota");
    assert_eq!(root["mailboxes"], json!(["200@default", "201@default"]));
    let used = octets(&site, "u", &["INBOX", "Work", "Private"]);
    assert_eq!(root["messages"], 8);
    assert_eq!(root["summed_octets"], used);
    assert_eq!(root["resources"][0]["used"], used.div_ceil(1024));
    assert_eq!(root["resources"][0]["limit"], 400);
    assert_eq!(root["voicemail"]["messages"], 6);
    assert_eq!(root["strays"]["messages"], 1);
    let voicemail = root["voicemail"]["octets"].as_u64().unwrap();
    let other = root["other"]["octets"].as_u64().unwrap();
    assert_eq!(voicemail + other, used.div_ceil(1024) * 1024);
    assert_eq!(root["other"]["messages"], 2);
    let ada = line(&ran, "mailbox", "mailbox", "200@default");
    assert_eq!(
        (&ada["new"], &ada["urgent"], &ada["old"], &ada["maxmsg"]),
        (&json!(1), &json!(1), &json!(1), &json!(10)),
        "the one to be deleted is not counted"
    );
    assert_eq!(ada["roots"][0]["voicemail"]["messages"], 4);
    let ben = line(&ran, "mailbox", "mailbox", "201@default");
    assert_eq!((&ben["counted"], &ben["maxmsg"]), (&json!(0), &json!(100)));
    assert_eq!(ben["roots"][0]["voicemail"]["messages"], 1);
    assert_eq!(codes(&ran), ["VMQ008"]);
}

#[test]
fn asking_for_one_box_still_knows_whose_the_rest_is() {
    let site = shared();
    let ran = site.quota(&["--json", "201@default"]).run().status(0);
    let root = line(&ran, "root", "root", "User quota");
    assert_eq!(root["strays"]["messages"], 1, "200 is no stranger");
    assert_eq!(ran.count("mailboxes"), 1);
}

#[test]
fn without_the_share_the_counts_come_from_asterisks_own_searches() {
    let site = shared();
    let ran = site.quota(&["--json", "--no-share"]).run().status(0);
    let ada = line(&ran, "mailbox", "mailbox", "200@default");
    assert_eq!(
        (&ada["new"], &ada["urgent"], &ada["old"]),
        (&json!(1), &json!(1), &json!(1))
    );
    let root = line(&ran, "root", "root", "User quota");
    assert!(root["voicemail"].is_null() && root["other"].is_null());
    assert!(root["resources"][0]["used"].as_u64().unwrap() > 90);
}

#[test]
fn a_message_that_does_not_fit_is_lost_and_a_full_quota_refuses() {
    let site = Site::new(
        options(vec![limited("a", 40), limited("b", 40), limited("c", 400)]),
        "maxsecs=180",
        &[
            "1 => 1,A,,,imapuser=a|imappassword=secret",
            "2 => 1,B,,,imapuser=b|imappassword=secret",
            "3 => 1,C,,,imapuser=c|imappassword=secret|maxsecs=20",
        ],
    );
    site.voicemail("a", "INBOX", "()", "1@default", 38_000);
    site.voicemail("b", "INBOX", "()", "2@default", 40_940);
    let ran = site.quota(&["--json"]).run().status(4);
    let of = |name| line(&ran, "mailbox", "mailbox", name);
    let a = of("1@default");
    assert_eq!(
        (&a["may_lose"], &a["refused"]),
        (&json!(true), &json!(null))
    );
    assert_eq!(
        (&a["level"], &a["percent"]),
        (&json!("critical"), &json!(95.0))
    );
    // 180 s of WAV49: 292,500 octets, base64 with line ends, and the envelope.
    assert_eq!(a["largest_message"], 292_500 / 3 * 4 + 2 * 5417 + 2048);
    let b = of("2@default");
    assert_eq!(
        (&b["may_lose"], &b["refused"]),
        (&json!(false), &json!("quota"))
    );
    assert_eq!(b["speech"][0]["seconds"], 0);
    let c = of("3@default");
    assert_eq!((&c["level"], &c["may_lose"]), (&json!("ok"), &json!(false)));
    let seconds = |at: usize| c["speech"][at]["seconds"].as_u64().unwrap();
    assert_eq!((seconds(0), seconds(1), seconds(2)), (183, 180, 18));
    assert_eq!(codes(&ran), ["VMQ001", "VMQ002"]);
    // The claim holds: the next long message is refused by the server.
    let text = "x".repeat(4000);
    let refused = site.dovecot.raw("a").append(
        "INBOX",
        "()",
        "\"05-Feb-2009 18:31:30 +0000\"",
        text.as_bytes(),
    );
    assert!(refused.status.contains("OVERQUOTA"), "{}", refused.status);
}

#[test]
fn asterisk_looks_at_the_last_limit_and_the_nearer_one_is_named() {
    let full = User::new("a", PASSWORD).storage(40).messages(500);
    let site = Site::new(
        DovecotOptions {
            plugin: "  quota2 = count:Second root\n  quota2_rule = *:messages=15\n".to_owned(),
            ..options(vec![full])
        },
        "maxsecs=60",
        &["1 => 1,A,,,imapuser=a|imappassword=secret"],
    );
    site.voicemail("a", "INBOX", "()", "1@default", 40_940);
    let ran = site.quota(&["--json"]).run().status(4);
    let a = line(&ran, "mailbox", "mailbox", "1@default");
    assert_eq!(a["watched"]["root"], "Second root");
    assert_eq!(a["watched"]["limit"], 15);
    assert_eq!(a["unwatched"]["resource"], "STORAGE");
    assert_eq!(
        (&a["may_lose"], &a["refused"]),
        (&json!(true), &json!(null))
    );
    assert_eq!(a["room_messages"], 14);
    assert_eq!(codes(&ran), ["VMQ001", "VMQ004"]);
    let first = line(&ran, "root", "root", "User quota");
    assert_eq!(first["resources"].as_array().unwrap().len(), 2);
    let rows = site.quota(&["--csv"]).run().status(4).stdout;
    assert_eq!(rows.lines().count(), 4, "{rows}");
}

#[test]
fn maxmsg_is_a_limit_too() {
    let site = Site::new(
        options(vec![User::new("a", PASSWORD)]),
        "maxmsg=2\nmaxsecs=60",
        &["1 => 1,A,,,imapuser=a|imappassword=secret"],
    );
    site.voicemail("a", "INBOX", "()", "1@default", 1000);
    site.voicemail("a", "INBOX", "(\\Seen)", "1@default", 1000);
    for words in [&["--json"][..], &["--json", "--no-share"]] {
        let ran = site.quota(words).run().status(4);
        let a = line(&ran, "mailbox", "mailbox", "1@default");
        assert_eq!(a["refused"], "maxmsg");
        assert_eq!(a["maxmsg_percent"], 100.0);
        assert_eq!(codes(&ran), ["VMQ003"]);
    }
}

#[test]
fn no_limit_and_no_quota_commands_are_said_and_sizes_summed() {
    for quota in [true, false] {
        let site = Site::new(
            DovecotOptions {
                quota,
                ..options(vec![User::new("a", PASSWORD)])
            },
            "",
            &["1 => 1,A,,,imapuser=a|imappassword=secret"],
        );
        site.dovecot.raw("a").command("CREATE Private").ok();
        site.voicemail("a", "INBOX", "()", "1@default", 5000);
        site.mail("a", "Private", 9000);
        let all = octets(&site, "a", &["INBOX", "Private"]);
        for words in [&["--json"][..], &["--json", "--no-share"]] {
            let ran = site.quota(words).run().status(0);
            let roots = ran.json();
            let root = roots.iter().find(|line| line["type"] == "root").unwrap();
            assert_eq!(root["root"], json!(null));
            assert_eq!(
                (&root["used_octets"], &root["messages"]),
                (&json!(all), &json!(2))
            );
            let a = line(&ran, "mailbox", "mailbox", "1@default");
            assert_eq!(a["room_octets"], json!(null));
            assert_eq!(codes(&ran).contains(&"VMQ006".to_owned()), !quota);
            let text = site.quota(&[]).run();
            let said = text.stderr.contains("the server has no quota commands");
            assert_eq!(said, !quota, "{}", text.stderr);
        }
    }
}

#[test]
fn a_master_user_and_a_prefixed_namespace_with_rights_are_no_hindrance() {
    let site = Site::new(
        DovecotOptions {
            prefix: "INBOX.".to_owned(),
            master: Some(("boss".to_owned(), "master".to_owned())),
            acl: true,
            acl_as_user: true,
            ..options(vec![limited("a", 100)])
        },
        "authuser=boss\nauthpassword=master\nimapparentfolder=INBOX\nmaxsecs=10",
        &["1 => 1,A,,,imapuser=a"],
    );
    site.dovecot.raw("a").command("CREATE INBOX.Work").ok();
    site.voicemail("a", "INBOX", "()", "1@default", 5000);
    site.voicemail("a", "INBOX.Work", "(\\Seen)", "1@default", 6000);
    let ran = site.quota(&["--json"]).run().status(0);
    let a = line(&ran, "mailbox", "mailbox", "1@default");
    assert_eq!(a["roots"][0]["voicemail"]["messages"], 2);
    assert_eq!(a["counted"], 1);
}

#[test]
fn the_fullest_stand_first_and_top_shows_so_many() {
    let site = Site::new(
        options(vec![limited("a", 100), limited("b", 100), limited("c", 50)]),
        "maxsecs=5",
        &[
            "1 => 1,A,,,imapuser=a|imappassword=secret",
            "2 => 1,B,,,imapuser=b|imappassword=secret",
            "3 => 1,C,,,imapuser=c|imappassword=secret",
        ],
    );
    site.voicemail("a", "INBOX", "()", "1@default", 10_000);
    site.voicemail("b", "INBOX", "()", "2@default", 30_000);
    site.mail("c", "INBOX", 25_000);
    let order = |words: &[&str]| -> Vec<String> {
        let ran = site.quota(words).arg("--csv").run().status(0);
        let rows = ran.stdout.lines().skip(1);
        rows.map(|row| row.split(',').next().unwrap().to_owned())
            .collect()
    };
    assert_eq!(order(&[]), ["3@default", "2@default", "1@default"]);
    assert_eq!(
        order(&["--sort", "name"]),
        ["1@default", "2@default", "3@default"]
    );
    assert_eq!(
        order(&["--sort", "voicemail", "--top", "2"]),
        ["2@default", "1@default"]
    );
    assert_eq!(order(&["--sort", "room", "--top", "1"]), ["3@default"]);
    let table = site.quota(&["--top", "1"]).run().status(0);
    assert!(
        table
            .stdout
            .contains("3 mailboxes (1 shown) in 3 accounts: 3 ok."),
        "{}",
        table.stdout
    );
}

#[test]
fn one_login_serves_all_boxes_of_an_account() {
    let site = shared();
    let before = site.dovecot.log().matches("Login: user=<u>").count();
    site.quota(&[]).run().status(0);
    let after = site.dovecot.log().matches("Login: user=<u>").count();
    assert_eq!(after - before, 1);
}

#[test]
fn nothing_is_changed_by_looking() {
    let site = shared();
    let seen = |site: &Site| site.dovecot.raw("u").messages("INBOX");
    let before = seen(&site);
    site.quota(&[]).run().status(0);
    site.quota(&["--no-share"]).run().status(0);
    assert_eq!(seen(&site), before);
}
