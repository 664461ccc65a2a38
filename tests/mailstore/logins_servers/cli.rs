//! The flags, variables and keys that choose how to log in, and what doctor says about it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::support::cli::{Ran, Vmimap};
use super::support::dovecot::{Dovecot, DovecotOptions, User};
use super::support::tokens::Tokens;
use super::{EVERY_PASSWORD_MECHANISM, identity, server};

/// A voicemail.conf with ada's mailbox alone.
struct Conf {
    dir: tempfile::TempDir,
}

impl Conf {
    fn new(port: u16, general: &str, options: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let text = format!(
            "[general]\nimapserver=127.0.0.1\nimapport={port}\n{general}\n[default]\n\
             4123 => 1,Ada,,,imapuser=ada{options}\n"
        );
        fs::write(dir.path().join("voicemail.conf"), text).unwrap();
        Self { dir }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        fs::write(self.path(name), text).unwrap();
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(mode)).unwrap();
        self.path(name)
    }

    fn vmimap(&self, verb: &str) -> Vmimap {
        let conf = self.path("voicemail.conf");
        Vmimap::new([verb, "--json", "--voicemail-conf"]).arg(conf)
    }
}

/// The name of the mechanism in the last login of the server's log.
fn method(server: &Dovecot) -> String {
    let log = server.log();
    let last = log.rsplit("method=").next().unwrap();
    last.split(',').next().unwrap().to_owned()
}

fn plain_server(more: &str) -> Dovecot {
    Dovecot::start(DovecotOptions {
        users: vec![User::new("ada", "secret")],
        more: more.to_owned(),
        ..DovecotOptions::default()
    })
}

#[test]
fn auth_is_a_flag_a_variable_and_a_key_and_wrong_names_are_refused() {
    let server = plain_server(EVERY_PASSWORD_MECHANISM);
    let conf = Conf::new(server.port(), "imapflags=notls", "|imappassword=secret");
    let toml = conf.write("vmimap.toml", "auth = \"login\"\n", 0o644);
    conf.vmimap("list")
        .arg("--config")
        .arg(&toml)
        .run()
        .status(0);
    assert_eq!(
        method(&server),
        "PLAIN",
        "what Dovecot calls the LOGIN command"
    );
    let by_file = conf.vmimap("list").arg("--config").arg(&toml);
    by_file.env("VMIMAP_AUTH", "cram-md5").run().status(0);
    assert_eq!(method(&server), "CRAM-MD5");
    let by_flag = conf.vmimap("list").args(&["--auth", "Scram-SHA-1"]);
    by_flag.env("VMIMAP_AUTH", "cram-md5").run().status(0);
    assert_eq!(method(&server), "SCRAM-SHA-1");
    let wrong = conf
        .vmimap("list")
        .args(&["--auth", "NTLM"])
        .run()
        .status(2);
    assert!(wrong.stderr.contains("SCRAM-SHA-256"), "{}", wrong.stderr);
    let toml = conf.write("wrong.toml", "auth = \"NTLM\"\n", 0o644);
    let wrong = conf.vmimap("list").arg("--config").arg(&toml).run();
    assert!(
        wrong.status != 0 && wrong.stderr.contains("is none of"),
        "{}",
        wrong.stderr
    );
}

#[test]
fn a_token_comes_from_a_file_that_others_cannot_read_or_from_a_command() {
    let tokens = Tokens::new();
    let server = plain_server(&tokens.settings());
    let conf = Conf::new(server.port(), "imapflags=notls", "");
    let token = Tokens::token("ada", 4_000_000_000);
    let file = conf.write("token", &format!("{token}\n"), 0o600);
    conf.vmimap("list")
        .arg("--token-file")
        .arg(&file)
        .run()
        .status(0);
    assert_eq!(method(&server), "OAUTHBEARER");
    let script = conf.write(
        "fetch",
        "#!/bin/sh\n[ \"$VMIMAP_USER\" = ada ] && cat \"$1\"\n",
        0o755,
    );
    let command = format!("{} {}", script.display(), file.display());
    let by_command = conf.vmimap("list").env("VMIMAP_TOKEN_COMMAND", &command);
    by_command.args(&["--auth", "XOAUTH2"]).run().status(0);
    assert_eq!(method(&server), "XOAUTH2");
    let shown = conf
        .vmimap("config")
        .arg("show")
        .env("VMIMAP_TOKEN_COMMAND", &command);
    let shown = shown.run().status(0);
    assert!(!shown.stdout.contains("fetch"), "{}", shown.stdout);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let open = conf
        .vmimap("list")
        .arg("--token-file")
        .arg(&file)
        .run()
        .status(11);
    assert!(
        open.stdout.contains("can be used by everybody"),
        "{}",
        open.stdout
    );
    for ran in [&shown, &open] {
        assert!(!format!("{ran:?}").contains(&token), "{ran:?}");
    }
}

