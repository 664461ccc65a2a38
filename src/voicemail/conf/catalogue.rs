//! The codes of every remark this module can make, and the list that collects them.
//!
//! A code is never reused for another meaning. Remarks never quote a line: it may hold a password.

use super::origin::{Origin, Place};
use crate::voicemail::notice::{CodeRow, Notice, Severity};

macro_rules! rows {
    ($($name:ident $code:literal $severity:ident $title:literal $cure:literal;)*) => {
        $(pub(crate) const $name: CodeRow = CodeRow {
            code: $code,
            severity: Severity::$severity,
            title: $title,
            cure: $cure,
        };)*
        /// Every code of this module, in order.
        pub const CATALOGUE: &[CodeRow] = &[$($name),*];
    };
}

rows! {
    NO_EQUALS "VMC001" Warning "line without an equals sign is ignored"
        "write it as name = value, or make it a comment";
    NO_NAME "VMC002" Warning "line without a name before the equals sign is ignored"
        "write it as name = value";
    BAD_DIRECTIVE "VMC003" Warning "directive is unknown or lacks its argument, and is ignored"
        "Asterisk knows #include, #tryinclude and #exec, each with one argument";
    LINE_TOO_LONG "VMC004" Warning "line is too long for Asterisk and is ignored"
        "keep lines below 8191 octets";
    NUL_OCTET "VMC005" Warning "line holds a NUL octet and is cut there"
        "save the file as plain text";
    NOT_UTF8 "VMC006" Warning "line is not UTF-8, and is taken for ISO 8859-1"
        "save the file as UTF-8";
    COMMENT_FAULT "VMC007" Error "block comment marks do not match, and lines are lost"
        "pair every ;-- with one --;";
    OPEN_COMMENT "VMC008" Error "block comment is never closed"
        "close it with --;";
    INCLUDE_BROKEN "VMC009" Error "rest of an included file is ignored because of this line"
        "correct the line; Asterisk ignores the rest of the file too, and all later files of a wildcard";
    FILE_UNREADABLE "VMC010" Error "included file cannot be read"
        "let the user that runs vmimap read it; only regular files are read";
    NOT_INCLUDED "VMC011" Info "optional include found nothing"
        "";
    SECTION_REPEATED "VMC012" Warning "section of the same name is ignored by Asterisk"
        "merge it into the first one, or write [name](+)";
    VALUE_CUT "VMC013" Warning "value is longer than Asterisk keeps, and is cut"
        "shorten the value";
    BAD_NUMBER "VMC014" Warning "number is missing or out of range; Asterisk uses another"
        "write a number in the allowed range";
    BAD_FORMAT "VMC015" Warning "recording format is unknown and ignored"
        "separate formats by | without spaces, for example wav49|gsm|wav";
    ESCAPE_DROPPED "VMC016" Warning "escape is unknown or incomplete and is dropped"
        "the escapes are \\\\ \\r \\n and \\t";
    UNKNOWN_OPTION "VMC017" Info "option is not one of Asterisk's"
        "check its spelling";
    LATE_BOM "VMC018" Warning "byte order mark is not skipped here by Asterisk"
        "save the file without a byte order mark";
    HEADER_TAIL "VMC019" Warning "text after the section header is ignored"
        "the parenthesis must follow the bracket at once: [name](base)";
    STAR_MAILBOX "VMC020" Warning "mailbox beginning with * is ignored by Asterisk"
        "rename the mailbox";
    DUPLICATE_MAILBOX "VMC021" Warning "mailbox is defined again and ignored; the first one counts"
        "remove one of the lines";
    UNSAFE_NAME "VMC022" Error "name cannot be a directory name; the mailbox is skipped"
        "rename the mailbox or the context";
    ODD_NAME "VMC023" Warning "name holds @, a blank or characters outside ASCII"
        "rename it; headers, folders and EXTENSION@CONTEXT carry such names badly";
    STAR_PASSWORD "VMC024" Warning "mailbox password begins with *, which Asterisk calls invalid"
        "set another password";
    NOT_SEEN "VMC025" Warning "mailbox has no imap option, so Asterisk's IMAP build ignores it"
        "give it an imapuser";
    IGNORED_OPTION "VMC026" Warning "mailbox option is ignored"
        "options are name=value, separated by |";
    BAD_ZONE "VMC027" Warning "zone is ignored"
        "write it as name=Area/City|format";
    UNKNOWN_ZONE "VMC028" Warning "tz names no zone of [zonemessages]; the system's zone applies"
        "add the zone to [zonemessages]";
    FOLDER_NOT_ASCII "VMC029" Warning "folder name is not plain ASCII; Asterisk sends it as it stands"
        "write it in modified UTF-7, as in Bo&AO4-te: most servers refuse 8-bit names";
    BAD_FLAGS "VMC030" Error "imapflags stop Asterisk from connecting"
        "correct imapflags; words are joined by / without one in front";
    BAD_PORT "VMC031" Error "imapport is not a port"
        "write a number from 1 to 65535";
    BAD_SERVER "VMC032" Error "imapserver cannot be used"
        "write the bare host name or address; put the port into imapport";
    BAD_USER "VMC033" Error "user name cannot be used by Asterisk's mail library"
        "user names have at most 64 octets, none of / : } and no quote in front";
    NO_USER "VMC034" Warning "mailbox has imap options but no imapuser"
        "give it an imapuser";
    NO_PASSWORD "VMC035" Warning "voicemail.conf has no password for this imapuser"
        "set authpassword, or imappassword on the first mailbox with this imapuser";
    PREFIX_CUT "VMC036" Error "server, flags and user together are longer than Asterisk can pass on"
        "shorten imapserver, imapflags or imapuser";
    EXEC_TROUBLE "VMC037" Warning "program of an #exec line complained"
        "";
    TOO_MANY "VMC038" Error "there is more to remark than is kept"
        "correct what is listed and look again";
    PASSWORD_SHARED "VMC039" Warning "imappassword is not used; the first mailbox with the imapuser decides"
        "write the same imappassword on all mailboxes with this imapuser";
    OPTION_REPEATED "VMC040" Warning "option is given twice, and which one counts depends on Asterisk"
        "keep one of the two; a template's lines stand before the section's own";
    OPTION_SWALLOWED "VMC041" Warning "text that looks like an option is part of another field"
        "write number => pin,name,email,pager,option=value|option=value, with all four commas";
    EXPOSED "VMC042" Warning "file with passwords can be read by everybody"
        "give it to the group that Asterisk runs as, and: chmod 640";
}

