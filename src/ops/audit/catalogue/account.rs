//! Rules about where a message lies, whose it is, and about accounts and spool as a whole.

use super::Kind::{Crash, Invisible, Mixup, Orphan, Privacy, Unclear};
use super::{Level, Rule};
use crate::voicemail::notice::Severity::{Error, Info, Warning};

/// Extension or context is missing.
pub static NOT_FOUND: Rule = Rule::new(
    "VMA050",
    Error,
    Invisible,
    "Extension or Context is missing",
)
.expected("X-Asterisk-VM-Extension and X-Asterisk-VM-Context, each with a value")
.asterisk("searches for both: the message is never counted and never played")
.cure("store the message again with both headers");

/// The mailbox's phone never opens this account or folder.
pub static WRONG_ACCOUNT: Rule = Rule::new(
    "VMA051",
    Error,
    Invisible,
    "the message's mailbox lives in another account",
)
.expected("the message in the account of the mailbox that its headers name")
.asterisk("opens another account for that mailbox: never counted, never played there")
.cure("move the message to that account, or correct imapuser or the message's headers");

/// A folder no phone opens.
pub static CLOSED_FOLDER: Rule = Rule::new(
    "VMA052",
    Error,
    Invisible,
    "the message lies in a folder that Asterisk never opens",
)
.expected(
    "imapfolder (new, old and urgent), or Work, Family, Friends, Cust1 to Cust5 as named there",
)
.asterisk(
    "knows no folder Old or Urgent in IMAP, and opens the others only where imapparentfolder says",
)
.cure("audit --fix moves it where its folder's name says: from Old to imapfolder with \\Seen");

/// Marked as deleted.
pub static DELETED: Rule = Rule::new("VMA053", Info, Invisible, "marked as deleted")
    .expected("no \\Deleted, unless the message is to go")
    .asterisk("does not count it, and removes it with the next EXPUNGE")
    .cure("nothing; it goes when somebody leaves a voicemail or deletes one");

/// Two mailboxes in one account.
pub static CROSS_TALK: Rule = Rule::new(
    "VMA060",
    Error,
    Mixup,
    "a mailbox's number or context is part of another's in the same account",
)
.expected("an account or an imapfolder for each, or names of which none holds another")
.asterisk("searches by substring: it counts, plays and deletes the other's messages too")
.cure("give each mailbox an account or an imapfolder of its own");

/// Header and flag disagree.
pub static URGENT: Rule = Rule::new(
    "VMA061",
    Warning,
    Mixup,
    "Flag header and \\Flagged disagree",
)
.expected("Urgent in the header and \\Flagged, or neither")
.asterisk("counts by \\Flagged and says the header's word")
.cure("audit --fix goes by the header; mail programs show \\Flagged as a star");

/// Shared greetings.
pub static SHARED_GREETINGS: Rule =
    Rule::new("VMA062", Error, Mixup, "mailboxes share their greetings")
        .expected("an account for each mailbox with imapgreetings=yes")
        .asterisk("finds greetings by file name only: recording one replaces the other mailbox's")
        .cure("give each mailbox an account of its own, or set imapgreetings=no");

/// Twice in one folder.
pub static DUPLICATE: Rule = Rule::new(
    "VMA063",
    Warning,
    Mixup,
    "a message lies twice in a folder",
)
.expected("each Message-ID once in a folder")
.asterisk("counts and plays both; a mailbox with an imapfolder of its own gets such copies by 9, 0")
.cure("audit --fix duplicates removes the later one, if it is the same octet for octet");

/// The same `msg_id` in messages that are not copies.
pub static SAME_MSG_ID: Rule = Rule::new(
    "VMA064",
    Warning,
    Mixup,
    "two different messages have one X-Asterisk-VM-Message-ID",
)
.expected("an id of its own for each message")
.asterisk("plays both")
.cure("compare them: the same voicemail may have been stored twice, by two tools");

/// One voicemail under two Message-IDs.
pub static STORED_TWICE: Rule = Rule::new(
    "VMA065",
    Warning,
    Mixup,
    "two messages hold the same recording, left at the same moment",
)
.level(Level::Audio)
.expected("each voicemail once")
.asterisk("counts and plays both")
.cure("compare them: two tools may have stored the same voicemail; remove one");

