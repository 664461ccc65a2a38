//! The runs of a state directory, and what a merge does, as people and programs see them.

use std::path::Path;

use serde_json::{Value, json};

use crate::exit::Exit;
use crate::ops::migrate::journal::Counts;
use crate::ops::runs::merge::{Merged, What};
use crate::ops::runs::{Run, Runs, State};
use crate::voicemail::vmbox::VoicemailBox;

use super::json::{line, merge};
use super::removal_words::count;
use super::sheet::{Cell, Head, Sheet, Style, moment};
use super::{Ui, Volume, sanitize};

/// One box's part in a run.
pub struct BoxPart {
    /// The box.
    pub vmbox: VoicemailBox,
    /// The account its messages went to, `user@host:port`.
    pub account: String,
    /// Its messages.
    pub counts: Counts,
}

/// Shows runs.
pub struct RunsView<'a> {
    ui: &'a Ui,
    json: bool,
    style: Style,
    utc: bool,
}

/// Columns both tables have; those with a number are left out where there is no room.
const COUNTS: [Head; 7] = [
    Head::number("intended", "Intended").spare(4),
    Head::number("appended", "Appended"),
    Head::number("verified", "Verified").spare(1),
    Head::number("refused", "Refused").spare(3),
    Head::number("unknown", "Unknown").spare(3),
    Head::number("rolled_back", "Undone"),
    Head::number("octets", "Size"),
];

fn counts(counts: &Counts) -> [Cell; 7] {
    [
        Cell::Count(counts.intended),
        Cell::Count(counts.appended),
        Cell::Count(counts.verified),
        Cell::Count(counts.refused),
        Cell::Count(counts.unknown),
        Cell::Count(counts.rolled_back),
        Cell::Octets(counts.octets),
    ]
}

/// A moment in RFC 3339, in seconds.
fn second(text: &str) -> Option<i64> {
    let moment: jiff::Timestamp = text.parse().ok()?;
    Some(moment.as_second())
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn mailboxes(run: &Run) -> u64 {
    run.mailboxes.unwrap_or(run.boxes.len() as u64)
}

impl<'a> RunsView<'a> {
    /// A view for one call.
    #[must_use]
    pub fn new(ui: &'a Ui, json: bool, style: Style, utc: bool) -> Self {
        Self {
            ui,
            json,
            style,
            utc,
        }
    }

    /// All runs, newest first.
    pub fn runs(&self, runs: &Runs, state_dir: &Path, exit: Exit) {
        self.damaged(runs);
        if self.json {
            for run in runs.newest_first() {
                line(self.ui, "run", fields(run));
            }
            return self.summary(runs, exit);
        }
        if runs.runs.is_empty() && self.style == Style::Table {
            let dir = state_dir.display().to_string();
            let line = format!("There is no run in the journals of {dir}.");
            return self.ui.answer(&sanitize::text(&line));
        }
        let mut heads = vec![
            Head::text("run", "Run"),
            Head::text("started", "Started").spare(2),
            Head::text("state", "State"),
            Head::number("mailboxes", "Boxes"),
        ];
        heads.extend(COUNTS);
        heads.extend([
            Head::text("spool", "Spool").spare(5),
            Head::file_only("exit"),
        ]);
        let mut sheet = Sheet::new(&heads);
        for run in runs.newest_first() {
            let mut row = vec![
                text(&run.run),
                second(&run.at).map_or(Cell::Nothing, Cell::Moment),
                text(run.state().as_str()),
                Cell::Count(mailboxes(run)),
            ];
            row.extend(counts(&run.counts));
            let exit = run.ended.as_ref().map(|(_, exit)| u64::from(*exit));
            row.extend([text(&run.spool), Cell::count(exit)]);
            sheet.push(row);
        }
        sheet.write(self.ui, self.style, self.utc);
    }

    /// One run, box by box.
    pub fn run(&self, runs: &Runs, run: &Run, parts: &[BoxPart], exit: Exit) {
        self.damaged(runs);
        if self.json {
            line(self.ui, "run", fields(run));
            for part in parts {
                let mut fields = json!({
                    "mailbox": part.vmbox,
                    "run": run.run,
                    "account": part.account,
                    "state": State::of_box(&part.counts),
                });
                merge(&mut fields, &part.counts);
                line(self.ui, "mailbox", fields);
            }
            return self.summary(runs, exit);
        }
        if self.style == Style::Table {
            self.heading(run);
        }
        let mut heads = vec![
            Head::text("mailbox", "Mailbox"),
            Head::text("account", "Account").spare(5),
            Head::text("state", "State"),
        ];
        heads.extend(COUNTS);
        let mut sheet = Sheet::new(&heads);
        for part in parts {
            let mut row = vec![
                text(&part.vmbox.to_string()),
                text(&part.account),
                text(State::of_box(&part.counts).as_str()),
            ];
            row.extend(counts(&part.counts));
            sheet.push(row);
        }
        if !sheet.is_empty() || self.style != Style::Table {
            sheet.write(self.ui, self.style, self.utc);
        }
    }

    /// `Run 20261127T220102Z-1a2b: complete, began 2026-11-27T23:01:02+01:00, from /var/spool/...`
    fn heading(&self, run: &Run) {
        let when = |text: &str| second(text).map_or_else(String::new, |at| moment(at, self.utc));
        let ended = match &run.ended {
            Some((at, exit)) => format!(", ended {} with status {exit}", when(at)),
            None => String::new(),
        };
        let lines = [
            format!("Run {}: {}", run.run, run.state().as_str()),
            format!("  began {}{ended}", when(&run.at)),
            format!("  from {}, {}", run.spool, count(mailboxes(run), "mailbox")),
        ];
        for line in lines {
            self.ui.answer(&sanitize::text(&line));
        }
    }

    fn damaged(&self, runs: &Runs) {
        for one in &runs.damaged {
            self.ui.error(&format!("{}: {}", one.vmbox, one.error));
            if self.json {
                let fields = json!({ "mailbox": one.vmbox, "error": one.error.to_string() });
                line(self.ui, "failure", fields);
            }
        }
        if let Some(error) = &runs.book {
            self.ui.error(&error.to_string());
            if self.json {
                let fields = json!({ "mailbox": null, "error": error.to_string() });
                line(self.ui, "failure", fields);
            }
        }
    }

    fn summary(&self, runs: &Runs, exit: Exit) {
        let fields = json!({
            "runs": runs.runs.len(),
            "journals_failed": runs.damaged.len() + usize::from(runs.book.is_some()),
            "exit": exit.code(),
        });
        line(self.ui, "summary", fields);
    }
}

fn fields(run: &Run) -> Value {
    let mut fields = json!({
        "run": run.run,
        "started": second(&run.at),
        "ended": run.ended.as_ref().and_then(|(at, _)| second(at)),
        "run_exit": run.ended.as_ref().map(|(_, exit)| exit),
        "state": run.state(),
        "spool": run.spool,
        "mailboxes": mailboxes(run),
    });
    merge(&mut fields, &run.counts);
    fields
}

/// Shows a merge.
pub struct MergeView<'a> {
    ui: &'a Ui,
    json: bool,
    dry_run: bool,
    changed: u64,
    same: u64,
    failed: u64,
}

