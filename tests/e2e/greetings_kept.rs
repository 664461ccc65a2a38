//! What the other verbs make of greetings in IMAP, on a real Dovecot: they are no voicemail to remove,
//! and what is wrong with them is found.

use crate::support;
use std::collections::BTreeMap;
use std::fs;

use support::audit::codes;
use support::cli::Ran;
use support::dovecot::{Dovecot, User};
use support::dovecot_config::DovecotOptions;
use support::fixtures::fixture;
use support::greeting_site::{GreetingSite, OWN_FOLDER};
use support::raw_imap::RawImap;
use support::site::voicemail;

const ONE_BOX: &str = "[default]\n4123 => 1,Ada Lovelace,,,imapuser=u|imappassword=secret";
const DATE: &str = "\"05-Feb-2009 18:31:30 +0000\"";
const LONG_AGO: &str = "1195427561";

fn dovecot() -> Dovecot {
    Dovecot::start(DovecotOptions {
        users: vec![User::new("u", "secret")],
        ..DovecotOptions::default()
    })
}

fn site(dovecot: &Dovecot, general: &str) -> GreetingSite {
    GreetingSite::new(dovecot.host(), dovecot.port(), general, ONE_BOX)
}

/// A greeting as Asterisk has stored it, with some of its text replaced.
fn genuine(at: u32, replaced: &[(&str, &str)]) -> Vec<u8> {
    let path = fixture(&format!("genuine-imap/u1-Greetings-{at}.eml"));
    let mut text = fs::read_to_string(path).unwrap();
    for (from, to) in replaced {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    text.into_bytes()
}

/// The four greetings, heard long ago, and one old message.
fn fill(raw: &mut RawImap, folder: &str) {
    raw.command(&format!("CREATE {folder}"));
    for at in 2..=5 {
        let old = genuine(
            at,
            &[("X-Asterisk-VM-Orig-time: 17", "X-Asterisk-VM-Orig-time: 11")],
        );
        raw.append(folder, "(\\Seen)", DATE, &old).ok();
    }
    let message = voicemail("4123", "default", &[("Orig-time", LONG_AGO)]);
    raw.append("INBOX", "(\\Seen)", DATE, &message).ok();
}

fn found(ran: &Ran) -> BTreeMap<String, u64> {
    codes(ran)
}

#[test]
fn no_removal_ever_takes_a_greeting() {
    for (general, folder) in [("imapgreetings=yes", "INBOX"), (OWN_FOLDER, "Greetings")] {
        let dovecot = dovecot();
        let site = site(&dovecot, general);
        let mut raw = dovecot.raw("u");
        fill(&mut raw, folder);
        // By its name a greeting, although its headers call it a message.
        let called = genuine(5, &[("Message-Type: unavail", "Message-Type: Message")]);
        raw.append(folder, "(\\Seen)", DATE, &called).ok();
        let before = raw.message_count(folder);
        let toml = site.dir.path().join("vmimap.toml");
        fs::write(&toml, "[[expire]]\nname = \"aged\"\nolder_than = \"90d\"\n").unwrap();
        let expire = site.vmimap("expire", &["--yes"]).arg("--config").arg(&toml);
        expire.run().status(0);
        let gone = before - raw.message_count(folder);
        assert_eq!(gone, usize::from(folder == "INBOX"), "the message alone");
        let message = voicemail("4123", "default", &[]);
        raw.append("INBOX", "(\\Seen)", DATE, &message).ok();
        site.vmimap("expunge", &["4123@default", "--yes"])
            .run()
            .status(0);
        assert_eq!(raw.message_count(folder), 5, "{folder}");
        assert_eq!(
            raw.message_count("INBOX"),
            if folder == "INBOX" { 5 } else { 0 }
        );
    }
}

#[test]
fn a_listing_counts_as_the_phone_does_and_names_the_greetings() {
    let dovecot = dovecot();
    let mut raw = dovecot.raw("u");
    fill(&mut raw, "INBOX");
    let among = site(&dovecot, "imapgreetings=yes");
    let ran = among.vmimap("list", &["--json", "-m"]).run().status(0);
    let mailbox = ran
        .json()
        .into_iter()
        .find(|line| line["type"] == "mailbox");
    assert_eq!(mailbox.unwrap()["lists"]["old"], 5, "as Asterisk counts");
    let mut kinds: Vec<String> = ran
        .json()
        .iter()
        .filter_map(|line| line["greeting"].as_str().map(str::to_owned))
        .collect();
    kinds.sort();
    assert_eq!(kinds, ["busy", "greet", "temp", "unavail"]);
    assert!(ran.stdout.contains("VML007"), "{}", ran.stdout);
    let table = among.vmimap("list", &["-m"]).run().status(0);
    assert!(table.stdout.contains("Greeting"), "{}", table.stdout);
}

#[test]
fn a_listing_without_greetings_among_the_messages_says_nothing_of_them() {
    let dovecot = dovecot();
    fill(&mut dovecot.raw("u"), "Greetings");
    let own = site(&dovecot, OWN_FOLDER);
    let ran = own.vmimap("list", &["--json", "-m"]).run().status(0);
    let mailbox = ran
        .json()
        .into_iter()
        .find(|line| line["type"] == "mailbox");
    assert_eq!(mailbox.unwrap()["messages"], 1);
    assert!(!ran.stdout.contains("VML007"));
    let table = own.vmimap("list", &["-m"]).run().status(0);
    assert!(!table.stdout.contains("Greeting"), "{}", table.stdout);
}

#[test]
fn what_is_wrong_with_greetings_is_found() {
    let dovecot = dovecot();
    let site = site(&dovecot, OWN_FOLDER);
    let mut raw = dovecot.raw("u");
    raw.command("CREATE Greetings").ok();
    let mut put = |message: &[u8]| {
        raw.append("Greetings", "()", DATE, message).ok();
    };
    put(&genuine(2, &[]));
    put(&genuine(3, &[]));
    let audit = || site.vmimap("audit", &["--json"]).run();
    assert!(
        found(&audit().status(0)).is_empty(),
        "as Asterisk stores them"
    );
    put(&genuine(2, &[])); // busy again
    put(&genuine(4, &[("temp.WAV", "msg0000.WAV")]));
    put(&genuine(5, &[("unavail.WAV", "unavail")]));
    let other = [
        ("Extension: 4123", "Extension: 999"),
        ("unavail.WAV", "greet2.WAV"),
    ];
    put(&genuine(5, &other)); // no greeting by name, one by type
    let foreign = [
        ("Extension: 4123", "Extension: 999"),
        ("temp.WAV", "temp.gsm"),
    ];
    put(&genuine(4, &foreign));
    put(b"From: a@b.test\r\n\r\nno attachment\r\n");
    let expected = [
        ("VMA005", 1),
        ("VMA022", 2),
        ("VMA023", 1),
        ("VMA076", 1),
        ("VMA077", 1),
    ];
    let expected: BTreeMap<String, u64> = expected
        .into_iter()
        .map(|(code, n)| (code.to_owned(), n))
        .collect();
    assert_eq!(found(&audit().status(4)), expected);
}

#[test]
fn a_voicemail_among_the_greetings_and_a_greeting_elsewhere_are_found() {
    let dovecot = dovecot();
    let mut raw = dovecot.raw("u");
    fill(&mut raw, "Greetings");
    let lost = voicemail("4123", "default", &[]);
    raw.append("Greetings", "()", DATE, &lost).ok();
    let codes = |general: &str, words: &[&str]| {
        let site = site(&dovecot, general);
        let call = site
            .vmimap("audit", &["--json", "--rule", "invisible"])
            .args(words);
        found(&call.run())
    };
    let one = |code: &str, n: u64| BTreeMap::from([(code.to_owned(), n)]);
    assert_eq!(
        codes(OWN_FOLDER, &[]),
        one("VMA052", 1),
        "the voicemail is heard by nobody"
    );
    let elsewhere = codes("imapgreetings=no", &["--all-folders"]);
    assert_eq!(elsewhere.get("VMA054"), Some(&4), "{elsewhere:?}");
    assert_eq!(elsewhere.get("VMA052"), Some(&1), "{elsewhere:?}");
    assert_eq!(elsewhere.get("VMA067"), None, "{elsewhere:?}");
}

#[test]
fn greetings_among_the_messages_are_one_finding_each_and_no_repair_takes_them() {
    let dovecot = dovecot();
    let site = site(&dovecot, "imapgreetings=yes");
    let mut raw = dovecot.raw("u");
    fill(&mut raw, "INBOX");
    // Twice, octet for octet: a message would be removed once.
    let twice = genuine(
        2,
        &[("X-Asterisk-VM-Orig-time: 17", "X-Asterisk-VM-Orig-time: 11")],
    );
    raw.append("INBOX", "(\\Seen)", DATE, &twice).ok();
    let ran = site
        .vmimap("audit", &["--json", "--ignore", "VMA039"])
        .run()
        .status(4);
    assert_eq!(found(&ran).get("VMA067"), Some(&5), "{}", ran.stdout);
    assert_eq!(found(&ran).get("VMA076"), Some(&1), "{}", ran.stdout);
    assert_eq!(found(&ran).get("VMA063"), None, "{}", ran.stdout);
    site.vmimap("audit", &["--fix", "--yes"]).run();
    assert_eq!(raw.message_count("INBOX"), 6);
}

#[test]
fn the_folder_of_the_greetings_is_no_trash() {
    let dovecot = dovecot();
    let site = site(&dovecot, OWN_FOLDER);
    let mut raw = dovecot.raw("u");
    fill(&mut raw, "Greetings");
    let words = ["4123", "--state", "old", "--yes", "--trash", "Greetings"];
    let ran = site.vmimap("expunge", &words).run().status(3);
    let says = "greetings lie in it, so it cannot be the trash";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    assert_eq!(raw.message_count("INBOX"), 1);
    assert_eq!(raw.message_count("Greetings"), 4);
}
