//! Repairs as they are planned and made.

use serde::Serialize;
use serde_json::json;

use crate::ops::audit::fix::{Outcome, Repair};
use crate::ops::lamps;
use crate::ui::json::line;
use crate::ui::sheet::{Cell, Head, Sheet, Style};
use crate::ui::{Ui, Volume};

use crate::ui::words::plural;

/// What became of the repairs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Repairs that were planned.
    pub planned: u64,
    /// Those that were made.
    pub done: u64,
    /// Messages that were not there any more.
    pub gone: u64,
    /// Those that were not made, with nothing changed.
    pub left: u64,
    /// Those that did not succeed.
    pub failed: u64,
    /// Findings that are repaired.
    #[serde(rename = "findings_repaired")]
    pub repaired: u64,
}

/// What `--fix` has come to.
#[derive(Debug, Default)]
pub struct Done {
    /// The repairs, where any were begun or shown.
    pub repairs: Option<Tally>,
    /// What became of lamps, where they were to be refreshed.
    pub lamps: Option<lamps::Report>,
}

/// Shows repairs.
pub struct RepairView<'a> {
    ui: &'a Ui,
    json: bool,
    made: bool,
    tally: Tally,
}

impl<'a> RepairView<'a> {
    /// A view; JSON lines where asked for.
    #[must_use]
    pub fn new(ui: &'a Ui, json: bool) -> Self {
        Self {
            ui,
            json,
            made: false,
            tally: Tally::default(),
        }
    }

    /// Shows what is to be done.
    pub fn plan(&mut self, repairs: &[Repair]) {
        self.tally.planned = repairs.len() as u64;
        if self.json {
            for repair in repairs {
                self.line(repair, "planned", "");
            }
            return;
        }
        if repairs.is_empty() {
            self.ui
                .say("Nothing that could be repaired without guessing.");
            return;
        }
        let mut sheet = Sheet::new(&[
            Head::table_only("Mailbox"),
            Head::table_only("Folder"),
            Head::number("", "UID"),
            Head::table_only("Repair"),
        ]);
        for repair in repairs {
            sheet.push(vec![
                Cell::Text(repair.mailbox.to_string()),
                Cell::Text(repair.folder.to_string()),
                Cell::Count(repair.uid.0.get().into()),
                Cell::Text(repair.action.to_string()),
            ]);
        }
        self.ui.answer("");
        sheet.write(self.ui, Style::Table, true);
    }

    fn line(&self, repair: &Repair, state: &str, detail: &str) {
        let fields = json!({
            "account": &*repair.account,
            "mailbox": repair.mailbox,
            "folder": repair.folder.to_string(),
            "uid_validity": repair.uid_validity,
            "uid": repair.uid,
            "action": repair.action.name(),
            "what": repair.action.to_string(),
            "state": state,
            "detail": detail,
        });
        line(self.ui, "repair", fields);
    }

    /// Shows what became of a repair.
    pub fn outcome(&mut self, repair: &Repair, outcome: &Outcome) {
        self.made = true;
        let (state, detail, counter) = match outcome {
            Outcome::Done(detail) => ("done", detail.as_str(), &mut self.tally.done),
            Outcome::Gone => ("gone", "", &mut self.tally.gone),
            Outcome::Left(why) => ("left", why.as_str(), &mut self.tally.left),
            Outcome::Failed(why) => ("failed", why.as_str(), &mut self.tally.failed),
        };
        *counter += 1;
        if matches!(outcome, Outcome::Done(_) | Outcome::Gone) {
            self.tally.repaired += repair.repairs;
        }
        let told = match outcome {
            Outcome::Left(_) | Outcome::Failed(_) => true,
            Outcome::Done(_) | Outcome::Gone => self.ui.volume == Volume::Verbose,
        };
        if self.json {
            self.line(repair, state, detail);
        } else if told {
            let place = format!("{} {} UID {}", repair.mailbox, repair.folder, repair.uid);
            let gap = if detail.is_empty() { "" } else { ": " };
            self.ui.error(&format!("{place}: {state}{gap}{detail}"));
        }
    }

    /// Shows the sum, and gives it.
    #[must_use]
    pub fn finish(self) -> Tally {
        let tally = self.tally;
        if !self.json && tally.planned > 0 {
            let planned = plural(tally.planned, "repair", "repairs");
            self.ui.say(&if self.made {
                format!(
                    "{planned}: {} made, {} gone, {} left, {} failed",
                    tally.done, tally.gone, tally.left, tally.failed
                )
            } else {
                format!("{planned} planned, none made")
            });
        }
        tally
    }
}
