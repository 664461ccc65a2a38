//! A logged-in IMAP session: what `ops` works with.
//!
//! Simple commands go through the `imap` crate and the gate; what the crate cannot do (streams,
//! pipelines, MULTIAPPEND, NAMESPACE, odd QUOTA answers) goes over the same connection by hand.
//! Together with `mailstore::gate` the only place that names the crate. Does not retry: a repeated
//! command is the caller's decision. Invariant: nothing but `remove`, `lift` and `delete`
//! can remove a message.

mod acl;
mod contents;
mod copy;
mod delete;
mod each;
mod envelopes;
mod flags;
mod folders;
#[cfg(feature = "fuzzing")]
mod fuzzing;
mod handshake;
mod lift;
mod namespaces;
mod opening;
mod pipeline;
mod provision;
mod quota;
mod removal;
mod remove;
mod search;
mod status;
mod subscribed;
mod telling;
mod wishes;

use std::sync::{Arc, PoisonError};
use std::time::Instant;

pub use super::auth::Way;
pub use envelopes::Surveyed;
pub use folders::{Ensured, Overview};
pub use handshake::Handshake;
pub use namespaces::Namespaces;
pub use removal::{Candidate, Copied, Lift, LiftStep, Moved, PutBack, Removal, RemovalStopped};
pub use search::Counted;
pub use wishes::{FolderOutcome, FolderWish, Made, SpecialUse, Step};

use super::append;
use super::auth;
use super::capability::Capabilities;
use super::error::{Scope, StoreError};
use super::gate::{self, Gate, Kept, SharedKept};
use super::link::{SharedLink, ignore, lock};
use super::name::MailboxName;
use super::options::{ConnectOptions, Credentials};
use super::types::{AppendItem, AppendOutcome, FolderState};

/// A logged-in IMAP session.
///
/// ```no_run
/// use vmimap::mailstore::name::MailboxName;
/// use vmimap::mailstore::options::{ConnectOptions, Credentials};
/// use vmimap::mailstore::session::Session;
/// # fn main() -> Result<(), vmimap::mailstore::error::StoreError> {
/// let options = ConnectOptions::new("mail.example.org", 143);
/// let credentials = Credentials {
///     user: "4123".into(),
///     password: "tiptop".into(),
///     auth_user: None,
/// };
/// let mut session = Session::connect(&options, &credentials)?;
/// let messages = session.examine(&MailboxName::inbox())?.exists;
/// session.logout();
/// # Ok(())
/// # }
/// ```
pub struct Session {
    link: SharedLink,
    imap: imap::Session<Gate>,
    kept: SharedKept,
    capabilities: Capabilities,
    capabilities_before_login: Capabilities,
    greeting: String,
    way: Way,
    handshake: Handshake,
    open: Option<(MailboxName, FolderState)>,
    /// Whether the open folder was opened read-only.
    read_only: bool,
    /// The folder the server has had open read-only since, whether or not it counts as open here.
    viewed: Option<MailboxName>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("open", &self.open)
            .finish_non_exhaustive()
    }
}

impl Session {
    /// Connects and logs in, in the strongest way that the server offers and `options.login` allows;
    /// as a master user where `auth_user` is set.
    ///
    /// # Errors
    /// `Connect`, `Tls`, `Timeout`, `Bye` where no session came about; `LoginRefused` with the
    /// server's words; `LoginBroken` where the server did not prove itself or made no sense;
    /// `NoLoginMethod`, `TooManyConnections`; `PlaintextRefused` before a password is sent.
    pub fn connect(
        options: &ConnectOptions,
        credentials: &Credentials,
    ) -> Result<Self, StoreError> {
        let began = Instant::now();
        let logged_in = auth::log_in(options, credentials)?;
        let handshake = Handshake::of(&logged_in.link, began.elapsed());
        let link = Arc::new(std::sync::Mutex::new(logged_in.link));
        let (imap, kept) = gate::adopt(&link)?;
        Ok(Self {
            link,
            imap,
            kept,
            capabilities: logged_in.capabilities,
            capabilities_before_login: logged_in.before,
            greeting: logged_in.greeting,
            way: logged_in.way,
            handshake,
            open: None,
            read_only: true,
            viewed: None,
        })
    }

    /// What the server can do, as it said after login.
    #[must_use]
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// What the server offered before login (under TLS, where there is TLS): ways to log in. Cyrus
    /// keeps `LOGINDISABLED` in its list afterwards, so look for it here.
    #[must_use]
    pub fn capabilities_before_login(&self) -> &Capabilities {
        &self.capabilities_before_login
    }

    /// How the login came about.
    #[must_use]
    pub fn way(&self) -> &Way {
        &self.way
    }

    /// The text of the server's greeting; names its brand where the administrator left it.
    #[must_use]
    pub fn greeting(&self) -> &str {
        &self.greeting
    }

