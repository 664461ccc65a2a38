//! A collector of notices that a folder full of rubbish cannot make grow without bound.

use std::collections::HashMap;

use super::catalogue as code;
use super::files::OpenError;
use crate::voicemail::notice::{CodeRow, Notice, Severity};

/// Notices of one code that are kept for one directory; the rest are counted.
const PER_CODE: usize = 20;

/// The code and words for something that was not opened.
pub(super) fn refusal(error: &OpenError) -> (CodeRow, String) {
    match error {
        OpenError::LeadsOut(_) | OpenError::Dangling => (code::LEADS_OUT, error.to_string()),
        OpenError::WrongKind => (code::SPECIAL, error.to_string()),
        OpenError::Io(io) => (code::UNREADABLE, format!("cannot be read: {io}")),
    }
}

/// Notices about one box or about the spool's upper levels.
#[derive(Debug, Default)]
pub(super) struct Notes {
    list: Vec<Notice>,
    /// For each code of the present directory: its row and how often it occurred.
    seen: HashMap<&'static str, (CodeRow, usize)>,
    /// Errors so far, those left out of the list included.
    errors: u64,
}

impl Notes {
    /// Adds a notice that is never left out: messages depend on it.
    pub(super) fn push(&mut self, row: &CodeRow, place: &str, message: impl Into<String>) {
        self.errors += u64::from(row.severity == Severity::Error);
        self.list.push(Notice::new(row, place, message));
    }

    /// How many errors there have been.
    pub(super) fn errors(&self) -> u64 {
        self.errors
    }

    /// Adds a notice about rubbish, of which there may be any amount.
    pub(super) fn stray(&mut self, row: &CodeRow, place: &str, message: impl Into<String>) {
        let (_, count) = self.seen.entry(row.code).or_insert((*row, 0));
        *count += 1;
        if *count <= PER_CODE {
            self.push(row, place, message);
        } else {
            self.errors += u64::from(row.severity == Severity::Error);
        }
    }

    /// Adds a notice unless the present directory has one of its code: one says it all.
    pub(super) fn once(&mut self, row: &CodeRow, place: &str, message: impl Into<String>) {
        if !self.seen.contains_key(row.code) {
            self.stray(row, place, message);
        }
    }

    /// Ends a directory: says how many strays of each code were left out.
    pub(super) fn end(&mut self, dir: &str) {
        let mut over: Vec<_> = self
            .seen
            .drain()
            .filter(|(_, (_, count))| *count > PER_CODE)
            .collect();
        over.sort_unstable_by_key(|(code, _)| *code);
        for (_, (row, count)) in over {
            let more = count - PER_CODE;
            self.list
                .push(Notice::new(&row, dir, format!("{more} more of the same")));
        }
    }

    /// Gives the notices away.
    pub(super) fn into_list(self) -> Vec<Notice> {
        self.list
    }
}
