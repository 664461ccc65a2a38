//! What removing messages takes and tells: the values of [`remove`](super::Session::remove).

use std::fmt;

use super::super::error::StoreError;
use super::super::types::{Flags, Uid, UidValidity};

/// A message that is about to be removed, as it is on the server at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its UID.
    pub uid: Uid,
    /// Its flags now.
    pub flags: Flags,
    /// Its Message-ID, unfolded and trimmed; `None` where it has none.
    pub message_id: Option<String>,
}

/// What became of the messages that were to be removed. Every UID that was given is in exactly one
/// of `removed`, `gone`, `declined`, `unmarked`, `kept` and `untried`, once all went well.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Removal {
    /// Not on the server any more: looked for afterwards and not found.
    pub removed: Vec<Uid>,
    /// Not there any more before anything was done to them.
    pub gone: Vec<Uid>,
    /// The check said no; not touched.
    pub declined: Vec<Uid>,
    /// The server did not mark them as deleted although it said OK; they were not expunged.
    pub unmarked: Vec<Uid>,
    /// Still there although the server was asked to expunge them.
    pub kept: Vec<Uid>,
    /// Not reached, because the work stopped before them.
    pub untried: Vec<Uid>,
    /// May still carry the `\Deleted` that was set here. Empty unless the connection broke, or the
    /// server would not take the mark back.
    pub may_be_marked: Vec<Uid>,
    /// Vanished meanwhile and were not to be removed.
    pub also_gone: Vec<Uid>,
    /// Others' messages that lack the `\Deleted` they had: it was taken off here, and they were not
    /// seen with it again. Empty unless something went wrong.
    pub not_back: Vec<Uid>,
}

/// What [`remove_alone`](super::Session::remove_alone) is about to do to a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lift {
    /// Others' messages, which lose `\Deleted` for a while.
    pub others: Vec<Uid>,
    /// Messages that are to go.
    pub planned: Vec<Uid>,
    /// Those of them that do not carry `\Deleted` yet.
    pub ours: Vec<Uid>,
}

/// How far [`remove_alone`](super::Session::remove_alone) has come; each is told before it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LiftStep<'a> {
    /// Marks are taken off and set.
    Lifting(&'a Lift),
    /// The last look, and EXPUNGE.
    Expunging,
}

/// What became of marks that an earlier run had taken off.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PutBack {
    /// Others' messages that carry `\Deleted` again.
    pub back: Vec<Uid>,
    /// Others' messages that are not there any more.
    pub gone: Vec<Uid>,
}

/// A copy a server made (COPYUID, RFC 4315 §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// The message.
    pub from: Uid,
    /// The UIDVALIDITY of the folder the copy is in.
    pub validity: UidValidity,
    /// The copy.
    pub to: Uid,
}

/// What became of messages that were to be moved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moved {
    /// Their old places; what is in `removed` has moved.
    pub removal: Removal,
    /// Their new places, as far as the server told them.
    pub copies: Vec<Copied>,
}

/// Removing or moving stopped before its end.
#[derive(Debug)]
pub struct RemovalStopped {
    /// Why.
    pub error: StoreError,
    /// How far it came. Empty where nothing was done. Where the connection broke, nothing is in
    /// `removed` that was not looked for afterwards.
    pub done: Removal,
    /// Copies that were made; where the connection broke while copying, there may be more.
    pub copies: Vec<Copied>,
}

impl fmt::Display for RemovalStopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)?;
        match self.done.may_be_marked.len() {
            0 => Ok(()),
            1 => f.write_str("; 1 message may be left marked as deleted"),
            n => write!(f, "; {n} messages may be left marked as deleted"),
        }?;
        match self.done.not_back.len() {
            0 => Ok(()),
            1 => f.write_str("; 1 message of others may lack the \\Deleted it had"),
            n => write!(
                f,
                "; {n} messages of others may lack the \\Deleted they had"
            ),
        }
    }
}

impl std::error::Error for RemovalStopped {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}
