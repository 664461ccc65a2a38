//! `vmimap verify`: flags, preparation, and the way from what was found to an exit status.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use jiff::Timestamp;

use crate::args::global::GlobalArgs;
use crate::args::select::SelectArgs;
use crate::args::source::SourceArgs;
use crate::commands::source;
use crate::commands::tenant::{self, Tenant};
use crate::exit::{self, Exit};
use crate::ops::verify::report::RunReport;
use crate::ops::verify::sample::{Sample, Size};
use crate::ops::verify::{Told, Verification, Watcher};
use crate::settings::Settings;
use crate::ui::metrics::Metrics;
use crate::ui::verify::TextView;
use crate::ui::verify_json::JsonView;
use crate::ui::{Ui, remarks};
use crate::voicemail::notice::{Notice, Severity};

const EXAMPLES: &str = "\
Examples:
  After a migration: is every message of the spool in IMAP, recording by recording?
    vmimap verify /var/spool/asterisk/voicemail

  One mailbox, message by message:
    vmimap verify -v /var/spool/asterisk/voicemail 4123@default

  Every night a twentieth of each mailbox, another one each night, all of it in twenty:
    vmimap verify --sample 5% /var/spool/asterisk/voicemail

  The part that was looked at on a certain run, once more (the run says its seed):
    vmimap verify --sample 5% --seed 20785 /var/spool/asterisk/voicemail

Nothing is written anywhere, neither here nor on the server: no message becomes heard or loses
\\Recent. Messages that are only in IMAP are none of its business; -v counts those that migrate has
put there and whose source is not in the spool.

Status 4 says that messages differ or are missing; 3 that something could not be looked at, whatever
else was found.";

/// Compare every message of a spool with what is in IMAP
///
/// Reads the voicemail boxes below SPOOL as migrate does, finds each message in IMAP by its identity,
/// reads it back and compares the recording (by digest, decoded), every header that Asterisk reads,
/// the folder, the flags and the date. That its owner has heard a message since is no difference.
///
/// Says for each mailbox how many messages of the spool are the same in IMAP, differ, are missing, or
/// could not be compared (damaged, being recorded), and for each message that is not the same why.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{}", exit::HELP))]
pub struct Args {
    /// The spool, usually /var/spool/asterisk/voicemail
    #[arg(value_name = "SPOOL")]
    spool: PathBuf,

    /// Only these boxes: EXTENSION or EXTENSION@CONTEXT, with shell wildcards
    #[arg(value_name = "EXT@CONTEXT")]
    boxes: Vec<String>,

    #[command(flatten)]
    select: SelectArgs,

    #[command(flatten)]
    source: SourceArgs,

    /// Read back a part of each mailbox only: a share (5%) or a number of messages (20), at least one;
    /// that the others are there is looked at all the same
    #[arg(long, value_name = "PART")]
    sample: Option<Size>,

    /// Which part: one number gives the same messages again, the next one those that follow, so that
    /// consecutive numbers come round to all [default: the days since 1970, UTC]
    #[arg(long, value_name = "N", requires = "sample")]
    seed: Option<u64>,
}

/// Runs the verb.
pub fn run(args: &Args, global: &GlobalArgs, settings: &Settings, ui: &Ui) -> anyhow::Result<Exit> {
    let tenant = Tenant::load(settings, &args.select, &args.boxes)?;
    let spool = source::open(&args.spool)?;
    let list = spool.boxes()?;
    let boxes = list.boxes.into_iter().map(|one| one.vmbox);
    let boxes = source::boxes(&tenant, boxes.collect())?;
    let sample = args.sample.map(|size| Sample {
        size,
        seed: args.seed.unwrap_or_else(today),
    });
    let text = TextView::new(ui, sample);
    let json = JsonView::new(ui, sample);
    let watcher: &dyn Watcher = if global.json { &json } else { &text };
    let tell = |notice: &Notice| watcher.told(&Told::Notice(notice));
    for notice in remarks::few(&tenant.conf.notices, ui.volume) {
        tell(&notice);
    }
    list.notices.iter().for_each(tell);
    let verification = Verification {
        conf: &tenant.conf,
        spool: &spool,
        options: source::options(&args.source, &tenant),
        state_dir: settings.state_dir.value.clone(),
        sample,
        stop: &tenant.stop,
        watcher,
    };
    let mut report = verification.run(boxes);
    let broken = |notice: &&Notice| notice.severity == Severity::Error;
    report.input_errors += list.notices.iter().filter(broken).count() as u64;
    report.input_errors += tenant.conf.losses();
    ui.measure(&Metrics::of_counts("verify", &report.counts));
    let exit = exit_of(&report);
    if global.json {
        json.finish(&report, exit);
    } else {
        text.finish(&report);
    }
    Ok(exit)
}

/// Days since 1970, UTC.
fn today() -> u64 {
    u64::try_from(Timestamp::now().as_second() / 86_400).unwrap_or(0)
}

fn exit_of(report: &RunReport) -> Exit {
    if !report.complete() {
        tenant::incomplete(&report.failures, report.interrupted)
    } else if report.counts.findings() > 0 {
        Exit::Findings
    } else {
        Exit::Done
    }
}
