//! What provisioning will do to one account: a pure function from voicemail.conf and what the
//! account holds to a list of folders, each with what will be done about it.
//!
//! It touches nothing, so a dry run is a run that stops after it. Names are those Asterisk will
//! open (`ops/folders`); a name the server cannot have is refused rather than bent into one that
//! Asterisk would never look at. `imapparentfolder` itself is not made: servers make what lies above
//! a folder, and one where a folder with messages can have no folders below it (UW imapd) would be
//! spoilt by it.

use std::collections::{HashMap, HashSet};

use serde::{Serialize, Serializer};

use crate::mailstore::error::StoreError;
use crate::mailstore::grant::Grant;
use crate::mailstore::name::MailboxName;
use crate::mailstore::session::{FolderWish, Namespaces, Overview, SpecialUse};
use crate::mailstore::types::Namespace;
use crate::ops::folders::{FolderMap, greetings_folder, impossible_name};
use crate::voicemail::conf::{Mailbox, VoicemailConf};
use crate::voicemail::folder::{Home, VoicemailFolder};
use crate::voicemail::vmbox::VoicemailBox;

/// The folders INBOX level has by default.
const USUAL: [VoicemailFolder; 4] = [
    VoicemailFolder::Old,
    VoicemailFolder::Work,
    VoicemailFolder::Family,
    VoicemailFolder::Friends,
];

/// Which folders are wanted, and how.
#[derive(Debug, Clone, Default)]
#[allow(clippy::struct_excessive_bools)] // independent wishes
pub struct Wanted {
    /// Exactly these folders; empty means the usual ones.
    pub only: Vec<VoicemailFolder>,
    /// Cust1 to Cust5 and Deleted as well.
    pub all_folders: bool,
    /// Leave Old out.
    pub no_old: bool,
    /// Subscribe to them.
    pub subscribe: bool,
    /// Tell clients what Old is for.
    pub special_use: bool,
    /// Who gets which rights on every folder but INBOX.
    pub acl: Vec<Grant>,
}

impl Wanted {
    fn takes(&self, folder: VoicemailFolder) -> bool {
        if !self.only.is_empty() {
            return self.only.contains(&folder);
        }
        if folder == VoicemailFolder::Old && self.no_old {
            return false;
        }
        self.all_folders || USUAL.contains(&folder)
    }

    /// What is wanted of an account for which these users log in, and the rights that are left out:
    /// those that would take from one of them what Asterisk needs there, by naming fewer.
    #[must_use]
    pub fn sparing(&self, logins: &[&str]) -> (Self, Vec<Grant>) {
        let spares = |grant: &&Grant| {
            let mut all = logins.iter();
            grant.only_adds() || !all.any(|one| one.eq_ignore_ascii_case(grant.identifier()))
        };
        let (acl, left_out) = self.acl.iter().cloned().partition(|one| spares(&one));
        (
            Self {
                acl,
                ..self.clone()
            },
            left_out,
        )
    }

    /// INBOX, Old and Urgent as the phone knows them are all `imapfolder`.
    fn takes_imapfolder(&self) -> bool {
        let urgent_too = [VoicemailFolder::Inbox, VoicemailFolder::Urgent];
        self.only.is_empty() || urgent_too.iter().any(|folder| self.only.contains(folder))
    }
}

/// What an account was found to hold.
#[derive(Debug, Clone)]
pub struct View {
    /// Its folders and namespaces.
    pub overview: Overview,
    /// What it is subscribed to; need not be known where no wanted folder exists.
    pub subscribed: HashSet<MailboxName>,
}

impl View {
    /// An account that could not be asked: nothing is there, and nothing is known of names.
    #[must_use]
    pub fn unknown() -> Self {
        Self {
            overview: Overview {
                folders: Vec::new(),
                namespace: Namespace {
                    prefix: String::new(),
                    delimiter: Some('/'),
                },
                namespaces: Namespaces::default(),
                quota: None,
            },
            subscribed: HashSet::new(),
        }
    }

