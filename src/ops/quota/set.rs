//! Changing a limit: plan, then apply and read back.
//!
//! SETQUOTA replaces all limits of a root, so those that were not asked to change are sent along as
//! they are. Works as the mailbox's own login, which few servers permit, or as an administrator, who
//! finds the root at the user's INBOX in the namespace of other users (Cyrus). All accounts of a
//! server are planned over one connection of the administrator's. Setting a limit twice is the same
//! as once, and two runs at a time are told by what is read back: no lock. Source: RFC 9208 §4.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use secrecy::SecretString;

use crate::mailstore::error::StoreError;
use crate::mailstore::name::MailboxName;
use crate::mailstore::session::{Overview, Session};
use crate::mailstore::types::{QuotaRoot, Resource};
use crate::ops::account::{Account, Overrides};
use crate::ops::error::{BoxError, Kind};
use crate::ops::fleet::{self, Group};
use crate::ops::folders::FolderMap;
use crate::ops::in_order::InOrder;
use crate::ops::lane::{Connector, Lane};
use crate::ops::stop::Stop;
use crate::voicemail::conf::VoicemailConf;
use crate::voicemail::vmbox::VoicemailBox;

use super::wish::{Wishes, limits, said, same, wanted};

/// An administrator of the mail server, who logs in under a name of his own.
#[derive(Debug, Clone)]
pub struct Admin {
    /// The login.
    pub user: String,
    /// Its password.
    pub password: SecretString,
}

/// One root and its new limits.
#[derive(Clone)]
pub struct Change {
    /// How to log in.
    account: Account,
    /// A folder below the root, by which it is found again.
    folder: MailboxName,
    /// Whose account it is: `user@host:port`.
    pub label: String,
    /// The root's name.
    pub root: String,
    /// All boxes of voicemail.conf in the account: the limit concerns them together.
    pub boxes: Vec<VoicemailBox>,
    /// How many of them, the first, were chosen.
    pub chosen: usize,
    /// What the server told.
    pub before: Vec<Resource>,
    /// The limits as they shall be.
    pub after: Vec<(String, u64)>,
}

impl Change {
    /// Whether everything is as it shall be already.
    #[must_use]
    pub fn is_done(&self) -> bool {
        same(&self.before, &self.after)
    }

    /// The resources whose new limit is below what is used.
    #[must_use]
    pub fn below_use(&self) -> Vec<&Resource> {
        let new = |one: &&Resource| {
            let mut all = self.after.iter();
            all.any(|(name, limit)| name.eq_ignore_ascii_case(&one.name) && *limit < one.used)
        };
        self.before.iter().filter(new).collect()
    }
}

/// Boxes for which no plan could be made, and why.
#[derive(Debug)]
pub struct Unplanned {
    /// The boxes.
    pub boxes: Vec<VoicemailBox>,
    /// Why not.
    pub why: String,
    /// What kind of failure it is.
    pub kind: Kind,
    /// Whether the account was reached.
    pub reached: bool,
}

/// The part of a run that every account needs.
pub struct Setter<'a> {
    /// The phone system.
    pub conf: &'a VoicemailConf,
    /// What overrides voicemail.conf.
    pub overrides: &'a Overrides,
    /// Who logs in instead of the mailbox's own user.
    pub admin: Option<&'a Admin>,
    /// What is wanted.
    pub wishes: &'a Wishes,
    /// The connections of the run.
    pub connector: &'a Connector,
    /// Accounts at once.
    pub jobs: usize,
    /// Whether to stop.
    pub stop: &'a Stop,
}

/// The administrator's connections, by server: a wrong password is not tried for every account.
type Admins<'a> = Mutex<HashMap<String, Arc<Mutex<Lane<'a>>>>>;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why there is no plan for an account.
enum Obstacle {
    Box(BoxError),
    Root(String),
}

