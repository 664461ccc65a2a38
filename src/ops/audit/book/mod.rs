//! What is noted of one account while it is read.
//!
//! Notes name folders by their place in the layout and become findings at the end, when every
//! folder's UIDVALIDITY is known.

mod greetings;
mod whole;
mod whose;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::mailstore::name::MailboxName;
use crate::mailstore::types::{Uid, UidValidity};
use crate::ops::index::{Indexed, Layout};
use crate::voicemail::folder::Home;
use crate::voicemail::header::VmHeader;
use crate::voicemail::list::List;
use crate::voicemail::source_key::AudioDigest;
use crate::voicemail::terms::Terms;
use crate::voicemail::vmbox::VoicemailBox;

use super::Audit;
use super::catalogue::{Rule, account as code};
use super::fix::plan::{Patient, plan};
use super::fix::{Action, MARK};
use super::rules::{Fault, Owner, Stored};
use super::twins::Trace;
use greetings::Greetings;

/// What was found, before its place has a name.
struct Note {
    rule: &'static Rule,
    shelf: Option<usize>,
    uid: Option<Uid>,
    mailbox: Option<usize>,
    found: String,
    expected: Option<String>,
}

/// A message belongs to neighbours only, who were not asked for.
struct Neighbours;

/// A folder, for the places of findings.
struct Folder {
    name: Arc<str>,
    mailbox_name: MailboxName,
    uid_validity: Option<UidValidity>,
    is_imapfolder: bool,
}

/// A repair before its folder has a name.
struct Plan {
    shelf: usize,
    uid: Uid,
    message_id: Option<String>,
    mailbox: usize,
    action: Action,
    /// Where it adds a message to what the owner's phone shows.
    into: Option<Home>,
    repairs: u64,
    /// Whether it is only meant where a repaired message is there already.
    finishes: bool,
}

/// The notes about one account.
pub struct Book {
    label: Arc<str>,
    boxes: Vec<VoicemailBox>,
    /// How many of the boxes were asked for; the others are their neighbours.
    chosen: usize,
    folders: Vec<Folder>,
    notes: Vec<Note>,
    lists: BTreeMap<(usize, List), u64>,
    traces: Vec<Trace>,
    plans: Vec<Plan>,
    /// Repaired messages: their folders and Message-IDs.
    repaired: HashSet<(usize, Option<String>)>,
    delimiter: Option<char>,
    greetings: Greetings,
    refused: Vec<String>,
    other_mail: u64,
    recordings: u64,
    begun: bool,
}

impl Book {
    /// An empty book about the boxes that were asked for and those beside them.
    pub fn new(label: String, boxes: Vec<VoicemailBox>, neighbours: Vec<VoicemailBox>) -> Self {
        Self {
            label: label.into(),
            chosen: boxes.len(),
            boxes: boxes.into_iter().chain(neighbours).collect(),
            folders: Vec::new(),
            notes: Vec::new(),
            lists: BTreeMap::new(),
            traces: Vec::new(),
            plans: Vec::new(),
            repaired: HashSet::new(),
            delimiter: None,
            greetings: Greetings::default(),
            refused: Vec::new(),
            other_mail: 0,
            recordings: 0,
            begun: false,
        }
    }

    /// Every box of the account.
    pub fn boxes(&self) -> Vec<VoicemailBox> {
        self.boxes.clone()
    }

    /// Forgets all notes: the account is read from the beginning.
    pub fn forget(&mut self) {
        let (boxes, chosen) = (std::mem::take(&mut self.boxes), self.chosen);
        *self = Self::new(self.label.to_string(), boxes, Vec::new());
        self.chosen = chosen;
    }

    /// The account's folders are known.
    pub fn begin(
        &mut self,
        layout: &Layout,
        greetings: Option<&MailboxName>,
        delimiter: Option<char>,
    ) {
        self.begun = true;
        self.delimiter = delimiter;
        self.greetings.shelf =
            greetings.and_then(|name| layout.shelves.iter().position(|s| s.name == *name));
    }

    /// Whether the account was reached.
    pub fn begun(&self) -> bool {
        self.begun
    }

