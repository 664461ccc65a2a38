//! An export as people see it: a line a mailbox, its messages on request, a sentence at the end.

use std::fmt::Write as _;

use crate::ops::export::greetings::plan::GreetingPlan;
use crate::ops::export::plan::{AccountPlan, Action, Item, Skip};
use crate::ops::export::report::{AccountReport, RunReport, Tally};
use crate::ops::export::{Event, Observer};
use crate::ops::octets::Octets;
use crate::voicemail::notice::{Notice, Severity};

use super::export_greetings as greetings;
use super::progress::Progress;
use super::removal_words::{count, message_line};
use super::{Ui, Volume, remarks, sanitize};

/// Draws an export as text.
pub struct TextView<'a> {
    ui: &'a Ui,
    dry_run: bool,
    /// Whether the plan is shown: always to people and in a dry run; without a terminal only on
    /// request, so that a cron job that went well mails nothing.
    shown: bool,
    /// Whether stdout is taken by an archive.
    to_stderr: bool,
    progress: Progress,
    warnings: remarks::Made,
}

impl<'a> TextView<'a> {
    /// A view for one run; `to_stderr` where an archive goes to stdout.
    #[must_use]
    pub fn new(ui: &'a Ui, dry_run: bool, to_stderr: bool) -> Self {
        let terminal = if to_stderr {
            ui.stderr_is_terminal
        } else {
            ui.stdout_is_terminal
        };
        let shown =
            ui.volume == Volume::Verbose || ui.volume == Volume::Normal && (dry_run || terminal);
        let visible = ui.stderr_is_terminal && ui.volume > Volume::Quiet && !dry_run;
        Self {
            ui,
            dry_run,
            shown,
            to_stderr: to_stderr && !dry_run,
            progress: Progress::new(visible),
            warnings: remarks::Made::default(),
        }
    }

    fn say(&self, line: &str) {
        let line = sanitize::text(line);
        if self.to_stderr {
            self.ui.chatter(&line);
        } else {
            self.ui.say(&line);
        }
    }

    fn notice(&self, notice: &Notice) {
        let verbose = self.ui.volume == Volume::Verbose;
        let wanted = match notice.severity {
            Severity::Error => true,
            Severity::Warning => {
                self.shown && self.warnings.still_worth_saying(notice, self.ui.volume)
            }
            Severity::Info => verbose,
        };
        if wanted {
            let text = remarks::text(notice);
            self.progress.suspend(|| self.ui.error(&text));
        }
    }

    fn planned(&self, plan: &AccountPlan) {
        if !self.shown {
            return;
        }
        let verbose = self.ui.volume == Volume::Verbose;
        self.progress.suspend(|| {
            for (at, vmbox) in plan.boxes.iter().take(plan.asked).enumerate() {
                self.say(&format!("{vmbox}: {}", plan_words(plan.of(at))));
                for item in plan.of(at).filter(|_| verbose) {
                    let line = message_line(item.folder.as_str(), &item.message, verb(item));
                    self.say(&line);
                }
            }
        });
    }

    fn greetings_planned(&self, plan: &GreetingPlan) {
        if !self.shown || plan.items.is_empty() {
            return;
        }
        let verbose = self.ui.volume == Volume::Verbose;
        self.progress.suspend(|| {
            for (at, vmbox) in plan.boxes.iter().take(plan.asked).enumerate() {
                let items: Vec<_> = plan.items.iter().filter(|one| one.vmbox == at).collect();
                if items.is_empty() {
                    continue;
                }
                let tally = greetings::tally(&items);
                let text = said(&tally, "greeting", "to write");
                self.say(&format!("{vmbox}: {text}"));
                for item in items.iter().filter(|_| verbose) {
                    self.say(&greetings::item_line(plan, item));
                }
            }
        });
    }

    fn done(&self, account: &AccountReport) {
        for _ in &account.boxes {
            self.progress.box_done(0.0);
        }
        if let Some(error) = &account.error {
            let names: Vec<String> = account.boxes.iter().map(|b| b.vmbox.to_string()).collect();
            let more = match names.len() {
                0 | 1 => String::new(),
                n => format!(" and {} more", n - 1),
            };
            let first = names.first().map_or("", String::as_str);
            let text = format!("{first}{more}: {error}");
            self.progress.suspend(|| self.ui.error(&text));
        }
    }

