//! Every relative link in a Markdown file leads to a file, and to a heading of it where it names
//! one; every document is found from docs/README.md.
use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Markdown file of the repository, except what others have written into test data.
fn documents() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut left = vec![root().to_owned()];
    while let Some(directory) = left.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let entry = entry.unwrap();
            let (path, name) = (entry.path(), entry.file_name());
            let skipped = name == "target" || name.as_encoded_bytes().starts_with(b".");
            if entry.file_type().unwrap().is_dir() {
                if !skipped {
                    left.push(path);
                }
            } else if path.extension().is_some_and(|one| one == "md") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The lines that are text: no fenced or indented block, and nothing between backquotes.
fn prose(text: &str) -> Vec<String> {
    let mut fenced = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced && !line.starts_with("    ") {
            lines.push(line.split('`').step_by(2).collect());
        }
    }
    lines
}

/// Where the links of a line lead.
fn targets(line: &str) -> Vec<&str> {
    let mut targets = Vec::new();
    let mut parts = line.split("](");
    let mut before = parts.next().unwrap_or_default();
    for part in parts {
        // `\[name](base)` shows brackets and links nowhere.
        let opening = before.rfind('[').unwrap_or_default();
        if !before[..opening].ends_with('\\') {
            targets.extend(part.split(')').next());
        }
        before = part;
    }
    targets
}

/// The name by which a heading is linked to: small letters, digits, and hyphens for blanks.
fn anchor(heading: &str) -> String {
    let letters = heading.to_lowercase();
    let kept = letters.chars().filter_map(|letter| match letter {
        ' ' => Some('-'),
        '-' | '_' => Some(letter),
        _ => letter.is_alphanumeric().then_some(letter),
    });
    kept.collect()
}

fn anchors(text: &str) -> BTreeSet<String> {
    let mut fenced = false;
    let mut all = BTreeSet::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced && let Some(heading) = line.strip_prefix('#') {
            all.insert(anchor(heading.trim_start_matches('#').trim()));
        }
    }
    all
}

/// A path without `..`, so that two ways to one file are equal.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}

/// The relative links of a document: file (the document itself for `#heading`) and heading.
fn links(document: &Path, text: &str) -> Vec<(PathBuf, Option<String>)> {
    let directory = document.parent().unwrap();
    let mut all = Vec::new();
    for line in prose(text) {
        for target in targets(&line) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (file, heading) = match target.split_once('#') {
                Some((file, heading)) => (file, Some(heading.to_owned())),
                None => (target, None),
            };
            let file = match file {
                "" => document.to_owned(),
                file => plain(&directory.join(file)),
            };
            all.push((file, heading));
        }
    }
    all
}

#[test]
fn every_relative_link_leads_somewhere() {
    let mut dead = Vec::new();
    let mut followed = 0;
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        for (file, heading) in links(&document, &text) {
            followed += 1;
            let there = match &heading {
                Some(heading) => {
                    fs::read_to_string(&file).is_ok_and(|text| anchors(&text).contains(heading))
                }
                None => file.exists(),
            };
            if !there {
                let heading = heading.map_or(String::new(), |heading| format!("#{heading}"));
                dead.push(format!(
                    "{}: {}{heading}",
                    document.display(),
                    file.display()
                ));
            }
        }
    }
    assert!(dead.is_empty(), "{}", dead.join("\n"));
    assert!(followed > 50, "only {followed} links were found");
}

#[test]
fn every_document_is_found_from_the_index() {
    let index = root().join("docs/README.md");
    let text = fs::read_to_string(&index).unwrap();
    let linked: BTreeSet<PathBuf> = links(&index, &text)
        .into_iter()
        .map(|(file, _)| file)
        .collect();
    let below = root().join("docs");
    let missing: Vec<PathBuf> = documents()
        .into_iter()
        .filter(|path| path.starts_with(&below) && *path != index && !linked.contains(path))
        .collect();
    assert!(missing.is_empty(), "not in docs/README.md: {missing:?}");
}

#[test]
fn headings_are_linked_to_as_a_viewer_names_them() {
    assert_eq!(anchor("`vmimap quota --json`"), "vmimap-quota---json");
    assert_eq!(anchor("Where does X go?"), "where-does-x-go");
    assert_eq!(targets("a [b](c.md#d) and [e](f)"), ["c.md#d", "f"]);
    assert_eq!(targets(r"or \[name](base), [e](f)"), ["f"]);
}

#[test]
fn every_example_is_short_and_listed() {
    let directory = root().join("examples");
    let list = fs::read_to_string(directory.join("README.md")).unwrap();
    let mut count = 0;
    for entry in fs::read_dir(&directory).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|one| one != "rs") {
            continue;
        }
        count += 1;
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(list.contains(&format!("]({name})")), "{name} is not listed");
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines < 40, "{name}: {lines} lines");
    }
    assert!(count >= 5);
}
