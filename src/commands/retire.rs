//! `vmimap retire`: flags, guards, the question, and the way from a report to an exit status.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args as ClapArgs;

use crate::args::global::GlobalArgs;
use crate::args::select::SelectArgs;
use crate::args::source::SourceArgs;
use crate::commands::ends::{between, look, no_room};
use crate::commands::source;
use crate::commands::tenant::{self, Tenant};
use crate::depot::{DepotError, resolved};
use crate::exit::{self, Exit};
use crate::ops::retire::record::{Record, Retired, Run};
use crate::ops::retire::report::RunReport;
use crate::ops::retire::{Ends, Event, Mover, Plan, Planner, overlap, wanted};
use crate::ops::stop::Stop;
use crate::ops::verify::report::RunReport as Verified;
use crate::ops::verify::{Told, Verification};
use crate::settings::Settings;
use crate::spool::Spool;
use crate::ui::metrics::Metrics;
use crate::ui::retire::{Outcome, RetireView, TextView};
use crate::ui::retire_json::JsonView;
use crate::ui::{Ui, prompt, remarks};
use crate::voicemail::notice::Severity;

const EXAMPLES: &str = "\
Examples:
  See what would be moved; nothing is changed:
    vmimap retire -n /var/spool/asterisk/voicemail --to /var/spool/asterisk/voicemail-retired

  Do it, after the question:
    vmimap retire /var/spool/asterisk/voicemail --to /var/spool/asterisk/voicemail-retired

  One context first, without being asked:
    vmimap retire --yes --context sales /var/spool/asterisk/voicemail --to /srv/retired

  Bring back what a run has moved, or all that was ever moved:
    vmimap retire --undo --run 20261128T031500Z-1a2b
    vmimap retire --undo

Greetings, secret.conf, temporary and half-written files, and every message that is not found the same
in IMAP by this very run stay where they are. Numbers of messages that stay keep their gaps, which
Asterisk skips, and closes by itself.

Nothing is lost or half there whenever it is killed: run it again, or --undo, and it ends what it had
begun. STATE-DIR/journal/retired.jsonl says what lies where.";

/// Move out of a spool what is safely in IMAP
///
/// Asterisk with IMAP storage plays message files that were left in its spool in place of IMAP's
/// messages, and then deletes them. This compares every message with IMAP as verify does, in full, and
/// moves those that are the same to DIR/CONTEXT/MAILBOX/FOLDER, so that DIR is itself a spool.
///
/// All files of a message go together, under the folder's lock as Asterisk takes it, and only if none
/// has changed since it was compared. DIR must be new, empty, or from an earlier run, and neither lie
/// in SPOOL nor hold it; links are not followed. On another file system files are copied, compared,
/// and then removed.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{}", exit::HELP))]
pub struct Args {
    /// The spool, usually /var/spool/asterisk/voicemail
    #[arg(value_name = "SPOOL", required_unless_present = "undo")]
    spool: Option<PathBuf>,

    /// Only these boxes: EXTENSION or EXTENSION@CONTEXT, with shell wildcards
    #[arg(value_name = "EXT@CONTEXT")]
    boxes: Vec<String>,

    /// Move to this directory
    #[arg(long, value_name = "DIR", required_unless_present = "undo")]
    to: Option<PathBuf>,

    #[command(flatten)]
    select: SelectArgs,

    #[command(flatten)]
    source: SourceArgs,

    /// Bring back what was moved, to the very places it had, where these are free
    #[arg(long, conflicts_with_all = ["to", "since", "until", "format", "old_as"])]
    undo: bool,

    /// Bring back only what this run has moved
    #[arg(long, value_name = "ID", requires = "undo", conflicts_with = "to")]
    run: Option<String>,

    /// Show what would be done and change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,

    /// Do not ask
    #[arg(short = 'y', long)]
    yes: bool,
}

/// What a run has, whichever way it moves.
struct Work<'a> {
    args: &'a Args,
    view: &'a dyn RetireView,
    record: Record,
    run: String,
}

