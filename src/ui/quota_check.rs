//! Quotas for machines that watch: one line for Nagios and its kin, metrics for Prometheus.

use std::collections::HashSet;

use crate::exit::Exit;
use crate::ops::quota::order::{Key, ordered};
use crate::ops::quota::report::{BoxFacts, Level, Report, RootReport, Thresholds};

use super::Ui;
use super::metrics::Metrics;
use super::nagios::{self, Perf, Status};
use super::quota::state;
use super::words::errors_in_conf;

/// A metric: its name, its help, and its value.
type Family<T> = (&'static str, &'static str, fn(&T) -> Option<u64>);

const SERVICE: &str = "VMIMAP QUOTA";

const OF_ROOTS: &[Family<RootReport>] = &[
    (
        "vmimap_quota_used_bytes",
        "Octets in use below a quota root.",
        |root| root.used(),
    ),
    (
        "vmimap_quota_voicemail_bytes",
        "Octets of it that are voicemail.",
        |root| root.voicemail.map(|tally| tally.octets),
    ),
    (
        "vmimap_quota_messages",
        "Messages below a quota root.",
        |root| root.messages,
    ),
];

const OF_BOXES: &[Family<BoxFacts>] = &[
    (
        "vmimap_mailbox_counted_messages",
        "New, urgent and old messages, as Asterisk counts them against maxmsg.",
        |facts| Some(facts.lists.total()),
    ),
    ("vmimap_mailbox_maxmsg", "maxmsg.", |facts| {
        Some(facts.maxmsg.into())
    }),
    (
        "vmimap_mailbox_voicemail_bytes",
        "Octets of the mailbox's own voicemail.",
        |facts| facts.own_total().map(|own| own.octets),
    ),
    (
        "vmimap_mailbox_room_bytes",
        "Octets left by quota; absent without a limit.",
        |facts| facts.room.octets,
    ),
    (
        "vmimap_mailbox_refuses_callers",
        "1 where Asterisk refuses callers.",
        |facts| Some(facts.room.refused.is_some().into()),
    ),
    (
        "vmimap_mailbox_may_lose_messages",
        "1 where Asterisk can lose a message while the caller hears that it was saved.",
        |facts| Some(facts.room.loses.into()),
    ),
];

/// Boxes the line names; the rest is counted.
const NAMED: usize = 3;

/// Boxes up to which each has a performance value of its own.
const OWN_VALUES: usize = 20;

/// Writes the line and returns the exit status of the check.
#[must_use]
pub fn nagios(ui: &Ui, report: &Report, thresholds: Thresholds) -> Exit {
    let rows = ordered(report, Key::Percent, None);
    let bad: Vec<String> = rows
        .iter()
        .filter_map(|(_, one)| match &one.facts {
            Err(error) => Some(format!("{} unknown ({error})", one.vmbox)),
            Ok(facts) if facts.level(thresholds) > Level::Ok => {
                Some(format!("{} {}", one.vmbox, said(facts, thresholds)))
            }
            Ok(_) => None,
        })
        .collect();
    let (critical, warning) = (
        report.at(Level::Critical, thresholds),
        report.at(Level::Warning, thresholds),
    );
    let status = if critical > 0 {
        Status::Critical
    } else if !report.complete() {
        Status::Unknown
    } else if warning > 0 {
        Status::Warning
    } else {
        Status::Ok
    };
    let text = summary(report, critical + warning, &bad);
    nagios::write(ui, SERVICE, status, &text, &perf(report, thresholds));
    Exit::Nagios(status.code())
}

/// How many need attention, what could not be told, and the worst by name.
fn summary(report: &Report, attention: u64, bad: &[String]) -> String {
    let boxes = report.boxes().count() as u64 + report.left;
    let mut parts = vec![format!("{attention} of {boxes} mailboxes need attention")];
    let unknown = report.failures.boxes() + report.left;
    if unknown > 0 {
        parts.push(format!("{unknown} could not be asked"));
    }
    if report.input_errors > 0 {
        parts.push(errors_in_conf(report.input_errors));
    }
    let text = parts.join(", ");
    if bad.is_empty() {
        return text;
    }
    let more = if bad.len() > NAMED { ", ..." } else { "" };
    let named = &bad[..bad.len().min(NAMED)];
    format!("{text}: {}{more}", named.join(", "))
}

fn perf(report: &Report, thresholds: Thresholds) -> Vec<Perf> {
    let boxes = report.boxes().count();
    let at = |level| report.at(level, thresholds);
    let mut perf = vec![
        Perf::plain("mailboxes", boxes as u64 + report.left, ""),
        Perf::plain("critical", at(Level::Critical), ""),
        Perf::plain("warning", at(Level::Warning), ""),
        Perf::plain("unknown", report.failures.boxes() + report.left, ""),
    ];
    let percent = |label: &str, per_mille: u64| Perf {
        warn: Some(thresholds.warn),
        crit: Some(thresholds.crit),
        ..Perf::plain(label, format!("{}.{}", per_mille / 10, per_mille % 10), "%")
    };
    let shares = || {
        report.boxes().filter_map(|(_, one)| {
            let share = one.facts.as_ref().ok()?.per_mille?;
            Some((one.vmbox.to_string(), share))
        })
    };
    let fullest = shares().map(|(_, share)| share).max();
    perf.extend(fullest.map(|share| percent("fullest", share)));
    if boxes <= OWN_VALUES {
        perf.extend(shares().map(|(name, share)| percent(&name, share)));
    }
    perf
}

