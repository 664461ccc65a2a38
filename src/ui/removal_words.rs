//! The sentences of a removal: plans, messages, and what became of them.

use std::fmt::Write as _;

use crate::ops::expunge::message::{Message, State};
use crate::ops::expunge::plan::{AccountPlan, FolderPlan};
use crate::ops::expunge::report::Tally;
use crate::ops::expunge::{Plans, Way};
use crate::ops::octets::Octets;

use super::sheet::moment;
use super::words::plural;

/// `1 message`, `2 messages`.
pub(super) fn count(n: u64, what: &str) -> String {
    let ending = if what.ends_with('x') { "es" } else { "s" };
    plural(n, what, &format!("{what}{ending}"))
}

/// `4123@default: 3 of 12 messages, 24 KiB (INBOX 2, Work 1)`
pub(super) fn box_line(plan: &AccountPlan, at: usize) -> String {
    let one = &plan.boxes[at];
    let folders: Vec<String> = plan
        .folders
        .iter()
        .filter_map(|folder| {
            let ours = folder.items.iter().filter(|item| item.vmbox == at).count();
            (ours > 0).then(|| format!("{} {ours}", folder.name))
        })
        .collect();
    let of = count(one.messages, "message");
    let start = format!("{}: {} of {of}", one.vmbox, one.remove);
    if folders.is_empty() {
        return start;
    }
    format!("{start}, {} ({})", Octets(one.octets), folders.join(", "))
}

/// One message, on a line of its own.
pub(super) fn message_line(folder: &str, message: &Message, verb: &str) -> String {
    let when = message.origtime.map(|second| moment(second, false));
    let when = when.map_or_else(|| "no Orig-time".to_owned(), |when| to_the_minute(&when));
    let duration = message.duration.map_or_else(
        || "?".to_owned(),
        |seconds| format!("{}:{:02}", seconds / 60, seconds % 60),
    );
    let marked = if message.flags.deleted {
        " \\Deleted"
    } else {
        ""
    };
    format!(
        "  {verb}{:<10} {when:<16} {duration:>5} {:>8} {:<6} {}{marked}",
        format!("{folder} {}", message.uid),
        Octets(message.size).to_string(),
        State::of(message.flags).as_str(),
        caller(message),
    )
}

/// `2026-11-23T09:54:44+01:00` is longer than a line has room for.
fn to_the_minute(moment: &str) -> String {
    moment
        .chars()
        .take(16)
        .collect::<String>()
        .replace('T', " ")
}

fn caller(message: &Message) -> String {
    let (name, number) = (&message.caller_name, &message.caller_number);
    match (name.is_empty(), number.is_empty()) {
        (true, true) => "unknown caller".to_owned(),
        (true, false) => format!("<{number}>"),
        (false, true) => name.clone(),
        (false, false) => format!("{name} <{number}>"),
    }
}

/// What others have marked in a folder.
pub(super) fn marked_line(plan: &AccountPlan, folder: &FolderPlan) -> Option<String> {
    let account = plan.account.as_ref()?.label();
    let what = match (folder.lifts, folder.marked_by_others) {
        (_, 0) => return None,
        (false, _) => "will not be touched",
        (true, 1) => "loses that mark for a moment (no UIDPLUS)",
        (true, _) => "lose that mark for a moment (no UIDPLUS)",
    };
    let others = count(folder.marked_by_others, "other message");
    Some(format!(
        "{} of {account}: {others} with \\Deleted {what}",
        folder.name
    ))
}

/// `removed for good`, `moved to Trash`
pub(super) fn done_how(way: &Way) -> String {
    match way {
        Way::Expunge => "removed for good".to_owned(),
        Way::Move { trash } => format!("moved to {trash}"),
        Way::Purge { trash, .. } => format!("removed for good from {trash}"),
    }
}

/// The sum of the plans.
pub(super) fn plans_line(plans: &Plans, way: &Way, dry_run: bool) -> String {
    let remove = plans.remove();
    let boxes = plans.accounts.iter().flat_map(|one| &one.boxes);
    let boxes = boxes.filter(|one| one.remove > 0).count() as u64;
    let nothing = if dry_run { "; nothing was changed" } else { "" };
    let start = if dry_run { "Dry run: " } else { "" };
    let be = match (dry_run, remove) {
        (true, _) => "would be",
        (false, 1) => "is to be",
        (false, _) => "are to be",
    };
    format!(
        "{start}{remove} of {} looked at, in {}, {}, {be} {}{nothing}.",
        count(plans.messages(), "message"),
        count(boxes, "mailbox"),
        Octets(plans.octets()),
        done_how(way),
    )
}

/// What became of it: `11 messages removed for good, 70 KiB.`
pub(super) fn result_line(tally: &Tally, way: &Way) -> String {
    let mut line = format!(
        "{} {}, {}",
        count(tally.removed, "message"),
        done_how(way),
        Octets(tally.octets)
    );
    for (n, what) in [
        (tally.gone, "gone before"),
        (tally.changed, "changed meanwhile and left alone"),
        (tally.busy, "left alone because the folder is in use"),
        (tally.refused, "not removed by the server"),
        (tally.left, "not done, or not known to be done"),
    ] {
        if n > 0 {
            // Writing to a String cannot fail.
            let _ = write!(line, "; {n} {what}");
        }
    }
    line.push('.');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_and_messages_have_their_plurals() {
        assert_eq!(count(1, "message"), "1 message");
        assert_eq!(count(0, "message"), "0 messages");
        assert_eq!(count(2, "mailbox"), "2 mailboxes");
    }

    #[test]
    fn what_was_not_done_is_told() {
        let tally = Tally {
            planned: 4,
            removed: 1,
            octets: 10,
            busy: 3,
            ..Tally::default()
        };
        assert_eq!(
            result_line(&tally, &Way::Expunge),
            "1 message removed for good, 10 B; 3 left alone because the folder is in use."
        );
    }
}
