//! What is to become of each greeting of an account. Reads of the server what is in the folder of the
//! greetings, of the directory what is there; decides, and changes nothing.
//!
//! Of several greetings of one name the first is taken, which is the one that callers hear.

use std::io;

use crate::depot::Dir;
use crate::mailstore::error::StoreError;
use crate::mailstore::name::MailboxName;
use crate::mailstore::session::{Overview, Session, Surveyed};
use crate::mailstore::types::{Asked, Envelope, Uid, UidValidity};
use crate::ops::export::catalogue;
use crate::ops::export::manifest::{Memory, Noted, Origin};
use crate::ops::export::plan::Skip;
use crate::ops::folders::greetings_folder;
use crate::ops::greetings::{Shape, shape};
use crate::voicemail::audio::AudioFormat;
use crate::voicemail::conf::VoicemailConf;
use crate::voicemail::greeting::Greeting;
use crate::voicemail::header::VmHeader;
use crate::voicemail::notice::{CodeRow, Notice};
use crate::voicemail::source_key::AudioDigest;
use crate::voicemail::terms::Terms;
use crate::voicemail::vmbox::VoicemailBox;

const ASKED: Asked = Asked {
    size: true,
    structure: true,
    ..Asked::fields(&[VmHeader::Extension.name(), VmHeader::Context.name()])
};

/// What is to become of a greeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// It is fetched and written.
    Write,
    /// A file of its name is there: it is fetched and compared with that.
    Compare,
    /// It is left alone.
    Skip(Skip),
    /// It cannot be exported.
    Fail(String),
}

/// One greeting.
#[derive(Debug, Clone)]
pub struct Item {
    /// Whose, as a place in the account's list.
    pub vmbox: usize,
    /// Which.
    pub kind: Greeting,
    /// The file's name; empty where its own tells no format.
    pub file: String,
    /// Its UID.
    pub uid: Uid,
    /// Octets of the whole message.
    pub size: u64,
    /// What is to become of it.
    pub action: Action,
}

impl Item {
    /// Whether it is fetched.
    #[must_use]
    pub fn is_fetched(&self) -> bool {
        matches!(self.action, Action::Write | Action::Compare)
    }
}

/// The greetings of an account.
#[derive(Debug)]
pub struct GreetingPlan {
    /// The account's name.
    pub account: String,
    /// Its boxes, those asked for first.
    pub boxes: Vec<VoicemailBox>,
    /// How many of them were asked for.
    pub asked: usize,
    /// The folder, and what UIDs are valid under.
    pub source: (MailboxName, UidValidity),
    /// The greetings of those that were asked for.
    pub items: Vec<Item>,
    /// Remarks.
    pub notices: Vec<Notice>,
}

impl GreetingPlan {
    /// Where an item lies.
    #[must_use]
    pub fn origin(&self, item: &Item) -> Origin {
        Origin {
            account: self.account.clone(),
            imap_folder: self.source.0.as_wire().to_owned(),
            uid_validity: self.source.1,
            uid: item.uid,
        }
    }

    /// Where an item goes, relative to the directory.
    #[must_use]
    pub fn path(&self, item: &Item) -> String {
        let vmbox = &self.boxes[item.vmbox];
        format!("{}/{}/{}", vmbox.context, vmbox.extension, item.file)
    }
}

/// Reads the folder; `None` where there is none. `all` are the account's boxes; the first `asked` of
/// them were asked for. Safe to repeat.
pub fn read(
    session: &mut Session,
    overview: &Overview,
    conf: &VoicemailConf,
    account: &str,
    (all, asked): (&[VoicemailBox], usize),
) -> Result<Option<GreetingPlan>, StoreError> {
    let folder = greetings_folder(conf)?;
    if !folder.is_inbox() && !overview.has(&folder) {
        return Ok(None);
    }
    let terms: Vec<Option<Terms>> = all
        .iter()
        .map(|vmbox| {
            let mailbox = conf.mailbox(vmbox)?;
            Some(Terms::new(conf.extension_header(mailbox), &vmbox.context))
        })
        .collect();
    let mut reading = Reading {
        terms,
        asked,
        items: Vec::new(),
        several: vec![0; asked],
        deleted: vec![0; asked],
    };
    let names = std::slice::from_ref(&folder);
    let surveyed = session.survey(names, &ASKED, &mut |_, envelope| reading.take(&envelope))?;
    let validity = match surveyed.into_iter().next() {
        Some(Surveyed::Found(state)) => state.uid_validity,
        Some(Surveyed::Missing(refusal)) => {
            let command = format!("EXAMINE {folder}");
            return Err(StoreError::Refused { command, refusal });
        }
        None => return Ok(None),
    };
    let count = |row: &CodeRow, counts: &[u64]| -> Vec<Notice> {
        let counts = counts.iter().enumerate().filter(|(_, n)| **n > 0);
        let of = |(at, n): (usize, &u64)| {
            let text = format!("{} ({n})", row.title);
            Notice::new(row, all[at].to_string(), text)
        };
        counts.map(of).collect()
    };
    let several = count(&catalogue::GREETING_TWICE, &reading.several);
    let deleted = count(&catalogue::GREETING_DELETED, &reading.deleted);
    Ok(Some(GreetingPlan {
        account: account.to_owned(),
        boxes: all.to_vec(),
        asked,
        source: (folder, validity),
        items: reading.items,
        notices: several.into_iter().chain(deleted).collect(),
    }))
}

