//! The record of repairs: `<state-dir>/journal/repairs.jsonl`, appended to only.
//!
//! A line is on disk before the step it announces: `intent` before a message is appended, moved or
//! marked, `removing` before the old one goes. It is for people who want to know what was done; no run
//! reads it, for the server itself remembers (`apply`).

use std::fs::File;
use std::io;
use std::path::Path;

use serde_json::json;

use super::Repair;
use crate::ops::jsonl;

/// The record, open for one run.
pub struct Log {
    file: File,
    run: String,
}

impl Log {
    /// Opens the record, making it if need be. A line that a crash has torn is ended first.
    pub fn open(state_dir: &Path, run: &str) -> io::Result<Self> {
        let path = state_dir.join("journal/repairs.jsonl");
        let open = || {
            let mut file = jsonl::open(&path)?;
            jsonl::sync_name(&path)?;
            jsonl::end_torn(&mut file)?;
            Ok(file)
        };
        let file = open().map_err(|error| jsonl::named(&path, &error))?;
        Ok(Self {
            file,
            run: run.to_owned(),
        })
    }

    /// Writes a line, and returns when it is on disk.
    pub fn note(&mut self, repair: &Repair, step: &str, detail: &str) -> io::Result<()> {
        let line = json!({
            "format": 1,
            "time": jiff::Timestamp::now().to_string(),
            "run": self.run,
            "account": &*repair.account,
            "mailbox": repair.mailbox,
            "folder": repair.folder.to_string(),
            "uid_validity": repair.uid_validity,
            "uid": repair.uid,
            "message_id": repair.message_id,
            "action": repair.action.name(),
            "step": step,
            "detail": detail,
        });
        jsonl::append(&mut self.file, format!("{line}\n").as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_record_goes_on_behind_a_torn_line_and_is_its_owners_only() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal/repairs.jsonl");
        Log::open(dir.path(), "r").unwrap();
        fs::write(&path, "{\"format\":").unwrap();
        Log::open(dir.path(), "r").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "{\"format\":\n");
        for (path, mode) in [(path.parent().unwrap(), 0o700), (&path, 0o600)] {
            let is = fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(is, mode, "{}", path.display());
        }
    }
}