impl<'a> Setter<'a> {
    /// Plans the change of every account these boxes live in. Sends questions only. Boxes that were
    /// not reached because of a signal are in neither list.
    #[must_use]
    pub fn plan(&self, boxes: Vec<VoicemailBox>) -> (Vec<Change>, Vec<Unplanned>) {
        let admins = Admins::default();
        let planned: Mutex<Vec<(usize, Result<Change, Unplanned>)>> = Mutex::default();
        let groups = fleet::with_neighbours(self.conf, self.overrides, boxes);
        let items: Vec<(usize, Group)> = groups.into_iter().enumerate().collect();
        fleet::share_out(items, self.jobs, self.stop, &|(at, group)| {
            let boxes = group.boxes.clone();
            let mut reached = false;
            let result = self.plan_one(&admins, group, &mut reached);
            let result = result.map_err(|obstacle| {
                let (why, kind) = match obstacle {
                    Obstacle::Box(error) => (error.to_string(), error.kind()),
                    Obstacle::Root(why) => (why, Kind::Other),
                };
                Unplanned {
                    boxes,
                    why,
                    kind,
                    reached,
                }
            });
            lock(&planned).push((at, result));
        });
        for lane in lock(&admins).drain().map(|(_, lane)| lane) {
            if let Some(lane) = Arc::into_inner(lane) {
                let lane = lane.into_inner();
                lane.unwrap_or_else(PoisonError::into_inner).close();
            }
        }
        let mut planned = planned.into_inner().unwrap_or_else(PoisonError::into_inner);
        planned.sort_unstable_by_key(|(at, _)| *at);
        let (mut changes, mut unplanned) = (Vec::new(), Vec::new());
        for (_, result) in planned {
            match result {
                Ok(change) => changes.push(change),
                Err(one) => unplanned.push(one),
            }
        }
        (changes, unplanned)
    }