/// What comes of the folder's messages as they pass by.
struct Reading {
    /// By what a message is told to be a box's.
    terms: Vec<Option<Terms>>,
    asked: usize,
    items: Vec<Item>,
    several: Vec<u64>,
    deleted: Vec<u64>,
}

impl Reading {
    fn take(&mut self, envelope: &Envelope) {
        let Shape::Greeting(kind, name) = shape(envelope.structure.as_ref()) else {
            return;
        };
        let Some(vmbox) = self.owner(envelope).filter(|at| *at < self.asked) else {
            return;
        };
        if envelope.flags.deleted {
            self.deleted[vmbox] += 1;
            return;
        }
        let mut known = self.items.iter();
        if known.any(|one| (one.vmbox, one.kind) == (vmbox, kind)) {
            self.several[vmbox] += 1;
            return;
        }
        let name = String::from_utf8_lossy(&name).into_owned();
        let extension = name.split_once('.').map(|(_, extension)| extension);
        let format = extension.and_then(AudioFormat::from_extension);
        let action = match format {
            Some(_) => Action::Write,
            None => Action::Fail(format!("its name {name:?} tells no format")),
        };
        self.items.push(Item {
            vmbox,
            kind,
            file: format.map_or_else(String::new, |format| format!("{kind}.{format}")),
            uid: envelope.uid,
            size: envelope.size.unwrap_or_default(),
            action,
        });
    }

    /// Whose it is, by its headers; where it says nothing, the account's only box.
    fn owner(&self, envelope: &Envelope) -> Option<usize> {
        let [extension, context] =
            [VmHeader::Extension, VmHeader::Context].map(|header| envelope.field(header.name()));
        match (extension, context) {
            (Some(extension), Some(context)) => {
                let message = Some(Terms::new(&extension, &context));
                self.terms.iter().position(|terms| *terms == message)
            }
            _ => (self.terms.len() == 1).then_some(0),
        }
    }
}

/// Decides about every greeting that has no decision yet, by what is in the boxes' directories.
///
/// # Errors
/// The system's.
pub fn decide(
    plan: &mut GreetingPlan,
    memory: &Memory,
    again: bool,
    dir_of: &dyn Fn(&VoicemailBox) -> io::Result<Option<Dir>>,
) -> io::Result<()> {
    let mut items = std::mem::take(&mut plan.items);
    for item in items.iter_mut().filter(|item| item.action == Action::Write) {
        let noted = memory.get(&plan.origin(item));
        let dir = dir_of(&plan.boxes[item.vmbox])?;
        item.action = action(item, noted, again, dir.as_ref())?;
    }
    plan.items = items;
    Ok(())
}

fn action(
    item: &Item,
    noted: Option<&Noted>,
    again: bool,
    dir: Option<&Dir>,
) -> io::Result<Action> {
    let names = dir.map_or_else(|| Ok(Vec::new()), Dir::names)?;
    if let (Some(dir), true) = (dir, names.iter().any(|(name, _)| *name == item.file)) {
        let same = match noted {
            Some(noted) => digest_in(dir, &item.file)? == noted.sha256,
            None => false,
        };
        return Ok(if same {
            Action::Skip(Skip::There)
        } else {
            Action::Compare
        });
    }
    if noted.is_some() && !again {
        return Ok(Action::Skip(Skip::RemovedSince));
    }
    let other = names.iter().map(|(name, _)| name).find(|name| {
        let extension = name.split_once('.').map(|(_, extension)| extension);
        let recording = extension.and_then(AudioFormat::from_extension).is_some();
        recording && Greeting::of_file(name.as_bytes()) == Some(item.kind)
    });
    Ok(other.map_or(Action::Write, |other| Action::Fail(in_the_way(other))))
}

/// What is said of a greeting whose place is taken.
pub(super) fn in_the_way(name: &str) -> String {
    format!("another {name} is there, and is not replaced")
}

/// The digest of a file in a box's directory.
pub(super) fn digest_in(dir: &Dir, name: &str) -> io::Result<AudioDigest> {
    dir.open(name).and_then(crate::depot::digest_of)
}
