//! Sessions that change a folder in which somebody else has marked messages, and what they said.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

use vmimap::mailstore::name::MailboxName;
use vmimap::mailstore::options::{self, ConnectOptions, Credentials, Trace};
use vmimap::mailstore::session::Session;
use vmimap::mailstore::types::{Uid, UidValidity};

use super::dovecot::Dovecot;

pub fn name(wire: &str) -> MailboxName {
    MailboxName::from_wire(wire).unwrap()
}

pub fn uid(number: u32) -> Uid {
    Uid(NonZeroU32::new(number).unwrap())
}

pub fn uids(numbers: &[u32]) -> Vec<Uid> {
    numbers.iter().map(|n| uid(*n)).collect()
}

pub fn credentials(server: &Dovecot, user: &str) -> Credentials {
    Credentials {
        user: user.into(),
        password: server.password(user).to_owned().into(),
        auth_user: None,
    }
}

pub fn session(server: &Dovecot, user: &str) -> Session {
    let options = ConnectOptions::new(server.host(), server.port());
    Session::connect(&options, &credentials(server, user)).unwrap()
}

/// A session whose commands are listened to.
pub fn traced(server: &Dovecot) -> (Session, Arc<Mutex<Vec<String>>>) {
    let said = Arc::new(Mutex::new(Vec::new()));
    let list = Arc::clone(&said);
    let mut options = ConnectOptions::new(server.host(), server.port());
    options.trace = Some(Trace::new(move |from, line| {
        if from == options::Direction::Client {
            let command = line.split_once(' ').map_or("", |(_, command)| command);
            list.lock().unwrap().push(command.to_ascii_uppercase());
        }
    }));
    (
        Session::connect(&options, &credentials(server, "ada")).unwrap(),
        said,
    )
}

/// Panics where anything was said that takes more than the named messages.
pub fn assert_careful(said: &Mutex<Vec<String>>) {
    let said = said.lock().unwrap();
    assert!(said.len() > 3, "{said:?}");
    for line in said.iter() {
        assert!(
            !line.starts_with("EXPUNGE") && !line.starts_with("CLOSE"),
            "{line}"
        );
    }
}

pub fn validity(session: &mut Session, folder: &str) -> UidValidity {
    session.examine(&name(folder)).unwrap().uid_validity
}
