//! A message written anew with a mended header: append, read back, compare, remove the old one.
//!
//! The new message begins with a field that holds the old one's SHA-256. Where a run was cut between
//! appending and removing, the next one finds that field, and goes on from there; so it is safe to
//! repeat. What is compared is every octet: header, body (the recording in it), date and flags.

use crate::mailstore::error::StoreError;
use crate::mailstore::session::{Candidate, Session};
use crate::mailstore::types::{AppendItem, AppendOutcome, Asked, Flags, Uid};

use super::apply::{Outcome, Trouble};
use super::copy::{Copy, Rewritten};
use super::log::Log;
use super::plan::origtime;
use super::{MARK, Repair, mend};

/// Rewrites a message; with this date, where the server's own is wrong.
pub fn rewrite(
    session: &mut Session,
    log: &mut Log,
    repair: &Repair,
    date: Option<i64>,
) -> Result<Outcome, Trouble> {
    if !session.capabilities().has("UIDPLUS") {
        let why = "the server has no UIDPLUS, so the old message could not be removed safely";
        return Ok(Outcome::Left(why.to_owned()));
    }
    if session.examine(&repair.folder)?.uid_validity != repair.uid_validity {
        return Ok(Outcome::Left("UIDVALIDITY has changed since".to_owned()));
    }
    let Some(mut old) = Copy::fetch(session, repair.uid)? else {
        return Ok(Outcome::Gone);
    };
    let Some(block) = mended(&old, date) else {
        return Ok(Outcome::Left(
            "there is nothing to mend any more".to_owned(),
        ));
    };
    // From here on the date it is to have.
    old.info.internal_date = date.unwrap_or(old.info.internal_date);
    if old.info.internal_date == i64::MIN {
        return Ok(Outcome::Left(
            "the server tells no date that could be kept".to_owned(),
        ));
    }
    let marked = |mark: &str| [format!("{MARK}: {mark}\r\n").as_bytes(), &block].concat();
    let mut header = marked(&mark(repair, &old));
    let uid = match stands_for(session, repair, &old)? {
        Some((uid, mark)) => {
            header = marked(&mark);
            uid
        }
        // A run that was cut leaves its own mark; without a new message it is its owner's.
        None if old.info.flags.deleted => {
            return Ok(Outcome::Left("it is marked as deleted".to_owned()));
        }
        None => match append(session, log, repair, &old, &header)? {
            Ok(uid) => uid,
            Err(outcome) => return Ok(outcome),
        },
    };
    session.examine(&repair.folder)?;
    let new = Copy::fetch(session, uid)?;
    if let Some(why) = difference(new.as_ref(), &old, &header) {
        let why = format!("the new message (UID {uid}) differs: {why}; the old one was left");
        return Ok(Outcome::Failed(why));
    }
    if let Some(new) = new
        && !settle_flags(session, repair, &new, old.info.flags)?
    {
        let why = format!("the server keeps other flags on UID {uid}; the old one was left");
        return Ok(Outcome::Failed(why));
    }
    remove_old(session, log, repair, old.info.flags, uid)
}

/// The header block it is to have; `None` where nothing is to be done. A date has to be the one that
/// the message tells.
fn mended(old: &Copy, date: Option<i64>) -> Option<Vec<u8>> {
    let mended = mend::mend(&old.header).map(|mended| mended.block);
    match date {
        Some(date) if origtime(&old.header) != Some(date) => None,
        Some(_) => Some(mended.unwrap_or_else(|| old.header.clone())),
        None => mended,
    }
}

/// What the mark of a repaired message holds: the old one's SHA-256, and where it lay. Two messages
/// of equal octets each get one.
fn mark(repair: &Repair, old: &Copy) -> String {
    format!("{} {} {}", old.whole, repair.uid_validity, repair.uid)
}

/// Whether a mark is this message's. Where the folder is numbered anew since, its octets decide.
fn is_mark_of(mark: &str, repair: &Repair, old: &Copy) -> bool {
    let mut words = mark.split(' ');
    let (whole, validity, uid) = (words.next(), words.next(), words.next());
    let (here, this) = (repair.uid_validity.to_string(), repair.uid.to_string());
    whole == Some(old.whole.as_str())
        && (validity != Some(here.as_str()) || uid == Some(this.as_str()))
}

/// The message in the open folder that stands for an old one, if there is one.
fn stands_for(
    session: &mut Session,
    repair: &Repair,
    old: &Copy,
) -> Result<Option<(Uid, String)>, StoreError> {
    let mut found = None;
    session.envelopes(&Asked::fields(&[MARK]), &mut |envelope| {
        let mark = envelope
            .field(MARK)
            .filter(|mark| is_mark_of(mark, repair, old));
        if let (None, Some(mark)) = (&found, mark) {
            found = Some((envelope.uid, mark));
        }
    })?;
    Ok(found)
}

