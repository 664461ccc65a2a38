//! The answer to an EXAMINE that goes out together with what is asked about the folder.

use std::num::NonZeroU32;

use super::super::error::StoreError;
use super::super::fetched::{self, Datum};
use super::super::link::{Link, Untagged};
use super::super::name::MailboxName;
use super::super::response::Condition;
use super::super::types::{FolderState, Uid, UidValidity};

/// Reads the answers up to the tagged one.
///
/// # Errors
/// `Refused` where the folder was not opened: then no folder is open, and what was asked behind it is
/// answered all the same. `Malformed`, and the end of the session, where no UIDVALIDITY or count came.
pub(super) fn read(
    link: &mut Link,
    name: &MailboxName,
    tag: &str,
) -> Result<FolderState, StoreError> {
    let command = format!("EXAMINE {name}");
    link.wire.set_doing(&command);
    let mut opening = Opening::default();
    link.finish(tag, &command, &mut |u| opening.read(&u))?;
    let nothing = b"no UIDVALIDITY or no EXISTS";
    let state = opening.state();
    state.ok_or_else(|| link.kill(StoreError::malformed(command, nothing)))
}

/// What the untagged answers to EXAMINE tell.
#[derive(Default)]
struct Opening {
    uid_validity: Option<UidValidity>,
    uid_next: Option<Uid>,
    exists: Option<u32>,
}

impl Opening {
    fn read(&mut self, untagged: &Untagged<'_>) -> Result<(), StoreError> {
        match untagged {
            Untagged::Data(data) => match fetched::read(data) {
                Datum::Exists(count) => self.exists = Some(count),
                Datum::Broken => return Err(StoreError::malformed("EXAMINE", data)),
                _ => {}
            },
            Untagged::Status(status) if status.condition == Condition::Ok => {
                let number = || {
                    status
                        .argument
                        .trim()
                        .parse::<u32>()
                        .ok()
                        .and_then(NonZeroU32::new)
                };
                match status.code.as_deref() {
                    Some("UIDVALIDITY") => self.uid_validity = number().map(UidValidity),
                    Some("UIDNEXT") => self.uid_next = number().map(Uid),
                    _ => {}
                }
            }
            Untagged::Status(_) => {}
        }
        Ok(())
    }

    fn state(&self) -> Option<FolderState> {
        Some(FolderState {
            uid_validity: self.uid_validity?,
            uid_next: self.uid_next,
            exists: self.exists?,
        })
    }
}
