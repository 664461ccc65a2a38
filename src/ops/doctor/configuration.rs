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
    let exposed = conf.exposed();
    checks.extend(conf.notices.iter().chain(&exposed).map(|notice| {
        let topic = match notice.code {
            "VMC013" | "VMC036" => "cut",
            "VMC025" => "ignored",
            "VMC042" => "passwords",
            _ => "line",
        };
        Check::of_notice(GROUP, topic, notice)
    }));
    checks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voicemail::conf::LoadOptions;

    #[test]
    fn truncations_and_ignored_mailboxes_are_repeated_with_their_own_codes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("voicemail.conf");
        let long = "x".repeat(64);
        let text = format!("[general]\nimapfolder={long}\n[a]\n1 => 1,,,,imapuser=u\n2 => 1\n");
        std::fs::write(&path, text).unwrap();
        let conf = crate::voicemail::conf::load(&path, &LoadOptions::default()).unwrap();
        let checks = check(&conf, "voicemail.conf");
        assert_eq!(
            checks[0].text,
            "1 of 2 mailboxes are seen by Asterisk's IMAP build"
        );
        let found: Vec<_> = checks[1..].iter().map(|c| (c.topic, c.code)).collect();
        assert!(found.contains(&("cut", Some("VMC013"))), "{found:?}");
        assert!(found.contains(&("ignored", Some("VMC025"))), "{found:?}");
    }
}
