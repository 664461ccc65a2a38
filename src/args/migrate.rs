//! `migrate`'s flags about a spool that is in use: following it, and taking back what was deleted in it.

use std::num::NonZeroU64;
use std::time::Duration;

use clap::Args;

use crate::args::messages::Span;
use crate::ops::expunge::plan::MaxDelete;
use crate::ops::migrate::follow::Rhythm;

/// Between two passes unless `--every` says otherwise.
const EVERY: Duration = Duration::from_mins(1);

/// Flags about a spool that is in use.
#[derive(Debug, Clone, Args)]
#[allow(clippy::struct_excessive_bools)] // independent switches
pub struct LiveArgs {
    /// Let messages that are there follow the spool: what was heard, made new or saved to a folder
    /// by phone since it was copied. Only what lies where vmimap put it; what somebody has heard,
    /// marked or moved in IMAP is left as it is
    #[arg(long, help_heading = "A spool in use")]
    pub update: bool,

    /// Copy what comes and follow what changes, pass after pass, until interrupted; implies --update
    #[arg(long, help_heading = "A spool in use", conflicts_with_all = ["dry_run", "no_verify"])]
    pub follow: bool,

    /// With --follow: from the beginning of one pass to that of the next: 30s, 5m [default: 60s]
    #[arg(
        long,
        value_name = "TIME",
        help_heading = "A spool in use",
        requires = "follow"
    )]
    pub every: Option<Span>,

    /// With --follow: stop after so many passes
    #[arg(
        long,
        value_name = "N",
        help_heading = "A spool in use",
        requires = "follow"
    )]
    pub passes: Option<NonZeroU64>,

    /// Send nothing and say what is left to do, and how long it may take; implies --dry-run and --update
    #[arg(long, help_heading = "A spool in use", conflicts_with = "follow")]
    pub readiness: bool,

    /// Copy nothing; remove what earlier runs have put into IMAP and was deleted in the spool since.
    /// Shown and confirmed. Only for a spool that is still in use: never after the switch to IMAP
    #[arg(long, help_heading = "A spool in use", conflicts_with_all = [
        "update", "follow", "readiness", "no_verify", "again", "over_maxmsg", "ignore_quota",
        "format", "folder", "since", "until",
    ])]
    pub prune: bool,

    /// With --prune: refuse to remove more than this: a number of messages, or a percentage of those
    /// looked at in their mailboxes
    #[arg(
        long,
        value_name = "N|N%",
        help_heading = "A spool in use",
        requires = "prune"
    )]
    pub max_delete: Option<MaxDelete>,
}

impl LiveArgs {
    /// Whether copies follow the spool.
    #[must_use]
    pub fn updates(&self) -> bool {
        self.update || self.follow || self.readiness
    }

    /// When passes begin, where there are several.
    #[must_use]
    pub fn rhythm(&self) -> Option<Rhythm> {
        self.follow.then(|| Rhythm {
            every: self.every.map_or(EVERY, |span| Duration::from_secs(span.0)),
            passes: self.passes.map(NonZeroU64::get),
        })
    }
}
