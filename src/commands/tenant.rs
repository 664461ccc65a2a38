//! What every verb over the mailboxes of voicemail.conf begins and ends with: configuration,
//! selection, signals, and the way from failures to an exit status.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};

use crate::args::select::SelectArgs;
use crate::commands::password;
use crate::exit::Exit;
use crate::ops::account::Overrides;
use crate::ops::backoff::{Tell, Waiting};
use crate::ops::failures::Failures;
use crate::ops::lock::{Lock, LockError};
use crate::ops::select::{PatternError, Selection, did_you_mean};
use crate::ops::shard::Part;
use crate::ops::stop::Stop;
use crate::settings::{PasswordSource, Setting, Settings, UnusableSecret};
use crate::ui;
use crate::voicemail::conf::{self, ConfError, LoadOptions, VoicemailConf};
use crate::voicemail::notice::Notice;
use crate::voicemail::vmbox::VoicemailBox;

/// The phone system as voicemail.conf describes it, and what of it was asked for.
pub struct Tenant {
    /// voicemail.conf.
    pub conf: VoicemailConf,
    /// What was chosen.
    pub selection: Selection,
    /// What overrides voicemail.conf.
    pub overrides: Overrides,
    /// Accounts at once.
    pub jobs: usize,
    /// Whether to stop; set by SIGINT and SIGTERM.
    pub stop: Stop,
}

impl Tenant {
    /// Reads voicemail.conf and the selection, and begins to listen for signals.
    ///
    /// # Errors
    /// What cannot be read or understood; [`Interrupted`] where somebody did not wait for the password
    /// command.
    pub fn load(
        settings: &Settings,
        select: &SelectArgs,
        positional: &[String],
    ) -> anyhow::Result<Self> {
        let mut tenant = Self::load_for_doctor(settings, select, positional)?;
        let given = &tenant.overrides;
        if given.password.is_some() || given.missing.is_some() || given.need_no_password() {
            let lacks = |notice: &Notice| notice.code == conf::NO_PASSWORD.code;
            tenant.conf.notices.retain(|notice| !lacks(notice));
        }
        Ok(tenant)
    }

    /// The same, and where voicemail.conf has no password that is remarked on although one was given:
    /// vmimap can log in then, but Asterisk cannot.
    ///
    /// # Errors
    /// As [`Tenant::load`].
    pub fn load_for_doctor(
        settings: &Settings,
        select: &SelectArgs,
        positional: &[String],
    ) -> anyhow::Result<Self> {
        let mut selection = select.selection(positional)?;
        let conf = load_conf(settings)?;
        selection.part = select.shard.map(|shard| Part::new(shard, &conf));
        let stop = Stop::default();
        let mut overrides = overrides(settings, &stop);
        // An interrupt ends a question while nobody listens, and a command because somebody does.
        let source = settings.password.as_ref().map(|source| &source.value);
        let runs = matches!(source, Some(PasswordSource::Command(_)));
        if runs {
            listen(&stop)?;
        }
        let fetched = password::fetch(settings, &conf, &selection, &mut overrides, &stop);
        if let Some(signal) = stop.signal() {
            bail!(Interrupted(signal));
        }
        fetched?;
        if !runs {
            listen(&stop)?;
        }
        Ok(Self {
            conf,
            selection,
            overrides,
            jobs: settings.jobs.value.into(),
            stop,
        })
    }

