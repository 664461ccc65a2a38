//! What a code means, for `--explain`.

use serde_json::json;

use crate::ops::audit::catalogue::{self, Rule};
use crate::ui::json::line;
use crate::ui::sheet::{Cell, Head, Sheet, Style};
use crate::ui::{Ui, Volume};

/// Explains one code.
pub fn explain(ui: &Ui, rule: &Rule, as_json: bool) {
    if as_json {
        return line(ui, "rule", fields(rule));
    }
    let looked = rule.level.to_string();
    ui.say(&format!("{}: {}", rule.code(), rule.row.title));
    for (name, text) in [
        ("harm", rule.kind.as_str()),
        ("severity", &rule.row.severity.to_string()),
        ("looked for", &looked),
        ("expected", rule.expected),
        ("Asterisk", rule.asterisk),
        ("what to do", rule.row.cure),
    ] {
        for line in lines(name, text) {
            ui.say(&line);
        }
    }
}

/// Lists every code.
pub fn list(ui: &Ui, as_json: bool) {
    let mut sheet = Sheet::new(&[
        Head::table_only("Code"),
        Head::table_only("Harm"),
        Head::table_only("Severity"),
        Head::table_only("What it is"),
    ]);
    for rule in catalogue::all() {
        if as_json {
            line(ui, "rule", fields(rule));
        }
        sheet.push(vec![
            Cell::Text(rule.code().to_owned()),
            Cell::Text(rule.kind.to_string()),
            Cell::Text(rule.row.severity.to_string()),
            Cell::Text(rule.row.title.to_owned()),
        ]);
    }
    if as_json {
        let fields = json!({ "rules": catalogue::all().count() });
        return line(ui, "summary", fields);
    }
    sheet.write(ui, Style::Table, true);
    if ui.volume > Volume::Quiet {
        ui.say("\nvmimap audit --explain CODE says what Asterisk does, and what to do.");
    }
}

fn fields(rule: &Rule) -> serde_json::Value {
    json!({
        "code": rule.code(),
        "kind": rule.kind,
        "severity": rule.row.severity,
        "level": rule.level,
        "title": rule.row.title,
        "expected": rule.expected,
        "asterisk": rule.asterisk,
        "hint": rule.row.cure,
    })
}

/// A text behind its name, in lines that fit 80 columns.
fn lines(name: &str, text: &str) -> Vec<String> {
    const NAME: usize = 13;
    const WIDTH: usize = 78;
    let mut lines = Vec::new();
    let mut line = format!("  {name:<NAME$}");
    for word in text.split_whitespace() {
        if line.len() + 1 + word.len() > WIDTH && !line.trim().is_empty() {
            lines.push(line.trim_end().to_owned());
            line = " ".repeat(NAME + 2);
        }
        line.push_str(word);
        line.push(' ');
    }
    lines.push(line.trim_end().to_owned());
    lines
}
