//! Flags that choose how to log in.

// Doc comments of flags are help texts: what would be code in a document is shown as it is typed.
#![allow(clippy::doc_markdown)]

use std::path::PathBuf;

use clap::Args;

use crate::mailstore::mechanism::Mechanism;
use crate::mailstore::user_format::UserFormat;

/// Flags that choose how to log in (docs/logins.md).
#[derive(Debug, Clone, Default, Args)]
pub struct LoginArgs {
    /// Log in this way only: GSSAPI, EXTERNAL, OAUTHBEARER, XOAUTH2, SCRAM-SHA-256, SCRAM-SHA-1,
    /// CRAM-MD5, PLAIN, SASL-LOGIN or LOGIN [default: the strongest that the server offers]
    /// [env: VMIMAP_AUTH]
    #[arg(long, value_name = "MECHANISM", global = true, help_heading = "Server")]
    pub auth: Option<Mechanism>,

    /// How a login names both users where a master user logs in, for servers that want them in one
    /// name: {user}*{auth_user} [default: two names, as SASL has them] [env: VMIMAP_USER_FORMAT]
    #[arg(long, value_name = "FORMAT", global = true, help_heading = "Server")]
    pub user_format: Option<UserFormat>,

    /// Log in with the bearer token in the first line of this file, read anew for each login [env:
    /// VMIMAP_TOKEN_FILE]
    #[arg(
        long,
        value_name = "FILE",
        global = true,
        help_heading = "Server",
        conflicts_with = "token_command"
    )]
    pub token_file: Option<PathBuf>,

    /// Log in with the bearer token that this command prints; $VMIMAP_USER is the mailbox's user
    /// [env: VMIMAP_TOKEN_COMMAND]
    #[arg(long, value_name = "COMMAND", global = true, help_heading = "Server")]
    pub token_command: Option<String>,

    /// Show the server this client certificate, a PEM file [env: VMIMAP_TLS_CERT]
    #[arg(long, value_name = "FILE", global = true, help_heading = "Server")]
    pub tls_cert: Option<PathBuf>,

    /// The client certificate's key, a PEM file that nobody else can read [env: VMIMAP_TLS_KEY]
    #[arg(long, value_name = "FILE", global = true, help_heading = "Server")]
    pub tls_key: Option<PathBuf>,
}
