//! The very searches that Asterisk sends, timed; and what they count against maxmsg.
//!
//! Source: asterisk-format 2.2 (from a server's raw log). Counts are what the phone says, other
//! mailboxes' messages that the substring search finds included.

use std::time::Duration;

use super::catalogue as code;
use super::check::{Check, Group};
use super::door::{spread, took};
use super::visit::Chart;
use crate::mailstore::error::StoreError;
use crate::mailstore::search::Search;
use crate::mailstore::session::Session;
use crate::voicemail::header::VmHeader;
use crate::voicemail::notice::CodeRow;

const TOPIC: &str = "maxmsg";

/// How an error names Asterisk's search, and no other.
pub(super) const DOING: &str = "SEARCH in ";

/// What searching the largest imapfolder of an account took.
#[derive(Debug, Clone)]
pub struct Timing {
    /// Whose search it was: `4123@default in INBOX of user@host:port`.
    pub subject: String,
    /// Messages in the folder, of whatever kind.
    pub messages: u32,
    /// The three searches: new, urgent, old.
    pub took: [Duration; 3],
}

impl Timing {
    /// The slowest of the three.
    #[must_use]
    pub fn slowest(&self) -> Duration {
        self.took.into_iter().max().unwrap_or_default()
    }
}

/// The three forms, for one box: new, urgent, old, with the keys in Asterisk's order.
fn forms(extension: &str, context: &str) -> Result<[Search; 3], StoreError> {
    let whose = || {
        let extension = Search::header(VmHeader::Extension.name(), extension)?;
        Ok::<_, StoreError>((
            extension,
            Search::header(VmHeader::Context.name(), context)?,
        ))
    };
    let finish = |start: Search| {
        let (extension, context) = whose()?;
        Ok::<_, StoreError>(start.and(extension).and(context))
    };
    Ok([
        finish(
            Search::undeleted()
                .and(Search::unflagged())
                .and(Search::unseen()),
        )?,
        finish(
            Search::undeleted()
                .and(Search::flagged())
                .and(Search::unseen()),
        )?,
        finish(Search::undeleted().and(Search::seen()))?,
    ])
}

/// Searches for at most `most` of the account's first `asked` boxes, and judges each against
/// maxmsg. Returns the timing in the largest folder.
pub(super) fn check(
    chart: &Chart<'_>,
    asked: usize,
    most: usize,
    session: &mut Session,
    checks: &mut Vec<Check>,
) -> Result<Option<Timing>, StoreError> {
    let mut largest: Option<Timing> = None;
    let (mut counted, mut within) = (0, 0);
    let mut open = None;
    let asked = asked.min(chart.boxes().len());
    for at in spread(asked, most) {
        let vmbox = &chart.boxes()[at];
        let name = chart.layout.maps[at].imapfolder();
        let (Some(mailbox), Some(_)) = (chart.conf.mailbox(vmbox), chart.status(name)) else {
            continue;
        };
        if open.as_ref().is_none_or(|(known, _)| known != name) {
            open = Some((name.clone(), session.examine(name)?.exists));
        }
        let messages = open.as_ref().map_or(0, |(_, messages)| *messages);
        let extension = chart.conf.extension_header(mailbox);
        let (counts, took) = time(session, &forms(extension, &vmbox.context)?)?;
        let timing = Timing {
            subject: format!("{vmbox} in {name} of {}", chart.label),
            messages,
            took,
        };
        if largest.as_ref().is_none_or(|known| {
            (timing.messages, timing.slowest()) > (known.messages, known.slowest())
        }) {
            largest = Some(timing);
        }
        counted += 1;
        if let Some((row, text)) = judge(counts, chart.conf.maxmsg(mailbox)) {
            let found = Check::finding(row, Group::Hazards, TOPIC, vmbox.to_string(), text);
            checks.push(found);
        } else {
            within += 1;
        }
    }
    if within > 0 {
        let text = if within == asked {
            "every mailbox is below maxmsg".to_owned()
        } else {
            format!("{within} of {counted} mailboxes counted ({asked} in all) are below maxmsg")
        };
        checks.push(Check::pass(Group::Hazards, TOPIC, chart.label, text));
    }
    Ok(largest)
}

