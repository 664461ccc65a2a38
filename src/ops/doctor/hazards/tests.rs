//! What voicemail.conf alone tells, as a table of lines and codes.

use super::*;
use crate::ops::account::Overrides;
use crate::ops::doctor::check::Verdict;
use crate::ops::doctor::door::{Origins, doors};
use crate::voicemail::conf::{self, LoadOptions};

fn checks(general: &str, mailboxes: &str) -> Vec<Check> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("voicemail.conf");
    let text = format!("[general]\n{general}\n[a]\n{mailboxes}\n");
    std::fs::write(&path, text).unwrap();
    let conf = conf::load(&path, &LoadOptions::default()).unwrap();
    let boxes = conf.mailboxes.iter().map(|one| one.vmbox.clone()).collect();
    let overrides = Overrides::default();
    let groups = fleet::with_neighbours(&conf, &overrides, boxes);
    let doors = doors(&conf, &overrides, &Origins::default(), &groups);
    check(&conf, &groups, &doors)
}

fn codes(general: &str, mailboxes: &str) -> Vec<&'static str> {
    let all = checks(general, mailboxes);
    all.iter().filter_map(|check| check.code).collect()
}

const TWO: &str = "200 => 1,,,,imapuser=u|imappassword=p\n31 => 1,,,,imapuser=v|imappassword=p";
const SHARED: &str = "200 => 1,,,,imapuser=u|imappassword=p\n31 => 1,,,,imapuser=u|imappassword=p";

#[test]
fn a_sound_configuration_has_no_findings_and_says_what_was_looked_at() {
    let all = checks("", TWO);
    assert!(all.iter().all(|c| c.verdict == Verdict::Pass), "{all:?}");
    let topics: Vec<&str> = all.iter().map(|c| c.topic).collect();
    assert_eq!(topics, ["cross-talk", "timeouts", "connections"]);
    assert!(
        all[2].text.starts_with("up to 2 from Asterisk"),
        "{}",
        all[2].text
    );
}

#[test]
fn each_trap_has_its_code() {
    for (general, mailboxes, expected) in [
        ("imapreadtimeout=0", TWO, &["VMD060"][..]),
        ("imapopentimeout=-5", TWO, &["VMD060"]),
        ("imapwritetimeout=121", TWO, &["VMD061"]),
        ("imapclosetimeout=120", TWO, &[]),
        ("maxmsg=0", TWO, &["VMD065"]),
        ("imapflags=readonly", TWO, &["VMD064"]),
        ("imapparentfolder=INBOX", TWO, &["VMD042"]),
        ("imapgreetings=yes", TWO, &["VMD055"]),
        ("imapgreetings=yes\ngreetingsfolder=Greetings", TWO, &[]),
        // INBOX is one folder in any case of letters; another name is not.
        ("imapgreetings=yes\ngreetingsfolder=inbox", TWO, &["VMD055"]),
        ("imapgreetings=yes\ngreetingsfolder=", TWO, &["VMD055"]),
        (
            "imapgreetings=yes\ngreetingsfolder=\nimapfolder=Voice",
            TWO,
            &[],
        ),
        (
            "imapgreetings=yes\ngreetingsfolder=voice\nimapfolder=Voice",
            TWO,
            &[],
        ),
        ("greetingsfolder=INBOX", TWO, &[]),
        (
            "imapgreetings=yes\ngreetingsfolder=Greetings",
            SHARED,
            &["VMD056"],
        ),
        (
            "",
            "1 => 1,,,,imapuser=u|imappassword=p|imapfolder=Voice",
            &["VMD043"],
        ),
        (
            "imapfolder=Voice",
            "1 => 1,,,,imapuser=u|imappassword=p|imapfolder=Voice",
            &[],
        ),
    ] {
        assert_eq!(
            codes(general, mailboxes),
            expected,
            "{general}\n{mailboxes}"
        );
    }
}

#[test]
fn cross_talk_is_one_finding_a_phone_however_many_it_sees() {
    let lines: Vec<String> = ["1", "11", "12", "13", "14"]
        .iter()
        .map(|n| format!("{n} => 1,,,,imapuser=u|imappassword=p"))
        .collect();
    let all = checks("", &lines.join("\n"));
    let talk: Vec<&Check> = all.iter().filter(|c| c.topic == "cross-talk").collect();
    assert_eq!(talk.len(), 1);
    assert_eq!(
        (talk[0].code, talk[0].subject.as_str()),
        (Some("VMD053"), "1@a")
    );
    assert!(
        talk[0].text.ends_with("11@a, 12@a, 13@a, 1 more"),
        "{}",
        talk[0].text
    );
    let apart = "20 => 1,,,,imapuser=u|imappassword=p|imapfolder=X\n\
                 200 => 1,,,,imapuser=u|imappassword=p|imapfolder=Y";
    assert!(codes("", apart).contains(&"VMD054"));
}

#[test]
fn an_account_of_many_mailboxes_may_need_too_many_connections() {
    let many = |n: u32| {
        let line = |n| format!("{} => 1,,,,imapuser=u|imappassword=p\n", 1000 + n);
        (0..n).map(line).collect::<Vec<_>>().concat()
    };
    assert_eq!(codes("", &many(10)), [""; 0]);
    assert_eq!(codes("", &many(11)), ["VMD062"]);
}

#[test]
fn delimiters_that_differ_matter_only_below_a_parent_folder() {
    let conf = |general: &str| {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("voicemail.conf");
        std::fs::write(&path, format!("[general]\n{general}\n")).unwrap();
        conf::load(&path, &LoadOptions::default()).unwrap()
    };
    let known = [("a:143", Some('.')), ("b:143", Some('/'))];
    assert!(delimiters(&conf(""), &known).is_none());
    let parent = conf("imapparentfolder=INBOX");
    assert!(delimiters(&parent, &known[..1]).is_none());
    let found = delimiters(&parent, &known).unwrap();
    assert_eq!(found.text, ". on a:143, / on b:143");
}
