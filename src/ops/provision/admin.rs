//! Making accounts as the server's administrator: `user/NAME` on Cyrus, where a user who has no
//! INBOX can make no folder at all.
//!
//! One connection a server, shared by all workers. Makes INBOX and nothing else, and gives its owner
//! the rights the server did not give by itself; an INBOX that is there is left as it is, its rights
//! too. Source: RFC 2342 (where other users' folders are), RFC 4314 (rights), Cyrus's `cm`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use secrecy::SecretString;
use serde::Serialize;

use crate::mailstore::error::StoreError;
use crate::mailstore::grant::Grant;
use crate::mailstore::name::MailboxName;
use crate::mailstore::session::{FolderWish, Made, Overview, Session, Step};
use crate::mailstore::types::{ListedFolder, Namespace};
use crate::ops::account::Account;
use crate::ops::error::BoxError;
use crate::ops::lane::Connector;

/// Everything an owner may do (RFC 4314 §2.1), and the same for servers before it (RFC 2086 §3).
const ALL_RIGHTS: [(&str, &str); 2] = [("RIGHTS=", "lrswipkxtea"), ("", "lrswipcda")];

/// Who logs in to make accounts.
#[derive(Debug, Clone)]
pub struct Administrator {
    /// The user.
    pub user: String,
    /// The password.
    pub password: SecretString,
}

/// What will be done about an account's INBOX.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum InboxAction {
    /// Make it.
    Create,
    /// Nothing: it is there.
    Keep,
    /// Nothing: the administrator has no way to see or name it, for this reason.
    Unable(String),
}

/// What an administrator will do about one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InboxPlan {
    /// The account, `user@host:port`.
    pub account: String,
    /// The administrator.
    pub administrator: String,
    /// The INBOX as the administrator sees it.
    pub name: Option<MailboxName>,
    /// What will be done.
    pub action: InboxAction,
}

/// One server, as its administrator sees it.
struct Door {
    session: Session,
    /// The accounts there are.
    overview: Overview,
}

/// Why there is no door; kept, so that a wrong password is not tried for every account.
type Shut = Arc<BoxError>;

/// A server's door: not tried yet, open, or shut for good.
type Place = Arc<Mutex<Option<Result<Door, Shut>>>>;

