//! The cheap listing of folders: UID, flags and what else is asked for, of every message or of some.
//!
//! One command a folder, read as a stream: memory does not grow with what is asked for, only by a
//! UID a message. Several folders go out in one write (EXAMINE and UID FETCH each), so that a whole
//! account costs one round trip. Invariant: fewer messages than the server announced is an error,
//! never a short list.

use super::super::envelope::{Asked, Envelope};
use super::super::error::{Scope, StoreError};
use super::super::fetched;
use super::super::link::{Link, Untagged, accept, lock, no};
use super::super::name::MailboxName;
use super::super::types::{FolderState, Refusal, Uid};
use super::super::uidset::sets;
use super::Session;
use super::opening;
use super::telling::{Told, tell};

/// Folders whose commands are under way at once.
const WINDOW: usize = 16;

/// What a survey found in the place of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Surveyed {
    /// The folder is there; its envelopes have been told.
    Found(FolderState),
    /// The server would not open it; usually because it does not exist.
    Missing(Refusal),
}

impl Session {
    /// Tells the envelope of every message in the open folder, in the server's order and each UID
    /// once, and returns how many there are.
    ///
    /// # Errors
    /// `InvalidArgument` where no folder is open or a field name is none; `Incomplete` where the
    /// server sent fewer than it announced and did not say that they were removed meanwhile;
    /// `Malformed` where an answer lacks what was asked for.
    pub fn envelopes(
        &mut self,
        asked: &Asked,
        sink: &mut dyn FnMut(Envelope),
    ) -> Result<u64, StoreError> {
        let (name, state) = self.opened_folder()?;
        let command = format!("UID FETCH 1:* {}", asked.items()?);
        let mut link = lock(&self.link);
        link.alive()?;
        link.wire.set_doing(&format!("UID FETCH of {name}"));
        let tag = link.tag();
        link.queue(&format!("{tag} {command}"))?;
        link.flush()?;
        let (count, exists) = read_envelopes(&mut link, &tag, &name, state.exists, asked, sink)?;
        drop(link);
        self.recounted(exists);
        Ok(count)
    }

    /// Tells the envelopes of these UIDs of the open folder, in the server's order and each once,
    /// and returns the UIDs that are not there, ascending. What the server sends about others is
    /// not told. Safe to repeat.
    ///
    /// A server answers a FETCH from what it saw of the folder last; so a NOOP goes ahead, and is
    /// waited for: Dovecot answers a FETCH behind it before it has looked.
    ///
    /// # Errors
    /// As [`envelopes`](Self::envelopes); `Refused` where the server would not fetch; `Incomplete`
    /// where messages are there and it did not tell them.
    pub fn envelopes_of(
        &mut self,
        uids: &[Uid],
        asked: &Asked,
        sink: &mut dyn FnMut(Envelope),
    ) -> Result<Vec<Uid>, StoreError> {
        let (name, state) = self.opened_folder()?;
        let mut exists = state.exists;
        let items = asked.items()?;
        let command = format!("UID FETCH of {name}");
        let mut gone = uids.to_vec();
        gone.sort_unstable();
        gone.dedup();
        let mut link = lock(&self.link);
        link.alive()?;
        if !gone.is_empty() {
            link.run("NOOP", "NOOP", &mut |untagged| {
                if let Untagged::Data(data) = untagged {
                    exists = fetched::read(data).recount(exists);
                }
                Ok(())
            })?;
        }
        for set in sets(uids) {
            link.alive()?;
            link.wire.set_doing(&command);
            let tag = link.tag();
            link.queue(&format!("{tag} UID FETCH {set} {items}"))?;
            link.flush()?;
            let wanted = |uid| gone.binary_search(&uid).is_ok();
            let told = tell(&mut link, &tag, asked, exists, &wanted, sink)?;
            exists = told.exists;
            if let Err(error) = accept(told.status, &command)
                && exists > 0
            {
                return Err(error); // some servers refuse a fetch in an empty folder
            }
            let mut there = told.uids;
            there.sort_unstable();
            gone.retain(|uid| there.binary_search(uid).is_err());
        }
        drop(link);
        self.recounted(exists);
        self.unless_there(&gone)?;
        Ok(gone)
    }