/// Sends the three searches, and says what each counted and took.
fn time(
    session: &mut Session,
    forms: &[Search; 3],
) -> Result<([u64; 3], [Duration; 3]), StoreError> {
    let (mut counts, mut took) = ([0; 3], [Duration::ZERO; 3]);
    for (at, form) in forms.iter().enumerate() {
        let found = session.search_sequence(form)?;
        (counts[at], took[at]) = (found.count, found.elapsed);
    }
    Ok((counts, took))
}

/// New, urgent and old count together against maxmsg; old alone is an array of maxmsg.
fn judge([new, urgent, old]: [u64; 3], maxmsg: u32) -> Option<(&'static CodeRow, String)> {
    let (all, maxmsg) = (new + urgent + old, u64::from(maxmsg));
    let counted = format!("{new} new, {urgent} urgent, {old} old of maxmsg={maxmsg}");
    if maxmsg == 0 {
        None // told once, of the configuration
    } else if old > maxmsg {
        Some((&code::OVERFULL_LIST, counted))
    } else if all >= maxmsg {
        Some((&code::FULL_LIST, counted))
    } else if all * 10 >= maxmsg * 9 {
        Some((&code::NEARLY_FULL, counted))
    } else {
        None
    }
}

/// The verdict on the slowest search of the largest folder looked at on a server.
pub(super) fn verdict(server: &str, timings: &[&Timing], read_timeout: i64) -> Option<Check> {
    let largest = timings.iter().max_by_key(|timing| timing.messages)?;
    let slowest = timings.iter().max_by_key(|timing| timing.slowest())?;
    let shown = |timing: &Timing| {
        let [new, urgent, old] = timing.took.map(took);
        format!(
            "{new} (new), {urgent} (urgent), {old} (old) for {}, {} messages",
            timing.subject, timing.messages
        )
    };
    let limit = u64::try_from(read_timeout).ok().filter(|&n| n > 0);
    let limit = limit.map(Duration::from_secs);
    let time = slowest.slowest();
    let row = if limit.is_some_and(|limit| time > limit) {
        &code::SEARCH_TIMEOUT
    } else if time > Duration::from_secs(1) {
        &code::SLOW_SEARCH
    } else {
        let text = shown(largest);
        return Some(Check::pass(Group::Time, "search", server, text));
    };
    let text = shown(slowest);
    Some(Check::finding(row, Group::Time, "search", server, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_searches_are_those_of_asterisks_raw_log() {
        let forms = forms("4123", "default").unwrap();
        let tail = "HEADER X-Asterisk-VM-Extension 4123 HEADER X-Asterisk-VM-Context default";
        let expected = [
            format!("UNDELETED UNFLAGGED UNSEEN {tail}"),
            format!("UNDELETED FLAGGED UNSEEN {tail}"),
            format!("UNDELETED SEEN {tail}"),
        ];
        assert_eq!(forms.map(|form| form.to_string()), expected);
    }

    #[test]
    fn maxmsg_is_judged_as_asterisk_counts() {
        for (counts, maxmsg, code) in [
            ([0, 0, 0], 0, None),
            ([3, 1, 4], 9, None),
            ([3, 1, 5], 10, Some("VMD059")),
            ([3, 1, 5], 9, Some("VMD057")),
            ([0, 0, 9], 9, Some("VMD057")),
            ([0, 0, 10], 9, Some("VMD058")),
        ] {
            let row = judge(counts, maxmsg).map(|(row, _)| row.code);
            assert_eq!(row, code, "{counts:?} of {maxmsg}");
        }
    }

    #[test]
    fn a_search_is_judged_by_the_slowest_of_all() {
        let timing = |messages, millis| Timing {
            subject: "x".into(),
            messages,
            took: [
                Duration::from_millis(millis),
                Duration::ZERO,
                Duration::ZERO,
            ],
        };
        let code = |timings: &[Timing], limit| {
            let all: Vec<&Timing> = timings.iter().collect();
            verdict("s", &all, limit).and_then(|check| check.code)
        };
        assert_eq!(code(&[timing(9, 900), timing(1, 3)], 60), None);
        assert_eq!(
            code(&[timing(9, 900), timing(1, 1_500)], 60),
            Some("VMD070")
        );
        assert_eq!(code(&[timing(9, 2_500)], 2), Some("VMD071"));
        assert_eq!(code(&[timing(9, 2_500)], 0), Some("VMD070"));
        assert!(verdict("s", &[], 60).is_none());
    }
}
