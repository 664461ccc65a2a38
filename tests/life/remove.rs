//! The steps that remove, or would.

use super::site::{ADA, Site, without};

/// Heard messages go, while the same INBOX holds mail that somebody else has marked as deleted.
pub fn expunge(site: &mut Site) -> String {
    let before = site.everything();
    let mut raw = site.raw(ADA);
    raw.command("EXAMINE INBOX").ok();
    let heard = "UNDELETED SEEN HEADER X-Asterisk-VM-Extension 4123";
    let reply = raw.command(&format!("UID SEARCH {heard}")).ok().text();
    let line = reply.lines().find_map(|line| line.strip_prefix("* SEARCH"));
    let uids: Vec<u32> = line
        .unwrap()
        .split_whitespace()
        .map(|uid| uid.parse().unwrap())
        .collect();
    assert_eq!(uids.len(), 2, "{reply}");
    let words = [
        "expunge",
        "4123@default",
        "--state",
        "old",
        "--yes",
        "--json",
    ];
    let ran = site.vmimap(&words).run().status(0);
    assert_eq!(ran.count("removed"), 2, "{}", ran.stdout);
    assert_eq!(ran.count("marked_by_others"), 2, "{}", ran.stdout);
    let mut expected = before;
    let inbox = expected
        .get_mut(&(ADA.to_owned(), "INBOX".to_owned()))
        .unwrap();
    *inbox = without(inbox, &uids);
    assert_eq!(site.everything(), expected);
    "2 messages".to_owned()
}

pub fn expire(site: &mut Site) -> String {
    let before = site.everything();
    let words = [
        "expire",
        "--keep-newest",
        "1",
        "--unheard-too",
        "-n",
        "--json",
    ];
    let ran = site.vmimap(&words).run().status(0);
    let planned = ran.count("planned");
    assert!(planned > 0);
    assert_eq!(ran.count("removed"), 0);
    assert_eq!(site.everything(), before);
    format!("{planned} messages")
}
