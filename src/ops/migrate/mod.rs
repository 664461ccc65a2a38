//! `migrate`: a file spool becomes IMAP messages that Asterisk plays as before.
//!
//! One voicemail box at a time and bounded memory: what a box's plan holds goes when the box is
//! done. Boxes of one account are worked on by one worker, over one connection.

pub mod apply;
pub mod carry;
pub mod catalogue;
pub mod follow;
pub mod gone;
pub mod greetings;
pub mod holdings;
pub mod job;
pub mod journal;
pub mod ledger;
pub mod patience;
pub mod plan;
pub mod present;
pub mod readiness;
pub mod report;
pub mod seen;
pub mod source;
pub mod update;
pub mod verify;
pub mod work;

use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use crate::ops::account::Overrides;
use crate::ops::crosstalk;
use crate::ops::error::BoxError;
use crate::ops::event::{Event, Observer};
use crate::ops::fleet::{self, Group};
use crate::ops::lane::{Connector, Lane};
use crate::ops::select::Selection;
use crate::ops::stop::Stop;
use crate::spool::{ScanOptions, Spool};
use crate::voicemail::audio::AudioFormat;
use crate::voicemail::compose::{MailProfile, Zone};
use crate::voicemail::conf::{Mailbox, VoicemailConf};
use crate::voicemail::folder::{Home, Placement, VoicemailFolder};
use crate::voicemail::notice::{CodeRow, Notice};
use crate::voicemail::vmbox::VoicemailBox;

use follow::Settled;
use report::{BoxReport, RunReport};

/// What was asked for.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools)] // independent wishes
pub struct Options {
    /// Which boxes and messages.
    pub selection: Selection,
    /// Stop after the plan.
    pub dry_run: bool,
    /// Read back what was appended.
    pub verify: bool,
    /// Append beyond `maxmsg`.
    pub over_maxmsg: bool,
    /// Append although the quota seems too small.
    pub ignore_quota: bool,
    /// Append again what was removed since an earlier run.
    pub again: bool,
    /// Let copies on the server follow what has changed in the spool since.
    pub update: bool,
    /// Put Old into a folder of that name instead of `imapfolder` + `\Seen`.
    pub old_as_folder: bool,
    /// Which recording to send, best first.
    pub formats: Vec<AudioFormat>,
    /// What about greetings.
    pub greetings: greetings::Wish,
    /// Accounts at once.
    pub jobs: usize,
    /// How the spool is scanned.
    pub scan: ScanOptions,
    /// The host name that completes a `serveremail` without one.
    pub hostname: String,
    /// What overrides voicemail.conf.
    pub overrides: Overrides,
}

impl Options {
    /// Where a spool folder's messages go.
    #[must_use]
    pub fn placement(&self, folder: VoicemailFolder) -> Placement {
        if folder == VoicemailFolder::Old && self.old_as_folder {
            Placement {
                home: Home::Named(VoicemailFolder::Old),
                seen: true,
                flagged: false,
            }
        } else {
            folder.placement()
        }
    }
}

/// One migration.
pub struct Migration<'a> {
    /// voicemail.conf.
    pub conf: &'a VoicemailConf,
    /// The spool.
    pub spool: &'a Spool,
    /// What was asked for.
    pub options: Options,
    /// Where journals are kept.
    pub state_dir: PathBuf,
    /// The run's id.
    pub run: String,
    /// Whether to stop.
    pub stop: &'a Stop,
    /// Who is told.
    pub observer: &'a dyn Observer,
    /// What was remarked on already.
    pub told: Mutex<HashSet<String>>,
    /// What earlier passes of this run have settled, where there are any.
    pub settled: Option<&'a Settled>,
}

