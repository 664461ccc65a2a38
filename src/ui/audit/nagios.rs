//! An audit as one line for monitoring systems.

use crate::ops::audit::Report;
use crate::ui::Ui;
use crate::ui::nagios::{self, Perf, Status};

use super::{incomplete, sum};

/// The service's name in the line.
pub const SERVICE: &str = "VMIMAP AUDIT";

/// Writes the line and says how the check went: critical with errors, unknown where something was
/// not looked at, warning with warnings.
pub fn nagios(ui: &Ui, report: &Report) -> Status {
    let (errors, warnings, infos) = report.severities;
    let status = if errors > 0 {
        Status::Critical
    } else if !report.complete() {
        Status::Unknown
    } else if warnings > 0 {
        Status::Warning
    } else {
        Status::Ok
    };
    let mut text = sum(report);
    if let Some(line) = incomplete(report) {
        text = format!("{line} {text}");
    }
    let codes: Vec<String> = report
        .found
        .iter()
        .map(|(code, count)| format!("{count} {code}"))
        .collect();
    if !codes.is_empty() {
        text = format!("{text} ({})", codes.join(", "));
    }
    let perf = [
        Perf::plain("messages", report.messages, ""),
        Perf::plain("errors", errors, ""),
        Perf::plain("warnings", warnings, ""),
        Perf::plain("notes", infos, ""),
        Perf::plain("mailboxes_failed", report.failures.boxes(), ""),
    ];
    nagios::write(ui, SERVICE, status, &text, &perf);
    status
}
