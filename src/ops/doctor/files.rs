//! Files in the spool that Asterisk's IMAP storage would play in place of messages.

use std::time::SystemTime;

use super::catalogue as code;
use super::check::{Check, Group};
use crate::ops::words::plural;
use crate::spool::{Leftover, Spool};
use crate::voicemail::vmbox::VoicemailBox;

const GROUP: Group = Group::Spool;
const TOPIC: &str = "left-over";

/// Looks for message files of these boxes.
pub(super) fn check(spool: &Spool, boxes: &[VoicemailBox]) -> Vec<Check> {
    let mut checks = Vec::new();
    let now = SystemTime::now();
    for vmbox in boxes {
        let found = spool.leftovers(vmbox, now);
        for notice in &found.notices {
            let text = format!("{} [{}]", notice.message, notice.code);
            let row = &code::SPOOL_UNREADABLE;
            checks.push(Check::finding(
                row,
                GROUP,
                TOPIC,
                notice.place.clone(),
                text,
            ));
        }
        for (row, count) in [
            (&code::SHADOWING, (|one| one.whole) as fn(&Leftover) -> u64),
            (&code::CRASH_LEFTOVER, |one| one.half),
            (&code::BEING_PLAYED, |one| one.young),
        ] {
            let some: Vec<String> = found
                .folders
                .iter()
                .filter(|one| count(one) > 0)
                .map(|one| format!("{} in {}", count(one), one.folder))
                .collect();
            if !some.is_empty() {
                let text = format!("message files: {}", some.join(", "));
                checks.push(Check::finding(row, GROUP, TOPIC, vmbox.to_string(), text));
            }
        }
    }
    if checks.is_empty() {
        let root = spool.root().display().to_string();
        let boxes = plural(boxes.len(), "mailbox", "mailboxes");
        let text = format!("no message files of {boxes}");
        checks.push(Check::pass(GROUP, TOPIC, root, text));
    }
    checks
}
