//! The table of counts: a row a voicemail box.

use crate::ops::list::tally::Tally;
use crate::ops::list::{BoxListing, RunListing};
use crate::ui::sheet::{Cell, Head, Sheet};
use crate::voicemail::folder::VoicemailFolder;
use crate::voicemail::list::List;

use super::words::{also_name, also_texts, boxes, cell, not_shown_text};

/// The folders that are lists of their own, and their columns in files.
const NAMED: [(VoicemailFolder, &str); 9] = [
    (VoicemailFolder::Work, "work"),
    (VoicemailFolder::Family, "family"),
    (VoicemailFolder::Friends, "friends"),
    (VoicemailFolder::Cust1, "cust1"),
    (VoicemailFolder::Cust2, "cust2"),
    (VoicemailFolder::Cust3, "cust3"),
    (VoicemailFolder::Cust4, "cust4"),
    (VoicemailFolder::Cust5, "cust5"),
    (VoicemailFolder::Deleted, "deleted"),
];

/// Columns of a row behind the counts that a box and the sum have in common.
const BEHIND: usize = 6;

/// The rows so far. They are drawn at the end, when it is known which columns hold anything.
#[derive(Default)]
pub(super) struct Counts {
    rows: Vec<Vec<Cell>>,
    folders: bool,
    not_shown: bool,
    also_shown: bool,
}

impl Counts {
    /// Takes one box.
    pub(super) fn add(&mut self, listing: &BoxListing) {
        let own = &listing.own;
        self.folders |= NAMED.iter().any(|(folder, _)| named(own, *folder) > 0);
        self.not_shown |= own.not_shown().messages > 0;
        self.also_shown |= !listing.also_shown.is_empty();
        self.rows.push(counts_row(listing));
    }

    /// The sheet, with a sum where there are several boxes.
    pub(super) fn sheet(self, run: &RunListing) -> Sheet {
        let mut sheet = Sheet::new(&self.heads());
        let several = self.rows.len() > 1;
        for row in self.rows {
            sheet.push(row);
        }
        if several {
            sheet.set_total(total_row(run));
        }
        sheet
    }

    fn heads(&self) -> Vec<Head> {
        let mut heads = vec![
            Head::text("mailbox", "Mailbox"),
            Head::number("new", "New"),
            Head::number("urgent", "Urgent"),
            Head::number("old", "Old"),
            Head::table_only("Folders").shown_if(self.folders),
        ];
        heads.extend(NAMED.map(|(_, name)| Head::file_only(name)));
        heads.extend([
            Head::number("total", "Total"),
            Head::number("seconds", "Minutes"),
            Head::file_only("seconds_unknown"),
            Head::table_only("Not shown").shown_if(self.not_shown),
            Head::file_only("not_shown"),
            Head::table_only("Also shown").shown_if(self.also_shown),
            Head::file_only("also_shown"),
            Head::file_only("also_shown_of"),
            Head::file_only("account"),
            Head::file_only("complete"),
            Head::file_only("error"),
        ]);
        heads
    }
}

fn named(tally: &Tally, folder: VoicemailFolder) -> u64 {
    tally.list(List::Named(folder)).messages
}

/// Counts from which something is missing.
fn partly(cell: Cell) -> Cell {
    match cell {
        Cell::Count(_) | Cell::Seconds(_) => cell.at_least(true),
        cell => cell,
    }
}

/// The counts of a tally, as far as they are columns both of a box and of the sum.
fn tally_cells(own: &Tally) -> Vec<Cell> {
    let count = |list| Cell::Count(own.list(list).messages);
    let folders = own.lists().filter_map(|(list, count)| match list {
        List::Named(folder) => Some(format!("{} {folder}", count.messages)),
        _ => None,
    });
    let folders: Vec<String> = folders.collect();
    let mut cells = vec![
        count(List::New),
        count(List::Urgent),
        count(List::Old),
        cell(folders.join(", ")),
    ];
    cells.extend(NAMED.map(|(folder, _)| Cell::Count(named(own, folder))));
    let shown = own.shown();
    cells.extend([
        Cell::Count(shown.messages),
        Cell::Seconds(shown.seconds).at_least(shown.unknown > 0),
        Cell::Count(shown.unknown),
        cell(not_shown_text(own)),
        Cell::Count(own.not_shown().messages),
    ]);
    cells
}

fn counts_row(listing: &BoxListing) -> Vec<Cell> {
    let mut row = vec![Cell::Text(listing.vmbox.to_string())];
    let mut cells = tally_cells(&listing.own);
    if listing.read {
        let of: Vec<String> = listing.also_shown.iter().map(also_name).collect();
        let also = listing.also_shown.iter();
        let also = also.map(|also| also.tally.shown().messages).sum();
        cells.extend([
            cell(also_texts(&listing.also_shown)),
            Cell::Count(also),
            cell(of.join(" ")),
        ]);
        if listing.error.is_some() {
            // A folder is missing from these.
            cells = cells.into_iter().map(partly).collect();
        }
    } else {
        cells.resize(cells.len() + 3, Cell::Nothing);
        cells.fill(Cell::Nothing);
    }
    row.append(&mut cells);
    let error = listing.error.as_ref().map(ToString::to_string);
    row.extend([
        cell(listing.account.clone().unwrap_or_default()),
        Cell::Text(listing.error.is_none().to_string()),
        cell(error.unwrap_or_default()),
    ]);
    row
}

fn total_row(run: &RunListing) -> Vec<Cell> {
    let mut row = vec![Cell::Text(boxes(run.boxes))];
    let mut cells = tally_cells(&run.total);
    if !run.complete() {
        cells = cells.into_iter().map(partly).collect();
    }
    row.append(&mut cells);
    row.resize(row.len() + BEHIND, Cell::Text(String::new()));
    row
}
