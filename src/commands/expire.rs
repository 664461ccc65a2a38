//! `vmimap expire`: rules, and what monitoring is told; the work is [`super::removal`]'s.

use anyhow::Context;
use clap::Args as ClapArgs;

use crate::args::care::CareArgs;
use crate::args::expire::RuleArgs;
use crate::args::global::GlobalArgs;
use crate::args::lamps::LampArgs;
use crate::args::select::SelectArgs;
use crate::commands::lamps;
use crate::commands::removal::{self, Job};
use crate::commands::tenant::Tenant;
use crate::exit::{self, Exit};
use crate::ops::expire::rules::Policy;
use crate::ops::expunge::{Options, Way};
use crate::ops::select::BoxPattern;
use crate::settings::Settings;
use crate::ui::{Ui, removal_metrics};
use crate::voicemail::vmbox::VoicemailBox;

const EXAMPLES: &str = "\
Examples:
  What would the rules of /etc/vmimap.toml do, message by message, and why?
    vmimap expire --explain -n

  Do it, from vmimap-expire.timer, or from cron, where % has to be written \\%:
    vmimap expire --yes --quiet-for 10m --max-delete 10% \\
        --metrics-file /var/lib/prometheus/node-exporter/vmimap-expire.prom

  One rule from the command line, in place of the file's; holds of the file still win:
    vmimap expire --context sales --older-than 90d -n

Rules in /etc/vmimap.toml:
    hold = [\"1004@default\"]           # nothing of these ever goes

    [[expire]]
    name = \"work\"                     # every rule but its limits is optional
    context = \"default\"               # a pattern or a list of them; mailbox = likewise
    folder = [\"Work\", \"Old\"]
    older_than = \"180d\"

    [[expire]]
    state = \"old\"                   # the phone's list; saved messages only with folder = ...
    keep_newest = 50                  # per mailbox, among what the rule is about
    max_size = \"20M\"                  # the oldest beyond this go
    keep_unheard = true               # this is the default

A message beyond any limit of any rule goes; the first such rule is named. Unheard messages stay
unless the rule says keep_unheard = false. A message that does not tell when it was left, or tells a
time before 1990 or to come, stays.

What went stands in journal/removals.jsonl of the state directory (see vmimap expunge --help).";

/// Remove voicemail by rules, for cron
///
/// Judges every message by the expire rules and the holds of vmimap.toml, or by one rule made of
/// flags, and removes as expunge does: plan, shown, looked at once more, UID EXPUNGE of exactly
/// these, verified. Holds always win. --explain tells of every message which rule decided.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{}\n\n{}", lamps::NOTES, exit::HELP))]
pub struct Args {
    /// Only these mailboxes: EXTENSION or EXTENSION@CONTEXT, with shell wildcards
    #[arg(value_name = "EXT@CONTEXT")]
    boxes: Vec<String>,

    #[command(flatten)]
    select: SelectArgs,

    #[command(flatten)]
    rule: RuleArgs,

    /// Let nothing of these mailboxes go, besides the holds of vmimap.toml (can be repeated)
    #[arg(long, value_name = "EXT@CONTEXT", help_heading = "Rule")]
    hold: Vec<String>,

    /// Move messages to this IMAP folder instead, which is made where it is missing
    #[arg(long, value_name = "FOLDER")]
    trash: Option<String>,

    #[command(flatten)]
    care: CareArgs,

    /// Tell of every message, kept or removed, which rule decided
    #[arg(long)]
    explain: bool,

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
    let refused = |why: &str| {
        ui.error(&format!("{why}; nothing was changed"));
        Ok(Exit::Usage)
    };
    let policy = match policy(args, settings) {
        Ok(policy) => policy,
        Err(error) => return refused(&format!("{error:#}")),
    };
    let lamps = lamps::way(&settings.lamps.with(&args.lamps), settings)?;
    let tenant = Tenant::load(settings, &args.select, &args.boxes)?;
    let conf = &tenant.conf;
    let known: Vec<&VoicemailBox> = conf.mailboxes.iter().map(|one| &one.vmbox).collect();
    if let Some(idle) = policy.idle_pattern(&known) {
        return refused(&idle);
    }
    let way = args.trash.clone().map(|trash| Way::Move { trash });
    let job = Job {
        boxes: tenant.boxes()?,
        options: Options {
            way: way.unwrap_or(Way::Expunge),
            expect: None,
            lift: args.care.lift_foreign_marks,
            quiet_for: args.care.quiet_for(),
            explain: args.explain,
            jobs: tenant.jobs,
            overrides: tenant.overrides.clone(),
        },
        reader: &policy,
        beside: None,
        max_delete: args.care.max_delete,
        dry_run: args.dry_run,
        yes: args.yes,
        tenant: &tenant,
        lamps,
    };
    let (exit, report) = removal::run(job, global, settings, ui)?;
    ui.measure(&removal_metrics::metrics("expire", &report));
    Ok(exit)
}

/// The rules and holds that count.
fn policy(args: &Args, settings: &Settings) -> anyhow::Result<Policy> {
    let select = &args.select;
    let narrows = !select.folder.is_empty() || !args.rule.state.is_empty() || args.rule.unheard_too;
    if select.since.is_some() || select.until.is_some() {
        anyhow::bail!("--since and --until are not for expire: --older-than makes a rule");
    }
    let rules = if args.rule.has_limit() {
        vec![args.rule.rule(&select.folder)?]
    } else if narrows {
        anyhow::bail!(
            "--folder, --state and --unheard-too belong to a rule with --older-than, --keep-newest \
             or --max-size"
        );
    } else {
        let tables = (1..).zip(&settings.expire);
        tables
            .map(|(number, table)| table.rule(number))
            .collect::<anyhow::Result<_>>()?
    };
    if rules.is_empty() {
        anyhow::bail!(
            "there is no rule: write [[expire]] tables into vmimap.toml, or give --older-than, \
             --keep-newest or --max-size (see vmimap expire --help)"
        );
    }
    let holds = settings.hold.iter().chain(&args.hold);
    let holds: Result<Vec<BoxPattern>, _> = holds.map(|text| BoxPattern::new(text)).collect();
    Ok(Policy {
        rules,
        holds: holds.context("hold")?,
        now: jiff::Timestamp::now().as_second(),
    })
}
