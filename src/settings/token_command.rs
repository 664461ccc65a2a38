//! Bearer tokens that a command prints, for one user at a time.
//!
//! The command is asked again when its answer is a few minutes old: tokens last an hour or so, and
//! a run over ten thousand mailboxes longer. How it is run: [`super::command`].

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use secrecy::SecretString;

use super::command::{self, Stopped};
use crate::mailstore::options::TokenSource;

/// How long an answer is used without asking again.
const KEPT_FOR: Duration = Duration::from_mins(4);

/// A source that runs `command` with the shell, the user in `$VMIMAP_USER`.
pub(super) fn source(command: String, stopped: Box<Stopped>) -> TokenSource {
    let kept: Mutex<HashMap<String, (Instant, SecretString)>> = Mutex::default();
    TokenSource::new(move |user| {
        // Held while the command runs: workers wait for one answer instead of asking at once.
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, (since, _)| since.elapsed() < KEPT_FOR);
        if let Some((_, token)) = kept.get(user) {
            return Ok(token.clone());
        }
        let token = ask(&command, user, &*stopped)?;
        kept.insert(user.to_owned(), (Instant::now(), token.clone()));
        Ok(token)
    })
}

/// The first line that the command prints.
fn ask(command: &str, user: &str, stopped: &Stopped) -> Result<SecretString, String> {
    let failed = |why: String| format!("token command {why}");
    let octets = command::run(command, Some(user), command::PATIENCE, stopped).map_err(failed)?;
    let text = std::str::from_utf8(&octets).map_err(|_| failed("printed no text".to_owned()))?;
    match text.lines().next().map(str::trim) {
        Some(line) if !line.is_empty() => Ok(SecretString::from(line)),
        _ => Err(failed("printed nothing".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn asked(command: &str) -> Result<String, String> {
        let token = ask(command, "ada", &|| false)?;
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
    fn a_command_that_fails_or_prints_nothing_is_told() {
        let why = asked("echo half; exit 3").unwrap_err();
        assert_eq!(why, "token command ended with exit status: 3");
        assert!(asked("true").unwrap_err().contains("printed nothing"));
    }
}
