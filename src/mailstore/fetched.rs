//! What a FETCH response tells about one message (RFC 3501 §7.4.2).
//!
//! Attributes come in any order and any case, header lists quoted, upper-cased or as sent.
//! Bodies are not here: they stream past, see [`super::session`].

use std::num::NonZeroU32;

use super::date;
use super::syntax::{Reader, Value};
use super::types::{Flags, Uid};

/// One message's attributes, as far as they came.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Fetched {
    pub(super) uid: Option<Uid>,
    pub(super) flags: Option<Flags>,
    pub(super) internal_date: Option<i64>,
    pub(super) size: Option<u64>,
    /// The header fields that were asked for; empty where they streamed past.
    pub(super) header: Option<Vec<u8>>,
    /// The whole message; empty where it streamed past or is NIL.
    pub(super) body: Option<Vec<u8>>,
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
        return match (number, reader.value()) {
            (Some(_), Some(Value::List(items))) => {
                attributes(&items).map_or(Datum::Broken, Datum::Fetch)
            }
            _ => Datum::Broken,
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

fn attributes(items: &[Value<'_>]) -> Option<Fetched> {
    let mut fetched = Fetched::default();
    for pair in items.chunks(2) {
        let [key, value] = pair else { return None };
        let Value::Atom(key) = key else { return None };
        let key = std::str::from_utf8(key).ok()?.to_ascii_uppercase();
        match key.as_str() {
            "UID" => fetched.uid = Some(uid(value.number()?)?),
            "FLAGS" => fetched.flags = Some(flags(value.list()?)),
            "INTERNALDATE" => fetched.internal_date = value.text().and_then(date::parse),
            "RFC822.SIZE" => fetched.size = Some(value.number()?),
            "BODY[]" => fetched.body = Some(string(value)?),
            key if key.starts_with("BODY[HEADER") => fetched.header = Some(string(value)?),
            _ => {}
        }
    }
    Some(fetched)
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

fn flags(list: &[Value<'_>]) -> Flags {
    let has = |flag: &str| list.iter().any(|v| v.is(flag));
    Flags {
        seen: has("\\Seen"),
        flagged: has("\\Flagged"),
        deleted: has("\\Deleted"),
        answered: has("\\Answered"),
    }
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
