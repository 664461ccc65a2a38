//! One voicemail as a value, free of where it is stored.
//!
//! The text fields are [`HeaderValue`]s: what fits into one `X-Asterisk-VM-*` header line without
//! folding, encoding or injection. Making the value does the cleaning, so everything after it
//! (composing, comparing, journalling) works on text that is already safe.

use std::fmt;

use serde::Serialize;

use super::audio::AudioFormat;
use super::greeting::Greeting;
use super::header::{printable, uncommented};

/// The longest value Asterisk reads back from a header, in octets (`get_header_by_tag`).
pub const MAX_HEADER_VALUE: usize = 79;

/// Before this (1990-01-01, Unix seconds UTC) nobody left a voicemail for Asterisk: a time before it
/// is a clock's that was not set, or no time at all.
pub const EARLIEST: i64 = 631_152_000;

/// How far ahead of our clock a phone system's may be, in seconds.
const CLOCKS: i64 = 86_400;

/// Whether a voicemail that is stored `now` can have been left at this time (Unix seconds UTC).
#[must_use]
pub fn can_be_left(time: i64, now: i64) -> bool {
    (EARLIEST..=now.saturating_add(CLOCKS)).contains(&time)
}

/// Text that can stand in one header line as Asterisk reads it: printable 7-bit characters and
/// spaces, at most [`MAX_HEADER_VALUE`] of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(transparent)]
pub struct HeaderValue(String);

impl HeaderValue {
    /// Keeps what Asterisk would keep: octets below 0x20 and above 0x7E are dropped (Asterisk
    /// itself lets DEL, 0x7F, through), and the rest is cut at 79. `José Núñez` becomes `Jos Nez`,
    /// exactly as Asterisk writes it.
    ///
    /// Where `X-Asterisk-VM` stands in the text (any case), its first hyphen becomes a space:
    /// Asterisk's reader looks for header names anywhere in the header block, so a caller named
    /// `X-Asterisk-VM-Duration: 99` would otherwise set the duration. In `;--` and `--;` a hyphen
    /// becomes a space too: they would comment out the rest of what Asterisk reads.
    #[must_use]
    pub fn lossy(text: &str) -> Self {
        Self(uncommented(&printable(text, MAX_HEADER_VALUE)))
    }

    /// The text unchanged, or `None` where anything would have to be dropped or cut. For values
    /// that identify (extension, context, `msg_id`), where a changed value is a wrong value.
    #[must_use]
    pub fn exact(text: &str) -> Option<Self> {
        let value = Self::lossy(text);
        (value.0 == text).then_some(value)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is no text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for HeaderValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Everything Asterisk keeps about one voicemail besides the recording itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Voicemail {
    /// `X-Asterisk-VM-Context`: the voicemail context (section of voicemail.conf), never the
    /// dialplan context that the spool's txt calls `context`.
    pub context: HeaderValue,
    /// `X-Asterisk-VM-Extension`: `imapvmshareid` if the box has one, else the mailbox number.
    pub extension: HeaderValue,
    /// `X-Asterisk-VM-Caller-ID-Name`, empty if unknown.
    pub caller_name: HeaderValue,
    /// `X-Asterisk-VM-Caller-ID-Num`, empty if unknown.
    pub caller_number: HeaderValue,
    /// `X-Asterisk-VM-Orig-time`: when it was left, Unix seconds UTC.
    pub origtime: i64,
    /// `X-Asterisk-VM-Duration`: whole seconds, cut not rounded.
    pub duration: u32,
    /// `X-Asterisk-VM-Category`; Asterisk's IMAP storage itself always leaves it empty.
    pub category: HeaderValue,
    /// `X-Asterisk-VM-Flag`: empty, `Urgent` or `PRIORITY`. The word is spoken; what makes a
    /// message urgent is `\Flagged`.
    pub flag: HeaderValue,
    /// `X-Asterisk-VM-Priority`: the dialplan priority number.
    pub priority: i32,
    /// `X-Asterisk-VM-Message-ID`: Asterisk's own id, empty if it has none.
    pub msg_id: HeaderValue,
    /// `X-Asterisk-VM-Message-Num`: the number shown to people, the file number + 1.
    pub message_num: u32,
    /// What the recording is; decides the attachment's name and type.
    pub format: AudioFormat,
    /// Set where it is no message but a greeting: `X-Asterisk-VM-Message-Type` and the attachment's
    /// name say so.
    pub greeting: Option<Greeting>,
}

impl Voicemail {
    /// What the recording's file is called.
    #[must_use]
    pub fn file_name(&self) -> String {
        let extension = self.format.extension();
        match self.greeting {
            Some(kind) => format!("{kind}.{extension}"),
            None => format!("msg{:04}.{extension}", self.message_num.saturating_sub(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_what_asterisk_drops() {
        assert_eq!(
            HeaderValue::lossy("José Núñez Ñandú").as_str(),
            "Jos Nez and"
        );
        assert_eq!(HeaderValue::lossy("渡辺 太郎").as_str(), " ");
        assert_eq!(
            HeaderValue::lossy("a\r\nX-Evil: b\tc\u{7f}").as_str(),
            "aX-Evil: bc"
        );
    }

    #[test]
    fn a_value_cannot_pose_as_another_header() {
        let name = "X-Asterisk-VM-Duration: 99";
        assert_eq!(HeaderValue::exact(name), None);
        assert_eq!(
            HeaderValue::lossy(name).as_str(),
            "X Asterisk-VM-Duration: 99"
        );
    }

    #[test]
    fn a_value_cannot_comment_out_what_asterisk_reads_after_it() {
        assert_eq!(HeaderValue::lossy("Mallory ;--").as_str(), "Mallory ; -");
        assert_eq!(HeaderValue::lossy("--\u{e9};").as_str(), "- ;");
        assert_eq!(HeaderValue::exact("a--;"), None);
        assert!(HeaderValue::exact("a; b - c").is_some());
    }

    #[test]
    fn values_are_cut_at_what_asterisk_reads() {
        assert_eq!(
            HeaderValue::lossy(&"x".repeat(200)).as_str().len(),
            MAX_HEADER_VALUE
        );
        assert_eq!(HeaderValue::exact(&"x".repeat(80)), None);
        assert!(HeaderValue::exact(&"x".repeat(79)).is_some());
    }
}
