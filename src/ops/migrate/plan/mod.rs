//! What a migration will do to one voicemail box: a pure function from what there is to a list of
//! decisions. It touches nothing, so a dry run is simply a run that stops after it.
//!
//! The order of the items is the order of appending: by the time the message was left, oldest
//! first, because Asterisk plays in append order (the server's sequence numbers).

mod fit;
mod follow;
#[cfg(test)]
mod tests;

pub use crate::ops::octets::Octets;
pub use crate::voicemail::list::List;
pub use fit::Misfit;
pub use follow::shift;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use crate::mailstore::name::MailboxName;
use crate::mailstore::types::{Flags, Uid, UidValidity};
use crate::ops::folders::impossible_name;
use crate::voicemail::folder::Placement;
use crate::voicemail::source_key::SourceKey;
use crate::voicemail::vmbox::VoicemailBox;

use super::report::Look;
use super::source::Candidate;

/// A message the server already holds, found by its `Message-ID`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The folder it lies in.
    pub folder: MailboxName,
    /// That folder's UIDVALIDITY.
    pub uid_validity: UidValidity,
    /// Its UID there.
    pub uid: Uid,
    /// Its flags.
    pub flags: Flags,
    /// The list the phone shows it in; `None` where it is `\Deleted`, or in a folder called Old.
    pub list: Option<List>,
}

/// What the account already holds of this box.
#[derive(Debug, Clone, Default)]
pub struct Holdings {
    /// Messages that vmimap put there, by key; more than one where there are copies (the phone's
    /// "save to folder" copies, it does not move).
    pub by_key: HashMap<SourceKey, Vec<Held>>,
    /// How many messages Asterisk finds per list, whoever stored them.
    pub counts: BTreeMap<List, u32>,
    /// The folders that exist, with their UIDVALIDITY.
    pub folders: HashMap<MailboxName, UidValidity>,
}

/// Why a message is not appended although nothing is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Skip {
    /// It is there and was read back before.
    AlreadyThere(Held),
    /// It was appended and read back by an earlier run and is gone since: its owner deleted it or
    /// moved it to a folder Asterisk does not know.
    RemovedSince,
    /// Of a greeting: one that was recorded later is there.
    NewerThere(Held),
    /// It is not in the list that the spool has it in, and not where vmimap put it either: somebody
    /// has heard, marked or moved it in IMAP, and has the last word.
    ChangedThere(Held),
}

/// Why a message must not be appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HoldBack {
    /// The list would grow beyond `maxmsg`, if not now then when what is new has been heard, and
    /// playing its last message would crash Asterisk.
    OverMaxmsg {
        /// The list.
        list: List,
        /// The limit.
        maxmsg: u32,
    },
    /// It was saved to another folder in the spool since it was migrated.
    CannotMove {
        /// That folder.
        to: String,
    },
    /// The server cannot have a folder of that name, so Asterisk could not open it either.
    ImpossibleFolder {
        /// What every name must begin with there.
        prefix: String,
    },
    /// A greeting must not be stored there, and why.
    Greeting(String),
    /// A rollback that was cut may have marked it as deleted: it is there, and no phone shows it.
    RollbackCut {
        /// The run that is rolled back.
        of: String,
    },
}

impl fmt::Display for HoldBack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OverMaxmsg { list, maxmsg } => {
                let whole = match list {
                    List::Named(folder) => folder.to_string(),
                    _ => "new, urgent and old".to_owned(),
                };
                write!(
                    f,
                    "held back: {whole} would be more than maxmsg={maxmsg} messages, which crashes \
                     Asterisk; raise maxmsg or pass --over-maxmsg"
                )
            }
            Self::CannotMove { to } => write!(
                f,
                "held back: it was saved to {to} since, and this server has no MOVE; move its copy \
                 with a mail program"
            ),
            Self::ImpossibleFolder { prefix } => {
                let cure = "set imapparentfolder in voicemail.conf";
                write!(f, "held back: {}", impossible_name(prefix, cure))
            }
            Self::Greeting(why) => write!(f, "held back: {why}"),
            Self::RollbackCut { of } => write!(
                f,
                "held back: it is marked as deleted since a rollback was cut; finish that with \
                 vmimap rollback {of}"
            ),
        }
    }
}

