//! What lies in the folder of the greetings: which kinds, whose, since when, and what they sound like.
//!
//! Reads only: EXAMINE, and BODY.PEEK of the few messages that may be what is to be stored.

use std::collections::{BTreeMap, HashMap};

use crate::mailstore::error::StoreError;
use crate::mailstore::name::MailboxName;
use crate::mailstore::session::{Overview, Session, Surveyed};
use crate::mailstore::types::{Asked, Envelope, Flags, Uid, UidValidity};
use crate::ops::folders::{FolderMap, greetings_folder};
use crate::ops::greetings::{Shape, shape};
use crate::ops::migrate::holdings::Findings;
use crate::ops::migrate::plan::{Held, Holdings};
use crate::ops::readings;
use crate::voicemail::conf::{Mailbox, VoicemailConf};
use crate::voicemail::greeting::Greeting;
use crate::voicemail::header::VmHeader;
use crate::voicemail::parse::asterisk_view;
use crate::voicemail::source_key::{AudioDigest, SourceKey};
use crate::voicemail::terms::Terms;

const ASKED: Asked = Asked {
    internal_date: true,
    structure: true,
    ..Asked::fields(&[
        "Message-ID",
        VmHeader::Extension.name(),
        VmHeader::Context.name(),
        VmHeader::OrigTime.name(),
    ])
};

/// Whose a greeting is, by its headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// The box's that is worked on.
    Ours,
    /// Another box's: number and context, untrusted.
    Others(String),
    /// They do not say; Asterisk plays it all the same.
    Unnamed,
}

/// A greeting that lies in the folder; marked as deleted, perhaps, which Asterisk does not look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// What Asterisk takes it for.
    pub kind: Greeting,
    /// Whose it is.
    pub whose: Whose,
    /// Its UID.
    pub uid: Uid,
    /// Its flags.
    pub flags: Flags,
    /// Its Message-ID.
    pub message_id: Option<String>,
    /// The key in it, where vmimap stored it.
    pub key: Option<SourceKey>,
    /// When it was recorded, Unix seconds UTC: as it says, else as the server says.
    pub recorded: Option<i64>,
    /// Its recording, where it was looked at.
    pub digest: Option<AudioDigest>,
}

/// The folder of the greetings.
#[derive(Debug)]
pub struct Shelf {
    /// Its name.
    pub folder: MailboxName,
    /// What UIDs are valid under; `None` where there is no such folder yet.
    pub uid_validity: Option<UidValidity>,
    /// The greetings in it, in the server's order, which is the order Asterisk looks in.
    pub stored: Vec<Stored>,
    /// The first message without an attachment: Asterisk looks no further.
    pub bare: Option<Uid>,
    /// What every name on this server begins with, where the folder's does not and it is not there.
    pub missing_prefix: Option<String>,
    /// Whether single messages can be removed there (UIDPLUS).
    pub removable: bool,
}

impl Shelf {
    /// The folder of an account that could not be asked.
    ///
    /// # Errors
    /// When voicemail.conf names a folder that no server can have.
    pub fn unknown(conf: &VoicemailConf) -> Result<Self, StoreError> {
        Ok(Self {
            folder: greetings_folder(conf)?,
            uid_validity: None,
            stored: Vec::new(),
            bare: None,
            missing_prefix: None,
            removable: true,
        })
    }

    /// A greeting's place.
    #[must_use]
    pub fn held(&self, stored: &Stored) -> Option<Held> {
        Some(Held {
            folder: self.folder.clone(),
            uid_validity: self.uid_validity?,
            uid: stored.uid,
            flags: stored.flags,
            list: None,
        })
    }

