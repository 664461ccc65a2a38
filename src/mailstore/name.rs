//! Names of IMAP mailboxes, as they go over the wire.

/// An IMAP mailbox name in wire form.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MailboxName(String);
