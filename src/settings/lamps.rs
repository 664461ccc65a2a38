//! Whether and how lamps are refreshed: the `[lamps]` table of vmimap.toml, variables, flags.
//!
//! These flags belong to a few verbs; so what variables and file say is found with the other
//! settings, and a verb puts its flags over that ([`LampSettings::with`]). The secret is read when
//! it is needed, not by every verb.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use secrecy::SecretString;
use serde::Deserialize;

use super::{Origin, Setting, Sources, path, secret, text, yes};
use crate::args::lamps::{LampArgs, ManagerArgs, Refresh};

/// What vmimap.toml says about it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LampKeys {
    refresh_mwi: Option<Refresh>,
    ami: Option<String>,
    ami_user: Option<String>,
    ami_secret_file: Option<PathBuf>,
    ami_tls: Option<bool>,
    asterisk: Option<PathBuf>,
}

/// Whether and how lamps are refreshed.
#[derive(Debug, Clone)]
pub struct LampSettings {
    /// How, if at all.
    pub refresh: Option<Setting<Refresh>>,
    /// Where the manager interface is: `HOST[:PORT]`.
    pub ami: Option<Setting<String>>,
    /// Whom to be there.
    pub user: Option<Setting<String>>,
    /// The secret itself, from the environment.
    secret: Option<Setting<SecretString>>,
    /// Where it stands.
    pub secret_file: Option<Setting<PathBuf>>,
    /// Whether TLS is used.
    pub tls: Option<Setting<bool>>,
    /// The program for a reload.
    pub asterisk: Option<Setting<PathBuf>>,
}

impl LampSettings {
    pub(super) fn resolve(from: &Sources<'_>, keys: LampKeys) -> anyhow::Result<Self> {
        let refresh = |text: &str| clap::ValueEnum::from_str(text, true).ok();
        let file = keys.ami_secret_file;
        let secret = from.pick("--ami-secret", None, text, None)?;
        Ok(Self {
            refresh: from.pick("--refresh-mwi", None, refresh, keys.refresh_mwi)?,
            ami: from.pick("--ami", None, text, keys.ami)?,
            user: from.pick("--ami-user", None, text, keys.ami_user)?,
            secret: secret.map(|Setting { value, origin }| Setting {
                value: value.into(),
                origin,
            }),
            secret_file: from.pick("--ami-secret-file", None, path, file)?,
            tls: from.pick("--ami-tls", None, yes, keys.ami_tls)?,
            asterisk: from.pick("--asterisk", None, path, keys.asterisk)?,
        })
    }

    /// The same with a verb's flags over it.
    #[must_use]
    pub fn with(&self, args: &LampArgs) -> Self {
        Self {
            refresh: over(
                "--refresh-mwi",
                args.refresh_mwi.as_ref(),
                self.refresh.as_ref(),
            ),
            asterisk: over("--asterisk", args.asterisk.as_ref(), self.asterisk.as_ref()),
            ..self.with_manager(&args.manager)
        }
    }

    /// The same with the flags about the manager interface over it.
    #[must_use]
    pub fn with_manager(&self, args: &ManagerArgs) -> Self {
        let file = args.ami_secret_file.as_ref();
        Self {
            ami: over("--ami", args.ami.as_ref(), self.ami.as_ref()),
            user: over("--ami-user", args.ami_user.as_ref(), self.user.as_ref()),
            // A flag for a file is not to meet with a variable for the secret itself.
            secret: self.secret.clone().filter(|_| file.is_none()),
            secret_file: over("--ami-secret-file", file, self.secret_file.as_ref()),
            tls: over(
                "--ami-tls",
                args.ami_tls.then_some(&true),
                self.tls.as_ref(),
            ),
            ..self.clone()
        }
    }

    /// How lamps are to be refreshed; `None` where they are to be left.
    #[must_use]
    pub fn wanted(&self) -> Option<Refresh> {
        let refresh = self.refresh.as_ref()?.value;
        (refresh != Refresh::No).then_some(refresh)
    }

    /// Whether the manager interface is to be used, or is at least told of.
    #[must_use]
    pub fn speaks_ami(&self) -> bool {
        self.ami.is_some() || self.user.is_some() || self.wanted() == Some(Refresh::Ami)
    }

    /// The user of the manager interface and its secret.
    ///
    /// # Errors
    /// When one is missing, or the file cannot be read or can be read by everybody.
    pub fn credentials(&self) -> anyhow::Result<(String, SecretString)> {
        let user = self.user.as_ref().context(
            "the manager interface needs a user of manager.conf: give --ami-user, or ami_user in \
             [lamps] of vmimap.toml",
        )?;
        let secret = match (&self.secret, self.secret_file.as_ref()) {
            (Some(secret), _) => secret.value.clone(),
            (None, Some(file)) => secret::read("secret file", &file.value)?,
            (None, None) => bail!(
                "the manager interface needs a secret: give --ami-secret-file, or ami_secret_file in \
                 [lamps] of vmimap.toml, or set VMIMAP_AMI_SECRET"
            ),
        };
        Ok((user.value.clone(), secret))
    }

    /// Name, value and origin of what is set, secrets masked.
    #[must_use]
    pub fn describe(&self) -> Vec<(&'static str, String, String)> {
        fn row<T>(
            name: &'static str,
            setting: Option<&Setting<T>>,
            show: impl Fn(&T) -> String,
        ) -> Option<(&'static str, String, String)> {
            let setting = setting?;
            Some((name, show(&setting.value), setting.origin.to_string()))
        }
        let path = |path: &PathBuf| path.display().to_string();
        let refresh = |how: &Refresh| format!("{how:?}").to_lowercase();
        [
            row("lamps.refresh_mwi", self.refresh.as_ref(), refresh),
            row("lamps.ami", self.ami.as_ref(), Clone::clone),
            row("lamps.ami_user", self.user.as_ref(), Clone::clone),
            row("lamps.ami_secret", self.secret.as_ref(), |_| {
                "********".to_owned()
            }),
            row("lamps.ami_secret_file", self.secret_file.as_ref(), path),
            row("lamps.ami_tls", self.tls.as_ref(), ToString::to_string),
            row("lamps.asterisk", self.asterisk.as_ref(), path),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// A flag's value, or what was there.
fn over<T: Clone>(
    flag: &'static str,
    given: Option<&T>,
    below: Option<&Setting<T>>,
) -> Option<Setting<T>> {
    let given = given.map(|value| Setting {
        value: value.clone(),
        origin: Origin::Flag(flag),
    });
    given.or_else(|| below.cloned())
}
