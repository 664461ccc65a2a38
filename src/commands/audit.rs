//! `vmimap audit`: flags, preparation, and the way from a report to an exit status.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args as ClapArgs;

use crate::args::global::GlobalArgs;
use crate::args::lamps::LampArgs;
use crate::args::listed;
use crate::args::output::SheetArgs;
use crate::args::select::SelectArgs;
use crate::commands::audit_fix::Bench;
use crate::commands::lamps;
use crate::commands::source;
use crate::commands::tenant::{self, Tenant};
use crate::exit::{self, Exit};
use crate::ops::audit::catalogue::{self, Choice, Chosen, Rule};
use crate::ops::audit::fix::What;
use crate::ops::audit::{Audit, Event, Observer, Options, Report};
use crate::ops::expunge::lifts::open_lifts;
use crate::settings::Settings;
use crate::ui::audit::{self as view, Done, JsonView, TextView};
use crate::ui::{self, Ui, json, nagios, remarks};

const EXAMPLES: &str = "\
Examples:
  Everything that headers, flags and structure tell, the worst first:
    vmimap audit

  Fetch and look at the recordings too:
    vmimap audit --audio 4123@default

  What would crash Asterisk or cannot be heard, for a script:
    vmimap audit --rule crash --rule unplayable --json

  What a code means:
    vmimap audit --explain VMA012

  Accounts without a mailbox, and the reverse:
    doveadm user '*' | vmimap audit --accounts -

  In cron or a monitoring system:
    vmimap audit --nagios --ignore privacy

  What could be repaired without guessing, and then do it:
    vmimap audit --fix --dry-run
    vmimap audit --fix
    vmimap audit --fix duplicates
    vmimap audit --fix headers --fix dates

Without --fix nothing is changed: folders are opened read-only, and no message is marked as
heard. With it, a message whose header is mended is appended with its flags and its date, read
back and compared octet by octet; then the old one is removed, by its UID alone, and never
another one. Keywords that mail programs set are not kept, and the new message is played last. A
run that was cut is finished by the next one; a message gets one repair a run. Repair when
nobody listens to voicemail: Asterisk counts messages by position, and takes another for one
that vanishes during a call.

Ends with 4 where there are errors or warnings; notes alone end with 0. With --nagios
the exit status is 0 (ok), 1 (warnings), 2 (errors) or 3 (not everything was looked at).";

/// Check stored voicemail against Asterisk's own reading rules
///
/// Reads every voicemail as Asterisk does (the first place where a header's name stands, one
/// character skipped, 79 octets, nothing unfolded; the second part, its first Content-Type
/// parameter, the first dot in it) and reports what would crash Asterisk, cannot be played, is
/// misread, is shown to nobody or to the wrong phone, or tells too much.
///
/// Looked at are the folders that phones open, folders with a voicemail folder's name wherever
/// they lie, and the folder of the greetings; --all-folders looks into all.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{}\n\n{}", lamps::NOTES, exit::HELP))]
#[allow(clippy::struct_excessive_bools)] // independent switches
pub struct Args {
    /// Only these mailboxes: EXTENSION or EXTENSION@CONTEXT, with shell wildcards
    #[arg(value_name = "EXT@CONTEXT")]
    boxes: Vec<String>,

    #[command(flatten)]
    select: SelectArgs,

    /// Fetch the recordings and look at them, too
    #[arg(long)]
    audio: bool,

    /// Only these rules: a code (VMA012) or a harm (crash, unplayable, misread, invisible, mixup,
    /// privacy, orphan, unclear; can be repeated)
    #[arg(long, value_name = "RULE")]
    rule: Vec<Choice>,

    /// Without these rules, codes or harms (can be repeated)
    #[arg(long, value_name = "RULE")]
    ignore: Vec<Choice>,

    /// Look into every folder of each account, whatever its name
    #[arg(long)]
    all_folders: bool,

    /// Look for left-over message files here [default: /var/spool/asterisk/voicemail, if it exists]
    #[arg(long, value_name = "DIR")]
    spool: Option<PathBuf>,

    /// The server's accounts, one a line, to compare with voicemail.conf; "-" reads stdin
    #[arg(long, value_name = "FILE")]
    accounts: Option<PathBuf>,

    /// Repair what can be repaired without guessing: headers, folders and flags (what is named
    /// otherwise: dates, duplicates; can be repeated)
    #[arg(long, value_name = "WHAT", num_args = 0..=1, help_heading = "Repair",
          conflicts_with_all = ["nagios", "csv", "tsv"])]
    fix: Option<Vec<What>>,

    /// Show the repairs and make none
    #[arg(short = 'n', long, requires = "fix", help_heading = "Repair")]
    dry_run: bool,

    /// Repair without asking
    #[arg(short = 'y', long, requires = "fix", help_heading = "Repair")]
    yes: bool,

    /// Explain a code ("all" lists them) and do nothing else
    #[arg(long, value_name = "CODE", value_parser = explained)]
    explain: Option<Explained>,

    #[command(flatten)]
    lamps: LampArgs,

    #[command(flatten)]
    sheet: SheetArgs,

    /// Print one line for monitoring systems, with performance data
    #[arg(long, conflicts_with_all = ["json", "csv", "tsv"], help_heading = "Output")]
    nagios: bool,
}

