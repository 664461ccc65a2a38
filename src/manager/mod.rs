//! Asterisk's manager interface (AMI), as much of it as it takes to have lamps refreshed.
//!
//! Login, `VoicemailRefresh` for one mailbox at a time, Logoff. Knows no voicemail and no IMAP: its
//! connection is [`crate::mailstore::dial`]'s. Invariants: one action is under way at a time, an
//! answer counts only with its `ActionID` (or none), and every wait ends in time however the
//! other side drips or chatters; the secret stands in no error.
//!
//! Source: main/manager.c (`action_login`, `process_message`) and `apps/app_voicemail.c`
//! (`manager_voicemail_refresh`, which answers when it has counted, and asks for `write = user` in
//! manager.conf).

mod error;
mod packet;

use std::fmt;
use std::io::Write as _;
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret as _, SecretString};

pub use error::ManagerError;
use packet::{Action, Packet, Reader};

use crate::mailstore::dial::Dialed;
use crate::mailstore::options::ConnectOptions;

/// The port Asterisk listens on unless told otherwise; with TLS 5039.
pub const PORT: u16 = 5038;
/// The port for TLS.
pub const TLS_PORT: u16 = 5039;

/// What every greeting begins with.
const BANNER: &str = "Asterisk Call Manager";
/// How long a farewell may take.
const FAREWELL: Duration = Duration::from_secs(2);

/// Where the manager interface is, and whom to be there.
#[derive(Clone)]
pub struct Options {
    /// How to connect; of its time-outs `read` is for each answer as a whole.
    pub connect: ConnectOptions,
    /// The user in manager.conf.
    pub user: String,
    /// Its secret.
    pub secret: SecretString,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("address", &self.connect.address())
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// A connection that is logged in.
pub struct Manager {
    stream: Dialed,
    reader: Reader,
    patience: Duration,
    said: u64,
}

impl Manager {
    /// Connects and logs in; asks for no events.
    ///
    /// # Errors
    /// Every kind but `NotAllowed` and `Refused`.
    pub fn log_in(options: &Options) -> Result<Self, ManagerError> {
        const GREETING: &str = "greeting";
        let stream = Dialed::open(&options.connect).map_err(ManagerError::Dial)?;
        let mut manager = Self {
            stream,
            reader: Reader::new(options.secret.clone()),
            patience: options.connect.timeouts.read,
            said: 0,
        };
        manager.wait_at_most(manager.patience);
        let banner = manager.reader.line(&mut manager.stream, GREETING)?;
        if !banner.starts_with(BANNER) {
            return Err(manager.reader.malformed(GREETING, banner.as_bytes()));
        }
        let login = manager
            .action("Login")
            .field("Username", &options.user)?
            .field("Secret", options.secret.expose_secret())?
            .field("Events", "off")?;
        let answer = manager.ask(login, "login")?;
        if succeeded(&answer) {
            return Ok(manager);
        }
        Err(ManagerError::LoginRefused(manager.words(&answer)))
    }

    /// Has Asterisk count the messages of a mailbox and tell its phones. Returns when it has; a
    /// mailbox that no phone has ever asked about is none of Asterisk's business, and well. Safe to
    /// repeat.
    ///
    /// # Errors
    /// Where [`ManagerError::of_one_mailbox`], the connection can be used further.
    pub fn refresh(&mut self, mailbox: &str, context: &str) -> Result<(), ManagerError> {
        // An empty field would mean all mailboxes, and is refused.
        let action = self
            .action("VoicemailRefresh")
            .field("Context", context)?
            .field("Mailbox", mailbox)?;
        let answer = self.ask(action, "VoicemailRefresh")?;
        if succeeded(&answer) {
            return Ok(());
        }
        let text = self.words(&answer);
        let hopeless = [
            "Permission denied",
            "Invalid/unknown command",
            "Asterisk is",
        ];
        Err(if hopeless.iter().any(|start| text.starts_with(start)) {
            ManagerError::NotAllowed(text)
        } else {
            ManagerError::Refused(text)
        })
    }

    /// Says goodbye; what comes of it changes nothing.
    pub fn log_off(mut self) {
        self.patience = FAREWELL;
        let farewell = self.action("Logoff");
        let _ = self.ask(farewell, "logoff");
    }

    fn action(&mut self, name: &str) -> Action {
        self.said += 1;
        Action::new(name, &self.id())
    }

    fn id(&self) -> String {
        format!("vmimap-{}", self.said)
    }

    /// What Asterisk says about it.
    fn words(&self, answer: &Packet) -> String {
        let text = answer.get("Message").or_else(|| answer.get("Response"));
        self.reader.quote(text.unwrap_or_default().as_bytes())
    }

    fn wait_at_most(&mut self, time: Duration) {
        self.stream.set_deadline(Instant::now() + time);
    }

    /// Sends an action and reads up to its answer; what else comes meanwhile is passed over.
    fn ask(&mut self, action: Action, doing: &'static str) -> Result<Packet, ManagerError> {
        let id = self.id();
        self.wait_at_most(self.patience);
        let sent = self.stream.write_all(action.finish().as_bytes());
        sent.and_then(|()| self.stream.flush())
            .map_err(|error| ManagerError::of_io(doing, error))?;
        loop {
            let packet = self.reader.packet(&mut self.stream, doing)?;
            let ours = packet.get("ActionID").is_none_or(|given| given == id);
            if ours && packet.get("Response").is_some() {
                return Ok(packet);
            }
        }
    }
}

fn succeeded(answer: &Packet) -> bool {
    answer.get("Response") == Some("Success")
}
