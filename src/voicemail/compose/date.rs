//! Dates as Asterisk writes them into a message: a zone, a moment, `strftime` in the C locale.
//!
//! Separate because `emaildateformat` is free text from a configuration file: whatever stands
//! there must give a line of text, never an error. It does not read the clock.
//! Source: `ast_strftime_locale` (`%q`), strftime(3), RFC 5322 §3.3.

use jiff::fmt::strtime::{BrokenDownTime, Config, PosixCustom};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ZonedDateTime};

/// `emaildateformat` where voicemail.conf sets none.
pub const DEFAULT_DATE_FORMAT: &str = "%A, %B %d, %Y at %r";

/// The conversions of strftime(3) that are passed on; any other stays in the text as it is.
const CONVERSIONS: &str = "aAbBcCdDeFgGhHIjklmMpPrRsSTuUVwWxXyYzZ";
/// Unix seconds of 1900-01-02 and 9999-12-30: what RFC 5322 can express in every zone.
const EXPRESSIBLE: (i64, i64) = (-2_208_902_400, 253_402_128_000);
/// Octets of a formatted date (`date[256]` in Asterisk).
const MAX_DATE: usize = 255;

/// A time zone, and whether its name was understood.
#[derive(Debug, Clone)]
pub struct Zone {
    zone: TimeZone,
    known: bool,
}

impl Zone {
    /// The zone with this IANA name (`tz=` of a mailbox, after `[zonemessages]`), the system's
    /// where there is no name (UTC where the system has none). An unknown name gives UTC, as in Asterisk; see [`Zone::is_known`].
    #[must_use]
    pub fn resolve(name: Option<&str>) -> Self {
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            return Self {
                zone: TimeZone::try_system().unwrap_or(TimeZone::UTC),
                known: true,
            };
        };
        match TimeZone::get(name) {
            Ok(zone) => Self { zone, known: true },
            Err(_) => Self {
                zone: TimeZone::UTC,
                known: false,
            },
        }
    }

    /// Whether the name was a zone; if not, dates are in UTC.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        self.known
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self::resolve(None)
    }
}

/// A moment in a zone. Moments before 1900 or after 9999 are moved to that end of the calendar.
#[derive(Debug, Clone)]
pub struct Moment(ZonedDateTime);

impl Moment {
    /// The moment `origtime` (Unix seconds UTC) in a zone.
    #[must_use]
    pub fn new(origtime: i64, zone: &Zone) -> Self {
        let second = origtime.clamp(EXPRESSIBLE.0, EXPRESSIBLE.1);
        let timestamp = Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH);
        Self(timestamp.to_zoned_datetime(zone.zone.clone()))
    }

    /// The value of a `Date` header.
    #[must_use]
    pub fn to_header(&self) -> String {
        // Some zones were seconds off a whole minute until 1972; a header cannot say so.
        let offset = self.0.offset().seconds();
        let whole = Offset::from_seconds(offset / 60 * 60).unwrap_or(Offset::UTC);
        let local = self.0.timestamp().to_zoned_datetime(TimeZone::fixed(whole));
        strftime(&local, "%a, %d %b %Y %H:%M:%S %z").unwrap_or_default()
    }

    /// The moment in an `emaildateformat`, at most 255 octets. Never fails: what strftime(3) does
    /// not know stays as it was written, and a format that gives nothing is replaced by
    /// [`DEFAULT_DATE_FORMAT`].
    #[must_use]
    pub fn format(&self, format: &str) -> String {
        let mut date = strftime(&self.0, &translate(format))
            .or_else(|| strftime(&self.0, DEFAULT_DATE_FORMAT))
            .unwrap_or_default();
        date.truncate(super::text::cut(&date, MAX_DATE).len());
        date
    }
}

fn strftime(moment: &ZonedDateTime, format: &str) -> Option<String> {
    let config = Config::new().custom(PosixCustom::new()).lenient(true);
    BrokenDownTime::from(moment)
        .to_string_with_config(&config, format)
        .ok()
}

/// Rewrites a format into conversions that all mean what strftime(3) and Asterisk mean by them.
fn translate(format: &str) -> String {
    let mut out = String::with_capacity(format.len());
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = conversion(&rest[at + 1..], &mut out);
    }
    out.push_str(rest);
    out
}

