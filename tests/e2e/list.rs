//! `vmimap list` against a real Dovecot: counts as Asterisk's own searches find them, and what they
//! do not tell.

use crate::support;
use std::fs;

use serde_json::{Value, json};
use support::cli::{Ran, Vmimap};
use support::dovecot::Dovecot;
use support::dovecot_config::DovecotOptions;
use support::fixtures::GenuineSpool;
use support::site::{DATE, Site, voicemail};

fn list(site: &Site, words: &[&str]) -> Vmimap {
    site.vmimap("list", words)
}

fn one_box() -> &'static str {
    "[default]\n4123 => 1,Ada,,,imapuser=u|imappassword=secret"
}

fn lines(ran: &Ran, kind: &str) -> Vec<Value> {
    let all = ran.json().into_iter();
    all.filter(|line| line["type"] == kind).collect()
}

fn mailbox(ran: &Ran, name: &str) -> Value {
    let mut all = lines(ran, "mailbox").into_iter();
    all.find(|line| line["mailbox"] == name).expect(name)
}

fn codes(ran: &Ran) -> Vec<String> {
    let notices = lines(ran, "notice").into_iter();
    notices
        .map(|notice| notice["code"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn counts_are_those_of_asterisks_own_searches() {
    for (quota, acl, separator, prefix) in [
        (true, false, '.', ""),
        (false, false, '/', ""),
        (true, true, '.', "INBOX."),
    ] {
        let users = GenuineSpool::users();
        let dovecot = Dovecot::start(DovecotOptions {
            users,
            quota,
            acl,
            separator,
            prefix: prefix.to_owned(),
            ..DovecotOptions::default()
        });
        let genuine = GenuineSpool::unpack();
        let conf = genuine.write_conf(&dovecot);
        let parent = if prefix.is_empty() {
            ""
        } else {
            "imapparentfolder=INBOX\n"
        };
        let text = fs::read_to_string(&conf).unwrap();
        fs::write(
            &conf,
            text.replace("[general]\n", &format!("[general]\n{parent}")),
        )
        .unwrap();
        let state = genuine.dir().join("state");
        Vmimap::migrate(&genuine.spool(), &conf, &state)
            .run()
            .status(0);
        let ran = Vmimap::new(["list", "--json", "--voicemail-conf"])
            .arg(&conf)
            .run()
            .status(0);
        assert_eq!(ran.stderr, "", "prefix {prefix:?}");
        for account in GenuineSpool::accounts() {
            let counts = dovecot.raw(&account.user).asterisk_counts(
                "INBOX",
                &account.extension,
                &account.context,
            );
            let name = format!("{}@{}", account.extension, account.context);
            let lists = &mailbox(&ran, &name)["lists"];
            let count = |list: &str| usize::try_from(lists[list].as_u64().unwrap_or(0)).unwrap();
            assert_eq!(
                (count("new"), count("urgent"), count("old")),
                (counts.new, counts.urgent, counts.old),
                "{name} with prefix {prefix:?}"
            );
        }
        assert_eq!(ran.count("messages"), 21);
        let ada = mailbox(&ran, "4123@default");
        assert_eq!(
            ada["lists"],
            json!({"new": 5, "urgent": 1, "old": 2, "work": 1, "family": 1, "friends": 1})
        );
        assert_eq!(ada["phone"], ada["lists"]);
        assert_eq!(ada["not_shown"], 0);
    }
}

#[test]
fn what_another_mailbox_s_phone_also_shows_stands_apart_on_both_sides() {
    let boxes = "[default]\n200 => 1,A,,,imapuser=u|imappassword=secret\n\
                 2001 => 1,B,,,imapuser=u|imappassword=secret";
    let site = Site::new(DovecotOptions::default(), "", boxes);
    let mut mail = site.mail();
    for extension in ["200", "2001", "2001"] {
        let message = voicemail(extension, "default", &[]);
        mail.append("INBOX", "()", DATE, &message).ok();
    }
    mail.append(
        "INBOX",
        "(\\Seen)",
        DATE,
        &voicemail("12009", "default", &[]),
    )
    .ok();
    assert_eq!(mail.asterisk_counts("INBOX", "200", "default").new, 3);
    let ran = list(&site, &["200", "--json", "-m"]).run().status(0);
    let short = mailbox(&ran, "200@default");
    assert_eq!(short["lists"], json!({"new": 1}));
    assert_eq!(short["phone"], json!({"new": 3, "old": 1}));
    assert_eq!(
        short["also_shown"],
        json!([
            {"mailbox": null, "lists": {"old": 1}, "messages": 1},
            {"mailbox": "2001@default", "lists": {"new": 2}, "messages": 2},
        ])
    );
    assert_eq!(codes(&ran), ["VML003", "VML001", "VML001"]);
    assert_eq!(
        lines(&ran, "message").len(),
        1,
        "others' messages are not listed as its own"
    );
    assert_eq!(ran.count("messages"), 1);
    let long = list(&site, &["2001", "--json", "-m"]).run().status(0);
    for message in lines(&long, "message") {
        assert_eq!(message["also_shown_to"], json!(["200@default"]));
    }
    let table = list(&site, &[]).run().status(0);
    assert!(
        table.stdout.contains("+1 of nobody, +2 of 2001@default"),
        "{}",
        table.stdout
    );
    assert!(table.stderr.contains("[VML001]"), "{}", table.stderr);
}

#[test]
fn what_the_phone_never_shows_is_counted_apart_and_not_dropped() {
    for (prefix, parent, stray, own) in [
        ("", "", "Old", "Work"),
        ("", "imapparentfolder=INBOX\n", "Work", "INBOX.Work"),
        ("INBOX.", "", "INBOX.Work", "INBOX.Family"),
    ] {
        let options = DovecotOptions {
            prefix: prefix.to_owned(),
            ..DovecotOptions::default()
        };
        let site = Site::new(options, parent, one_box());
        let mut mail = site.mail();
        let message = voicemail("4123", "default", &[]);
        mail.append("INBOX", "(\\Deleted)", DATE, &message).ok();
        for folder in [stray, own] {
            mail.command(&format!("CREATE {folder}")).ok();
            mail.append(folder, "(\\Seen)", DATE, &message).ok();
        }
        let ran = list(&site, &["--json", "--messages"]).run().status(0);
        let found = mailbox(&ran, "4123@default");
        assert_eq!(found["marked_deleted"], 1, "{stray}");
        assert_eq!(found["stranded"][stray], 1, "{stray}: {found}");
        let states: Vec<Value> = lines(&ran, "message")
            .iter()
            .map(|message| message["state"].clone())
            .collect();
        let first = if prefix.is_empty() {
            "heard"
        } else {
            "stranded"
        };
        assert_eq!(states, [first, "stranded", "deleted"], "{stray}");
        assert_eq!(codes(&ran), ["VML002"]);
        let spoken = list(&site, &[]).run().status(0).stdout;
        assert!(spoken.contains(&format!("1 in {stray}")), "{spoken}");
        assert!(spoken.contains("1 deleted"), "{spoken}");
    }
}

#[test]
fn messages_come_as_the_phone_plays_them_with_what_asterisk_reads() {
    let site = Site::new(DovecotOptions::default(), "", one_box());
    let mut mail = site.mail();
    mail.command("CREATE Work").ok();
    let with = |changed: &[(&str, &str)]| voicemail("4123", "default", changed);
    let mut append = |folder: &str, flags: &str, message: &[u8]| {
        mail.append(folder, flags, DATE, message).ok();
    };
    append("Work", "()", &with(&[("Caller-ID-Name", "wörk")]));
    append("INBOX", "(\\Seen)", &with(&[("Caller-ID-Name", "")]));
    append(
        "INBOX",
        "()",
        &with(&[("Message-ID", "(null)"), ("Orig-time", "2000000000")]),
    );
    append("INBOX", "(\\Flagged)", &with(&[("Caller-ID-Num", "")]));
    append(
        "INBOX",
        "()",
        &with(&[("Duration", "2:05"), ("Caller-ID-Name", "=?utf-8?q?x?=")]),
    );
    append("INBOX", "()", b"Subject: private mail\r\n\r\nhello\r\n");
    let before = mail.messages("INBOX");
    let ran = list(&site, &["--json", "--messages"]).run().status(0);
    let all = lines(&ran, "message");
    let states: Vec<&Value> = all.iter().map(|message| &message["state"]).collect();
    assert_eq!(states, ["urgent", "new", "new", "old", "unheard"]);
    let uids: Vec<&Value> = all.iter().map(|message| &message["uid"]).collect();
    assert_eq!(
        uids,
        [3, 2, 4, 1, 1],
        "in the order of appending within a list"
    );
    assert_eq!(all[0]["msg_id"], "1795427561-00000001");
    assert_eq!(all[1]["msg_id"], Value::Null);
    assert_eq!(all[1]["origtime"], 2_000_000_000);
    assert_eq!(all[2]["duration"], Value::Null);
    assert_eq!(all[2]["caller_name"], "=?utf-8?q?x?=");
    assert_eq!(all[4]["caller_name"], "wörk");
    assert!(
        all.iter().all(|message| message["audio"] == "WAV"),
        "{all:?}"
    );
    let sizes: Vec<u64> = all.iter().map(|m| m["octets"].as_u64().unwrap()).collect();
    assert_eq!(sizes[3], before[0].body.len() as u64);
    let found = mailbox(&ran, "4123@default");
    assert_eq!(
        (&found["seconds"], &found["seconds_unknown"]),
        (&244.into(), &1.into())
    );
    assert_eq!(found["unheard"]["work"], 1);
    assert_eq!(
        mail.messages("INBOX"),
        before,
        "nothing was marked as heard"
    );
    let table = list(&site, &["--messages", "--utc"]).run().status(0).stdout;
    assert!(
        table.starts_with(
            "4123@default: 5 messages, 4:04+ minutes (2 new, 1 old, 1 urgent, 1 Work)\n"
        ),
        "{table}"
    );
    for text in [
        "Ada Lovelace <5550100>",
        "2026-11-23T09:52:41Z",
        "+: at least; 1 message does not say how long",
    ] {
        assert!(table.contains(text), "{text}: {table}");
    }
}

#[test]
fn the_format_is_asterisks_guess_and_a_question_mark_where_it_has_none() {
    let site = Site::new(DovecotOptions::default(), "", one_box());
    let mut mail = site.mail();
    let message = String::from_utf8(voicemail("4123", "default", &[])).unwrap();
    for name in ["name=\"msg0001.gsm\"", "x=\"msg0001\"", "name=\"a.b.wav\""] {
        let changed = message.replace("name=\"msg0000.WAV\"", name);
        mail.append("INBOX", "()", DATE, changed.as_bytes()).ok();
    }
    let plain = message.replace("multipart/mixed; boundary=\"b\"", "text/plain");
    mail.append("INBOX", "()", DATE, plain.as_bytes()).ok();
    let ran = list(&site, &["--json", "-m"]).run().status(0);
    let formats: Vec<Value> = lines(&ran, "message")
        .iter()
        .map(|message| message["audio"].clone())
        .collect();
    assert_eq!(
        formats,
        [json!("gsm"), Value::Null, json!("b.wav"), Value::Null]
    );
    let csv = list(&site, &["--csv", "-m"]).run().status(0).stdout;
    assert_eq!(
        csv.lines().filter(|line| line.contains(",?,")).count(),
        2,
        "{csv}"
    );
}

#[test]
fn folders_and_times_restrict_what_is_counted_and_the_answer_says_so() {
    let site = Site::new(DovecotOptions::default(), "", one_box());
    let mut mail = site.mail();
    mail.command("CREATE Work").ok();
    for (folder, flags, time) in [
        ("INBOX", "()", "1000"),
        ("INBOX", "()", "2000"),
        ("INBOX", "(\\Seen)", "2000"),
        ("Work", "()", "2000"),
        ("INBOX", "()", "no time"),
    ] {
        let message = voicemail("4123", "default", &[("Orig-time", time)]);
        mail.append(folder, flags, DATE, &message).ok();
    }
    let lists = |words: &[&str]| {
        let ran = list(&site, words).arg("--json").run().status(0);
        (mailbox(&ran, "4123@default")["lists"].clone(), codes(&ran))
    };
    let none: Vec<String> = Vec::new();
    assert_eq!(
        lists(&["--folder", "work"]),
        (json!({"work": 1}), none.clone())
    );
    assert_eq!(
        lists(&["--folder", "inbox"]),
        (json!({"new": 3}), none.clone())
    );
    assert_eq!(lists(&["--folder", "old"]), (json!({"old": 1}), none));
    // What says no time cannot be left out for it.
    let since = lists(&["--since", "1970-01-01T00:20:00Z"]);
    assert_eq!(
        since,
        (
            json!({"new": 2, "old": 1, "work": 1}),
            vec!["VML005".to_owned()]
        )
    );
    let table = list(
        &site,
        &[
            "--until",
            "1970-01-01T00:20:00Z",
            "--utc",
            "--folder",
            "INBOX",
        ],
    );
    let table = table.run().status(0).stdout;
    assert!(
        table.contains("Only messages in INBOX, left before 1970-01-01T00:20:00Z are counted."),
        "{table}"
    );
}

#[test]
fn a_part_without_a_mailbox_is_told_as_one_and_a_file_keeps_its_heading() {
    let site = Site::new(DovecotOptions::default(), "", one_box());
    let both = |words: &[&str]| {
        let of = |part: &&str| {
            let words = [&["--shard", *part][..], words].concat();
            list(&site, &words).run().status(0).stdout
        };
        ["1/2", "2/2"].iter().map(of).collect::<Vec<String>>()
    };
    for words in [&[][..], &["--messages"]] {
        let said = both(words);
        let empty = "No mailbox of voicemail.conf falls into this part (--shard).\n";
        let empty = said.iter().filter(|said| *said == empty).count();
        assert_eq!(empty, 1, "{said:?}");
    }
    for words in [&["--csv"][..], &["--messages", "--csv"]] {
        let said = both(words);
        let heading = |said: &String| said.lines().next().map(str::to_owned);
        assert!(heading(&said[0]).is_some(), "{said:?}");
        assert_eq!(heading(&said[0]), heading(&said[1]));
    }
}