/// Asterisk's own copy.
pub static SAVED_COPY: Rule = Rule::new(
    "VMA066",
    Info,
    Mixup,
    "a copy in another folder, as the phone's save makes",
)
.expected("nothing else: Asterisk copies and does not move")
.asterisk("leaves the original in imapfolder, as old")
.cure("nothing; delete the one that is not wanted");

/// A greeting among voicemail.
pub static GREETING_AMONG: Rule = Rule::new(
    "VMA067",
    Warning,
    Mixup,
    "a greeting lies among the voicemail",
)
.expected("greetings in a folder of their own (greetingsfolder)")
.asterisk("counts and plays it as a message, and lets the owner delete it")
.cure("set greetingsfolder, and record the greeting again");

/// Spool files in front of IMAP.
pub static SHADOWED: Rule = Rule::new(
    "VMA068",
    Error,
    Mixup,
    "message files in the spool stand in front of IMAP's messages",
)
.level(Level::Spool)
.expected("no msgNNNN files in the spool while IMAP holds the voicemail")
.asterisk("plays the file in the place of IMAP's message, then removes the file")
.cure("migrate what is not in IMAP yet; vmimap retire then moves the files away (greetings stay)");

/// The same recording at another time.
pub static SAME_AUDIO: Rule = Rule::new(
    "VMA069",
    Info,
    Mixup,
    "two messages of different times hold the same recording",
)
.level(Level::Audio)
.expected("a recording of its own for each message of a mailbox")
.asterisk("counts and plays both")
.cure("nothing, as a rule: machines that call, and forwarded messages, sound alike");

/// Nobody's message.
pub static NOBODYS: Rule = Rule::new(
    "VMA070",
    Warning,
    Orphan,
    "the message belongs to no mailbox of voicemail.conf",
)
.expected("a mailbox of that number and context in voicemail.conf")
.asterisk("shows it to nobody, or by substring to somebody else")
.cure("add the mailbox to voicemail.conf, or have the message removed");

/// An account of the server that no mailbox uses.
pub static UNUSED_ACCOUNT: Rule = Rule::new(
    "VMA071",
    Info,
    Orphan,
    "no mailbox of voicemail.conf uses this account",
)
.level(Level::Accounts)
.expected("an imapuser for each account that is for voicemail")
.asterisk("never opens it")
.cure("nothing if it is for mail only; else add a mailbox, or remove the account");

/// A mailbox whose account the server does not have.
pub static NO_SUCH_ACCOUNT: Rule =
    Rule::new("VMA072", Error, Orphan, "the server has no such account")
        .level(Level::Accounts)
        .expected("an account on the server for each imapuser")
        .asterisk("cannot log in: the mailbox counts 0 messages, and callers' messages are lost")
        .cure("make the account, or correct imapuser");

/// A directory of the spool that is no mailbox.
pub static UNKNOWN_DIRECTORY: Rule = Rule::new(
    "VMA073",
    Warning,
    Orphan,
    "a spool directory belongs to no mailbox of voicemail.conf",
)
.level(Level::Spool)
.expected("a mailbox in voicemail.conf for each directory CONTEXT/MAILBOX")
.asterisk("does not look at it")
.cure("add the mailbox, or move the directory away");

/// A mailbox that the IMAP build ignores.
pub static NO_IMAP_OPTION: Rule =
    Rule::new("VMA074", Warning, Orphan, "the mailbox has no imap option")
        .expected("imapuser=... among the mailbox's options")
        .asterisk("has no such mailbox in its IMAP build: callers get no voicemail")
        .cure("give it an imapuser, or remove it from voicemail.conf");

/// The peer's name.
pub static CALLER_CHANNEL: Rule = Rule::new("VMA080", Warning, Privacy, "a Caller-channel header")
    .expected("none: Asterisk has not written it since 2016")
    .asterisk("does not read it; mail programs show their users the names of your peers")
    .cure("nothing is broken; Asterisks before 2016 wrote it into every message");

/// More than `maxmsg` in a list.
pub static OVERFULL: Rule = Rule::new(
    "VMA004",
    Error,
    Crash,
    "more messages in a folder than maxmsg",
)
.expected("at most maxmsg messages in new, urgent and old together, and in each of Work, Family and the like")
.asterisk("may end when the last one is played, or would once all have been heard: it writes past an array of maxmsg")
.cure("raise maxmsg, or have messages removed");

