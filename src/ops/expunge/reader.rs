//! From one account to the plan of what goes from it. Reads only: folders are opened by EXAMINE.
//!
//! Whose a message is comes from its fetched headers, compared exactly, and never from SEARCH.
//! What cannot be attributed without doubt stays. Memory holds the account's voicemail (some 300
//! octets each), not its mail.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::mailstore::error::StoreError;
use crate::mailstore::name::MailboxName;
use crate::mailstore::search::Search;
use crate::mailstore::session::{Overview, Session};
use crate::mailstore::types::{Asked, Uid};
use crate::ops::error::BoxError;
use crate::ops::folders::greetings_folder;
use crate::ops::greetings::shape;
use crate::ops::index::{self, Indexed, Layout};
use crate::voicemail::conf::VoicemailConf;
use crate::voicemail::notice::{CodeRow, Notice};
use crate::voicemail::vmbox::VoicemailBox;

use super::message::{ASKED, Message, Nature, nature};
use super::plan::{FolderPlan, Item, Kept};
use super::select::{Choice, Chooser};
use super::{AccountReader, Found, Options, Remover, Way, catalogue, empty, fingerprint};

/// What passes by while folders are read.
#[derive(Default)]
struct Passing {
    /// Messages of the selected boxes, by the boxes that own them: the folder and the message.
    owned: BTreeMap<Vec<usize>, Vec<(usize, Message)>>,
    /// Per folder: fingerprint, and the UIDs of all messages with `\Deleted`.
    folders: HashMap<usize, (u64, HashSet<Uid>)>,
    unclear: u64,
    shared: u64,
    greetings: u64,
    /// The folder where Asterisk looks for greetings, where phones look for messages there, too.
    greetings_at: Option<usize>,
}

impl Passing {
    /// Takes one message; the first `asked` boxes of the layout are selected.
    fn take(&mut self, layout: &Layout, indexed: &Indexed, asked: usize) {
        let envelope = &indexed.envelope;
        let folder = self.folders.entry(indexed.shelf).or_default();
        folder.0 = folder.0.wrapping_add(fingerprint(envelope));
        if envelope.flags.deleted {
            folder.1.insert(envelope.uid);
        }
        let owners = indexed.owners();
        let Some(first) = owners.iter().copied().find(|owner| *owner < asked) else {
            return;
        };
        // Asterisk plays it as a greeting by its file's name, whatever its headers say.
        let named = self.greetings_at == Some(indexed.shelf)
            && shape(envelope.structure.as_ref()).kind().is_some();
        match nature(envelope) {
            Nature::Unclear => self.unclear += 1,
            Nature::Greeting => self.greetings += 1,
            Nature::Voicemail if named => self.greetings += 1,
            Nature::Voicemail if owners.iter().any(|owner| *owner >= asked) => self.shared += 1,
            Nature::Voicemail => {
                let home = layout.home(indexed.shelf, first);
                let message = Message::read(envelope, home);
                let owned = self.owned.entry(owners.to_vec()).or_default();
                owned.push((indexed.shelf, message));
            }
        }
    }
}

impl<C: Chooser> AccountReader for C {
    fn read(
        &self,
        session: &mut Session,
        overview: &Overview,
        remover: &Remover<'_>,
        boxes: (&[VoicemailBox], usize),
        _account: &str,
    ) -> Result<Found, StoreError> {
        let (conf, options) = (remover.conf, &remover.options);
        read(session, overview, conf, options, self, boxes)
    }
}

