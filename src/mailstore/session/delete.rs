//! Deleting folders of our own making (RFC 3501 §6.3.4): empty ones, or ones that hold nothing but
//! messages of ours.
//!
//! DELETE takes the messages along; so what is in the folder is looked at first, and INBOX is
//! refused.

use std::collections::BTreeSet;

use super::super::error::StoreError;
use super::super::link::{Untagged, ignore, lock};
use super::super::name::MailboxName;
use super::super::search::Search;
use super::super::syntax::Reader;
use super::super::types::{Uid, UidValidity};
use super::Session;

impl Session {
    /// Deletes a folder of our own making. It has to be empty, and INBOX is refused.
    ///
    /// # Errors
    /// `InvalidArgument` for INBOX and for a folder that holds messages, with nothing done;
    /// `Refused`; `OutcomeUnknown` where the connection broke.
    pub fn delete_folder(&mut self, name: &MailboxName) -> Result<(), StoreError> {
        self.delete(name, 0)
    }

    /// Deletes a folder of our own making together with messages of ours, where single messages
    /// cannot be expunged. It may hold these messages and no other.
    ///
    /// # Errors
    /// As [`delete_folder`](Self::delete_folder); `UidValidityChanged` with nothing done.
    pub fn delete_folder_with(
        &mut self,
        name: &MailboxName,
        expect: UidValidity,
        ours: &[Uid],
    ) -> Result<(), StoreError> {
        self.examine_again(name, expect)?;
        let ours: BTreeSet<Uid> = ours.iter().copied().collect();
        let there = self.search(&Search::all())?;
        if let Some(other) = there.iter().find(|uid| !ours.contains(uid)) {
            return Err(StoreError::invalid(format!(
                "folder {name}: holds message {other}, which is none of ours, and is not deleted"
            )));
        }
        self.delete(name, there.len() as u64)
    }

    /// Deletes a folder that holds exactly so many messages.
    fn delete(&mut self, name: &MailboxName, expected: u64) -> Result<(), StoreError> {
        if name.is_inbox() {
            return Err(StoreError::invalid("folder INBOX: cannot be deleted"));
        }
        // Not every server can leave a folder without opening another: where none counts as open, it
        // may be this one still, which Courier then does not delete.
        if self.open.as_ref().is_none_or(|(open, _)| open == name) {
            match self.examine(&MailboxName::inbox()) {
                // Whatever was open is so no more (RFC 3501 §6.3.1).
                Ok(_) | Err(StoreError::Refused { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let mut held = None;
        let command = format!("STATUS {name}");
        let line = format!("STATUS {} (MESSAGES)", name.quoted());
        lock(&self.link).run(&line, &command, &mut |untagged| {
            held = held.or(messages_in(&untagged));
            Ok(())
        })?;
        if held != Some(expected) {
            let held = held.map_or("an unknown number of".to_owned(), |n| n.to_string());
            return Err(StoreError::invalid(format!(
                "folder {name}: holds {held} messages and is not deleted"
            )));
        }
        let command = format!("DELETE {name}");
        let line = format!("DELETE {}", name.quoted());
        let deleted = lock(&self.link).run(&line, &command, &mut ignore);
        deleted.map(drop).map_err(|error| error.uncertain(&command))
    }
}

/// The count in `STATUS name (MESSAGES n)`.
fn messages_in(untagged: &Untagged<'_>) -> Option<u64> {
    let Untagged::Data(data) = untagged else {
        return None;
    };
    let mut reader = Reader::new(data);
    if !reader.word("STATUS") {
        return None;
    }
    let _name = reader.value()?;
    match reader.value()?.list()? {
        [item, count, ..] if item.is("MESSAGES") => count.number(),
        _ => None,
    }
}
