//! `migrate --greetings` against a real Dovecot: greeting files become what Asterisk plays.

use crate::support;
use std::fs;

use support::cli::snapshot;
use support::dovecot::{Dovecot, User};
use support::dovecot_config::DovecotOptions;
use support::greeting_site::{
    GreetingSite, OWN_FOLDER, asterisk_plays, greetings, header, recorded, set_age,
};

const ONE_BOX: &str =
    "[default]\n4123 => 1,Ada Lovelace,ada@example.test,,imapuser=u|imappassword=secret";
const TWO_BOXES: &str = "[default]\n4123 => 1,Ada,,,imapuser=u|imappassword=secret\n\
                         4124 => 1,Grace,,,imapuser=u|imappassword=secret";

fn dovecot() -> Dovecot {
    Dovecot::start(DovecotOptions {
        users: vec![User::new("u", "secret")],
        ..DovecotOptions::default()
    })
}

fn site(dovecot: &Dovecot, general: &str, mailboxes: &str) -> GreetingSite {
    GreetingSite::new(dovecot.host(), dovecot.port(), general, mailboxes)
}

/// All four greetings of 4123, as Asterisk has recorded them.
fn with_all_four(site: &GreetingSite) {
    for (at, kind) in ["busy", "greet", "temp", "unavail"].into_iter().enumerate() {
        let audio = recorded(&format!("u1-Greetings-{}.eml", at + 2));
        site.put(&format!("default/4123/{kind}.WAV"), &audio, 60);
    }
}

fn greetings_of(ran: &support::cli::Ran, count: &str) -> u64 {
    ran.summary()["greetings"][count].as_u64().unwrap()
}

#[test]
fn greeting_files_become_what_asterisk_plays_and_a_second_run_sends_nothing() {
    let dovecot = dovecot();
    let site = site(&dovecot, OWN_FOLDER, ONE_BOX);
    with_all_four(&site);
    site.put("default/4123/unavail.gsm", &[0xD0; 330], 60);
    let before = snapshot(&site.spool());
    let ran = site.migrate(&["--greetings", "--json"]).run().status(0);
    assert_eq!(greetings_of(&ran, "appended"), 4, "{}", ran.stdout);
    assert!(before == snapshot(&site.spool()), "the spool is only read");
    let mut raw = dovecot.raw("u");
    let found = greetings(&mut raw, "Greetings");
    assert_eq!(found.len(), 4);
    for (kind, name, audio) in found {
        assert_eq!(name, format!("{kind}.WAV"));
        assert!(audio == fs::read(site.spool().join("default/4123").join(name)).unwrap());
        assert!(asterisk_plays(&mut raw, "Greetings", &kind).is_some());
    }
    for stored in raw.messages("Greetings") {
        assert!(stored.flags.is_empty(), "{:?}", stored.flags);
        let text = String::from_utf8(stored.body).unwrap();
        let kind = header(&text, "X-Asterisk-VM-Message-Type");
        assert!(header(&text, "Subject").starts_with(&format!("New greeting '{kind}' on ")));
        for (name, value) in [
            ("Message-Num", "0"),
            ("Message-ID", "(null)"),
            ("Extension", "4123"),
        ] {
            assert_eq!(header(&text, &format!("X-Asterisk-VM-{name}")), value);
        }
    }
    assert_eq!(raw.message_count("INBOX"), 0);
    site.migrate(&["--greetings"]).run().status(0).silent();
    let again = site.migrate(&["--greetings", "--json"]).run().status(0);
    assert_eq!(greetings_of(&again, "appended"), 0);
    assert_eq!(greetings_of(&again, "skipped"), 4);
    assert_eq!(raw.message_count("Greetings"), 4);
}

#[test]
fn without_the_flag_greetings_stay_and_that_is_said() {
    let dovecot = dovecot();
    let site = site(&dovecot, OWN_FOLDER, ONE_BOX);
    with_all_four(&site);
    let ran = site.migrate(&["-v"]).run().status(0);
    assert!(ran.stderr.contains("VMM013"), "{}", ran.stderr);
    assert!(
        !dovecot
            .raw("u")
            .list()
            .iter()
            .any(|name| name.contains("Greetings"))
    );
}

