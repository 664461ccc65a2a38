//! A removal as JSON lines (`docs/json.md`).

use serde_json::{Value, json};

use crate::exit::Exit;
use crate::ops::expunge::message::{Message, State};
use crate::ops::expunge::plan::AccountPlan;
use crate::ops::expunge::report::{AccountReport, RunReport};
use crate::ops::expunge::{Plans, Way};
use crate::voicemail::notice::Notice;
use crate::voicemail::vmbox::VoicemailBox;

use super::Ui;
use super::json::{line, merge, merge_message, notice};
use super::removal::RemovalView;

/// Writes a removal as JSON lines.
pub struct JsonView<'a> {
    ui: &'a Ui,
    way: Way,
    dry_run: bool,
}

impl<'a> JsonView<'a> {
    /// A view for one run.
    #[must_use]
    pub fn new(ui: &'a Ui, way: Way, dry_run: bool) -> Self {
        Self { ui, way, dry_run }
    }

    fn action(&self) -> &'static str {
        match self.way {
            Way::Expunge => "remove",
            Way::Move { .. } => "move",
            Way::Purge { .. } => "purge",
        }
    }

    fn items(&self, plan: &AccountPlan) {
        for folder in &plan.folders {
            for item in &folder.items {
                let vmbox = &plan.boxes[item.vmbox].vmbox;
                let folder = folder.name.to_string();
                let fields = fields(vmbox, &folder, &item.message, self.action(), &item.why);
                line(self.ui, "item", fields);
            }
        }
        for kept in &plan.kept {
            let vmbox = &plan.boxes[kept.vmbox].vmbox;
            let folder = kept.folder.to_string();
            let fields = fields(vmbox, &folder, &kept.message, "keep", &kept.why);
            line(self.ui, "item", fields);
        }
    }
}

fn fields(vmbox: &VoicemailBox, folder: &str, message: &Message, action: &str, why: &str) -> Value {
    let mut fields = json!({
        "mailbox": vmbox,
        "folder": folder,
        "state": State::of(message.flags).as_str(),
        "deleted": message.flags.deleted,
        "action": action,
        "reason": (!why.is_empty()).then_some(why),
    });
    merge_message(&mut fields, message);
    fields
}

impl RemovalView for JsonView<'_> {
    fn notice(&self, one: &Notice) {
        notice(self.ui, one);
    }

    fn begin(&self, _boxes: usize) {}

    fn looked(&self, _boxes: usize) {}

    fn plans(&self, plans: &Plans) {
        for plan in &plans.accounts {
            let account = plan
                .account
                .as_ref()
                .map(crate::ops::account::Account::label);
            self.items(plan);
            for folder in &plan.folders {
                let fields = json!({
                    "account": account,
                    "folder": folder.name.to_string(),
                    "uid_validity": folder.validity,
                    "remove": folder.items.len(),
                    "marked_by_others": folder.marked_by_others,
                    "lifts_marks": folder.lifts,
                    "trash": plan.trash.as_ref().map(|(name, _)| name.to_string()),
                });
                line(self.ui, "folder", fields);
            }
            for one in &plan.boxes {
                let fields = json!({
                    "mailbox": one.vmbox,
                    "account": account,
                    "messages": one.messages,
                    "remove": one.remove,
                    "octets": one.octets,
                });
                line(self.ui, "plan", fields);
            }
        }
    }

    fn done(&self, report: &AccountReport) {
        for trouble in &report.troubles {
            let fields = json!({
                "account": report.account,
                "folder": trouble.folder.to_string(),
                "error": trouble.error.to_string(),
                "may_be_marked": trouble.may_be_marked,
                "marks_not_back": trouble.not_back,
            });
            line(self.ui, "failure", fields);
        }
        for one in &report.boxes {
            let mut fields = json!({
                "mailbox": one.vmbox,
                "account": report.account,
                "complete": report.complete(one),
                "error": report.first_error().map(ToString::to_string),
            });
            merge(&mut fields, &one.tally);
            line(self.ui, "mailbox", fields);
        }
    }

    fn finish(&self, report: &RunReport, refusal: Option<&str>, exit: Exit) {
        let mut fields = json!({
            "dry_run": self.dry_run,
            "mailboxes": report.boxes,
            "mailboxes_failed": report.failures.boxes(),
            "mailboxes_left": report.boxes_left,
            "input_errors": report.input_errors,
            "messages": report.messages,
            "marked_by_others": report.marked_by_others,
            "withheld": report.withheld,
            "may_be_marked": report.may_be_marked,
            "marks_not_back": report.marks_not_back,
            "complete": report.complete() && refusal.is_none(),
            "refusal": refusal,
            "interrupted": report.interrupted,
            "lamps": report.lamps,
            "exit": exit.code(),
        });
        merge(&mut fields, &report.tally);
        line(self.ui, "summary", fields);
    }
}
