//! The UIDs an APPENDUID response code names (RFC 4315 §3, RFC 3502 §6.3.11).

use super::super::types::{Uid, UidValidity};
use super::super::uidset::expand;

/// Reads `validity set`; `None` unless it names exactly `count` UIDs. They are in the order of the
/// messages, so ranges count up from their lower end.
pub(super) fn append_uids(argument: &str, count: usize) -> Option<(UidValidity, Vec<Uid>)> {
    let (validity, set) = argument.trim().split_once(' ')?;
    let validity = UidValidity(validity.parse().ok()?);
    let uids = expand(set.trim(), count)?;
    (uids.len() == count).then_some((validity, uids))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn numbers(argument: &str, count: usize) -> Option<Vec<u32>> {
        append_uids(argument, count).map(|(_, uids)| uids.iter().map(|u| u.0.get()).collect())
    }

    #[test]
    fn sets_with_ranges_keep_their_order() {
        assert_eq!(numbers("7 5", 1), Some(vec![5]));
        assert_eq!(numbers("7 5:7,12,9", 5), Some(vec![5, 6, 7, 12, 9]));
        assert_eq!(numbers("7 4294967295", 1), Some(vec![u32::MAX]));
    }

    #[test]
    fn a_set_of_another_length_or_nonsense_is_none() {
        for bad in [
            "7 5",
            "7 5:8",
            "7 1:4294967295",
            "7 0:2",
            "0 1:3",
            "7 *",
            "7",
            "",
            "7 1,,2",
        ] {
            assert_eq!(numbers(bad, 3), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[0-9:, *a]{0,40}", count in 0usize..60) {
            let _ = append_uids(&text, count);
        }
    }
}