impl Migration<'_> {
    /// Runs it. `boxes` are the selected boxes of the spool.
    #[must_use]
    pub fn run(&self, boxes: Vec<VoicemailBox>) -> RunReport {
        self.observer.event(&Event::Started { boxes: boxes.len() });
        let total = boxes.len() as u64;
        if self.options.greetings.wanted {
            greetings::remark(self, &boxes);
        }
        let groups = fleet::with_neighbours(self.conf, &self.options.overrides, boxes);
        for group in &groups {
            self.warn_of_cross_talk(group);
        }
        let connector = Connector::default();
        let report = Mutex::new(RunReport {
            unverified: !self.options.verify,
            ..RunReport::default()
        });
        fleet::share_out(groups, self.options.jobs, self.stop, &|group| {
            self.work_on(group, &connector, &report);
        });
        let mut report = report.into_inner().unwrap_or_else(PoisonError::into_inner);
        report.boxes_left = total - report.boxes;
        report.interrupted = self.stop.signal();
        report
    }

    fn warn_of_cross_talk(&self, group: &Group) {
        for talk in crosstalk::among(self.conf, &group.boxes) {
            let notice = crosstalk::notice(&catalogue::CROSS_TALK, &talk);
            self.observer.event(&Event::Notice(&notice));
        }
    }

    fn work_on(&self, group: Group, connector: &Connector, report: &Mutex<RunReport>) {
        let add = |mut done: BoxReport| {
            if let Some(settled) = self.settled {
                settled.note(&mut done);
            }
            self.observer.event(&Event::Done(&done));
            report
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .add(&done);
        };
        match group.account {
            Ok(account) => {
                let mut lane = Lane::new(connector, account);
                for vmbox in &group.boxes {
                    if self.stop.asked() {
                        break;
                    }
                    let all = group.boxes.iter().chain(&group.neighbours);
                    let all = all.filter(|_| self.options.greetings.wanted);
                    let mates: Vec<VoicemailBox> =
                        all.filter(|one| *one != vmbox).cloned().collect();
                    add(job::run(self, &mut lane, vmbox, &mates));
                }
                lane.close();
            }
            Err(why) => {
                for vmbox in group.boxes {
                    add(self.unreachable(vmbox, &why));
                }
            }
        }
    }

    /// A box without a usable account: its messages are counted, and nothing can be done. A box
    /// without messages is no loss.
    fn unreachable(&self, vmbox: VoicemailBox, why: &BoxError) -> BoxReport {
        let mut report = BoxReport::new(vmbox);
        let seen = seen::scan(self, &report.vmbox, &mut BTreeSet::new());
        let mut entries = seen.entries;
        let selection = &self.options.selection;
        entries.retain(|entry| selection.takes_message(entry.folder, entry.origtime));
        report.look_again(seen.look);
        report.counts.failed += entries.len() as u64;
        if self.options.greetings.wanted {
            let found = self.spool.greetings(&report.vmbox, &self.options.scan);
            report.greetings.failed += (found.usable.len() + found.lost.len()) as u64;
            report.greetings.deferred += found.waiting.len() as u64;
        }
        if report.complete() {
            return report;
        }
        let messages = match entries.len() {
            1 => format!("{why}; 1 message stays in the spool"),
            n => format!("{why}; {n} messages stay in the spool"),
        };
        report.error = Some(if matches!(why, BoxError::UnknownBox) {
            let place = report.vmbox.to_string();
            let notice = Notice::new(&catalogue::UNKNOWN_BOX, place, messages);
            self.observer.event(&Event::Notice(&notice));
            BoxError::UnknownBox
        } else {
            BoxError::Unconfigured(messages)
        });
        report
    }

    /// How a box's messages are worded.
    pub(in crate::ops) fn profile(&self, mailbox: &Mailbox) -> MailProfile {
        let wording = self.conf.mail_profile(mailbox);
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let profile = MailProfile {
            serveremail: wording.serveremail.to_owned(),
            hostname: self.options.hostname.clone(),
            fromstring: owned(wording.fromstring),
            server_name: wording.server_name.to_owned(),
            fullname: wording.fullname.to_owned(),
            email: wording.email.to_owned(),
            imap_user: mailbox.options.imapuser.clone().unwrap_or_default(),
            emailsubject: owned(wording.emailsubject),
            emailbody: owned(wording.emailbody),
            emaildateformat: wording.emaildateformat.to_owned(),
            charset: wording.charset.to_owned(),
            octets: wording.octets,
            pbxskip: wording.pbxskip,
            zone: Zone::resolve(wording.time_zone),
            mailbox: mailbox.vmbox.extension.clone(),
            context: mailbox.vmbox.context.clone(),
        };
        if let Some(locale) = wording.locale.filter(|name| !is_english(name)) {
            self.tell_once(
                &catalogue::LOCALE_LEFT_OUT,
                &mailbox.vmbox,
                format!("locale {locale:?}"),
            );
        }
        if !profile.zone_known() {
            let zone = self.conf.time_zone(mailbox).unwrap_or_default();
            self.tell_once(
                &catalogue::UNKNOWN_ZONE,
                &mailbox.vmbox,
                format!("zone {zone:?}"),
            );
        }
        profile
    }

    /// Remarks on something that many boxes may have in common, for the first of them only.
    fn tell_once(&self, row: &CodeRow, vmbox: &VoicemailBox, text: String) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.insert(format!("{}{text}", row.code)) {
            self.observer
                .event(&Event::Notice(&Notice::new(row, vmbox.to_string(), text)));
        }
    }

    /// Remarks on something about one box that several passes may come upon.
    fn tell_notice_once(&self, notice: &Notice) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.insert(notice.to_string()) {
            self.observer.event(&Event::Notice(notice));
        }
    }
}

/// Whether dates in this locale are worded as they are without one.
fn is_english(locale: &str) -> bool {
    let name = locale.split(['.', '@']).next().unwrap_or_default();
    matches!(name, "C" | "POSIX" | "en" | "en_US")
}
