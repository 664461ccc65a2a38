//! The README's session is what the program does: every command is run, every line compared.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;
use std::path::Path;

use support::cli::Vmimap;
use support::dovecot::Dovecot;
use support::dovecot_config::DovecotOptions;
use support::fixtures::GenuineSpool;

const SPOOL: &str = "/var/spool/asterisk/voicemail";

/// Commands and what they print, from the block behind the `tested` mark.
fn session(readme: &str) -> Vec<(String, String)> {
    let block = readme.split("<!-- tested").nth(1).expect("the tested mark");
    let block = block.split("```console\n").nth(1).expect("a block");
    let block = block.split("```").next().unwrap();
    let mut session: Vec<(String, String)> = Vec::new();
    for line in block.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            session.push((command.to_owned(), String::new()));
        } else {
            let (_, output) = session.last_mut().expect("a command first");
            output.push_str(line);
            output.push('\n');
        }
    }
    session
}

/// The run's id differs each time.
fn without_run_id(text: &str) -> String {
    text.lines()
        .map(|line| match line.split_once(" Run ") {
            Some((before, _)) => format!("{before} Run ID.\n"),
            None => format!("{line}\n"),
        })
        .collect()
}

#[test]
fn the_readmes_commands_print_what_it_shows() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let session = session(&fs::read_to_string(path).unwrap());
    assert!(session.len() >= 3);
    let users = GenuineSpool::users();
    let dovecot = Dovecot::start(DovecotOptions {
        users,
        ..DovecotOptions::default()
    });
    let genuine = GenuineSpool::unpack();
    let conf = genuine.write_conf(&dovecot);
    for (command, expected) in session {
        let words: Vec<String> = command
            .split(' ')
            .map(|word| {
                word.trim_matches('\'')
                    .replace(SPOOL, genuine.spool().to_str().unwrap())
            })
            .collect();
        assert_eq!(words[0], "vmimap");
        let ran = Vmimap::new(&words[1..])
            .env("VMIMAP_VOICEMAIL_CONF", &conf)
            .env("VMIMAP_STATE_DIR", genuine.dir().join("state"))
            // One worker: several print their boxes in the order they come to them.
            .env("VMIMAP_JOBS", "1")
            .run()
            .status(0);
        assert_eq!(
            without_run_id(&ran.stdout),
            without_run_id(&expected),
            "{command}"
        );
    }
}
