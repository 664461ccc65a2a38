//! Doors for the fuzz targets in `fuzz/`: the private pieces that read what a server sends.
//!
//! Only with the feature `fuzzing`, and no promise to anybody: what is asserted stands in the
//! targets. The server is one end of a socket pair with its whole answer written already, so what
//! is tried is the code that runs in production, from the socket on.

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use super::error::StoreError;
use super::link::Link;
use super::options::ConnectOptions;
use super::response::{Response, classify};
use super::transport::{Stream, Tcp};
use super::utf7;
use super::wire::{Bulk, Wire};

/// The octets of answers that fit the socket pair without anybody reading.
pub const LONGEST: usize = 64 * 1024;

/// What a logical response was taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `+ ...`
    Continue,
    /// `TAG OK ...`
    Tagged,
    /// `* OK ...`
    Untagged,
    /// `* ` and anything else.
    Data,
    /// None of these.
    Garbage,
}

/// What came off the wire.
#[derive(Debug)]
pub struct Framed {
    /// The logical responses in their order.
    pub responses: Vec<(Kind, Vec<u8>)>,
    /// What the bulk took out of them, in its order.
    pub bulk: Vec<u8>,
    /// Why there was no further one.
    pub end: StoreError,
}

struct Takes(Option<u64>, Vec<u8>);

impl Bulk for Takes {
    fn takes(&mut self, _: &[u8], size: u64) -> bool {
        self.0.is_some_and(|from| size >= from)
    }

    fn octets(&mut self, octets: &[u8]) {
        self.1.extend_from_slice(octets);
    }
}

/// Reads logical responses off a wire until it ends. Literals of at least `bulk_from` octets go to
/// the bulk.
///
/// # Errors
/// Where the operating system gives no socket pair.
pub fn frame(answers: &[u8], bulk_from: Option<u64>) -> Result<Framed, StoreError> {
    let (mut wire, _server) = wire(answers)?;
    let mut takes = Takes(bulk_from, Vec::new());
    let mut responses = Vec::new();
    let mut buffer = Vec::new();
    loop {
        if let Err(end) = wire.read_response(&mut buffer, Some(&mut takes)) {
            return Ok(Framed {
                responses,
                bulk: takes.1,
                end,
            });
        }
        let kind = match classify(&buffer) {
            Response::Continue(_) => Kind::Continue,
            Response::Tagged(..) => Kind::Tagged,
            Response::Untagged(_) => Kind::Untagged,
            Response::Data(_) => Kind::Data,
            Response::Garbage => Kind::Garbage,
        };
        responses.push((kind, buffer.clone()));
    }
}

/// Text as modified UTF-7.
#[must_use]
pub fn encode_utf7(text: &str) -> String {
    utf7::encode(text)
}

/// Modified UTF-7 as text, where it is any.
#[must_use]
pub fn decode_utf7(wire: &str) -> Option<String> {
    utf7::decode(wire)
}

/// A link to a server that has said all it will ever say; the other end takes what is sent.
pub(super) fn link(answers: &[u8]) -> Result<(Link, UnixStream), StoreError> {
    wire(answers).map(|(wire, server)| (Link::new(wire), server))
}

fn wire(answers: &[u8]) -> Result<(Wire, UnixStream), StoreError> {
    let failed = |io| StoreError::Io {
        doing: "making a socket pair".to_owned(),
        io,
    };
    let (ours, mut theirs) = UnixStream::pair().map_err(failed)?;
    let answers = &answers[..answers.len().min(LONGEST)];
    theirs.write_all(answers).map_err(failed)?;
    // Nothing further comes; what we send has somewhere to go all the same.
    theirs.shutdown(Shutdown::Write).map_err(failed)?;
    let options = ConnectOptions::new("server", 143);
    let tcp = Tcp::over(TcpStream::from(OwnedFd::from(ours)), options.timeouts);
    Ok((Wire::new(Stream::Plain(tcp), &options), theirs))
}
