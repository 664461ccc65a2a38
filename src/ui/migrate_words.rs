//! The words of a migration for people: plan lines, table cells, the closing sentence.
//!
//! Values in, text out; nothing is printed here. Lines about one message fit 80 columns.

use std::collections::BTreeMap;

use crate::ops::migrate::plan::{Action, BoxPlan, Held, List, Octets, PlanItem, Skip};
use crate::ops::migrate::report::{BoxReport, Counts, Look, RunReport};

use super::migrate_greetings::{closing as greetings, not_done};
use super::sheet::moment;
use super::table::Column;
use super::words::{input_errors, plural, shortened};

/// `4123@default: 11 to append (5 new, 2 old, 1 urgent, 1 Work), 74 KiB; 3 already there`
pub(super) fn plan_line(plan: &BoxPlan) -> String {
    let mut lists: BTreeMap<List, u32> = BTreeMap::new();
    let (mut verify, mut there, mut removed, mut held) = (0_u64, 0_u64, 0_u64, 0_u64);
    let (mut update, mut changed) = (0_u64, 0_u64);
    for item in &plan.items {
        match &item.action {
            Action::Append => *lists.entry(List::of(item.placement)).or_default() += 1,
            Action::Verify(_) => verify += 1,
            Action::Update(_) => update += 1,
            Action::Skip(Skip::ChangedThere(_)) => changed += 1,
            Action::Skip(Skip::AlreadyThere(_) | Skip::NewerThere(_)) => there += 1,
            Action::Skip(Skip::RemovedSince) => removed += 1,
            Action::HoldBack(_) => held += 1,
        }
    }
    let appends: u32 = lists.values().sum();
    let mut parts = Vec::new();
    if appends > 0 {
        let lists: Vec<String> = lists
            .iter()
            .map(|(list, n)| format!("{n} {list}"))
            .collect();
        let more = if plan.later { " more" } else { "" };
        parts.push(format!(
            "{appends}{more} to append ({}), {}",
            lists.join(", "),
            Octets(plan.octets())
        ));
    } else if plan.items.is_empty() && plan.aside == Look::default() {
        parts.push("no messages".to_owned());
    } else {
        parts.push("nothing to append".to_owned());
    }
    let mut part = |n: u64, what: &str| {
        if n > 0 {
            parts.push(format!("{n} {what}"));
        }
    };
    part(update, "to put where the spool has them now");
    part(there, "already there");
    part(changed, "changed in IMAP since, left as they are");
    part(verify, "there, to be read back");
    part(
        removed,
        "removed by their owner since (--again appends them anew)",
    );
    part(held, "held back");
    part(plan.aside.lost, "unusable");
    part(plan.aside.waiting, "still changing");
    if plan.aside.errors > 0 {
        parts.push("not everything could be read".to_owned());
    }
    if !plan.create.is_empty() {
        let names: Vec<String> = plan.create.iter().map(ToString::to_string).collect();
        parts.push(format!("creates {}", names.join(", ")));
    }
    format!("{}: {}", plan.vmbox, parts.join("; "))
}

/// `4123@default: 3 messages held back: ...`, a line for each reason.
pub(super) fn held_lines(plan: &BoxPlan) -> Vec<String> {
    let mut reasons: BTreeMap<String, u64> = BTreeMap::new();
    for item in &plan.items {
        if let Action::HoldBack(why) = &item.action {
            *reasons.entry(why.to_string()).or_default() += 1;
        }
    }
    let line = |(why, n)| format!("{}: {} {why}", plan.vmbox, plural(n, "message", "messages"));
    reasons.into_iter().map(line).collect()
}

/// `  INBOX/msg0003   -> INBOX          2026-11-23T09:52:41Z   1s WAV 5.8 KiB append`
pub(super) fn item_line(item: &PlanItem) -> String {
    let candidate = &item.candidate;
    let voicemail = &candidate.voicemail;
    let when = moment(voicemail.origtime, true);
    let flags = match (item.placement.seen, item.placement.flagged) {
        (true, _) => " \\Seen",
        (_, true) => " \\Flagged",
        _ => "",
    };
    let elsewhere = |held: &Held| {
        if held.folder == item.target {
            String::new()
        } else {
            format!(", in {}", held.folder)
        }
    };
    let was = |held: &Held| {
        held.list
            .map_or_else(String::new, |list| format!(", is {list}"))
    };
    let action = match &item.action {
        Action::Append => "append".to_owned(),
        Action::Verify(held) => format!("verify{}", elsewhere(held)),
        Action::Update(held) => format!("update{}", was(held)),
        Action::Skip(Skip::ChangedThere(held)) => format!("left as it is{}", was(held)),
        Action::Skip(Skip::AlreadyThere(held) | Skip::NewerThere(held)) => {
            format!("there{}", elsewhere(held))
        }
        Action::Skip(Skip::RemovedSince) => "removed since".to_owned(),
        Action::HoldBack(why) => why.to_string(),
    };
    format!(
        "  {:<15} -> {:<14} {when} {:>3}s {:<3} {:>7} {action}",
        format!("{}/msg{:04}", candidate.folder, candidate.number),
        format!("{}{flags}", item.target),
        voicemail.duration,
        voicemail.format.extension(),
        Octets(candidate.octets).to_string(),
    )
}

pub(super) fn columns(dry_run: bool) -> Vec<Column> {
    let numeric = |title| Column {
        title,
        numeric: true,
    };
    let mut columns = vec![Column {
        title: "Mailbox",
        numeric: false,
    }];
    columns.push(numeric(if dry_run { "To append" } else { "Appended" }));
    columns.extend([numeric("There"), numeric("Not done"), numeric("Size")]);
    columns.push(Column {
        title: "Asterisk will count",
        numeric: false,
    });
    columns
}

