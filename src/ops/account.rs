//! From a voicemail box to the account it lives in, and how to log in there.

use std::time::Duration;

use secrecy::SecretString;

use crate::mailstore::error::StoreError;
use crate::mailstore::mechanism::{Mechanism, Proof};
use crate::mailstore::options::{
    ConnectOptions, Credentials, Identity, LoginOptions, PlaintextPolicy, Security, Timeouts,
    TlsOptions, TokenSource,
};
use crate::mailstore::session::Session;
use crate::mailstore::user_format::UserFormat;
use crate::ops::backoff::Waiting;
use crate::voicemail::conf::{self, ImapFlags, Mailbox, VoicemailConf};

/// What overrides voicemail.conf for one run.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// Instead of `imapserver`.
    pub server: Option<String>,
    /// Instead of `imapport`.
    pub port: Option<u16>,
    /// Instead of `imapflags`.
    pub imapflags: Option<String>,
    /// Instead of `authuser`.
    pub auth_user: Option<String>,
    /// How a master user's login names both users, where the server wants them in one name.
    pub user_format: Option<UserFormat>,
    /// Instead of every password.
    pub password: Option<SecretString>,
    /// The password of the one user of whom voicemail.conf gives none.
    pub missing: Option<SecretString>,
    /// The only way to log in, else the strongest.
    pub auth: Option<Mechanism>,
    /// Instead of every password.
    pub token: Option<TokenSource>,
    /// A client certificate to show.
    pub identity: Option<Identity>,
    /// Certificates to trust as well.
    pub tls_ca: Option<std::path::PathBuf>,
    /// Whether any certificate will do.
    pub tls_insecure: bool,
    /// Whether passwords may go unencrypted to other hosts.
    pub allow_plaintext: bool,
    /// Instead of the four timeouts.
    pub timeout: Option<Duration>,
    /// How a server that lets nobody in is waited for.
    pub waiting: Waiting,
}

impl Overrides {
    /// Whether there is something else to log in with than a password.
    #[must_use]
    pub fn need_no_password(&self) -> bool {
        let by_ticket = self.auth.is_some_and(|m| m.proof() == Proof::Ticket);
        by_ticket || self.token.is_some() || self.identity.is_some()
    }
}

/// Everything needed to log in to the account of a box.
#[derive(Clone)]
pub struct Account {
    label: String,
    server: String,
    options: ConnectOptions,
    credentials: Credentials,
    /// Another user of voicemail.conf for whom the same master user logs in.
    fellow: Option<String>,
    waiting: Waiting,
}