/// Translates one conversion (`rest` begins after its `%`) and returns what follows it.
fn conversion<'a>(rest: &'a str, out: &mut String) -> &'a str {
    let is_flag = |c| matches!(c, '-' | '_' | '0' | '^' | '#');
    let after_flags = rest.trim_start_matches(is_flag);
    let flag = rest[..rest.len() - after_flags.len()].chars().next_back();
    let after_width = after_flags.trim_start_matches(|c: char| c.is_ascii_digit());
    let width = &after_flags[..after_flags.len() - after_width.len()];
    let after_modifier = after_width.trim_start_matches(['E', 'O']);
    let mut letters = after_modifier.chars();
    match letters.next() {
        // Fractions of a second: origtime has none. Microseconds unless a digit says otherwise.
        Some('q') => out.push_str(&"0".repeat(width.parse().unwrap_or(6).clamp(1, 9))),
        Some('+') => out.push_str("%a %b %e %H:%M:%S %Z %Y"),
        Some('n' | 't') => out.push(' '),
        Some('%') => out.push_str("%%"),
        Some(letter) if CONVERSIONS.contains(letter) => {
            out.push('%');
            out.extend(flag);
            out.push_str(width);
            out.push(letter);
        }
        _ => {
            out.push_str("%%");
            return rest;
        }
    }
    letters.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(zone: &str) -> Moment {
        Moment::new(1_795_427_908, &Zone::resolve(Some(zone)))
    }

    #[test]
    fn the_date_header_is_in_the_mailbox_zone() {
        assert_eq!(at("UTC").to_header(), "Mon, 23 Nov 2026 09:58:28 +0000");
        assert_eq!(
            at("America/New_York").to_header(),
            "Mon, 23 Nov 2026 04:58:28 -0500"
        );
    }

    #[test]
    fn an_unknown_zone_is_utc_and_says_so() {
        let zone = Zone::resolve(Some("Nowhere/../At_All"));
        assert!(!zone.is_known());
        assert_eq!(
            Moment::new(0, &zone).to_header(),
            "Thu, 01 Jan 1970 00:00:00 +0000"
        );
        assert!(Zone::resolve(None).is_known());
    }

    #[test]
    fn conversions_mean_what_the_c_library_means() {
        for (format, date) in [
            (
                DEFAULT_DATE_FORMAT,
                "Monday, November 23, 2026 at 09:58:28 AM",
            ),
            ("%a %b %e %T %Z %Y", "Mon Nov 23 09:58:28 UTC 2026"),
            ("%+", "Mon Nov 23 09:58:28 UTC 2026"),
            ("%c|%x|%X", "Mon Nov 23 09:58:28 2026|11/23/26|09:58:28"),
            ("%-H %_H %k %l %I %P %p", "9  9  9  9 09 am AM"),
            (
                "%F %R %j %U %V %W %u %w %s",
                "2026-11-23 09:58 327 47 48 47 1 1 1795427908",
            ),
            (
                "%C %y %g %G %h %D %^a %Ey %Od",
                "20 26 26 2026 Nov 11/23/26 MON 26 23",
            ),
            ("%q %3q %9q", "000000 000 000000000"),
            ("100%% %n%t|%", "100%   |%"),
            ("%i %! %é %-", "%i %! %é %-"),
            ("%6Y|%_6d|%99999999999d|", "002026|    23|%99999999999d|"),
        ] {
            assert_eq!(at("UTC").format(format), date, "{format:?}");
        }
    }

    #[test]
    fn moments_outside_the_calendar_are_moved_to_its_ends() {
        let zone = Zone::resolve(Some("Asia/Kathmandu"));
        for (origtime, year) in [(i64::MIN, "1900"), (i64::MAX, "9999")] {
            let moment = Moment::new(origtime, &zone);
            assert_eq!(moment.format("%Y"), year);
            assert_eq!(moment.to_header().len(), 31);
        }
    }

    #[test]
    fn an_endless_format_gives_a_short_date() {
        assert!(at("UTC").format(&"%9999999999Y".repeat(4000)).len() <= MAX_DATE);
        assert!(at("UTC").format(&"é".repeat(4000)).len() <= MAX_DATE);
    }
}
