//! An export as JSON lines (`docs/json.md`).

use serde_json::json;

use crate::exit::Exit;
use crate::ops::export::greetings::{self, plan::GreetingPlan};
use crate::ops::export::plan::{AccountPlan, Action, Item, Skip};
use crate::ops::export::report::RunReport;
use crate::ops::export::{Event, Observer};

use super::Ui;
use super::json::{line, merge, merge_message, notice};

/// Writes an export as JSON lines.
pub struct JsonView<'a> {
    ui: &'a Ui,
    dry_run: bool,
}

impl<'a> JsonView<'a> {
    /// A view that writes through `ui`.
    #[must_use]
    pub fn new(ui: &'a Ui, dry_run: bool) -> Self {
        Self { ui, dry_run }
    }

    fn item(&self, plan: &AccountPlan, item: &Item) {
        let (action, reason) = match &item.action {
            Action::Write => ("write", None),
            Action::Compare(_) => ("compare", None),
            Action::Skip(Skip::There) => ("skip", Some("there already")),
            Action::Skip(Skip::RemovedSince) => ("skip", Some("removed since")),
            Action::Fail(why) => ("fail", Some(why.as_str())),
        };
        let mut fields = json!({
            "mailbox": plan.boxes[item.vmbox()],
            "folder": item.folder,
            "account": plan.account,
            "imap_folder": item.source.0.to_string(),
            "uid_validity": item.source.1,
            "action": action,
            "reason": reason,
        });
        merge_message(&mut fields, &item.message);
        line(self.ui, "item", fields);
    }

    fn greeting(&self, plan: &GreetingPlan, item: &greetings::plan::Item) {
        use greetings::plan::Action;
        let (action, reason) = match &item.action {
            Action::Write => ("write", None),
            Action::Compare => ("compare", None),
            Action::Skip(Skip::There) => ("skip", Some("there already")),
            Action::Skip(Skip::RemovedSince) => ("skip", Some("removed since")),
            Action::Fail(why) => ("fail", Some(why.as_str())),
        };
        let fields = json!({
            "mailbox": plan.boxes[item.vmbox],
            "greeting": item.kind,
            "path": plan.path(item),
            "account": plan.account,
            "imap_folder": plan.source.0.to_string(),
            "uid_validity": plan.source.1,
            "uid": item.uid,
            "octets": item.size,
            "action": action,
            "reason": reason,
        });
        line(self.ui, "greeting_item", fields);
    }

    /// Writes the summary, the last line.
    pub fn finish(&self, run: &RunReport, exit: Exit) {
        let mut fields = json!({
            "dry_run": self.dry_run,
            "mailboxes": run.boxes,
            "mailboxes_failed": run.failures.boxes(),
            "mailboxes_left": run.boxes_left,
            "input_errors": run.input_errors,
            "complete": run.complete(),
            "error": run.broken,
            "interrupted": run.interrupted,
            "exit": exit.code(),
            "greetings": run.greetings,
        });
        merge(&mut fields, &run.tally);
        line(self.ui, "summary", fields);
    }
}

impl Observer for JsonView<'_> {
    fn event(&self, event: &Event<'_>) {
        match event {
            Event::Started(boxes) => line(self.ui, "start", json!({ "mailboxes": boxes })),
            Event::Notice(one) => notice(self.ui, one),
            Event::Planned(plan) => plan.items.iter().for_each(|item| self.item(plan, item)),
            Event::Settled { line: settled, .. } => {
                let mut fields = json!({});
                merge(&mut fields, settled);
                line(self.ui, "message", fields);
            }
            Event::Failed(failure) => {
                let mut fields = json!({});
                merge(&mut fields, failure);
                line(self.ui, "failure", fields);
            }
            Event::GreetingsPlanned(plan) => {
                plan.items.iter().for_each(|item| self.greeting(plan, item));
            }
            Event::GreetingSettled(settled) => {
                let mut fields = json!({});
                merge(&mut fields, settled);
                line(self.ui, "greeting", fields);
            }
            Event::GreetingFailed(failure) => {
                let mut fields = json!({});
                merge(&mut fields, failure);
                line(self.ui, "failure", fields);
            }
            Event::Retrying { account, why } => {
                line(self.ui, "retry", json!({ "account": account, "why": why }));
            }
            Event::Done(account) => {
                for one in &account.boxes {
                    let mut fields = json!({
                        "mailbox": one.vmbox,
                        "complete": one.complete(),
                        "error": account.error.as_ref().map(ToString::to_string),
                        "greetings": one.greetings,
                    });
                    merge(&mut fields, &one.tally);
                    line(self.ui, "mailbox", fields);
                }
            }
        }
    }
}
