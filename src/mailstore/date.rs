//! INTERNALDATE as instants (`date-time`, RFC 3501 §9).
//!
//! Servers pad the day with a zero, a space or nothing, and name any zone; instants compare,
//! strings do not.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Formats Unix seconds for APPEND, in a zone `utc_offset` seconds east of UTC, cut to whole minutes;
/// `None` outside the years 0 to 9999.
pub(super) fn format(seconds: i64, utc_offset: i32) -> Option<String> {
    let minutes = utc_offset / 60;
    let zone = Offset::from_seconds(minutes * 60).ok()?;
    let when = Timestamp::from_second(seconds)
        .ok()?
        .to_zoned_datetime(TimeZone::fixed(zone));
    let month = MONTHS.get(usize::try_from(when.month() - 1).ok()?)?;
    let sign = if minutes < 0 { '-' } else { '+' };
    (when.year() >= 0).then(|| {
        format!(
            "{:02}-{month}-{:04} {:02}:{:02}:{:02} {sign}{:02}{:02}",
            when.day(),
            when.year(),
            when.hour(),
            when.minute(),
            when.second(),
            minutes.abs() / 60,
            minutes.abs() % 60
        )
    })
}

/// Reads a `date-time` as Unix seconds.
pub(super) fn parse(text: &str) -> Option<i64> {
    let mut parts = text.split_ascii_whitespace();
    let (date, time, zone) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let mut date = date.splitn(3, '-');
    let day = small(date.next()?)?;
    let month = date.next()?;
    let month = MONTHS.iter().position(|m| m.eq_ignore_ascii_case(month))?;
    let year: i16 = date.next()?.parse().ok()?;
    let midnight = Date::new(year, i8::try_from(month + 1).ok()?, day)
        .ok()?
        .to_zoned_datetime(TimeZone::UTC)
        .ok()?
        .timestamp()
        .as_second();
    Some(midnight + time_of_day(time)? - offset(zone)?)
}

fn small(digits: &str) -> Option<i8> {
    let plain = (1..=2).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}

fn time_of_day(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, ':');
    let hour = i64::from(small(parts.next()?)?);
    let minute = i64::from(small(parts.next()?)?);
    let second = i64::from(small(parts.next()?)?);
    (hour < 24 && minute < 60 && second <= 60).then_some(hour * 3600 + minute * 60 + second)
}

fn offset(zone: &str) -> Option<i64> {
    let (sign, digits) = match zone.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = digits.split_at_checked(2)?;
    if minutes.len() != 2 {
        return None;
    }
    Some(sign * (i64::from(small(hours)?) * 3600 + i64::from(small(minutes)?) * 60))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_servers_way_of_writing_one_instant_is_the_same_instant() {
        for text in [
            "05-Feb-2009 18:31:30 +0000",
            " 5-Feb-2009 18:31:30 +0000",
            "5-feb-2009 13:31:30 -0500",
        ] {
            assert_eq!(parse(text), Some(1_233_858_690), "{text}");
        }
        for (offset, text) in [
            (0, "05-Feb-2009 18:31:30 +0000"),
            (-18_000, "05-Feb-2009 13:31:30 -0500"),
            (20_700, "06-Feb-2009 00:16:30 +0545"),
            (-1_800, "05-Feb-2009 18:01:30 -0030"),
            (1_172, "05-Feb-2009 18:50:30 +0019"),
        ] {
            assert_eq!(format(1_233_858_690, offset).as_deref(), Some(text));
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "NIL",
            "31-Feb-2009 00:00:00 +0000",
            "05-Feb-2009 24:00:00 +0000",
            "05-Feb-99999 00:00:00 +0000",
            "05-Feb-2009 18:31:30 UTC",
            "05-Feb-2009 18:31:30 +00é0",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(format(i64::MAX, 0), None);
        assert_eq!(format(0, i32::MAX), None);
    }

    proptest! {
        #[test]
        fn parse_undoes_format(seconds in 86_400i64..253_402_200_000, offset in -86_000..86_000) {
            let text = format(seconds, offset).unwrap();
            prop_assert_eq!(parse(&text), Some(seconds));
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            let _ = parse(&text);
        }
    }
}
