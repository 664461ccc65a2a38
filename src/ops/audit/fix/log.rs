//! The record of repairs: `<state-dir>/journal/repairs.jsonl`, appended to only.
//!
//! A line is on disk before the step it announces: `intent` before a message is appended, moved or
//! marked, `removing` before the old one goes. It is for people who want to know what was done; no run
//! reads it, for the server itself remembers (`apply`).

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde_json::json;

use super::Repair;

/// The record, open for one run.
pub struct Log {
    file: File,
    run: String,
}

impl Log {
    /// Opens the record, making it if need be.
    pub fn open(state_dir: &Path, run: &str) -> io::Result<Self> {
        let dir = state_dir.join("journal");
        fs::create_dir_all(&dir)?;
        let path = dir.join("repairs.jsonl");
        let file = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(path)?;
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
        self.file.write_all(format!("{line}\n").as_bytes())?;
        self.file.sync_data()
    }
}
