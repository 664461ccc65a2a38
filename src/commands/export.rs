//! `vmimap export`: flags, preparation, and the way from a report to an exit status.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args as ClapArgs;

use crate::args::global::GlobalArgs;
use crate::args::messages::{MessageArgs, scattered_uids};
use crate::args::select::SelectArgs;
use crate::commands::tenant::{self, Tenant};
use crate::depot::{Archive, Depot, DepotError, Dir, Owner, owner};
use crate::exit::{self, Exit};
use crate::mailstore::types::UidValidity;
use crate::ops::export::manifest::Memory;
use crate::ops::export::report::RunReport;
use crate::ops::export::{
    Event, Exporter, Observer, Options, Place, Target, live_spools, memory_of,
};
use crate::settings::Settings;
use crate::ui::Ui;
use crate::ui::export::TextView;
use crate::ui::export_json::JsonView;
use crate::ui::remarks;

const EXAMPLES: &str = "\
Examples:
  See what would be written:
    vmimap export -n -v /srv/voicemail-export

  Everything, back into files as Asterisk's file storage reads them, for the user asterisk:
    vmimap export --owner asterisk:asterisk /srv/voicemail-export

  One mailbox that moves elsewhere:
    vmimap export 4123@default /srv/4123

  A backup every night, with checksums:
    vmimap export --sha256sums --tar /srv/backup/voicemail-$(date +%F).tar

  Over ssh, without a file here:
    vmimap export --tar - | ssh backup 'cat > voicemail.tar'

Safe to run again at any moment: what is in the directory is recognised wherever Asterisk has moved
it since, and nothing there is changed. The server is only read: no message is marked as heard.";

/// Write voicemail back into files
///
/// Writes DIR/CONTEXT/MAILBOX/FOLDER/msgNNNN.txt and the recording, octet by octet, in the form that
/// Asterisk's file storage reads: new, old and urgent messages of imapfolder to INBOX, Old and Urgent,
/// the others to the folder of their name. Adds to DIR under Asterisk's own lock and never replaces
/// a file. DIR/.vmimap-export/manifest.jsonl says where each message comes from and what of a txt
/// the server does not have (context, exten, rdnis and callerchan of the call, and the category of
/// messages that Asterisk has stored).
///
/// With imapgreetings=yes the greetings of greetingsfolder come along, as DIR/CONTEXT/MAILBOX/unavail.WAV
/// and the like, unless messages were chosen. A greeting file that is there and differs is reported and
/// left alone; so is one in another format.
///
/// A forwarder's comment, which IMAP storage keeps as a third part, is kept beside its message as
/// comment-XXXXXXXXXXXXXXXX.EXT: file storage has no place for it and plays the message alone.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{}", exit::HELP))]
#[allow(clippy::struct_excessive_bools)] // independent switches
pub struct Args {
    /// The mailboxes (all where none is named; EXTENSION or EXTENSION@CONTEXT, with shell wildcards),
    /// and the directory last; with --tar mailboxes only
    #[arg(value_name = "[EXT@CONTEXT]... DIR")]
    words: Vec<String>,

    #[command(flatten)]
    select: SelectArgs,

    #[command(flatten)]
    messages: MessageArgs,

    /// Write a tar archive instead of a directory; "-" is stdout
    #[arg(long, value_name = "FILE", conflicts_with_all = ["into_live_spool", "again"])]
    tar: Option<PathBuf>,

    /// Leave greetings out
    #[arg(long)]
    no_greetings: bool,

    /// Write SHA256SUMS beside the contexts, for sha256sum -c
    #[arg(long)]
    sha256sums: bool,

    /// Give what is written to this user and group: asterisk:asterisk
    #[arg(long, value_name = "USER[:GROUP]", value_parser = parse_owner)]
    owner: Option<Owner>,

    /// Write again what an earlier run has written and what has gone from DIR since
    #[arg(long)]
    again: bool,

    /// Write into a spool that Asterisk uses, or into a directory that no export has made
    #[arg(long)]
    into_live_spool: bool,

    /// Show what would be done and write nothing
    #[arg(short = 'n', long)]
    dry_run: bool,

    /// Do not ask; export asks nothing, so this changes nothing here
    #[arg(short = 'y', long, hide = true)]
    yes: bool,
}

fn parse_owner(text: &str) -> Result<Owner, String> {
    owner(text).map_err(|error| error.to_string())
}

