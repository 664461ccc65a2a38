//! What a removal tells Prometheus: one run's numbers, and whether all went well.

use crate::exit::Exit;
use crate::ops::expunge::report::RunReport;

use super::metrics::Metrics;

/// The metrics of a run; without a report where it failed as a whole.
#[must_use]
pub fn metrics(report: Option<&RunReport>, exit: Exit) -> Metrics {
    let mut metrics = Metrics::default();
    let mut gauge = |name: &str, help: &str, value: u64| {
        metrics.gauge(name, help);
        metrics.sample(name, &[], value);
    };
    let now = u64::try_from(jiff::Timestamp::now().as_second()).unwrap_or_default();
    gauge(
        "vmimap_expire_last_run_timestamp_seconds",
        "When the last run ended, Unix seconds.",
        now,
    );
    gauge(
        "vmimap_expire_exit_status",
        "Its exit status; 0 is complete.",
        exit.code().into(),
    );
    for (name, help, value) in report.map(numbers).into_iter().flatten() {
        gauge(&format!("vmimap_expire_{name}"), help, value);
    }
    metrics
}

/// Name, meaning and value.
fn numbers(report: &RunReport) -> [(&'static str, &'static str, u64); 10] {
    [
        ("mailboxes", "Mailboxes that were selected.", report.boxes),
        (
            "mailboxes_failed",
            "Mailboxes that were not finished.",
            report.failures.boxes(),
        ),
        (
            "messages_looked_at",
            "Messages that were judged.",
            report.messages,
        ),
        (
            "messages_planned",
            "Messages that were to go.",
            report.tally.planned,
        ),
        (
            "messages_removed",
            "Messages that were removed or moved to the trash.",
            report.tally.removed,
        ),
        ("bytes_removed", "Octets of those.", report.tally.octets),
        (
            "messages_left",
            "Messages that were to go and are not known to be gone.",
            report.tally.busy + report.tally.refused + report.tally.left,
        ),
        (
            "messages_marked_by_others",
            "Messages with \\\\Deleted in the same folders that were not touched.",
            report.marked_by_others,
        ),
        (
            "messages_maybe_marked",
            "Messages that may still carry a mark that was set by the run.",
            report.may_be_marked,
        ),
        (
            "marks_not_back",
            "Others' messages that lack a mark that was taken off.",
            report.marks_not_back,
        ),
    ]
}
