//! From FETCH answers to envelopes: one told as soon as it is complete, none kept.
//!
//! Used by listings of whole folders and of given UIDs ([`super::envelopes`]), which say what was
//! asked and count. Invariants: an answer that lacks something asked for is an error; a UID is
//! told once, however often the server sends it.

use std::collections::HashSet;

use super::super::envelope::{Asked, Envelope, LONGEST_HEADER};
use super::super::error::StoreError;
use super::super::fetched::{self, Datum, Fetched};
use super::super::link::Link;
use super::super::response::{Response, Status};
use super::super::types::Uid;
use super::super::wire::Bulk;

/// Messages that may come into a folder while it is being listed.
const MOST_NEW: u64 = 1_000_000;

/// Literals of one answer that are looked at, since each look reads the answer from its beginning; a
/// header that is not taken by then is held with the rest of the answer.
const MOST_LOOKS: u32 = 50;

/// What came before the tagged answer.
pub(super) struct Told {
    /// The UIDs told, in the server's order, each once.
    pub(super) uids: Vec<Uid>,
    /// Messages that the server said were removed meanwhile.
    pub(super) removed: u64,
    /// Messages in the folder afterwards.
    pub(super) exists: u32,
    /// The tagged answer.
    pub(super) status: Status,
}

/// Reads FETCH answers up to the tagged one and tells each envelope that `wanted` lets through.
/// More than `announced` and some is no answer but a flood.
pub(super) fn tell(
    link: &mut Link,
    tag: &str,
    asked: &Asked,
    announced: u32,
    wanted: &dyn Fn(Uid) -> bool,
    sink: &mut dyn FnMut(Envelope),
) -> Result<Told, StoreError> {
    let mut seen = Seen::default();
    let (mut removed, mut came) = (0u64, 0u64);
    let mut exists = announced;
    let mut buffer = Vec::new();
    let mut header = HeaderBlock::default();
    loop {
        header.clear();
        let understood = match link.next(&mut buffer, Some(&mut header))? {
            Response::Tagged(got, status) if got == tag.as_bytes() => {
                return Ok(Told {
                    uids: seen.uids,
                    removed,
                    exists,
                    status,
                });
            }
            Response::Untagged(_) => true,
            Response::Data(data) => match fetched::read(data) {
                Datum::Fetch(fetched) => match envelope(fetched, &header, asked) {
                    Answer::Whole(envelope) => {
                        came += 1;
                        if came > u64::from(announced) + MOST_NEW {
                            let flood = b"more messages than announced";
                            return Err(misread(link, flood));
                        }
                        link.progress();
                        if wanted(envelope.uid) && seen.is_new(envelope.uid) {
                            sink(envelope);
                        }
                        true
                    }
                    Answer::Unasked => true,
                    Answer::Short => false,
                },
                Datum::Broken => false,
                datum => {
                    exists = datum.recount(exists);
                    if let Datum::Expunge(count) = datum {
                        removed = removed.saturating_add(count);
                    }
                    true
                }
            },
            _ => false,
        };
        if !understood {
            return Err(misread(link, &buffer));
        }
    }
}

fn misread(link: &mut Link, octets: &[u8]) -> StoreError {
    let doing = link.wire.doing().to_owned();
    link.kill(StoreError::malformed(doing, octets))
}

/// The UIDs told so far. Servers send them in ascending order, which costs no look-up.
#[derive(Default)]
struct Seen {
    uids: Vec<Uid>,
    highest: Option<Uid>,
    /// Filled when the first one comes out of order.
    known: Option<HashSet<Uid>>,
}

impl Seen {
    fn is_new(&mut self, uid: Uid) -> bool {
        if self.highest < Some(uid) {
            self.highest = Some(uid);
            if let Some(known) = &mut self.known {
                known.insert(uid);
            }
        } else {
            let known = self
                .known
                .get_or_insert_with(|| self.uids.iter().copied().collect());
            if !known.insert(uid) {
                return false;
            }
        }
        self.uids.push(uid);
        true
    }
}

/// Takes header blocks up to [`LONGEST_HEADER`] and lets the rest of them pass.
#[derive(Default)]
struct HeaderBlock {
    held: Vec<u8>,
    streamed: bool,
    cut: bool,
    /// Literals of this answer that were looked at.
    looks: u32,
}

