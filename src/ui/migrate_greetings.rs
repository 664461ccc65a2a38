//! The words of a migration about greetings. Values in, text out.

use crate::ops::migrate::greetings::plan::GreetingPlan;
use crate::ops::migrate::plan::{Action, Octets, PlanItem, Skip};
use crate::ops::migrate::report::{Counts, RunReport};

use super::sheet::moment;
use super::words::plural;

/// `4123@default greetings: 4 to append to Greetings, 23 KiB; 1 held back`
pub(super) fn plan_line(plan: &GreetingPlan) -> String {
    let count = |wanted: fn(&Action) -> bool| {
        let items = plan.plan.items.iter();
        items.filter(|item| wanted(&item.action)).count() as u64
    };
    let appends = count(|action| *action == Action::Append);
    let mut parts = Vec::new();
    if let Some(item) = plan.plan.appends().next() {
        let octets = Octets(plan.plan.octets());
        parts.push(format!("{appends} to append to {}, {octets}", item.target));
    }
    for (n, what) in [
        (
            count(|action| matches!(action, Action::Skip(Skip::AlreadyThere(_)))),
            "already there",
        ),
        (
            count(|action| matches!(action, Action::Verify(_))),
            "there, to be read back",
        ),
        (
            count(|action| matches!(action, Action::Skip(Skip::NewerThere(_)))),
            "recorded anew since, left alone",
        ),
        (
            count(|action| matches!(action, Action::Skip(Skip::RemovedSince))),
            "removed by their owner since (--again appends them anew)",
        ),
        (plan.replaced.len() as u64, "to replace older ones"),
        (
            count(|action| matches!(action, Action::HoldBack(_))),
            "held back",
        ),
    ] {
        if n > 0 {
            parts.push(format!("{n} {what}"));
        }
    }
    if !plan.plan.create.is_empty() {
        let names: Vec<String> = plan.plan.create.iter().map(ToString::to_string).collect();
        parts.push(format!("creates {}", names.join(", ")));
    }
    format!("{} greetings: {}", plan.plan.vmbox, parts.join("; "))
}

/// Whether the item's line is shown to everybody, not only on request: it says why something is not
/// done, or what goes.
pub(super) fn matters(plan: &GreetingPlan, item: &PlanItem) -> bool {
    matches!(item.action, Action::HoldBack(_)) || plan.olds_of(item) > 0
}

/// `  unavail         -> Greetings       2026-11-23T09:52:41Z   1s WAV 5.8 KiB append`
pub(super) fn item_line(plan: &GreetingPlan, item: &PlanItem) -> String {
    let candidate = &item.candidate;
    let voicemail = &candidate.voicemail;
    let mut action = match &item.action {
        Action::Append => "append".to_owned(),
        Action::Verify(_) => "verify".to_owned(),
        // Only messages are in lists, and follow them.
        Action::Update(_) | Action::Skip(Skip::AlreadyThere(_) | Skip::ChangedThere(_)) => {
            "there".to_owned()
        }
        Action::Skip(Skip::NewerThere(held)) => format!("newer there (UID {})", held.uid),
        Action::Skip(Skip::RemovedSince) => "removed since".to_owned(),
        Action::HoldBack(why) => why.to_string(),
    };
    let olds = plan.replaced.iter();
    let olds = olds.filter(|one| one.key == candidate.key);
    let olds = olds.flat_map(|one| &one.olds);
    let olds: Vec<String> = olds.map(|old| old.uid.to_string()).collect();
    if !olds.is_empty() {
        action = format!("{action}, then remove UID {}", olds.join(", "));
    }
    format!(
        "  {:<14} -> {:<15} {} {:>3}s {:<3} {:>7} {action}",
        voicemail
            .greeting
            .map(|kind| kind.to_string())
            .unwrap_or_default(),
        item.target.to_string(),
        moment(voicemail.origtime, true),
        voicemail.duration,
        voicemail.format.extension(),
        Octets(candidate.octets).to_string(),
    )
}

/// How many of messages or greetings were not done.
pub(super) fn not_done(counts: &Counts) -> u64 {
    counts.failed + counts.held_back + counts.deferred + counts.pending
}

/// The sentence about greetings at the end; `None` where there were none.
pub(super) fn closing(run: &RunReport, dry_run: bool) -> Option<String> {
    let counts = &run.greetings;
    let greetings = |n| plural(n, "greeting", "greetings");
    let appended = if dry_run {
        "would be appended"
    } else if run.unverified {
        "appended, not read back"
    } else {
        "appended and read back"
    };
    let parts = [
        (counts.appended, appended.to_owned()),
        (counts.skipped, "already there".to_owned()),
        (run.replaced, "in the place of older ones".to_owned()),
        (counts.removed, "removed by their owners since".to_owned()),
        (not_done(counts), "not done".to_owned()),
    ];
    let mut said = parts.into_iter().filter(|(n, _)| *n > 0);
    let (first, what) = said.next()?;
    let rest = said.map(|(n, what)| format!(", {n} {what}"));
    Some(format!(
        "{} {what}{}.",
        greetings(first),
        rest.collect::<String>()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_sentence_counts_greetings_and_says_nothing_of_none() {
        let mut run = RunReport::default();
        assert_eq!(closing(&run, false), None);
        run.greetings.appended = 1;
        run.greetings.held_back = 2;
        assert_eq!(
            closing(&run, false).unwrap(),
            "1 greeting appended and read back, 2 not done."
        );
        assert_eq!(
            closing(&run, true).unwrap(),
            "1 greeting would be appended, 2 not done."
        );
    }
}