#[test]
fn a_dry_run_shows_the_lines_of_the_run_and_sends_nothing() {
    let dovecot = dovecot();
    let site = site(&dovecot, OWN_FOLDER, ONE_BOX);
    with_all_four(&site);
    let dry = site.migrate(&["--greetings", "-n", "-v"]).run().status(0);
    assert!(
        !dovecot
            .raw("u")
            .list()
            .iter()
            .any(|name| name.contains("Greetings"))
    );
    assert!(
        !site.dir.path().join("state").exists(),
        "nothing is written"
    );
    let real = site.migrate(&["--greetings", "-v"]).run().status(0);
    let lines = |ran: &support::cli::Ran| -> Vec<String> {
        let lines = ran.stdout.lines().take_while(|line| !line.is_empty());
        lines.map(str::to_owned).collect()
    };
    assert_eq!(lines(&dry), lines(&real));
    assert!(lines(&dry)[1].starts_with("4123@default greetings: 4 to append to Greetings, "));
    assert!(
        real.stdout.contains("4 greetings appended and read back."),
        "{}",
        real.stdout
    );
}

#[test]
fn an_older_greeting_is_replaced_on_request_only_and_nothing_else_goes() {
    let dovecot = dovecot();
    let site = site(&dovecot, OWN_FOLDER, ONE_BOX);
    with_all_four(&site);
    site.migrate(&["--greetings"]).run().status(0);
    let mut raw = dovecot.raw("u");
    let marked = support::site::voicemail("9", "default", &[]);
    raw.append(
        "Greetings",
        "(\\Deleted)",
        "\"05-Feb-2009 18:31:30 +0000\"",
        &marked,
    )
    .ok();
    let old = asterisk_plays(&mut raw, "Greetings", "busy").unwrap();
    let new = recorded("u1-Greetings-4.eml");
    site.put("default/4123/busy.WAV", &new, 5);
    let held = site.migrate(&["--greetings", "-v"]).run().status(3);
    assert!(
        held.stdout.contains("--replace-greetings"),
        "{}",
        held.stdout
    );
    assert_eq!(raw.message_count("Greetings"), 5, "nothing was sent");
    let replace = ["--greetings", "--replace-greetings", "--json"];
    let ran = site.migrate(&replace).run().status(0);
    assert_eq!(greetings_of(&ran, "replaced"), 1, "{}", ran.stdout);
    assert_eq!(
        raw.message_count("Greetings"),
        5,
        "the mark of others stays"
    );
    let now = asterisk_plays(&mut raw, "Greetings", "busy").unwrap();
    assert!(now > old);
    let found = raw
        .messages("Greetings")
        .into_iter()
        .find(|one| one.uid == now);
    let text = String::from_utf8(found.unwrap().body).unwrap();
    assert!(support::greeting_site::recording(&text) == new);
    let journal = fs::read_to_string(site.dir.path().join("state/journal/default/4123.jsonl"));
    let journal = journal.unwrap();
    assert!(
        journal.contains("\"removing\"") && journal.contains("\"removed\""),
        "{journal}"
    );
    let again = site.migrate(&replace).run().status(0);
    assert_eq!(
        (
            greetings_of(&again, "appended"),
            greetings_of(&again, "replaced")
        ),
        (0, 0)
    );
}

