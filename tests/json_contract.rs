//! `docs/json.md` against what `migrate --json` really writes: every field there is documented, and
//! every documented field is there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;
use support::cli::Vmimap;
use support::cut_proxy::{CutProxy, Direction};
use support::dovecot::Dovecot;
use support::dovecot_config::{DovecotOptions, User};
use support::fixtures::{Account, PASSWORD};
use support::greeting_site::set_age;
use support::migrated_site::Site;
use support::spool_generator::{SpoolSpec, generate, voicemail_conf};

type Fields = BTreeMap<String, BTreeSet<String>>;

/// What stands in backticks in a cell.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// The tables of the part about a verb, as rows of cells.
fn rows(verb: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/json.md");
    let text = fs::read_to_string(path).unwrap();
    let part = text
        .split("\n## ")
        .find(|part| part.starts_with(&format!("`vmimap {verb} ")));
    part.unwrap()
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            line.trim_matches('|')
                .split('|')
                .map(|cell| cell.trim().to_owned())
                .collect()
        })
        .collect()
}

/// A cell without what is in parentheses.
fn plain(cell: &str) -> String {
    let mut plain = String::new();
    let mut depth = 0;
    for c in cell.chars() {
        depth += i32::from(c == '(');
        if depth == 0 {
            plain.push(c);
        }
        depth -= i32::from(c == ')');
    }
    plain
}

/// The documented fields of each type: names in backticks, what is in parentheses left out.
fn documented() -> Fields {
    let rows = rows("migrate");
    let mut counts: BTreeSet<String> = ["reverified", "octets", "updated", "gone"]
        .map(str::to_owned)
        .into();
    let mut item = BTreeSet::new();
    let mut fields = Fields::new();
    for row in &rows {
        let names = quoted(&row[0]).map(str::to_owned);
        match row.len() {
            3 => {
                let found: BTreeSet<String> = quoted(&plain(&row[2])).map(str::to_owned).collect();
                fields.extend(names.map(|name| (name, found.clone())));
            }
            // The counts come before the item.
            _ if item.is_empty() && row[0] != "`mailbox`" => counts.extend(names),
            _ => item.extend(names),
        }
    }
    fields.insert("item".to_owned(), item);
    for kind in ["mailbox", "pass", "summary"] {
        fields.get_mut(kind).unwrap().extend(counts.clone());
    }
    for found in fields.values_mut() {
        found.extend(["type", "format"].map(str::to_owned));
    }
    fields
}

fn note(fields: &mut Fields, lines: Vec<Value>) {
    for line in lines {
        let kind = line["type"].as_str().unwrap().to_owned();
        let names = line.as_object().unwrap().keys().cloned();
        fields.entry(kind).or_default().extend(names);
    }
}

#[test]
fn every_field_is_documented_and_every_documented_field_is_there() {
    let spec = SpoolSpec {
        accounts: vec![
            Account::new("default", "1001"),
            Account::new("default", "1002"),
        ],
        ..SpoolSpec::default()
    };
    let mut users: Vec<User> = spec.accounts.iter().map(Account::server_user).collect();
    users[1] = User::new("default-1002", PASSWORD).messages(3);
    let dovecot = Dovecot::start(DovecotOptions {
        users,
        ..DovecotOptions::default()
    });
    let dir = tempfile::tempdir().unwrap();
    let (spool, conf) = (dir.path().join("spool"), dir.path().join("voicemail.conf"));
    generate(&spool, &spec);
    fs::remove_file(spool.join("default/1001/INBOX/msg0000.WAV")).unwrap();
    fs::write(spool.join("default/1001/busy.WAV"), b"no recording").unwrap();
    fs::write(spool.join("default/1001/temp.gsm"), [0xD0; 330]).unwrap();
    for greeting in ["busy.WAV", "temp.gsm"] {
        set_age(&spool.join("default/1001").join(greeting), 60);
    }
    let target = format!("{}:{}", dovecot.host(), dovecot.port());
    let proxy = CutProxy::start(target, Direction::ToServer, 3000);
    let text = voicemail_conf(&spec.accounts, "127.0.0.1", proxy.port(), "wav49");
    fs::write(&conf, text).unwrap();
    let mut found = Fields::new();
    for words in [
        &["--mailbox", "1001", "--greetings"][..],
        &["--mailbox", "1002"],
        &["--ignore-quota"],
        &["--follow", "--passes", "1"],
    ] {
        let state = dir.path().join("state");
        let ran = Vmimap::migrate(&spool, &conf, &state)
            .args(words)
            .arg("--json")
            .run();
        note(&mut found, ran.status(3).json());
    }
    assert_eq!(found, documented());
}

/// As [`documented`] for a verb whose tables are types with their fields, and counts.
fn documented_types(verb: &str) -> Fields {
    let (types, counts): (Vec<_>, Vec<_>) = rows(verb).into_iter().partition(|row| row.len() == 3);
    let counts: BTreeSet<String> = counts
        .iter()
        .flat_map(|row| quoted(&row[0]))
        .map(str::to_owned)
        .collect();
    let mut fields = Fields::new();
    for row in &types {
        let mut found: BTreeSet<String> = quoted(&plain(&row[2])).map(str::to_owned).collect();
        found.extend(["type", "format"].map(str::to_owned));
        for name in quoted(&row[0]) {
            if !counts.is_empty() && ["mailbox", "summary"].contains(&name) {
                found.extend(counts.clone());
                found.insert("heard".to_owned());
            }
            fields.insert(name.to_owned(), found.clone());
        }
    }
    // Documented elsewhere.
    fields.remove("notice");
    fields
}

#[test]
fn verify_and_retire_write_every_documented_field_and_no_other() {
    let site = Site::migrated();
    let to = site.genuine.dir().join("retired");
    let without_notices = |mut fields: Fields| {
        fields.remove("notice");
        fields
    };
    let mut found = Fields::new();
    note(&mut found, site.verify(&["--json"]).run().status(0).json());
    let compared = without_notices(found);
    assert_eq!(compared, documented_types("verify"));
    let mut found = Fields::new();
    let work = site.genuine.spool().join("default/4123/Work");
    fs::rename(work.join("msg0000.WAV"), work.join("kept.WAV")).unwrap();
    std::os::unix::fs::symlink("kept.WAV", work.join("msg0000.WAV")).unwrap();
    let call = || site.retire(&to).arg("--json");
    let kill = [
        "strace",
        "-f",
        "-o",
        "/dev/null",
        "-e",
        "inject=linkat:signal=KILL:when=2",
    ];
    note(&mut found, call().under(&kill).run().status(137).json());
    note(&mut found, call().run().status(3).json());
    let mut expected = documented_types("retire");
    for (kind, fields) in compared {
        expected.entry(kind).or_insert(fields);
    }
    assert_eq!(without_notices(found), expected);
}
