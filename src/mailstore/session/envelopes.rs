//! The cheap listing of folders: UID, flags and a few header fields of every message.
//!
//! One command a folder, read as a stream: memory does not grow with the folder. Several folders
//! go out in one write (EXAMINE and UID FETCH each), so that a whole account costs one round
//! trip. Invariant: fewer messages than the server announced is an error, never a short list.

use std::num::NonZeroU32;

use super::super::error::{Scope, StoreError};
use super::super::fetched::{self, Datum, Fetched};
use super::super::link::{Link, Untagged, accept, lock, no};
use super::super::name::MailboxName;
use super::super::response::{Condition, Response};
use super::super::types::{Envelope, FolderState, Refusal, Uid, UidValidity};
use super::super::wire::Bulk;
use super::Session;

/// The command that lists a folder with these header fields, which the caller knows to be atoms.
fn fetch(fields: &[&str]) -> String {
    format!(
        "UID FETCH 1:* (UID FLAGS BODY.PEEK[HEADER.FIELDS ({})])",
        fields.join(" ")
    )
}

/// Folders whose commands are under way at once.
const WINDOW: usize = 16;

/// Octets of a header block that are looked at; whoever sends more has not put it there for us.
const LONGEST_HEADER: usize = 64 * 1024;

/// Messages that may come into a folder while it is being listed.
const MOST_NEW: u64 = 1_000_000;

/// What a survey found in the place of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Surveyed {
    /// The folder is there; its envelopes have been told.
    Found(FolderState),
    /// The server would not open it; usually because it does not exist.
    Missing(Refusal),
}

