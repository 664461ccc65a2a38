//! `vmimap quota`: flags, and the way from a report to an exit status.

use anyhow::bail;
use clap::{Args as ClapArgs, Subcommand, ValueEnum};

use crate::args::global::GlobalArgs;
use crate::args::output::SheetArgs;
use crate::args::select::SelectArgs;
use crate::commands::tenant::{self, NotUnderstood, Tenant};
use crate::exit::{self, Exit};
use crate::ops::quota::order::{Key, ordered};
use crate::ops::quota::report::{Level, Report, Thresholds};
use crate::ops::quota::{Quota, formats};
use crate::settings::Settings;
use crate::ui::progress::Progress;
use crate::ui::{Ui, Volume, quota, quota_check, quota_json, remarks};

const EXAMPLES: &str = "\
Examples:
  Who is full, the fullest first:
    vmimap quota

  The ten with the least room for speech:
    vmimap quota --sort room --top 10

  One context, for a spreadsheet:
    vmimap quota --csv '*@sales' > quota.csv

  A check for Nagios, and metrics for Prometheus, without listing any folder:
    vmimap quota --no-share --nagios -w 80% -c 90%
    vmimap quota --no-share -q --metrics-file /var/lib/node_exporter/vmimap.prom

  Raise a limit, seeing first what would change:
    vmimap quota set -n 4123@default --storage 200M

With --nagios the exit status is 0 (ok), 1 (warning), 2 (critical) or 3 (unknown); else 4 says that a \
mailbox is over a threshold, refuses callers or may lose a message, and 3, 10 or 11 that not all \
could be asked.";

/// Show how full the accounts are, and whose mail fills them
///
/// For each mailbox and quota root: used, limit, percent, messages, how much of it is voicemail, and
/// how many minutes of speech fit before callers are refused. Messages are counted against maxmsg as
/// Asterisk's own searches find them.
///
/// Asterisk refuses a caller only when a limit is reached. A message that is larger than what is left
/// is recorded, refused by the server and lost, while the caller hears that it was saved; and of
/// several limits Asterisk looks at one only. Both are said where they matter. Only reads.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{}", exit::HELP))]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    set: Option<What>,

    #[command(flatten)]
    look: Look,
}

#[derive(Debug, Subcommand)]
enum What {
    Set(super::quota_set::Args),
}

#[derive(Debug, ClapArgs)]
struct Look {
    /// Only these boxes: EXTENSION or EXTENSION@CONTEXT, with shell wildcards
    #[arg(value_name = "EXT@CONTEXT")]
    boxes: Vec<String>,

    #[command(flatten)]
    select: SelectArgs,

    #[command(flatten)]
    sheet: SheetArgs,

    /// Warn from this share of any limit on, in percent
    #[arg(short, long, value_name = "PERCENT", default_value = "80", value_parser = percent)]
    warn: u64,

    /// Call it critical from this share on
    #[arg(short, long, value_name = "PERCENT", default_value = "90", value_parser = percent)]
    crit: u64,

    /// Do not work out the voicemail share, for which every voicemail folder is listed
    #[arg(long)]
    no_share: bool,

    /// Order by this
    #[arg(long, value_name = "KEY", value_enum, default_value = "percent")]
    sort: SortKey,

    /// Show only the first N mailboxes; all are looked at and counted
    #[arg(long, value_name = "N")]
    top: Option<usize>,

