//! `vmimap quota set`: flags, the question, and the exit status.

// Doc comments of flags are help texts: what would be code in a document is shown as it is typed.
#![allow(clippy::doc_markdown)]

use anyhow::bail;
use clap::Args as ClapArgs;
use secrecy::ExposeSecret as _;

use crate::args::global::GlobalArgs;
use crate::args::select::SelectArgs;
use crate::commands::password;
use crate::commands::tenant::{self, NotUnderstood, Tenant};
use crate::exit::{self, Exit};
use crate::ops::failures::Failures;
use crate::ops::lane::Connector;
use crate::ops::quota::set::{Admin, Change, Setter, Unplanned};
use crate::ops::quota::wish::{Wish, Wishes};
use crate::settings::Settings;
use crate::ui::quota_set::{Counts, View};
use crate::ui::{Ui, prompt, remarks};

const EXAMPLES: &str = "\
Examples:
  See what would change:
    vmimap quota set -n 4123@default --storage 200M

  Do it for a whole context, as the administrator of a Cyrus server:
    vmimap quota set --context sales --storage 200M --messages 500 \\
        --as-admin cyrus --password-file /etc/vmimap/cyrus.password --yes

A limit that is not named stays as it is. Without a terminal and without --yes nothing is changed, and \
the exit status is 5.";

/// Set the limits of quota roots
///
/// Shows the old and the new limit of every account, asks, sets them, and reads them back over a new
/// connection. A limit holds for the whole account: mailboxes that share it are named.
///
/// Servers let few logins do this. Cyrus lets administrators: --as-admin logs in as one and sets the
/// root of each mailbox's user. Dovecot lets a master user for whom it has userdb_admin=y, and only
/// with quota_set configured: --auth-user. The server's refusal is quoted.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{}", exit::HELP))]
pub struct Args {
    /// The boxes whose accounts are meant: EXTENSION or EXTENSION@CONTEXT, with shell wildcards
    #[arg(value_name = "EXT@CONTEXT")]
    boxes: Vec<String>,

    #[command(flatten)]
    select: SelectArgs,

    /// The new limit on storage, with its unit: 500K, 100M, 2G; "none" lifts it
    #[arg(long, value_name = "SIZE", value_parser = storage)]
    storage: Option<Limit>,

    /// The new limit on the number of messages; "none" lifts it
    #[arg(long, value_name = "N", value_parser = messages)]
    messages: Option<Limit>,

    /// The root that is meant, where an account has several
    #[arg(long, value_name = "ROOT")]
    root: Option<String>,

    /// Log in as this administrator of the server, not as the mailboxes' users
    #[arg(long, value_name = "USER")]
    as_admin: Option<String>,

    /// Show what would be changed and change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,

    /// Do not ask
    #[arg(short = 'y', long)]
    yes: bool,
}

/// A limit as it is typed: KiB or messages, `None` for no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Limit(Option<u64>);

fn wish(limit: Option<Limit>) -> Wish {
    match limit {
        None => Wish::Keep,
        Some(Limit(None)) => Wish::Lift,
        Some(Limit(Some(limit))) => Wish::To(limit),
    }
}

/// A size in binary units, whole KiB.
fn storage(text: &str) -> Result<Limit, String> {
    if text.eq_ignore_ascii_case("none") {
        return Ok(Limit(None));
    }
    let upper = text.to_ascii_uppercase();
    let bare = upper.strip_suffix('B').unwrap_or(&upper);
    let bare = bare.strip_suffix('I').unwrap_or(bare);
    let unit = |letter| bare.strip_suffix(letter);
    let (number, kib) = [('K', 1), ('M', 1 << 10), ('G', 1 << 20), ('T', 1_u64 << 30)]
        .into_iter()
        .find_map(|(letter, kib)| Some((unit(letter)?, kib)))
        .ok_or("a number with its unit: 500K, 100M, 2G; or none")?;
    number
        .trim_end()
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(kib))
        .filter(|kib| (1..=1 << 50).contains(kib))
        .map(|kib| Limit(Some(kib)))
        .ok_or_else(|| "a whole number above 0 with its unit: 500K, 100M, 2G; or none".to_owned())
}

fn messages(text: &str) -> Result<Limit, String> {
    if text.eq_ignore_ascii_case("none") {
        return Ok(Limit(None));
    }
    text.parse::<u64>()
        .ok()
        .filter(|count| (1..=u64::from(u32::MAX)).contains(count))
        .map(|count| Limit(Some(count)))
        .ok_or_else(|| "a number of messages above 0; or none".to_owned())
}

