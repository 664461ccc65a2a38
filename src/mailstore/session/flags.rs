//! Flags of given messages: set, taken away and read back, under the UIDVALIDITY they were planned
//! under; and which UIDs there are.
//!
//! Cannot remove a message and does not mark one as deleted for a caller: that is
//! [`super::remove`]'s. Source: RFC 3501 §6.4.4, §6.4.6, §6.4.8.

use std::collections::{BTreeMap, BTreeSet};

use super::super::append::flag_list;
use super::super::envelope;
use super::super::error::StoreError;
use super::super::fetched::{self, Datum};
use super::super::link::{Untagged, ignore, lock};
use super::super::name::MailboxName;
use super::super::search::Search;
use super::super::types::{Flags, Uid, UidValidity};
use super::super::uidset::{self, Chunk};
use super::Session;
use super::removal::Candidate;

/// Octets of a UID set in one command: every server takes lines of this length.
const LONGEST_SET: usize = 900;

/// UIDs in chunks that are short enough for one command.
pub(super) fn chunks(uids: impl IntoIterator<Item = Uid>) -> Vec<Chunk> {
    let uids: Vec<Uid> = uids.into_iter().collect();
    uidset::chunks(&uids, LONGEST_SET)
}

impl Session {
    /// Sets and takes away flags of messages, and says which flags they have afterwards, read
    /// back from the server: compare, a server may say OK and keep nothing. A UID that is gone
    /// is missing in the answer. Safe to repeat.
    ///
    /// # Errors
    /// `InvalidArgument` where `\Deleted` is to be set (see [`remove`](Self::remove));
    /// `UidValidityChanged` and `ReadOnly` with nothing done; `Refused`, also where a part is
    /// done; `OutcomeUnknown` where the connection broke; `Incomplete` where a message is there and
    /// the server does not tell of it.
    pub fn store_flags(
        &mut self,
        folder: &MailboxName,
        expect: UidValidity,
        uids: &[Uid],
        add: Flags,
        take: Flags,
    ) -> Result<Vec<(Uid, Flags)>, StoreError> {
        if add.deleted {
            return Err(StoreError::invalid(format!(
                "folder {folder}: messages are marked as deleted only to be removed"
            )));
        }
        self.open_to_change(folder, expect)?;
        for (sign, flags) in [('+', add), ('-', take)] {
            if flags != Flags::default() {
                for chunk in chunks(uids.iter().copied()) {
                    self.store(&chunk, sign, &format!("({})", flag_list(flags)))?;
                }
            }
        }
        let now = self.look_at(uids.iter().copied())?;
        let missing = uids.iter().filter(|uid| !now.contains_key(uid));
        self.unless_there(&missing.copied().collect::<Vec<_>>())?;
        Ok(now.into_values().map(|m| (m.uid, m.flags)).collect())
    }

    /// Opens a folder to change it, where it is the one that was planned for.
    pub(super) fn open_to_change(
        &mut self,
        folder: &MailboxName,
        expect: UidValidity,
    ) -> Result<(), StoreError> {
        let state = self.select(folder)?;
        let opened = match expect.unless_changed(folder, state.uid_validity) {
            Ok(()) if self.read_only => Err(StoreError::ReadOnly {
                folder: folder.to_string(),
            }),
            same => same,
        };
        if opened.is_err() {
            self.leave();
        }
        opened
    }

    /// Sets (`+`) or takes away (`-`) flags, given as a list in parentheses.
    pub(super) fn store(
        &mut self,
        chunk: &Chunk,
        sign: char,
        flags: &str,
    ) -> Result<(), StoreError> {
        let line = format!("UID STORE {} {sign}FLAGS.SILENT {flags}", chunk.set);
        let command = format!("UID STORE {sign}FLAGS {flags} in {}", self.open_name());
        let stored = lock(&self.link).run(&line, &command, &mut ignore);
        stored.map(drop).map_err(|error| error.uncertain(&command))
    }

    /// Flags and Message-IDs of messages in the open folder; those that are gone are missing.
    pub(super) fn look_at(
        &mut self,
        uids: impl IntoIterator<Item = Uid>,
    ) -> Result<BTreeMap<Uid, Candidate>, StoreError> {
        let mut found = BTreeMap::new();
        let command = format!("UID FETCH in {}", self.open_name());
        let mut link = lock(&self.link);
        for chunk in chunks(uids) {
            let fetch = format!(
                "UID FETCH {} (UID FLAGS BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])",
                chunk.set
            );
            link.run(&fetch, &command, &mut |untagged| {
                let Untagged::Data(data) = untagged else {
                    return Ok(());
                };
                match fetched::read(data) {
                    Datum::Broken => return Err(StoreError::malformed(&*command, data)),
                    Datum::Fetch(fetched) => {
                        // Others' changes are told too, but without the header.
                        if let (Some(uid), Some(flags), Some(header)) =
                            (fetched.uid, fetched.flags, &fetched.header)
                            && chunk.uids.binary_search(&uid).is_ok()
                        {
                            let message_id = envelope::field(header, "Message-ID");
                            let candidate = Candidate {
                                uid,
                                flags,
                                message_id,
                            };
                            found.insert(uid, candidate);
                        }
                    }
                    _ => {}
                }
                Ok(())
            })?;
        }
        Ok(found)
    }

    /// Every UID in the open folder; `None` where the server said OK and told nothing, which some
    /// do for an empty folder.
    pub(super) fn all_uids(&mut self) -> Result<Option<BTreeSet<Uid>>, StoreError> {
        let asked = self.ask("UID SEARCH", &Search::all(), &mut ignore)?;
        Ok(asked.found.map(BTreeSet::from_iter))
    }

    /// Makes sure that messages which a FETCH left out are gone: a server that says OK and tells
    /// nothing has not said that they are not there. Two more round trips, only where some are missing.
    ///
    /// # Errors
    /// `Incomplete` where messages are in the open folder.
    pub fn unless_there(&mut self, gone: &[Uid]) -> Result<(), StoreError> {
        if gone.is_empty() {
            return Ok(());
        }
        self.noop()?;
        let still = match self.all_uids()? {
            Some(all) => gone.iter().filter(|uid| all.contains(uid)).count() as u64,
            // Nothing told is nothing there only in an empty folder.
            None if self
                .open
                .as_ref()
                .is_some_and(|(_, state)| state.exists == 0) =>
            {
                0
            }
            None => gone.len() as u64,
        };
        if still == 0 {
            return Ok(());
        }
        Err(StoreError::Incomplete {
            folder: self.open_name(),
            expected: still,
            got: 0,
        })
    }

    pub(super) fn open_name(&self) -> String {
        let open = self.open.as_ref();
        open.map_or_else(String::new, |(name, _)| name.to_string())
    }
}
