//! The man pages, completions and the findings reference in the repository are what the code says
//! today.
//!
//! They are generated from the clap tree and committed, so that packagers get files and reviewers
//! see the difference. `make bless` writes them anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use clap::CommandFactory;
use vmimap::cli::Cli;
use vmimap::completion::{self, Shell};
use vmimap::manual;
use vmimap::voicemail::notice::CodeRow;

/// Every generated file, by its path in the repository.
fn generated() -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for shell in Shell::ALL {
        let path = Path::new("completions").join(shell.file_name());
        files.push((path, completion::script(shell).unwrap()));
    }
    for page in manual::pages(&Cli::command()).unwrap() {
        files.push((Path::new("man").join(page.file_name()), page.text.into()));
    }
    files.push(("docs/findings.md".into(), findings().into_bytes()));
    files
}

/// Every catalogue of codes, with the heading it has in the reference.
fn catalogues() -> [(&'static str, Vec<CodeRow>); 11] {
    [
        (
            "voicemail.conf",
            vmimap::voicemail::conf::CATALOGUE.to_vec(),
        ),
        ("Spool", vmimap::spool::CATALOGUE.to_vec()),
        (
            "Migration",
            vmimap::ops::migrate::catalogue::CATALOGUE.to_vec(),
        ),
        ("Doctor", vmimap::ops::doctor::catalogue::CATALOGUE.to_vec()),
        (
            "Provisioning",
            vmimap::ops::provision::catalogue::CATALOGUE.to_vec(),
        ),
        ("List", vmimap::ops::list::catalogue::CATALOGUE.to_vec()),
        ("Quota", vmimap::ops::quota::catalogue::CATALOGUE.to_vec()),
        ("Audit", vmimap::ops::audit::catalogue::rows()),
        (
            "Removal",
            vmimap::ops::expunge::catalogue::CATALOGUE.to_vec(),
        ),
        (
            "Rollback",
            vmimap::ops::rollback::catalogue::CATALOGUE.to_vec(),
        ),
        ("Export", vmimap::ops::export::catalogue::CATALOGUE.to_vec()),
    ]
}

/// What brings each code about, and what to do where its catalogue has nothing to print: lines of
/// `tests/causes.tsv`, with a tab between code, cause and cure.
fn causes() -> BTreeMap<&'static str, (&'static str, &'static str)> {
    let line = |line: &'static str| {
        let mut fields = line.split('\t');
        let code = fields.next()?;
        Some((code, (fields.next()?, fields.next().unwrap_or_default())))
    };
    include_str!("../causes.tsv")
        .lines()
        .filter_map(line)
        .collect()
}

/// The reference of every code, from the catalogues in the code.
fn findings() -> String {
    let mut text = String::from(
        "# Findings\n\nEvery remark vmimap makes about its input has a code that never changes its meaning. \
         Errors make a run incomplete\n(exit status 3; `vmimap doctor`: 4); warnings and infos do not. VMC030 to VMC033 and VMC036 are about an account: \
         mailboxes of that\naccount fail where they are worked on, and others are not affected.\n",
    );
    let causes = causes();
    for (title, rows) in catalogues() {
        write!(
            text,
            "\n## {title}\n\n| code | severity | meaning | usual cause | what to do |\n|---|---|---|---|---|\n"
        )
        .unwrap();
        for row in rows {
            let (cause, otherwise) = causes.get(row.code).copied().unwrap_or_default();
            let cure = if row.cure.is_empty() {
                otherwise
            } else {
                row.cure
            };
            writeln!(
                text,
                "| {} | {} | {} | {} | {} |",
                row.code,
                row.severity,
                cell(row.title),
                cell(cause),
                cell(cure)
            )
            .unwrap();
        }
    }
    text.push_str(LEFT_BY_FIX);
    text
}

/// Text in a table of Markdown: no bar ends the cell, no bracket begins a link.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('[', "\\[")
}

