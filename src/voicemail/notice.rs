//! Coded remarks about an input: a configuration line, a spool file, a stored message.
//!
//! One type serves every layer, so that a remark made deep in a parser reaches the screen, the
//! JSON stream and monitoring with its code unchanged. A code is never reused for another
//! meaning; `docs/findings.md` lists all of them with cause and cure.

use std::fmt;

use serde::Serialize;

/// How much a [`Notice`] matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Info,
    /// Something is odd and may surprise; the work goes on and is complete.
    Warning,
    /// Something could not be used or done; the run is incomplete.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// One row of a module's catalogue of codes; `docs/findings.md` is checked against these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeRow {
    /// The code, for example `VMS004`.
    pub code: &'static str,
    /// How severe a notice with this code is.
    pub severity: Severity,
    /// What it means, in a few words.
    pub title: &'static str,
    /// What to do about it.
    pub cure: &'static str,
}

/// A coded remark about one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// The catalogue code.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// The object, named so that it can be found again: `voicemail.conf:12`, a path, a mailbox.
    pub place: String,
    /// What was found, in one sentence without a full stop. May quote untrusted text verbatim:
    /// whoever prints it must sanitise it.
    pub message: String,
    /// The catalogue's cure, or a more exact one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Notice {
    /// Makes a notice from its catalogue row.
    #[must_use]
    pub fn new(row: &CodeRow, place: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: row.code,
            severity: row.severity,
            place: place.into(),
            message: message.into(),
            hint: (!row.cure.is_empty()).then(|| row.cure.to_owned()),
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} [{}]", self.place, self.message, self.code)
    }
}
