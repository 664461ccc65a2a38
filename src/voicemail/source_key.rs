//! The identity of one voicemail, carried in the message it becomes.
//!
//! A [`SourceKey`] is made from what does not change when Asterisk renumbers or moves a message:
//! context, extension, `msg_id` (origtime where there is none) and the digest of the recording.
//! It travels in a deterministic `Message-ID`, so the server itself remembers what has been
//! migrated, whatever becomes of the journal. The file number and the folder are left out on
//! purpose: a message that was heard between two runs is still the same message.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::greeting::Greeting;
use super::vmbox::VoicemailBox;

/// The right-hand side of the Message-ID. `.invalid` can never be a real host (RFC 2606 §2).
const DOMAIN: &str = "vmimap.invalid";
/// Octets of the digest that are kept: 160 bits, far beyond any accidental collision.
const KEY_OCTETS: usize = 20;

/// SHA-256 of a recording's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct AudioDigest(pub [u8; 32]);

impl fmt::Display for AudioDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl From<AudioDigest> for String {
    fn from(digest: AudioDigest) -> Self {
        digest.to_string()
    }
}

impl TryFrom<String> for AudioDigest {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut octets = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(format!("{text:?} is not a SHA-256 digest"));
        }
        for (at, octet) in octets.iter_mut().enumerate() {
            *octet = u8::from_str_radix(&text[at * 2..at * 2 + 2], 16)
                .map_err(|_| format!("{text:?} is not a SHA-256 digest"))?;
        }
        Ok(Self(octets))
    }
}

/// Whether a `msg_id` is none: empty, or the literal `(null)` that Asterisk writes for forwarded
/// messages.
#[must_use]
pub fn is_no_msg_id(msg_id: &str) -> bool {
    msg_id.is_empty() || msg_id == "(null)"
}

/// What identifies one voicemail for ever: 40 hexadecimal digits, and for the second and later
/// copies of the very same recording in one voicemail box `-2`, `-3`, ...
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceKey(String);

impl SourceKey {
    /// Makes the key of a voicemail.
    ///
    /// `msg_id` is used unless it is none ([`is_no_msg_id`]); then `origtime` (Unix seconds) stands
    /// in. `copy` is 1 for the
    /// first message with these values in the box, 2 for the next one, so that a box holding two
    /// identical copies keeps both.
    #[must_use]
    pub fn new(
        vmbox: &VoicemailBox,
        msg_id: &str,
        origtime: i64,
        audio: &AudioDigest,
        copy: u32,
    ) -> Self {
        let origtime = origtime.to_string();
        let (kind, id): (&str, &str) = if is_no_msg_id(msg_id) {
            ("origtime", &origtime)
        } else {
            ("msg_id", msg_id)
        };
        Self::hashed(vmbox, kind, id, audio, copy)
    }

    /// Makes the key of a greeting: the same recording under the same name is the same greeting,
    /// whenever it was recorded.
    #[must_use]
    pub fn of_greeting(vmbox: &VoicemailBox, greeting: Greeting, audio: &AudioDigest) -> Self {
        Self::hashed(vmbox, "greeting", greeting.as_str(), audio, 1)
    }

    fn hashed(vmbox: &VoicemailBox, kind: &str, id: &str, audio: &AudioDigest, copy: u32) -> Self {
        let mut hash = Sha256::new();
        let fields: [&[u8]; 6] = [
            b"vmimap-source-key-1",
            vmbox.context.as_bytes(),
            vmbox.extension.as_bytes(),
            kind.as_bytes(),
            id.as_bytes(),
            &audio.0,
        ];
        // Every field is preceded by its length: no two different inputs give the same octets.
        for octets in fields {
            hash.update((octets.len() as u64).to_be_bytes());
            hash.update(octets);
        }
        let mut text = String::with_capacity(KEY_OCTETS * 2 + 3);
        for octet in &hash.finalize()[..KEY_OCTETS] {
            text.extend(
                [octet >> 4, octet & 15]
                    .map(|half| char::from(b"0123456789abcdef"[usize::from(half)])),
            );
        }
        if copy > 1 {
            text.push('-');
            text.push_str(&copy.to_string());
        }
        Self(text)
    }

    /// The `Message-ID` header value, with its angle brackets.
    #[must_use]
    pub fn message_id(&self) -> String {
        format!("<vmimap-{}@{DOMAIN}>", self.0)
    }