    /// The selected mailboxes of voicemail.conf that Asterisk's IMAP build sees, in its order. A part
    /// of a small voicemail.conf (`--shard`) may hold none.
    ///
    /// # Errors
    /// When a pattern matches no mailbox, or there is none at all.
    pub fn boxes(&self) -> anyhow::Result<Vec<VoicemailBox>> {
        let known: Vec<&VoicemailBox> = self.conf.mailboxes.iter().map(|one| &one.vmbox).collect();
        if let Some(pattern) = self.selection.idle_pattern(&known) {
            bail!(
                "no mailbox of voicemail.conf matches {pattern}{}",
                did_you_mean(pattern, &known)
            );
        }
        self.refuse_idle_exclusion(&[])?;
        let chosen: Vec<_> = self
            .conf
            .mailboxes
            .iter()
            .filter(|one| self.selection.takes_box(&one.vmbox))
            .collect();
        if chosen.is_empty() && self.selection.part.is_none() {
            bail!("voicemail.conf has no mailbox, or all of them are excluded");
        }
        let seen: Vec<VoicemailBox> = chosen
            .iter()
            .filter(|one| self.conf.seen_by_imap_build(one))
            .map(|one| one.vmbox.clone())
            .collect();
        let part_without = self.selection.part.is_some()
            && self
                .conf
                .mailboxes
                .iter()
                .any(|one| self.conf.seen_by_imap_build(one));
        if seen.is_empty() && part_without {
            return Ok(seen);
        }
        if seen.is_empty() {
            bail!(
                "none of {} mailboxes has an imap option (imapuser=...), so Asterisk's IMAP build \
                 ignores them all",
                chosen.len()
            );
        }
        Ok(seen)
    }

    /// Refuses an exclusion that matches neither a mailbox of voicemail.conf nor one of these.
    ///
    /// # Errors
    /// Which it is.
    pub fn refuse_idle_exclusion(&self, others: &[&VoicemailBox]) -> anyhow::Result<()> {
        let configured = self.conf.mailboxes.iter().map(|one| &one.vmbox);
        let known: Vec<&VoicemailBox> = configured.chain(others.iter().copied()).collect();
        match self.selection.idle_exclusion(&known) {
            Some(pattern) => bail!(
                "no mailbox matches --exclude {pattern}{}",
                did_you_mean(pattern, &known)
            ),
            None => Ok(()),
        }
    }

    /// How many of the selected mailboxes Asterisk's IMAP build ignores, having no imap option.
    #[must_use]
    pub fn ignored(&self) -> u64 {
        let ignored = self.conf.mailboxes.iter().filter(|one| {
            self.selection.takes_box(&one.vmbox) && !self.conf.seen_by_imap_build(one)
        });
        ignored.count() as u64
    }
}

fn overrides(settings: &Settings, stop: &Stop) -> Overrides {
    let tell = settings.verbose.then(|| Arc::new(ui::aside) as Tell);
    // To whoever looks on: a job of every night says nothing that its administrator has decided.
    let told = settings.verbose || ui::somebody_looks() && !settings.quiet;
    let warn = told.then(|| Arc::new(ui::aside_warning) as Tell);
    let text =
        |setting: &Option<Setting<String>>| setting.as_ref().map(|setting| setting.value.clone());
    Overrides {
        server: text(&settings.server),
        port: settings.port.as_ref().map(|port| port.value),
        imapflags: text(&settings.imapflags),
        auth_user: text(&settings.auth_user),
        user_format: settings
            .user_format
            .as_ref()
            .map(|format| format.value.clone()),
        password: None,
        missing: None,
        auth: settings.login.auth.as_ref().map(|auth| auth.value),
        token: settings.login.token(password::stopped(stop)),
        identity: settings.login.identity(),
        tls_ca: settings.tls_ca.as_ref().map(|path| path.value.clone()),
        tls_insecure: settings.tls_insecure.value,
        allow_plaintext: settings.allow_plaintext.value,
        timeout: settings
            .timeout
            .as_ref()
            .map(|seconds| Duration::from_secs(seconds.value)),
        waiting: Waiting::new(stop.clone(), tell).warning(warn),
    }
}

/// Lets SIGINT and SIGTERM finish what is in flight; a second one ends the program at once, which
/// the next run copes with as well.
///
/// # Errors
/// The system's.
pub(super) fn listen(stop: &Stop) -> anyhow::Result<()> {
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        let number = usize::try_from(signal)?;
        let listened = signal_hook::flag::register_conditional_default(signal, stop.armed())
            .and_then(|_| signal_hook::flag::register(signal, stop.armed()))
            .and_then(|_| signal_hook::flag::register_usize(signal, stop.cell(), number));
        listened.context("listen for signals")?;
    }
    Ok(())
}

