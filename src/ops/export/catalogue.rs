//! The codes of what an export remarks on (`docs/findings.md`).

use crate::voicemail::notice::{CodeRow, Severity};

/// Messages with `\Deleted`.
pub const DELETED: CodeRow = CodeRow {
    code: "VME001",
    severity: Severity::Warning,
    title: "messages marked as deleted are not exported",
    cure: "no phone shows them any more; --deleted exports them, and only them",
};

/// A message of several boxes.
pub const SHARED: CodeRow = CodeRow {
    code: "VME002",
    severity: Severity::Warning,
    title: "messages belong to several mailboxes and are exported once",
    cure: "mailboxes with the same imapvmshareid show the same messages; in files each has its own",
};

/// A greeting.
pub const GREETING: CodeRow = CodeRow {
    code: "VME003",
    severity: Severity::Info,
    title: "recorded greetings are no messages and are not exported",
    cure: "with imapgreetings=yes those in greetingsfolder are, unless messages were chosen or --no-greetings is given",
};

/// A message in a folder that no phone opens.
pub const STRANDED: CodeRow = CodeRow {
    code: "VME004",
    severity: Severity::Info,
    title: "messages lie in a folder that no phone opens and are exported by its name",
    cure: "",
};

/// Something odd about an exported message.
pub const ODD: CodeRow = CodeRow {
    code: "VME005",
    severity: Severity::Warning,
    title: "a message was exported although something is wrong with it",
    cure: "the manifest names it; vmimap audit says what a phone makes of the original",
};

/// A forwarder's comment.
pub const COMMENT: CodeRow = CodeRow {
    code: "VME006",
    severity: Severity::Info,
    title: "a forwarder's comment is kept beside its message, where no phone plays it",
    cure: "file storage has one recording a message; the manifest says which file is the comment",
};

/// Several greetings of one name.
pub const GREETING_TWICE: CodeRow = CodeRow {
    code: "VME007",
    severity: Severity::Warning,
    title: "of several greetings of one name only the first is exported, which is the one callers hear",
    cure: "delete those that are not wanted; vmimap audit names them",
};

/// Greetings with `\\Deleted`.
pub const GREETING_DELETED: CodeRow = CodeRow {
    code: "VME008",
    severity: Severity::Info,
    title: "greetings marked as deleted are not exported",
    cure: "",
};

/// Every code of this module.
pub const CATALOGUE: &[CodeRow] = &[
    DELETED,
    SHARED,
    GREETING,
    STRANDED,
    ODD,
    COMMENT,
    GREETING_TWICE,
    GREETING_DELETED,
];
