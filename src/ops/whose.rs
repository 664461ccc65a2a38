//! Whose mailbox a master user's login opened: proved before anything is done in it.
//!
//! Some servers do not look at the authorisation identity of SASL: they say OK and open the master
//! user's own mailbox (Courier 5.0: measured). IMAP has no command that says who one is, so this
//! asks what can be told apart: the same login for somebody else, and the master user's own. Where
//! only the authorisation identity differs and another mailbox opens, or none, the server looks at
//! it. Reads only. Does not judge a login with a mailbox's own password: that is proof enough.
//! Reasons: docs/decisions/0006-whose-mailbox-it-is.md.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};

use crate::mailstore::error::StoreError;
use crate::mailstore::name::MailboxName;
use crate::mailstore::session::{Namespaces, Session};
use crate::mailstore::types::FolderStatus;
use crate::ops::account::Account;

/// How often two mailboxes are compared while one of them changes.
const ATTEMPTS: u32 = 5;

/// Which servers were seen to look at the authorisation identity, for one run.
#[derive(Default)]
pub(super) struct Proofs {
    proven: Mutex<HashSet<String>>,
}

impl Proofs {
    /// Proves that `session` is in the mailbox of the account's user and not in its master
    /// user's; once for each server and master user. Safe to repeat.
    ///
    /// # Errors
    /// `NoLoginMethod` where nothing tells the two apart; what kept the other logins from
    /// being made.
    pub(super) fn prove(&self, account: &Account, session: &mut Session) -> Result<(), StoreError> {
        let Some(master) = account.master() else {
            return Ok(());
        };
        let server = format!("{master} {}", account.server());
        // Held meanwhile: the others wait for the answer instead of asking the same.
        let mut proven = self.proven.lock().unwrap_or_else(PoisonError::into_inner);
        if proven.contains(&server) {
            return Ok(());
        }
        for other in account.others() {
            if is_another(account, session, &other)? {
                proven.insert(server);
                return Ok(());
            }
        }
        // Cyrus lets a user in who has no INBOX yet. Before the first one is made an administrator
        // sees no more; and Cyrus refuses an authorisation identity that it does not take.
        let look = Look::at(session)?;
        if session.greeting().contains("Cyrus IMAP") && look.inbox.is_none() {
            return Ok(());
        }
        Err(look.undecided(account.user(), master))
    }
}

/// Whether another login of the same master user opens something else than this session has open.
fn is_another(
    account: &Account,
    session: &mut Session,
    other: &Account,
) -> Result<bool, StoreError> {
    let mut theirs = other.connect();
    if let Err(StoreError::LoginRefused(refusal)) = &theirs {
        let certain = matches!(
            refusal.code.as_deref(),
            Some("AUTHENTICATIONFAILED" | "AUTHORIZATIONFAILED")
        );
        // The same name and password are right for the account. They still are, or the refusal
        // had another reason than whom the login was for; so may one that does not say.
        account.connect()?.logout();
        if !certain {
            theirs = other.connect();
        }
    }
    let mut theirs = match theirs {
        Ok(theirs) => theirs,
        Err(StoreError::LoginRefused(_)) => return Ok(true),
        Err(error) => return Err(error),
    };
    let different = differ(&mut || Look::at(session), &mut || Look::at(&mut theirs));
    theirs.logout();
    different
}

/// Whether two mailboxes are seen to be different. One mailbox looked at twice differs too, where
/// it changed in between; so one side has to be the same before and after.
fn differ<T: PartialEq, E>(
    mine: &mut dyn FnMut() -> Result<T, E>,
    theirs: &mut dyn FnMut() -> Result<T, E>,
) -> Result<bool, E> {
    let mut before = mine()?;
    for _ in 0..ATTEMPTS {
        let other = theirs()?;
        let after = mine()?;
        if before == after {
            return Ok(other != before);
        }
        before = after;
    }
    Ok(false)
}

/// What can be seen of a mailbox without opening it.
#[derive(Debug, PartialEq, Eq)]
struct Look {
    /// Folder names and namespaces; `None` where the server refuses to list.
    folders: Option<(BTreeSet<String>, Namespaces)>,
    /// `None` where there is no INBOX, or none that may be seen.
    inbox: Option<FolderStatus>,
}

impl Look {
    fn at(session: &mut Session) -> Result<Self, StoreError> {
        let folders = match session.overview() {
            Ok(overview) => {
                let names = overview.folders.iter();
                let names = names.map(|folder| folder.name.as_wire().to_owned());
                Some((names.collect(), overview.namespaces))
            }
            Err(StoreError::Refused { .. }) => None,
            Err(error) => return Err(error),
        };
        let inbox = session.status_of(&[MailboxName::from_wire("INBOX")?])?;
        Ok(Self {
            folders,
            inbox: inbox.into_iter().next().and_then(Result::ok),
        })
    }

    /// The refusal where this mailbox is all that was seen, and the ways out of it.
    fn undecided(&self, user: &str, master: &str) -> StoreError {
        let inbox = self.inbox.as_ref();
        // Two new mailboxes differ in nothing but the second they were made in, if in that.
        let new = if inbox.is_some_and(|inbox| inbox.messages == 0) {
            format!(
                ". INBOX is empty: if the mailboxes of {user} and {master} were both made a moment \
                 ago, put any message into one of them and run again. Else give"
            )
        } else {
            ". Give".to_owned()
        };
        StoreError::NoLoginMethod {
            reason: format!(
                "logging in as {master} for {user} and as {master} alone opens what looks like one \
                 and the same mailbox, so the server may ignore for whom {master} logs in; nothing \
                 was done{new} the mailbox its own imappassword instead of authuser"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(mine: &[u32], theirs: &[u32]) -> bool {
        let (mut mine, mut theirs) = (mine.iter(), theirs.iter());
        let outcome: Result<bool, ()> = differ(&mut || mine.next().ok_or(()), &mut || {
            theirs.next().ok_or(())
        });
        outcome.unwrap()
    }

    #[test]
    fn a_mailbox_that_changes_between_two_looks_is_not_taken_for_another() {
        // What is seen of one mailbox into which a message comes now and then.
        assert!(!seen(&[1, 2, 2], &[1, 2]));
        assert!(!seen(&[1, 3, 5, 7, 9, 11], &[2, 4, 6, 8, 10]));
        assert!(seen(&[1, 2, 2], &[7, 7]));
    }
}