impl Session {
    /// Tells the envelope of every message in the open folder, in the server's order, and returns
    /// how many there are.
    ///
    /// # Errors
    /// `InvalidArgument` where no folder is open; `Incomplete` where the server sent fewer than it
    /// announced and did not say that they were removed meanwhile.
    pub fn envelopes(
        &mut self,
        fields: &[&'static str],
        sink: &mut dyn FnMut(Envelope),
    ) -> Result<u64, StoreError> {
        let Some((name, state)) = self.open.clone() else {
            return Err(StoreError::invalid("no folder is open"));
        };
        let mut link = lock(&self.link);
        link.alive()?;
        let command = format!("UID FETCH of {name}");
        link.wire.set_doing(&command);
        let tag = link.tag();
        link.queue(&format!("{tag} {}", fetch(fields)))?;
        link.flush()?;
        read_envelopes(&mut link, &tag, &name, state.exists, sink)
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
        fields: &[&'static str],
        sink: &mut dyn FnMut(usize, Envelope),
    ) -> Result<Vec<Surveyed>, StoreError> {
        self.open = None;
        let command = fetch(fields);
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
                match read_folder(&mut link, name, examine, fetch, &mut |e| sink(index, e)) {
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
    examine: &str,
    fetch: &str,
    sink: &mut dyn FnMut(Envelope),
) -> Result<Surveyed, StoreError> {
    let command = format!("EXAMINE {name}");
    link.wire.set_doing(&command);
    let mut opening = Opening::default();
    match link.finish(examine, &command, &mut |u| opening.read(&u)) {
        Ok(_) => {}
        Err(StoreError::Refused { refusal, .. }) => {
            // Whatever the fetch behind it says, it does not say it about this folder.
            let fetched = skip_fetch(link, fetch);
            return fetched.map(|()| Surveyed::Missing(refusal));
        }
        Err(error) => return Err(error),
    }
    let Some(state) = opening.state() else {
        return Err(link.kill(StoreError::malformed(
            command,
            b"no UIDVALIDITY or no EXISTS",
        )));
    };
    link.wire.set_doing(&format!("UID FETCH of {name}"));
    read_envelopes(link, fetch, name, state.exists, sink)?;
    Ok(Surveyed::Found(state))
}

fn skip_fetch(link: &mut Link, tag: &str) -> Result<(), StoreError> {
    match read_envelopes(link, tag, &MailboxName::inbox(), 0, &mut |_| ()) {
        Err(error) if error.scope() == Scope::Session => Err(error),
        _ => Ok(()),
    }
}

/// What the untagged answers to EXAMINE tell.
#[derive(Default)]
struct Opening {
    uid_validity: Option<UidValidity>,
    uid_next: Option<Uid>,
    exists: Option<u32>,
}

impl Opening {
    fn read(&mut self, untagged: &Untagged<'_>) -> Result<(), StoreError> {
        match untagged {
            Untagged::Data(data) => match fetched::read(data) {
                Datum::Exists(count) => self.exists = Some(count),
                Datum::Broken => return Err(StoreError::malformed("EXAMINE", data)),
                _ => {}
            },
            Untagged::Status(status) if status.condition == Condition::Ok => {
                let number = || {
                    status
                        .argument
                        .trim()
                        .parse::<u32>()
                        .ok()
                        .and_then(NonZeroU32::new)
                };
                match status.code.as_deref() {
                    Some("UIDVALIDITY") => self.uid_validity = number().map(UidValidity),
                    Some("UIDNEXT") => self.uid_next = number().map(Uid),
                    _ => {}
                }
            }
            Untagged::Status(_) => {}
        }
        Ok(())
    }

    fn state(&self) -> Option<FolderState> {
        Some(FolderState {
            uid_validity: self.uid_validity?,
            uid_next: self.uid_next,
            exists: self.exists?,
        })
    }
}

/// Takes header blocks up to [`LONGEST_HEADER`] and lets the rest of them pass.
#[derive(Default)]
struct HeaderBlock {
    held: Vec<u8>,
}

impl Bulk for HeaderBlock {
    fn takes(&mut self, head: &[u8], _size: u64) -> bool {
        let item = head
            .iter()
            .rposition(|&b| b == b']')
            .map(|end| &head[..end]);
        let start = item.and_then(|item| item.iter().rposition(|&b| b == b'['));
        let section = start.map(|start| &head[start + 1..]);
        let wanted = section.is_some_and(|s| {
            s.get(..6)
                .is_some_and(|word| word.eq_ignore_ascii_case(b"HEADER"))
        });
        if wanted {
            self.held.clear();
        }
        wanted
    }

    fn octets(&mut self, octets: &[u8]) {
        let room = LONGEST_HEADER - self.held.len();
        self.held
            .extend_from_slice(&octets[..octets.len().min(room)]);
    }
}

/// Reads FETCH answers up to the tagged one and tells each message's envelope.
fn read_envelopes(
    link: &mut Link,
    tag: &str,
    name: &MailboxName,
    announced: u32,
    sink: &mut dyn FnMut(Envelope),
) -> Result<u64, StoreError> {
    let command = format!("UID FETCH of {name}");
    let mut seen: Vec<Uid> = Vec::new();
    let mut removed = 0u64;
    let mut buffer = Vec::new();
    let mut header = HeaderBlock::default();
    loop {
        header.held.clear();
        match link.next(&mut buffer, Some(&mut header))? {
            Response::Tagged(got, status) if got == tag.as_bytes() => {
                let expected = u64::from(announced).saturating_sub(removed);
                if let Err(error) = accept(status, &command)
                    && expected > 0
                {
                    return Err(error); // some servers refuse a fetch in an empty folder
                }
                return counted(seen, expected, name);
            }
            Response::Untagged(_) => {}
            Response::Data(data) => match fetched::read(data) {
                Datum::Fetch(fetched) => match envelope(fetched, &header.held) {
                    Some(Ok(envelope)) => {
                        if seen.len() as u64 > u64::from(announced) + MOST_NEW {
                            return Err(misread(link, &command, b"more messages than announced"));
                        }
                        link.progress();
                        seen.push(envelope.uid);
                        sink(envelope);
                    }
                    Some(Err(())) => return Err(misread(link, &command, &buffer)),
                    None => {}
                },
                Datum::Expunge(count) => removed = removed.saturating_add(count),
                Datum::Broken => return Err(misread(link, &command, &buffer)),
                Datum::Exists(_) | Datum::Other => {}
            },
            _ => return Err(misread(link, &command, &buffer)),
        }
    }
}

fn misread(link: &mut Link, command: &str, octets: &[u8]) -> StoreError {
    link.kill(StoreError::malformed(command, octets))
}

/// An envelope; `None` for an unsolicited FETCH, an error for an answer without what was asked.
fn envelope(fetched: Fetched, streamed: &[u8]) -> Option<Result<Envelope, ()>> {
    let quoted = fetched.header?;
    let header = if streamed.is_empty() {
        quoted
    } else {
        streamed.to_vec()
    };
    let (Some(uid), Some(flags)) = (fetched.uid, fetched.flags) else {
        return Some(Err(()));
    };
    Some(Ok(Envelope { uid, flags, header }))
}

fn counted(mut seen: Vec<Uid>, expected: u64, name: &MailboxName) -> Result<u64, StoreError> {
    seen.sort_unstable();
    seen.dedup();
    let got = seen.len() as u64;
    if got < expected {
        return Err(StoreError::Incomplete {
            folder: name.to_string(),
            expected,
            got,
        });
    }
    Ok(got)
}
