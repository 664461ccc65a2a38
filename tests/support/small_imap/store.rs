//! Accounts, folders and messages of the small server.

use std::collections::{BTreeMap, BTreeSet};

use super::Manners;

/// Everything there is.
pub struct World {
    pub manners: Manners,
    pub accounts: BTreeMap<String, Account>,
    pub log: Vec<String>,
    pub connections: usize,
    pub connections_ever: usize,
    next_validity: u32,
}

/// One user's mail.
#[derive(Debug, Default)]
pub struct Account {
    pub folders: BTreeMap<String, Folder>,
    pub subscribed: BTreeSet<String>,
}

/// One folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    pub validity: u32,
    pub next: u32,
    pub messages: Vec<Message>,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub uid: u32,
    pub flags: BTreeSet<String>,
    /// As it was given.
    pub date: String,
    pub body: Vec<u8>,
}

impl Message {
    pub fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|one| one.eq_ignore_ascii_case(flag))
    }

    /// The header with its empty line.
    pub fn header(&self) -> &[u8] {
        let end = self.body.windows(4).position(|four| four == b"\r\n\r\n");
        &self.body[..end.map_or(self.body.len(), |at| at + 4)]
    }
}

impl Folder {
    /// Adds a message; returns its UID.
    pub fn put(&mut self, flags: BTreeSet<String>, date: &str, body: Vec<u8>) -> u32 {
        let uid = self.next;
        self.next += 1;
        self.messages.push(Message {
            uid,
            flags,
            date: date.to_owned(),
            body,
        });
        uid
    }
}

impl World {
    pub fn new(manners: Manners, users: &[&str]) -> Self {
        let mut world = Self {
            manners,
            accounts: BTreeMap::new(),
            log: Vec::new(),
            connections: 0,
            connections_ever: 0,
            next_validity: 1_795_429_877,
        };
        for user in users {
            world
                .accounts
                .insert((*user).to_owned(), Account::default());
            world.create(user, "INBOX");
        }
        world
    }

    /// Makes a folder.
    pub fn create(&mut self, user: &str, name: &str) {
        let folder = Folder {
            validity: self.next_validity,
            next: 1,
            messages: Vec::new(),
        };
        self.next_validity += 1;
        let account = self.accounts.get_mut(user).unwrap();
        account.folders.insert(name.to_owned(), folder);
    }

    pub fn folder_mut(&mut self, user: &str, name: &str) -> Option<&mut Folder> {
        let folders = &mut self.accounts.get_mut(user)?.folders;
        let name = if name.eq_ignore_ascii_case("INBOX") {
            "INBOX"
        } else {
            name
        };
        folders.get_mut(name)
    }

    /// How many messages an account holds.
    pub fn held(&self, user: &str) -> usize {
        let folders = self.accounts[user].folders.values();
        folders.map(|folder| folder.messages.len()).sum()
    }
}
