//! Applies repairs, one after the other, account by account.
//!
//! Each repair looks at its message again, under the UIDVALIDITY it was planned under, before it
//! changes anything. One that fails stops none of the others.

use std::fmt;
use std::io;

use crate::mailstore::error::{Scope, StoreError};
use crate::mailstore::session::{Candidate, RemovalStopped, Session};
use crate::mailstore::types::Flags;
use crate::ops::account::{Account, Overrides};
use crate::ops::lane::{Connector, Lane};
use crate::ops::stop::Stop;
use crate::voicemail::conf::VoicemailConf;

use super::copy::Copy;
use super::log::Log;
use super::rewrite::rewrite;
use super::{Action, Repair};

/// What became of a repair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is done; what is to be known about it.
    Done(String),
    /// The message is not there any more.
    Gone,
    /// Nothing was changed, and why.
    Left(String),
    /// It did not succeed, and why; the message is there.
    Failed(String),
}

/// What stops a repair.
#[derive(Debug)]
pub enum Trouble {
    /// The mail store.
    Store(StoreError),
    /// Removing stopped in the middle.
    Removal(Box<RemovalStopped>),
    /// The record of repairs could not be written; without it nothing is changed.
    Log(io::Error),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => error.fmt(f),
            Self::Removal(stopped) => stopped.fmt(f),
            Self::Log(error) => write!(f, "the record of repairs: {error}"),
        }
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Box<RemovalStopped>> for Trouble {
    fn from(error: Box<RemovalStopped>) -> Self {
        Self::Removal(error)
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Log(error)
    }
}

impl Trouble {
    fn ends_session(&self) -> bool {
        match self {
            Self::Store(error) => error.scope() == Scope::Session,
            Self::Removal(stopped) => stopped.error.scope() == Scope::Session,
            Self::Log(_) => false,
        }
    }
}

/// Where repairs are made.
pub struct Workshop<'a> {
    /// voicemail.conf.
    pub conf: &'a VoicemailConf,
    /// What overrides voicemail.conf.
    pub overrides: &'a Overrides,
    /// Whether to stop.
    pub stop: &'a Stop,
    /// The record.
    log: Log,
}

impl<'a> Workshop<'a> {
    /// A workshop with its record in this state directory.
    ///
    /// # Errors
    /// When the record cannot be opened; nothing is repaired without it.
    pub fn open(
        conf: &'a VoicemailConf,
        overrides: &'a Overrides,
        stop: &'a Stop,
        state_dir: &std::path::Path,
        run: &str,
    ) -> io::Result<Self> {
        let log = Log::open(state_dir, run)?;
        Ok(Self {
            conf,
            overrides,
            stop,
            log,
        })
    }

    /// Makes the repairs, and tells what became of each.
    pub fn run(&mut self, repairs: &[Repair], tell: &mut dyn FnMut(&Repair, &Outcome)) {
        let connector = Connector::default();
        for of_account in repairs.chunk_by(|one, other| one.account == other.account) {
            let mailbox = of_account
                .first()
                .and_then(|one| self.conf.mailbox(&one.mailbox));
            let account = mailbox.ok_or_else(|| "is not in voicemail.conf".to_owned());
            let account =
                account.and_then(|mailbox| Account::of(self.conf, mailbox, self.overrides));
            let mut lane = match account {
                Ok(account) => Lane::new(&connector, account),
                Err(why) => {
                    for repair in of_account {
                        tell(repair, &Outcome::Failed(why.clone()));
                    }
                    continue;
                }
            };
            for repair in of_account {
                let outcome = if self.stop.asked() {
                    Outcome::Failed("interrupted".to_owned())
                } else {
                    self.one(&mut lane, repair)
                };
                tell(repair, &outcome);
            }
            lane.close();
        }
    }

    fn one(&mut self, lane: &mut Lane<'_>, repair: &Repair) -> Outcome {
        let session = match lane.session() {
            Ok((session, _)) => session,
            Err(error) => return Outcome::Failed(error.to_string()),
        };
        match self.repair(session, repair) {
            Ok(outcome) => outcome,
            Err(trouble) => {
                if trouble.ends_session() {
                    lane.drop_session();
                }
                Outcome::Failed(trouble.to_string())
            }
        }
    }

