//! What is to become of each message of an account. Pure: values in, decisions out.
//!
//! Invariant: a message of the directory stands for one message of the server and no more, so that
//! two true copies come back as two.

use crate::depot::Held;
use crate::mailstore::error::StoreError;
use crate::mailstore::name::MailboxName;
use crate::mailstore::types::UidValidity;
use crate::ops::expunge::message::Message;
use crate::voicemail::folder::VoicemailFolder;
use crate::voicemail::notice::Notice;
use crate::voicemail::vmbox::VoicemailBox;

use super::manifest::{Memory, Noted, Origin};

/// Why a message is not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skip {
    /// It is in the directory.
    There,
    /// An earlier run wrote it, and it has gone since.
    RemovedSince,
}

/// What is to become of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// It is fetched and written.
    Write,
    /// It is fetched and compared with these of the directory (box and place in its list), and
    /// written unless it is one of them.
    Compare(Vec<(usize, usize)>),
    /// It is left alone.
    Skip(Skip),
    /// It cannot be exported.
    Fail(String),
}

/// One message.
#[derive(Debug, Clone)]
pub struct Item {
    /// Every box whose message it is, as places in the account's list, those asked for first.
    pub owners: Vec<usize>,
    /// The folder it goes to.
    pub folder: VoicemailFolder,
    /// The IMAP folder it lies in, and what its UID is valid under.
    pub source: (MailboxName, UidValidity),
    /// What was read of it.
    pub message: Message,
    /// What is to become of it.
    pub action: Action,
}

impl Item {
    /// The box it is planned for.
    #[must_use]
    pub fn vmbox(&self) -> usize {
        self.owners.first().copied().unwrap_or(0)
    }

    /// Where it lies.
    #[must_use]
    pub fn origin(&self, account: &str) -> Origin {
        Origin {
            account: account.to_owned(),
            imap_folder: self.source.0.as_wire().to_owned(),
            uid_validity: self.source.1,
            uid: self.message.uid,
        }
    }

    /// Whether it is fetched.
    #[must_use]
    pub fn is_fetched(&self) -> bool {
        matches!(self.action, Action::Write | Action::Compare(_))
    }
}

/// The plan of an account.
#[derive(Debug, Default)]
pub struct AccountPlan {
    /// The account's name; empty where voicemail.conf names none.
    pub account: String,
    /// Its boxes, those asked for first.
    pub boxes: Vec<VoicemailBox>,
    /// How many of them were asked for.
    pub asked: usize,
    /// The messages, in the order in which they are fetched.
    pub items: Vec<Item>,
    /// What is in the directory, box by box.
    pub held: Vec<Vec<Held>>,
    /// Remarks.
    pub notices: Vec<Notice>,
    /// A folder that could not be read; the others are exported.
    pub error: Option<StoreError>,
}

impl AccountPlan {
    /// The messages of a box.
    pub fn of(&self, vmbox: usize) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(move |item| item.vmbox() == vmbox)
    }
}

/// Decides about every message that has no decision yet (those with [`Action::Write`]). `again` writes
/// what has gone since an earlier run.
pub fn decide(plan: &mut AccountPlan, memory: &Memory, again: bool) {
    let mut free: Vec<Vec<bool>> = plan
        .held
        .iter()
        .map(|held| vec![true; held.len()])
        .collect();
    let undecided = |item: &Item| item.action == Action::Write;
    for item in plan.items.iter_mut().filter(|item| undecided(item)) {
        let Some(noted) = memory.get(&item.origin(&plan.account)) else {
            continue;
        };
        let found = find_noted(item, noted, &plan.boxes, &plan.held, &free);
        item.action = match found {
            Some((vmbox, at)) => {
                free[vmbox][at] = false;
                Action::Skip(Skip::There)
            }
            None if again => continue,
            None => Action::Skip(Skip::RemovedSince),
        };
    }
    for item in plan.items.iter_mut().filter(|item| undecided(item)) {
        let mut candidates = Vec::new();
        for vmbox in &item.owners {
            let held = plan.held.get(*vmbox).into_iter().flatten().enumerate();
            let alike = held.filter(|(at, held)| free[*vmbox][*at] && may_be(&item.message, held));
            candidates.extend(alike.map(|(at, held)| (held.folder != item.folder, *vmbox, at)));
        }
        // Of true copies each finds the one in its own folder first.
        candidates.sort_unstable();
        if !candidates.is_empty() {
            let places = candidates.into_iter().map(|(_, vmbox, at)| (vmbox, at));
            item.action = Action::Compare(places.collect());
        }
    }
}

/// What an earlier run noted, in the directory as it is now.
fn find_noted(
    item: &Item,
    noted: &Noted,
    boxes: &[VoicemailBox],
    held: &[Vec<Held>],
    free: &[Vec<bool>],
) -> Option<(usize, usize)> {
    let vmbox = item
        .owners
        .iter()
        .copied()
        .find(|at| boxes[*at].to_string() == noted.mailbox)
        .unwrap_or_else(|| item.vmbox());
    let alike = |held: &Held| {
        let same_id = noted.msg_id.is_some() && held.msg_id == noted.msg_id;
        let size = |(extension, octets): &(String, u64)| {
            *extension == noted.audio && *octets == noted.octets
        };
        (same_id || held.origtime == Some(noted.origtime)) && held.recordings.iter().any(size)
    };
    let places = held.get(vmbox)?.iter().enumerate();
    let mut places: Vec<(bool, usize)> = places
        .filter(|(at, held)| free[vmbox][*at] && alike(held))
        .map(|(at, held)| (held.folder != item.folder, at))
        .collect();
    places.sort_unstable();
    places.first().map(|(_, at)| (vmbox, *at))
}

/// Whether a message of the directory may be this one, by what both say of themselves.
fn may_be(message: &Message, held: &Held) -> bool {
    let same_id = message.msg_id.is_some() && held.msg_id == message.msg_id;
    // Without a time the server's date is taken, which is not known yet.
    same_id || message.origtime.is_none() || held.origtime == message.origtime
}

#[cfg(test)]
mod tests;
