//! Which part of a box's messages is looked at, where not all are.
//!
//! The messages of a box stand in the order of their keys, which are digests, so that neighbours in
//! that order have nothing in common. A seed chooses the place to begin: seed N+1 begins where seed N
//! ended, and begins anew behind the last. So runs with consecutive seeds look at every message once
//! in as many runs as the part goes into the whole; one seed gives the same part every time.

use std::fmt;
use std::str::FromStr;

use crate::voicemail::source_key::SourceKey;

/// How much of each box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// So many messages.
    Messages(u64),
    /// So many hundredths of a percent.
    Share(u64),
}

/// A part of each box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// How much.
    pub size: Size,
    /// Which part of that size.
    pub seed: u64,
}

/// Hundredths of a percent in the whole.
const WHOLE: u64 = 10_000;

impl FromStr for Size {
    type Err = String;

    /// `5%`, `0.5%`, `20`.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "a share of each mailbox (5%, 0.5%) or a number of messages (20)".to_owned();
        let number = |digits: &str| {
            let plain = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
            plain.then(|| digits.parse::<u64>().ok()).flatten()
        };
        let Some(percent) = text.strip_suffix('%') else {
            let size = number(text).filter(|size| *size > 0);
            return size.map(Self::Messages).ok_or_else(wrong);
        };
        let (whole, part) = percent.split_once('.').unwrap_or((percent, "0"));
        let hundredths = match part.len() {
            1 => number(part).map(|tenths| tenths * 10),
            2 => number(part),
            _ => None,
        };
        let share = number(whole)
            .and_then(|whole| whole.checked_mul(100))
            .zip(hundredths)
            .and_then(|(whole, part)| whole.checked_add(part));
        let share = share.filter(|share| (1..=WHOLE).contains(share));
        share.map(Self::Share).ok_or_else(wrong)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Messages(size) => size.fmt(f),
            Self::Share(share) if share % 100 == 0 => write!(f, "{}%", share / 100),
            Self::Share(share) => write!(f, "{}.{:02}%", share / 100, share % 100),
        }
    }
}

impl Size {
    /// How many of so many: at least one of any, and never more than there are.
    fn of(self, messages: u64) -> u64 {
        let wanted = match self {
            Self::Messages(size) => size,
            Self::Share(share) => messages.saturating_mul(share).div_ceil(WHOLE),
        };
        wanted.max(1).min(messages)
    }
}

impl Sample {
    /// The places of the messages that are looked at, in no order.
    #[must_use]
    pub fn choose(&self, keys: &[&SourceKey]) -> Vec<usize> {
        let total = keys.len() as u64;
        if total == 0 {
            return Vec::new();
        }
        let mut order: Vec<usize> = (0..keys.len()).collect();
        order.sort_by_key(|place| keys.get(*place));
        let size = self.size.of(total);
        let begin = u128::from(self.seed) * u128::from(size) % u128::from(total);
        let begin = usize::try_from(begin).unwrap_or(0);
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        order.into_iter().cycle().skip(begin).take(size).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::voicemail::source_key::AudioDigest;
    use crate::voicemail::vmbox::VoicemailBox;

    fn keys(count: u8) -> Vec<SourceKey> {
        let vmbox = VoicemailBox::new("1", "a");
        (0..count)
            .map(|n| SourceKey::new(&vmbox, "", i64::from(n), &AudioDigest([n; 32]), 1))
            .collect()
    }

    fn chosen(size: &str, seed: u64, keys: &[SourceKey]) -> BTreeSet<usize> {
        let size = size.parse().unwrap();
        let keys: Vec<&SourceKey> = keys.iter().collect();
        let chosen = Sample { size, seed }.choose(&keys);
        let set: BTreeSet<usize> = chosen.iter().copied().collect();
        assert_eq!(set.len(), chosen.len(), "none twice");
        set
    }

    #[test]
    fn a_size_is_a_share_or_a_number_and_never_nothing() {
        for (text, shown) in [
            ("5%", "5%"),
            ("0.5%", "0.50%"),
            ("20", "20"),
            ("100%", "100%"),
        ] {
            assert_eq!(text.parse::<Size>().unwrap().to_string(), shown);
        }
        for wrong in [
            "", "%", "0", "0%", "0.00%", "101%", "-1", "1.%", "1.234%", "five", "é%",
        ] {
            assert!(wrong.parse::<Size>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn of_a_box_with_messages_at_least_one_is_looked_at() {
        assert_eq!(chosen("0.01%", 7, &keys(3)).len(), 1);
        assert_eq!(chosen("5%", 7, &keys(21)).len(), 2);
        assert_eq!(chosen("50", 7, &keys(3)).len(), 3);
        assert!(chosen("5%", 7, &keys(0)).is_empty());
    }

    #[test]
    fn one_seed_gives_one_part_and_consecutive_seeds_give_the_whole() {
        let keys = keys(40);
        assert_eq!(chosen("5%", 3, &keys), chosen("5%", 3, &keys));
        for first in [0, 17, 20_785, u64::MAX - 19] {
            let all: BTreeSet<usize> = (0..20)
                .flat_map(|day| chosen("5%", first + day, &keys))
                .collect();
            assert_eq!(all.len(), 40, "from {first}");
        }
    }
}
