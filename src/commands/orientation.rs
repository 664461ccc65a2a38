//! `vmimap` alone: what it is, what stands here, and what to type next.

use crate::commands::tenant;
use crate::exit::Exit;
use crate::settings::Settings;
use crate::ui::words::plural;
use crate::ui::{Ui, sanitize};

const NEXT: &str = "  vmimap doctor                    will this voicemail.conf and server work
  vmimap provision                 make the folders of every mailbox
  vmimap migrate SPOOL --dry-run   what would be copied from files into IMAP
  vmimap verify SPOOL              is every message of the spool in IMAP?
  vmimap list                      what every phone would say
  vmimap quota                     who is full
  vmimap audit                     what is stored and would not be played

Each has --help with examples and a man page; vmimap --help lists all verbs.";

/// Prints it. The status is that of a command line without a verb, so that a script that forgot
/// one does not go on.
#[must_use]
pub fn run(settings: &Settings, ui: &Ui) -> Exit {
    ui.say(&format!(
        "vmimap {}: Asterisk voicemail kept in IMAP\n\n{}\n\n{NEXT}",
        env!("CARGO_PKG_VERSION"),
        here(settings)
    ));
    Exit::Usage
}

/// One line about the voicemail.conf in force.
fn here(settings: &Settings) -> String {
    let path = &settings.voicemail_conf.value;
    let shown = path.display().to_string();
    let shown = sanitize::text(&shown);
    let conf = match tenant::load_conf(settings) {
        Ok(conf) => conf,
        Err(_) if !path.exists() => {
            return format!("There is no {shown} here; --voicemail-conf names another.");
        }
        Err(error) => return sanitize::text(&format!("{error:#}")).into_owned(),
    };
    let seen = conf
        .mailboxes
        .iter()
        .filter(|mailbox| conf.seen_by_imap_build(mailbox))
        .count();
    let mailboxes = plural(conf.mailboxes.len(), "mailbox", "mailboxes");
    format!("{shown}: {mailboxes}, {seen} with an IMAP account.")
}
