//! `vmimap migrate`: flags, preparation, and the way from a report to an exit status.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args as ClapArgs;

use crate::args::global::GlobalArgs;
use crate::args::lamps::LampArgs;
use crate::args::select::SelectArgs;
use crate::commands::lamps;
use crate::commands::tenant::{self, Tenant};
use crate::exit::{self, Exit};
use crate::ops::event::{Event, Observer};
use crate::ops::lock::{Lock, LockError};
use crate::ops::migrate::report::RunReport;
use crate::ops::migrate::{Migration, Options, catalogue};
use crate::ops::select::{Selection, did_you_mean};
use crate::ops::stop::Stop;
use crate::settings::Settings;
use crate::spool::{ScanOptions, Spool};
use crate::ui::metrics::Metrics;
use crate::ui::migrate::TextView;
use crate::ui::migrate_json::JsonView;
use crate::ui::remarks;
use crate::ui::{self, Ui};
use crate::voicemail::audio::AudioFormat;
use crate::voicemail::conf::VoicemailConf;
use crate::voicemail::notice::Notice;
use crate::voicemail::vmbox::VoicemailBox;

const EXAMPLES: &str = "\
Examples:
  See what would happen, message by message; nothing is sent:
    vmimap migrate -n -v /var/spool/asterisk/voicemail

  Do it, eight accounts at a time:
    vmimap migrate -j 8 /var/spool/asterisk/voicemail

  One context first, without one box:
    vmimap migrate --context sales --exclude 5001@sales /var/spool/asterisk/voicemail

Safe to run again at any moment: what is on the server already is recognised and left alone, and
the spool is only ever read.";

/// Copy a file spool into IMAP
///
/// Reads the voicemail boxes below SPOOL (CONTEXT/MAILBOX/FOLDER/msgNNNN.*), finds each box's
/// account in voicemail.conf, and appends every message that is not there yet in the form Asterisk's
/// IMAP storage writes and reads. Each message is read back and compared before it counts as done.
///
/// INBOX, Old and Urgent go to imapfolder, told apart by \Seen and \Flagged, because that is where
/// Asterisk looks; Work, Family, Friends and Cust1 to Cust5 go to folders of their own.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{}\n\n{}", lamps::NOTES, exit::HELP))]
#[allow(clippy::struct_excessive_bools)] // independent switches
pub struct Args {
    /// The spool, usually /var/spool/asterisk/voicemail
    #[arg(value_name = "SPOOL")]
    spool: PathBuf,

    /// Only these boxes: EXTENSION or EXTENSION@CONTEXT, with shell wildcards
    #[arg(value_name = "EXT@CONTEXT")]
    boxes: Vec<String>,

    #[command(flatten)]
    select: SelectArgs,

    /// Show what would be done and send nothing
    #[arg(short = 'n', long)]
    dry_run: bool,

    /// Do not ask; migrate asks nothing, so this changes nothing here
    #[arg(short = 'y', long, hide = true)]
    yes: bool,

    /// Send this recording format where there are several, best first (can be repeated)
    /// [default: format= of voicemail.conf]
    #[arg(long, value_name = "FORMAT", value_parser = format)]
    format: Vec<AudioFormat>,

    /// Do not read messages back after appending them
    #[arg(long)]
    no_verify: bool,

    /// Append again what its owner has removed since an earlier run
    #[arg(long)]
    again: bool,

    /// Append beyond maxmsg, although Asterisk crashes on overfull folders
    #[arg(long)]
    over_maxmsg: bool,

    /// Append although the quota seems too small
    #[arg(long)]
    ignore_quota: bool,

    /// Where heard messages go: "seen" is imapfolder with \Seen, where the phone finds them;
    /// "folder" is a folder called Old, which the phone never opens
    #[arg(long, value_name = "HOW", value_enum, default_value = "seen")]
    old_as: OldAs,