    /// Says what came of it.
    pub fn finish(&self, run: &RunReport) {
        self.progress.clear();
        for line in self.warnings.unsaid(self.ui.volume) {
            self.ui.error(&line);
        }
        if let Some(broken) = &run.broken {
            self.ui.error(broken);
        }
        if run.boxes_left > 0 {
            let left = count(run.boxes_left, "mailbox");
            self.ui.error(&format!("stopped: {left} not begun"));
        }
        let line = closing(run, self.dry_run);
        if self.shown {
            self.say(&line);
        } else if !run.complete() {
            self.ui.error(&line);
        }
    }
}

impl Observer for TextView<'_> {
    fn event(&self, event: &Event<'_>) {
        match event {
            Event::Started(boxes) => self.progress.start(*boxes),
            Event::Notice(notice) => self.notice(notice),
            Event::Planned(plan) => self.planned(plan),
            Event::Settled { line, .. } => self.progress.advance(1, line.octets, 0.0),
            Event::Failed(failure) => {
                let (folder, uid) = (&failure.imap_folder, failure.uid);
                let text = format!("{}: {folder} {uid}: {}", failure.mailbox, failure.reason);
                self.progress.suspend(|| self.ui.error(&text));
            }
            Event::GreetingsPlanned(plan) => self.greetings_planned(plan),
            Event::GreetingSettled(line) => self.progress.advance(1, line.octets, 0.0),
            Event::GreetingFailed(failure) => {
                let text = greetings::failure(failure);
                self.progress.suspend(|| self.ui.error(&text));
            }
            Event::Retrying { account, why } => {
                let text = format!("{account}: {why}; connecting again");
                self.progress.suspend(|| self.ui.error(&text));
            }
            Event::Done(account) => self.done(account),
        }
    }
}

fn verb(item: &Item) -> &'static str {
    match &item.action {
        Action::Write => "write   ",
        Action::Compare(_) => "compare ",
        Action::Skip(Skip::There) => "there   ",
        Action::Skip(Skip::RemovedSince) => "removed ",
        Action::Fail(_) => "cannot  ",
    }
}

/// `12 messages: 3 to write (24 KiB), 2 to compare, 7 there`
fn plan_words<'i>(items: impl Iterator<Item = &'i Item>) -> String {
    let mut tally = Tally::default();
    for item in items {
        tally.selected += 1;
        match &item.action {
            Action::Write => {
                tally.written += 1;
                tally.octets += item.message.size;
            }
            Action::Compare(_) => tally.compared += 1,
            Action::Skip(Skip::There) => tally.there += 1,
            Action::Skip(Skip::RemovedSince) => tally.removed_since += 1,
            Action::Fail(_) => tally.failed += 1,
        }
    }
    said(&tally, "message", "to write")
}

/// `4 greetings: 1 to write (6 KiB), 3 there already`
fn said(tally: &Tally, what: &str, written: &str) -> String {
    let all = count(tally.selected, what);
    let words = words(tally, written);
    if words.is_empty() {
        all
    } else {
        format!("{all}: {words}")
    }
}

fn words(tally: &Tally, written: &str) -> String {
    let size = Octets(tally.octets);
    let parts = [
        (tally.written, format!("{written} ({size})")),
        (tally.compared, "to compare with what is there".to_owned()),
        (tally.there, "there already".to_owned()),
        (
            tally.removed_since,
            "gone from the directory since (--again)".to_owned(),
        ),
        (tally.failed, "cannot be exported".to_owned()),
        (tally.left, "not reached".to_owned()),
    ];
    let said = parts.into_iter().filter(|(n, _)| *n > 0);
    let said: Vec<String> = said.map(|(n, what)| format!("{n} {what}")).collect();
    said.join(", ")
}

/// The sentence at the end.
fn closing(run: &RunReport, dry_run: bool) -> String {
    let tally = &run.tally;
    let messages = count(tally.selected, "message");
    let boxes = count(run.boxes, "mailbox");
    let mut said = words(
        tally,
        if dry_run {
            "would be written"
        } else {
            "written"
        },
    );
    if said.is_empty() {
        "nothing to export".clone_into(&mut said);
    }
    let start = if dry_run { "Dry run: " } else { "" };
    let mut line = format!("{start}{messages} in {boxes}: {said}.");
    if run.greetings.selected > 0 {
        let written = if dry_run {
            "would be written"
        } else {
            "written"
        };
        let _ = write!(
            line,
            " {}.",
            self::said(&run.greetings, "greeting", written)
        );
    }
    if dry_run {
        line.push_str(" Nothing was written.");
    }
    if run.failures.boxes() > 0 {
        let failed = count(run.failures.boxes(), "mailbox");
        let _ = write!(line, " {failed} not finished.");
    }
    line
}
