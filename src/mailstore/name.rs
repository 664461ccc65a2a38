//! Names of IMAP mailboxes, as they go over the wire.
//!
//! Separate so that no unvalidated text can reach a command: every command takes a
//! [`MailboxName`]. Does not know namespaces; the caller puts prefix and delimiter in.
//! Invariant: a name is not empty and holds only printable ASCII; INBOX is upper case, alone and
//! as the first component. Source: RFC 3501 §5.1.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::utf7;

/// Octets a name may have; longer ones are refused by every server and would flood a command.
const LONGEST: usize = 1000;

/// An IMAP mailbox name in wire form (modified UTF-7).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
// Shared, because every message of a folder names it.
pub struct MailboxName(Arc<str>);

impl From<MailboxName> for String {
    fn from(name: MailboxName) -> Self {
        name.0.to_string()
    }
}

impl TryFrom<String> for MailboxName {
    type Error = StoreError;

    fn try_from(wire: String) -> Result<Self, StoreError> {
        Self::from_wire(&wire)
    }
}

impl MailboxName {
    /// INBOX.
    #[must_use]
    pub fn inbox() -> Self {
        Self("INBOX".into())
    }

    /// Takes a name that is in wire form already, as a server's LIST tells it.
    ///
    /// # Errors
    /// `InvalidArgument` for an empty or overlong name, a control character or 8-bit octets.
    pub fn from_wire(wire: &str) -> Result<Self, StoreError> {
        if wire.is_empty() {
            return Err(StoreError::invalid("a folder name is empty"));
        }
        if wire.len() > LONGEST {
            return Err(StoreError::invalid(format!(
                "folder name {}...: longer than {LONGEST} octets",
                wire.chars().take(40).collect::<String>()
            )));
        }
        if !wire.bytes().all(|b| matches!(b, b' '..=b'~')) {
            return Err(StoreError::invalid(format!(
                "folder name {wire:?}: holds what an IMAP name cannot"
            )));
        }
        Ok(Self(fold_inbox(wire).into()))
    }

    /// Encodes a name as people write it.
    ///
    /// # Errors
    /// As [`from_wire`](Self::from_wire); a control character is refused, not encoded.
    pub fn from_unicode(text: &str) -> Result<Self, StoreError> {
        if text.chars().any(char::is_control) {
            return Err(StoreError::invalid(format!(
                "folder name {text:?}: holds a control character"
            )));
        }
        Self::from_wire(&utf7::encode(text))
    }

    /// A child below this name; without a delimiter there are no children.
    ///
    /// # Errors
    /// `InvalidArgument` where the server has no hierarchy, or as [`from_wire`](Self::from_wire).
    pub fn join(&self, delimiter: Option<char>, child: &str) -> Result<Self, StoreError> {
        let Some(delimiter) = delimiter else {
            return Err(StoreError::invalid(format!(
                "folder {self}: the server has no hierarchy, so it can have no folder {child} below it"
            )));
        };
        Self::from_wire(&format!("{}{delimiter}{child}", self.0))
    }

    /// The name in wire form, unquoted.
    #[must_use]
    pub fn as_wire(&self) -> &str {
        &self.0
    }

    /// Whether this is INBOX itself.
    #[must_use]
    pub fn is_inbox(&self) -> bool {
        &*self.0 == "INBOX"
    }

    /// The name as an argument of a command.
    pub(super) fn quoted(&self) -> String {
        quote(&self.0)
    }
}

impl fmt::Display for MailboxName {
    /// Decodes for people; what is no modified UTF-7 is shown as it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decoded = utf7::decode(&self.0).filter(|d| !d.chars().any(char::is_control));
        f.write_str(decoded.as_deref().unwrap_or(&self.0))
    }
}

/// A quoted string (RFC 3501 §9); the caller has made sure that there is no CR, LF or NUL.
pub(super) fn quote(text: &str) -> String {
    // In one piece: this may be a password, and a text that grows leaves copies behind.
    let escapes = text.matches(['"', '\\']).count();
    let mut out = String::with_capacity(text.len() + escapes + 2);
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

/// INBOX is case-insensitive, alone and before a delimiter; no other name is.
fn fold_inbox(wire: &str) -> String {
    match wire.split_at_checked(5) {
        Some((head, rest))
            if head.eq_ignore_ascii_case("INBOX")
                && rest
                    .chars()
                    .next()
                    .is_none_or(|c| matches!(c, '.' | '/' | '\\')) =>
        {
            format!("INBOX{rest}")
        }
        _ => wire.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_cannot_carry_a_second_command() {
        for bad in [
            "",
            "a\r\nx CREATE y",
            "a\nb",
            "nul\0",
            "Caf\u{e9}",
            "tab\t",
            "\u{7f}",
        ] {
            assert!(MailboxName::from_wire(bad).is_err(), "{bad:?}");
        }
        assert!(MailboxName::from_unicode("a\r\nb").is_err());
        assert!(MailboxName::from_wire(&"x".repeat(1001)).is_err());
    }

    #[test]
    fn quoting_escapes_quotes_and_backslashes() {
        let name = MailboxName::from_wire("a\"b\\c").unwrap();
        assert_eq!(name.quoted(), r#""a\"b\\c""#);
    }

    #[test]
    fn inbox_is_folded_and_its_lookalikes_are_not() {
        let wire = |n: &str| MailboxName::from_wire(n).unwrap().as_wire().to_owned();
        assert_eq!(wire("inbox"), "INBOX");
        assert_eq!(wire("Inbox.Old"), "INBOX.Old");
        assert_eq!(wire("inboxes"), "inboxes");
        assert!(MailboxName::from_wire("iNbOx").unwrap().is_inbox());
    }

    #[test]
    fn people_read_decoded_names_and_raw_ones_where_they_do_not_decode() {
        let name = MailboxName::from_unicode("Caf\u{e9}").unwrap();
        assert_eq!(
            (name.as_wire(), name.to_string().as_str()),
            ("Caf&AOk-", "Caf\u{e9}")
        );
        assert_eq!(MailboxName::from_wire("R&D").unwrap().to_string(), "R&D");
        assert_eq!(
            MailboxName::from_wire("&AAo-").unwrap().to_string(),
            "&AAo-"
        );
    }

    #[test]
    fn children_need_a_delimiter() {
        let inbox = MailboxName::inbox();
        assert_eq!(inbox.join(Some('.'), "Old").unwrap().as_wire(), "INBOX.Old");
        assert!(inbox.join(None, "Old").is_err());
    }

    proptest! {
        #[test]
        fn an_accepted_name_is_printable_ascii(text in any::<String>()) {
            if let Ok(name) = MailboxName::from_unicode(&text) {
                prop_assert!(name.as_wire().bytes().all(|b| (0x20..0x7f).contains(&b)));
            }
        }
    }
}
