//! Flags of given messages: set, taken away and read back, under the UIDVALIDITY they were planned
//! under; and which UIDs there are.
//!
//! Cannot remove a message and does not mark one as deleted for a caller: that is
//! [`super::remove`]'s. Source: RFC 3501 §6.4.4, §6.4.6, §6.4.8.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use super::super::append::flag_list;
use super::super::error::StoreError;
use super::super::fetched::{self, Datum};
use super::super::link::{Untagged, lock};
use super::super::name::MailboxName;
use super::super::syntax::Reader;
use super::super::types::{Flags, Uid, UidValidity};
use super::Session;
use super::removal::Candidate;

/// Octets of a UID set in one command: every server takes lines of this length.
const LONGEST_SET: usize = 900;

/// UIDs that go into one command.
pub(super) struct Chunk {
    /// As they are written: `1:3,7`.
    pub(super) set: String,
    pub(super) uids: Vec<Uid>,
}

/// UIDs in ranges, in chunks that are short enough for one command.
pub(super) fn chunks(uids: impl IntoIterator<Item = Uid>) -> Vec<Chunk> {
    let uids: Vec<Uid> = uids
        .into_iter()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let mut chunks: Vec<Chunk> = Vec::new();
    for range in uids.chunk_by(|low, high| high.0.get() - low.0.get() == 1) {
        let (Some(first), Some(last)) = (range.first(), range.last()) else {
            continue;
        };
        let text = if first == last {
            first.to_string()
        } else {
            format!("{first}:{last}")
        };
        match chunks.last_mut() {
            Some(chunk) if chunk.set.len() + text.len() < LONGEST_SET => {
                chunk.set.push(',');
                chunk.set.push_str(&text);
                chunk.uids.extend(range);
            }
            _ => chunks.push(Chunk {
                set: text,
                uids: range.to_vec(),
            }),
        }
    }
    chunks
}

/// The UIDs of a set in its own order; `None` where it is none, or names more than `most`.
pub(super) fn expand(set: &str, most: usize) -> Option<Vec<Uid>> {
    let mut uids = Vec::new();
    for range in set.split(',') {
        let (from, to) = range.split_once(':').unwrap_or((range, range));
        let (from, to): (NonZeroU32, NonZeroU32) = (from.parse().ok()?, to.parse().ok()?);
        let (low, high) = (from.min(to).get(), from.max(to).get());
        let more = usize::try_from(high - low).ok()?.checked_add(1)?;
        if more > most - uids.len() {
            return None;
        }
        uids.extend((low..=high).filter_map(NonZeroU32::new).map(Uid));
    }
    Some(uids)
}

impl Session {
    /// Sets and takes away flags of messages, and says which flags they have afterwards, read
    /// back from the server: compare, a server may say OK and keep nothing. A UID that is gone
    /// is missing in the answer. Safe to repeat.
    ///
    /// # Errors
    /// `InvalidArgument` where `\Deleted` is to be set (see [`remove`](Self::remove));
    /// `UidValidityChanged` and `ReadOnly` with nothing done; `Refused`, also where a part is
    /// done; `OutcomeUnknown` where the connection broke.
    pub fn store_flags(
        &mut self,
        folder: &MailboxName,
        expect: UidValidity,
        uids: &[Uid],
        add: Flags,
        take: Flags,
    ) -> Result<Vec<(Uid, Flags)>, StoreError> {
        if add.deleted {
            return Err(StoreError::invalid(format!(
                "folder {folder}: messages are marked as deleted only to be removed"
            )));
        }
        self.open_to_change(folder, expect)?;
        for (sign, flags) in [('+', add), ('-', take)] {
            if flags != Flags::default() {
                for chunk in chunks(uids.iter().copied()) {
                    self.store(&chunk, sign, &format!("({})", flag_list(flags)))?;
                }
            }
        }
        let now = self.look_at(uids.iter().copied())?;
        Ok(now.into_values().map(|m| (m.uid, m.flags)).collect())
    }

    /// Opens a folder to change it, where it is the one that was planned for.
    pub(super) fn open_to_change(
        &mut self,
        folder: &MailboxName,
        expect: UidValidity,
    ) -> Result<(), StoreError> {
        let state = self.select(folder)?;
        let folder = folder.to_string();
        if state.uid_validity != expect {
            self.leave();
            return Err(StoreError::UidValidityChanged {
                folder,
                expected: expect,
                found: state.uid_validity,
            });
        }
        if self.read_only {
            self.leave();
            return Err(StoreError::ReadOnly { folder });
        }
        Ok(())
    }

    /// Sets (`+`) or takes away (`-`) flags, given as a list in parentheses.
    pub(super) fn store(
        &mut self,
        chunk: &Chunk,
        sign: char,
        flags: &str,
    ) -> Result<(), StoreError> {
        let line = format!("UID STORE {} {sign}FLAGS.SILENT {flags}", chunk.set);
        let command = format!("UID STORE {sign}FLAGS {flags} in {}", self.open_name());
        let stored = lock(&self.link).run(&line, &command, &mut super::ignore);
        stored.map(drop).map_err(|error| error.uncertain(&command))
    }

