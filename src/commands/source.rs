//! What the verbs that look into a spool have in common: its boxes, and how its messages are read.

use std::io;
use std::path::Path;

use anyhow::bail;

use crate::args::source::{OldAs, SourceArgs};
use crate::commands::tenant::Tenant;
use crate::ops::migrate::Options;
use crate::ops::migrate::greetings::Wish;
use crate::ops::select::did_you_mean;
use crate::spool::{self, ScanOptions, Spool, SpoolError};
use crate::voicemail::audio::AudioFormat;
use crate::voicemail::vmbox::VoicemailBox;

/// The selected ones of a spool's boxes.
///
/// # Errors
/// When a pattern matches no box that is known.
pub fn boxes(tenant: &Tenant, boxes: Vec<VoicemailBox>) -> anyhow::Result<Vec<VoicemailBox>> {
    let (selection, conf) = (&tenant.selection, &tenant.conf);
    let configured = conf.mailboxes.iter().map(|mailbox| &mailbox.vmbox);
    let known: Vec<&VoicemailBox> = configured.chain(&boxes).collect();
    if let Some(pattern) = selection.idle_pattern(&known) {
        bail!(
            "no voicemail box matches {pattern}, neither in voicemail.conf nor in the spool{}",
            did_you_mean(pattern, &known)
        );
    }
    tenant.refuse_idle_exclusion(&known)?;
    Ok(boxes
        .into_iter()
        .filter(|vmbox| selection.takes_box(vmbox))
        .collect())
}

/// The spool that was named.
///
/// # Errors
/// Where it cannot be used; a mailbox in its place is told from a directory that is missing.
pub fn open(dir: &Path) -> anyhow::Result<Spool> {
    Spool::open(dir).map_err(|error| {
        let mailbox = !dir.exists() && dir.to_string_lossy().contains('@');
        let error = anyhow::Error::new(error);
        if mailbox {
            error.context("the spool's directory comes first, then mailboxes")
        } else {
            error
        }
    })
}

/// The spool that was named, which has to be there, or the usual one where it is.
///
/// # Errors
/// Where it cannot be used.
pub fn usual(named: Option<&Path>) -> anyhow::Result<Option<Spool>> {
    match Spool::open(named.unwrap_or(Path::new(spool::USUAL))) {
        Ok(spool) => Ok(Some(spool)),
        Err(SpoolError::Root { source, .. })
            if named.is_none() && source.kind() == io::ErrorKind::NotFound =>
        {
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// How messages are read and where they belong; nothing is sent or written with these.
#[must_use]
pub fn options(args: &SourceArgs, tenant: &Tenant) -> Options {
    Options {
        selection: tenant.selection.clone(),
        dry_run: true,
        verify: false,
        over_maxmsg: false,
        ignore_quota: false,
        again: false,
        old_as_folder: args.old_as == OldAs::Folder,
        formats: if args.format.is_empty() {
            let formats = tenant.conf.formats().iter();
            formats
                .filter_map(|name| AudioFormat::from_option(name))
                .collect()
        } else {
            args.format.clone()
        },
        update: false,
        greetings: Wish::default(),
        jobs: tenant.jobs,
        hostname: rustix::system::uname()
            .nodename()
            .to_string_lossy()
            .into_owned(),
        scan: ScanOptions::default(),
        overrides: tenant.overrides.clone(),
    }
}
