//! The rules about greetings in IMAP (`imapgreetings=yes`).

use super::Kind::{Invisible, Mixup, Unplayable};
use super::Rule;
use crate::voicemail::notice::Severity::{Error, Warning};

/// A greeting whose recording is called something else.
pub static NAME: Rule = Rule::new(
    "VMA022",
    Error,
    Unplayable,
    "a greeting's recording is not called unavail, busy, greet or temp",
)
.expected("a second part whose first Content-Type parameter is name=\"unavail.WAV\" or its like")
.asterisk("finds greetings by that name alone: it is never played")
.cure("record the greeting again, and delete this one");

/// A greeting whose name tells no format.
pub static FORMAT: Rule = Rule::new(
    "VMA023",
    Error,
    Unplayable,
    "a greeting's recording has a name without a format that Asterisk plays",
)
.expected("WAV, gsm, wav or another format of Asterisk behind the name's first dot")
.asterisk("takes it for the greeting, and plays nothing")
.cure("record the greeting again: Asterisk then removes this one");

/// A greeting in another folder than Asterisk's.
pub static UNUSED: Rule = Rule::new(
    "VMA054",
    Warning,
    Invisible,
    "a greeting lies where Asterisk does not look for greetings",
)
.expected("imapgreetings=yes, and greetings in greetingsfolder")
.asterisk("plays the greetings of greetingsfolder; with imapgreetings=no, the files of the spool")
.cure("move it to greetingsfolder, or delete it");

/// Several of one name.
pub static TWICE: Rule = Rule::new(
    "VMA076",
    Warning,
    Mixup,
    "several greetings of one name lie in the greetings folder",
)
.expected("one of each name")
.asterisk("plays the first; recording one anew removes all")
.cure("delete those that are not wanted, or record the greeting again");

/// A greeting that names a mailbox of another account.
pub static OF_OTHERS: Rule = Rule::new(
    "VMA077",
    Warning,
    Mixup,
    "a greeting names a mailbox that does not live in this account",
)
.expected("greetings of the account's own mailboxes")
.asterisk("looks at no header: it plays it to the callers of this account's mailboxes")
.cure("move it to that mailbox's account, or delete it");

/// These rules, by code.
pub static RULES: &[&Rule] = &[&NAME, &FORMAT, &UNUSED, &TWICE, &OF_OTHERS];
