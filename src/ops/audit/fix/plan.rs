//! Which repair a message gets; at most one a run, the header first.

use super::{Action, What, mend};
use crate::mailstore::name::MailboxName;
use crate::mailstore::types::Flags;
use crate::ops::audit::rules::Fault;
use crate::ops::folders::FolderMap;
use crate::voicemail::folder::{Home, VoicemailFolder};
use crate::voicemail::header::VmHeader;
use crate::voicemail::parse::asterisk_view;

/// What is known of a message with faults.
#[derive(Debug, Clone, Copy)]
pub struct Patient<'a> {
    /// What is wrong with it.
    pub faults: &'a [Fault],
    /// Its header block.
    pub header: &'a [u8],
    /// Its flags.
    pub flags: Flags,
    /// Its folder.
    pub folder: &'a MailboxName,
    /// The server's delimiter.
    pub delimiter: Option<char>,
    /// Its owner's folders.
    pub map: &'a FolderMap,
}

/// The repair, and how many of the faults it mends. Of a message that is marked as deleted only
/// rewriting comes into question, and only to finish what another run began.
#[must_use]
pub fn plan(patient: &Patient<'_>, wanted: &[What]) -> Option<(Action, u64)> {
    let Patient { faults, flags, .. } = *patient;
    let has = |code: &str| faults.iter().any(|fault| fault.rule.code() == code);
    let of = |codes: &[&str]| {
        let known = faults.iter().filter(|f| codes.contains(&f.rule.code()));
        known.count() as u64
    };
    let mended = wanted
        .contains(&What::Headers)
        .then(|| mend::mend(patient.header))
        .flatten();
    let date = wanted
        .contains(&What::Dates)
        .then(|| true_date(faults, patient.header))
        .flatten();
    if mended.is_some() || date.is_some() {
        let (mut changes, mut cured) =
            mended.map_or_else(Default::default, |mended| (mended.changes, mended.cured));
        if let Some(second) = date {
            changes.push(format!("date it {}", moment(second)));
            cured.push(WRONG_DATE);
        }
        return Some((Action::Rewrite(changes, date), of(&cured)));
    }
    if flags.deleted {
        return None; // it is on its way out
    }
    if wanted.contains(&What::Folders)
        && has("VMA052")
        && let Some(action) = way_back(patient)
    {
        return Some((action, of(&["VMA052"])));
    }
    if wanted.contains(&What::Flags) && has("VMA061") {
        return Some((Action::Flag(!flags.flagged), of(&["VMA061"])));
    }
    None
}

/// The code of a server's date that is not the message's.
const WRONG_DATE: &str = "VMA039";

/// What makes it doubtful whether Orig-time is what Asterisk wrote: missing, hidden, out of another
/// header, twice, or impossible.
const DOUBTS: [&str; 5] = ["VMA020", "VMA021", "VMA033", "VMA035", "VMA036"];

/// When the message was left, where the server's date is wrong and Orig-time beyond doubt.
fn true_date(faults: &[Fault], header: &[u8]) -> Option<i64> {
    let has = |code: &str| faults.iter().any(|fault| fault.rule.code() == code);
    if !has(WRONG_DATE) || DOUBTS.iter().any(|doubt| has(doubt)) {
        return None;
    }
    origtime(header)
}

/// The time that Asterisk reads from a header block, Unix seconds UTC, where it is nothing but that.
pub(super) fn origtime(header: &[u8]) -> Option<i64> {
    let view = asterisk_view(header);
    let value = view.text(VmHeader::OrigTime)?;
    let digits = value.trim();
    let plain = !digits.is_empty() && digits.bytes().all(|octet| octet.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

fn moment(second: i64) -> String {
    let time = jiff::Timestamp::from_second(second);
    time.map_or_else(|_| second.to_string(), |time| time.to_string())
}

/// Where a message in a folder that no phone opens belongs, if the folder's name says.
fn way_back(patient: &Patient<'_>) -> Option<Action> {
    let wire = patient.folder.as_wire();
    let last = patient
        .delimiter
        .and_then(|delimiter| wire.rsplit(delimiter).next())
        .unwrap_or(wire);
    let mut all = VoicemailFolder::ALL.into_iter();
    let meant = all.find(|folder| folder.as_str().eq_ignore_ascii_case(last))?;
    let placement = meant.placement();
    let target = match placement.home {
        Home::ImapFolder => patient.map.imapfolder(),
        home @ Home::Named(_) => patient.map.target(home),
    };
    // Unheard messages in Old stay heard, as they were in the phone's menu; in the others nothing
    // but the place changes.
    let flags = Flags {
        seen: meant == VoicemailFolder::Old,
        flagged: meant == VoicemailFolder::Urgent && !patient.flags.seen,
        ..Flags::default()
    };
    (target != patient.folder).then(|| Action::Move(target.clone(), flags))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::audit::rules::{Owner, Stored};

    const LEFT: i64 = 1_795_427_846;

    fn true_date_of(lines: &str, dated: i64) -> Option<i64> {
        let header = format!("{lines}X-Asterisk-VM-Caller-ID-Name: Ada\r\n\r\n");
        let mut stored = Stored::new(header.as_bytes(), Owner::Here);
        stored.internal_date = Some(dated);
        stored.now = LEFT + 86_400;
        let faults: Vec<Fault> = stored.faults().collect();
        true_date(&faults, header.as_bytes())
    }

    #[test]
    fn a_date_is_put_right_only_where_orig_time_is_beyond_doubt() {
        let line = format!("X-Asterisk-VM-Orig-time: {LEFT}\r\n");
        assert_eq!(true_date_of(&line, LEFT - 7200), Some(LEFT));
        assert_eq!(true_date_of(&line, LEFT - 60), None, "it is right");
        let twice = line.repeat(2);
        let injected = format!("Subject: X-Asterisk-VM-Orig-time: 1700000000\r\n{line}");
        let hidden = format!("X-Asterisk-VM-Caller-ID-Num: ;--\r\n{line}");
        let future = format!("X-Asterisk-VM-Orig-time: {}\r\n", LEFT + 900_000);
        let odd = format!("X-Asterisk-VM-Orig-time: {LEFT}x\r\n");
        for doubtful in [&twice, &injected, &hidden, &future, &odd, ""] {
            assert_eq!(true_date_of(doubtful, LEFT - 7200), None, "{doubtful}");
        }
    }
}
