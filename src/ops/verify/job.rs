//! One voicemail box: read in the spool, compared with the server, told.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::ops::error::BoxError;
use crate::ops::lane::Lane;
use crate::ops::migrate::Migration;
use crate::ops::migrate::journal::{Journal, RunTag};
use crate::ops::migrate::report::Look;
use crate::ops::migrate::seen;
use crate::ops::migrate::source::{self, Candidate};
use crate::ops::migrate::work::Work;
use crate::voicemail::conf::Mailbox;
use crate::voicemail::vmbox::VoicemailBox;

use super::report::{BoxReport, Verdict};
use super::{Message, Told, Verification, compare};

/// How often a spool directory is read when messages change meanwhile.
const LOOKS: u32 = 3;

/// Looks at one box, which has its account to itself if `alone`. Never fails as such: what went
/// wrong is in the report.
pub(super) fn run(
    verification: &Verification<'_>,
    migration: &Migration<'_>,
    lane: &mut Lane<'_>,
    vmbox: &VoicemailBox,
    alone: bool,
) -> BoxReport {
    let mut report = BoxReport::new(vmbox.clone());
    let result = match migration.conf.mailbox(vmbox) {
        Some(mailbox) => look(verification, migration, lane, mailbox, &mut report, alone),
        None => Err(BoxError::UnknownBox),
    };
    if let Err(error) = result {
        report.error = Some(lane.explain(error));
    }
    report
}

fn look(
    verification: &Verification<'_>,
    migration: &Migration<'_>,
    lane: &mut Lane<'_>,
    mailbox: &Mailbox,
    report: &mut BoxReport,
    alone: bool,
) -> Result<(), BoxError> {
    let vmbox = report.vmbox.clone();
    let tag = RunTag {
        run: String::new(),
        account: lane.label().to_owned(),
        spool: String::new(),
        rolls_back: None,
    };
    let mut journal = Journal::consult(&migration.state_dir, &vmbox, tag);
    if verification.sample.is_none() {
        // Of a sample most is not looked at, and what is known of unchanged files will do for that.
        journal.forget_digests();
    }
    let profile = migration.profile(mailbox);
    let mut work = Work::new(migration, &vmbox, &profile, journal);
    let candidates = read_spool(migration, mailbox, &mut work, report);
    work.tell_waiting();
    let mut verdicts = vec![Verdict::Pending; candidates.len()];
    let result = if candidates.is_empty() {
        Ok(0)
    } else {
        let about = (&work.journal as _, verification.sample.as_ref());
        compare::with_server(migration, lane, mailbox, &candidates, about, &mut verdicts)
    };
    report.reached = lane.connected().is_ok();
    for (candidate, verdict) in candidates.iter().zip(&verdicts) {
        report.counts.add(verdict);
        verification.watcher.told(&Told::Message(&Message {
            vmbox: &vmbox,
            folder: candidate.folder,
            number: candidate.number,
            candidate: Some(candidate),
            verdict,
        }));
    }
    let others = result?;
    let told = alone && verification.whole_boxes() && !candidates.is_empty();
    report.without_source = (told && report.complete()).then_some(others);
    Ok(())
}

/// The box's messages; what is none or cannot be read is told and counted.
fn read_spool(
    migration: &Migration<'_>,
    mailbox: &Mailbox,
    work: &mut Work<'_>,
    report: &mut BoxReport,
) -> Vec<Arc<Candidate>> {
    let extension = migration.conf.extension_header(mailbox);
    let mut told = BTreeSet::new();
    let mut look = Look::default();
    let mut candidates = Vec::new();
    for again in (0..LOOKS).rev() {
        let seen = seen::scan(migration, work.vmbox, &mut told);
        look = seen.look;
        work.waiting = seen.waiting;
        candidates = source::candidates(migration, extension, work, seen.entries);
        if work.rejected.deferred == 0 || again == 0 || migration.stop.asked() {
            break;
        }
    }
    report.aside(look);
    report.counts.not_comparable += work.rejected.failed + work.rejected.deferred;
    report.counts.pending += work.rejected.pending;
    candidates
}
