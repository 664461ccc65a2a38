//! The password for every login: where it comes from, and how it is fetched when it is needed.
//!
//! What was typed wins over the environment, that over a systemd credential of the service, that over
//! vmimap.toml; whichever is found wins over voicemail.conf. Two ways in one place are refused.
//! Fetched by the verbs that log in, so that `config show` runs no command and reads no secret.

use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use super::command::Stopped;
use super::{Origin, Setting, Sources, command, filled, secret};
use crate::args::global::GlobalArgs;

/// The name of the credential that a systemd unit passes on (`LoadCredential=`).
const CREDENTIAL: &str = "vmimap-password";

/// Where the password for every login comes from.
#[derive(Debug, Clone)]
pub enum PasswordSource {
    /// `$VMIMAP_PASSWORD`.
    Given(SecretString),
    /// The first line of this file.
    File(PathBuf),
    /// What this command prints.
    Command(String),
    /// The first line of a systemd credential, this file.
    Credential(PathBuf),
    /// Whoever sits at the terminal.
    Terminal,
}

/// What vmimap.toml says about it.
#[derive(Debug, Default)]
pub(super) struct PasswordKeys {
    pub(super) file: Option<PathBuf>,
    pub(super) command: Option<String>,
}

/// One way to give it, where it stands.
type Found = (PasswordSource, Origin);

impl PasswordSource {
    /// The first place that says something.
    pub(super) fn resolve(
        from: &Sources<'_>,
        args: &GlobalArgs,
        keys: PasswordKeys,
    ) -> anyhow::Result<Option<Setting<Self>>> {
        for place in [
            typed(args),
            environment()?,
            credential(),
            written(from, keys),
        ] {
            let mut place = place.into_iter();
            let Some((value, origin)) = place.next() else {
                continue;
            };
            if let Some((_, other)) = place.next() {
                bail!("a password comes from {origin} and from {other}: one of them will do");
            }
            return Ok(Some(Setting { value, origin }));
        }
        Ok(None)
    }

    /// The password; `ask` asks whoever sits at the terminal, and a command is ended when `stopped`
    /// says so.
    ///
    /// # Errors
    /// `UnusableSecret` for a file that cannot be used; what the command or `ask` failed with.
    pub fn fetch(
        &self,
        ask: impl FnOnce() -> anyhow::Result<SecretString>,
        stopped: &Stopped,
    ) -> anyhow::Result<SecretString> {
        match self {
            Self::Given(password) => Ok(password.clone()),
            Self::File(path) => Ok(secret::read("password file", path)?),
            Self::Credential(path) => Ok(secret::read("credential", path)?),
            Self::Command(command) => {
                printed(command, stopped).map_err(|why| anyhow!("password command {why}"))
            }
            Self::Terminal => ask(),
        }
    }
}

/// Flags; the command line takes one of them only.
fn typed(args: &GlobalArgs) -> Vec<Found> {
    let file = args.password_file.clone().map(PasswordSource::File);
    let command = args.password_command.clone();
    let command = command.map(PasswordSource::Command);
    let terminal = args.ask_password.then_some(PasswordSource::Terminal);
    let all = [
        file.map(|source| (source, Origin::Flag("--password-file"))),
        command.map(|source| (source, Origin::Flag("--password-command"))),
        terminal.map(|source| (source, Origin::Flag("--ask-password"))),
    ];
    all.into_iter().flatten().collect()
}

/// Variables; an empty one counts as unset.
fn environment() -> anyhow::Result<Vec<Found>> {
    let mut all = Vec::new();
    let origin = |name: &str| Origin::Env(name.to_owned());
    let name = "VMIMAP_PASSWORD";
    if let Some(value) = filled(name) {
        let value = Zeroizing::new(value.into_encoded_bytes());
        let text = secret::check(&value).map_err(|why| anyhow!("${name} {why}"))?;
        all.push((PasswordSource::Given(text.into()), origin(name)));
    }
    let name = "VMIMAP_PASSWORD_FILE";
    if let Some(value) = filled(name) {
        all.push((PasswordSource::File(value.into()), origin(name)));
    }
    let name = "VMIMAP_PASSWORD_COMMAND";
    if let Some(value) = filled(name) {
        let value = value.into_string();
        let value = value.map_err(|_| anyhow!("${name} has no valid value"))?;
        all.push((PasswordSource::Command(value), origin(name)));
    }
    Ok(all)
}

/// What systemd keeps for this service, if there is such a credential.
fn credential() -> Vec<Found> {
    let name = "CREDENTIALS_DIRECTORY";
    let dir = filled(name);
    let path = dir.map(|dir| Path::new(&dir).join(CREDENTIAL));
    // One that is there and cannot be read is an error later on, not a missing one.
    let path = path.filter(|path| path.symlink_metadata().is_ok());
    let found = path.map(|path| {
        let source = PasswordSource::Credential(path);
        (source, Origin::Env(name.to_owned()))
    });
    found.into_iter().collect()
}

/// Keys of vmimap.toml.
fn written(from: &Sources<'_>, keys: PasswordKeys) -> Vec<Found> {
    let sources = [
        keys.file.map(PasswordSource::File),
        keys.command.map(PasswordSource::Command),
    ];
    let origin = || Origin::File(from.path.to_owned());
    let sources = sources.into_iter().flatten();
    sources.map(|source| (source, origin())).collect()
}

/// What the command prints, without the line break at its end.
fn printed(command: &str, stopped: &Stopped) -> Result<SecretString, String> {
    let octets = command::run(command, None, command::PATIENCE, stopped)?;
    let line = octets.strip_suffix(b"\n").unwrap_or(&octets);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let answer = secret::check(line).map(SecretString::from);
    answer.map_err(|why| format!("gave an answer that {why}"))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn of(command: &str) -> Result<String, String> {
        Ok(printed(command, &|| false)?.expose_secret().to_owned())
    }

    #[test]
    fn one_line_break_at_the_end_of_an_answer_is_not_part_of_it() {
        assert_eq!(of("printf ' one '"), Ok(" one ".to_owned()));
        assert_eq!(of("echo one"), Ok("one".to_owned()));
        assert_eq!(of("printf 'one\\r\\n'"), Ok("one".to_owned()));
    }

    #[test]
    fn an_answer_that_is_no_password_is_refused_without_being_shown() {
        for (command, says) in [
            ("true", "is empty"),
            ("echo", "is empty"),
            ("printf 'hush\\n\\n'", "line break or NUL"),
            ("printf 'hush\\nmore'", "line break or NUL"),
            ("printf 'hu\\rsh'", "line break or NUL"),
            ("printf 'hu\\000sh'", "line break or NUL"),
            ("printf 'hush\\377'", "is no text"),
            ("echo hush; exit 7", "exit status: 7"),
        ] {
            let why = of(command).unwrap_err();
            assert!(
                why.contains(says) && !why.contains("hu"),
                "{command}: {why}"
            );
        }
    }
}
