//! Every code the spool side can emit, recordings included.
//!
//! A table and nothing else, so that documentation can be checked against it.

use crate::voicemail::notice::CodeRow;
use crate::voicemail::notice::Severity::{self, Error, Info, Warning};

/// Every code of this module, in order.
pub const CATALOGUE: &[CodeRow] = &[
    UNREADABLE,
    LEADS_OUT,
    SPECIAL,
    BACKUP,
    STALE_LOCK,
    HELD_LOCK,
    BUSY,
    UNKNOWN_FOLDER,
    STRAY,
    NO_AUDIO,
    NO_TXT,
    CUT_SHORT,
    DAMAGED,
    NO_GOOD_AUDIO,
    FALSE_NAME,
    DURATION,
    RECORDING,
    CHANGED,
    GAP,
    MALFORMED_NAME,
    UNKNOWN_FORMAT,
    BAD_TXT,
    DAMAGED_TXT,
    DUPLICATE_KEY,
    NO_ORIGTIME,
    ABSURD_ORIGTIME,
    NOT_UTF8,
    WRONG_LEVEL,
    TWICE,
    UNUSABLE_NAME,
    BEYOND_LIMIT,
    ODD_HEADER,
    NO_SUCH_BOX,
    UNSETTLED,
];

const fn row(
    code: &'static str,
    severity: Severity,
    title: &'static str,
    cure: &'static str,
) -> CodeRow {
    CodeRow {
        code,
        severity,
        title,
        cure,
    }
}

