//! How a verification looks to people: a line for each message that is not the same, a table at the end.

use std::sync::{Mutex, PoisonError};

use crate::ops::verify::report::{BoxReport, Counts, RunReport, Verdict};
use crate::ops::verify::sample::Sample;
use crate::ops::verify::{Message, Told, Watcher};
use crate::voicemail::notice::{Notice, Severity};

use super::progress::Progress;
use super::table::{Column, draw};
use super::words::{input_errors, plural};
use super::{Ui, Volume, remarks, sanitize};

/// The table names every box up to this many; beyond, only those that need attention.
const TABLE_ROWS: usize = 50;

/// Draws a verification as text.
pub struct TextView<'a> {
    ui: &'a Ui,
    sample: Option<Sample>,
    /// Whether the table is shown when all is well: to people, and on request.
    shown: bool,
    progress: Progress,
    rows: Mutex<Vec<Row>>,
}

struct Row {
    cells: Vec<String>,
    attention: bool,
}

impl<'a> TextView<'a> {
    /// A view for one run.
    #[must_use]
    pub fn new(ui: &'a Ui, sample: Option<Sample>) -> Self {
        let shown =
            ui.volume == Volume::Verbose || ui.volume == Volume::Normal && ui.stdout_is_terminal;
        Self {
            ui,
            sample,
            shown,
            progress: Progress::new(ui.stderr_is_terminal && ui.volume > Volume::Quiet),
            rows: Mutex::default(),
        }
    }

    fn rows(&self) -> std::sync::MutexGuard<'_, Vec<Row>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn notice(&self, notice: &Notice) {
        let wanted = match notice.severity {
            Severity::Error => true,
            Severity::Warning | Severity::Info => self.ui.volume == Volume::Verbose,
        };
        if wanted {
            self.progress
                .suspend(|| self.ui.error(&remarks::text(notice)));
        }
    }

    fn message(&self, message: &Message<'_>) {
        let octets = message.candidate.map_or(0, |one| one.octets);
        if matches!(message.verdict, Verdict::Same { .. } | Verdict::Differs(_)) {
            self.progress.advance(1, octets, 0.0);
        }
        let verbose = self.ui.volume == Volume::Verbose;
        if let Some(line) = line(message, verbose) {
            self.progress
                .suspend(|| self.ui.answer(&sanitize::text(&line)));
        }
    }

    fn done(&self, report: &BoxReport) {
        self.progress.box_done(0.0);
        let attention = !report.complete() || report.counts.findings() > 0;
        let mut rows = self.rows();
        if rows.len() < TABLE_ROWS || attention {
            rows.push(Row {
                cells: cells(&report.vmbox.to_string(), report.counts, self.sample),
                attention,
            });
        }
        drop(rows);
        if let Some(error) = &report.error {
            self.progress
                .suspend(|| self.ui.error(&format!("{}: {error}", report.vmbox)));
        }
    }

    /// Takes the progress bar away.
    pub fn clear(&self) {
        self.progress.clear();
    }

    /// Draws the table and the closing line.
    pub fn finish(&self, run: &RunReport) {
        self.progress.clear();
        let well = run.complete() && run.counts.findings() == 0;
        if !self.shown && (well || self.ui.volume == Volume::Quiet) {
            return;
        }
        let mut rows = std::mem::take(&mut *self.rows());
        if !self.shown || run.boxes > TABLE_ROWS as u64 {
            rows.retain(|row| row.attention);
        }
        rows.sort_by(|one, two| one.cells.cmp(&two.cells));
        let mut cells_of: Vec<Vec<String>> = rows.into_iter().map(|row| row.cells).collect();
        let total = plural(run.boxes, "mailbox", "mailboxes");
        cells_of.push(cells(&total, run.counts, self.sample));
        self.ui.answer("");
        self.ui.answer(&draw(
            &columns(self.sample),
            &cells_of,
            self.ui.color(),
            true,
        ));
        self.ui
            .answer(&format!("\n{}", closing_line(run, self.sample)));
        if let Some(count) = run
            .without_source
            .filter(|count| *count > 0 && self.ui.volume == Volume::Verbose)
        {
            let messages = plural(count, "message", "messages");
            self.ui.answer(&format!(
                "{messages} that migrate has put into IMAP without a source in the spool (mailboxes \
                 with an account of their own counted)."
            ));
        }
    }
}

impl Watcher for TextView<'_> {
    fn told(&self, told: &Told<'_>) {
        match told {
            Told::Started { boxes } => self.progress.start(*boxes),
            Told::Notice(notice) => self.notice(notice),
            Told::Message(message) => self.message(message),
            Told::Done(report) => self.done(report),
        }
    }
}

