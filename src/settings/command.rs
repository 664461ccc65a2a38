//! Commands that print a secret, run with the shell.
//!
//! A command gets no input, a time limit and a process group of its own, so that what it started ends
//! with it when time is up or somebody asks the run to stop. Its answer is over when its standard
//! output is: a child left behind that holds it open is waited for, as `$(...)` in a shell does, but no
//! longer than the limit.
//! Invariants: what is read is bounded and wiped; standard error goes to nobody, and a bounded part
//! of it into the error, sanitised and without what stood on standard output.

use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use secrecy::zeroize::Zeroizing;

use super::secret::LONGEST;
use crate::ui::sanitize;

/// How long a command may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// What is kept of standard error, in octets.
const COMPLAINT: usize = 4096;

/// What is quoted of it, in characters.
const QUOTED: usize = 300;

/// How often it is looked whether the shell has ended.
const STEP: Duration = Duration::from_millis(20);

/// Octets that are wiped.
pub(super) type Octets = Zeroizing<Vec<u8>>;

/// Whether the run was asked to stop.
pub type Stopped = dyn Fn() -> bool + Send + Sync;

/// Runs `command` and returns what it prints; `user` is told it in `$VMIMAP_USER`.
///
/// # Errors
/// A sentence about the command, without its subject.
pub(super) fn run(
    command: &str,
    user: Option<&str>,
    patience: Duration,
    stopped: &Stopped,
) -> Result<Octets, String> {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", command])
        .env_remove("VMIMAP_PASSWORD")
        .envs(user.map(|user| ("VMIMAP_USER", user)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    let child = shell.spawn().map_err(|e| e.to_string())?;
    let mut running = Running {
        child,
        ended: false,
    };
    let heard = running.listen(patience, stopped);
    let status = running.reap(heard.is_err());
    let (out, mut err) = heard?;
    let status = status.map_err(|e| e.to_string())?;
    if status.success() {
        return Ok(out.kept);
    }
    // What it said last may still be on its way through the pipe.
    let mut nobody = Pipe::<ChildStdout>::new(None, 0);
    while let Ok(true) = wait(&mut nobody, &mut err, Duration::ZERO) {}
    Err(format!(
        "ended with {status}{}",
        quote(&err.kept, &out.kept)
    ))
}

/// A shell, and whether it has ended. It is not reaped before everything is over: until then its
/// number, which is that of its group, is nobody else's.
struct Running {
    child: Child,
    ended: bool,
}

/// What the command prints, and what it says on standard error.
type Heard = (Pipe<ChildStdout>, Pipe<ChildStderr>);

impl Running {
    /// Reads both outputs until the shell and its answer are at an end.
    fn listen(&mut self, patience: Duration, stopped: &Stopped) -> Result<Heard, String> {
        let end = Instant::now() + patience;
        let mut out = Pipe::new(self.child.stdout.take(), LONGEST);
        let mut err = Pipe::new(self.child.stderr.take(), COMPLAINT);
        let told = |e: io::Error| e.to_string();
        while out.open() || !self.ended {
            self.look().map_err(told)?;
            if Instant::now() >= end {
                return Err(self.too_long(patience));
            }
            // A terminal's interrupt does not reach it: it has a process group of its own.
            if stopped() {
                return Err("was interrupted".to_owned());
            }
            wait(&mut out, &mut err, STEP).map_err(told)?;
            if out.overflowed {
                return Err(format!("printed more than {LONGEST} octets"));
            }
        }
        Ok((out, err))
    }

    fn look(&mut self) -> io::Result<()> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        self.ended = self.ended || waitid(WaitId::Pid(self.pid()?), options)?.is_some();
        Ok(())
    }

    fn pid(&self) -> io::Result<Pid> {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        pid.ok_or_else(|| io::Error::other("the shell has no process id"))
    }

    fn too_long(&self, patience: Duration) -> String {
        let seconds = patience.as_secs();
        if self.ended {
            format!(
                "ended, but what it has started still holds its standard output after {seconds} s"
            )
        } else {
            format!("did not end within {seconds} s")
        }
    }

    /// How the shell ended; with `group`, it and everything of its process group ends here.
    fn reap(&mut self, group: bool) -> io::Result<ExitStatus> {
        if group {
            // Where nothing is left of the group but the shell that has ended, nothing is lost.
            let _ = kill_process_group(self.pid()?, Signal::KILL);
        }
        self.child.wait()
    }
}

/// One output of the command.
struct Pipe<R> {
    source: Option<R>,
    kept: Octets,
    most: usize,
    /// Whether more came than is kept.
    overflowed: bool,
}

impl<R: Read + AsFd> Pipe<R> {
    fn new(source: Option<R>, most: usize) -> Self {
        Self {
            source,
            // With room for all of it, so that no copy is left behind where the buffer grows.
            kept: Zeroizing::new(Vec::with_capacity(most)),
            most,
            overflowed: false,
        }
    }

    fn open(&self) -> bool {
        self.source.is_some()
    }

    /// Reads once; only after poll has said that this does not wait.
    fn read(&mut self) -> io::Result<()> {
        let Some(source) = &mut self.source else {
            return Ok(());
        };
        let mut chunk = Zeroizing::new([0; 4096]);
        match source.read(chunk.as_mut_slice()) {
            Ok(0) => self.source = None,
            Ok(count) => {
                let room = self.most - self.kept.len();
                let taken = chunk.get(..count.min(room)).unwrap_or_default();
                self.kept.extend_from_slice(taken);
                self.overflowed |= count > room;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// Waits for either output, no longer than this, and reads what has come; whether anything has.
fn wait<A: Read + AsFd, B: Read + AsFd>(
    out: &mut Pipe<A>,
    err: &mut Pipe<B>,
    time: Duration,
) -> io::Result<bool> {
    let (from_out, from_err) = {
        let of = |fd| PollFd::from_borrowed_fd(fd, PollFlags::IN);
        let mut fds: Vec<PollFd<'_>> = Vec::with_capacity(2);
        fds.extend(out.source.as_ref().map(|source| of(source.as_fd())));
        fds.extend(err.source.as_ref().map(|source| of(source.as_fd())));
        if fds.is_empty() {
            thread::sleep(time);
            return Ok(false);
        }
        let time = Timespec::try_from(time).map_err(io::Error::other)?;
        match poll(&mut fds, Some(&time)) {
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        let mut ready = fds.iter().map(|fd| !fd.revents().is_empty());
        let from_out = out.open() && ready.next().unwrap_or(false);
        (from_out, ready.next().unwrap_or(false))
    };
    if from_out {
        out.read()?;
    }
    if from_err {
        err.read()?;
    }
    Ok(from_out || from_err)
}

/// What the command says on standard error, for people; nothing of its answer.
fn quote(complaint: &[u8], answer: &[u8]) -> String {
    let text = String::from_utf8_lossy(complaint);
    let answer = String::from_utf8_lossy(answer);
    let secrets = answer
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    let text = secrets.fold(text.into_owned(), |text, secret| {
        text.replace(secret, "<redacted>")
    });
    let words: Vec<&str> = text.split_whitespace().collect();
    let words: String = words.join(" ").chars().take(QUOTED).collect();
    if words.is_empty() {
        return String::new();
    }
    format!(": \"{}\"", sanitize::text(&words))
}

#[cfg(test)]
#[path = "command/tests.rs"]
mod tests;
