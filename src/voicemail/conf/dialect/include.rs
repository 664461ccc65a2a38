//! Which files an `#include` names.
//!
//! Relative names start at the directory of the main file, not of the including one: Asterisk
//! takes them from its configuration directory. Patterns are glob(3)'s with braces. Nothing here
//! opens a file.
//!
//! Source: main/config.c, `config_text_file_load` (`MY_GLOB_FLAGS` is `GLOB_NOMAGIC|GLOB_BRACE`).

use std::io;
use std::path::{Path, PathBuf};

/// The most files one pattern may name.
const MAX_MATCHES: usize = 10_000;
/// The most alternatives the braces of one pattern may make.
const MAX_ALTERNATIVES: usize = 1_000;

/// What a pattern names.
#[derive(Debug, Default)]
pub struct Named {
    /// The files, in Asterisk's order.
    pub files: Vec<PathBuf>,
    /// Directories that could not be looked into, and why.
    pub unreadable: Vec<(PathBuf, io::Error)>,
}

/// The files a pattern names. A plain name is returned whether it exists or not; a pattern that
/// matches nothing gives nothing.
pub fn files(base: &Path, pattern: &str) -> Named {
    let mut named = Named::default();
    for alternative in expand_braces(pattern) {
        let wild = alternative.contains(['*', '?', '[']);
        match wild.then(|| matches(base, &alternative)).flatten() {
            Some(found) => {
                for one in found.take(MAX_MATCHES.saturating_sub(named.files.len())) {
                    match one {
                        Ok(file) => named.files.push(file),
                        Err(error) => {
                            named
                                .unreadable
                                .push((error.path().to_owned(), error.into()));
                        }
                    }
                }
            }
            None if named.files.len() < MAX_MATCHES => named.files.push(base.join(alternative)),
            None => {}
        }
    }
    named
}

/// The existing files a glob pattern matches, sorted by name; `None` is text that is no pattern
/// after all, such as `[` without `]`, which glob(3) takes as it stands.
fn matches(base: &Path, pattern: &str) -> Option<glob::Paths> {
    let options = glob::MatchOptions {
        case_sensitive: true,
        require_literal_separator: true,
        require_literal_leading_dot: true,
    };
    let full = if pattern.starts_with('/') {
        single_stars(pattern)
    } else {
        let base = glob::Pattern::escape(&base.to_string_lossy());
        format!("{base}/{}", single_stars(pattern))
    };
    glob::glob_with(&full, options).ok()
}

/// `**` has no meaning of its own for Asterisk; for the glob crate it would walk whole trees.
fn single_stars(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    for c in pattern.chars() {
        if c != '*' || !out.ends_with('*') {
            out.push(c);
        }
    }
    out
}

/// Replaces `{a,b}` by each of its alternatives, leftmost first.
fn expand_braces(pattern: &str) -> Vec<String> {
    let mut done = Vec::new();
    let mut open = vec![pattern.to_owned()];
    while let Some(pattern) = open.pop() {
        match first_braces(&pattern) {
            Some((before, inner, after)) if open.len() + done.len() < MAX_ALTERNATIVES => {
                let alternatives = split_alternatives(inner);
                let room = MAX_ALTERNATIVES.saturating_sub(open.len());
                let expanded = alternatives.iter().take(room);
                let expanded: Vec<_> = expanded.map(|one| [before, one, after].concat()).collect();
                open.extend(expanded.into_iter().rev());
            }
            _ => done.push(pattern),
        }
    }
    done
}

/// The text before, inside and after the first balanced pair of braces.
fn first_braces(pattern: &str) -> Option<(&str, &str, &str)> {
    let start = pattern.find('{')?;
    let mut depth = 0_usize;
    for (at, c) in pattern[start..].char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => {
                let end = start + at;
                return Some((
                    &pattern[..start],
                    &pattern[start + 1..end],
                    &pattern[end + 1..],
                ));
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Splits at the commas that are not inside inner braces.
fn split_alternatives(inner: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    inner
        .split(move |c| {
            match c {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            c == ',' && depth == 0
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_expand_from_left_to_right() {
        assert_eq!(
            expand_braces("a{b,c{d,e}}{1,2}f").join(" "),
            "ab1f ab2f acd1f acd2f ace1f ace2f"
        );
        assert_eq!(expand_braces("a{b"), ["a{b"]);
        assert!(expand_braces(&"{a,b}".repeat(40)).len() <= 2 * MAX_ALTERNATIVES);
    }

    #[test]
    fn patterns_are_sorted_and_stay_in_their_directory() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("deep")).unwrap();
        for name in ["b.conf", "a.conf", ".hidden.conf", "c.txt", "deep/d.conf"] {
            std::fs::write(dir.path().join(name), "").unwrap();
        }
        let names = |pattern| {
            let found = files(dir.path(), pattern).files.into_iter();
            let name = |path: PathBuf| path.strip_prefix(dir.path()).unwrap().display().to_string();
            found.map(name).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names("*.conf"), "a.conf b.conf");
        assert_eq!(names("**.conf"), "a.conf b.conf");
        assert_eq!(names("{c.txt,[ab].conf}"), "c.txt a.conf b.conf");
        assert_eq!(names("missing.conf"), "missing.conf");
        assert_eq!(names("missing*.conf"), "");
        assert_eq!(names("a[b.conf"), "a[b.conf");
    }
}
