//! What is left for callers of one voicemail box, in minutes of speech, and what happens at its end.
//!
//! Two ends are told apart: Asterisk *refuses* a caller when the limit it looks at, or `maxmsg`, is
//! reached; it *loses* a message that was recorded and does not fit then, while the caller hears
//! that it was saved (asterisk-findings 1.4). Pure; knows no server.

use serde::Serialize;

use super::limit::{Limit, per_mille};
use crate::voicemail::audio::AudioFormat;
use crate::voicemail::compose::recording_octets;

/// Octets of a message besides its recording. Of messages that a real Asterisk wrote it was 1.5 to
/// 1.9 KB with the standard `emailbody`.
const ENVELOPE: u64 = 2048;

/// What Asterisk counts of a box against `maxmsg`, by its own search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Lists {
    /// Unheard, not urgent.
    pub new: u64,
    /// Unheard and urgent.
    pub urgent: u64,
    /// Heard.
    pub old: u64,
}

impl Lists {
    /// All three together, as they are compared.
    #[must_use]
    pub fn total(self) -> u64 {
        self.new + self.urgent + self.old
    }
}

/// What decides how much room there is.
#[derive(Debug, Clone)]
pub struct Given<'a> {
    /// The limits of `imapfolder`.
    pub limits: &'a [Limit],
    /// The one Asterisk compares.
    pub watched: Option<&'a Limit>,
    /// The messages Asterisk counts.
    pub lists: Lists,
    /// `maxmsg`; 0 means that no message can be left at all, on purpose.
    pub maxmsg: u32,
    /// `maxsecs`; 0 is no limit.
    pub maxsecs: u32,
    /// The recording formats of `format=`; the first is what Asterisk stores in IMAP.
    pub formats: &'a [AudioFormat],
}

/// Why Asterisk sends callers away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Refused {
    /// The limit it looks at is reached.
    Quota,
    /// `maxmsg` is reached.
    Maxmsg,
}

/// Room for speech in one format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Speech {
    /// The format.
    pub format: AudioFormat,
    /// Seconds; `None` where nothing limits it, or where the format has no fixed rate.
    pub seconds: Option<u64>,
}

/// What is left for callers of a box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Room {
    /// Octets, of the root with the least; `None` without a limit.
    pub octets: Option<u64>,
    /// Messages, by `maxmsg` and every MESSAGE limit.
    pub messages: u64,
    /// Speech by format, in the order of `format=`.
    pub speech: Vec<Speech>,
    /// Octets of a message of `maxsecs` in the first format; `None` where there is no longest one.
    pub largest: Option<u64>,
    /// Why callers are sent away, if they are.
    pub refused: Option<Refused>,
    /// Whether a message that Asterisk takes can be lost.
    pub loses: bool,
    /// The limit that is nearest, where Asterisk compares another one or none.
    pub unwatched: Option<Limit>,
}

/// Octets of a message that a second of speech takes; `None` where the format has no fixed rate.
#[must_use]
pub fn rate(format: AudioFormat) -> Option<u64> {
    format
        .octets_per_second()
        .map(|octets| recording_octets(octets.into()))
}

/// Octets of a whole message with a recording of so many seconds; `None` where the format has no
/// fixed rate.
#[must_use]
pub fn message_octets(format: AudioFormat, seconds: u64) -> Option<u64> {
    let rate = u64::from(format.octets_per_second()?);
    Some(recording_octets(rate.saturating_mul(seconds)).saturating_add(ENVELOPE))
}

/// The longest recording in seconds whose message has at most so many octets.
fn longest(format: AudioFormat, octets: u64) -> Option<u64> {
    let second = u64::from(format.octets_per_second()?);
    // 54 octets of a recording are 74 of a message.
    let audio = u128::from(octets.saturating_sub(ENVELOPE)) * 54 / 74;
    let mut seconds = u64::try_from(audio / u128::from(second)).unwrap_or(u64::MAX);
    while seconds > 0 && message_octets(format, seconds).is_some_and(|size| size > octets) {
        seconds -= 1;
    }
    Some(seconds)
}

/// Tells what is left.
#[must_use]
pub fn assess(given: &Given<'_>) -> Room {
    let storage = given.limits.iter().filter(|limit| limit.is_storage());
    let octets = storage.map(|limit| limit.left().saturating_mul(1024)).min();
    let by_maxmsg = u64::from(given.maxmsg).saturating_sub(given.lists.total());
    let counted = given.limits.iter().filter(|limit| limit.is_message());
    let messages = counted.map(Limit::left).fold(by_maxmsg, u64::min);
    let refused = refused(given);
    let first = given.formats.first().copied();
    let maxsecs = u64::from(given.maxsecs);
    let largest = first
        .filter(|_| maxsecs > 0)
        .and_then(|format| message_octets(format, maxsecs));
    // Without a longest message at least the shortest one has to fit.
    let needs = largest.unwrap_or(ENVELOPE);
    let misfit = octets.is_some_and(|octets| octets < needs) || messages == 0;
    Room {
        octets,
        messages,
        speech: given
            .formats
            .iter()
            .map(|format| Speech {
                format: *format,
                seconds: speech(*format, octets, messages, maxsecs),
            })
            .collect(),
        largest,
        refused,
        loses: refused.is_none() && given.maxmsg > 0 && misfit,
        unwatched: unwatched(given),
    }
}

