//! How a listing looks to people and spreadsheets: one table of counts, or a table of messages for
//! each voicemail box; and the remarks beside it.

mod counts;
mod lines;
mod words;

use std::collections::BTreeMap;

use crate::ops::list::{BoxListing, RunListing, catalogue, messages};
use crate::ops::select::Selection;
use crate::voicemail::notice::{Notice, Severity};

use super::sheet::{Cell, Sheet, Style, left_out_line, moment};
use super::words::NO_MAILBOX;
use super::{Ui, Volume, remarks, sanitize};
use counts::Counts;

/// Draws a listing.
pub struct ListView<'a> {
    ui: &'a Ui,
    style: Style,
    utc: bool,
    /// What is counted, where not everything is.
    restricted: Option<String>,
    /// Rows of counts; `None` where messages are listed.
    counts: Option<Counts>,
    /// Boxes whose messages have been drawn.
    parts: u64,
    left_out: Vec<&'static str>,
    /// Remarks so far, by code.
    told: BTreeMap<&'static str, usize>,
}

/// Remarks about voicemail.conf, on stderr: errors always, the rest on request; what is odd there is
/// for `config show` to tell.
pub fn remark(ui: &Ui, notices: &[Notice]) {
    let wanted =
        |notice: &Notice| ui.volume == Volume::Verbose || notice.severity == Severity::Error;
    let wanted: Vec<Notice> = notices.iter().filter(|one| wanted(one)).cloned().collect();
    remarks::show(&wanted, ui);
}

impl<'a> ListView<'a> {
    /// A view for one run, of counts or of messages. `restricted` says what is counted, where that
    /// is not everything.
    #[must_use]
    pub fn new(
        ui: &'a Ui,
        style: Style,
        utc: bool,
        messages: bool,
        restricted: Option<String>,
    ) -> Self {
        Self {
            ui,
            style,
            utc,
            restricted,
            counts: (!messages).then(Counts::default),
            parts: 0,
            left_out: Vec::new(),
            told: BTreeMap::new(),
        }
    }

    /// Takes one box.
    pub fn add(&mut self, listing: &BoxListing) {
        for notice in &listing.notices {
            self.notice(notice);
        }
        if let Some(error) = &listing.error {
            self.ui.error(&format!("{}: {error}", listing.vmbox));
        }
        match &mut self.counts {
            Some(counts) => counts.add(listing),
            None => self.add_messages(listing),
        }
    }

    /// A remark about the answer, on stderr: errors always, others unless `--quiet`, and no more
    /// than a few of a kind unless asked for.
    pub fn notice(&mut self, notice: &Notice) {
        let told = self.told.entry(notice.code).or_default();
        *told += 1;
        let few = *told <= remarks::MOST || self.ui.volume == Volume::Verbose;
        if notice.severity == Severity::Error || (few && self.ui.volume > Volume::Quiet) {
            self.ui.error(&remarks::text(notice));
        }
    }

    fn add_messages(&mut self, listing: &BoxListing) {
        let table = self.style == Style::Table;
        if table {
            let gap = if self.parts > 0 { "\n" } else { "" };
            let heading = sanitize::text(&lines::heading(listing)).into_owned();
            self.ui.say(&format!("{gap}{heading}"));
            if let Some(line) = also_line(&listing.also_shown) {
                self.ui.say(&format!("  {}", sanitize::text(&line)));
            }
        }
        let also = listing.entries.iter();
        let also = also.clone().any(|entry| !entry.also_shown_to.is_empty());
        let greeting = listing.entries.iter().any(|entry| entry.greeting.is_some());
        let mut sheet = Sheet::new(&lines::message_heads(also, greeting));
        for entry in &listing.entries {
            sheet.push(lines::message_row(listing, entry));
        }
        if !table || !sheet.is_empty() {
            let first = self.parts == 0;
            let left_out = sheet.write_part(self.ui, self.style, self.utc, first);
            for title in left_out {
                if !self.left_out.contains(&title) {
                    self.left_out.push(title);
                }
            }
        }
        self.parts += 1;
    }

    /// Draws what is drawn last.
    pub fn finish(mut self, run: &RunListing) {
        for (code, told) in &self.told {
            let untold = told.saturating_sub(remarks::MOST);
            if untold > 0 && *code != catalogue::WHOSE.code && self.ui.volume == Volume::Normal {
                let ui = self.ui;
                ui.error(&format!(
                    "{code}: and {untold} more like these; -v shows all"
                ));
            }
        }
        let table = self.style == Style::Table;
        match self.counts.take() {
            _ if table && run.boxes == 0 => self.ui.say(NO_MAILBOX),
            Some(counts) => counts.sheet(run).write(self.ui, self.style, self.utc),
            None if table && run.boxes > 1 => self.ui.say(&format!("\n{}", sum(run))),
            // A file has its heading, be it empty.
            None if !table && self.parts == 0 => {
                let empty = Sheet::new(&lines::message_heads(false, false));
                let _ = empty.write_part(self.ui, self.style, self.utc, true);
            }
            None => {}
        }
        self.notes(run, table);
    }

    /// What must be known to read the answer right; beside a file it goes to stderr.
    fn notes(&self, run: &RunListing, table: bool) {
        let say = |line: &str| match (table, self.ui.volume) {
            (true, _) => self.ui.say(line),
            (false, Volume::Quiet) => {}
            (false, _) => self.ui.error(line),
        };
        if table && let Some(line) = left_out_line(&self.left_out) {
            say(&line);
        }
        if let Some(what) = &self.restricted {
            say(what);
        }
        let unknown = run.total.shown().unknown;
        if unknown > 0 {
            let do_not = if unknown == 1 { "does" } else { "do" };
            say(&format!(
                "+: at least; {} {do_not} not say how long",
                messages(unknown)
            ));
        }
        let failed = run.failures.boxes();
        if failed + run.boxes_left > 0 {
            let left = run.boxes_left;
            let left = if left > 0 {
                format!(", {left} not begun")
            } else {
                String::new()
            };
            say(&format!(
                "Not complete: of {} {failed} could not be read wholly{left}.",
                words::boxes(run.boxes)
            ));
        }
    }
}

fn also_line(also: &[crate::ops::list::AlsoShown]) -> Option<String> {
    (!also.is_empty()).then(|| format!("its phone also shows {}", words::also_texts(also)))
}

/// `6 mailboxes: 21 messages, 1:02`
fn sum(run: &RunListing) -> String {
    let shown = run.total.shown();
    let length = Cell::Seconds(shown.seconds).at_least(shown.unknown > 0);
    let length = length.for_people(true);
    format!(
        "{}: {}, {length}",
        words::boxes(run.boxes),
        messages(shown.messages)
    )
}

/// What is listed, in a sentence, where it is not everything.
#[must_use]
pub fn restriction(selection: &Selection, utc: bool) -> Option<String> {
    let Selection {
        folders,
        since,
        until,
        ..
    } = selection;
    let mut what = Vec::new();
    if !folders.is_empty() {
        let names: Vec<&str> = folders.iter().map(|folder| folder.as_str()).collect();
        what.push(format!("in {}", names.join(", ")));
    }
    what.extend(since.map(|second| format!("left at or after {}", moment(second, utc))));
    what.extend(until.map(|second| format!("left before {}", moment(second, utc))));
    (!what.is_empty()).then(|| format!("Only messages {} are counted.", what.join(", ")))
}
