//! The codes of what a look at quotas remarks on (`docs/findings.md`).

use crate::voicemail::notice::{CodeRow, Severity};

/// Room for a short message, not for the longest permitted one.
pub const WOULD_LOSE: CodeRow = CodeRow {
    code: "VMQ001",
    severity: Severity::Warning,
    title: "a message of the permitted length does not fit, and Asterisk would lose it while the caller hears that it was saved",
    cure: "raise the quota, have messages deleted, or lower maxsecs: Asterisk refuses only when the limit is reached, not when a message is too large for what is left",
};

/// The quota Asterisk looks at is used up.
pub const REFUSED_BY_QUOTA: CodeRow = CodeRow {
    code: "VMQ002",
    severity: Severity::Warning,
    title: "the quota is used up, and Asterisk refuses callers",
    cure: "raise the quota or have messages deleted",
};

/// `maxmsg` is reached.
pub const REFUSED_BY_MAXMSG: CodeRow = CodeRow {
    code: "VMQ003",
    severity: Severity::Warning,
    title: "maxmsg is reached, and Asterisk refuses callers",
    cure: "raise maxmsg in voicemail.conf or have messages deleted; new, urgent and old ones count together",
};

/// Asterisk compares one limit while another one is nearer.
pub const OTHER_LIMIT: CodeRow = CodeRow {
    code: "VMQ004",
    severity: Severity::Warning,
    title: "Asterisk compares another limit than the one that is nearest",
    cure: "of several limits Asterisk sees only the one the server names last; messages beyond the others are lost while the caller hears that they were saved",
};

/// No longest message.
pub const NO_MAXSECS: CodeRow = CodeRow {
    code: "VMQ005",
    severity: Severity::Warning,
    title: "maxsecs sets no limit, so a single message can be larger than any room that is left",
    cure: "set maxsecs in voicemail.conf: Asterisk loses a message that does not fit into the quota",
};

/// A server without QUOTA.
pub const NO_QUOTA: CodeRow = CodeRow {
    code: "VMQ006",
    severity: Severity::Warning,
    title: "the server has no quota commands; sizes were summed up instead",
    cure: "have the server limit accounts itself, and tell: Asterisk cannot know that one is full",
};

/// A format whose size cannot be told in advance.
pub const UNKNOWN_RATE: CodeRow = CodeRow {
    code: "VMQ007",
    severity: Severity::Info,
    title: "how long a recording may be cannot be told, because its format has no fixed rate",
    cure: "",
};

/// Voicemail in the account that nobody hears.
pub const STRAYS: CodeRow = CodeRow {
    code: "VMQ008",
    severity: Severity::Info,
    title: "voicemail of mailboxes that are not in voicemail.conf takes room",
    cure: "vmimap list shows whose it is",
};

/// A new limit below what is used.
pub const BELOW_USE: CodeRow = CodeRow {
    code: "VMQ009",
    severity: Severity::Warning,
    title: "the new limit is below what is used already",
    cure: "nothing can be stored until messages are deleted: Asterisk refuses callers, or loses their messages",
};

/// Every code.
pub const CATALOGUE: &[CodeRow] = &[
    WOULD_LOSE,
    REFUSED_BY_QUOTA,
    REFUSED_BY_MAXMSG,
    OTHER_LIMIT,
    NO_MAXSECS,
    NO_QUOTA,
    UNKNOWN_RATE,
    STRAYS,
    BELOW_USE,
];
