//! Reading one account: every voicemail in it, counted for the boxes that were asked for.
//!
//! Counts cost one round trip behind the look at the account. A listing of messages asks a second
//! time, folder by folder, for the parts of the voicemails alone: a server that has to open every
//! letter of a shared INBOX to tell its parts would be at it for long.

use std::collections::{BTreeMap, HashMap};

use crate::mailstore::error::StoreError;
use crate::mailstore::session::{Overview, Session};
use crate::mailstore::types::{Asked, Uid};
use crate::ops::index::{self, Indexed, Layout};
use crate::ops::list::Options;
use crate::ops::list::entry::{Entry, Header, Sound, State};
use crate::ops::list::strays;
use crate::ops::list::tally::{Place, Tally};
use crate::voicemail::conf::VoicemailConf;
use crate::voicemail::folder::{Placement, VoicemailFolder};
use crate::voicemail::header::VmHeader;
use crate::voicemail::list::List;
use crate::voicemail::vmbox::VoicemailBox;

/// For counting.
const COUNTED: &[&str] = &[
    VmHeader::Extension.name(),
    VmHeader::Context.name(),
    VmHeader::Duration.name(),
    VmHeader::MessageType.name(),
];

/// For counting what was left when.
const TIMED: &[&str] = &[
    VmHeader::Extension.name(),
    VmHeader::Context.name(),
    VmHeader::Duration.name(),
    VmHeader::MessageType.name(),
    VmHeader::OrigTime.name(),
];

/// For a line a message.
const TOLD: &[&str] = &[
    VmHeader::Extension.name(),
    VmHeader::Context.name(),
    VmHeader::Duration.name(),
    VmHeader::MessageType.name(),
    VmHeader::OrigTime.name(),
    VmHeader::CallerIdNum.name(),
    VmHeader::CallerIdName.name(),
    VmHeader::MessageId.name(),
];

const PARTS: Asked = Asked {
    structure: true,
    ..Asked::fields(&[])
};

/// Messages whose header is too long that are named.
const NAMED: usize = 100;

/// What was found for one box.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) own: Tally,
    /// What its phone shows of others: by the first owner's place in the layout, `None` for
    /// nobody's.
    pub(super) of_others: BTreeMap<Option<usize>, Tally>,
    pub(super) entries: Vec<Entry>,
    /// Messages that were taken in although they say no time.
    pub(super) undated: u64,
    /// Its greetings that the phone shows among its messages.
    pub(super) greetings: u64,
}

/// Voicemail that belongs to no box of the account.
#[derive(Default)]
pub(super) struct Nobodys {
    /// By folder.
    pub(super) folders: BTreeMap<String, u64>,
    /// Whom the first one says it is for; a stranger's words.
    pub(super) example: Option<(String, String)>,
}

/// What was found in an account.
pub(super) struct Found {
    pub(super) layout: Layout,
    /// For each box that was asked for, in the layout's order.
    pub(super) drafts: Vec<Draft>,
    /// The boxes' messages, each counted once however many boxes share it.
    pub(super) total: Tally,
    pub(super) nobodys: Nobodys,
    /// Where messages lie of which nobody can say whose they are.
    pub(super) unclear: Vec<String>,
}

/// Reads the account of `boxes`, of which the first `wanted` were asked for. Safe to repeat.
pub(super) fn read(
    session: &mut Session,
    overview: &Overview,
    conf: &VoicemailConf,
    options: &Options,
    boxes: &[VoicemailBox],
    wanted: usize,
) -> Result<Found, StoreError> {
    let mut layout = Layout::new(conf, boxes.to_vec(), overview)?;
    strays::add(&mut layout, overview, conf.parent_folder());
    let asked = match (options.messages, options.selection.by_time()) {
        (true, _) => Asked {
            size: true,
            ..Asked::fields(TOLD)
        },
        (false, true) => Asked::fields(TIMED),
        (false, false) => Asked::fields(COUNTED),
    };
    let mut desk = Desk {
        options,
        delimiter: overview.namespace.delimiter,
        drafts: (0..wanted).map(|_| Draft::default()).collect(),
        total: Tally::default(),
        nobodys: Nobodys::default(),
        unclear: Vec::new(),
    };
    index::read(
        session,
        overview,
        &mut layout,
        &asked,
        &mut |layout, one| {
            desk.take(layout, &one);
        },
    )?;
    let Desk {
        mut drafts,
        total,
        nobodys,
        unclear,
        ..
    } = desk;
    if options.messages {
        look_at_parts(session, &layout, &mut drafts)?;
        for draft in &mut drafts {
            // Stable: within a list they stay in the order in which they were appended.
            draft.entries.sort_by_key(Entry::rank);
        }
    }
    Ok(Found {
        layout,
        drafts,
        total,
        nobodys,
        unclear,
    })
}

/// Where messages are sorted as they come in.
struct Desk<'a> {
    options: &'a Options,
    delimiter: Option<char>,
    drafts: Vec<Draft>,
    total: Tally,
    nobodys: Nobodys,
    unclear: Vec<String>,
}

