//! Provisioning as JSON lines (`docs/json.md`).

use serde_json::{Value, json};

use crate::exit::Exit;
use crate::mailstore::name::MailboxName;
use crate::mailstore::session::SpecialUse;
use crate::ops::provision::admin::{InboxAction, InboxPlan};
use crate::ops::provision::event::{Event, Observer};
use crate::ops::provision::plan::{Action, BoxPlan, PlannedFolder};
use crate::ops::provision::report::{BoxReport, Deed, Refused, RunReport};

use super::Ui;
use super::json::{line, merge, notice};

/// Writes provisioning as JSON lines.
pub struct JsonView<'a> {
    ui: &'a Ui,
}

impl<'a> JsonView<'a> {
    /// A view that writes through `ui`.
    #[must_use]
    pub fn new(ui: &'a Ui) -> Self {
        Self { ui }
    }

    /// Writes the summary, the last line.
    pub fn finish(&self, run: &RunReport, dry_run: bool, exit: Exit) {
        let mut fields = json!({
            "dry_run": dry_run,
            "mailboxes": run.boxes,
            "mailboxes_failed": run.failures.boxes(),
            "mailboxes_collided": run.collisions,
            "mailboxes_left": run.boxes_left,
            "input_errors": run.input_errors,
            "complete": run.complete(),
            "interrupted": run.interrupted,
            "exit": exit.code(),
        });
        merge(&mut fields, &run.counts);
        line(self.ui, "summary", fields);
    }
}

fn folder(plan: &BoxPlan, folder: &PlannedFolder) -> Value {
    let (action, reason) = match &folder.action {
        Action::Create => ("create", None),
        Action::Keep => ("keep", None),
        Action::SharedWith(owner) => ("keep", Some(format!("shared with {owner}"))),
        Action::Refuse(why) => ("refuse", Some(why.clone())),
    };
    json!({
        "mailbox": plan.vmbox,
        "folder": folder.name.to_string(),
        "wire": folder.name,
        "for": folder.purposes,
        "action": action,
        "subscribe": folder.subscribe,
        "special_use": folder.special_use.map(SpecialUse::attribute),
        "reason": reason,
    })
}

fn plan_fields(plan: &BoxPlan) -> Value {
    let names = |list: &mut dyn Iterator<Item = &MailboxName>| -> Vec<String> {
        list.map(ToString::to_string).collect()
    };
    json!({
        "mailbox": plan.vmbox,
        "account": plan.account,
        "create": names(&mut plan.with(&Action::Create)),
        "subscribe": names(&mut plan.subscribes()),
        "refuse": names(&mut plan.refused().map(|(name, _)| name)),
        "acl": plan.acl.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

fn inbox(plan: &InboxPlan) -> Value {
    let (action, reason) = match &plan.action {
        InboxAction::Create => ("create", None),
        InboxAction::Keep => ("keep", None),
        InboxAction::Unable(why) => ("refuse", Some(why)),
    };
    json!({
        "account": plan.account,
        "administrator": plan.administrator,
        "wire": plan.name,
        "action": action,
        "reason": reason,
    })
}

fn refused(one: &Refused) -> Value {
    let (deed, grant) = match &one.deed {
        Deed::Create => ("create", None),
        Deed::Subscribe => ("subscribe", None),
        Deed::Grant(grant) => ("acl", Some(grant)),
    };
    json!({ "folder": one.folder, "step": deed, "acl": grant, "reason": one.reason })
}

fn box_fields(report: &BoxReport) -> Value {
    let mut fields = json!({
        "mailbox": report.vmbox,
        "account": report.account,
        "complete": report.complete(),
        "error": report.error.as_ref().map(ToString::to_string),
        "collision": report.collision,
        "folders_created": report.created,
        "folders_subscribed": report.subscribed,
        "refusals": report.refused.iter().map(refused).collect::<Vec<_>>(),
    });
    merge(&mut fields, &report.counts);
    fields
}

impl Observer for JsonView<'_> {
    fn event(&self, event: &Event<'_>) {
        match event {
            Event::Started { boxes, accounts } => {
                let fields = json!({ "mailboxes": boxes, "accounts": accounts });
                line(self.ui, "start", fields);
            }
            Event::Notice(one) => notice(self.ui, one),
            Event::Inbox(plan) => line(self.ui, "inbox", inbox(plan)),
            Event::Planned(plan) => {
                for one in &plan.folders {
                    line(self.ui, "folder", folder(plan, one));
                }
                line(self.ui, "plan", plan_fields(plan));
            }
            Event::Retrying { account, why } => {
                line(self.ui, "retry", json!({ "account": account, "why": why }));
            }
            Event::Done(report) => line(self.ui, "mailbox", box_fields(report)),
        }
    }
}
