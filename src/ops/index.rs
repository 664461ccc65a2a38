//! What lies in the folders of one account, and which voicemail box each message belongs to.
//!
//! The one reading that list, quota, doctor, audit and expunge share. A message belongs to the boxes
//! whose extension and context its headers name exactly; a phone shows it where Asterisk's substring
//! search finds it in a folder that this phone opens. The two differ, and both are told. Reads only:
//! folders are opened by EXAMINE. Memory does not grow with the folders, only with the caller's sink.
//!
//! Source: `app_voicemail.c`, `imap_mailbox_name` and `messagecount`; asterisk-format 2.1, 2.2.

use std::collections::HashMap;
use std::rc::Rc;

use crate::mailstore::error::StoreError;
use crate::mailstore::name::MailboxName;
use crate::mailstore::session::{Overview, Session, Surveyed};
use crate::mailstore::types::{Asked, Envelope, FolderState, Refusal, UidValidity};
use crate::ops::folders::FolderMap;
use crate::voicemail::conf::VoicemailConf;
use crate::voicemail::folder::{Home, VoicemailFolder};
use crate::voicemail::header::VmHeader;
use crate::voicemail::list::List;
use crate::voicemail::terms::Terms;
use crate::voicemail::vmbox::VoicemailBox;

const EXTENSION: &str = VmHeader::Extension.name();
const CONTEXT: &str = VmHeader::Context.name();

/// The header fields without which nothing can be said of a message; enough for counting.
pub const COUNTED: &[&str] = &[EXTENSION, CONTEXT];

/// Pairs of header values whose boxes are remembered; a stranger could send any number of them.
const REMEMBERED: usize = 10_000;

/// One folder of the account.
#[derive(Debug)]
pub struct Shelf {
    /// Its name.
    pub name: MailboxName,
    /// The boxes whose phones open it, and what it is to each.
    pub roles: Vec<(usize, Home)>,
    /// What the server said when it was opened; `None` where there is no such folder.
    pub state: Option<FolderState>,
    /// Why a folder that is listed could not be opened.
    pub refused: Option<Refusal>,
}

impl Shelf {
    /// What the server said where the folder could not be opened.
    fn refusal(&self, refusal: Refusal) -> StoreError {
        StoreError::Refused {
            command: format!("EXAMINE {}", self.name),
            refusal,
        }
    }
}

/// The boxes of an account and the folders their phones open.
#[derive(Debug)]
pub struct Layout {
    /// The boxes, as they were given.
    pub boxes: Vec<VoicemailBox>,
    /// The folder names of each box.
    pub maps: Vec<FolderMap>,
    /// The folders, each once, in the order of the boxes.
    pub shelves: Vec<Shelf>,
    terms: Vec<Terms>,
}

/// Which boxes a pair of header values concerns.
#[derive(Debug, Default)]
struct Match {
    owners: Vec<usize>,
    finders: Vec<usize>,
}

/// One message, and whose it is.
#[derive(Debug)]
pub struct Indexed {
    /// The folder: its place in [`Layout::shelves`].
    pub shelf: usize,
    /// What was asked for.
    pub envelope: Envelope,
    /// The value of its extension header; `None` for ordinary mail.
    pub extension: Option<String>,
    /// The value of its context header.
    pub context: Option<String>,
    matched: Rc<Match>,
}

impl Indexed {
    /// Whether it is a voicemail of whomever: both headers have a value.
    #[must_use]
    pub fn is_voicemail(&self) -> bool {
        self.extension.is_some() && self.context.is_some()
    }

    /// The boxes it belongs to; several where they share an `imapvmshareid`.
    #[must_use]
    pub fn owners(&self) -> &[usize] {
        &self.matched.owners
    }

    /// The boxes whose search finds it, wherever it lies; see [`shown_to`](Self::shown_to).
    #[must_use]
    pub fn finders(&self) -> &[usize] {
        &self.matched.finders
    }

    /// Whether it belongs to this box.
    #[must_use]
    pub fn belongs_to(&self, vmbox: usize) -> bool {
        self.matched.owners.contains(&vmbox)
    }

    /// The list of this box's phone that shows it; `None` where none does.
    #[must_use]
    pub fn shown_to(&self, layout: &Layout, vmbox: usize) -> Option<List> {
        let flags = self.envelope.flags;
        if flags.deleted || !self.matched.finders.contains(&vmbox) {
            return None;
        }
        let home = layout.home(self.shelf, vmbox)?;
        List::shown(home, flags.seen, flags.flagged)
    }

    /// The boxes whose phones show it although it does not belong to them.
    pub fn shown_to_others<'a>(&'a self, layout: &'a Layout) -> impl Iterator<Item = usize> + 'a {
        let finders = self.matched.finders.iter().copied();
        finders.filter(|vmbox| !self.belongs_to(*vmbox) && self.shown_to(layout, *vmbox).is_some())
    }
}

impl Layout {
    /// Refuses where a folder of the first box, whose UIDs somebody wrote down, is another one by now.
    ///
    /// # Errors
    /// `UidValidityChanged`.
    pub fn unless_changed(
        &self,
        expect: Option<(VoicemailFolder, UidValidity)>,
    ) -> Result<(), StoreError> {
        let Some((folder, expected)) = expect else {
            return Ok(());
        };
        let role = (0, folder.placement().home);
        let meant = self.shelves.iter();
        let meant = meant.filter(|shelf| shelf.roles.contains(&role));
        for (shelf, state) in meant.filter_map(|shelf| Some((shelf, shelf.state?))) {
            expected.unless_changed(&shelf.name, state.uid_validity)?;
        }
        Ok(())
    }

