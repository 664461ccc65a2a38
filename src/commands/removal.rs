//! What `expunge`, `expire` and `rollback` have in common: plan, show, guard, ask, apply, report.

use std::path::Path;

use anyhow::Context;

use crate::args::global::GlobalArgs;
use crate::commands::lamps;
use crate::commands::tenant::{self, Tenant};
use crate::exit::Exit;
use crate::ops::expunge::lifts::open_lifts;
use crate::ops::expunge::plan::MaxDelete;
use crate::ops::expunge::record::{Beside, Record};
use crate::ops::expunge::repair::{self, Mending};
use crate::ops::expunge::report::{AccountReport, RunReport};
use crate::ops::expunge::{AccountReader, Options, Plans, Remover, Way, catalogue};
use crate::ops::lamps::Way as LampWay;
use crate::ops::stop::Stop;
use crate::settings::Settings;
use crate::ui::removal::{RemovalView, TextView};
use crate::ui::removal_json::JsonView;
use crate::ui::{self, Ui, prompt, remarks};
use crate::voicemail::notice::Notice;
use crate::voicemail::vmbox::VoicemailBox;

/// What was asked for.
pub struct Job<'a> {
    /// The phone system.
    pub tenant: &'a Tenant,
    /// The selected boxes.
    pub boxes: Vec<VoicemailBox>,
    /// How messages go.
    pub options: Options,
    /// Decides which.
    pub reader: &'a dyn AccountReader,
    /// What is written down besides.
    pub beside: Option<&'a dyn Beside>,
    /// How many may go at most.
    pub max_delete: Option<MaxDelete>,
    /// Whether nothing is to be changed.
    pub dry_run: bool,
    /// Whether nobody is to be asked.
    pub yes: bool,
    /// How lamps are refreshed, if they are.
    pub lamps: Option<LampWay>,
}

/// Runs the job.
pub fn run(
    job: Job<'_>,
    global: &GlobalArgs,
    settings: &Settings,
    ui: &Ui,
) -> anyhow::Result<(Exit, RunReport)> {
    if !job.dry_run && !job.yes && !prompt::somebody_is_there(ui) {
        ui.error(
            "nobody is there to be asked: --yes removes without asking, --dry-run shows what would \
             go; nothing was changed",
        );
        return Ok((Exit::Refused, RunReport::default()));
    }
    let way = job.options.way.clone();
    let text = TextView::new(ui, way.clone(), job.dry_run, job.options.explain);
    let json = JsonView::new(ui, way, job.dry_run);
    let view: &dyn RemovalView = if global.json { &json } else { &text };
    let state_dir = &settings.state_dir.value;
    let lock = (!job.dry_run).then(|| tenant::lock(state_dir));
    let _lock = lock.transpose()?;
    let record = if job.dry_run {
        None
    } else {
        let record = Record::open(state_dir, &tenant::run_id(), job.beside);
        Some(record.context("keep a record of removals in the state directory")?)
    };
    let mending = mend(&job, state_dir, record.as_ref())?;
    let conf = &job.tenant.conf;
    for notice in remarks::few(&conf.notices, ui.volume) {
        view.notice(&notice);
    }
    for notice in &mending.notices {
        view.notice(notice);
    }
    let remover = Remover {
        conf,
        options: job.options,
        stop: &job.tenant.stop,
    };
    view.begin(job.boxes.len());
    let plans = remover.plan(job.boxes, job.reader, &|boxes| view.looked(boxes));
    tell(&plans, &remover.options, view);
    view.plans(&plans);
    let interrupted = job.tenant.stop.asked();
    let refusal = refusal(&plans, job.max_delete).or_else(|| {
        (!job.dry_run && !job.yes && !interrupted).then(|| ask(&plans, &remover.options.way))?
    });
    let mut report = match record.filter(|_| !interrupted && refusal.is_none()) {
        None => leave(&plans, &job.tenant.stop, view),
        Some(record) => {
            record.begin().context("write the journal")?;
            view.begin(plans.accounts.iter().map(|one| one.boxes.len()).sum());
            let mut report = remover.apply(&plans, &record, &|account| view.done(account));
            // What lies in a trash lights no lamp.
            let lamps = job
                .lamps
                .filter(|_| !matches!(remover.options.way, Way::Purge { .. }));
            report.lamps = lamps::refresh(lamps.as_ref(), job.tenant, &report.changed);
            report
        }
    };
    report.input_errors = conf.losses();
    report.marks_not_back += mending.not_back;
    let exit = exit_of(&report, refusal.is_some());
    view.finish(&report, refusal.as_deref(), exit);
    ui::lamps::tell(ui, report.lamps.as_ref(), global.json);
    Ok((exit, report))
}

/// Puts back first what a run that was cut has left off; a dry run only tells of it.
fn mend(job: &Job<'_>, state_dir: &Path, record: Option<&Record<'_>>) -> anyhow::Result<Mending> {
    if let Some(record) = record {
        let (conf, overrides) = (&job.tenant.conf, &job.options.overrides);
        return Ok(repair::all(conf, overrides, &record.lifts));
    }
    let open = open_lifts(state_dir).context("look for marks that are off")?;
    Ok(Mending {
        notices: repair::tell(&open),
        not_back: 0,
    })
}

/// Tells of every account with nothing done.
fn leave(plans: &Plans, stop: &Stop, view: &dyn RemovalView) -> RunReport {
    for plan in &plans.accounts {
        view.done(&AccountReport::untouched(plan));
    }
    plans.untouched(stop)
}

/// Remarks of the plans, and the warning of what an open phone does.
fn tell(plans: &Plans, options: &Options, view: &dyn RemovalView) {
    for notice in plans.accounts.iter().flat_map(|plan| &plan.notices) {
        view.notice(notice);
    }
    let phones = !matches!(options.way, Way::Purge { .. });
    if plans.lifts() {
        let row = &catalogue::LIFTS;
        view.notice(&Notice::new(row, "no UIDPLUS", row.title));
    }
    if phones && options.quiet_for.is_none() && plans.remove() > 0 {
        let row = &catalogue::PHONES_MAY_BE_OPEN;
        view.notice(&Notice::new(row, "Asterisk", row.title));
    }
}

/// Why the plans as a whole are not applied.
fn refusal(plans: &Plans, most: Option<MaxDelete>) -> Option<String> {
    let (remove, of) = (plans.remove(), plans.messages());
    let most = most.filter(|most| most.exceeded(remove, of))?;
    Some(format!(
        "{remove} of {of} messages are more than --max-delete {most} allows; nothing was changed"
    ))
}

/// Asks for the number; a sentence where the answer is no.
fn ask(plans: &Plans, way: &Way) -> Option<String> {
    let remove = plans.remove();
    if remove == 0 {
        return None;
    }
    let how = match way {
        Way::Move { trash } => format!("move them to {trash}"),
        _ => "remove them for good".to_owned(),
    };
    let yes = prompt::number(&format!("Type {remove} to {how}"), remove);
    (!yes).then(|| "the number was not typed; nothing was changed".to_owned())
}

fn exit_of(report: &RunReport, refused: bool) -> Exit {
    if let Some(signal) = report.interrupted {
        Exit::Interrupted(signal)
    } else if refused || report.refused() {
        Exit::Refused
    } else if report.complete() {
        Exit::Done
    } else {
        tenant::incomplete(&report.failures, None)
    }
}
