//! Asterisk's configuration dialect: files become sections of `name = value` lines.
//!
//! Sections, templates `[x](!)`, inheritance `[y](x,z)`, additions `[y](+)`, `name += value`,
//! `#include`, `#tryinclude` and `#exec`, and the two kinds of comments ([`super::comments`]). What
//! makes Asterisk reject a file is an error here; what it logs and skips is a notice.
//! Source: `main/config.c`, `process_text_line` and `config_text_file_load`.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::catalogue;
use super::files::{Files, LoadOptions};
use super::origin::Origin;
use crate::voicemail::notice::Notice;

/// A `name = value` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What stands before the `=`.
    pub name: String,
    /// What stands behind it.
    pub value: String,
    /// Where it stands; an inherited line stands in its template.
    pub origin: Origin,
}

/// A section and its lines, inherited ones first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The name in brackets.
    pub name: String,
    /// Its lines in order.
    pub entries: Vec<Entry>,
    /// Whether it is only there to be inherited from.
    pub template: bool,
}

impl Section {
    /// The value in force: the last one of that name, in any case.
    #[must_use]
    pub fn last(&self, name: &str) -> Option<&Entry> {
        self.entries
            .iter()
            .rev()
            .find(|entry| entry.name.eq_ignore_ascii_case(name))
    }
}

/// Why a configuration cannot be used; Asterisk would not load it either.
#[derive(Debug)]
pub struct ConfError {
    /// The file and line, or the file alone.
    pub place: String,
    /// What is wrong.
    pub why: String,
}

impl fmt::Display for ConfError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.why)
    }
}

impl std::error::Error for ConfError {}

impl ConfError {
    /// An error at a line.
    pub(super) fn at(origin: &Origin, why: impl Into<String>) -> Self {
        Self {
            place: origin.to_string(),
            why: why.into(),
        }
    }
}

/// Reads a file and all it includes.
///
/// # Errors
/// The first thing that makes Asterisk reject the whole configuration, with its file and line.
pub fn read(path: &Path, options: &LoadOptions) -> Result<(Vec<Section>, Vec<Notice>), ConfError> {
    let mut reader = Reader {
        sections: Vec::new(),
        current: None,
        notices: Vec::new(),
        files: Files::new(path, options),
    };
    reader.file(path, 0)?;
    Ok((reader.sections, reader.notices))
}

struct Reader {
    sections: Vec<Section>,
    /// The section that lines go to.
    current: Option<usize>,
    notices: Vec<Notice>,
    files: Files,
}

impl Reader {
    fn notice(&mut self, row: &crate::voicemail::notice::CodeRow, origin: &Origin, text: String) {
        self.notices
            .push(Notice::new(row, origin.to_string(), text));
    }

    fn file(&mut self, path: &Path, depth: usize) -> Result<(), ConfError> {
        let lines = self.files.lines(path, depth, &mut self.notices)?;
        let file: Arc<Path> = Arc::from(path);
        for (line, text) in lines {
            let origin = Origin {
                file: Arc::clone(&file),
                line,
            };
            self.line(&text, &origin, depth)?;
        }
        Ok(())
    }

    fn line(&mut self, text: &str, origin: &Origin, depth: usize) -> Result<(), ConfError> {
        if let Some(header) = text.strip_prefix('[') {
            self.header(header, origin)
        } else if let Some(directive) = text.strip_prefix('#') {
            self.directive(directive, origin, depth)
        } else {
            self.entry(text, origin)
        }
    }

