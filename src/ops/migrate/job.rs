//! One voicemail box, from its spool directory to its folders on the server.
//!
//! scan -> candidates -> look at the server -> plan -> show -> append -> read back -> look again.
//! Always in this direction. When the connection breaks, the way is walked anew from "look at the
//! server": the plan itself finds out what had arrived.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;

use crate::mailstore::name::MailboxName;
use crate::ops::error::BoxError;
use crate::ops::event::Event;
use crate::ops::lane::Lane;
use crate::voicemail::conf::Mailbox;
use crate::voicemail::vmbox::VoicemailBox;

use super::Migration;
use super::carry::carry_out;
use super::gone;
use super::greetings;
use super::holdings::{self, Findings};
use super::journal::{Journal, RunTag};
use super::patience::{insist, settle};
use super::plan::{self, BoxPlan, List, PlanItem, Rules};
use super::report::BoxReport;
use super::seen::{Seen, aside, scan};
use super::source::{self, Candidate};
use super::work::Work;

/// How often a box is looked at because messages arrived while it was worked on.
const PASSES: u32 = 3;

/// Migrates one box. Never fails as such: what went wrong is in the report.
///
/// `mates` are the other boxes of its account.
pub fn run(
    migration: &Migration<'_>,
    lane: &mut Lane<'_>,
    vmbox: &VoicemailBox,
    mates: &[VoicemailBox],
) -> BoxReport {
    let mut report = BoxReport::new(vmbox.clone());
    if let Err(error) = work_through(migration, lane, (vmbox, mates), &mut report) {
        report.error = Some(lane.explain(error));
    }
    report
}

fn work_through(
    migration: &Migration<'_>,
    lane: &mut Lane<'_>,
    (vmbox, mates): (&VoicemailBox, &[VoicemailBox]),
    report: &mut BoxReport,
) -> Result<(), BoxError> {
    let mut told = BTreeSet::new();
    let seen = look_at_spool(migration, vmbox, report, &mut told);
    let Some(mailbox) = migration.conf.mailbox(vmbox) else {
        return Err(BoxError::UnknownBox);
    };
    let profile = migration.profile(mailbox);
    let tag = RunTag {
        run: migration.run.clone(),
        account: lane.label().to_owned(),
        spool: migration.spool.root().display().to_string(),
        rolls_back: None,
    };
    let journal = Journal::open(&migration.state_dir, vmbox, tag, migration.options.dry_run)
        .map_err(BoxError::Journal)?;
    let mut work = Work::new(migration, vmbox, &profile, journal);
    let mut result = pass_by_pass(migration, lane, mailbox, &mut work, seen, report, told);
    if migration.options.greetings.wanted {
        let go_on = result.is_ok() && !work.stop.asked();
        let place = (mailbox, mates);
        let greetings = greetings::run(migration, lane, place, &mut work, report, go_on);
        result = result.and(greetings);
    }
    work.tell_waiting();
    if result.is_ok() && migration.options.update && !migration.options.selection.by_message() {
        report.counts.gone = work.present.gone();
        gone::tell(migration, vmbox, report.counts.gone);
    }
    report.counts += work.ledger.counts();
    report.counts += work.rejected;
    report.failures = work.failures;
    report.sent = work.batch > 0;
    work.journal.sync().map_err(BoxError::Journal)?;
    result
}

