//! What Asterisk will do, as far as voicemail.conf alone tells it.
//!
//! Source: asterisk-findings 1.3, 1.9 to 1.11, asterisk-format 3 (timeouts); connections are kept one
//! for each mailbox that was used (`app_voicemail.c`, `vm_state`).

use super::catalogue as code;
use super::check::{Check, Group};
use super::door::Door;
use crate::ops::crosstalk::{self, CrossTalk};
use crate::ops::fleet;
use crate::ops::folders::{greetings_among_messages, greetings_folder_as_written};
use crate::ops::words::plural;
use crate::voicemail::conf::{Setting, VoicemailConf};
use crate::voicemail::vmbox::VoicemailBox;

const GROUP: Group = Group::Hazards;

/// Seconds after which nobody is on the line any more.
const LONG_TIMEOUT: i64 = 120;

/// Connections of one user from one address that Dovecot allows unless told otherwise.
const COMMON_LIMIT: usize = 10;

/// The checks about voicemail.conf and the accounts it names.
pub(super) fn check(conf: &VoicemailConf, groups: &[fleet::Group], doors: &[Door]) -> Vec<Check> {
    let mut checks = Vec::new();
    cross_talk(conf, groups, &mut checks);
    greetings(conf, groups, &mut checks);
    own_folders(conf, groups, &mut checks);
    timeouts(conf, &mut checks);
    connections(conf, groups, doors, &mut checks);
    let general = &conf.general;
    if general.maxmsg.value == 0 {
        let subject = general.maxmsg.origin.to_string();
        let text = code::NO_MESSAGES.title;
        checks.push(Check::finding(
            &code::NO_MESSAGES,
            GROUP,
            "maxmsg",
            subject,
            text,
        ));
    }
    for door in doors.iter().filter(|door| door.flags.readonly) {
        let text = door.origin.clone();
        let label = door.label.as_str();
        checks.push(Check::finding(
            &code::READ_ONLY,
            GROUP,
            "readonly",
            label,
            text,
        ));
    }
    checks
}

/// All boxes that live in the group's account.
fn together(group: &fleet::Group) -> Vec<VoicemailBox> {
    group
        .boxes
        .iter()
        .chain(&group.neighbours)
        .cloned()
        .collect()
}

fn cross_talk(conf: &VoicemailConf, groups: &[fleet::Group], checks: &mut Vec<Check>) {
    let before = checks.len();
    let mut shared = 0;
    for group in groups.iter().filter(|group| group.account.is_ok()) {
        let boxes = together(group);
        if boxes.len() > 1 {
            shared += 1;
            cross_talk_in(conf, &boxes, checks);
        }
    }
    if checks.len() == before {
        let apart = "and no phone sees another mailbox's messages";
        let text = match shared {
            0 => "no account is shared by several mailboxes".to_owned(),
            n => format!(
                "{}, {apart}",
                plural(n, "shared account", "shared accounts")
            ),
        };
        checks.push(Check::pass(GROUP, "cross-talk", "accounts", text));
    }
}

/// One check for each box whose phone sees too much.
fn cross_talk_in(conf: &VoicemailConf, boxes: &[VoicemailBox], checks: &mut Vec<Check>) {
    let talk = crosstalk::among(conf, boxes);
    // They come in the order of the boxes that see.
    for of_one in talk.chunk_by(|one, other| one.sees == other.sees) {
        for in_imapfolder in [true, false] {
            let mut others = of_one
                .iter()
                .filter(|one| one.in_imapfolder == in_imapfolder)
                .peekable();
            let Some(CrossTalk { sees, .. }) = others.peek() else {
                continue;
            };
            let sees = sees.to_string();
            let mut named: Vec<String> = others
                .by_ref()
                .take(3)
                .map(|one| one.seen.to_string())
                .collect();
            match others.count() {
                0 => {}
                more => named.push(format!("{more} more")),
            }
            let (row, what) = if in_imapfolder {
                let what = "counts, plays and deletes what is left for";
                (&code::CROSS_TALK, what)
            } else {
                let what = "shows in Work, Family and the like what is saved by";
                (&code::CROSS_TALK_FOLDERS, what)
            };
            let text = format!("its phone also {what} {}", named.join(", "));
            checks.push(Check::finding(row, GROUP, "cross-talk", sees, text));
        }
    }
}

fn greetings(conf: &VoicemailConf, groups: &[fleet::Group], checks: &mut Vec<Check>) {
    let general = &conf.general;
    if !general.imapgreetings.value {
        return;
    }
    let among = groups.iter().flat_map(|group| &group.boxes).filter(|one| {
        let mailbox = conf.mailbox(one);
        mailbox.is_some_and(|mailbox| greetings_among_messages(conf, mailbox))
    });
    let among = among.count();
    if among > 0 {
        let among = plural(among, "mailbox", "mailboxes");
        let subject = general.imapgreetings.origin.to_string();
        let folder = greetings_folder_as_written(conf);
        let text = format!("imapgreetings=yes puts them into {folder}, the imapfolder of {among}");
        let row = &code::GREETINGS_IN_INBOX;
        checks.push(Check::finding(row, GROUP, "greetings", subject, text));
    }
    for group in groups {
        let boxes = together(group);
        if let (Ok(account), true) = (&group.account, boxes.len() > 1) {
            let text = format!("{} mailboxes, one set of greetings", boxes.len());
            let row = &code::GREETINGS_SHARED;
            checks.push(Check::finding(
                row,
                GROUP,
                "greetings",
                account.label(),
                text,
            ));
        }
    }
}

