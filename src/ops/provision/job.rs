//! One account, from what it holds to what was made in it.
//!
//! look -> INBOX made by the administrator, where asked for -> plan -> show -> apply -> report. Always in this
//! direction; where the connection breaks, the wishes are sent again to what is then there.

use std::sync::Arc;

use crate::mailstore::session::FolderOutcome;
use crate::ops::account::Account;
use crate::ops::error::BoxError;
use crate::ops::lane::Lane;
use crate::voicemail::conf::Mailbox;
use crate::voicemail::folder::VoicemailFolder;
use crate::voicemail::notice::Notice;
use crate::voicemail::vmbox::VoicemailBox;

use super::admin::{InboxAction, InboxPlan};
use super::apply::{self, Applied, Place};
use super::event::Event;
use super::plan::{self, Action, BoxPlan, Purpose, View, Wanted};
use super::report::{BoxReport, Deed, Refused};
use super::{Provisioning, catalogue, remarks};

/// How often an account is tried when connections break under it.
const ATTEMPTS: u32 = 3;

/// Provisions the boxes of one account. Never fails as such: what went wrong is in the reports,
/// one for each box.
pub fn run(
    work: &Provisioning<'_>,
    lane: &mut Lane<'_>,
    account: &Account,
    boxes: &[VoicemailBox],
) -> Vec<BoxReport> {
    let inbox = match plan_inbox(work, account) {
        Ok(inbox) => inbox,
        Err(error) => return not_looked_at(work, account, boxes, &error),
    };
    let looked = look(work, lane).and_then(|view| match inbox {
        Some(plan) => make_inbox(work, lane, account, &plan, view),
        None => Ok((view, None)),
    });
    let (view, refused) = match looked {
        Ok(looked) => looked,
        Err(error) => return not_looked_at(work, account, boxes, &Arc::new(error)),
    };
    let wanted = wanted(work, account);
    let plans = make_plans(work, account, boxes, &wanted, &view);
    show(work, &plans, &view);
    let applied = if work.options.dry_run {
        Ok(None)
    } else {
        let applied = apply_plans(work, lane, &plans);
        applied
            .map(Some)
            .map_err(|error| Arc::new(lane.explain(error)))
    };
    let place = Place {
        account,
        has_inbox: view.has_inbox(),
        administered: work.admins.is_some(),
    };
    let report = |plan| match (plan, &applied) {
        (Ok(plan), Ok(applied)) => {
            remark_on_uses(work, account, &plan, applied.as_ref());
            apply::report(&plan, applied.as_ref(), &place)
        }
        (Err((vmbox, error)), _) => failed_whole(vmbox, account, true, &error),
        (Ok(plan), Err(error)) => failed(plan, account, true, error),
    };
    with_inbox(plans.into_iter().map(report).collect(), refused.as_deref())
}

/// A plan, or the box there can be none for.
type Planned = Result<BoxPlan, (VoicemailBox, Arc<BoxError>)>;

/// What the administrator will do about the account's INBOX, where there is one to do that; shown.
fn plan_inbox(
    work: &Provisioning<'_>,
    account: &Account,
) -> Result<Option<InboxPlan>, Arc<BoxError>> {
    let Some(admins) = &work.admins else {
        return Ok(None);
    };
    let plan = admins.plan(account)?;
    work.observer.event(&Event::Inbox(&plan));
    Ok(Some(plan))
}

/// Has a missing INBOX made. Returns what the account is then, and why it has none.
///
/// Only now that its owner was let in: a misspelt `imapuser` must not become an account.
fn make_inbox(
    work: &Provisioning<'_>,
    lane: &mut Lane<'_>,
    account: &Account,
    plan: &InboxPlan,
    view: View,
) -> Result<(View, Option<String>), BoxError> {
    if view.has_inbox() {
        if plan.action != InboxAction::Keep {
            // So for every account of the server.
            let text = format!(
                "the server made the INBOX of {} by itself, without {}",
                account.user(),
                plan.administrator
            );
            let notice = Notice::new(&catalogue::AUTOCREATED, account.server(), text);
            work.tell_once(&notice, account.server());
        }
        return Ok((view, None));
    }
    let (Some(admins), InboxAction::Create, Some(name)) = (&work.admins, &plan.action, &plan.name)
    else {
        let why = match &plan.action {
            InboxAction::Unable(why) => why.clone(),
            _ => "it is there, but this login does not see it".to_owned(),
        };
        return Ok((view, Some(why)));
    };
    if work.options.dry_run {
        return Ok((view, None));
    }
    match admins.make(account, name) {
        Ok(()) => {
            lane.changed();
            Ok((look(work, lane)?, None))
        }
        Err(error) => Ok((view, Some(error.to_string()))),
    }
}

/// An INBOX that is missing, and could not be made, stands in every report of its account.
fn with_inbox(mut reports: Vec<BoxReport>, why: Option<&str>) -> Vec<BoxReport> {
    for report in &mut reports {
        report.counts.refused += u64::from(why.is_some());
        report.refused.extend(why.map(|why| Refused {
            folder: "INBOX".to_owned(),
            deed: Deed::Create,
            reason: why.to_owned(),
        }));
    }
    reports
}

fn look(work: &Provisioning<'_>, lane: &mut Lane<'_>) -> Result<View, BoxError> {
    let subscribe = work.options.wanted.subscribe;
    lane.ask(|session, overview| {
        // What does not exist is subscribed to anyway; asking first would cost as much.
        let ask = subscribe && overview.folders.iter().any(|one| !one.name.is_inbox());
        Ok(View {
            overview: overview.clone(),
            subscribed: if ask {
                session.subscriptions()?
            } else {
                std::collections::HashSet::new()
            },
        })
    })
}

