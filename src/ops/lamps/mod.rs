//! The lamps of phones: has Asterisk look again at mailboxes that were changed from outside.
//!
//! Asterisk lights and puts out lamps when it stores, deletes or moves a message itself; what comes
//! or goes by IMAP moves none (tried on a running Asterisk). Two ways make it look: the manager
//! interface's `VoicemailRefresh`, one mailbox at a time ([`crate::manager`]), and a reload of
//! voicemail.conf, which looks at all ([`reload`]). Changes no mail; safe to repeat. What cannot be
//! refreshed is told, with the command that sets it by hand, and undoes nothing: the next run refreshes
//! what it changes itself, and nothing is written down for it.

pub mod reload;

use std::collections::{BTreeSet, HashSet};

use serde::Serialize;

use crate::manager::{Manager, Options};
use crate::ops::account::Overrides;
use crate::ops::fleet;
use crate::voicemail::conf::VoicemailConf;
use crate::voicemail::terms::Terms;
use crate::voicemail::vmbox::VoicemailBox;
use reload::Reload;

/// How Asterisk is made to look.
#[derive(Debug, Clone)]
pub enum Way {
    /// By the manager interface; the reload is what is advised where that fails.
    Ami(Box<Options>, Reload),
    /// By touching voicemail.conf and `asterisk -rx "voicemail reload"`.
    Reload(Reload),
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// `ami` or `reload`.
    pub way: &'static str,
    /// Mailboxes whose messages, or those that their phones count, have changed.
    pub mailboxes: u64,
    /// Those that Asterisk has looked at again.
    pub refreshed: u64,
    /// The others, in order.
    pub left: Vec<VoicemailBox>,
    /// Why not all, in the words of whoever refused.
    pub error: Option<String>,
    /// Where some are left: what sets all lamps, as a command for a shell on Asterisk's machine.
    pub by_hand: Option<String>,
}

impl Report {
    /// Whether every lamp shows what is there, as far as Asterisk says.
    #[must_use]
    pub const fn complete(&self) -> bool {
        self.error.is_none()
    }
}

/// Has Asterisk look at these mailboxes again, and at those whose phones count the same messages.
/// Nothing is asked of it where nothing has changed.
#[must_use]
pub fn refresh(
    way: &Way,
    conf: &VoicemailConf,
    overrides: &Overrides,
    changed: &[VoicemailBox],
) -> Report {
    let boxes = counting(conf, overrides, changed);
    let mut report = Report {
        way: match way {
            Way::Ami(..) => "ami",
            Way::Reload(_) => "reload",
        },
        mailboxes: boxes.len() as u64,
        refreshed: 0,
        left: Vec::new(),
        error: None,
        by_hand: None,
    };
    if boxes.is_empty() {
        return report;
    }
    let reload = match way {
        Way::Ami(options, reload) => {
            (report.left, report.error) = by_ami(options, boxes);
            reload
        }
        Way::Reload(reload) => {
            report.error = reload.run().err();
            if report.error.is_some() {
                report.left = boxes.into_iter().collect();
            }
            reload
        }
    };
    report.refreshed = report.mailboxes - report.left.len() as u64;
    report.by_hand = report.error.is_some().then(|| reload.by_hand());
    report
}

/// The changed mailboxes and those that Asterisk counts the same messages for: of the same account,
/// with the same `imapvmshareid`, or with a name that is part of theirs. In order, each once.
fn counting(
    conf: &VoicemailConf,
    overrides: &Overrides,
    changed: &[VoicemailBox],
) -> BTreeSet<VoicemailBox> {
    let terms = |vmbox: &VoicemailBox| {
        let mailbox = conf.mailbox(vmbox)?;
        Some(Terms::new(conf.extension_header(mailbox), &vmbox.context))
    };
    let changed: HashSet<VoicemailBox> = changed.iter().cloned().collect();
    let mut all = BTreeSet::new();
    for group in fleet::with_neighbours(conf, overrides, changed.into_iter().collect()) {
        let of_changed: Vec<Terms> = group.boxes.iter().filter_map(terms).collect();
        let counts = |vmbox: &VoicemailBox| {
            terms(vmbox).is_some_and(|own| of_changed.iter().any(|theirs| own.find(theirs)))
        };
        let others = group.neighbours.into_iter().filter(counts);
        all.extend(others);
        all.extend(group.boxes);
    }
    all
}

/// Returns those that were not refreshed, and why the first of them was not.
fn by_ami(options: &Options, boxes: BTreeSet<VoicemailBox>) -> (Vec<VoicemailBox>, Option<String>) {
    let place = format!("manager interface {}", options.connect.address());
    let mut manager = match Manager::log_in(options) {
        Ok(manager) => manager,
        Err(error) => {
            return (
                boxes.into_iter().collect(),
                Some(format!("{place}: {error}")),
            );
        }
    };
    let (mut left, mut first) = (Vec::new(), None);
    let mut boxes = boxes.into_iter();
    while let Some(vmbox) = boxes.next() {
        let Err(error) = manager.refresh(&vmbox.extension, &vmbox.context) else {
            continue;
        };
        first.get_or_insert_with(|| format!("{vmbox}: {place}: {error}"));
        left.push(vmbox);
        if !error.of_one_mailbox() {
            left.extend(boxes);
            return (left, first);
        }
    }
    manager.log_off();
    (left, first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voicemail::conf::LoadOptions;

    #[test]
    fn who_counts_a_changed_message_is_refreshed_and_nobody_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("voicemail.conf");
        let text = "[general]\n[a]\n\
                    200 => 1,,,,imapuser=u|imappassword=p\n\
                    2001 => 1,,,,imapuser=u|imappassword=p\n\
                    31 => 1,,,,imapuser=u|imappassword=p\n\
                    20 => 1,,,,imapuser=v|imappassword=p\n\
                    7 => 1,,,,imapuser=w|imappassword=p|imapvmshareid=g\n\
                    8 => 1,,,,imapuser=w|imappassword=p|imapvmshareid=g\n";
        std::fs::write(&path, text).unwrap();
        let conf = crate::voicemail::conf::load(&path, &LoadOptions::default()).unwrap();
        let of = |names: &[&str]| {
            let changed: Vec<_> = names.iter().map(|n| VoicemailBox::new(*n, "a")).collect();
            let boxes = counting(&conf, &Overrides::default(), &changed);
            let names = boxes.into_iter().map(|one| one.extension);
            names.collect::<Vec<_>>()
        };
        assert_eq!(of(&["2001", "2001"]), ["200", "2001"]);
        assert_eq!(of(&["200"]), ["200"]);
        assert_eq!(of(&["8"]), ["7", "8"]);
        assert!(of(&[]).is_empty());
    }
}