impl Desk<'_> {
    fn take(&mut self, layout: &Layout, one: &Indexed) {
        let folder = || layout.shelves[one.shelf].name.to_string();
        if !one.is_voicemail() {
            if one.envelope.header_cut && self.unclear.len() < NAMED {
                let uid = one.envelope.uid;
                self.unclear.push(format!("{}, UID {uid}", folder()));
            }
            return;
        }
        if one.owners().is_empty() && !one.envelope.flags.deleted {
            *self.nobodys.folders.entry(folder()).or_default() += 1;
            let says = (one.extension.clone(), one.context.clone());
            if let ((Some(extension), Some(context)), None) = (says, &self.nobodys.example) {
                self.nobodys.example = Some((extension, context));
            }
        }
        let header = Header::read(&one.envelope.header);
        self.take_for_owners(layout, one, &header);
        let first_owner = one.owners().first().copied();
        for other in one.shown_to_others(layout) {
            if let Some(list) = one.shown_to(layout, other)
                && self.wants(layout, one, &header, other)
            {
                let count = header.count(one.envelope.flags.seen);
                let tally = self.drafts[other].of_others.entry(first_owner).or_default();
                tally.add(Place::Shown(list), count);
            }
        }
    }

    fn take_for_owners(&mut self, layout: &Layout, one: &Indexed, header: &Header) {
        let mut counted = false;
        for owner in one.owners().iter().copied() {
            if !self.wants(layout, one, header, owner) {
                continue;
            }
            let place = place(layout, one, owner);
            let count = header.count(one.envelope.flags.seen);
            if !counted {
                self.total.add(place.clone(), count);
                counted = true;
            }
            let draft = &mut self.drafts[owner];
            draft.own.add(place.clone(), count);
            draft.undated +=
                u64::from(self.options.selection.by_time() && header.origtime().is_none());
            let shown = matches!(place, Place::Shown(_));
            draft.greetings += u64::from(shown && header.greeting().is_some());
            if self.options.messages {
                draft.entries.push(entry(layout, one, header, place));
            }
        }
    }

    /// Whether the box was asked for, and the message with it.
    fn wants(&self, layout: &Layout, one: &Indexed, header: &Header, vmbox: usize) -> bool {
        let selection = &self.options.selection;
        let flags = one.envelope.flags;
        let folder = match layout.home(one.shelf, vmbox) {
            Some(home) => Some(word(List::of(Placement {
                home,
                seen: flags.seen,
                flagged: flags.flagged,
            }))),
            None => strays::called(&layout.shelves[one.shelf].name, self.delimiter),
        };
        vmbox < self.drafts.len()
            && folder.map_or(selection.folders.is_empty(), |folder| {
                selection.takes_folder(folder)
            })
            // What says no time is not left out for it: there is never less than there is.
            && header.origtime().is_none_or(|time| selection.takes_time(time))
    }
}

/// The word by which `--folder` means a list.
fn word(list: List) -> VoicemailFolder {
    match list {
        List::New => VoicemailFolder::Inbox,
        List::Old => VoicemailFolder::Old,
        List::Urgent => VoicemailFolder::Urgent,
        List::Named(folder) => folder,
    }
}

/// Where an owner's phone shows the message.
fn place(layout: &Layout, one: &Indexed, owner: usize) -> Place {
    if one.envelope.flags.deleted {
        return Place::Deleted;
    }
    one.shown_to(layout, owner).map_or_else(
        || Place::Stranded(layout.shelves[one.shelf].name.to_string()),
        Place::Shown,
    )
}

fn entry(layout: &Layout, one: &Indexed, header: &Header, place: Place) -> Entry {
    let others = one.shown_to_others(layout);
    Entry {
        folder: layout.shelves[one.shelf].name.to_string(),
        shelf: one.shelf,
        state: State::of(&place, one.envelope.flags.seen),
        place,
        uid: one.envelope.uid,
        uid_validity: None,
        origtime: header.origtime(),
        caller_name: header.text(VmHeader::CallerIdName),
        caller_number: header.text(VmHeader::CallerIdNum),
        duration: header.duration(),
        octets: one.envelope.size.unwrap_or(0),
        sound: Sound::Gone,
        msg_id: header.msg_id(),
        greeting: header.greeting(),
        also_shown_to: others.map(|at| layout.boxes[at].clone()).collect(),
    }
}

/// Tells the entries which recordings they have, and their folder's UIDVALIDITY. A message that is
/// gone by now stays as it was counted, without a recording.
///
/// # Errors
/// Where a folder cannot be opened again, or is another one by now, nobody can say what is in it.
fn look_at_parts(
    session: &mut Session,
    layout: &Layout,
    drafts: &mut [Draft],
) -> Result<(), StoreError> {
    let mut by_shelf: BTreeMap<usize, Vec<Uid>> = BTreeMap::new();
    for entry in drafts.iter().flat_map(|draft| &draft.entries) {
        by_shelf.entry(entry.shelf).or_default().push(entry.uid);
    }
    let mut sounds: HashMap<(usize, Uid), Sound> = HashMap::new();
    for (at, uids) in by_shelf {
        let shelf = &layout.shelves[at];
        let opened = match shelf.state {
            Some(before) => session.examine_again(&shelf.name, before.uid_validity),
            None => session.examine(&shelf.name),
        };
        match opened {
            Err(refused) if refused.has_code("NONEXISTENT") => continue, // removed since
            opened => opened.map(drop)?,
        }
        session.envelopes_of(&uids, &PARTS, &mut |envelope| {
            let sound = Sound::of(envelope.structure.as_ref());
            sounds.insert((at, envelope.uid), sound);
        })?;
    }
    for entry in drafts.iter_mut().flat_map(|draft| &mut draft.entries) {
        entry.uid_validity = layout.shelves[entry.shelf].state.map(|s| s.uid_validity);
        if let Some(sound) = sounds.get(&(entry.shelf, entry.uid)) {
            entry.sound = sound.clone();
        }
    }
    Ok(())
}