/// Reads an account and decides. `all` are its boxes; the first `asked` of them were selected.
fn read(
    session: &mut Session,
    overview: &Overview,
    conf: &VoicemailConf,
    options: &Options,
    chooser: &dyn Chooser,
    (all, asked): (&[VoicemailBox], usize),
) -> Result<Found, StoreError> {
    let mut layout = Layout::new(conf, all.to_vec(), overview)?;
    let trash = trash(conf, &options.way, overview, &layout)?;
    if let Way::Purge { .. } = options.way {
        layout.shelves.clear();
        layout
            .shelves
            .extend(trash.iter().map(|(name, _)| shelf(name)));
    }
    let mut passing = Passing {
        greetings_at: greetings_at(conf, &layout)?,
        ..Passing::default()
    };
    let fields = Asked {
        structure: passing.greetings_at.is_some(),
        ..ASKED
    };
    index::read(
        session,
        overview,
        &mut layout,
        &fields,
        &mut |layout, indexed| passing.take(layout, &indexed, asked),
    )?;
    layout.unless_changed(options.expect)?;
    if let Way::Purge {
        saved_before: Some(moment),
        ..
    } = &options.way
    {
        keep_what_was_put_there_before(session, &layout, *moment, &mut passing)?;
    }
    let notices = notices(&passing, &layout.boxes[..asked]);
    let error = layout.refused(|vmbox| vmbox < asked);
    let mut found = Found {
        boxes: layout.boxes[..asked].iter().cloned().map(empty).collect(),
        trash: trash.filter(|_| matches!(options.way, Way::Move { .. })),
        notices,
        error: error.map(BoxError::Store),
        ..Found::default()
    };
    decide(&layout, passing, chooser, options.explain, &mut found);
    needs_offered(session, options, &mut found);
    Ok(found)
}

/// Which of the folders is the one where Asterisk looks for greetings.
fn greetings_at(conf: &VoicemailConf, layout: &Layout) -> Result<Option<usize>, StoreError> {
    if !conf.general.imapgreetings.value {
        return Ok(None);
    }
    let name = greetings_folder(conf)?;
    let mut shelves = layout.shelves.iter();
    Ok(shelves.position(|shelf| shelf.name == name))
}

fn shelf(name: &MailboxName) -> index::Shelf {
    index::Shelf {
        name: name.clone(),
        roles: Vec::new(),
        state: None,
        refused: None,
    }
}

/// The trash folder on this server, and whether it has to be made.
fn trash(
    conf: &VoicemailConf,
    way: &Way,
    overview: &Overview,
    layout: &Layout,
) -> Result<Option<(MailboxName, bool)>, StoreError> {
    let (Way::Move { trash } | Way::Purge { trash, .. }) = way else {
        return Ok(None);
    };
    let prefix = overview.namespace.prefix.as_str();
    let prefixed = |text: &str| {
        let bare = !prefix.is_empty() && !text.starts_with(prefix);
        format!("{}{text}", if bare { prefix } else { "" })
    };
    let name = MailboxName::from_wire(&prefixed(trash))
        .or_else(|_| MailboxName::from_unicode(&prefixed(trash)))?;
    let opened = layout.shelves.iter().any(|shelf| shelf.name == name);
    if opened || name.is_inbox() {
        return Err(StoreError::InvalidArgument {
            reason: format!("folder {name}: phones open it, so it cannot be the trash"),
        });
    }
    // What is not a greeting may crash Asterisk there.
    if conf.general.imapgreetings.value && greetings_folder(conf)? == name {
        return Err(StoreError::InvalidArgument {
            reason: format!("folder {name}: greetings lie in it, so it cannot be the trash"),
        });
    }
    let missing = !overview.has(&name);
    Ok(Some((name, missing)))
}

/// Takes out of the decision what has not been in the trash long enough. The server tells the day
/// by its own clock and zone, so one day more is waited for.
fn keep_what_was_put_there_before(
    session: &mut Session,
    layout: &Layout,
    moment: i64,
    passing: &mut Passing,
) -> Result<(), StoreError> {
    const DAY: i64 = 86_400;
    if passing.owned.is_empty() {
        return Ok(());
    }
    if !session.capabilities().has("SAVEDATE") {
        return Err(StoreError::NotOffered {
            command: "finding out since when messages are in the trash (use --until, by the time \
                      they were left)"
                .to_owned(),
            capability: "SAVEDATE",
        });
    }
    for (at, shelf) in layout.shelves.iter().enumerate() {
        let Some(known) = shelf.state else { continue };
        session.examine_again(&shelf.name, known.uid_validity)?;
        let before = Search::saved_before(moment.saturating_sub(DAY))?;
        let old: HashSet<Uid> = session.search(&before)?.into_iter().collect();
        for messages in passing.owned.values_mut() {
            messages.retain(|(folder, message)| *folder != at || old.contains(&message.uid));
        }
    }
    session.unselect()
}

