//! Holds the arrows of the map in `src/lib.rs`:
//!
//! ```text
//! main -> cli -> commands -> ops -> { voicemail <- spool <- depot } and { mailstore <- manager }
//! ```
//!
//! Also: only `ui` prints, only the session and the gate speak to the `imap` crate, no circles
//! between the rooms, no file over 400 lines, and nothing of one machine in the repository.

use crate::rust_paths;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rust_paths::Path as Named;

/// Which rooms a room may look into. What is not listed is forbidden.
const ARROWS: &[(&str, &[&str])] = &[
    ("main", &["cli", "commands", "exit", "ui"]),
    (
        "cli",
        &["commands", "completion", "args", "settings", "exit", "ui"],
    ),
    ("completion", &["ops", "settings", "voicemail"]),
    ("manual", &[]),
    (
        "commands",
        &[
            "args",
            "settings",
            "exit",
            "ui",
            "ops",
            "voicemail",
            "spool",
            "depot",
            "mailstore",
            "manager",
            "manual",
            "completion",
        ],
    ),
    ("args", &["ui", "ops", "voicemail", "spool", "mailstore"]),
    ("settings", &["args", "ui", "mailstore"]),
    ("exit", &[]),
    ("ui", &["exit", "ops", "voicemail", "spool", "mailstore"]),
    (
        "ops",
        &["voicemail", "spool", "depot", "mailstore", "manager"],
    ),
    ("depot", &["voicemail", "spool"]),
    ("spool", &["voicemail"]),
    ("voicemail", &[]),
    ("mailstore", &[]),
    ("manager", &["mailstore"]),
];

const PRINTING: &[&str] = &["print", "println", "eprint", "eprintln"];

const MAX_LINES: usize = 400;

/// One source file: its path below `src` with `/`, and its text.
type Source = (String, String);

/// The module a file is: `ops/migrate/plan.rs` and `ops/migrate/mod.rs` without the tail.
fn module_of(path: &str) -> Vec<&str> {
    let path = path.trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    if path == "lib" {
        Vec::new()
    } else {
        path.split('/').collect()
    }
}

/// Who may say `imap::`: the session, the gate below it, and their parts.
fn may_speak_imap(module: &[&str]) -> bool {
    matches!(module, ["mailstore", part, ..] if part.starts_with("session") || part.starts_with("gate"))
}

/// The rooms each room looks into, by file.
fn edges(sources: &[Source]) -> Vec<(String, String, String)> {
    let mut edges = Vec::new();
    for (path, text) in sources {
        let module = module_of(path);
        let Some(room) = module.first() else { continue };
        for named in rust_paths::paths(text, &module, "vmimap") {
            let Named::Internal(segments) = named else {
                continue;
            };
            let Some(target) = segments.first() else {
                continue;
            };
            if target != room && ARROWS.iter().any(|(name, _)| name == target) {
                edges.push((path.clone(), (*room).to_owned(), target.clone()));
            }
        }
    }
    edges
}

/// Everything in the sources that goes against the map.
fn violations(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, room, target) in edges(sources) {
        let allowed = ARROWS.iter().find(|(name, _)| *name == room);
        if !allowed.is_some_and(|(_, allowed)| allowed.contains(&target.as_str())) {
            found.push(format!("{path}: {room} looks into {target}"));
        }
    }
    for (path, text) in sources {
        let module = module_of(path);
        let speaks = rust_paths::paths(text, &module, "vmimap")
            .contains(&Named::External("imap".to_owned()));
        if speaks && !may_speak_imap(&module) {
            found.push(format!("{path}: says imap::"));
        }
        if module.first() != Some(&"ui") {
            let calls = rust_paths::macro_calls(text);
            for call in calls
                .iter()
                .filter(|call| PRINTING.contains(&call.as_str()))
            {
                found.push(format!("{path}: calls {call}!"));
            }
        }
        if let Some(room) = module
            .first()
            .filter(|room| !ARROWS.iter().any(|(n, _)| n == *room))
        {
            found.push(format!("{path}: {room} is not on the map"));
        }
    }
    found.extend(circle(sources));
    found
}

