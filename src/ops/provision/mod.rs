//! `provision`: the folders of every mailbox of voicemail.conf, named as Asterisk will open them.
//!
//! An account is looked at, planned, shown and then worked on in one pipeline, whatever number of
//! boxes live in it. Nothing is renamed, removed or taken from anybody, so it is safe to repeat and
//! needs no journal and no lock: a second run finds everything there.

pub mod admin;
mod apply;
pub mod catalogue;
pub mod event;
mod job;
pub mod plan;
mod remarks;
pub mod report;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::ops::account::Overrides;
use crate::ops::fleet::{self, Group};
use crate::ops::lane::{Connector, Lane};
use crate::ops::stop::Stop;
use crate::voicemail::conf::VoicemailConf;
use crate::voicemail::notice::{CodeRow, Notice};
use crate::voicemail::vmbox::VoicemailBox;

use admin::Admins;
use event::{Event, Observer};
use plan::{View, Wanted};
use report::{BoxReport, RunReport};

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Which folders, and how.
    pub wanted: Wanted,
    /// Stop after the plan.
    pub dry_run: bool,
    /// Go on where boxes of one account see each other's messages.
    pub allow_shared: bool,
    /// Accounts at once.
    pub jobs: usize,
    /// What overrides voicemail.conf.
    pub overrides: Overrides,
}

/// One run.
pub struct Provisioning<'a> {
    /// voicemail.conf.
    pub conf: &'a VoicemailConf,
    /// What was asked for.
    pub options: Options,
    /// The administrator's connections, where accounts are to be made.
    pub admins: Option<Admins>,
    /// Whether to stop.
    pub stop: &'a Stop,
    /// Who is told.
    pub observer: &'a dyn Observer,
    /// What was remarked on already.
    pub told: Mutex<HashSet<String>>,
}

impl Provisioning<'_> {
    /// Runs it for the selected boxes of voicemail.conf. Safe to repeat.
    #[must_use]
    pub fn run(&self, boxes: Vec<VoicemailBox>) -> RunReport {
        let total = boxes.len();
        for notice in remarks::on_conf(self.conf, &boxes) {
            self.observer.event(&Event::Notice(&notice));
        }
        let groups = fleet::with_neighbours(self.conf, &self.options.overrides, boxes);
        self.observer.event(&Event::Started {
            boxes: total,
            accounts: groups.iter().filter(|one| one.account.is_ok()).count(),
        });
        let connector = Connector::default();
        let report = Mutex::new(RunReport::default());
        fleet::share_out(groups, self.options.jobs, self.stop, &|group| {
            self.work_on(group, &connector, &report);
        });
        let mut report = report.into_inner().unwrap_or_else(PoisonError::into_inner);
        report.boxes_left = total as u64 - report.boxes;
        report.interrupted = self.stop.signal();
        report
    }

    fn work_on(&self, group: Group, connector: &Connector, report: &Mutex<RunReport>) {
        let add = |done: &BoxReport| {
            self.observer.event(&Event::Done(done));
            report
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .add(done);
        };
        let collided = self.collisions(&group);
        let greetings = remarks::on_shared_greetings(self.conf, &group);
        let account = match group.account {
            Ok(account) => account,
            Err(why) => {
                let why = Arc::new(why);
                for vmbox in group.boxes {
                    let mut failed = BoxReport::new(vmbox, None);
                    failed.counts.pending = self.folders_wanted(&failed.vmbox);
                    failed.error = Some(Arc::clone(&why));
                    add(&failed);
                }
                return;
            }
        };
        let mut open = Vec::new();
        for vmbox in group.boxes {
            let Some(text) = collided.get(&vmbox) else {
                open.push(vmbox);
                continue;
            };
            let mut refused = BoxReport::new(vmbox, Some(account.label().to_owned()));
            refused.counts.refused = self.folders_wanted(&refused.vmbox);
            refused.collision = Some(text.clone());
            add(&refused);
        }
        if open.is_empty() {
            return;
        }
        if let Some(notice) = greetings {
            self.observer.event(&Event::Notice(&notice));
        }
        let mut lane = Lane::new(connector, account.clone());
        for done in job::run(self, &mut lane, &account, &open) {
            add(&done);
        }
        lane.close();
    }

    /// The boxes that are refused because they collide, and why; none where that is allowed.
    fn collisions(&self, group: &Group) -> HashMap<VoicemailBox, String> {
        let found = remarks::collisions(self.conf, group);
        let allowed = self.options.allow_shared;
        let row = if allowed {
            &catalogue::COLLISION_ALLOWED
        } else {
            &catalogue::COLLISION
        };
        for (vmbox, text) in &found {
            let notice = Notice::new(row, vmbox.to_string(), text.clone());
            self.observer.event(&Event::Notice(&notice));
        }
        if allowed {
            HashMap::new()
        } else {
            found.into_iter().collect()
        }
    }

    /// How many folders a box should have, for one that is not looked at.
    fn folders_wanted(&self, vmbox: &VoicemailBox) -> u64 {
        let mailboxes: Vec<_> = self.conf.mailbox(vmbox).into_iter().collect();
        let plans = plan::make(
            self.conf,
            "",
            &mailboxes,
            &self.options.wanted,
            &View::unknown(),
        );
        let folders = plans.iter().flatten().map(|plan| plan.folders.len() as u64);
        folders.sum()
    }

    /// Remarks on something that many boxes may have in common, for the first of them only.
    fn tell_once(&self, notice: &Notice, what: &str) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.insert(format!("{} {what}", notice.code)) {
            self.observer.event(&Event::Notice(notice));
        }
    }

    fn remark(&self, row: &CodeRow, place: &str, text: String) {
        self.observer
            .event(&Event::Notice(&Notice::new(row, place, text)));
    }
}
