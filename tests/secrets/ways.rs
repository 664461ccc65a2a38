//! The ways to give a secret.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::support::cli::Vmimap;

/// The master user of the server.
pub const MASTER: &str = "admin";

/// Where the secret of a run comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    ImapPassword,
    AuthPassword,
    PasswordFile,
    PasswordCommand,
    Variable,
    Credential,
    TokenFile,
    TokenCommand,
}

impl Way {
    pub const ALL: [Self; 8] = [
        Self::ImapPassword,
        Self::AuthPassword,
        Self::PasswordFile,
        Self::PasswordCommand,
        Self::Variable,
        Self::Credential,
        Self::TokenFile,
        Self::TokenCommand,
    ];

    /// Gives `secret` to a call, with files in `dir`.
    pub fn give(self, vmimap: Vmimap, dir: &Path, port: u16, secret: &str, by: &str) -> Vmimap {
        let (mut general, mut options) = (String::new(), String::new());
        match self {
            Self::ImapPassword => options = format!("|imappassword={secret}"),
            Self::AuthPassword => general = format!("authuser={MASTER}\nauthpassword={secret}\n"),
            _ => {}
        }
        let text = format!(
            "[general]\nimapserver=127.0.0.1\nimapport={port}\nimapflags=notls\n\
             format=wav49|gsm|wav\n{general}[default]\n4123 => 1234,Ada,,,imapuser=u{}{options}\n",
            self as usize
        );
        let write = |name: &str, text: &str| -> PathBuf {
            let path = dir.join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
            path
        };
        let conf = write("voicemail.conf", &text);
        let vmimap = vmimap.arg("--voicemail-conf").arg(conf);
        // A master user's password goes by PLAIN, a token by its own ways.
        let vmimap = match self {
            Self::AuthPassword | Self::TokenFile | Self::TokenCommand => vmimap,
            _ => vmimap.args(&["--auth", by]),
        };
        let file = || write("secret", &format!("{secret}\n"));
        // What is said on standard error is not to get through either.
        let command = || format!("cat '{0}'; cat '{0}' >&2", file().display());
        match self {
            Self::ImapPassword | Self::AuthPassword => vmimap,
            Self::PasswordFile => vmimap.arg("--password-file").arg(file()),
            Self::PasswordCommand => vmimap.arg("--password-command").arg(command()),
            Self::Variable => vmimap.env("VMIMAP_PASSWORD", secret),
            Self::Credential => {
                write("vmimap-password", secret);
                vmimap.env("CREDENTIALS_DIRECTORY", dir)
            }
            Self::TokenFile => vmimap.arg("--token-file").arg(file()),
            Self::TokenCommand => vmimap.env("VMIMAP_TOKEN_COMMAND", command()),
        }
    }
}