/// imapparentfolder, and mailboxes with an imapfolder of their own.
fn own_folders(conf: &VoicemailConf, groups: &[fleet::Group], checks: &mut Vec<Check>) {
    let general = &conf.general;
    if let Some(parent) = conf.parent_folder() {
        let subject = general.imapparentfolder.origin.to_string();
        let text =
            format!("imapparentfolder={parent}: Asterisk reads {parent}/Work and saves to Work");
        let row = &code::PARENT_FOLDER;
        checks.push(Check::finding(row, Group::Folders, "parent", subject, text));
    }
    for vmbox in groups.iter().flat_map(|group| &group.boxes) {
        let Some(mailbox) = conf.mailbox(vmbox) else {
            continue;
        };
        let (own, all) = (conf.imapfolder(mailbox), general.imapfolder.value.as_str());
        if mailbox.options.imapfolder.is_some() && own != all {
            let text = format!("imapfolder={own}, while [general] has {all}");
            let row = &code::OWN_FOLDER;
            checks.push(Check::finding(
                row,
                Group::Folders,
                "imapfolder",
                vmbox.to_string(),
                text,
            ));
        }
    }
}

fn timeouts(conf: &VoicemailConf, checks: &mut Vec<Check>) {
    let general = &conf.general;
    let all: [(&str, &Setting<i64>); 4] = [
        ("imapopentimeout", &general.imapopentimeout),
        ("imapreadtimeout", &general.imapreadtimeout),
        ("imapwritetimeout", &general.imapwritetimeout),
        ("imapclosetimeout", &general.imapclosetimeout),
    ];
    let before = checks.len();
    for (name, setting) in all {
        let row = match setting.value {
            n if n <= 0 => &code::TIMEOUT_ENDLESS,
            n if n > LONG_TIMEOUT => &code::TIMEOUT_LONG,
            _ => continue,
        };
        let text = format!("{name}={}", setting.value);
        let subject = setting.origin.to_string();
        checks.push(Check::finding(row, GROUP, "timeouts", subject, text));
    }
    if checks.len() == before {
        let [open, read, write, close] = all.map(|(_, setting)| setting.value);
        let text = format!("open {open} s, read {read} s, write {write} s, close {close} s");
        checks.push(Check::pass(GROUP, "timeouts", "[general]", text));
    }
}

/// What is known of connections; a server's limit cannot be asked for.
fn connections(
    conf: &VoicemailConf,
    groups: &[fleet::Group],
    doors: &[Door],
    checks: &mut Vec<Check>,
) {
    let kept = if conf.general.imap_poll_logout.value {
        "kept while a mailbox is in use"
    } else {
        "kept once a mailbox was used"
    };
    for door in doors {
        let label = door.label.as_str();
        let boxes = |at: &usize| groups[*at].boxes.len() + groups[*at].neighbours.len();
        let all: usize = door.groups.iter().map(boxes).sum();
        let text = format!("up to {all} from Asterisk, one a mailbox, {kept}");
        checks.push(Check::pass(GROUP, "connections", label, text));
        for at in &door.groups {
            let group = &groups[*at];
            let boxes = boxes(at);
            if let (Ok(account), true) = (&group.account, boxes > COMMON_LIMIT) {
                let text =
                    format!("up to {boxes} connections of one user from one address, {kept}");
                let row = &code::MANY_CONNECTIONS;
                checks.push(Check::finding(
                    row,
                    GROUP,
                    "connections",
                    account.label(),
                    text,
                ));
            }
        }
    }
}

/// Servers whose delimiters differ, where Asterisk's names depend on it.
pub(super) fn delimiters(conf: &VoicemailConf, known: &[(&str, Option<char>)]) -> Option<Check> {
    conf.parent_folder()?;
    let (first, rest) = known.split_first()?;
    let other = rest.iter().find(|(_, delimiter)| *delimiter != first.1)?;
    let shown = |(server, delimiter): &(&str, Option<char>)| {
        let delimiter = delimiter.map_or_else(|| "none".to_owned(), |d| d.to_string());
        format!("{delimiter} on {server}")
    };
    let text = format!("{}, {}", shown(first), shown(other));
    let row = &code::DELIMITERS;
    Some(Check::finding(
        row,
        Group::Folders,
        "delimiter",
        "servers",
        text,
    ))
}

#[cfg(test)]
mod tests;