fn append(
    session: &mut Session,
    log: &mut Log,
    repair: &Repair,
    old: &Copy,
    header: &[u8],
) -> Result<Result<Uid, Outcome>, Trouble> {
    log.note(repair, "intent", &old.whole)?;
    let message = Rewritten {
        copy: old,
        header: header.to_vec(),
    };
    let item = AppendItem {
        flags: old.info.flags,
        internal_date: Some(old.info.internal_date),
        utc_offset: 0,
        message: &message,
    };
    let outcomes = session.append(&repair.folder, &[item])?;
    let uid = match outcomes.into_iter().next() {
        Some(AppendOutcome::Stored(Some((validity, uid)))) if validity == repair.uid_validity => {
            Some(uid)
        }
        Some(AppendOutcome::Refused(refusal)) => {
            return Ok(Err(Outcome::Failed(format!("not appended: {refusal}"))));
        }
        _ => {
            session.examine(&repair.folder)?;
            stands_for(session, repair, old)?.map(|(uid, _)| uid)
        }
    };
    let Some(uid) = uid else {
        let why = "the new message cannot be found; the old one was left";
        return Ok(Err(Outcome::Failed(why.to_owned())));
    };
    log.note(repair, "appended", &uid.to_string())?;
    Ok(Ok(uid))
}

/// What of the new message is not as it should be.
fn difference(new: Option<&Copy>, old: &Copy, header: &[u8]) -> Option<&'static str> {
    let Some(new) = new else {
        return Some("the server does not give it back");
    };
    if new.header != header {
        Some("its header")
    } else if new.body != old.body {
        Some("its body, the recording in it")
    } else if new.info.internal_date != old.info.internal_date {
        Some("its date")
    } else {
        None
    }
}

/// The flags that are kept.
fn kept(flags: Flags) -> (bool, bool, bool, bool) {
    (flags.seen, flags.flagged, flags.answered, flags.draft)
}

/// Gives the new message the old one's flags; it may have been heard since the new one was written.
fn settle_flags(
    session: &mut Session,
    repair: &Repair,
    new: &Copy,
    flags: Flags,
) -> Result<bool, StoreError> {
    if kept(new.info.flags) == kept(flags) {
        return Ok(true);
    }
    let (now, uid) = (new.info.flags, new.info.uid);
    let with = |wanted: bool, there: bool| wanted && !there;
    let differing = |one: Flags, other: Flags| Flags {
        seen: with(one.seen, other.seen),
        flagged: with(one.flagged, other.flagged),
        answered: with(one.answered, other.answered),
        draft: with(one.draft, other.draft),
        deleted: false,
    };
    let (add, take) = (differing(flags, now), differing(now, flags));
    let read_back = session.store_flags(&repair.folder, repair.uid_validity, &[uid], add, take)?;
    Ok(read_back.iter().any(|(_, now)| kept(*now) == kept(flags)))
}

fn remove_old(
    session: &mut Session,
    log: &mut Log,
    repair: &Repair,
    flags: Flags,
    new: Uid,
) -> Result<Outcome, Trouble> {
    log.note(repair, "removing", &new.to_string())?;
    let mut same = |now: &Candidate| {
        now.message_id == repair.message_id
            && kept(now.flags) == kept(flags)
            && now.flags.deleted == flags.deleted
    };
    let (folder, validity) = (&repair.folder, repair.uid_validity);
    let done = session.remove(folder, validity, &[repair.uid], &mut same)?;
    if done.removed.contains(&repair.uid) {
        log.note(repair, "done", &new.to_string())?;
        return Ok(Outcome::Done(format!("now UID {new}")));
    }
    if done.gone.contains(&repair.uid) {
        // Its owner removed it meanwhile: it must not come back in another form.
        log.note(repair, "taking back", &new.to_string())?;
        session.remove(folder, validity, &[new], &mut |_| true)?;
        return Ok(Outcome::Gone);
    }
    let why = "it changed or could not be removed meanwhile; the next run finishes this";
    Ok(Outcome::Failed(format!("{why} (the new one is UID {new})")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailstore::types::ContentInfo;

    fn copy(header: &str, body: u8, date: i64) -> Copy {
        let info = ContentInfo {
            uid: Uid(std::num::NonZeroU32::MIN),
            flags: Flags::default(),
            internal_date: date,
            size: 9,
            delivered: 9,
        };
        Copy::of_test(header.as_bytes(), [body; 32], info)
    }

    #[test]
    fn the_old_message_goes_only_where_the_new_one_is_what_was_sent() {
        let old = copy("Old: 1", 7, 5);
        let difference = |new: Option<&Copy>| difference(new, &old, b"New: 1");
        assert_eq!(difference(Some(&copy("New: 1", 7, 5))), None);
        for wrong in [
            None,
            Some(&copy("Old: 1", 7, 5)),
            Some(&copy("New: 1", 8, 5)),
            Some(&copy("New: 1", 7, 6)),
        ] {
            assert!(difference(wrong).is_some());
        }
    }
}
