//! One worker's way to one account: the connection, kept for all boxes of the account, and made
//! anew where it broke.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::mailstore::error::StoreError;
use crate::mailstore::mechanism::Mechanism;
use crate::mailstore::session::{Overview, Session};
use crate::mailstore::throttle::asks_to_wait;
use crate::mailstore::types::{Namespace, Refusal};
use crate::ops::account::Account;
use crate::ops::backoff::{Backoff, Hurdle};
use crate::ops::error::BoxError;
use crate::ops::turns::{Turn, Turns};
use crate::ops::whose::Proofs;

/// For how long a server that gave no session is not asked again.
const DOWN_FOR: Duration = Duration::from_secs(30);

/// How often a server that was there a moment ago is asked again all the same.
const INSISTENCE: u32 = 2;

/// Connects, and proves whose mailbox it is; waits for servers that ask to come again later or were
/// there a moment ago. Remembers for a while which ones did not answer, so that ten thousand boxes of
/// a dead server do not wait for ten thousand timeouts; and by which way servers let in that had
/// refused a stronger one, so that this does not happen for each account.
#[derive(Default)]
pub struct Connector {
    proofs: Proofs,
    down: Mutex<HashMap<String, (Instant, String)>>,
    ways: Mutex<HashMap<String, Mechanism>>,
    /// Servers that let somebody in.
    seen: Mutex<HashSet<String>>,
    turns: Turns,
}

impl Connector {
    /// A session that is no lane's, for one that outlives them: waits as they do for a server that is
    /// busy, and is not counted among those that others of this connector wait for.
    ///
    /// # Errors
    /// Why there is none.
    pub fn apart(&self, account: &Account) -> Result<Session, BoxError> {
        self.connect(account, false).map(|(session, _)| session)
    }

    fn connect(&self, account: &Account, insist: bool) -> Result<(Session, Turn<'_>), BoxError> {
        let down = || self.down.lock().unwrap_or_else(PoisonError::into_inner);
        let options = account.options();
        // Two boxes may ask for different protection of the same server.
        let door = format!(
            "{} {:?} {:?} {:?}",
            account.server(),
            options.security,
            options.tls.verify,
            // A server that lets no master user in may well take passwords of mailboxes.
            account.auth_user()
        );
        if let Some((since, why)) = down().get(&door)
            && since.elapsed() < DOWN_FOR
            && !insist
        {
            return Err(BoxError::ServerDown(why.clone()));
        }
        self.insist(account, &door).map_err(|error| {
            let of_the_user = matches!(
                error,
                StoreError::LoginRefused(_)
                    | StoreError::LoginBroken { .. }
                    | StoreError::TooManyConnections(_)
                    | StoreError::InvalidArgument { .. }
            ) || asks_to_wait(&error);
            let error = BoxError::NoSession(error);
            if !of_the_user {
                down().insert(door, (Instant::now(), error.to_string()));
            }
            error
        })
    }

    /// Connects once, by the way that is known to let in, and proves whose mailbox it is.
    fn log_in(&self, account: &Account, door: &str) -> Result<Session, StoreError> {
        let ways = || self.ways.lock().unwrap_or_else(PoisonError::into_inner);
        let known = ways().get(door).copied();
        let mut session = account.clone().trying_first(known).connect()?;
        if !session.way().before.is_empty() {
            ways().insert(door.to_owned(), session.way().mechanism);
        }
        self.proofs.prove(account, &mut session)?;
        Ok(session)
    }

    /// Connects, again and again where that may help; see [`Backoff`] for how long.
    fn insist(&self, account: &Account, door: &str) -> Result<(Session, Turn<'_>), StoreError> {
        let seen = || self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = account.waiting();
        let salt = account.label().bytes().fold(0, |salt: u64, octet| {
            salt.wrapping_mul(31).wrapping_add(octet.into())
        });
        let mut backoff = Backoff::new(account.options().timeouts.connect, salt);
        let mut last = None;
        loop {
            let again = last.is_some();
            let Some(turn) = self.turns.take(account.server(), again, waiting) else {
                return Err(last.unwrap_or(StoreError::Dead {
                    reason: "interrupted".to_owned(),
                }));
            };
            let error = match self.log_in(account, door) {
                Ok(session) => {
                    if seen().insert(door.to_owned()) && session.way().exposed {
                        let server = account.server();
                        waiting.warn(&format!("{server}: passwords are sent without encryption"));
                    }
                    turn.came_about();
                    return Ok((session, turn));
                }
                Err(error) => error,
            };
            let hurdle = Hurdle::of(&error, seen().contains(door));
            // While others of this run are let in, they are what is waited for.
            let others = hurdle == Hurdle::Busy && turn.too_many();
            let wait = if others {
                Some(Duration::ZERO)
            } else {
                backoff.next(hurdle)
            };
            let Some(wait) = wait else { return Err(error) };
            let when = if others {
                "when a connection is free".to_owned()
            } else {
                format!("in {:.1} s", wait.as_secs_f32())
            };
            waiting.say(&format!(
                "{}: {error}; asking again {when}",
                account.label()
            ));
            if !waiting.sleep(wait) {
                return Err(error);
            }
            last = Some(error);
        }
    }
}