/// What will be done about one voicemail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Append it, then read it back.
    Append,
    /// It is there but was never read back: read it back.
    Verify(Held),
    /// It is there, as it was in the spool before: put its copy where it belongs now.
    Update(Held),
    /// Nothing.
    Skip(Skip),
    /// Nothing, and the run is incomplete.
    HoldBack(HoldBack),
}

/// One voicemail of the plan.
#[derive(Debug, Clone)]
pub struct PlanItem {
    /// The voicemail in the spool.
    pub candidate: Arc<Candidate>,
    /// The IMAP folder it belongs in.
    pub target: MailboxName,
    /// The flags that put it into its list.
    pub placement: Placement,
    /// The date it is stored with, Unix seconds UTC: when it was left, or now where that is said to
    /// be to come (servers replace such dates by their own).
    pub internal_date: i64,
    /// What will be done.
    pub action: Action,
}

impl PlanItem {
    /// The flags it is appended with.
    #[must_use]
    pub fn flags(&self) -> Flags {
        Flags {
            seen: self.placement.seen,
            flagged: self.placement.flagged,
            ..Flags::default()
        }
    }
}

/// Limits and wishes that shape a plan.
#[derive(Debug, Clone, Copy)]
#[allow(clippy::struct_excessive_bools)] // independent of each other
pub struct Rules {
    /// `maxmsg` of the box.
    pub maxmsg: u32,
    /// Append beyond `maxmsg` all the same.
    pub over_maxmsg: bool,
    /// Append again what its owner has removed since an earlier run.
    pub again: bool,
    /// Let copies follow what has changed in the spool.
    pub update: bool,
    /// Whether the server can move a message.
    pub can_move: bool,
    /// The present, Unix seconds UTC.
    pub now: i64,
}

/// What an earlier run's journal remembers of this box on this account.
pub trait Memory {
    /// Whether the message was appended or found, and read back in full.
    fn verified(&self, key: &SourceKey) -> bool;
    /// Whether it was read back from this very folder under this UIDVALIDITY, so that its absence
    /// means somebody removed it.
    fn verified_in(&self, key: &SourceKey, folder: &MailboxName, validity: UidValidity) -> bool;
    /// The list it was put into, and the one it was about to be put into if that was cut off.
    fn placed(&self, key: &SourceKey) -> &[List];
    /// The run whose rollback was about to remove the message, where nobody knows what became of it.
    fn rollback_begun(&self, key: &SourceKey) -> Option<&str>;
}

/// The plan for one voicemail box.
#[derive(Debug)]
pub struct BoxPlan {
    /// Whose it is.
    pub vmbox: VoicemailBox,
    /// The voicemails, in append order.
    pub items: Vec<PlanItem>,
    /// Folders that must be made first.
    pub create: Vec<MailboxName>,
    /// Quota roots that cannot take it; if any, nothing is appended.
    pub misfits: Vec<Misfit>,
    /// New + old + urgent after the run, when that reaches `maxmsg` so that callers are refused.
    pub callers_refused_at: Option<u32>,
    /// What the spool holds besides these messages.
    pub aside: Look,
    /// Whether these are messages that arrived while the first ones were worked on.
    pub later: bool,
}

