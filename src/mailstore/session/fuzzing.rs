//! A session with a server that has said everything beforehand; see [`super::super::fuzzing`].

use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::super::capability::Capabilities;
use super::super::error::StoreError;
use super::super::mechanism::Mechanism;
use super::super::{fuzzing, gate};
use super::{Handshake, Session, Way};

impl Session {
    /// A session that has logged in, with these answers to whatever it says. The other end gives
    /// what was said. Tags of the raw commands are `v1`, `v2`, ..., those of the crate `a2`, ...
    ///
    /// # Errors
    /// Where the operating system gives no socket pair.
    #[doc(hidden)]
    pub fn rehearsed(answers: &[u8], capabilities: &str) -> Result<(Self, UnixStream), StoreError> {
        let (link, server) = fuzzing::link(answers)?;
        let handshake = Handshake::of(&link, Duration::ZERO);
        let link = Arc::new(Mutex::new(link));
        let (imap, kept) = gate::adopt(&link)?;
        let capabilities = Capabilities::from_words(capabilities);
        let session = Self {
            link,
            imap,
            kept,
            capabilities_before_login: capabilities.clone(),
            capabilities,
            greeting: String::new(),
            way: Way {
                mechanism: Mechanism::Plain,
                before: Vec::new(),
                exposed: false,
            },
            viewed: None,
            handshake,
            open: None,
            read_only: true,
        };
        Ok((session, server))
    }
}
