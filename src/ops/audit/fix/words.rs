//! Encoded words (RFC 2047) in a header that Asterisk reads as it stands, as it would have written them.
//!
//! Only where nothing has to be guessed: a character set in which 7-bit octets mean themselves, a code
//! that can be read, and something left to hear or show once what Asterisk drops is dropped.

use mail_parser::MessageParser;

use crate::voicemail::message::HeaderValue;

/// Character sets in which every octet below 0x80 is the ASCII character, by their beginnings.
const PLAIN_BELOW_128: [&str; 6] = [
    "utf-8",
    "us-ascii",
    "iso-8859-",
    "windows-125",
    "koi8-",
    "cp125",
];

/// The value without encoded words; `None` where it has none, or they cannot be read for sure.
pub(super) fn plain(value: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(value).ok().filter(|t| t.is_ascii())?;
    let mut words = text
        .match_indices("=?")
        .map(|(at, _)| &text[at + 2..])
        .peekable();
    words.peek()?;
    // The end of one word may look like the beginning of another: =?x?q?a=?=
    let known = words.all(|rest| rest.starts_with('=') || has_known_charset(rest));
    if !known || text.chars().any(char::is_control) {
        return None;
    }
    let block = format!("Subject: {text}\r\n\r\n");
    let message = MessageParser::default().parse_headers(block.as_bytes())?;
    let decoded = message.subject()?;
    let written = HeaderValue::lossy(decoded);
    let written = written.as_str().trim();
    let left = written.chars().any(|c| c.is_ascii_alphanumeric());
    (left && !written.contains("=?")).then(|| written.as_bytes().to_vec())
}

fn has_known_charset(rest: &str) -> bool {
    let Some((charset, rest)) = rest.split_once('?') else {
        return false;
    };
    let charset = charset.to_ascii_lowercase();
    let encoding = rest.split_once('?').map(|(encoding, _)| encoding);
    PLAIN_BELOW_128.iter().any(|set| charset.starts_with(set))
        && matches!(encoding, Some("q" | "Q" | "b" | "B"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_becomes_what_asterisk_would_have_written() {
        let plain = |value: &str| plain(value.as_bytes()).map(|v| String::from_utf8(v).unwrap());
        for (value, becomes) in [
            ("=?utf-8?Q?Jos=C3=A9_N=C3=BA=C3=B1ez?=", Some("Jos Nez")),
            ("=?UTF-8?B?QWRhIExvdmVsYWNl?=", Some("Ada Lovelace")),
            ("=?iso-8859-1?q?Ad=E9?= =?iso-8859-1?q?le?=", Some("Adle")),
            ("Dr =?us-ascii?Q?Ada?= L", Some("Dr Ada L")),
            // Nobody may hide a header or a comment in it.
            (
                "=?utf-8?Q?X-Asterisk-VM-Duration:_9?=",
                Some("X Asterisk-VM-Duration: 9"),
            ),
            ("=?utf-8?Q?a=0D=0AX:_=3B--b?=", Some("aX: ; -b")),
            // Nothing would be left, or it cannot be known what was meant.
            ("=?utf-8?B?5rih6L66IOWkqumDjg==?=", None),
            ("=?iso-2022-jp?B?GyRCRU8bKEI=?=", None),
            ("=?utf-8?X?abc?=", None),
            ("=?utf-8?Q", None),
            ("=?", None),
            ("Ada", None),
            ("", None),
        ] {
            assert_eq!(plain(value).as_deref(), becomes, "{value}");
        }
    }
}
