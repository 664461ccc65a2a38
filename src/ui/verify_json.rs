//! A verification as JSON lines (`docs/json.md`).

use serde_json::{Value, json};

use crate::exit::Exit;
use crate::ops::verify::report::{BoxReport, RunReport, Verdict};
use crate::ops::verify::sample::Sample;
use crate::ops::verify::{Message, Told, Watcher};

use super::Ui;
use super::json::{line, merge, notice};

/// Writes a verification as JSON lines.
pub struct JsonView<'a> {
    ui: &'a Ui,
    sample: Option<Sample>,
}

impl<'a> JsonView<'a> {
    /// A view that writes through `ui`.
    #[must_use]
    pub fn new(ui: &'a Ui, sample: Option<Sample>) -> Self {
        Self { ui, sample }
    }

    /// Writes the summary, the last line.
    pub fn finish(&self, run: &RunReport, exit: Exit) {
        let mut fields = json!({
            "sample": self.sample.map(|sample| sample.size.to_string()),
            "seed": self.sample.map(|sample| sample.seed),
            "mailboxes": run.boxes,
            "mailboxes_failed": run.failures.boxes(),
            "mailboxes_left": run.boxes_left,
            "input_errors": run.input_errors,
            "spool": run.counts.spool(),
            "without_source": run.without_source,
            "complete": run.complete(),
            "interrupted": run.interrupted,
            "exit": exit.code(),
        });
        merge(&mut fields, &run.counts);
        line(self.ui, "summary", fields);
    }
}

fn message(message: &Message<'_>) -> Value {
    let (verdict, reason) = match message.verdict {
        Verdict::Same { .. } => ("same", None),
        Verdict::Differs(why) => ("differs", Some(why)),
        Verdict::Missing(why) => ("missing", Some(why)),
        Verdict::NotComparable(why) => ("not_comparable", Some(why)),
        Verdict::LeftOut => ("left_out", None),
        Verdict::Pending => ("pending", None),
    };
    json!({
        "mailbox": message.vmbox,
        "folder": message.folder,
        "number": message.number,
        "key": message.candidate.map(|one| &one.key),
        "sha256": message.candidate.map(|one| one.digest),
        "verdict": verdict,
        "heard": matches!(message.verdict, Verdict::Same { heard: true }),
        "reason": reason,
    })
}

fn box_fields(report: &BoxReport) -> Value {
    let mut fields = json!({
        "mailbox": report.vmbox,
        "complete": report.complete(),
        "error": report.error.as_ref().map(ToString::to_string),
        "input_errors": report.input_errors,
        "spool": report.counts.spool(),
        "without_source": report.without_source,
    });
    merge(&mut fields, &report.counts);
    fields
}

impl Watcher for JsonView<'_> {
    fn told(&self, told: &Told<'_>) {
        match told {
            Told::Started { boxes } => line(self.ui, "start", json!({ "mailboxes": boxes })),
            Told::Notice(one) => notice(self.ui, one),
            Told::Message(one) => line(self.ui, "message", message(one)),
            Told::Done(report) => line(self.ui, "mailbox", box_fields(report)),
        }
    }
}
