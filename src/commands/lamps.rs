//! What verbs that change mailboxes have in common about lamps: the way is made ready before
//! anything is changed, and gone at the end, when what has changed is known.

use std::time::Duration;

use crate::args::lamps::Refresh;
use crate::commands::tenant::{NotUnderstood, Tenant};
use crate::mailstore::options::{ConnectOptions, PlaintextPolicy, Security, Timeouts};
use crate::manager::{self, Options};
use crate::ops::lamps::reload::{PATIENCE, Reload};
use crate::ops::lamps::{self, Report, Way};
use crate::settings::Settings;
use crate::settings::lamps::LampSettings;
use crate::voicemail::vmbox::VoicemailBox;

/// Debian's place for it; cron's PATH does not have it.
const ASTERISK: &str = "/usr/sbin/asterisk";

/// The notes that end the help of each verb with these flags.
pub const NOTES: &str = "\
Asterisk does not see by itself that messages came or went: lamps and stutter tones stay as they
were until the next call. --refresh-mwi ami tells Asterisk's manager interface which mailboxes
have changed; it takes a user in manager.conf with a secret and write = user. --refresh-mwi reload
touches voicemail.conf and has Asterisk read it anew, which visits every mailbox. Where that
fails, the mail is as told, a warning says which lamps may be wrong, and the exit status is 3.";

/// How lamps are to be refreshed, if they are.
///
/// # Errors
/// When what that takes is missing or cannot be understood. Nothing has been changed then.
pub fn way(lamps: &LampSettings, settings: &Settings) -> anyhow::Result<Option<Way>> {
    let reload = || Reload {
        program: match &lamps.asterisk {
            Some(program) => program.value.clone(),
            None => ASTERISK.into(),
        },
        conf: settings.voicemail_conf.value.clone(),
        patience: PATIENCE,
    };
    Ok(match lamps.wanted() {
        Some(Refresh::Ami) => Some(Way::Ami(Box::new(ami(lamps, settings)?), reload())),
        Some(Refresh::Reload) => Some(Way::Reload(reload())),
        Some(Refresh::No) | None => None,
    })
}

/// How to reach the manager interface.
///
/// # Errors
/// As [`way`].
pub fn ami(lamps: &LampSettings, settings: &Settings) -> anyhow::Result<Options> {
    let tls = lamps.tls.as_ref().is_some_and(|tls| tls.value);
    let port = if tls {
        manager::TLS_PORT
    } else {
        manager::PORT
    };
    let (host, port) = match &lamps.ami {
        None => ("127.0.0.1".to_owned(), port),
        Some(place) => address(&place.value, port).ok_or_else(|| {
            let (text, origin) = (&place.value, &place.origin);
            NotUnderstood(format!(
                "{text:?} (from {origin}) is not HOST, HOST:PORT or [ADDRESS]:PORT"
            ))
        })?,
    };
    let known = lamps.credentials();
    let (user, secret) = known.map_err(|error| NotUnderstood(format!("{error:#}")))?;
    let mut connect = ConnectOptions::new(host, port);
    if tls {
        connect.security = Security::ImplicitTls;
    } else {
        connect.security = Security::Plain;
    }
    connect.tls.verify = !settings.tls_insecure.value;
    connect.tls.extra_ca = settings.tls_ca.as_ref().map(|file| file.value.clone());
    if settings.allow_plaintext.value {
        connect.plaintext = PlaintextPolicy::Allow;
    }
    if let Some(seconds) = &settings.timeout {
        let all = Duration::from_secs(seconds.value);
        connect.timeouts = Timeouts {
            connect: all,
            read: all,
            write: all,
        };
    }
    Ok(Options {
        connect,
        user,
        secret,
    })
}

/// Refreshes lamps, where that is wanted.
#[must_use]
pub fn refresh(way: Option<&Way>, tenant: &Tenant, changed: &[VoicemailBox]) -> Option<Report> {
    way.map(|way| lamps::refresh(way, &tenant.conf, &tenant.overrides, changed))
}

/// `HOST`, `HOST:PORT`, `[ADDRESS]`, `[ADDRESS]:PORT`, or an IPv6 address alone.
fn address(text: &str, default: u16) -> Option<(String, u16)> {
    let number = |text: &str| text.parse().ok().filter(|port| *port > 0);
    let (host, port) = if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        match rest.strip_prefix(':') {
            Some(port) => (host, number(port)?),
            None if rest.is_empty() => (host, default),
            None => return None,
        }
    } else {
        match text.split_once(':') {
            Some((host, port)) if !port.contains(':') => (host, number(port)?),
            _ => (text, default),
        }
    };
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '[' | ']' | '/');
    (!host.is_empty() && !host.contains(odd)).then(|| (host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_with_or_without_a_port() {
        let of = |text| address(text, 5038);
        let is = |host: &str, port| Some((host.to_owned(), port));
        assert_eq!(of("pbx"), is("pbx", 5038));
        assert_eq!(of("pbx:99"), is("pbx", 99));
        assert_eq!(of("192.0.2.1:5039"), is("192.0.2.1", 5039));
        assert_eq!(of("::1"), is("::1", 5038));
        assert_eq!(of("[::1]"), is("::1", 5038));
        assert_eq!(of("[::1]:99"), is("::1", 99));
        for bad in [
            "",
            ":99",
            "pbx:",
            "pbx:0",
            "pbx:65536",
            "pbx:x",
            "[::1",
            "[::1]x",
            "a b",
            "tcp://pbx:1",
        ] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }
}