    /// Voicemails, other mail and recordings looked at.
    pub fn counts(&self) -> (u64, u64, u64) {
        (self.traces.len() as u64, self.other_mail, self.recordings)
    }

    /// Folders that could not be opened, with the server's words.
    pub fn closed_folders(&self) -> Vec<String> {
        self.refused.clone()
    }

    /// Notes what is wrong with a message.
    pub fn take(
        &mut self,
        audit: &Audit<'_>,
        everybody: &HashMap<Terms, &VoicemailBox>,
        layout: &Layout,
        message: &Indexed,
    ) {
        for vmbox in message.finders().iter().filter(|at| **at < self.chosen) {
            if let Some(list) = message.shown_to(layout, *vmbox) {
                *self.lists.entry((*vmbox, list)).or_default() += 1;
            }
        }
        if self.greetings.shelf == Some(message.shelf) {
            let one = self.take_greeting(everybody, message);
            if one && layout.shelves[message.shelf].roles.is_empty() {
                return;
            }
        }
        let Ok(mailbox) = self.asked_for(message) else {
            return;
        };
        let owner = whose::owner(message, everybody);
        let mut stored = Stored::new(&message.envelope.header, owner);
        if !message.is_voicemail() && VmHeader::ALL.iter().all(|h| stored.view.get(*h).is_none()) {
            self.other_mail += 1;
            return;
        }
        if !whose::chosen(audit, layout, message, mailbox, &stored) {
            return;
        }
        stored.header_cut = message.envelope.header_cut;
        stored.flags = message.envelope.flags;
        stored.internal_date = message.envelope.internal_date;
        stored.structure = message.envelope.structure.as_ref();
        stored.opened = whose::opened(layout, message);
        stored.now = audit.now;
        let unnamed = stored.owner == Owner::Unnamed;
        let mut faults: Vec<Fault> = stored.faults().collect();
        // What is never found is never played.
        faults.retain(|fault| {
            audit.options.rules.takes(fault.rule) && (!unnamed || fault.rule == &code::NOT_FOUND)
        });
        let greeting = greetings::by_type(message).is_some();
        // A greeting is its owner's to record again; it is no message that could be mended.
        if !greeting {
            self.plan(audit, layout, message, mailbox, &faults);
        }
        for fault in faults {
            self.note(message.shelf, message.envelope.uid, mailbox, fault);
        }
        let mut trace = whose::trace(message, mailbox, &stored);
        trace.greeting = greeting;
        self.traces.push(trace);
    }

    /// The box among those asked for that a message is of; none where it is nobody's here.
    fn asked_for(&self, message: &Indexed) -> Result<Option<usize>, Neighbours> {
        let owners = message.owners();
        let mailbox = owners.iter().copied().find(|at| *at < self.chosen);
        if mailbox.is_none() && !owners.is_empty() {
            return Err(Neighbours);
        }
        Ok(mailbox)
    }

    /// Plans a repair of a message that belongs to one mailbox which was asked for.
    fn plan(
        &mut self,
        audit: &Audit<'_>,
        layout: &Layout,
        message: &Indexed,
        mailbox: Option<usize>,
        faults: &[Fault],
    ) {
        let envelope = &message.envelope;
        if !audit.options.fix.is_empty() && envelope.field(MARK).is_some() {
            let message_id = envelope.field("Message-ID");
            self.repaired.insert((message.shelf, message_id));
        }
        let Some(mailbox) = mailbox.filter(|_| !faults.is_empty() && !envelope.header_cut) else {
            return;
        };
        let patient = Patient {
            faults,
            header: &envelope.header,
            flags: envelope.flags,
            folder: &layout.shelves[message.shelf].name,
            delimiter: self.delimiter,
            map: &layout.maps[mailbox],
        };
        if let Some((action, repairs)) = plan(&patient, &audit.options.fix) {
            let into = match &action {
                Action::Move(target, _) => {
                    let mut shelves = layout.shelves.iter();
                    let at = shelves.position(|shelf| shelf.name == *target);
                    at.and_then(|at| layout.home(at, mailbox))
                }
                _ => None,
            };
            self.plans.push(Plan {
                into,
                shelf: message.shelf,
                uid: envelope.uid,
                message_id: envelope.field("Message-ID"),
                mailbox,
                action,
                repairs,
                finishes: envelope.flags.deleted,
            });
        }
    }

