//! Octets in and out: a buffered stream that reads one logical response at a time.
//!
//! A logical response is a line with its literals in place. Knows tags and meaning not at all.
//! Memory: one buffer each way, and a response up to [`LARGEST`]; a [`Bulk`] takes literals that
//! are too big to hold. Invariant: octets past the response are never handed out.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls_connector::rustls::ClientConfig;
use secrecy::zeroize::{Zeroize as _, Zeroizing};

use super::error::StoreError;
use super::options::{ConnectOptions, Direction, Timeouts, Trace};
use super::response::may_hold_literals;
use super::syntax::literal_size;
use super::transport::{Stream, Tcp};

/// Octets of one response that are held at most, without what a [`Bulk`] takes.
pub(super) const LARGEST: usize = 4 * 1024 * 1024;

const BUFFER: usize = 128 * 1024;

/// A response may take this many read timeouts from its first octet to its last.
const PATIENCE: u32 = 4;

/// The slowest literal that is put up with, in octets a second, in either direction.
const SLOWEST: u64 = 4 * 1024;

/// Takes literals while they stream in.
pub(super) trait Bulk {
    /// Whether it wants the literal of `size` octets that `head`, the response so far, announces.
    fn takes(&mut self, head: &[u8], size: u64) -> bool;
    /// The literal's next octets.
    fn octets(&mut self, octets: &[u8]);
}

/// A buffered connection.
pub(super) struct Wire {
    stream: Option<Stream>,
    input: Vec<u8>,
    start: usize,
    end: usize,
    output: Vec<u8>,
    timeouts: Timeouts,
    trace: Option<Trace>,
    secrets: Vec<Zeroizing<String>>,
    doing: String,
    /// When all reading ends, whatever comes.
    ends: Option<Instant>,
}

impl Wire {
    pub(super) fn new(stream: Stream, options: &ConnectOptions) -> Self {
        Self {
            stream: Some(stream),
            input: vec![0; BUFFER],
            start: 0,
            end: 0,
            output: Vec::with_capacity(BUFFER),
            timeouts: options.timeouts,
            trace: options.trace.clone(),
            secrets: Vec::new(),
            doing: String::new(),
            ends: None,
        }
    }

    /// Names what is being done, for errors and the trace.
    pub(super) fn set_doing(&mut self, doing: &str) {
        doing.clone_into(&mut self.doing);
    }

    pub(super) fn read_timeout(&self) -> Duration {
        self.timeouts.read
    }

    pub(super) fn doing(&self) -> &str {
        &self.doing
    }

    /// Texts that must not be traced even where a server echoes them.
    pub(super) fn set_secrets(&mut self, secrets: Vec<Zeroizing<String>>) {
        self.secrets = secrets;
    }

    /// Forgets them, and wipes what has been read and sent: a server may have repeated them.
    pub(super) fn forget_secrets(&mut self) {
        self.secrets.clear();
        if self.output.is_empty() {
            self.output.zeroize();
        }
        let read = if self.has_unread() {
            self.start
        } else {
            self.input.len()
        };
        if let Some(read) = self.input.get_mut(..read) {
            read.zeroize();
        }
    }

    /// One more of them.
    pub(super) fn add_secret(&mut self, secret: Zeroizing<String>) {
        self.secrets.push(secret);
    }

    /// Takes the secrets of the moment out of a text.
    pub(super) fn redact(&self, text: &str) -> String {
        let secrets = self.secrets.iter().filter(|s| !s.is_empty());
        secrets.fold(text.to_owned(), |text, secret| {
            text.replace(secret.as_str(), "<redacted>")
        })
    }

    pub(super) fn is_tls(&self) -> bool {
        self.stream.as_ref().is_some_and(Stream::is_tls)
    }

    pub(super) fn tcp(&self) -> Option<&Tcp> {
        self.stream.as_ref().map(Stream::tcp)
    }

    /// Whether octets have come that nobody has read.
    pub(super) fn has_unread(&self) -> bool {
        self.start < self.end
    }

