//! What one account's server is asked: limits of every folder, sizes, and whose voicemail it is.
//!
//! Reads only. One connection; a few round trips however many boxes share the account. Safe to
//! repeat. A folder that cannot be asked is remembered with the server's words, never left out of a
//! sum in silence.

use crate::mailstore::error::StoreError;
use crate::mailstore::name::MailboxName;
use crate::mailstore::search::Search;
use crate::mailstore::session::{Overview, Session, Surveyed};
use crate::mailstore::types::{Answered, Asked, ListedFolder, Namespace, QuotaRoot, Refusal};
use crate::ops::index::{self, COUNTED, Layout};
use crate::voicemail::conf::VoicemailConf;
use crate::voicemail::folder::Home;
use crate::voicemail::header::VmHeader;
use crate::voicemail::list::List;
use crate::voicemail::vmbox::VoicemailBox;

use super::report::Tally;
use super::room::Lists;

/// One folder of the account.
#[derive(Debug)]
pub struct FolderFacts {
    /// Its name.
    pub name: MailboxName,
    /// The quota roots above it, in the order the server told them; empty without limits.
    pub roots: Answered<Vec<QuotaRoot>>,
    /// Everything in it; `None` where that was not asked for or cannot be told.
    pub all: Option<Tally>,
    /// Its voicemail of whomever.
    pub voicemail: Tally,
    /// Its voicemail of boxes that are not in voicemail.conf.
    pub strays: Tally,
    /// The voicemail of each box of the layout.
    pub own: Vec<Tally>,
}

/// What an account's server said.
#[derive(Debug)]
pub struct Said {
    /// The boxes and what each folder is to them.
    pub layout: Layout,
    /// The folders: those a box's phone opens and that exist, every `imapfolder`, and the others
    /// where their sizes were needed.
    pub folders: Vec<FolderFacts>,
    /// Whether the server has quota commands.
    pub has_quota: bool,
    /// What Asterisk counts of each box of the layout, or why it cannot be told.
    pub lists: Vec<Answered<Lists>>,
}

impl Said {
    /// The folder of that name.
    pub fn folder(&self, name: &MailboxName) -> Option<&FolderFacts> {
        self.folders.iter().find(|folder| folder.name == *name)
    }
}

/// Asks. `boxes` are all boxes of the account; with `share` every voicemail folder is listed, else
/// only counted.
///
/// # Errors
/// Where the connection breaks or an answer is not understood; a refusal of the account as a whole.
pub fn ask(
    session: &mut Session,
    overview: &Overview,
    conf: &VoicemailConf,
    boxes: &[VoicemailBox],
    share: bool,
) -> Result<Said, StoreError> {
    let mut layout = Layout::new(conf, boxes.to_vec(), overview)?;
    let mut names = voicemail_folders(&layout, overview);
    let known = names.len();
    names.extend(other_folders(overview, &names));
    let (mut folders, has_quota, sums) = limits(session, &layout, names, known, share)?;
    let lists = if share {
        survey(session, overview, &mut layout, &mut folders)?
    } else {
        count(session, conf, &layout)?
    };
    if share || sums {
        session.unselect()?;
        sizes(session, &mut folders)?;
    }
    Ok(Said {
        layout,
        folders,
        has_quota,
        lists,
    })
}

/// Asks for the limits of these folders, the first `known` of which hold voicemail. Tells whether
/// the server has quota commands, and whether sizes have to be summed up because nothing limits some
/// folder; without a share the other folders matter only then.
fn limits(
    session: &mut Session,
    layout: &Layout,
    mut names: Vec<MailboxName>,
    known: usize,
    share: bool,
) -> Result<(Vec<FolderFacts>, bool, bool), StoreError> {
    let first = if share { names.len() } else { known };
    let told = session.quota_roots(&names[..first])?;
    let has_quota = told.is_some();
    let unlimited = |answer: &Answered<Vec<QuotaRoot>>| {
        let limits = |roots: &Vec<QuotaRoot>| roots.iter().any(|r| !r.resources.is_empty());
        answer.as_ref().is_ok_and(|roots| !limits(roots))
    };
    let mut answers = told.unwrap_or_else(|| vec![Ok(Vec::new()); first]);
    let sums = answers.iter().any(unlimited);
    if sums {
        let rest = session.quota_roots(&names[first..])?;
        answers.extend(rest.unwrap_or_else(|| vec![Ok(Vec::new()); names.len() - first]));
    }
    names.truncate(answers.len());
    let facts = |(name, roots)| FolderFacts {
        name,
        roots,
        all: None,
        voicemail: Tally::default(),
        strays: Tally::default(),
        own: vec![Tally::default(); layout.boxes.len()],
    };
    let folders = names.into_iter().zip(answers).map(facts).collect();
    Ok((folders, has_quota, sums))
}