fn decide(
    layout: &Layout,
    passing: Passing,
    chooser: &dyn Chooser,
    explain: bool,
    found: &mut Found,
) {
    let Passing { owned, folders, .. } = passing;
    let mut items: BTreeMap<usize, Vec<Item>> = BTreeMap::new();
    let mut untold: BTreeMap<(usize, &str), u64> = BTreeMap::new();
    for (owners, placed) in owned {
        let Some(vmbox) = owners.first().copied() else {
            continue;
        };
        let boxes: Vec<&VoicemailBox> = owners.iter().map(|at| &layout.boxes[*at]).collect();
        let (shelves, messages): (Vec<usize>, Vec<Message>) = placed.into_iter().unzip();
        let decided = chooser.choose(&boxes, &messages);
        let plan = &mut found.boxes[vmbox];
        plan.messages += messages.len() as u64;
        for ((shelf, message), decided) in shelves.into_iter().zip(messages).zip(decided) {
            match decided.choice {
                Choice::Remove(needs) => {
                    plan.remove += 1;
                    plan.octets += message.size;
                    items.entry(shelf).or_default().push(Item {
                        vmbox,
                        message,
                        needs,
                        why: decided.why,
                    });
                    continue;
                }
                Choice::Untold(what) => *untold.entry((vmbox, what)).or_default() += 1,
                Choice::Keep => {}
            }
            if explain {
                found.kept.push(Kept {
                    vmbox,
                    folder: layout.shelves[shelf].name.clone(),
                    message,
                    why: decided.why,
                });
            }
        }
    }
    for ((vmbox, what), count) in untold {
        let place = layout.boxes[vmbox].to_string();
        found.notices.push(untold_notice(place, what, count));
    }
    found.folders = folder_plans(layout, items, &folders);
}

fn untold_notice(place: String, what: &str, count: u64) -> Notice {
    let text = match count {
        1 => format!("1 message without a readable {what} is left alone"),
        n => format!("{n} messages without a readable {what} are left alone"),
    };
    Notice::new(&catalogue::UNTOLD, place, text)
}

/// What is to go, folder by folder, with what was seen there besides.
fn folder_plans(
    layout: &Layout,
    items: BTreeMap<usize, Vec<Item>>,
    folders: &HashMap<usize, (u64, HashSet<Uid>)>,
) -> Vec<FolderPlan> {
    let mut plans = Vec::with_capacity(items.len());
    for (at, mut items) in items {
        let shelf = &layout.shelves[at];
        let (Some(state), Some((fingerprint, marked))) = (shelf.state, folders.get(&at)) else {
            continue;
        };
        items.sort_by_key(|item| item.message.uid);
        let ours = items.iter().filter(|item| item.message.flags.deleted);
        plans.push(FolderPlan {
            name: shelf.name.clone(),
            validity: state.uid_validity,
            fingerprint: *fingerprint,
            marked_by_others: (marked.len() - ours.count()) as u64,
            lifts: false,
            items,
        });
    }
    plans
}

fn notices(passing: &Passing, boxes: &[VoicemailBox]) -> Vec<Notice> {
    let more = match boxes.len() {
        0 | 1 => String::new(),
        n => format!(" and {} more of its account", n - 1),
    };
    let place = boxes.first().map(ToString::to_string).unwrap_or_default() + &more;
    let of = |row: &CodeRow, count: u64| {
        (count > 0).then(|| Notice::new(row, place.clone(), format!("{} ({count})", row.title)))
    };
    [
        of(&catalogue::UNCLEAR, passing.unclear),
        of(&catalogue::SHARED, passing.shared),
        of(&catalogue::GREETING, passing.greetings),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Refuses the whole account where the server cannot remove what is named and nothing else, unless
/// others' marks may be lifted. Moving without MOVE is refused even then: nobody would say which copy
/// is whose.
pub fn needs_offered(session: &Session, options: &Options, found: &mut Found) {
    let offered = |name| session.capabilities().has(name);
    let moves = matches!(options.way, Way::Move { .. }) && offered("MOVE");
    if moves || offered("UIDPLUS") || found.folders.is_empty() {
        return;
    }
    if options.lift && !matches!(options.way, Way::Move { .. }) {
        for folder in &mut found.folders {
            folder.lifts = true;
        }
        return;
    }
    let folder = found.folders.first().map(|one| one.name.to_string());
    let refused = StoreError::NotOffered {
        command: format!(
            "removing only what was named from {}",
            folder.unwrap_or_default()
        ),
        capability: "UIDPLUS",
    };
    found.error = Some(refused.into());
    found.folders.clear();
    for one in &mut found.boxes {
        (one.remove, one.octets) = (0, 0);
    }
}