    /// Puts TLS on the connection.
    pub(super) fn secure(&mut self, options: &ConnectOptions) -> Result<(), StoreError> {
        let stream = self.stream.take().ok_or_else(|| self.broken(closed()))?;
        self.stream = Some(stream.secure(options)?);
        Ok(())
    }

    /// Puts TLS on the connection, with another idea of what is accepted.
    pub(super) fn secure_with(
        &mut self,
        options: &ConnectOptions,
        config: Arc<ClientConfig>,
    ) -> Result<(), StoreError> {
        let stream = self.stream.take().ok_or_else(|| self.broken(closed()))?;
        self.stream = Some(stream.secure_with(options, config)?);
        Ok(())
    }

    /// Protocol version and cipher suite, as rustls calls them.
    pub(super) fn tls_session(&self) -> Option<(String, String)> {
        self.stream.as_ref().and_then(Stream::tls_session)
    }

    /// Closes the connection at once; what is still buffered is never sent.
    pub(super) fn cut(&mut self) {
        self.output.clear();
        if let Some(stream) = self.stream.take() {
            stream.cut();
        }
    }

    /// Ends all reading after this time: nothing of worth comes any more.
    pub(super) fn hurry(&mut self, within: Duration) {
        self.ends = Instant::now().checked_add(within);
    }

    /// Queues octets; they leave when the buffer is full or on [`flush`](Self::flush).
    pub(super) fn write(&mut self, octets: &[u8]) -> Result<(), StoreError> {
        if self.output.len() + octets.len() > BUFFER {
            self.drain()?;
        }
        if octets.len() >= BUFFER {
            self.set_write_deadline(octets.len());
            let stream = self.stream.as_mut().ok_or_else(closed);
            let written = stream.and_then(|s| s.write_all(octets));
            return written.map_err(|io| self.broken(io));
        }
        self.output.extend_from_slice(octets);
        Ok(())
    }

    /// Sends what is queued.
    pub(super) fn flush(&mut self) -> Result<(), StoreError> {
        self.drain()?;
        let flushed = self
            .stream
            .as_mut()
            .ok_or_else(closed)
            .and_then(Stream::flush);
        flushed.map_err(|io| self.broken(io))
    }

    fn drain(&mut self) -> Result<(), StoreError> {
        self.set_write_deadline(self.output.len());
        let stream = self.stream.as_mut().ok_or_else(closed);
        let written = stream.and_then(|s| s.write_all(&self.output));
        if self.secrets.is_empty() {
            self.output.clear();
        } else {
            self.output.zeroize();
        }
        written.map_err(|io| self.broken(io))
    }

    /// Tells the trace what is being sent.
    pub(super) fn trace(&self, from: Direction, line: &[u8]) {
        const LONGEST: usize = 500;
        let Some(trace) = &self.trace else { return };
        let text = self.redact(&String::from_utf8_lossy(&line[..line.len().min(LONGEST)]));
        for line in text.split(['\r', '\n']).filter(|l| !l.is_empty()) {
            trace.tell(from, line);
        }
    }

    /// Reads the next logical response into `into`, replacing what it held. Literals that the
    /// bulk takes are left out: their place reads `{0}`.
    pub(super) fn read_response(
        &mut self,
        into: &mut Vec<u8>,
        mut bulk: Option<&mut dyn Bulk>,
    ) -> Result<(), StoreError> {
        into.clear();
        self.set_deadline(self.timeouts.read.saturating_mul(PATIENCE));
        self.read_line(into)?;
        if may_hold_literals(into) {
            let mut line_start = 0;
            while let Some(size) = literal_size(&into[line_start..]) {
                let bulk = bulk.as_mut().map(|b| &mut **b as &mut dyn Bulk);
                self.read_literal(size, into, line_start, bulk)?;
                line_start = into.len();
                self.read_line(into)?;
            }
        }
        self.trace(Direction::Server, into);
        Ok(())
    }

