//! Quotas as rows: a table for people, CSV and TSV for files; and the remarks below them.

use std::collections::{HashMap, HashSet};

use crate::ops::quota::limit::Limit;
use crate::ops::quota::report::{
    AccountReport, BoxFacts, BoxReport, Level, Report, RootReport, Tally, Thresholds,
};
use crate::ops::quota::room::Refused;
use crate::voicemail::audio::AudioFormat;

use super::sheet::{Cell, Head, Sheet, Style};
use super::words::{NO_MAILBOX, errors_in_conf, plural};
use super::{Ui, Volume, remarks};

/// A row's worth of a chosen box and its account.
pub type Row<'a> = (&'a AccountReport, &'a BoxReport);

/// Which columns these rows need.
struct Shape<'a> {
    /// Whether roots have to be told apart.
    roots: bool,
    /// Whether there are limits on anything but octets.
    resources: bool,
    formats: &'a [AudioFormat],
}

/// The sheet of these boxes. The numbers of a root stand in the row of the first box that has it;
/// later rows name that box instead, so that a column's sum counts nothing twice.
#[must_use]
pub fn sheet(rows: &[Row<'_>], formats: &[AudioFormat], thresholds: Thresholds) -> Sheet {
    let shape = shape(rows, formats);
    let mut sheet = Sheet::new(&heads(&shape));
    let mut shown: HashMap<(&str, usize), String> = HashMap::new();
    for (account, one) in rows {
        let name = one.vmbox.to_string();
        let Ok(facts) = &one.facts else {
            sheet.push(failed(account, one, &shape));
            continue;
        };
        let mut first = true;
        for (own, at) in facts.own.iter().zip(&facts.roots) {
            let Some(root) = account.roots.get(*at) else {
                continue;
            };
            let with = shown.get(&(account.label.as_str(), *at)).cloned();
            let mut limits: Vec<Option<Limit>> = root.limits().into_iter().map(Some).collect();
            if limits.is_empty() {
                limits.push(None);
            }
            if with.is_some() {
                limits.truncate(1);
            }
            for (nth, limit) in limits.iter().enumerate() {
                let mut row = vec![Cell::Text(name.clone()), Cell::Text(account.label.clone())];
                row.extend(of_root(root, limit.as_ref(), with.as_deref(), nth));
                row.push(own_cell(own.messages, root, nth));
                row.push(own_octets(*own, root, nth));
                row.extend(of_other(root, with.is_some() || nth > 0));
                row.extend(of_box(first.then_some(facts), &shape, thresholds));
                first = false;
                sheet.push(row);
            }
            shown
                .entry((account.label.as_str(), *at))
                .or_insert_with(|| name.clone());
        }
    }
    sheet
}

fn shape<'a>(rows: &[Row<'_>], formats: &'a [AudioFormat]) -> Shape<'a> {
    let mut seen = HashSet::new();
    let (mut roots, mut resources) = (false, false);
    for (account, one) in rows {
        let Ok(facts) = &one.facts else { continue };
        roots |= facts.roots.len() > 1;
        for at in &facts.roots {
            roots |= !seen.insert((account.label.as_str(), *at));
            let limits = account.roots.get(*at).map(RootReport::limits);
            let plain = |limit: &Limit| limit.is_storage();
            resources |= limits.is_some_and(|limits| !limits.iter().all(plain));
        }
    }
    Shape {
        roots,
        resources,
        formats,
    }
}

fn heads(shape: &Shape<'_>) -> Vec<Head> {
    let mut heads = vec![
        Head::text("mailbox", "Mailbox"),
        Head::file_only("account"),
        Head::text("root", "Root").spare(1).shown_if(shape.roots),
        Head::file_only("root_shown_at"),
        Head::text("resource", "Limit on")
            .spare(2)
            .shown_if(shape.resources),
        Head::number("used", "Used"),
        Head::number("limit", "Limit"),
        Head::number("percent", "%"),
        Head::number("messages", "Msgs").spare(3),
        Head::number("voicemail_messages", "VM").spare(4),
        Head::number("voicemail_octets", "Voicemail"),
        Head::file_only("other_messages"),
        Head::number("other_octets", "Other").spare(5),
        Head::file_only("new"),
        Head::file_only("urgent"),
        Head::file_only("old"),
        Head::number("counted", "Maxmsg"),
        Head::file_only("maxmsg"),
        Head::number("room_seconds", "Room"),
        Head::file_only("room_format"),
    ];
    for format in shape.formats.iter().skip(1) {
        heads.push(Head::number(format.extension(), format.extension()).spare(6));
    }
    heads.extend([
        Head::file_only("room_octets"),
        Head::file_only("room_messages"),
        Head::text("state", "State"),
        Head::file_only("error"),
    ]);
    heads
}

/// `root` to `messages`.
fn of_root(root: &RootReport, limit: Option<&Limit>, with: Option<&str>, nth: usize) -> Vec<Cell> {
    let name = match (&root.name, with) {
        (_, Some(with)) => format!("as {with}"),
        (Some(name), None) => name.clone(),
        (None, None) => "no limit".to_owned(),
    };
    let shown_at = with.map_or(Cell::Nothing, |with| Cell::Text(with.to_owned()));
    let mut cells = vec![Cell::Text(name), shown_at];
    if with.is_some() {
        cells.extend([const { Cell::Nothing }; 5]);
        return cells;
    }
    let count = |limit: &Limit, n: u64| {
        if limit.is_storage() {
            Cell::Octets(n.saturating_mul(1024))
        } else {
            Cell::Count(n)
        }
    };
    match limit {
        Some(limit) => cells.extend([
            Cell::Text(limit.resource.clone()),
            count(limit, limit.used),
            count(limit, limit.limit),
            Cell::PerMille(limit.per_mille()),
        ]),
        None => cells.extend([
            Cell::Nothing,
            Cell::octets(root.used()),
            Cell::Nothing,
            Cell::Nothing,
        ]),
    }
    cells.push(Cell::count(root.messages.filter(|_| nth == 0)));
    cells
}