    fn plan_one(
        &self,
        admins: &Admins<'a>,
        group: Group,
        reached: &mut bool,
    ) -> Result<Change, Obstacle> {
        let owner = group.account.map_err(Obstacle::Box)?;
        let mut ask = |lane: &mut Lane<'a>| {
            let found = lane.ask(|session, overview| {
                let folder = self.folder(&owner, &group.boxes, overview)?;
                let roots = session.quota_root(&folder)?;
                Ok((folder, roots))
            });
            *reached = lane.connected().is_ok();
            found
        };
        let (account, found) = if let Some(admin) = self.admin {
            let account = owner.as_administrator(&admin.user, &admin.password);
            let lane = Arc::clone(
                lock(admins)
                    .entry(account.label().to_owned())
                    .or_insert_with(|| Arc::new(Mutex::new(self.lane(account.clone())))),
            );
            let found = ask(&mut lock(&lane));
            (account, found)
        } else {
            let mut lane = self.lane(owner.clone());
            let found = ask(&mut lane);
            lane.close();
            (owner.clone(), found)
        };
        let (folder, roots) = found.map_err(Obstacle::Box)?;
        let no_quota = || Obstacle::Root("the server has no quota commands".to_owned());
        let roots = roots.ok_or_else(no_quota)?;
        let root = self.choose(&roots, &folder).map_err(Obstacle::Root)?;
        let chosen = group.boxes.len();
        let mut boxes = group.boxes;
        boxes.extend(group.neighbours);
        Ok(Change {
            account,
            folder,
            label: owner.label().to_owned(),
            root: root.name,
            boxes,
            chosen,
            after: wanted(&root.resources, self.wishes),
            before: root.resources,
        })
    }

    fn lane(&self, account: Account) -> Lane<'a> {
        match self.admin {
            Some(_) => Lane::administering(self.connector, account),
            None => Lane::new(self.connector, account),
        }
    }

    /// The folder whose root is meant: `imapfolder`, or as an administrator the user's INBOX.
    fn folder(
        &self,
        owner: &Account,
        boxes: &[VoicemailBox],
        overview: &Overview,
    ) -> Result<MailboxName, StoreError> {
        if self.admin.is_some() {
            return overview.namespaces.inbox_of(owner.user());
        }
        let mailbox = boxes.first().and_then(|one| self.conf.mailbox(one));
        let prefix = &overview.namespace.prefix;
        let delimiter = overview.delimiter_as_asterisk();
        match mailbox {
            Some(mailbox) => Ok(FolderMap::new(self.conf, mailbox, prefix, delimiter)?
                .imapfolder()
                .clone()),
            None => MailboxName::from_wire("INBOX"),
        }
    }

    fn choose(&self, roots: &[QuotaRoot], folder: &MailboxName) -> Result<QuotaRoot, String> {
        let named = |roots: &[QuotaRoot]| {
            let names: Vec<String> = roots.iter().map(|r| format!("{:?}", r.name)).collect();
            names.join(", ")
        };
        if let Some(wanted) = &self.wishes.root {
            let found = roots.iter().find(|root| root.name == *wanted).cloned();
            return found.ok_or_else(|| {
                let known = if roots.is_empty() {
                    "there is none".to_owned()
                } else {
                    format!("there is {}", named(roots))
                };
                format!("{folder} has no quota root {wanted:?}; {known}")
            });
        }
        match roots {
            [one] => Ok(one.clone()),
            [] if self.admin.is_some() => Ok(QuotaRoot {
                name: folder.as_wire().to_owned(),
                resources: Vec::new(),
            }),
            [] => Err(format!(
                "{folder} has no quota root; only an administrator can make one (--as-admin)"
            )),
            several => Err(format!(
                "{folder} has several quota roots ({}); --root says which one is meant",
                named(several)
            )),
        }
    }

    /// Applies changes, several accounts at once, and tells what became of each in their order. Returns
    /// how many were not begun because of a signal.
    pub fn apply_all(
        &self,
        changes: &[&Change],
        done: &mut (dyn FnMut(&Change, Result<(), String>) + Send),
    ) -> u64 {
        let mut sink = |(change, result): (&Change, _)| done(change, result);
        let in_order = InOrder::new((0..changes.len()).collect(), &mut sink);
        let items: Vec<(usize, &Change)> = changes.iter().copied().enumerate().collect();
        fleet::share_out(items, self.jobs, self.stop, &|(at, change)| {
            if in_order.may_begin(at, self.stop) {
                in_order.put(vec![(at, (change, self.apply(change)))]);
            }
        });
        changes.len() as u64 - in_order.finish()
    }

    /// Applies one change and reads it back over a new connection, since some servers read limits
    /// at login only. Safe to repeat.
    ///
    /// # Errors
    /// A sentence with the server's words: it refused, its limits are not those that were shown, or
    /// it kept other ones.
    pub fn apply(&self, change: &Change) -> Result<(), String> {
        let mut lane = self.lane(change.account.clone());
        let now = read(&mut lane, change)?;
        let shown: Vec<(String, u64)> = limits(&change.before);
        if !same(&now, &shown) {
            return Err(format!(
                "its limits have changed since they were shown; now: {}",
                said(&limits(&now))
            ));
        }
        let words: Vec<(&str, u64)> = change
            .after
            .iter()
            .map(|(name, limit)| (name.as_str(), *limit))
            .collect();
        let (session, _) = lane.session().map_err(|error| error.to_string())?;
        let answer = match session.set_quota(&change.root, &words) {
            Ok(_) => "the server said OK".to_owned(),
            // What became of it is seen by looking.
            Err(error @ StoreError::OutcomeUnknown { .. }) => error.to_string(),
            Err(error) => return Err(lane.explain(error.into()).to_string()),
        };
        lane.drop_session();
        let kept = read(&mut lane, change);
        lane.close();
        match kept {
            Ok(kept) if same(&kept, &change.after) => Ok(()),
            Ok(kept) => Err(format!(
                "{answer}, but its limits are: {}",
                said(&limits(&kept))
            )),
            Err(error) => Err(format!("{answer}, but it could not be read back: {error}")),
        }
    }
}

/// The limits of the root as they are now; none where it is not there.
fn read(lane: &mut Lane<'_>, change: &Change) -> Result<Vec<Resource>, String> {
    let ask = |session: &mut Session, _: &Overview| session.quota_root(&change.folder);
    let roots = lane.ask(ask).map_err(|error| error.to_string())?;
    let mut roots = roots.unwrap_or_default().into_iter();
    let found = roots.find(|root| root.name == change.root);
    Ok(found.map(|root| root.resources).unwrap_or_default())
}
