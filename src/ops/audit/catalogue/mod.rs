//! The codes of an audit, each with what Asterisk does and what to do about it.
//!
//! A code never changes its meaning. The rows stand in files of their own, by what they are about;
//! [`find`] serves `--explain`, `--rule` and `--ignore`. Source: asterisk-format 2.2 to 2.4, 3, 4.

pub mod account;
pub mod greetings;
pub mod headers;
pub mod message;

use std::fmt;
use std::sync::LazyLock;

use serde::Serialize;

use crate::voicemail::notice::{CodeRow, Severity};

/// What a finding is about: the harm it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Asterisk ends, and every call with it.
    Crash,
    /// The message cannot be heard.
    Unplayable,
    /// Asterisk takes something else than what was meant.
    Misread,
    /// No phone shows the message.
    Invisible,
    /// One mailbox's messages get among another's, or one message counts twice.
    Mixup,
    /// More is told than the owner should know.
    Privacy,
    /// Mail without a mailbox, or a mailbox without mail.
    Orphan,
    /// The server's answer tells too little to judge by.
    Unclear,
}

impl Kind {
    /// Every kind, the worst first.
    pub const ALL: [Self; 8] = [
        Self::Crash,
        Self::Unplayable,
        Self::Misread,
        Self::Invisible,
        Self::Mixup,
        Self::Privacy,
        Self::Orphan,
        Self::Unclear,
    ];

    /// Its name on the command line and in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Crash => "crash",
            Self::Unplayable => "unplayable",
            Self::Misread => "misread",
            Self::Invisible => "invisible",
            Self::Mixup => "mixup",
            Self::Privacy => "privacy",
            Self::Orphan => "orphan",
            Self::Unclear => "unclear",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What has to be looked at for a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Headers, flags, dates and structure: always.
    Headers,
    /// The recording itself: with `--audio`.
    Audio,
    /// The spool's directories: with `--spool`, or where the usual one is there.
    Spool,
    /// The server's list of accounts: with `--accounts`.
    Accounts,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Headers => "always",
            Self::Audio => "with --audio",
            Self::Spool => "where the spool can be read (--spool)",
            Self::Accounts => "with --accounts",
        })
    }
}

/// One row of the catalogue.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Code, severity, title and cure.
    pub row: CodeRow,
    /// The harm it does.
    pub kind: Kind,
    /// What has to be looked at.
    pub level: Level,
    /// What should have been found.
    pub expected: &'static str,
    /// What Asterisk does with it.
    pub asterisk: &'static str,
}

impl Rule {
    /// A rule that is always looked at.
    const fn new(code: &'static str, severity: Severity, kind: Kind, title: &'static str) -> Self {
        Self {
            row: CodeRow {
                code,
                severity,
                title,
                cure: "",
            },
            kind,
            level: Level::Headers,
            expected: "",
            asterisk: "",
        }
    }

    const fn expected(mut self, expected: &'static str) -> Self {
        self.expected = expected;
        self
    }

    const fn asterisk(mut self, asterisk: &'static str) -> Self {
        self.asterisk = asterisk;
        self
    }

    const fn cure(mut self, cure: &'static str) -> Self {
        self.row.cure = cure;
        self
    }

    const fn level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// Its code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.row.code
    }
}

/// Every rule, by code.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    static SORTED: LazyLock<Vec<&'static Rule>> = LazyLock::new(|| {
        let tables = [
            message::RULES,
            headers::RULES,
            account::RULES,
            greetings::RULES,
            account::UNCLEAR,
        ];
        let mut rules: Vec<&Rule> = tables.into_iter().flatten().copied().collect();
        rules.sort_by_key(|rule| rule.code());
        rules
    });
    SORTED.iter().copied()
}

/// The rule of that code, in any case.
#[must_use]
pub fn find(code: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.code().eq_ignore_ascii_case(code))
}

/// The rows, for the reference of all codes.
#[must_use]
pub fn rows() -> Vec<CodeRow> {
    all().map(|rule| rule.row).collect()
}

/// The rules that are looked at.
#[derive(Debug, Clone, Default)]
pub struct Chosen {
    only: Vec<Choice>,
    ignored: Vec<Choice>,
}

/// A code or a kind, as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// One rule.
    Code(&'static str),
    /// All of a kind.
    Kind(Kind),
}

impl std::str::FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut kinds = Kind::ALL.into_iter();
        if let Some(kind) = kinds.find(|kind| kind.as_str().eq_ignore_ascii_case(text)) {
            return Ok(Self::Kind(kind));
        }
        find(text)
            .map(|rule| Self::Code(rule.code()))
            .ok_or_else(|| {
                let kinds: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
                format!(
                    "neither a code (--explain all lists them) nor one of {}",
                    kinds.join(", ")
                )
            })
    }
}

impl Choice {
    fn means(self, rule: &Rule) -> bool {
        match self {
            Self::Code(code) => rule.code() == code,
            Self::Kind(kind) => rule.kind == kind,
        }
    }
}

impl Chosen {
    /// These rules (all, where `only` is empty) without those.
    #[must_use]
    pub fn new(only: Vec<Choice>, ignored: Vec<Choice>) -> Self {
        Self { only, ignored }
    }

    /// Whether a rule is looked at.
    #[must_use]
    pub fn takes(&self, rule: &Rule) -> bool {
        let means = |choice: &Choice| choice.means(rule);
        (self.only.is_empty() || self.only.iter().any(means)) && !self.ignored.iter().any(means)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_ascend_and_every_rule_says_what_asterisk_does_and_what_to_do() {
        let codes: Vec<&str> = all().map(Rule::code).collect();
        let mut sorted = codes.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(codes, sorted);
        for rule in all() {
            for text in [rule.row.title, rule.row.cure, rule.asterisk, rule.expected] {
                assert!(!text.is_empty(), "{}", rule.code());
                assert!(!text.ends_with('.'), "{}: {text}", rule.code());
            }
        }
    }

    #[test]
    fn a_choice_is_a_code_or_a_kind_in_any_case() {
        assert_eq!("vma001".parse(), Ok(Choice::Code("VMA001")));
        assert_eq!("Crash".parse(), Ok(Choice::Kind(Kind::Crash)));
        assert!("VMA999".parse::<Choice>().is_err());
        let rule = find("VMA001").unwrap();
        let chosen = |only: &[Choice], ignored: &[Choice]| {
            Chosen::new(only.to_vec(), ignored.to_vec()).takes(rule)
        };
        assert!(chosen(&[], &[]));
        assert!(chosen(&[Choice::Kind(Kind::Crash)], &[]));
        assert!(!chosen(
            &[Choice::Kind(Kind::Crash)],
            &[Choice::Code("VMA001")]
        ));
        assert!(!chosen(&[Choice::Kind(Kind::Privacy)], &[]));
    }
}
