//! Whether UIDs still mean the messages they meant (RFC 3501 §2.3.1.1).

use super::error::StoreError;
use super::name::MailboxName;
use super::types::UidValidity;

impl UidValidity {
    /// Refuses to go on with UIDs of a folder that has been numbered anew.
    ///
    /// # Errors
    /// `UidValidityChanged` where the folder has another one by now.
    pub fn unless_changed(self, folder: &MailboxName, found: Self) -> Result<(), StoreError> {
        if found == self {
            return Ok(());
        }
        Err(StoreError::UidValidityChanged {
            folder: folder.to_string(),
            expected: self,
            found,
        })
    }
}