/// Writes the line of a check that could not be made at all.
#[must_use]
pub fn unknown(ui: &Ui, why: &str) -> Exit {
    nagios::write(ui, SERVICE, Status::Unknown, why, &[]);
    Exit::Nagios(Status::Unknown.code())
}

/// `95.0 % may lose`.
fn said(facts: &BoxFacts, thresholds: Thresholds) -> String {
    let share = facts
        .per_mille
        .map(|n| format!("{}.{} % ", n / 10, n % 10))
        .unwrap_or_default();
    format!("{share}{}", state(facts, thresholds))
}

/// What the run has found, for Prometheus.
#[must_use]
pub fn metrics(report: &Report, thresholds: Thresholds) -> Metrics {
    let mut metrics = Metrics::default();
    of_run(&mut metrics, report, thresholds);
    of_roots(&mut metrics, report);
    of_boxes(&mut metrics, report);
    metrics
}

fn of_run(metrics: &mut Metrics, report: &Report, thresholds: Thresholds) {
    metrics.gauge(
        "vmimap_quota_mailboxes",
        "Mailboxes by level; unknown ones could not be asked.",
    );
    for (level, count) in [
        ("ok", report.at(Level::Ok, thresholds)),
        ("warning", report.at(Level::Warning, thresholds)),
        ("critical", report.at(Level::Critical, thresholds)),
        ("unknown", report.failures.boxes() + report.left),
    ] {
        metrics.sample("vmimap_quota_mailboxes", &[("level", level)], count);
    }
}

fn of_roots(metrics: &mut Metrics, report: &Report) {
    // An account without a chosen box that could be asked has nothing to tell.
    let used: HashSet<(&str, usize)> = report
        .boxes()
        .filter_map(|(account, one)| Some((account, one.facts.as_ref().ok()?)))
        .flat_map(|(account, facts)| {
            let roots = facts.roots.iter();
            roots.map(|at| (account.label.as_str(), *at))
        })
        .collect();
    let roots: Vec<_> = report
        .accounts
        .iter()
        .flat_map(|account| {
            account
                .roots
                .iter()
                .enumerate()
                .map(move |one| (account, one))
        })
        .filter(|(account, (at, _))| used.contains(&(account.label.as_str(), *at)))
        .map(|(account, (_, root))| (account.label.as_str(), root))
        .collect();
    for (name, help, pick) in [
        (
            "vmimap_quota_used",
            "Used of a quota root; STORAGE in KiB, else the resource's own unit.",
            0,
        ),
        ("vmimap_quota_limit", "The limit, in the same unit.", 1),
    ] {
        metrics.gauge(name, help);
        for (account, root) in &roots {
            for limit in root.limits() {
                let labels = [
                    ("account", *account),
                    ("root", limit.root.as_str()),
                    ("resource", limit.resource.as_str()),
                ];
                let value = [limit.used, limit.limit][pick];
                metrics.sample(name, &labels, value);
            }
        }
    }
    for (name, help, pick) in OF_ROOTS {
        metrics.gauge(name, help);
        for (account, root) in &roots {
            if let Some(value) = pick(root) {
                let root = root.name.as_deref().unwrap_or_default();
                metrics.sample(name, &[("account", *account), ("root", root)], value);
            }
        }
    }
}

fn of_boxes(metrics: &mut Metrics, report: &Report) {
    metrics.gauge(
        "vmimap_mailbox_asked",
        "1 where the mailbox could be asked, else 0.",
    );
    let boxes: Vec<(String, Option<&BoxFacts>)> = report
        .boxes()
        .map(|(_, one)| (one.vmbox.to_string(), one.facts.as_ref().ok()))
        .collect();
    for (name, facts) in &boxes {
        let asked = u8::from(facts.is_some());
        metrics.sample("vmimap_mailbox_asked", &[("mailbox", name)], asked);
    }
    let boxes: Vec<(&str, &BoxFacts)> = boxes
        .iter()
        .filter_map(|(name, facts)| Some((name.as_str(), (*facts)?)))
        .collect();
    for (name, help, pick) in OF_BOXES {
        metrics.gauge(name, help);
        for (mailbox, facts) in &boxes {
            if let Some(value) = pick(facts) {
                metrics.sample(name, &[("mailbox", mailbox)], value);
            }
        }
    }
    let name = "vmimap_mailbox_room_speech_seconds";
    metrics.gauge(
        name,
        "Seconds of speech until a limit is reached; absent without one.",
    );
    for (mailbox, facts) in &boxes {
        for speech in &facts.room.speech {
            if let Some(seconds) = speech.seconds {
                let format = speech.format.extension();
                let labels = [("mailbox", *mailbox), ("format", format)];
                metrics.sample(name, &labels, seconds);
            }
        }
    }
}
