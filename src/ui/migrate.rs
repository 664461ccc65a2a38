//! How a migration looks to people: a line per voicemail box, a table at the end.

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};
use std::sync::{Mutex, PoisonError};

use crate::ops::error::BoxError;
use crate::ops::event::{Event, Observer};
use crate::ops::migrate::follow::Pass;
use crate::ops::migrate::greetings::plan::GreetingPlan;
use crate::ops::migrate::plan::{Action, BoxPlan, PlanItem};
use crate::ops::migrate::readiness::Readiness;
use crate::ops::migrate::report::{BoxReport, RunReport};
use crate::voicemail::notice::{Notice, Severity};
use crate::voicemail::vmbox::VoicemailBox;

use super::migrate_passes::{pass_line, readiness_lines};
use super::migrate_words::{cells, closing_line, columns, held_lines, item_line, plan_line, total};
use super::progress::Progress;
use super::table::draw;
use super::{Ui, Volume, migrate_greetings, remarks, sanitize};

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
    warnings: remarks::Made,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    rows: Vec<Row>,
    boxes: usize,
    /// What was said already, where several passes may come upon it.
    told: Option<HashSet<u64>>,
    under_way: HashMap<VoicemailBox, UnderWay>,
}

/// A box that is being worked on.
#[derive(Default)]
struct UnderWay {
    /// Octets.
    planned: u64,
    done: u64,
    /// Messages.
    to_append: usize,
    appended: usize,
    to_read: usize,
    read: usize,
}

impl UnderWay {
    fn new(plan: &BoxPlan) -> Self {
        let count = |wanted: fn(&Action) -> bool| {
            let items = plan.items.iter();
            items.filter(|item| wanted(&item.action)).count()
        };
        let to_append = count(|action| matches!(action, Action::Append));
        Self {
            planned: work(plan),
            to_append,
            to_read: to_append + count(|action| matches!(action, Action::Verify(_))),
            ..Self::default()
        }
    }

    fn share(&self) -> f64 {
        share(self.done, self.planned)
    }

