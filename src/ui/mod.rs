//! The only code that prints.
//!
//! Answers go to stdout, everything else to stderr. Text that comes from callers, servers or file
//! names is passed through [`sanitize`] on its way out, so that nobody's caller id can move the
//! administrator's cursor.

pub mod audit;
pub mod doctor;
pub mod export;
mod export_greetings;
pub mod export_json;
pub mod json;
pub mod lamps;
pub mod list;
pub mod list_json;
mod log;
pub mod metrics;
pub mod migrate;
mod migrate_greetings;
pub mod migrate_json;
mod migrate_passes;
mod migrate_words;
pub mod nagios;
pub mod progress;
pub mod prompt;
pub mod provision;
pub mod provision_json;
pub mod quota;
pub mod quota_check;
pub mod quota_json;
pub mod quota_set;
pub mod remarks;
pub mod removal;
pub mod removal_json;
pub mod removal_metrics;
pub mod removal_words;
pub mod retire;
pub mod retire_json;
pub mod rollback;
mod run_metrics;
pub mod runs;
pub mod sanitize;
pub mod sheet;
pub mod table;
pub mod verify;
pub mod verify_json;
pub mod waiting;
pub mod words;
mod wrap;

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use crate::exit::Exit;
use log::Log;
use metrics::Metrics;

/// When to colour the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Where asides are noted besides stderr; see [`Ui::take_asides`].
static ASIDES: OnceLock<Arc<Log>> = OnceLock::new();

/// Prints a remark to stderr, for those who have no [`Ui`] at hand and were asked to be talkative.
/// It goes to the log file and to the journal as all else does, once the program's [`Ui`] takes it.
pub fn aside(words: &str) {
    mutter("info", words);
}

/// The same, of a warning.
pub fn aside_warning(words: &str) {
    mutter("warning", words);
}

fn mutter(kind: &str, words: &str) {
    let line = format!("vmimap: {kind}: {}", sanitize::text(words));
    say(ASIDES.get().map(Arc::as_ref), &line);
}

/// Whether somebody may be looking at stderr.
#[must_use]
pub fn somebody_looks() -> bool {
    io::stderr().is_terminal()
}

/// Prints a line to stderr, and notes it.
fn say(log: Option<&Log>, line: &str) {
    if let Some(log) = log {
        log.note(line);
    }
    let line = wrap::fit(line, table::room_of_stderr());
    let shown = log.map_or_else(|| line.clone(), |log| log.shown(&line));
    let _ = writeln!(io::stderr().lock(), "{shown}");
}

/// How much is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Volume {
    /// Errors only.
    Quiet,
    /// The answer.
    Normal,
    /// Every message and remark too.
    Verbose,
}

/// The door to stdout and stderr.
#[derive(Debug)]
pub struct Ui {
    /// How much is printed.
    pub volume: Volume,
    /// Whether stdout is a terminal.
    pub stdout_is_terminal: bool,
    /// Whether stderr is a terminal.
    pub stderr_is_terminal: bool,
    color: bool,
    /// The first failure to write the answer, other than a reader that went away.
    broken: Mutex<Option<io::Error>>,
    log: Arc<Log>,
    begun: Instant,
    measured: Mutex<Metrics>,
}

impl Ui {
    /// Looks at the terminal once.
    #[must_use]
    pub fn new(volume: Volume, color: Color) -> Self {
        let stdout_is_terminal = io::stdout().is_terminal();
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            volume,
            stdout_is_terminal,
            stderr_is_terminal: io::stderr().is_terminal(),
            color: match color {
                Color::Always => true,
                Color::Never => false,
                Color::Auto => stdout_is_terminal && !no_color,
            },
            broken: Mutex::new(None),
            log: Arc::new(Log::new(None)),
            begun: Instant::now(),
            measured: Mutex::default(),
        }
    }

    /// Appends everything that goes to stderr to this file as well, with time and level.
    ///
    /// # Errors
    /// The system's, when it cannot be opened.
    pub fn log_to(&mut self, path: &Path) -> io::Result<()> {
        self.log = Arc::new(Log::new(Some(log::open(path)?)));
        Ok(())
    }

    /// Lets what is said aside go the way of all else from now on. The program's own, and first, one.
    pub fn take_asides(&self) {
        let _ = ASIDES.set(Arc::clone(&self.log));
    }

    /// Writes to the log file that something began or ended.
    pub fn milestone(&self, line: &str) {
        self.log.milestone(&sanitize::text(line));
    }

    /// Adds what a verb has measured to the metrics of its run.
    pub fn measure(&self, measured: &Metrics) {
        let mut all = self.measured.lock().unwrap_or_else(PoisonError::into_inner);
        all.append(measured);
    }

    /// Writes the metrics of the run to this file, anew and whole.
    ///
    /// # Errors
    /// The system's; the old file then stays as it was.
    pub fn write_metrics(&self, path: &Path, verb: &str, exit: Exit) -> io::Result<()> {
        let measured = self.measured.lock().unwrap_or_else(PoisonError::into_inner);
        run_metrics::write(path, verb, exit, self.begun.elapsed(), &measured)
    }

    /// Prints a line of the answer.
    ///
    /// A reader that has gone away (`| head`) is no reason to stop work on other people's mail, so
    /// nothing is returned; [`Ui::finish`] tells whether the answer could be written.
    pub fn answer(&self, line: &str) {
        let result = writeln!(io::stdout().lock(), "{line}");
        if let Err(error) = result
            && error.kind() != io::ErrorKind::BrokenPipe
        {
            self.broken
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get_or_insert(error);
        }
    }

    /// Prints sentences of the answer: on a terminal no word of them is broken.
    pub fn say(&self, text: &str) {
        self.answer(&wrap::fit(text, table::room()));
    }

    /// Stdout itself, for an answer that is no text. Nothing else may be printed there then.
    #[must_use]
    pub fn raw_stdout(&self) -> Box<dyn Write + Send> {
        Box::new(io::stdout())
    }

    /// Prints a line to stderr.
    pub fn chatter(&self, line: &str) {
        say(Some(&self.log), line);
    }

    /// Prints an error to stderr, in every volume.
    pub fn error(&self, line: &str) {
        self.chatter(&format!("vmimap: {}", sanitize::text(line)));
    }

    /// Whether answers may be coloured.
    #[must_use]
    pub fn color(&self) -> bool {
        self.color
    }

    /// Whether the whole answer reached its reader.
    ///
    /// # Errors
    /// The first write that failed for another reason than a closed pipe, a full disk say.
    pub fn finish(&self) -> io::Result<()> {
        let flushed = io::stdout().lock().flush();
        match self
            .broken
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
        {
            Some(error) => Err(error),
            None => match flushed {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
                _ => Ok(()),
            },
        }
    }
}
