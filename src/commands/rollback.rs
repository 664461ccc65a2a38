//! `vmimap rollback`: which run, and what may be done although a guard says no; the work is
//! [`super::removal`]'s.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args as ClapArgs;

use crate::args::care::CareArgs;
use crate::args::global::GlobalArgs;
use crate::args::lamps::LampArgs;
use crate::args::select::SelectArgs;
use crate::commands::lamps;
use crate::commands::removal::{self, Job};
use crate::commands::tenant::Tenant;
use crate::exit::{self, Exit};
use crate::ops::expunge::select::Criteria;
use crate::ops::expunge::{Options, Way};
use crate::ops::rollback::{self, Leave, Rollback};
use crate::ops::runs::{Run, Runs};
use crate::ops::select::did_you_mean;
use crate::settings::Settings;
use crate::spool::Spool;
use crate::ui::{self, Ui, Volume, removal_metrics};
use crate::voicemail::vmbox::VoicemailBox;

const EXAMPLES: &str = "\
Examples:
  What would go if the last run were taken back, message by message, and what stays and why?
    vmimap rollback last -n -v

  Do it; asks for the number of messages first:
    vmimap rollback last

  One context of an earlier run; the beginning of its id is enough where it is the only one:
    vmimap rollback 20261127T2201 --context sales

  The spool was moved since:
    vmimap rollback last --spool /srv/old-spool

What is removed is what the run's journals say that it appended, where it is unchanged: the same
UIDVALIDITY, UID and Message-ID, and a recording with the same digest, which is read back for that.
Ordinary mail, voicemail that Asterisk stored, and what other runs appended are never touched.

These stay, are told of, and make the status 3 (5 where nothing else was left to do):
  what was heard, flagged, made unheard or marked as deleted since: in the spool it still is as it
  was, so its owner would find it new again (--changed-flags removes it all the same);
  what the spool does not hold any more, because it would be lost (--without-source);
  what is another message by now, or lies elsewhere. No flag removes that.
What its owner has removed or moved to another folder is gone from where the run put it, and stays so.

The journals say what was rolled back, and the next vmimap migrate appends it again. Asterisk keeps
message numbers for the whole of a phone session: roll back when nobody listens, and with --quiet-for.

Without UIDPLUS a server can only remove everything that anybody has marked as deleted; there nothing
is removed (status 5), or with --lift-foreign-marks as vmimap expunge --help says.";

/// Take back what one migrate run appended
///
/// Removes exactly the messages that the run appended, as its journals in the state directory tell,
/// and only those that are still what it appended. RUN-ID is what migrate said at its end, the
/// beginning of it, or "last".
///
/// Reads first and shows the plan, asks for the number of messages, writes down what is about to go,
/// then removes as expunge does. Stopped at any moment, it can be run again.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{}\n\n{}", lamps::NOTES, exit::HELP))]
#[allow(clippy::struct_excessive_bools)] // independent switches
pub struct Args {
    /// The run: its id, the beginning of it, or "last"
    #[arg(value_name = "RUN-ID")]
    run: String,

    /// Only these mailboxes: EXTENSION or EXTENSION@CONTEXT, with shell wildcards
    #[arg(value_name = "EXT@CONTEXT")]
    boxes: Vec<String>,

    #[command(flatten)]
    select: SelectArgs,

    /// The spool lies here by now [default: where the run found it]
    #[arg(long, value_name = "DIR")]
    spool: Option<PathBuf>,

    /// Remove also what was heard, flagged or marked as deleted since
    #[arg(long)]
    changed_flags: bool,

    /// Remove also what the spool does not hold any more; it is lost then
    #[arg(long)]
    without_source: bool,

    #[command(flatten)]
    care: CareArgs,

    /// Show what would be done and change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,

    /// Do not ask
    #[arg(short = 'y', long)]
    yes: bool,

    #[command(flatten)]
    lamps: LampArgs,
}

/// Runs the verb.
pub fn run(args: &Args, global: &GlobalArgs, settings: &Settings, ui: &Ui) -> anyhow::Result<Exit> {
    let lamps = lamps::way(&settings.lamps.with(&args.lamps), settings)?;
    let tenant = Tenant::load(settings, &args.select, &args.boxes)?;
    let state_dir = &settings.state_dir.value;
    let runs = Runs::read(state_dir).context("read the journals in the state directory")?;
    let run = match runs.find(&args.run) {
        Ok(run) => run,
        Err(why) => bail!("{why}; vmimap runs lists them (--state-dir chooses other journals)"),
    };
    let boxes = boxes(&tenant, &runs, run)?;
    if run.all_rolled_back() && runs.damaged.is_empty() {
        ui::rollback::nothing_left(ui, global.json, args.dry_run, run);
        return Ok(Exit::Done);
    }
    if let Some(spool) = &args.spool {
        Spool::open(spool)?;
    }
    let spool = args.spool.as_ref().map(|dir| dir.display().to_string());
    let spool = spool.unwrap_or_else(|| run.spool.clone());
    ui::rollback::begin(ui, global.json, args.dry_run, run, &spool);
    let rollback = Rollback::new(state_dir, spool, options(args, &tenant, run));
    let job = Job {
        boxes,
        options: Options {
            way: Way::Expunge,
            expect: None,
            lift: args.care.lift_foreign_marks,
            quiet_for: args.care.quiet_for(),
            explain: ui.volume == Volume::Verbose,
            jobs: tenant.jobs,
            overrides: tenant.overrides.clone(),
        },
        reader: &rollback,
        beside: Some(&rollback),
        max_delete: args.care.max_delete,
        dry_run: args.dry_run,
        yes: args.yes,
        lamps,
        tenant: &tenant,
    };
    let (exit, report) = removal::run(job, global, settings, ui)?;
    if exit == Exit::Done && report.tally.planned == 0 && !global.json {
        ui::rollback::nothing_left(ui, false, args.dry_run, run);
    }
    ui.measure(&removal_metrics::metrics("rollback", &report));
    Ok(exit)
}

fn options(args: &Args, tenant: &Tenant, run: &Run) -> rollback::Options {
    let selection = &tenant.selection;
    rollback::Options {
        run: run.run.clone(),
        criteria: Criteria {
            folders: selection.folders.clone(),
            since: selection.since,
            until: selection.until,
            ..Criteria::default()
        },
        leave: Leave {
            changed_flags: args.changed_flags,
            without_source: args.without_source,
        },
    }
}

/// The selected boxes that the run wrote about, and those whose journals do not tell.
fn boxes(tenant: &Tenant, runs: &Runs, run: &Run) -> anyhow::Result<Vec<VoicemailBox>> {
    let damaged = runs.damaged.iter().map(|one| &one.vmbox);
    let known: Vec<&VoicemailBox> = run.boxes.iter().chain(damaged).collect();
    if let Some(pattern) = tenant.selection.idle_pattern(&known) {
        bail!(
            "run {} was about no mailbox that matches {pattern}{}",
            run.run,
            did_you_mean(pattern, &known)
        );
    }
    tenant.refuse_idle_exclusion(&known)?;
    let chosen = known
        .into_iter()
        .filter(|one| tenant.selection.takes_box(one));
    Ok(chosen.cloned().collect())
}
