//! How a session came about: what it cost, and with whom.

use std::net::SocketAddr;
use std::time::Duration;

use super::super::link::Link;
use super::super::transport::Tcp;
use super::Session;

/// What connecting and logging in took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handshake {
    /// From the look-up of the name to the TCP connection, addresses that did not answer included.
    pub connect: Duration,
    /// From there to being logged in: TLS, greeting, authentication, with the server's own delays.
    pub login: Duration,
    /// The address that answered; `None` where the connection had broken by then.
    pub peer: Option<SocketAddr>,
}

impl Handshake {
    pub(super) fn of(link: &Link, whole: Duration) -> Self {
        let tcp = link.wire.tcp();
        let connect = tcp.map(Tcp::connected_in).unwrap_or_default();
        Self {
            connect,
            login: whole.saturating_sub(connect),
            peer: tcp.and_then(Tcp::peer),
        }
    }
}

impl Session {
    /// What connecting and logging in took, and the server's address.
    #[must_use]
    pub fn handshake(&self) -> Handshake {
        self.handshake
    }
}
