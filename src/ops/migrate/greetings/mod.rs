//! `migrate --greetings`: a box's greeting files become the messages Asterisk plays them from with
//! `imapgreetings=yes`.
//!
//! The same way as for messages (look, plan, show, append, read back), after them, with a ledger of
//! its own; then what was replaced goes. The spool is only read. Source: asterisk-format 4.

pub mod look;
pub mod plan;
mod replace;
mod source;

use std::sync::Arc;

use jiff::Timestamp;

use crate::ops::error::BoxError;
use crate::ops::event::Event;
use crate::ops::folders::{greetings_among_messages, greetings_folder_as_written};
use crate::ops::lane::Lane;
use crate::voicemail::conf::Mailbox;
use crate::voicemail::notice::Notice;
use crate::voicemail::terms::Terms;
use crate::voicemail::vmbox::VoicemailBox;

use super::carry::carry_out;
use super::holdings::Findings;
use super::job::check_quota;
use super::ledger::Ledger;
use super::patience::{insist, settle};
use super::report::{BoxReport, Counts};
use super::source::Candidate;
use super::work::Work;
use super::{Migration, catalogue};
use look::Shelf;
use plan::{GreetingPlan, Rules};

/// What was asked for about greetings.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wish {
    /// Store them at all.
    pub wanted: bool,
    /// Store them although other boxes of the account would play them.
    pub shared: bool,
    /// Replace older ones of the same box.
    pub replace: bool,
}

/// Remarks, once, on a configuration with which greetings in IMAP are of no use or in the way.
pub fn remark(migration: &Migration<'_>, boxes: &[VoicemailBox]) {
    let general = &migration.conf.general;
    let tell = |row, text: &str| {
        let place = general.imapgreetings.origin.to_string();
        let notice = Notice::new(row, place, text);
        migration.observer.event(&Event::Notice(&notice));
    };
    if !general.imapgreetings.value {
        let row = &catalogue::GREETINGS_NOT_READ;
        tell(row, row.title);
    }
    let conf = migration.conf;
    let among = boxes.iter().filter_map(|vmbox| conf.mailbox(vmbox));
    let among: Vec<&Mailbox> = among
        .filter(|mailbox| greetings_among_messages(conf, mailbox))
        .collect();
    if let Some(first) = among.first() {
        let folder = greetings_folder_as_written(conf);
        let text = format!("{folder} is the imapfolder of {}", first.vmbox);
        let text = match among.len() {
            1 => text,
            n => format!("{text} and {} more", n - 1),
        };
        tell(&catalogue::GREETINGS_AMONG_MESSAGES, &text);
    }
}

/// What a box's greetings are stored with.
struct Errand<'m, 'a> {
    migration: &'m Migration<'a>,
    mailbox: &'m Mailbox,
    /// Other boxes of the account.
    mates: &'m [VoicemailBox],
}

/// Stores a box's greetings; only counts them where `go_on` is not set, because the work on the box
/// has failed or was stopped.
///
/// # Errors
/// As the work on messages. Safe to repeat.
pub fn run(
    migration: &Migration<'_>,
    lane: &mut Lane<'_>,
    (mailbox, mates): (&Mailbox, &[VoicemailBox]),
    work: &mut Work<'_>,
    report: &mut BoxReport,
    go_on: bool,
) -> Result<(), BoxError> {
    let errand = Errand {
        migration,
        mailbox,
        mates,
    };
    let extension = migration.conf.extension_header(mailbox);
    let mut aside = Counts::default();
    let candidates = source::candidates(migration, extension, work, &mut aside);
    if !candidates.is_empty() && !mates.is_empty() && !migration.options.greetings.shared {
        let names: Vec<String> = mates.iter().take(3).map(ToString::to_string).collect();
        let text = format!("shares its account with {}", names.join(", "));
        let row = &catalogue::GREETINGS_SHARED;
        let notice = Notice::new(row, work.vmbox.to_string(), text);
        work.observer.event(&Event::Notice(&notice));
    }
    let messages = std::mem::take(&mut work.ledger);
    let result = if candidates.is_empty() {
        Ok(())
    } else if go_on {
        let (vmbox, stop, observer) = (work.vmbox, work.stop, work.observer);
        insist(lane, vmbox, stop, observer, |lane, show| {
            errand.once(lane, work, &candidates, report, show)
        })
    } else {
        errand.unseen(work, &candidates)
    };
    work.ledger.enter_unreached(&candidates);
    let ledger: Ledger = std::mem::replace(&mut work.ledger, messages);
    report.greetings += ledger.counts();
    report.greetings += aside;
    result
}