pub(super) fn cells(report: &BoxReport) -> Vec<String> {
    let counts = &report.counts;
    let lists: Vec<String> = report
        .lists
        .iter()
        .filter(|(_, n)| **n > 0)
        .map(|(list, n)| format!("{n} {list}"))
        .collect();
    vec![
        shortened(&report.vmbox.to_string()),
        counts.appended.to_string(),
        counts.skipped.to_string(),
        match not_done(counts) + not_done(&report.greetings) {
            0 if report.look.errors > 0 => "?".to_owned(),
            n => n.to_string(),
        },
        Octets(counts.octets).to_string(),
        if lists.is_empty() {
            "-".to_owned()
        } else {
            lists.join(", ")
        },
    ]
}

pub(super) fn total(run: &RunReport) -> Vec<String> {
    vec![
        plural(run.boxes, "mailbox", "mailboxes"),
        run.counts.appended.to_string(),
        run.counts.skipped.to_string(),
        (not_done(&run.counts) + not_done(&run.greetings)).to_string(),
        Octets(run.counts.octets).to_string(),
        String::new(),
    ]
}

/// What became of copies whose messages have changed in the spool.
fn following(counts: &Counts, dry_run: bool) -> Vec<String> {
    let mut sentences = Vec::new();
    if counts.updated > 0 {
        let messages = plural(counts.updated, "message", "messages");
        let put = if dry_run { "would be put" } else { "put" };
        let them = if counts.updated == 1 { "it" } else { "them" };
        sentences.push(format!("{messages} {put} where the spool has {them} now."));
    }
    if counts.gone > 0 {
        let are = if counts.gone == 1 { "is" } else { "are" };
        sentences.push(format!(
            "{} in IMAP {are} no longer in the spool: migrate --prune.",
            plural(counts.gone, "message", "messages")
        ));
    }
    sentences
}

/// The one sentence that says how it went.
pub(super) fn closing_line(run: &RunReport, dry_run: bool, run_id: Option<&str>) -> String {
    let counts = &run.counts;
    let line = match (dry_run, counts.appended) {
        (true, 0) => "Dry run: no message would be appended; nothing was sent.".to_owned(),
        (true, n) => {
            let messages = plural(n, "message", "messages");
            format!("Dry run: {messages} would be appended; nothing was sent.")
        }
        (false, 0) if !run.complete() => "No message was appended.".to_owned(),
        (false, 0) => "Nothing to append; no message was sent.".to_owned(),
        (false, n) if run.unverified => {
            let messages = plural(n, "message", "messages");
            format!("{messages} appended, not read back (--no-verify).")
        }
        (false, n) => format!(
            "{} appended and read back.",
            plural(n, "message", "messages")
        ),
    };
    let mut left = Vec::new();
    let mut part = |n: u64, what: &str| {
        if n > 0 {
            left.push(format!("{n} {what}"));
        }
    };
    let boxes = |n: u64| if n == 1 { "mailbox" } else { "mailboxes" };
    part(counts.failed, "failed");
    part(counts.held_back, "held back");
    part(counts.deferred, "still changing");
    part(counts.pending, "not reached");
    let failed = run.failures.boxes();
    part(failed, &format!("{} not finished", boxes(failed)));
    part(
        run.boxes_left,
        &format!("{} not begun", boxes(run.boxes_left)),
    );
    part(run.input_errors, input_errors(run.input_errors));
    let mut sentences = vec![line];
    if run.interrupted.is_some() && !left.is_empty() {
        sentences.push("Interrupted; the next run goes on from here.".to_owned());
    }
    if !left.is_empty() {
        sentences.push(format!("Incomplete: {}.", left.join(", ")));
    }
    sentences.extend(greetings(run, dry_run));
    sentences.extend(following(counts, dry_run));
    if counts.removed > 0 {
        sentences.push(format!(
            "{} removed by their owners since; left alone.",
            counts.removed
        ));
    }
    sentences.extend(run_id.map(|id| format!("Run {id}.")));
    sentences.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voicemail::vmbox::VoicemailBox;

    #[test]
    fn an_incomplete_run_never_says_that_there_was_nothing_to_do() {
        let mut run = RunReport::default();
        let line = |run: &RunReport| closing_line(run, false, None);
        assert_eq!(line(&run), "Nothing to append; no message was sent.");
        run.counts.pending = 2;
        assert_eq!(
            line(&run),
            "No message was appended. Incomplete: 2 not reached."
        );
        run.interrupted = Some(2);
        assert_eq!(
            line(&run),
            "No message was appended. Interrupted; the next run goes on from here. \
             Incomplete: 2 not reached."
        );
    }

    #[test]
    fn a_plan_line_says_what_the_plan_leaves_out() {
        let mut plan = BoxPlan::empty(VoicemailBox::new("1", "a"));
        assert_eq!(plan_line(&plan), "1@a: no messages");
        plan.aside = Look {
            lost: 2,
            waiting: 1,
            errors: 1,
        };
        assert_eq!(
            plan_line(&plan),
            "1@a: nothing to append; 2 unusable; 1 still changing; not everything could be read"
        );
    }

    #[test]
    fn a_long_name_does_not_widen_the_table() {
        assert_eq!(shortened("4123@default"), "4123@default");
        assert_eq!(shortened(&"é".repeat(300)).chars().count(), 40);
    }
}