/// What is to be explained.
#[derive(Debug, Clone, Copy)]
enum Explained {
    /// One rule.
    One(&'static Rule),
    /// All of them.
    All,
}

fn explained(text: &str) -> Result<Explained, String> {
    if text.eq_ignore_ascii_case("all") {
        return Ok(Explained::All);
    }
    let rule = catalogue::find(text).map(Explained::One);
    rule.ok_or_else(|| "no such code; --explain all lists them".to_owned())
}

/// Runs the verb.
pub fn run(args: &Args, global: &GlobalArgs, settings: &Settings, ui: &Ui) -> anyhow::Result<Exit> {
    match args.explain {
        Some(Explained::One(rule)) => {
            view::explain(ui, rule, global.json);
            return Ok(Exit::Done);
        }
        Some(Explained::All) => {
            view::list(ui, global.json);
            return Ok(Exit::Done);
        }
        None => {}
    }
    match audit(args, global, settings, ui) {
        Err(error) if args.nagios => {
            let text = format!("{error:#}");
            nagios::write(ui, view::SERVICE, nagios::Status::Unknown, &text, &[]);
            Ok(Exit::Nagios(nagios::Status::Unknown.code()))
        }
        outcome => outcome,
    }
}

fn audit(args: &Args, global: &GlobalArgs, settings: &Settings, ui: &Ui) -> anyhow::Result<Exit> {
    if args.fix.is_none() && args.lamps.refresh_mwi.is_some() {
        ui.error("--refresh-mwi goes with --fix: without it nothing is changed");
        return Ok(Exit::Usage);
    }
    let lamps = match &args.fix {
        Some(_) => lamps::way(&settings.lamps.with(&args.lamps), settings)?,
        None => None,
    };
    let tenant = Tenant::load(settings, &args.select, &args.boxes)?;
    let boxes = tenant.boxes()?;
    let spool = source::usual(args.spool.as_deref())?;
    let accounts = args.accounts.as_ref();
    let accounts = accounts.map(|file| listed::names(file, "account"));
    let accounts = accounts.transpose()?.map(BTreeSet::from_iter);
    let notices = &tenant.conf.notices;
    if global.json {
        for notice in notices {
            json::notice(ui, notice);
        }
    } else if !args.nagios {
        remarks::show(notices, ui);
    }
    let silent = Silent;
    let by_json = JsonView::new(ui);
    // Whoever asks for a rule wants to see what it finds, be it a note.
    let by_text = TextView::new(ui, args.sheet.style(), !args.rule.is_empty());
    let observer: &dyn Observer = match (args.nagios, global.json) {
        (true, _) => &silent,
        (_, true) => &by_json,
        _ => &by_text,
    };
    let audit = Audit {
        conf: &tenant.conf,
        options: args.options(&tenant),
        spool,
        accounts,
        lifted: open_lifts(&settings.state_dir.value).map_err(|error| error.to_string()),
        stop: &tenant.stop,
        observer,
        now: jiff::Timestamp::now().as_second(),
    };
    let mut report = audit.run(boxes);
    report.input_errors = tenant.conf.losses();
    let mut exit = exit_of(&report);
    ui.measure(&view::metrics(&report));
    if args.nagios {
        return Ok(Exit::Nagios(view::nagios(ui, &report).code()));
    }
    if !global.json {
        by_text.finish(&report);
    }
    let mut done = Done::default();
    if args.fix.is_some() {
        let bench = Bench {
            tenant: &tenant,
            state_dir: &settings.state_dir.value,
            ui,
            dry_run: args.dry_run,
            yes: args.yes,
            lamps: lamps.as_ref(),
        };
        (exit, done) = bench.work(global.json, &report, exit)?;
    }
    if global.json {
        by_json.finish(&report, &done, exit);
    }
    ui::lamps::tell(ui, done.lamps.as_ref(), global.json);
    Ok(exit)
}

impl Args {
    fn options(&self, tenant: &Tenant) -> Options {
        Options {
            overrides: tenant.overrides.clone(),
            selection: tenant.selection.clone(),
            rules: Chosen::new(self.rule.clone(), self.ignore.clone()),
            audio: self.audio,
            everywhere: self.all_folders,
            fix: self.repairs(),
            jobs: tenant.jobs,
        }
    }

    /// The repairs that were asked for; the usual ones where none is named.
    fn repairs(&self) -> Vec<What> {
        match &self.fix {
            None => Vec::new(),
            Some(named) if named.is_empty() => What::USUAL.to_vec(),
            Some(named) => named.clone(),
        }
    }
}

/// For monitoring systems, which want the last line only.
struct Silent;

impl Observer for Silent {
    fn event(&self, _: &Event<'_>) {}
}

/// What was not looked at counts for more than what was found.
fn exit_of(report: &Report) -> Exit {
    let (errors, warnings, _) = report.severities;
    if !report.complete() {
        tenant::incomplete(&report.failures, report.interrupted)
    } else if errors + warnings > 0 {
        Exit::Findings
    } else {
        Exit::Done
    }
}
