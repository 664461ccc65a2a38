//! The reading itself: files into lines, lines into sections, directives into more files.
//!
//! Source: main/config.c, `config_text_file_load`, `process_text_line` and
//! `ast_config_internal_load` (the include depth, and how a faulty include leaks one level of it).

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::comments::{CommentFault, Comments};
use super::section::Sections;
use super::{Document, LoadOptions, exec, include};
use crate::voicemail::conf::catalogue::{self as code, Notices};
use crate::voicemail::conf::error::{ConfError, SyntaxFault};
use crate::voicemail::conf::origin::Place;

/// Asterisk's line buffer, without the NUL.
const MAX_LINE: usize = 8191;
/// The main file and ten includes inside each other.
const MAX_LEVEL: u32 = 11;
/// The most files opened for one configuration, however they include each other.
const MAX_FILES: u32 = 20_000;
/// Asterisk's buffer for the name of an included file, without the NUL.
const MAX_FILE_NAME: usize = 255;
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Why reading a file ends early.
pub(super) enum Halt {
    /// Asterisk gives up on this file.
    File(SyntaxFault),
    /// vmimap gives up on the whole configuration.
    All(ConfError),
}

impl From<ConfError> for Halt {
    fn from(error: ConfError) -> Self {
        Self::All(error)
    }
}

/// What became of one `#include` (or the main file).
enum Outcome {
    Read,
    Nothing,
    TooDeep,
    Faulty(Place, SyntaxFault),
}

/// What the files of one include pattern share.
struct Run {
    comments: Comments,
    /// The section values go to; an index into the sections.
    section: Option<usize>,
    /// Whether one of the files was opened: Asterisk counts lines on through all of them, and so
    /// takes only the first file's first line for the first.
    begun: bool,
}

/// The state of reading one configuration.
pub(super) struct Reader<'a> {
    options: &'a LoadOptions,
    notices: &'a mut Notices,
    base: PathBuf,
    sections: Sections,
    level: u32,
    files: u32,
    octets_left: u64,
}

impl<'a> Reader<'a> {
    pub fn new(path: &Path, options: &'a LoadOptions, notices: &'a mut Notices) -> Self {
        let base = path.parent().filter(|dir| !dir.as_os_str().is_empty());
        Self {
            options,
            notices,
            base: base.unwrap_or(Path::new(".")).to_owned(),
            sections: Sections::default(),
            level: 1,
            files: 0,
            octets_left: options.max_octets,
        }
    }

    /// Reads the main file.
    pub fn read(mut self, path: &Path) -> Result<Document, ConfError> {
        let unreadable = |source| ConfError::Unreadable {
            path: path.to_owned(),
            source,
        };
        let file = open(path).map_err(unreadable)?;
        let mut run = self.start_run();
        match self.lines(&mut BufReader::new(file), path.into(), &mut run)? {
            None => Ok(self.sections.into_document()),
            Some((place, fault)) => Err(ConfError::Syntax { place, fault }),
        }
    }

    fn start_run(&self) -> Run {
        Run {
            comments: Comments::default(),
            section: self.sections.current(),
            begun: false,
        }
    }

