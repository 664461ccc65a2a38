//! Whole messages, streamed: octets pass from the socket to a sink and are never held.
//!
//! UIDs are put into ranges and commands of bounded length. Takes attributes in any order: a
//! message's [`ContentInfo`] comes when its response is complete.

use super::super::error::StoreError;
use super::super::fetched::{self, Datum, Fetched};
use super::super::link::{Link, accept, lock};
use super::super::name::MailboxName;
use super::super::response::Response;
use super::super::types::{ContentInfo, ContentSink, FolderState, Uid};
use super::super::uidset::sets;
use super::super::wire::Bulk;
use super::Session;
use super::opening;

/// What the command is called in messages.
const COMMAND: &str = "UID FETCH of contents";
const ITEMS: &str = "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])";

impl Session {
    /// Streams whole messages of the open folder into a sink and returns how many came. The order
    /// is the server's; a UID that is gone is left out without an error, so compare.
    ///
    /// # Errors
    /// `InvalidArgument` where no folder is open; `Malformed` where an answer lacks its UID, flags
    /// or size. After an error the message that had begun is not complete.
    pub fn fetch_contents(
        &mut self,
        uids: &[Uid],
        sink: &mut dyn ContentSink,
    ) -> Result<u64, StoreError> {
        if self.open.is_none() {
            return Err(StoreError::invalid("no folder is open"));
        }
        let mut link = lock(&self.link);
        fetch(&mut link, &sets(uids), sink)
    }

    /// Opens a folder read-only and streams messages of it as [`fetch_contents`](Self::fetch_contents)
    /// does, the first of them in the same round trip.
    ///
    /// # Errors
    /// As [`examine`](Self::examine) and `fetch_contents`. Compare the state's UIDVALIDITY: with another
    /// one the UIDs mean other messages.
    pub fn view_contents(
        &mut self,
        name: &MailboxName,
        uids: &[Uid],
        sink: &mut dyn ContentSink,
    ) -> Result<FolderState, StoreError> {
        self.open = None;
        self.viewed = Some(name.clone());
        let sets = sets(uids);
        let (first, rest) = match sets.split_first() {
            Some((first, rest)) => (Some(first), rest),
            None => (None, &[][..]),
        };
        let mut link = lock(&self.link);
        link.alive()?;
        link.wire.set_doing(&format!("EXAMINE {name}"));
        let examine = link.tag();
        link.queue(&format!("{examine} EXAMINE {}", name.quoted()))?;
        let first = first.map(|set| queue(&mut link, set)).transpose()?;
        link.flush()?;
        let state = match opening::read(&mut link, name, &examine) {
            Err(error @ StoreError::Refused { .. }) => {
                if let Some(tag) = first {
                    // Refused as well, or about no folder of ours: read off the stream either way.
                    match read_contents(&mut link, &tag, &mut Nobody) {
                        Ok(_) | Err(StoreError::Refused { .. }) => {}
                        Err(lost) => return Err(lost),
                    }
                }
                return Err(error);
            }
            opened => opened?,
        };
        if let Some(tag) = first {
            read_contents(&mut link, &tag, sink)?;
        }
        fetch(&mut link, rest, sink)?;
        drop(link);
        self.open = Some((name.clone(), state));
        Ok(state)
    }
}

fn fetch(link: &mut Link, sets: &[String], sink: &mut dyn ContentSink) -> Result<u64, StoreError> {
    let mut came = 0;
    for set in sets {
        link.alive()?;
        let tag = queue(link, set)?;
        link.flush()?;
        came += read_contents(link, &tag, sink)?;
    }
    Ok(came)
}

fn queue(link: &mut Link, set: &str) -> Result<String, StoreError> {
    link.wire.set_doing(COMMAND);
    let tag = link.tag();
    link.queue(&format!("{tag} UID FETCH {set} {ITEMS}"))?;
    Ok(tag)
}

/// Takes what nobody wants.
struct Nobody;

impl ContentSink for Nobody {
    fn begin(&mut self) {}

    fn octets(&mut self, _octets: &[u8]) {}

    fn end(&mut self, _info: ContentInfo) {}
}

/// Passes the literal of `BODY[]` on to the sink.
struct Body<'a> {
    sink: &'a mut dyn ContentSink,
    begun: bool,
    delivered: u64,
}

impl Bulk for Body<'_> {
    fn takes(&mut self, head: &[u8], _size: u64) -> bool {
        const ITEM: &[u8] = b"BODY[] ";
        let end = head.iter().rposition(|&b| b == b'{').unwrap_or(0);
        let before = head[..end].strip_suffix(b"~").unwrap_or(&head[..end]);
        let wanted = !self.begun
            && before.len() >= ITEM.len()
            && before[before.len() - ITEM.len()..].eq_ignore_ascii_case(ITEM);
        if wanted {
            self.begun = true;
            self.delivered = 0;
            self.sink.begin();
        }
        wanted
    }

    fn octets(&mut self, octets: &[u8]) {
        self.delivered += octets.len() as u64;
        self.sink.octets(octets);
    }
}

fn read_contents(
    link: &mut Link,
    tag: &str,
    sink: &mut dyn ContentSink,
) -> Result<u64, StoreError> {
    link.wire.set_doing(COMMAND);
    let mut buffer = Vec::new();
    let mut came = 0;
    let mut body = Body {
        sink,
        begun: false,
        delivered: 0,
    };
    loop {
        body.begun = false;
        let understood = match link.next(&mut buffer, Some(&mut body))? {
            Response::Tagged(got, status) if got == tag.as_bytes() => {
                return accept(status, COMMAND).map(|_| came);
            }
            Response::Untagged(_) => true,
            Response::Data(data) => match fetched::read(data) {
                Datum::Fetch(fetched) if fetched.body.is_some() => {
                    came += 1;
                    link.progress();
                    finish_message(fetched, &mut body)
                }
                Datum::Broken => false,
                _ => true,
            },
            _ => false,
        };
        if !understood {
            return Err(link.kill(StoreError::malformed(COMMAND, &buffer)));
        }
    }
}

/// Ends one message; says whether its answer held all that was asked for.
fn finish_message(fetched: Fetched, body: &mut Body<'_>) -> bool {
    if !body.begun {
        // It came as a quoted string or NIL.
        body.begun = true;
        body.delivered = 0;
        body.sink.begin();
        body.octets(&fetched.body.unwrap_or_default());
    }
    let (Some(uid), Some(flags), Some(size)) = (fetched.uid, fetched.flags, fetched.size) else {
        return false;
    };
    body.sink.end(ContentInfo {
        uid,
        flags,
        // A date that cannot be read equals none that was asked for.
        internal_date: fetched.internal_date.unwrap_or(i64::MIN),
        size,
        delivered: body.delivered,
    });
    true
}
