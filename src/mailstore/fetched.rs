//! What a FETCH response tells about one message (RFC 3501 §7.4.2).
//!
//! Attributes come in any order and any case, header lists quoted, upper-cased or as sent.
//! Bodies are not here: they stream past, see [`super::session`].

use std::num::NonZeroU32;

use super::date;
use super::structure::Structure;
use super::syntax::{Reader, Value};
use super::types::{Flags, Uid};

/// One message's attributes, as far as they came.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Fetched {
    pub(super) uid: Option<Uid>,
    pub(super) flags: Option<Flags>,
    pub(super) internal_date: Option<i64>,
    pub(super) size: Option<u64>,
    /// Whether an INTERNALDATE came, readable or not.
    pub(super) dated: bool,
    /// The header fields that were asked for; empty where they streamed past.
    pub(super) header: Option<Vec<u8>>,
    /// The whole message; empty where it streamed past or is NIL.
    pub(super) body: Option<Vec<u8>>,
    /// Its parts, or why there are none.
    pub(super) structure: Option<Structure>,
}

/// What an untagged data response means for someone who reads messages.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Datum {
    Fetch(Fetched),
    Exists(u32),
    Expunge(u64),
    Other,
    /// A FETCH, EXISTS or EXPUNGE that could not be read.
    Broken,
}

impl Datum {
    /// The number of messages in a folder that had `count` before this.
    pub(super) fn recount(&self, count: u32) -> u32 {
        match self {
            Self::Exists(count) => *count,
            Self::Expunge(gone) => count.saturating_sub(u32::try_from(*gone).unwrap_or(u32::MAX)),
            _ => count,
        }
    }
}

/// Reads an untagged data response (without `* `).
pub(super) fn read(data: &[u8]) -> Datum {
    let mut reader = Reader::new(data);
    if reader.word("VANISHED") {
        return match reader.all().as_deref() {
            Some([Value::Atom(set)]) => Datum::Expunge(set_size(set)),
            _ => Datum::Other,
        };
    }
    let Some(first) = reader.value() else {
        return Datum::Other;
    };
    let number = first.number();
    if reader.word("FETCH") {
        return match number {
            Some(_) => attributes(&mut reader).map_or(Datum::Broken, Datum::Fetch),
            None => Datum::Broken,
        };
    }
    if reader.word("EXISTS") {
        let count = number.and_then(|n| u32::try_from(n).ok());
        return count.map_or(Datum::Broken, Datum::Exists);
    }
    if reader.word("EXPUNGE") {
        return number.map_or(Datum::Broken, |_| Datum::Expunge(1));
    }
    Datum::Other
}

fn attributes(reader: &mut Reader<'_>) -> Option<Fetched> {
    let mut fetched = Fetched::default();
    if !reader.open() {
        return None;
    }
    while !reader.close() {
        let Value::Atom(key) = reader.value()? else {
            return None;
        };
        let is = |name: &str| key.eq_ignore_ascii_case(name.as_bytes());
        if is("UID") {
            fetched.uid = Some(uid(reader.number()?)?);
        } else if is("FLAGS") {
            fetched.flags = Some(flags(reader)?);
        } else if is("INTERNALDATE") {
            fetched.internal_date = reader.value()?.text().and_then(date::parse);
            fetched.dated = true;
        } else if is("RFC822.SIZE") {
            fetched.size = Some(reader.number()?);
        } else if is("BODY[]") {
            fetched.body = Some(string(&reader.value()?)?);
        } else if is_header(key) {
            fetched.header = Some(string(&reader.value()?)?);
        } else if is("BODYSTRUCTURE") {
            let rest = reader.rest();
            let Some(octets) = reader.skip() else {
                // Nobody can say where it ends; what came before it still stands.
                fetched.structure = Some(Structure::unreadable(rest));
                return Some(fetched);
            };
            fetched.structure = Some(Structure::read(octets));
        } else {
            reader.skip()?;
        }
    }
    Some(fetched)
}

/// Whether the beginning of a response (with its `* `) ends where the value of a message's header
/// has to come.
pub(super) fn awaits_header(head: &[u8]) -> bool {
    let mut reader = Reader::new(head.strip_prefix(b"* ").unwrap_or_default());
    if reader.number().is_none() || !reader.word("FETCH") || !reader.open() {
        return false;
    }
    while let Some(Value::Atom(key)) = reader.value() {
        if reader.at_end() {
            return is_header(key);
        }
        if reader.skip().is_none() {
            return false;
        }
    }
    false
}

fn is_header(key: &[u8]) -> bool {
    const SECTION: &[u8] = b"BODY[HEADER";
    key.get(..SECTION.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(SECTION))
}

fn string(value: &Value<'_>) -> Option<Vec<u8>> {
    if value.is("NIL") {
        return Some(Vec::new());
    }
    value.octets().map(<[u8]>::to_vec)
}

/// A UID as a number; 0 and what does not fit 32 bits is none.
pub(super) fn uid(number: u64) -> Option<Uid> {
    u32::try_from(number)
        .ok()
        .and_then(NonZeroU32::new)
        .map(Uid)
}

