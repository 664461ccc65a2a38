//! A doctor's report: one screen for people, JSON lines for scripts, one line for monitoring.
//!
//! One screen stays one screen with ten thousand mailboxes: what is said of several objects alike is
//! said once, and of a code's findings that differ the first few are shown (`-v` shows all).

use comfy_table::{Attribute, Cell, Color, ColumnConstraint, ContentArrangement, Table, Width};
use serde_json::{Value, json};

use super::words::plural;
use super::{Ui, Volume, nagios, sanitize};
use crate::exit::Exit;
use crate::ops::doctor::{Check, Report, Verdict};

/// The service's name in a monitoring system's line.
pub const SERVICE: &str = "VMIMAP DOCTOR";

/// Objects that are named where several have the same finding.
const NAMED: usize = 3;

/// Different findings of one code that are shown.
const SHOWN: usize = 2;

/// Findings that look alike, as one.
struct Line<'a> {
    check: &'a Check,
    subjects: Vec<&'a str>,
}

/// Writes the screen.
pub fn text(ui: &Ui, report: &Report) {
    if ui.volume > Volume::Quiet {
        ui.answer(&format!(
            "{}, {}, {}; {} visited",
            plural(report.mailboxes, "mailbox", "mailboxes"),
            plural(report.accounts, "account", "accounts"),
            plural(report.servers, "server", "servers"),
            report.visited
        ));
    }
    let quiet = ui.volume == Volume::Quiet;
    let shown: Vec<&Check> = report
        .checks
        .iter()
        .filter(|check| !quiet || check.verdict == Verdict::Error)
        .collect();
    let width = shown.iter().map(|check| check.topic.len()).max();
    let screen = Screen {
        ui,
        server: report.server.as_deref(),
        topics: width.unwrap_or(0),
        all: ui.volume >= Volume::Verbose,
    };
    for group in shown.chunk_by(|one, other| one.group == other.group) {
        screen.section(group);
    }
    if !quiet {
        ui.say(&format!("\n{}", sum(report)));
    }
    if let Some(signal) = report.interrupted {
        ui.error(&format!(
            "interrupted by signal {signal}; not everything was looked at"
        ));
    }
}

fn sum(report: &Report) -> String {
    let of = |verdict| report.count(verdict);
    format!(
        "{} ok, {}, {}, {}, {} not looked at",
        of(Verdict::Pass),
        plural(of(Verdict::Note), "note", "notes"),
        plural(of(Verdict::Warning), "warning", "warnings"),
        plural(of(Verdict::Error), "error", "errors"),
        of(Verdict::Skipped)
    )
}

/// How a report is drawn.
struct Screen<'a> {
    ui: &'a Ui,
    /// The only server, which need not be named in every line.
    server: Option<&'a str>,
    /// Columns of the topics.
    topics: usize,
    /// Whether alike lines stay apart.
    all: bool,
}

