//! `vmimap audit --fix`: shows the repairs, asks, has them made, and what that does to the status.

use std::path::Path;

use anyhow::Context as _;

use crate::commands::lamps;
use crate::commands::tenant::{self, Tenant};
use crate::exit::Exit;
use crate::ops::audit::Report;
use crate::ops::audit::fix::{Outcome, Repair, Workshop};
use crate::ops::lamps::Way;
use crate::ops::lock::{Lock, LockError};
use crate::ui::audit::{Done, RepairView};
use crate::ui::{Ui, prompt};

/// What repairing takes.
pub struct Bench<'a> {
    /// The phone system.
    pub tenant: &'a Tenant,
    /// Where the lock and the record are.
    pub state_dir: &'a Path,
    /// Who is told and asked.
    pub ui: &'a Ui,
    /// Whether nothing is to be changed.
    pub dry_run: bool,
    /// Whether nobody is to be asked.
    pub yes: bool,
    /// How lamps are refreshed, if they are.
    pub lamps: Option<&'a Way>,
}

impl Bench<'_> {
    /// Makes the repairs of a report; gives the exit status, and what became of them.
    ///
    /// # Errors
    /// When the state directory cannot be used.
    pub fn work(&self, as_json: bool, report: &Report, exit: Exit) -> anyhow::Result<(Exit, Done)> {
        Ok(match self.repair(as_json, &report.repairs)? {
            Ok(done) => (after_repairs(exit, report, &done, self.dry_run), done),
            Err(refused) => (refused, Done::default()),
        })
    }

    /// Shows the repairs, asks, and makes them; the exit status instead, where something refuses.
    fn repair(&self, as_json: bool, repairs: &[Repair]) -> anyhow::Result<Result<Done, Exit>> {
        let mut view = RepairView::new(self.ui, as_json);
        view.plan(repairs);
        if self.dry_run || repairs.is_empty() || self.tenant.stop.asked() {
            return Ok(Ok(Done {
                repairs: Some(view.finish()),
                lamps: None,
            }));
        }
        if !self.confirmed(repairs.len()) {
            return Ok(Err(Exit::Refused));
        }
        let lock = match Lock::take(self.state_dir) {
            Ok(lock) => lock,
            Err(error @ LockError::Held { .. }) => {
                self.ui.error(&error.to_string());
                return Ok(Err(Exit::Busy));
            }
            Err(error) => {
                return Err(error).context("use the state directory (--state-dir chooses another)");
            }
        };
        let (tenant, run) = (self.tenant, tenant::run_id());
        let workshop = Workshop::open(
            &tenant.conf,
            &tenant.overrides,
            &tenant.stop,
            self.state_dir,
            &run,
        );
        let mut workshop = workshop.context("keep a record of repairs in the state directory")?;
        let mut changed = Vec::new();
        workshop.run(repairs, &mut |repair, outcome| {
            if matches!(outcome, Outcome::Done(_) | Outcome::Failed(_)) {
                changed.push(repair.mailbox.clone());
            }
            view.outcome(repair, outcome);
        });
        let lamps = lamps::refresh(self.lamps, tenant, &changed);
        drop(lock);
        Ok(Ok(Done {
            repairs: Some(view.finish()),
            lamps,
        }))
    }

    fn confirmed(&self, repairs: usize) -> bool {
        if self.yes {
            return true;
        }
        let word = if repairs == 1 { "repair" } else { "repairs" };
        let confirmed = prompt::confirm(self.ui, &format!("Make {repairs} {word}?"));
        self.ui.error(match confirmed {
            Some(true) => return true,
            Some(false) => "not confirmed; nothing was repaired",
            None => "nobody is there to be asked: --yes repairs without asking, --dry-run shows",
        });
        false
    }
}

/// What is left of the findings counts; a repair that did not succeed makes the run incomplete, and
/// so do lamps that may be wrong.
fn after_repairs(exit: Exit, report: &Report, done: &Done, dry_run: bool) -> Exit {
    let (errors, warnings, _) = report.severities;
    let repairs = done.repairs.unwrap_or_default();
    let dark = done.lamps.as_ref().is_some_and(|lamps| !lamps.complete());
    match exit {
        Exit::Findings if dry_run => Exit::Findings,
        Exit::Findings | Exit::Done if dark || repairs.failed > 0 => Exit::Incomplete,
        Exit::Findings if repairs.repaired >= errors + warnings => Exit::Done,
        exit => exit,
    }
}
