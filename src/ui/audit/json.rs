//! An audit as JSON lines (`docs/json.md`).

use serde_json::{Value, json};

use super::Done;
use crate::exit::Exit;
use crate::ops::audit::finding::Finding;
use crate::ops::audit::{Event, Observer, Report};
use crate::ops::lamps;
use crate::ui::Ui;
use crate::ui::json::line;

/// Writes JSON lines as things are found.
pub struct JsonView<'a> {
    ui: &'a Ui,
}

impl<'a> JsonView<'a> {
    /// A view.
    #[must_use]
    pub fn new(ui: &'a Ui) -> Self {
        Self { ui }
    }

    /// Writes the summary, the last line.
    pub fn finish(&self, report: &Report, done: &Done, exit: Exit) {
        let lit = done.lamps.as_ref().is_none_or(lamps::Report::complete);
        let (errors, warnings, infos) = report.severities;
        let fields = json!({
            "mailboxes": report.mailboxes,
            "mailboxes_failed": report.failures.boxes(),
            "accounts": report.accounts,
            "accounts_left": report.accounts_left,
            "messages": report.messages,
            "other_mail": report.other_mail,
            "recordings": report.recordings,
            "findings": report.findings(),
            "errors": errors,
            "warnings": warnings,
            "infos": infos,
            "codes": report.found,
            "input_errors": report.input_errors,
            "complete": report.complete() && lit,
            "interrupted": report.interrupted,
            "repairs": done.repairs,
            "lamps": done.lamps,
            "exit": exit.code(),
        });
        line(self.ui, "summary", fields);
    }
}

fn finding(finding: &Finding) -> Value {
    let (rule, place) = (finding.rule, &finding.place);
    json!({
        "code": rule.code(),
        "kind": rule.kind,
        "severity": rule.row.severity,
        "account": place.account.as_deref(),
        "mailbox": place.mailbox,
        "folder": place.folder.as_deref(),
        "uid_validity": place.uid_validity,
        "uid": place.uid,
        "title": rule.row.title,
        "found": finding.found,
        "expected": finding.expected(),
        "asterisk": rule.asterisk,
        "hint": rule.row.cure,
    })
}

impl Observer for JsonView<'_> {
    fn event(&self, event: &Event<'_>) {
        match event {
            Event::Started(_) | Event::Done(_) => {}
            Event::Found(findings) => {
                for one in *findings {
                    line(self.ui, "finding", finding(one));
                }
            }
            Event::Failed(vmbox, why) => {
                let fields = json!({ "mailbox": vmbox, "reason": why });
                line(self.ui, "failure", fields);
            }
        }
    }
}
