//! How to log in: the mechanism, bearer tokens, the client certificate.

use std::path::{Path, PathBuf};

use anyhow::bail;

use super::command::Stopped;
use super::{Setting, Sources, path, secret, text, token_command};
use crate::args::login::LoginArgs;
use crate::mailstore::mechanism::Mechanism;
use crate::mailstore::options::{Identity, TokenSource};

/// What vmimap.toml says about it.
#[derive(Debug, Default)]
pub(super) struct LoginKeys {
    pub(super) auth: Option<String>,
    pub(super) token_file: Option<PathBuf>,
    pub(super) token_command: Option<String>,
    pub(super) tls_cert: Option<PathBuf>,
    pub(super) tls_key: Option<PathBuf>,
}

/// How to log in, where voicemail.conf does not say it.
#[derive(Debug)]
pub struct LoginSettings {
    /// The only way to log in.
    pub auth: Option<Setting<Mechanism>>,
    /// The file that holds a bearer token.
    pub token_file: Option<Setting<PathBuf>>,
    /// The command that prints one.
    pub token_command: Option<Setting<String>>,
    /// The client certificate.
    pub tls_cert: Option<Setting<PathBuf>>,
    /// Its key.
    pub tls_key: Option<Setting<PathBuf>>,
}

impl LoginSettings {
    pub(super) fn resolve(
        from: &Sources<'_>,
        args: &LoginArgs,
        keys: LoginKeys,
    ) -> anyhow::Result<Self> {
        let auth = match keys.auth.as_deref().map(str::parse::<Mechanism>) {
            Some(Err(why)) => bail!("auth in {} {why}", from.path.display()),
            Some(Ok(auth)) => Some(auth),
            None => None,
        };
        let mechanism = |text: &str| text.parse::<Mechanism>().ok();
        let file = args.token_file.as_ref();
        let command = args.token_command.as_ref();
        let mut token_file = from.pick("--token-file", file, path, keys.token_file)?;
        let mut token_command = from.pick("--token-command", command, text, keys.token_command)?;
        // A flag for the one is not to meet with a variable or a key for the other.
        match (file, command) {
            (Some(_), _) => token_command = None,
            (_, Some(_)) => token_file = None,
            _ => {}
        }
        let settings = Self {
            auth: from.pick("--auth", args.auth.as_ref(), mechanism, auth)?,
            token_file,
            token_command,
            tls_cert: from.pick("--tls-cert", args.tls_cert.as_ref(), path, keys.tls_cert)?,
            tls_key: from.pick("--tls-key", args.tls_key.as_ref(), path, keys.tls_key)?,
        };
        if let (Some(file), Some(command)) = (&settings.token_file, &settings.token_command) {
            bail!(
                "there is a token file (from {}) and a token command (from {}): one of them will do",
                file.origin,
                command.origin
            );
        }
        if settings.tls_cert.is_some() != settings.tls_key.is_some() {
            bail!("a client certificate needs its key: give both --tls-cert and --tls-key");
        }
        Ok(settings)
    }

    /// Where tokens come from, if they are to be used; a command is ended when `stopped` says so.
    #[must_use]
    pub fn token(&self, stopped: Box<Stopped>) -> Option<TokenSource> {
        if let Some(command) = &self.token_command {
            return Some(token_command::source(command.value.clone(), stopped));
        }
        let file = self.token_file.as_ref()?.value.clone();
        Some(TokenSource::new(move |_| token_of(&file)))
    }

    /// The client certificate, if there is one.
    #[must_use]
    pub fn identity(&self) -> Option<Identity> {
        let (certificate, key) = self.tls_cert.as_ref().zip(self.tls_key.as_ref())?;
        Some(Identity {
            certificate: certificate.value.clone(),
            key: key.value.clone(),
        })
    }
}

fn token_of(file: &Path) -> Result<secrecy::SecretString, String> {
    secret::read("token file", file).map_err(|error| error.to_string())
}
