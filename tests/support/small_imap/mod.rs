//! A small IMAP server in memory with the manners of servers that cannot be installed here, or that
//! do what no real one does on demand.
//!
//! Keeps accounts, folders and messages, so that a whole life can be led on it; every command is
//! written down. Knows what vmimap asks and no more; an unknown command is a `BAD` and stands in
//! the log. What a brand does its own way is a field of [`Manners`]; measured on the real ones:
//! UW imapd 2007f (and the same without UIDPLUS, as in 2005), its mix format, Courier 5.0.

#![allow(dead_code)] // each test file uses a part of it

mod commands;
mod fetch;
mod search;
mod session;
mod store;
mod words;

use std::io::{BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

pub use store::{Message, World};

/// What UID EXPUNGE does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UidExpunge {
    /// Removes the given messages that are marked (RFC 4315).
    Marked,
    /// Removes the given messages, marked or not: UW's mix format.
    Any,
    /// Removes one message more than it was asked to.
    OneMore,
    /// `BAD Command unrecognized: UID EXPUNGE`: UW imapd before 2006.
    Unknown,
}

/// How header names come back in FETCH answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    AsSent,
    /// Dovecot, UW.
    UpperCase,
    /// Courier.
    Quoted,
}

/// What a brand does its own way.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools)] // each is one thing a server does or does not
pub struct Manners {
    pub greeting: &'static str,
    pub before_login: &'static str,
    pub after_login: &'static str,
    /// The first personal prefix and the delimiter.
    pub prefix: &'static str,
    pub delimiter: char,
    pub namespace: &'static str,
    pub inbox_has_no_delimiter: bool,
    pub uid_expunge: UidExpunge,
    pub names: Names,
    /// Says OK to keywords in APPEND and forgets them.
    pub drops_keywords: bool,
    /// Tells INTERNALDATE in this zone, in hours east of UTC.
    pub zone: i8,
    /// Whether a login looks at the authorisation identity, or at the user before the asterisk.
    pub honours_authzid: bool,
    /// What CREATE of what exists is answered with; `%` is the name.
    pub exists: &'static str,
    /// Follows every refusal.
    pub stray: &'static str,
    /// What APPEND is answered with once an account holds so many messages.
    pub full: Option<(usize, &'static str)>,
    /// What a NUL or a line feed without a carriage return in APPEND is answered with.
    pub refuses: Option<(&'static str, &'static str)>,
    /// The QUOTA lines of every account.
    pub quota: &'static str,
    /// Says goodbye in place of answering the command that begins so, whenever it comes.
    pub bye_at: Option<&'static str>,
    /// Connections at a time; one too many gets these words instead of a greeting.
    pub limit: Option<(usize, &'static str)>,
}

impl Manners {
    /// UW imapd before 2006, with folders in unix format.
    pub fn uw2005() -> Self {
        Self {
            greeting: "localhost IMAP4rev1 2005.390 ready",
            before_login: "IMAP4REV1 LITERAL+ SASL-IR LOGIN-REFERRALS AUTH=PLAIN AUTH=LOGIN",
            after_login: "IMAP4REV1 LITERAL+ IDLE NAMESPACE MAILBOX-REFERRALS BINARY UNSELECT SCAN \
                          SORT MULTIAPPEND",
            prefix: "",
            delimiter: '/',
            namespace: "((\"\" \"/\")(\"#mhinbox\" NIL)(\"#mh/\" \"/\")) ((\"~\" \"/\")) NIL",
            inbox_has_no_delimiter: true,
            uid_expunge: UidExpunge::Unknown,
            names: Names::UpperCase,
            drops_keywords: true,
            zone: -5,
            honours_authzid: true,
            exists: "NO Can't create mailbox node mail/%: File exists",
            stray: "",
            full: None,
            refuses: None,
            quota: "",
            bye_at: None,
            limit: None,
        }
    }

    /// UW imapd 2007f with folders in mix format.
    pub fn uw_mix() -> Self {
        Self {
            greeting: "localhost IMAP4rev1 2007f.404 ready",
            after_login: "IMAP4REV1 I18NLEVEL=1 LITERAL+ IDLE UIDPLUS NAMESPACE CHILDREN \
                          MAILBOX-REFERRALS BINARY UNSELECT ESEARCH WITHIN SCAN SORT MULTIAPPEND",
            inbox_has_no_delimiter: false,
            uid_expunge: UidExpunge::Any,
            exists: "NO Can't create mailbox %: mailbox already exists",
            ..Self::uw2005()
        }
    }

    /// Courier 5.0.
    pub fn courier() -> Self {
        Self {
            greeting: "Courier-IMAP ready. Copyright 1998-2019 Double Precision, Inc.",
            before_login: "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=REFERENCES SORT QUOTA \
                           AUTH=PLAIN IDLE ACL ACL2=UNION",
            after_login: "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=REFERENCES SORT QUOTA IDLE \
                          ACL ACL2=UNION",
            prefix: "INBOX.",
            delimiter: '.',
            namespace: "((\"INBOX.\" \".\")) NIL ((\"#shared.\" \".\")(\"shared.\" \".\"))",
            inbox_has_no_delimiter: false,
            uid_expunge: UidExpunge::Marked,
            names: Names::Quoted,
            drops_keywords: false,
            zone: 0,
            honours_authzid: false,
            exists: "NO Cannot create this folder.",
            stray: "* NO Error in IMAP command received by server.\r\n",
            quota: "* QUOTAROOT \"INBOX\" \"ROOT\"\r\n* QUOTA \"ROOT\"\r\n",
            ..Self::uw2005()
        }
    }
}

/// A running server; it ends with the test's process.
pub struct SmallImap {
    pub port: u16,
    world: Arc<Mutex<World>>,
}

impl SmallImap {
    /// Listens, with these accounts; each password is `secret`.
    pub fn start(manners: Manners, accounts: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let world = Arc::new(Mutex::new(World::new(manners, accounts)));
        let shared = Arc::clone(&world);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let patience = Some(Duration::from_secs(20));
                stream.set_read_timeout(patience).unwrap();
                stream.set_nodelay(true).unwrap();
                let shared = Arc::clone(&shared);
                {
                    let mut world = shared.lock().unwrap_or_else(PoisonError::into_inner);
                    let limit = world.manners.limit;
                    if let Some((most, words)) = limit
                        && world.connections >= most
                    {
                        let _ = stream.write_all(words.as_bytes());
                        continue;
                    }
                    world.connections += 1;
                    world.connections_ever += 1;
                }
                thread::spawn(move || {
                    session::serve(BufReader::new(stream), &shared);
                    let mut world = shared.lock().unwrap_or_else(PoisonError::into_inner);
                    world.connections -= 1;
                });
            }
        });
        Self { port, world }
    }

    /// What it holds.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The commands so far, without tags; secrets are left out.
    pub fn log(&self) -> Vec<String> {
        self.world().log.clone()
    }

    /// The commands of the log that begin so.
    pub fn said(&self, start: &str) -> Vec<String> {
        let log = self.log();
        log.into_iter()
            .filter(|line| line.starts_with(start))
            .collect()
    }

    /// Flags and bodies of a folder by UID.
    pub fn folder(&self, user: &str, name: &str) -> Vec<Message> {
        let world = self.world();
        world.accounts[user].folders[name].messages.clone()
    }

    /// The names of an account's folders.
    pub fn folders(&self, user: &str) -> Vec<String> {
        self.world().accounts[user]
            .folders
            .keys()
            .cloned()
            .collect()
    }

    /// Puts a message into a folder, as somebody else would.
    pub fn put(&self, user: &str, name: &str, flags: &str, body: &[u8]) {
        let mut world = self.world();
        let folder = world.folder_mut(user, name).unwrap();
        let flags = flags.split_whitespace().map(str::to_owned).collect();
        folder.put(flags, "05-Feb-2009 18:31:30 +0000", body.to_vec());
    }
}