    fn repair(&mut self, session: &mut Session, repair: &Repair) -> Result<Outcome, Trouble> {
        match &repair.action {
            Action::Rewrite(_, date) => rewrite(session, &mut self.log, repair, *date),
            Action::Flag(set) => self.flag(session, repair, *set),
            Action::Move(target, flags) => {
                self.log.note(repair, "intent", &target.to_string())?;
                self.relocate(session, repair, target, *flags)
            }
            Action::RemoveCopyOf(other) => self.remove_copy(session, repair, *other),
        }
    }

    fn flag(
        &mut self,
        session: &mut Session,
        repair: &Repair,
        set: bool,
    ) -> Result<Outcome, Trouble> {
        self.log
            .note(repair, "intent", if set { "+" } else { "-" })?;
        let flagged = Flags {
            flagged: true,
            ..Flags::default()
        };
        let (add, take) = if set {
            (flagged, Flags::default())
        } else {
            (Flags::default(), flagged)
        };
        let (folder, validity) = (&repair.folder, repair.uid_validity);
        let now = session.store_flags(folder, validity, &[repair.uid], add, take)?;
        Ok(match now.first() {
            None => Outcome::Gone,
            Some((_, flags)) if flags.flagged == set => Outcome::Done(String::new()),
            Some(_) => Outcome::Failed("the server kept the flag as it was".to_owned()),
        })
    }

    /// Flags first: in a folder that no phone opens they change nothing that anybody hears.
    fn relocate(
        &mut self,
        session: &mut Session,
        repair: &Repair,
        target: &crate::mailstore::name::MailboxName,
        flags: Flags,
    ) -> Result<Outcome, Trouble> {
        let (folder, validity) = (&repair.folder, repair.uid_validity);
        if flags != Flags::default() {
            let now =
                session.store_flags(folder, validity, &[repair.uid], flags, Flags::default())?;
            let Some((_, now)) = now.first() else {
                return Ok(Outcome::Gone);
            };
            if (flags.seen && !now.seen) || (flags.flagged && !now.flagged) {
                return Ok(Outcome::Failed(
                    "the server keeps no flags there".to_owned(),
                ));
            }
        }
        let mut same = |now: &Candidate| now.message_id == repair.message_id && !now.flags.deleted;
        let moved = session.move_messages(folder, validity, &[repair.uid], target, &mut same)?;
        if moved.removal.removed.contains(&repair.uid) {
            self.log.note(repair, "done", &target.to_string())?;
            return Ok(Outcome::Done(String::new()));
        }
        if moved.removal.gone.contains(&repair.uid) {
            return Ok(Outcome::Gone);
        }
        Ok(Outcome::Failed(
            "it changed or could not be moved meanwhile".to_owned(),
        ))
    }

    fn remove_copy(
        &mut self,
        session: &mut Session,
        repair: &Repair,
        other: crate::mailstore::types::Uid,
    ) -> Result<Outcome, Trouble> {
        let (folder, validity) = (&repair.folder, repair.uid_validity);
        if session.examine(folder)?.uid_validity != validity {
            return Ok(Outcome::Left("UIDVALIDITY has changed since".to_owned()));
        }
        let Some(one) = Copy::fetch(session, repair.uid)? else {
            return Ok(Outcome::Gone);
        };
        let Some(first) = Copy::fetch(session, other)? else {
            return Ok(Outcome::Left(format!("UID {other} is not there any more")));
        };
        if one.whole != first.whole {
            return Ok(Outcome::Left(format!("it is not the same as UID {other}")));
        }
        if first.info.flags.deleted || one.info.flags != first.info.flags {
            return Ok(Outcome::Left(format!(
                "its flags are not those of UID {other}"
            )));
        }
        self.log.note(repair, "removing", &other.to_string())?;
        // Its octets were compared a moment ago, and what has a UID never changes them.
        let mut same = |now: &Candidate| now.flags == one.info.flags;
        let done = session.remove(folder, validity, &[repair.uid], &mut same)?;
        if done.removed.contains(&repair.uid) {
            self.log.note(repair, "done", "")?;
            return Ok(Outcome::Done(String::new()));
        }
        if done.gone.contains(&repair.uid) {
            return Ok(Outcome::Gone);
        }
        Ok(Outcome::Failed(
            "it changed or could not be removed meanwhile".to_owned(),
        ))
    }
}
