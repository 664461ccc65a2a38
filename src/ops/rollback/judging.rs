//! The plan of one account while its messages are judged, and what is remarked on.

use std::collections::BTreeMap;

use crate::mailstore::name::MailboxName;
use crate::ops::expunge::message::Message;
use crate::ops::expunge::plan::Kept;
use crate::ops::expunge::{self, Found};
use crate::ops::migrate::journal::Stored;
use crate::voicemail::folder::Home;
use crate::voicemail::notice::{CodeRow, Notice};
use crate::voicemail::vmbox::VoicemailBox;

use super::judge::{Reason, Wanted};
use super::notes::Settled;

/// What an account's messages are judged by, and what came of it so far.
pub(super) struct Judging<'a> {
    /// The boxes that were asked for.
    pub(super) boxes: &'a [VoicemailBox],
    /// The folders of each, and what each is to its owner's phone.
    pub(super) homes: Vec<Vec<(Home, MailboxName)>>,
    /// The plan.
    pub(super) found: Found,
    /// Notices to be made: by box and code, how many messages.
    counts: BTreeMap<(usize, &'static str), (&'static CodeRow, u64)>,
    /// Was removed already by a rollback that was cut.
    pub(super) settled: Vec<Settled>,
}

impl<'a> Judging<'a> {
    /// Nothing is known yet.
    pub(super) fn new(boxes: &'a [VoicemailBox]) -> Self {
        Self {
            boxes,
            homes: Vec::with_capacity(boxes.len()),
            found: Found {
                boxes: boxes.iter().cloned().map(expunge::empty).collect(),
                ..Found::default()
            },
            counts: BTreeMap::new(),
            settled: Vec::new(),
        }
    }

    /// One more message that there is something to remark on.
    pub(super) fn count(&mut self, vmbox: usize, row: &'static CodeRow) {
        self.counts.entry((vmbox, row.code)).or_insert((row, 0)).1 += 1;
    }

    /// The message stays, for these reasons.
    pub(super) fn keep(
        &mut self,
        folder: &MailboxName,
        one: &Wanted,
        message: Message,
        reasons: Vec<Reason>,
    ) {
        for (row, _) in &reasons {
            self.count(one.vmbox, row);
        }
        let reasons: Vec<String> = reasons.into_iter().map(|(_, why)| why).collect();
        self.found.boxes[one.vmbox].messages += 1;
        self.found.withheld += 1;
        self.found.kept.push(Kept {
            vmbox: one.vmbox,
            folder: folder.clone(),
            message,
            why: reasons.join("; "),
        });
    }

    /// The message was removed already by a rollback that was cut.
    pub(super) fn settle(&mut self, folder: &MailboxName, one: &Wanted) {
        let Some(vmbox) = self.boxes.get(one.vmbox).cloned() else {
            return;
        };
        if let Some((validity, uid)) = one.deed.place {
            let key = one.key.clone();
            self.settled.push(Settled {
                vmbox,
                folder: folder.clone(),
                validity,
                stored: Stored { key, uid },
            });
        }
    }

    /// The message, with what the folder is to its owner's phone.
    pub(super) fn at_home(&self, message: Message, one: &Wanted, folder: &MailboxName) -> Message {
        let homes = self.homes.get(one.vmbox);
        let mut homes = homes.into_iter().flatten();
        let home = homes.find(|(_, name)| name == folder);
        Message {
            home: home.map(|(home, _)| *home),
            ..message
        }
    }

    /// Makes the remarks.
    pub(super) fn notices(&mut self) {
        for ((vmbox, _), (row, count)) in std::mem::take(&mut self.counts) {
            let place = self.boxes.get(vmbox).map(ToString::to_string);
            let text = format!("{} ({count})", row.title);
            let notice = Notice::new(row, place.unwrap_or_default(), text);
            self.found.notices.push(notice);
        }
    }
}
