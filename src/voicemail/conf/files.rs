//! The files behind a configuration: reading them within bounds, finding what `#include` means.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::catalogue;
use super::comments::Comments;
use super::dialect::ConfError;
use super::origin::Origin;
use crate::voicemail::notice::Notice;

/// The longest line Asterisk reads; longer ones it skips with a warning.
const MAX_LINE: usize = 8190;
/// Octets of all files together that are read at most.
const MAX_TOTAL: u64 = 256 << 20;
/// How deep files may include each other (`AST_CONFIG_MAX_INCLUDE_LEVEL` is 10).
const MAX_DEPTH: usize = 10;
/// How long an `#exec` command may take.
const EXEC_TIME: Duration = Duration::from_secs(30);

/// How a configuration is read.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// Whether `#exec` lines are run, as with `execincludes = yes` in asterisk.conf.
    pub allow_exec: bool,
}

/// Reads files, counting what was read.
pub struct Files {
    dir: PathBuf,
    allow_exec: bool,
    left: u64,
    execs: HashSet<String>,
}

fn at(path: &Path, why: impl ToString) -> ConfError {
    ConfError {
        place: path.display().to_string(),
        why: why.to_string(),
    }
}

impl Files {
    /// Relative includes are looked for beside the first file, which for Asterisk is its
    /// configuration directory.
    pub fn new(first: &Path, options: &LoadOptions) -> Self {
        let dir = first.parent().unwrap_or(Path::new("")).to_owned();
        Self {
            dir,
            allow_exec: options.allow_exec,
            left: MAX_TOTAL,
            execs: HashSet::new(),
        }
    }

    /// The lines of a file that hold something, with their numbers, without comments.
    pub fn lines(
        &mut self,
        path: &Path,
        depth: usize,
        notices: &mut Vec<Notice>,
    ) -> Result<Vec<(u32, String)>, ConfError> {
        if depth > MAX_DEPTH {
            let why = format!("included more than {MAX_DEPTH} deep; do files include each other?");
            return Err(at(path, why));
        }
        let bytes = self.read(path)?;
        Ok(split(path, &bytes, notices))
    }

    fn read(&mut self, path: &Path) -> Result<Vec<u8>, ConfError> {
        // O_NONBLOCK: a FIFO in the place of a file is an error, not a wait for ever.
        let nonblock = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or(0);
        let file = File::options()
            .read(true)
            .custom_flags(nonblock)
            .open(path)
            .map_err(|error| at(path, error))?;
        if !file.metadata().map_err(|error| at(path, error))?.is_file() {
            return Err(at(path, "is not a regular file"));
        }
        let mut bytes = Vec::new();
        let read = file.take(self.left + 1).read_to_end(&mut bytes);
        let read = read.map_err(|error| at(path, error))? as u64;
        self.left = self.left.checked_sub(read).ok_or_else(|| {
            at(
                path,
                format!("the configuration is larger than {} MiB", MAX_TOTAL >> 20),
            )
        })?;
        Ok(bytes)
    }

    /// The files that an `#include` argument names; wildcards are expanded in order of name.
    pub fn matching(&self, argument: &str, origin: &Origin) -> Result<Vec<PathBuf>, ConfError> {
        let pattern = self.dir.join(argument);
        let pattern = pattern.to_string_lossy();
        let paths = glob::glob(&pattern)
            .map_err(|error| ConfError::at(origin, format!("#include {argument}: {error}")))?;
        Ok(paths
            .filter_map(Result::ok)
            .filter(|path| path.is_file())
            .collect())
    }

    /// The output of an `#exec` command, as lines without comments.
    pub fn output_of(&mut self, command: &str, origin: &Origin) -> Result<Vec<String>, ConfError> {
        let failed = |why: String| ConfError::at(origin, format!("#exec {command}: {why}"));
        if !self.allow_exec {
            return Err(failed(
                "not run; pass --allow-exec if Asterisk has execincludes=yes".into(),
            ));
        }
        if !self.execs.insert(command.to_owned()) {
            return Err(failed("runs itself again and again".into()));
        }
        let output = run(command, self.left).map_err(failed)?;
        self.left = self.left.saturating_sub(output.len() as u64);
        let mut ignored = Vec::new();
        let lines = split(&origin.file, &output, &mut ignored);
        Ok(lines.into_iter().map(|(_, text)| text).collect())
    }
}

/// Runs a command with a shell, as Asterisk does, within bounds of time and size.
fn run(command: &str, limit: u64) -> Result<Vec<u8>, String> {
    let mut child = Command::new("/bin/sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    let Some(stdout) = child.stdout.take() else {
        return Err("has no output".into());
    };
    let reader = thread::spawn(move || {
        let mut bytes = Vec::new();
        stdout
            .take(limit + 1)
            .read_to_end(&mut bytes)
            .map(|_| bytes)
    });
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            break status;
        }
        if begun.elapsed() > EXEC_TIME {
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("took longer than {} s", EXEC_TIME.as_secs()));
        }
        thread::sleep(Duration::from_millis(5));
    };
    if !status.success() {
        return Err(status.to_string());
    }
    match reader.join() {
        Ok(Ok(bytes)) if bytes.len() as u64 <= limit => Ok(bytes),
        _ => Err("its output cannot be read or is too long".into()),
    }
}

/// UTF-8, or else Latin-1, which old files are written in.
fn decode(line: &[u8]) -> String {
    std::str::from_utf8(line).map_or_else(
        |_| line.iter().copied().map(char::from).collect(),
        str::to_owned,
    )
}

/// Lines without comments; empty ones are left out. A NUL ends a line, as C reads it.
fn split(path: &Path, bytes: &[u8], notices: &mut Vec<Notice>) -> Vec<(u32, String)> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let place = |number: u32| format!("{}:{number}", path.display());
    let mut comments = Comments::default();
    let mut lines = Vec::new();
    let mut opened = 0;
    for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        if line.len() > MAX_LINE {
            let text = format!("a line of {} octets; Asterisk skips it", line.len());
            notices.push(Notice::new(&catalogue::LONG_LINE, place(number), text));
            continue;
        }
        let line = line.split(|byte| *byte == 0).next().unwrap_or_default();
        let was_open = comments.open();
        let text = comments.strip(&decode(line));
        if comments.open() && !was_open {
            opened = number;
        }
        if !text.is_empty() {
            lines.push((number, text));
        }
    }
    if comments.open() {
        let text = "a block comment ;-- is never closed and swallows the rest".to_owned();
        notices.push(Notice::new(&catalogue::OPEN_COMMENT, place(opened), text));
    }
    lines
}