/// Other mail among the greetings.
pub static MAIL_AMONG_GREETINGS: Rule = Rule::new(
    "VMA005",
    Error,
    Crash,
    "the greetings folder holds mail without an attachment",
)
.expected("nothing but greetings there")
.asterisk("ends when somebody records a greeting; playing greetings stops at it")
.cure("move the mail to another folder");

/// Half a message in the spool.
pub static HALF_MESSAGE: Rule = Rule::new(
    "VMA006",
    Error,
    Crash,
    "half-written message files in the spool",
)
.level(Level::Spool)
.expected("no msgNNNN files without their other half")
.asterisk("ends when the message in that position is played, again and again")
.cure("remove them while Asterisk is stopped; a crash left them");

/// A directory of the spool that cannot be read.
pub static SPOOL_NOT_READ: Rule = Rule::new(
    "VMA093",
    Error,
    Unclear,
    "a directory of the spool cannot be read",
)
.level(Level::Spool)
.expected("directories that the user who runs vmimap may read")
.asterisk("reads them, as a rule")
.cure("run as a user who may read the whole spool, usually asterisk or root");

/// A structure that says nothing.
pub static NO_STRUCTURE: Rule = Rule::new(
    "VMA095",
    Error,
    Unclear,
    "the server's account of the message's parts cannot be understood",
)
.expected("a BODYSTRUCTURE (RFC 3501)")
.asterisk("sees the same, and may end")
.cure("look at the message with a mail program; --audio reads it whole");

/// A header block too long to look at.
pub static LONG_HEADER: Rule = Rule::new(
    "VMA096",
    Warning,
    Unclear,
    "the header is too long; only its beginning was looked at",
)
.expected("at most 64 KiB of header")
.asterisk("reads all of it, wherever the value stands")
.cure("look at the message: voicemail has no such header");

/// A date that cannot be read.
pub static NO_DATE: Rule = Rule::new(
    "VMA097",
    Warning,
    Unclear,
    "the server's date of the message (INTERNALDATE) cannot be read",
)
.expected("a date (RFC 3501)")
.asterisk("does not look at it; policies that go by it cannot judge the message")
.cure("repair the mailbox with the server's own tool");

/// A folder that cannot be read.
pub static CLOSED_TO_US: Rule = Rule::new(
    "VMA098",
    Error,
    Unclear,
    "a folder could not be opened; its messages are not among those counted",
)
.expected("a folder that LIST shows can be opened")
.asterisk("may fare alike")
.cure("the server's words say why; rights, as a rule");

/// An answer that was not understood, or a message that did not come.
pub static NOT_READ: Rule = Rule::new(
    "VMA099",
    Error,
    Unclear,
    "the server's answer could not be understood; not all messages were looked at",
)
.expected("an answer as in RFC 3501 for every message")
.asterisk("may fare alike")
.cure("repair the mailbox with the server's own tool, then look again");

/// Marks that are off.
pub static LIFTED: Rule = Rule::new(
    "VMA075",
    Error,
    Mixup,
    "others' messages lack the \\Deleted that a cut run of expunge has taken off",
)
.expected("every mark back that --lift-foreign-marks has taken off")
.asterisk("leaves the messages alone that their owner wanted to go")
.cure("any run of vmimap expunge or expire puts it back first");

/// The rules about places, by code.
pub static RULES: &[&Rule] = &[
    &NOT_FOUND,
    &WRONG_ACCOUNT,
    &CLOSED_FOLDER,
    &DELETED,
    &CROSS_TALK,
    &URGENT,
    &SHARED_GREETINGS,
    &DUPLICATE,
    &SAME_MSG_ID,
    &STORED_TWICE,
    &SAVED_COPY,
    &GREETING_AMONG,
    &SHADOWED,
    &SAME_AUDIO,
    &NOBODYS,
    &UNUSED_ACCOUNT,
    &NO_SUCH_ACCOUNT,
    &UNKNOWN_DIRECTORY,
    &NO_IMAP_OPTION,
    &LIFTED,
    &CALLER_CHANNEL,
    &OVERFULL,
    &MAIL_AMONG_GREETINGS,
    &HALF_MESSAGE,
];

/// The rules about what could not be judged, by code.
pub static UNCLEAR: &[&Rule] = &[
    &SPOOL_NOT_READ,
    &NO_STRUCTURE,
    &LONG_HEADER,
    &NO_DATE,
    &CLOSED_TO_US,
    &NOT_READ,
];
