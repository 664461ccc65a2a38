//! Reads `origdate`, the date for people, where `origtime` is missing.
//!
//! Source: `app_voicemail.c` (`get_date`), which writes `%a %b %e %r UTC %Y`: always English
//! month names in the C locale, always UTC.

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Unix seconds of `Mon Nov 23 09:48:41 AM UTC 2026`; `None` for every other form.
pub(super) fn parse(text: &str) -> Option<i64> {
    let words: Vec<&str> = text.split_ascii_whitespace().take(8).collect();
    let [_weekday, month, day, time, half, "UTC", year] = words[..] else {
        return None;
    };
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    let mut parts = time.split(':');
    let hour: i8 = parts.next()?.parse().ok()?;
    let minute = parts.next()?.parse().ok()?;
    let second = parts.next()?.parse().ok()?;
    let hour = match (half, hour) {
        ("AM", 12) => 0,
        ("AM", 1..=11) => hour,
        ("PM", 12) => 12,
        ("PM", 1..=11) => hour + 12,
        _ => return None,
    };
    let (month, day) = (i8::try_from(month).ok()?, day.parse().ok()?);
    let civil =
        jiff::civil::DateTime::new(year.parse().ok()?, month, day, hour, minute, second, 0).ok()?;
    let timestamp = jiff::tz::TimeZone::UTC.to_timestamp(civil).ok()?;
    Some(timestamp.as_second())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn the_dates_asterisk_writes_are_read() {
        for (text, seconds) in [
            ("Mon Nov 23 09:52:41 AM UTC 2026", 1_795_427_561),
            ("Thu Jan  1 12:00:00 AM UTC 1970", 0),
            ("Thu Jan  1 12:00:01 PM UTC 1970", 43_201),
        ] {
            assert_eq!(parse(text), Some(seconds), "{text}");
        }
    }

    #[test]
    fn other_dates_are_refused() {
        for text in [
            "",
            "Mon Nov 23 09:52:41 AM CET 2026",
            "Mon Nov 31 09:52:41 AM UTC 2026",
            "Mon Nov 23 13:52:41 PM UTC 2026",
            "Mon Nov 23 09:52 AM UTC 2026",
            "Mon Nov 23 09:52:41 AM UTC 99999",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
