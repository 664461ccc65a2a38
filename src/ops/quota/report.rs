//! What a look at quotas found: values for whoever shows them.

use serde::{Serialize, Serializer};

use super::limit::{Limit, limits, per_mille};
use super::room::{Lists, Room};
use crate::mailstore::types::{QuotaRoot, Resource};
use crate::ops::failures::Failures;
use crate::voicemail::notice::Notice;
use crate::voicemail::vmbox::VoicemailBox;

/// Messages and their octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Tally {
    /// How many.
    pub messages: u64,
    /// Their sizes together.
    pub octets: u64,
}

impl Tally {
    /// One message more.
    pub fn add(&mut self, octets: u64) {
        self.messages += 1;
        self.octets = self.octets.saturating_add(octets);
    }

    /// All of another's too.
    pub fn merge(&mut self, other: Self) {
        self.messages += other.messages;
        self.octets = self.octets.saturating_add(other.octets);
    }
}

/// A quota root of one account, or what takes the place of one.
#[derive(Debug, Clone)]
pub struct RootReport {
    /// Its name; `None` for the folders no root limits (or a server without QUOTA).
    pub name: Option<String>,
    /// What the server limits, as it told.
    pub resources: Vec<Resource>,
    /// The boxes whose folders lie below it, those of voicemail.conf that were not chosen too.
    pub boxes: Vec<VoicemailBox>,
    /// Messages below it, as the server counts, or summed up.
    pub messages: Option<u64>,
    /// Octets of all messages below it, summed up; `None` where that was not needed.
    pub summed: Option<u64>,
    /// Its voicemail, of whomever; `None` with `--no-share`.
    pub voicemail: Option<Tally>,
    /// Of it, what belongs to no mailbox of voicemail.conf in this account.
    pub strays: Tally,
}

impl RootReport {
    /// STORAGE as the server told it.
    fn storage(&self) -> Option<&Resource> {
        let mut all = self.resources.iter();
        all.find(|one| one.name.eq_ignore_ascii_case("STORAGE"))
    }

    /// Octets in use: as the server counts them, else summed up.
    #[must_use]
    pub fn used(&self) -> Option<u64> {
        match self.storage() {
            Some(storage) => Some(storage.used.saturating_mul(1024)),
            None => self.summed,
        }
    }

    /// Mail that is no voicemail: what is in use and is not voicemail. STORAGE counts whole KiB,
    /// so where there is no other message there are no other octets either.
    #[must_use]
    pub fn other(&self) -> Option<(Option<u64>, Option<u64>)> {
        let voicemail = self.voicemail?;
        let messages = self
            .messages
            .map(|all| all.saturating_sub(voicemail.messages));
        let octets = match messages {
            Some(0) => Some(0),
            _ => self
                .used()
                .map(|used| used.saturating_sub(voicemail.octets)),
        };
        Some((messages, octets))
    }

    /// As the session tells it.
    pub(super) fn as_root(&self) -> QuotaRoot {
        QuotaRoot {
            name: self.name.clone().unwrap_or_default(),
            resources: self.resources.clone(),
        }
    }

    /// Its limits.
    #[must_use]
    pub fn limits(&self) -> Vec<Limit> {
        limits([&self.as_root()])
    }

    /// The share of the limit that is used most, in tenths of a percent.
    #[must_use]
    pub fn per_mille(&self) -> Option<u64> {
        self.limits().iter().map(Limit::per_mille).max()
    }
}

/// How near the end a box is. The greatest is the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Below every threshold.
    Ok,
    /// Over the first threshold, or a message can be lost.
    Warning,
    /// Over the second one, or callers are refused.
    Critical,
}

impl Serialize for Level {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Critical => "critical",
        })
    }
}

/// Two shares of a limit, in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// From here on it is a warning.
    pub warn: u64,
    /// From here on it is critical.
    pub crit: u64,
}

/// A box whose account could be asked.
#[derive(Debug, Clone)]
pub struct BoxFacts {
    /// The roots its folders lie below, `imapfolder`'s first: places in
    /// [`AccountReport::roots`].
    pub roots: Vec<usize>,
    /// Its own voicemail below each of them; zeros where the share was not worked out.
    pub own: Vec<Tally>,
    /// Whether the share was worked out.
    pub shared_out: bool,
    /// What Asterisk counts.
    pub lists: Lists,
    /// `maxmsg`.
    pub maxmsg: u32,
    /// `maxsecs`; 0 is no limit.
    pub maxsecs: u32,
    /// The limit Asterisk compares.
    pub watched: Option<Limit>,
    /// What is left.
    pub room: Room,
    /// The greatest share of a limit that is used, `maxmsg` included, in tenths of a percent.
    pub per_mille: Option<u64>,
}

