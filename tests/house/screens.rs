//! The screens in docs/screens are what the program shows in a terminal of 80 columns today.
//!
//! `scripts/screens.sh` makes them, in tmux, beside a private Dovecot. Where times and shares are
//! shown, which differ from run to run, only the command is held against the program.
use std::fs;
use std::path::Path;
use std::process::Command;

use clap::CommandFactory;
use vmimap::cli::Cli;

fn script(words: &[&str]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let bin = Path::new(env!("CARGO_BIN_EXE_vmimap")).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    let ran = Command::new("bash")
        .arg(root.join("scripts/screens.sh"))
        .args(words)
        .env("PATH", format!("{}:{path}", bin.display()))
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{complaint}");
    String::from_utf8(ran.stdout).unwrap()
}

/// The screens, each with whether it is the same in every run.
fn listed() -> Vec<(String, bool)> {
    let names = script(&["--list"]);
    let name = |line: &str| (line.trim_end_matches('~').to_owned(), !line.ends_with('~'));
    names.lines().map(name).collect()
}

fn committed(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("docs/screens").join(format!("{name}.txt"));
    fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

#[test]
fn every_screen_is_in_the_list_and_its_command_is_understood() {
    let listed = listed();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = fs::read_dir(root.join("docs/screens")).unwrap().count();
    assert_eq!(files, listed.len());
    for (name, _) in listed {
        let screen = committed(&name);
        let command = screen
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("$ "));
        let words: Vec<&str> = command.unwrap().split(' ').collect();
        if words.len() > 1 {
            Cli::command().try_get_matches_from(words).unwrap();
        }
    }
}

#[test]
fn screens_are_what_the_program_shows_now() {
    let dir = tempfile::tempdir().unwrap();
    let shown = dir.path().join("screens");
    script(&[shown.to_str().unwrap()]);
    for (name, steady) in listed() {
        let now = fs::read_to_string(shown.join(format!("{name}.txt"))).unwrap();
        assert!(now.lines().all(|line| line.chars().count() <= 80), "{now}");
        if steady {
            assert_eq!(now, committed(&name), "{name}: run `make screens`");
        }
    }
}
