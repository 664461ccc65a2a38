//! One of N parts of the voicemail boxes, for several machines or jobs that share the work.
//!
//! The part a box belongs to depends on its account and on N, and on nothing else: not on the order
//! of voicemail.conf, the server's name, the machine or the version. An account is never split:
//! what one run may assume of an account (one connection at a time, quota, copies in sight) holds
//! only while no other run is in it. See docs/decisions/0007.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::voicemail::conf::VoicemailConf;
use crate::voicemail::vmbox::VoicemailBox;

/// Part `index` of `of`, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u32,
    of: u32,
}

impl Shard {
    /// Whether what is called so belongs to this part: SHA-256 of the name, the first eight octets as
    /// one number (the highest octet first), modulo N, plus 1.
    #[must_use]
    pub fn holds(self, name: &str) -> bool {
        let hash = Sha256::digest(name.as_bytes());
        let number = hash
            .iter()
            .take(8)
            .fold(0_u64, |number, octet| number << 8 | u64::from(*octet));
        number % u64::from(self.of) + 1 == u64::from(self.index)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "part I of N, I from 1 to N: 1/4".to_owned();
        // `u32::from_str` takes a sign.
        let number = |digits: &str| {
            let plain = digits.bytes().all(|octet| octet.is_ascii_digit());
            plain.then(|| digits.parse::<u32>().ok()).flatten()
        };
        let (index, of) = text.split_once('/').ok_or_else(wrong)?;
        match (number(index), number(of)) {
            (Some(index), Some(of)) if (1..=of).contains(&index) => Ok(Self { index, of }),
            _ => Err(wrong()),
        }
    }
}

/// A part of the boxes of one voicemail.conf.
#[derive(Debug, Clone)]
pub struct Part {
    shard: Shard,
    users: HashMap<VoicemailBox, String>,
}

impl Part {
    /// That part of these boxes.
    #[must_use]
    pub fn new(shard: Shard, conf: &VoicemailConf) -> Self {
        let users = conf.mailboxes.iter().filter_map(|mailbox| {
            // Some servers tell users apart by case and some do not. Those that differ in nothing
            // else are kept together, as are those of two servers.
            let user = conf.account(mailbox).imap_user?.to_ascii_lowercase();
            Some((mailbox.vmbox.clone(), user))
        });
        Self {
            shard,
            users: users.collect(),
        }
    }

    /// Whether the box is in it. A box without an account goes by its own name.
    #[must_use]
    pub fn holds(&self, vmbox: &VoicemailBox) -> bool {
        match self.users.get(vmbox) {
            Some(user) => self.shard.holds(user),
            None => self.shard.holds(&vmbox.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voicemail::conf::{LoadOptions, load};
    use std::fmt::Write as _;

    fn shard(text: &str) -> Shard {
        text.parse().unwrap()
    }

    #[test]
    fn a_part_is_one_of_as_many_as_there_are() {
        for text in ["1/1", "1/4", "4/4", "3/1000"] {
            assert_eq!(shard(text).to_string(), text);
        }
        for wrong in [
            "",
            "1",
            "/",
            "0/4",
            "5/4",
            "1/0",
            "0/0",
            "-1/4",
            "+1/4",
            "1/4/4",
            "1/ 4",
            "a/b",
            "1/4294967296",
        ] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong:?}");
        }
    }

    /// Computed with `printf NAME | sha256sum` and a calculator: every version must share out alike.
    #[test]
    fn where_a_name_belongs_never_changes() {
        for (name, four, seven) in [
            ("4123", 3, 3),
            ("alice@example.com", 4, 2),
            ("4123@default", 3, 6),
        ] {
            for index in 1..=4 {
                let held = shard(&format!("{index}/4")).holds(name);
                assert_eq!(held, index == four, "{name} {index}/4");
            }
            for index in 1..=7 {
                let held = shard(&format!("{index}/7")).holds(name);
                assert_eq!(held, index == seven, "{name} {index}/7");
            }
        }
    }

    #[test]
    fn boxes_of_one_account_are_in_one_part_and_every_box_is_in_exactly_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("voicemail.conf");
        let mut text = "[general]\nimapserver=a.test\n[a]\n".to_owned();
        for n in 0..400 {
            // Three boxes an account, one of them on another server, one in another case.
            let user = n / 3;
            let more = ["", "|imapserver=b.test", ""][n % 3];
            let letter = if n % 3 == 2 { "U" } else { "u" };
            let _ = writeln!(text, "{n} => 1,,,,imapuser={letter}{user}{more}");
        }
        std::fs::write(&path, text).unwrap();
        let conf = load(&path, &LoadOptions::default()).unwrap();
        let parts: Vec<Part> = (1..=5)
            .map(|index| Part::new(shard(&format!("{index}/5")), &conf))
            .collect();
        let place = |n: usize| {
            let vmbox = VoicemailBox::new(n.to_string(), "a");
            let held = |part: &Part| part.holds(&vmbox);
            let places: Vec<usize> = (0..5).filter(|at| held(&parts[*at])).collect();
            assert_eq!(places.len(), 1, "{vmbox}");
            places[0]
        };
        let mut sizes = [0; 5];
        for n in 0..400 {
            assert_eq!(place(n), place(n / 3 * 3), "{n}");
            sizes[place(n)] += 1;
        }
        assert!(
            sizes.iter().all(|size| (40..160).contains(size)),
            "{sizes:?}"
        );
        // Not in voicemail.conf: by its name.
        place(9999);
    }
}
