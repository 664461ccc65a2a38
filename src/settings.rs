//! From what was typed to what is meant: flags, then `VMIMAP_*` variables, then vmimap.toml, then
//! defaults; and each value remembers where it came from.

mod command;
pub mod lamps;
mod login;
mod password;
mod secret;
pub mod state_dir;
mod token_command;

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use serde::Deserialize;

pub use command::Stopped;
use lamps::{LampKeys, LampSettings};
use login::LoginKeys;
pub use login::LoginSettings;
use password::PasswordKeys;
pub use password::PasswordSource;
pub use secret::UnusableSecret;

use crate::args::expire::RuleTable;
use crate::args::global::GlobalArgs;
use crate::mailstore::user_format::UserFormat;
use crate::ui::Color;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A flag on the command line.
    Flag(&'static str),
    /// An environment variable.
    Env(String),
    /// A key in the settings file.
    File(PathBuf),
    /// Built in.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => f.write_str(name),
            Self::Env(name) => write!(f, "${name}"),
            Self::File(path) => path.display().fmt(f),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A value and where it came from.
#[derive(Debug, Clone)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub origin: Origin,
}

/// vmimap.toml. Unknown keys are refused: a misspelt one would otherwise be silently without effect.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileSettings {
    voicemail_conf: Option<PathBuf>,
    state_dir: Option<PathBuf>,
    server: Option<String>,
    port: Option<u16>,
    imapflags: Option<String>,
    auth_user: Option<String>,
    user_format: Option<UserFormat>,
    password_file: Option<PathBuf>,
    password_command: Option<String>,
    auth: Option<String>,
    token_file: Option<PathBuf>,
    token_command: Option<String>,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    tls_ca: Option<PathBuf>,
    tls_insecure: Option<bool>,
    allow_plaintext: Option<bool>,
    timeout: Option<u64>,
    jobs: Option<u16>,
    color: Option<Color>,
    log_file: Option<PathBuf>,
    trash: Option<String>,
    #[serde(default)]
    lamps: LampKeys,
    #[serde(default)]
    hold: Vec<String>,
    #[serde(default)]
    expire: Vec<RuleTable>,
}

/// Everything the verbs need to know besides their own flags.
#[derive(Debug)]
pub struct Settings {
    /// Where voicemail.conf is.
    pub voicemail_conf: Setting<PathBuf>,
    /// Where journals and the lock are kept.
    pub state_dir: Setting<PathBuf>,
    /// Overrides `imapserver`.
    pub server: Option<Setting<String>>,
    /// Overrides `imapport`.
    pub port: Option<Setting<u16>>,
    /// Overrides `imapflags`.
    pub imapflags: Option<Setting<String>>,
    /// Overrides `authuser`.
    pub auth_user: Option<Setting<String>>,
    /// How a master user's login names both users.
    pub user_format: Option<Setting<UserFormat>>,
    /// Overrides every password.
    pub password: Option<Setting<PasswordSource>>,
    /// How to log in.
    pub login: LoginSettings,
    /// A PEM file with further certificates to trust.
    pub tls_ca: Option<Setting<PathBuf>>,
    /// Whether any certificate will do.
    pub tls_insecure: Setting<bool>,
    /// Whether passwords may go to other hosts unencrypted.
    pub allow_plaintext: Setting<bool>,
    /// Overrides the four `imap...timeout` options, seconds.
    pub timeout: Option<Setting<u64>>,
    /// Accounts worked on at once.
    pub jobs: Setting<u16>,
    /// When to colour.
    pub color: Setting<Color>,
    /// Where what goes to stderr is noted as well.
    pub log_file: Option<Setting<PathBuf>>,
    /// Where the numbers of the run are written. One file a verb, so not a key of vmimap.toml.
    pub metrics_file: Option<Setting<PathBuf>>,
    /// The folder that `--purge-trash` removes from.
    pub trash: Option<Setting<String>>,
    /// Whether and how lamps are refreshed.
    pub lamps: LampSettings,
    /// Boxes of which nothing ever expires, as patterns.
    pub hold: Vec<String>,
    /// What expires.
    pub expire: Vec<RuleTable>,
    /// Whether `#exec` lines are run.
    pub allow_exec: bool,
    /// Whether every remark is wanted, also about waiting for a server.
    pub verbose: bool,
    /// Whether nothing but errors is to be told.
    pub quiet: bool,
}