fn own_cell(messages: u64, root: &RootReport, nth: usize) -> Cell {
    Cell::count(Some(messages).filter(|_| nth == 0 && root.voicemail.is_some()))
}

fn own_octets(own: Tally, root: &RootReport, nth: usize) -> Cell {
    Cell::octets(Some(own.octets).filter(|_| nth == 0 && root.voicemail.is_some()))
}

/// `other_messages` and `other_octets`.
fn of_other(root: &RootReport, told_already: bool) -> [Cell; 2] {
    match root.other() {
        Some((messages, octets)) if !told_already => [Cell::count(messages), Cell::octets(octets)],
        _ => [Cell::Nothing, Cell::Nothing],
    }
}

/// `new` to `error`; empty in all rows of a box but the first.
fn of_box(facts: Option<&BoxFacts>, shape: &Shape<'_>, thresholds: Thresholds) -> Vec<Cell> {
    let Some(facts) = facts else {
        return vec![Cell::Text(String::new()); 11 + shape.formats.len().saturating_sub(1)];
    };
    let room = &facts.room;
    let speech = |at: usize| room.speech.get(at).and_then(|one| one.seconds);
    let seconds = |at: usize| speech(at).map_or(Cell::Nothing, Cell::Seconds);
    let mut cells = vec![
        Cell::Count(facts.lists.new),
        Cell::Count(facts.lists.urgent),
        Cell::Count(facts.lists.old),
        Cell::Of(facts.lists.total(), facts.maxmsg.into()),
        Cell::Count(facts.maxmsg.into()),
        seconds(0),
        shape.formats.first().map_or(Cell::Nothing, |format| {
            Cell::Text(format.extension().to_owned())
        }),
    ];
    cells.extend((1..shape.formats.len()).map(seconds));
    cells.extend([
        Cell::octets(room.octets),
        Cell::Count(room.messages),
        Cell::Text(state(facts, thresholds).to_owned()),
        Cell::Nothing,
    ]);
    cells
}

fn failed(account: &AccountReport, one: &BoxReport, shape: &Shape<'_>) -> Vec<Cell> {
    let error = one.facts.as_ref().err().cloned().unwrap_or_default();
    let columns = heads(shape).len();
    let mut row = vec![
        Cell::Text(one.vmbox.to_string()),
        Cell::Text(account.label.clone()),
    ];
    row.resize(columns - 2, Cell::Nothing);
    row.extend([Cell::Text("unknown".to_owned()), Cell::Text(error)]);
    row
}

/// One word for how a box is.
#[must_use]
pub fn state(facts: &BoxFacts, thresholds: Thresholds) -> &'static str {
    match (facts.room.refused, facts.level(thresholds)) {
        (Some(Refused::Quota | Refused::Maxmsg), _) => "refuses",
        (None, _) if facts.room.loses => "may lose",
        (None, Level::Critical) => "critical",
        (None, Level::Warning) => "warning",
        (None, Level::Ok) => "ok",
    }
}

/// Writes the rows, the remarks, and to people how it stands in one sentence.
pub fn write(
    ui: &Ui,
    report: &Report,
    rows: &[Row<'_>],
    formats: &[AudioFormat],
    style: Style,
    thresholds: Thresholds,
) {
    for (_, one) in rows {
        if let Err(error) = &one.facts {
            ui.error(&format!("{}: {error}", one.vmbox));
        }
    }
    if ui.volume > Volume::Quiet {
        let table = style == Style::Table;
        if table && report.accounts.is_empty() && report.complete() {
            ui.say(NO_MAILBOX);
        } else {
            sheet(rows, formats, thresholds).write(ui, style, true);
            if table {
                ui.say(&format!("\n{}", sentence(report, rows.len(), thresholds)));
            }
        }
    }
    remarks::show(&report.notices, ui);
}

/// `6 mailboxes in 5 accounts: 1 critical, 2 warning, 2 ok, 1 could not be asked.`
#[must_use]
pub fn sentence(report: &Report, shown: usize, thresholds: Thresholds) -> String {
    let boxes = report.boxes().count();
    let mut parts = Vec::new();
    let mut part = |n: u64, what: &str| {
        if n > 0 {
            parts.push(format!("{n} {what}"));
        }
    };
    part(report.at(Level::Critical, thresholds), "critical");
    part(report.at(Level::Warning, thresholds), "warning");
    part(report.at(Level::Ok, thresholds), "ok");
    part(report.failures.boxes(), "could not be asked");
    part(report.left, "not reached");
    if report.input_errors > 0 {
        parts.push(errors_in_conf(report.input_errors));
    }
    let of = if shown < boxes {
        format!(" ({shown} shown)")
    } else {
        String::new()
    };
    format!(
        "{}{of} in {}: {}.",
        plural(boxes, "mailbox", "mailboxes"),
        plural(report.accounts.len(), "account", "accounts"),
        parts.join(", ")
    )
}
