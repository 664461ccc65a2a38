//! The table in docs/servers.md: what was run against what, and how it went.
//!
//! Each test owns a row. With `VMIMAP_BLESS=1` it writes it, else it compares it.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::LIFE;
use super::subjects::NAMES;

const BEGIN: &str =
    "<!-- written by tests/every_server.rs: VMIMAP_BLESS=1 cargo test --test every_server -->\n";
const END: &str = "<!-- end of what tests/every_server.rs writes -->\n";

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/servers.md")
}

fn blessing() -> bool {
    std::env::var_os("VMIMAP_BLESS").is_some()
}

fn row(cells: &[&str]) -> String {
    cells.iter().fold(String::from("|"), |mut line, cell| {
        let _ = write!(line, " {} |", cell.replace('|', "\\|"));
        line
    })
}

fn heading() -> String {
    let mut cells = vec!["server", "version"];
    cells.extend(LIFE.iter().map(|step| step.name));
    format!("{}\n|{}\n", row(&cells), "---|".repeat(cells.len()))
}

/// The rows between the marks, without the heading.
fn rows(text: &str) -> Vec<String> {
    let inside = text.split(BEGIN).nth(1).unwrap_or_default();
    let inside = inside.split(END).next().unwrap_or_default();
    let rows = inside.lines().skip(2).map(str::to_owned);
    rows.filter(|row| !row.is_empty()).collect()
}

/// Replaces the rows that `change` is for, under a lock: tests run side by side.
fn rewrite(change: impl FnOnce(&mut Vec<String>)) {
    let lock = File::open(path()).unwrap();
    lock.lock().unwrap();
    let text = fs::read_to_string(path()).unwrap();
    let mut table = rows(&text);
    change(&mut table);
    table.sort_by_key(|row| {
        NAMES
            .iter()
            .position(|name| row.starts_with(&format!("| {name} |")))
    });
    let (before, rest) = text.split_once(BEGIN).expect("the beginning is marked");
    let (_, after) = rest.split_once(END).expect("the end is marked");
    let rows = table.join("\n");
    let text = format!("{before}{BEGIN}{}{rows}\n{END}{after}", heading());
    fs::write(path(), text).unwrap();
}

/// Compares or writes one server's row.
pub fn check(name: &str, software: &str, cells: &[String]) {
    let mut all = vec![name, software];
    all.extend(cells.iter().map(String::as_str));
    let row = row(&all);
    if blessing() {
        rewrite(|table| {
            table.retain(|old| !old.starts_with(&format!("| {name} |")));
            table.push(row);
        });
        return;
    }
    let text = fs::read_to_string(path()).unwrap();
    assert!(
        rows(&text).contains(&row),
        "stale, run `VMIMAP_BLESS=1 cargo test --test every_server`; docs/servers.md has not\n{row}"
    );
}

/// Compares or writes what the table has besides the servers' own words: the heading, and one row
/// for each server.
pub fn check_outline() {
    if blessing() {
        let known = |row: &String| {
            NAMES
                .iter()
                .any(|name| row.starts_with(&format!("| {name} |")))
        };
        rewrite(|table| table.retain(known));
        return;
    }
    let text = fs::read_to_string(path()).unwrap();
    assert!(
        text.contains(&format!("{BEGIN}{}", heading())),
        "stale, run `make bless`"
    );
    let names: Vec<String> = rows(&text)
        .iter()
        .map(|row| {
            row.split(" |")
                .next()
                .unwrap()
                .trim_start_matches("| ")
                .to_owned()
        })
        .collect();
    assert_eq!(names, NAMES);
}