    /// Reads what an include pattern names.
    fn include(&mut self, pattern: &str, from: &Place) -> Result<Outcome, ConfError> {
        if self.level == MAX_LEVEL {
            return Ok(Outcome::TooDeep);
        }
        self.level += 1;
        let mut run = self.start_run();
        let mut outcome = Outcome::Nothing;
        for path in self.named(pattern, from) {
            self.files += 1;
            if self.files > MAX_FILES {
                return Err(too_large(from, "20000 included files"));
            }
            let file = match open(&path) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => {
                    let message = format!("{}: {error}", path.display());
                    self.notices.at(&code::FILE_UNREADABLE, from, message);
                    continue;
                }
            };
            let mut input = BufReader::new(file);
            if let Some((place, fault)) = self.lines(&mut input, path.into(), &mut run)? {
                // Asterisk forgets to come back up a level here, and so fewer includes remain.
                return Ok(Outcome::Faulty(place, fault));
            }
            outcome = Outcome::Read;
        }
        self.level -= 1;
        Ok(outcome)
    }

    /// The files an include pattern names, with a remark on what could not be looked into.
    fn named(&mut self, pattern: &str, from: &Place) -> Vec<PathBuf> {
        if self.base.join(pattern).as_os_str().len() > MAX_FILE_NAME {
            let message =
                format!("name of the included file is longer than {MAX_FILE_NAME} octets");
            self.notices.at(&code::VALUE_CUT, from, message);
        }
        let named = include::files(&self.base, pattern);
        for (directory, error) in named.unreadable {
            let message = format!("{}: {error}", directory.display());
            self.notices.at(&code::FILE_UNREADABLE, from, message);
        }
        named.files
    }

    /// Reads all lines of one file; gives back the line Asterisk would give up on.
    fn lines(
        &mut self,
        input: &mut dyn BufRead,
        file: Arc<Path>,
        run: &mut Run,
    ) -> Result<Option<(Place, SyntaxFault)>, ConfError> {
        let first_of_run = !std::mem::replace(&mut run.begun, true);
        let mut place = Place::new(file, 0);
        let mut line = Vec::new();
        let mut fault = None;
        while fault.is_none() && self.next_line(input, &mut line, &place)? {
            place.line = place.line.saturating_add(1);
            match self.line(&mut line, &place, run, first_of_run) {
                Ok(()) => {}
                Err(Halt::File(found)) => fault = Some((place.clone(), found)),
                Err(Halt::All(error)) => return Err(error),
            }
        }
        if let Some(begin) = run.comments.unterminated() {
            let end = if begin.file == place.file {
                "the file".to_owned()
            } else {
                format!("{}, which it hides too", place.file.display())
            };
            let message =
                format!("block comment that begins here is still open at the end of {end}");
            self.notices.at(&code::OPEN_COMMENT, begin, message);
        }
        Ok(fault)
    }

    /// Fetches one line, with its line end if it has one.
    fn next_line(
        &mut self,
        input: &mut dyn BufRead,
        line: &mut Vec<u8>,
        before: &Place,
    ) -> Result<bool, ConfError> {
        line.clear();
        let read = input
            .take(self.octets_left.saturating_add(1))
            .read_until(b'\n', line)
            .map_err(|source| ConfError::Unreadable {
                path: before.file.to_path_buf(),
                source,
            })?;
        let read = u64::try_from(read).unwrap_or(u64::MAX);
        self.octets_left = self.octets_left.checked_sub(read).ok_or_else(|| {
            let place = Place::new(Arc::clone(&before.file), before.line.saturating_add(1));
            too_large(&place, "the allowed number of octets in all files together")
        })?;
        Ok(read > 0)
    }

    /// Takes one raw line apart.
    fn line(
        &mut self,
        line: &mut Vec<u8>,
        place: &Place,
        run: &mut Run,
        first_of_run: bool,
    ) -> Result<(), Halt> {
        if let Some(nul) = line.iter().position(|&octet| octet == 0) {
            line.truncate(nul);
            self.notices
                .at(&code::NUL_OCTET, place, "NUL octet ends this line early");
        }
        if line.len() > MAX_LINE || line.len() == MAX_LINE && !line.ends_with(b"\n") {
            let message = format!("line of {} octets is ignored", line.len());
            self.notices.at(&code::LINE_TOO_LONG, place, message);
            return Ok(());
        }
        if place.line == 1 && line.starts_with(BOM) {
            if first_of_run {
                line.drain(..BOM.len());
            } else {
                let message = "byte order mark becomes part of the line";
                self.notices.at(&code::LATE_BOM, place, message);
            }
        }
        let (text, fault) = run.comments.strip(line, place);
        if let Some(fault) = fault {
            let message = match fault {
                CommentFault::Stray => {
                    "--; closes nothing: all lines up to the next ;-- are ignored"
                }
                CommentFault::TooDeep => "more than 128 comments inside each other stop Asterisk",
            };
            self.notices.at(&code::COMMENT_FAULT, place, message);
        }
        match text {
            Some(text) => self.text(&text, place, run),
            None => Ok(()),
        }
    }

    /// Handles a line without its comments.
    fn text(&mut self, octets: &[u8], place: &Place, run: &mut Run) -> Result<(), Halt> {
        let text = if let Ok(text) = std::str::from_utf8(octets) {
            Cow::Borrowed(text)
        } else {
            let message = "line is not UTF-8 and is taken for ISO 8859-1; a name or password in it \
                           goes to the server as UTF-8, while Asterisk sends its octets as they are";
            self.notices.at(&code::NOT_UTF8, place, message);
            Cow::Owned(octets.iter().map(|&octet| char::from(octet)).collect())
        };
        let text = strip(&text);
        match text.bytes().next() {
            None => Ok(()),
            Some(b'[') => {
                run.section = Some(self.sections.header(text, place, self.notices)?);
                Ok(())
            }
            Some(b'#') => self.directive(&text[1..], place),
            Some(_) => self.sections.value(run.section, text, place, self.notices),
        }
    }

    /// Handles `#include`, `#tryinclude` and `#exec`.
    fn directive(&mut self, text: &str, place: &Place) -> Result<(), Halt> {
        let (word, argument) = text
            .split_once(|c: char| c <= ' ' || !c.is_ascii())
            .unwrap_or((text, ""));
        let argument = Some(strip(argument)).filter(|argument| !argument.is_empty());
        let known = ["include", "tryinclude", "exec"];
        let known = known
            .into_iter()
            .find(|name| word.eq_ignore_ascii_case(name));
        let Some((word, argument)) = known.zip(argument.map(unquote)) else {
            let message = match known {
                Some(word) => format!("#{word} needs an argument"),
                None => format!("directive #{word} is not known"),
            };
            self.notices.at(&code::BAD_DIRECTIVE, place, message);
            return Ok(());
        };
        if word == "exec" {
            return self.exec(argument, place);
        }
        let fault = match self.include(argument, place)? {
            Outcome::Read => return Ok(()),
            Outcome::Faulty(at, fault) => {
                self.notices
                    .at(&code::INCLUDE_BROKEN, &at, fault.to_string());
                return Ok(());
            }
            Outcome::Nothing => SyntaxFault::IncludeMissing(argument.to_owned()),
            Outcome::TooDeep => SyntaxFault::IncludeTooDeep(argument.to_owned()),
        };
        if word == "include" {
            return Err(Halt::File(fault));
        }
        self.notices
            .at(&code::NOT_INCLUDED, place, fault.to_string());
        Ok(())
    }

    /// Runs a program and reads what it says.
    fn exec(&mut self, command: &str, place: &Place) -> Result<(), Halt> {
        if !self.options.allow_exec {
            let place = place.clone();
            return Err(ConfError::ExecRefused { place }.into());
        }
        // Its output is a file like any other to Asterisk, and may include and run on.
        if self.level == MAX_LEVEL {
            let output = "output of #exec".to_owned();
            return Err(Halt::File(SyntaxFault::IncludeTooDeep(output)));
        }
        self.level += 1;
        let output =
            exec::run(command, self.options.exec_timeout, self.octets_left).map_err(|reason| {
                ConfError::Exec {
                    place: place.clone(),
                    reason,
                }
            })?;
        let empty = output.text.is_empty().then(|| "wrote nothing".to_owned());
        for complaint in output.complaint.into_iter().chain(empty) {
            self.notices
                .at(&code::EXEC_TROUBLE, place, format!("program {complaint}"));
        }
        let mut run = self.start_run();
        let name = PathBuf::from(format!("{place}: output"));
        let fault = self.lines(&mut output.text.as_slice(), name.into(), &mut run)?;
        match fault {
            Some((at, fault)) => {
                self.notices
                    .at(&code::INCLUDE_BROKEN, &at, fault.to_string());
            }
            None => self.level -= 1,
        }
        Ok(())
    }
}

/// A limit was passed.
pub(super) fn too_large(place: &Place, limit: &'static str) -> ConfError {
    ConfError::TooLarge {
        place: place.clone(),
        limit,
    }
}

/// Opens a regular file; a pipe or device could keep us waiting for ever.
fn open(path: &Path) -> io::Result<File> {
    if std::fs::metadata(path)?.is_file() {
        File::open(path)
    } else {
        Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "is not a regular file",
        ))
    }
}

/// Asterisk's `ast_strip`: everything up to the space counts as white space.
pub(super) fn strip(text: &str) -> &str {
    text.trim_matches(|c: char| c <= ' ')
}

/// Takes off one pair of quotes or angle brackets.
fn unquote(text: &str) -> &str {
    let quoted = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let angled = || {
        text.strip_prefix('<')
            .and_then(|rest| rest.strip_suffix('>'))
    };
    quoted.or_else(angled).unwrap_or(text)
}
