//! `vmimap provision`: flags, preparation, and the way from a report to an exit status.

use std::sync::Mutex;

use clap::Args as ClapArgs;
use secrecy::ExposeSecret;

use crate::args::global::GlobalArgs;
use crate::args::select::SelectArgs;
use crate::commands::password;
use crate::commands::tenant::{self, Tenant};
use crate::exit::{self, Exit};
use crate::mailstore::grant::Grant;
use crate::ops::provision::admin::{Administrator, Admins};
use crate::ops::provision::event::{Event, Observer};
use crate::ops::provision::plan::Wanted;
use crate::ops::provision::report::RunReport;
use crate::ops::provision::{Options, Provisioning};
use crate::settings::Settings;
use crate::ui::Ui;
use crate::ui::metrics::Metrics;
use crate::ui::provision::TextView;
use crate::ui::provision_json::JsonView;

const EXAMPLES: &str = "\
Examples:
  See what would be made where; nothing is changed:
    vmimap provision -n

  Make it for one context, sixteen accounts at a time, without Old:
    vmimap provision -j 16 --no-old --context sales

  Let the help desk read and sort every folder but INBOX:
    vmimap provision --acl helpdesk=lrswi

  Cyrus: make accounts that have no INBOX yet, as its administrator:
    vmimap provision --as-admin cyrus --password-file /etc/cyrus-admin.password

Safe to run again at any moment: what is there is left as it is, and nothing is ever removed or \
renamed. Without a terminal a run that went well prints nothing.";

/// Make the folders of every mailbox
///
/// For each mailbox of voicemail.conf: Old, Work, Family and Friends, imapfolder where that is not
/// INBOX, and the greetings folder where imapgreetings=yes; each with the name Asterisk will open,
/// subscribed to so that mail clients show it. Namespace and delimiter are asked of the server; a
/// folder it cannot have under that name is refused, with what to write into voicemail.conf.
///
/// Old is made because Asterisk's manual asks for it. The phone keeps heard messages in imapfolder
/// and never looks into Old: what is saved from Work as old is stranded there. --no-old leaves it
/// out.
///
/// Mailboxes that share an account are provisioned once. Where one's extension or context is part of
/// another's, their phones would show and delete each other's messages: such mailboxes are refused.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{}", exit::HELP))]
#[command(mut_arg("since", |arg| arg.hide(true)), mut_arg("until", |arg| arg.hide(true)))]
#[allow(clippy::struct_excessive_bools)] // independent switches
pub struct Args {
    /// Only these mailboxes: EXTENSION or EXTENSION@CONTEXT, with shell wildcards
    #[arg(value_name = "EXT@CONTEXT")]
    boxes: Vec<String>,

    #[command(flatten)]
    select: SelectArgs,

    /// Show what would be done and change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,

    /// Do not ask; provision asks nothing, so this changes nothing here
    #[arg(short = 'y', long, hide = true)]
    yes: bool,

    /// Make Cust1 to Cust5 and Deleted as well
    #[arg(long)]
    all_folders: bool,

    /// Leave Old out, which the phone never looks into
    #[arg(long)]
    no_old: bool,

    /// Do not subscribe to the folders
    #[arg(long)]
    no_subscribe: bool,

    /// Give USER these rights (RFC 4314 letters, "+" or "-" before them adds or takes) on every
    /// folder but INBOX, which may hold private mail (can be repeated)
    #[arg(long, value_name = "USER=RIGHTS", value_parser = grant)]
    acl: Vec<Grant>,

    /// Tell mail clients that Old is for archived mail (\Archive), where it is made anew, the server
    /// offers that, and no other folder is so marked
    #[arg(long, conflicts_with = "no_old")]
    special_use: bool,

    /// Go on where mailboxes of one account show each other's messages
    #[arg(long)]
    allow_shared: bool,

    /// Make missing accounts (INBOX, "user/NAME" on Cyrus) as this administrator, whose password
    /// --password-file and its kin give
    #[arg(long, value_name = "USER")]
    as_admin: Option<String>,
}

