//! The systemd unit for parts of a migration is one that systemd and vmimap take.
use std::fs;
use std::path::Path;
use std::process::Command;

use clap::Parser;
use vmimap::cli::Cli;

const UNIT: &str = "packaging/vmimap-migrate@.service";
const OTHER: &str = "packaging/systemd/vmimap-expire.service";

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// `Section.Key=value` of every line; panics at what is none.
fn settings(text: &str) -> Vec<(String, String)> {
    let mut section = String::new();
    let mut settings = Vec::new();
    let lines = text.lines().map(str::trim);
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            assert!(["Unit", "Service"].contains(&name), "{line}");
            name.clone_into(&mut section);
            continue;
        }
        let (key, value) = line.split_once('=').expect(line);
        assert!(
            key.chars().all(|c| c.is_ascii_alphabetic()) && !section.is_empty(),
            "{line}"
        );
        settings.push((format!("{section}.{key}"), value.to_owned()));
    }
    settings
}

fn value(settings: &[(String, String)], key: &str) -> String {
    let found: Vec<_> = settings.iter().filter(|(name, _)| name == key).collect();
    assert_eq!(found.len(), 1, "{key}");
    found[0].1.clone()
}

#[test]
fn the_command_of_the_unit_is_one_that_vmimap_takes() {
    let settings = settings(&read(UNIT));
    // systemd reads "-" in the instance of vmimap-migrate@1-4 as "/" for %I, and leaves it for %i.
    let command = value(&settings, "Service.ExecStart").replace("%I", "1/4");
    assert!(!command.contains(['%', '$']), "{command}");
    assert!(command.contains("--shard 1/4"));
    let words = command.split(' ').collect::<Vec<_>>();
    assert_eq!(words[0], "/usr/bin/vmimap");
    Cli::try_parse_from(words).unwrap();
    assert_eq!(
        value(&settings, "Service.StateDirectory"),
        "vmimap-migrate/%i"
    );
}

#[test]
fn the_unit_is_shut_in_as_the_others_are() {
    let hardening = |path: &str| {
        let text = read(path);
        let (_, rest) = text.split_once("\nNoNewPrivileges=").expect("hardening");
        rest.to_owned()
    };
    assert_eq!(hardening(UNIT), hardening(OTHER));
    let settings = settings(&read(UNIT));
    assert_eq!(value(&settings, "Service.User"), "asterisk");
    assert_eq!(value(&settings, "Service.UMask"), "0077");
}

/// What systemd itself says, where it is installed; the tests above do without.
#[test]
fn systemd_finds_nothing_wrong_with_the_unit() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("vmimap-migrate@1-4.service");
    let text = read(UNIT).replace("/usr/bin/vmimap", env!("CARGO_BIN_EXE_vmimap"));
    fs::write(&path, text).unwrap();
    let checked = Command::new("systemd-analyze")
        .args(["verify", "--man=no", "--recursive-errors=no"])
        .arg(&path)
        .output();
    let checked = match checked {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
        checked => checked.unwrap(),
    };
    let said = String::from_utf8_lossy(&checked.stderr);
    let ours: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("vmimap-migrate"))
        .collect();
    assert!(ours.is_empty() && checked.status.success(), "{said}");
}
