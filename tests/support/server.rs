//! What every private server of the tests has in common, whatever its brand.

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use super::dovecot_config::User;
use super::process;
use super::raw_imap::RawImap;

/// How often other ports are tried when somebody else took the ones that were free a moment ago.
pub const PORT_ATTEMPTS: u32 = 5;

/// How long a server may take to greet.
const START_PATIENCE: Duration = Duration::from_secs(20);

/// A running server, as far as a test that knows no brand needs it.
pub trait ImapServer {
    /// The address it listens on.
    fn host(&self) -> &str;

    /// The port for plain IMAP and STARTTLS.
    fn port(&self) -> u16;

    /// The password of an account.
    ///
    /// # Panics
    /// If there is no such account.
    fn password(&self, user: &str) -> &str;

    /// Where c-client finds it and how it talks to it: the part of its mailbox names before the
    /// user's.
    fn c_client(&self) -> String {
        format!("{}:{}/imap/notls", self.host(), self.port())
    }

    /// A connection of the tests' own, logged in.
    fn raw(&self, user: &str) -> RawImap {
        let mut raw = RawImap::connect(self.host(), self.port());
        raw.login(user, self.password(user));
        raw
    }
}

/// The password of one of these accounts.
///
/// # Panics
/// If there is no such account.
pub fn password_of<'u>(users: impl IntoIterator<Item = &'u User>, name: &str) -> &'u str {
    let found = users.into_iter().find(|user| user.name == name);
    &found
        .unwrap_or_else(|| panic!("no account {name}"))
        .password
}

/// Starts a server of this brand on a free port, and on another where somebody else was quicker.
///
/// # Panics
/// If it does not come up; the message holds what `launch` says.
pub fn start_on_a_free_port(
    brand: &str,
    host: &str,
    mut launch: impl FnMut(u16) -> Result<(), String>,
) {
    for attempt in 1.. {
        let [port] = free_ports(host);
        match launch(port) {
            Ok(()) => break,
            Err(why) if attempt == PORT_ATTEMPTS => panic!("{brand} did not start: {why}"),
            Err(_) => {}
        }
    }
}

/// Ports that are free now.
pub fn free_ports<const N: usize>(host: &str) -> [u16; N] {
    let listeners = [(); N].map(|()| TcpListener::bind((host, 0)).unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

/// Waits until the server says something that holds `expected`; false if it died or took too long.
pub fn greets(pid: u32, host: &str, port: u16, expected: &str) -> bool {
    let deadline = Instant::now() + START_PATIENCE;
    while Instant::now() < deadline && process::is_alive(pid) {
        if greeting(host, port).contains(expected) {
            return true;
        }
        thread::sleep(Duration::from_millis(10));
    }
    false
}

fn greeting(host: &str, port: u16) -> String {
    let Ok(mut stream) = TcpStream::connect((host, port)) else {
        return String::new();
    };
    let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
    let mut bytes = [0; 512];
    let length = stream.read(&mut bytes).unwrap_or(0);
    String::from_utf8_lossy(&bytes[..length]).into_owned()
}