    /// Whether the server lists an INBOX. Most do always; Cyrus only once an administrator made it.
    #[must_use]
    pub fn has_inbox(&self) -> bool {
        self.overview.folders.iter().any(|one| one.name.is_inbox())
    }
}

/// What a folder is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// New, old and urgent messages.
    ImapFolder,
    /// Work, Family, ...
    Named(VoicemailFolder),
    /// Greetings.
    Greetings,
}

impl Serialize for Purpose {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::ImapFolder => "imapfolder",
            Self::Named(folder) => folder.as_str(),
            Self::Greetings => "greetings",
        })
    }
}

/// What will be done about a folder itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Make it.
    Create,
    /// Nothing: it is there.
    Keep,
    /// Nothing: an earlier box of the same account has the same folder.
    SharedWith(VoicemailBox),
    /// Nothing, and the run is incomplete: the server cannot have it, for this reason.
    Refuse(String),
}

/// One folder of one box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedFolder {
    /// Its name on the server.
    pub name: MailboxName,
    /// What it is for.
    pub purposes: Vec<Purpose>,
    /// What will be done about it.
    pub action: Action,
    /// Whether it will be subscribed to.
    pub subscribe: bool,
    /// The use it will be made with.
    pub special_use: Option<SpecialUse>,
    /// A delimiter of another server in its name.
    pub foreign_delimiter: Option<char>,
}

impl PlannedFolder {
    /// Whether anything will be asked of the server about it.
    fn is_own(&self) -> bool {
        matches!(self.action, Action::Create | Action::Keep)
    }
}

/// What will be done for one box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoxPlan {
    /// The box.
    pub vmbox: VoicemailBox,
    /// Its account, `user@host:port`.
    pub account: String,
    /// Its folders, `imapfolder` first. INBOX is not among them: it is never made here.
    pub folders: Vec<PlannedFolder>,
    /// Who gets which rights on each folder that is there afterwards and not shared with an earlier
    /// box.
    pub acl: Vec<Grant>,
}

impl BoxPlan {
    /// The names of the folders with this action.
    pub fn with(&self, action: &Action) -> impl Iterator<Item = &MailboxName> {
        let these = self.folders.iter().filter(move |one| one.action == *action);
        these.map(|one| &one.name)
    }

    /// The names of the folders that will be subscribed to.
    pub fn subscribes(&self) -> impl Iterator<Item = &MailboxName> {
        let these = self.folders.iter().filter(|one| one.subscribe);
        these.map(|one| &one.name)
    }

    /// The folders the server cannot have, and why.
    pub fn refused(&self) -> impl Iterator<Item = (&MailboxName, &str)> {
        self.folders.iter().filter_map(|one| match &one.action {
            Action::Refuse(why) => Some((&one.name, why.as_str())),
            _ => None,
        })
    }

    /// How many rights will be given.
    #[must_use]
    pub fn grants(&self) -> usize {
        self.acl.len() * self.folders.iter().filter(|one| one.is_own()).count()
    }

    /// What is wished of the server: one wish a folder of this box's own that needs something.
    #[must_use]
    pub fn wishes(&self) -> Vec<FolderWish> {
        let own = self.folders.iter().filter(|one| one.is_own());
        let wishes = own.map(|one| FolderWish {
            name: one.name.clone(),
            create: one.action == Action::Create,
            subscribe: one.subscribe,
            special_use: one.special_use,
            acl: self.acl.clone(),
        });
        wishes
            .filter(|wish| wish.create || wish.subscribe || !wish.acl.is_empty())
            .collect()
    }
}

/// Plans the boxes of one account, in order: a folder that several of them have belongs to the
/// first. A box for which voicemail.conf names a folder that no server can have is an `Err` in its
/// place.
#[must_use]
pub fn make(
    conf: &VoicemailConf,
    account: &str,
    boxes: &[&Mailbox],
    wanted: &Wanted,
    view: &View,
) -> Vec<Result<BoxPlan, StoreError>> {
    let mut owners: HashMap<MailboxName, VoicemailBox> = HashMap::new();
    let plan_one = |mailbox: &&Mailbox| {
        let mut folders = folders_of(conf, mailbox, wanted, view)?;
        for folder in folders.iter_mut().filter(|one| one.is_own()) {
            if let Some(owner) = owners.get(&folder.name) {
                folder.action = Action::SharedWith(owner.clone());
                folder.subscribe = false;
                folder.special_use = None;
            } else {
                owners.insert(folder.name.clone(), mailbox.vmbox.clone());
            }
        }
        Ok(BoxPlan {
            vmbox: mailbox.vmbox.clone(),
            account: account.to_owned(),
            folders,
            acl: wanted.acl.clone(),
        })
    };
    boxes.iter().map(plan_one).collect()
}

