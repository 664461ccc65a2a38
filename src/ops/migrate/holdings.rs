//! What an account already holds of a voicemail box.
//!
//! One look, in few round trips: which folders exist, and per folder the `Message-ID` and the two
//! headers by which Asterisk finds a box's messages. The counts are Asterisk's own: a header holds
//! the extension if it *contains* it, in any case (IMAP `SEARCH HEADER` is a substring test).

use std::collections::{BTreeMap, HashMap};

use crate::mailstore::error::StoreError;
use crate::mailstore::name::MailboxName;
use crate::mailstore::session::{Overview, Session, Surveyed};
use crate::mailstore::types::{Asked, Envelope, Flags, Refusal, Uid, UidValidity};
use crate::ops::event::{Event, Observer};
use crate::ops::folders::FolderMap;
use crate::voicemail::conf::{Mailbox, VoicemailConf};
use crate::voicemail::folder::Home;
use crate::voicemail::header::VmHeader;
use crate::voicemail::notice::Notice;
use crate::voicemail::source_key::SourceKey;
use crate::voicemail::terms::Terms;
use crate::voicemail::vmbox::VoicemailBox;

use super::catalogue;
use super::plan::{BoxPlan, Held, HoldBack, Holdings, List};

const EXTENSION: &str = VmHeader::Extension.name();
const CONTEXT: &str = VmHeader::Context.name();
/// The headers that are asked for besides `Message-ID`.
const ASKED: Asked = Asked::fields(&["Message-ID", EXTENSION, CONTEXT]);

/// What the look found.
pub struct Findings {
    /// What is there.
    pub holdings: Holdings,
    /// The names of the box's folders.
    pub folders: FolderMap,
    /// Whether the server moves messages from folder to folder.
    pub can_move: bool,
    /// Folders that are there and were not shown, in the server's words.
    pub refused: BTreeMap<MailboxName, Refusal>,
}

impl Findings {
    /// For an account that could not be asked: nothing is there, and nothing is known of names.
    ///
    /// # Errors
    /// When voicemail.conf names a folder that no server can have.
    pub fn unknown(conf: &VoicemailConf, mailbox: &Mailbox) -> Result<Self, StoreError> {
        let folders = FolderMap::new(conf, mailbox, "", Some('/'))?;
        Ok(Self {
            holdings: Holdings::default(),
            folders,
            can_move: true,
            refused: BTreeMap::new(),
        })
    }

    /// Where messages of a home go, and why they cannot if they cannot.
    #[must_use]
    pub fn target(&self, home: Home) -> (MailboxName, Option<HoldBack>) {
        let target = self.folders.target(home).clone();
        let exists = self.holdings.folders.contains_key(&target);
        let impossible = self
            .folders
            .missing_prefix(&target)
            .filter(|_| !exists)
            .map(|prefix| HoldBack::ImpossibleFolder {
                prefix: prefix.to_owned(),
            });
        (target, impossible)
    }
}

