//! `vmimap runs merge`: the journals of several state directories into one.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args as ClapArgs;

use crate::args::global::GlobalArgs;
use crate::commands::tenant;
use crate::exit::{self, Exit};
use crate::ops::lock::Lock;
use crate::ops::runs::merge;
use crate::settings::Settings;
use crate::ui::Ui;
use crate::ui::runs::MergeView;

const EXAMPLES: &str = "\
Examples:
  What two machines have written down, into this one's state directory:
    vmimap runs merge /mnt/one/vmimap /mnt/two/vmimap

  What would be changed:
    vmimap runs merge -n /mnt/one/vmimap /mnt/two/vmimap --state-dir /srv/vmimap

The sources are only read; a source in which a run is under way is refused (75), and so is a target.
Merged again, nothing is done twice; a source that went on since is taken up where it stands. Journals
that disagree (the same run with other lines, another account or another spool) are named and left as
the target has them (3), and so is what vmimap retire has moved, where more than one of them knows of
something of its own. A line that a crash has torn at the end of a file is left out.

After it, runs, rollback and a second migrate work on the whole.";

/// Put the journals of several state directories together
///
/// For a migration that was split over several machines, each with a state directory of its own: puts
/// their journals, records and the book of runs into the state directory (--state-dir). The same lines
/// in several count once.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{}", exit::HELP))]
pub struct Args {
    /// The state directories to take from
    #[arg(value_name = "DIR", required = true)]
    sources: Vec<PathBuf>,

    /// Show what would be changed and change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

/// Runs the verb.
pub fn run(args: &Args, global: &GlobalArgs, settings: &Settings, ui: &Ui) -> anyhow::Result<Exit> {
    let target = &settings.state_dir.value;
    check(&args.sources, target)?;
    let mut locks = Vec::new();
    for source in &args.sources {
        locks.extend(Lock::keep_away(source)?);
    }
    if !args.dry_run {
        locks.push(tenant::lock(target)?);
    }
    let mut view = MergeView::new(ui, global.json, args.dry_run);
    merge::merge(&args.sources, target, args.dry_run, &mut |one| {
        view.add(one);
    })
    .context("put the journals together")?;
    drop(locks);
    let exit = if view.failed() == 0 {
        Exit::Done
    } else {
        Exit::Incomplete
    };
    view.finish(exit);
    Ok(exit)
}

/// Refuses what is most likely a slip: a directory without journals, the target as a source.
fn check(sources: &[PathBuf], target: &Path) -> anyhow::Result<()> {
    let real = |path: &Path| std::fs::canonicalize(path);
    for source in sources {
        let path = real(source).with_context(|| format!("source {}", source.display()))?;
        if !path.join("journal").is_dir() {
            bail!("source {}: has no journals", source.display());
        }
        if real(target).is_ok_and(|target| target == path) {
            bail!("source {}: is the target", source.display());
        }
    }
    Ok(())
}
