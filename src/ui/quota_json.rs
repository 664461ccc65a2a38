//! Quotas as JSON lines (`docs/json.md`).

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::exit::Exit;
use crate::ops::quota::report::{
    AccountReport, BoxFacts, BoxReport, Level, Report, RootReport, Thresholds,
};
use crate::voicemail::notice::Notice;

use super::Ui;
use super::json::{line, merge, notice};
use super::quota::Row;

/// Writes remarks, roots, boxes and the summary.
pub fn write(
    ui: &Ui,
    conf_notices: &[Notice],
    report: &Report,
    rows: &[Row<'_>],
    thresholds: Thresholds,
    exit: Exit,
) {
    for one in conf_notices.iter().chain(&report.notices) {
        notice(ui, one);
    }
    let mut shown = HashSet::new();
    for (account, one) in rows {
        let facts = one.facts.as_ref().ok();
        for at in facts.map(|facts| &facts.roots).into_iter().flatten() {
            if let Some(root) = account.roots.get(*at)
                && shown.insert((account.label.as_str(), *at))
            {
                line(ui, "root", of_root(account, root));
            }
        }
        line(ui, "mailbox", of_box(account, one, thresholds));
    }
    line(
        ui,
        "summary",
        json!({
            "mailboxes": report.boxes().count() as u64 + report.left,
            "shown": rows.len(),
            "accounts": report.accounts.len(),
            "ok": report.at(Level::Ok, thresholds),
            "warning": report.at(Level::Warning, thresholds),
            "critical": report.at(Level::Critical, thresholds),
            "mailboxes_failed": report.failures.boxes(),
            "mailboxes_left": report.left,
            "input_errors": report.input_errors,
            "warn": thresholds.warn,
            "crit": thresholds.crit,
            "complete": report.complete(),
            "interrupted": report.interrupted,
            "exit": exit.code(),
        }),
    );
}

fn share(per_mille: Option<u64>) -> Value {
    #[allow(clippy::cast_precision_loss)] // one digit behind the point
    per_mille.map_or(Value::Null, |n| json!(n as f64 / 10.0))
}

fn of_root(account: &AccountReport, root: &RootReport) -> Value {
    let resources: Vec<Value> = root
        .limits()
        .iter()
        .map(|limit| {
            json!({
                "name": limit.resource,
                "unit": if limit.is_storage() { "KiB" } else { "count" },
                "used": limit.used,
                "limit": limit.limit,
                "percent": share(Some(limit.per_mille())),
            })
        })
        .collect();
    let (other_messages, other_octets) = root.other().unwrap_or_default();
    json!({
        "account": account.label,
        "root": root.name,
        "resources": resources,
        "percent": share(root.per_mille()),
        "used_octets": root.used(),
        "summed_octets": root.summed,
        "messages": root.messages,
        "voicemail": root.voicemail,
        "strays": root.voicemail.map(|_| root.strays),
        "other": root.voicemail.map(|_| json!({
            "messages": other_messages,
            "octets": other_octets,
        })),
        "mailboxes": root.boxes,
    })
}

fn of_box(account: &AccountReport, one: &BoxReport, thresholds: Thresholds) -> Value {
    let mut fields = json!({
        "mailbox": one.vmbox,
        "account": account.label,
        "error": one.facts.as_ref().err(),
    });
    if let Ok(facts) = &one.facts {
        merge(&mut fields, &of_facts(account, facts, thresholds));
    }
    fields
}

fn of_facts(account: &AccountReport, facts: &BoxFacts, thresholds: Thresholds) -> Value {
    let roots: Vec<Value> = facts
        .roots
        .iter()
        .zip(&facts.own)
        .filter_map(|(at, own)| {
            let root = account.roots.get(*at)?;
            let own = root.voicemail.map(|_| own);
            Some(json!({ "root": root.name, "voicemail": own }))
        })
        .collect();
    let room = &facts.room;
    json!({
        "roots": roots,
        "new": facts.lists.new,
        "urgent": facts.lists.urgent,
        "old": facts.lists.old,
        "counted": facts.lists.total(),
        "maxmsg": facts.maxmsg,
        "maxmsg_percent": share(facts.of_maxmsg()),
        "maxsecs": facts.maxsecs,
        "percent": share(facts.per_mille),
        "watched": facts.watched,
        "unwatched": room.unwatched,
        "room_octets": room.octets,
        "room_messages": room.messages,
        "speech": room.speech,
        "largest_message": room.largest,
        "refused": room.refused,
        "may_lose": room.loses,
        "level": facts.level(thresholds),
    })
}
