//! A retirement as JSON lines (`docs/json.md`).

use std::path::Path;

use serde_json::{Value, json};

use crate::ops::retire::place::Place;
use crate::ops::retire::record::Retired;
use crate::ops::retire::{Event, Observer, Plan};
use crate::ops::verify::report::RunReport as Verified;
use crate::ops::verify::{Told, Watcher};

use super::Ui;
use super::json::{line, merge};
use super::retire::{Outcome, RetireView};
use super::verify_json::JsonView as VerifyView;

/// Writes a retirement as JSON lines.
pub struct JsonView<'a> {
    ui: &'a Ui,
    verify: VerifyView<'a>,
}

impl<'a> JsonView<'a> {
    /// A view that writes through `ui`.
    #[must_use]
    pub fn new(ui: &'a Ui) -> Self {
        Self {
            ui,
            verify: VerifyView::new(ui, None),
        }
    }

    fn of(&self, kind: &str, place: &Place, rest: &Value) {
        let mut fields = json!({ "mailbox": place.vmbox(), "folder": place.folder });
        merge(&mut fields, rest);
        line(self.ui, kind, fields);
    }
}

impl Watcher for JsonView<'_> {
    fn told(&self, told: &Told<'_>) {
        self.verify.told(told);
    }
}

impl Observer for JsonView<'_> {
    fn event(&self, event: &Event<'_>) {
        match event {
            Event::Settled { place, moved, kept } => {
                self.of("settled", place, &json!({ "moved": moved, "kept": kept }));
            }
            Event::Moved {
                place,
                number,
                kept_as,
            } => self.of(
                "moved",
                place,
                &json!({ "number": number, "kept_as": kept_as }),
            ),
            Event::Stays { place, number, why } => {
                self.of("stays", place, &json!({ "number": number, "reason": why }));
            }
        }
    }
}

impl RetireView for JsonView<'_> {
    fn plan(&self, plan: &Plan, to: &Path, _: &Verified) {
        for (place, messages) in &plan.folders {
            for one in messages {
                let fields = json!({ "number": one.number, "octets": one.octets() });
                self.of("item", place, &fields);
            }
        }
        let (messages, octets) = (plan.messages(), plan.octets());
        let fields = json!({ "messages": messages, "octets": octets, "to": to.to_string_lossy() });
        line(self.ui, "plan", fields);
    }

    fn undo_plan(&self, messages: &[Retired]) {
        let mut octets = 0;
        for one in messages {
            let size: u64 = one.moved.files.iter().map(|file| file.stamp.size).sum();
            octets += size;
            let fields = json!({ "number": one.moved.number, "octets": size });
            self.of("item", &one.place, &fields);
        }
        let fields = json!({ "messages": messages.len(), "octets": octets, "to": null });
        line(self.ui, "plan", fields);
    }

    fn finish(&self, outcome: &Outcome<'_>) {
        for why in outcome
            .refusal
            .iter()
            .copied()
            .chain(outcome.report.broken.as_deref())
        {
            self.ui.error(why);
        }
        let verified = outcome.verified.cloned().unwrap_or_default();
        let mut fields = json!({
            "run": outcome.run,
            "undo": outcome.undo,
            "dry_run": outcome.dry_run,
            "planned": outcome.planned,
            "differs": verified.counts.differs,
            "missing": verified.counts.missing,
            "not_comparable": verified.counts.not_comparable,
            "not_compared": verified.counts.pending,
            "mailboxes": verified.boxes,
            "mailboxes_failed": verified.failures.boxes(),
            "mailboxes_left": verified.boxes_left,
            "input_errors": verified.input_errors,
            "refused": outcome.refusal,
            "error": outcome.report.broken,
            "complete": outcome.complete,
            "interrupted": outcome.report.interrupted.or(verified.interrupted),
            "exit": outcome.exit,
        });
        merge(&mut fields, &outcome.report.counts);
        line(self.ui, "summary", fields);
    }
}
