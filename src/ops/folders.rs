//! Which IMAP folder Asterisk will open for each voicemail folder.
//!
//! Asterisk does not think about namespaces: it sends what voicemail.conf says, and for Work,
//! Family, ... either the bare name or `imapparentfolder`, the delimiter and the name
//! (`imap_mailbox_name`). This does the same, so that a message is put where it will be looked for,
//! and says so where the server cannot have such a folder.

use crate::mailstore::error::StoreError;
use crate::mailstore::name::MailboxName;
use crate::voicemail::conf::{Mailbox, VoicemailConf};
use crate::voicemail::folder::{Home, VoicemailFolder};

/// Reads a name from voicemail.conf. Asterisk sends it as it stands, so plain ASCII is taken for
/// the wire form; anything else is put into modified UTF-7, the only form servers agree on.
fn name(text: &str) -> Result<MailboxName, StoreError> {
    MailboxName::from_wire(text).or_else(|_| MailboxName::from_unicode(text))
}

/// What is wrong with a name that lacks the server's prefix, and the way out.
#[must_use]
pub fn impossible_name(prefix: &str, cure: &str) -> String {
    format!(
        "every folder on this server begins with {prefix:?}, so Asterisk cannot open this name; {cure}"
    )
}

/// The folder for greetings as voicemail.conf has it; one without a name is INBOX.
#[must_use]
pub fn greetings_folder_as_written(conf: &VoicemailConf) -> &str {
    match conf.general.greetingfolder.value.as_str() {
        "" => "INBOX",
        written => written,
    }
}

/// The name of the folder for greetings, which `imapparentfolder` is not put in front of.
///
/// # Errors
/// When voicemail.conf names a folder that no server can have.
pub fn greetings_folder(conf: &VoicemailConf) -> Result<MailboxName, StoreError> {
    name(greetings_folder_as_written(conf))
}

/// Whether greetings are kept where the box's phone looks for messages: it then counts, plays and
/// deletes them as such.
#[must_use]
pub fn greetings_among_messages(conf: &VoicemailConf, mailbox: &Mailbox) -> bool {
    let folder = name(conf.imapfolder(mailbox));
    matches!((folder, greetings_folder(conf)), (Ok(one), Ok(other)) if one == other)
}

/// The names of one box's folders on one server.
#[derive(Debug, Clone)]
pub struct FolderMap {
    names: Vec<(Home, MailboxName)>,
    prefix: String,
}

impl FolderMap {
    /// The names of a box's folders, given what the server told: the prefix of its namespace and
    /// the delimiter as Asterisk finds it.
    ///
    /// # Errors
    /// When voicemail.conf names a folder that no server can have.
    pub fn new(
        conf: &VoicemailConf,
        mailbox: &Mailbox,
        prefix: &str,
        delimiter: Option<char>,
    ) -> Result<Self, StoreError> {
        let parent = conf.parent_folder().map(name).transpose()?;
        let mut names = vec![(Home::ImapFolder, name(conf.imapfolder(mailbox))?)];
        for folder in VoicemailFolder::ALL {
            if !matches!(folder, VoicemailFolder::Inbox | VoicemailFolder::Urgent) {
                let wire = match &parent {
                    Some(parent) => parent.join(delimiter, folder.as_str())?,
                    None => name(folder.as_str())?,
                };
                names.push((Home::Named(folder), wire));
            }
        }
        Ok(Self {
            names,
            prefix: prefix.to_owned(),
        })
    }

    /// The folder that holds new, old and urgent messages.
    #[must_use]
    pub fn imapfolder(&self) -> &MailboxName {
        &self.names[0].1
    }

    /// The folder of a home.
    #[must_use]
    pub fn target(&self, home: Home) -> &MailboxName {
        let found = self.names.iter().find(|(known, _)| *known == home);
        found.map_or(self.imapfolder(), |(_, name)| name)
    }

    /// What every folder name on the server must begin with, where this name does not.
    #[must_use]
    pub fn missing_prefix(&self, target: &MailboxName) -> Option<&str> {
        let prefix = self.prefix.as_str();
        let wire = target.as_wire();
        let inbox = wire.eq_ignore_ascii_case("INBOX");
        (!prefix.is_empty() && !inbox && !wire.starts_with(prefix)).then_some(prefix)
    }

    /// Every folder a box's messages may lie in, imapfolder first.
    #[must_use]
    pub fn all(&self) -> &[(Home, MailboxName)] {
        &self.names
    }
}
