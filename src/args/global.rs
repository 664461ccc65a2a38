//! Flags every verb takes.

// Doc comments of flags are help texts: what would be code in a document is shown as it is typed.
#![allow(clippy::doc_markdown)]

use std::path::PathBuf;

use clap::Args;

use super::login::LoginArgs;
use crate::ui::Color;

/// Flags every verb takes. Each has a `VMIMAP_*` variable and most a key in vmimap.toml: the flag
/// wins over the variable, the variable over the file.
#[derive(Debug, Clone, Default, Args)]
#[allow(clippy::struct_excessive_bools)] // independent switches
pub struct GlobalArgs {
    /// Read this voicemail.conf [default: /etc/asterisk/voicemail.conf] [env: VMIMAP_VOICEMAIL_CONF]
    #[arg(
        long,
        value_name = "FILE",
        global = true,
        help_heading = "Configuration"
    )]
    pub voicemail_conf: Option<PathBuf>,

    /// Read this settings file [default: /etc/vmimap.toml, if it exists] [env: VMIMAP_CONFIG]
    #[arg(
        long,
        value_name = "FILE",
        global = true,
        help_heading = "Configuration"
    )]
    pub config: Option<PathBuf>,

    /// Run the commands that #exec lines of voicemail.conf name, as Asterisk does
    #[arg(long, global = true, help_heading = "Configuration")]
    pub allow_exec: bool,

    /// Keep journals and the lock here [default: $STATE_DIRECTORY, else /var/lib/vmimap for root,
    /// else the user's state folder] [env: VMIMAP_STATE_DIR]
    #[arg(
        long,
        value_name = "DIR",
        global = true,
        help_heading = "Configuration"
    )]
    pub state_dir: Option<PathBuf>,

    /// Ask this server instead of imapserver [env: VMIMAP_SERVER]
    #[arg(long, value_name = "HOST", global = true, help_heading = "Server")]
    pub server: Option<String>,

    /// Use this port instead of imapport [env: VMIMAP_PORT]
    #[arg(long, value_name = "N", global = true, help_heading = "Server")]
    pub port: Option<u16>,

    /// Use these c-client flags instead of imapflags, joined with "/" [env: VMIMAP_IMAPFLAGS]
    #[arg(long, value_name = "FLAGS", global = true, help_heading = "Server")]
    pub imapflags: Option<String>,

    /// Log in as this master user instead of authuser [env: VMIMAP_AUTH_USER]
    #[arg(long, value_name = "USER", global = true, help_heading = "Server")]
    pub auth_user: Option<String>,

    /// Take the password for every login from the first line of this file [env:
    /// VMIMAP_PASSWORD_FILE; the password itself: VMIMAP_PASSWORD]
    #[arg(
        long,
        value_name = "FILE",
        global = true,
        help_heading = "Server",
        conflicts_with_all = ["password_command", "ask_password"]
    )]
    pub password_file: Option<PathBuf>,

    /// Take the password for every login from what this command prints; run once, with the shell
    /// [env: VMIMAP_PASSWORD_COMMAND]
    #[arg(
        long,
        value_name = "COMMAND",
        global = true,
        help_heading = "Server",
        conflicts_with = "ask_password"
    )]
    pub password_command: Option<String>,

    /// Ask for the password for every login on the terminal
    #[arg(long, global = true, help_heading = "Server")]
    pub ask_password: bool,

    /// How to log in.
    #[command(flatten)]
    pub login: LoginArgs,

    /// Trust the certificates in this PEM file as well [env: VMIMAP_TLS_CA]
    #[arg(long, value_name = "FILE", global = true, help_heading = "Server")]
    pub tls_ca: Option<PathBuf>,

    /// Accept any certificate, as imapflags=novalidate-cert does [env: VMIMAP_TLS_INSECURE]
    #[arg(long, global = true, help_heading = "Server")]
    pub tls_insecure: bool,

    /// Send passwords over unencrypted connections to other hosts [env: VMIMAP_ALLOW_PLAINTEXT]
    #[arg(long, global = true, help_heading = "Server")]
    pub allow_plaintext: bool,

    /// Give up on a silent server after this many seconds [default: imapreadtimeout and its
    /// kin, 60] [env: VMIMAP_TIMEOUT]
    #[arg(long, value_name = "SECONDS", global = true, help_heading = "Server",
          value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: Option<u64>,

    /// Work on this many accounts at once, one connection each [default: 4] [env: VMIMAP_JOBS]
    #[arg(short, long, value_name = "N", global = true, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub jobs: Option<u16>,

    /// Append what goes to stderr to this file as well, with time and level, and when runs begin
    /// and end [env: VMIMAP_LOG_FILE]
    #[arg(long, value_name = "FILE", global = true, help_heading = "Output")]
    pub log_file: Option<PathBuf>,

    /// Write the numbers of this run, and when one last succeeded, to this file for Prometheus'
    /// textfile collector; not in a dry run [env: VMIMAP_METRICS_FILE]
    #[arg(long, value_name = "FILE", global = true, help_heading = "Output")]
    pub metrics_file: Option<PathBuf>,

    /// Print JSON lines instead of text (docs/json.md)
    #[arg(long, global = true, help_heading = "Output")]
    pub json: bool,

    /// Print errors and what was asked for, and nothing besides: no plan, no progress, no remarks
    #[arg(
        short,
        long,
        global = true,
        help_heading = "Output",
        conflicts_with = "verbose"
    )]
    pub quiet: bool,

    /// Print every message and every remark
    #[arg(short, long, global = true, help_heading = "Output", action = clap::ArgAction::Count)]
    pub verbose: u8,

    /// Colour the output [default: auto] [env: VMIMAP_COLOR]
    #[arg(long, value_name = "WHEN", global = true, help_heading = "Output")]
    pub color: Option<Color>,
}
