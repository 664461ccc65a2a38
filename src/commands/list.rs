//! `vmimap list`: flags, preparation, and the way from a listing to an exit status.

use clap::Args as ClapArgs;

use crate::args::global::GlobalArgs;
use crate::args::output::SheetArgs;
use crate::args::select::SelectArgs;
use crate::commands::tenant::{self, Tenant};
use crate::exit::{self, Exit};
use crate::ops::list::{BoxListing, Lister, Options, RunListing, catalogue};
use crate::settings::Settings;
use crate::ui::list::{self, ListView};
use crate::ui::{Ui, json, list_json};
use crate::voicemail::notice::Notice;

const EXAMPLES: &str = "\
Examples:
  What every phone would say:
    vmimap list

  Every message of one mailbox:
    vmimap list 4123@default --messages

  What was left in the last week in one context, for a spreadsheet:
    vmimap list --context sales --since 7d --messages --csv

  Mailboxes that cannot be read, and why:
    vmimap list --json | jq -r 'select(.complete == false) | .mailbox + \": \" + .error'

Reads only: no folder is made, no message is marked as heard.";

/// List voicemail as the phone counts it
///
/// Counts the messages of each mailbox as Asterisk does (new, urgent, old, Work, Family, ...), by
/// comparing the headers of every message exactly. What a phone shows beyond that, because Asterisk
/// searches by substring, stands apart (+2 of 2001@default); so does what it never shows: messages
/// with \Deleted, and those in a folder that no phone opens, such as Old.
///
/// Looked at are the folders that phones open, and folders of the same names at the top, below
/// INBOX, imapfolder and imapparentfolder. Asterisk itself has no working command for this in IMAP
/// mode.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{}", exit::HELP))]
pub struct Args {
    /// Only these mailboxes: EXTENSION or EXTENSION@CONTEXT, with shell wildcards
    #[arg(value_name = "EXT@CONTEXT")]
    boxes: Vec<String>,

    #[command(flatten)]
    select: SelectArgs,

    /// One line a message, in the order in which the phone plays them
    #[arg(short, long)]
    messages: bool,

    #[command(flatten)]
    sheet: SheetArgs,
}

/// Runs the verb.
pub fn run(args: &Args, global: &GlobalArgs, settings: &Settings, ui: &Ui) -> anyhow::Result<Exit> {
    let tenant = Tenant::load(settings, &args.select, &args.boxes)?;
    let boxes = tenant.boxes()?;
    if global.json {
        let notices = tenant.conf.notices.iter();
        notices.for_each(|notice| json::notice(ui, notice));
    } else {
        list::remark(ui, &tenant.conf.notices);
    }
    let lister = Lister {
        conf: &tenant.conf,
        options: Options {
            selection: tenant.selection.clone(),
            messages: args.messages,
            jobs: tenant.jobs,
            overrides: tenant.overrides.clone(),
        },
        stop: &tenant.stop,
    };
    let (style, utc) = (args.sheet.style(), args.sheet.utc);
    let restricted = list::restriction(&tenant.selection, utc);
    let mut view = ListView::new(ui, style, utc, args.messages, restricted);
    let ignored = tenant.ignored();
    if ignored > 0 {
        let place = settings.voicemail_conf.value.display().to_string();
        let notice = Notice::new(&catalogue::IGNORED, place, ignored_text(ignored));
        if global.json {
            json::notice(ui, &notice);
        } else {
            view.notice(&notice);
        }
    }
    let mut sink = |listing: BoxListing| {
        if global.json {
            list_json::add(ui, &listing);
        } else {
            view.add(&listing);
        }
    };
    let mut run = lister.run(boxes, &mut sink);
    run.errors += tenant.conf.losses();
    let exit = exit_of(&run);
    if global.json {
        list_json::finish(ui, &run, &tenant.selection, ignored, exit);
    } else {
        view.finish(&run);
    }
    Ok(exit)
}

fn ignored_text(n: u64) -> String {
    if n == 1 {
        return "1 mailbox without an imap option is not listed".to_owned();
    }
    format!("{n} mailboxes without an imap option are not listed")
}

fn exit_of(run: &RunListing) -> Exit {
    if run.complete() {
        Exit::Done
    } else {
        tenant::incomplete(&run.failures, run.interrupted)
    }
}