fn refused(given: &Given<'_>) -> Option<Refused> {
    if given.watched.is_some_and(Limit::reached) {
        Some(Refused::Quota)
    } else if given.maxmsg > 0 && given.lists.total() >= u64::from(given.maxmsg) {
        Some(Refused::Maxmsg)
    } else {
        None
    }
}

/// Seconds until one of the limits is met: octets, or so many messages of the longest kind.
fn speech(format: AudioFormat, octets: Option<u64>, messages: u64, maxsecs: u64) -> Option<u64> {
    if messages == 0 {
        return Some(0);
    }
    let by_messages = (maxsecs > 0).then(|| messages.saturating_mul(maxsecs));
    let by_octets = match octets {
        Some(octets) => Some(longest(format, octets)?),
        None => None,
    };
    [by_messages, by_octets].into_iter().flatten().min()
}

/// The limit used most, where that is another one than Asterisk compares.
fn unwatched(given: &Given<'_>) -> Option<Limit> {
    let share = |limit: &Limit| per_mille(limit.used, limit.limit);
    let compared = given.watched.map(share);
    let others = given.limits.iter().filter(|limit| {
        Some(*limit) != given.watched && compared.is_none_or(|compared| share(limit) > compared)
    });
    others.max_by_key(|limit| share(limit)).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(resource: &str, used: u64, limit: u64) -> Limit {
        Limit {
            root: "r".to_owned(),
            resource: resource.to_owned(),
            used,
            limit,
        }
    }

    fn given(limits: &[Limit], total: u64, maxsecs: u32) -> Given<'_> {
        Given {
            limits,
            watched: limits.last().filter(|limit| limit.limit > 0),
            lists: Lists {
                new: total,
                ..Lists::default()
            },
            maxmsg: 100,
            maxsecs,
            formats: &[AudioFormat::Wav49, AudioFormat::Gsm, AudioFormat::Wav],
        }
    }

    fn seconds(room: &Room) -> Vec<Option<u64>> {
        room.speech.iter().map(|speech| speech.seconds).collect()
    }

    #[test]
    fn a_message_over_the_rest_is_lost_and_at_the_limit_callers_are_refused() {
        // asterisk-findings 1.4: 38K of 40K.
        let room = assess(&given(&[limit("STORAGE", 38, 40)], 3, 180));
        assert!(room.loses && room.refused.is_none());
        assert_eq!(room.octets, Some(2048));
        assert_eq!(seconds(&room), [Some(0), Some(0), Some(0)]);
        let full = assess(&given(&[limit("STORAGE", 40, 40)], 3, 180));
        assert_eq!((full.loses, full.refused), (false, Some(Refused::Quota)));
        let roomy = assess(&given(&[limit("STORAGE", 38, 1000)], 3, 180));
        assert!(!roomy.loses && roomy.refused.is_none());
    }

    #[test]
    fn with_two_limits_the_last_one_is_compared_and_the_other_one_loses() {
        // asterisk-findings 1.5: storage is full, 0 of 500 messages.
        let limits = [limit("STORAGE", 40, 40), limit("MESSAGE", 0, 500)];
        let room = assess(&given(&limits, 0, 0));
        assert!(room.loses && room.refused.is_none());
        assert_eq!(room.unwatched.as_ref(), Some(&limits[0]));
        let calm = [limit("STORAGE", 0, 40), limit("MESSAGE", 1, 500)];
        assert_eq!(assess(&given(&calm, 0, 0)).unwatched, None);
        let none = [limit("STORAGE", 1, 40), limit("MESSAGE", 0, 0)];
        assert_eq!(
            assess(&given(&none, 0, 0)).unwatched.map(|l| l.resource),
            Some("MESSAGE".to_owned()),
            "Asterisk takes 0 for no limit"
        );
    }

    #[test]
    fn maxmsg_refuses_too_unless_it_forbids_messages_on_purpose() {
        let full = assess(&given(&[], 100, 60));
        assert_eq!(full.refused, Some(Refused::Maxmsg));
        assert_eq!((full.messages, seconds(&full)[0]), (0, Some(0)));
        let greetings = Given {
            maxmsg: 0,
            ..given(&[], 0, 60)
        };
        let room = assess(&greetings);
        assert_eq!((room.refused, room.loses), (None, false));
    }

    #[test]
    fn speech_is_bounded_by_octets_and_by_messages_and_by_nothing() {
        let open = assess(&given(&[], 0, 0));
        assert_eq!((open.octets, open.largest), (None, None));
        assert_eq!(seconds(&open), [None, None, None]);
        let by_count = assess(&given(&[], 98, 60));
        assert_eq!(seconds(&by_count), [Some(120); 3]);
        // 1 MiB: 2226.9, 2261.1 and 21926 octets a second.
        let by_size = assess(&given(&[limit("STORAGE", 0, 1024)], 0, 0));
        assert_eq!(seconds(&by_size), [Some(469), Some(462), Some(47)]);
    }

    #[test]
    fn the_longest_recording_fits_and_a_second_more_does_not() {
        for format in [AudioFormat::Wav49, AudioFormat::Gsm, AudioFormat::Wav] {
            for octets in [0, 2047, 2048, 10_000, 123_456, 50_000_000] {
                let seconds = longest(format, octets).unwrap();
                let size = |seconds| message_octets(format, seconds).unwrap();
                assert!(seconds == 0 || size(seconds) <= octets, "{format} {octets}");
                assert!(size(seconds + 1) > octets, "{format} {octets}");
            }
        }
        assert_eq!(longest(AudioFormat::OggVorbis, 1 << 30), None);
    }
}
