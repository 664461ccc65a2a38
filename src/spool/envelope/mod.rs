//! The text beside a recording: `msgNNNN.txt`, written by `leave_voicemail` and rewritten by
//! Asterisk's configuration writer when a message is forwarded with a comment.
//!
//! Own reader, because Asterisk's configuration reader cuts a value at `;` and these files do not
//! escape one: a name such as `Sales; x=y` is whole in the file and is kept whole here. Everything
//! else follows Asterisk: keys in any case, the first of two wins, a NUL ends its line.
//!
//! Octets in, values out, no I/O, never a panic, time linear in the length. What was odd is
//! returned beside the values as [`Remark`]s.

mod callerid;
mod origdate;

use std::fmt;

use serde::Serialize;

use crate::voicemail::parse::leading_number;

pub use callerid::CallerId;

/// A longer file is not read: Asterisk's own are below 1 KiB.
pub const MAX_ENVELOPE: usize = 64 * 1024;

/// What a `msgNNNN.txt` says. Texts are untrusted, and empty where the key is missing or empty.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Envelope {
    /// The mailbox the message was first left for; after a forward not the owner.
    pub origmailbox: String,
    /// The caller's **dialplan** context; never the voicemail context.
    pub context: String,
    /// The dialplan extension the call was in.
    pub exten: String,
    /// The number that redirected the call, or `unknown`.
    pub rdnis: String,
    /// The dialplan priority.
    pub priority: i32,
    /// The caller's channel.
    pub callerchan: String,
    /// Who called.
    pub caller: CallerId,
    /// When the message was left, for people.
    pub origdate: String,
    /// When the message was left, Unix seconds UTC; `None` if missing or not a number.
    pub origtime: Option<i64>,
    /// The category set by the dialplan.
    pub category: String,
    /// Asterisk's own id; missing before Asterisk 11.
    pub msg_id: String,
    /// Empty, `Urgent` or `PRIORITY`.
    pub flag: String,
    /// Whole seconds; `None` while the message is being recorded.
    pub duration: Option<u32>,
}

/// Something odd in a file that could be read all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// Values were read though there is no `[message]` section.
    NoSection,
    /// There are NUL octets, as a crash of the machine leaves them.
    Nul,
    /// Lines that are neither comment, section nor `key=value`; how many.
    Rubbish(usize),
    /// Some value is not UTF-8 and was read as Latin-1.
    NotUtf8,
    /// A key stands more than once.
    Duplicate(&'static str),
    /// A value that should be a number is none.
    NotANumber(&'static str, String),
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSection => f.write_str("has no [message] section"),
            Self::Nul => f.write_str("holds NUL octets"),
            Self::Rubbish(lines) => write!(f, "has {lines} line(s) of rubbish"),
            Self::NotUtf8 => f.write_str("is not UTF-8 and was read as Latin-1"),
            Self::Duplicate(key) => write!(f, "says {key} more than once"),
            Self::NotANumber(key, value) => write!(f, "says {key}={value}, which is no number"),
        }
    }
}

/// Why a file tells nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnvelopeFault {
    /// No octets.
    Empty,
    /// Longer than [`MAX_ENVELOPE`].
    TooLong,
    /// Not one of the keys of a voicemail.
    NothingKnown,
}

impl fmt::Display for EnvelopeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty"),
            Self::TooLong => write!(f, "is longer than {MAX_ENVELOPE} octets"),
            Self::NothingKnown => f.write_str("says nothing about a voicemail"),
        }
    }
}

impl std::error::Error for EnvelopeFault {}

/// The keys that are read, in the order Asterisk writes them.
const KEYS: [&str; 13] = [
    "origmailbox",
    "context",
    "exten",
    "rdnis",
    "priority",
    "callerchan",
    "callerid",
    "origdate",
    "origtime",
    "category",
    "msg_id",
    "flag",
    "duration",
];

impl Envelope {
    /// Reads the octets of a `msgNNNN.txt`.
    pub fn parse(octets: &[u8]) -> Result<(Self, Vec<Remark>), EnvelopeFault> {
        match octets.len() {
            0 => return Err(EnvelopeFault::Empty),
            len if len > MAX_ENVELOPE => return Err(EnvelopeFault::TooLong),
            _ => {}
        }
        let (values, mut remarks) = collect(octets);
        if values.iter().all(Option::is_none) {
            return Err(EnvelopeFault::NothingKnown);
        }
        let envelope = Self::from_values(values, &mut remarks);
        Ok((envelope, remarks))
    }

