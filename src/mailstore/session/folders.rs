//! Folders: what there is, what is open, making and subscribing them.
//!
//! LIST and NAMESPACE by hand, because the crate keeps backslashes in names and knows no
//! NAMESPACE; the rest through the crate. Source: RFC 3501 §6.3, RFC 2342.

use std::num::NonZeroU32;

use super::super::error::StoreError;
use super::super::fetched;
use super::super::link::{Untagged, lock};
use super::super::name::{MailboxName, quote};
use super::super::syntax::{Reader, Value};
use super::super::types::{FolderState, ListedFolder, Namespace, QuotaRoot, UidValidity};
use super::Session;
use super::namespaces::{Namespaces, guessed_namespace};
use super::quota;

/// Whether [`Session::ensure_folder`] had to make the folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ensured {
    /// It was made.
    Created,
    /// It was there.
    Existed,
}

/// What there is to know about an account before work begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// All folders (`LIST "" "*"`).
    pub folders: Vec<ListedFolder>,
    /// The first personal namespace.
    pub namespace: Namespace,
    /// All namespaces, as far as the server knows any.
    pub namespaces: Namespaces,
    /// The quota roots of INBOX; `None` where the server has no quota commands.
    pub quota: Option<Vec<QuotaRoot>>,
}

impl Overview {
    /// The delimiter as Asterisk finds it: of the first folder that has one. Where no folder has,
    /// as NAMESPACE tells, since that is what Asterisk finds once there is one.
    #[must_use]
    pub fn delimiter_as_asterisk(&self) -> Option<char> {
        first_delimiter(&self.folders).or(self.namespace.delimiter)
    }

    /// What stands behind INBOX in this name like a delimiter and is none here: `INBOX.Old` where
    /// the delimiter is `/`. Many servers then make a folder literally called that, which is
    /// hardly ever what was meant; an existing folder is what it is.
    #[must_use]
    pub fn foreign_delimiter(&self, name: &MailboxName) -> Option<char> {
        let own = self.namespace.delimiter?;
        let behind = name.as_wire().strip_prefix("INBOX")?.chars().next()?;
        let foreign = matches!(behind, '.' | '/' | '\\') && behind != own;
        (foreign && !self.has(name)).then_some(behind)
    }

    /// Whether a folder of this name can be selected.
    #[must_use]
    pub fn has(&self, name: &MailboxName) -> bool {
        self.folders.iter().any(|f| f.selectable && f.name == *name)
    }
}

impl Session {
    /// Asks for folders, namespace and INBOX's quota in one round trip.
    pub fn overview(&mut self) -> Result<Overview, StoreError> {
        let asks_namespace = self.capabilities.has("NAMESPACE");
        let asks_quota = self.capabilities.has("QUOTA");
        let mut link = lock(&self.link);
        link.alive()?;
        link.wire.set_doing("LIST");
        let mut send = |line: &str| {
            let tag = link.tag();
            link.queue(&format!("{tag} {line}")).map(|()| tag)
        };
        let list = send("LIST \"\" \"*\"")?;
        let namespace = asks_namespace.then(|| send("NAMESPACE")).transpose()?;
        let quota = asks_quota.then(|| send("GETQUOTAROOT INBOX")).transpose()?;
        link.flush()?;

        let mut folders = Vec::new();
        let listed = link.finish(&list, "LIST", &mut |u| read_list(&u, &mut folders));
        let mut namespaces = Namespaces::default();
        if let Some(tag) = namespace {
            let asked = link.finish(&tag, "NAMESPACE", &mut |u| namespaces.read(&u));
            tolerate_refusal(asked)?;
        }
        let mut roots = None;
        if let Some(tag) = quota {
            let mut found = quota::Answers::default();
            let asked = link.finish(&tag, "GETQUOTAROOT INBOX", &mut |u| found.read(&u));
            roots = tolerate_refusal(asked)?.then(|| found.roots());
        }
        // Only now: the answers behind a refused LIST had to be read off the stream.
        listed?;
        let personal = namespaces.personal.first().cloned();
        Ok(Overview {
            namespace: personal.unwrap_or_else(|| guessed_namespace(&folders, &namespaces)),
            folders,
            namespaces,
            quota: roots,
        })
    }