/// Runs the verb.
pub fn run(args: &Args, global: &GlobalArgs, settings: &Settings, ui: &Ui) -> anyhow::Result<Exit> {
    if !args.dry_run && !args.yes && !prompt::somebody_is_there(ui) {
        ui.error(
            "nobody is there to be asked: --yes moves without asking, --dry-run shows what would be \
             moved; nothing was changed",
        );
        return Ok(Exit::Refused);
    }
    let text = TextView::new(ui, args.dry_run, args.undo);
    let json = JsonView::new(ui);
    let view: &dyn RetireView = if global.json { &json } else { &text };
    let state_dir = &settings.state_dir.value;
    let lock = (!args.dry_run).then(|| tenant::lock(state_dir));
    let _lock = lock.transpose()?;
    let mut work = Work {
        args,
        view,
        record: Record::read(state_dir).context("read the journal of moves")?,
        run: tenant::run_id(),
    };
    match work.record.open() {
        Some(open) if args.dry_run => ui.error(&format!(
            "run {} was cut; the next run that is no dry run ends what it had begun",
            open.run.id
        )),
        Some(open) => {
            let what = format!("end what run {} had begun", open.run.id);
            Mover::settle(&mut work.record, &Stop::default(), view).context(what)?;
        }
        None => {}
    }
    let done = if args.undo {
        work.undo()
    } else {
        work.retire(settings, ui)
    };
    match done {
        Err(error) => match error.downcast_ref::<DepotError>() {
            Some(DepotError::LiveSpool(_) | DepotError::NotEmpty(_)) => {
                ui.error(&error.to_string());
                Ok(Exit::Refused)
            }
            Some(DepotError::Busy(_)) => {
                ui.error(&error.to_string());
                Ok(Exit::Busy)
            }
            _ => Err(error),
        },
        done => done,
    }
}

