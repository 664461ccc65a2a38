//! Dates as Asterisk writes them into a message: a zone, and a moment in it.
//!
//! Separate because origtimes and zone names come from files: whatever stands there must give a
//! date, never an error. It does not read the clock. `emaildateformat` is [`super::strftime`]'s.
//! Source: `vmu_tm`, `ast_tzset` (`main/stdtime/localtime.c`), RFC 5322 §3.3.

use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ZonedDateTime};

use super::strftime;

/// `emaildateformat` where voicemail.conf sets none.
pub const DEFAULT_DATE_FORMAT: &str = "%A, %B %d, %Y at %r";

/// Unix seconds of 1900-01-02 and 9999-12-30: what RFC 5322 can express in every zone.
const EXPRESSIBLE: (i64, i64) = (-2_208_902_400, 253_402_128_000);
/// Where the system keeps its zones; Asterisk takes the path of one as well as its name.
const ZONE_DIRECTORY: &str = "/usr/share/zoneinfo/";

/// A time zone, and whether its name was understood.
#[derive(Debug, Clone)]
pub struct Zone {
    zone: TimeZone,
    known: bool,
}

impl Zone {
    /// The zone with this IANA name (`tz=` of a mailbox, after `[zonemessages]`), the system's
    /// where there is no name (UTC where the system has none). As in Asterisk the name may also be
    /// the path of a zone file or a POSIX rule such as `EST5EDT,M3.2.0,M11.1.0`, and an unknown
    /// one gives UTC; see [`Zone::is_known`].
    #[must_use]
    pub fn resolve(name: Option<&str>) -> Self {
        let name = name.unwrap_or_default();
        let bare = name.strip_prefix(':').unwrap_or(name);
        let bare = bare.strip_prefix(ZONE_DIRECTORY).unwrap_or(bare);
        if matches!(bare, "" | "/etc/localtime") {
            return Self {
                zone: TimeZone::try_system().unwrap_or(TimeZone::UTC),
                known: true,
            };
        }
        let zone = TimeZone::get(bare).or_else(|_| TimeZone::posix(bare));
        Self {
            known: zone.is_ok(),
            zone: zone.unwrap_or(TimeZone::UTC),
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

    /// How far the zone is east of UTC at this moment, in seconds.
    #[must_use]
    pub fn utc_offset(&self) -> i32 {
        self.0.offset().seconds()
    }

    /// The value of a `Date` header.
    #[must_use]
    pub fn to_header(&self) -> String {
        // Some zones were seconds off a whole minute until 1972; a header cannot say so.
        let offset = self.0.offset().seconds();
        let whole = Offset::from_seconds(offset / 60 * 60).unwrap_or(Offset::UTC);
        let local = self.0.timestamp().to_zoned_datetime(TimeZone::fixed(whole));
        strftime::format(&local, "%a, %d %b %Y %H:%M:%S %z")
    }

    /// The moment in an `emaildateformat`, at most 255 octets, on one line if the format is on one.
    /// Never fails: what strftime(3) does not know stays as it was written.
    #[must_use]
    pub fn format(&self, format: &str) -> String {
        strftime::format(&self.0, format)
    }
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
        assert_eq!(at("America/New_York").utc_offset(), -18_000);
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
    fn zones_may_be_paths_and_rules_as_in_asterisk() {
        for (name, offset) in [
            ("Europe/Berlin", "+0100"),
            (":Europe/Berlin", "+0100"),
            ("/usr/share/zoneinfo/Europe/Berlin", "+0100"),
            ("EST5EDT", "-0500"),
            ("CET-1CEST,M3.5.0,M10.5.0/3", "+0100"),
            ("Office-3:30", "+0330"),
        ] {
            let zone = Zone::resolve(Some(name));
            assert!(zone.is_known(), "{name}");
            let moment = Moment::new(1_795_427_908, &zone);
            assert_eq!(moment.format("%z"), offset, "{name}");
        }
        for name in [
            "/etc/passwd",
            "../../etc/passwd",
            ":",
            "a b",
            "é",
            "\n",
            "Europe/Berlin\r",
        ] {
            let known = Zone::resolve(Some(name)).is_known();
            assert_eq!(known, name == ":", "{name:?}");
        }
    }

    #[test]
    fn the_edges_of_summer_time_keep_their_order() {
        let zone = Zone::resolve(Some("Europe/Berlin"));
        for (origtime, date) in [
            (1_774_745_999, "Sun, 29 Mar 2026 01:59:59 +0100"),
            (1_774_746_000, "Sun, 29 Mar 2026 03:00:00 +0200"),
            (1_792_889_999, "Sun, 25 Oct 2026 02:59:59 +0200"),
            (1_792_890_000, "Sun, 25 Oct 2026 02:00:00 +0100"),
            (0, "Thu, 01 Jan 1970 01:00:00 +0100"),
            (-1, "Thu, 01 Jan 1970 00:59:59 +0100"),
            (-86_400, "Wed, 31 Dec 1969 01:00:00 +0100"),
            (2_147_483_648, "Tue, 19 Jan 2038 04:14:08 +0100"),
            (4_294_967_296, "Sun, 07 Feb 2106 07:28:16 +0100"),
            (253_402_128_000, "Thu, 30 Dec 9999 01:00:00 +0100"),
        ] {
            assert_eq!(Moment::new(origtime, &zone).to_header(), date);
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
}