/// Runs the verb.
pub fn run(args: &Args, global: &GlobalArgs, settings: &Settings, ui: &Ui) -> anyhow::Result<Exit> {
    if let Some(why) = args.nonsense() {
        ui.error(why);
        return Ok(Exit::Usage);
    }
    let tenant = Tenant::load(settings, &args.select, &args.boxes)?;
    if !global.json {
        remarks::show(&tenant.conf.notices, ui);
    }
    let boxes = tenant.boxes()?;
    let total = boxes.len();
    let admin = args.admin(&tenant)?;
    let wishes = Wishes {
        storage: wish(args.storage),
        messages: wish(args.messages),
        root: args.root.clone(),
    };
    let connector = Connector::default();
    let setter = Setter {
        conf: &tenant.conf,
        overrides: &tenant.overrides,
        admin: admin.as_ref(),
        wishes: &wishes,
        connector: &connector,
        jobs: tenant.jobs,
        stop: &tenant.stop,
    };
    let view = View {
        ui,
        json: global.json,
        dry_run: args.dry_run,
    };
    let (changes, unplanned) = setter.plan(boxes);
    view.plan(&changes, &unplanned);
    let mut failures = failures(&unplanned);
    let planned: usize = changes.iter().map(|change| change.chosen).sum();
    failures.reached += planned as u64;
    let mut counts = Counts {
        mailboxes_failed: failures.boxes(),
        mailboxes_left: (total - planned) as u64 - failures.boxes(),
        input_errors: tenant.conf.losses(),
        ..Counts::default()
    };
    let (done, open): (Vec<&Change>, Vec<&Change>) =
        changes.iter().partition(|change| change.is_done());
    counts.kept = done.len() as u64;
    if args.dry_run {
        counts.set = open.len() as u64;
    } else {
        if !open.is_empty() && !tenant.stop.asked() && !args.confirmed(ui, &open) {
            return Ok(Exit::Refused);
        }
        apply(&setter, &view, &open, &mut counts);
    }
    failures.other += counts.failed;
    let undone = failures.boxes() + counts.left + counts.mailboxes_left + counts.input_errors > 0;
    let interrupted = tenant.stop.signal();
    let exit = if undone || interrupted.is_some() {
        tenant::incomplete(&failures, interrupted)
    } else {
        Exit::Done
    };
    view.finish(counts, interrupted, exit);
    Ok(exit)
}

fn failures(unplanned: &[Unplanned]) -> Failures {
    let mut failures = Failures::default();
    for one in unplanned {
        for _ in &one.boxes {
            failures.add_kind(one.reached, Some(one.kind));
        }
    }
    failures
}

fn apply(setter: &Setter<'_>, view: &View<'_>, open: &[&Change], counts: &mut Counts) {
    let (mut set, mut failed) = (0, 0);
    counts.left = setter.apply_all(open, &mut |change, result| {
        view.done(change, result.as_ref().err().map(String::as_str));
        match result {
            Ok(()) => set += 1,
            Err(_) => failed += 1,
        }
    });
    counts.set += set;
    counts.failed += failed;
}

impl Args {
    /// Why this cannot be meant.
    fn nonsense(&self) -> Option<&'static str> {
        let select = &self.select;
        if self.storage.is_none() && self.messages.is_none() {
            return Some("give a new limit: --storage, --messages, or both");
        }
        if !select.folder.is_empty() || select.since.is_some() || select.until.is_some() {
            return Some("--folder, --since and --until choose messages; a limit holds for all");
        }
        let chosen = [&self.boxes, &select.mailbox, &select.context];
        if chosen.iter().all(|patterns| patterns.is_empty()) && select.from_file.is_none() {
            return Some("name the mailboxes whose limits are meant; '*' is all of them");
        }
        None
    }

    /// The administrator, with the password for every login, or authpassword where he is authuser.
    fn admin(&self, tenant: &Tenant) -> anyhow::Result<Option<Admin>> {
        let Some(user) = &self.as_admin else {
            return Ok(None);
        };
        if tenant.overrides.auth_user.is_some() {
            bail!(NotUnderstood(
                "--as-admin and --auth-user are two ways to log in; give one of them".to_owned()
            ));
        }
        let general = &tenant.conf.general;
        let own = &general.authpassword.value;
        let is_his = general.authuser.value == *user && !own.expose_secret().is_empty();
        let own = is_his.then(|| own.clone());
        let password = match tenant.overrides.password.clone().or(own) {
            Some(password) => password,
            None => password::ask(user)?,
        };
        Ok(Some(Admin {
            user: user.clone(),
            password,
        }))
    }

    fn confirmed(&self, ui: &Ui, open: &[&Change]) -> bool {
        if self.yes {
            return true;
        }
        let roots = match open.len() {
            1 => "1 root".to_owned(),
            n => format!("{n} roots"),
        };
        match prompt::confirm(ui, &format!("Set the limits of {roots}?")) {
            Some(true) => true,
            Some(false) => {
                ui.error("nothing was changed");
                false
            }
            None => {
                ui.error("nobody is there to be asked; nothing was changed (--yes does it)");
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_a_unit_and_is_never_nothing() {
        for (text, kib) in [
            ("500K", 500),
            ("100M", 102_400),
            ("100mb", 102_400),
            ("2GiB", 2_097_152),
            ("1 T", 1 << 30),
        ] {
            assert_eq!(storage(text), Ok(Limit(Some(kib))), "{text}");
        }
        assert_eq!(storage("none"), Ok(Limit(None)));
        for wrong in ["", "100", "0M", "-1M", "1.5G", "M", "99999999999999999T"] {
            assert!(storage(wrong).is_err(), "{wrong}");
        }
        assert_eq!(messages("500"), Ok(Limit(Some(500))));
        assert!(messages("0").is_err() && messages("5K").is_err());
    }
}
