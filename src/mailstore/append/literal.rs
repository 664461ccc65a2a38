//! One message on its way from its source into the socket.
//!
//! Counts what the source writes and keeps its last octet back until the source has said that
//! all went well: a literal is complete only with a whole message in it.

use std::io::{self, Write};

use super::super::error::StoreError;
use super::super::link::Link;
use super::super::types::MessageSource;

/// Sends the octets of one literal.
///
/// # Errors
/// `SourceFailed` with `index`, and the connection cut, where the source fails or is not as long
/// as it said.
pub(super) fn send(
    link: &mut Link,
    index: usize,
    message: &dyn MessageSource,
    size: u64,
) -> Result<(), StoreError> {
    let mut literal = Literal {
        link,
        left: size,
        held: None,
        failed: None,
    };
    let written = message.write_to(&mut literal);
    let Literal {
        left, held, failed, ..
    } = literal;
    if let Some(error) = failed {
        return Err(error);
    }
    let io = match (written, held) {
        (Ok(()), Some(last)) if left == 0 => return link.queue_octets(&[last]),
        (Ok(()), _) => io::Error::new(
            io::ErrorKind::UnexpectedEof,
            format!("{left} of {size} octets are missing"),
        ),
        (Err(io), _) => io,
    };
    Err(link.kill(StoreError::SourceFailed { index, io }))
}

struct Literal<'l> {
    link: &'l mut Link,
    /// Octets that are still to come from the source.
    left: u64,
    held: Option<u8>,
    failed: Option<StoreError>,
}

impl Literal<'_> {
    fn pass(&mut self, octets: &[u8]) -> io::Result<()> {
        self.link.queue_octets(octets).map_err(|error| {
            self.failed = Some(error);
            io::Error::other("the connection failed")
        })
    }
}

impl Write for Literal<'_> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if self.failed.is_some() {
            return Err(io::Error::other("the connection failed"));
        }
        let size = buf.len() as u64;
        if size > self.left {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the message is longer than it said",
            ));
        }
        self.left -= size;
        match (self.left, buf.split_last()) {
            (0, Some((last, before))) => {
                self.pass(before)?;
                self.held = Some(*last);
            }
            _ => self.pass(buf)?,
        }
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(()) // the engine flushes when the command is whole
    }
}