impl BoxFacts {
    /// The share of `maxmsg` that is used, in tenths of a percent; `None` where it is 0.
    #[must_use]
    pub fn of_maxmsg(&self) -> Option<u64> {
        (self.maxmsg > 0).then(|| per_mille(self.lists.total(), self.maxmsg.into()))
    }

    /// Its own voicemail as a whole; `None` with `--no-share`.
    #[must_use]
    pub fn own_total(&self) -> Option<Tally> {
        let mut total = Tally::default();
        self.own.iter().for_each(|own| total.merge(*own));
        self.shared_out.then_some(total)
    }

    /// How near the end it is.
    #[must_use]
    pub fn level(&self, thresholds: Thresholds) -> Level {
        let over = |percent: u64| self.per_mille.is_some_and(|share| share >= percent * 10);
        if self.room.refused.is_some() || over(thresholds.crit) {
            Level::Critical
        } else if self.room.loses || over(thresholds.warn) {
            Level::Warning
        } else {
            Level::Ok
        }
    }
}

/// A chosen box.
#[derive(Debug, Clone)]
pub struct BoxReport {
    /// The box.
    pub vmbox: VoicemailBox,
    /// What was found, or why not.
    pub facts: Result<BoxFacts, String>,
}

/// One account with its chosen boxes.
#[derive(Debug, Clone)]
pub struct AccountReport {
    /// `user@host:port`; the box itself where voicemail.conf names no usable account.
    pub label: String,
    /// Its roots.
    pub roots: Vec<RootReport>,
    /// The chosen boxes, in the order of voicemail.conf.
    pub boxes: Vec<BoxReport>,
}

/// What a whole run found.
#[derive(Debug, Default)]
pub struct Report {
    /// The accounts, in the order of voicemail.conf.
    pub accounts: Vec<AccountReport>,
    /// What is worth a remark.
    pub notices: Vec<Notice>,
    /// Boxes that could not be asked, by kind.
    pub failures: Failures,
    /// Errors in voicemail.conf: boxes may be missing because of them.
    pub input_errors: u64,
    /// Boxes that were not asked because the run was interrupted.
    pub left: u64,
    /// The signal that interrupted it.
    pub interrupted: Option<u8>,
}

impl Report {
    /// Every chosen box that was tried, with its account.
    pub fn boxes(&self) -> impl Iterator<Item = (&AccountReport, &BoxReport)> {
        let all = self.accounts.iter();
        all.flat_map(|account| account.boxes.iter().map(move |one| (account, one)))
    }

    /// Whether every chosen box was asked, as far as voicemail.conf could be understood.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.failures.boxes() == 0 && self.left == 0 && self.input_errors == 0
    }

    /// How many boxes have this level.
    #[must_use]
    pub fn at(&self, level: Level, thresholds: Thresholds) -> u64 {
        let facts = self.boxes().filter_map(|(_, one)| one.facts.as_ref().ok());
        facts
            .filter(|facts| facts.level(thresholds) == level)
            .count() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(kib: u64, messages: Option<u64>, voicemail: (u64, u64)) -> RootReport {
        RootReport {
            name: Some(String::new()),
            resources: vec![Resource {
                name: "STORAGE".to_owned(),
                used: kib,
                limit: 100,
            }],
            boxes: Vec::new(),
            messages,
            summed: None,
            voicemail: Some(Tally {
                messages: voicemail.0,
                octets: voicemail.1,
            }),
            strays: Tally::default(),
        }
    }

    #[test]
    fn other_mail_is_the_rest_never_negative_and_not_a_matter_of_rounding() {
        let other = |root: RootReport| root.other().unwrap();
        assert_eq!(other(root(10, Some(5), (3, 9000))), (Some(2), Some(1240)));
        assert_eq!(other(root(10, Some(3), (3, 9300))), (Some(0), Some(0)));
        assert_eq!(other(root(8, Some(5), (3, 9000))), (Some(2), Some(0)));
        assert_eq!(other(root(10, None, (3, 9000))), (None, Some(1240)));
    }
}
