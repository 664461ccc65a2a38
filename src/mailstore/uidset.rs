//! Sets of UIDs, as they go into a command and come in an answer (`sequence-set`, RFC 3501 §9).

use std::num::NonZeroU32;

use super::types::Uid;

/// Octets of a UID set in a command that only reads; servers cut lines at 8,000 and more (RFC 7162
/// §4).
pub(super) const LONGEST_SET: usize = 7_500;

/// UIDs that go into one command.
pub(super) struct Chunk {
    /// As they are written: `1:3,7`.
    pub(super) set: String,
    /// Ascending, each once.
    pub(super) uids: Vec<Uid>,
}

/// UIDs in ranges, in chunks whose sets have about `longest` octets at most.
pub(super) fn chunks(uids: &[Uid], longest: usize) -> Vec<Chunk> {
    let mut uids = uids.to_vec();
    uids.sort_unstable();
    uids.dedup();
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
            Some(chunk) if chunk.set.len() + text.len() < longest => {
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

/// UID sets in ranges, each short enough for one command that only reads.
pub(super) fn sets(uids: &[Uid]) -> Vec<String> {
    let chunks = chunks(uids, LONGEST_SET).into_iter();
    chunks.map(|chunk| chunk.set).collect()
}

/// The UIDs of a set, in its own order and each range from its lower end; `None` where it is none,
/// holds `*`, or names more than `most`.
pub(super) fn expand(set: &str, most: usize) -> Option<Vec<Uid>> {
    let mut uids = Vec::new();
    read(set.as_bytes(), &mut uids, most).map(|()| uids)
}

/// Adds the numbers of a set as [`expand`] has them; `most` is how many there may be in all.
pub(super) fn read(set: &[u8], into: &mut Vec<Uid>, most: usize) -> Option<()> {
    for range in std::str::from_utf8(set).ok()?.split(',') {
        let (from, to) = range.split_once(':').unwrap_or((range, range));
        let (from, to): (NonZeroU32, NonZeroU32) = (number(from)?, number(to)?);
        let (low, high) = (from.min(to).get(), from.max(to).get());
        let more = usize::try_from(high - low).ok()?.checked_add(1)?;
        if more > most.saturating_sub(into.len()) {
            return None;
        }
        into.extend((low..=high).filter_map(NonZeroU32::new).map(Uid));
    }
    Some(())
}

fn number(digits: &str) -> Option<NonZeroU32> {
    let plain = digits.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailstore::fetched;
    use proptest::prelude::*;

    fn uids(numbers: impl IntoIterator<Item = u64>) -> Vec<Uid> {
        numbers.into_iter().filter_map(fetched::uid).collect()
    }

    #[test]
    fn uids_become_ranges() {
        assert_eq!(sets(&uids([5, 1, 2, 3, 9, 2, 8])), ["1:3,5,8:9"]);
        assert!(sets(&[]).is_empty());
        assert_eq!(
            sets(&uids([u64::from(u32::MAX), u64::from(u32::MAX) - 1])),
            ["4294967294:4294967295"]
        );
    }

    #[test]
    fn sets_stay_short_and_lose_no_uid() {
        let all = uids((1..20_000).map(|n| n * 2));
        let sets = sets(&all);
        assert!(sets.len() > 1 && sets.iter().all(|s| s.len() < 7_600));
        assert_eq!(
            sets.iter().map(|s| s.split(',').count()).sum::<usize>(),
            all.len()
        );
    }

    #[test]
    fn sets_are_read_in_either_direction_and_only_up_to_a_bound() {
        let got = |set: &str, most| {
            let mut uids = Vec::new();
            read(set.as_bytes(), &mut uids, most).map(|()| uids)
        };
        assert_eq!(got("1:3,9,7:6", 6), Some(uids([1, 2, 3, 9, 6, 7])));
        assert_eq!(got("4294967295", 1), Some(uids([u64::from(u32::MAX)])));
        for bad in [
            "",
            ",",
            "0",
            "1:",
            "1:*",
            "*",
            "+1",
            "1:2:3",
            "x",
            "4294967296",
            "1:7",
            "1:4294967295",
        ] {
            assert_eq!(got(bad, 6), None, "{bad}");
        }
    }

    #[test]
    fn chunks_are_short_ordered_and_complete() {
        let spread = (1..3000).map(|n: u64| n * 1_000_003 % 4_294_967_291);
        let all = uids(spread.chain([5, 6, 7]));
        let made = chunks(&all, 900);
        assert!(made.len() > 10 && made.iter().all(|c| c.set.len() <= 900));
        let told: Vec<_> = made.iter().flat_map(|c| c.uids.clone()).collect();
        let mut sorted = all;
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(told, sorted);
        assert_eq!(
            chunks(&uids([9, 1, 2, 3, 2, u64::from(u32::MAX)]), 900)[0].set,
            "1:3,9,4294967295"
        );
        assert!(chunks(&[], 900).is_empty());
    }

    #[test]
    fn a_set_that_names_too_much_or_nothing_is_none() {
        assert_eq!(expand("7,3:5", 4), Some(uids([7, 3, 4, 5])));
        for bad in ["1:4294967295", "1:5", "*", "0", "", "1,", "1:x"] {
            assert_eq!(expand(bad, 4), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn expanding_undoes_writing(numbers in proptest::collection::vec(1u64..4_294_967_296, 1..200)) {
            for chunk in chunks(&uids(numbers), 900) {
                prop_assert_eq!(expand(&chunk.set, chunk.uids.len()), Some(chunk.uids));
            }
        }

        #[test]
        fn what_is_sent_is_what_is_read(numbers in proptest::collection::btree_set(1u64..3000, 0..300)) {
            let all = uids(numbers);
            let mut back = Vec::new();
            for set in sets(&all) {
                read(set.as_bytes(), &mut back, 1000).unwrap();
            }
            prop_assert_eq!(back, all);
        }

        #[test]
        fn no_octets_make_it_panic(octets in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = read(&octets, &mut Vec::new(), 1000);
        }
    }
}