/// `4123@default: INBOX/msg0003: is not in IMAP`
fn line(message: &Message<'_>, verbose: bool) -> Option<String> {
    let what = match message.verdict {
        Verdict::Differs(why) | Verdict::Missing(why) => why.as_str(),
        Verdict::NotComparable(why) => &format!("cannot be compared: {why}"),
        Verdict::Same { heard: false } if verbose => "same",
        Verdict::Same { heard: true } if verbose => "same, heard since",
        Verdict::LeftOut if verbose => "is in IMAP, not part of the sample",
        Verdict::Pending if verbose => "not reached",
        Verdict::Same { .. } | Verdict::LeftOut | Verdict::Pending => return None,
    };
    Some(format!(
        "{}: {}/msg{:04}: {what}",
        message.vmbox, message.folder, message.number
    ))
}

fn columns(sample: Option<Sample>) -> Vec<Column> {
    let mut titles = vec![
        "Mailbox",
        "Spool",
        "Same",
        "Differs",
        "Missing",
        "Not compared",
    ];
    titles.extend(sample.map(|_| "Only there"));
    let numeric = |title: &str| title != "Mailbox";
    titles
        .into_iter()
        .map(|title| Column {
            title,
            numeric: numeric(title),
        })
        .collect()
}

fn cells(name: &str, counts: Counts, sample: Option<Sample>) -> Vec<String> {
    let mut cells = vec![name.to_owned()];
    let not_compared = counts.not_comparable + counts.pending;
    let numbers = [
        counts.spool(),
        counts.same,
        counts.differs,
        counts.missing,
        not_compared,
    ];
    cells.extend(numbers.map(|number| number.to_string()));
    cells.extend(sample.map(|_| counts.left_out.to_string()));
    cells
}

/// The one sentence that says how it went, and what of it was looked at.
fn closing_line(run: &RunReport, sample: Option<Sample>) -> String {
    let counts = &run.counts;
    let all = plural(counts.spool(), "message", "messages");
    let mut sentences = Vec::new();
    match sample {
        Some(Sample { size, seed }) => sentences.push(format!(
            "Read back {} of {all} of the spool (--sample {size} --seed {seed}): {} the same.",
            counts.compared(),
            counts.same
        )),
        None if counts.spool() == 0 => {
            sentences.push("The spool holds no message of what was asked for.".to_owned());
        }
        None if (counts.same, counts.spool()) == (1, 1) => {
            sentences.push(format!("The {all} of the spool is the same in IMAP."));
        }
        None if counts.same == counts.spool() => {
            sentences.push(format!("All {all} of the spool are the same in IMAP."));
        }
        None => sentences.push(format!(
            "Of {all} of the spool {} are the same in IMAP.",
            counts.same
        )),
    }
    let mut found = Vec::new();
    let mut part = |count: u64, what: &str| {
        if count > 0 {
            found.push(format!("{count} {what}"));
        }
    };
    part(counts.differs, "differ");
    part(counts.missing, "missing");
    if !found.is_empty() {
        sentences.push(format!("Found: {}.", found.join(", ")));
    }
    let mut left = Vec::new();
    let mut part = |count: u64, what: &str| {
        if count > 0 {
            left.push(format!("{count} {what}"));
        }
    };
    part(counts.not_comparable, "not comparable");
    part(counts.pending, "not reached");
    part(run.failures.boxes(), "of the mailboxes not finished");
    part(run.boxes_left, "of the mailboxes not begun");
    part(run.input_errors, input_errors(run.input_errors));
    if !left.is_empty() {
        sentences.push(format!("Incomplete: {}.", left.join(", ")));
    }
    sentences.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_line_says_what_was_looked_at() {
        let mut run = RunReport::default();
        assert_eq!(
            closing_line(&run, None),
            "The spool holds no message of what was asked for."
        );
        run.counts.same = 1;
        assert_eq!(
            closing_line(&run, None),
            "The 1 message of the spool is the same in IMAP."
        );
        run.counts.same = 2;
        assert_eq!(
            closing_line(&run, None),
            "All 2 messages of the spool are the same in IMAP."
        );
        run.counts.left_out = 38;
        run.counts.missing = 1;
        let size = "5%".parse().unwrap();
        let sample = Some(Sample { size, seed: 7 });
        assert_eq!(
            closing_line(&run, sample),
            "Read back 2 of 41 messages of the spool (--sample 5% --seed 7): 2 the same. \
             Found: 1 missing."
        );
        run.counts.pending = 1;
        assert!(closing_line(&run, sample).ends_with("Incomplete: 1 not reached."));
    }
}