    /// Flags and Message-IDs of messages in the open folder; those that are gone are missing.
    pub(super) fn look_at(
        &mut self,
        uids: impl IntoIterator<Item = Uid>,
    ) -> Result<BTreeMap<Uid, Candidate>, StoreError> {
        let mut found = BTreeMap::new();
        let command = format!("UID FETCH in {}", self.open_name());
        let mut link = lock(&self.link);
        for chunk in chunks(uids) {
            let fetch = format!(
                "UID FETCH {} (UID FLAGS BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])",
                chunk.set
            );
            link.run(&fetch, &command, &mut |untagged| {
                let Untagged::Data(data) = untagged else {
                    return Ok(());
                };
                match fetched::read(data) {
                    Datum::Broken => return Err(StoreError::malformed(&*command, data)),
                    Datum::Fetch(fetched) => {
                        // Others' changes are told too, but without the header.
                        if let (Some(uid), Some(flags), Some(header)) =
                            (fetched.uid, fetched.flags, &fetched.header)
                            && chunk.uids.binary_search(&uid).is_ok()
                        {
                            let message_id = message_id(header);
                            let candidate = Candidate {
                                uid,
                                flags,
                                message_id,
                            };
                            found.insert(uid, candidate);
                        }
                    }
                    _ => {}
                }
                Ok(())
            })?;
        }
        Ok(found)
    }

    /// Every UID in the open folder; `None` where the server said OK and told nothing, which some
    /// do for an empty folder.
    pub(super) fn all_uids(&mut self) -> Result<Option<BTreeSet<Uid>>, StoreError> {
        let command = format!("UID SEARCH in {}", self.open_name());
        let mut found = None;
        lock(&self.link).run("UID SEARCH ALL", &command, &mut |untagged| {
            if let Untagged::Data(data) = untagged {
                let mut reader = Reader::new(data);
                if reader.word("SEARCH") {
                    let uids = read_numbers(reader);
                    let uids = uids.ok_or_else(|| StoreError::malformed(&*command, data))?;
                    found.get_or_insert_with(BTreeSet::new).extend(uids);
                }
            }
            Ok(())
        })?;
        Ok(found)
    }

    pub(super) fn open_name(&self) -> String {
        let open = self.open.as_ref();
        open.map_or_else(String::new, |(name, _)| name.to_string())
    }
}

fn read_numbers(reader: Reader<'_>) -> Option<Vec<Uid>> {
    let values = reader.all()?;
    values.iter().map(|v| fetched::uid(v.number()?)).collect()
}

/// The value of the one field in a header block.
fn message_id(header: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(header);
    let (_, value) = text.split_once(':')?;
    let value: String = value
        .chars()
        .filter(|c| !matches!(c, '\r' | '\n'))
        .collect();
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn uids(numbers: impl IntoIterator<Item = u32>) -> Vec<Uid> {
        let numbers = numbers.into_iter().filter_map(NonZeroU32::new);
        numbers.map(Uid).collect()
    }

    #[test]
    fn chunks_are_short_ordered_and_complete() {
        let all = uids(
            (1..3000)
                .map(|n: u32| n.wrapping_mul(1_000_003))
                .chain([5, 6, 7]),
        );
        let made = chunks(all.iter().copied());
        assert!(made.len() > 10 && made.iter().all(|c| c.set.len() <= LONGEST_SET));
        let told: Vec<_> = made.iter().flat_map(|c| c.uids.clone()).collect();
        let sorted: Vec<_> = all
            .into_iter()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        assert_eq!(told, sorted);
        assert_eq!(
            chunks(uids([9, 1, 2, 3, 2, u32::MAX]))[0].set,
            "1:3,9,4294967295"
        );
        assert!(chunks([]).is_empty());
    }

    #[test]
    fn a_set_that_names_too_much_or_nothing_is_none() {
        assert_eq!(expand("7,3:5", 4), Some(uids([7, 3, 4, 5])));
        for bad in ["1:4294967295", "1:5", "*", "0", "", "1,", "1:x"] {
            assert_eq!(expand(bad, 4), None, "{bad}");
        }
    }

    #[test]
    fn a_message_id_is_unfolded_and_trimmed() {
        let id = |header: &str| message_id(header.as_bytes());
        assert_eq!(
            id("message-id:\r\n <a@b>\r\n\r\n").as_deref(),
            Some("<a@b>")
        );
        assert_eq!(id("\r\n"), None);
        assert_eq!(id("Message-ID: \r\n\r\n"), None);
    }

    proptest! {
        #[test]
        fn expanding_undoes_writing(numbers in proptest::collection::vec(1u32.., 1..200)) {
            for chunk in chunks(uids(numbers)) {
                prop_assert_eq!(expand(&chunk.set, chunk.uids.len()), Some(chunk.uids));
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "[0-9:, *]{0,40}", most in 0usize..50) {
            let _ = expand(&text, most);
        }
    }
}
