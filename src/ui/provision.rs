//! How provisioning looks to people: a line per voicemail box, a table at the end.

use std::sync::{Mutex, PoisonError};

use crate::ops::provision::admin::{InboxAction, InboxPlan};
use crate::ops::provision::event::{Event, Observer};
use crate::ops::provision::plan::{Action, BoxPlan};
use crate::ops::provision::report::{BoxReport, Counts, RunReport};
use crate::voicemail::notice::{Notice, Severity};

use super::progress::Progress;
use super::sheet::{Cell, Head, Sheet, Style};
use super::words::plural;
use super::{Ui, Volume, remarks, sanitize};

/// The final table names every box up to this many; beyond, only those that need attention.
const TABLE_ROWS: usize = 50;

/// Draws provisioning as text.
pub struct TextView<'a> {
    ui: &'a Ui,
    dry_run: bool,
    /// Whether the plan and the table are shown: always to people and in a dry run; without a
    /// terminal only on request, so that a cron job that went well mails nothing.
    shown: bool,
    progress: Progress,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    rows: Vec<BoxReport>,
    boxes: usize,
}

impl<'a> TextView<'a> {
    /// A view for one run.
    #[must_use]
    pub fn new(ui: &'a Ui, dry_run: bool) -> Self {
        let shown = ui.volume == Volume::Verbose
            || ui.volume == Volume::Normal && (dry_run || ui.stdout_is_terminal);
        Self {
            ui,
            dry_run,
            shown,
            progress: Progress::new(ui.stderr_is_terminal && ui.volume > Volume::Quiet),
            state: Mutex::default(),
        }
    }

    /// Remarks: errors always, warnings to people, the rest on request.
    fn notice(&self, notice: &Notice) {
        let wanted = match notice.severity {
            Severity::Error => true,
            Severity::Warning => self.shown,
            Severity::Info => self.ui.volume == Volume::Verbose,
        };
        if wanted {
            self.complain(&remarks::text(notice));
        }
    }

    fn complain(&self, line: &str) {
        self.progress.suspend(|| self.ui.error(line));
    }

    fn plan(&self, line: &str) {
        if self.shown {
            self.progress.suspend(|| self.ui.say(&sanitize::text(line)));
        }
    }

    fn done(&self, report: &BoxReport) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.boxes += 1;
        if state.rows.len() < TABLE_ROWS || !report.complete() {
            state.rows.push(report.clone());
        }
        drop(state);
        self.progress.box_done(0.0);
        // A collision has been remarked on, with its code and cure.
        let told = report.collision.as_ref();
        for reason in report.reasons().iter().filter(|one| Some(*one) != told) {
            self.complain(&format!("{}: {reason}", report.vmbox));
        }
    }

    /// Draws the table and the closing line.
    pub fn finish(&self, run: &RunReport) {
        self.progress.clear();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.boxes > TABLE_ROWS {
            state.rows.retain(|row| !row.complete());
        }
        state.rows.sort_by(|one, two| one.vmbox.cmp(&two.vmbox));
        let line = closing_line(run, self.dry_run);
        if self.shown {
            self.ui.answer("");
            let sheet = table(&state.rows, run, self.dry_run);
            // Where the account finds no room, nobody misses it: voicemail.conf names it.
            let _ = sheet.write_part(self.ui, Style::Table, false, true);
            self.ui.say(&format!("\n{line}"));
        } else if !run.complete() {
            self.ui.error(&line);
        }
    }
}

impl Observer for TextView<'_> {
    fn event(&self, event: &Event<'_>) {
        match event {
            Event::Started { boxes, .. } => self.progress.start(*boxes),
            Event::Notice(notice) => self.notice(notice),
            Event::Inbox(plan) => {
                if let Some(line) = inbox_line(plan) {
                    self.plan(&line);
                }
            }
            Event::Planned(plan) => self.plan(&plan_line(plan)),
            Event::Retrying { account, why } => {
                self.complain(&format!("{account}: {why}; looking again"));
            }
            Event::Done(report) => self.done(report),
        }
    }
}

/// `1001@imap.example.com:143: creates INBOX (user/1001) as cyrus`; nothing where it is there.
fn inbox_line(plan: &InboxPlan) -> Option<String> {
    let who = &plan.administrator;
    match (&plan.action, &plan.name) {
        (InboxAction::Create, Some(name)) => {
            Some(format!("{}: creates INBOX ({name}) as {who}", plan.account))
        }
        (InboxAction::Unable(why), _) => Some(format!(
            "{}: {who} cannot create INBOX: {why}",
            plan.account
        )),
        _ => None,
    }
}