impl Screen<'_> {
    /// Writes one group: a heading, and a row for each line.
    fn section(&self, checks: &[&Check]) {
        let Some(first) = checks.first() else { return };
        let alone = checks.iter().all(|check| check.subject == first.subject);
        if self.ui.volume > Volume::Quiet {
            self.heading(first, alone);
        }
        let mut table = self.table();
        let mut hinted: Vec<&str> = Vec::new();
        for (line, more) in lines(checks, self.all) {
            let check = line.check;
            let code = check
                .code
                .map_or(String::new(), |code| format!(" [{code}]"));
            let named = if alone {
                String::new()
            } else {
                self.named(&line.subjects)
            };
            let text = match named.as_str() {
                "" => format!("{}{code}", check.text),
                named => format!("{named}: {}{code}", check.text),
            };
            let word = paint(check.verdict, self.ui.color());
            let text = Cell::new(sanitize::text(&text));
            table.add_row([word, Cell::new(check.topic), text]);
            if more > 0 {
                let text = format!("... and {more} more{code}; -v shows all");
                table.add_row([Cell::new(""), Cell::new(""), Cell::new(text)]);
            }
            if let Some(hint) = &check.hint
                && !hinted.contains(&hint.as_str())
            {
                hinted.push(hint);
                let cell = Cell::new(format!("-> {}", sanitize::text(hint)));
                let cell = if self.ui.color() {
                    cell.add_attribute(Attribute::Dim)
                } else {
                    cell
                };
                table.add_row([Cell::new(""), Cell::new(""), cell]);
            }
        }
        self.fix_widths(&mut table);
        for line in table.lines() {
            self.ui.answer(line.trim_end());
        }
    }

    fn heading(&self, first: &Check, alone: bool) {
        let heading = if alone {
            format!("{}: {}", first.group, sanitize::text(&first.subject))
        } else {
            first.group.to_string()
        };
        if self.ui.color() {
            self.ui.answer(&format!("\n\u{1b}[1m{heading}\u{1b}[0m"));
        } else {
            self.ui.answer(&format!("\n{heading}"));
        }
    }

    fn table(&self) -> Table {
        let mut table = Table::new();
        table
            .load_style(comfy_table::presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic);
        if !self.ui.color() {
            table.force_no_tty();
        }
        if let Some(room) = super::table::room() {
            table.set_width(u16::try_from(room).unwrap_or(u16::MAX));
        }
        table
    }

    /// The first two columns have the same width in every group.
    fn fix_widths(&self, table: &mut Table) {
        for (at, width) in [(0, 6), (1, self.topics + 2)] {
            let width = Width::Fixed(u16::try_from(width).unwrap_or(u16::MAX));
            if let Some(column) = table.column_mut(at) {
                column.set_constraint(ColumnConstraint::Absolute(width));
            }
        }
    }

    /// The objects of a line: the first few, and how many more; without the only server's name.
    fn named(&self, subjects: &[&str]) -> String {
        let short = |subject: &&str| match (self.server, subject.rsplit_once('@')) {
            (Some(server), _) if *subject == server => String::new(),
            (Some(server), Some((user, host))) if host == server => user.to_owned(),
            _ => (*subject).to_owned(),
        };
        if subjects.len() <= NAMED {
            let all: Vec<String> = subjects.iter().map(short).collect();
            return all.join(", ");
        }
        let first: Vec<String> = subjects[..NAMED - 1].iter().map(short).collect();
        format!(
            "{} and {} more",
            first.join(", "),
            subjects.len() - (NAMED - 1)
        )
    }
}

/// The lines of a group, each with the number of others of its code that are not shown.
fn lines<'a>(checks: &[&'a Check], all: bool) -> Vec<(Line<'a>, usize)> {
    let mut lines: Vec<Line<'a>> = Vec::new();
    for check in checks {
        let alike = |line: &&mut Line<'a>| {
            let known = line.check;
            (known.topic, known.code, known.verdict) == (check.topic, check.code, check.verdict)
                && known.text == check.text
        };
        match lines.iter_mut().rev().find(alike) {
            Some(line) if !all => line.subjects.push(&check.subject),
            _ => lines.push(Line {
                check,
                subjects: vec![&check.subject],
            }),
        }
    }
    if all {
        return lines.into_iter().map(|line| (line, 0)).collect();
    }
    let mut kept: Vec<(Line<'a>, usize)> = Vec::new();
    for line in lines {
        let key = |line: &Line<'a>| (line.check.topic, line.check.code, line.check.verdict);
        let same = kept.iter().filter(|(known, _)| key(known) == key(&line));
        if same.count() < SHOWN {
            kept.push((line, 0));
        } else if let Some((_, more)) = kept.iter_mut().rev().find(|(k, _)| key(k) == key(&line)) {
            *more += line.subjects.len();
        }
    }
    kept
}

fn paint(verdict: Verdict, color: bool) -> Cell {
    let (word, paint) = match verdict {
        Verdict::Pass => ("ok", Color::Green),
        Verdict::Note => ("note", Color::Cyan),
        Verdict::Warning => ("warn", Color::Yellow),
        Verdict::Error => ("FAIL", Color::Red),
        Verdict::Skipped => ("skip", Color::DarkGrey),
    };
    let cell = Cell::new(word);
    if color { cell.fg(paint) } else { cell }
}

