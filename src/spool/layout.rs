//! What a name in the spool means.
//!
//! Names only; nothing is opened here. Source: `app_voicemail.c` (`make_file` writes `msg%04d`,
//! `vm_forwardoptions` makes `-bak` copies), `main/app.c` (`ast_lock_path`).

use crate::voicemail::greeting::Greeting;

/// The extension of the text beside a recording.
pub(super) const TXT: &str = "txt";
/// Where Asterisk keeps its spool unless told otherwise.
pub const USUAL: &str = "/var/spool/asterisk/voicemail";
/// What an export keeps at the root of a spool it has written; no context.
pub const EXPORTED: &str = ".vmimap-export";
/// Asterisk counts numbers below this only (`MAXMSGLIMIT`).
pub const ASTERISK_LIMIT: u32 = 9999;

/// The meaning of a name inside a voicemail folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FolderName<'n> {
    /// `msgNNNN.EXT`; the number is 0-based.
    Message { number: u32, extension: &'n str },
    /// `.lock`, `.lock-XXXXXXXX` or `lock`: somebody is at work.
    Lock,
    /// `msgNNNN-bak.EXT` and its like.
    Backup,
    /// Begins as a message does and is none.
    AlmostMessage,
    /// Anything else.
    Other,
}

/// Understands a name inside a voicemail folder.
pub(super) fn in_folder(name: &str) -> FolderName<'_> {
    if name == ".lock" || name == "lock" || name.starts_with(".lock-") {
        return FolderName::Lock;
    }
    if name.contains("-bak") {
        return FolderName::Backup;
    }
    let Some(rest) = name.strip_prefix("msg") else {
        return FolderName::Other;
    };
    match rest.split_once('.') {
        Some((digits, extension)) if !extension.is_empty() => match number(digits) {
            Some(number) => FolderName::Message { number, extension },
            None => FolderName::AlmostMessage,
        },
        _ => FolderName::AlmostMessage,
    }
}

/// `msg0007.WAV` is the message 7 and its `WAV`; `None` for what is no file of a message.
#[must_use]
pub fn message_file(name: &str) -> Option<(u32, &str)> {
    match in_folder(name) {
        FolderName::Message { number, extension } => Some((number, extension)),
        _ => None,
    }
}

/// Four digits, or more for numbers over 9999, as `%04d` prints them.
fn number(digits: &str) -> Option<u32> {
    let all_digits = digits.bytes().all(|octet| octet.is_ascii_digit());
    let canonical = digits.len() == 4 || (digits.len() > 4 && !digits.starts_with('0'));
    (all_digits && canonical)
        .then(|| digits.parse().ok())
        .flatten()
}

/// The meaning of a name inside a box's directory that is not a folder Asterisk knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BoxName {
    /// `unavail`, `busy`, `greet` or `temp`, with any extension.
    Greeting,
    /// `tmp` (recordings in progress), `secret.conf` (a changed password), locks.
    Known,
    /// Anything else.
    Other,
}

/// Understands a name inside a box's directory.
pub(super) fn in_box(name: &str) -> BoxName {
    match name {
        "tmp" | "secret.conf" | ".lock" | "lock" => BoxName::Known,
        _ if name.starts_with(".lock-") => BoxName::Known,
        _ if Greeting::of_file(name.as_bytes()).is_some() => BoxName::Greeting,
        _ => BoxName::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_numbers_are_what_asterisk_prints() {
        for (name, number) in [
            ("msg0000.txt", 0),
            ("msg9999.txt", 9999),
            ("msg10000.txt", 10_000),
            ("msg4294967295.txt", u32::MAX),
        ] {
            let extension = "txt";
            assert_eq!(in_folder(name), FolderName::Message { number, extension });
        }
        for name in [
            "msg1.txt",
            "msg00001.txt",
            "msg 001.txt",
            "msg+001.txt",
            "msg4294967296.txt",
            "msg0000",
            "msg0000.",
            "msg.txt",
            "msgintro0000.wav",
            "msg\u{661}\u{661}\u{661}\u{661}.txt",
        ] {
            assert_eq!(in_folder(name), FolderName::AlmostMessage, "{name}");
        }
    }

    #[test]
    fn locks_and_backups_are_no_messages() {
        for name in [".lock", ".lock-0123abcd", "lock"] {
            assert_eq!(in_folder(name), FolderName::Lock);
        }
        assert_eq!(in_folder("msg0000-bak.txt"), FolderName::Backup);
        assert_eq!(in_folder("msg0000.txt-bak"), FolderName::Backup);
        assert_eq!(in_folder("MSG0000.txt"), FolderName::Other);
    }

    #[test]
    fn greetings_and_working_files_of_a_box_are_known() {
        for name in [
            "unavail.WAV",
            "busy.gsm",
            "greet.wav",
            "temp.wav",
            "unavail",
        ] {
            assert_eq!(in_box(name), BoxName::Greeting, "{name}");
        }
        for name in ["tmp", "secret.conf", ".lock"] {
            assert_eq!(in_box(name), BoxName::Known, "{name}");
        }
        assert_eq!(in_box("unavailable.wav"), BoxName::Other);
        assert_eq!(in_box("inbox"), BoxName::Other);
    }
}
