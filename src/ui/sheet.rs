//! Rows of an answer: a table for people, CSV or TSV for spreadsheets and scripts.
//!
//! One value serves all three, so that they cannot disagree. People get units, the local time and
//! safe text; files get plain numbers, RFC 3339 and every column.

use crate::ops::octets::Octets;

use super::Ui;
use super::table::{Column, draw};

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// A table that fits the terminal.
    #[default]
    Table,
    /// Comma-separated values (RFC 4180).
    Csv,
    /// Tab-separated values.
    Tsv,
}

/// A column of a [`Sheet`].
#[derive(Debug, Clone, Copy)]
pub struct Head {
    /// Its heading in files; a contract (`docs/json.md` has the same names).
    pub name: &'static str,
    /// Its heading in a table; `None` for a column that is in files only.
    pub title: Option<&'static str>,
    /// Whether it holds numbers.
    pub numeric: bool,
    /// Whether a table that is too wide for the terminal does without it.
    pub optional: bool,
}

impl Head {
    /// The same, left out of a table that is too wide for the terminal.
    #[must_use]
    pub const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// A column of text.
    #[must_use]
    pub const fn text(name: &'static str, title: &'static str) -> Self {
        Self {
            name,
            title: Some(title),
            numeric: false,
            optional: false,
        }
    }

    /// A column of numbers.
    #[must_use]
    pub const fn number(name: &'static str, title: &'static str) -> Self {
        Self {
            name,
            title: Some(title),
            numeric: true,
            optional: false,
        }
    }

    /// A column that is in files only.
    #[must_use]
    pub const fn file_only(name: &'static str) -> Self {
        Self {
            name,
            title: None,
            numeric: false,
            optional: false,
        }
    }
}

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing; `-` in a table, empty in a file.
    Nothing,
    /// Text, possibly a stranger's.
    Text(String),
    /// A count.
    Count(u64),
    /// A count out of so many: `12/100` in a table, the count alone in a file.
    Of(u64, u64),
    /// Octets.
    Octets(u64),
    /// Tenths of a percent.
    PerMille(u64),
    /// Seconds of speech: `m:ss` in a table, a number in a file.
    Seconds(u64),
    /// A moment, Unix seconds UTC.
    Moment(i64),
}

impl Cell {
    /// A count, or nothing.
    #[must_use]
    pub fn count(value: Option<u64>) -> Self {
        value.map_or(Self::Nothing, Self::Count)
    }

    /// Octets, or nothing.
    #[must_use]
    pub fn octets(value: Option<u64>) -> Self {
        value.map_or(Self::Nothing, Self::Octets)
    }

    fn for_people(&self, utc: bool) -> String {
        match self {
            Self::Nothing => "-".to_owned(),
            Self::Text(text) => text.clone(),
            Self::Count(n) => n.to_string(),
            Self::Of(n, most) => format!("{n}/{most}"),
            Self::Octets(n) => Octets(*n).to_string(),
            Self::PerMille(n) => format!("{}.{} %", n / 10, n % 10),
            Self::Seconds(n) if *n >= 3600 => {
                format!("{}:{:02}:{:02}", n / 3600, n / 60 % 60, n % 60)
            }
            Self::Seconds(n) => format!("{}:{:02}", n / 60, n % 60),
            Self::Moment(second) => moment(*second, utc),
        }
    }

    fn for_files(&self, utc: bool) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Text(text) => text.clone(),
            Self::Count(n) | Self::Of(n, _) | Self::Octets(n) | Self::Seconds(n) => n.to_string(),
            Self::PerMille(n) => format!("{}.{}", n / 10, n % 10),
            Self::Moment(second) => moment(*second, utc),
        }
    }
}

/// A moment in RFC 3339, in the system's zone or in UTC.
#[must_use]
pub fn moment(second: i64, utc: bool) -> String {
    let Ok(timestamp) = jiff::Timestamp::from_second(second) else {
        return second.to_string();
    };
    if utc {
        return timestamp.to_string();
    }
    timestamp
        .to_zoned_datetime(jiff::tz::TimeZone::system())
        .strftime("%Y-%m-%dT%H:%M:%S%:z")
        .to_string()
}

/// Rows under headings.
#[derive(Debug, Clone, Default)]
pub struct Sheet {
    heads: Vec<Head>,
    rows: Vec<Vec<Cell>>,
    total: Option<Vec<Cell>>,
}

impl Sheet {
    /// A sheet without rows.
    #[must_use]
    pub fn new(heads: &[Head]) -> Self {
        Self {
            heads: heads.to_vec(),
            ..Self::default()
        }
    }

    /// Adds a row; it has a cell for every column.
    pub fn push(&mut self, row: Vec<Cell>) {
        debug_assert_eq!(row.len(), self.heads.len());
        self.rows.push(row);
    }

