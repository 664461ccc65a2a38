//! The command line: the list of verbs and the way from words to a [`Exit`].

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::args::global::GlobalArgs;
use crate::commands::{
    audit, config, doctor, expire, export, expunge, list, migrate, provision, quota, tenant,
};
use crate::exit::{self, Exit};
use crate::settings::Settings;
use crate::ui::{Color, Ui, Volume};

/// The administrator's toolkit for Asterisk voicemail kept in IMAP
///
/// vmimap moves a file-based voicemail spool into an IMAP server, so that Asterisk's IMAP storage
/// plays, dates, counts and folders every message as before. It reads accounts and servers from
/// voicemail.conf, exactly as Asterisk does.
#[derive(Debug, Parser)]
#[command(
    name = "vmimap",
    version,
    max_term_width = 100,
    arg_required_else_help = true
)]
#[command(after_long_help = exit::HELP, propagate_version = true)]
pub struct Cli {
    /// Flags every verb takes.
    #[command(flatten)]
    pub global: GlobalArgs,

    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// The verbs.
#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant)] // made once, never moved about
#[allow(missing_docs)] // a comment here would take the place of the verb's own help
pub enum Verb {
    Doctor(doctor::Args),
    Provision(provision::Args),
    Migrate(migrate::Args),
    Export(export::Args),
    List(list::Args),
    Quota(quota::Args),
    Audit(audit::Args),
    Expunge(expunge::Args),
    Expire(expire::Args),
    Config(config::Args),
}

/// Runs the program with the words of the command line.
#[must_use]
pub fn run() -> Exit {
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
    let result = match &cli.verb {
        Verb::Doctor(args) => doctor::run(args, &cli.global, &settings, &ui),
        Verb::Provision(args) => provision::run(args, &cli.global, &settings, &ui),
        Verb::Migrate(args) => migrate::run(args, &cli.global, &settings, &ui),
        Verb::Export(args) => export::run(args, &cli.global, &settings, &ui),
        Verb::List(args) => list::run(args, &cli.global, &settings, &ui),
        Verb::Quota(args) => quota::run(args, &cli.global, &settings, &ui),
        Verb::Audit(args) => audit::run(args, &cli.global, &settings, &ui),
        Verb::Expunge(args) => expunge::run(args, &cli.global, &settings, &ui),
        Verb::Expire(args) => expire::run(args, &cli.global, &settings, &ui),
        Verb::Config(args) => config::run(args, &cli.global, &settings, &ui),
    };
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
