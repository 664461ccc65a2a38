//! `vmimap expunge`: flags and preparation; the work is [`super::removal`]'s.

use clap::Args as ClapArgs;

use crate::args::care::CareArgs;
use crate::args::global::GlobalArgs;
use crate::args::lamps::LampArgs;
use crate::args::messages::{MessageArgs, Span, scattered_uids};
use crate::args::select::SelectArgs;
use crate::commands::lamps;
use crate::commands::removal::{self, Job};
use crate::commands::tenant::Tenant;
use crate::exit::{self, Exit};
use crate::mailstore::types::UidValidity;
use crate::ops::expunge::{Options, Way};
use crate::settings::Settings;
use crate::ui::{Ui, removal_metrics};

const EXAMPLES: &str = "\
Examples:
  See what would go: heard messages older than 90 days, of everybody:
    vmimap expunge --state old --older-than 90d -n -v

  Remove it; asks for the number of messages first:
    vmimap expunge --state old --older-than 90d

  Every message of a mailbox that is given up:
    vmimap expunge 4123@default

  Two messages by their UIDs, under the uid_validity that vmimap audit --json tells with them:
    vmimap expunge 4123@default --folder INBOX --uid 12,15 --uidvalidity 1795427561

  What phones have marked as deleted and Asterisk has left behind:
    vmimap expunge --deleted --context sales

  To a trash folder first, and out of it after 30 days there:
    vmimap expunge --older-than 365d --trash Voicemail-Trash
    vmimap expunge --purge-trash --trash Voicemail-Trash --older-than 30d

  At night from cron: at most 5% of all messages, only where nothing changes for 10 minutes:
    15 3 * * *  vmimap expunge --state old --older-than 90d --max-delete 5% --quiet-for 10m --yes

Asterisk keeps message numbers for the whole of a phone session. If a message is removed from
outside meanwhile, it later deletes the wrong one. So remove when nobody listens: at night, and with
--quiet-for. No lock of IMAP helps.

A server without UIDPLUS can only remove everything that anybody has marked as deleted, ordinary
mail as well; there nothing is removed (exit status 5). --trash works where it has MOVE. Without
MOVE, a connection that breaks while messages are copied can leave a second copy in the trash.

--lift-foreign-marks is the one way through there: it takes \\Deleted off everything that is not to
go, looks once more whether exactly the planned messages are marked, sends EXPUNGE, and puts the
other marks back. It stops where somebody else marks a message meanwhile. But what is marked
between that look and the EXPUNGE is gone, and no server without UIDPLUS can do better: use it when
nobody else is at the mail. A run that is cut in between is repaired by the next one.

Files below the state directory (--state-dir):
  lock                    held by one run at a time; another ends with 75
  journal/removals.jsonl  what went: a line a message before it goes (intent) and after (done), with
                          time, run, account, mailbox, folder, uid_validity, uid, message_id, octets
  journal/lifted.jsonl    marks that --lift-foreign-marks has taken off, until they are back";

/// Remove voicemail, and only it
///
/// Removes the messages of the selected mailboxes that meet every criterion given. A message belongs
/// to a mailbox when its headers name it exactly; ordinary mail, other mailboxes' voicemail, greetings
/// and what others have marked as deleted are never touched, in the same folder either.
///
/// Reads first and shows the plan, asks for the number of messages, then looks at each message once
/// more, marks exactly these, looks again, sends UID EXPUNGE with their UIDs, and looks what is left.
/// Stopped at any moment, it can be run again.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{}\n\n{}", lamps::NOTES, exit::HELP))]
pub struct Args {
    /// Only these mailboxes: EXTENSION or EXTENSION@CONTEXT, with shell wildcards
    #[arg(value_name = "EXT@CONTEXT")]
    boxes: Vec<String>,

    #[command(flatten)]
    select: SelectArgs,

    #[command(flatten)]
    messages: MessageArgs,

    /// Move messages to this IMAP folder instead, which is made where it is missing
    #[arg(long, value_name = "FOLDER")]
    trash: Option<String>,

    /// Remove from the trash folder instead; --older-than then counts from when a message was put
    /// there (needs SAVEDATE on the server), --until from when it was left. The folder is that of
    /// --trash, else trash= of vmimap.toml
    #[arg(long, conflicts_with_all = ["folder", "uid"])]
    purge_trash: bool,

    #[command(flatten)]
    care: CareArgs,

    /// Show what would be done and change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,

    /// Do not ask
    #[arg(short = 'y', long)]
    yes: bool,

    #[command(flatten)]
    lamps: LampArgs,
}

/// Runs the verb.
pub fn run(args: &Args, global: &GlobalArgs, settings: &Settings, ui: &Ui) -> anyhow::Result<Exit> {
    let usage = |text: &str| {
        ui.error(text);
        Ok(Exit::Usage)
    };
    let lamps = lamps::way(&settings.lamps.with(&args.lamps), settings)?;
    let tenant = Tenant::load(settings, &args.select, &args.boxes)?;
    let mut criteria = args.messages.criteria(&tenant.selection);
    let selection = &tenant.selection;
    if selection.boxes.is_empty() && selection.contexts.is_empty() && criteria.takes_everything() {
        return usage(
            "say which messages are to go: mailboxes, or --folder, --older-than, --state, ... \
             (see vmimap expunge --help); nothing was changed",
        );
    }
    let boxes = tenant.boxes()?;
    if let Some(why) = scattered_uids(&criteria, boxes.len(), selection) {
        return usage(why);
    }
    let Some(way) = way(args, settings) else {
        return usage("--purge-trash: name the folder with --trash, or trash= in vmimap.toml");
    };
    if let Way::Purge {
        saved_before: Some(_),
        ..
    } = way
    {
        criteria.until = None;
    }
    let folder = selection.folders.first().copied();
    let validity = args.messages.uidvalidity.map(UidValidity);
    let job = Job {
        boxes,
        options: Options {
            way,
            expect: folder.zip(validity),
            lift: args.care.lift_foreign_marks,
            quiet_for: args.care.quiet_for(),
            explain: false,
            jobs: tenant.jobs,
            overrides: tenant.overrides.clone(),
        },
        reader: &criteria,
        beside: None,
        max_delete: args.care.max_delete,
        dry_run: args.dry_run,
        yes: args.yes,
        tenant: &tenant,
        lamps,
    };
    let (exit, report) = removal::run(job, global, settings, ui)?;
    ui.measure(&removal_metrics::metrics("expunge", &report));
    Ok(exit)
}

/// How messages go; `None` where a trash is to be purged and none is named.
fn way(args: &Args, settings: &Settings) -> Option<Way> {
    let named = args.trash.clone();
    if args.purge_trash {
        let set = || settings.trash.as_ref().map(|trash| trash.value.clone());
        return Some(Way::Purge {
            trash: named.or_else(set)?,
            saved_before: args.messages.older_than.map(Span::ago),
        });
    }
    Some(named.map_or(Way::Expunge, |trash| Way::Move { trash }))
}
