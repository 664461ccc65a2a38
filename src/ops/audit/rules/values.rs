//! Rules about what values say: times, durations, the urgent flag.

use super::super::catalogue::{account, headers as code};
use super::structure::{decoded_octets, recording_format};
use super::{Check, Fault, Stored, quoted};
use crate::mailstore::types::Part;
use crate::voicemail::header::VmHeader;
use crate::voicemail::message::{EARLIEST, can_be_left};
use crate::voicemail::parse::leading_number;

/// The rules of this file.
pub const CHECKS: &[Check] = &[
    no_origtime,
    bad_origtime,
    bad_duration,
    wrong_duration,
    wrong_date,
    urgent,
];

/// How far INTERNALDATE may be from Orig-time, in seconds.
const SAME_TIME: i64 = 3_600;
/// Seconds by which a duration may differ, and the part of it (one in so many).
const SAME_LENGTH: (u64, u64) = (2, 8);

fn no_origtime(stored: &Stored<'_>) -> Option<Fault> {
    let name = VmHeader::OrigTime;
    let missing = stored.view.get(name).is_none();
    missing.then(|| Fault::new(&code::NO_ORIGTIME, format!("{} is missing", name.name())))
}

fn bad_origtime(stored: &Stored<'_>) -> Option<Fault> {
    let value = stored.read(VmHeader::OrigTime)?;
    let bad = !leading_number(&value).is_some_and(|time| can_be_left(time, stored.now));
    bad.then(|| Fault::new(&code::BAD_ORIGTIME, format!("read as {}", quoted(&value))))
}

fn bad_duration(stored: &Stored<'_>) -> Option<Fault> {
    let value = stored.read(VmHeader::Duration)?;
    let digits = value.trim().bytes().all(|octet| octet.is_ascii_digit());
    (!digits).then(|| Fault::new(&code::BAD_DURATION, format!("read as {}", quoted(&value))))
}

/// The recording's length in seconds, from its size; `None` where that cannot be told.
fn seconds(recording: &Part) -> Option<u64> {
    let format = recording_format(recording)?;
    let rate = format.octets_per_second()?;
    Some(decoded_octets(recording, format)? / u64::from(rate).max(1))
}

fn wrong_duration(stored: &Stored<'_>) -> Option<Fault> {
    let said: u64 = stored.read(VmHeader::Duration)?.trim().parse().ok()?;
    let recording = stored.parts()?.children.get(1)?;
    let is = seconds(recording)?;
    let apart = said.abs_diff(is);
    let wrong = apart > SAME_LENGTH.0 && apart > said.max(is) / SAME_LENGTH.1;
    wrong.then(|| {
        let found = format!("says {said} s; the recording's size makes {is} s");
        Fault::new(&code::WRONG_DURATION, found)
    })
}

fn wrong_date(stored: &Stored<'_>) -> Option<Fault> {
    let date = stored.internal_date?;
    let left = leading_number(&stored.read(VmHeader::OrigTime)?)?;
    let wrong = left >= EARLIEST && date.abs_diff(left) > SAME_TIME.unsigned_abs();
    let text = |second| {
        jiff::Timestamp::from_second(second).map_or_else(|_| second.to_string(), |t| t.to_string())
    };
    wrong.then(|| {
        let found = format!("left {}, dated {}", text(left), text(date));
        Fault::new(&code::WRONG_DATE, found).expected(text(left))
    })
}

/// Only an unheard message is counted by the flag.
fn urgent(stored: &Stored<'_>) -> Option<Fault> {
    if stored.flags.seen || stored.flags.deleted {
        return None;
    }
    let value = stored.read(VmHeader::Flag).unwrap_or_default();
    let says = value == "Urgent";
    let found = match (says, stored.flags.flagged) {
        (true, false) => "the header says Urgent, the message is not \\Flagged",
        (false, true) => "the message is \\Flagged, the header does not say Urgent",
        _ => return None,
    };
    Some(Fault::new(&account::URGENT, found))
}
