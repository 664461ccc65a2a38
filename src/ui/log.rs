//! Where stderr goes besides: the journal's levels under systemd, and a log file of one's own.
//!
//! Source: sd-daemon(3) for the level prefixes, systemd.exec(5) for `$JOURNAL_STREAM`.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::voicemail::notice::Severity;

/// What is done with a line for stderr.
#[derive(Debug, Default)]
pub struct Log {
    journal: bool,
    file: Option<Mutex<File>>,
}

impl Log {
    /// Looks where stderr leads; notes what goes there in `file` as well.
    #[must_use]
    pub fn new(file: Option<File>) -> Self {
        let stream = std::env::var("JOURNAL_STREAM").unwrap_or_default();
        let stderr = rustix::fs::fstat(io::stderr()).map(|file| (file.st_dev, file.st_ino));
        Self {
            journal: stderr.is_ok_and(|(dev, ino)| stream == format!("{dev}:{ino}")),
            file: file.map(Mutex::new),
        }
    }

    /// The line as it goes to stderr: with its level where that is the journal.
    #[must_use]
    pub fn shown(&self, line: &str) -> String {
        if !self.journal {
            return line.to_owned();
        }
        // The journal takes each line for an entry of its own.
        let level = match severity(line) {
            Severity::Error => "<3>",
            Severity::Warning => "<4>",
            Severity::Info => "<6>",
        };
        let lines: Vec<String> = line.lines().map(|line| format!("{level}{line}")).collect();
        lines.join("\n")
    }

    /// Writes the line to the file, with the time and its level. A full disk stops no work.
    pub fn note(&self, line: &str) {
        self.write(&severity(line).to_string(), line);
    }

    /// Writes that something began or ended.
    pub fn milestone(&self, line: &str) {
        self.write("info", line);
    }

    fn write(&self, level: &str, text: &str) {
        let Some(file) = &self.file else { return };
        let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ");
        let process = std::process::id();
        let mut lines = String::new();
        for line in text.lines() {
            let line = line.strip_prefix("vmimap: ").unwrap_or(line);
            let line = line.strip_prefix(&format!("{level}: ")).unwrap_or(line);
            // Writing to a String cannot fail.
            let _ = writeln!(lines, "{now} vmimap[{process}] {level}: {line}");
        }
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = file.write_all(lines.as_bytes());
    }
}

/// Opens a log file to append to; it is made readable for its group at most.
///
/// # Errors
/// The system's, when it cannot be opened.
pub fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true).mode(0o640).open(path)
}

/// Remarks say their severity themselves; everything else that is said on stderr is an error.
fn severity(line: &str) -> Severity {
    let text = line.strip_prefix("vmimap: ").unwrap_or(line);
    if text.starts_with("warning: ") {
        Severity::Warning
    } else if text.starts_with("info: ") {
        Severity::Info
    } else {
        Severity::Error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_to_the_journal_has_its_level() {
        let log = Log {
            journal: true,
            file: None,
        };
        assert_eq!(
            log.shown("vmimap: 1@a: gone\nmore"),
            "<3>vmimap: 1@a: gone\n<3>more"
        );
        assert_eq!(log.shown("vmimap: warning: odd"), "<4>vmimap: warning: odd");
        assert_eq!(log.shown("vmimap: info: so"), "<6>vmimap: info: so");
        assert_eq!(Log::default().shown("vmimap: x"), "vmimap: x");
    }

    #[test]
    fn a_log_file_has_time_and_level_and_is_only_added_to() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        for text in ["vmimap: warning: odd", "vmimap: bad"] {
            Log::new(Some(open(&path).unwrap())).note(text);
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].ends_with("] warning: odd"), "{text}");
        assert!(lines[1].ends_with("] error: bad"), "{text}");
        assert!(lines[1].contains("Z vmimap["), "{text}");
        assert_eq!(lines.len(), 2);
        assert!(open(dir.path()).is_err());
    }
}
