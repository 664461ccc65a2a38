//! A message written anew with a mended header: append, read back, compare, remove the old one.
//!
//! The new message begins with a field that holds the old one's SHA-256. Where a run was cut between
//! appending and removing, the next one finds that field, and goes on from there; so it is safe to
//! repeat. What is compared is every octet: header, body (the recording in it), date and flags. The
//! lock keeps out runs with the same state directory only, so nothing here may rest on being alone.

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
    let mut mark = Mark::of(repair, &old);
    let found = stands_for(session, repair, &old, None)?;
    let ours = found.is_none();
    let uid = match found {
        Some((uid, known)) => {
            mark = known;
            uid
        }
        // A run that was cut leaves its own mark; without a new message it is its owner's.
        None if old.info.flags.deleted => {
            return Ok(Outcome::Left("it is marked as deleted".to_owned()));
        }
        None => match append(session, log, repair, &old, &marked(&mark.text))? {
            Ok(uid) => uid,
            Err(outcome) => return Ok(outcome),
        },
    };
    let header = marked(&mark.text);
    session.examine(&repair.folder)?;
    let new = Copy::fetch(session, uid)?;
    if let Some(why) = difference(new.as_ref(), &old, &header) {
        let why = format!("the new message (UID {uid}) differs: {why}; the old one was left");
        return Ok(Outcome::Failed(why));
    }
    let Some(new) = new else {
        return Ok(Outcome::Failed(format!("UID {uid} is not there any more")));
    };
    if new.info.flags.deleted {
        let why = format!("the new message (UID {uid}) is marked as deleted; the old one was left");
        return Ok(Outcome::Left(why));
    }
    let wanted = settled(mark.flags, old.info.flags, new.info.flags);
    if !settle_flags(session, repair, &new, wanted)? {
        let why = format!("the server keeps other flags on UID {uid}; the old one was left");
        return Ok(Outcome::Failed(why));
    }
    let done = remove_old(session, log, repair, old.info.flags, uid)?;
    if matches!(done, Outcome::Gone) {
        return without_old(session, log, repair, &old, uid, ours);
    }
    Ok(done)
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

/// What the mark of a repaired message holds: the old one's SHA-256, where it lay, and the flags it
/// had. Two messages of equal octets each get one.
struct Mark {
    text: String,
    /// The flags that the new message was written with.
    flags: Option<Flags>,
}

impl Mark {
    fn of(repair: &Repair, old: &Copy) -> Self {
        let flags = old.info.flags;
        let letters = letters(flags);
        Self {
            text: format!(
                "{} {} {} {letters}",
                old.whole, repair.uid_validity, repair.uid
            ),
            flags: Some(flags),
        }
    }

    /// The mark in this field, if it is this message's. Where the folder is numbered anew since, its
    /// octets decide.
    fn read(text: String, repair: &Repair, old: &Copy) -> Option<Self> {
        let mut words = text.split(' ');
        let (whole, validity, uid) = (words.next(), words.next(), words.next());
        let flags = words.next().map(flags_of);
        let (here, this) = (repair.uid_validity.to_string(), repair.uid.to_string());
        let its = whole == Some(old.whole.as_str())
            && (validity != Some(here.as_str()) || uid == Some(this.as_str()));
        its.then_some(Self { text, flags })
    }
}

/// The flags that are kept, a letter each, behind a hyphen.
fn letters(flags: Flags) -> String {
    let (seen, flagged, answered, draft) = kept(flags);
    let all = [(seen, 'S'), (flagged, 'F'), (answered, 'A'), (draft, 'D')];
    let set = all
        .iter()
        .filter(|(set, _)| *set)
        .map(|(_, letter)| *letter);
    std::iter::once('-').chain(set).collect()
}

fn flags_of(letters: &str) -> Flags {
    Flags {
        seen: letters.contains('S'),
        flagged: letters.contains('F'),
        answered: letters.contains('A'),
        draft: letters.contains('D'),
        deleted: false,
    }
}

/// A message in the open folder that stands for an old one, if there is one; another than this.
fn stands_for(
    session: &mut Session,
    repair: &Repair,
    old: &Copy,
    but: Option<Uid>,
) -> Result<Option<(Uid, Mark)>, StoreError> {
    let mut found = None;
    session.envelopes(&Asked::fields(&[MARK]), &mut |envelope| {
        if found.is_none() && Some(envelope.uid) != but {
            let mark = envelope.field(MARK);
            let mark = mark.and_then(|text| Mark::read(text, repair, old));
            found = mark.map(|mark| (envelope.uid, mark));
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
            stands_for(session, repair, old, None)?.map(|(uid, _)| uid)
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

/// The flags that the new message is to have. Either may have been heard, flagged or marked as new
/// since the new one was written: what was changed counts, on whichever of the two.
fn settled(written: Option<Flags>, old: Flags, new: Flags) -> Flags {
    let written = written.unwrap_or(old);
    let newer = |written: bool, old: bool, new: bool| if new == written { old } else { new };
    Flags {
        seen: newer(written.seen, old.seen, new.seen),
        flagged: newer(written.flagged, old.flagged, new.flagged),
        answered: newer(written.answered, old.answered, new.answered),
        draft: newer(written.draft, old.draft, new.draft),
        deleted: false,
    }
}

/// Gives the new message these flags.
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
        return Ok(Outcome::Gone);
    }
    let why = "it changed or could not be removed meanwhile; the next run finishes this";
    Ok(Outcome::Failed(format!("{why} (the new one is UID {new})")))
}

/// Somebody else removed the old message after the new one was written: its owner, or a run with
/// another state directory, which may have taken this very message for its own. So it stays, unless
/// that run has written one too: then this run's goes.
fn without_old(
    session: &mut Session,
    log: &mut Log,
    repair: &Repair,
    old: &Copy,
    new: Uid,
    ours: bool,
) -> Result<Outcome, Trouble> {
    let folder = &repair.folder;
    session.examine_again(folder, repair.uid_validity)?;
    if ours && stands_for(session, repair, old, Some(new))?.is_some() {
        log.note(repair, "taking back", &new.to_string())?;
        session.remove(folder, repair.uid_validity, &[new], &mut |_| true)?;
        return Ok(Outcome::Gone);
    }
    log.note(repair, "done", &new.to_string())?;
    Ok(Outcome::Done(format!(
        "now UID {new}; somebody else removed the old one meanwhile"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailstore::types::ContentInfo;

    #[test]
    fn what_was_changed_on_either_message_counts() {
        let flags = flags_of;
        for (written, old, new, wanted) in [
            ("-", "-", "-", "-"),
            ("-", "-", "-S", "-S"),   // the new one was heard
            ("-", "-S", "-", "-S"),   // the old one was
            ("-S", "-", "-S", "-"),   // the old one was marked as new again
            ("-S", "-S", "-", "-"),   // the new one was
            ("-F", "-SF", "-", "-S"), // one this, one that
            ("-SFAD", "-SFAD", "-SFAD", "-SFAD"),
        ] {
            let settled = settled(Some(flags(written)), flags(old), flags(new));
            assert_eq!(letters(settled), wanted, "{written} {old} {new}");
        }
        assert_eq!(letters(settled(None, flags("-"), flags("-S"))), "-S");
    }

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
