//! The lamps of phones: has Asterisk look again at mailboxes that were changed from outside.
//!
//! Asterisk lights and puts out lamps when it stores, deletes or moves a message itself; what comes
//! or goes by IMAP moves none (tried on a running Asterisk). Two ways make it look: the manager
//! interface's `VoicemailRefresh`, one mailbox at a time ([`crate::manager`]), and a reload of
//! voicemail.conf, which looks at all ([`reload`]). Changes no mail; safe to repeat. What cannot be
//! refreshed is told, and undoes nothing.

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
    /// By the manager interface.
    Ami(Options),
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
    /// Why not all, in the words of whoever refused.
    pub error: Option<String>,
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
            Way::Ami(_) => "ami",
            Way::Reload(_) => "reload",
        },
        mailboxes: boxes.len() as u64,
        refreshed: 0,
        error: None,
    };
    if boxes.is_empty() {
        return report;
    }
    match way {
        Way::Ami(options) => by_ami(options, &boxes, &mut report),
        Way::Reload(reload) => match reload.run() {
            Ok(()) => report.refreshed = report.mailboxes,
            Err(why) => report.error = Some(why),
        },
    }
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

fn by_ami(options: &Options, boxes: &BTreeSet<VoicemailBox>, report: &mut Report) {
    let place = format!("manager interface {}", options.connect.address());
    let mut manager = match Manager::log_in(options) {
        Ok(manager) => manager,
        Err(error) => {
            report.error = Some(format!("{place}: {error}"));
            return;
        }
    };
    for vmbox in boxes {
        match manager.refresh(&vmbox.extension, &vmbox.context) {
            Ok(()) => report.refreshed += 1,
            Err(error) => {
                let why = || format!("{vmbox}: {place}: {error}");
                report.error.get_or_insert_with(why);
                if !error.of_one_mailbox() {
                    return;
                }
            }
        }
    }
    manager.log_off();
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