    /// Such as `40 of 99 appended, 0 read back`.
    fn doing(&self) -> String {
        match (self.to_append, self.read) {
            (0, read) => format!("{read} of {} read back", self.to_read),
            (all, 0) => format!("{} of {all} appended", self.appended),
            (all, read) => format!(
                "{} of {all} appended, {read} of {} read back",
                self.appended, self.to_read
            ),
        }
    }
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
            warnings: remarks::Made::default(),
            state: Mutex::default(),
        }
    }

    /// The same, for a run that comes upon the same things again and again.
    #[must_use]
    pub fn repeating(self) -> Self {
        self.state().told = Some(HashSet::new());
        self
    }

    /// The same, without plan and table unless everything is wanted.
    #[must_use]
    pub fn brief(mut self) -> Self {
        self.shown = self.ui.volume == Volume::Verbose;
        self
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remarks: errors always, warnings to people, the rest on request.
    fn notice(&self, notice: &Notice) {
        let wanted = match notice.severity {
            Severity::Error => true,
            Severity::Warning => {
                self.shown && self.warnings.still_worth_saying(notice, self.ui.volume)
            }
            Severity::Info => self.ui.volume == Volume::Verbose,
        };
        if wanted {
            self.trouble(&remarks::text(notice));
        }
    }

    /// Says what is wrong; what several passes come upon, once.
    fn trouble(&self, text: &str) {
        if self.first_time(text) {
            self.progress.suspend(|| self.ui.error(text));
        }
    }

    fn first_time(&self, text: &str) -> bool {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let told = &mut self.state().told;
        told.as_mut()
            .is_none_or(|told| told.insert(hasher.finish()))
    }

    /// Says how a pass went, and begins the next one with an empty table.
    fn pass(&self, pass: &Pass) {
        let mut state = self.state();
        state.rows.clear();
        state.boxes = 0;
        drop(state);
        self.progress.clear();
        if self.ui.volume > Volume::Quiet {
            self.ui.answer(&pass_line(pass));
        }
    }

    fn planned(&self, plan: &BoxPlan) {
        let begun = UnderWay::new(plan);
        let line = (begun.to_read > 0 && !self.dry_run).then(|| begun.doing());
        let before = self.state().under_way.insert(plan.vmbox.clone(), begun);
        if let Some(before) = before {
            self.progress.forget(before.share());
        }
        if let Some(line) = line {
            self.progress.line(&plan.vmbox.to_string(), &line);
        }
        if self.shown {
            let verbose = self.ui.volume == Volume::Verbose;
            self.progress.suspend(|| {
                self.ui.say(&sanitize::text(&plan_line(plan)));
                for item in plan.items.iter().filter(|_| verbose) {
                    self.ui.answer(&sanitize::text(&item_line(item)));
                }
            });
        }
        // Otherwise its own line of the plan says it of each message.
        if !(self.shown && self.ui.volume == Volume::Verbose) {
            for line in held_lines(plan) {
                self.trouble(&line);
            }
        }
    }

    fn greetings_planned(&self, plan: &GreetingPlan) {
        if !self.shown {
            return;
        }
        let verbose = self.ui.volume == Volume::Verbose;
        self.progress.suspend(|| {
            let line = migrate_greetings::plan_line(plan);
            self.ui.answer(&sanitize::text(&line));
            let items = plan.plan.items.iter();
            for item in items.filter(|item| verbose || migrate_greetings::matters(plan, item)) {
                let line = migrate_greetings::item_line(plan, item);
                self.ui.answer(&sanitize::text(&line));
            }
        });
    }

    /// Messages of `octets` were sent, or `read` back.
    fn advance(&self, vmbox: &VoicemailBox, messages: usize, octets: u64, read: bool) {
        let (share, doing) = {
            let mut state = self.state();
            let Some(under_way) = state.under_way.get_mut(vmbox) else {
                return;
            };
            under_way.done += octets;
            if read {
                under_way.read += messages;
            } else {
                under_way.appended += messages;
            }
            (share(octets, under_way.planned), under_way.doing())
        };
        self.progress.line(&vmbox.to_string(), &doing);
        let sent = if read { (0, 0) } else { (messages, octets) };
        self.progress.advance(sent.0, sent.1, share);
    }

    fn done(&self, report: &BoxReport) {
        let mut state = self.state();
        let under_way = state.under_way.remove(&report.vmbox).unwrap_or_default();
        state.boxes += 1;
        let attention = !report.complete();
        if state.rows.len() < TABLE_ROWS || attention {
            state.rows.push(Row {
                cells: cells(report),
                attention,
            });
        }
        drop(state);
        self.progress.line_done(&report.vmbox.to_string());
        self.progress.box_done(under_way.share());
        // A box that is not in voicemail.conf has been remarked on, with its code and cure.
        if let Some(error) = &report.error
            && !matches!(error, BoxError::UnknownBox)
        {
            self.trouble(&format!("{}: {error}", report.vmbox));
        }
    }

    /// Tells somebody at a terminal who asked to stop that it was heard.
    pub fn stopping(&self) {
        if self.ui.stderr_is_terminal && self.ui.volume > Volume::Quiet {
            self.progress.suspend(|| {
                self.ui.error(
                    "stopping after the batch in flight; interrupt again to stop at once \
                     (the next run copes with either)",
                );
            });
        }
    }

    /// Says what is left for the last run, where that was asked, and draws the table and the closing
    /// line.
    pub fn finish(&self, run: &RunReport, readiness: Option<&Readiness>, run_id: Option<&str>) {
        self.progress.clear();
        for line in self.warnings.unsaid(self.ui.volume) {
            self.ui.error(&line);
        }
        for line in readiness.map(readiness_lines).unwrap_or_default() {
            self.ui.answer(&line);
        }
        if self.state().told.is_some() {
            // The passes were told one by one.
            let line = closing_line(run, self.dry_run, run_id);
            return match run.complete() {
                true if self.ui.volume > Volume::Quiet => self.ui.answer(&line),
                true => {}
                false => self.ui.error(&line),
            };
        }
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
            self.ui.say(&format!("\n{line}"));
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
            Event::GreetingsPlanned(plan) => self.greetings_planned(plan),
            Event::Appended {
                vmbox,
                messages,
                octets,
            } => self.advance(vmbox, *messages, *octets, false),
            Event::Verified {
                vmbox,
                messages,
                octets,
            } => self.advance(vmbox, *messages, *octets, true),
            Event::Failed { vmbox, failure } => self.trouble(&format!("{vmbox}: {failure}")),
            Event::Retrying { vmbox, why } => self.progress.suspend(|| {
                self.ui.error(&format!("{vmbox}: {why}; looking again"));
            }),
            Event::Done(report) => self.done(report),
            Event::Pass(pass) => self.pass(pass),
        }
    }
}

/// Octets that go over the wire for a plan, once to be stored and once to be read back.
fn work(plan: &BoxPlan) -> u64 {
    let octets = |item: &PlanItem| match item.action {
        Action::Append => 2 * item.candidate.octets,
        Action::Verify(_) => item.candidate.octets,
        Action::Update(_) | Action::Skip(_) | Action::HoldBack(_) => 0,
    };
    plan.items.iter().map(octets).sum()
}

#[allow(clippy::cast_precision_loss)] // moves a progress bar
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}