impl HeaderBlock {
    fn clear(&mut self) {
        self.held.clear();
        self.streamed = false;
        self.cut = false;
        self.looks = 0;
    }
}

impl Bulk for HeaderBlock {
    /// Only the literal that is the value of `BODY[HEADER...]` itself: a structure may hold that
    /// name too, and whoever sent the message chose what stands behind it.
    fn takes(&mut self, head: &[u8], _size: u64) -> bool {
        let end = head.iter().rposition(|&b| b == b'{').unwrap_or(0);
        let before = head[..end].strip_suffix(b"~").unwrap_or(&head[..end]);
        if self.streamed || self.looks >= MOST_LOOKS || !before.ends_with(b"] ") {
            return false;
        }
        self.looks += 1;
        self.streamed = fetched::awaits_header(before);
        self.streamed
    }

    fn octets(&mut self, octets: &[u8]) {
        let room = LONGEST_HEADER - self.held.len();
        self.cut |= octets.len() > room;
        self.held
            .extend_from_slice(&octets[..octets.len().min(room)]);
    }
}

/// What a FETCH response is to someone who asked.
enum Answer {
    /// It holds all that was asked for.
    Whole(Envelope),
    /// It is about something else: flags that changed, for example.
    Unasked,
    /// It holds some of what was asked for and not the rest.
    Short,
}

fn envelope(fetched: Fetched, block: &HeaderBlock, asked: &Asked) -> Answer {
    // What was asked, whether it came.
    let items = [
        (asked.asks_header(), fetched.header.is_some()),
        (asked.size, fetched.size.is_some()),
        (asked.internal_date, fetched.dated),
        (asked.structure, fetched.structure.is_some()),
    ];
    let plain = items.iter().all(|(asked, _)| !asked);
    let any = items.iter().any(|(asked, came)| *asked && *came);
    let all = items.iter().all(|(asked, came)| !*asked || *came);
    match (fetched.uid, fetched.flags) {
        (Some(uid), Some(flags)) if all && (any || plain) => {
            let (header, header_cut) = if block.streamed {
                (block.held.clone(), block.cut)
            } else {
                cut(fetched.header.unwrap_or_default())
            };
            Answer::Whole(Envelope {
                uid,
                flags,
                header,
                header_cut,
                size: fetched.size,
                internal_date: fetched.internal_date,
                structure: fetched.structure,
            })
        }
        _ if any => Answer::Short,
        _ => Answer::Unasked,
    }
}

/// A header block that came as a quoted string.
fn cut(mut header: Vec<u8>) -> (Vec<u8>, bool) {
    let too_long = header.len() > LONGEST_HEADER;
    header.truncate(LONGEST_HEADER);
    (header, too_long)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_literal_of_the_header_is_taken() {
        let takes = |head: &str| HeaderBlock::default().takes(head.as_bytes(), 5);
        assert!(takes("* 1 FETCH (UID 1 BODY[HEADER] {5}\r\n"));
        assert!(takes("* 1 FETCH (body[header.fields (\"X\")] ~{5}\r\n"));
        assert!(!takes(
            "* 1 FETCH (BODY[HEADER] {0}\r\n BODYSTRUCTURE ((\"a\" {5}\r\n"
        ));
        for name in ["charset]", "x[HEADER]", "BODY[HEADER]"] {
            let parameter = format!("({{{}}}\r\n{name} {{5}}\r\n", name.len());
            let structure =
                format!("* 1 FETCH (BODY[HEADER] NIL BODYSTRUCTURE (\"a\" \"b\" {parameter}");
            assert!(!takes(&structure), "{structure}");
        }
        assert!(!takes("* 1 FETCH (BODY[] {5}\r\n"));
        assert!(!takes("* 1 FETCH (X {5}\r\n"));
        assert!(!takes("{5}\r\n"));
    }

    #[test]
    fn a_uid_is_new_once_in_whatever_order_they_come() {
        let mut seen = Seen::default();
        let mut new = |n| seen.is_new(fetched::uid(n).unwrap());
        let came = [3, 5, 5, 4, 3, 9, 9, 4, 1, 10];
        let told: Vec<u64> = came.into_iter().filter(|n| new(*n)).collect();
        assert_eq!(told, [3, 5, 4, 9, 1, 10]);
    }
}
