//! What several tests of the IMAP layer begin with.

use std::num::NonZeroU32;

use crate::scripted::{Server, Talk};
use vmimap::mailstore::name::MailboxName;
use vmimap::mailstore::session::Session;
use vmimap::mailstore::types::Uid;

pub fn name(wire: &str) -> MailboxName {
    MailboxName::from_wire(wire).unwrap()
}

pub fn uid(number: u32) -> Uid {
    Uid(NonZeroU32::new(number).unwrap())
}

/// Answers the EXAMINE of an INBOX with so many messages.
pub fn open(talk: &mut Talk, exists: u32) {
    let tag = talk.expect("EXAMINE \"INBOX\"");
    talk.send(format!("* {exists} EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n"));
    talk.ok(&tag);
}

/// A session that has opened the INBOX.
pub fn opened(server: &Server) -> Session {
    let mut session = server.connect().unwrap();
    session.examine(&MailboxName::inbox()).unwrap();
    session
}

/// What a session makes of one conversation.
pub fn with<T>(
    capabilities: &'static str,
    script: impl FnOnce(&mut Talk) + Send + 'static,
    ask: impl FnOnce(&mut Session) -> T,
) -> T {
    let server = Server::logged_in(capabilities, script);
    let mut session = server.connect().unwrap();
    let outcome = ask(&mut session);
    drop(session);
    server.finish();
    outcome
}
