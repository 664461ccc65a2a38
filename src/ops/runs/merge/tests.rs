//! Merging, file by file.

use super::*;

fn run(id: &str, at: u32, account: &str) -> String {
    format!(
        "{{\"type\":\"run\",\"format\":1,\"run\":\"{id}\",\"at\":\"2026-11-28T00:00:{at:02}Z\",\
         \"account\":\"{account}\",\"spool\":\"s\"}}\n"
    )
}

fn unknown(batch: u32) -> String {
    format!("{{\"type\":\"unknown\",\"batch\":{batch},\"why\":\"cut\"}}\n")
}

struct Dirs {
    dir: tempfile::TempDir,
}

impl Dirs {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn put(&self, name: &str, file: &str, text: &str) {
        let path = self.path(name).join("journal").join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn get(&self, file: &str) -> String {
        fs::read_to_string(self.path("to/journal").join(file)).unwrap_or_default()
    }

    /// Merges `one` and `two` into `to`: what changed, and what could not be merged.
    fn merge(&self, dry_run: bool) -> (u64, Vec<String>) {
        let sources = [self.path("one"), self.path("two")];
        let (mut changed, mut wrong) = (0, Vec::new());
        merge(
            &sources,
            &self.path("to"),
            dry_run,
            &mut |merged| match &merged.outcome {
                Ok(yes) => changed += u64::from(*yes),
                Err(error) => wrong.push(error.to_string()),
            },
        )
        .unwrap();
        (changed, wrong)
    }
}

#[test]
fn parts_are_put_together_by_time_and_equal_ones_count_once() {
    let dirs = Dirs::new();
    let (a, b, c) = (run("a", 1, "x"), run("b", 2, "x"), run("c", 3, "x"));
    let (one, two) = (unknown(1), unknown(2));
    dirs.put("one", "d/1.jsonl", &format!("{a}{one}{c}{one}{two}"));
    dirs.put("two", "d/1.jsonl", &format!("{b}{one}{c}{one}"));
    dirs.put("two", "d/2.jsonl", &b);
    assert_eq!(dirs.merge(true), (2, vec![]));
    assert!(!dirs.path("to").exists());
    assert_eq!(dirs.merge(false), (2, vec![]));
    let whole = format!("{a}{one}{b}{one}{c}{one}{two}");
    assert_eq!(dirs.get("d/1.jsonl"), whole);
    assert_eq!(dirs.get("d/2.jsonl"), b);
    assert_eq!(dirs.merge(false), (0, vec![]), "nothing is new");
    // A source goes on, and is merged once more.
    dirs.put("two", "d/1.jsonl", &format!("{b}{one}{two}"));
    assert_eq!(dirs.merge(false), (1, vec![]));
    assert_eq!(
        dirs.get("d/1.jsonl"),
        format!("{a}{one}{b}{one}{two}{c}{one}{two}")
    );
}

#[test]
fn a_torn_last_line_is_left_out_and_a_damaged_one_keeps_the_journal_as_it_was() {
    let dirs = Dirs::new();
    let a = run("a", 1, "x");
    dirs.put("one", "d/1.jsonl", &format!("{a}{}", &unknown(1)[..9]));
    dirs.put("two", "d/2.jsonl", &format!("nonsense\n{a}"));
    dirs.put("two", "d/3.jsonl", &format!("{}{a}", unknown(1)));
    let (changed, wrong) = dirs.merge(false);
    assert_eq!((changed, dirs.get("d/1.jsonl")), (1, a));
    assert!(wrong[0].contains("2.jsonl:1: damaged"), "{wrong:?}");
    assert!(wrong[1].contains("begins without a run line"), "{wrong:?}");
    assert_eq!(dirs.get("d/2.jsonl"), "");
}

#[test]
fn a_contradiction_is_refused_and_nothing_of_it_is_taken() {
    let dirs = Dirs::new();
    let a = run("a", 1, "x");
    dirs.put("one", "d/1.jsonl", &format!("{a}{}", unknown(1)));
    dirs.put("two", "d/1.jsonl", &format!("{a}{}", unknown(2)));
    dirs.put("one", "d/2.jsonl", &a);
    dirs.put("two", "d/2.jsonl", &run("a", 2, "another"));
    dirs.put("two", "d/3.jsonl", &a);
    let (changed, wrong) = dirs.merge(false);
    assert_eq!(changed, 1);
    assert!(wrong[0].contains("goes on in another way"), "{wrong:?}");
    assert!(
        wrong[1].contains("into another there and from s into x elsewhere"),
        "{wrong:?}"
    );
    assert_eq!(dirs.get("d/1.jsonl"), "");
}

#[test]
fn records_are_put_together_line_by_line() {
    let dirs = Dirs::new();
    let line = |at: u32| format!("{{\"time\":\"2026-11-28T00:00:{at:02}Z\"}}\n");
    let put = |name: &str, times: &[u32]| {
        let text: String = times.iter().map(|at| line(*at)).collect();
        dirs.put(name, "removals.jsonl", &text);
    };
    put("one", &[1, 3, 5]);
    put("two", &[2, 3, 4]);
    put("to", &[3]);
    assert_eq!(dirs.merge(false), (1, vec![]));
    let whole: String = [1, 2, 3, 4, 5].map(line).concat();
    assert_eq!(dirs.get("removals.jsonl"), whole);
    assert_eq!(dirs.merge(false), (0, vec![]));
}

#[test]
fn what_was_retired_is_taken_over_from_one_and_not_from_two_that_disagree() {
    let dirs = Dirs::new();
    let run = |id: &str| {
        format!(
            "{{\"type\":\"run\",\"format\":1,\"run\":\"{id}\",\"at\":\"x\",\"spool\":\"s\",\
             \"to\":\"t\",\"undo\":false}}\n"
        )
    };
    let end = "{\"type\":\"end\"}\n";
    let (a, b) = (run("a") + end, run("b") + end);
    dirs.put("one", "retired.jsonl", &format!("{a}{{\"type\":\"ru"));
    assert_eq!(dirs.merge(true), (1, vec![]));
    assert_eq!(
        (dirs.merge(false), dirs.get("retired.jsonl")),
        ((1, vec![]), a.clone())
    );
    dirs.put("two", "retired.jsonl", &format!("{a}{b}"));
    assert_eq!(dirs.merge(false), (1, vec![]));
    assert_eq!(dirs.merge(false), (0, vec![]));
    // A run that was cut, and one that the others do not know.
    for (text, why) in [
        (run("c"), "a run was cut"),
        (run("c") + end, "not put together"),
    ] {
        dirs.put("one", "retired.jsonl", &format!("{a}{text}"));
        let (changed, wrong) = dirs.merge(false);
        assert_eq!((changed, dirs.get("retired.jsonl")), (0, format!("{a}{b}")));
        assert!(wrong[0].contains(why), "{wrong:?}");
    }
}
