//! The codes of what a rollback remarks on (`docs/findings.md`).

use crate::voicemail::notice::{CodeRow, Severity};

/// Somebody has done something with a message.
pub const FLAGS_CHANGED: CodeRow = CodeRow {
    code: "VMR001",
    severity: Severity::Error,
    title: "messages are kept because they were heard, flagged or marked as deleted since",
    cure: "with the old spool in use again their owners would find them as they were before; \
           --changed-flags removes them all the same",
};

/// A message that nothing else holds.
pub const NO_SOURCE: CodeRow = CodeRow {
    code: "VMR002",
    severity: Severity::Error,
    title: "messages are kept because the spool does not hold them any more, so they would be lost",
    cure: "--spool names the spool where it lies elsewhere by now; --without-source removes them all the same",
};

/// A message that is not what was appended.
pub const NOT_THE_SAME: CodeRow = CodeRow {
    code: "VMR003",
    severity: Severity::Error,
    title: "messages are kept because they are not what the run appended, or lie elsewhere by now",
    cure: "vmimap rollback -v says of each what is different; vmimap expunge removes what is named",
};

/// A message that is not there any more.
pub const GONE: CodeRow = CodeRow {
    code: "VMR004",
    severity: Severity::Info,
    title: "messages are gone already: their owners removed them or moved them to another folder",
    cure: "",
};

/// Every code of this module.
pub const CATALOGUE: &[CodeRow] = &[FLAGS_CHANGED, NO_SOURCE, NOT_THE_SAME, GONE];