    /// The folders that the phones of these boxes open, given what the server told.
    ///
    /// # Errors
    /// When voicemail.conf names a folder that no server can have.
    pub fn new(
        conf: &VoicemailConf,
        boxes: Vec<VoicemailBox>,
        overview: &Overview,
    ) -> Result<Self, StoreError> {
        let delimiter = overview.delimiter_as_asterisk();
        let mut layout = Self {
            boxes: Vec::with_capacity(boxes.len()),
            maps: Vec::new(),
            shelves: Vec::new(),
            terms: Vec::new(),
        };
        for one in boxes {
            let Some(mailbox) = conf.mailbox(&one) else {
                continue;
            };
            let map = FolderMap::new(conf, mailbox, &overview.namespace.prefix, delimiter)?;
            let at = layout.boxes.len();
            for (home, name) in map.all() {
                layout.shelf(name).roles.push((at, *home));
            }
            let terms = Terms::new(conf.extension_header(mailbox), &one.context);
            layout.terms.push(terms);
            layout.maps.push(map);
            layout.boxes.push(one);
        }
        Ok(layout)
    }

    /// The first folder that could not be opened and concerns one of these boxes, or no box in
    /// particular.
    #[must_use]
    pub fn refused(&self, concerns: impl Fn(usize) -> bool) -> Option<StoreError> {
        self.shelves.iter().find_map(|shelf| {
            let mut boxes = shelf.roles.iter().map(|(vmbox, _)| *vmbox);
            let concerned = shelf.roles.is_empty() || boxes.any(&concerns);
            let refusal = shelf.refused.clone().filter(|_| concerned)?;
            Some(shelf.refusal(refusal))
        })
    }

    /// The shelf of that name, made where there is none yet; a folder that no phone opens, too.
    pub fn shelf(&mut self, name: &MailboxName) -> &mut Shelf {
        let known = self.shelves.iter().position(|shelf| shelf.name == *name);
        let at = known.unwrap_or_else(|| {
            self.shelves.push(Shelf {
                name: name.clone(),
                roles: Vec::new(),
                state: None,
                refused: None,
            });
            self.shelves.len() - 1
        });
        &mut self.shelves[at]
    }

    /// What a folder (its place in `shelves`) is to a box; `None` where its phone never opens it. A
    /// folder that is both `imapfolder` and, say, Work counts as the former, where it is read first.
    #[must_use]
    pub fn home(&self, folder: usize, vmbox: usize) -> Option<Home> {
        let roles = &self.shelves.get(folder)?.roles;
        roles
            .iter()
            .find_map(|(at, home)| (*at == vmbox).then_some(*home))
    }

    fn matched(&self, message: &Terms) -> Match {
        let which = |wanted: &dyn Fn(&Terms) -> bool| {
            let all = self.terms.iter().enumerate();
            all.filter(|(_, terms)| wanted(terms))
                .map(|(at, _)| at)
                .collect()
        };
        Match {
            owners: which(&|terms| terms == message),
            finders: which(&|terms| terms.find(message)),
        }
    }
}

/// Tells every message of the account's voicemail folders, folder by folder, in the server's order.
/// `asked` has to ask for [`COUNTED`] at least. Safe to repeat.
///
/// # Errors
/// Where the connection breaks, an answer is not understood, or INBOX cannot be opened: every
/// account has one (RFC 3501 §5.1), so not to see it is to see nothing.
pub fn read(
    session: &mut Session,
    overview: &Overview,
    layout: &mut Layout,
    asked: &Asked,
    sink: &mut dyn FnMut(&Layout, Indexed),
) -> Result<(), StoreError> {
    let listed = |name: &MailboxName| name.is_inbox() || overview.has(name);
    let there: Vec<usize> = (0..layout.shelves.len())
        .filter(|at| listed(&layout.shelves[*at].name))
        .collect();
    let names: Vec<MailboxName> = there
        .iter()
        .map(|at| layout.shelves[*at].name.clone())
        .collect();
    let mut remembered: HashMap<Terms, Rc<Match>> = HashMap::new();
    let nobody = Rc::new(Match::default());
    let surveyed = session.survey(&names, asked, &mut |at, envelope| {
        let Some(shelf) = there.get(at).copied() else {
            return;
        };
        let (extension, context) = (envelope.field(EXTENSION), envelope.field(CONTEXT));
        let matched = match (&extension, &context) {
            (Some(extension), Some(context)) => {
                let terms = Terms::new(extension, context);
                if let Some(known) = remembered.get(&terms) {
                    Rc::clone(known)
                } else {
                    let found = Rc::new(layout.matched(&terms));
                    if remembered.len() < REMEMBERED {
                        remembered.insert(terms, Rc::clone(&found));
                    }
                    found
                }
            }
            _ => Rc::clone(&nobody),
        };
        let indexed = Indexed {
            shelf,
            envelope,
            extension,
            context,
            matched,
        };
        sink(layout, indexed);
    })?;
    for (at, surveyed) in there.into_iter().zip(surveyed) {
        let shelf = &mut layout.shelves[at];
        match surveyed {
            Surveyed::Found(state) => shelf.state = Some(state),
            Surveyed::Missing(refusal) if shelf.name.is_inbox() => {
                return Err(shelf.refusal(refusal));
            }
            Surveyed::Missing(refusal) => shelf.refused = Some(refusal),
        }
    }
    Ok(())
}
