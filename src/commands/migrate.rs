//! `vmimap migrate`: flags, preparation, and the way from a report to an exit status.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use anyhow::Context;
use clap::Args as ClapArgs;

use crate::args::global::GlobalArgs;
use crate::args::lamps::LampArgs;
use crate::args::migrate::LiveArgs;
use crate::args::select::SelectArgs;
use crate::args::source::{OldAs, SourceArgs};
use crate::commands::lamps;
use crate::commands::migrate_prune;
use crate::commands::source;
use crate::commands::tenant::{self, Tenant};
use crate::exit::{self, Exit};
use crate::ops::event::{Event, Observer};
use crate::ops::migrate::follow::{self, Followed, Rhythm, Settled};
use crate::ops::migrate::greetings::Wish;
use crate::ops::migrate::readiness::Readiness;
use crate::ops::migrate::report::RunReport;
use crate::ops::migrate::{Migration, Options, catalogue};
use crate::ops::runs::book::Book;
use crate::ops::stop::Stop;
use crate::settings::Settings;
use crate::spool::{Spool, SpoolBox};
use crate::ui::metrics::Metrics;
use crate::ui::migrate::TextView;
use crate::ui::migrate_json::JsonView;
use crate::ui::remarks;
use crate::ui::{self, Ui};
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

  The greetings with them, where voicemail.conf has imapgreetings=yes:
    vmimap migrate --greetings /var/spool/asterisk/voicemail

  While the phones are in use, days before the switch; Ctrl-C ends it and tells what is left:
    vmimap migrate --follow --every 5m /var/spool/asterisk/voicemail

  At the switch, when no phone writes to the spool any more:
    vmimap migrate --update /var/spool/asterisk/voicemail
    vmimap migrate --prune /var/spool/asterisk/voicemail

  One of four machines or jobs that share the work, each with a state directory of its own:
    vmimap migrate --shard 1/4 --state-dir /var/lib/vmimap-1 /var/spool/asterisk/voicemail

--follow looks again only at mailboxes in which something has come, gone or been renamed. It ends with
the status of its last pass: 0 if that left nothing undone, 130 or 143 if a signal cut that pass.

--prune removes as vmimap expunge does, with its lines and exit statuses, what this journal's runs have
put there, if it lies where they put it and its mailbox in the spool could be read as a whole.

Safe to run again at any moment: what is on the server already is recognised and left alone, and
the spool is only ever read. vmimap verify compares the two again later, and vmimap retire moves out of
the spool what is in IMAP, before an Asterisk with IMAP storage plays those files in its place.
vmimap runs lists what was migrated, and vmimap rollback takes a run back.";

/// Copy a file spool into IMAP
///
/// Reads the voicemail boxes below SPOOL (CONTEXT/MAILBOX/FOLDER/msgNNNN.*), finds each box's
/// account in voicemail.conf, and appends every message that is not there yet in the form Asterisk's
/// IMAP storage writes and reads. Each message is read back and compared before it counts as done.
///
/// INBOX, Old and Urgent go to imapfolder, told apart by \Seen and \Flagged, because that is where
/// Asterisk looks; Work, Family, Friends and Cust1 to Cust5 go to folders of their own.
///
/// With --greetings the newest recording counts, as in Asterisk: a greeting that is on the server and
/// was recorded later than the file stays; an older one stays, too, and is reported, unless
/// --replace-greetings is given. Nothing is stored beside a greeting of the same name, because the
/// phone plays the first it finds.
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

    /// Do not ask; only --prune asks, and it then wants --max-delete as well
    #[arg(short = 'y', long)]
    yes: bool,

    #[command(flatten)]
    source: SourceArgs,

    #[command(flatten)]
    live: LiveArgs,

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

    /// Store greetings, too (unavail, busy, greet, temp), in greetingsfolder, where Asterisk looks for
    /// them with imapgreetings=yes; after the messages, whatever was selected of those
    #[arg(long)]
    greetings: bool,

    /// Replace an older greeting of the same mailbox by the file's: once the new one has been read
    /// back, the old one is removed, by its UID
    #[arg(long, requires = "greetings", conflicts_with = "no_verify")]
    replace_greetings: bool,

    /// Store greetings although mailboxes that share the account would play each other's
    #[arg(long, requires = "greetings")]
    shared_greetings: bool,

    #[command(flatten)]
    lamps: LampArgs,
}

