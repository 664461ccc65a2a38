//! Tables for people.

use comfy_table::{
    Attribute, Cell, CellAlignment, ColumnConstraint, ContentArrangement, Table, Width,
};

use super::sanitize;

/// A column: its heading, and whether it holds numbers.
pub struct Column {
    /// The heading.
    pub title: &'static str,
    /// Right-aligned.
    pub numeric: bool,
}

/// Fewer columns than these are not believed.
const NARROWEST: u16 = 20;

/// What a terminal is taken for that does not know how wide it is.
const USUAL: u16 = 80;

/// Columns of the terminal that answers go to, never fewer than 20; `None` where they go elsewhere.
#[must_use]
pub fn room() -> Option<usize> {
    Table::new().width().map(believed)
}

/// Columns of the terminal that stderr goes to, never fewer than 20; `None` where it goes elsewhere.
#[must_use]
pub fn room_of_stderr() -> Option<usize> {
    Table::new().use_stderr().width().map(believed)
}

/// Serial consoles, and what `expect` and the like run programs on, say that they have 0 columns.
fn believed(columns: u16) -> usize {
    usize::from(if columns < NARROWEST { USUAL } else { columns })
}

/// The columns of a terminal that each column takes where none is squeezed, gaps counted.
#[must_use]
pub fn widths(columns: &[Column], rows: &[Vec<String>]) -> Vec<usize> {
    let mut table = Table::new();
    table.set_header(columns.iter().map(|column| column.title));
    for row in rows {
        table.add_row(row.iter().map(|text| sanitize::text(text)));
    }
    let content = table.column_max_content_widths();
    content.into_iter().map(|n| usize::from(n) + 2).collect()
}

/// Longer words than this may be broken before numbers and moments are.
const WORD: usize = 12;

/// The longest of the words, in columns of the terminal.
fn longest_word<'t>(texts: impl Iterator<Item = &'t str>) -> u16 {
    let mut table = Table::new();
    for text in texts {
        for word in sanitize::text(text).split(' ') {
            table.add_row([word]);
        }
    }
    let widths = table.column_max_content_widths();
    widths.first().copied().unwrap_or(1)
}

/// Columns without a gap to break at (numbers, moments, names) keep their width, and the others
/// their words, as far as the terminal has room for that.
fn keep_whole(table: &mut Table, columns: &[Column], rows: &[Vec<String>]) {
    let Some(room) = table.width().map(usize::from) else {
        return;
    };
    let widths = table.column_max_content_widths();
    if widths
        .iter()
        .map(|width| usize::from(*width) + 2)
        .sum::<usize>()
        <= room
    {
        return;
    }
    let mut least = 0;
    let mut constraints = Vec::with_capacity(columns.len());
    for (at, (column, width)) in columns.iter().zip(widths).enumerate() {
        let texts = || {
            rows.iter()
                .filter_map(|row| row.get(at))
                .map(String::as_str)
        };
        if column.numeric || !texts().any(|text| text.contains(' ')) {
            least += usize::from(width) + 2;
            constraints.push(ColumnConstraint::ContentWidth);
        } else {
            let word = longest_word(texts().chain([column.title]));
            let word = usize::from(word).min(WORD) + 2;
            least += word;
            let word = Width::Fixed(u16::try_from(word).unwrap_or(u16::MAX));
            constraints.push(ColumnConstraint::LowerBoundary(word));
        }
    }
    if least <= room {
        for (column, constraint) in table.column_iter_mut().zip(constraints) {
            column.set_constraint(constraint);
        }
    }
}

/// Draws rows under headings, without borders, fitted to the terminal's width.
///
/// Cells are sanitised. `bold_last` sets the last row (a sum) apart.
#[must_use]
pub fn draw(columns: &[Column], rows: &[Vec<String>], color: bool, bold_last: bool) -> String {
    draw_in(room(), columns, rows, color, bold_last)
}

/// As [`draw`], into this many columns of a terminal; `None` for as many as it takes.
#[must_use]
pub fn draw_in(
    room: Option<usize>,
    columns: &[Column],
    rows: &[Vec<String>],
    color: bool,
    bold_last: bool,
) -> String {
    let mut table = Table::new();
    table
        .load_style(comfy_table::presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic);
    if !color {
        table.force_no_tty();
    }
    if let Some(room) = room {
        table.set_width(u16::try_from(room).unwrap_or(u16::MAX));
    }
    let align = |cell: Cell, column: &Column| {
        if column.numeric {
            cell.set_alignment(CellAlignment::Right)
        } else {
            cell
        }
    };
    table.set_header(columns.iter().map(|column| {
        let cell = align(Cell::new(column.title), column);
        if color {
            cell.add_attribute(Attribute::Bold)
        } else {
            cell
        }
    }));
    for (at, row) in rows.iter().enumerate() {
        let bold = color && bold_last && at + 1 == rows.len();
        table.add_row(row.iter().zip(columns).map(|(text, column)| {
            let cell = align(Cell::new(sanitize::text(text)), column);
            if bold {
                cell.add_attribute(Attribute::Bold)
            } else {
                cell
            }
        }));
    }
    let sum = usize::from(bold_last && !rows.is_empty());
    keep_whole(&mut table, columns, &rows[..rows.len() - sum]);
    table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(room: usize, rows: &[&[&str]]) -> Vec<String> {
        let columns = [("Name", false), ("When", false), ("Size", true)];
        let columns = columns.map(|(title, numeric)| Column { title, numeric });
        let rows: Vec<Vec<String>> = rows
            .iter()
            .map(|row| row.iter().map(|text| (*text).to_owned()).collect())
            .collect();
        let text = draw_in(Some(room), &columns, &rows, false, false);
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn words_are_broken_before_numbers_and_moments_are() {
        let moment = "2026-11-23T10:53:48+01:00";
        let lines = drawn(
            50,
            &[&["a rather long name of somebody", moment, "5.8 KiB"]],
        );
        assert!(lines.iter().any(|line| line.contains(moment)), "{lines:?}");
        assert!(
            lines.iter().any(|line| line.ends_with("5.8 KiB")),
            "{lines:?}"
        );
        assert!(lines.len() > 2 && lines.iter().all(|line| line.len() <= 50));
    }

    #[test]
    fn a_terminal_that_does_not_know_its_width_is_taken_for_a_usual_one() {
        assert_eq!([0, 19, 20, 300].map(believed), [80, 80, 20, 300]);
    }

    #[test]
    fn wide_characters_take_two_columns() {
        let lines = drawn(80, &[&["渡辺 太郎", "x", "1"], &["abcdefghi", "x", "1"]]);
        let before = |line: &str| line.split('x').next().unwrap().chars().count();
        assert_eq!(before(&lines[1]) + 4, before(&lines[2]), "{lines:?}");
    }

    #[test]
    fn a_terminal_too_narrow_for_anything_still_gets_a_table() {
        assert!(drawn(10, &[&["a b c d", "2026-11-23T10:53:48+01:00", "1"]]).len() > 2);
    }
}
