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

/// Every code of this module.
pub const CATALOGUE: &[CodeRow] = &[PHONES_MAY_BE_OPEN, UNCLEAR, UNTOLD, SHARED, GREETING];