const DEFAULT_CONFIG: &str = "/etc/vmimap.toml";
const DEFAULT_VOICEMAIL_CONF: &str = "/etc/asterisk/voicemail.conf";
const DEFAULT_JOBS: u16 = 4;
/// The longest settings file that is read, in octets.
const MAX_FILE: u64 = 1 << 20;

/// A setting that may be missing.
trait OrDefault<T> {
    fn or_default(self, default: impl FnOnce() -> T) -> Setting<T>;
}

impl<T> OrDefault<T> for Option<Setting<T>> {
    fn or_default(self, default: impl FnOnce() -> T) -> Setting<T> {
        self.unwrap_or_else(|| Setting {
            value: default(),
            origin: Origin::Default,
        })
    }
}

/// Picks the first of flag, variable, file.
struct Sources<'a> {
    path: &'a Path,
}

impl Sources<'_> {
    /// `--state-dir` is also `$VMIMAP_STATE_DIR`; an empty variable counts as unset.
    fn pick<T: Clone>(
        &self,
        flag: &'static str,
        given: Option<&T>,
        parse: fn(&str) -> Option<T>,
        file: Option<T>,
    ) -> anyhow::Result<Option<Setting<T>>> {
        if let Some(value) = given {
            return Ok(Some(Setting {
                value: value.clone(),
                origin: Origin::Flag(flag),
            }));
        }
        let variable = format!("VMIMAP{}", flag[1..].replace('-', "_").to_uppercase());
        if let Some(text) = filled(&variable) {
            let value = text.to_str().and_then(parse);
            let value = value.with_context(|| format!("${variable} has no valid value"))?;
            return Ok(Some(Setting {
                value,
                origin: Origin::Env(variable),
            }));
        }
        Ok(file.map(|value| Setting {
            value,
            origin: Origin::File(self.path.to_owned()),
        }))
    }
}

/// A variable; an empty one counts as unset.
fn filled(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

#[allow(clippy::unnecessary_wraps)] // one of several parsers
fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[allow(clippy::unnecessary_wraps)] // one of several parsers
fn path(text: &str) -> Option<PathBuf> {
    Some(PathBuf::from(text))
}

fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

fn color(text: &str) -> Option<Color> {
    clap::ValueEnum::from_str(text, true).ok()
}

fn yes(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "yes" | "true" | "on" => Some(true),
        "0" | "no" | "false" | "off" => Some(false),
        _ => None,
    }
}

fn read_file(given: Option<&Path>) -> anyhow::Result<(PathBuf, FileSettings)> {
    let path = given.unwrap_or(Path::new(DEFAULT_CONFIG));
    let mut text = String::new();
    match File::open(path).and_then(|file| file.take(MAX_FILE + 1).read_to_string(&mut text)) {
        // What is cut off may be a hold.
        Ok(_) if text.len() as u64 > MAX_FILE => {
            bail!("{} is longer than {MAX_FILE} octets", path.display())
        }
        Ok(_) => {}
        Err(error) if given.is_none() && error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| format!("read {}", path.display())),
    }
    let settings = toml::from_str(&text).map_err(|error| misread(path, &text, &error))?;
    Ok((path.to_owned(), settings))
}

/// Where a settings file is wrong, and how: the line's number and its key, but not the line itself,
/// which may be a secret.
fn misread(path: &Path, text: &str, error: &toml::de::Error) -> anyhow::Error {
    let before = error.span().and_then(|span| text.get(..span.start));
    let line = before.map_or(0, |before| before.matches('\n').count());
    let message = error.message().trim();
    let key = text.lines().nth(line).and_then(|text| text.split_once('='));
    let key = key.map(|(key, _)| key.trim()).filter(|key| {
        let bare = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
        !key.is_empty() && key.chars().all(bare) && !message.contains(key)
    });
    let key = key.map_or(String::new(), |key| format!("{key}: "));
    // Two files, two options, and one of them is called --config.
    let other = text.lines().any(|line| line.trim() == "[general]");
    let other = if other {
        "; a voicemail.conf is named with --voicemail-conf"
    } else {
        ""
    };
    anyhow!(
        "understand {}:{}: {key}{message}{other}",
        path.display(),
        line + 1
    )
}

