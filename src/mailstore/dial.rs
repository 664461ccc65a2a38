//! The transport without IMAP on it: a socket with deadlines, plain or under TLS.
//!
//! For [`crate::manager`], which speaks another protocol over the same kind of connection, so that
//! certificates, time-outs and "is this host another one" are judged in one place. STARTTLS is
//! IMAP's own: [`Security`] here means TLS from the first octet, or none.

use std::io::{self, Read, Write};
use std::time::Instant;

use super::auth::is_loopback;
use super::error::StoreError;
use super::options::{ConnectOptions, PlaintextPolicy, Security};
use super::transport::{Stream, Tcp};

/// A connection on which nothing was said yet.
pub struct Dialed(Stream);

impl Dialed {
    /// Connects, and shakes hands where [`Security::ImplicitTls`] is asked for.
    ///
    /// # Errors
    /// `Connect`, `Tls`, `Timeout`; `PlaintextRefused` where secrets would cross a network without
    /// encryption and that is not allowed.
    pub fn open(options: &ConnectOptions) -> Result<Self, StoreError> {
        let stream = Stream::Plain(Tcp::connect(options)?);
        let stream = match options.security {
            Security::ImplicitTls => stream.secure(options)?,
            _ => stream,
        };
        let exposed = !stream.is_tls() && !is_loopback(stream.tcp().peer());
        if exposed && options.plaintext == PlaintextPolicy::Refuse {
            return Err(StoreError::PlaintextRefused {
                peer: options.address(),
            });
        }
        Ok(Self(stream))
    }

    /// Sets the instant at which reads end, whatever has come by then.
    pub fn set_deadline(&mut self, deadline: Instant) {
        self.0.set_deadline(Some(deadline));
    }
}

impl Read for Dialed {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl Write for Dialed {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
