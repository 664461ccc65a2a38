//! What there is to say about voicemail.conf before folders are made, and whose boxes get in each
//! other's way.
//!
//! Source: asterisk-findings 1.3 (substring search), 1.8 (Old), 1.9 (imapparentfolder) and 1.11
//! (greetings), each tried on a running Asterisk 22.

use crate::ops::crosstalk::{self, CrossTalk};
use crate::ops::fleet::Group;
use crate::ops::folders::{greetings_among_messages, greetings_folder_as_written};
use crate::voicemail::conf::VoicemailConf;
use crate::voicemail::notice::Notice;
use crate::voicemail::vmbox::VoicemailBox;

use super::catalogue;

/// How many boxes are named before the rest is counted.
const NAMED: usize = 3;

/// Remarks about what all boxes have in common.
#[must_use]
pub fn on_conf(conf: &VoicemailConf, boxes: &[VoicemailBox]) -> Vec<Notice> {
    let mut notices = Vec::new();
    if let Some(parent) = conf.parent_folder() {
        let text = format!(
            "folders are read below {parent}, but saving a message by phone goes to the folder of that \
             name beside it, or fails without a word"
        );
        notices.push(Notice::new(&catalogue::PARENT, "imapparentfolder", text));
    }
    if conf.general.imapgreetings.value {
        let among = |vmbox: &&VoicemailBox| {
            let mailbox = conf.mailbox(vmbox);
            mailbox.is_some_and(|mailbox| greetings_among_messages(conf, mailbox))
        };
        let same: Vec<&VoicemailBox> = boxes.iter().filter(among).collect();
        if !same.is_empty() {
            let text = format!(
                "greetings go to {}, which is the imapfolder of {}",
                greetings_folder_as_written(conf),
                few(&same)
            );
            notices.push(Notice::new(
                &catalogue::GREETINGS_IN_IMAPFOLDER,
                "imapgreetings",
                text,
            ));
        }
    }
    notices
}

/// A remark about greetings that several boxes share.
#[must_use]
pub fn on_shared_greetings(conf: &VoicemailConf, group: &Group) -> Option<Notice> {
    let account = group.account.as_ref().ok()?;
    let all: Vec<&VoicemailBox> = group.boxes.iter().chain(&group.neighbours).collect();
    if !conf.general.imapgreetings.value || all.len() < 2 {
        return None;
    }
    let text = format!("{} play each other's greetings", few(&all));
    Some(Notice::new(
        &catalogue::GREETINGS_SHARED,
        account.label(),
        text,
    ))
}

/// The line about Old.
#[must_use]
pub fn on_old() -> Notice {
    let text = "the manual asks for this folder, but the phone keeps heard messages in INBOX (imapfolder) \
                and never looks here: saving a message from Work as old strands it";
    Notice::new(&catalogue::OLD, "Old", text)
}

/// For each selected box of an account that gets in the way of another one: what happens between
/// them. Boxes that were not selected count too.
#[must_use]
pub fn collisions(conf: &VoicemailConf, group: &Group) -> Vec<(VoicemailBox, String)> {
    let all: Vec<VoicemailBox> = group
        .boxes
        .iter()
        .chain(&group.neighbours)
        .cloned()
        .collect();
    let talks = crosstalk::among(conf, &all);
    let mut found = Vec::new();
    for vmbox in &group.boxes {
        let text = collision(vmbox, &talks);
        found.extend(text.map(|text| (vmbox.clone(), text)));
    }
    found
}

fn collision(vmbox: &VoicemailBox, talks: &[CrossTalk<'_>]) -> Option<String> {
    let mut parts = Vec::new();
    let shown: Vec<_> = talks.iter().filter(|talk| talk.sees == vmbox).collect();
    if !shown.is_empty() {
        let boxes: Vec<_> = shown.iter().map(|talk| talk.seen).collect();
        let text = format!(
            "its phone also shows, plays and deletes the messages of {}",
            few(&boxes)
        );
        parts.push(text + whence(&shown));
    }
    let showing: Vec<_> = talks.iter().filter(|talk| talk.seen == vmbox).collect();
    if !showing.is_empty() {
        let boxes: Vec<_> = showing.iter().map(|talk| talk.sees).collect();
        let text = format!(
            "the phone of {} also shows, plays and deletes its messages",
            few(&boxes)
        );
        parts.push(text + whence(&showing));
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn whence(talks: &[&CrossTalk<'_>]) -> &'static str {
    if talks.iter().any(|talk| talk.in_imapfolder) {
        ""
    } else {
        " in Work, Family, Friends and the like"
    }
}

/// `200@a, 201@a, 202@a and 7 more`
fn few(boxes: &[&VoicemailBox]) -> String {
    let names: Vec<String> = boxes.iter().take(NAMED).map(ToString::to_string).collect();
    let names = names.join(", ");
    match boxes.len().saturating_sub(NAMED) {
        0 => names,
        more => format!("{names} and {more} more"),
    }
}
