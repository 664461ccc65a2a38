//! Copies in IMAP whose messages were deleted in the spool: told by runs that follow the spool, and
//! chosen for removal by `migrate --prune`.
//!
//! Removes nothing itself; [`crate::ops::expunge`] does, as it removes everything: planned, shown,
//! looked at once more. A copy is chosen only if this machine's journal says that a run put it there,
//! it lies where it was put, and every message the box has in the spool was read and is another one.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::ops::account::Account;
use crate::ops::expunge::message::Message;
use crate::ops::expunge::select::{Choice, Chooser, Decided, Needs};
use crate::voicemail::list::List;
use crate::voicemail::notice::Notice;
use crate::voicemail::source_key::SourceKey;
use crate::voicemail::vmbox::VoicemailBox;

use super::journal::{Journal, RunTag};
use super::plan::Memory;
use super::seen::scan;
use super::work::Work;
use super::{Migration, catalogue, source};

/// Tells of copies without a source.
pub(super) fn tell(migration: &Migration<'_>, vmbox: &VoicemailBox, gone: u64) {
    let text = match gone {
        0 => return,
        1 => "1 message in IMAP is no longer in the spool".to_owned(),
        n => format!("{n} messages in IMAP are no longer in the spool"),
    };
    let notice = Notice::new(&catalogue::GONE, vmbox.to_string(), text);
    migration.tell_notice_once(&notice);
}

/// What may be removed: per box the messages whose source is gone, and the lists they were put into.
#[derive(Debug, Default)]
pub struct Gone {
    boxes: HashMap<VoicemailBox, HashMap<SourceKey, Vec<List>>>,
    /// Boxes of which it cannot be said what they have, and why: nothing of theirs goes.
    pub unsure: Vec<(VoicemailBox, String)>,
    /// Messages in the spool of all boxes.
    pub in_spool: u64,
}

impl Gone {
    /// Looks at the spool and the journals; asks no server, changes nothing.
    #[must_use]
    pub fn look(migration: &Migration<'_>, boxes: &[VoicemailBox]) -> Self {
        let mut gone = Self::default();
        for vmbox in boxes {
            if migration.stop.asked() {
                break;
            }
            match look_at(migration, vmbox) {
                Ok(found) => {
                    gone.in_spool += found.in_spool;
                    if !found.gone.is_empty() {
                        gone.boxes.insert(vmbox.clone(), found.gone);
                    }
                }
                Err(why) => gone.unsure.push((vmbox.clone(), why)),
            }
        }
        gone
    }

    /// The boxes of which something may have to go.
    #[must_use]
    pub fn boxes(&self, of: &[VoicemailBox]) -> Vec<VoicemailBox> {
        let some = |vmbox: &&VoicemailBox| self.boxes.contains_key(*vmbox);
        of.iter().filter(some).cloned().collect()
    }
}

struct Found {
    in_spool: u64,
    gone: HashMap<SourceKey, Vec<List>>,
}

/// What the box has; or why that cannot be said.
fn look_at(migration: &Migration<'_>, vmbox: &VoicemailBox) -> Result<Found, String> {
    let unknown = || "it is not in voicemail.conf".to_owned();
    let mailbox = migration.conf.mailbox(vmbox).ok_or_else(unknown)?;
    let account = Account::of(migration.conf, mailbox, &migration.options.overrides)?;
    let tag = RunTag {
        run: migration.run.clone(),
        account: account.label().to_owned(),
        spool: migration.spool.root().display().to_string(),
        rolls_back: None,
    };
    let journal = Journal::open(&migration.state_dir, vmbox, tag, true);
    let journal = journal.map_err(|error| error.to_string())?;
    let profile = migration.profile(mailbox);
    let seen = scan(migration, vmbox, &mut BTreeSet::new());
    let mut work = Work::new(migration, vmbox, &profile, journal);
    work.present.begin(&seen);
    let extension = migration.conf.extension_header(mailbox);
    // What it makes is of no use here; that it could be made is.
    let _ = source::candidates(migration, extension, &mut work, seen.entries);
    if !work.present.is_whole() || seen.as_of.outdated() {
        return Err("not every message of it in the spool can be read now".to_owned());
    }
    let there: HashSet<&SourceKey> = work.journal.ours().collect();
    let gone = there
        .into_iter()
        .filter(|key| !work.present.holds(key))
        .map(|key| (key.clone(), work.journal.placed(key).to_vec()));
    Ok(Found {
        in_spool: work.present.len() as u64,
        gone: gone.collect(),
    })
}

impl Chooser for Gone {
    fn choose(&self, owners: &[&VoicemailBox], messages: &[Message]) -> Vec<Decided> {
        // Boxes that share their headers are told apart by nothing but the key.
        let of = owners.iter().filter_map(|owner| self.boxes.get(*owner));
        let gone: Vec<&HashMap<SourceKey, Vec<List>>> = of.collect();
        messages
            .iter()
            .map(|message| {
                let choice = judge(&gone, message);
                let why = match choice {
                    Choice::Remove(_) => "no longer in the spool",
                    _ => "",
                };
                let why = why.to_owned();
                Decided { choice, why }
            })
            .collect()
    }
}

fn judge(gone: &[&HashMap<SourceKey, Vec<List>>], message: &Message) -> Choice {
    let key = message.message_id.as_deref();
    let key = key.and_then(SourceKey::from_message_id);
    let placed = key.and_then(|key| gone.iter().find_map(|of| of.get(&key)));
    let home = message.home.filter(|_| !message.flags.deleted);
    let now = home.and_then(|home| List::shown(home, message.flags.seen, message.flags.flagged));
    match (placed, now) {
        (Some(placed), Some(now)) if placed.contains(&now) => Choice::Remove(Needs {
            state: true,
            deleted: false,
        }),
        _ => Choice::Keep,
    }
}