/// Works on what the spool holds, and then on what came while that was done: the phone system may
/// be live.
fn pass_by_pass(
    migration: &Migration<'_>,
    lane: &mut Lane<'_>,
    mailbox: &Mailbox,
    work: &mut Work<'_>,
    mut seen: Seen,
    report: &mut BoxReport,
    mut told: BTreeSet<String>,
) -> Result<(), BoxError> {
    let extension = migration.conf.extension_header(mailbox);
    while work.pass < PASSES {
        if work.pass > 0 {
            seen = look_at_spool(migration, work.vmbox, report, &mut told);
        }
        work.present.begin(&seen);
        work.waiting = std::mem::take(&mut seen.waiting);
        let entries = std::mem::take(&mut seen.entries);
        let candidates = source::candidates(migration, extension, work, entries);
        if work.rejected.pending > 0 {
            // Told to stop before everything was looked at: half a plan would say too little.
            work.ledger.enter_unreached(&candidates);
            break;
        }
        if work.pass > 0 && candidates.is_empty() {
            break;
        }
        let result = try_often(migration, lane, mailbox, work, &candidates, report);
        work.ledger.enter_unreached(&candidates);
        result?;
        let again = !work.waiting.is_empty() || seen.as_of.outdated();
        if migration.options.dry_run || work.stop.asked() || !again {
            break;
        }
        work.pass += 1;
    }
    if seen.as_of.outdated() {
        work.present.unsure();
    } else {
        report.as_of = Some(seen.as_of);
    }
    Ok(())
}

fn look_at_spool(
    migration: &Migration<'_>,
    vmbox: &VoicemailBox,
    report: &mut BoxReport,
    told: &mut BTreeSet<String>,
) -> Seen {
    let seen = timed(report, |_| scan(migration, vmbox, told));
    report.look_again(seen.look);
    seen
}

/// Does something that is part of looking.
fn timed<T>(report: &mut BoxReport, look: impl FnOnce(&mut BoxReport) -> T) -> T {
    let start = Instant::now();
    let seen = look(report);
    report.looking += start.elapsed();
    seen
}

fn try_often(
    migration: &Migration<'_>,
    lane: &mut Lane<'_>,
    mailbox: &Mailbox,
    work: &mut Work<'_>,
    candidates: &[Arc<Candidate>],
    report: &mut BoxReport,
) -> Result<(), BoxError> {
    let (vmbox, stop, observer) = (work.vmbox, work.stop, work.observer);
    insist(lane, vmbox, stop, observer, |lane, show| {
        try_once(migration, lane, mailbox, work, candidates, report, show)
    })
}

fn try_once(
    migration: &Migration<'_>,
    lane: &mut Lane<'_>,
    mailbox: &Mailbox,
    work: &mut Work<'_>,
    candidates: &[Arc<Candidate>],
    report: &mut BoxReport,
    show: bool,
) -> Result<(), BoxError> {
    let options = &migration.options;
    // Where all of a box was deleted by phone, only a look at the server tells what became of it.
    let copies = options.update && work.journal.ours().next().is_some();
    if candidates.is_empty() && !copies {
        tell_empty(work, report);
        return Ok(());
    }
    let looked = timed(report, |report| {
        look(migration, lane, mailbox, work, candidates, report)
    });
    let findings = match looked {
        Ok(findings) => findings,
        // A dry run is of use before the server is: the plan is shown as for an empty account.
        Err(error) if options.dry_run => {
            let findings = Findings::unknown(migration.conf, mailbox)?;
            let mut plan = make_plan(migration, mailbox, work, candidates, &findings);
            plan.aside = aside(work, report);
            work.ledger.enter(&plan, true);
            work.observer.event(&Event::Planned(&plan));
            return Err(error);
        }
        Err(error) => return Err(error),
    };
    if work.pass == 0 {
        let held = &findings.holdings.by_key;
        work.present.note_copies(held, &work.journal);
    }
    let mut plan = make_plan(migration, mailbox, work, candidates, &findings);
    plan.aside = aside(work, report);
    plan.later = work.pass > 0;
    if !options.ignore_quota {
        check_quota(lane, &findings, &mut plan)?;
    }
    work.ledger
        .enter(&plan, options.dry_run && plan.misfits.is_empty());
    let fits = |_: &PlanItem| plan.misfits.is_empty();
    report.lists = lists_after(&findings, &plan, &fits, &fits);
    if show {
        holdings::warn(migration.observer, work.vmbox, &findings, &plan);
        work.observer.event(&Event::Planned(&plan));
    }
    if !plan.misfits.is_empty() {
        work.ledger.hold_back_pending();
        return Err(BoxError::Quota(plan.misfits));
    }
    if options.dry_run {
        report.created = plan.create.iter().map(ToString::to_string).collect();
        lane.reserve(plan.octets(), plan.appends().count() as u64);
        return Ok(());
    }
    let start = Instant::now();
    let result = carry_out(migration, lane, work, &plan, report);
    report.carrying += start.elapsed();
    let stored = |item: &PlanItem| work.ledger.stored(&item.candidate.key);
    let followed = |item: &PlanItem| work.ledger.has_followed(&item.candidate.key);
    report.lists = lists_after(&findings, &plan, &stored, &followed);
    result
}

