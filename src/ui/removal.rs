//! A removal as people see it: the plan before anything is touched, and what became of it.

use crate::exit::Exit;
use crate::mailstore::error::StoreError;
use crate::ops::error::BoxError;
use crate::ops::expunge::message::Message;
use crate::ops::expunge::plan::AccountPlan;
use crate::ops::expunge::report::{AccountReport, RunReport};
use crate::ops::expunge::{Plans, Way};
use crate::voicemail::notice::{Notice, Severity};

use super::progress::Progress;
use super::removal_words::{box_line, count, marked_line, message_line, plans_line, result_line};
use super::{Ui, Volume, remarks, sanitize};

/// Shows a removal.
pub trait RemovalView: Sync {
    /// Something is worth remarking.
    fn notice(&self, notice: &Notice);
    /// Work on so many boxes begins: looking, or removing.
    fn begin(&self, boxes: usize);
    /// So many boxes were looked at.
    fn looked(&self, boxes: usize);
    /// All plans stand.
    fn plans(&self, plans: &Plans);
    /// An account is finished, well or not.
    fn done(&self, report: &AccountReport);
    /// The run is over. `refusal` is the guard's reason, where one refused it as a whole.
    fn finish(&self, report: &RunReport, refusal: Option<&str>, exit: Exit);
}

/// Draws a removal as text.
pub struct TextView<'a> {
    ui: &'a Ui,
    way: Way,
    dry_run: bool,
    explain: bool,
    /// Whether the plan is shown: always to people and in a dry run; without a terminal only on
    /// request, so that a cron job that went well mails nothing.
    shown: bool,
    progress: std::sync::Mutex<Progress>,
}

impl<'a> TextView<'a> {
    /// A view for one run; `explain` shows every message, also those that stay.
    #[must_use]
    pub fn new(ui: &'a Ui, way: Way, dry_run: bool, explain: bool) -> Self {
        let shown = ui.volume == Volume::Verbose
            || ui.volume == Volume::Normal && (dry_run || explain || ui.stdout_is_terminal);
        Self {
            ui,
            way,
            dry_run,
            explain,
            shown,
            progress: std::sync::Mutex::new(Progress::new(false)),
        }
    }

    fn progress(&self) -> std::sync::MutexGuard<'_, Progress> {
        let progress = self.progress.lock();
        progress.unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn answer(&self, line: &str) {
        self.ui.say(&sanitize::text(line));
    }

    fn plan(&self, plan: &AccountPlan) {
        let every = self.explain || self.ui.volume == Volume::Verbose;
        for (at, one) in plan.boxes.iter().enumerate() {
            if one.remove == 0 && !(self.explain && one.messages > 0) {
                continue;
            }
            self.answer(&box_line(plan, at));
            if !every {
                continue;
            }
            for folder in &plan.folders {
                let name = folder.name.to_string();
                for item in folder.items.iter().filter(|item| item.vmbox == at) {
                    self.message(&name, &item.message, &item.why, "remove ");
                }
            }
            for kept in plan.kept.iter().filter(|kept| kept.vmbox == at) {
                let name = kept.folder.to_string();
                self.message(&name, &kept.message, &kept.why, "keep   ");
            }
        }
        for folder in &plan.folders {
            if let Some(line) = marked_line(plan, folder) {
                self.answer(&line);
            }
        }
        if let Some((trash, true)) = &plan.trash
            && !plan.folders.is_empty()
            && let Some(account) = &plan.account
        {
            self.answer(&format!("{}: makes the folder {trash}", account.label()));
        }
    }

    /// One message; where not all go, what happens to it, and the reason below it.
    fn message(&self, folder: &str, message: &Message, why: &str, verb: &str) {
        let verb = if self.explain { verb } else { "" };
        self.answer(&message_line(folder, message, verb));
        if !why.is_empty() {
            self.answer(&format!("         {why}"));
        }
    }

    fn trouble(&self, plan_error: &AccountReport) {
        let names: Vec<String> = plan_error
            .boxes
            .iter()
            .map(|one| one.vmbox.to_string())
            .collect();
        let names = match names.as_slice() {
            [one] => one.clone(),
            [first, rest @ ..] => format!("{first} and {} more", rest.len()),
            [] => String::new(),
        };
        if let Some(error) = &plan_error.error {
            let way_out = way_out(error);
            self.ui.error(&format!("{names}: {error}{way_out}"));
        }
        for trouble in &plan_error.troubles {
            let marked = match trouble.may_be_marked {
                0 => String::new(),
                n => format!("; {} may be left marked as deleted", count(n, "message")),
            };
            let off = match trouble.not_back {
                0 => String::new(),
                n => format!(
                    "; the \\Deleted of {} is off, and the next run puts it back",
                    count(n, "other message")
                ),
            };
            let (folder, error) = (&trouble.folder, &trouble.error);
            self.ui
                .error(&format!("{names}: {folder}: {error}{marked}{off}"));
        }
    }
}

/// What can be done about a server that cannot remove what is named and nothing else.
fn way_out(error: &BoxError) -> &'static str {
    match error {
        BoxError::Store(StoreError::NotOffered {
            capability: "UIDPLUS",
            ..
        }) => {
            "; without it a server can only remove everything that anybody has marked as deleted. \
             --trash FOLDER works where the server has MOVE; --lift-foreign-marks (racy) without \
             --trash"
        }
        _ => "",
    }
}

impl RemovalView for TextView<'_> {
    fn notice(&self, notice: &Notice) {
        let wanted = match notice.severity {
            Severity::Error => true,
            Severity::Warning => self.shown,
            Severity::Info => self.ui.volume == Volume::Verbose,
        };
        if wanted {
            self.ui.error(&remarks::text(notice));
        }
    }

    fn begin(&self, boxes: usize) {
        let mut progress = self.progress();
        let visible = self.ui.stderr_is_terminal && self.ui.volume > Volume::Quiet;
        *progress = Progress::new(visible);
        progress.start(boxes);
    }

    fn looked(&self, boxes: usize) {
        let progress = self.progress();
        for _ in 0..boxes {
            progress.box_done(0.0);
        }
    }

    fn plans(&self, plans: &Plans) {
        self.progress().clear();
        if self.shown {
            for plan in &plans.accounts {
                self.plan(plan);
            }
            self.answer(&plans_line(plans, &self.way, self.dry_run));
        }
    }

    fn done(&self, report: &AccountReport) {
        let progress = self.progress();
        for one in &report.boxes {
            let tally = one.tally;
            progress.advance(
                usize::try_from(tally.removed).unwrap_or(0),
                tally.octets,
                0.0,
            );
            progress.box_done(0.0);
        }
        progress.suspend(|| self.trouble(report));
    }

    fn finish(&self, report: &RunReport, refusal: Option<&str>, _exit: Exit) {
        self.progress().clear();
        if let Some(refusal) = refusal {
            self.ui.error(refusal);
            return;
        }
        if report.boxes_left > 0 {
            let left = count(report.boxes_left, "mailbox");
            self.ui.error(&format!("interrupted: {left} not begun"));
        }
        if self.dry_run || (report.tally.planned == 0 && report.complete()) {
            return;
        }
        let line = result_line(&report.tally, &self.way);
        if self.shown {
            self.ui.say(&line);
        } else if !report.complete() {
            self.ui.error(&line);
        }
    }
}