    /// Lists folders; both arguments are in wire form, `%` and `*` are wildcards.
    pub fn list(
        &mut self,
        reference: &str,
        pattern: &str,
    ) -> Result<Vec<ListedFolder>, StoreError> {
        for argument in [reference, pattern] {
            if !argument.bytes().all(|b| matches!(b, b' '..=b'~')) {
                return Err(StoreError::invalid("LIST: an argument is no IMAP name"));
            }
        }
        let line = format!("LIST {} {}", quote(reference), quote(pattern));
        let mut folders = Vec::new();
        lock(&self.link).run(&line, "LIST", &mut |u| read_list(&u, &mut folders))?;
        Ok(folders)
    }

    /// The hierarchy delimiter as Asterisk finds it: the first one that is not NIL in
    /// `LIST "" "*"`.
    pub fn delimiter_as_asterisk(&mut self) -> Result<Option<char>, StoreError> {
        Ok(first_delimiter(&self.list("", "*")?))
    }

    /// Opens a folder read-only.
    ///
    /// # Errors
    /// `Refused` where it does not exist (or is not ours to see); `Malformed` where the server
    /// names no UIDVALIDITY or no count.
    pub fn examine(&mut self, name: &MailboxName) -> Result<FolderState, StoreError> {
        let command = format!("EXAMINE {name}");
        self.open = None;
        self.viewed = Some(name.clone());
        let opened = self.through_crate(&command, |imap| imap.examine(name.as_wire()))?;
        self.opened(name, &opened, &command)
    }

    /// Opens a folder read-only where it is still the one that was looked at before.
    ///
    /// # Errors
    /// As [`examine`](Self::examine); `UidValidityChanged` where UIDs mean other messages by now.
    pub fn examine_again(
        &mut self,
        name: &MailboxName,
        expect: UidValidity,
    ) -> Result<FolderState, StoreError> {
        let state = self.examine(name)?;
        expect.unless_changed(name, state.uid_validity)?;
        Ok(state)
    }

    /// Opens a folder for reading and changing.
    ///
    /// # Errors
    /// As [`examine`](Self::examine).
    pub fn select(&mut self, name: &MailboxName) -> Result<FolderState, StoreError> {
        let command = format!("SELECT {name}");
        self.open = None;
        self.viewed = None;
        let opened = self.through_crate(&command, |imap| imap.select(name.as_wire()))?;
        self.opened(name, &opened, &command)
    }

    fn opened(
        &mut self,
        name: &MailboxName,
        mailbox: &imap::types::Mailbox,
        command: &str,
    ) -> Result<FolderState, StoreError> {
        let kept = self.take_kept();
        if let Some(line) = kept.dropped {
            let error = StoreError::malformed(command, &line);
            return Err(lock(&self.link).kill(error));
        }
        let validity = mailbox.uid_validity.and_then(NonZeroU32::new);
        let (Some(validity), true) = (validity, kept.saw_exists) else {
            let error = StoreError::malformed(command, b"no UIDVALIDITY or no EXISTS");
            return Err(lock(&self.link).kill(error));
        };
        let state = FolderState {
            uid_validity: UidValidity(validity),
            uid_next: mailbox.uid_next.and_then(|n| fetched::uid(n.into())),
            exists: mailbox.exists,
        };
        self.open = Some((name.clone(), state));
        self.read_only = mailbox.is_read_only;
        Ok(state)
    }

    /// Makes a folder.
    ///
    /// # Errors
    /// `Refused`, also where it exists already; see [`ensure_folder`](Self::ensure_folder).
    pub fn create(&mut self, name: &MailboxName) -> Result<(), StoreError> {
        self.change(&format!("CREATE {name}"), |imap| {
            imap.create(name.as_wire())
        })
    }

