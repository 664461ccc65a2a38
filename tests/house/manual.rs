//! The man pages read well in two formatters' eyes and know every key; completion knows the
//! mailboxes; `vmimap` alone says where one is.

use crate::support;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use support::cli::Vmimap;

const CONF: &str = "[general]\nimapserver=localhost\n\
    [default]\n4123 => 1,Ada,,,imapuser=a\n4124 => 1,Bob,,,imapuser=b\n\
    [sales]\n4123 => 1,Cy,,,imapuser=c\n41$(id)5 => 1,Dee,,,imapuser=d\n";

fn pages() -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("man");
    let entries = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut pages: Vec<_> = entries.collect();
    pages.sort();
    pages
}

#[test]
fn mandoc_has_nothing_to_say_about_any_page() {
    assert!(pages().len() > 12, "the pages were found");
    let output = Command::new("mandoc")
        .args(["-T", "lint"])
        .args(pages())
        .output();
    let output = output.expect("mandoc, which scripts/deps.sh installs");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    assert!(output.status.success());
}

#[test]
fn every_page_has_its_sections_and_names_only_pages_there_are() {
    let names: Vec<String> = pages()
        .iter()
        .map(|page| page.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    for page in pages()
        .iter()
        .filter(|page| page.extension().unwrap() == "1")
    {
        let text = fs::read_to_string(page).unwrap();
        for section in [
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "\"EXIT STATUS\"",
            "FILES",
            "\"SEE ALSO\"",
        ] {
            assert!(
                text.contains(&format!("\n.SH {section}\n")),
                "{}: {section}",
                page.display()
            );
        }
        let also = text.split(".SH \"SEE ALSO\"\n").nth(1).unwrap();
        for line in also.lines() {
            let name = line
                .strip_prefix("\\fB")
                .unwrap()
                .split("\\fR")
                .next()
                .unwrap();
            let name = name.replace("\\-", "-");
            assert!(names.contains(&name), "{}: {name}", page.display());
        }
    }
}

#[test]
fn the_page_of_the_settings_file_knows_every_key() {
    let page = fs::read_to_string("man/vmimap.toml.5")
        .unwrap()
        .replace("\\-", "-");
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("vmimap.toml");
    for (text, least) in [
        ("no_such_key = 1\n", 15),
        ("[[expire]]\nno_such_key = 1\n", 6),
        ("[lamps]\nno_such_key = 1\n", 6),
    ] {
        fs::write(&file, text).unwrap();
        let ran = Vmimap::new(["list", "--config"]).arg(&file).run().status(2);
        // The refusal lists what there is.
        let keys: Vec<&str> = ran.stderr.split('`').skip(3).step_by(2).collect();
        assert!(keys.len() >= least, "{}", ran.stderr);
        for key in keys
            .iter()
            .filter(|key| !["expire", "lamps"].contains(*key))
        {
            let as_word = |c: char| !c.is_alphanumeric() && c != '_';
            assert!(page.split(as_word).any(|word| word == *key), "{key}");
        }
    }
}

/// What bash would offer after these words, the last being completed.
fn bash_offers(line: &str, words: &[&str]) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let conf = dir.path().join("voicemail.conf");
    fs::write(&conf, CONF).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions/vmimap.bash");
    let program = Path::new(env!("CARGO_BIN_EXE_vmimap")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let ask = r#"
        . "$1"; COMP_LINE="$2"; shift 2
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_TYPE=9
        _vmimap vmimap "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        [ ${#COMPREPLY[@]} -eq 0 ] || printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let output = Command::new("bash")
        .args(["--norc", "-c", ask, "bash"])
        .arg(script)
        .arg(line)
        .args(words)
        .env("PATH", path)
        .env("VMIMAP_VOICEMAIL_CONF", &conf)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{line}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_verbs_mailboxes_and_contexts() {
    assert_eq!(
        bash_offers("vmimap prov", &["vmimap", "prov"]),
        ["provision"]
    );
    let all = ["4123@default", "4124@default", "4123@sales"];
    assert_eq!(
        bash_offers("vmimap list 41", &["vmimap", "list", "41"]),
        all
    );
    // Bash breaks words at the @, and wants only what comes after it.
    let broken = bash_offers(
        "vmimap list 4123@sa",
        &["vmimap", "list", "4123", "@", "sa"],
    );
    assert_eq!(broken, ["sales"]);
    let second = ["vmimap", "list", "4123", "@", "sales", "4124"];
    assert_eq!(
        bash_offers("vmimap list 4123@sales 4124", &second),
        ["4124@default"]
    );
    let context = ["vmimap", "quota", "--context", ""];
    assert_eq!(
        bash_offers("vmimap quota --context ", &context),
        ["default", "sales"]
    );
}

#[test]
fn runs_are_completed_newest_first_from_the_state_directory_that_was_typed() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("journal")).unwrap();
    let line = |id: &str| {
        format!(
            "{{\"step\":\"begin\",\"format\":1,\"run\":\"{id}\",\"time\":\"2026-11-28T00:00:00Z\",\
             \"spool\":\"s\",\"mailboxes\":1}}\n"
        )
    };
    let book = line("20261127T000000Z-aaaa") + &line("20261128T000000Z-bbbb");
    fs::write(dir.path().join("journal/runs.jsonl"), book).unwrap();
    let offers = |state: &Path, word: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_vmimap"))
            .args(["--", "vmimap", "rollback", "--state-dir"])
            .arg(state)
            .arg(word)
            .env("VMIMAP_COMPLETE", "fish")
            .output()
            .unwrap();
        assert!(output.status.success() && output.stderr.is_empty());
        String::from_utf8(output.stdout).unwrap()
    };
    let all = "20261128T000000Z-bbbb\n20261127T000000Z-aaaa";
    assert_eq!(offers(dir.path(), "2026").trim(), all);
    assert_eq!(offers(dir.path(), "la").trim(), "last");
    assert_eq!(offers(&dir.path().join("nowhere"), "2026"), "");
}

