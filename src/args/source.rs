//! Flags that say what becomes of a spool's message in IMAP: which recording, and where to.

use clap::Args;

use crate::voicemail::audio::AudioFormat;

/// Flags that say what becomes of a spool's message in IMAP.
#[derive(Debug, Clone, Args)]
pub struct SourceArgs {
    /// Take this recording format where there are several, best first (can be repeated)
    /// [default: format= of voicemail.conf]
    #[arg(long, value_name = "FORMAT", value_parser = format)]
    pub format: Vec<AudioFormat>,

    /// Where heard messages go: "seen" is imapfolder with \Seen, where the phone finds them;
    /// "folder" is a folder called Old, which the phone never opens
    #[arg(long, value_name = "HOW", value_enum, default_value = "seen")]
    pub old_as: OldAs,
}

/// Where heard messages go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum OldAs {
    /// imapfolder, with \Seen
    Seen,
    /// A folder called Old
    Folder,
}

fn format(text: &str) -> Result<AudioFormat, String> {
    AudioFormat::from_option(text).ok_or_else(|| {
        "no format Asterisk records voicemail in, such as wav49, gsm, wav".to_owned()
    })
}
