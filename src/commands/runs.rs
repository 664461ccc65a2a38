//! `vmimap runs`: which runs the journals tell of.

use anyhow::{Context, bail};
use clap::{Args as ClapArgs, Subcommand};

use crate::args::global::GlobalArgs;
use crate::args::output::SheetArgs;
use crate::exit::{self, Exit};
use crate::ops::runs::{self, Run, Runs};
use crate::settings::Settings;
use crate::ui::Ui;
use crate::ui::runs::{BoxPart, RunsView};

const EXAMPLES: &str = "\
Examples:
  What has been migrated, and when; the newest run first:
    vmimap runs

  One run, mailbox by mailbox; the beginning of its id is enough:
    vmimap runs 20261127T2201
    vmimap runs last --csv > run.csv

  A migration that was split over three machines, put together:
    vmimap runs merge /mnt/one /mnt/two /mnt/three --state-dir /var/lib/vmimap

States: running; interrupted (cut or told to stop: run migrate again, it goes on); incomplete (some
messages failed); complete; partly back and rolled back (vmimap rollback).

\"Undone\" is what was rolled back. A journal that cannot be read is named, and makes the status 3; the
others are told all the same.";

/// List the migrate runs that the journals tell of
///
/// For each run when it began, how it stands, how many mailboxes it was about, and what became of the
/// messages it sent. With RUN-ID (its beginning, or \"last\") the same for each mailbox. Asks no
/// server, needs no voicemail.conf, and only reads.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{}", exit::HELP))]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    what: Option<What>,

    /// Only this run, mailbox by mailbox
    #[arg(value_name = "RUN-ID")]
    run: Option<String>,

    #[command(flatten)]
    sheet: SheetArgs,
}

#[derive(Debug, Subcommand)]
enum What {
    Merge(super::runs_merge::Args),
}

/// Runs the verb.
pub fn run(args: &Args, global: &GlobalArgs, settings: &Settings, ui: &Ui) -> anyhow::Result<Exit> {
    if let Some(What::Merge(merge)) = &args.what {
        return super::runs_merge::run(merge, global, settings, ui);
    }
    let state_dir = &settings.state_dir.value;
    let runs = Runs::read(state_dir).context("read the journals in the state directory")?;
    let view = RunsView::new(ui, global.json, args.sheet.style(), args.sheet.utc);
    let exit = if runs.damaged.is_empty() && runs.book.is_none() {
        Exit::Done
    } else {
        Exit::Incomplete
    };
    match &args.run {
        None => view.runs(&runs, state_dir, exit),
        Some(text) => {
            let run = match runs.find(text) {
                Ok(run) => run,
                Err(why) => bail!("{why}; vmimap runs without an id lists them"),
            };
            let parts = parts(run, state_dir)?;
            view.run(&runs, run, &parts, exit);
        }
    }
    Ok(exit)
}

fn parts(run: &Run, state_dir: &std::path::Path) -> anyhow::Result<Vec<BoxPart>> {
    let mut parts = Vec::with_capacity(run.boxes.len());
    runs::each(state_dir, &mut |vmbox, past| {
        if let Some(one) = past.run(&run.run) {
            parts.push(BoxPart {
                vmbox,
                account: one.account.clone(),
                counts: one.counts(),
            });
        }
    })?;
    Ok(parts)
}