    /// A `msg_id` in Asterisk's form (`<Unix seconds>-<8 hexadecimal digits>`) for a message that
    /// has none. Asterisk 22 gives every voicemail one. The same key always gives the same.
    #[must_use]
    pub fn msg_id(&self, origtime: i64) -> String {
        let (digest, copy) = self.0.split_once('-').unwrap_or((&self.0, "1"));
        let number = digest
            .get(..8)
            .and_then(|digits| u32::from_str_radix(digits, 16).ok());
        // Copies of one recording differ in their copy number only.
        let number = number.unwrap_or(0).wrapping_add(copy.parse().unwrap_or(1));
        format!("{origtime}-{number:08x}")
    }

    /// The key in a `Message-ID` value, if it is one of ours. White space and the brackets may be
    /// missing; anything else that is not exactly our form is somebody else's message.
    #[must_use]
    pub fn from_message_id(value: &str) -> Option<Self> {
        let value = value.trim();
        let value = value.strip_prefix('<').unwrap_or(value);
        let value = value.strip_suffix('>').unwrap_or(value);
        let key = value
            .strip_prefix("vmimap-")?
            .strip_suffix(DOMAIN)?
            .strip_suffix('@')?;
        let (digest, copy) = key.split_once('-').unwrap_or((key, "2"));
        let hex = digest.len() == KEY_OCTETS * 2
            && digest
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let canonical_copy = copy
            .parse::<u32>()
            .is_ok_and(|n| n > 1 && n.to_string() == copy);
        (hex && canonical_copy).then(|| Self(key.to_owned()))
    }

    /// The key as it stands in journals: 40 hexadecimal digits, perhaps with a copy number.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SourceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(extension: &str, msg_id: &str, origtime: i64, copy: u32) -> SourceKey {
        let vmbox = VoicemailBox::new(extension, "default");
        SourceKey::new(&vmbox, msg_id, origtime, &AudioDigest([7; 32]), copy)
    }

    #[test]
    fn a_key_survives_the_trip_through_a_message_id() {
        for copy in [1, 2, 17] {
            let key = key("4123", "1795427556-00000001", 1_795_427_556, copy);
            assert_eq!(SourceKey::from_message_id(&key.message_id()), Some(key));
        }
    }

    #[test]
    fn a_missing_msg_id_is_replaced_by_origtime() {
        assert_eq!(key("4123", "", 5, 1), key("4123", "(null)", 5, 1));
        assert_ne!(key("4123", "", 5, 1), key("4123", "", 6, 1));
        assert_eq!(key("4123", "x", 5, 1), key("4123", "x", 6, 1));
    }

    #[test]
    fn a_made_msg_id_has_asterisks_form_and_tells_copies_apart() {
        let [one, two] = [1, 2].map(|copy| key("4123", "", 5, copy).msg_id(1_795_427_556));
        assert_ne!(one, two);
        assert_eq!(one, key("4123", "", 5, 1).msg_id(1_795_427_556));
        let (seconds, digits) = one.split_once('-').unwrap();
        assert_eq!((seconds, digits.len()), ("1795427556", 8));
        assert!(u32::from_str_radix(digits, 16).is_ok());
    }

    #[test]
    fn fields_do_not_run_into_each_other() {
        let one = SourceKey::new(
            &VoicemailBox::new("1", "23"),
            "",
            0,
            &AudioDigest([0; 32]),
            1,
        );
        let two = SourceKey::new(
            &VoicemailBox::new("31", "2"),
            "",
            0,
            &AudioDigest([0; 32]),
            1,
        );
        assert_ne!(one, two);
    }

    #[test]
    fn foreign_and_forged_message_ids_are_not_keys() {
        for value in [
            "<Asterisk-9-853696998-4123-1359@vm>",
            "<vmimap-@vmimap.invalid>",
            "<vmimap-0123456789012345678901234567890123456789@example.test>",
            "<vmimap-0123456789012345678901234567890123456789-1@vmimap.invalid>",
            "<vmimap-0123456789012345678901234567890123456789-02@vmimap.invalid>",
            "<vmimap-012345678901234567890123456789012345678G@vmimap.invalid>",
        ] {
            assert_eq!(SourceKey::from_message_id(value), None, "{value}");
        }
    }

    #[test]
    fn a_digest_reads_back_what_it_prints() {
        let digest = AudioDigest(std::array::from_fn(|at| {
            u8::try_from(at * 7 % 256).unwrap()
        }));
        assert_eq!(AudioDigest::try_from(digest.to_string()), Ok(digest));
        assert!(AudioDigest::try_from("é".repeat(32)).is_err());
    }
}