impl Work<'_> {
    fn retire(&mut self, settings: &Settings, ui: &Ui) -> anyhow::Result<Exit> {
        let (Some(path), Some(to)) = (&self.args.spool, &self.args.to) else {
            bail!("name the spool, and the directory to move to (--to)");
        };
        let tenant = Tenant::load(settings, &self.args.select, &self.args.boxes)?;
        let spool = source::open(path)?;
        let ends = Ends {
            spool: spool.root().canonicalize()?,
            to: resolved(to).with_context(|| to.display().to_string())?,
        };
        if overlap(&ends.spool, &ends.to) {
            ui.error(&format!(
                "{}: lies in the spool or holds it; name a directory beside it",
                to.display()
            ));
            return Ok(Exit::Refused);
        }
        look(&ends.to)?;
        let (plan, verified) = self.compare(&tenant, &spool, settings, ui)?;
        self.view.plan(&plan, to, &verified);
        let mut report = RunReport::default();
        let refusal = match no_room(&plan, &ends.to)? {
            _ if tenant.stop.asked() || self.args.dry_run => None,
            Some(why) => Some(why),
            None => self.ask(plan.messages(), &format!("move them to {}", to.display())),
        };
        let left_alone = refusal.is_some() || self.args.dry_run || tenant.stop.asked();
        if left_alone || plan.messages() == 0 {
            report.interrupted = tenant.stop.signal();
            report.counts.pending = if self.args.dry_run {
                0
            } else {
                plan.messages()
            };
        } else {
            let (id, undo) = (self.run.clone(), false);
            let run = Run { id, ends, undo };
            let (record, stop) = (&mut self.record, &tenant.stop);
            report = between(record, &run, stop, self.view, |mover| mover.apply(&plan))?;
        }
        ui.measure(&Metrics::of_counts("retire", &report.counts));
        let complete = report.complete() && verified.complete() && verified.counts.findings() == 0;
        let interrupted = report.interrupted.or(verified.interrupted);
        let exit = if let Some(signal) = interrupted {
            Exit::Interrupted(signal)
        } else if refusal.is_some() {
            Exit::Refused
        } else if complete {
            Exit::Done
        } else {
            tenant::incomplete(&verified.failures, None)
        };
        self.finish(
            Some(&verified),
            plan.messages(),
            &report,
            (refusal, complete, exit),
        );
        Ok(exit)
    }

    /// Compares all that is selected with IMAP.
    fn compare(
        &self,
        tenant: &Tenant,
        spool: &Spool,
        settings: &Settings,
        ui: &Ui,
    ) -> anyhow::Result<(Plan, Verified)> {
        let list = spool.boxes()?;
        let boxes = list.boxes.into_iter().map(|one| one.vmbox);
        let boxes = source::boxes(tenant, boxes.collect())?;
        for notice in remarks::few(&tenant.conf.notices, ui.volume) {
            self.view.told(&Told::Notice(&notice));
        }
        for notice in &list.notices {
            self.view.told(&Told::Notice(notice));
        }
        let planner = Planner::new(self.view);
        let verification = Verification {
            conf: &tenant.conf,
            spool,
            options: source::options(&self.args.source, tenant),
            state_dir: settings.state_dir.value.clone(),
            sample: None,
            stop: &tenant.stop,
            watcher: &planner,
        };
        let mut verified = verification.run(boxes);
        let errors = list.notices.iter();
        let errors = errors.filter(|notice| notice.severity == Severity::Error);
        verified.input_errors += errors.count() as u64 + tenant.conf.losses();
        Ok((planner.into_plan(), verified))
    }

    fn undo(&mut self) -> anyhow::Result<Exit> {
        let stop = Stop::default();
        tenant::listen(&stop)?;
        let messages = self.to_bring_back()?;
        self.view.undo_plan(&messages);
        let planned = messages.len() as u64;
        let mut report = RunReport::default();
        let refusal = if self.args.dry_run || planned == 0 {
            None
        } else {
            self.ask(planned, "bring them back")
        };
        if refusal.is_some() {
            report.counts.pending = planned;
        } else if !self.args.dry_run {
            let mut groups: BTreeMap<(PathBuf, PathBuf), Vec<Retired>> = BTreeMap::new();
            for one in messages {
                let ends = (one.ends.spool.clone(), one.ends.to.clone());
                groups.entry(ends).or_default().push(one);
            }
            for ((spool, to), messages) in groups {
                let ends = Ends { spool, to };
                if look(&ends.to)?.is_none() {
                    let why = format!("{} is not there any more", ends.to.display());
                    for one in &messages {
                        let (place, number, why) = (&one.place, one.moved.number, why.as_str());
                        self.view.event(&Event::Stays { place, number, why });
                    }
                    report.counts.stayed += messages.len() as u64;
                    continue;
                }
                let (id, undo) = (self.run.clone(), true);
                let (record, run) = (&mut self.record, Run { id, ends, undo });
                let one = between(record, &run, &stop, self.view, |mover| mover.undo(messages))?;
                report.counts.moved += one.counts.moved;
                report.counts.stayed += one.counts.stayed;
                report.counts.pending += one.counts.pending;
                report.broken = report.broken.or(one.broken);
                report.interrupted = one.interrupted;
            }
        }
        let complete = report.complete();
        let exit = match report.interrupted {
            Some(signal) => Exit::Interrupted(signal),
            None if refusal.is_some() => Exit::Refused,
            None if complete => Exit::Done,
            None => Exit::Incomplete,
        };
        self.finish(None, planned, &report, (refusal, complete, exit));
        Ok(exit)
    }

    /// What is remembered as moved, of what was asked for.
    fn to_bring_back(&self) -> anyhow::Result<Vec<Retired>> {
        let selection = self.args.select.selection(&self.args.boxes)?;
        let spool = self.args.spool.as_ref();
        let spool = spool
            .map(|path| {
                path.canonicalize()
                    .with_context(|| path.display().to_string())
            })
            .transpose()?;
        let asked = self.record.retired().filter(|one| {
            self.args.run.as_ref().is_none_or(|run| *run == one.run)
                && spool.as_ref().is_none_or(|spool| *spool == one.ends.spool)
                && selection.takes_box(&one.place.vmbox())
                && one
                    .place
                    .kind()
                    .is_none_or(|kind| wanted(&selection.folders, kind))
        });
        let messages: Vec<Retired> = asked.cloned().collect();
        if let Some(run) = self.args.run.as_ref().filter(|_| messages.is_empty()) {
            bail!(
                "run {run} has moved nothing that is not back; the journal knows no such message"
            );
        }
        Ok(messages)
    }

    /// Asks for the number; a sentence where the answer is no.
    fn ask(&self, messages: u64, what: &str) -> Option<String> {
        if self.args.yes || messages == 0 {
            return None;
        }
        let yes = prompt::number(&format!("Type {messages} to {what}"), messages);
        (!yes).then(|| "the number was not typed; nothing was changed".to_owned())
    }

    fn finish(
        &self,
        verified: Option<&Verified>,
        planned: u64,
        report: &RunReport,
        (refusal, complete, exit): (Option<String>, bool, Exit),
    ) {
        let moved = report.counts.moved > 0;
        self.view.finish(&Outcome {
            run: moved.then_some(self.run.as_str()),
            undo: self.args.undo,
            dry_run: self.args.dry_run,
            verified,
            planned,
            report,
            refusal: refusal.as_deref(),
            complete,
            exit: exit.code(),
        });
    }
}
