//! Flags that choose messages by what they are: state, age, length, size, caller, ids.

use std::collections::HashSet;
use std::num::NonZeroU32;
use std::str::FromStr;

use clap::{Args, ValueEnum};
use globset::{GlobBuilder, GlobMatcher};
use jiff::Timestamp;

use crate::mailstore::types::Uid;
use crate::ops::expunge::message::State;
use crate::ops::expunge::select::Criteria;
use crate::ops::select::Selection;

/// The most UIDs that can be named on the command line.
const MOST_UIDS: u32 = 100_000;

/// Flags that choose messages by what they are.
#[derive(Debug, Clone, Default, Args)]
pub struct MessageArgs {
    /// Only messages left longer ago than this: 90d, 12h, 30m
    #[arg(
        long,
        value_name = "AGE",
        help_heading = "Selection",
        conflicts_with = "until"
    )]
    pub older_than: Option<Span>,

    /// Only messages in this state; what was saved to Work, Family and the like only with --folder
    /// (can be repeated)
    #[arg(long, value_name = "STATE", help_heading = "Selection", value_enum)]
    pub state: Vec<StateArg>,

    /// Only messages that the phone or a mail program has marked as deleted
    #[arg(long, help_heading = "Selection")]
    pub deleted: bool,

    /// Only messages of at least this length: 90, 90s, 5m
    #[arg(long, value_name = "LENGTH", help_heading = "Selection")]
    pub longer_than: Option<Span>,

    /// Only messages of at most this length
    #[arg(long, value_name = "LENGTH", help_heading = "Selection")]
    pub shorter_than: Option<Span>,

    /// Only messages of at least this size: 500000, 500k, 5M
    #[arg(long, value_name = "SIZE", help_heading = "Selection", value_parser = size)]
    pub larger_than: Option<u64>,

    /// Only messages of at most this size
    #[arg(long, value_name = "SIZE", help_heading = "Selection", value_parser = size)]
    pub smaller_than: Option<u64>,

    /// Only messages of this caller, by number or name, with shell wildcards (can be repeated)
    #[arg(long, value_name = "CALLER", help_heading = "Selection", value_parser = caller)]
    pub caller: Vec<GlobMatcher>,

    /// Only the message with this id of Asterisk's, as "vmimap list" shows it (can be repeated)
    #[arg(long, value_name = "ID", help_heading = "Selection")]
    pub msg_id: Vec<String>,

    /// Only these UIDs of one folder: 12,15:20; needs one mailbox and one --folder
    #[arg(
        long,
        value_name = "UIDS",
        help_heading = "Selection",
        requires = "folder",
        value_parser = uids
    )]
    pub uid: Option<HashSet<Uid>>,

    /// Refuse unless the folder still has this UIDVALIDITY: UIDs of an old list mean other messages
    /// where it has changed
    #[arg(long, value_name = "N", help_heading = "Selection", requires = "uid")]
    pub uidvalidity: Option<NonZeroU32>,
}

/// Why UIDs cannot be looked for, where they can not: they are about one folder of one of `boxes`
/// mailboxes.
#[must_use]
pub fn scattered_uids(
    criteria: &Criteria,
    boxes: usize,
    selection: &Selection,
) -> Option<&'static str> {
    let one_place = boxes == 1 && selection.folders.len() == 1;
    (!criteria.uids.is_empty() && !one_place)
        .then_some("--uid is about one folder of one mailbox: name one mailbox and one --folder")
}

/// The states a message can be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StateArg {
    /// Unheard, not urgent
    New,
    /// Unheard and urgent
    Urgent,
    /// Heard
    Old,
}

impl From<StateArg> for State {
    fn from(state: StateArg) -> Self {
        match state {
            StateArg::New => Self::New,
            StateArg::Urgent => Self::Urgent,
            StateArg::Old => Self::Old,
        }
    }
}

/// A span of time in seconds: `90`, `90s`, `10m`, `12h`, `30d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub u64);

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "a number with s, m, h or d: 90s, 10m, 12h, 30d".to_owned();
        let (number, factor) = match text.as_bytes().last() {
            Some(b's') => (&text[..text.len() - 1], 1),
            Some(b'm') => (&text[..text.len() - 1], 60),
            Some(b'h') => (&text[..text.len() - 1], 3_600),
            Some(b'd') => (&text[..text.len() - 1], 86_400),
            _ => (text, 1),
        };
        let plain = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        let number = plain.then(|| number.parse::<u64>().ok()).flatten();
        let seconds = number.and_then(|number| number.checked_mul(factor));
        // More than a few thousand years is a slip of the finger.
        let seconds = seconds.filter(|seconds| *seconds < 1 << 37);
        seconds.map(Self).ok_or_else(wrong)
    }
}