    fn note(&mut self, folder: usize, uid: Uid, mailbox: Option<usize>, fault: Fault) {
        self.notes.push(Note {
            rule: fault.rule,
            shelf: Some(folder),
            uid: Some(uid),
            mailbox,
            found: fault.found,
            expected: fault.expected,
        });
    }

    /// The folders have been read: takes note of their state.
    pub fn end(&mut self, layout: &Layout) {
        for (at, shelf) in layout.shelves.iter().enumerate() {
            self.folders.push(Folder {
                name: shelf.name.to_string().into(),
                mailbox_name: shelf.name.clone(),
                uid_validity: shelf.state.map(|state| state.uid_validity),
                is_imapfolder: shelf
                    .roles
                    .iter()
                    .any(|(_, home)| *home == Home::ImapFolder),
            });
            if let Some(refusal) = &shelf.refused {
                self.refused
                    .push(format!("folder {}: {refusal}", shelf.name));
                self.notes.push(Note {
                    rule: &code::CLOSED_TO_US,
                    shelf: Some(at),
                    uid: None,
                    mailbox: None,
                    found: refusal.to_string(),
                    expected: None,
                });
            }
        }
    }

    /// The UIDs of a folder's recordings, ascending: of its voicemails, and of the greetings that
    /// Asterisk plays from it.
    pub fn recordings(&self, folder: usize) -> Vec<Uid> {
        let voicemails = self.traces.iter();
        let voicemails = voicemails
            .filter(|trace| trace.shelf as usize == folder)
            .map(|trace| trace.uid);
        // With greetings among the messages one may be both.
        let both: BTreeSet<Uid> = voicemails.chain(self.greetings.played_in(folder)).collect();
        both.into_iter().collect()
    }

    /// Notes what is wrong with a recording.
    pub fn heard(
        &mut self,
        folder: usize,
        uid: Uid,
        digest: Option<AudioDigest>,
        faults: Vec<Fault>,
    ) {
        self.recordings += 1;
        if let (Some(digest), Some(trace)) = (&digest, self.trace(folder, uid)) {
            trace.set_audio(digest);
        }
        let mailbox = self.owner_of(folder, uid);
        for fault in faults {
            // An empty recording was found by its size already.
            let known = self.notes.iter().rev().any(|note| {
                (note.rule, note.shelf, note.uid) == (fault.rule, Some(folder), Some(uid))
            });
            if !known {
                self.note(folder, uid, mailbox, fault);
            }
        }
    }

    /// The box that a voicemail or a greeting is of.
    fn owner_of(&mut self, folder: usize, uid: Uid) -> Option<usize> {
        match self.trace(folder, uid) {
            Some(trace) => trace.owner.map(|at| at as usize),
            None => self.greetings.owner(folder, uid),
        }
    }

    /// Traces stand in the order in which the server told them: ascending by UID, as a rule.
    fn trace(&mut self, folder: usize, uid: Uid) -> Option<&mut Trace> {
        let folder = u32::try_from(folder).ok()?;
        let key = |trace: &Trace| (trace.shelf, trace.uid);
        let sorted = self.traces.binary_search_by_key(&(folder, uid), key);
        let found = sorted.ok().or_else(|| {
            let mut all = self.traces.iter();
            all.position(|trace| key(trace) == (folder, uid))
        })?;
        self.traces.get_mut(found)
    }

    /// Notes a message that is there and was not given.
    pub fn not_delivered(&mut self, folder: usize, uid: Uid) {
        let mailbox = self.owner_of(folder, uid);
        self.refused
            .push(format!("message {uid} was not given by the server"));
        self.notes.push(Note {
            rule: &code::NOT_READ,
            shelf: Some(folder),
            uid: Some(uid),
            mailbox,
            found: "the server did not give the message".to_owned(),
            expected: None,
        });
    }

    /// Notes something about the account as a whole.
    pub fn about_account(&mut self, rule: &'static Rule, found: String) {
        self.notes.push(Note {
            rule,
            shelf: None,
            uid: None,
            mailbox: (self.chosen == 1).then_some(0),
            found,
            expected: None,
        });
    }
}