#[test]
fn a_shell_that_asks_gets_no_error_when_there_is_no_voicemail_conf() {
    let output = Command::new(env!("CARGO_BIN_EXE_vmimap"))
        .args(["--", "vmimap", "list", "--voicemail-conf", "no/such", "41"])
        .env("VMIMAP_COMPLETE", "fish")
        .output()
        .unwrap();
    assert!(output.status.success() && output.stderr.is_empty());
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
}

#[test]
fn completions_and_pages_come_out_of_the_program_too() {
    let ran = Vmimap::new(["completions", "fish"]).run().status(0);
    assert_eq!(
        ran.stdout,
        fs::read_to_string("completions/vmimap.fish").unwrap()
    );
    let ran = Vmimap::new(["man", "quota", "set"]).run().status(0);
    assert_eq!(
        ran.stdout,
        fs::read_to_string("man/vmimap-quota-set.1").unwrap()
    );
    Vmimap::new(["man", "frobnicate"]).run().status(1);
    let dir = tempfile::tempdir().unwrap();
    Vmimap::new(["man", "--to"]).arg(dir.path()).run().status(0);
    assert!(dir.path().join("vmimap.1").exists());
}

#[test]
fn alone_it_says_where_one_is_and_what_comes_next() {
    let dir = tempfile::tempdir().unwrap();
    let conf = dir.path().join("voicemail.conf");
    fs::write(&conf, CONF).unwrap();
    let ran = Vmimap::new(["--voicemail-conf"]).arg(&conf).run().status(2);
    assert!(
        ran.stdout.contains("4 mailboxes, 4 with an IMAP account"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("vmimap doctor") && ran.stderr.is_empty());
    assert!(
        ran.stdout.lines().all(|line| line.len() <= 100),
        "{}",
        ran.stdout
    );
    let ran = Vmimap::new(["--voicemail-conf", "no/such"]).run().status(2);
    assert!(
        ran.stdout.contains("There is no no/such here"),
        "{}",
        ran.stdout
    );
}