/// What repairing does not do, at the end of the findings.
const LEFT_BY_FIX: &str = "\n## What `audit --fix` leaves, and why\n\n\
- A value that is missing, impossible, twice or taken from another header's text (VMA020, VMA033, VMA035, VMA036, VMA037, VMA050): which one is \
true would be a guess.\n\
- An encoded name in a character set without ASCII, or of which nothing would be left, and encoded words in other headers than the \
caller's name and number (VMA034).\n\
- INTERNALDATE (VMA039), unless `--fix dates` is named: Asterisk does not look at it, and a message that is stored again is played last. It \
stays where Orig-time is itself in doubt.\n\
- Anything in the recording or its part (VMA002, VMA003, VMA007 to VMA019, VMA038): what is not there cannot be put back, and the \
recording is never written anew.\n\
- Messages that may be copies without being the same octet for octet (VMA064 to VMA066, VMA069), and the phone system's own set-up \
(VMA004, VMA051, VMA060, VMA062, VMA067, VMA070 to VMA074).\n\
- Messages in a folder that no phone opens (VMA052) while there is no room for them: a list longer than maxmsg may end Asterisk (VMA004).\n\
- Greetings (VMA022, VMA023, VMA054, VMA076, VMA077): whoever records one again puts it right.\n\
- Others' marks that are off (VMA075): `expunge` and `expire` put them back.\n";

/// Every code that stands between quotes in the sources.
fn codes_in_sources() -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    let mut left = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(
                fs::read_dir(path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
            continue;
        }
        let text = fs::read_to_string(path).unwrap();
        for word in text.split('"').skip(1).filter(|word| word.len() == 6) {
            let Some((letters, digits)) = word.split_at_checked(3) else {
                continue;
            };
            // The unit tests ask for a code that there is not.
            let real = digits != "999" && digits.bytes().all(|octet| octet.is_ascii_digit());
            if letters.starts_with("VM") && real {
                codes.insert(word.to_owned());
            }
        }
    }
    codes
}

#[test]
fn every_code_has_one_row_with_meaning_cause_and_cure() {
    let causes = causes();
    let mut rows = BTreeSet::new();
    let mut lacking = Vec::new();
    for row in catalogues().into_iter().flat_map(|(_, rows)| rows) {
        assert!(
            rows.insert(row.code.to_owned()),
            "{} is used twice",
            row.code
        );
        let (cause, otherwise) = causes.get(row.code).copied().unwrap_or_default();
        if row.title.is_empty() || cause.is_empty() || (row.cure.is_empty() && otherwise.is_empty())
        {
            lacking.push(row.code);
        }
    }
    assert!(
        lacking.is_empty(),
        "tests/causes.tsv says nothing, or too little, of {lacking:?}"
    );
    let unknown: Vec<&&str> = causes
        .keys()
        .filter(|code| !rows.contains(**code))
        .collect();
    assert!(
        unknown.is_empty(),
        "tests/causes.tsv has codes that are in no catalogue: {unknown:?}"
    );
    let missing: Vec<String> = codes_in_sources().difference(&rows).cloned().collect();
    assert!(
        missing.is_empty(),
        "codes in no catalogue of `catalogues`: {missing:?}"
    );
}

#[test]
fn man_pages_and_completions_are_fresh() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let bless = std::env::var_os("VMIMAP_BLESS").is_some();
    let mut stale = Vec::new();
    for (path, text) in generated() {
        let file = root.join(&path);
        if bless {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, &text).unwrap();
        } else if fs::read(&file).ok().as_ref() != Some(&text) {
            stale.push(path);
        }
    }
    assert!(stale.is_empty(), "stale, run `make bless`: {stale:?}");
}

#[test]
fn every_verb_shows_examples_and_exit_statuses() {
    let mut command = Cli::command();
    command.build();
    for verb in command
        .get_subcommands_mut()
        .filter(|verb| verb.get_name() != "help")
    {
        let help = verb.render_long_help().to_string();
        assert!(help.contains("Exit status:"), "{}", verb.get_name());
    }
    let migrate = command.find_subcommand_mut("migrate").unwrap();
    assert!(migrate.render_long_help().to_string().contains("Examples:"));
}