impl Span {
    /// The moment so long ago, Unix seconds UTC.
    #[must_use]
    pub fn ago(self) -> i64 {
        let span = i64::try_from(self.0).unwrap_or(i64::MAX);
        Timestamp::now().as_second().saturating_sub(span)
    }
}

/// Octets: `500000`, `500k`, `5M`, `1G`; the letters stand for 1024.
pub fn size(text: &str) -> Result<u64, String> {
    let wrong = || "a number of octets, or of k, M or G of them: 500k, 5M".to_owned();
    let (number, shift) = match text.as_bytes().last() {
        Some(b'k' | b'K') => (&text[..text.len() - 1], 10),
        Some(b'M') => (&text[..text.len() - 1], 20),
        Some(b'G') => (&text[..text.len() - 1], 30),
        _ => (text, 0),
    };
    let plain = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    let number = plain.then(|| number.parse::<u64>().ok()).flatten();
    let octets = number.and_then(|number| number.checked_mul(1 << shift));
    octets.ok_or_else(wrong)
}

/// `12,15:20`
fn uids(text: &str) -> Result<HashSet<Uid>, String> {
    let number = |text: &str| {
        let number = text.parse::<NonZeroU32>();
        number.map_err(|_| format!("{text:?} is no UID"))
    };
    let mut uids = HashSet::new();
    for range in text.split(',') {
        let (low, high) = range.split_once(':').unwrap_or((range, range));
        let (low, high) = (number(low)?.get(), number(high)?.get());
        let (low, high) = (low.min(high), low.max(high));
        if high - low >= MOST_UIDS || uids.len() >= MOST_UIDS as usize {
            return Err(format!("names more than {MOST_UIDS} messages"));
        }
        uids.extend((low..=high).filter_map(NonZeroU32::new).map(Uid));
    }
    Ok(uids)
}

fn caller(text: &str) -> Result<GlobMatcher, globset::Error> {
    let glob = GlobBuilder::new(text).case_insensitive(true).build()?;
    Ok(glob.compile_matcher())
}

impl MessageArgs {
    /// What was chosen, together with folders and times of the selection.
    #[must_use]
    pub fn criteria(&self, selection: &Selection) -> Criteria {
        Criteria {
            folders: selection.folders.clone(),
            since: selection.since,
            until: self.older_than.map(Span::ago).or(selection.until),
            states: self.state.iter().map(|state| (*state).into()).collect(),
            deleted: self.deleted,
            longer: self.longer_than.map(|span| span.0),
            shorter: self.shorter_than.map(|span| span.0),
            larger: self.larger_than,
            smaller: self.smaller_than,
            callers: self.caller.clone(),
            msg_ids: self.msg_id.iter().cloned().collect(),
            uids: self.uid.clone().unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_sizes_have_units_and_nothing_else() {
        assert_eq!("90".parse(), Ok(Span(90)));
        assert_eq!("10m".parse(), Ok(Span(600)));
        assert_eq!("30d".parse(), Ok(Span(2_592_000)));
        for wrong in ["", "d", "-1d", "+1d", "1.5h", "1w", "99999999999999d", "é"] {
            assert!(wrong.parse::<Span>().is_err(), "{wrong}");
        }
        assert_eq!(size("500k"), Ok(512_000));
        assert_eq!(size("7"), Ok(7));
        for wrong in ["", "k", "-1", "1T", "99999999999G", "é"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn uids_are_numbers_and_ranges_of_a_bounded_number() {
        let numbers = |text: &str| {
            let mut numbers: Vec<u32> = uids(text).unwrap().iter().map(|u| u.0.get()).collect();
            numbers.sort_unstable();
            numbers
        };
        assert_eq!(numbers("12,17:15"), [12, 15, 16, 17]);
        for wrong in ["", "0", "1,", "a", "1:*", "1:4294967295"] {
            assert!(uids(wrong).is_err(), "{wrong}");
        }
    }
}
