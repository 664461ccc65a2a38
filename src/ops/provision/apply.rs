//! From what the server made of an account's wishes to the report of each of its boxes.
//!
//! Sends nothing itself; [`Session::provision`](crate::mailstore::session::Session::provision) does.

use std::collections::HashMap;

use crate::mailstore::name::MailboxName;
use crate::mailstore::session::{FolderOutcome, Made, Step};
use crate::mailstore::types::Refusal;
use crate::ops::account::Account;
use crate::ops::error::master_hint;

use super::plan::{Action, BoxPlan, PlannedFolder};
use super::report::{BoxReport, Deed, Refused};

/// What the server made of an account's wishes.
#[derive(Debug, Default)]
pub struct Applied {
    outcomes: HashMap<MailboxName, FolderOutcome>,
    /// Whether some were sent before, over a connection that broke: what is there already may be
    /// this run's own work.
    repeated: bool,
}

/// What is known of the account besides.
pub struct Place<'a> {
    /// The account.
    pub account: &'a Account,
    /// Whether it has an INBOX.
    pub has_inbox: bool,
    /// Whether an administrator was asked to make one.
    pub administered: bool,
}

impl Applied {
    /// The outcomes by folder.
    #[must_use]
    pub fn new(outcomes: Vec<FolderOutcome>, repeated: bool) -> Self {
        let by_name = outcomes.into_iter().map(|one| (one.name.clone(), one));
        Self {
            outcomes: by_name.collect(),
            repeated,
        }
    }

    /// The folders of a plan that were made without the use asked for, and why.
    #[must_use]
    pub fn uses_refused(&self, plan: &BoxPlan) -> Vec<(String, String)> {
        let asked = plan.folders.iter().filter(|one| one.special_use.is_some());
        asked
            .filter_map(|one| {
                let outcome = self.outcomes.get(&one.name)?;
                let why = match &outcome.special_use {
                    Step::NotOffered => "the server does not offer CREATE-SPECIAL-USE".to_owned(),
                    Step::Refused(refusal) => refusal.to_string(),
                    _ => return None,
                };
                Some((one.name.to_string(), why))
            })
            .collect()
    }
}

/// What became of a box; of what would become, where nothing was applied.
#[must_use]
pub fn report(plan: &BoxPlan, applied: Option<&Applied>, place: &Place<'_>) -> BoxReport {
    let mut report = BoxReport::new(plan.vmbox.clone(), Some(plan.account.clone()));
    report.reached = true;
    for folder in &plan.folders {
        let outcome = applied.and_then(|one| one.outcomes.get(&folder.name));
        let repeated = applied.is_some_and(|one| one.repeated);
        match &folder.action {
            Action::Refuse(reason) => refuse(&mut report, folder, Deed::Create, reason.clone()),
            Action::SharedWith(owner) => match outcome.and_then(|one| not_made(one, place)) {
                Some(why) => {
                    let why = format!("{why} (shared with {owner})");
                    refuse(&mut report, folder, Deed::Create, why);
                }
                None => report.counts.existed += 1,
            },
            Action::Create | Action::Keep if applied.is_none() => {
                planned(&mut report, plan, folder);
            }
            Action::Create | Action::Keep => match outcome {
                Some(outcome) => own(&mut report, plan, folder, outcome, repeated, place),
                None => report.counts.existed += 1,
            },
        }
    }
    report
}

/// What a dry run would do about a folder.
fn planned(report: &mut BoxReport, plan: &BoxPlan, folder: &PlannedFolder) {
    if folder.action == Action::Create {
        report.counts.created += 1;
        report.created.push(folder.name.to_string());
    } else {
        report.counts.existed += 1;
    }
    if folder.subscribe {
        report.counts.subscribed += 1;
        report.subscribed.push(folder.name.to_string());
    }
    report.counts.granted += plan.acl.len() as u64;
}

/// What became of a folder that something was wished of.
fn own(
    report: &mut BoxReport,
    plan: &BoxPlan,
    folder: &PlannedFolder,
    outcome: &FolderOutcome,
    repeated: bool,
    place: &Place<'_>,
) {
    if let Some(why) = not_made(outcome, place) {
        refuse(report, folder, Deed::Create, why);
        return;
    }
    let name = folder.name.to_string();
    let earlier = repeated && folder.action == Action::Create;
    if outcome.folder == Made::Created || earlier {
        report.counts.created += 1;
        report.created.push(name.clone());
    } else {
        report.counts.existed += 1;
    }
    match &outcome.subscription {
        Step::Done => {
            report.counts.subscribed += 1;
            report.subscribed.push(name);
        }
        Step::Already if repeated => {
            report.counts.subscribed += 1;
            report.subscribed.push(name);
        }
        Step::Refused(refusal) => {
            refuse(report, folder, Deed::Subscribe, words(refusal, place));
        }
        _ => {}
    }
    for (grant, step) in plan.acl.iter().zip(&outcome.acl) {
        let deed = || Deed::Grant(grant.to_string());
        match step {
            Step::Done => report.counts.granted += 1,
            Step::NotOffered => {
                let why = "the server has no ACL".to_owned();
                refuse(report, folder, deed(), why);
            }
            Step::Refused(refusal) => refuse(report, folder, deed(), words(refusal, place)),
            _ => {}
        }
    }
}

fn refuse(report: &mut BoxReport, folder: &PlannedFolder, deed: Deed, reason: String) {
    if deed == Deed::Create {
        report.counts.refused += 1;
    } else {
        report.counts.steps_refused += 1;
    }
    report.refused.push(Refused {
        folder: folder.name.to_string(),
        deed,
        reason,
    });
}

/// Why a folder is not there, if it is not.
fn not_made(outcome: &FolderOutcome, place: &Place<'_>) -> Option<String> {
    match &outcome.folder {
        Made::Created | Made::Existed => None,
        // Only folders that were listed a moment ago are not to be made.
        Made::Missing => Some("it is gone since it was listed".to_owned()),
        Made::Refused(refusal) => Some(words(refusal, place)),
        Made::NoChildrenBelow(parent, refusal) => Some(format!(
            "{refusal}; {parent} holds messages, and such a folder can have none below it on this server"
        )),
    }
}

/// The server's words, and what may be behind them.
fn words(refusal: &Refusal, place: &Place<'_>) -> String {
    let forbidden = refusal.code.as_deref() == Some("NOPERM")
        || refusal.text.to_ascii_lowercase().contains("permission");
    let master = place.account.auth_user().filter(|_| forbidden);
    match (master, place.has_inbox) {
        (Some(master), true) => format!("{refusal}; {}", master_hint(master)),
        (Some(master), false) => format!(
            "{refusal}; the account has no INBOX{}, or {}",
            way_to_inbox(place),
            master_hint(master)
        ),
        (None, false) => format!("{refusal}; the account has no INBOX{}", way_to_inbox(place)),
        (None, true) => refusal.to_string(),
    }
}

fn way_to_inbox(place: &Place<'_>) -> &'static str {
    if place.administered {
        ""
    } else {
        ", which the server's administrator has to make first (--as-admin USER)"
    }
}