    /// `origdate` as Unix seconds UTC, where it is in the form Asterisk writes.
    #[must_use]
    pub fn origdate_time(&self) -> Option<i64> {
        origdate::parse(&self.origdate)
    }

    fn from_values(values: Values<'_>, remarks: &mut Vec<Remark>) -> Self {
        let [
            origmailbox,
            context,
            exten,
            rdnis,
            priority,
            callerchan,
            callerid,
            origdate,
            origtime,
            category,
            msg_id,
            flag,
            duration,
        ] = values.map(|value| decode(value.unwrap_or_default(), remarks));
        // In the caller's name it is one more escape among others; see `CallerId`.
        let plain = |value: String| value.replace("\\;", ";");
        let mut int = |key, text: &str| {
            let number = leading_number(text);
            if number.is_none() && !text.is_empty() {
                remarks.push(Remark::NotANumber(key, text.chars().take(40).collect()));
            }
            number
        };
        Self {
            priority: int("priority", &priority)
                .and_then(|n| n.try_into().ok())
                .unwrap_or(0),
            origtime: int("origtime", &origtime),
            duration: int("duration", &duration).map(|n| n.max(0).try_into().unwrap_or(u32::MAX)),
            caller: CallerId::parse(&callerid),
            origmailbox: plain(origmailbox),
            context: plain(context),
            exten: plain(exten),
            rdnis: plain(rdnis),
            callerchan: plain(callerchan),
            origdate,
            category: plain(category),
            msg_id: plain(msg_id),
            flag: plain(flag),
        }
    }
}

/// The raw value of each key, in the order of [`KEYS`].
type Values<'o> = [Option<&'o [u8]>; KEYS.len()];

fn collect(octets: &[u8]) -> (Values<'_>, Vec<Remark>) {
    let mut values: Values<'_> = [None; KEYS.len()];
    let mut remarks = Vec::new();
    let mut rubbish = 0;
    // `None` before the first section: there the keys of a file that lost its head are read.
    let mut in_message = None;
    let octets = octets.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(octets);
    for line in octets.split(|octet| *octet == b'\n') {
        match understand(line) {
            Line::Nothing => {}
            Line::Section(name) => in_message = Some(name.eq_ignore_ascii_case(b"message")),
            Line::Value(..) if in_message == Some(false) => {}
            Line::Value(key, value) => {
                let Some(at) = KEYS
                    .iter()
                    .position(|k| key.eq_ignore_ascii_case(k.as_bytes()))
                else {
                    continue;
                };
                if values[at].is_none() {
                    values[at] = Some(value);
                } else if !remarks.contains(&Remark::Duplicate(KEYS[at])) {
                    remarks.push(Remark::Duplicate(KEYS[at]));
                }
            }
            Line::Rubbish => rubbish += 1,
        }
    }
    if in_message.is_none() {
        remarks.push(Remark::NoSection);
    }
    if octets.contains(&0) {
        remarks.push(Remark::Nul);
    }
    if rubbish > 0 {
        remarks.push(Remark::Rubbish(rubbish));
    }
    (values, remarks)
}

enum Line<'l> {
    Nothing,
    Section(&'l [u8]),
    Value(&'l [u8], &'l [u8]),
    Rubbish,
}

fn understand(line: &[u8]) -> Line<'_> {
    // A C string ends here.
    let line = line.split(|octet| *octet == 0).next().unwrap_or_default();
    let line = line.trim_ascii();
    match line {
        [] | [b';', ..] => return Line::Nothing,
        [b'[', rest @ ..] => {
            let name = rest.split(|octet| *octet == b']').next();
            return Line::Section(name.unwrap_or_default().trim_ascii());
        }
        _ => {}
    }
    let Some(at) = line.iter().position(|octet| *octet == b'=') else {
        return Line::Rubbish;
    };
    let (key, value) = (&line[..at], &line[at + 1..]);
    let value = value.strip_prefix(b">").unwrap_or(value);
    Line::Value(key.trim_ascii(), value.trim_ascii())
}

fn decode(octets: &[u8], remarks: &mut Vec<Remark>) -> String {
    if let Ok(text) = str::from_utf8(octets) {
        return text.to_owned();
    }
    if !remarks.contains(&Remark::NotUtf8) {
        remarks.push(Remark::NotUtf8);
    }
    octets.iter().map(|octet| char::from(*octet)).collect()
}

#[cfg(test)]
mod tests;
