//! The password for a run: fetched from where the settings say, or asked for on the terminal where one
//! is missing and somebody sits there.
//!
//! Asks only where one password will do: a master user's, or that of the only user who lacks one.
//! Where several lack one each fails by itself, with the ways to give one in its error.

use anyhow::bail;
use secrecy::{ExposeSecret as _, SecretString};

use crate::ops::account::Overrides;
use crate::ops::select::Selection;
use crate::ops::stop::Stop;
use crate::settings::{Settings, Stopped, UnusableSecret};
use crate::ui::prompt;
use crate::voicemail::conf::VoicemailConf;

/// The ways to give a password, for errors.
const WAYS: &str = "give it with --password-file, --password-command, $VMIMAP_PASSWORD or a systemd \
                    credential (vmimap-password), or run vmimap at a terminal";

/// Puts the password of this run into `overrides`.
///
/// # Errors
/// A source that cannot be used; a master user without a password, and nobody to ask.
pub fn fetch(
    settings: &Settings,
    conf: &VoicemailConf,
    selection: &Selection,
    overrides: &mut Overrides,
    stop: &Stop,
) -> anyhow::Result<()> {
    if let Some(source) = &settings.password {
        let whose = overrides.auth_user.as_deref();
        let ask = || ask(whose.unwrap_or("every login"));
        let password = source.value.fetch(ask, &*stopped(stop))?;
        overrides.password = Some(password);
        return Ok(());
    }
    if overrides.need_no_password() {
        return Ok(());
    }
    if let Some(master) = &overrides.auth_user
        && conf.general.authuser.value != *master
    {
        // The passwords of voicemail.conf are other people's.
        overrides.password = Some(ask(master)?);
    } else if prompt::can_ask()
        && let Some(user) = lacking(conf, selection)
    {
        overrides.missing = Some(ask(&user)?);
    }
    Ok(())
}

/// Tells a command that it is to end.
pub(super) fn stopped(stop: &Stop) -> Box<Stopped> {
    let stop = stop.clone();
    Box::new(move || stop.asked())
}

/// Asks for the password of `whose`.
///
/// # Errors
/// `UnusableSecret` where nobody is there to be asked, or says nothing.
pub fn ask(whose: &str) -> anyhow::Result<SecretString> {
    if !prompt::can_ask() {
        bail!(UnusableSecret::new(format!(
            "no password is known for {whose}: {WAYS}"
        )));
    }
    let password = prompt::password(&format!("Password for {whose}"))?;
    if password.expose_secret().is_empty() {
        bail!(UnusableSecret::new(format!(
            "no password was given for {whose}"
        )));
    }
    Ok(password)
}

/// Who logs in without a password that is known, where that is one user for all of the selection.
fn lacking(conf: &VoicemailConf, selection: &Selection) -> Option<String> {
    let chosen = conf.mailboxes.iter();
    let chosen = chosen.filter(|one| selection.takes_box(&one.vmbox));
    let mut lacking = chosen
        .filter(|one| conf.seen_by_imap_build(one))
        .map(|one| conf.account(one))
        .filter(|account| account.password.is_none())
        .filter_map(|account| {
            let user = account.user().ok()?.to_owned();
            Some(account.auth_user.unwrap_or(user))
        });
    let first = lacking.next()?;
    lacking.all(|other| other == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voicemail::conf::{self, LoadOptions};

    fn asked_for(general: &str, boxes: &str) -> Option<String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("voicemail.conf");
        std::fs::write(&path, format!("[general]\n{general}\n[a]\n{boxes}")).unwrap();
        let conf = conf::load(&path, &LoadOptions::default()).unwrap();
        lacking(&conf, &Selection::default())
    }

    #[test]
    fn somebody_is_asked_only_where_one_password_will_do() {
        let (ada, bob) = ("1 => 1,,,,imapuser=ada\n", "2 => 1,,,,imapuser=bob\n");
        let known = "3 => 1,,,,imapuser=eve|imappassword=p\n";
        assert_eq!(asked_for("", known), None);
        assert_eq!(asked_for("", &format!("{ada}{known}")), Some("ada".into()));
        assert_eq!(asked_for("", &format!("{ada}{bob}")), None);
        let master = asked_for("authuser=boss", &format!("{ada}{bob}"));
        assert_eq!(master, Some("boss".into()));
        assert_eq!(asked_for("authuser=boss\nauthpassword=p", ada), None);
        assert_eq!(asked_for("", "4 => 1\n"), None, "not Asterisk's");
    }
}
