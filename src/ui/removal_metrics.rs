//! What a removal tells Prometheus: one run's numbers.

use crate::ops::expunge::report::RunReport;

use super::metrics::Metrics;

/// The metrics of a run of `verb`.
#[must_use]
pub fn metrics(verb: &str, report: &RunReport) -> Metrics {
    let mut metrics = Metrics::default();
    for (name, help, value) in numbers(report) {
        let name = format!("vmimap_{verb}_{name}");
        metrics.gauge(&name, help);
        metrics.sample(&name, &[], value);
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