    /// Print one line for a monitoring system, and exit as its plugins do
    #[arg(long, conflicts_with_all = ["json", "csv", "tsv", "top"])]
    nagios: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SortKey {
    /// The fullest first
    Percent,
    /// The largest use first
    Used,
    /// The least room for speech first
    Room,
    /// The most messages in imapfolder first
    Messages,
    /// The most voicemail first
    Voicemail,
    /// By context and number
    Name,
}

impl From<SortKey> for Key {
    fn from(key: SortKey) -> Self {
        match key {
            SortKey::Percent => Self::Percent,
            SortKey::Used => Self::Used,
            SortKey::Room => Self::Room,
            SortKey::Messages => Self::Messages,
            SortKey::Voicemail => Self::Voicemail,
            SortKey::Name => Self::Name,
        }
    }
}

/// `80` or `80%`.
fn percent(text: &str) -> Result<u64, String> {
    let number = text.strip_suffix('%').unwrap_or(text).trim_end();
    number
        .parse()
        .ok()
        .filter(|percent| (1..=1000).contains(percent))
        .ok_or_else(|| "a share of the limit in whole percent: 80 or 80%".to_owned())
}

/// Runs the verb.
pub fn run(args: &Args, global: &GlobalArgs, settings: &Settings, ui: &Ui) -> anyhow::Result<Exit> {
    if let Some(What::Set(set)) = &args.set {
        return super::quota_set::run(set, global, settings, ui);
    }
    let look = &args.look;
    match look.run(global, settings, ui) {
        // A monitoring system reads one line and a number, whatever went wrong.
        Err(error) if look.nagios => Ok(quota_check::unknown(ui, &format!("{error:#}"))),
        result => result,
    }
}

impl Look {
    fn run(&self, global: &GlobalArgs, settings: &Settings, ui: &Ui) -> anyhow::Result<Exit> {
        let thresholds = Thresholds {
            warn: self.warn,
            crit: self.crit,
        };
        if let Some(why) = self.nonsense() {
            bail!(NotUnderstood(why.to_owned()));
        }
        let tenant = Tenant::load(settings, &self.select, &self.boxes)?;
        let boxes = tenant.boxes()?;
        let progress =
            Progress::new(ui.stderr_is_terminal && ui.volume > Volume::Quiet && !self.nagios);
        progress.start(boxes.len());
        let quota = Quota {
            conf: &tenant.conf,
            overrides: &tenant.overrides,
            share: !self.no_share,
            jobs: tenant.jobs,
            stop: &tenant.stop,
            done: &|boxes| (0..boxes).for_each(|_| progress.box_done(0.0)),
        };
        let mut report = quota.run(boxes);
        report.input_errors = tenant.conf.losses();
        progress.clear();
        // A kilobyte and more a mailbox: only for somebody who reads it.
        if settings.metrics_file.is_some() {
            ui.measure(&quota_check::metrics(&report, thresholds));
        }
        if self.nagios {
            return Ok(quota_check::nagios(ui, &report, thresholds));
        }
        let exit = exit_of(&report, thresholds);
        let rows = ordered(&report, self.sort.into(), self.top);
        if global.json {
            quota_json::write(ui, &tenant.conf.notices, &report, &rows, thresholds, exit);
        } else {
            remarks::show(&tenant.conf.notices, ui);
            let formats = formats(&tenant.conf);
            quota::write(ui, &report, &rows, &formats, self.sheet.style(), thresholds);
        }
        Ok(exit)
    }

    /// Why this cannot be meant.
    fn nonsense(&self) -> Option<&'static str> {
        if self.warn > self.crit {
            return Some("--warn must not be above --crit");
        }
        // To look at some messages only would be to say less than there is.
        let select = &self.select;
        (!select.folder.is_empty() || select.since.is_some() || select.until.is_some())
            .then_some("--folder, --since and --until choose messages; a quota counts all of them")
    }
}

fn exit_of(report: &Report, thresholds: Thresholds) -> Exit {
    let found = |level| report.at(level, thresholds) > 0;
    if !report.complete() || report.interrupted.is_some() {
        tenant::incomplete(&report.failures, report.interrupted)
    } else if found(Level::Warning) || found(Level::Critical) {
        Exit::Findings
    } else {
        Exit::Done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_a_percentage_with_or_without_its_sign() {
        assert_eq!((percent("80"), percent("80%")), (Ok(80), Ok(80)));
        assert_eq!(percent("80 %"), Ok(80));
        for wrong in ["", "%", "0", "-1", "80.5", "1001", "8M"] {
            assert!(percent(wrong).is_err(), "{wrong}");
        }
    }
}
