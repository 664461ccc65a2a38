//! What stands in voicemail.conf: the remarks of its reader, repeated here with their own codes.

use super::check::{Check, Group};
use crate::voicemail::conf::VoicemailConf;

const GROUP: Group = Group::Configuration;

/// Repeats the remarks, and says which mailboxes Asterisk's IMAP build sees.
pub(super) fn check(conf: &VoicemailConf, file: &str) -> Vec<Check> {
    let all = conf.mailboxes.len();
    let seen = conf
        .mailboxes
        .iter()
        .filter(|one| conf.seen_by_imap_build(one))
        .count();
    let text = format!("{seen} of {all} mailboxes are seen by Asterisk's IMAP build");
    let mut checks = vec![Check::pass(GROUP, "mailboxes", file, text)];
    checks.extend(conf.notices.iter().map(|notice| {
        let topic = match notice.code {
            "VMC013" | "VMC036" => "cut",
            "VMC025" => "ignored",
            _ => "line",
        };
        Check::of_notice(GROUP, topic, notice)
    }));
    checks
}