impl<'a> MergeView<'a> {
    /// A view for one merge.
    #[must_use]
    pub fn new(ui: &'a Ui, json: bool, dry_run: bool) -> Self {
        Self {
            ui,
            json,
            dry_run,
            changed: 0,
            same: 0,
            failed: 0,
        }
    }

    /// Files that could not be merged so far.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.failed
    }

    /// Tells of one file.
    pub fn add(&mut self, merged: &Merged) {
        let (action, error) = match &merged.outcome {
            Ok(true) => ("write", None),
            Ok(false) => ("keep", None),
            Err(error) => ("refuse", Some(error.to_string())),
        };
        match &merged.outcome {
            Ok(true) => self.changed += 1,
            Ok(false) => self.same += 1,
            Err(_) => self.failed += 1,
        }
        let (vmbox, file) = match &merged.what {
            What::Journal(vmbox) => (Some(vmbox), None),
            What::Record(file) => (None, Some(*file)),
        };
        let name = vmbox.map_or_else(|| file.unwrap_or_default().to_owned(), ToString::to_string);
        if let Some(error) = &error {
            self.ui.error(&format!("{name}: {error}"));
        }
        if self.json {
            let fields = json!({
                "mailbox": vmbox,
                "file": file,
                "action": action,
                "error": error,
            });
            line(self.ui, "journal", fields);
        } else if self.ui.volume == Volume::Verbose && error.is_none() {
            let line = format!("{name}: {action}");
            self.ui.answer(&sanitize::text(&line));
        }
    }

    /// Tells what it adds up to.
    pub fn finish(&self, exit: Exit) {
        let (changed, same, failed) = (self.changed, self.same, self.failed);
        if self.json {
            let fields = json!({
                "dry_run": self.dry_run,
                "written": changed,
                "kept": same,
                "refused": failed,
                "exit": exit.code(),
            });
            return line(self.ui, "summary", fields);
        }
        if self.ui.volume == Volume::Quiet || !self.ui.stdout_is_terminal && !self.dry_run {
            return;
        }
        let start = if self.dry_run { "Dry run: " } else { "" };
        let be = if self.dry_run {
            "would be written"
        } else {
            "written"
        };
        let refused = match failed {
            0 => String::new(),
            n => format!(", {n} not merged"),
        };
        let answer = format!(
            "{start}{} {be}, {same} held all of it already{refused}.",
            count(changed, "file")
        );
        self.ui.answer(&answer);
    }
}