fn flags(reader: &mut Reader<'_>) -> Option<Flags> {
    let mut flags = Flags::default();
    if !reader.open() {
        return None;
    }
    while !reader.close() {
        let flag = reader.value()?;
        let known = [
            ("\\Seen", &mut flags.seen),
            ("\\Flagged", &mut flags.flagged),
            ("\\Deleted", &mut flags.deleted),
            ("\\Answered", &mut flags.answered),
            ("\\Draft", &mut flags.draft),
        ];
        if let Some((_, set)) = known.into_iter().find(|(name, _)| flag.is(name)) {
            *set = true;
        }
    }
    Some(flags)
}

fn set_size(set: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(set);
    let ranges = text.split(',').map(|range| {
        let (low, high) = range.split_once(':').unwrap_or((range, range));
        match (low.parse::<u64>(), high.parse::<u64>()) {
            (Ok(low), Ok(high)) => high.abs_diff(low).saturating_add(1),
            _ => 0,
        }
    });
    ranges.fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fetched(line: &str) -> Fetched {
        match read(line.as_bytes()) {
            Datum::Fetch(fetched) => fetched,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn attributes_are_read_in_any_order_and_case() {
        let got = fetched(
            "3 fetch (body[header.fields (\"Message-ID\")] {6}\r\nabc\r\n\r flags (\\seen $X) Uid 9 rfc822.size 5000000000 INTERNALDATE \" 5-Feb-2009 13:31:30 -0500\")\r\n",
        );
        assert_eq!(got.uid, uid(9));
        assert!(got.flags.unwrap().seen && !got.flags.unwrap().deleted);
        assert_eq!(got.size, Some(5_000_000_000));
        assert_eq!(got.internal_date, Some(1_233_858_690));
        assert_eq!(got.header.as_deref(), Some(&b"abc\r\n\r"[..]));
    }

    #[test]
    fn an_internaldate_of_nil_is_no_date_and_no_panic() {
        assert_eq!(
            fetched("1 FETCH (UID 1 INTERNALDATE NIL)\r\n").internal_date,
            None
        );
    }

    #[test]
    fn structures_are_read_whatever_their_depth_and_what_follows_them() {
        let leaf = "(\"audio\" \"gsm\" NIL NIL {1}\r\n) \"base64\" 8)";
        let got = fetched(&format!(
            "1 FETCH (bodystructure {leaf} UID 7 FLAGS (\\DRAFT NIL))\r\n"
        ));
        assert_eq!(got.uid, uid(7));
        assert!(got.flags.unwrap().draft);
        assert!(matches!(got.structure, Some(Structure::Parts(part)) if part.size == Some(8)));
        let deep = format!("{}{}", "(".repeat(200_000), ")".repeat(200_000));
        let got = fetched(&format!(
            "1 FETCH (X-NEW {deep} BODYSTRUCTURE {deep} UID 7)\r\n"
        ));
        assert_eq!(
            (got.uid, got.structure),
            (uid(7), Some(Structure::TooComplex))
        );
        let got = fetched("1 FETCH (BODYSTRUCTURE NIL UID 7)\r\n");
        assert_eq!(got.structure, Some(Structure::Unreadable("NIL".to_owned())));
    }

    #[test]
    fn a_structure_without_an_end_leaves_what_came_before_it() {
        let open = "(".repeat(200_000);
        for broken in ["((\"a\" \"b\"", "(\"a", open.as_str()] {
            let got = fetched(&format!("1 FETCH (UID 7 BODYSTRUCTURE {broken}\r\n"));
            assert_eq!(got.uid, uid(7));
            assert!(matches!(got.structure, Some(Structure::Unreadable(_))));
        }
    }

    #[test]
    fn broken_answers_are_told_from_unasked_ones() {
        for line in [
            "1 FETCH (UID 0)",
            "1 FETCH (UID",
            "x FETCH ()",
            "9999999999 EXISTS",
            "1 FETCH (UID 1 FLAGS)",
        ] {
            assert_eq!(read(line.as_bytes()), Datum::Broken, "{line}");
        }
        for line in ["LIST () \".\" x", "CAPABILITY IMAP4rev1", "SEARCH 1"] {
            assert_eq!(read(line.as_bytes()), Datum::Other, "{line}");
        }
        assert_eq!(read(b"VANISHED 1:3,9\r\n"), Datum::Expunge(4));
    }

    #[test]
    fn a_folder_is_recounted_by_what_the_server_says() {
        let lines = [
            &b"2 EXPUNGE\r\n"[..],
            b"VANISHED 1:3\r\n",
            b"1 FETCH ()",
            b"x",
        ];
        let count = lines
            .iter()
            .fold(9, |count, line| read(line).recount(count));
        assert_eq!(count, 5);
        assert_eq!(read(b"12 EXISTS\r\n").recount(5), 12);
        assert_eq!(read(b"VANISHED 1:9\r\n").recount(5), 0);
    }

    proptest! {
        #[test]
        fn no_octets_make_it_panic(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&octets);
            let mut line = b"1 FETCH (".to_vec();
            line.extend(octets);
            let _ = read(&line);
        }
    }
}
