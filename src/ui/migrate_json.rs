//! A migration as JSON lines (`docs/json.md`).

use serde_json::{Map, Value, json};

use crate::exit::Exit;
use crate::ops::event::{Event, Observer};
use crate::ops::migrate::follow::Pass;
use crate::ops::migrate::greetings::plan::GreetingPlan;
use crate::ops::migrate::plan::{Action, BoxPlan, PlanItem, Skip};
use crate::ops::migrate::readiness::Readiness;
use crate::ops::migrate::report::{BoxReport, Counts, RunReport};
use crate::voicemail::vmbox::VoicemailBox;

use super::Ui;
use super::json::{line, merge, notice};

/// Writes a migration as JSON lines.
pub struct JsonView<'a> {
    ui: &'a Ui,
}

impl<'a> JsonView<'a> {
    /// A view that writes through `ui`.
    #[must_use]
    pub fn new(ui: &'a Ui) -> Self {
        Self { ui }
    }

    fn line(&self, kind: &str, fields: Value) {
        line(self.ui, kind, fields);
    }

    /// Writes what is left for the last run, where that was asked, and the summary, the last line.
    pub fn finish(
        &self,
        run: &RunReport,
        readiness: Option<&Readiness>,
        run_id: Option<&str>,
        dry_run: bool,
        exit: Exit,
    ) {
        if let Some(readiness) = readiness {
            let mut fields = json!({ "is_ready": readiness.is_ready() });
            merge(&mut fields, readiness);
            self.line("readiness", fields);
        }
        let mut fields = json!({
            "run": run_id,
            "dry_run": dry_run,
            "mailboxes": run.boxes,
            "mailboxes_failed": run.failures.boxes(),
            "mailboxes_left": run.boxes_left,
            "input_errors": run.input_errors,
            "complete": run.complete(),
            "interrupted": run.interrupted,
            "lamps": run.lamps,
            "exit": exit.code(),
            "greetings": greetings(&run.greetings, run.replaced),
        });
        merge(&mut fields, &run.counts);
        self.line("summary", fields);
    }
}

fn action(item: &PlanItem) -> (&'static str, Option<String>) {
    match &item.action {
        Action::Append => ("append", None),
        Action::Verify(_) => ("verify", None),
        Action::Update(_) => ("update", Some("changed in the spool".to_owned())),
        Action::Skip(Skip::AlreadyThere(_)) => ("skip", Some("already there".to_owned())),
        Action::Skip(Skip::ChangedThere(_)) => ("skip", Some("changed in IMAP".to_owned())),
        Action::Skip(Skip::RemovedSince) => ("skip", Some("removed since".to_owned())),
        Action::Skip(Skip::NewerThere(_)) => ("skip", Some("newer there".to_owned())),
        Action::HoldBack(why) => ("hold_back", Some(why.to_string())),
    }
}

fn greeting(plan: &GreetingPlan, item: &PlanItem) -> Value {
    let candidate = &item.candidate;
    let (action, reason) = action(item);
    let olds = plan.replaced.iter();
    let olds = olds.filter(|one| one.key == candidate.key);
    let olds = olds.flat_map(|one| &one.olds);
    json!({
        "mailbox": plan.plan.vmbox,
        "greeting": candidate.voicemail.greeting,
        "key": candidate.key,
        "target": item.target.to_string(),
        "origtime": candidate.voicemail.origtime,
        "duration": candidate.voicemail.duration,
        "audio": candidate.voicemail.format.extension(),
        "sha256": candidate.digest,
        "octets": candidate.octets,
        "action": action,
        "reason": reason,
        "replaces": olds.map(|old| old.uid).collect::<Vec<_>>(),
    })
}

fn item(vmbox: &VoicemailBox, item: &PlanItem) -> Value {
    let candidate = &item.candidate;
    let (action, reason) = action(item);
    let mut flags = Vec::new();
    if item.placement.seen {
        flags.push("\\Seen");
    }
    if item.placement.flagged {
        flags.push("\\Flagged");
    }
    json!({
        "mailbox": vmbox,
        "folder": candidate.folder,
        "number": candidate.number,
        "key": candidate.key,
        "target": item.target.to_string(),
        "flags": flags,
        "origtime": candidate.voicemail.origtime,
        "duration": candidate.voicemail.duration,
        "caller_name": candidate.voicemail.caller_name,
        "caller_number": candidate.voicemail.caller_number,
        "msg_id": candidate.voicemail.msg_id,
        "audio": candidate.voicemail.format.extension(),
        "sha256": candidate.digest,
        "octets": candidate.octets,
        "action": action,
        "reason": reason,
    })
}

fn plan_fields(plan: &BoxPlan) -> Value {
    json!({
        "mailbox": plan.vmbox,
        "append": plan.appends().count(),
        "update": plan.updates().count(),
        "octets": plan.octets(),
        "create": plan.create.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "misfits": plan.misfits,
        "callers_refused_at": plan.callers_refused_at,
    })
}

/// What became of greetings.
fn greetings(counts: &Counts, replaced: u64) -> Value {
    let mut fields = json!({ "replaced": replaced });
    merge(&mut fields, counts);
    fields
}

fn pass_fields(pass: &Pass) -> Value {
    let mut fields = json!({
        "pass": pass.number,
        "mailboxes": pass.boxes,
        "mailboxes_looked_at": pass.looked_at,
        "seconds": (pass.took.as_secs_f64() * 1000.0).round() / 1000.0,
        "complete": pass.complete,
    });
    merge(&mut fields, &pass.counts);
    fields
}

fn box_fields(report: &BoxReport) -> Value {
    let lists: Map<String, Value> = report
        .lists
        .iter()
        .map(|(list, n)| (list.to_string().to_lowercase(), (*n).into()))
        .collect();
    let mut fields = json!({
        "mailbox": report.vmbox,
        "created": report.created,
        "lists": lists,
        "complete": report.complete(),
        "error": report.error.as_ref().map(ToString::to_string),
        "input_errors": report.look.errors,
        "greetings": greetings(&report.greetings, report.replaced),
    });
    merge(&mut fields, &report.counts);
    fields
}

impl Observer for JsonView<'_> {
    fn event(&self, event: &Event<'_>) {
        match event {
            Event::Started { boxes } => self.line("start", json!({ "mailboxes": boxes })),
            Event::Notice(one) => notice(self.ui, one),
            Event::Planned(plan) => {
                for planned in &plan.items {
                    self.line("item", item(&plan.vmbox, planned));
                }
                self.line("plan", plan_fields(plan));
            }
            Event::GreetingsPlanned(plan) => {
                for planned in &plan.plan.items {
                    self.line("greeting", greeting(plan, planned));
                }
            }
            Event::Failed { vmbox, failure } => {
                let mut fields = json!({ "mailbox": vmbox });
                merge(&mut fields, failure);
                self.line("failure", fields);
            }
            Event::Retrying { vmbox, why } => {
                self.line("retry", json!({ "mailbox": vmbox, "why": why }));
            }
            Event::Done(report) => self.line("mailbox", box_fields(report)),
            Event::Pass(pass) => self.line("pass", pass_fields(pass)),
            // Progress is for people; the lines above carry every fact.
            Event::Appended { .. } | Event::Verified { .. } => {}
        }
    }
}