    fn opened_folder(&self) -> Result<(MailboxName, FolderState), StoreError> {
        let open = self.open.clone();
        open.ok_or_else(|| StoreError::invalid("no folder is open"))
    }

    /// Opens each folder read-only and tells the envelopes of all, one round trip for up to 16.
    /// The sink is given the folder's index. Afterwards no folder counts as open.
    ///
    /// Pass folders that LIST showed: a server may hang up after a run of unknown ones.
    ///
    /// # Errors
    /// As [`envelopes`](Self::envelopes); a folder that cannot be opened is no error but
    /// [`Surveyed::Missing`].
    pub fn survey(
        &mut self,
        folders: &[MailboxName],
        asked: &Asked,
        sink: &mut dyn FnMut(usize, Envelope),
    ) -> Result<Vec<Surveyed>, StoreError> {
        let command = format!("UID FETCH 1:* {}", asked.items()?);
        self.open = None;
        self.viewed = folders.last().or(self.viewed.as_ref()).cloned();
        let mut link = lock(&self.link);
        let mut found = Vec::with_capacity(folders.len());
        let mut failed = None;
        for window in folders.chunks(WINDOW) {
            link.alive()?;
            let mut tags = Vec::with_capacity(window.len());
            for name in window {
                let (examine, fetch) = (link.tag(), link.tag());
                link.queue(&format!("{examine} EXAMINE {}", name.quoted()))?;
                link.queue(&format!("{fetch} {command}"))?;
                tags.push((examine, fetch));
            }
            link.flush()?;
            for (name, (examine, fetch)) in window.iter().zip(&tags) {
                let index = found.len();
                let mut tell = |envelope| sink(index, envelope);
                match read_folder(&mut link, name, (examine, fetch), asked, &mut tell) {
                    Ok(surveyed) => found.push(surveyed),
                    Err(error) if error.scope() == Scope::Session => return Err(error),
                    // The answers about the folders behind it must be read off the stream first.
                    Err(error) => {
                        found.push(Surveyed::Missing(no("not read")));
                        failed.get_or_insert(error);
                    }
                }
            }
            if let Some(error) = failed.take() {
                return Err(error);
            }
        }
        Ok(found)
    }
}

/// Reads the answers to EXAMINE and UID FETCH of one folder.
fn read_folder(
    link: &mut Link,
    name: &MailboxName,
    (examine, fetch): (&str, &str),
    asked: &Asked,
    sink: &mut dyn FnMut(Envelope),
) -> Result<Surveyed, StoreError> {
    let state = match opening::read(link, name, examine) {
        Ok(state) => state,
        Err(StoreError::Refused { refusal, .. }) => {
            // Whatever the fetch behind it says, it does not say it about this folder.
            tell(link, fetch, asked, 0, &|_| false, &mut |_| ())?;
            return Ok(Surveyed::Missing(refusal));
        }
        Err(error) => return Err(error),
    };
    link.wire.set_doing(&format!("UID FETCH of {name}"));
    read_envelopes(link, fetch, name, state.exists, asked, sink)?;
    Ok(Surveyed::Found(state))
}

/// Reads FETCH answers up to the tagged one and tells each message's envelope. Returns how many
/// there were, and how many messages the folder has now.
fn read_envelopes(
    link: &mut Link,
    tag: &str,
    name: &MailboxName,
    announced: u32,
    asked: &Asked,
    sink: &mut dyn FnMut(Envelope),
) -> Result<(u64, u32), StoreError> {
    let Told {
        uids,
        removed,
        exists,
        status,
    } = tell(link, tag, asked, announced, &|_| true, sink)?;
    let expected = u64::from(announced).saturating_sub(removed);
    if let Err(error) = accept(status, &format!("UID FETCH of {name}"))
        && expected > 0
    {
        return Err(error); // some servers refuse a fetch in an empty folder
    }
    let got = uids.len() as u64;
    if got < expected {
        return Err(StoreError::Incomplete {
            folder: name.to_string(),
            expected,
            got,
        });
    }
    Ok((got, exists))
}