    /// The same as the rest of a migration knows what an account holds.
    ///
    /// # Errors
    /// When voicemail.conf names a folder that no server can have.
    pub fn findings(
        &self,
        conf: &VoicemailConf,
        mailbox: &Mailbox,
        overview: &Overview,
    ) -> Result<Findings, StoreError> {
        let delimiter = overview.delimiter_as_asterisk();
        let folders = FolderMap::new(conf, mailbox, &overview.namespace.prefix, delimiter)?;
        let mut holdings = Holdings::default();
        if let Some(validity) = self.uid_validity {
            holdings.folders.insert(self.folder.clone(), validity);
        }
        for stored in &self.stored {
            if let (Some(key), Some(held)) = (stored.key.clone(), self.held(stored)) {
                holdings.by_key.entry(key).or_default().push(held);
            }
        }
        Ok(Findings {
            holdings,
            folders,
            // Greetings stay where they are stored.
            can_move: false,
            refused: BTreeMap::new(),
        })
    }
}

/// Looks at the folder. Safe to repeat.
pub fn look(
    session: &mut Session,
    overview: &Overview,
    conf: &VoicemailConf,
    mailbox: &Mailbox,
) -> Result<Shelf, StoreError> {
    let mut shelf = Shelf::unknown(conf)?;
    shelf.removable = session.capabilities().has("UIDPLUS");
    let there = shelf.folder.is_inbox() || overview.has(&shelf.folder);
    if !there {
        let delimiter = overview.delimiter_as_asterisk();
        let map = FolderMap::new(conf, mailbox, &overview.namespace.prefix, delimiter)?;
        shelf.missing_prefix = map.missing_prefix(&shelf.folder).map(str::to_owned);
        return Ok(shelf);
    }
    let ours = Terms::new(conf.extension_header(mailbox), &mailbox.vmbox.context);
    let names = std::slice::from_ref(&shelf.folder);
    let (mut stored, mut bare) = (Vec::new(), None);
    let surveyed = session.survey(names, &ASKED, &mut |_, envelope| {
        let shape = shape(envelope.structure.as_ref());
        if shape == Shape::Bare {
            bare.get_or_insert(envelope.uid);
        }
        stored.extend(greeting(&envelope, &shape, &ours));
    })?;
    shelf.uid_validity = match surveyed.into_iter().next() {
        Some(Surveyed::Found(state)) => Some(state.uid_validity),
        Some(Surveyed::Missing(refusal)) => {
            let command = format!("EXAMINE {}", shelf.folder);
            return Err(StoreError::Refused { command, refusal });
        }
        None => None,
    };
    (shelf.stored, shelf.bare) = (stored, bare);
    listen(session, &mut shelf)?;
    Ok(shelf)
}

fn greeting(envelope: &Envelope, shape: &Shape, ours: &Terms) -> Option<Stored> {
    let kind = shape.kind()?;
    let [extension, context] =
        [VmHeader::Extension, VmHeader::Context].map(|header| envelope.field(header.name()));
    let whose = match (extension, context) {
        (Some(extension), Some(context)) if Terms::new(&extension, &context) == *ours => {
            Whose::Ours
        }
        (Some(extension), Some(context)) => Whose::Others(format!("{extension}@{context}")),
        _ => Whose::Unnamed,
    };
    let message_id = envelope.field("Message-ID");
    let view = asterisk_view(&envelope.header);
    Some(Stored {
        kind,
        whose,
        uid: envelope.uid,
        flags: envelope.flags,
        key: message_id.as_deref().and_then(SourceKey::from_message_id),
        message_id,
        recorded: view.number(VmHeader::OrigTime).or(envelope.internal_date),
        digest: None,
    })
}

/// Listens to the box's own greetings that vmimap did not store: they may be the same recording.
fn listen(session: &mut Session, shelf: &mut Shelf) -> Result<(), StoreError> {
    let own = |stored: &&Stored| stored.whose == Whose::Ours && stored.key.is_none();
    let uids: Vec<Uid> = shelf.stored.iter().filter(own).map(|one| one.uid).collect();
    let Some(validity) = shelf.uid_validity.filter(|_| !uids.is_empty()) else {
        return Ok(());
    };
    session.examine_again(&shelf.folder, validity)?;
    let mut heard: HashMap<Uid, AudioDigest> = HashMap::new();
    readings::each(session, &uids, &mut |info, reader| {
        heard.extend(reader.finish().ok().map(|stored| (info.uid, stored.audio)));
    })?;
    for stored in &mut shelf.stored {
        stored.digest = heard.get(&stored.uid).copied();
    }
    Ok(())
}