/// One worker's way to one account: connects when first needed, and keeps the connection for the
/// account's other boxes.
pub struct Lane<'a> {
    connector: &'a Connector,
    account: Account,
    administers: bool,
    session: Option<(Session, Overview)>,
    /// Counts the connection of `session`.
    turn: Option<Turn<'a>>,
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
            administers: false,
            session: None,
            turn: None,
            refused: None,
            insistence: 0,
            stale: false,
            reserved: (0, 0),
        }
    }

    /// The same for an [administrator](Account::as_administrator) of the server, who sees
    /// everybody's folders: of them only the namespaces are asked for.
    #[must_use]
    pub fn administering(connector: &'a Connector, account: Account) -> Self {
        Self {
            administers: true,
            ..Self::new(connector, account)
        }
    }

    /// The account's name.
    #[must_use]
    pub fn label(&self) -> &str {
        self.account.label()
    }

    /// The session, connected and logged in, and what the account is found to be.
    ///
    /// # Errors
    /// Why there is none, or what kept the account from being looked at.
    pub fn session(&mut self) -> Result<&mut (Session, Overview), BoxError> {
        let pair = match self.session.take() {
            Some((mut session, _)) if self.stale => {
                let overview = self.look(&mut session)?;
                (session, overview)
            }
            Some(pair) => pair,
            None => {
                let mut session = self.connect()?;
                let overview = self.look(&mut session)?;
                (session, overview)
            }
        };
        self.stale = false;
        Ok(self.session.insert(pair))
    }

    fn look(&self, session: &mut Session) -> Result<Overview, StoreError> {
        if !self.administers {
            return session.overview();
        }
        let namespaces = session.namespaces()?;
        let own = namespaces.personal.first().cloned();
        Ok(Overview {
            folders: Vec::new(),
            namespace: own.unwrap_or(Namespace {
                prefix: String::new(),
                delimiter: None,
            }),
            namespaces,
            quota: None,
        })
    }

    /// Whose login it is that did not come about.
    fn no_session(&self, error: BoxError) -> BoxError {
        if self.administers {
            error.as_administrator(self.account.user())
        } else {
            error
        }
    }

    /// Connects. A login is refused once: trying it for every box of the account could lock it.
    fn connect(&mut self) -> Result<Session, BoxError> {
        if let Some(refusal) = &self.refused {
            let again = StoreError::LoginRefused(refusal.clone());
            return Err(self.no_session(BoxError::NoSession(again)));
        }
        let insist = self.insistence > 0;
        self.insistence = self.insistence.saturating_sub(1);
        self.turn = None;
        let result = self.connector.connect(&self.account, insist);
        match &result {
            Ok(_) => self.insistence = INSISTENCE,
            Err(BoxError::NoSession(StoreError::LoginRefused(refusal))) => {
                self.refused = Some(refusal.clone());
            }
            Err(_) => {}
        }
        let (session, turn) = result.map_err(|error| self.no_session(error))?;
        self.turn = Some(turn);
        Ok(session)
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
        match (error, self.account.auth_user()) {
            (BoxError::Store(refused @ StoreError::Refused { .. }), Some(auth_user)) => {
                BoxError::AsMaster {
                    auth_user: auth_user.to_owned(),
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
        self.turn = None;
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

    /// Asks something of the account that is safe to ask twice, and asks once more over a new
    /// connection where the first one broke.
    ///
    /// # Errors
    /// As the question's, with what a master user's rights may have to do with a refusal.
    pub fn ask<T>(
        &mut self,
        mut question: impl FnMut(&mut Session, &Overview) -> Result<T, StoreError>,
    ) -> Result<T, BoxError> {
        let mut once = |lane: &mut Self| {
            let (session, overview) = lane.session()?;
            question(session, overview).map_err(BoxError::Store)
        };
        let answer = match once(self) {
            Err(error) if error.lost_connection() => {
                self.drop_session();
                once(self)
            }
            answer => answer,
        };
        answer.map_err(|error| self.explain(error))
    }

    /// Says goodbye.
    pub fn close(mut self) {
        if let Some((session, _)) = self.session.take() {
            session.logout();
        }
    }
}
