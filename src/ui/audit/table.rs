//! Findings as a table with what they mean, or as CSV and TSV.
//!
//! A table is drawn at the end, the worst first; of one rule's findings in one mailbox the first few
//! are shown, so that ten thousand messages with one fault stay readable and memory stays small.
//! Files have every finding, in the order in which accounts are finished.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use crate::ops::audit::catalogue::{self, Rule};
use crate::ops::audit::finding::Finding;
use crate::ops::audit::{Event, Observer, Report};
use crate::voicemail::notice::Severity;

use super::{heads, incomplete, row, sum, text, whose};
use crate::ui::progress::Progress;
use crate::ui::sheet::{Cell, Head, Sheet, Style};
use crate::ui::{Ui, Volume};

/// Findings of one rule in one mailbox that a table shows.
const SHOWN: u64 = 5;

/// The worst first, then by code, then by mailbox.
type Key = (std::cmp::Reverse<Severity>, &'static str, String);

#[derive(Default)]
struct Held {
    rows: BTreeMap<Key, (u64, Vec<Vec<Cell>>)>,
    codes: BTreeSet<(std::cmp::Reverse<Severity>, &'static str)>,
    hidden_infos: u64,
    parts: u64,
}

/// Shows an audit to people, or writes its file.
pub struct TextView<'a> {
    ui: &'a Ui,
    style: Style,
    infos: bool,
    progress: Progress,
    held: Mutex<Held>,
}

impl<'a> TextView<'a> {
    /// A view in this style. Notes (infos) are shown in a table only where `infos` or verbose.
    #[must_use]
    pub fn new(ui: &'a Ui, style: Style, infos: bool) -> Self {
        let visible = ui.stderr_is_terminal && ui.volume > Volume::Quiet;
        Self {
            ui,
            style,
            infos: infos || ui.volume == Volume::Verbose,
            progress: Progress::new(visible),
            held: Mutex::default(),
        }
    }

    fn hold(&self, findings: &[Finding]) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        for finding in findings {
            let severity = finding.rule.row.severity;
            if severity == Severity::Info && !self.infos {
                held.hidden_infos += 1;
                continue;
            }
            let severity = std::cmp::Reverse(severity);
            held.codes.insert((severity, finding.rule.code()));
            let key = (severity, finding.rule.code(), whose(finding));
            let (count, rows) = held.rows.entry(key).or_default();
            *count += 1;
            if *count <= SHOWN || self.ui.volume == Volume::Verbose {
                rows.push(row(finding));
            }
        }
    }

    fn write(&self, findings: &[Finding]) {
        let mut sheet = Sheet::new(&heads());
        for finding in findings {
            sheet.push(row(finding));
        }
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let first = held.parts == 0;
        held.parts += 1;
        let _ = sheet.write_part(self.ui, self.style, true, first);
    }

    /// Draws what is drawn last.
    pub fn finish(self, report: &Report) {
        self.progress.clear();
        if self.style != Style::Table {
            let parts = self.held.lock().map_or(1, |held| held.parts);
            if parts == 0 {
                self.write(&[]); // a file has its heading, be it empty
            }
            if let Some(line) = incomplete(report) {
                self.ui.error(&line);
            }
            return;
        }
        let held = self
            .held
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let mut sheet = Sheet::new(&heads());
        for ((_, code, whose), (count, rows)) in held.rows {
            let hidden = count - rows.len() as u64;
            for row in rows {
                sheet.push(row);
            }
            if hidden > 0 {
                sheet.push(more(code, &whose, hidden));
            }
        }
        if !sheet.is_empty() {
            sheet.write(self.ui, Style::Table, true);
            self.ui.answer("");
            if self.ui.volume > Volume::Quiet {
                meanings(&held.codes).write(self.ui, Style::Table, true);
                self.ui.answer("");
            }
        }
        let hint = match held.hidden_infos {
            0 => "",
            _ => " (-v shows notes)",
        };
        self.ui.say(&format!("{}{hint}", sum(report)));
        if let Some(line) = incomplete(report) {
            self.ui.say(&line);
        }
    }
}

/// The row in place of those that are not shown.
fn more(code: &str, whose: &str, hidden: u64) -> Vec<Cell> {
    let found = format!("and {hidden} more like these (-v shows all)");
    heads()
        .iter()
        .map(|head| match (head.name, head.title) {
            ("code", _) => text(code),
            ("", Some("Mailbox")) => text(whose),
            ("found", _) => text(&found),
            _ => Cell::Nothing,
        })
        .collect()
}

/// What the codes of a table mean.
fn meanings(codes: &BTreeSet<(std::cmp::Reverse<Severity>, &'static str)>) -> Sheet {
    let mut sheet = Sheet::new(&[
        Head::table_only("Code"),
        Head::table_only("What it means"),
        Head::table_only("What to do"),
    ]);
    let rules = codes.iter().filter_map(|(_, code)| catalogue::find(code));
    for rule in rules {
        sheet.push(vec![
            text(rule.code()),
            Cell::Text(meaning(rule)),
            text(rule.row.cure),
        ]);
    }
    sheet
}

fn meaning(rule: &Rule) -> String {
    format!(
        "{}: {}; Asterisk {}",
        rule.row.severity, rule.row.title, rule.asterisk
    )
}

impl Observer for TextView<'_> {
    fn event(&self, event: &Event<'_>) {
        match event {
            Event::Started(boxes) => self.progress.start(*boxes),
            Event::Done(boxes) => (0..*boxes).for_each(|_| self.progress.box_done(0.0)),
            Event::Failed(vmbox, why) => self
                .progress
                .suspend(|| self.ui.error(&format!("{vmbox}: {why}"))),
            Event::Found(findings) if self.style == Style::Table => self.hold(findings),
            Event::Found(findings) => self.progress.suspend(|| self.write(findings)),
        }
    }
}
