//! The codes of what a removal remarks on (`docs/findings.md`).

use crate::voicemail::notice::{CodeRow, Severity};

/// Asterisk may have the folders open.
pub const PHONES_MAY_BE_OPEN: CodeRow = CodeRow {
    code: "VMX001",
    severity: Severity::Warning,
    title: "somebody may be listening while messages are removed",
    cure: "remove at night, or with --quiet-for 10m: Asterisk keeps message numbers through a call and \
           then deletes the wrong message",
};

/// A message whose owner cannot be told for sure.
pub const UNCLEAR: CodeRow = CodeRow {
    code: "VMX002",
    severity: Severity::Warning,
    title: "messages are left alone because it is not clear whose they are",
    cure: "a header that names the mailbox stands twice or is cut; look at them with a mail program",
};

/// A message that lacks what was asked for.
pub const UNTOLD: CodeRow = CodeRow {
    code: "VMX003",
    severity: Severity::Warning,
    title: "messages are left alone because they do not tell what was asked for",
    cure: "select them by UID or msg_id where they are to go",
};

/// A message that also belongs to a box that was not selected.
pub const SHARED: CodeRow = CodeRow {
    code: "VMX004",
    severity: Severity::Warning,
    title: "messages are left alone because they belong to another mailbox as well",
    cure: "select every mailbox with the same imapvmshareid",
};

/// A greeting.
pub const GREETING: CodeRow = CodeRow {
    code: "VMX005",
    severity: Severity::Info,
    title: "recorded greetings are left alone",
    cure: "",
};

/// Others' marks will be taken off, and put back.
pub const LIFTS: CodeRow = CodeRow {
    code: "VMX006",
    severity: Severity::Warning,
    title: "others' \\Deleted is taken off for an EXPUNGE without UIDs and then put back",
    cure: "what another client marks in the very moment of the EXPUNGE goes with it, and no server without \
           UIDPLUS can do better: remove when nobody uses these accounts, or get a server with UIDPLUS",
};

/// An earlier run's work is undone.
pub const MARKS_BACK: CodeRow = CodeRow {
    code: "VMX007",
    severity: Severity::Warning,
    title: "marks that a run which was cut had taken off others' messages are put back",
    cure: "",
};

/// An earlier run's work is not undone yet.
pub const MARKS_OFF: CodeRow = CodeRow {
    code: "VMX008",
    severity: Severity::Error,
    title: "others' messages lack the \\Deleted that a run which was cut has taken off",
    cure: "any run of vmimap expunge or expire puts it back first; the messages are in \
           journal/lifted.jsonl of the state directory",
};

/// An earlier run's work cannot be undone.
pub const MARKS_LOST: CodeRow = CodeRow {
    code: "VMX009",
    severity: Severity::Error,
    title: "others' messages lack the \\Deleted that a run which was cut has taken off, and cannot be found again",
    cure: "no message is lost: their owner sees them undeleted, and deletes them once more; this is told once",
};

/// Every code of this module.
pub const CATALOGUE: &[CodeRow] = &[
    PHONES_MAY_BE_OPEN,
    UNCLEAR,
    UNTOLD,
    SHARED,
    GREETING,
    LIFTS,
    MARKS_BACK,
    MARKS_OFF,
    MARKS_LOST,
];
