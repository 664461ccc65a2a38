//! How a migration looks to people: a line per voicemail box, a table at the end.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::ops::error::BoxError;
use crate::ops::event::{Event, Observer};
use crate::ops::migrate::plan::{Action, BoxPlan, List, Octets, PlanItem, Skip};
use crate::ops::migrate::report::{BoxReport, RunReport};
use crate::voicemail::notice::{Notice, Severity};
use crate::voicemail::vmbox::VoicemailBox;

use super::progress::Progress;
use super::table::{Column, draw};
use super::{Ui, Volume, remarks, sanitize};

/// The final table names every box up to this many; beyond, only those that need attention.
const TABLE_ROWS: usize = 50;

/// Draws a migration as text.
pub struct TextView<'a> {
    ui: &'a Ui,
    dry_run: bool,
    /// Whether the plan and the table are shown: always to people and in a dry run; without a
    /// terminal only on request, so that a cron job that went well mails nothing.
    shown: bool,
    progress: Progress,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    rows: Vec<Row>,
    boxes: usize,
    /// Octets planned and done per box under way.
    under_way: HashMap<VoicemailBox, (u64, u64)>,
}

struct Row {
    cells: Vec<String>,
    attention: bool,
}

impl<'a> TextView<'a> {
    /// A view for one run.
    #[must_use]
    pub fn new(ui: &'a Ui, dry_run: bool) -> Self {
        let shown = ui.volume == Volume::Verbose
            || ui.volume == Volume::Normal && (dry_run || ui.stdout_is_terminal);
        Self {
            ui,
            dry_run,
            shown,
            progress: Progress::new(ui.stderr_is_terminal && ui.volume > Volume::Quiet),
            state: Mutex::default(),
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remarks: errors always, warnings to people, the rest on request.
    fn notice(&self, notice: &Notice) {
        let wanted = match notice.severity {
            Severity::Error => true,
            Severity::Warning => self.shown,
            Severity::Info => self.ui.volume == Volume::Verbose,
        };
        if wanted {
            self.progress
                .suspend(|| self.ui.error(&remarks::text(notice)));
        }
    }

    fn planned(&self, plan: &BoxPlan) {
        self.state()
            .under_way
            .insert(plan.vmbox.clone(), (plan.octets(), 0));
        if self.shown {
            let verbose = self.ui.volume == Volume::Verbose;
            self.progress.suspend(|| {
                self.ui.answer(&sanitize::text(&plan_line(plan)));
                for item in plan.items.iter().filter(|_| verbose) {
                    self.ui.answer(&sanitize::text(&item_line(item)));
                }
            });
        }
    }

    fn advance(&self, vmbox: &VoicemailBox, messages: usize, octets: u64) {
        let share = {
            let mut state = self.state();
            let Some((planned, done)) = state.under_way.get_mut(vmbox) else {
                return;
            };
            *done += octets;
            share(octets, *planned)
        };
        self.progress.advance(messages, octets, share);
    }

    fn done(&self, report: &BoxReport) {
        let mut state = self.state();
        let (planned, done) = state.under_way.remove(&report.vmbox).unwrap_or_default();
        state.boxes += 1;
        let attention = !report.complete();
        if state.rows.len() < TABLE_ROWS || attention {
            state.rows.push(Row {
                cells: cells(report),
                attention,
            });
        }
        drop(state);
        self.progress.box_done(share(done, planned));
        // A box that is not in voicemail.conf has been remarked on, with its code and cure.
        if let Some(error) = &report.error
            && !matches!(error, BoxError::UnknownBox)
        {
            self.progress
                .suspend(|| self.ui.error(&format!("{}: {error}", report.vmbox)));
        }
    }

    /// Draws the table and the closing line.
    pub fn finish(&self, run: &RunReport, run_id: Option<&str>) {
        self.progress.clear();
        let mut state = self.state();
        if state.boxes > TABLE_ROWS {
            state.rows.retain(|row| row.attention);
        }
        state.rows.sort_by(|one, two| one.cells.cmp(&two.cells));
        if self.shown {
            let mut rows: Vec<Vec<String>> =
                state.rows.iter().map(|row| row.cells.clone()).collect();
            rows.push(total(run));
            self.ui.answer("");
            self.ui
                .answer(&draw(&columns(self.dry_run), &rows, self.ui.color(), true));
        }
        let line = closing_line(run, self.dry_run, run_id);
        if self.shown {
            self.ui.answer(&format!("\n{line}"));
        } else if !run.complete() {
            self.ui.error(&line);
        }
    }
}

impl Observer for TextView<'_> {
    fn event(&self, event: &Event<'_>) {
        match event {
            Event::Started { boxes } => self.progress.start(*boxes),
            Event::Notice(notice) => self.notice(notice),
            Event::Planned(plan) => self.planned(plan),
            Event::Appended {
                vmbox,
                messages,
                octets,
            } => self.advance(vmbox, *messages, *octets),
            Event::Verified { .. } => {}
            Event::Failed { vmbox, failure } => {
                self.progress
                    .suspend(|| self.ui.error(&format!("{vmbox}: {failure}")));
            }
            Event::Retrying { vmbox, why } => self.progress.suspend(|| {
                self.ui.error(&format!("{vmbox}: {why}; looking again"));
            }),
            Event::Done(report) => self.done(report),
        }
    }
}

#[allow(clippy::cast_precision_loss)] // moves a progress bar
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

/// `4123@default: 11 to append (5 new, 2 old, 1 urgent, 1 Work), 74 KiB; 3 already there`
fn plan_line(plan: &BoxPlan) -> String {
    let mut lists: std::collections::BTreeMap<List, u32> = std::collections::BTreeMap::new();
    let (mut verify, mut there, mut removed, mut held) = (0, 0, 0, 0);
    for item in &plan.items {
        match &item.action {
            Action::Append => *lists.entry(List::of(item.placement)).or_default() += 1,
            Action::Verify(_) => verify += 1,
            Action::Skip(Skip::AlreadyThere(_)) => there += 1,
            Action::Skip(Skip::RemovedSince) => removed += 1,
            Action::HoldBack(_) => held += 1,
        }
    }
    let appends: u32 = lists.values().sum();
    let mut parts = Vec::new();
    if appends > 0 {
        let lists: Vec<String> = lists
            .iter()
            .map(|(list, n)| format!("{n} {list}"))
            .collect();
        parts.push(format!(
            "{appends} to append ({}), {}",
            lists.join(", "),
            Octets(plan.octets())
        ));
    } else if plan.items.is_empty() {
        parts.push("no messages".to_owned());
    } else {
        parts.push("nothing to append".to_owned());
    }
    let mut part = |n: u32, what: &str| {
        if n > 0 {
            parts.push(format!("{n} {what}"));
        }
    };
    part(there, "already there");
    part(verify, "there, to be read back");
    part(
        removed,
        "removed by their owner since (--again appends them anew)",
    );
    part(held, "held back");
    if !plan.create.is_empty() {
        let names: Vec<String> = plan.create.iter().map(ToString::to_string).collect();
        parts.push(format!("creates {}", names.join(", ")));
    }
    format!("{}: {}", plan.vmbox, parts.join("; "))
}

/// `  INBOX/msg0003 -> INBOX        append    2026-11-23T09:52:41Z     1 s WAV   5.8 KiB`
fn item_line(item: &PlanItem) -> String {
    let candidate = &item.candidate;
    let voicemail = &candidate.voicemail;
    let when = jiff::Timestamp::from_second(voicemail.origtime).map_or_else(
        |_| voicemail.origtime.to_string(),
        |moment| moment.to_string(),
    );
    let flags = match (item.placement.seen, item.placement.flagged) {
        (true, _) => " \\Seen",
        (_, true) => " \\Flagged",
        _ => "",
    };
    let action = match &item.action {
        Action::Append => "append".to_owned(),
        Action::Verify(held) => format!("read back (in {})", held.folder),
        Action::Skip(Skip::AlreadyThere(held)) => format!("already there (in {})", held.folder),
        Action::Skip(Skip::RemovedSince) => "removed since".to_owned(),
        Action::HoldBack(why) => why.to_string(),
    };
    format!(
        "  {:<16} -> {:<18} {when} {:>5} s  {:<4} {:>8}  {action}",
        format!("{}/msg{:04}", candidate.folder, candidate.number),
        format!("{}{flags}", item.target),
        voicemail.duration,
        voicemail.format.extension(),
        Octets(candidate.octets).to_string(),
    )
}

fn columns(dry_run: bool) -> Vec<Column> {
    let numeric = |title| Column {
        title,
        numeric: true,
    };
    let mut columns = vec![Column {
        title: "Mailbox",
        numeric: false,
    }];
    columns.push(numeric(if dry_run { "To append" } else { "Appended" }));
    columns.extend([numeric("There"), numeric("Not done"), numeric("Size")]);
    columns.push(Column {
        title: "Asterisk will count",
        numeric: false,
    });
    columns
}

fn not_done(counts: &crate::ops::migrate::report::Counts) -> u64 {
    counts.failed + counts.held_back + counts.deferred + counts.pending
}

fn cells(report: &BoxReport) -> Vec<String> {
    let counts = &report.counts;
    let lists: Vec<String> = report
        .lists
        .iter()
        .filter(|(_, n)| **n > 0)
        .map(|(list, n)| format!("{n} {list}"))
        .collect();
    vec![
        report.vmbox.to_string(),
        counts.appended.to_string(),
        counts.skipped.to_string(),
        not_done(counts).to_string(),
        Octets(counts.octets).to_string(),
        if lists.is_empty() {
            "-".to_owned()
        } else {
            lists.join(", ")
        },
    ]
}

fn total(run: &RunReport) -> Vec<String> {
    vec![
        plural(run.boxes, "mailbox", "mailboxes"),
        run.counts.appended.to_string(),
        run.counts.skipped.to_string(),
        not_done(&run.counts).to_string(),
        Octets(run.counts.octets).to_string(),
        String::new(),
    ]
}

/// `1 message`, `2 messages`.
fn plural(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// The one sentence that says how it went.
#[must_use]
pub fn closing_line(run: &RunReport, dry_run: bool, run_id: Option<&str>) -> String {
    let counts = &run.counts;
    let line = match (dry_run, counts.appended) {
        (true, n) => {
            let messages = plural(n, "message", "messages");
            format!("Dry run: {messages} would be appended; nothing was sent.")
        }
        (false, 0) => "Nothing to append; no message was sent.".to_owned(),
        (false, n) if run.unverified => {
            let messages = plural(n, "message", "messages");
            format!("{messages} appended, not read back (--no-verify).")
        }
        (false, n) => format!(
            "{} appended and read back.",
            plural(n, "message", "messages")
        ),
    };
    let mut left = Vec::new();
    let mut part = |n: u64, what: &str| {
        if n > 0 {
            left.push(format!("{n} {what}"));
        }
    };
    let boxes = |n: u64| if n == 1 { "mailbox" } else { "mailboxes" };
    part(counts.failed, "failed");
    part(counts.held_back, "held back");
    part(counts.deferred, "still changing");
    part(counts.pending, "not reached");
    let failed = run.failures.boxes();
    part(failed, &format!("{} not finished", boxes(failed)));
    part(
        run.boxes_left,
        &format!("{} not begun", boxes(run.boxes_left)),
    );
    part(
        run.input_errors,
        if run.input_errors == 1 {
            "input error"
        } else {
            "input errors"
        },
    );
    let mut sentences = vec![line];
    if !left.is_empty() {
        sentences.push(format!("Incomplete: {}.", left.join(", ")));
    }
    if counts.removed > 0 {
        sentences.push(format!(
            "{} removed by their owners since; left alone.",
            counts.removed
        ));
    }
    sentences.extend(run_id.map(|id| format!("Run {id}.")));
    sentences.join(" ")
}
