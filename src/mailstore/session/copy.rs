//! Moving messages where a server has no MOVE: UID COPY, then [`super::remove`].
//!
//! Removes nothing itself. Invariant: only what the server named a copy for (COPYUID, RFC 4315 §3)
//! may lose its original.

use std::collections::BTreeSet;

use super::super::error::{Scope, StoreError};
use super::super::link::{ignore, lock};
use super::super::name::MailboxName;
use super::super::response::Status;
use super::super::types::{Uid, UidValidity};
use super::super::uidset::{Chunk, expand};
use super::Session;
use super::flags::chunks;
use super::removal::{Candidate, Copied, Moved, Removal};
use super::remove::Check;

impl Session {
    pub(super) fn copy_and_remove(
        &mut self,
        folder: &MailboxName,
        expect: UidValidity,
        uids: &[Uid],
        target: &MailboxName,
        check: &mut Check<'_>,
        moved: &mut Moved,
    ) -> Result<(), StoreError> {
        self.need("UIDPLUS", folder)?;
        self.open_to_change(folder, expect)?;
        let Some(work) = self.look_over(uids, check, &mut moved.removal)? else {
            self.leave();
            return Ok(());
        };
        let command = format!("UID COPY from {folder} to {target}");
        let mut refused = None;
        for chunk in chunks(work.targets.keys().copied()) {
            let line = format!("UID COPY {} {}", chunk.set, target.quoted());
            match lock(&self.link).run(&line, &command, &mut ignore) {
                Ok(status) => {
                    // Only what the server named a copy for may lose its original.
                    let told = copy_uid(&status).and_then(|told| copies(&told, &chunk));
                    moved.copies.extend(told.unwrap_or_default());
                }
                Err(error) if error.scope() == Scope::Session => {
                    return Err(error.uncertain(&command));
                }
                Err(error) => {
                    refused = Some(error);
                    break;
                }
            }
        }
        let copied: BTreeSet<Uid> = moved.copies.iter().map(|copy| copy.from).collect();
        let uncopied = work.targets.keys().filter(|uid| !copied.contains(uid));
        let uncopied: Vec<Uid> = uncopied.copied().collect();
        let copied: Vec<Uid> = copied.into_iter().collect();
        let mut rest = Removal::default();
        let ids = work.targets;
        let same = &mut |now: &Candidate| {
            ids.get(&now.uid)
                .is_some_and(|then| then.message_id == now.message_id)
        };
        let removed = self.remove_into(folder, expect, &copied, same, &mut rest);
        rest.gone.append(&mut moved.removal.gone);
        rest.declined.append(&mut moved.removal.declined);
        rest.untried.extend(uncopied);
        moved.removal = rest;
        removed?;
        refused.map_or(Ok(()), Err)
    }
}

/// The argument of COPYUID, where this answer has one.
pub(super) fn copy_uid(status: &Status) -> Option<String> {
    (status.code.as_deref() == Some("COPYUID")).then(|| status.argument.clone())
}

/// Reads `validity from to`; `None` unless it pairs UIDs of this chunk.
pub(super) fn copies(argument: &str, chunk: &Chunk) -> Option<Vec<Copied>> {
    let mut words = argument.split_ascii_whitespace();
    let validity = UidValidity(words.next()?.parse().ok()?);
    let from = expand(words.next()?, chunk.uids.len())?;
    let to = expand(words.next()?, from.len())?;
    let fits = to.len() == from.len() && from.iter().all(|uid| chunk.uids.contains(uid));
    let pairs = from.into_iter().zip(to);
    let copied = pairs.map(|(from, to)| Copied { from, validity, to });
    fits.then(|| copied.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pairs(argument: &str) -> Option<Vec<(u32, u32)>> {
        let uids = expand("3:5,9", 4)?;
        let chunk = chunks(uids).pop()?;
        let told = copies(argument, &chunk)?;
        Some(
            told.iter()
                .map(|c| (c.from.0.get(), c.to.0.get()))
                .collect(),
        )
    }

    #[test]
    fn copies_are_paired_in_order() {
        assert_eq!(
            pairs("7 3:5,9 20:23"),
            Some(vec![(3, 20), (4, 21), (5, 22), (9, 23)])
        );
        assert_eq!(pairs("7 9,3 1,2"), Some(vec![(9, 1), (3, 2)]));
    }

    #[test]
    fn a_pairing_that_does_not_fit_names_no_copy() {
        for bad in [
            "7 3:5 20:23",
            "7 3:5 20:21",
            "7 6 20",
            "0 3 20",
            "7 3",
            "7",
            "",
            "7 * 20",
        ] {
            assert_eq!(pairs(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[0-9:, *]{0,40}") {
            let _ = pairs(&text);
        }
    }
}
