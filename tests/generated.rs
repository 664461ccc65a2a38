//! The man pages, completions and the findings reference in the repository are what the code says
//! today.
//!
//! They are generated from the clap tree and committed, so that packagers get files and reviewers
//! see the difference. `make bless` writes them anew.

#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory};
use clap_complete::Shell;
use vmimap::cli::Cli;

/// Every generated file, by its path in the repository.
fn generated() -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    let command = Cli::command();
    for (shell, name) in [
        (Shell::Bash, "vmimap.bash"),
        (Shell::Zsh, "_vmimap"),
        (Shell::Fish, "vmimap.fish"),
    ] {
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut command.clone(), "vmimap", &mut text);
        files.push((Path::new("completions").join(name), text));
    }
    files.push(("docs/findings.md".into(), findings().into_bytes()));
    let mut built = command;
    built.build();
    pages(&built, &mut files);
    files
}

fn pages(command: &Command, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    let name = command
        .get_display_name()
        .unwrap_or_else(|| command.get_name())
        .to_owned();
    let mut page = Vec::new();
    let man = clap_mangen::Man::new(command.clone())
        .title(name.to_uppercase())
        .section("1")
        .source(format!("vmimap {}", env!("CARGO_PKG_VERSION")));
    man.render(&mut page).unwrap();
    files.push((Path::new("man").join(format!("{name}.1")), page));
    for verb in command
        .get_subcommands()
        .filter(|verb| verb.get_name() != "help")
    {
        pages(verb, files);
    }
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
    text
}

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