/// What is wanted of this account: no rights that would take some from whoever Asterisk is there.
fn wanted(work: &Provisioning<'_>, account: &Account) -> Wanted {
    let logins: Vec<&str> = [Some(account.user()), account.auth_user()]
        .into_iter()
        .flatten()
        .collect();
    let (wanted, left_out) = work.options.wanted.sparing(&logins);
    for grant in left_out {
        let who = grant.identifier();
        let text = format!(
            "rights {grant} are not given: as {who} Asterisk stores and moves messages there, and \
             would have no other rights any more"
        );
        work.remark(&catalogue::OWN_RIGHTS, account.label(), text);
    }
    wanted
}

fn make_plans(
    work: &Provisioning<'_>,
    account: &Account,
    boxes: &[VoicemailBox],
    wanted: &Wanted,
    view: &View,
) -> Vec<Planned> {
    // A box without an entry is in no group that has an account.
    let known: Vec<&Mailbox> = boxes
        .iter()
        .filter_map(|one| work.conf.mailbox(one))
        .collect();
    let plans = plan::make(work.conf, account.label(), &known, wanted, view);
    let both = known.iter().zip(plans);
    both.map(|(mailbox, plan)| {
        plan.map_err(|error| (mailbox.vmbox.clone(), Arc::new(BoxError::Store(error))))
    })
    .collect()
}

/// Shows the plans, and remarks on what is odd about them.
fn show(work: &Provisioning<'_>, plans: &[Planned], view: &View) {
    for plan in plans.iter().flatten() {
        for folder in &plan.folders {
            if folder
                .purposes
                .contains(&Purpose::Named(VoicemailFolder::Old))
                && folder.action == Action::Create
            {
                work.tell_once(&remarks::on_old(), "");
            }
            if let (Some(found), Some(own)) =
                (folder.foreign_delimiter, view.overview.namespace.delimiter)
            {
                let text = format!(
                    "{} will be one folder of that name: the server's delimiter is {own:?}, not {found:?}",
                    folder.name
                );
                work.remark(&catalogue::FOREIGN_DELIMITER, &plan.vmbox.to_string(), text);
            }
        }
        work.observer.event(&Event::Planned(plan));
    }
}

/// Carries out the plans of one account together.
fn apply_plans(
    work: &Provisioning<'_>,
    lane: &mut Lane<'_>,
    plans: &[Planned],
) -> Result<Applied, BoxError> {
    let wishes: Vec<_> = plans.iter().flatten().flat_map(BoxPlan::wishes).collect();
    if wishes.is_empty() {
        return Ok(Applied::default());
    }
    let mut attempt = 1;
    loop {
        let once = |lane: &mut Lane<'_>| -> Result<Vec<FolderOutcome>, BoxError> {
            let (session, overview) = lane.session()?;
            Ok(session.provision(&wishes, overview)?)
        };
        match once(lane) {
            Ok(outcomes) => return Ok(Applied::new(outcomes, attempt > 1)),
            Err(error) if error.lost_connection() && attempt < ATTEMPTS && !work.stop.asked() => {
                lane.drop_session();
                let why = error.to_string();
                let account = lane.label();
                work.observer.event(&Event::Retrying { account, why: &why });
                attempt += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Reports of boxes whose account could not be looked at. A dry run is of use before the account
/// is: the plans are shown as for an empty one.
fn not_looked_at(
    work: &Provisioning<'_>,
    account: &Account,
    boxes: &[VoicemailBox],
    error: &Arc<BoxError>,
) -> Vec<BoxReport> {
    let view = View::unknown();
    let wanted = wanted(work, account);
    let plans = make_plans(work, account, boxes, &wanted, &view);
    if work.options.dry_run {
        show(work, &plans, &view);
    }
    let report = |plan| match plan {
        Ok(plan) => failed(plan, account, false, error),
        Err((vmbox, _)) => failed_whole(vmbox, account, false, error),
    };
    plans.into_iter().map(report).collect()
}

/// A report of a box whose account failed, before or after it was looked at.
fn failed(plan: BoxPlan, account: &Account, reached: bool, error: &Arc<BoxError>) -> BoxReport {
    let mut report = failed_whole(plan.vmbox, account, reached, error);
    for folder in plan.folders {
        match folder.action {
            Action::Keep => report.counts.existed += 1,
            Action::Refuse(reason) => {
                report.counts.refused += 1;
                report.refused.push(Refused {
                    folder: folder.name.to_string(),
                    deed: Deed::Create,
                    reason,
                });
            }
            Action::Create | Action::SharedWith(_) => report.counts.pending += 1,
        }
    }
    report
}

/// A report of a box of which nothing more is known.
fn failed_whole(
    vmbox: VoicemailBox,
    account: &Account,
    reached: bool,
    error: &Arc<BoxError>,
) -> BoxReport {
    let mut report = BoxReport::new(vmbox, Some(account.label().to_owned()));
    report.reached = reached;
    report.error = Some(Arc::clone(error));
    report
}

fn remark_on_uses(
    work: &Provisioning<'_>,
    account: &Account,
    plan: &BoxPlan,
    applied: Option<&Applied>,
) {
    for (name, why) in applied
        .map(|one| one.uses_refused(plan))
        .unwrap_or_default()
    {
        let text = format!("{name}: {why}");
        let row = &catalogue::SPECIAL_USE;
        let notice = Notice::new(row, account.server(), text);
        // Servers say the same for every account.
        work.tell_once(&notice, &format!("{} {why}", account.server()));
    }
}