/// Runs the verb.
pub fn run(args: &Args, global: &GlobalArgs, settings: &Settings, ui: &Ui) -> anyhow::Result<Exit> {
    let usage = |text: &str| {
        ui.error(text);
        Ok(Exit::Usage)
    };
    let (patterns, dir) = match (&args.tar, args.words.split_last()) {
        (Some(_), _) => (args.words.as_slice(), None),
        (None, Some((dir, patterns))) => (patterns, Some(Path::new(dir))),
        (None, None) => return usage("name the directory to write to, or --tar FILE"),
    };
    if let Some(dir) = dir
        && dir
            .to_str()
            .is_some_and(|dir| dir.contains('@') && !dir.contains('/'))
        && !dir.exists()
    {
        return usage(&format!(
            "{0}: the directory to write to comes last (./{0} if this is its name)",
            dir.display()
        ));
    }
    let to_stdout = args.tar.as_deref() == Some(Path::new("-"));
    if to_stdout && global.json {
        return usage("--tar -: the archive goes to stdout, so --json cannot");
    }
    if to_stdout && ui.stdout_is_terminal && !args.dry_run {
        return usage("--tar -: stdout is a terminal; send it to a file or a pipe");
    }
    let tenant = Tenant::load(settings, &args.select, patterns)?;
    let criteria = args.messages.criteria(&tenant.selection);
    let boxes = tenant.boxes()?;
    if let Some(why) = scattered_uids(&criteria, boxes.len(), &tenant.selection) {
        return usage(why);
    }
    let folder = tenant.selection.folders.first().copied();
    let output = match Output::prepare(args, dir, settings, ui) {
        Ok(output) => output,
        Err(error) => {
            let exit = match error.downcast_ref::<DepotError>() {
                Some(DepotError::LiveSpool(_) | DepotError::NotEmpty(_)) => Exit::Refused,
                Some(DepotError::Busy(_)) => Exit::Busy,
                _ => return Err(error),
            };
            ui.error(&format!("{error:#}"));
            return Ok(exit);
        }
    };
    let text = TextView::new(ui, args.dry_run, to_stdout);
    let json = JsonView::new(ui, args.dry_run);
    let observer: &dyn Observer = if global.json { &json } else { &text };
    for notice in remarks::few(&tenant.conf.notices, ui.volume) {
        observer.event(&Event::Notice(&notice));
    }
    let exporter = Exporter {
        conf: &tenant.conf,
        options: Options {
            criteria,
            expect: folder.zip(args.messages.uidvalidity.map(UidValidity)),
            greetings: !args.no_greetings,
            again: args.again,
            jobs: if args.tar.is_some() { 1 } else { tenant.jobs },
            overrides: tenant.overrides.clone(),
        },
        place: output.place(),
        stop: &tenant.stop,
        observer,
    };
    let mut report = exporter.run(boxes);
    report.input_errors = tenant.conf.losses();
    let kept = output.finish(&report, args.sha256sums);
    if let Err(error) = &kept {
        report.broken.get_or_insert(format!("{error:#}"));
    }
    let exit = exit_of(&report, args.tar.is_some());
    if global.json {
        json.finish(&report, exit);
    } else {
        text.finish(&report);
    }
    Ok(exit)
}

/// Where it goes.
enum Output {
    Nowhere(Option<(Dir, Memory)>),
    Directory(Target),
    Archive(Target, Option<(tempfile::TempPath, PathBuf)>),
}

impl Output {
    fn prepare(
        args: &Args,
        dir: Option<&Path>,
        settings: &Settings,
        ui: &Ui,
    ) -> anyhow::Result<Self> {
        let owner = args.owner.unwrap_or_default();
        let Some(dir) = dir else {
            return Self::archive(args, owner, ui);
        };
        let live = live_spools(&settings.voicemail_conf.value);
        let anyway = args.into_live_spool;
        let named = || format!("read {}", dir.display());
        if args.dry_run {
            let root = Depot::look(dir, &live, anyway)?;
            let root = root.map(|root| memory_of(&root).map(|memory| (root, memory)));
            let root = root.transpose().with_context(named)?;
            return Ok(Self::Nowhere(root));
        }
        let depot = Depot::open(dir, &live, anyway, owner)?;
        Ok(Self::Directory(
            Target::directory(depot).with_context(named)?,
        ))
    }

    fn archive(args: &Args, owner: Owner, ui: &Ui) -> anyhow::Result<Self> {
        let file = args.tar.clone().unwrap_or_default();
        let to_stdout = file == Path::new("-");
        if !to_stdout && file.symlink_metadata().is_ok() {
            bail!("{}: is there already and is not replaced", file.display());
        }
        if args.dry_run {
            return Ok(Self::Nowhere(None));
        }
        let (out, kept): (Box<dyn Write + Send>, _) = if to_stdout {
            (ui.raw_stdout(), None)
        } else {
            let above = file.parent().filter(|above| !above.as_os_str().is_empty());
            let part = tempfile::Builder::new()
                .prefix(".vmimap-")
                .suffix(".part")
                .tempfile_in(above.unwrap_or(Path::new(".")))
                .with_context(|| format!("write {}", file.display()))?;
            let (out, path) = part.into_parts();
            (Box::new(out), Some((path, file)))
        };
        let out = Box::new(std::io::BufWriter::with_capacity(256 << 10, out));
        let archive = Archive::new(out, owner, args.sha256sums);
        let target = Target::archive(archive).context("use the directory for temporary files")?;
        Ok(Self::Archive(target, kept))
    }

    fn place(&self) -> Place<'_> {
        match self {
            Self::Nowhere(root) => Place::Look(root.as_ref()),
            Self::Directory(target) | Self::Archive(target, _) => Place::Target(target),
        }
    }

    /// Ends it. An archive that lacks what was not reached is not kept.
    fn finish(self, report: &RunReport, sums: bool) -> anyhow::Result<()> {
        match self {
            Self::Nowhere(_) => Ok(()),
            Self::Directory(target) => target.finish(sums).context("end the export"),
            Self::Archive(target, kept) => {
                let useless = report.broken.is_some() || report.refused();
                if report.interrupted.is_some() || useless {
                    return Ok(());
                }
                target.finish(sums).context("write the archive")?;
                let Some((part, file)) = kept else {
                    return Ok(());
                };
                let named = || format!("write {}", file.display());
                std::fs::File::open(&part)?.sync_all().with_context(named)?;
                part.persist_noclobber(&file).with_context(named)?;
                Ok(())
            }
        }
    }
}

fn exit_of(report: &RunReport, archive: bool) -> Exit {
    if report.complete() {
        Exit::Done
    } else if report.refused() {
        Exit::Refused
    } else if archive && report.broken.is_some() && report.interrupted.is_none() {
        Exit::Failed
    } else {
        tenant::incomplete(&report.failures, report.interrupted)
    }
}
