//! Bearer tokens that a command prints, for one user at a time.
//!
//! The command is asked again when its answer is a few minutes old: tokens last an hour or so, and
//! a run over ten thousand mailboxes longer. Its standard error is vmimap's.

use std::collections::HashMap;
use std::io::Read as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use crate::mailstore::options::TokenSource;

/// How long an answer is used without asking again.
const KEPT_FOR: Duration = Duration::from_mins(4);

/// How long a command may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The longest answer, in octets.
const LONGEST: u64 = 64 * 1024;

/// A source that runs `command` with the shell, the user in `$VMIMAP_USER`.
pub(super) fn source(command: String) -> TokenSource {
    let kept: Mutex<HashMap<String, (Instant, SecretString)>> = Mutex::default();
    TokenSource::new(move |user| {
        // Held while the command runs: workers wait for one answer instead of asking at once.
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, (since, _)| since.elapsed() < KEPT_FOR);
        if let Some((_, token)) = kept.get(user) {
            return Ok(token.clone());
        }
        let token = ask(&command, user, PATIENCE)?;
        kept.insert(user.to_owned(), (Instant::now(), token.clone()));
        Ok(token)
    })
}

/// The first line that the command prints.
fn ask(command: &str, user: &str, patience: Duration) -> Result<SecretString, String> {
    let failed = |why: String| format!("token command: {why}");
    let child = Command::new("sh")
        .args(["-c", command])
        .env("VMIMAP_USER", user)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn();
    let mut child = child.map_err(|e| failed(e.to_string()))?;
    let stdout = child.stdout.take();
    let reader = thread::spawn(move || {
        let mut text = Zeroizing::new(Vec::new());
        if let Some(stdout) = stdout {
            // What cannot be read is missing, and that is told.
            let _ = stdout.take(LONGEST).read_to_end(&mut text);
        }
        text
    });
    let status = wait(&mut child, patience).map_err(failed)?;
    if !status.success() {
        return Err(failed(format!("ended with {status}")));
    }
    let text = reader
        .join()
        .map_err(|_| failed("its answer could not be read".to_owned()))?;
    let text = std::str::from_utf8(&text).map_err(|_| failed("printed no text".to_owned()))?;
    match text.lines().next().map(str::trim) {
        Some(line) if !line.is_empty() => Ok(SecretString::from(line)),
        _ => Err(failed("printed nothing".to_owned())),
    }
}

fn wait(child: &mut Child, patience: Duration) -> Result<std::process::ExitStatus, String> {
    let end = Instant::now() + patience;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if Instant::now() < end => thread::sleep(Duration::from_millis(10)),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("did not end within {} s", patience.as_secs()));
            }
            Err(error) => return Err(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn asked(command: &str) -> Result<String, String> {
        let token = ask(command, "ada", Duration::from_secs(20))?;
        Ok(token.expose_secret().to_owned())
    }

    #[test]
    fn the_first_line_is_the_token_and_the_user_is_in_the_environment() {
        assert_eq!(
            asked("printf 'tok-%s\\nmore\\n' \"$VMIMAP_USER\""),
            Ok("tok-ada".into())
        );
    }

    #[test]
    fn a_command_that_fails_prints_nothing_or_hangs_is_told() {
        assert!(
            asked("echo half; exit 3")
                .unwrap_err()
                .contains("exit status: 3")
        );
        assert!(asked("true").unwrap_err().contains("printed nothing"));
        let slow = ask("exec sleep 60", "ada", Duration::from_millis(50));
        assert!(slow.unwrap_err().contains("did not end"));
    }
}
