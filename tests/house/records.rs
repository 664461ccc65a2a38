//! Everything that runs write into the state directory and beside an export is told in
//! vmimap-journal(5), key by key; and the metrics that alerts ask for are written.

use crate::lift_world;
use crate::support;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use lift_world::{Fault as LiftFault, LiftSite};
use support::cli::Vmimap;
use support::export_site::ExportSite;
use support::fault_proxy::{Fault, FaultProxy};
use support::fixtures::Account;
use support::site::{DATE, voicemail};
use support::spool_generator::SpoolSpec;

/// The page: under each heading ("REMOVALS", or "THE JOURNAL ... / intent"), the words it defines.
fn page() -> BTreeMap<String, BTreeSet<String>> {
    let text = fs::read_to_string("man/vmimap-journal.5").unwrap();
    let mut defined: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let (mut section, mut heading) = (String::new(), String::new());
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix(".SH ") {
            title.clone_into(&mut section);
            heading.clone_from(&section);
        } else if let Some(kind) = line.strip_prefix(".SS ") {
            heading = format!("{section} / {kind}");
        } else if line == ".TP" {
            let tag = lines.next().unwrap();
            let words =
                tag.split(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'));
            let words = words.filter(|word| !word.is_empty()).map(str::to_owned);
            defined.entry(heading.clone()).or_default().extend(words);
        }
    }
    defined
}

/// Every key of an object, and of those in it.
fn keys(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                into.insert(key.clone());
                keys(value, into);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| keys(value, into)),
        _ => {}
    }
}