#[test]
fn a_certificate_and_its_key_belong_together() {
    let server = server(super::EXTERNAL);
    let identity = identity(&server, "ada");
    let conf = Conf::new(server.port(), "imapflags=tls", "");
    let ca = server.ca_file();
    let with = |words: &[&Path]| {
        let mut vmimap = conf.vmimap("list").arg("--tls-ca").arg(&ca);
        for word in words {
            vmimap = vmimap.arg(word);
        }
        vmimap.run()
    };
    let (cert, key) = (Path::new("--tls-cert"), Path::new("--tls-key"));
    with(&[cert, &identity.certificate, key, &identity.key]).status(0);
    assert_eq!(method(&server), "EXTERNAL");
    let alone = with(&[cert, &identity.certificate]);
    assert!(
        alone.status != 0 && alone.stderr.contains("give both"),
        "{}",
        alone.stderr
    );
}

fn mechanisms(ran: &Ran) -> Vec<(String, String)> {
    let lines = ran.json();
    let found = lines.iter().filter(|line| line["topic"] == "mechanisms");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    found
        .map(|line| (text(&line["code"]), text(&line["text"])))
        .collect()
}

#[test]
fn doctor_tells_what_is_offered_what_let_in_and_what_asterisk_begins_with() {
    let server = plain_server(EVERY_PASSWORD_MECHANISM);
    let conf = Conf::new(server.port(), "imapflags=notls", "|imappassword=secret");
    let ran = conf.vmimap("doctor").run();
    let [(code, text)] = mechanisms(&ran).try_into().unwrap();
    assert_eq!(code, "");
    assert!(text.contains("SCRAM-SHA-256"), "{text}");
    assert!(
        text.ends_with("; Asterisk's mail library begins with CRAM-MD5"),
        "{text}"
    );
    assert!(
        ran.stdout.contains("let in by SCRAM-SHA-256"),
        "{}",
        ran.stdout
    );
}

#[test]
fn doctor_finds_a_server_that_lets_vmimap_in_and_not_asterisk() {
    let server = plain_server("auth_mechanisms = plain scram-sha-256\n");
    let conf = Conf::new(
        server.port(),
        "imapflags=notls/secure",
        "|imappassword=secret",
    );
    let ran = conf.vmimap("doctor").run().status(4);
    let [(code, text)] = mechanisms(&ran).try_into().unwrap();
    assert_eq!(code, "VMD028");
    assert!(text.contains("with imapflags=secure"), "{text}");
    conf.vmimap("list").run().status(0);
    assert_eq!(method(&server), "SCRAM-SHA-256");
}

#[test]
fn doctor_finds_ways_that_are_offered_in_vain_and_each_costs_one_refusal_a_server() {
    let digest = "{SHA256.hex}2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
    let server = Dovecot::start(DovecotOptions {
        more: format!(
            "{EVERY_PASSWORD_MECHANISM}passdb {{\n  driver = static\n  args = password={digest}\n}}\n\
             userdb {{\n  driver = static\n  args = home={{dir}}/mail/%u\n}}\n"
        ),
        ..DovecotOptions::default()
    });
    let conf = Conf::new(server.port(), "imapflags=notls", "|imappassword=secret");
    let path = conf.path("voicemail.conf");
    let lines = (0..9).map(|n| format!("500{n} => 1,,,,imapuser=u{n}|imappassword=secret\n"));
    let more = lines.collect::<Vec<_>>().concat();
    fs::write(&path, fs::read_to_string(&path).unwrap() + &more).unwrap();
    let ran = conf.vmimap("doctor").args(&["--jobs", "1"]).run();
    let found = mechanisms(&ran);
    let vain = found.iter().find(|(code, _)| code == "VMD027").unwrap();
    assert!(
        vain.1.starts_with("SCRAM-SHA-256: login refused: NO"),
        "{vain:?}"
    );
    assert!(vain.1.ends_with("; PLAIN let in"), "{vain:?}");
    let refused = server.log().matches("but we have only SHA256").count();
    assert_eq!(refused, 1, "{}", server.log());
}
