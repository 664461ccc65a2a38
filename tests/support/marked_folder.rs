//! A server with a folder in which somebody else has marked messages as deleted.

use super::dovecot::Dovecot;
use super::dovecot_config::{DovecotOptions, User};
use super::raw_imap::StoredMessage;

const DATE: &str = "\"05-Feb-2009 18:31:30 +0000\"";

/// A server whose INBOX holds ten messages: 2 and 7 are marked as deleted by somebody else.
pub fn ten(options: DovecotOptions) -> Dovecot {
    let users = vec![User::new("ada", "one"), User::new("bob", "two")];
    let server = Dovecot::start(DovecotOptions { users, ..options });
    fill(&server, "INBOX");
    server
}

/// Puts the ten messages into a folder of `ada`.
pub fn fill(server: &Dovecot, folder: &str) {
    let mut raw = server.raw("ada");
    for number in 1..=10 {
        let flags = if matches!(number, 2 | 7) {
            "(\\Deleted)"
        } else {
            "(\\Seen)"
        };
        let text = format!("Message-ID: <{number}@test>\r\n\r\nmessage {number}\r\n");
        raw.append(folder, flags, DATE, text.as_bytes()).ok();
    }
}

/// What a folder of `ada` holds.
pub fn left(server: &Dovecot, folder: &str) -> Vec<StoredMessage> {
    server.raw("ada").messages(folder)
}

/// The UIDs of messages.
pub fn numbers(messages: &[StoredMessage]) -> Vec<u32> {
    messages.iter().map(|m| m.uid).collect()
}