/// Every `imapfolder`, there or not, and what else of voicemail there is.
fn voicemail_folders(layout: &Layout, overview: &Overview) -> Vec<MailboxName> {
    let shelves = layout.shelves.iter().filter(|shelf| {
        let main = |(_, home): &(usize, Home)| *home == Home::ImapFolder;
        shelf.roles.iter().any(main) || overview.has(&shelf.name)
    });
    shelves.map(|shelf| shelf.name.clone()).collect()
}

/// The account's own folders besides these.
fn other_folders(overview: &Overview, known: &[MailboxName]) -> Vec<MailboxName> {
    let own = overview
        .folders
        .iter()
        .filter(|folder| folder.selectable && is_personal(overview, &folder.name));
    let own = own.map(|folder| folder.name.clone());
    let mut rest: Vec<MailboxName> = own.filter(|name| !known.contains(name)).collect();
    let inbox = MailboxName::from_wire("INBOX").ok();
    // Every account has one, listed or not.
    let hidden = |inbox: &MailboxName| !known.contains(inbox) && !rest.contains(inbox);
    if let Some(inbox) = inbox.filter(hidden) {
        rest.push(inbox);
    }
    rest
}

/// Whether a folder is the account's own: the namespace with the longest fitting prefix decides,
/// since one prefix is often the beginning of another.
fn is_personal(overview: &Overview, name: &MailboxName) -> bool {
    if name.is_inbox() {
        return true;
    }
    let spaces = &overview.namespaces;
    let longest = |all: &[Namespace]| {
        let fitting = all
            .iter()
            .filter(|space| name.as_wire().starts_with(&space.prefix));
        fitting.map(|space| space.prefix.len()).max()
    };
    let foreign = longest(&spaces.other_users).max(longest(&spaces.shared));
    match (longest(&spaces.personal), foreign) {
        (Some(personal), Some(foreign)) => personal >= foreign,
        (None, Some(_)) => false,
        (_, None) => true,
    }
}

/// As if every `imapfolder` were listed, so that one that is not there, or not shown, is opened all
/// the same and the server says why it cannot be.
fn with_imapfolders(overview: &Overview, layout: &Layout) -> Overview {
    let mut overview = overview.clone();
    for map in &layout.maps {
        if !overview.has(map.imapfolder()) {
            overview.folders.push(ListedFolder {
                name: map.imapfolder().clone(),
                delimiter: None,
                selectable: true,
                attributes: Vec::new(),
            });
        }
    }
    overview
}

/// Lists the voicemail folders and adds up.
fn survey(
    session: &mut Session,
    overview: &Overview,
    layout: &mut Layout,
    folders: &mut [FolderFacts],
) -> Result<Vec<Answered<Lists>>, StoreError> {
    let asked = Asked {
        size: true,
        ..Asked::fields(COUNTED)
    };
    let place_of: Vec<Option<usize>> = layout
        .shelves
        .iter()
        .map(|shelf| folders.iter().position(|folder| folder.name == shelf.name))
        .collect();
    let mut lists = vec![Lists::default(); layout.boxes.len()];
    let mut sums = vec![Tally::default(); folders.len()];
    index::read(
        session,
        &with_imapfolders(overview, layout),
        layout,
        &asked,
        &mut |layout, message| {
            let Some(at) = place_of.get(message.shelf).copied().flatten() else {
                return;
            };
            let octets = message.envelope.size.unwrap_or_default();
            let folder = &mut folders[at];
            sums[at].add(octets);
            if message.is_voicemail() {
                folder.voicemail.add(octets);
                for owner in message.owners() {
                    folder.own[*owner].add(octets);
                }
                if message.owners().is_empty() {
                    folder.strays.add(octets);
                }
            }
            for (vmbox, lists) in lists.iter_mut().enumerate() {
                match message.shown_to(layout, vmbox) {
                    Some(List::New) => lists.new += 1,
                    Some(List::Urgent) => lists.urgent += 1,
                    Some(List::Old) => lists.old += 1,
                    _ => {}
                }
            }
        },
    )?;
    for (shelf, place) in layout.shelves.iter().zip(place_of) {
        if shelf.state.is_some()
            && let Some(at) = place
        {
            folders[at].all = Some(sums[at]);
        }
    }
    let all = lists.into_iter().enumerate();
    Ok(all
        .map(|(at, lists)| refusal(layout, at).map_or(Ok(lists), Err))
        .collect())
}

