//! Tables for people.

use comfy_table::{Attribute, Cell, CellAlignment, ContentArrangement, Table};

use super::sanitize;

/// A column: its heading, and whether it holds numbers.
pub struct Column {
    /// The heading.
    pub title: &'static str,
    /// Right-aligned.
    pub numeric: bool,
}

/// Draws rows under headings, without borders, fitted to the terminal's width.
///
/// Cells are sanitised. `bold_last` sets the last row (a sum) apart.
#[must_use]
pub fn draw(columns: &[Column], rows: &[Vec<String>], color: bool, bold_last: bool) -> String {
    let mut table = Table::new();
    table
        .load_style(comfy_table::presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic);
    if !color {
        table.force_no_tty();
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
    table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect::<Vec<_>>()
        .join("\n")
}
