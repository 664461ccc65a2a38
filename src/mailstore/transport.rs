//! A TCP connection with deadlines, plain or under TLS.
//!
//! Tries every address of a host. Knows no IMAP. Invariant: no read and no write blocks longer
//! than its timeout, and none goes past the deadline, however slowly the octets drip.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls_connector::TlsStream;
use rustls_connector::rustls::ClientConfig;

use super::error::StoreError;
use super::options::{ConnectOptions, Timeouts};
use super::tls;

/// A socket whose reads end at a deadline.
#[derive(Debug)]
pub(super) struct Tcp {
    stream: TcpStream,
    timeouts: Timeouts,
    deadline: Option<Instant>,
    /// How long the name look-up and the connection took.
    connected_in: Duration,
    /// Whether the socket's own read timeout is shorter than `timeouts.read` at the moment.
    shortened: bool,
}

impl Tcp {
    /// Connects to the first address of the host that answers.
    pub(super) fn connect(options: &ConnectOptions) -> Result<Self, StoreError> {
        let failed = |io| StoreError::Connect {
            addr: options.address(),
            io,
        };
        let timeouts = options.timeouts;
        let began = Instant::now();
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        for addr in (options.host.as_str(), options.port)
            .to_socket_addrs()
            .map_err(failed)?
        {
            match open(addr, timeouts) {
                Ok(stream) => {
                    return Ok(Self {
                        stream,
                        timeouts,
                        deadline: None,
                        connected_in: began.elapsed(),
                        shortened: false,
                    });
                }
                Err(io) => last = io,
            }
        }
        Err(failed(last))
    }

    /// A connection that is there already.
    #[cfg(feature = "fuzzing")]
    pub(super) fn over(stream: TcpStream, timeouts: Timeouts) -> Self {
        Self {
            stream,
            timeouts,
            deadline: None,
            connected_in: Duration::ZERO,
            shortened: false,
        }
    }

    /// The server's address.
    pub(super) fn peer(&self) -> Option<SocketAddr> {
        self.stream.peer_addr().ok()
    }

    /// How long the name look-up and the connection took.
    pub(super) fn connected_in(&self) -> Duration {
        self.connected_in
    }

    fn limit_read(&mut self) -> io::Result<()> {
        let left = match self.deadline {
            Some(deadline) => deadline.saturating_duration_since(Instant::now()),
            None => self.timeouts.read,
        };
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let shorten = left < self.timeouts.read;
        if shorten || self.shortened {
            let limit = left.min(self.timeouts.read);
            self.stream.set_read_timeout(Some(limit))?;
            self.shortened = shorten;
        }
        Ok(())
    }
}

fn open(addr: SocketAddr, timeouts: Timeouts) -> io::Result<TcpStream> {
    let floor = Duration::from_millis(1);
    let stream = TcpStream::connect_timeout(&addr, timeouts.connect.max(floor))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(timeouts.read.max(floor)))?;
    stream.set_write_timeout(Some(timeouts.write.max(floor)))?;
    Ok(stream)
}

impl Read for Tcp {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.limit_read()?;
        self.stream.read(buf)
    }
}

impl Write for Tcp {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.stream.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// A connection to a server.
pub(super) enum Stream {
    Plain(Tcp),
    Tls(Box<TlsStream<Tcp>>),
}

impl Stream {
    /// Shakes hands; a connection under TLS stays as it is.
    pub(super) fn secure(self, options: &ConnectOptions) -> Result<Self, StoreError> {
        let config = tls::config(options)?;
        self.secure_with(options, config)
    }

    /// As [`secure`](Self::secure), with another idea of what is accepted.
    pub(super) fn secure_with(
        self,
        options: &ConnectOptions,
        config: Arc<ClientConfig>,
    ) -> Result<Self, StoreError> {
        match self {
            Self::Plain(mut tcp) => {
                tcp.deadline = Some(Instant::now() + options.timeouts.read * 2);
                let mut stream = Self::Tls(Box::new(tls::wrap(tcp, options, config)?));
                stream.set_deadline(None);
                Ok(stream)
            }
            secured @ Self::Tls(_) => Ok(secured),
        }
    }

    /// Protocol version and cipher suite, as rustls calls them.
    pub(super) fn tls_session(&self) -> Option<(String, String)> {
        let Self::Tls(tls) = self else {
            return None;
        };
        let version = tls.conn.protocol_version().map(|v| format!("{v:?}"));
        let suite = tls.conn.negotiated_cipher_suite();
        let suite = suite.map(|s| format!("{:?}", s.suite()));
        Some((version.unwrap_or_default(), suite.unwrap_or_default()))
    }

    pub(super) fn is_tls(&self) -> bool {
        matches!(self, Self::Tls(_))
    }

    pub(super) fn tcp(&self) -> &Tcp {
        match self {
            Self::Plain(tcp) => tcp,
            Self::Tls(tls) => tls.get_ref(),
        }
    }

    fn tcp_mut(&mut self) -> &mut Tcp {
        match self {
            Self::Plain(tcp) => tcp,
            Self::Tls(tls) => tls.get_mut(),
        }
    }

    /// Sets the instant at which reads end, whatever has come.
    pub(super) fn set_deadline(&mut self, deadline: Option<Instant>) {
        self.tcp_mut().deadline = deadline;
    }

    /// Cuts the connection at once, without a farewell.
    pub(super) fn cut(&self) {
        // Already closed is as good as closed.
        let _ = self.tcp().stream.shutdown(std::net::Shutdown::Both);
    }
}

impl Read for Stream {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.read(buf),
            Self::Tls(tls) => tls.read(buf),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.write(buf),
            Self::Tls(tls) => tls.write(buf),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(tcp) => tcp.flush(),
            Self::Tls(tls) => tls.flush(),
        }
    }
}
