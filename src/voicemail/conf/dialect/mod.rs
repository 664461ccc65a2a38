//! Asterisk's configuration dialect: files in, ordered sections of key and value out.
//!
//! It knows nothing of voicemail: any Asterisk text configuration reads through it. It follows
//! Asterisk where Asterisk is odd, too: values after an `#include` go on in the section that was
//! open before it, while the *next* include starts in the section that was opened last; block
//! comments run on over the files of one pattern; an included file with a fault is dropped from
//! that line on, and the main file with a fault is refused.
//!
//! Invariants: memory and time grow linearly with the input up to fixed limits; every entry and
//! remark has the true file and line.
//!
//! Source: main/config.c, `config_text_file_load` and `process_text_line`.

mod comments;
mod exec;
mod include;
mod reader;
mod section;

pub(in crate::voicemail) use comments::Comments;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::catalogue::Notices;
use super::error::ConfError;
use super::origin::Place;

/// What a caller may allow or limit.
#[derive(Debug, Clone)]
pub struct LoadOptions {
    /// Whether `#exec` lines are run. Default: no, and such a line is an error.
    pub allow_exec: bool,
    /// How long one program of an `#exec` line may take. Default: 10 seconds.
    pub exec_timeout: Duration,
    /// The most octets that are read, from all files and programs together. Default: 64 MiB.
    pub max_octets: u64,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self {
            allow_exec: false,
            exec_timeout: Duration::from_secs(10),
            max_octets: 64 * 1024 * 1024,
        }
    }
}

/// One `key = value`.
///
/// `Debug` leaves the value out: it may hold a password.
#[derive(Clone)]
pub struct Entry {
    /// The name before the `=`, as spelt.
    pub key: Arc<str>,
    /// The text behind it.
    pub value: Arc<str>,
    /// Where it was written. An inherited entry keeps the place of its template's line.
    pub place: Place,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} = ...", self.place, self.key)
    }
}

/// One section, with what it inherited.
#[derive(Debug, Clone)]
pub struct Section {
    /// The name between the brackets, at most 79 octets.
    pub name: Arc<str>,
    /// Where its header stands.
    pub place: Place,
    /// Whether it is a template, which Asterisk only inherits from.
    pub template: bool,
    /// Its entries in order, inherited ones where Asterisk puts them.
    pub entries: Vec<Entry>,
}

impl Section {
    /// The first entry with this key in any case: the one that counts for Asterisk up to 22
    /// (`ast_variable_retrieve`), even where a template's line is followed by the section's own.
    #[must_use]
    pub fn first(&self, key: &str) -> Option<&Entry> {
        let same = |entry: &&Entry| entry.key.eq_ignore_ascii_case(key);
        self.entries.iter().find(same)
    }
}

/// A configuration as Asterisk holds it after reading all files.
#[derive(Debug, Default)]
pub struct Document {
    /// All sections in order, templates included.
    pub sections: Vec<Section>,
}

impl Document {
    /// The section Asterisk means by a name: the first in any case that is not a template.
    #[must_use]
    pub fn section(&self, name: &str) -> Option<&Section> {
        let same = |s: &&Section| !s.template && s.name.eq_ignore_ascii_case(name);
        self.sections.iter().find(same)
    }

    /// All sections of that name which are not templates.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Section> {
        let same =
            move |section: &&Section| !section.template && section.name.eq_ignore_ascii_case(name);
        self.sections.iter().filter(same)
    }
}

/// Reads a configuration and everything it includes.
///
/// Safe to repeat; nothing is written, and no program is run unless `options` allow it.
///
/// # Errors
/// As [`ConfError`] says: the file cannot be read, Asterisk would refuse it, an `#exec` line was
/// not allowed or went wrong, or a limit was passed.
pub(super) fn read(
    path: &Path,
    options: &LoadOptions,
    notices: &mut Notices,
) -> Result<Document, ConfError> {
    reader::Reader::new(path, options, notices).read(path)
}
