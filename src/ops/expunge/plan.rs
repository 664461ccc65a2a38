//! What is going to be removed, and what is not: values, made before anything is touched.
//!
//! Everything here can be shown and is shown. A UID is never without its folder's UIDVALIDITY.

use std::sync::Arc;

use crate::mailstore::name::MailboxName;
use crate::mailstore::types::{Uid, UidValidity};
use crate::ops::account::Account;
use crate::ops::error::BoxError;
use crate::voicemail::notice::Notice;
use crate::voicemail::vmbox::VoicemailBox;

use super::message::Message;
use super::select::Needs;

/// One message that is to go.
#[derive(Debug, Clone)]
pub struct Item {
    /// Whose it is: its place in [`AccountPlan::boxes`].
    pub vmbox: usize,
    /// The message.
    pub message: Message,
    /// What has to hold at the last moment.
    pub needs: Needs,
    /// By what it was chosen; empty where the selection itself says it.
    pub why: String,
}

/// One message that stays, for whoever wants every decision explained.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Whose it is: its place in [`AccountPlan::boxes`].
    pub vmbox: usize,
    /// The folder it lies in.
    pub folder: MailboxName,
    /// The message.
    pub message: Message,
    /// Why it stays.
    pub why: String,
}

/// What is to go from one folder, of all boxes of the account at once: few expunges are better
/// than many.
#[derive(Debug, Clone)]
pub struct FolderPlan {
    /// The folder.
    pub name: MailboxName,
    /// The UIDVALIDITY the UIDs are valid under.
    pub validity: UidValidity,
    /// A digest of every UID and its flags in the folder.
    pub fingerprint: u64,
    /// The messages, in the server's order.
    pub items: Vec<Item>,
    /// Messages with `\Deleted` in this folder that will not be touched.
    pub marked_by_others: u64,
    /// Whether they lose that mark for a while, because the server can only expunge all it finds.
    pub lifts: bool,
}

impl FolderPlan {
    /// The UIDs.
    #[must_use]
    pub fn uids(&self) -> Vec<Uid> {
        self.items.iter().map(|item| item.message.uid).collect()
    }
}

/// What was found of one box.
#[derive(Debug, Clone)]
pub struct BoxPlan {
    /// The box.
    pub vmbox: VoicemailBox,
    /// Its messages that were looked at.
    pub messages: u64,
    /// Messages that are to go.
    pub remove: u64,
    /// Their size in octets.
    pub octets: u64,
}

/// What is to go from one account.
pub struct AccountPlan {
    /// The account, where there is one.
    pub account: Option<Account>,
    /// The boxes that were selected.
    pub boxes: Vec<BoxPlan>,
    /// The folders in which something is to go.
    pub folders: Vec<FolderPlan>,
    /// Messages that stay and why, where that was asked for.
    pub kept: Vec<Kept>,
    /// Of those: were meant to go, and a guard says no; the run is incomplete.
    pub withheld: u64,
    /// Where messages are moved to instead; and whether that folder has to be made.
    pub trash: Option<(MailboxName, bool)>,
    /// What there is to remark.
    pub notices: Vec<Notice>,
    /// Why the account could not be read, or not wholly; what is planned all the same is right.
    pub error: Option<Arc<BoxError>>,
    /// Whether the account was reached.
    pub reached: bool,
}

impl AccountPlan {
    /// Messages that are to go.
    #[must_use]
    pub fn remove(&self) -> u64 {
        self.boxes.iter().map(|one| one.remove).sum()
    }

    /// Messages that were looked at.
    #[must_use]
    pub fn messages(&self) -> u64 {
        self.boxes.iter().map(|one| one.messages).sum()
    }

    /// Octets that are to go.
    #[must_use]
    pub fn octets(&self) -> u64 {
        self.boxes.iter().map(|one| one.octets).sum()
    }

    /// Whether the account was refused by a guard: nothing was done, and nothing failed.
    #[must_use]
    pub fn refused(&self) -> bool {
        self.error.as_deref().is_some_and(super::is_guard)
    }
}

/// How much may go at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaxDelete {
    /// So many messages.
    Count(u64),
    /// So many percent of the selected boxes' messages.
    Percent(u64),
}

impl MaxDelete {
    /// Whether so many of so many are too many.
    #[must_use]
    pub fn exceeded(self, remove: u64, of: u64) -> bool {
        match self {
            Self::Count(most) => remove > most,
            Self::Percent(most) => u128::from(remove) * 100 > u128::from(most) * u128::from(of),
        }
    }
}

impl std::fmt::Display for MaxDelete {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Count(most) => write!(f, "{most}"),
            Self::Percent(most) => write!(f, "{most}%"),
        }
    }
}

impl std::str::FromStr for MaxDelete {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |_| "a number of messages, or a percentage: 500, 10%".to_owned();
        match text.strip_suffix('%') {
            Some(percent) => match percent.parse().map_err(wrong)? {
                percent @ 0..=100 => Ok(Self::Percent(percent)),
                _ => Err("a percentage is 0% to 100%".to_owned()),
            },
            None => text.parse().map(Self::Count).map_err(wrong),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_reached_without_being_exceeded() {
        let bound = |text: &str| text.parse::<MaxDelete>();
        assert!(!bound("3").unwrap().exceeded(3, 3));
        assert!(bound("3").unwrap().exceeded(4, 1000));
        assert!(!bound("10%").unwrap().exceeded(10, 100));
        assert!(bound("10%").unwrap().exceeded(10, 99));
        assert!(bound("0%").unwrap().exceeded(1, u64::MAX));
        assert!(!bound("0").unwrap().exceeded(0, 0));
        for wrong in ["", "%", "-1", "101%", "ten", "1.5%"] {
            assert!(bound(wrong).is_err(), "{wrong}");
        }
    }
}
