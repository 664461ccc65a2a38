//! Runs the program of an `#exec` line, for those who allow it.
//!
//! Asterisk hands the command to `/bin/sh`, reads its standard output as configuration, logs its
//! standard error and ignores its exit status. So does this, but never for longer or for more
//! octets than told.
//!
//! Source: main/config.c, `handle_include_exec`.

use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

/// The most octets of standard error that are kept.
const MAX_COMPLAINT: u64 = 4096;

/// What a program left behind.
#[derive(Debug)]
pub struct Output {
    /// Its standard output.
    pub text: Vec<u8>,
    /// What is worth a remark: its exit status if not 0, and whether it wrote to standard error.
    pub complaint: Option<String>,
}

/// Runs a command. The error is in words, ready to be shown.
pub fn run(command: &str, timeout: Duration, max_octets: u64) -> Result<Output, String> {
    let deadline = Instant::now() + timeout;
    let mut child = Command::new("/bin/sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(|error| format!("cannot be started: {error}"))?;
    let result = collect(&mut child, deadline, max_octets);
    if result.is_err() {
        kill_group(&mut child);
    }
    result
}

/// Reads both streams to their ends and reaps the child.
fn collect(child: &mut Child, deadline: Instant, max_octets: u64) -> Result<Output, String> {
    // One octet too many of standard output ends it all; standard error is read on and dropped, so
    // that the program is not blocked.
    let stdout = drain(child.stdout.take(), max_octets.saturating_add(1), false);
    let stderr = drain(child.stderr.take(), MAX_COMPLAINT, true);
    let late = |_| "took too long and was stopped".to_owned();
    let text = stdout.recv_timeout(left(deadline)).map_err(late)?;
    let text = text.map_err(|error| format!("output cannot be read: {error}"))?;
    if u64::try_from(text.len()).is_ok_and(|octets| octets > max_octets) {
        return Err(format!("wrote more than {max_octets} octets"));
    }
    let complaint = stderr.recv_timeout(left(deadline)).map_err(late)?;
    let silent = complaint.is_ok_and(|octets| octets.is_empty());
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            let complaint = match (status.success(), silent) {
                (true, true) => None,
                (true, false) => Some("wrote to standard error".to_owned()),
                (false, _) => Some(format!("ended with {status}")),
            };
            return Ok(Output { text, complaint });
        }
        thread::sleep(Duration::from_millis(2));
    }
    Err(late(mpsc::RecvTimeoutError::Timeout))
}

/// The time until the deadline.
fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

/// Reads a stream in a thread of its own, up to `keep` octets; what comes behind them is dropped where
/// it is to be read `on`.
fn drain<R: Read + Send + 'static>(
    stream: Option<R>,
    keep: u64,
    on: bool,
) -> mpsc::Receiver<io::Result<Vec<u8>>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut octets = Vec::new();
        let result = stream.map_or(Ok(0), |stream| {
            let mut stream = stream.take(keep);
            stream.read_to_end(&mut octets)?;
            if on {
                io::copy(&mut stream.into_inner(), &mut io::sink())?;
            }
            Ok(0)
        });
        // The receiver may be gone: the command ran out of time.
        let _ = sender.send(result.map(|_: u64| octets));
    });
    receiver
}

/// Ends the program and everything it started.
fn kill_group(child: &mut Child) {
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    // Where nothing is left of the group, nothing is lost.
    let _ = group.map(|group| kill_process_group(group, Signal::KILL));
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_and_complaints_are_told_apart() {
        let long = Duration::from_secs(20);
        let quiet = run("printf '[x]'", long, 100).unwrap();
        assert_eq!((quiet.text, quiet.complaint), (b"[x]".to_vec(), None));
        let loud = run("echo oops >&2; exit 3", long, 100).unwrap();
        assert!(loud.complaint.unwrap().contains("exit status: 3"));
    }

    #[test]
    fn a_program_that_hangs_or_floods_is_stopped() {
        let start = Instant::now();
        let hung = run("sleep 60 & sleep 60", Duration::from_millis(200), 100);
        assert!(hung.unwrap_err().contains("too long"));
        // Also with as much room as standard error has.
        for most in [1000, MAX_COMPLAINT - 1] {
            let flood = run("yes", Duration::from_secs(20), most).unwrap_err();
            assert!(flood.contains(&format!("more than {most}")), "{flood}");
        }
        assert!(start.elapsed() < Duration::from_secs(15));
    }

    #[test]
    fn what_a_stopped_program_has_started_ends_with_it() {
        let dir = tempfile::tempdir().unwrap();
        let late = dir.path().join("late");
        let command = format!("(sleep 1; touch '{}') & sleep 60", late.display());
        assert!(run(&command, Duration::from_millis(200), 100).is_err());
        thread::sleep(Duration::from_millis(1500));
        assert!(!late.exists());
    }
}
