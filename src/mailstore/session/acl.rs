//! Who may do what with a folder, as the server tells it (RFC 4314 §3.3, §3.6).
//!
//! GETACL by hand, because the crate knows no rights. Gives nothing; that is `provision`. Groups
//! and negative rights are told as they stand, not worked out.

use super::super::error::StoreError;
use super::super::link::{Untagged, lock};
use super::super::name::MailboxName;
use super::super::syntax::Reader;
use super::Session;
use super::folders::tolerate_refusal;

/// Entries of one list that are kept; a server with more is no mail server.
const MOST: usize = 10_000;

impl Session {
    /// The entries of a folder's access control list, as (identifier, rights) in the server's order;
    /// `None` where the server has no ACL or will not tell this login.
    ///
    /// # Errors
    /// What ends the session.
    pub fn acl(&mut self, name: &MailboxName) -> Result<Option<Vec<(String, String)>>, StoreError> {
        if !self.capabilities.has("ACL") {
            return Ok(None);
        }
        let mut entries = Vec::new();
        let line = format!("GETACL {}", name.quoted());
        let called = format!("GETACL {name}");
        let asked = lock(&self.link).run(&line, &called, &mut |u| read(&u, &mut entries));
        Ok(tolerate_refusal(asked)?.then_some(entries))
    }
}

/// Reads `ACL folder identifier rights identifier rights ...`; one folder was asked for.
fn read(untagged: &Untagged<'_>, into: &mut Vec<(String, String)>) -> Result<(), StoreError> {
    let Untagged::Data(data) = untagged else {
        return Ok(());
    };
    let mut reader = Reader::new(data);
    if !reader.word("ACL") {
        return Ok(());
    }
    let broken = || StoreError::malformed("ACL", data);
    let values = reader.all().ok_or_else(broken)?;
    let Some((_, pairs)) = values.split_first() else {
        return Err(broken());
    };
    if pairs.len() % 2 != 0 || pairs.len() / 2 > MOST {
        return Err(broken());
    }
    for pair in pairs.chunks_exact(2) {
        let octets = |at: usize| pair[at].octets().ok_or_else(broken);
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
        into.push((text(octets(0)?), text(octets(1)?)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(line: &str) -> Result<Vec<(String, String)>, StoreError> {
        let mut found = Vec::new();
        read(&Untagged::Data(line.as_bytes()), &mut found)?;
        Ok(found)
    }

    #[test]
    fn every_entry_is_read_in_order() {
        let found =
            entries("ACL user/1001 1001 lrswipkxtecdan \"group:help desk\" lr\r\n").unwrap();
        let found: Vec<_> = found
            .iter()
            .map(|(who, what)| (who.as_str(), what.as_str()))
            .collect();
        assert_eq!(
            found,
            [("1001", "lrswipkxtecdan"), ("group:help desk", "lr")]
        );
        assert_eq!(entries("ACL INBOX").unwrap(), []);
        assert_eq!(entries("LIST () NIL INBOX").unwrap(), []);
    }

    #[test]
    fn half_an_entry_is_an_error_and_no_missing_right() {
        for line in ["ACL", "ACL INBOX ada", "ACL INBOX ada (lr)"] {
            assert!(entries(line).is_err(), "{line}");
        }
    }
}
