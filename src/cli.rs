//! The command line: the list of verbs and the way from words to a [`Exit`].

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::args::global::GlobalArgs;
use crate::commands::{
    audit, completions, config, doctor, expire, expunge, list, man, migrate, orientation,
    provision, quota, tenant,
};
use crate::completion;
use crate::exit::{self, Exit};
use crate::settings::Settings;
use crate::ui::{Color, Ui, Volume};

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
#[allow(clippy::large_enum_variant)] // made once, never moved about
#[allow(missing_docs)] // a comment here would take the place of the verb's own help
pub enum Verb {
    Doctor(doctor::Args),
    Provision(provision::Args),
    Migrate(migrate::Args),
    List(list::Args),
    Quota(quota::Args),
    Audit(audit::Args),
    Expunge(expunge::Args),
    Expire(expire::Args),
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
                Exit::Usage
            } else {
                Exit::Done
            };
        }
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return Exit::Usage;
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
            return Exit::Usage;
        }
    };
    let ui = Ui::new(volume, settings.color.value);
    let result = run_verb(cli.verb.as_ref(), &cli.global, &settings, &ui);
    let exit = result.unwrap_or_else(|error| {
        ui.error(&format!("{error:#}"));
        tenant::failed(&error)
    });
    match ui.finish() {
        Ok(()) => exit,
        Err(error) => {
            ui.error(&format!("cannot write the answer to stdout: {error}"));
            if exit == Exit::Done {
                Exit::Failed
            } else {
                exit
            }
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
        Some(Verb::List(args)) => list::run(args, global, settings, ui),
        Some(Verb::Quota(args)) => quota::run(args, global, settings, ui),
        Some(Verb::Audit(args)) => audit::run(args, global, settings, ui),
        Some(Verb::Expunge(args)) => expunge::run(args, global, settings, ui),
        Some(Verb::Expire(args)) => expire::run(args, global, settings, ui),
        Some(Verb::Config(args)) => config::run(args, global, settings, ui),
        Some(Verb::Completions(args)) => completions::run(args, ui),
        Some(Verb::Man(args)) => man::run(args, &Cli::command(), ui),
    }
}
