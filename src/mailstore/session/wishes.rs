//! How folders are wished to be, and what became of each wish: the values of `provision`.

use super::super::grant::Grant;
use super::super::name::MailboxName;
use super::super::types::Refusal;
use super::folders::Overview;

/// What a folder is for, as clients are told (RFC 6154 §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SpecialUse {
    /// `\Archive`
    Archive,
    /// `\Drafts`
    Drafts,
    /// `\Flagged`
    Flagged,
    /// `\Junk`
    Junk,
    /// `\Sent`
    Sent,
    /// `\Trash`
    Trash,
}

impl SpecialUse {
    /// The attribute as it goes over the wire.
    #[must_use]
    pub fn attribute(self) -> &'static str {
        match self {
            Self::Archive => "\\Archive",
            Self::Drafts => "\\Drafts",
            Self::Flagged => "\\Flagged",
            Self::Junk => "\\Junk",
            Self::Sent => "\\Sent",
            Self::Trash => "\\Trash",
        }
    }
}

/// How a folder is wished to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderWish {
    /// Which folder.
    pub name: MailboxName,
    /// Whether to make it where it is missing.
    pub create: bool,
    /// Whether to subscribe to it.
    pub subscribe: bool,
    /// The use it is to be made with.
    pub special_use: Option<SpecialUse>,
    /// Who is to have which rights on it, in this order.
    pub acl: Vec<Grant>,
}

/// Whether the folder itself is there now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Made {
    /// It was made just now.
    Created,
    /// It was there, or somebody else made it meanwhile.
    Existed,
    /// It is missing, and it was not to be made.
    Missing,
    /// The server would not make it, and it is not there.
    Refused(Refusal),
    /// As `Refused`, and the server lists this parent as one that can have no children
    /// (`\NoInferiors`: a folder that is a file, on UW imapd).
    NoChildrenBelow(MailboxName, Refusal),
}

impl Made {
    /// Whether the folder is there now.
    #[must_use]
    pub fn is_there(&self) -> bool {
        matches!(self, Self::Created | Self::Existed)
    }
}

/// What became of one thing wished for a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// It was not wished for.
    NotAsked,
    /// The server did it.
    Done,
    /// It was so before; nothing was sent.
    Already,
    /// The server announces no such thing; nothing was sent.
    NotOffered,
    /// It can be given to a new folder only, and this one existed; nothing was sent.
    OnlyAtCreation,
    /// The folder is not there; nothing was sent.
    NoFolder,
    /// The server refused it.
    Refused(Refusal),
}

/// What became of one wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderOutcome {
    /// Which folder.
    pub name: MailboxName,
    /// The folder itself.
    pub folder: Made,
    /// Its special use.
    pub special_use: Step,
    /// The subscription.
    pub subscription: Step,
    /// The rights, one for each of the wish's `acl`.
    pub acl: Vec<Step>,
}

impl FolderOutcome {
    /// A wish of which nothing is done yet.
    pub(super) fn before(wish: &FolderWish, known: &Overview) -> Self {
        let there = wish.name.is_inbox() || known.has(&wish.name);
        let listed = known.folders.iter().find(|f| f.name == wish.name);
        let special_use = match wish.special_use {
            None => Step::NotAsked,
            Some(_) if !there => Step::NoFolder,
            Some(special) if listed.is_some_and(|f| f.has_attribute(special.attribute())) => {
                Step::Already
            }
            Some(_) => Step::OnlyAtCreation,
        };
        Self {
            name: wish.name.clone(),
            folder: if there { Made::Existed } else { Made::Missing },
            special_use,
            subscription: if wish.subscribe {
                Step::NoFolder
            } else {
                Step::NotAsked
            },
            acl: vec![Step::NoFolder; wish.acl.len()],
        }
    }
}
