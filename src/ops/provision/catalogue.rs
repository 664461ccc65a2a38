//! The codes of what provisioning remarks on (`docs/findings.md`).

use crate::voicemail::notice::{CodeRow, Severity};

/// Two boxes of one account see each other's messages, and that was not allowed.
pub const COLLISION: CodeRow = CodeRow {
    code: "VMP001",
    severity: Severity::Error,
    title: "voicemail boxes that share an account would see each other's messages; nothing is made for them",
    cure: "give each box an account of its own (Asterisk searches by substring), or pass --allow-shared",
};

/// The same, allowed.
pub const COLLISION_ALLOWED: CodeRow = CodeRow {
    code: "VMP002",
    severity: Severity::Warning,
    title: "voicemail boxes that share an account see each other's messages, as --allow-shared permits",
    cure: "give each box an account of its own: Asterisk searches by substring",
};

/// Old is made.
pub const OLD: CodeRow = CodeRow {
    code: "VMP003",
    severity: Severity::Warning,
    title: "Old is made because Asterisk's manual asks for it, but the phone never looks into it",
    cure: "--no-old leaves it out",
};

/// `imapparentfolder` is set.
pub const PARENT: CodeRow = CodeRow {
    code: "VMP004",
    severity: Severity::Warning,
    title: "with imapparentfolder Asterisk reads folders below it and saves to folders beside it",
    cure: "leave imapparentfolder out where the server allows folders beside INBOX",
};

/// Greetings lie among the messages.
pub const GREETINGS_IN_IMAPFOLDER: CodeRow = CodeRow {
    code: "VMP005",
    severity: Severity::Warning,
    title: "greetings are kept in imapfolder, where the phone counts, plays and deletes them as voicemail",
    cure: "set greetingsfolder in voicemail.conf",
};

/// Boxes share their greetings.
pub const GREETINGS_SHARED: CodeRow = CodeRow {
    code: "VMP006",
    severity: Severity::Warning,
    title: "voicemail boxes that share an account keep their greetings in one folder",
    cure: "give each box an account of its own",
};

/// A name holds what is a delimiter elsewhere.
pub const FOREIGN_DELIMITER: CodeRow = CodeRow {
    code: "VMP007",
    severity: Severity::Warning,
    title: "a folder name is written with another server's delimiter",
    cure: "correct the name in voicemail.conf",
};

/// A folder was made without its special use.
pub const SPECIAL_USE: CodeRow = CodeRow {
    code: "VMP008",
    severity: Severity::Warning,
    title: "a folder was made without the special use asked for",
    cure: "the folder works without it; only mail clients look at it",
};

/// The server makes accounts by itself.
pub const AUTOCREATED: CodeRow = CodeRow {
    code: "VMP009",
    severity: Severity::Warning,
    title: "the server makes an account's INBOX by itself, so --as-admin is not needed",
    cure: "leave --as-admin out",
};

/// Rights that would have replaced those of whoever the phone logs in as.
pub const OWN_RIGHTS: CodeRow = CodeRow {
    code: "VMP010",
    severity: Severity::Warning,
    title: "rights asked for are not given to the account's own login, which has all rights and would lose the others",
    cure: "none is needed; with + before them, rights are added and none is taken",
};

/// Every code of this module.
pub const CATALOGUE: &[CodeRow] = &[
    COLLISION,
    COLLISION_ALLOWED,
    OLD,
    PARENT,
    GREETINGS_IN_IMAPFOLDER,
    GREETINGS_SHARED,
    FOREIGN_DELIMITER,
    SPECIAL_USE,
    AUTOCREATED,
    OWN_RIGHTS,
];