#[test]
fn a_run_that_was_cut_before_it_removed_the_old_one_is_finished_by_the_next() {
    let dovecot = dovecot();
    let site = site(&dovecot, OWN_FOLDER, ONE_BOX);
    site.put("default/4123/busy.WAV", &recorded("u1-Greetings-4.eml"), 5);
    site.migrate(&["--greetings"]).run().status(0);
    let mut raw = dovecot.raw("u");
    let new = raw.messages("Greetings").remove(0).body;
    // The old one comes first, as it would have if it had not been removed.
    raw.command("EXAMINE INBOX").ok();
    raw.command("DELETE Greetings").ok();
    raw.command("CREATE Greetings").ok();
    let old = fs::read(support::fixtures::fixture(
        "genuine-imap/u1-Greetings-2.eml",
    ))
    .unwrap();
    let old = String::from_utf8(old).unwrap();
    let old = old.replace("X-Asterisk-VM-Orig-time: 17", "X-Asterisk-VM-Orig-time: 11");
    let date = "\"05-Feb-2009 18:31:30 +0000\"";
    raw.append("Greetings", "()", date, old.as_bytes()).ok();
    raw.append("Greetings", "()", date, &new).ok();
    assert_eq!(site.migrate(&["--greetings"]).run().status, 3);
    let replace = ["--greetings", "--replace-greetings", "--json"];
    let ran = site.migrate(&replace).run().status(0);
    assert_eq!(
        (
            greetings_of(&ran, "appended"),
            greetings_of(&ran, "replaced")
        ),
        (0, 1)
    );
    assert_eq!(asterisk_plays(&mut raw, "Greetings", "busy"), Some(2));
    assert_eq!(raw.message_count("Greetings"), 1);
}

#[test]
fn mail_without_an_attachment_before_a_greeting_is_told() {
    let dovecot = dovecot();
    let site = site(&dovecot, OWN_FOLDER, ONE_BOX);
    with_all_four(&site);
    let mut raw = dovecot.raw("u");
    raw.command("CREATE Greetings").ok();
    let date = "\"05-Feb-2009 18:31:30 +0000\"";
    raw.append("Greetings", "()", date, b"From: a@b.test\r\n\r\nhello\r\n")
        .ok();
    let ran = site.migrate(&["--greetings", "-v"]).run().status(0);
    assert!(ran.stderr.contains("VMM014"), "{}", ran.stderr);
    assert_eq!(asterisk_plays(&mut raw, "Greetings", "busy"), None);
}

#[test]
fn a_greeting_the_owner_recorded_later_stays() {
    let dovecot = dovecot();
    let site = site(&dovecot, OWN_FOLDER, ONE_BOX);
    let mut raw = dovecot.raw("u");
    raw.command("CREATE Greetings").ok();
    let genuine = fs::read(support::fixtures::fixture(
        "genuine-imap/u1-Greetings-2.eml",
    ))
    .unwrap();
    let now = jiff::Timestamp::now().as_second().to_string();
    let genuine = String::from_utf8(genuine)
        .unwrap()
        .replace("1795427974", &now);
    raw.append(
        "Greetings",
        "()",
        "\"05-Feb-2009 18:31:30 +0000\"",
        genuine.as_bytes(),
    )
    .ok();
    let path = site.put("default/4123/busy.WAV", &recorded("u1-Greetings-4.eml"), 60);
    let words = ["--greetings", "--replace-greetings", "--json"];
    let ran = site.migrate(&words).run().status(0);
    assert_eq!(greetings_of(&ran, "skipped"), 1, "{}", ran.stdout);
    assert_eq!(raw.message_count("Greetings"), 1);
    // The same recording is there whoever stored it.
    fs::write(&path, recorded("u1-Greetings-2.eml")).unwrap();
    set_age(&path, 1);
    let ran = site.migrate(&words).run().status(0);
    assert_eq!(greetings_of(&ran, "skipped"), 1, "{}", ran.stdout);
    assert_eq!(raw.message_count("Greetings"), 1);
}

