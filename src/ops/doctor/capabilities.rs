//! What a server can do, and what each of it means for voicemail.

use super::catalogue as code;
use super::check::{Check, Group};
use crate::mailstore::capability::Capabilities;
use crate::ops::octets::Octets;
use crate::ops::quota::{formats, room::message_octets};
use crate::voicemail::conf::VoicemailConf;
use crate::voicemail::notice::CodeRow;

const GROUP: Group = Group::Capabilities;

/// What an extension means where it is there, and where it is missing.
struct Meaning {
    words: &'static [&'static str],
    there: &'static str,
    missing: (&'static CodeRow, &'static str),
}

const MEANINGS: &[Meaning] = &[
    Meaning {
        words: &["UIDPLUS"],
        there: "single messages can be expunged; appended ones are known by their UID",
        missing: (&code::NO_UIDPLUS, "not announced"),
    },
    Meaning {
        words: &["LITERAL+", "LITERAL-"],
        there: "messages are sent without asking for permission first",
        missing: (
            &code::NO_EXTENSION,
            "not announced: each message costs one round trip more",
        ),
    },
    Meaning {
        words: &["MULTIAPPEND"],
        there: "migrate sends many messages in one command",
        missing: (
            &code::NO_EXTENSION,
            "not announced: migrate sends messages one by one, which takes longer",
        ),
    },
    Meaning {
        words: &["QUOTA"],
        there: "usage can be asked for, by Asterisk too: it refuses callers at the limit",
        missing: (&code::NO_QUOTA, "not announced"),
    },
    Meaning {
        words: &["NAMESPACE"],
        there: "the server tells how folder names begin",
        missing: (
            &code::NO_EXTENSION,
            "not announced: how folder names begin is guessed from the folders there are",
        ),
    },
    Meaning {
        words: &["MOVE"],
        there: "mail programs move messages; Asterisk copies all the same",
        missing: (
            &code::NO_EXTENSION,
            "not announced: mail programs move by copy and \\Deleted, and Asterisk then expunges",
        ),
    },
    Meaning {
        words: &["ESEARCH"],
        there: "short answers to searches; neither Asterisk nor vmimap needs them",
        missing: (
            &code::NO_EXTENSION,
            "not announced; neither Asterisk nor vmimap needs it",
        ),
    },
];

const LAST: &[Meaning] = &[
    Meaning {
        words: &["ACL"],
        there: "rights can be looked at and granted (vmimap provision --acl)",
        missing: (
            &code::NO_EXTENSION,
            "not announced: rights can be neither looked at nor granted",
        ),
    },
    Meaning {
        words: &["IDLE"],
        there: "mail programs see changes at once; Asterisk's lamps do not (pollmailboxes)",
        missing: (
            &code::NO_EXTENSION,
            "not announced: mail programs see changes late; Asterisk's lamps anyway (pollmailboxes)",
        ),
    },
];

/// Judges what a server announced. `logged_in` says whether that was after login, which is when
/// servers tell all of it.
pub(super) fn check(
    server: &str,
    capabilities: &Capabilities,
    logged_in: bool,
    conf: &VoicemailConf,
) -> Vec<Check> {
    if !logged_in {
        let text = "nobody could log in, and before login a server tells only a part";
        return vec![Check::skipped(GROUP, "all", server, text)];
    }
    let judged = |meaning: &Meaning| {
        let name = meaning.words.first().copied().unwrap_or_default();
        let (row, missing) = meaning.missing;
        if meaning.words.iter().any(|word| has(capabilities, word)) {
            Check::pass(GROUP, name, server, meaning.there)
        } else {
            Check::finding(row, GROUP, name, server, missing)
        }
    };
    let mut checks: Vec<Check> = MEANINGS.iter().map(judged).collect();
    checks.push(append_limit(server, capabilities, conf));
    checks.extend(LAST.iter().map(judged));
    checks
}

/// RFC 9208 servers announce `QUOTA=RES-...` beside `QUOTA`, some without it.
fn has(capabilities: &Capabilities, word: &str) -> bool {
    let variant = format!("{word}=");
    capabilities.has(word) || capabilities.iter().any(|known| known.starts_with(&variant))
}

