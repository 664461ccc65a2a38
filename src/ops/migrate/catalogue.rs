//! The codes of what a migration remarks on by itself (`docs/findings.md`).

use crate::voicemail::notice::{CodeRow, Severity};

/// New + old + urgent reach `maxmsg`.
pub const CALLERS_REFUSED: CodeRow = CodeRow {
    code: "VMM001",
    severity: Severity::Warning,
    title: "maxmsg will be reached",
    cure: "raise maxmsg in voicemail.conf or have messages deleted: until then Asterisk refuses callers",
};

/// One message twice in a folder.
pub const TWICE: CodeRow = CodeRow {
    code: "VMM002",
    severity: Severity::Warning,
    title: "a migrated message lies twice in a folder",
    cure: "the phone's save-to-folder copies; delete one copy where it is not wanted",
};

/// Two boxes of one account see each other's messages.
pub const CROSS_TALK: CodeRow = CodeRow {
    code: "VMM003",
    severity: Severity::Warning,
    title: "voicemail boxes sharing an account see each other's messages",
    cure: "give each box an account or an imapfolder of its own: Asterisk searches by substring",
};

/// Old goes to a folder the phone cannot see.
pub const OLD_UNSEEN: CodeRow = CodeRow {
    code: "VMM004",
    severity: Severity::Warning,
    title: "heard messages are put where the phone cannot see them",
    cure: "leave --old-as out: Asterisk takes messages that are \\Seen in imapfolder for old",
};

/// A box has messages and no entry in voicemail.conf.
pub const UNKNOWN_BOX: CodeRow = CodeRow {
    code: "VMM005",
    severity: Severity::Error,
    title: "a spool directory belongs to no mailbox of voicemail.conf",
    cure: "add the mailbox to voicemail.conf, or leave it out with --exclude",
};

/// A template uses what only a running Asterisk can evaluate.
pub const TEMPLATE_GAP: CodeRow = CodeRow {
    code: "VMM006",
    severity: Severity::Warning,
    title: "emailsubject, emailbody or fromstring uses what only a running Asterisk can evaluate",
    cure: "that piece is left out of the letter's text; headers and recording are not affected",
};

/// The zone of a mailbox is unknown here.
pub const UNKNOWN_ZONE: CodeRow = CodeRow {
    code: "VMM007",
    severity: Severity::Warning,
    title: "this system does not know a mailbox's time zone",
    cure: "install the system's zone data (tzdata) or correct [zonemessages]; UTC is used in the letter's dates",
};

/// A recording too long for Asterisk to play from IMAP.
pub const TOO_LONG_TO_PLAY: CodeRow = CodeRow {
    code: "VMM008",
    severity: Severity::Warning,
    title: "a recording is larger than Asterisk plays from IMAP",
    cure: "mail programs can play it; choose a smaller format of the same message with --format if there is one",
};

/// A locale that only Asterisk's system has.
pub const LOCALE_LEFT_OUT: CodeRow = CodeRow {
    code: "VMM009",
    severity: Severity::Info,
    title: "a mailbox's locale is not used",
    cure: "the letter's dates are in English; nothing that Asterisk reads is affected",
};

/// Greetings in IMAP without `imapgreetings`.
pub const GREETINGS_NOT_READ: CodeRow = CodeRow {
    code: "VMM010",
    severity: Severity::Warning,
    title: "Asterisk does not look for greetings in IMAP",
    cure: "set imapgreetings=yes in voicemail.conf; until then it plays the files",
};

/// Greetings in `imapfolder`.
pub const GREETINGS_AMONG_MESSAGES: CodeRow = CodeRow {
    code: "VMM011",
    severity: Severity::Warning,
    title: "greetings are stored in imapfolder, where the phone counts, plays and deletes them as voicemail",
    cure: "set greetingsfolder in voicemail.conf first",
};

/// Greetings in an account of several boxes.
pub const GREETINGS_SHARED: CodeRow = CodeRow {
    code: "VMM012",
    severity: Severity::Error,
    title: "voicemail boxes that share an account play each other's greetings; none was stored",
    cure: "give each box an account of its own; --shared-greetings stores them all the same",
};

/// Greetings that were left behind.
pub const GREETINGS_LEFT: CodeRow = CodeRow {
    code: "VMM013",
    severity: Severity::Warning,
    title: "greetings stay in the spool, where Asterisk does not look with imapgreetings=yes",
    cure: "migrate with --greetings",
};

/// Mail in front of greetings.
pub const GREETINGS_BARRED: CodeRow = CodeRow {
    code: "VMM014",
    severity: Severity::Warning,
    title: "mail without an attachment lies in the folder of the greetings",
    cure: "move it to another folder: Asterisk looks no further, and ends when a greeting is recorded",
};

/// A copy's message was deleted in the spool.
pub const GONE: CodeRow = CodeRow {
    code: "VMM020",
    severity: Severity::Info,
    title: "messages in IMAP are no longer in the spool",
    cure: "they were deleted by phone after they were copied, and would come back; vmimap migrate --prune SPOOL shows and removes them",
};

/// Which copies are without a message cannot be said.
pub const GONE_UNKNOWN: CodeRow = CodeRow {
    code: "VMM021",
    severity: Severity::Error,
    title: "it cannot be said which messages of a mailbox are gone",
    cure: "nothing of it is removed; run vmimap migrate --prune again when nothing of it is changing, locked or unreadable",
};

/// Every code of this module.
pub const CATALOGUE: &[CodeRow] = &[
    CALLERS_REFUSED,
    TWICE,
    CROSS_TALK,
    OLD_UNSEEN,
    UNKNOWN_BOX,
    TEMPLATE_GAP,
    UNKNOWN_ZONE,
    TOO_LONG_TO_PLAY,
    LOCALE_LEFT_OUT,
    GREETINGS_NOT_READ,
    GREETINGS_AMONG_MESSAGES,
    GREETINGS_SHARED,
    GREETINGS_LEFT,
    GREETINGS_BARRED,
    GONE,
    GONE_UNKNOWN,
];
