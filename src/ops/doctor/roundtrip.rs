//! The probe: one message of our own, in a folder of our own, there and back and gone again.
//!
//! The only part of the doctor that changes anything. The folder's name is random and the folder is
//! made here, so that nothing of others can lie in it; it is deleted only while it holds nothing
//! but the probe. Whatever happens, the end is a folder removed or a finding that names it.

use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

use super::catalogue as code;
use super::check::{Check, Group};
use super::door::took;
use crate::mailstore::error::StoreError;
use crate::mailstore::name::MailboxName;
use crate::mailstore::session::{Overview, Session};
use crate::mailstore::types::{
    AppendItem, AppendOutcome, ContentInfo, ContentSink, Flags, MessageSource, Uid, UidValidity,
};
use crate::ops::account::Account;
use crate::ops::error::BoxError;
use crate::ops::lane::{Connector, Lane};

const GROUP: Group = Group::Probe;

/// Seconds by which clocks may differ unnoticed: dates are whole seconds, and the way takes time.
const SKEW: i64 = 5;

/// Lines long and short, 8-bit free, as a voicemail's base64 is.
struct Letter(String);

impl Letter {
    fn new(id: &str) -> Self {
        let mut text = format!(
            "Message-ID: <{id}@vmimap.invalid>\r\nSubject: vmimap doctor --probe\r\n\
             MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n\
             This message is removed again at once. If it is still here, remove it.\r\n"
        );
        for line in 0..64 {
            let letter = char::from(b'A' + line % 26);
            text.extend(std::iter::repeat_n(letter, 72));
            text.push_str("\r\n");
        }
        Self(text)
    }
}

impl MessageSource for Letter {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn write_to(&self, out: &mut dyn io::Write) -> io::Result<()> {
        out.write_all(self.0.as_bytes())
    }
}

/// Keeps what comes back, and never more than somewhat longer than what was sent.
struct Back {
    octets: Vec<u8>,
    most: usize,
    info: Option<ContentInfo>,
}

impl ContentSink for Back {
    fn begin(&mut self) {
        self.octets.clear();
    }

    fn octets(&mut self, octets: &[u8]) {
        let room = self.most.saturating_sub(self.octets.len());
        self.octets
            .extend_from_slice(&octets[..octets.len().min(room)]);
    }

    fn end(&mut self, info: ContentInfo) {
        self.info = Some(info);
    }
}

/// What is on the server and must go again.
#[derive(Default)]
struct Ours {
    folder: Option<MailboxName>,
    message: Option<(UidValidity, Uid)>,
    expunged: bool,
}

/// Sends a message to this account and back.
#[must_use]
pub fn probe(account: &Account, connector: &Connector, id: &str) -> Vec<Check> {
    let mut checks = Vec::new();
    let mut ours = Ours::default();
    let mut lane = Lane::new(connector, account.clone());
    let label = account.label().to_owned();
    let tried =
        lane.session()
            .map_err(|error| error.to_string())
            .and_then(|(session, overview)| {
                there_and_back(session, overview, &label, id, &mut ours, &mut checks)
                    .map_err(|error| error.to_string())
            });
    if let Err(error) = tried {
        checks.push(Check::finding(
            &code::PROBE_FAILED,
            GROUP,
            "probe",
            &label,
            error,
        ));
    }
    clean_up(&mut lane, &label, &ours, &mut checks);
    lane.close();
    checks
}

fn there_and_back(
    session: &mut Session,
    overview: &Overview,
    label: &str,
    id: &str,
    ours: &mut Ours,
    checks: &mut Vec<Check>,
) -> Result<(), StoreError> {
    let folder = MailboxName::from_wire(&format!("{}{id}", overview.namespace.prefix))?;
    // From here on it may exist, even where the answer is lost.
    ours.folder = Some(folder.clone());
    if let Err(error) = session.create(&folder) {
        if matches!(error, StoreError::Refused { .. }) {
            ours.folder = None;
        }
        return Err(error);
    }
    let letter = Letter::new(id);
    let began = std::time::Instant::now();
    let (validity, uid) = append(session, &folder, &letter)?;
    let appended = began.elapsed();
    ours.message = Some((validity, uid));
    let text = format!(
        "{} octets appended to {folder} in {}",
        letter.0.len(),
        took(appended)
    );
    checks.push(Check::pass(GROUP, "append", label, text));
    fetch(session, &folder, &letter, uid, label, checks)?;
    flag(session, &folder, validity, uid, label, checks)?;
    if !session.capabilities().has("UIDPLUS") {
        let row = &code::NO_PROBE_EXPUNGE;
        let text = "no UIDPLUS: expunging would take others' messages along";
        checks.push(Check::finding(row, GROUP, "expunge", label, text));
        return Ok(());
    }
    let wanted = format!("<{id}@vmimap.invalid>");
    let mut is_ours = |one: &crate::mailstore::session::Candidate| {
        one.message_id.as_deref() == Some(wanted.as_str())
    };
    let removal = session
        .remove(&folder, validity, &[uid], &mut is_ours)
        .map_err(|stopped| stopped.error)?;
    ours.expunged = removal.removed == [uid];
    checks.push(if ours.expunged {
        let text = "that message and no other is gone (UID EXPUNGE)";
        Check::pass(GROUP, "expunge", label, text)
    } else {
        let text = "the server said OK to UID EXPUNGE, and the message is still there";
        Check::finding(&code::NO_PROBE_EXPUNGE, GROUP, "expunge", label, text)
    });
    Ok(())
}