/// Decides what to do about each candidate.
///
/// Each candidate comes with where it belongs, and why it cannot be there if it cannot. They may
/// come in any order.
pub fn make(
    vmbox: VoicemailBox,
    candidates: Vec<(Arc<Candidate>, Placement, MailboxName, Option<HoldBack>)>,
    holdings: &Holdings,
    memory: &dyn Memory,
    rules: Rules,
) -> BoxPlan {
    let mut counts = holdings.counts.clone();
    let mut items: Vec<PlanItem> = candidates
        .into_iter()
        .map(|(candidate, placement, target, impossible)| {
            let place = (placement, &target);
            let action = decide(&candidate.key, place, impossible, holdings, memory, rules);
            PlanItem {
                internal_date: candidate.voicemail.origtime.min(rules.now),
                candidate,
                target,
                placement,
                action,
            }
        })
        .collect();
    items.sort_by_key(|item| item.candidate.order());
    follow::count(&mut items, &mut counts, rules);
    // What nobody has heard yet comes before what was heard: it must not find the box full of that.
    let old = |item: &PlanItem| List::of(item.placement) == List::Old;
    let (heard, unheard): (Vec<_>, Vec<_>) = items.iter_mut().partition(|item| old(item));
    for item in unheard.into_iter().chain(heard) {
        if item.action != Action::Append {
            continue;
        }
        let list = List::of(item.placement);
        if will_be_listed(&counts, list) >= rules.maxmsg && !rules.over_maxmsg {
            item.action = Action::HoldBack(HoldBack::OverMaxmsg {
                list,
                maxmsg: rules.maxmsg,
            });
        } else {
            *counts.entry(list).or_default() += 1;
        }
    }
    let create: BTreeSet<MailboxName> = items
        .iter()
        .filter(|item| {
            matches!(item.action, Action::Append | Action::Update(_))
                && !holdings.folders.contains_key(&item.target)
        })
        .map(|item| item.target.clone())
        .collect();
    let in_inbox = will_be_listed(&counts, List::Old);
    let grows = items.iter().any(|item| item.action == Action::Append);
    BoxPlan {
        vmbox,
        items,
        create: create.into_iter().collect(),
        misfits: Vec::new(),
        callers_refused_at: (grows && in_inbox >= rules.maxmsg).then_some(in_inbox),
        aside: Look::default(),
        later: false,
    }
}

/// How many messages Asterisk's array for this list may have to hold. New, urgent and old are one
/// array sooner or later: what has been heard is old (tried on a running Asterisk 22: 3 new, 2 urgent
/// and 2 old with maxmsg=5, all heard, and playing the last of them ends it).
fn will_be_listed(counts: &BTreeMap<List, u32>, list: List) -> u32 {
    let count = |list: List| counts.get(&list).copied().unwrap_or_default();
    match list {
        List::New | List::Old | List::Urgent => {
            count(List::New) + count(List::Old) + count(List::Urgent)
        }
        named @ List::Named(_) => count(named),
    }
}

fn decide(
    key: &SourceKey,
    place: (Placement, &MailboxName),
    impossible: Option<HoldBack>,
    holdings: &Holdings,
    memory: &dyn Memory,
    rules: Rules,
) -> Action {
    let copies = holdings.by_key.get(key).map_or(&[][..], Vec::as_slice);
    if let Some(held) = copies.first()
        && let Some(of) = memory.rollback_begun(key).filter(|_| held.flags.deleted)
    {
        let of = of.to_owned();
        return Action::HoldBack(HoldBack::RollbackCut { of });
    }
    if let Some(action) = follow::decide(key, place, copies, impossible.as_ref(), memory, rules) {
        return action;
    }
    if let Some(held) = copies.first() {
        return if memory.verified(key) {
            Action::Skip(Skip::AlreadyThere(held.clone()))
        } else {
            Action::Verify(held.clone())
        };
    }
    let removed = || {
        holdings
            .folders
            .iter()
            .any(|(folder, validity)| memory.verified_in(key, folder, *validity))
    };
    if !rules.again && removed() {
        return Action::Skip(Skip::RemovedSince);
    }
    match impossible {
        Some(why) => Action::HoldBack(why),
        None => Action::Append,
    }
}

impl BoxPlan {
    /// The plan for a box without messages.
    #[must_use]
    pub fn empty(vmbox: VoicemailBox) -> Self {
        Self {
            vmbox,
            items: Vec::new(),
            create: Vec::new(),
            misfits: Vec::new(),
            callers_refused_at: None,
            aside: Look::default(),
            later: false,
        }
    }

    /// The items to append.
    pub fn appends(&self) -> impl Iterator<Item = &PlanItem> {
        self.items
            .iter()
            .filter(|item| item.action == Action::Append)
    }

    /// Octets of all messages to append.
    #[must_use]
    pub fn octets(&self) -> u64 {
        self.appends().map(|item| item.candidate.octets).sum()
    }
}