    /// Sets the sum under a table; files have none.
    pub fn set_total(&mut self, row: Vec<Cell>) {
        self.total = Some(row);
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Writes the sheet as an answer.
    pub fn write(&self, ui: &Ui, style: Style, utc: bool) {
        match style {
            Style::Table => {
                let width = ui.stdout_is_terminal.then(terminal_width).flatten();
                ui.answer(&self.table(ui.color(), utc, width));
            }
            Style::Csv => self.separated(ui, b',', utc),
            Style::Tsv => self.separated(ui, b'\t', utc),
        }
    }

    fn table(&self, color: bool, utc: bool, width: Option<usize>) -> String {
        let mut shown: Vec<usize> = (0..self.heads.len())
            .filter(|at| self.heads[*at].title.is_some())
            .collect();
        // The rightmost first: what matters most stands on the left.
        while let Some(width) = width
            && self.natural_width(&shown, utc) > width
            && let Some(at) = shown.iter().rposition(|at| self.heads[*at].optional)
        {
            shown.remove(at);
        }
        let columns: Vec<Column> = shown
            .iter()
            .map(|at| Column {
                title: self.heads[*at].title.unwrap_or_default(),
                numeric: self.heads[*at].numeric,
            })
            .collect();
        let rows: Vec<Vec<String>> = self
            .rows
            .iter()
            .chain(&self.total)
            .map(|row| shown.iter().map(|at| row[*at].for_people(utc)).collect())
            .collect();
        draw(&columns, &rows, color, self.total.is_some())
    }

    /// The width of a table of these columns, a space on either side of each.
    fn natural_width(&self, shown: &[usize], utc: bool) -> usize {
        let width = |at: usize| {
            let title = self.heads[at].title.unwrap_or_default().chars().count();
            let rows = self.rows.iter().chain(&self.total);
            let cells = rows.map(|row| row[at].for_people(utc).chars().count());
            cells.max().unwrap_or(0).max(title) + 2
        };
        shown.iter().map(|at| width(*at)).sum()
    }

    fn separated(&self, ui: &Ui, delimiter: u8, utc: bool) {
        // A tab inside a value would be a column of its own; other control characters of a
        // stranger's name have no business in a file that somebody will `cat`.
        let safe = |text: String| super::sanitize::text(&text).into_owned();
        let mut writer = csv::WriterBuilder::new()
            .delimiter(delimiter)
            .from_writer(Vec::new());
        let heads = self.heads.iter().map(|head| head.name.to_owned());
        let mut written = writer.write_record(heads);
        for row in &self.rows {
            let cells = row.iter().map(|cell| safe(cell.for_files(utc)));
            written = written.and_then(|()| writer.write_record(cells));
        }
        // Writing to memory fails only where a row has another length than the heading.
        if let (Ok(()), Ok(octets)) = (written, writer.into_inner()) {
            ui.answer(String::from_utf8_lossy(&octets).trim_end_matches('\n'));
        }
    }
}

fn terminal_width() -> Option<usize> {
    comfy_table::Table::new().width().map(usize::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_terminal_costs_the_optional_columns_and_no_others() {
        let mut sheet = Sheet::new(&[
            Head::text("a", "Aaaa"),
            Head::number("b", "Bbbb").optional(),
            Head::number("c", "Cccc"),
            Head::number("d", "Dddd").optional(),
        ]);
        sheet.push(vec![
            Cell::Of(1, 2),
            Cell::Count(3),
            Cell::Count(4),
            Cell::Count(5),
        ]);
        let heads = |width| {
            let table = sheet.table(false, true, width);
            let first = table.lines().next().unwrap_or_default().to_owned();
            first
                .split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(heads(None), ["Aaaa", "Bbbb", "Cccc", "Dddd"]);
        assert_eq!(heads(Some(24)).len(), 4);
        assert_eq!(heads(Some(23)), ["Aaaa", "Bbbb", "Cccc"]);
        assert_eq!(heads(Some(5)), ["Aaaa", "Cccc"]);
    }

    #[test]
    fn people_and_files_get_their_own_spelling() {
        for (cell, people, file) in [
            (Cell::Nothing, "-", ""),
            (Cell::Octets(2048), "2.0 KiB", "2048"),
            (Cell::Of(12, 100), "12/100", "12"),
            (Cell::PerMille(987), "98.7 %", "98.7"),
            (Cell::Seconds(3725), "1:02:05", "3725"),
            (Cell::Seconds(65), "1:05", "65"),
            (
                Cell::Moment(0),
                "1970-01-01T00:00:00Z",
                "1970-01-01T00:00:00Z",
            ),
            (
                Cell::Moment(i64::MAX),
                "9223372036854775807",
                "9223372036854775807",
            ),
        ] {
            assert_eq!(cell.for_people(true), people);
            assert_eq!(cell.for_files(true), file);
        }
    }
}
