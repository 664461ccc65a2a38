//! The steps that look at what is there, limit it and mend it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::support;
use super::site::{ADA, Site, without};
use super::subjects::{LIMIT_KIB, LIMIT_MESSAGES, UNLIMITED};
use support::audit::{DATE, codes, voicemail};
use support::fixtures::GenuineSpool;

/// What the recorded spool itself has to be remarked on: a name with a semicolon, a forwarded
/// message with the id of the original, and recordings that sound alike.
const KNOWN: [(&str, u64); 3] = [("VMA041", 1), ("VMA064", 1), ("VMA069", 9)];

pub fn audit(site: &mut Site) -> String {
    let before = site.everything();
    let ran = site.vmimap(&["audit", "--audio", "--json"]).run();
    let ran = ran.status(4);
    let known = KNOWN.map(|(code, count)| (code.to_owned(), count));
    assert_eq!(codes(&ran), BTreeMap::from(known), "{}", ran.stdout);
    assert_eq!(ran.count("other_mail"), site.foreign.len() as u64);
    assert_eq!(site.everything(), before);
    "no error".to_owned()
}

pub fn list(site: &mut Site) -> String {
    let ran = site.vmimap(&["list", "--json"]).run().status(0);
    let lines = ran.json();
    for account in GenuineSpool::accounts() {
        let mailbox = format!("{}@{}", account.extension, account.context);
        let is_it = |line: &&Value| line["type"] == "mailbox" && line["mailbox"] == mailbox;
        let line = lines.iter().find(is_it).expect("a line for each mailbox");
        let count = |list: &str| line["lists"][list].as_u64().unwrap_or(0);
        let counts = site.counts(&account);
        assert_eq!(
            [count("new"), count("urgent"), count("old")],
            [counts.new, counts.urgent, counts.old].map(|n| n as u64),
            "{mailbox}"
        );
        let mut raw = site.raw(&account.user);
        for name in ["Work", "Family", "Friends"] {
            let there = raw.message_count(&site.folder(name));
            assert_eq!(
                count(&name.to_lowercase()),
                there as u64,
                "{mailbox} {name}"
            );
        }
    }
    format!("{} messages", ran.count("messages"))
}

pub fn quota(site: &mut Site) -> String {
    let ran = site.vmimap(&["quota", "--json"]).run().status(0);
    assert_eq!(ran.count("mailboxes_failed"), 0);
    let mut names = Vec::new();
    for account in GenuineSpool::accounts() {
        let limited = site.subject.limited && account.user != UNLIMITED;
        let lines = ran.json();
        let is_it = |line: &&Value| {
            let of = line["account"].as_str().unwrap_or_default();
            line["type"] == "root" && of.starts_with(&format!("{}@", account.user))
        };
        let root = lines.iter().find(is_it).expect("a root of each account");
        let limits = limits(root);
        if !limited {
            assert_eq!(limits, [], "{}", account.user);
            continue;
        }
        let reply = site.raw(&account.user).command("GETQUOTAROOT INBOX").ok();
        for (name, used, limit) in &limits {
            let pair = format!("{name} {used} {limit}");
            assert!(reply.text().contains(&pair), "{pair} in {}", reply.text());
        }
        let only: Vec<(&str, u64)> = limits.iter().map(|(n, _, l)| (n.as_str(), *l)).collect();
        assert_eq!(only, [("STORAGE", LIMIT_KIB), ("MESSAGE", LIMIT_MESSAGES)]);
        names.push(root["root"].as_str().unwrap().to_owned());
    }
    names.dedup();
    match names.first() {
        Some(name) => format!("root `{name}`"),
        None => "no limits".to_owned(),
    }
}

/// Name, use and limit of a root's resources, as JSON tells them.
fn limits(root: &Value) -> Vec<(String, u64, u64)> {
    let resources = root["resources"].as_array().into_iter().flatten();
    let limits = resources.map(|resource| {
        let number = |key: &str| resource[key].as_u64().unwrap();
        let name = resource["name"].as_str().unwrap().to_owned();
        (name, number("used"), number("limit"))
    });
    limits.collect()
}

pub fn quota_set(site: &mut Site) -> String {
    let before = site.raw(ADA).command("GETQUOTAROOT INBOX").text();
    let words = [
        "quota",
        "set",
        "4123@default",
        "--storage",
        "20M",
        "--yes",
        "--json",
    ];
    let call = site.vmimap(&words);
    let (admin, password) = match site.subject.limits {
        Ok(admin) => admin,
        Err(words) => {
            let ran = call.run();
            assert_eq!(ran.status, 3, "{ran:?}");
            assert!(ran.stdout.contains(words), "{words:?} in {}", ran.stdout);
            let after = site.raw(ADA).command("GETQUOTAROOT INBOX").text();
            assert_eq!(before, after);
            return format!("refused: {words}");
        }
    };
    let call = call.args(&["--as-admin", admin]);
    call.env("VMIMAP_PASSWORD", password).run().status(0);
    let after = site.raw(ADA).command("GETQUOTAROOT INBOX").ok().text();
    let expected = before.replace(&format!(" {LIMIT_KIB} "), " 20480 ");
    assert_eq!(after, expected);
    "by the administrator".to_owned()
}

/// A message Asterisk would misread, among others: it is stored anew and the old one removed.
pub fn fix(site: &mut Site) -> String {
    const NAME: &str = "X-Asterisk-VM-Caller-ID-Name: ";
    let before = site.raw(ADA).messages("INBOX");
    let sound = voicemail("4123", "default", 7);
    let line = sound.find(NAME).unwrap();
    let end = line + sound[line..].find("\r\n").unwrap() + 2;
    let faulty = format!("{}{}", &sound[..line], &sound[end..]);
    site.raw(ADA)
        .append("INBOX", "(\\Seen)", DATE, faulty.as_bytes())
        .ok();
    let words = ["audit", "4123@default", "--json"];
    let found = site.vmimap(&words).run().status(4);
    assert_eq!(found.count("errors"), 1, "{}", found.stdout);
    let fixed = site.vmimap(&words).args(&["--fix", "--yes"]).run();
    let fixed = fixed.status(0).summary();
    assert_eq!(
        (&fixed["repairs"]["planned"], &fixed["repairs"]["done"]),
        (&1.into(), &1.into())
    );
    let after = site.raw(ADA).messages("INBOX");
    let known: Vec<u32> = before.iter().map(|message| message.uid).collect();
    let new = without(&after, &known);
    assert_eq!(without(&after, &[new[0].uid]), before);
    assert_eq!(new.len(), 1);
    assert_eq!(new[0].flags, ["\\Seen"]);
    assert!(
        DATE.contains(new[0].internal_date.trim()),
        "{}",
        new[0].internal_date
    );
    assert!(String::from_utf8_lossy(&new[0].body).contains(NAME));
    site.vmimap(&words).run().status(0);
    "1 message".to_owned()
}