/// What a server said instead of opening a folder of this box.
fn refusal(layout: &Layout, vmbox: usize) -> Option<Refusal> {
    let of_box = |(at, _): &(usize, Home)| *at == vmbox;
    let mut mine = layout
        .shelves
        .iter()
        .filter(|shelf| shelf.roles.iter().any(of_box));
    mine.find_map(|shelf| shelf.refused.clone())
}

/// Counts with the searches Asterisk sends.
fn count(
    session: &mut Session,
    conf: &VoicemailConf,
    layout: &Layout,
) -> Result<Vec<Answered<Lists>>, StoreError> {
    let mut open: Option<(&MailboxName, Option<Refusal>)> = None;
    let mut all = Vec::with_capacity(layout.boxes.len());
    for (vmbox, map) in layout.boxes.iter().zip(&layout.maps) {
        let folder = map.imapfolder();
        if open.as_ref().is_none_or(|(name, _)| *name != folder) {
            let opened = match session.examine(folder) {
                Ok(_) => None,
                Err(StoreError::Refused { refusal, .. }) => Some(refusal),
                Err(error) => return Err(error),
            };
            open = Some((folder, opened));
        }
        if let Some((_, Some(refusal))) = &open {
            all.push(Err(refusal.clone()));
            continue;
        }
        let mailbox = conf.mailbox(vmbox);
        let extension = mailbox.map_or(vmbox.extension.as_str(), |one| conf.extension_header(one));
        let mut count = |flags: Search| {
            let search = Search::undeleted()
                .and(flags)
                .and(Search::header(VmHeader::Extension.name(), extension)?)
                .and(Search::header(VmHeader::Context.name(), &vmbox.context)?);
            session.search_sequence(&search).map(|found| found.count)
        };
        all.push(Ok(Lists {
            new: count(Search::unseen().and(Search::unflagged()))?,
            urgent: count(Search::unseen().and(Search::flagged()))?,
            old: count(Search::seen())?,
        }));
    }
    Ok(all)
}

/// Fills in what is not known yet of how much lies in the folders.
fn sizes(session: &mut Session, folders: &mut [FolderFacts]) -> Result<(), StoreError> {
    let open: Vec<usize> = (0..folders.len())
        .filter(|at| folders[*at].all.is_none())
        .collect();
    let names: Vec<MailboxName> = open.iter().map(|at| folders[*at].name.clone()).collect();
    let mut unsized_ones = Vec::new();
    for (at, answer) in open.into_iter().zip(session.status_of(&names)?) {
        // A folder that refuses stays unknown, and with it every sum it would belong to.
        let Ok(status) = answer else { continue };
        match status.size {
            Some(octets) => {
                folders[at].all = Some(Tally {
                    messages: status.messages.into(),
                    octets,
                });
            }
            None => unsized_ones.push(at),
        }
    }
    let names: Vec<MailboxName> = unsized_ones
        .iter()
        .map(|at| folders[*at].name.clone())
        .collect();
    let asked = Asked {
        size: true,
        ..Asked::default()
    };
    let mut sums = vec![Tally::default(); names.len()];
    let surveyed = session.survey(&names, &asked, &mut |at, envelope| {
        if let Some(sum) = sums.get_mut(at) {
            sum.add(envelope.size.unwrap_or_default());
        }
    })?;
    for ((at, sum), surveyed) in unsized_ones.into_iter().zip(sums).zip(surveyed) {
        if matches!(surveyed, Surveyed::Found(_)) {
            folders[at].all = Some(sum);
        }
    }
    Ok(())
}
