//! Every command line of vmimap that the guides show is one that vmimap takes: verbs, flags, values.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::Path;

use clap::Parser;
use vmimap::cli::Cli;

/// The guides.
const GUIDES: [&str; 2] = ["docs/cutover.md", "docs/scale.md"];

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The command lines of vmimap in a document: lines of blocks that begin with it (or, for GNU
/// parallel, hold it on a line of its own), and text in backticks.
fn commands(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, part) in text.split("```").enumerate() {
        if at % 2 == 1 {
            let whole = part.replace("\\\n", "\\ ");
            let lines = whole
                .lines()
                .map(|line| line.trim_start_matches("$ ").trim());
            found.extend(lines.filter_map(|line| {
                let at = if line.starts_with("parallel ") {
                    line.find("vmimap ")?
                } else {
                    line.starts_with("vmimap ").then_some(0)?
                };
                let line = &line[at..];
                let end = line.find([';', '|', '#', '\\']).unwrap_or(line.len());
                Some(line[..end].to_owned())
            }));
        } else {
            let spans = part.split('`').skip(1).step_by(2);
            found.extend(
                spans
                    .filter(|span| span.starts_with("vmimap "))
                    .map(str::to_owned),
            );
        }
    }
    found
}

fn words(line: &str) -> Vec<String> {
    // What GNU parallel puts in place of {}; and a user that this machine need not have.
    let line = line
        .replace("{}", "1")
        .replace("asterisk:asterisk", "root:root")
        .replace(['\'', '\n'], " ");
    line.split_whitespace().map(str::to_owned).collect()
}

/// Whether it is understood; a text in backticks may leave the arguments out.
fn taken(line: &str) -> Result<(), String> {
    let words = words(line);
    let Err(error) = Cli::try_parse_from(&words) else {
        return Ok(());
    };
    match error.kind() {
        clap::error::ErrorKind::MissingRequiredArgument if words.len() < 4 => Ok(()),
        _ => Err(format!("{line}\n{error}")),
    }
}

#[test]
fn every_command_of_the_guides_is_understood() {
    let mut wrong = Vec::new();
    for guide in GUIDES {
        let commands = commands(&read(guide));
        assert!(commands.len() > 1, "{guide}: {commands:?}");
        for line in commands {
            wrong.extend(taken(&line).err().map(|why| format!("{guide}: {why}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_wrong_flag_is_found() {
    let text = "```sh\nvmimap migrate --folow /spool\nparallel -j 1 \\\n  vmimap list --shard {}/4 \\\n  ::: 1\n```\n\
                and `vmimap expunge --dry` and `other`\n";
    let found = commands(text);
    assert_eq!(found.len(), 3, "{found:?}");
    let wrong: Vec<bool> = found.iter().map(|line| taken(line).is_err()).collect();
    assert_eq!(wrong, [true, false, true], "{found:?}");
}

#[test]
fn links_between_the_documents_lead_somewhere() {
    for guide in GUIDES.into_iter().chain([
        "docs/decisions/0007-parts-of-the-mailboxes.md",
        "docs/decisions/0008-following-a-spool-in-use.md",
    ]) {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join(guide);
        let text = read(guide);
        for link in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let file = link.split('#').next().unwrap();
            if !file.is_empty() && !link.starts_with("http") {
                assert!(dir.parent().unwrap().join(file).exists(), "{guide}: {link}");
            }
        }
    }
}