/// Errors after which something of the configuration is not known. The other errors are about an
/// account, which fails by itself where it is used.
const LOSSES: [&str; 6] = [
    COMMENT_FAULT.code,
    OPEN_COMMENT.code,
    INCLUDE_BROKEN.code,
    FILE_UNREADABLE.code,
    UNSAFE_NAME.code,
    TOO_MANY.code,
];

/// Whether something of the configuration is not known because of what this remark is about.
pub(super) fn is_loss(notice: &Notice) -> bool {
    LOSSES.contains(&notice.code)
}

/// The most remarks kept for one configuration: hostile input must not fill the memory.
const MAX_NOTICES: usize = 100_000;

/// Remarks in the order they were made.
#[derive(Debug, Default)]
pub(super) struct Notices {
    list: Vec<Notice>,
    dropped: usize,
    last: String,
}

impl Notices {
    /// Adds a remark about a line.
    pub fn at(&mut self, row: &CodeRow, place: &Place, message: impl Into<String>) {
        if self.list.len() < MAX_NOTICES {
            self.list.push(Notice::new(row, place.to_string(), message));
        } else {
            if self.dropped == 0 {
                self.last = place.to_string();
            }
            self.dropped += 1;
        }
    }

    /// Adds a remark about a value that was written somewhere; defaults are beyond reproach.
    pub fn about(&mut self, row: &CodeRow, origin: &Origin, message: impl Into<String>) {
        if let Origin::Line(place) = origin {
            self.at(row, place, message);
        }
    }

    /// All remarks. If some had to be dropped, the last one says how many.
    pub fn into_list(mut self) -> Vec<Notice> {
        if self.dropped > 0 {
            let message = format!("{} more remarks are not shown", self.dropped);
            self.list.push(Notice::new(&TOO_MANY, self.last, message));
        }
        self.list
    }
}