/// Appends without a date, so that the server's clock dates it.
fn append(
    session: &mut Session,
    folder: &MailboxName,
    letter: &Letter,
) -> Result<(UidValidity, Uid), StoreError> {
    let item = AppendItem {
        flags: Flags::default(),
        internal_date: None,
        utc_offset: 0,
        message: letter,
    };
    let outcome = session.append(folder, &[item])?.pop();
    if let Some(AppendOutcome::Refused(refusal)) = outcome {
        return Err(StoreError::Refused {
            command: format!("APPEND to {folder}"),
            refusal,
        });
    }
    let state = session.examine(folder)?;
    if let Some(AppendOutcome::Stored(Some(place))) = outcome
        && place.0 == state.uid_validity
    {
        return Ok(place);
    }
    // Nobody else knows the folder: what is in it is the probe.
    let all = session.search(&crate::mailstore::search::Search::all())?;
    match all.as_slice() {
        [uid] => Ok((state.uid_validity, *uid)),
        other => Err(StoreError::Incomplete {
            folder: folder.to_string(),
            expected: 1,
            got: other.len() as u64,
        }),
    }
}

fn fetch(
    session: &mut Session,
    folder: &MailboxName,
    letter: &Letter,
    uid: Uid,
    label: &str,
    checks: &mut Vec<Check>,
) -> Result<(), StoreError> {
    session.examine(folder)?;
    let mut back = Back {
        octets: Vec::new(),
        most: letter.0.len() * 2,
        info: None,
    };
    session.fetch_contents(&[uid], &mut back)?;
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    checks.push(if back.octets == letter.0.as_bytes() {
        Check::pass(GROUP, "fetch", label, "came back octet for octet")
    } else {
        let text = format!(
            "{} octets were sent and {} came back",
            letter.0.len(),
            back.octets.len()
        );
        Check::finding(&code::PROBE_DIFFERS, GROUP, "fetch", label, text)
    });
    let date = back.info.map(|info| info.internal_date);
    let Some(date) = date.filter(|date| *date != i64::MIN) else {
        let why = "the server gave the probe no date that can be read";
        checks.push(Check::skipped(Group::Time, "clock", label, why));
        return Ok(());
    };
    checks.push(clock(label, date.saturating_sub(now)));
    Ok(())
}

/// Judges by how many seconds the server's clock is ahead.
fn clock(label: &str, ahead: i64) -> Check {
    let off = ahead.unsigned_abs();
    if ahead.abs() <= SKEW {
        let text = format!("the server's clock agrees with this one (within {SKEW} s)");
        return Check::pass(Group::Time, "clock", label, text);
    }
    let way = if ahead > 0 { "ahead of" } else { "behind" };
    let text = format!("the server's clock is {off} s {way} this machine's");
    Check::finding(&code::CLOCK_SKEW, Group::Time, "clock", label, text)
}

fn flag(
    session: &mut Session,
    folder: &MailboxName,
    validity: UidValidity,
    uid: Uid,
    label: &str,
    checks: &mut Vec<Check>,
) -> Result<(), StoreError> {
    let wanted = Flags {
        seen: true,
        flagged: true,
        ..Flags::default()
    };
    let now = session.store_flags(folder, validity, &[uid], wanted, Flags::default())?;
    let kept = now.iter().any(|(_, flags)| flags.seen && flags.flagged);
    checks.push(if kept {
        let text = "\\Seen and \\Flagged are kept: heard and urgent can be told apart";
        Check::pass(GROUP, "flags", label, text)
    } else {
        let text = "the server does not keep \\Seen and \\Flagged";
        Check::finding(&code::PROBE_DIFFERS, GROUP, "flags", label, text)
    });
    Ok(())
}

/// Removes the folder, over a new connection where the first one broke, or says what is left.
fn clean_up(lane: &mut Lane<'_>, label: &str, ours: &Ours, checks: &mut Vec<Check>) {
    let Some(folder) = &ours.folder else {
        return;
    };
    let gone = lane.ask(|session, _| {
        // An attempt before this one may have done it; its answer was lost.
        if !session
            .list("", folder.as_wire())?
            .iter()
            .any(|listed| listed.name == *folder)
        {
            return Ok(());
        }
        match ours.message {
            Some((validity, uid)) if !ours.expunged => {
                session.delete_folder_with(folder, validity, &[uid])
            }
            _ => session.delete_folder(folder),
        }
    });
    let again = matches!(
        &gone,
        Err(BoxError::Store(StoreError::OutcomeUnknown { .. }))
    );
    checks.push(match gone {
        Ok(()) => Check::pass(
            GROUP,
            "clean-up",
            label,
            format!("folder {folder} is removed"),
        ),
        Err(error) => {
            let may = if again { "may be" } else { "is" };
            let text = format!("folder {folder} {may} left: {error}");
            Check::finding(&code::PROBE_LEFT, GROUP, "clean-up", label, text)
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_judged_in_both_directions() {
        let found = |ahead| (clock("u", ahead).code, clock("u", ahead).text);
        assert_eq!(found(5).0, None);
        assert_eq!(found(-5).0, None);
        assert!(found(3_600).1.contains("3600 s ahead of"));
        assert!(found(-86_400).1.contains("86400 s behind"));
        assert_eq!(found(i64::MIN + 1).0, Some("VMD072"));
    }
}
