//! A finding: a rule, a place, and what was found there.

use std::sync::Arc;

use super::catalogue::Rule;
use crate::mailstore::types::{Uid, UidValidity};
use crate::voicemail::vmbox::VoicemailBox;

/// Where something was found. What is not known, or is about the whole, is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The account, `user@host:port`.
    pub account: Option<Arc<str>>,
    /// The voicemail box it concerns.
    pub mailbox: Option<VoicemailBox>,
    /// The IMAP folder, as on the wire; untrusted.
    pub folder: Option<Arc<str>>,
    /// The folder's UIDVALIDITY.
    pub uid_validity: Option<UidValidity>,
    /// The message.
    pub uid: Option<Uid>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// Where.
    pub place: Place,
    /// What was found; may quote strangers.
    pub found: String,
    /// What was expected, where that is more exact than the catalogue.
    pub expected: Option<String>,
}

impl Finding {
    /// What was expected.
    #[must_use]
    pub fn expected(&self) -> &str {
        self.expected.as_deref().unwrap_or(self.rule.expected)
    }
}