fn append_limit(server: &str, capabilities: &Capabilities, conf: &VoicemailConf) -> Check {
    const NAME: &str = "APPENDLIMIT";
    let Some(limit) = capabilities.append_limit() else {
        let text = if capabilities.has(NAME) {
            "each folder has a limit of its own for the size of a message"
        } else {
            "no limit is announced for the size of a message"
        };
        return Check::pass(GROUP, NAME, server, text);
    };
    match largest_message(conf) {
        Some(largest) if largest > limit => {
            let text = format!(
                "{}, but a message may have {}: it would be lost while the caller hears that it was saved",
                Octets(limit),
                Octets(largest)
            );
            Check::finding(&code::APPEND_LIMIT, GROUP, NAME, server, text)
        }
        Some(largest) => {
            let text = format!(
                "{}; the longest message has {}",
                Octets(limit),
                Octets(largest)
            );
            Check::pass(GROUP, NAME, server, text)
        }
        None => {
            let text = format!("{}; maxsecs does not limit a message", Octets(limit));
            Check::pass(GROUP, NAME, server, text)
        }
    }
}

/// Octets of the largest message Asterisk stores: the longest `maxsecs` in the first format.
/// `None` where nothing limits it, or the format's rate varies.
fn largest_message(conf: &VoicemailConf) -> Option<u64> {
    let own = conf.mailboxes.iter().map(|mailbox| conf.maxsecs(mailbox));
    let mut seconds = 0;
    for limit in own {
        let limit = u64::try_from(limit).ok().filter(|&n| n > 0)?;
        seconds = seconds.max(limit);
    }
    message_octets(*formats(conf).first()?, seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voicemail::conf::LoadOptions;

    fn conf(general: &str) -> VoicemailConf {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("voicemail.conf");
        let text = format!("[general]\n{general}\n[a]\n1 => 1,,,,imapuser=u\n");
        std::fs::write(&path, text).unwrap();
        crate::voicemail::conf::load(&path, &LoadOptions::default()).unwrap()
    }

    fn codes(words: &str, general: &str) -> Vec<(&'static str, Option<&'static str>)> {
        let capabilities = Capabilities::from_words(words);
        let checks = check("s", &capabilities, true, &conf(general));
        checks.iter().map(|c| (c.topic, c.code)).collect()
    }

    #[test]
    fn every_capability_of_the_ten_is_judged_with_and_without() {
        let all = "UIDPLUS LITERAL- MULTIAPPEND QUOTA=RES-STORAGE NAMESPACE MOVE ESEARCH ACL IDLE";
        let well = codes(all, "");
        assert_eq!(well.len(), 10);
        assert!(well.iter().all(|(_, code)| code.is_none()), "{well:?}");
        let bare = codes("IMAP4rev1", "");
        let found = bare.iter().filter(|(_, code)| code.is_some()).count();
        assert_eq!(found, 9, "{bare:?}");
        assert_eq!(bare[0], ("UIDPLUS", Some("VMD030")));
        assert_eq!(bare[3], ("QUOTA", Some("VMD031")));
    }

    #[test]
    fn a_message_that_the_server_would_not_take_is_an_error() {
        let of = |general| {
            let all = codes("APPENDLIMIT=1000000", general);
            all.into_iter()
                .find(|(topic, _)| *topic == "APPENDLIMIT")
                .unwrap()
                .1
        };
        assert_eq!(of("format=wav\nmaxsecs=60"), Some("VMD033"));
        assert_eq!(of("format=wav49\nmaxsecs=300"), None);
        assert_eq!(of("format=wav49\nmaxsecs=600"), Some("VMD033"));
        assert_eq!(of("format=ulaw\nmaxsecs=120"), Some("VMD033"));
        assert_eq!(of("format=ogg\nmaxsecs=600"), None);
        assert_eq!(of("format=wav"), None);
    }

    #[test]
    fn what_is_told_before_login_is_not_judged() {
        let capabilities = Capabilities::from_words("IMAP4rev1 STARTTLS");
        let checks = check("s", &capabilities, false, &conf(""));
        assert_eq!(checks.len(), 1);
        assert_eq!(checks[0].code, None);
    }
}
