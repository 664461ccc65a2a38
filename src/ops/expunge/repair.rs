//! Putting back marks that a run which was cut had taken off.
//!
//! Only on messages that are still there under the UIDVALIDITY they were written down under; a folder
//! that was numbered anew is told of and left. Safe to repeat at any moment.

use std::thread;
use std::time::Duration;

use jiff::Timestamp;

use crate::mailstore::error::StoreError;
use crate::mailstore::session::{Overview, PutBack, Session};
use crate::ops::account::{Account, Overrides};
use crate::ops::error::BoxError;
use crate::ops::lane::{Connector, Lane};
use crate::voicemail::conf::VoicemailConf;
use crate::voicemail::notice::{CodeRow, Notice};

use super::catalogue;
use super::lifts::{Lifts, OpenLift};

/// How long an EXPUNGE whose answer never came may still be under way. A mark that is put back
/// before it would take its message along.
const SETTLING: Duration = Duration::from_secs(10);

/// What came of one folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mended {
    /// The marks are back, as far as the messages are there.
    Back(PutBack),
    /// The folder is not there any more.
    FolderGone,
    /// The UIDs mean other messages now, which were not touched.
    NumberedAnew,
}

/// What came of all folders.
#[derive(Debug, Default)]
pub struct Mending {
    /// What there is to tell.
    pub notices: Vec<Notice>,
    /// Messages of others that lack the mark they had.
    pub not_back: u64,
}

/// Puts back what is off in one folder, and closes its record.
///
/// # Errors
/// What the mail store says, or the record; then it stays open.
pub(super) fn one(
    session: &mut Session,
    overview: &Overview,
    lifts: &Lifts,
    lift: &OpenLift,
) -> Result<Mended, BoxError> {
    if !lift.folder.is_inbox() && !overview.has(&lift.folder) {
        lifts.give_up(lift).map_err(BoxError::Journal)?;
        return Ok(Mended::FolderGone);
    }
    let mut settle = |pending| {
        if let (true, Some(since)) = (pending, lift.expunging) {
            thread::sleep(still_to_wait(since, Timestamp::now()));
        }
    };
    match session.put_marks_back(&lift.folder, lift.validity, &lift.lift, &mut settle) {
        Ok(put) => {
            lifts.back(lift).map_err(BoxError::Journal)?;
            Ok(Mended::Back(put))
        }
        Err(StoreError::UidValidityChanged { .. }) => {
            lifts.give_up(lift).map_err(BoxError::Journal)?;
            Ok(Mended::NumberedAnew)
        }
        Err(error) => Err(error.into()),
    }
}

/// A clock that was set back makes nobody wait longer.
fn still_to_wait(since: Timestamp, now: Timestamp) -> Duration {
    let passed = Duration::try_from(now.duration_since(since)).unwrap_or_default();
    SETTLING.saturating_sub(passed)
}

/// Puts back whatever is off, in every account of voicemail.conf, whichever is worked on.
#[must_use]
pub fn all(conf: &VoicemailConf, overrides: &Overrides, lifts: &Lifts) -> Mending {
    let mut mending = Mending::default();
    let connector = Connector::default();
    for lift in lifts.all() {
        let others = lift.lift.others.len() as u64;
        let outcome = match account(conf, overrides, &lift.account) {
            Some(account) => {
                let mut lane = Lane::new(&connector, account);
                let outcome = lane
                    .session()
                    .and_then(|(session, overview)| one(session, overview, lifts, &lift));
                lane.close();
                outcome.map_err(|error| error.to_string())
            }
            None => Err("the account is not in voicemail.conf".to_owned()),
        };
        let notice = match outcome {
            Ok(Mended::Back(put)) => told(&catalogue::MARKS_BACK, &lift, &text(&put)),
            Ok(Mended::FolderGone) => told(&catalogue::MARKS_BACK, &lift, "the folder is gone"),
            Ok(Mended::NumberedAnew) => {
                mending.not_back += others;
                let why = "its UIDVALIDITY has changed, so the UIDs mean other messages, and none \
                           was touched";
                told(&catalogue::MARKS_LOST, &lift, &lift.described(why))
            }
            Err(why) => {
                mending.not_back += others.max(1);
                told(&catalogue::MARKS_OFF, &lift, &lift.described(&why))
            }
        };
        mending.notices.push(notice);
    }
    mending
}

/// Tells of everything that is off, and changes nothing.
#[must_use]
pub fn tell(lifts: &[OpenLift]) -> Vec<Notice> {
    let tell = |lift: &OpenLift| told(&catalogue::MARKS_OFF, lift, &lift.described(""));
    lifts.iter().map(tell).collect()
}

fn account(conf: &VoicemailConf, overrides: &Overrides, label: &str) -> Option<Account> {
    let seen = conf
        .mailboxes
        .iter()
        .filter(|one| conf.seen_by_imap_build(one));
    seen.filter_map(|mailbox| Account::of(conf, mailbox, overrides).ok())
        .find(|account| account.label() == label)
}

fn told(row: &CodeRow, lift: &OpenLift, text: &str) -> Notice {
    let place = format!("{} of {}", lift.folder, lift.account);
    let separator = if text.is_empty() { "" } else { ": " };
    Notice::new(row, place, format!("{}{separator}{text}", row.title))
}

fn text(put: &PutBack) -> String {
    let gone = match put.gone.len() {
        0 => String::new(),
        n => format!(", {n} not there any more"),
    };
    format!("{} messages of others{gone}", put.back.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expunge_is_given_time_and_an_odd_clock_none() {
        let now = Timestamp::now();
        let at = |seconds: i64| Timestamp::from_second(now.as_second() + seconds).unwrap();
        assert_eq!(still_to_wait(at(-20), at(0)), Duration::ZERO);
        assert_eq!(still_to_wait(at(-4), at(0)), Duration::from_secs(6));
        assert_eq!(still_to_wait(at(3600), at(0)), SETTLING);
    }
}
