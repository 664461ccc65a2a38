//! Lamps by a reload: touches voicemail.conf and has Asterisk read it.
//!
//! `voicemail reload` does nothing while the file is as old as Asterisk knows it (tried on a running
//! Asterisk), so its time of change is set first; its text is not. Asterisk then logs in to every
//! mailbox, one after the other, and answers when it is through.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, UTIME_NOW, utimensat};

/// How long Asterisk may take by default: it visits every mailbox.
pub const PATIENCE: Duration = Duration::from_mins(10);

/// The most octets of the program's output that are kept, of each stream.
const KEPT: u64 = 4096;
/// The most characters of it that are quoted.
const QUOTED: usize = 300;

/// A reload.
#[derive(Debug, Clone)]
pub struct Reload {
    /// The `asterisk` program.
    pub program: PathBuf,
    /// voicemail.conf.
    pub conf: PathBuf,
    /// How long it may take.
    pub patience: Duration,
}

impl Reload {
    /// Touches the file and reloads.
    ///
    /// # Errors
    /// In words, ready to be shown: what the system or the program said.
    pub fn run(&self) -> Result<(), String> {
        let now = Timespec {
            tv_sec: 0,
            tv_nsec: UTIME_NOW,
        };
        let times = Timestamps {
            last_access: now,
            last_modification: now,
        };
        utimensat(CWD, &self.conf, &times, AtFlags::empty())
            .map_err(|error| format!("touch {}: {error}", self.conf.display()))?;
        let failed =
            |why: String| format!("{} -rx \"voicemail reload\": {why}", self.program.display());
        let child = Command::new(&self.program)
            .args(["-rx", "voicemail reload"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = child.map_err(|error| failed(error.to_string()))?;
        let (out, err) = (drain(child.stdout.take()), drain(child.stderr.take()));
        let status = self.wait(&mut child).map_err(failed)?;
        let said = quote(&out, &err);
        // Asterisk's own program ends with 0 where Asterisk does not know the command.
        if status.success() && !said.contains("No such command") {
            return Ok(());
        }
        Err(failed(format!("{status}: {said}")))
    }

    /// The same, as a command for a shell on Asterisk's machine.
    #[must_use]
    pub fn by_hand(&self) -> String {
        let (conf, program) = (shell_word(&self.conf), shell_word(&self.program));
        format!("touch {conf} && {program} -rx \"voicemail reload\"")
    }

    fn wait(&self, child: &mut Child) -> Result<ExitStatus, String> {
        let end = Instant::now() + self.patience;
        loop {
            match child.try_wait() {
                Ok(Some(status)) => return Ok(status),
                Ok(None) if Instant::now() < end => thread::sleep(Duration::from_millis(10)),
                Ok(None) => {
                    let _ = child.kill();
                    let _ = child.wait();
                    let seconds = self.patience.as_secs();
                    return Err(format!(
                        "did not end within {seconds} s; Asterisk may still be at it"
                    ));
                }
                Err(error) => return Err(error.to_string()),
            }
        }
    }
}

/// A path as one word of a shell's.
fn shell_word(path: &Path) -> String {
    let text = path.to_string_lossy();
    let plain = |c: char| c.is_alphanumeric() || "/._-+,:@%=".contains(c);
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(plain) {
        return text.into_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Reads a stream in a thread of its own, so that the program never waits: gives its beginning, and
/// passes over the rest.
fn drain<R: Read + Send + 'static>(stream: Option<R>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut kept = Vec::new();
        if let Some(mut stream) = stream {
            // What cannot be read is missing in a quote, no more.
            let _ = stream.by_ref().take(KEPT).read_to_end(&mut kept);
            let _ = sender.send(kept);
            let _ = io::copy(&mut stream, &mut io::sink());
        }
    });
    receiver
}

/// What the program said, on one line.
fn quote(out: &Receiver<Vec<u8>>, err: &Receiver<Vec<u8>>) -> String {
    // A grandchild may keep the stream open; its words are not waited for.
    let soon = Duration::from_secs(1);
    let said = |stream: &Receiver<Vec<u8>>| stream.recv_timeout(soon).unwrap_or_default();
    let text = [said(out), said(err)].concat();
    let text = String::from_utf8_lossy(&text);
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut line: String = words.join(" ").chars().take(QUOTED).collect();
    if line.is_empty() {
        line.push_str("it said nothing");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::time::SystemTime;

    const TEXT: &str = "[general]\n";

    fn site(script: &str) -> (tempfile::TempDir, Reload) {
        let dir = tempfile::tempdir().unwrap();
        let reload = Reload {
            program: dir.path().join("asterisk"),
            conf: dir.path().join("voicemail.conf"),
            patience: Duration::from_secs(20),
        };
        fs::write(&reload.program, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&reload.program, fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(&reload.conf, TEXT).unwrap();
        let old = SystemTime::now() - Duration::from_hours(24);
        let file = fs::File::options().write(true).open(&reload.conf).unwrap();
        file.set_modified(old).unwrap();
        (dir, reload)
    }

    fn age(path: &Path) -> Duration {
        let changed = fs::metadata(path).unwrap().modified().unwrap();
        changed.elapsed().unwrap_or_default()
    }

    #[test]
    fn the_file_is_touched_and_then_read_by_asterisk() {
        let script = "test \"$1 $2 $#\" = '-rx voicemail reload 2' || exit 9\n\
                      find \"$0\" -newer \"${0%/*}/voicemail.conf\" | grep -q . && exit 8\n\
                      echo Reloading";
        let (_dir, reload) = site(script);
        reload.run().unwrap();
        assert!(age(&reload.conf) < Duration::from_mins(1));
        assert_eq!(fs::read_to_string(&reload.conf).unwrap(), TEXT);
    }

    #[test]
    fn a_program_that_fails_hangs_floods_or_does_not_know_the_command_is_told() {
        let (_dir, reload) = site("echo 'Unable to connect'; echo to remote asterisk >&2; exit 1");
        let why = reload.run().unwrap_err();
        assert!(
            why.contains("voicemail reload\": exit status: 1: Unable to connect to remote"),
            "{why}"
        );
        let (_dir, reload) = site("echo \"No such command 'voicemail reload'\"");
        assert!(reload.run().unwrap_err().contains("No such command"));
        let (_dir, mut reload) = site("exec sleep 60");
        reload.patience = Duration::from_millis(50);
        assert!(reload.run().unwrap_err().contains("did not end within"));
        let (_dir, reload) = site("head -c 1000000 /dev/zero | tr '\\0' x; exit 1");
        assert!(reload.run().unwrap_err().len() < 600);
    }

    #[test]
    fn what_is_advised_does_what_a_run_does() {
        let (dir, mut reload) = site("echo \"$*\" >\"${0%/*}/ran\"");
        let odd = dir.path().join("it's $(here)");
        fs::create_dir(&odd).unwrap();
        let moved = odd.join("voicemail.conf");
        fs::rename(&reload.conf, &moved).unwrap();
        reload.conf = moved;
        let advice = reload.by_hand();
        let status = Command::new("sh").args(["-c", &advice]).status().unwrap();
        assert!(status.success(), "{advice}");
        assert!(age(&reload.conf) < Duration::from_mins(1));
        let ran = fs::read_to_string(dir.path().join("ran")).unwrap();
        assert_eq!(ran, "-rx voicemail reload\n");
        reload.conf = "/etc/asterisk/voicemail.conf".into();
        reload.program = "/usr/sbin/asterisk".into();
        assert_eq!(
            reload.by_hand(),
            "touch /etc/asterisk/voicemail.conf && /usr/sbin/asterisk -rx \"voicemail reload\""
        );
    }

    #[test]
    fn a_file_that_cannot_be_touched_is_told_and_nothing_is_run() {
        let (dir, mut reload) = site("touch \"${0%/*}/ran\"");
        reload.conf = dir.path().join("none.conf");
        assert!(reload.run().unwrap_err().contains("none.conf"));
        assert!(!dir.path().join("ran").exists());
        let (_dir, mut reload) = site("true");
        reload.program = "no/such/asterisk".into();
        assert!(reload.run().unwrap_err().contains("no/such/asterisk"));
    }
}
