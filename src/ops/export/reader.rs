//! From an account to the messages that are asked for. Reads only: folders are opened by EXAMINE.
//!
//! Whose a message is comes from its fetched headers, compared exactly, and never from SEARCH. Where
//! it goes is where the phone shows it; what lies in a folder that no phone opens goes by that
//! folder's name, for nothing of a mailbox may be missing from a backup.

use std::collections::BTreeMap;

use crate::mailstore::error::StoreError;
use crate::mailstore::session::{Overview, Session};
use crate::ops::expunge::message::{ASKED, Message, Nature, nature};
use crate::ops::expunge::select::{Choice, Criteria, folder_of};
use crate::ops::folders::greetings_folder;
use crate::ops::index::{self, Indexed, Layout};
use crate::ops::list::strays;
use crate::voicemail::conf::VoicemailConf;
use crate::voicemail::folder::Home;
use crate::voicemail::notice::{CodeRow, Notice};
use crate::voicemail::vmbox::VoicemailBox;

use super::plan::{AccountPlan, Action, Item};
use super::{Options, catalogue};

/// What passes by while folders are read.
#[derive(Default)]
struct Passing {
    /// The folder, the owners, the message and what is decided about it already.
    items: Vec<(usize, Vec<usize>, Message, Action)>,
    notes: BTreeMap<(usize, &'static str), (CodeRow, u64)>,
}

impl Passing {
    fn note(&mut self, vmbox: usize, row: CodeRow) {
        self.notes.entry((vmbox, row.code)).or_insert((row, 0)).1 += 1;
    }

    /// Takes one message; the first `asked` boxes of the layout are selected.
    fn take(&mut self, layout: &Layout, indexed: &Indexed, criteria: &Criteria, context: Context) {
        let mut owners = indexed.owners().to_vec();
        owners.sort_unstable();
        let Some(first) = owners.first().copied().filter(|at| *at < context.asked) else {
            return;
        };
        let envelope = &indexed.envelope;
        let folder = indexed.shelf;
        let shown = layout.home(folder, first);
        let stray = || strays::called(&layout.shelves[folder].name, context.delimiter);
        let home = shown.or_else(|| stray().map(Home::Named));
        let message = Message::read(envelope, home.or(Some(Home::ImapFolder)));
        let nature = nature(envelope);
        if nature == Nature::Greeting {
            if context.greetings_at == Some(folder) {
                return; // exported as what it is
            }
            return self.note(first, catalogue::GREETING);
        }
        let action = match criteria.judge(&message) {
            Choice::Keep => return,
            Choice::Untold(what) => {
                Action::Fail(format!("it does not tell {what}, which was asked for"))
            }
            Choice::Remove(_) if nature == Nature::Unclear => {
                Action::Fail("its headers name its mailbox in two ways".to_owned())
            }
            Choice::Remove(_) => Action::Write,
        };
        if envelope.flags.deleted && !criteria.deleted {
            return self.note(first, catalogue::DELETED);
        }
        if shown.is_none() {
            self.note(first, catalogue::STRANDED);
        }
        if owners.len() > 1 {
            self.note(first, catalogue::SHARED);
        }
        self.items.push((folder, owners, message, action));
    }
}

/// What does not change from message to message.
#[derive(Clone, Copy)]
struct Context {
    asked: usize,
    delimiter: Option<char>,
    /// The folder whose greetings are exported as such.
    greetings_at: Option<usize>,
}

/// Reads an account. `all` are its boxes; the first `asked` of them were selected.
pub(super) fn read(
    session: &mut Session,
    overview: &Overview,
    conf: &VoicemailConf,
    (options, greetings): (&Options, bool),
    (all, asked): (&[VoicemailBox], usize),
) -> Result<AccountPlan, StoreError> {
    let mut layout = Layout::new(conf, all.to_vec(), overview)?;
    strays::add(&mut layout, overview, conf.parent_folder());
    let greetings = greetings.then(|| greetings_folder(conf)).transpose()?;
    let mut shelves = layout.shelves.iter();
    let context = Context {
        greetings_at: shelves.position(|shelf| greetings.as_ref() == Some(&shelf.name)),
        asked,
        delimiter: overview.namespace.delimiter,
    };
    let mut passing = Passing::default();
    index::read(
        session,
        overview,
        &mut layout,
        &ASKED,
        &mut |layout, indexed| passing.take(layout, &indexed, &options.criteria, context),
    )?;
    layout.unless_changed(options.expect)?;
    let mut items = Vec::with_capacity(passing.items.len());
    for (shelf, owners, message, action) in passing.items {
        let shelf = &layout.shelves[shelf];
        let (Some(state), Some(home)) = (shelf.state, message.home) else {
            continue;
        };
        items.push(Item {
            owners,
            folder: folder_of(home, message.flags),
            source: (shelf.name.clone(), state.uid_validity),
            message,
            action,
        });
    }
    let place = |at: usize| layout.boxes.get(at).map(ToString::to_string);
    let notices = passing.notes.iter().map(|((at, _), (row, count))| {
        let text = format!("{} ({count})", row.title);
        Notice::new(row, place(*at).unwrap_or_default(), text)
    });
    Ok(AccountPlan {
        account: String::new(),
        notices: notices.collect(),
        error: layout.refused(|vmbox| vmbox < asked),
        boxes: layout.boxes,
        asked,
        items,
        held: Vec::new(),
    })
}