    fn header(&mut self, header: &str, origin: &Origin) -> Result<(), ConfError> {
        let (name, rest) = header
            .split_once(']')
            .ok_or_else(|| ConfError::at(origin, "no closing ]"))?;
        let mut section = Section {
            name: name.to_owned(),
            entries: Vec::new(),
            template: false,
        };
        let options = match rest.strip_prefix('(') {
            None => "",
            Some(rest) => {
                rest.split_once(')')
                    .ok_or_else(|| ConfError::at(origin, "no closing )"))?
                    .0
            }
        };
        let mut addition = None;
        for option in options.split(',').filter(|_| !options.is_empty()) {
            if option == "!" {
                section.template = true;
            } else if option.starts_with('+') {
                let found = self.find(name).ok_or_else(|| missing(origin, name))?;
                addition = Some(found);
            } else {
                let base = self.find(option).ok_or_else(|| missing(origin, option))?;
                let inherited = self.sections[base].entries.clone();
                match addition {
                    Some(at) => self.sections[at].entries.extend(inherited),
                    None => section.entries.extend(inherited),
                }
            }
        }
        self.current = Some(if let Some(at) = addition {
            self.sections[at].template |= section.template;
            self.sections[at].entries.append(&mut section.entries);
            at
        } else {
            self.sections.push(section);
            self.sections.len() - 1
        });
        Ok(())
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.sections
            .iter()
            .position(|section| section.name.eq_ignore_ascii_case(name))
    }

    fn entry(&mut self, text: &str, origin: &Origin) -> Result<(), ConfError> {
        let Some(current) = self.current else {
            return Err(ConfError::at(origin, "a line before the first [section]"));
        };
        let text = text.strip_prefix('\\').unwrap_or(text);
        let Some((name, value)) = text.split_once('=') else {
            self.notice(
                &catalogue::NO_EQUALS,
                origin,
                format!("no = in {:?}", head(text)),
            );
            return Ok(());
        };
        let (name, added) = match name.strip_suffix('+') {
            Some(name) => (name.trim(), true),
            None => (name.trim(), false),
        };
        let value = if added {
            value
        } else {
            value.strip_prefix('>').unwrap_or(value)
        };
        if name.is_empty() {
            self.notice(
                &catalogue::NO_NAME,
                origin,
                "nothing before the =".to_owned(),
            );
            return Ok(());
        }
        let entries = &mut self.sections[current].entries;
        let same = |entry: &&mut Entry| entry.name == name;
        let earlier = if added {
            entries.iter_mut().rev().find(same)
        } else {
            None
        };
        if let Some(earlier) = earlier {
            let value = format!("{}{}", earlier.value, value);
            value.trim().clone_into(&mut earlier.value);
        } else {
            let value = value.trim().to_owned();
            entries.push(Entry {
                name: name.to_owned(),
                value,
                origin: origin.clone(),
            });
        }
        Ok(())
    }

    fn directive(&mut self, text: &str, origin: &Origin, depth: usize) -> Result<(), ConfError> {
        let (word, argument) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let argument = unquoted(argument.trim());
        let word = word.to_ascii_lowercase();
        if !matches!(word.as_str(), "include" | "tryinclude" | "exec") {
            let text = format!("unknown directive #{}", head(&word));
            self.notice(&catalogue::UNKNOWN_DIRECTIVE, origin, text);
            return Ok(());
        }
        if argument.is_empty() {
            self.notice(
                &catalogue::NO_ARGUMENT,
                origin,
                format!("#{word} names nothing"),
            );
            return Ok(());
        }
        if word == "exec" {
            let lines = self.files.output_of(argument, origin)?;
            for text in lines {
                self.line(&text, origin, depth)?;
            }
            return Ok(());
        }
        let paths: Vec<PathBuf> = self.files.matching(argument, origin)?;
        if paths.is_empty() && word == "include" {
            return Err(ConfError::at(
                origin,
                format!("#include {argument}: there is no such file"),
            ));
        }
        for path in paths {
            self.file(&path, depth + 1)?;
        }
        Ok(())
    }
}

fn missing(origin: &Origin, name: &str) -> ConfError {
    ConfError::at(
        origin,
        format!("section [{name}] is referred to before it exists"),
    )
}

/// Without the quotes or angle brackets around it.
fn unquoted(text: &str) -> &str {
    [('"', '"'), ('<', '>')]
        .into_iter()
        .find_map(|(open, close)| text.strip_prefix(open)?.strip_suffix(close))
        .unwrap_or(text)
}

/// The beginning of a text, for quoting it in a message. Never shows a value: a line that is not
/// understood may hold a password.
pub(super) fn head(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_alphanumeric() || "_-. ".contains(*c))
        .take(20)
        .collect()
}
