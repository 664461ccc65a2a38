//! A server's processes, which end with the value that holds them, and also when the test process
//! is killed.
//!
//! A shell in a process group of its own starts the server and holds the reading end of a pipe;
//! when the pipe closes, it tells the whole group to end. Other servers on the machine are not
//! touched: nothing is looked for by name.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::process;

/// Stops the server when standard input closes, however that comes about. The whole process group
/// is told, not the first process alone, which may wait for each of its children.
const KEEPER: &str = r#"
trap : TERM
exec 3<&0
log=$1
shift
"$@" 3<&- </dev/null >>"$log" 2>&1 &
pid=$!
echo "$pid"
read -r _ <&3
kill -TERM "$pid" 2>/dev/null
kill -TERM "-$$"
while kill -0 "$pid" 2>/dev/null; do wait "$pid"; done
"#;

/// How long processes may take to end before they are killed.
const END_PATIENCE: Duration = Duration::from_secs(5);

/// A running server.
#[derive(Debug)]
pub struct Keeper {
    shell: Child,
    pid: u32,
}

impl Keeper {
    /// Starts a command, the first word of which is the program, with these variables besides the
    /// test's own; what it prints goes to the end of `log`.
    pub fn start(
        command: &[&str],
        variables: &[(&str, String)],
        log: &Path,
    ) -> Result<Self, String> {
        let mut shell = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(log)
            .args(command)
            .env("PATH", search_path())
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| e.to_string())?;
        let mut line = String::new();
        let stdout = shell.stdout.take().expect("stdout is a pipe");
        BufReader::new(stdout)
            .read_line(&mut line)
            .map_err(|e| e.to_string())?;
        let pid = line
            .trim()
            .parse()
            .map_err(|e| format!("keeper said {line:?}: {e}"))?;
        Ok(Self { shell, pid })
    }

    /// The process id of the server's first process.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Ends the server without giving it time to finish anything.
    pub fn kill(&self) {
        process::signal(self.pid, "KILL");
        for pid in process::group_members(self.shell.id()) {
            if pid != self.shell.id() {
                process::signal(pid, "KILL");
            }
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
        process::end_group(self.shell.id(), END_PATIENCE);
    }
}

/// Servers are in /usr/sbin, which an ordinary user may not search.
fn search_path() -> String {
    format!(
        "{}:/usr/sbin:/sbin",
        std::env::var("PATH").unwrap_or_default()
    )
}
