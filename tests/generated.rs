//! The man pages, completions and the findings reference in the repository are what the code says
//! today.
//!
//! They are generated from the clap tree and committed, so that packagers get files and reviewers
//! see the difference. `make bless` writes them anew.

#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use clap::CommandFactory;
use vmimap::cli::Cli;
use vmimap::completion::{self, Shell};
use vmimap::manual;

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

/// The reference of every code, from the catalogues in the code.
fn findings() -> String {
    let mut text = String::from(
        "# Findings\n\nEvery remark vmimap makes about its input has a code that never changes its meaning. \
         Errors make a run incomplete\n(exit status 3; `vmimap doctor`: 4); warnings and infos do not. VMC030 to VMC033 and VMC036 are about an account: \
         mailboxes of that\naccount fail where they are worked on, and others are not affected.\n",
    );
    for (title, rows) in [
        ("voicemail.conf", vmimap::voicemail::conf::CATALOGUE),
        ("Spool", vmimap::spool::CATALOGUE),
        ("Migration", vmimap::ops::migrate::catalogue::CATALOGUE),
        ("Doctor", vmimap::ops::doctor::catalogue::CATALOGUE),
        ("Provisioning", vmimap::ops::provision::catalogue::CATALOGUE),
        ("List", vmimap::ops::list::catalogue::CATALOGUE),
        ("Quota", vmimap::ops::quota::catalogue::CATALOGUE),
        ("Audit", &vmimap::ops::audit::catalogue::rows()),
        ("Removal", vmimap::ops::expunge::catalogue::CATALOGUE),
        ("Rollback", vmimap::ops::rollback::catalogue::CATALOGUE),
        ("Export", vmimap::ops::export::catalogue::CATALOGUE),
    ] {
        write!(
            text,
            "\n## {title}\n\n| code | severity | meaning | what to do |\n|---|---|---|---|\n"
        )
        .unwrap();
        for row in rows {
            writeln!(
                text,
                "| {} | {} | {} | {} |",
                row.code, row.severity, row.title, row.cure
            )
            .unwrap();
        }
    }
    text.push_str(LEFT_BY_FIX);
    text
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
- Others' marks that are off (VMA075): `expunge` and `expire` put them back.\n";

#[test]
fn no_code_is_used_twice() {
    let catalogues = [
        vmimap::voicemail::conf::CATALOGUE,
        vmimap::spool::CATALOGUE,
        vmimap::ops::migrate::catalogue::CATALOGUE,
        vmimap::ops::export::catalogue::CATALOGUE,
        vmimap::ops::doctor::catalogue::CATALOGUE,
        vmimap::ops::provision::catalogue::CATALOGUE,
        vmimap::ops::list::catalogue::CATALOGUE,
        &vmimap::ops::audit::catalogue::rows(),
        vmimap::ops::expunge::catalogue::CATALOGUE,
        vmimap::ops::rollback::catalogue::CATALOGUE,
    ];
    let mut codes: Vec<&str> = catalogues
        .iter()
        .flat_map(|rows| rows.iter().map(|row| row.code))
        .collect();
    let all = codes.len();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), all);
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
