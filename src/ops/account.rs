//! From a voicemail box to a logged-in session on its account.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use secrecy::SecretString;

use crate::mailstore::error::StoreError;
use crate::mailstore::options::{
    ConnectOptions, Credentials, PlaintextPolicy, Security, Timeouts, TlsOptions,
};
use crate::mailstore::session::{Overview, Session};
use crate::mailstore::types::Refusal;
use crate::ops::error::BoxError;
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
    /// Instead of every password.
    pub password: Option<SecretString>,
    /// Certificates to trust as well.
    pub tls_ca: Option<std::path::PathBuf>,
    /// Whether any certificate will do.
    pub tls_insecure: bool,
    /// Whether passwords may go unencrypted to other hosts.
    pub allow_plaintext: bool,
    /// Instead of the four timeouts.
    pub timeout: Option<Duration>,
}

/// Everything needed to log in to the account of a box.
#[derive(Clone)]
pub struct Account {
    label: String,
    server: String,
    options: ConnectOptions,
    credentials: Credentials,
}

impl Account {
    /// `user@host:port`: the name of the account in messages and journals.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
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
            .ok_or_else(|| {
                format!("has no password for {user}: neither imappassword nor authpassword is set")
            })?;
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
        if flags.secure || flags.anonymous {
            return Err(format!(
                "cannot log in: imapflags={text} forbids sending a password, and only password \
                 logins are supported"
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
        Ok(Self {
            label: format!("{user}@{server}"),
            server,
            options: ConnectOptions {
                host,
                port,
                security: security(flags.security),
                tls: TlsOptions {
                    verify: flags.validate_cert && !overrides.tls_insecure,
                    extra_ca: overrides.tls_ca.clone(),
                },
                timeouts,
                plaintext: plaintext(&flags, overrides),
                trace: None,
            },
            credentials: Credentials {
                user,
                auth_user: overrides
                    .auth_user
                    .clone()
                    .or_else(|| account.auth_user.clone())
                    .or(flags.auth_user),
                password,
            },
        })
    }
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

/// For how long a server that gave no session is not asked again.
const DOWN_FOR: Duration = Duration::from_secs(30);

/// How often a server that was there a moment ago is asked again all the same.
const INSISTENCE: u32 = 2;

/// Connects, and remembers for a while which servers did not answer, so that ten thousand boxes of
/// a dead server do not wait for ten thousand timeouts.
#[derive(Default)]
pub struct Connector {
    down: Mutex<HashMap<String, (Instant, String)>>,
}

impl Connector {
    fn connect(&self, account: &Account, insist: bool) -> Result<Session, BoxError> {
        let down = || self.down.lock().unwrap_or_else(PoisonError::into_inner);
        // Two boxes may ask for different protection of the same server.
        let door = format!(
            "{} {:?} {:?}",
            account.server, account.options.security, account.options.tls.verify
        );
        if let Some((since, why)) = down().get(&door)
            && since.elapsed() < DOWN_FOR
            && !insist
        {
            return Err(BoxError::ServerDown(why.clone()));
        }
        Session::connect(&account.options, &account.credentials).map_err(|error| {
            let of_the_user = matches!(
                error,
                StoreError::LoginRefused(_)
                    | StoreError::TooManyConnections(_)
                    | StoreError::InvalidArgument { .. }
            );
            let error = BoxError::NoSession(error);
            if !of_the_user {
                down().insert(door, (Instant::now(), error.to_string()));
            }
            error
        })
    }
}

/// One worker's way to one account: connects when first needed, and keeps the connection for the
/// account's other boxes.
pub struct Lane<'a> {
    connector: &'a Connector,
    account: Account,
    session: Option<(Session, Overview)>,
    refused: Option<Refusal>,
    insistence: u32,
    stale: bool,
    reserved: (u64, u64),
}

impl<'a> Lane<'a> {
    /// A lane that has not connected yet.
    #[must_use]
    pub fn new(connector: &'a Connector, account: Account) -> Self {
        Self {
            connector,
            account,
            session: None,
            refused: None,
            insistence: 0,
            stale: false,
            reserved: (0, 0),
        }
    }

    /// The account's name.
    #[must_use]
    pub fn label(&self) -> &str {
        self.account.label()
    }

    /// The session, connected and logged in, and what the account is found to be.
    pub fn session(&mut self) -> Result<&mut (Session, Overview), BoxError> {
        let pair = match self.session.take() {
            Some((mut session, _)) if self.stale => {
                let overview = session.overview()?;
                (session, overview)
            }
            Some(pair) => pair,
            None => {
                let mut session = self.connect()?;
                let overview = session.overview()?;
                (session, overview)
            }
        };
        self.stale = false;
        Ok(self.session.insert(pair))
    }

    /// Connects. A login is refused once: trying it for every box of the account could lock it.
    fn connect(&mut self) -> Result<Session, BoxError> {
        if let Some(refusal) = &self.refused {
            let again = StoreError::LoginRefused(refusal.clone());
            return Err(BoxError::NoSession(again));
        }
        let insist = self.insistence > 0;
        self.insistence = self.insistence.saturating_sub(1);
        let result = self.connector.connect(&self.account, insist);
        match &result {
            Ok(_) => self.insistence = INSISTENCE,
            Err(BoxError::NoSession(StoreError::LoginRefused(refusal))) => {
                self.refused = Some(refusal.clone());
            }
            Err(_) => {}
        }
        result
    }

    /// The session as it is, without looking at the account again.
    pub fn connected(&mut self) -> Result<&mut (Session, Overview), BoxError> {
        self.session
            .as_mut()
            .ok_or_else(|| BoxError::ServerDown("not connected".to_owned()))
    }

    /// The error, with what a master user's rights may have to do with a refusal.
    #[must_use]
    pub fn explain(&self, error: BoxError) -> BoxError {
        match (error, &self.account.credentials.auth_user) {
            (BoxError::Store(refused @ StoreError::Refused { .. }), Some(auth_user)) => {
                BoxError::AsMaster {
                    auth_user: auth_user.clone(),
                    refused,
                }
            }
            (error, _) => error,
        }
    }

    /// Something was changed on the server: look at the account again before it is used next.
    pub fn changed(&mut self) {
        self.stale = true;
    }

    /// Gives up a connection that is of no more use.
    pub fn drop_session(&mut self) {
        self.session = None;
    }

    /// Octets and messages that a dry run's earlier plans would have put into the account.
    #[must_use]
    pub fn reserved(&self) -> (u64, u64) {
        self.reserved
    }

    /// Sets octets and messages of a dry run's plan aside.
    pub fn reserve(&mut self, octets: u64, messages: u64) {
        self.reserved = (self.reserved.0 + octets, self.reserved.1 + messages);
    }

    /// Says goodbye.
    pub fn close(mut self) {
        if let Some((session, _)) = self.session.take() {
            session.logout();
        }
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
        assert!(refusal("imapflags=secure", user).contains("forbids sending a password"));
        assert!(refusal("imapport=imap", user).contains("imapport \"imap\" is not a port"));
        assert!(refusal("", "imapfolder=x").contains("has no imapuser"));
        assert!(refusal("", "imapuser=u").contains("has no password for u"));
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