fn folders_of(
    conf: &VoicemailConf,
    mailbox: &Mailbox,
    wanted: &Wanted,
    view: &View,
) -> Result<Vec<PlannedFolder>, StoreError> {
    let overview = &view.overview;
    let delimiter = overview.delimiter_as_asterisk();
    let map = FolderMap::new(conf, mailbox, &overview.namespace.prefix, delimiter)?;
    let mut names: Vec<(Purpose, MailboxName)> = Vec::new();
    for (home, name) in map.all() {
        match home {
            Home::ImapFolder if wanted.takes_imapfolder() => {
                names.push((Purpose::ImapFolder, name.clone()));
            }
            Home::Named(folder) if wanted.takes(*folder) => {
                names.push((Purpose::Named(*folder), name.clone()));
            }
            _ => {}
        }
    }
    if conf.general.imapgreetings.value && wanted.only.is_empty() {
        names.push((Purpose::Greetings, greetings_folder(conf)?));
    }
    let mut folders: Vec<PlannedFolder> = Vec::new();
    for (purpose, name) in names.into_iter().filter(|(_, name)| !name.is_inbox()) {
        if let Some(same) = folders.iter_mut().find(|one| one.name == name) {
            same.purposes.push(purpose);
        } else {
            folders.push(planned(conf, purpose, name, &map, wanted, view));
        }
    }
    Ok(folders)
}

fn planned(
    conf: &VoicemailConf,
    purpose: Purpose,
    name: MailboxName,
    map: &FolderMap,
    wanted: &Wanted,
    view: &View,
) -> PlannedFolder {
    let overview = &view.overview;
    let action = match map.missing_prefix(&name) {
        _ if overview.has(&name) => Action::Keep,
        Some(prefix) => Action::Refuse(impossible_name(
            prefix,
            &cure(conf, purpose, prefix, &name, overview.namespace.delimiter),
        )),
        None => Action::Create,
    };
    let taken = || {
        let mut all = overview.folders.iter();
        all.any(|one| one.has_attribute(SpecialUse::Archive.attribute()))
    };
    let archive = wanted.special_use && purpose == Purpose::Named(VoicemailFolder::Old);
    let special_use =
        (archive && action == Action::Create && !taken()).then_some(SpecialUse::Archive);
    let possible = !matches!(action, Action::Refuse(_));
    PlannedFolder {
        subscribe: wanted.subscribe && possible && !view.subscribed.contains(&name),
        foreign_delimiter: overview.foreign_delimiter(&name),
        purposes: vec![purpose],
        action,
        special_use,
        name,
    }
}

/// What to write into voicemail.conf so that the folder can be had.
fn cure(
    conf: &VoicemailConf,
    purpose: Purpose,
    prefix: &str,
    name: &MailboxName,
    delimiter: Option<char>,
) -> String {
    let wire = name.as_wire();
    match (purpose, conf.parent_folder()) {
        (Purpose::ImapFolder, _) => format!("write imapfolder={prefix}{wire} in voicemail.conf"),
        (Purpose::Greetings, _) => {
            format!("write greetingsfolder={prefix}{wire} in voicemail.conf")
        }
        (Purpose::Named(_), Some(parent)) => {
            format!("write imapparentfolder={prefix}{parent} in voicemail.conf")
        }
        (Purpose::Named(_), None) => {
            let parent = prefix.trim_end_matches(|c| Some(c) == delimiter);
            format!("set imapparentfolder={parent} in voicemail.conf")
        }
    }
}
