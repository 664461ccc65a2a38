//! The codes of what a listing remarks on by itself (`docs/findings.md`).

use crate::voicemail::notice::{CodeRow, Severity};

/// A phone shows messages of another mailbox.
pub const CROSS_TALK: CodeRow = CodeRow {
    code: "VML001",
    severity: Severity::Warning,
    title: "a phone also shows messages of another mailbox",
    cure: "give each mailbox an account or an imapfolder of its own: Asterisk searches by substring",
};

/// Messages where the phone never looks.
pub const STRANDED: CodeRow = CodeRow {
    code: "VML002",
    severity: Severity::Warning,
    title: "messages lie in a folder that the phone never opens",
    cure: "move them to imapfolder; heard ones there are what the phone calls old",
};

/// Voicemail of a box that voicemail.conf does not have.
pub const NOBODYS: CodeRow = CodeRow {
    code: "VML003",
    severity: Severity::Warning,
    title: "voicemail belongs to no mailbox of voicemail.conf in this account",
    cure: "look whether a mailbox was renumbered, moved or removed",
};

/// A message of which nobody can say whose it is.
pub const WHOSE: CodeRow = CodeRow {
    code: "VML004",
    severity: Severity::Error,
    title: "a message's header is too long to tell whose it is",
    cure: "look at the message; no Asterisk writes such a header",
};

/// Messages without a time, where times decide.
pub const UNDATED: CodeRow = CodeRow {
    code: "VML005",
    severity: Severity::Warning,
    title: "messages without a readable Orig-time are listed whatever --since and --until say",
    cure: "",
};

/// Mailboxes that the IMAP build does not see.
pub const IGNORED: CodeRow = CodeRow {
    code: "VML006",
    severity: Severity::Info,
    title: "mailboxes without an imap option are not listed",
    cure: "Asterisk's IMAP build ignores them; give them an imapuser",
};

/// Greetings among the messages.
pub const GREETINGS: CodeRow = CodeRow {
    code: "VML007",
    severity: Severity::Warning,
    title: "greetings lie among the messages, where the phone counts and plays them",
    cure: "set greetingsfolder in voicemail.conf, and record them again",
};

/// Every code, in order.
pub const CATALOGUE: &[CodeRow] = &[
    CROSS_TALK, STRANDED, NOBODYS, WHOSE, UNDATED, IGNORED, GREETINGS,
];