    #[command(flatten)]
    lamps: LampArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum OldAs {
    /// imapfolder, with \Seen
    Seen,
    /// A folder called Old
    Folder,
}

fn format(text: &str) -> Result<AudioFormat, String> {
    AudioFormat::from_option(text).ok_or_else(|| {
        "no format Asterisk records voicemail in, such as wav49, gsm, wav".to_owned()
    })
}

/// Runs the verb.
pub fn run(args: &Args, global: &GlobalArgs, settings: &Settings, ui: &Ui) -> anyhow::Result<Exit> {
    let lamps = lamps::way(&settings.lamps.with(&args.lamps), settings)?;
    let tenant = Tenant::load(settings, &args.select, &args.boxes)?;
    let conf = &tenant.conf;
    let spool = Spool::open(&args.spool)?;
    let list = spool.boxes()?;
    let boxes = select(
        &tenant.selection,
        conf,
        list.boxes.into_iter().map(|one| one.vmbox).collect(),
    )?;
    let notices = list.notices;
    let lock = if args.dry_run {
        None
    } else {
        match Lock::take(&settings.state_dir.value) {
            Ok(lock) => Some(lock),
            Err(error @ LockError::Held { .. }) => {
                ui.error(&error.to_string());
                return Ok(Exit::Busy);
            }
            Err(error) => {
                return Err(error).context("use the state directory (--state-dir chooses another)");
            }
        }
    };
    let run_id = tenant::run_id();
    let shown_id = (!args.dry_run).then_some(run_id.as_str());
    let text = TextView::new(ui, args.dry_run);
    let json = JsonView::new(ui);
    let observer: &dyn Observer = if global.json { &json } else { &text };
    let tell = |notice: &Notice| observer.event(&Event::Notice(notice));
    if global.json {
        conf.notices.iter().for_each(tell);
    } else {
        let few = remarks::few(&conf.notices, ui.volume);
        for notice in &few {
            tell(notice);
        }
    }
    notices.iter().for_each(tell);
    if args.old_as == OldAs::Folder {
        tell(&Notice::new(
            &catalogue::OLD_UNSEEN,
            "--old-as folder",
            catalogue::OLD_UNSEEN.title,
        ));
    }
    let migration = Migration {
        conf,
        spool: &spool,
        options: options(args, &tenant),
        state_dir: settings.state_dir.value.clone(),
        run: run_id.clone(),
        stop: &tenant.stop,
        observer,
        told: Mutex::default(),
    };
    let mut report = watched(&tenant.stop, &|| text.stopping(), global.json, || {
        migration.run(boxes)
    });
    let broken = |notice: &&Notice| notice.severity == crate::voicemail::notice::Severity::Error;
    report.input_errors += notices.iter().filter(broken).count() as u64 + conf.losses();
    if !args.dry_run {
        report.lamps = lamps::refresh(lamps.as_ref(), &tenant, &report.changed);
    }
    drop(lock);
    ui.measure(&Metrics::of_counts("migrate", &report.counts));
    let exit = exit_of(&report);
    if global.json {
        json.finish(&report, shown_id, args.dry_run, exit);
    } else {
        text.finish(&report, shown_id);
    }
    ui::lamps::tell(ui, report.lamps.as_ref(), global.json);
    Ok(exit)
}

/// Runs the work, and says `heard` once when somebody asks to stop meanwhile (a signal handler
/// itself cannot print).
fn watched<T>(stop: &Stop, heard: &(dyn Fn() + Sync), quiet: bool, work: impl FnOnce() -> T) -> T {
    const POLL: Duration = Duration::from_millis(50);
    let done = AtomicBool::new(quiet);
    thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                if stop.asked() {
                    return heard();
                }
                thread::park_timeout(POLL);
            }
        });
        // Dropped when the work panics, too: the scope would wait for the watcher for ever.
        let _done = SetWhenDropped(&done, watcher.thread());
        work()
    })
}

struct SetWhenDropped<'a>(&'a AtomicBool, &'a Thread);

impl Drop for SetWhenDropped<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
        self.1.unpark();
    }
}

/// The selected boxes of the spool.
fn select(
    selection: &Selection,
    conf: &VoicemailConf,
    boxes: Vec<VoicemailBox>,
) -> anyhow::Result<Vec<VoicemailBox>> {
    let configured = conf.mailboxes.iter().map(|mailbox| &mailbox.vmbox);
    let known: Vec<&VoicemailBox> = configured.chain(&boxes).collect();
    if let Some(pattern) = selection.idle_pattern(&known) {
        bail!(
            "no voicemail box matches {pattern}, neither in voicemail.conf nor in the spool{}",
            did_you_mean(pattern, &known)
        );
    }
    Ok(boxes
        .into_iter()
        .filter(|vmbox| selection.takes_box(vmbox))
        .collect())
}

fn options(args: &Args, tenant: &Tenant) -> Options {
    Options {
        selection: tenant.selection.clone(),
        dry_run: args.dry_run,
        verify: !args.no_verify,
        over_maxmsg: args.over_maxmsg,
        ignore_quota: args.ignore_quota,
        again: args.again,
        old_as_folder: args.old_as == OldAs::Folder,
        formats: if args.format.is_empty() {
            let formats = tenant.conf.formats().iter();
            formats
                .filter_map(|name| AudioFormat::from_option(name))
                .collect()
        } else {
            args.format.clone()
        },
        jobs: tenant.jobs,
        hostname: rustix::system::uname()
            .nodename()
            .to_string_lossy()
            .into_owned(),
        scan: ScanOptions::default(),
        overrides: tenant.overrides.clone(),
    }
}

fn exit_of(report: &RunReport) -> Exit {
    if report.complete() {
        Exit::Done
    } else {
        tenant::incomplete(&report.failures, report.interrupted)
    }
}