fn grant(text: &str) -> Result<Grant, String> {
    let (user, rights) = text
        .rsplit_once('=')
        .ok_or("not USER=RIGHTS, such as helpdesk=lrs")?;
    Grant::new(user, rights).map_err(|error| error.to_string())
}

/// Runs the verb.
pub fn run(args: &Args, global: &GlobalArgs, settings: &Settings, ui: &Ui) -> anyhow::Result<Exit> {
    if args.select.since.is_some() || args.select.until.is_some() {
        ui.error("provision makes folders: --since and --until choose messages");
        return Ok(Exit::Usage);
    }
    let tenant = Tenant::load(settings, &args.select, &args.boxes)?;
    let boxes = tenant.boxes()?;
    let mut options = options(args, &tenant);
    let mut admins = None;
    if let Some(user) = &args.as_admin {
        admins = Some(Admins::new(administrator(user, &tenant, &mut options)?));
    }
    let text = TextView::new(ui, args.dry_run);
    let json = JsonView::new(ui);
    let observer: &dyn Observer = if global.json { &json } else { &text };
    for notice in &tenant.conf.notices {
        observer.event(&Event::Notice(notice));
    }
    let work = Provisioning {
        conf: &tenant.conf,
        options,
        admins,
        stop: &tenant.stop,
        observer,
        told: Mutex::default(),
    };
    let mut report = work.run(boxes);
    report.input_errors = tenant.conf.losses();
    ui.measure(&Metrics::of_counts("provision", &report.counts));
    let exit = exit_of(&report);
    if global.json {
        json.finish(&report, args.dry_run, exit);
    } else {
        text.finish(&report);
    }
    Ok(exit)
}

fn options(args: &Args, tenant: &Tenant) -> Options {
    Options {
        wanted: Wanted {
            only: tenant.selection.folders.clone(),
            all_folders: args.all_folders,
            no_old: args.no_old,
            subscribe: !args.no_subscribe,
            special_use: args.special_use,
            acl: args.acl.clone(),
        },
        dry_run: args.dry_run,
        allow_shared: args.allow_shared,
        jobs: tenant.jobs,
        overrides: tenant.overrides.clone(),
    }
}

/// The administrator with its password, which is then no other login's any more, unless the same
/// user is the master user as well.
fn administrator(
    user: &str,
    tenant: &Tenant,
    options: &mut Options,
) -> anyhow::Result<Administrator> {
    let general = &tenant.conf.general;
    let master = match &tenant.overrides.auth_user {
        Some(master) => master,
        None => &general.authuser.value,
    };
    let given = tenant.overrides.password.clone();
    if master != user {
        options.overrides.password = None;
    }
    let own = || {
        let password = &general.authpassword.value;
        let is_his = general.authuser.value == user && !password.expose_secret().is_empty();
        is_his.then(|| password.clone())
    };
    let password = match given.or_else(own) {
        Some(password) => password,
        None => password::ask(user)?,
    };
    Ok(Administrator {
        user: user.to_owned(),
        password,
    })
}

fn exit_of(report: &RunReport) -> Exit {
    if report.complete() {
        return Exit::Done;
    }
    if report.refused_whole() && report.interrupted.is_none() {
        return Exit::Refused;
    }
    let mut failures = report.failures;
    // Boxes that were refused were looked at: "no server could be reached" would be wrong.
    failures.other += report.collisions;
    tenant::incomplete(&failures, report.interrupted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_stand_behind_the_last_equals_sign() {
        let parsed = grant("group=phones=+lrs").unwrap();
        assert_eq!(
            (parsed.identifier(), parsed.rights().as_str()),
            ("group=phones", "+lrs")
        );
        for wrong in ["helpdesk", "=lrs", "helpdesk=", "helpdesk=LRS"] {
            assert!(grant(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn five_means_that_every_mailbox_was_refused() {
        let mut report = RunReport {
            boxes: 2,
            collisions: 2,
            ..RunReport::default()
        };
        assert_eq!(exit_of(&report), Exit::Refused);
        report.boxes = 3;
        assert_eq!(exit_of(&report), Exit::Incomplete);
        report.failures.connect = 1;
        assert_eq!(exit_of(&report), Exit::Incomplete);
    }
}