/// The administrator's connections, one a server.
pub struct Admins {
    who: Administrator,
    /// Of its own: whoever holds an account's connection may have to wait for this one.
    connector: Connector,
    doors: Mutex<HashMap<String, Place>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Admins {
    /// Nobody is logged in yet.
    #[must_use]
    pub fn new(who: Administrator) -> Self {
        Self {
            who,
            connector: Connector::default(),
            doors: Mutex::default(),
        }
    }

    /// What there is to do about an account. Changes nothing.
    ///
    /// # Errors
    /// Where the administrator cannot be logged in; the same error for every account of the server.
    pub fn plan(&self, account: &Account) -> Result<InboxPlan, Shut> {
        self.with(account, |door| {
            let name = door.overview.namespaces.inbox_of(account.user());
            let (name, action) = match name {
                Ok(name) if door.overview.has(&name) => (Some(name), InboxAction::Keep),
                Ok(name) => (Some(name), InboxAction::Create),
                Err(why) => (None, InboxAction::Unable(why.to_string())),
            };
            Ok(InboxPlan {
                account: account.label().to_owned(),
                administrator: self.who.user.clone(),
                name,
                action,
            })
        })
    }

    /// Makes an INBOX, and gives its owner the rights that the server did not. Safe to repeat: one
    /// that is there is no failure.
    ///
    /// # Errors
    /// `Refused` with the server's words for what could not be done; whatever ends the session.
    pub fn make(&self, account: &Account, name: &MailboxName) -> Result<(), Shut> {
        self.with(account, |door| {
            let wish = wish(name, true, Vec::new());
            let Door { session, overview } = door;
            let outcome = session.provision(&[wish], overview)?.into_iter().next();
            match outcome.map(|one| one.folder) {
                Some(Made::Created) => {}
                Some(Made::Refused(refusal) | Made::NoChildrenBelow(_, refusal)) => {
                    let command = format!("CREATE {name}");
                    return Err(StoreError::Refused { command, refusal }.into());
                }
                _ => return Ok(()),
            }
            overview.folders.push(ListedFolder {
                name: name.clone(),
                delimiter: None,
                selectable: true,
                attributes: Vec::new(),
            });
            give_all(session, overview, name, account.user())
        })
    }

    /// Does something over the server's connection, and once more over a new one where the first
    /// one broke; both uses are safe to repeat.
    fn with<T>(
        &self,
        account: &Account,
        mut job: impl FnMut(&mut Door) -> Result<T, BoxError>,
    ) -> Result<T, Shut> {
        let place = Arc::clone(
            lock(&self.doors)
                .entry(account.server().to_owned())
                .or_default(),
        );
        let mut place = lock(&place);
        for again in [false, true] {
            let door = place.get_or_insert_with(|| self.open(account).map_err(Arc::new));
            let result = match door {
                Ok(door) => job(door),
                Err(shut) => return Err(Arc::clone(shut)),
            };
            match result {
                Err(error) if error.lost_connection() && !again => *place = None,
                result => return result.map_err(Arc::new),
            }
        }
        Err(Arc::new(BoxError::ServerDown(format!(
            "{}: not connected",
            account.server()
        ))))
    }

    fn open(&self, account: &Account) -> Result<Door, BoxError> {
        let account = account.as_administrator(&self.who.user, &self.who.password);
        let mut session = self
            .connector
            .apart(&account)
            .map_err(|error| error.as_administrator(&self.who.user))?;
        let namespaces = session.namespaces()?;
        // One level below the prefix: an administrator sees everybody's folders, and a server with
        // ten thousand accounts has a hundred thousand of them.
        let mut folders = Vec::new();
        if let Some(others) = namespaces.other_users.first() {
            folders = session.list("", &format!("{}%", others.prefix))?;
        }
        let none = || Namespace {
            prefix: String::new(),
            delimiter: None,
        };
        let overview = Overview {
            folders,
            namespace: namespaces.other_users.first().cloned().unwrap_or_else(none),
            namespaces,
            quota: None,
        };
        Ok(Door { session, overview })
    }
}

fn wish(name: &MailboxName, create: bool, acl: Vec<Grant>) -> FolderWish {
    FolderWish {
        name: name.clone(),
        create,
        subscribe: false,
        special_use: None,
        acl,
    }
}

/// Gives the owner what is missing; nothing where the server has no rights, or gave them all.
fn give_all(
    session: &mut Session,
    overview: &Overview,
    name: &MailboxName,
    user: &str,
) -> Result<(), BoxError> {
    let announced = |start: &str| {
        let mut words = session.capabilities().iter();
        words.any(|word| word.starts_with(start))
    };
    let all = ALL_RIGHTS.iter().find(|(word, _)| announced(word));
    let all = all.map_or("", |(_, rights)| rights);
    let answers = session.acls(std::slice::from_ref(name))?;
    // A server without rights, or one that will not tell them, gives what it gives.
    let Some(Ok(entries)) = answers.and_then(|all| all.into_iter().next()) else {
        return Ok(());
    };
    let has = entries.iter().find(|entry| entry.identifier == user);
    let has = has.map_or("", |entry| entry.rights.0.as_str());
    let missing: String = all.chars().filter(|right| !has.contains(*right)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let grant = Grant::new(user, &format!("+{missing}"))?;
    let outcomes = session.provision(&[wish(name, false, vec![grant])], overview)?;
    match outcomes.into_iter().flat_map(|one| one.acl).next() {
        Some(Step::Refused(refusal)) => {
            let command = format!("SETACL {name} {user} +{missing}");
            Err(StoreError::Refused { command, refusal }.into())
        }
        _ => Ok(()),
    }
}