impl Errand<'_, '_> {
    fn plan(&self, work: &Work<'_>, candidates: &[Arc<Candidate>], place: &Shelf) -> GreetingPlan {
        let conf = self.migration.conf;
        let terms =
            |mailbox: &Mailbox| Terms::new(conf.extension_header(mailbox), &mailbox.vmbox.context);
        let ours = terms(self.mailbox);
        // With one share id nobody can say which box's greeting it is.
        let one_id = self
            .mates
            .iter()
            .filter_map(|mate| conf.mailbox(mate))
            .any(|mate| terms(mate) == ours);
        let options = &self.migration.options;
        let rules = Rules {
            mates: self.mates,
            shared: options.greetings.shared,
            replace: options.greetings.replace && !one_id,
            again: options.again,
            now: Timestamp::now().as_second(),
        };
        plan::make(work.vmbox.clone(), candidates, place, &work.journal, rules)
    }

    /// A dry run is of use before the server is: the plan is shown as for an empty account.
    fn unseen(&self, work: &mut Work<'_>, candidates: &[Arc<Candidate>]) -> Result<(), BoxError> {
        if self.migration.options.dry_run {
            let place = Shelf::unknown(self.migration.conf)?;
            let plan = self.plan(work, candidates, &place);
            work.ledger.enter(&plan.plan, true);
            work.observer.event(&Event::GreetingsPlanned(&plan));
        }
        Ok(())
    }

    fn look(&self, lane: &mut Lane<'_>) -> Result<(Findings, Shelf), BoxError> {
        let (session, overview) = lane.session()?;
        let conf = self.migration.conf;
        let place = look::look(session, overview, conf, self.mailbox)?;
        let findings = place.findings(conf, self.mailbox, overview)?;
        Ok((findings, place))
    }

    fn once(
        &self,
        lane: &mut Lane<'_>,
        work: &mut Work<'_>,
        candidates: &[Arc<Candidate>],
        report: &mut BoxReport,
        show: bool,
    ) -> Result<(), BoxError> {
        let options = &self.migration.options;
        let (mut findings, mut place) = match self.look(lane) {
            Err(error) if options.dry_run => {
                self.unseen(work, candidates)?;
                return Err(error);
            }
            seen => seen?,
        };
        report.reached = true;
        if !options.dry_run {
            let (session, overview) = lane.connected()?;
            findings = settle(work, candidates, findings, || {
                let conf = self.migration.conf;
                place = look::look(session, overview, conf, self.mailbox)?;
                place.findings(conf, self.mailbox, overview)
            })?;
        }
        let mut plan = self.plan(work, candidates, &place);
        if !options.ignore_quota {
            check_quota(lane, &findings, &mut plan.plan)?;
        }
        let fits = plan.plan.misfits.is_empty();
        work.ledger.enter(&plan.plan, options.dry_run && fits);
        if show {
            if let Some(uid) = place.bare {
                let text = format!("{} UID {uid} has no attachment", place.folder);
                let row = &catalogue::GREETINGS_BARRED;
                let notice = Notice::new(row, work.vmbox.to_string(), text);
                work.observer.event(&Event::Notice(&notice));
            }
            work.observer.event(&Event::GreetingsPlanned(&plan));
        }
        if !fits {
            work.ledger.hold_back_pending();
            return Err(BoxError::Quota(plan.plan.misfits));
        }
        if options.dry_run {
            let created = plan.plan.create.iter().map(ToString::to_string);
            report.created.extend(created);
            report.replaced += plan.replaced.len() as u64;
            lane.reserve(plan.plan.octets(), plan.plan.appends().count() as u64);
            return Ok(());
        }
        carry_out(self.migration, lane, work, &plan.plan, report)?;
        replace::replace(lane, work, &plan, &place, report)
    }
}