pub(super) const UNREADABLE: CodeRow = row(
    "VMS001",
    Error,
    "a directory or file cannot be read",
    "run as a user who may read the whole spool, usually asterisk or root",
);
pub(super) const LEADS_OUT: CodeRow = row(
    "VMS002",
    Error,
    "a symbolic link leads out of the spool, or nowhere",
    "put the files themselves into the spool; links out of it are never followed",
);
pub(super) const SPECIAL: CodeRow = row(
    "VMS003",
    Warning,
    "not a regular file where one should be; it was not opened",
    "remove it",
);
pub(super) const BACKUP: CodeRow = row(
    "VMS004",
    Warning,
    "a backup left by an interrupted forward",
    "compare it with the message of the same number, then remove it",
);
pub(super) const STALE_LOCK: CodeRow = row(
    "VMS005",
    Warning,
    "an old .lock that nobody holds any more",
    "remove it while Asterisk is stopped: with it there, no voicemail can be left in that folder",
);
pub(super) const HELD_LOCK: CodeRow = row(
    "VMS006",
    Warning,
    "the folder stayed locked, but nothing in it moved; it was read all the same",
    "run again when Asterisk is idle to be sure",
);
pub(super) const BUSY: CodeRow = row(
    "VMS007",
    Error,
    "the folder is locked and being changed; it was not read",
    "run again later",
);
pub(super) const UNKNOWN_FOLDER: CodeRow = row(
    "VMS008",
    Warning,
    "messages in a folder that Asterisk does not know",
    "rename the folder to one of Asterisk's, or leave it: nobody can hear these messages",
);
pub(super) const STRAY: CodeRow = row(
    "VMS009",
    Info,
    "something that is no part of a voicemail spool",
    "",
);
pub(super) const NO_AUDIO: CodeRow = row(
    "VMS010",
    Error,
    "a message without a recording",
    "nothing can be played or migrated; look for the recording in a backup",
);
pub(super) const NO_TXT: CodeRow = row(
    "VMS011",
    Error,
    "a recording without its msgNNNN.txt",
    "Asterisk does not see it either; write a txt for it to save the recording",
);
pub(super) const CUT_SHORT: CodeRow = row(
    "VMS012",
    Warning,
    "a recording was cut short",
    "what is there is used unless another format is whole",
);
pub(super) const DAMAGED: CodeRow = row(
    "VMS013",
    Warning,
    "a recording is empty or unreadable",
    "another format of the same message is used if there is one",
);
pub(super) const NO_GOOD_AUDIO: CodeRow = row(
    "VMS014",
    Error,
    "no recording of the message is usable",
    "look for the recording in a backup",
);
pub(super) const FALSE_NAME: CodeRow = row(
    "VMS015",
    Warning,
    "a recording does not hold what its extension says",
    "Asterisk does not play it from a file; one that holds WAV, gsm or wav is stored under its true name unless another format is whole; convert any other",
);
pub(super) const DURATION: CodeRow = row(
    "VMS016",
    Info,
    "the txt and the recording disagree about the duration; the recording's is used",
    "",
);
pub(super) const RECORDING: CodeRow = row(
    "VMS017",
    Info,
    "the message is still being recorded",
    "run again later",
);
pub(super) const CHANGED: CodeRow = row(
    "VMS018",
    Info,
    "the message changed while it was being read",
    "run again later",
);
pub(super) const GAP: CodeRow = row("VMS019", Info, "message numbers are missing", "");
pub(super) const MALFORMED_NAME: CodeRow = row(
    "VMS020",
    Warning,
    "a file named almost like a message; Asterisk does not read it",
    "rename it to msgNNNN with four digits if it is one",
);
pub(super) const UNKNOWN_FORMAT: CodeRow = row(
    "VMS021",
    Warning,
    "a file beside a message that is no recording, or in a format that is not migrated",
    "",
);
pub(super) const BAD_TXT: CodeRow = row(
    "VMS022",
    Error,
    "a msgNNNN.txt that tells nothing",
    "restore it from a backup",
);
pub(super) const DAMAGED_TXT: CodeRow = row(
    "VMS023",
    Warning,
    "a msgNNNN.txt with damage",
    "look at it; what could be read is used",
);
pub(super) const DUPLICATE_KEY: CodeRow = row(
    "VMS024",
    Warning,
    "a key stands twice in a msgNNNN.txt; the first is used, as Asterisk does",
    "",
);
pub(super) const NO_ORIGTIME: CodeRow = row(
    "VMS025",
    Warning,
    "a msgNNNN.txt without a usable origtime",
    "add origtime= to the txt if the time used instead is wrong",
);
pub(super) const ABSURD_ORIGTIME: CodeRow = row(
    "VMS026",
    Warning,
    "an origtime that cannot be right",
    "correct origtime= in the txt",
);
pub(super) const NOT_UTF8: CodeRow = row(
    "VMS027",
    Info,
    "a msgNNNN.txt that is not UTF-8; it was read as Latin-1",
    "",
);
pub(super) const WRONG_LEVEL: CodeRow = row(
    "VMS028",
    Error,
    "this does not look like the top of a voicemail spool",
    "name the directory that holds the contexts, usually /var/spool/asterisk/voicemail",
);
pub(super) const TWICE: CodeRow = row(
    "VMS029",
    Warning,
    "the same directory is reached twice; it was read once",
    "",
);
pub(super) const UNUSABLE_NAME: CodeRow = row(
    "VMS030",
    Error,
    "a context or mailbox whose name cannot be used",
    "rename the directory",
);
pub(super) const BEYOND_LIMIT: CodeRow = row(
    "VMS031",
    Info,
    "message numbers over 9998, which Asterisk itself does not count",
    "",
);
pub(super) const ODD_HEADER: CodeRow = row(
    "VMS032",
    Warning,
    "a recording whose header Asterisk's own reader does not understand",
    "convert the recording anew; it is used only if there is no better one",
);
pub(super) const NO_SUCH_BOX: CodeRow =
    row("VMS033", Error, "the spool has no such voicemail box", "");
pub(super) const UNSETTLED: CodeRow = row(
    "VMS034",
    Error,
    "messages came and went all the time the box was read; some may be missing",
    "run again when nobody is listening to voicemail",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_numbered_without_gap_or_repetition() {
        for (at, row) in CATALOGUE.iter().enumerate() {
            assert_eq!(row.code, format!("VMS{:03}", at + 1));
        }
    }
}