    fn read_literal(
        &mut self,
        size: u64,
        into: &mut Vec<u8>,
        line_start: usize,
        bulk: Option<&mut dyn Bulk>,
    ) -> Result<(), StoreError> {
        if let Some(bulk) = bulk
            && bulk.takes(into, size)
        {
            let open = into.iter().rposition(|&b| b == b'{').unwrap_or(line_start);
            into.truncate(open);
            into.extend_from_slice(b"{0}\r\n");
            return self.read_octets(size, &mut |octets| bulk.octets(octets));
        }
        if size > (LARGEST - into.len().min(LARGEST)) as u64 {
            return Err(self.too_large());
        }
        self.read_octets(size, &mut |octets| into.extend_from_slice(octets))
    }

    /// Reads a literal's octets. Time is given for what has come, not for what was announced: who
    /// announces 4 GiB and drips would be waited for during days.
    fn read_octets(&mut self, size: u64, take: &mut dyn FnMut(&[u8])) -> Result<(), StoreError> {
        let patience = self.timeouts.read.saturating_mul(PATIENCE);
        let enough = SLOWEST.saturating_mul(patience.as_secs().max(1));
        let (mut since, mut came) = (Instant::now(), 0);
        let mut left = size;
        while left > 0 {
            if !self.has_unread() {
                if came >= enough {
                    (since, came) = (Instant::now(), 0);
                }
                self.set_deadline(patience.saturating_sub(since.elapsed()));
                self.fill()?;
            }
            let held = self.end - self.start;
            let step = usize::try_from(left).map_or(held, |left| left.min(held));
            take(&self.input[self.start..self.start + step]);
            self.start += step;
            left -= step as u64;
            came += step as u64;
        }
        Ok(())
    }

    fn read_line(&mut self, into: &mut Vec<u8>) -> Result<(), StoreError> {
        loop {
            let held = &self.input[self.start..self.end];
            let (step, done) = match held.iter().position(|&b| b == b'\n') {
                Some(at) => (at + 1, true),
                None => (held.len(), false),
            };
            if into.len() + step > LARGEST {
                return Err(self.too_large());
            }
            into.extend_from_slice(&held[..step]);
            self.start += step;
            if done {
                return Ok(());
            }
            self.fill()?;
        }
    }

    fn fill(&mut self) -> Result<(), StoreError> {
        self.start = 0;
        self.end = 0;
        loop {
            let stream = self.stream.as_mut().ok_or_else(closed);
            match stream.and_then(|s| s.read(&mut self.input)) {
                Ok(0) => return Err(self.broken(closed())),
                Ok(count) => {
                    self.end = count;
                    return Ok(());
                }
                Err(io) if io.kind() == io::ErrorKind::Interrupted => {}
                Err(io) => return Err(self.broken(io)),
            }
        }
    }

    fn set_deadline(&mut self, within: Duration) {
        if let Some(stream) = &mut self.stream {
            let deadline = Instant::now().checked_add(within);
            stream.set_deadline(self.ends.or(deadline));
        }
    }

    /// A server may take this many octets slowly, but not without end: one that takes some of them
    /// before each write times out would be written to for days.
    fn set_write_deadline(&mut self, octets: usize) {
        if let Some(stream) = &mut self.stream {
            let long = Duration::from_secs(octets as u64 / SLOWEST);
            let within = self.timeouts.write.saturating_mul(PATIENCE);
            stream.set_write_deadline(Instant::now().checked_add(within.saturating_add(long)));
        }
    }

    fn too_large(&self) -> StoreError {
        StoreError::TooLarge {
            doing: self.doing.clone(),
            limit: LARGEST as u64,
        }
    }

    fn broken(&self, io: io::Error) -> StoreError {
        let doing = self.doing.clone();
        match io.kind() {
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => StoreError::Timeout { doing },
            _ => StoreError::Io { doing, io },
        }
    }
}

fn closed() -> io::Error {
    io::Error::new(
        io::ErrorKind::UnexpectedEof,
        "the server closed the connection",
    )
}