impl Account {
    /// `user@host:port`: the name of the account in messages and journals.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// `host:port`.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Whose mail it is.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.credentials.user
    }

    /// The master user who logs in for it, if there is one.
    #[must_use]
    pub fn auth_user(&self) -> Option<&str> {
        self.credentials.auth_user.as_deref()
    }

    /// How his login by this way names both users, where it does so in one name.
    pub(super) fn joining(&self, way: Mechanism) -> Option<&UserFormat> {
        self.auth_user()?;
        self.options.login.joining(way.proof())
    }

    /// The master user, where a login names two users: it has to be proved whose mailbox opens.
    pub(super) fn master(&self) -> Option<&str> {
        self.auth_user()
            .filter(|master| !master.is_empty() && *master != self.user())
    }

    /// What else the master user can log in to with the same password: the mailbox of another
    /// user of voicemail.conf, where there is one, and its own. Named in the same way.
    pub(super) fn others(&self) -> Vec<Self> {
        let for_user = |user: &str, auth_user: Option<&str>| {
            self.logging_in_as(user, auth_user, &self.credentials.password)
        };
        let master = self.master();
        let fellow = self.fellow.as_deref().map(|user| for_user(user, master));
        let own = master.map(|user| for_user(user, master));
        fellow.into_iter().chain(own).collect()
    }

    /// How to reach the server.
    #[must_use]
    pub fn options(&self) -> &ConnectOptions {
        &self.options
    }

    /// The same, trying this way to log in first.
    #[must_use]
    pub fn trying_first(mut self, mechanism: Option<Mechanism>) -> Self {
        self.options.login.first = mechanism;
        self
    }

    /// How the server is waited for where it lets nobody in.
    #[must_use]
    pub fn waiting(&self) -> &Waiting {
        &self.waiting
    }

    /// Connects and logs in.
    ///
    /// # Errors
    /// As [`Session::connect`].
    pub fn connect(&self) -> Result<Session, StoreError> {
        Session::connect(&self.options, &self.credentials)
    }

    /// The same server, logged in as somebody who administers it: for no mailbox but their own.
    #[must_use]
    pub fn as_administrator(&self, user: &str, password: &SecretString) -> Self {
        self.logging_in_as(user, None, password)
    }

    /// The same server, for another user.
    fn logging_in_as(&self, user: &str, auth_user: Option<&str>, password: &SecretString) -> Self {
        Self {
            label: format!("{user}@{}", self.server),
            server: self.server.clone(),
            options: self.options.clone(),
            waiting: self.waiting.clone(),
            credentials: Credentials {
                user: user.to_owned(),
                auth_user: auth_user.map(str::to_owned),
                password: password.clone(),
            },
            fellow: None,
        }
    }

    /// Finds a box's account.
    ///
    /// # Errors
    /// A sentence naming what voicemail.conf lacks or has wrong.
    pub fn of(
        conf: &VoicemailConf,
        mailbox: &Mailbox,
        overrides: &Overrides,
    ) -> Result<Self, String> {
        let account = conf.account(mailbox);
        let user = account.user()?.to_owned();
        let password = overrides
            .password
            .clone()
            .or_else(|| account.password.clone())
            .or_else(|| overrides.missing.clone());
        let password = match password {
            Some(password) => password,
            None if overrides.need_no_password() => SecretString::default(),
            None => {
                return Err(format!(
                    "has no password for {user}: neither imappassword nor authpassword is set, and \
                     --password-file, --password-command, $VMIMAP_PASSWORD or, at a terminal, \
                     --ask-password give none"
                ));
            }
        };
        let host = overrides
            .server
            .clone()
            .unwrap_or_else(|| account.server.value.clone());
        let port = match overrides.port {
            Some(port) => port,
            None => account
                .port_number()
                .map_err(|error| format!("cannot connect: {error}"))?,
        };
        let text = overrides.imapflags.as_ref().unwrap_or(&account.flags.value);
        let flags = ImapFlags::parse(text).map_err(|error| {
            format!("cannot connect, nor can Asterisk: imapflags={text}: {error}")
        })?;
        if flags.anonymous {
            return Err(format!(
                "cannot log in: imapflags={text} asks for an anonymous login, where there is no \
                 mailbox of one's own"
            ));
        }
        let timeouts = match overrides.timeout {
            Some(all) => Timeouts {
                connect: all,
                read: all,
                write: all,
            },
            None => Timeouts {
                connect: seconds(conf.general.imapopentimeout.value),
                read: seconds(conf.general.imapreadtimeout.value),
                write: seconds(conf.general.imapwritetimeout.value),
            },
        };
        let server = format!("{host}:{port}");
        let auth_user = overrides
            .auth_user
            .clone()
            .or_else(|| account.auth_user.clone())
            .or_else(|| flags.auth_user.clone());
        Ok(Self {
            waiting: overrides.waiting.clone(),
            label: format!("{user}@{server}"),
            server,
            options: ConnectOptions {
                host,
                port,
                security: security(flags.security),
                tls: TlsOptions {
                    verify: flags.validate_cert && !overrides.tls_insecure,
                    extra_ca: overrides.tls_ca.clone(),
                    identity: overrides.identity.clone(),
                },
                timeouts,
                plaintext: plaintext(&flags, overrides),
                login: LoginOptions {
                    mechanism: overrides.auth,
                    first: None,
                    secure: flags.secure,
                    token: overrides.token.clone(),
                    user_format: overrides.user_format.clone(),
                },
                trace: None,
            },
            fellow: auth_user
                .as_ref()
                .and_then(|_| fellow(conf, &account, overrides)),
            credentials: Credentials {
                user,
                password,
                auth_user,
            },
        })
    }
}