impl Settings {
    /// Puts flags, variables, file and defaults together.
    pub fn resolve(args: &GlobalArgs) -> anyhow::Result<Self> {
        let given = args
            .config
            .clone()
            .or_else(|| filled("VMIMAP_CONFIG").map(PathBuf::from));
        let (file_path, file) = read_file(given.as_deref())?;
        let from = Sources { path: &file_path };
        let flag = |set: bool| set.then_some(&true);
        Self {
            password: PasswordSource::resolve(
                &from,
                args,
                PasswordKeys {
                    file: file.password_file,
                    command: file.password_command,
                },
            )?,
            login: LoginSettings::resolve(
                &from,
                &args.login,
                LoginKeys {
                    auth: file.auth,
                    token_file: file.token_file,
                    token_command: file.token_command,
                    tls_cert: file.tls_cert,
                    tls_key: file.tls_key,
                },
            )?,
            voicemail_conf: from
                .pick(
                    "--voicemail-conf",
                    args.voicemail_conf.as_ref(),
                    path,
                    file.voicemail_conf,
                )?
                .or_default(|| PathBuf::from(DEFAULT_VOICEMAIL_CONF)),
            state_dir: from
                .pick("--state-dir", args.state_dir.as_ref(), path, file.state_dir)?
                .or_default(state_dir::default),
            server: from.pick("--server", args.server.as_ref(), text, file.server)?,
            port: from.pick("--port", args.port.as_ref(), number, file.port)?,
            imapflags: from.pick("--imapflags", args.imapflags.as_ref(), text, file.imapflags)?,
            auth_user: from.pick("--auth-user", args.auth_user.as_ref(), text, file.auth_user)?,
            user_format: from.pick(
                "--user-format",
                args.login.user_format.as_ref(),
                |text| text.parse().ok(),
                file.user_format,
            )?,
            tls_ca: from.pick("--tls-ca", args.tls_ca.as_ref(), path, file.tls_ca)?,
            tls_insecure: from
                .pick(
                    "--tls-insecure",
                    flag(args.tls_insecure),
                    yes,
                    file.tls_insecure,
                )?
                .or_default(|| false),
            allow_plaintext: from
                .pick(
                    "--allow-plaintext",
                    flag(args.allow_plaintext),
                    yes,
                    file.allow_plaintext,
                )?
                .or_default(|| false),
            timeout: from.pick("--timeout", args.timeout.as_ref(), number, file.timeout)?,
            jobs: from
                .pick("--jobs", args.jobs.as_ref(), number, file.jobs)?
                .or_default(|| DEFAULT_JOBS),
            color: from
                .pick("--color", args.color.as_ref(), color, file.color)?
                .or_default(|| Color::Auto),
            log_file: from.pick("--log-file", args.log_file.as_ref(), path, file.log_file)?,
            metrics_file: from.pick("--metrics-file", args.metrics_file.as_ref(), path, None)?,
            trash: from.pick("--trash", None, text, file.trash)?,
            lamps: LampSettings::resolve(&from, file.lamps)?,
            hold: file.hold,
            expire: file.expire,
            allow_exec: args.allow_exec,
            verbose: args.verbose > 0,
            quiet: args.quiet,
        }
        .checked()
    }

    /// Refuses numbers that a flag would not have let through.
    fn checked(self) -> anyhow::Result<Self> {
        if !(1..=256).contains(&self.jobs.value) {
            bail!(
                "jobs must be 1 to 256 ({}, from {})",
                self.jobs.value,
                self.jobs.origin
            );
        }
        if let Some(timeout) = &self.timeout
            && !(1..=86_400).contains(&timeout.value)
        {
            bail!(
                "timeout must be 1 to 86400 s ({}, from {})",
                timeout.value,
                timeout.origin
            );
        }
        Ok(self)
    }
}
