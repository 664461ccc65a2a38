//! `docs/json.md` against what `migrate --json` and `export --json` really write: every field there is
//! documented, and every documented field is there.

use crate::support;
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
use support::migrated_site::Site as Migrated;
use support::site::{DATE, Site, voicemail};
use support::spool_generator::{SpoolSpec, generate, voicemail_conf};

type Fields = BTreeMap<String, BTreeSet<String>>;

/// What stands in backticks in a cell.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// The part about a verb.
fn part(verb: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/json.md");
    let text = fs::read_to_string(path).unwrap();
    let title = format!("`vmimap {verb} ");
    let part = text.split("\n## ").find(|part| part.starts_with(&title));
    part.unwrap().to_owned()
}

/// The tables of a part, as rows of cells.
fn rows(part: &str) -> Vec<Vec<String>> {
    part.lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            line.trim_matches('|')
                .split('|')
                .map(|cell| cell.trim().to_owned())
                .collect()
        })
        .collect()
}

/// The names in a text, without what explains them in parentheses.
fn outside_parentheses(text: &str) -> BTreeSet<String> {
    let mut plain = String::new();
    let mut depth = 0;
    for c in text.chars() {
        depth += i32::from(c == '(');
        if depth == 0 {
            plain.push(c);
        }
        depth -= i32::from(c == ')');
    }
    quoted(&plain).map(str::to_owned).collect()
}

/// The documented fields of each type: names in backticks, what is in parentheses left out.
fn documented() -> Fields {
    let rows = rows(&part("migrate"));
    let mut counts: BTreeSet<String> = ["reverified", "octets", "updated", "gone"]
        .map(str::to_owned)
        .into();
    let mut item = BTreeSet::new();
    let mut fields = Fields::new();
    for row in &rows {
        let names = quoted(&row[0]).map(str::to_owned);
        match row.len() {
            3 => {
                let found = outside_parentheses(&row[2]);
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
    let (types, counts): (Vec<_>, Vec<_>) = rows(&part(verb))
        .into_iter()
        .partition(|row| row.len() == 3);
    let counts: BTreeSet<String> = counts
        .iter()
        .flat_map(|row| quoted(&row[0]))
        .map(str::to_owned)
        .collect();
    let mut fields = Fields::new();
    for row in &types {
        let mut found = outside_parentheses(&row[2]);
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

/// The documented fields of each type of an export's lines. A notice's stand with `migrate`'s.
fn documented_of_export() -> Fields {
    let part = part("export");
    let counts = part
        .split("\n\n")
        .find(|text| text.starts_with("The counts:"));
    let counts = outside_parentheses(counts.unwrap());
    let mut fields = Fields::new();
    let mut message = BTreeSet::new();
    for row in rows(&part) {
        let names = quoted(&row[0]).map(str::to_owned);
        if row.len() == 3 {
            let found = outside_parentheses(&row[2]);
            fields.extend(names.map(|name| (name, found.clone())));
        } else {
            message.extend(names);
        }
    }
    fields.insert("message".to_owned(), message);
    let of_greetings = part
        .split("\n\n")
        .find(|text| text.starts_with("A greeting's line"));
    let mut greeting = outside_parentheses(of_greetings.unwrap());
    // Where it lies, as in a message's line.
    greeting.extend(["account", "imap_folder", "uid_validity", "uid"].map(str::to_owned));
    fields.insert("greeting".to_owned(), greeting);
    fields.remove("notice");
    for kind in ["mailbox", "summary"] {
        fields.get_mut(kind).unwrap().extend(counts.clone());
    }
    for found in fields.values_mut() {
        found.extend(["type", "format"].map(str::to_owned));
    }
    fields
}

#[test]
fn verify_and_retire_write_every_documented_field_and_no_other() {
    let site = Migrated::migrated();
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

#[test]
fn every_field_of_an_export_is_documented_and_every_documented_field_is_there() {
    let mailboxes = "[default]\n200 => 1,A,,,imapuser=u|imappassword=secret\n";
    let general = "imapgreetings=yes\ngreetingsfolder=Greetings";
    let site = Site::new(DovecotOptions::default(), general, mailboxes);
    let mut mail = site.mail();
    mail.command("CREATE Greetings").ok();
    for name in ["busy", "temp"] {
        let text = voicemail("200", "default", &[("Message-Type", "Greeting")]);
        let text = String::from_utf8(text).unwrap().replace("msg0000", name);
        mail.append("Greetings", "()", DATE, text.as_bytes()).ok();
    }
    for number in 0..40 {
        let id = format!("1795427561-{number:08}");
        let text = voicemail("200", "default", &[("Message-ID", &id)]);
        mail.append("INBOX", "()", DATE, &text).ok();
    }
    // One without a recording cannot be exported.
    let bare = String::from_utf8(voicemail("200", "default", &[])).unwrap();
    let bare = bare.replace("multipart/mixed; boundary=\"b\"", "text/plain");
    mail.append("INBOX", "()", DATE, bare.as_bytes()).ok();
    let target = format!("{}:{}", site.dovecot.host(), site.dovecot.port());
    let proxy = CutProxy::start(target, Direction::ToClient, 30_000);
    let port = proxy.port().to_string();
    let dir = tempfile::tempdir().unwrap();
    let export = |words: &[&str]| {
        let call = site.vmimap("export", &["--json"]).args(words);
        call.arg(dir.path().join("out")).run().status(3)
    };
    let ran = export(&["--port", &port]);
    let mut found = Fields::new();
    note(&mut found, ran.json());
    // A greeting that differs from the file in its place is not exported.
    fs::write(dir.path().join("out/default/200/temp.WAV"), "another").unwrap();
    note(&mut found, export(&[]).json());
    found.remove("notice");
    assert_eq!(found, documented_of_export(), "{}", ran.stdout);
}