#[test]
fn boxes_of_one_account_store_no_greetings_unless_told() {
    let dovecot = dovecot();
    let site = site(&dovecot, OWN_FOLDER, TWO_BOXES);
    with_all_four(&site);
    site.put("default/4124/busy.WAV", &recorded("u1-Greetings-4.eml"), 60);
    let ran = site.migrate(&["--greetings"]).run().status(3);
    assert!(ran.stderr.contains("VMM012"), "{}", ran.stderr);
    assert!(
        !dovecot
            .raw("u")
            .list()
            .iter()
            .any(|name| name.contains("Greetings"))
    );
    let one = site
        .migrate(&["--greetings", "4123@default"])
        .run()
        .status(3);
    assert!(
        one.stderr.contains("4124@default"),
        "a box not asked for counts, too: {}",
        one.stderr
    );
    let ran = site
        .migrate(&["--greetings", "--shared-greetings", "--json"])
        .run()
        .status(3);
    assert_eq!(greetings_of(&ran, "appended"), 4, "{}", ran.stdout);
    assert_eq!(
        greetings_of(&ran, "held_back"),
        1,
        "of two of one name the phone plays the first"
    );
}

#[test]
fn what_the_configuration_does_with_greetings_is_said_first() {
    let dovecot = dovecot();
    for (general, codes) in [
        ("greetingsfolder=Greetings", &["VMM010"][..]),
        ("imapgreetings=yes", &["VMM011"]),
        ("", &["VMM010", "VMM011"]),
        (OWN_FOLDER, &[]),
    ] {
        let site = site(&dovecot, general, ONE_BOX);
        with_all_four(&site);
        let ran = site.migrate(&["--greetings", "-n"]).run().status(0);
        for code in ["VMM010", "VMM011"] {
            assert_eq!(
                ran.stderr.contains(code),
                codes.contains(&code),
                "{general}: {}",
                ran.stderr
            );
        }
    }
}

#[test]
fn a_greetingsfolder_that_the_server_cannot_have_is_named_with_its_cure() {
    let dovecot = Dovecot::start(DovecotOptions {
        users: vec![User::new("u", "secret")],
        prefix: "INBOX.".to_owned(),
        quota: false,
        ..DovecotOptions::default()
    });
    let wrong = site(&dovecot, OWN_FOLDER, ONE_BOX);
    with_all_four(&wrong);
    let ran = wrong.migrate(&["--greetings", "--json"]).run().status(3);
    assert_eq!(greetings_of(&ran, "held_back"), 4, "{}", ran.stdout);
    assert!(ran.stdout.contains("set greetingsfolder"), "{}", ran.stdout);
    let general = OWN_FOLDER.replace("=Greetings", "=INBOX.Greetings");
    let right = site(&dovecot, &general, ONE_BOX);
    with_all_four(&right);
    right.migrate(&["--greetings"]).run().status(0);
    assert_eq!(greetings(&mut dovecot.raw("u"), "INBOX.Greetings").len(), 4);
}

#[test]
fn broken_and_unfinished_greetings_are_reported_and_the_others_stored() {
    let dovecot = dovecot();
    let site = site(&dovecot, OWN_FOLDER, ONE_BOX);
    with_all_four(&site);
    site.put("default/4123/busy.WAV", b"RIFF but no sound", 60);
    site.put("default/4123/temp.WAV", &recorded("u1-Greetings-4.eml"), 0);
    let ran = site.migrate(&["--greetings", "--json"]).run().status(3);
    let counts = ["appended", "failed", "deferred"].map(|count| greetings_of(&ran, count));
    assert_eq!(counts, [2, 1, 1], "{}", ran.stdout);
    let failures: Vec<String> = ran
        .json()
        .iter()
        .filter(|line| line["type"] == "failure")
        .map(|line| line["greeting"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(failures, ["temp", "busy"]);
}

#[test]
fn greetings_are_not_sent_where_the_quota_has_no_room() {
    let dovecot = Dovecot::start(DovecotOptions {
        users: vec![User::new("u", "secret").storage(10)],
        ..DovecotOptions::default()
    });
    let site = site(&dovecot, OWN_FOLDER, ONE_BOX);
    with_all_four(&site);
    let ran = site.migrate(&["--greetings", "--json"]).run().status(3);
    assert_eq!(greetings_of(&ran, "held_back"), 4, "{}", ran.stdout);
}