/// A circle between rooms, if there is one.
fn circle(sources: &[Source]) -> Option<String> {
    let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (_, room, target) in edges(sources) {
        graph.entry(room).or_default().insert(target);
    }
    // Rooms that look nowhere any more are taken away until none is left, or only circles.
    loop {
        let open: BTreeSet<_> = graph.keys().cloned().collect();
        for targets in graph.values_mut() {
            targets.retain(|target| open.contains(target));
        }
        let before = graph.len();
        graph.retain(|_, targets| !targets.is_empty());
        if graph.is_empty() {
            return None;
        }
        if graph.len() == before {
            return Some(format!(
                "a circle among {:?}",
                graph.keys().collect::<Vec<_>>()
            ));
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The Rust files below a folder; none if there is no such folder.
fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn sources() -> Vec<Source> {
    let src = root().join("src");
    let read = |path: &PathBuf| {
        let name = path
            .strip_prefix(&src)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        (name, fs::read_to_string(path).unwrap())
    };
    rust_files(&src).iter().map(read).collect()
}

#[test]
fn the_house_keeps_to_its_map() {
    let sources = sources();
    assert!(sources.len() > 10, "the sources were found");
    let found = violations(&sources);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_file_is_too_long_to_read_at_once() {
    let folders = ["src", "tests", "benches", "examples", "fuzz"];
    let files = folders
        .iter()
        .flat_map(|folder| rust_files(&root().join(folder)));
    let long: Vec<_> = files
        .filter(|path| !path.components().any(|part| part.as_os_str() == "target"))
        .map(|path| (fs::read_to_string(&path).unwrap().lines().count(), path))
        .filter(|(lines, _)| *lines > MAX_LINES)
        .collect();
    assert!(long.is_empty(), "{long:?}");
}

/// Words that would tell on whose machine a file was written. Split so as not to find themselves.
const OF_ONE_MACHINE: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/tm", "p/bash"),
    concat!("/tm", "p/SPEC"),
    concat!("index.cra", "tes.io"),
    concat!("static.cra", "tes.io"),
    concat!(".cargo/regi", "stry"),
];

/// The words of [`OF_ONE_MACHINE`] in a text.
fn of_one_machine(text: &str) -> Vec<&'static str> {
    OF_ONE_MACHINE
        .iter()
        .copied()
        .filter(|word| text.contains(word))
        .collect()
}

/// The files git knows; outside a repository (an unpacked release) there is nothing to check.
fn tracked_files() -> Vec<PathBuf> {
    let output = Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(root())
        .output();
    let Some(output) = output.ok().filter(|output| output.status.success()) else {
        return Vec::new();
    };
    let names = String::from_utf8(output.stdout).unwrap();
    names
        .split_terminator('\0')
        .map(|name| root().join(name))
        .collect()
}

#[test]
fn nothing_of_one_machine_is_in_the_repository() {
    let mut found = Vec::new();
    for path in tracked_files() {
        // What is not text is data, and what was deleted says nothing.
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        found.extend(
            of_one_machine(&text)
                .into_iter()
                .map(|word| (path.clone(), word)),
        );
    }
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn dependencies_come_from_the_public_index() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let sources = lock
        .lines()
        .filter_map(|line| line.strip_prefix("source = "));
    let index = "\"registry+https://github.com/rust-lang/crates.io-index\"";
    let others: BTreeSet<_> = sources.filter(|source| *source != index).collect();
    assert!(others.is_empty(), "{others:?}");
}

fn planted(path: &str, text: &str) -> Vec<String> {
    violations(&[(path.to_owned(), text.to_owned())])
}

#[test]
fn a_planted_import_is_found_however_it_is_written() {
    let ways = [
        "use crate::ui::table;",
        "use crate::{voicemail::vmbox, ui};",
        "use crate::{self as all, voicemail::{vmbox, folder as f}, ui::table::{A, B}};",
        "use super::super::ui::Table;",
        "fn f() { let x = crate::ui::table(); }",
        "mod tests { use super::super::super::ui; }",
        "/* crate::x */ use super::{super::{ui::Table}};",
        "fn f<'a>(x: &'a str, y: char) { if y == '\"' { crate::ui::say(x) } }",
        "fn f() { let s = r#\"a \" b\"#; crate::ui::say(s) }",
        "pub(crate) fn f() {} pub use self::super::super::ui;",
    ];
    for text in ways {
        let found = planted("ops/migrate.rs", text);
        assert!(
            found.contains(&"ops/migrate.rs: ops looks into ui".to_owned()),
            "{text}: {found:?}"
        );
    }
}

#[test]
fn the_two_sides_do_not_know_each_other() {
    assert_eq!(
        planted("mailstore/name.rs", "use crate::voicemail::folder;").len(),
        1
    );
    assert_eq!(
        planted("voicemail/folder.rs", "use crate::mailstore::name;").len(),
        1
    );
    assert_eq!(
        planted("voicemail/folder.rs", "use crate::spool::scan;").len(),
        1
    );
    assert_eq!(
        planted("spool/scan.rs", "use crate::mailstore::name;").len(),
        1
    );
    assert_eq!(
        planted("main.rs", "fn main() { vmimap::mailstore::open() }").len(),
        1
    );
}

#[test]
fn what_the_map_allows_is_not_reported() {
    let allowed = [
        (
            "ops/migrate/plan.rs",
            "use crate::{mailstore::name, voicemail::{folder, vmbox}};",
        ),
        (
            "ops/migrate/plan.rs",
            "use super::journal; use super::super::event; use self::x::Y;",
        ),
        ("spool/scan.rs", "use crate::voicemail::notice::Notice;"),
        ("main.rs", "fn main() -> ExitCode { vmimap::cli::run() }"),
        (
            "ops/a.rs",
            "// crate::ui\nconst A: &str = \"crate::ui::x\"; /* use crate::ui; */",
        ),
        ("ui/table.rs", "fn f() { println!(\"{}\", 1) }"),
        ("mailstore/session/open.rs", "use imap::Session;"),
        ("mailstore/gate.rs", "fn f() { imap::parse() }"),
    ];
    for (path, text) in allowed {
        assert_eq!(planted(path, text), Vec::<String>::new(), "{path}: {text}");
    }
}

#[test]
fn planted_prints_imap_words_circles_and_rooms_are_found() {
    assert_eq!(planted("ops/a.rs", "fn f() { eprintln!(\"x\") }").len(), 1);
    assert_eq!(
        planted("mailstore/append.rs", "use imap::Session;").len(),
        1
    );
    assert_eq!(planted("mailstore/append.rs", "use imap as i;").len(), 1);
    assert_eq!(
        planted("ops/a.rs", "fn f() -> imap::Result<()> {}").len(),
        1
    );
    assert_eq!(planted("attic/a.rs", "fn f() {}").len(), 1);
    let one = (
        "args/mod.rs".to_owned(),
        "use crate::settings::A;".to_owned(),
    );
    let two = ("settings.rs".to_owned(), "use crate::args::B;".to_owned());
    assert!(circle(std::slice::from_ref(&one)).is_none());
    assert!(circle(&[one, two]).is_some());
}

#[test]
fn planted_words_of_one_machine_are_found() {
    for word in OF_ONE_MACHINE {
        assert_eq!(of_one_machine(&format!("see {word}x")), [*word]);
    }
    assert!(of_one_machine("default/4123/Work/msg0000.txt").is_empty());
}
