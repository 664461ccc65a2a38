//! Sets of UIDs, as they go into a command and come in an answer (`sequence-set`, RFC 3501 §9).

use std::fmt::Write as _;
use std::num::NonZeroU32;

use super::types::Uid;

/// Octets of a UID set in one command; servers cut lines at 8,000 and more (RFC 7162 §4).
pub(super) const LONGEST_SET: usize = 7_500;

/// UID sets in ranges, each short enough for one command.
pub(super) fn sets(uids: &[Uid]) -> Vec<String> {
    let mut numbers: Vec<u32> = uids.iter().map(|uid| uid.0.get()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let mut sets = Vec::new();
    let mut set = String::new();
    for range in numbers.chunk_by(|low, high| high - low == 1) {
        let (Some(first), Some(last)) = (range.first(), range.last()) else {
            continue;
        };
        if set.len() > LONGEST_SET {
            sets.push(std::mem::take(&mut set));
        }
        let comma = if set.is_empty() { "" } else { "," };
        // Writing to a String cannot fail.
        let _ = if first == last {
            write!(set, "{comma}{first}")
        } else {
            write!(set, "{comma}{first}:{last}")
        };
    }
    if !set.is_empty() {
        sets.push(set);
    }
    sets
}

/// Adds the numbers of a set, `None` where it is none, holds `*`, or there would be more than
/// `most` in all.
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

    proptest! {
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
