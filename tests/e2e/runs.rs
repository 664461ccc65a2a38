//! `vmimap runs` and `runs merge`: what the journals of a real migration tell, and a migration that was
//! split over two state directories put together and taken back as one.

use crate::support;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use support::cli::{Ran, Vmimap, snapshot};
use support::dovecot_config::DovecotOptions;
use support::run_site::RunSite;

fn site() -> RunSite {
    RunSite::new(DovecotOptions::default())
}

fn runs(site: &RunSite, words: &[&str]) -> Vmimap {
    site.site.vmimap("runs", words)
}

/// The fields of each `run` line.
fn told(ran: &Ran) -> Vec<Value> {
    let lines = ran.json().into_iter();
    lines.filter(|line| line["type"] == "run").collect()
}

#[test]
fn every_run_is_told_newest_first_with_what_became_of_its_messages() {
    let site = site();
    let none = runs(&site, &[]).run().status(0);
    assert!(none.stdout.starts_with("There is no run"), "{none:?}");
    let first = site.run();
    let second = site.run();
    site.rollback(&[&first, "--yes", "200"]).run().status(0);
    let all = told(&runs(&site, &["--json"]).run().status(0));
    let ids: Vec<&Value> = all.iter().map(|run| &run["run"]).collect();
    assert_eq!(ids, [&Value::from(&*second), &Value::from(&*first)]);
    for (run, state, appended, rolled_back) in
        [(&all[0], "complete", 0, 0), (&all[1], "partly", 16, 4)]
    {
        assert_eq!(run["state"], state);
        assert_eq!(run["appended"], appended);
        assert_eq!(run["verified"], appended);
        assert_eq!(run["rolled_back"], rolled_back);
        assert_eq!(
            (&run["run_exit"], &run["mailboxes"]),
            (&0.into(), &4.into())
        );
        assert_eq!((&run["refused"], &run["unknown"]), (&0.into(), &0.into()));
        let spool = site.spool().canonicalize().unwrap();
        assert_eq!(run["spool"], spool.to_str().unwrap());
    }
    let sizes: u64 = site
        .migrated()
        .iter()
        .map(|one| one.body.len() as u64)
        .sum();
    assert!(
        all[1]["octets"].as_u64().unwrap() > sizes,
        "12 are left of 16"
    );
    let one = runs(&site, &["last", "--json"]).run().status(0);
    assert_eq!(told(&one)[0]["run"], second);
    let one = runs(&site, &[&first, "--json"]).run().status(0);
    let boxes: Vec<Value> = one
        .json()
        .into_iter()
        .filter(|l| l["type"] == "mailbox")
        .collect();
    let states: Vec<(&str, &str, u64)> = boxes
        .iter()
        .map(|one| {
            let text = |name: &str| one[name].as_str().unwrap();
            (
                text("mailbox"),
                text("state"),
                one["appended"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        states,
        [
            ("200@default", "rolled_back", 4),
            ("2001@default", "complete", 4),
            ("7@default", "complete", 4),
            ("5001@sales", "complete", 4)
        ]
    );
    let text = runs(&site, &[&first]).run().status(0).stdout;
    assert!(
        text.starts_with(&format!("Run {first}: partly back\n")),
        "{text}"
    );
    let csv = runs(&site, &["--csv"]).run().status(0).stdout;
    assert!(
        csv.starts_with("run,started,state,mailboxes,intended,appended,"),
        "{csv}"
    );
}

#[test]
fn a_run_that_was_cut_is_interrupted_and_one_that_no_book_tells_of_is_told_by_its_journals() {
    let site = site();
    let run = site.run();
    let book = site.journal("runs");
    let lines = fs::read_to_string(&book).unwrap();
    let begin = lines.lines().next().unwrap();
    fs::write(&book, format!("{begin}\n{}", &begin[..20])).unwrap();
    let state = || told(&runs(&site, &["--json"]).run().status(0))[0]["state"].clone();
    assert_eq!(state(), "interrupted");
    fs::remove_file(&book).unwrap();
    assert_eq!(state(), "complete");
    site.rollback(&[&run, "--yes"]).run().status(0);
    assert_eq!(state(), "rolled_back");
}

#[test]
fn a_damaged_journal_is_named_and_the_others_are_told_all_the_same() {
    let site = site();
    site.run();
    let journal = site.journal("default/200");
    let damaged = fs::read_to_string(&journal)
        .unwrap()
        .replacen("intent", "tnetni", 1);
    fs::write(&journal, damaged).unwrap();
    let ran = runs(&site, &["--json"]).run().status(3);
    assert!(
        ran.stderr.contains("200@default") && ran.stderr.contains("200.jsonl:"),
        "{ran:?}"
    );
    assert_eq!(told(&ran)[0]["appended"], 12);
    assert_eq!(ran.count("journals_failed"), 1);
    fs::write(site.journal("runs"), "nonsense\n").unwrap();
    let ran = runs(&site, &["--json"]).run().status(3);
    assert!(ran.stderr.contains("runs.jsonl:1: damaged"), "{ran:?}");
    assert_eq!(ran.count("journals_failed"), 2);
    let wrong = runs(&site, &["nothing"]).run().status(1);
    assert!(
        wrong.stderr.contains("there is no run nothing"),
        "{wrong:?}"
    );
}

/// A migration of one site, split over state directories.
struct Split {
    site: RunSite,
}

impl Split {
    fn state(&self, name: &str) -> PathBuf {
        self.site.site.dir().join(name)
    }

    fn call(&self, words: &[&str], state: &str) -> Vmimap {
        let call = Vmimap::new(words);
        call.arg("--voicemail-conf")
            .arg(self.site.site.conf())
            .arg("--state-dir")
            .arg(self.state(state))
    }

    /// Migrates a part of the spool with its own state directory, and says the run's id.
    fn migrate(&self, boxes: &[&str], state: &str) -> String {
        let call = self
            .call(&["migrate", "--json"], state)
            .arg(self.site.spool());
        let summary = call.args(boxes).run().status(0).summary();
        summary["run"].as_str().unwrap().to_owned()
    }

    fn merge(&self, from: &[&str], to: &str) -> Vmimap {
        let sources = from.iter().map(|name| self.state(name));
        sources.fold(self.call(&["runs", "merge", "--json"], to), Vmimap::arg)
    }
}

#[test]
fn two_halves_of_a_migration_are_one_after_the_merge() {
    let split = Split { site: site() };
    let before = split.site.held();
    let one = split.migrate(&["200", "7"], "one");
    let two = split.migrate(&["2001", "5001"], "two");
    // The same mailbox on both, at different times.
    split.site.leave(2, 1_800_000_000, 4);
    let third = split.migrate(&["200"], "two");
    let sources = [snapshot(&split.state("one")), snapshot(&split.state("two"))];
    let dry = split
        .merge(&["one", "two"], "whole")
        .arg("-n")
        .run()
        .status(0);
    assert_eq!(
        dry.count("written"),
        5,
        "four journals and the book of runs"
    );
    assert!(!split.state("whole").exists());
    split.merge(&["one", "two"], "whole").run().status(0);
    let again = split.merge(&["two", "one"], "whole").run().status(0);
    assert_eq!((again.count("written"), again.count("kept")), (0, 5));
    assert_eq!(
        sources,
        [snapshot(&split.state("one")), snapshot(&split.state("two"))]
    );
    // All of it is told.
    let all = told(&split.call(&["runs", "--json"], "whole").run().status(0));
    let sums: Vec<(&str, u64)> = all
        .iter()
        .map(|run| {
            (
                run["run"].as_str().unwrap(),
                run["appended"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(sums, [(&*third, 1), (&*two, 8), (&*one, 8)]);
    // A second migrate has nothing to append or to read again.
    let spool = split.site.spool();
    let ran = split
        .call(&["migrate", "--json"], "whole")
        .arg(spool)
        .run()
        .status(0);
    assert_eq!((ran.count("appended"), ran.count("reverified")), (3, 0));
    // And each run can be taken back. Messages of the second batch took the place of the first ones'
    // files.
    for run in ["last", &third, &two, &one] {
        let words = ["rollback", run, "--yes", "--without-source"];
        split.call(&words, "whole").run().status(0);
    }
    assert_eq!(split.site.held(), before);
}

#[test]
fn what_must_not_be_merged_is_refused() {
    let split = Split { site: site() };
    split.migrate(&["200"], "one");
    split.migrate(&["200"], "two");
    let lines = fs::read_to_string(split.state("one").join("journal/default/200.jsonl")).unwrap();
    // The same run with another end.
    let other = lines.replacen(
        "\"type\":\"verified\"",
        "\"type\":\"unknown\",\"batch\":9,\"why\":\"x\",\"t\":\"v\"",
        1,
    );
    fs::write(split.state("two").join("journal/default/200.jsonl"), other).unwrap();
    let ran = split.merge(&["one", "two"], "whole").run().status(3);
    assert!(ran.stderr.contains("contradiction"), "{ran:?}");
    assert!(
        !split
            .state("whole")
            .join("journal/default/200.jsonl")
            .exists()
    );
    // A run is under way.
    for (held, from, to) in [("one", "one", "whole"), ("whole", "one", "whole")] {
        let lock = fs::File::options()
            .append(true)
            .open(split.state(held).join("lock"))
            .unwrap();
        lock.lock().unwrap();
        let ran = split.merge(&[from], to).run().status(75);
        assert!(ran.stderr.contains("another run holds the lock"), "{ran:?}");
    }
    split.merge(&["one"], "one").run().status(1);
    split.merge(&["nowhere"], "whole").run().status(1);
    fs::create_dir(split.state("empty")).unwrap();
    let ran = split.merge(&["empty"], "whole").run().status(1);
    assert!(ran.stderr.contains("has no journals"), "{ran:?}");
}

/// Every name in backticks in these parts of docs/json.md.
fn documented(parts: &[&str]) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/json.md");
    let text = fs::read_to_string(path).unwrap();
    let parts = text
        .split("\n## ")
        .filter(|part| parts.iter().any(|name| part.starts_with(name)));
    let quoted = parts.flat_map(|part| part.split('`').skip(1).step_by(2));
    quoted.map(str::to_owned).collect()
}

#[test]
fn every_field_of_every_line_is_documented() {
    let split = Split { site: site() };
    let run = split.migrate(&["200"], "one");
    for (words, parts) in [
        (&["runs", "--json"][..], &["`vmimap runs"][..]),
        (&["runs", "--json", "last"], &["`vmimap runs"]),
        (
            &["rollback", "--json", "--yes", &run],
            &["`vmimap rollback", "`vmimap expunge", "`vmimap migrate"],
        ),
    ] {
        let known = documented(parts);
        for line in split.call(words, "one").run().status(0).json() {
            for name in line.as_object().unwrap().keys() {
                let common = ["type", "format"].contains(&name.as_str());
                assert!(common || known.contains(name), "{words:?}: {name}");
            }
        }
    }
    let known = documented(&["`vmimap runs"]);
    for line in split.merge(&["one"], "whole").run().status(0).json() {
        for name in line.as_object().unwrap().keys() {
            let common = ["type", "format"].contains(&name.as_str());
            assert!(common || known.contains(name), "merge: {name}");
        }
    }
}
