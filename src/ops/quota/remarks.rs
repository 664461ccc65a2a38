//! What is worth a remark about what was found, each under its code.

use std::collections::BTreeSet;

use super::catalogue as code;
use super::report::{AccountReport, BoxFacts, Report, RootReport};
use super::room::{Refused, Room};
use crate::ops::list::messages;
use crate::ops::octets::Octets;
use crate::ops::words::plural;
use crate::voicemail::conf::VoicemailConf;
use crate::voicemail::notice::Notice;
use crate::voicemail::vmbox::VoicemailBox;

/// The remarks, box by box; those about voicemail.conf and about servers once each.
/// `without_quota` are servers that have no quota commands.
#[must_use]
pub fn of(conf: &VoicemailConf, report: &Report, without_quota: Vec<String>) -> Vec<Notice> {
    let mut notices = Vec::new();
    let servers: BTreeSet<String> = without_quota.into_iter().collect();
    for server in servers {
        notices.push(Notice::new(&code::NO_QUOTA, server, code::NO_QUOTA.title));
    }
    let first = conf.formats().first().map_or("", String::as_str);
    let known = super::formats(conf).first().copied();
    let unknown_rate = known.and_then(super::room::rate).is_none();
    if unknown_rate && report.boxes().next().is_some() {
        let message = format!("format={first}: {}", code::UNKNOWN_RATE.title);
        notices.push(Notice::new(&code::UNKNOWN_RATE, "voicemail.conf", message));
    }
    let mut endless = Vec::new();
    for account in &report.accounts {
        for one in &account.boxes {
            if let Ok(facts) = &one.facts {
                notices.extend(of_box(&one.vmbox, facts));
                if facts.maxsecs == 0 && facts.room.octets.is_some() {
                    endless.push(&one.vmbox);
                }
            }
        }
        notices.extend(
            account
                .roots
                .iter()
                .filter_map(|root| strays(account, root)),
        );
    }
    notices.extend(no_maxsecs(&endless));
    notices
}

fn of_box(vmbox: &VoicemailBox, facts: &BoxFacts) -> Vec<Notice> {
    let mut notices = Vec::new();
    let mut say = |row, message: String| {
        notices.push(Notice::new(row, vmbox.to_string(), message));
    };
    let room = &facts.room;
    match (room.refused, &facts.watched) {
        (Some(Refused::Quota), Some(watched)) => say(
            &code::REFUSED_BY_QUOTA,
            format!("{watched} is used up: Asterisk refuses callers"),
        ),
        (Some(Refused::Maxmsg), _) => say(
            &code::REFUSED_BY_MAXMSG,
            format!(
                "{} of maxmsg {}: Asterisk refuses callers",
                messages(facts.lists.total()),
                facts.maxmsg
            ),
        ),
        _ => {}
    }
    if room.loses {
        say(&code::WOULD_LOSE, loss(room, facts.maxsecs));
    }
    if let Some(nearest) = &room.unwatched {
        let compared = match &facts.watched {
            Some(watched) => watched.to_string(),
            None => "no limit".to_owned(),
        };
        say(
            &code::OTHER_LIMIT,
            format!("Asterisk compares {compared} and does not look at {nearest}"),
        );
    }
    notices
}

/// What is left, and what becomes of a message that does not fit.
fn loss(room: &Room, maxsecs: u32) -> String {
    let left = room.octets.filter(|_| room.messages > 0);
    let what = match (left, room.largest) {
        (Some(left), Some(largest)) => format!(
            "{} are left, and a message of maxsecs={maxsecs} takes {}: Asterisk would lose it",
            Octets(left),
            Octets(largest)
        ),
        (Some(left), None) => format!("{} are left: Asterisk would lose a message", Octets(left)),
        (None, _) => "no more messages fit: Asterisk would lose the next one".to_owned(),
    };
    format!("{what} while the caller hears that it was saved")
}

fn strays(account: &AccountReport, root: &RootReport) -> Option<Notice> {
    let strays = root.strays;
    (strays.messages > 0).then(|| {
        let how_many = plural(strays.messages, "voicemail", "voicemails");
        let belong = if strays.messages == 1 {
            "belongs"
        } else {
            "belong"
        };
        let message = format!(
            "{how_many} ({}) {belong} to no mailbox of voicemail.conf",
            Octets(strays.octets)
        );
        Notice::new(&code::STRAYS, account.label.clone(), message)
    })
}

fn no_maxsecs(boxes: &[&VoicemailBox]) -> Option<Notice> {
    let message = match boxes {
        [] => return None,
        [one] => format!("maxsecs sets no limit for {one}"),
        [one, rest @ ..] => format!("maxsecs sets no limit for {one} and {} more", rest.len()),
    };
    let message = format!("{message}: a single message can be larger than the room that is left");
    Some(Notice::new(&code::NO_MAXSECS, "voicemail.conf", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_says_what_is_left_and_what_would_be_lost() {
        let said = |octets, messages, largest| {
            let room = Room {
                octets,
                messages,
                speech: Vec::new(),
                largest,
                refused: None,
                loses: true,
                unwatched: None,
            };
            loss(&room, 60)
        };
        let end = " while the caller hears that it was saved";
        for (said, begins) in [
            (
                said(Some(2048), 3, Some(10_240)),
                "2.0 KiB are left, and a message of maxsecs=60 takes 10 KiB: Asterisk would lose it",
            ),
            (
                said(Some(0), 3, None),
                "0 B are left: Asterisk would lose a message",
            ),
            (
                said(Some(2048), 0, Some(10_240)),
                "no more messages fit: Asterisk would lose the next one",
            ),
            (
                said(None, 0, None),
                "no more messages fit: Asterisk would lose the next one",
            ),
        ] {
            assert_eq!(said, format!("{begins}{end}"));
        }
    }
}