/// `4123@default: creates Old, Work, Family, Friends; 1 there; subscribes to 5`
fn plan_line(plan: &BoxPlan) -> String {
    let names =
        |action: &Action| -> Vec<String> { plan.with(action).map(ToString::to_string).collect() };
    let mut parts = Vec::new();
    let create = names(&Action::Create);
    if !create.is_empty() {
        parts.push(format!("creates {}", create.join(", ")));
    }
    let there = names(&Action::Keep);
    if !there.is_empty() {
        parts.push(format!("{} there", there.join(", ")));
    }
    let shared = plan.folders.iter().filter_map(|one| match &one.action {
        Action::SharedWith(owner) => Some((owner.to_string(), one.name.to_string())),
        _ => None,
    });
    for (owner, names) in grouped(shared) {
        parts.push(format!("{} shared with {owner}", names.join(", ")));
    }
    let subscribes = plan.subscribes().count();
    if subscribes > 0 {
        parts.push(format!("subscribes to {subscribes}"));
    }
    let uses = plan
        .folders
        .iter()
        .filter_map(|one| Some((one, one.special_use?)));
    parts.extend(uses.map(|(one, special)| format!("{} as {}", one.name, special.attribute())));
    if plan.grants() > 0 {
        let grants: Vec<String> = plan.acl.iter().map(ToString::to_string).collect();
        parts.push(format!(
            "gives {} on {}",
            grants.join(", "),
            plan.grants() / plan.acl.len()
        ));
    }
    let refused = plan.refused();
    let impossible = grouped(refused.map(|(name, why)| (why.to_owned(), name.to_string())));
    for (why, names) in impossible {
        parts.push(format!("cannot have {}: {why}", names.join(", ")));
    }
    if parts.is_empty() {
        parts.push("needs no folder".to_owned());
    }
    format!("{}: {}", plan.vmbox, parts.join("; "))
}

/// Names by what they have in common, in the order they come.
fn grouped(pairs: impl Iterator<Item = (String, String)>) -> Vec<(String, Vec<String>)> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for (common, name) in pairs {
        match groups.iter_mut().find(|(known, _)| *known == common) {
            Some((_, names)) => names.push(name),
            None => groups.push((common, vec![name])),
        }
    }
    groups
}

fn table(rows: &[BoxReport], run: &RunReport, dry_run: bool) -> Sheet {
    let mut heads = vec![
        Head::text("mailbox", "Mailbox"),
        Head::text("account", "Account").spare(1),
        Head::number("existed", if dry_run { "There" } else { "Existed" }),
        Head::number("created", if dry_run { "To create" } else { "Created" }),
        Head::number(
            "subscribed",
            if dry_run {
                "To subscribe"
            } else {
                "Subscribed"
            },
        ),
        Head::number("refused", "Refused"),
    ];
    // Most tables have nothing to explain.
    let explain = rows.iter().any(|row| !row.complete());
    if explain {
        heads.push(Head::text("why", "Why"));
    }
    let mut sheet = Sheet::new(&heads);
    for row in rows {
        let account = row.account.clone().map_or(Cell::Nothing, Cell::Text);
        let mut cells = vec![Cell::Text(row.vmbox.to_string()), account];
        cells.extend(numbers(&row.counts));
        if explain {
            cells.push(Cell::Text(row.reasons().join("; ")));
        }
        sheet.push(cells);
    }
    let mut total = vec![
        Cell::Text(plural(run.boxes, "mailbox", "mailboxes")),
        Cell::Text(String::new()),
    ];
    total.extend(numbers(&run.counts));
    if explain {
        total.push(Cell::Text(String::new()));
    }
    sheet.set_total(total);
    sheet
}

fn numbers(counts: &Counts) -> [Cell; 4] {
    [
        Cell::Count(counts.existed),
        Cell::Count(counts.created),
        Cell::Count(counts.subscribed),
        Cell::Count(counts.refused + counts.steps_refused),
    ]
}

/// The one sentence that says how it went.
fn closing_line(run: &RunReport, dry_run: bool) -> String {
    if run.refused_whole() {
        return "Refused: every mailbox collides with another one; nothing was changed.".to_owned();
    }
    let counts = &run.counts;
    let done = done_line(counts, dry_run);
    let mut left = Vec::new();
    let mut part = |n: u64, one: &str, many: &str| {
        if n > 0 {
            left.push(plural(n, one, many));
        }
    };
    part(counts.refused, "folder refused", "folders refused");
    part(
        counts.steps_refused,
        "subscription or right refused",
        "subscriptions or rights refused",
    );
    part(counts.pending, "folder not reached", "folders not reached");
    part(
        run.collisions,
        "mailbox in collision",
        "mailboxes in collision",
    );
    part(
        run.failures.boxes(),
        "mailbox not finished",
        "mailboxes not finished",
    );
    part(run.boxes_left, "mailbox not begun", "mailboxes not begun");
    part(
        run.input_errors,
        "error in voicemail.conf",
        "errors in voicemail.conf",
    );
    if left.is_empty() {
        return done;
    }
    format!("{done} Incomplete: {}.", left.join(", "))
}

/// What was done, or would be.
fn done_line(counts: &Counts, dry_run: bool) -> String {
    let created = plural(counts.created, "folder", "folders");
    if dry_run {
        return format!("Dry run: {created} would be created; nothing was changed.");
    }
    if counts.created + counts.subscribed + counts.granted == 0 {
        return "Nothing was changed.".to_owned();
    }
    let mut done = vec![format!("{created} created")];
    if counts.subscribed > 0 {
        done.push(format!("{} subscribed to", counts.subscribed));
    }
    if counts.granted > 0 {
        done.push(plural(counts.granted, "right given", "rights given"));
    }
    format!("{}.", done.join(", "))
}