/// Shows the plan of a box without messages.
fn tell_empty(work: &Work<'_>, report: &BoxReport) {
    let mut plan = BoxPlan::empty(work.vmbox.clone());
    plan.aside = aside(work, report);
    work.observer.event(&Event::Planned(&plan));
}

/// Looks at what the account holds, and waits for what it may still be storing.
fn look(
    migration: &Migration<'_>,
    lane: &mut Lane<'_>,
    mailbox: &Mailbox,
    work: &Work<'_>,
    candidates: &[Arc<Candidate>],
    report: &mut BoxReport,
) -> Result<Findings, BoxError> {
    let (session, overview) = lane.session()?;
    report.reached = true;
    let mut look = || holdings::look(session, overview, migration.conf, mailbox);
    let findings = look()?;
    if migration.options.dry_run {
        return Ok(findings);
    }
    Ok(settle(work, candidates, findings, look)?)
}

fn rules(migration: &Migration<'_>, mailbox: &Mailbox, findings: &Findings) -> Rules {
    Rules {
        maxmsg: migration.conf.maxmsg(mailbox),
        over_maxmsg: migration.options.over_maxmsg,
        again: migration.options.again,
        update: migration.options.update,
        can_move: findings.can_move,
        now: Timestamp::now().as_second(),
    }
}

fn make_plan(
    migration: &Migration<'_>,
    mailbox: &Mailbox,
    work: &Work<'_>,
    candidates: &[Arc<Candidate>],
    findings: &Findings,
) -> BoxPlan {
    let placed = candidates
        .iter()
        .map(|candidate| {
            let placement = migration.options.placement(candidate.folder);
            let (target, impossible) = findings.target(placement.home);
            (Arc::clone(candidate), placement, target, impossible)
        })
        .collect();
    let rules = rules(migration, mailbox, findings);
    plan::make(
        work.vmbox.clone(),
        placed,
        &findings.holdings,
        &work.journal,
        rules,
    )
}

pub(super) fn check_quota(
    lane: &mut Lane<'_>,
    findings: &Findings,
    plan: &mut BoxPlan,
) -> Result<(), BoxError> {
    let targets: std::collections::BTreeSet<MailboxName> = plan
        .appends()
        .map(|item| {
            // A folder that does not exist yet will share its root with imapfolder.
            let exists = findings.holdings.folders.contains_key(&item.target);
            if exists {
                item.target.clone()
            } else {
                findings.folders.imapfolder().clone()
            }
        })
        .collect();
    let reserved = lane.reserved();
    let (session, overview) = lane.connected()?;
    for target in targets {
        let roots = if target.is_inbox() {
            overview.quota.clone()
        } else {
            session.quota_root(&target)?
        };
        plan.fit(&roots.unwrap_or_default(), reserved);
    }
    Ok(())
}

/// What Asterisk will count when these of the plan's messages are stored, and these put elsewhere.
fn lists_after(
    findings: &Findings,
    plan: &BoxPlan,
    stored: &dyn Fn(&PlanItem) -> bool,
    followed: &dyn Fn(&PlanItem) -> bool,
) -> BTreeMap<List, u32> {
    let mut lists = findings.holdings.counts.clone();
    for item in plan.appends().filter(|item| stored(item)) {
        *lists.entry(List::of(item.placement)).or_default() += 1;
    }
    for (item, held) in plan.updates().filter(|(item, _)| followed(item)) {
        plan::shift(&mut lists, held.list, List::of(item.placement));
    }
    lists
}
