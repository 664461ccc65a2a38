//! Rows of an answer: a table for people, CSV or TSV for spreadsheets and scripts.
//!
//! One value serves all three, so that they cannot disagree. People get units, the local time and
//! safe text; files get plain numbers, RFC 3339 and every column.

use crate::ops::octets::Octets;

use super::Ui;
use super::table::{self, Column, draw_in};

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
    /// Its heading in files; a contract (`docs/json.md` has the same names). Empty for a column
    /// that is in tables only.
    pub name: &'static str,
    /// Its heading in a table; `None` for a column that is in files only.
    pub title: Option<&'static str>,
    /// Whether it holds numbers.
    pub numeric: bool,
    /// How dispensable it is in a table too wide for the terminal: the highest goes first, 0 stays.
    pub spare: u8,
}

impl Head {
    /// A column of text.
    #[must_use]
    pub const fn text(name: &'static str, title: &'static str) -> Self {
        Self {
            name,
            title: Some(title),
            numeric: false,
            spare: 0,
        }
    }

    /// A column of numbers.
    #[must_use]
    pub const fn number(name: &'static str, title: &'static str) -> Self {
        Self {
            name,
            title: Some(title),
            numeric: true,
            spare: 0,
        }
    }

    /// A column that is in files only.
    #[must_use]
    pub const fn file_only(name: &'static str) -> Self {
        Self {
            name,
            title: None,
            numeric: false,
            spare: 0,
        }
    }

    /// A column that is in tables only: what files have in several columns, in words.
    #[must_use]
    pub const fn table_only(title: &'static str) -> Self {
        Self::text("", title)
    }

    /// The same column, left out of a table that does not fit the terminal: those with the highest
    /// number first.
    #[must_use]
    pub const fn spare(mut self, rank: u8) -> Self {
        self.spare = rank;
        self
    }

    /// The same column, in files always and in tables only where it is `wanted`.
    #[must_use]
    pub const fn shown_if(mut self, wanted: bool) -> Self {
        if !wanted {
            self.title = None;
        }
        self
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
    /// A sum of which a part is unknown: with a `+` in a table, the number alone in a file.
    AtLeast(Box<Cell>),
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

    /// The value, or the part of it that is known.
    #[must_use]
    pub fn at_least(self, partly: bool) -> Self {
        if partly {
            Self::AtLeast(Box::new(self))
        } else {
            self
        }
    }

    /// As a table has it.
    #[must_use]
    pub fn for_people(&self, utc: bool) -> String {
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
            Self::AtLeast(known) => format!("{}+", known.for_people(utc)),
        }
    }

    fn for_files(&self, utc: bool) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Text(text) => text.clone(),
            Self::Count(n) | Self::Of(n, _) | Self::Octets(n) | Self::Seconds(n) => n.to_string(),
            Self::PerMille(n) => format!("{}.{}", n / 10, n % 10),
            Self::Moment(second) => moment(*second, utc),
            Self::AtLeast(known) => known.for_files(utc),
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

/// Columns of a terminal that sentences and names are content with before other columns have to go.
const SENTENCE: usize = 32;

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

    /// Writes the sheet as an answer. Below a table it says which columns found no room.
    pub fn write(&self, ui: &Ui, style: Style, utc: bool) {
        let left_out = self.write_part(ui, style, utc, true);
        if let Some(line) = left_out_line(&left_out) {
            ui.say(&line);
        }
    }

    /// Writes a part of an answer that comes in several sheets with the same columns: files have
    /// the heading in front of the `first` only. Returns the titles of columns that found no room
    /// in the terminal, for [`left_out_line`].
    #[must_use]
    pub fn write_part(&self, ui: &Ui, style: Style, utc: bool, first: bool) -> Vec<&'static str> {
        match style {
            Style::Table => {
                let (text, left_out) = self.table(table::room(), ui.color(), utc);
                ui.answer(&text);
                return left_out;
            }
            Style::Csv => self.separated(ui, b',', utc, first),
            Style::Tsv => self.separated(ui, b'\t', utc, first),
        }
        Vec::new()
    }

    fn table(&self, room: Option<usize>, color: bool, utc: bool) -> (String, Vec<&'static str>) {
        let mut shown: Vec<usize> = (0..self.heads.len())
            .filter(|at| self.heads[*at].title.is_some())
            .collect();
        let mut cells: Vec<Vec<String>> = self
            .rows
            .iter()
            .chain(&self.total)
            .map(|row| shown.iter().map(|at| row[*at].for_people(utc)).collect())
            .collect();
        let title = |at: usize| self.heads[at].title.unwrap_or_default();
        let columns = |shown: &[usize]| -> Vec<Column> {
            let column = |at: &usize| Column {
                title: title(*at),
                numeric: self.heads[*at].numeric,
            };
            shown.iter().map(column).collect()
        };
        let mut left_out = Vec::new();
        if let Some(room) = room {
            let mut widths = table::widths(&columns(&shown), &cells);
            // A long sentence is broken into lines before a column is left out for it.
            for (at, width) in widths.iter_mut().enumerate() {
                let mut texts = cells.iter().filter_map(|row| row.get(at));
                if !self.heads[shown[at]].numeric && texts.any(|text| text.contains(' ')) {
                    *width = (*width).min(SENTENCE);
                }
            }
            let spare = |at: usize| self.heads[at].spare;
            while widths.iter().sum::<usize>() > room
                && let Some(last) = (0..shown.len()).max_by_key(|at| spare(shown[*at]))
                && spare(shown[last]) > 0
            {
                left_out.push(title(shown.remove(last)));
                widths.remove(last);
                for row in &mut cells {
                    row.remove(last);
                }
            }
        }
        let text = draw_in(room, &columns(&shown), &cells, color, self.total.is_some());
        (text, left_out)
    }

    fn separated(&self, ui: &Ui, delimiter: u8, utc: bool, heading: bool) {
        if self.rows.is_empty() && !heading {
            return;
        }
        // A tab inside a value would be a column of its own; other control characters of a
        // stranger's name have no business in a file that somebody will `cat`.
        let safe = |text: String| super::sanitize::text(&text).into_owned();
        let in_files = || self.heads.iter().map(|head| !head.name.is_empty());
        let mut writer = csv::WriterBuilder::new()
            .delimiter(delimiter)
            .from_writer(Vec::new());
        let mut written = Ok(());
        if heading {
            let heads = self.heads.iter().map(|head| head.name);
            written = writer.write_record(heads.filter(|name| !name.is_empty()));
        }
        for row in &self.rows {
            let cells = row.iter().zip(in_files()).filter(|(_, wanted)| *wanted);
            let cells = cells.map(|(cell, _)| match (safe(cell.for_files(utc)), cell) {
                (text, Cell::Text(_)) if delimiter == b',' => super::sanitize::formula(text),
                (text, _) => text,
            });
            written = written.and_then(|()| writer.write_record(cells));
        }
        // Writing to memory fails only where a row has another length than the heading.
        if let (Ok(()), Ok(octets)) = (written, writer.into_inner()) {
            ui.answer(String::from_utf8_lossy(&octets).trim_end_matches('\n'));
        }
    }
}

/// What to say below tables from which columns were left out; `None` where none was.
#[must_use]
pub fn left_out_line(titles: &[&str]) -> Option<String> {
    let titles = titles.join(", ");
    (!titles.is_empty())
        .then(|| format!("(no room for: {titles}; a wider terminal, --csv and --json have them)"))
}

#[cfg(test)]
mod tests;
