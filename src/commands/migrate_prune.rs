//! `vmimap migrate --prune`: what was deleted in the spool since it was copied is removed in IMAP.
//!
//! Finds out which messages those are; the removal itself is [`super::removal`]'s.

use anyhow::Context;

use crate::args::global::GlobalArgs;
use crate::commands::removal::{self, Job};
use crate::commands::tenant::Tenant;
use crate::exit::Exit;
use crate::ops::expunge::plan::MaxDelete;
use crate::ops::expunge::{Options, Way};
use crate::ops::lamps;
use crate::ops::migrate::gone::Gone;
use crate::ops::migrate::{Migration, catalogue};
use crate::ops::retire::record::Record;
use crate::settings::Settings;
use crate::ui::{Ui, remarks, removal_metrics};
use crate::voicemail::notice::Notice;
use crate::voicemail::vmbox::VoicemailBox;

/// What was asked for.
pub struct Wish {
    /// How many may go at most.
    pub max_delete: Option<MaxDelete>,
    /// Whether nothing is to be changed.
    pub dry_run: bool,
    /// Whether nobody is to be asked.
    pub yes: bool,
    /// How lamps are refreshed, if they are.
    pub lamps: Option<lamps::Way>,
}

/// Removes the copies of these boxes' messages that are no longer in the spool.
pub fn run(
    wish: &Wish,
    migration: &Migration<'_>,
    boxes: &[VoicemailBox],
    tenant: &Tenant,
    (global, settings, ui): (&GlobalArgs, &Settings, &Ui),
) -> anyhow::Result<Exit> {
    if wish.yes && !wish.dry_run && wish.max_delete.is_none() {
        ui.error("--prune --yes: say with --max-delete how many may go; nothing was changed");
        return Ok(Exit::Usage);
    }
    let gone = Gone::look(migration, boxes);
    // What was moved out of the spool because it is in IMAP was deleted by nobody. Asked after the look:
    // a move is written down before it begins, so none that the look could have seen is missed.
    let record =
        Record::read(&migration.state_dir).context("read the journal of retired messages")?;
    let retired = record.retired().count();
    if retired > 0 || record.open().is_some() {
        ui.error(&format!(
            "messages were moved out of a spool on purpose ({retired}, vmimap retire), and would count as \
             deleted by phone; nothing was changed. vmimap retire --undo brings them back"
        ));
        return Ok(Exit::Refused);
    }
    for (vmbox, why) in &gone.unsure {
        let row = &catalogue::GONE_UNKNOWN;
        let text = format!("{}: {why}", row.title);
        ui.error(&remarks::text(&Notice::new(row, vmbox.to_string(), text)));
    }
    let chosen = gone.boxes(boxes);
    // A spool that was emptied, moved away or not mounted would have everything removed.
    if gone.in_spool == 0 && !chosen.is_empty() {
        ui.error(
            "the spool holds no message of these mailboxes, so it cannot tell what was deleted in \
             it; nothing was changed",
        );
        return Ok(Exit::Refused);
    }
    let job = Job {
        boxes: chosen,
        options: Options {
            way: Way::Expunge,
            expect: None,
            lift: false,
            quiet_for: None,
            explain: false,
            jobs: tenant.jobs,
            overrides: tenant.overrides.clone(),
        },
        reader: &gone,
        beside: None,
        max_delete: wish.max_delete,
        dry_run: wish.dry_run,
        yes: wish.yes,
        lamps: wish.lamps.clone(),
        tenant,
    };
    let (exit, report) = removal::run(job, global, settings, ui)?;
    ui.measure(&removal_metrics::metrics("migrate", &report));
    Ok(match exit {
        Exit::Done if !gone.unsure.is_empty() => Exit::Incomplete,
        exit => exit,
    })
}
