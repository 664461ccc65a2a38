//! Whether a message is still the planned one, and whether what was moved has arrived.
//!
//! Pure but for the look into the trash; only ever says no to more than was planned.

use std::collections::HashMap;

use crate::mailstore::error::StoreError;
use crate::mailstore::name::MailboxName;
use crate::mailstore::session::{Candidate, Copied, Session};
use crate::mailstore::types::Uid;

use super::message::{ASKED, identity};
use super::plan::Item;

/// Whether this message is still the planned one and still what was asked for; those that are
/// another one are put down.
pub(super) fn check(items: &HashMap<Uid, &Item>, now: &Candidate, strange: &mut Vec<Uid>) -> bool {
    let Some(item) = items.get(&now.uid) else {
        return false;
    };
    if now.message_id != item.message.message_id {
        strange.push(now.uid);
        return false;
    }
    item.needs.hold(item.message.flags, now.flags)
}

/// Looks whether what was moved lies in the trash, as far as the server told where.
pub(super) fn verify_copies(
    session: &mut Session,
    trash: &MailboxName,
    copies: &[Copied],
    items: &HashMap<Uid, &Item>,
) -> Result<(), StoreError> {
    let Some(first) = copies.first() else {
        return Ok(());
    };
    let state = session.examine(trash)?;
    let planned: HashMap<Uid, u64> = copies
        .iter()
        .filter(|copy| copy.validity == state.uid_validity)
        .filter_map(|copy| Some((copy.to, items.get(&copy.from)?.message.identity)))
        .collect();
    let uids: Vec<Uid> = copies.iter().map(|copy| copy.to).collect();
    let mut found = 0_u64;
    session.envelopes_of(&uids, &ASKED, &mut |envelope| {
        found += u64::from(planned.get(&envelope.uid) == Some(&identity(&envelope)));
    })?;
    session.unselect()?;
    let expected = copies.len() as u64;
    if first.validity != state.uid_validity || found < expected {
        return Err(StoreError::Incomplete {
            folder: trash.to_string(),
            expected,
            got: found,
        });
    }
    Ok(())
}
