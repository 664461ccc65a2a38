//! Whole messages, streamed: octets pass from the socket to a sink and are never held.
//!
//! UIDs are put into ranges and commands of bounded length. Takes attributes in any order: a
//! message's [`ContentInfo`] comes when its response is complete.

use super::super::error::StoreError;
use super::super::fetched::{self, Datum, Fetched};
use super::super::link::{Link, accept, lock};
use super::super::response::Response;
use super::super::types::{ContentInfo, ContentSink, Uid};
use super::super::uidset::sets;
use super::super::wire::Bulk;
use super::Session;

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
        let mut came = 0;
        for set in sets(uids) {
            link.alive()?;
            link.wire.set_doing("UID FETCH of contents");
            let tag = link.tag();
            link.queue(&format!("{tag} UID FETCH {set} {ITEMS}"))?;
            link.flush()?;
            came += read_contents(&mut link, &tag, sink)?;
        }
        Ok(came)
    }
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
    const COMMAND: &str = "UID FETCH of contents";
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
