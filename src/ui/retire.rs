//! How a retirement looks to people: what is not the same, the plan by folder, and what became of it.

use std::collections::BTreeMap;
use std::path::Path;

use crate::ops::retire::place::Place;
use crate::ops::retire::record::Retired;
use crate::ops::retire::report::RunReport;
use crate::ops::retire::{Event, Observer, Plan, Verified};
use crate::ops::verify::report::RunReport as Compared;
use crate::ops::verify::{Told, Watcher};

use super::verify::TextView as VerifyView;
use super::words::{input_errors, plural};
use super::{Ui, Volume, sanitize};
use crate::ops::octets::Octets;

/// How it ended.
pub struct Outcome<'a> {
    /// The run's id; none in a dry run.
    pub run: Option<&'a str>,
    /// Whether messages were brought back.
    pub undo: bool,
    /// Whether nothing was to be changed.
    pub dry_run: bool,
    /// What the comparison found; none with `undo`.
    pub verified: Option<&'a Compared>,
    /// Messages of the plan.
    pub planned: u64,
    /// What became of them.
    pub report: &'a RunReport,
    /// Why the plan was not carried out.
    pub refusal: Option<&'a str>,
    /// Whether all that was asked for is done.
    pub complete: bool,
    /// The exit status.
    pub exit: u8,
}

/// Shows a retirement.
pub trait RetireView: Watcher + Observer {
    /// The plan stands: messages of the spool that go to a directory.
    fn plan(&self, plan: &Plan, to: &Path, verified: &Compared);
    /// The plan stands: messages that are brought back.
    fn undo_plan(&self, messages: &[Retired]);
    /// The run is over.
    fn finish(&self, outcome: &Outcome<'_>);
}

/// Draws a retirement as text.
pub struct TextView<'a> {
    ui: &'a Ui,
    verify: VerifyView<'a>,
    /// Whether the plan is shown: to people, in a dry run, and on request.
    shown: bool,
    /// Whether messages are brought back.
    undo: bool,
}

impl<'a> TextView<'a> {
    /// A view for one run.
    #[must_use]
    pub fn new(ui: &'a Ui, dry_run: bool, undo: bool) -> Self {
        let shown = ui.volume == Volume::Verbose
            || ui.volume == Volume::Normal && (dry_run || ui.stdout_is_terminal);
        Self {
            ui,
            verify: VerifyView::new(ui, None),
            shown,
            undo,
        }
    }

    fn answer(&self, line: &str) {
        self.ui.answer(&sanitize::text(line));
    }

    fn folder(&self, place: &Place, messages: u64, octets: u64) {
        let messages = plural(messages, "message", "messages");
        self.answer(&format!("{place}: {messages}, {}", Octets(octets)));
    }
}

impl Watcher for TextView<'_> {
    fn told(&self, told: &Told<'_>) {
        self.verify.told(told);
    }
}

impl Observer for TextView<'_> {
    fn event(&self, event: &Event<'_>) {
        match event {
            Event::Settled { place, moved, kept } => self.ui.error(&format!(
                "{place}: ended what an earlier run had begun: {moved} at their new place, {kept} at \
                 their old one"
            )),
            Event::Moved {
                place,
                number,
                kept_as,
            } if self.ui.volume == Volume::Verbose => {
                let (done, kept) = if self.undo {
                    ("moved back", "was kept")
                } else {
                    ("moved", "kept")
                };
                let other = if number == kept_as {
                    String::new()
                } else {
                    format!(" ({kept} as msg{kept_as:04})")
                };
                self.answer(&format!("{place}/msg{number:04}: {done}{other}"));
            }
            Event::Moved { .. } => {}
            Event::Stays { place, number, why } => {
                self.ui.error(&format!("{place}/msg{number:04}: stays: {why}"));
            }
        }
    }
}

impl RetireView for TextView<'_> {
    fn plan(&self, plan: &Plan, to: &Path, verified: &Compared) {
        self.verify.clear();
        if !self.shown {
            return;
        }
        for (place, messages) in &plan.folders {
            let octets = messages.iter().map(Verified::octets).sum();
            self.folder(place, messages.len() as u64, octets);
        }
        let messages = plural(plan.messages(), "message", "messages");
        let (octets, to) = (Octets(plan.octets()), to.display());
        self.answer(&format!("In all {messages}, {octets}, to {to}"));
        let stay = verified.counts.spool() - verified.counts.same;
        if stay > 0 {
            let stay = plural(stay, "message stays", "messages stay");
            self.answer(&format!(
                "{stay} in the spool, being not the same in IMAP, or not looked at; an Asterisk with \
                 IMAP storage plays files that stay in place of IMAP's messages"
            ));
        }
    }

    fn undo_plan(&self, messages: &[Retired]) {
        if !self.shown {
            return;
        }
        let mut folders: BTreeMap<(&Path, &Path, &Place), (u64, u64)> = BTreeMap::new();
        for one in messages {
            let key = (one.ends.to.as_path(), one.ends.spool.as_path(), &one.place);
            let (count, octets) = folders.entry(key).or_default();
            *count += 1;
            *octets += one
                .moved
                .files
                .iter()
                .map(|file| file.stamp.size)
                .sum::<u64>();
        }
        for ((_, _, place), (count, octets)) in &folders {
            self.folder(place, *count, *octets);
        }
        let count = plural(messages.len() as u64, "message", "messages");
        self.answer(&format!("In all {count} to bring back"));
    }

    fn finish(&self, outcome: &Outcome<'_>) {
        self.verify.clear();
        if let Some(refusal) = outcome.refusal {
            self.ui.error(refusal);
        }
        if let Some(broken) = &outcome.report.broken {
            self.ui.error(broken);
        }
        let line = closing_line(outcome);
        if self.shown {
            self.ui.answer("");
            self.answer(&line);
        } else if !outcome.complete {
            self.ui.error(&line);
        }
    }
}

/// The sentence that says how it went.
fn closing_line(outcome: &Outcome<'_>) -> String {
    let messages = |count| plural(count, "message", "messages");
    let counts = outcome.report.counts;
    let mut sentences = Vec::new();
    let done = if outcome.undo {
        "brought back"
    } else {
        "moved"
    };
    sentences.push(if outcome.dry_run {
        let planned = messages(outcome.planned);
        format!("Dry run: {planned} would be {done}; nothing was changed.")
    } else {
        format!("{} {done}.", messages(counts.moved))
    });
    let mut left = Vec::new();
    let mut part = |count: u64, what: &str| {
        if count > 0 {
            left.push(format!("{count} {what}"));
        }
    };
    part(
        counts.stayed,
        if outcome.undo {
            "could not be brought back"
        } else {
            "could not be moved"
        },
    );
    part(counts.pending, "not reached");
    if let Some(verified) = outcome.verified {
        let found = verified.counts;
        part(found.differs, "differ from IMAP");
        part(found.missing, "missing in IMAP");
        part(found.not_comparable, "not comparable");
        part(found.pending, "not compared");
        part(verified.failures.boxes(), "of the mailboxes not finished");
        part(verified.boxes_left, "of the mailboxes not begun");
        part(verified.input_errors, input_errors(verified.input_errors));
    }
    if !left.is_empty() {
        sentences.push(format!("Incomplete: {}.", left.join(", ")));
    }
    if let Some(run) = outcome.run {
        sentences.push(format!("Run {run}."));
        if !outcome.undo && counts.moved > 0 {
            sentences.push(format!(
                "To bring them back: vmimap retire --undo --run {run}"
            ));
        }
    }
    sentences.join(" ")
}
