//! An audit as people and files read it; JSON lines and the monitoring line stand beside it.

mod explain;
mod json;
mod nagios;
mod repair;
mod table;

use crate::ui::words::{errors_in_conf, plural};
use std::fmt::Write as _;

use crate::ops::audit::Report;
use crate::ops::audit::finding::Finding;

use super::metrics::Metrics;
use super::sheet::{Cell, Head};

pub use explain::{explain, list};
pub use json::JsonView;
pub use nagios::{SERVICE, nagios};
pub use repair::{Done, RepairView};
pub use table::TextView;

/// What the run has found, for Prometheus.
#[must_use]
pub fn metrics(report: &Report) -> Metrics {
    let mut metrics = Metrics::default();
    let (errors, warnings, infos) = report.severities;
    metrics.gauge("vmimap_audit_findings", "Findings by severity.");
    for (severity, count) in [("error", errors), ("warning", warnings), ("info", infos)] {
        metrics.sample("vmimap_audit_findings", &[("severity", severity)], count);
    }
    metrics.gauge("vmimap_audit_findings_by_code", "Findings by code.");
    for (code, count) in &report.found {
        metrics.sample("vmimap_audit_findings_by_code", &[("code", code)], count);
    }
    metrics.gauge("vmimap_audit_messages", "Voicemails that were looked at.");
    metrics.sample("vmimap_audit_messages", &[], report.messages);
    metrics.gauge(
        "vmimap_audit_mailboxes_failed",
        "Mailboxes that could not be looked at.",
    );
    let failed = report.failures.boxes();
    metrics.sample("vmimap_audit_mailboxes_failed", &[], failed);
    metrics
}

/// The columns of findings, in tables and in files.
fn heads() -> Vec<Head> {
    vec![
        Head::text("code", "Code"),
        Head::text("kind", "Harm").spare(2),
        Head::file_only("severity"),
        Head::file_only("account"),
        Head::file_only("mailbox"),
        Head::table_only("Mailbox"),
        Head::text("folder", "Folder"),
        Head::file_only("uid_validity"),
        Head::number("uid", "UID"),
        Head::text("found", "Found"),
        Head::file_only("expected"),
        Head::file_only("asterisk"),
        Head::file_only("hint"),
    ]
}

fn text(text: &str) -> Cell {
    if text.is_empty() {
        Cell::Nothing
    } else {
        Cell::Text(text.to_owned())
    }
}

/// Whom people look for: the mailbox, else the account.
fn whose(finding: &Finding) -> String {
    let place = &finding.place;
    let mailbox = place.mailbox.as_ref().map(ToString::to_string);
    mailbox
        .or_else(|| place.account.as_deref().map(str::to_owned))
        .unwrap_or_default()
}

fn row(finding: &Finding) -> Vec<Cell> {
    let (rule, place) = (finding.rule, &finding.place);
    let mailbox = place.mailbox.as_ref().map(ToString::to_string);
    vec![
        text(rule.code()),
        text(rule.kind.as_str()),
        Cell::Text(rule.row.severity.to_string()),
        text(place.account.as_deref().unwrap_or_default()),
        text(&mailbox.unwrap_or_default()),
        text(&whose(finding)),
        text(place.folder.as_deref().unwrap_or_default()),
        Cell::count(place.uid_validity.map(|validity| validity.0.get().into())),
        Cell::count(place.uid.map(|uid| uid.0.get().into())),
        text(&finding.found),
        text(finding.expected()),
        text(rule.asterisk),
        text(rule.row.cure),
    ]
}

/// `1234 voicemails of 12 mailboxes looked at: 3 errors, 1 warning, 2 notes`
fn sum(report: &Report) -> String {
    let (errors, warnings, infos) = report.severities;
    let mut line = format!(
        "{} of {} looked at",
        plural(report.messages, "voicemail", "voicemails"),
        plural(report.mailboxes, "mailbox", "mailboxes"),
    );
    if report.recordings > 0 {
        // Writing to a String cannot fail.
        let _ = write!(
            line,
            ", {} listened to",
            plural(report.recordings, "recording", "recordings")
        );
    }
    let _ = write!(
        line,
        ": {}, {}, {}",
        plural(errors, "error", "errors"),
        plural(warnings, "warning", "warnings"),
        plural(infos, "note", "notes")
    );
    line
}

/// What was not looked at; `None` where nothing was left out.
fn incomplete(report: &Report) -> Option<String> {
    if report.complete() {
        return None;
    }
    let mut why = Vec::new();
    let failed = report.failures.boxes();
    if failed > 0 {
        let failed = plural(failed, "mailbox", "mailboxes");
        why.push(format!("{failed} could not be read wholly"));
    }
    if report.accounts_left > 0 {
        let left = plural(report.accounts_left, "account", "accounts");
        why.push(format!("{left} not begun"));
    }
    if report.input_errors > 0 {
        why.push(errors_in_conf(report.input_errors));
    }
    if let Some(signal) = report.interrupted {
        why.push(format!("interrupted by signal {signal}"));
    }
    Some(format!("Not complete: {}.", why.join(", ")))
}