/// Takes the lock of a state directory.
///
/// # Errors
/// Who else holds it, which ends with 75 ([`failed`]); what the system says.
pub fn lock(state_dir: &Path) -> anyhow::Result<Lock> {
    match Lock::take(state_dir) {
        Err(error @ LockError::Held { .. }) => Err(error.into()),
        taken => taken.context("use the state directory (--state-dir chooses another)"),
    }
}

/// An id that sorts by time and does not repeat: `20261124T031500Z-1a2b`.
#[must_use]
pub fn run_id() -> String {
    let now = jiff::Timestamp::now();
    let second = now.strftime("%Y%m%dT%H%M%SZ");
    format!(
        "{second}-{:04x}",
        (u64::from(std::process::id()) ^ u64::from(now.subsec_nanosecond().unsigned_abs()))
            & 0xffff
    )
}

/// Reads the voicemail.conf in force.
///
/// # Errors
/// Why it cannot be used; where there is none, with the flag that names another.
pub fn load_conf(settings: &Settings) -> anyhow::Result<VoicemailConf> {
    let load = LoadOptions {
        allow_exec: settings.allow_exec,
        ..LoadOptions::default()
    };
    let path = &settings.voicemail_conf.value;
    conf::load(path, &load).map_err(|error| match &error {
        ConfError::Unreadable { path: file, source }
            if file == path && source.kind() == io::ErrorKind::NotFound =>
        {
            anyhow::Error::new(error).context("no voicemail.conf (--voicemail-conf names another)")
        }
        _ => error.into(),
    })
}

/// What was typed or set makes no sense together; nothing was begun.
#[derive(Debug)]
pub struct NotUnderstood(pub String);

impl fmt::Display for NotUnderstood {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotUnderstood {}

/// A signal ended the password command, and the run with it, before anything was begun.
#[derive(Debug)]
pub struct Interrupted(pub u8);

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("interrupted; the password command was ended, and nothing was begun")
    }
}

impl std::error::Error for Interrupted {}

/// The status of a run that ended with an error: was something not understood, was it another's turn,
/// or did it fail?
#[must_use]
pub fn failed(error: &anyhow::Error) -> Exit {
    if let Some(Interrupted(signal)) = error.downcast_ref() {
        return Exit::Interrupted(*signal);
    }
    if let Some(LockError::Held { .. }) = error.downcast_ref() {
        return Exit::Busy;
    }
    let pattern = error.downcast_ref::<PatternError>().is_some();
    let said = error.downcast_ref::<NotUnderstood>().is_some();
    let secret = error.downcast_ref::<UnusableSecret>().is_some();
    let conf = error.downcast_ref::<ConfError>();
    let conf = conf.is_some_and(|conf| !matches!(conf, ConfError::Unreadable { .. }));
    if said || pattern || secret || conf {
        Exit::Usage
    } else {
        Exit::Failed
    }
}

/// The status of a run that is not complete.
#[must_use]
pub fn incomplete(failures: &Failures, interrupted: Option<u8>) -> Exit {
    if let Some(signal) = interrupted {
        return Exit::Interrupted(signal);
    }
    // The special numbers mean that nothing else happened: not one account was reached.
    if failures.reached > 0 || failures.other > 0 {
        Exit::Incomplete
    } else if failures.login > 0 && failures.connect == 0 {
        Exit::LoginRefused
    } else if failures.connect > 0 && failures.login == 0 {
        Exit::CannotConnect
    } else {
        Exit::Incomplete
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_and_eleven_mean_that_no_account_was_reached() {
        let of = |reached, connect, login, other| {
            incomplete(
                &Failures {
                    reached,
                    connect,
                    login,
                    other,
                },
                None,
            )
        };
        assert_eq!(of(0, 2, 0, 0), Exit::CannotConnect);
        assert_eq!(of(0, 0, 2, 0), Exit::LoginRefused);
        for mixed in [
            of(1, 2, 0, 0),
            of(0, 1, 1, 0),
            of(0, 0, 1, 1),
            of(1, 0, 0, 0),
        ] {
            assert_eq!(mixed, Exit::Incomplete);
        }
        assert_eq!(
            incomplete(&Failures::default(), Some(15)),
            Exit::Interrupted(15)
        );
    }
}
