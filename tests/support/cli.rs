//! Runs the program as a user would, and says what it printed.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// One call of `vmimap`, without a terminal and without the caller's environment.
pub struct Vmimap {
    command: Command,
}

/// What a call printed and how it ended.
#[derive(Debug)]
pub struct Ran {
    pub stdout: String,
    pub stderr: String,
    pub status: i32,
}

impl Vmimap {
    /// A call with these words.
    pub fn new<S: AsRef<std::ffi::OsStr>>(words: impl IntoIterator<Item = S>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vmimap"));
        command
            .args(words)
            .env_clear()
            .env("TZ", "UTC")
            .env("PATH", "/usr/bin:/bin")
            // What writes must name its own: the default is one for all, and tests run side by side.
            // Nothing is there to be read, and nothing can be made.
            .env("VMIMAP_STATE_DIR", "/proc/no-state-dir-was-named");
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self { command }
    }

    /// `migrate SPOOL` with its configuration and state beside the spool.
    pub fn migrate(spool: &Path, conf: &Path, state: &Path) -> Self {
        Self::new(["migrate"])
            .arg(spool)
            .arg("--voicemail-conf")
            .arg(conf)
            .arg("--state-dir")
            .arg(state)
    }

    pub fn arg(mut self, word: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.arg(word);
        self
    }

    pub fn args(mut self, words: &[&str]) -> Self {
        self.command.args(words);
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// The same call as the last words of another command, such as `prlimit --fsize=100 --`.
    pub fn under(self, words: &[&str]) -> Self {
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).arg(self.command.get_program());
        command.args(self.command.get_args()).env_clear();
        for (name, value) in self.command.get_envs() {
            command.env(name, value.unwrap_or_default());
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self { command }
    }

    /// The words of the call, and its environment.
    pub fn parts(&self) -> (Vec<String>, Vec<(String, String)>) {
        let text = |text: &std::ffi::OsStr| text.to_str().unwrap().to_owned();
        let program = std::iter::once(self.command.get_program());
        let words = program.chain(self.command.get_args()).map(text);
        let env = self.command.get_envs();
        let env = env.map(|(name, value)| (text(name), text(value.unwrap_or_default())));
        (words.collect(), env.collect())
    }

    /// Runs to the end.
    pub fn run(mut self) -> Ran {
        self.command.output().unwrap().into()
    }

    /// Starts and returns at once.
    pub fn spawn(mut self) -> Child {
        self.command.spawn().unwrap()
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            // A signal's number, as the shell shows it.
            status: output.status.code().unwrap_or_else(|| {
                128 + std::os::unix::process::ExitStatusExt::signal(&output.status).unwrap_or(0)
            }),
        }
    }
}

impl Ran {
    /// Panics unless it ended with this status.
    pub fn status(self, expected: i32) -> Self {
        assert_eq!(
            self.status, expected,
            "\n-- stdout\n{}\n-- stderr\n{}",
            self.stdout, self.stderr
        );
        self
    }

    /// Panics unless it printed nothing at all.
    pub fn silent(self) -> Self {
        assert_eq!((self.stdout.as_str(), self.stderr.as_str()), ("", ""));
        self
    }

    /// The JSON lines of stdout.
    pub fn json(&self) -> Vec<Value> {
        self.stdout
            .lines()
            .map(|line| serde_json::from_str(line).expect(line))
            .collect()
    }

    /// The last JSON line, which must be the summary.
    pub fn summary(&self) -> Value {
        let last = self.json().pop().expect("a summary");
        assert_eq!(
            (&last["type"], &last["format"]),
            (&"summary".into(), &1.into())
        );
        last
    }

    /// A count of the summary.
    pub fn count(&self, name: &str) -> u64 {
        self.summary()[name]
            .as_u64()
            .unwrap_or_else(|| panic!("no count {name}: {}", self.summary()))
    }
}

/// What a directory tree holds: every path with its kind, mode, size, times and content's hash
/// stand-in (the content itself). Two equal snapshots mean that nothing was touched.
pub fn snapshot(root: &Path) -> Vec<(PathBuf, String, Vec<u8>)> {
    use std::os::unix::fs::MetadataExt;
    let mut all = Vec::new();
    let mut left = vec![root.to_owned()];
    while let Some(path) = left.pop() {
        let meta = std::fs::symlink_metadata(&path).unwrap();
        let facts = format!(
            "{:o} {} {}.{} {}.{}",
            meta.mode(),
            meta.ino(),
            meta.mtime(),
            meta.mtime_nsec(),
            meta.ctime(),
            meta.ctime_nsec()
        );
        let mut content = Vec::new();
        if meta.is_dir() {
            left.extend(
                std::fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else if meta.is_file() {
            content = std::fs::read(&path).unwrap();
        }
        all.push((path, facts, content));
    }
    all.sort();
    all
}
