//! What the documents show is what the program does: every command of a document that says `run`
//! is run, every line compared; every other command of vmimap that a document shows is one that
//! vmimap understands. `make bless` writes the outputs anew.

use crate::support;
use std::fs;
use std::path::{Path, PathBuf};

use clap::CommandFactory;
use clap::error::ErrorKind;
use support::document::{Act, Printed, acts, with_outputs};
use support::stage::Stage;
use vmimap::cli::Cli;

/// Every Markdown file that users read, by its path in the repository.
fn documents() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = vec![root.join("README.md")];
    let mut left = vec![root.join("docs")];
    while let Some(directory) = left.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
            } else if path.extension().is_some_and(|one| one == "md") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Plays a document and gives what its commands printed, by line.
fn play(text: &str) -> Vec<Printed> {
    let acts = acts(text);
    let mut stage = None;
    let mut outputs = Vec::new();
    for (number, act) in acts.iter().enumerate() {
        match act {
            Act::Run(words) => stage = Some(Stage::new(words)),
            Act::Shown(_) => {}
            Act::File(path, content) => stage.as_ref().unwrap().file(path, content),
            Act::Step(words) => stage.as_mut().unwrap().step(words),
            Act::Command {
                at, margin, line, ..
            } => {
                let stage = stage.as_mut().unwrap();
                let output = stage.run(line);
                // Whoever reads has to see that a command fails, and how.
                let told = matches!(acts.get(number + 1),
                    Some(Act::Command { line, .. }) if line == "echo $?");
                let status = stage.status();
                assert!(
                    status == 0 || told,
                    "{line}: status {status} is not shown\n{output}"
                );
                outputs.push((*at, *margin, output));
            }
        }
    }
    outputs
}

fn check(path: &Path) {
    let text = fs::read_to_string(path).unwrap();
    let outputs = play(&text);
    if std::env::var_os("VMIMAP_BLESS").is_some() {
        fs::write(path, with_outputs(&text, &outputs)).unwrap();
        return;
    }
    for act in acts(&text) {
        if let Act::Command {
            at, line, expected, ..
        } = act
        {
            let (.., printed) = outputs.iter().find(|(one, ..)| *one == at).unwrap();
            assert_eq!(printed, &expected, "{}: {line}", path.display());
        }
    }
}

#[test]
fn the_commands_of_documents_print_what_these_show() {
    let all = documents();
    let runs = |path: &&PathBuf| fs::read_to_string(path).unwrap().contains("<!-- run:");
    let played: Vec<&PathBuf> = all.iter().filter(runs).collect();
    assert!(played.len() >= 2, "README and the tutorial at least");
    std::thread::scope(|scope| {
        for path in played {
            scope.spawn(|| check(path));
        }
    });
}

/// Calls of vmimap in running text, between backquotes, which may stand in different lines.
fn spans(text: &str) -> Vec<String> {
    let mut fenced = false;
    let mut prose = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            prose.push_str(line);
            prose.push('\n');
        }
    }
    let paragraphs = prose.split("\n\n");
    let spans = paragraphs.flat_map(|text| text.split('`').skip(1).step_by(2));
    let calls = spans.filter(|one| one.starts_with("vmimap "));
    calls.map(|one| one.replace('\n', " ")).collect()
}

/// What is wrong with the call of vmimap in a line, if anything. A placeholder in capitals may stand
/// for the verb; a call in running text need not be whole, and has placeholders for values.
fn misunderstood(line: &str, whole: bool) -> Option<clap::Error> {
    let (_, call) = line.split_once("vmimap ")?;
    let call = call.split([';', '|', '>', '#', '&']).next()?;
    // GNU parallel's own words.
    let call = call.split(" ::: ").next()?.replace("{}", "1");
    let words = || {
        call.split_whitespace()
            .map(|word| word.trim_matches(['\'', '"']))
    };
    let bare = |word: &str| word.trim_matches(['[', ']']).to_owned();
    if words()
        .next()?
        .starts_with(|letter: char| letter.is_ascii_uppercase())
    {
        return None;
    }
    let words = words().map(bare);
    let call = ["vmimap".to_owned()].into_iter().chain(words);
    let error = Cli::command().try_get_matches_from(call).err()?;
    // Users and groups are those of another machine.
    let elsewhere = error.to_string().contains("the system knows nobody");
    let unknown = matches!(
        error.kind(),
        ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand
    );
    (error.exit_code() != 0 && (whole || unknown) && !elsewhere).then_some(error)
}

/// The calls of vmimap in a document, each with what is wrong with it.
fn calls(text: &str) -> Vec<(String, Option<clap::Error>)> {
    let lines = acts(text).into_iter().filter_map(|act| match act {
        Act::Shown(line) | Act::Command { line, .. } => Some((line, true)),
        _ => None,
    });
    let lines = lines.chain(spans(text).into_iter().map(|one| (one, false)));
    let calls = lines.filter(|(line, _)| line.contains("vmimap "));
    let judged = calls.map(|(line, whole)| {
        let error = misunderstood(&line, whole);
        (line, error)
    });
    judged.collect()
}

#[test]
fn every_command_that_a_document_shows_is_understood() {
    let mut seen = 0;
    let mut wrong = Vec::new();
    for path in documents() {
        for (line, error) in calls(&fs::read_to_string(&path).unwrap()) {
            seen += 1;
            wrong.extend(error.map(|error| format!("{}: {line}\n{error}", path.display())));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 100, "only {seen} commands were found");
}

#[test]
fn a_command_that_is_not_understood_is_found() {
    let text = "```sh\nvmimap migrate --folow /spool\nparallel -j 1 \\\n  vmimap list --shard {}/4 \\\n  ::: 1\n\
                vmimap verify\n```\nand `vmimap expunge\n--dry`, `vmimap verify` and `other`\n";
    let wrong: Vec<bool> = calls(text)
        .iter()
        .map(|(_, error)| error.is_some())
        .collect();
    assert_eq!(wrong, [true, false, true, true, false]);
}
