//! The command line: the list of verbs and the way from words to a [`Exit`].

use std::fmt;

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::args::global::GlobalArgs;
use crate::commands::{
    audit, completions, config, doctor, expire, export, expunge, list, man, migrate, orientation,
    provision, quota, retire, rollback, runs, tenant, verify,
};
use crate::completion;
use crate::exit::{self, Exit};
use crate::settings::Settings;
use crate::ui::{Color, Ui, Volume, nagios};

/// The administrator's toolkit for Asterisk voicemail kept in IMAP
///
/// vmimap moves a file-based voicemail spool into an IMAP server, so that Asterisk's IMAP storage
/// plays, dates, counts and folders every message as before. It reads accounts and servers from
/// voicemail.conf, exactly as Asterisk does.
#[derive(Debug, Parser)]
#[command(name = "vmimap", version, max_term_width = 100)]
#[command(after_long_help = exit::HELP, propagate_version = true)]
pub struct Cli {
    /// Flags every verb takes.
    #[command(flatten)]
    pub global: GlobalArgs,

    /// What to do.
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

/// The verbs.
#[derive(Debug, Subcommand)]
#[allow(missing_docs)] // a comment here would take the place of the verb's own help
pub enum Verb {
    Doctor(doctor::Args),
    Provision(provision::Args),
    Migrate(migrate::Args),
    Verify(verify::Args),
    Retire(retire::Args),
    Export(export::Args),
    List(list::Args),
    Quota(quota::Args),
    Audit(audit::Args),
    Expunge(expunge::Args),
    Expire(expire::Args),
    Runs(runs::Args),
    Rollback(rollback::Args),
    Config(config::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// Runs the program with the words of the command line.
#[must_use]
pub fn run() -> Exit {
    match completion::answer(Cli::command) {
        Ok(false) => {}
        Ok(true) => return Exit::Done,
        // A shell that asks while somebody types is not told why.
        Err(_) => return Exit::Failed,
    }
    let matches = match Cli::command().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => {
            // Help and version are answers, on stdout, with status 0; clap knows which is which.
            let _ = error.print();
            return if error.use_stderr() {
                not_understood(&error)
            } else {
                Exit::Done
            };
        }
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return not_understood(&error);
        }
    };
    let volume = match (cli.global.quiet, cli.global.verbose) {
        (true, _) => Volume::Quiet,
        (false, 0) => Volume::Normal,
        (false, _) => Volume::Verbose,
    };
    let settings = match Settings::resolve(&cli.global) {
        Ok(settings) => settings,
        Err(error) => {
            let color = cli.global.color.unwrap_or(Color::Auto);
            Ui::new(volume, color).error(&format!("{error:#}"));
            return not_understood(&format!("{error:#}"));
        }
    };
    let mut ui = Ui::new(volume, settings.color.value);
    if let Some(log) = &settings.log_file
        && let Err(error) = ui.log_to(&log.value)
    {
        ui.error(&format!("log file {}: {error}", log.value.display()));
        return Exit::Failed;
    }
    ui.take_asides();
    let told = Told::of(&matches);
    ui.milestone(&format!("{} begins", told.verb));
    let result = run_verb(cli.verb.as_ref(), &cli.global, &settings, &ui);
    let exit = result.unwrap_or_else(|error| {
        ui.error(&format!("{error:#}"));
        tenant::failed(&error)
    });
    let exit = close(&ui, &settings, &told, exit);
    ui.milestone(&format!("{} ends with status {}", told.verb, exit.code()));
    exit
}

/// The status of a call that makes no sense. A monitoring system, which would take 2 for CRITICAL and
/// reads stdout alone, is told that nothing is known, and why.
fn not_understood(why: &dyn fmt::Display) -> Exit {
    if !std::env::args_os().any(|word| word == "--nagios") {
        return Exit::Usage;
    }
    let why = why.to_string();
    let first = why.lines().next().unwrap_or_default();
    let ui = Ui::new(Volume::Normal, Color::Never);
    nagios::write(&ui, "VMIMAP", nagios::Status::Unknown, first, &[]);
    let _ = ui.finish();
    Exit::Nagios(nagios::Status::Unknown.code())
}

/// What was typed, as far as every verb has it.
struct Told {
    /// `quota_set`.
    verb: String,
    dry_run: bool,
}

impl Told {
    fn of(matches: &ArgMatches) -> Self {
        let mut verb = Vec::new();
        let mut dry_run = false;
        let mut at = matches;
        while let Some((name, below)) = at.subcommand() {
            verb.push(name);
            let flag = below.try_get_one::<bool>("dry_run").ok().flatten();
            dry_run |= flag.is_some_and(|flag| *flag);
            at = below;
        }
        Self {
            verb: verb.join("_"),
            dry_run,
        }
    }
}

/// The status of a run whose answer, or whose numbers, could not be written. Scripts take "done" and
/// "findings" for a run that went well, so they must not hear either; every other status is
/// bad news already and says more.
fn unwritten(exit: Exit) -> Exit {
    match exit {
        Exit::Done | Exit::Findings => Exit::Failed,
        Exit::Nagios(0) => Exit::Nagios(nagios::Status::Unknown.code()),
        exit => exit,
    }
}

/// Writes what is written last.
fn close(ui: &Ui, settings: &Settings, told: &Told, exit: Exit) -> Exit {
    let failed = unwritten(exit);
    let exit = match ui.finish() {
        Ok(()) => exit,
        Err(error) => {
            ui.error(&format!("cannot write the answer to stdout: {error}"));
            failed
        }
    };
    // Where another run is at it, that one's numbers are the true ones.
    let wanted = settings.metrics_file.as_ref();
    let Some(file) = wanted.filter(|_| !told.dry_run && exit != Exit::Busy) else {
        return exit;
    };
    match ui.write_metrics(&file.value, &told.verb, exit) {
        Ok(()) => exit,
        Err(error) => {
            ui.error(&format!("metrics file {}: {error}", file.value.display()));
            failed
        }
    }
}

fn run_verb(
    verb: Option<&Verb>,
    global: &GlobalArgs,
    settings: &Settings,
    ui: &Ui,
) -> anyhow::Result<Exit> {
    match verb {
        None => Ok(orientation::run(settings, ui)),
        Some(Verb::Doctor(args)) => doctor::run(args, global, settings, ui),
        Some(Verb::Provision(args)) => provision::run(args, global, settings, ui),
        Some(Verb::Migrate(args)) => migrate::run(args, global, settings, ui),
        Some(Verb::Verify(args)) => verify::run(args, global, settings, ui),
        Some(Verb::Retire(args)) => retire::run(args, global, settings, ui),
        Some(Verb::Export(args)) => export::run(args, global, settings, ui),
        Some(Verb::List(args)) => list::run(args, global, settings, ui),
        Some(Verb::Quota(args)) => quota::run(args, global, settings, ui),
        Some(Verb::Audit(args)) => audit::run(args, global, settings, ui),
        Some(Verb::Expunge(args)) => expunge::run(args, global, settings, ui),
        Some(Verb::Expire(args)) => expire::run(args, global, settings, ui),
        Some(Verb::Runs(args)) => runs::run(args, global, settings, ui),
        Some(Verb::Rollback(args)) => rollback::run(args, global, settings, ui),
        Some(Verb::Config(args)) => config::run(args, global, settings, ui),
        Some(Verb::Completions(args)) => completions::run(args, ui),
        Some(Verb::Man(args)) => man::run(args, &Cli::command(), ui),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_written_is_never_a_run_that_went_well() {
        assert_eq!(unwritten(Exit::Done), Exit::Failed);
        assert_eq!(unwritten(Exit::Findings), Exit::Failed);
        assert_eq!(unwritten(Exit::Nagios(0)), Exit::Nagios(3));
        for worse in [
            Exit::Incomplete,
            Exit::Refused,
            Exit::Nagios(2),
            Exit::Interrupted(15),
        ] {
            assert_eq!(unwritten(worse), worse);
        }
    }
}