fn lines(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Holds what stands in a file against a section of the page, and tells the kinds of its lines.
#[track_caller]
fn told(file: &Path, section: &str) -> BTreeSet<String> {
    let page = page();
    let mut kinds = BTreeSet::new();
    for line in lines(file) {
        let kind = line["type"].as_str().unwrap_or_default();
        let mut known = page.get(section).cloned().unwrap_or_default();
        known.extend(
            page.get(&format!("{section} / {kind}"))
                .cloned()
                .unwrap_or_default(),
        );
        let mut found = BTreeSet::new();
        keys(&line, &mut found);
        let untold: Vec<_> = found.difference(&known).collect();
        assert!(
            untold.is_empty(),
            "not in vmimap-journal(5), {section}: {untold:?} of {line}"
        );
        let step = line["step"].as_str().unwrap_or(kind);
        kinds.insert(step.to_owned());
    }
    kinds
}

fn words(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

const MIGRATION: &str = "THE JOURNAL OF A MIGRATION";
const JOURNAL: &str = "journal/default/1001.jsonl";

fn site(messages: usize) -> ExportSite {
    ExportSite::generated(&SpoolSpec {
        messages,
        accounts: vec![Account::new("default", "1001")],
        folders: vec!["INBOX", "Old"],
        ..SpoolSpec::default()
    })
}

/// A voicemail.conf as the site's, with another port.
fn conf_with(site: &ExportSite, port: u16) -> PathBuf {
    let text = fs::read_to_string(site.conf()).unwrap();
    let own = format!("imapport={}", site.dovecot.port());
    assert!(text.contains(&own), "{text}");
    let path = site.dir.path().join(format!("{port}.conf"));
    fs::write(&path, text.replace(&own, &format!("imapport={port}"))).unwrap();
    path
}

/// A migration through a proxy, and what it wrote down.
fn through(proxy: impl Fn(&str) -> FaultProxy) -> (FaultProxy, ExportSite) {
    // Of several that are refused together, each is tried alone, and only the first answer is spoiled.
    let site = site(1);
    let proxy = proxy(&format!("{}:{}", site.dovecot.host(), site.dovecot.port()));
    let conf = conf_with(&site, proxy.port());
    Vmimap::migrate(&site.spool, &conf, &site.dir.path().join("state")).run();
    (proxy, site)
}

/// The kinds of lines of a migration when the server does this at the first APPEND.
fn spoiled(fault: Fault) -> BTreeSet<String> {
    let (clean, _) = through(FaultProxy::clean);
    let mut points = clean.points().into_iter();
    let at = points.position(|point| point.command.contains("APPEND"));
    let at = at.expect("an APPEND");
    let (proxy, site) = through(|target| FaultProxy::start(target, at, fault));
    assert!(proxy.struck());
    told(&site.dir.path().join("state").join(JOURNAL), MIGRATION)
}

#[test]
fn what_a_migration_writes_down_is_told_in_the_page() {
    let site = site(3);
    site.migrate();
    let kinds = told(&site.dir.path().join("state").join(JOURNAL), MIGRATION);
    assert_eq!(
        kinds,
        words(&["run", "digest", "intent", "appended", "verified"])
    );
    for (fault, kind) in [(Fault::No, "refused"), (Fault::CutAfter, "unknown")] {
        let kinds = spoiled(fault);
        assert!(kinds.contains(kind), "{kinds:?}");
    }
}

#[test]
fn every_kind_of_line_that_a_journal_knows_is_told_in_the_page() {
    // The refusal of a line lists what there is.
    let refusal = serde_json::from_str::<vmimap::ops::migrate::journal::Line>(r#"{"type":"none"}"#);
    let refusal = refusal.unwrap_err().to_string();
    let page = page();
    let kinds: Vec<&str> = refusal.split('`').skip(3).step_by(2).collect();
    assert!(kinds.len() >= 7, "{refusal}");
    for kind in kinds {
        assert!(
            page.contains_key(&format!("{MIGRATION} / {kind}")),
            "{kind}"
        );
    }
}

#[test]
fn what_removals_repairs_and_exports_write_down_is_told_in_the_page() {
    let site = site(3);
    site.migrate();
    let state = site.dir.path().join("state");
    let run = |words: &[&str]| {
        let call = Vmimap::new(words.iter().copied())
            .arg("--voicemail-conf")
            .arg(site.conf());
        call.arg("--state-dir").arg(&state).run()
    };
    site.export_out(&[]).run().status(0);
    let manifest = site.out().join(".vmimap-export/manifest.jsonl");
    assert_eq!(
        told(&manifest, "THE MANIFEST OF AN EXPORT"),
        words(&["message"])
    );

    run(&["expunge", "1001", "--state", "old", "--yes"]).status(0);
    let kinds = told(&state.join("journal/removals.jsonl"), "REMOVALS");
    assert_eq!(kinds, words(&["intent", "done"]));

    let broken = voicemail("1001", "default", &[("Caller-ID-Name", "=?UTF-8?Q?Ada?=")]);
    site.dovecot
        .raw("default-1001")
        .append("INBOX", "()", DATE, &broken)
        .ok();
    let ran = run(&["audit", "--fix", "--yes"]);
    assert!(
        state.join("journal/repairs.jsonl").exists(),
        "{}{}",
        ran.stdout,
        ran.stderr
    );
    let kinds = told(&state.join("journal/repairs.jsonl"), "REPAIRS");
    assert_eq!(kinds, words(&["intent", "appended", "removing", "done"]));
}

#[test]
fn what_is_written_down_of_lifted_marks_is_told_in_the_page() {
    let site = LiftSite::new(LiftFault::None);
    site.lift().status(0);
    let kinds = told(&site.state().join("journal/lifted.jsonl"), "LIFTED MARKS");
    assert_eq!(kinds, words(&["lifting", "expunging", "back"]));
}

#[test]
fn every_file_of_json_lines_that_the_code_names_is_in_the_page() {
    let text = fs::read_to_string("man/vmimap-journal.5").unwrap();
    let mut left = vec![PathBuf::from("src")];
    let mut found = BTreeSet::new();
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(
                fs::read_dir(path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
            continue;
        }
        let code = fs::read_to_string(&path).unwrap();
        let code = code.split("#[cfg(test)]").next().unwrap();
        if path.ends_with("tests.rs") {
            continue;
        }
        for part in code.split(".jsonl").collect::<Vec<_>>().windows(2) {
            let name = part[0].rsplit(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_'));
            found.extend(
                name.take(1)
                    .filter(|name| !name.is_empty())
                    .map(str::to_owned),
            );
        }
    }
    assert!(found.len() >= 4, "{found:?}");
    let text = text.replace(" .jsonl", ".jsonl");
    for name in found {
        let name = format!("{name}.jsonl");
        assert!(text.contains(&name), "{name} is not in vmimap-journal(5)");
    }
}

#[test]
fn every_metric_that_an_alert_asks_for_is_written_and_every_one_that_is_written_is_documented() {
    let site = site(3);
    site.migrate();
    let mut written = BTreeSet::new();
    for words in [
        &["quota", "--no-share"][..],
        &["audit"],
        &["expire", "--yes", "--older-than", "10000d"],
    ] {
        let file = site.dir.path().join("vmimap.prom");
        let call = Vmimap::new(words.iter().copied())
            .arg("--voicemail-conf")
            .arg(site.conf());
        let call = call.arg("--state-dir").arg(site.dir.path().join("state"));
        let ran = call.arg("--metrics-file").arg(&file).run();
        assert!(
            matches!(ran.status, 0 | 4),
            "{words:?}: {}{}",
            ran.stdout,
            ran.stderr
        );
        let text = fs::read_to_string(&file).unwrap();
        let families = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
        written.extend(families.map(|line| line.split(' ').next().unwrap().to_owned()));
    }
    let rules = fs::read_to_string("packaging/monitoring/prometheus-rules.yml").unwrap();
    let asked: BTreeSet<String> = rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("expr: "))
        .flat_map(|line| line.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')))
        .filter(|word| word.starts_with("vmimap_"))
        .map(str::to_owned)
        .collect();
    assert!(asked.len() >= 12, "{asked:?}");
    let unknown: Vec<_> = asked.difference(&written).collect();
    assert!(
        unknown.is_empty(),
        "written by no run: {unknown:?}; there are {written:?}"
    );
    let page = fs::read_to_string("docs/monitoring.md").unwrap();
    for name in &written {
        let tail = name
            .rsplit_once("vmimap_")
            .unwrap()
            .1
            .split_once('_')
            .unwrap()
            .1;
        let told = [format!("`{name}`"), format!("`vmimap_VERB_{tail}`")];
        assert!(told.iter().any(|told| page.contains(told)), "{name}");
    }
}