/// Runs the verb.
pub fn run(args: &Args, global: &GlobalArgs, settings: &Settings, ui: &Ui) -> anyhow::Result<Exit> {
    if let Some(why) = contradiction(args) {
        ui.error(why);
        return Ok(Exit::Usage);
    }
    let lamps = lamps::way(&settings.lamps.with(&args.lamps), settings)?;
    let tenant = Tenant::load(settings, &args.select, &args.boxes)?;
    let spool = source::open(&args.spool)?;
    let list = spool.boxes()?;
    let dry_run = args.dry_run || args.live.readiness;
    // The removal takes the lock by itself.
    let wanted = !dry_run && !args.live.prune;
    let lock = wanted.then(|| tenant::lock(&settings.state_dir.value));
    let lock = lock.transpose()?;
    let text = view(args, ui, dry_run);
    let json = JsonView::new(ui);
    let observer: &dyn Observer = if global.json { &json } else { &text };
    tell_notices(args, &tenant.conf, &list.notices, (global, ui), observer);
    let settled = args.live.follow.then(Settled::default);
    let migration = Migration {
        conf: &tenant.conf,
        spool: &spool,
        options: options(args, &tenant),
        state_dir: settings.state_dir.value.clone(),
        run: tenant::run_id(),
        stop: &tenant.stop,
        observer,
        told: Mutex::default(),
        settled: settled.as_ref(),
    };
    let boxes = source::boxes(&tenant, vmboxes(list.boxes))?;
    if args.live.prune {
        let wish = migrate_prune::Wish {
            max_delete: args.live.max_delete,
            dry_run,
            yes: args.yes,
            lamps,
        };
        return migrate_prune::run(&wish, &migration, &boxes, &tenant, (global, settings, ui));
    }
    let mut book = match &lock {
        Some(_) => Some(begin(settings, &migration.run, &spool, boxes.len())?),
        None => None,
    };
    let again = settled.as_ref().zip(args.live.rhythm());
    let done = watched(&tenant.stop, &|| text.stopping(), global.json, || {
        work(&migration, boxes, again)
    })?;
    let broken = |notice: &&Notice| notice.severity == crate::voicemail::notice::Severity::Error;
    let mut report = done.report;
    report.input_errors += list.notices.iter().filter(broken).count() as u64;
    report.input_errors += tenant.conf.losses();
    if !dry_run {
        report.lamps = lamps::refresh(lamps.as_ref(), &tenant, &report.changed);
    }
    let mut exit = exit_of(&report);
    if let Some(Err(error)) = book
        .as_mut()
        .map(|book| book.end(&migration.run, exit.code()))
    {
        ui.error(&format!("book of runs: {error}"));
        if exit == Exit::Done {
            exit = Exit::Failed;
        }
    }
    drop(lock);
    ui.measure(&Metrics::of_counts("migrate", &report.counts));
    let shown_id = (!dry_run).then_some(migration.run.as_str());
    let readiness = (args.live.follow || args.live.readiness).then_some(done.readiness);
    if global.json {
        json.finish(&report, readiness.as_ref(), shown_id, dry_run, exit);
    } else {
        text.finish(&report, readiness.as_ref(), shown_id);
    }
    ui::lamps::tell(ui, report.lamps.as_ref(), global.json);
    Ok(exit)
}

/// What cannot be meant at once, and clap cannot tell.
fn contradiction(args: &Args) -> Option<&'static str> {
    let follows = args.live.updates() || args.live.prune;
    (args.source.old_as == OldAs::Folder && follows).then_some(
        "--old-as folder: no phone shows a folder called Old, so nothing in it can follow the spool; \
         leave out --update, --follow, --readiness and --prune",
    )
}

/// One run, or pass after pass.
fn work(
    migration: &Migration<'_>,
    boxes: Vec<VoicemailBox>,
    again: Option<(&Settled, Rhythm)>,
) -> anyhow::Result<Followed> {
    let Some((settled, rhythm)) = again else {
        let report = migration.run(boxes);
        let readiness = Readiness::of_dry_run(&report, migration.options.jobs);
        return Ok(Followed { report, readiness });
    };
    let selection = &migration.options.selection;
    let list = || {
        let mut boxes = vmboxes(migration.spool.boxes()?.boxes);
        boxes.retain(|vmbox| selection.takes_box(vmbox));
        Ok(boxes)
    };
    Ok(follow::follow(migration, settled, rhythm, &list)?)
}

fn vmboxes(boxes: Vec<SpoolBox>) -> Vec<VoicemailBox> {
    boxes.into_iter().map(|one| one.vmbox).collect()
}

fn view<'a>(args: &Args, ui: &'a Ui, dry_run: bool) -> TextView<'a> {
    let view = TextView::new(ui, dry_run);
    match (args.live.follow, args.live.readiness) {
        (true, _) => view.repeating(),
        (_, true) => view.brief(),
        _ => view,
    }
}

/// Tells what is odd about the input as a whole.
fn tell_notices(
    args: &Args,
    conf: &VoicemailConf,
    notices: &[Notice],
    (global, ui): (&GlobalArgs, &Ui),
    observer: &dyn Observer,
) {
    // A removal tells of voicemail.conf itself, and has lines of another kind.
    if args.live.prune {
        return;
    }
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
    if args.source.old_as == OldAs::Folder {
        tell(&Notice::new(
            &catalogue::OLD_UNSEEN,
            "--old-as folder",
            catalogue::OLD_UNSEEN.title,
        ));
    }
}

/// Writes down that the run begins.
fn begin(settings: &Settings, run: &str, spool: &Spool, boxes: usize) -> anyhow::Result<Book> {
    let mut book = Book::read(&settings.state_dir.value)?;
    let begun = book.begin(run, spool.root(), boxes);
    begun.context("write the book of runs in the state directory")?;
    Ok(book)
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

fn options(args: &Args, tenant: &Tenant) -> Options {
    Options {
        dry_run: args.dry_run || args.live.readiness,
        verify: !args.no_verify,
        over_maxmsg: args.over_maxmsg,
        ignore_quota: args.ignore_quota,
        again: args.again,
        update: args.live.updates(),
        greetings: Wish {
            wanted: args.greetings,
            shared: args.shared_greetings,
            replace: args.replace_greetings,
        },
        ..source::options(&args.source, tenant)
    }
}

fn exit_of(report: &RunReport) -> Exit {
    if report.complete() {
        Exit::Done
    } else {
        tenant::incomplete(&report.failures, report.interrupted)
    }
}
