//! The words of an export about greetings. Values in, text out.

use crate::ops::export::greetings::GreetingFailure;
use crate::ops::export::greetings::plan::{Action, GreetingPlan, Item};
use crate::ops::export::plan::Skip;
use crate::ops::export::report::Tally;
use crate::ops::octets::Octets;

/// How many greetings of a plan meet which fate.
pub(super) fn tally(items: &[&Item]) -> Tally {
    let mut tally = Tally::default();
    for item in items {
        tally.selected += 1;
        match &item.action {
            Action::Write => {
                tally.written += 1;
                tally.octets += item.size;
            }
            Action::Compare => tally.compared += 1,
            Action::Skip(Skip::There) => tally.there += 1,
            Action::Skip(Skip::RemovedSince) => tally.removed_since += 1,
            Action::Fail(_) => tally.failed += 1,
        }
    }
    tally
}

/// `  write    Greetings UID 4 -> default/4123/busy.WAV (5.8 KiB)`
pub(super) fn item_line(plan: &GreetingPlan, item: &Item) -> String {
    let verb = match &item.action {
        Action::Write => "write",
        Action::Compare => "compare",
        Action::Skip(Skip::There) => "there",
        Action::Skip(Skip::RemovedSince) => "removed",
        Action::Fail(_) => "cannot",
    };
    let why = match &item.action {
        Action::Fail(why) => format!(": {why}"),
        _ => String::new(),
    };
    format!(
        "  {verb:<8} {} UID {} -> {} ({}){why}",
        plan.source.0,
        item.uid,
        plan.path(item),
        Octets(item.size),
    )
}

/// `4123@default: greeting busy (Greetings 4): another busy.WAV is there, and is not replaced`
pub(super) fn failure(failure: &GreetingFailure) -> String {
    format!(
        "{}: greeting {} ({} {}): {}",
        failure.mailbox, failure.greeting, failure.imap_folder, failure.uid, failure.reason
    )
}
