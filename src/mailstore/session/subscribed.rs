//! The folders a user has subscribed to (RFC 3501 §6.3.9, RFC 5258 §3.1).

use super::super::error::StoreError;
use super::super::link::lock;
use super::super::name::MailboxName;
use super::Session;
use super::folders::read_listed;

impl Session {
    /// The names of all subscribed folders, in the server's order and each once; a subscription
    /// outlives its folder. As in [`list`](Self::list), a name that no client could send back is
    /// left out.
    pub fn subscribed(&mut self) -> Result<Vec<MailboxName>, StoreError> {
        let (line, word) = if self.capabilities.has("LIST-EXTENDED") {
            ("LIST (SUBSCRIBED) \"\" \"*\"", "LIST")
        } else {
            ("LSUB \"\" \"*\"", "LSUB")
        };
        let mut listed = Vec::new();
        lock(&self.link).run(line, word, &mut |u| read_listed(&u, word, &mut listed))?;
        let mut seen = std::collections::HashSet::new();
        let names = listed.into_iter().map(|folder| folder.name);
        Ok(names.filter(|name| seen.insert(name.clone())).collect())
    }
}