    /// Takes the server's asides: `* NO`, `* BAD`, `[ALERT]`; and this layer's own warnings.
    pub fn take_warnings(&mut self) -> Vec<String> {
        lock(&self.link).take_warnings()
    }

    /// Whether an earlier error has ended the session.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        lock(&self.link).alive().is_err()
    }

    /// Asks for a sign of life (NOOP).
    pub fn noop(&mut self) -> Result<(), StoreError> {
        self.through_crate("NOOP", imap::Session::noop)?;
        if let Some((_, state)) = &self.open {
            let exists = self.take_kept().recount(state.exists);
            self.recounted(exists);
        }
        Ok(())
    }

    /// Takes note of how many messages the open folder has now: a listing is measured by it.
    fn recounted(&mut self, exists: u32) {
        if let Some((_, state)) = &mut self.open {
            state.exists = exists;
        }
    }

    /// Appends messages to a folder, in order, and says of each what became of it.
    ///
    /// Uses MULTIAPPEND, LITERAL+ and LITERAL- where offered. Give it batches (about 50 messages
    /// or 8 MB): one batch is one command. A refused batch is repeated one by one, since the
    /// server has stored nothing of it. Safe to repeat only after looking what is there.
    ///
    /// # Errors
    /// `OutcomeUnknown` where the connection broke in the middle; `SourceFailed` where a message
    /// could not be read (the session is over, nothing of that message is stored);
    /// `InvalidArgument` for an empty message or a date before year 0, with nothing sent.
    pub fn append(
        &mut self,
        folder: &MailboxName,
        items: &[AppendItem<'_>],
    ) -> Result<Vec<AppendOutcome>, StoreError> {
        self.stop_viewing(folder)?;
        append::append(&mut lock(&self.link), &self.capabilities, folder, items)
    }

    /// Courier takes no message into a folder that the session has open read-only, and knows no
    /// command that leaves a folder. Opening it for changes changes nothing by itself.
    fn stop_viewing(&mut self, folder: &MailboxName) -> Result<(), StoreError> {
        if self.viewed.as_ref() != Some(folder) || self.capabilities.has("UNSELECT") {
            return Ok(());
        }
        match self.select(folder) {
            // Why not is for the command that follows to tell.
            Err(error) if error.scope() != Scope::Session => Ok(()),
            done => done.map(drop),
        }
    }

    /// Leaves the open folder without removing anything (RFC 3691); never with the command that
    /// would remove messages.
    pub fn unselect(&mut self) -> Result<(), StoreError> {
        if self.open.take().is_none() || !self.capabilities.has("UNSELECT") {
            return Ok(());
        }
        self.viewed = None;
        lock(&self.link)
            .run("UNSELECT", "UNSELECT", &mut ignore)
            .map(drop)
    }

    /// Says goodbye and hangs up, without waiting for an answer.
    pub fn logout(self) {
        let mut link = lock(&self.link);
        if link.alive().is_ok() {
            let tag = link.tag();
            // The work is done; whether the server hears it changes nothing.
            let _ = link
                .queue(&format!("{tag} LOGOUT"))
                .and_then(|()| link.flush());
        }
        link.close();
    }

    /// Runs a call of the crate and gives its errors the server's own words.
    fn through_crate<T>(
        &mut self,
        command: &str,
        call: impl FnOnce(&mut imap::Session<Gate>) -> imap::error::Result<T>,
    ) -> Result<T, StoreError> {
        {
            let mut link = lock(&self.link);
            link.alive()?;
            link.wire.set_doing(command);
            // The crate's tags are not the link's: its commands have the whole time, too.
            link.progress();
        }
        self.take_kept();
        call(&mut self.imap).map_err(|error| self.explain(command, &error))
    }

    /// As [`through_crate`](Self::through_crate), for a command that changes something: where the
    /// connection broke, nobody knows whether it did.
    fn change(
        &mut self,
        command: &str,
        call: impl FnOnce(&mut imap::Session<Gate>) -> imap::error::Result<()>,
    ) -> Result<(), StoreError> {
        lock(&self.link).alive()?;
        self.through_crate(command, call)
            .map_err(|error| error.uncertain(command))
    }

    fn take_kept(&self) -> Kept {
        std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn explain(&self, command: &str, error: &imap::Error) -> StoreError {
        let kept = self.take_kept();
        if let Some(error) = kept.error {
            return error;
        }
        match (error, kept.tagged) {
            (imap::Error::No(_) | imap::Error::Bad(_), Some(status)) => StoreError::Refused {
                command: command.to_owned(),
                refusal: status.refusal(),
            },
            (imap::Error::Validate(_), _) => StoreError::invalid(format!("{command}: {error}")),
            // The crate is one answer behind from here on.
            _ => {
                lock(&self.link).kill(StoreError::malformed(command, error.to_string().as_bytes()))
            }
        }
    }
}