    /// Makes a folder unless it is there. Safe to repeat, and against someone else doing the same.
    pub fn ensure_folder(&mut self, name: &MailboxName) -> Result<Ensured, StoreError> {
        if self.exists(name)? {
            return Ok(Ensured::Existed);
        }
        match self.create(name) {
            Ok(()) => Ok(Ensured::Created),
            // Only one server brand says ALREADYEXISTS; so whatever it says, look again.
            Err(error @ StoreError::Refused { .. }) => {
                if error.has_code("ALREADYEXISTS") || self.exists(name)? {
                    Ok(Ensured::Existed)
                } else {
                    Err(error)
                }
            }
            Err(error) => Err(error),
        }
    }

    pub(super) fn exists(&mut self, name: &MailboxName) -> Result<bool, StoreError> {
        // INBOX always exists; some servers list it under another spelling.
        if name.is_inbox() {
            return Ok(true);
        }
        let found = self.list("", name.as_wire())?;
        Ok(found.iter().any(|f| f.selectable && f.name == *name))
    }

    /// Subscribes to a folder. Safe to repeat.
    pub fn subscribe(&mut self, name: &MailboxName) -> Result<(), StoreError> {
        self.change(&format!("SUBSCRIBE {name}"), |imap| {
            imap.subscribe(name.as_wire())
        })
    }
}

/// Whether a command that is only a question was answered; a refusal counts as no.
pub(super) fn tolerate_refusal<T>(asked: Result<T, StoreError>) -> Result<bool, StoreError> {
    match asked {
        Ok(_) => Ok(true),
        Err(StoreError::Refused { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

pub(super) fn first_delimiter(folders: &[ListedFolder]) -> Option<char> {
    folders.iter().find_map(|f| f.delimiter)
}

pub(super) fn read_list(
    untagged: &Untagged<'_>,
    into: &mut Vec<ListedFolder>,
) -> Result<(), StoreError> {
    read_listed(untagged, "LIST", into)
}

/// Reads an answer to LIST or LSUB, whichever `word` says.
pub(super) fn read_listed(
    untagged: &Untagged<'_>,
    word: &str,
    into: &mut Vec<ListedFolder>,
) -> Result<(), StoreError> {
    const MOST: usize = 100_000;
    /// No server has more, or longer ones; they are kept for each folder.
    const MOST_ATTRIBUTES: usize = 50;
    const LONGEST_ATTRIBUTE: usize = 100;
    let Untagged::Data(data) = untagged else {
        return Ok(());
    };
    let mut reader = Reader::new(data);
    if !reader.word(word) {
        return Ok(());
    }
    let broken = || StoreError::malformed(word, data);
    let attributes = reader.value().ok_or_else(broken)?;
    let delimiter = reader.value().ok_or_else(broken)?;
    let name = reader.value().ok_or_else(broken)?;
    let attributes = attributes.list().ok_or_else(broken)?;
    let has = |flag: &str| attributes.iter().any(|a| a.is(flag));
    // A name that no client could send back (8-bit, control characters) cannot be asked for
    // either: leaving it out loses nothing that this program could touch.
    let Some(name) = name.text().and_then(|n| MailboxName::from_wire(n).ok()) else {
        return if name.octets().is_some() {
            Ok(())
        } else {
            Err(broken())
        };
    };
    if into.len() >= MOST {
        return Err(StoreError::TooLarge {
            doing: word.to_owned(),
            limit: MOST as u64,
        });
    }
    into.push(ListedFolder {
        name,
        delimiter: read_delimiter(&delimiter),
        selectable: !has("\\Noselect") && !has("\\NonExistent"),
        attributes: attributes
            .iter()
            .filter_map(|a| a.text().filter(|a| a.len() <= LONGEST_ATTRIBUTE))
            .take(MOST_ATTRIBUTES)
            .map(str::to_owned)
            .collect(),
    });
    Ok(())
}

pub(super) fn read_delimiter(value: &Value<'_>) -> Option<char> {
    match value {
        Value::Text(text) => match text.as_ref() {
            [octet @ b'!'..=b'~'] => Some(char::from(*octet)),
            _ => None,
        },
        _ => None,
    }
}