/// A user other than the account's own, with the same server and master user.
fn fellow(conf: &VoicemailConf, account: &conf::Account, overrides: &Overrides) -> Option<String> {
    // The first or second box will do, unless all share one account.
    const LOOKED_AT: usize = 50;
    conf.mailboxes.iter().take(LOOKED_AT).find_map(|mailbox| {
        let other = conf.account(mailbox);
        let user = other.user().ok()?.to_owned();
        let here = overrides.server.is_some() || other.server.value == account.server.value;
        let door = overrides.port.is_some() || other.port.value == account.port.value;
        let master = overrides.auth_user.is_some()
            || (other.auth_user == account.auth_user && other.flags.value == account.flags.value);
        let another = account.user().ok() != Some(user.as_str());
        (here && door && master && another).then_some(user)
    })
}

/// A timeout of voicemail.conf; one that means "for ever" there is an hour here.
fn seconds(value: i64) -> Duration {
    Duration::from_secs(
        u64::try_from(value)
            .ok()
            .filter(|n| (1..=3600).contains(n))
            .unwrap_or(3600),
    )
}

fn security(flags: conf::Security) -> Security {
    match flags {
        conf::Security::Plain => Security::Plain,
        conf::Security::StartTlsRequired => Security::StartTlsRequired,
        conf::Security::ImplicitTls => Security::ImplicitTls,
        conf::Security::StartTlsIfOffered | conf::Security::TrySsl => Security::StartTlsIfOffered,
    }
}

fn plaintext(flags: &ImapFlags, overrides: &Overrides) -> PlaintextPolicy {
    if overrides.allow_plaintext || flags.security == conf::Security::Plain {
        PlaintextPolicy::Allow
    } else {
        PlaintextPolicy::Refuse
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voicemail::conf::LoadOptions;

    fn account(general: &str, options: &str) -> Result<Account, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("voicemail.conf");
        std::fs::write(
            &path,
            format!("[general]\n{general}\n[a]\n1 => 1,N,,,{options}\n"),
        )
        .unwrap();
        let conf = conf::load(&path, &LoadOptions::default()).unwrap();
        Account::of(&conf, &conf.mailboxes[0], &Overrides::default())
    }

    fn refusal(general: &str, options: &str) -> String {
        account(general, options).err().expect("a refusal")
    }

    #[test]
    fn flags_become_what_c_client_would_do() {
        let of = |flags: &str| {
            let account =
                account(&format!("imapflags={flags}"), "imapuser=u|imappassword=p").unwrap();
            (
                account.options.security,
                account.options.tls.verify,
                account.options.plaintext,
            )
        };
        assert_eq!(
            of(""),
            (Security::StartTlsIfOffered, true, PlaintextPolicy::Refuse)
        );
        assert_eq!(of("notls"), (Security::Plain, true, PlaintextPolicy::Allow));
        assert_eq!(
            of("ssl/novalidate-cert"),
            (Security::ImplicitTls, false, PlaintextPolicy::Refuse)
        );
        assert_eq!(
            of("tls"),
            (Security::StartTlsRequired, true, PlaintextPolicy::Refuse)
        );
    }

    #[test]
    fn what_keeps_asterisk_from_connecting_is_named() {
        let user = "imapuser=u|imappassword=p";
        assert!(refusal("imapflags=/notls", user).contains("nor can Asterisk: imapflags=/notls"));
        assert!(refusal("imapflags=anonymous", user).contains("asks for an anonymous login"));
        assert!(refusal("imapport=imap", user).contains("imapport \"imap\" is not a port"));
        assert!(refusal("", "imapfolder=x").contains("has no imapuser"));
        assert!(refusal("", "imapuser=u").contains("has no password for u"));
    }

    #[test]
    fn secure_is_passed_on_to_the_choice_of_a_login() {
        let secure = |flags: &str| {
            let flags = format!("imapflags={flags}");
            let account = account(&flags, "imapuser=u|imappassword=p").unwrap();
            account.options.login.secure
        };
        assert!(secure("tls/secure") && !secure("tls"));
    }

    #[test]
    fn a_master_user_logs_in_for_the_mailbox() {
        let account = account("authuser=boss\nauthpassword=p", "imapuser=u").unwrap();
        assert_eq!(account.credentials.auth_user.as_deref(), Some("boss"));
        assert_eq!(
            (account.credentials.user.as_str(), account.label()),
            ("u", "u@localhost:143")
        );
    }
}