/// Looks at an account. `overview` is what it was found to be when the connection was new.
pub fn look(
    session: &mut Session,
    overview: &Overview,
    conf: &VoicemailConf,
    mailbox: &Mailbox,
) -> Result<Findings, StoreError> {
    let delimiter = overview.delimiter_as_asterisk();
    let folders = FolderMap::new(conf, mailbox, &overview.namespace.prefix, delimiter)?;
    // INBOX is there for everyone who may log in (RFC 3501 §5.1), listed or not.
    let there = |(_, name): &&(Home, MailboxName)| name.is_inbox() || overview.has(name);
    let homes: Vec<(Home, MailboxName)> = folders.all().iter().filter(there).cloned().collect();
    let names: Vec<MailboxName> = homes.iter().map(|(_, name)| name.clone()).collect();
    let terms = Terms::new(conf.extension_header(mailbox), &mailbox.vmbox.context);
    let mut holdings = Holdings::default();
    let mut keyed: Vec<(usize, SourceKey, Uid, Flags)> = Vec::new();
    let surveyed = session.survey(&names, &ASKED, &mut |at, envelope| {
        if let Some(key) = key_of(&envelope) {
            keyed.push((at, key, envelope.uid, envelope.flags));
        }
        if is_found(&envelope, &terms)
            && let Some(list) = shown(homes.get(at), envelope.flags)
        {
            *holdings.counts.entry(list).or_default() += 1;
        }
    })?;
    let mut refused = BTreeMap::new();
    for (name, surveyed) in names.iter().zip(surveyed) {
        match surveyed {
            Surveyed::Found(state) => {
                holdings.folders.insert(name.clone(), state.uid_validity);
            }
            // Not ours to see, or not made yet: either way nothing can be put there.
            Surveyed::Missing(refusal) if name.is_inbox() => {
                return Err(StoreError::Refused {
                    command: format!("EXAMINE {name}"),
                    refusal,
                });
            }
            Surveyed::Missing(refusal) => {
                refused.insert(name.clone(), refusal);
            }
        }
    }
    for (at, key, uid, flags) in keyed {
        if let Some(folder) = names.get(at)
            && let Some(uid_validity) = holdings.folders.get(folder).copied()
        {
            let held = Held {
                folder: folder.clone(),
                uid_validity,
                uid,
                flags,
                list: shown(homes.get(at), flags),
            };
            let copies = holdings.by_key.entry(key);
            // As a rule there is one.
            copies.or_insert_with(|| Vec::with_capacity(1)).push(held);
        }
    }
    Ok(Findings {
        holdings,
        folders,
        can_move: session.capabilities().has("MOVE"),
        refused,
    })
}

/// The keys of the messages in one folder.
pub fn keys_in(
    session: &mut Session,
    folder: &MailboxName,
) -> Result<HashMap<SourceKey, (UidValidity, Uid)>, StoreError> {
    let mut uids = HashMap::new();
    let folders = std::slice::from_ref(folder);
    let surveyed = session.survey(folders, &ASKED, &mut |_, envelope| {
        if let Some(key) = key_of(&envelope) {
            uids.insert(key, envelope.uid);
        }
    })?;
    let Some(Surveyed::Found(state)) = surveyed.first() else {
        return Ok(HashMap::new());
    };
    Ok(uids
        .into_iter()
        .map(|(key, uid)| (key, (state.uid_validity, uid)))
        .collect())
}

fn key_of(envelope: &Envelope) -> Option<SourceKey> {
    SourceKey::from_message_id(&envelope.field("Message-ID")?)
}

/// The list the phone shows a message of this folder in.
fn shown(folder: Option<&(Home, MailboxName)>, flags: Flags) -> Option<List> {
    let (home, _) = folder.filter(|_| !flags.deleted)?;
    List::shown(*home, flags.seen, flags.flagged)
}

/// Whether Asterisk's SEARCH finds the message for this box.
fn is_found(envelope: &Envelope, terms: &Terms) -> bool {
    let values = (envelope.field(EXTENSION), envelope.field(CONTEXT));
    let (Some(extension), Some(context)) = values else {
        return false;
    };
    !envelope.flags.deleted && terms.find(&Terms::new(&extension, &context))
}

/// Tells what is odd about an account or a plan.
pub fn warn(observer: &dyn Observer, vmbox: &VoicemailBox, findings: &Findings, plan: &BoxPlan) {
    let mut copies: BTreeMap<&MailboxName, usize> = BTreeMap::new();
    for held in findings.holdings.by_key.values() {
        for (at, one) in held.iter().enumerate() {
            if held[..at]
                .iter()
                .any(|earlier| earlier.folder == one.folder)
            {
                *copies.entry(&one.folder).or_default() += 1;
            }
        }
    }
    for (folder, count) in copies {
        let text = format!("{folder} holds {count} messages twice (equal Message-ID)");
        observer.event(&Event::Notice(&Notice::new(
            &catalogue::TWICE,
            vmbox.to_string(),
            text,
        )));
    }
    if let Some(count) = plan.callers_refused_at {
        let text = format!("{count} messages in new, old and urgent reach maxmsg");
        let notice = Notice::new(&catalogue::CALLERS_REFUSED, vmbox.to_string(), text);
        observer.event(&Event::Notice(&notice));
    }
}
