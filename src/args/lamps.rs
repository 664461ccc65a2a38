//! Flags about the lamps of phones, for verbs that change what Asterisk counts.

// Doc comments of flags are help texts: what would be code in a document is shown as it is typed.
#![allow(clippy::doc_markdown)]

use std::path::PathBuf;

use clap::Args;

/// How Asterisk is made to look again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Refresh {
    /// Tell the manager interface which mailboxes have changed (VoicemailRefresh)
    Ami,
    /// Touch voicemail.conf and run asterisk -rx "voicemail reload", which looks at all mailboxes
    Reload,
    /// Leave the lamps as they are
    No,
}

/// Where the manager interface is, and whom to be there.
#[derive(Debug, Clone, Default, Args)]
pub struct ManagerArgs {
    /// Where Asterisk's manager interface listens: HOST, HOST:PORT or [IPv6 ADDRESS]:PORT
    /// [default: 127.0.0.1:5038; with --ami-tls port 5039] [env: VMIMAP_AMI]
    #[arg(long, value_name = "HOST[:PORT]", help_heading = "Lamps")]
    pub ami: Option<String>,

    /// The user of manager.conf to be there; it needs write = user [env: VMIMAP_AMI_USER]
    #[arg(long, value_name = "USER", help_heading = "Lamps")]
    pub ami_user: Option<String>,

    /// Take its secret from the first line of this file [env: VMIMAP_AMI_SECRET_FILE; the secret
    /// itself: VMIMAP_AMI_SECRET]
    #[arg(long, value_name = "FILE", help_heading = "Lamps")]
    pub ami_secret_file: Option<PathBuf>,

    /// Connect to the manager interface under TLS [env: VMIMAP_AMI_TLS]
    #[arg(long, help_heading = "Lamps")]
    pub ami_tls: bool,
}

/// Whether lamps are refreshed, and how.
#[derive(Debug, Clone, Default, Args)]
pub struct LampArgs {
    /// Have Asterisk set the lamps of the phones whose mailboxes were changed [default: no]
    /// [env: VMIMAP_REFRESH_MWI]
    #[arg(long, value_name = "HOW", value_enum, help_heading = "Lamps")]
    pub refresh_mwi: Option<Refresh>,

    /// The manager interface.
    #[command(flatten)]
    pub manager: ManagerArgs,

    /// The program for --refresh-mwi reload [default: /usr/sbin/asterisk] [env: VMIMAP_ASTERISK]
    #[arg(long, value_name = "PROGRAM", help_heading = "Lamps")]
    pub asterisk: Option<PathBuf>,
}
