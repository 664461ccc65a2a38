//! `vmimap doctor`: will this voicemail.conf and its servers work together?

use std::hash::{BuildHasher, Hasher};
use std::path::PathBuf;

use clap::Args as ClapArgs;

use crate::args::global::GlobalArgs;
use crate::args::lamps::ManagerArgs;
use crate::args::select::SelectArgs;
use crate::commands::lamps;
use crate::commands::source;
use crate::commands::tenant::Tenant;
use crate::exit::{self, Exit};
use crate::ops::doctor::{Doctor, Origins, Report, Verdict};
use crate::settings::{Setting, Settings};
use crate::spool;
use crate::ui::doctor as view;
use crate::ui::waiting::Waiting;
use crate::ui::{Ui, Volume, nagios};

const EXAMPLES: &str = "\
Examples:
  vmimap doctor                        one screen: every check, with verdict and hint
  vmimap doctor 4123@default -v        one mailbox's account, nothing summed up
  vmimap doctor --probe                also send one message there and back, and remove it
  vmimap doctor --all --json           visit every account; one JSON line a check
  vmimap doctor --nagios               one line for a monitoring system

Verdicts: ok, note (worth knowing), warn (works for now or in part), FAIL (does not work, or loses \
mail), skip (not looked at). Every finding has a code, explained in docs/findings.md.

With --nagios the exit status is 0 (ok), 1 (warnings), 2 (errors) or 3 (nothing can be told).
";

/// Check whether voicemail.conf, the servers and Asterisk will work together
///
/// Looks at the name, port, TLS and certificates of each server as Asterisk's mail library does; logs
/// in by each configured way; says what the server's capabilities mean, which folders Asterisk will
/// open, and what it will do to the mail that is there. Changes nothing (folders are opened read-only)
/// unless --probe is given. A server's accounts are all visited where there are up to 500, else 20,
/// spread over all; and of each account at most 20 mailboxes are searched for. A selection or --all
/// visits all.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = long_help())]
pub struct Args {
    /// Only these boxes: EXTENSION or EXTENSION@CONTEXT, with shell wildcards
    #[arg(value_name = "EXT@CONTEXT")]
    boxes: Vec<String>,

    #[command(flatten)]
    select: SelectArgs,

    /// Visit every account, however many there are
    #[arg(long)]
    all: bool,

    /// Append a message of vmimap's own to a folder of its own, read it back, and remove both; one
    /// account of each server. Also measures the server's clock
    #[arg(long)]
    probe: bool,

    /// Look for left-over message files here [default: /var/spool/asterisk/voicemail, if it exists]
    #[arg(long, value_name = "DIR")]
    spool: Option<PathBuf>,

    /// Print one line for monitoring systems, with performance data
    #[arg(long, conflicts_with = "json", help_heading = "Output")]
    nagios: bool,

    #[command(flatten)]
    manager: ManagerArgs,
}

fn long_help() -> String {
    format!("{EXAMPLES}\n{}", exit::HELP)
}

/// Runs the verb.
pub fn run(args: &Args, global: &GlobalArgs, settings: &Settings, ui: &Ui) -> anyhow::Result<Exit> {
    match diagnose(args, settings, ui) {
        Ok(report) => Ok(show(args, global, ui, &report)),
        Err(error) if args.nagios => {
            let text = format!("{error:#}");
            nagios::write(ui, view::SERVICE, nagios::Status::Unknown, &text, &[]);
            Ok(Exit::Nagios(nagios::Status::Unknown.code()))
        }
        Err(error) => Err(error),
    }
}

fn diagnose(args: &Args, settings: &Settings, ui: &Ui) -> anyhow::Result<Report> {
    let lit = settings.lamps.with_manager(&args.manager);
    let manager = lit.speaks_ami().then(|| lamps::ami(&lit, settings));
    let manager = manager.transpose()?;
    let tenant = Tenant::load_for_doctor(settings, &args.select, &args.boxes)?;
    let boxes = tenant.boxes()?;
    let visible = ui.stderr_is_terminal && ui.volume > Volume::Quiet;
    let _waiting = Waiting::new(visible, "looking at servers and accounts");
    let selection = &tenant.selection;
    let chosen = !selection.boxes.is_empty() || !selection.contexts.is_empty();
    let doctor = Doctor {
        conf: &tenant.conf,
        file: settings.voicemail_conf.value.display().to_string(),
        overrides: tenant.overrides.clone(),
        origins: origins(settings),
        all: args.all || chosen,
        probe: args.probe.then(probe_id),
        spool: source::usual(args.spool.as_deref())?.ok_or_else(|| PathBuf::from(spool::USUAL)),
        manager,
        state_dir: settings.state_dir.value.clone(),
        jobs: tenant.jobs,
        stop: tenant.stop.clone(),
    };
    Ok(doctor.run(boxes))
}

fn show(args: &Args, global: &GlobalArgs, ui: &Ui, report: &Report) -> Exit {
    if args.nagios {
        return Exit::Nagios(view::nagios(ui, report).code());
    }
    let exit = exit_of(report);
    if global.json {
        view::json(ui, report, exit);
    } else {
        view::text(ui, report);
    }
    exit
}

/// An account that could not be visited is an error among the checks: never 0.
fn exit_of(report: &Report) -> Exit {
    match report.interrupted {
        Some(signal) => Exit::Interrupted(signal),
        None if report.count(Verdict::Error) > 0 => Exit::Findings,
        None if report.failures.boxes() > 0 => Exit::Incomplete,
        None => Exit::Done,
    }
}

fn origins(settings: &Settings) -> Origins {
    fn of<T>(setting: Option<&Setting<T>>) -> Option<String> {
        setting.map(|setting| setting.origin.to_string())
    }
    Origins {
        server: of(settings.server.as_ref()),
        port: of(settings.port.as_ref()),
        imapflags: of(settings.imapflags.as_ref()),
    }
}

/// A folder name nobody else has thought of.
fn probe_id() -> String {
    let random = std::hash::RandomState::new().build_hasher().finish();
    format!("vmimap-probe-{random:016x}")
}
