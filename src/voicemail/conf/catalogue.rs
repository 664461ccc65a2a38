//! The codes of what is odd in voicemail.conf (`docs/findings.md`).

use crate::voicemail::notice::{CodeRow, Severity};

const fn warning(code: &'static str, title: &'static str, cure: &'static str) -> CodeRow {
    CodeRow {
        code,
        severity: Severity::Warning,
        title,
        cure,
    }
}

pub(super) const NO_EQUALS: CodeRow = warning(
    "VMC001",
    "a line without an equals sign",
    "Asterisk ignores it; correct or remove it",
);
pub(super) const NO_NAME: CodeRow = warning(
    "VMC002",
    "a line without a name before the equals sign",
    "correct or remove it",
);
pub(super) const UNKNOWN_DIRECTIVE: CodeRow = warning(
    "VMC003",
    "an unknown # directive",
    "only #include, #tryinclude and #exec exist; comments begin with a semicolon",
);
pub(super) const NO_ARGUMENT: CodeRow = warning(
    "VMC004",
    "a directive that names no file",
    "name the file or remove the line",
);
pub(super) const LONG_LINE: CodeRow = warning(
    "VMC005",
    "a line too long for Asterisk, which skips it",
    "break it up",
);
pub(super) const OPEN_COMMENT: CodeRow = warning(
    "VMC006",
    "a block comment that is never closed",
    "close it with --;",
);
pub(super) const BAD_NAME: CodeRow = CodeRow {
    code: "VMC007",
    severity: Severity::Error,
    title: "a context or mailbox whose name cannot be a directory",
    cure: "rename it; the mailbox is left out",
};
pub(super) const DUPLICATE: CodeRow = warning(
    "VMC008",
    "a mailbox that stands twice in one context; the first one counts",
    "remove one of the lines",
);
pub(super) const STARRED: CodeRow = warning(
    "VMC009",
    "a mailbox number beginning with an asterisk, which Asterisk ignores",
    "rename it or remove the line",
);
pub(super) const CUT: CodeRow = warning(
    "VMC010",
    "a value longer than Asterisk keeps; it is cut",
    "shorten it: what Asterisk uses is the cut value",
);
pub(super) const NO_IMAP_OPTION: CodeRow = warning(
    "VMC011",
    "a mailbox without any imap option: Asterisk's IMAP build does not see it",
    "give it imapuser= (and imappassword= or a general authpassword=)",
);
pub(super) const NO_IMAP_USER: CodeRow = warning(
    "VMC012",
    "a mailbox with imap options but no imapuser: Asterisk cannot log in for it",
    "give it imapuser=",
);
pub(super) const BAD_FLAGS: CodeRow = CodeRow {
    code: "VMC013",
    severity: Severity::Error,
    title: "imapflags that c-client refuses: no connection is made at all",
    cure: "use words like ssl, tls, notls, novalidate-cert, joined with / and without one in front",
};
pub(super) const BAD_NUMBER: CodeRow = warning(
    "VMC014",
    "a number out of range; the value Asterisk takes instead is used",
    "correct it",
);
pub(super) const BAD_ZONE: CodeRow = warning(
    "VMC015",
    "a tz= that [zonemessages] does not define; Asterisk uses the system's zone",
    "add it to [zonemessages] or correct the name",
);
pub(super) const BAD_ZONE_LINE: CodeRow = warning(
    "VMC016",
    "a [zonemessages] line without a format, which Asterisk ignores",
    "write name=Zone/City|format",
);
pub(super) const NAME_FOR_CLIENT: CodeRow = warning(
    "VMC017",
    "an imapuser c-client cannot send: it holds / or : or is 65 or longer",
    "choose another account name, or reach it by a master user under another name",
);
pub(super) const EIGHT_BIT_FOLDER: CodeRow = warning(
    "VMC018",
    "a folder name that is not plain ASCII",
    "write it in modified UTF-7, as in Bo&AO4-te: Asterisk sends what stands here, and servers refuse 8-bit names",
);
pub(super) const SLASH_FOLDER: CodeRow = warning(
    "VMC019",
    "a mailbox's own imapfolder with a /",
    "Asterisk turns it into the server's delimiter for one mailbox only; write the server's delimiter",
);

/// Every code of this module.
pub const CATALOGUE: &[CodeRow] = &[
    NO_EQUALS,
    NO_NAME,
    UNKNOWN_DIRECTIVE,
    NO_ARGUMENT,
    LONG_LINE,
    OPEN_COMMENT,
    BAD_NAME,
    DUPLICATE,
    STARRED,
    CUT,
    NO_IMAP_OPTION,
    NO_IMAP_USER,
    BAD_FLAGS,
    BAD_NUMBER,
    BAD_ZONE,
    BAD_ZONE_LINE,
    NAME_FOR_CLIENT,
    EIGHT_BIT_FOLDER,
    SLASH_FOLDER,
];