/// Writes JSON lines: every check, then the summary.
pub fn json(ui: &Ui, report: &Report, exit: Exit) {
    for check in &report.checks {
        let fields = serde_json::to_value(check).unwrap_or(Value::Null);
        super::json::line(ui, "check", fields);
    }
    let of = |verdict| report.count(verdict);
    let fields = json!({
        "mailboxes": report.mailboxes,
        "accounts": report.accounts,
        "visited": report.visited,
        "failed": report.failures.boxes(),
        "servers": report.servers,
        "ok": of(Verdict::Pass),
        "notes": of(Verdict::Note),
        "warnings": of(Verdict::Warning),
        "errors": of(Verdict::Error),
        "skipped": of(Verdict::Skipped),
        "slowest_search": report.slowest_search,
        "interrupted": report.interrupted,
        "exit": exit.code(),
    });
    super::json::line(ui, "summary", fields);
}

/// Writes the line for monitoring.
pub fn nagios(ui: &Ui, report: &Report) -> nagios::Status {
    let (errors, warnings) = (report.count(Verdict::Error), report.count(Verdict::Warning));
    let status = match (errors, report.interrupted, warnings) {
        (1.., _, _) => nagios::Status::Critical,
        (0, Some(_), _) => nagios::Status::Unknown,
        (0, None, 1..) => nagios::Status::Warning,
        (0, None, 0) => nagios::Status::Ok,
    };
    let worst = report.checks.iter().max_by_key(|check| {
        // Of several equally bad the first: max_by_key takes the last.
        (check.verdict, std::cmp::Reverse(check.group))
    });
    let worst = worst.filter(|check| check.verdict >= Verdict::Warning);
    let text = match worst {
        Some(check) => {
            let code = check.code.unwrap_or_default();
            format!(
                "{}; {}: {} [{code}]",
                sum(report),
                check.subject,
                check.text
            )
        }
        None => sum(report),
    };
    let mut perf = vec![
        nagios::Perf::plain("errors", errors, ""),
        nagios::Perf::plain("warnings", warnings, ""),
        nagios::Perf::plain("visited", report.visited, ""),
    ];
    if let Some(seconds) = report.slowest_search {
        perf.push(nagios::Perf::plain("search", format!("{seconds:.3}"), "s"));
    }
    nagios::write(ui, SERVICE, status, &text, &perf);
    status
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::doctor::Group;

    fn refused(n: usize, same: bool) -> Check {
        Check {
            group: Group::Login,
            topic: "login",
            subject: format!("u{n}@h:143"),
            verdict: Verdict::Error,
            code: Some("VMD021"),
            text: if same {
                "login refused".to_owned()
            } else {
                format!("login refused: try {n}")
            },
            hint: None,
        }
    }

    fn shape(same: bool, all: bool) -> Vec<(usize, usize)> {
        let checks: Vec<Check> = (0..500).map(|n| refused(n, same)).collect();
        let checks: Vec<&Check> = checks.iter().collect();
        let lines = lines(&checks, all);
        let shape = lines
            .iter()
            .map(|(line, more)| (line.subjects.len(), *more));
        shape.collect()
    }

    #[test]
    fn five_hundred_findings_of_a_code_are_a_line_or_three_and_none_is_dropped() {
        assert_eq!(shape(true, false), [(500, 0)]);
        assert_eq!(shape(false, false), [(1, 0), (1, 498)]);
        assert_eq!(shape(false, true), [(1, 0); 500]);
    }

    #[test]
    fn the_only_server_is_not_named_in_every_line() {
        let ui = Ui::new(Volume::Normal, super::super::Color::Never);
        let screen = |server| Screen {
            ui: &ui,
            server,
            topics: 0,
            all: false,
        };
        let one = screen(Some("h:143"));
        assert_eq!(one.named(&["h:143"]), "");
        assert_eq!(one.named(&["a@h:143", "4123@default"]), "a, 4123@default");
        let four = ["a@h:143", "b@h:143", "c@h:143", "d@h:143"];
        assert_eq!(one.named(&four), "a, b and 2 more");
        assert_eq!(screen(None).named(&four[..1]), "a@h:143");
    }
}
