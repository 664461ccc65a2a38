//! One thing that was looked at, and the verdict on it: the value everything here yields.
//!
//! Plain values; `ui` draws them, a test compares them. Whatever is not well has a code of
//! [`super::catalogue`] (or, for a line of voicemail.conf, of that module's), and a hint.

use std::fmt;

use serde::Serialize;

use crate::voicemail::notice::{CodeRow, Notice, Severity};

/// What a check is about; in the order in which they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// What stands in voicemail.conf.
    Configuration,
    /// Name, port, TLS and certificates of a server.
    Server,
    /// Logging in, and the rights one has then.
    Login,
    /// What a server can do.
    Capabilities,
    /// The folders Asterisk opens.
    Folders,
    /// What Asterisk does to the mail that is there.
    Hazards,
    /// How long Asterisk waits, and whose clock is right.
    Time,
    /// Files left in the spool.
    Spool,
    /// Whether phones' lamps can be refreshed.
    Lamps,
    /// The message that was sent there and back.
    Probe,
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Configuration => "Configuration",
            Self::Server => "Server",
            Self::Login => "Login and rights",
            Self::Capabilities => "What the server can do",
            Self::Folders => "Folders",
            Self::Hazards => "What Asterisk will do here",
            Self::Time => "Search time and clock",
            Self::Spool => "Spool",
            Self::Lamps => "Lamps",
            Self::Probe => "Probe",
        })
    }
}

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It was not looked at.
    Skipped,
    /// It is well.
    #[serde(rename = "ok")]
    Pass,
    /// It works; worth knowing.
    Note,
    /// It works for now, or partly.
    Warning,
    /// It does not work, or mail will be lost.
    Error,
}

impl From<Severity> for Verdict {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Info => Self::Note,
            Severity::Warning => Self::Warning,
            Severity::Error => Self::Error,
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What it is about.
    pub group: Group,
    /// What was looked at, in a word or two: `name`, `certificate`, `UIDPLUS`.
    pub topic: &'static str,
    /// The object: `host:port`, `user@host:port`, `4123@default`, `voicemail.conf:12`.
    pub subject: String,
    /// The verdict.
    pub verdict: Verdict,
    /// The code, where it is a finding.
    pub code: Option<&'static str>,
    /// What was found. May quote a server's or a stranger's words: whoever prints it sanitises it.
    pub text: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Check {
    fn new(
        group: Group,
        topic: &'static str,
        subject: impl Into<String>,
        verdict: Verdict,
    ) -> Self {
        Self {
            group,
            topic,
            subject: subject.into(),
            verdict,
            code: None,
            text: String::new(),
            hint: None,
        }
    }

    /// Something that is well.
    pub fn pass(
        group: Group,
        topic: &'static str,
        subject: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        Self {
            text: text.into(),
            ..Self::new(group, topic, subject, Verdict::Pass)
        }
    }

    /// Something that was not looked at, and why not.
    pub fn skipped(
        group: Group,
        topic: &'static str,
        subject: impl Into<String>,
        why: impl Into<String>,
    ) -> Self {
        Self {
            text: why.into(),
            ..Self::new(group, topic, subject, Verdict::Skipped)
        }
    }

    /// A finding, with its catalogue's severity and cure.
    pub fn finding(
        row: &CodeRow,
        group: Group,
        topic: &'static str,
        subject: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        Self {
            code: Some(row.code),
            text: text.into(),
            hint: (!row.cure.is_empty()).then(|| row.cure.to_owned()),
            ..Self::new(group, topic, subject, row.severity.into())
        }
    }

    /// A remark that was made elsewhere.
    #[must_use]
    pub fn of_notice(group: Group, topic: &'static str, notice: &Notice) -> Self {
        Self {
            code: Some(notice.code),
            text: notice.message.clone(),
            hint: notice.hint.clone(),
            ..Self::new(group, topic, notice.place.clone(), notice.severity.into())
        }
    }

    /// The same with another hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
