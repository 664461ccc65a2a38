//! A TCP connection with deadlines, plain or under TLS.
//!
//! Tries every address of a host. Knows no IMAP. Invariant: no look-up, no read and no write blocks
//! longer than its timeout, and none goes past its deadline, however slowly the octets drip.

use std::collections::HashSet;
use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::sync::{Arc, mpsc};
use std::thread;
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
    write_deadline: Option<Instant>,
    /// How long the name look-up and the connection took.
    connected_in: Duration,
    /// Whether the socket's own read timeout is shorter than `timeouts.read` at the moment.
    shortened: bool,
    /// The same of its write timeout.
    write_shortened: bool,
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
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        for addr in addresses(options)? {
            match open(addr, timeouts) {
                Ok(stream) => {
                    return Ok(Self {
                        stream,
                        timeouts,
                        deadline: None,
                        write_deadline: None,
                        connected_in: began.elapsed(),
                        shortened: false,
                        write_shortened: false,
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
            write_deadline: None,
            connected_in: Duration::ZERO,
            shortened: false,
            write_shortened: false,
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
        let whole = self.timeouts.read;
        if let Some(limit) = shorter(self.deadline, whole, &mut self.shortened)? {
            self.stream.set_read_timeout(Some(limit))?;
        }
        Ok(())
    }

    fn limit_write(&mut self) -> io::Result<()> {
        let whole = self.timeouts.write;
        if let Some(limit) = shorter(self.write_deadline, whole, &mut self.write_shortened)? {
            self.stream.set_write_timeout(Some(limit))?;
        }
        Ok(())
    }
}

/// The timeout the socket is to have from now on, where that is another one than it has.
fn shorter(
    deadline: Option<Instant>,
    whole: Duration,
    shortened: &mut bool,
) -> io::Result<Option<Duration>> {
    let left = match deadline {
        Some(deadline) => deadline.saturating_duration_since(Instant::now()),
        None => whole,
    };
    if left.is_zero() {
        return Err(io::ErrorKind::TimedOut.into());
    }
    let shorten = left < whole;
    let changes = shorten || *shortened;
    *shortened = shorten;
    Ok(changes.then(|| left.min(whole)))
}

/// The addresses of a host, each once, in the resolver's order; one at least. Takes `timeouts.connect`
/// at most.
///
/// # Errors
/// `Connect`.
pub(super) fn addresses(options: &ConnectOptions) -> Result<Vec<SocketAddr>, StoreError> {
    if let Ok(ip) = options.host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, options.port)]);
    }
    let target = (options.host.clone(), options.port);
    let look = move || Ok(target.to_socket_addrs()?.collect());
    looked_up(options.timeouts.connect, look).map_err(|io| StoreError::Connect {
        addr: options.address(),
        io,
    })
}

/// The system's resolver cannot be told how long to try, so it is left behind.
fn looked_up(
    patience: Duration,
    look: impl FnOnce() -> io::Result<Vec<SocketAddr>> + Send + 'static,
) -> io::Result<Vec<SocketAddr>> {
    let (tell, told) = mpsc::channel();
    let resolver = thread::Builder::new().name("resolver".to_owned());
    // Nobody may be listening any more.
    resolver.spawn(move || drop(tell.send(look())))?;
    let found = told.recv_timeout(patience);
    let late = |_| io::Error::new(io::ErrorKind::TimedOut, "the name look-up took too long");
    let mut found = found.map_err(late)??;
    let mut seen = HashSet::new();
    found.retain(|address| seen.insert(*address));
    if found.is_empty() {
        let none = "the name has no address";
        return Err(io::Error::new(io::ErrorKind::NotFound, none));
    }
    Ok(found)
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
        self.limit_write()?;
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

    /// Sets the instant at which writes end, however much is left.
    pub(super) fn set_write_deadline(&mut self, deadline: Option<Instant>) {
        self.tcp_mut().write_deadline = deadline;
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn a_resolver_that_does_not_answer_is_not_waited_for_for_ever() {
        let began = Instant::now();
        let slow = || {
            thread::sleep(Duration::from_secs(20));
            Ok(Vec::new())
        };
        let late = looked_up(Duration::from_millis(50), slow).unwrap_err();
        assert_eq!(late.to_string(), "the name look-up took too long");
        assert!(began.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn each_address_of_a_name_is_tried_once_and_a_name_without_one_is_an_error() {
        let patience = Duration::from_secs(20);
        let address = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let twice = move || Ok(vec![address(2), address(1), address(2)]);
        assert_eq!(
            looked_up(patience, twice).unwrap(),
            [address(2), address(1)]
        );
        let none = looked_up(patience, || Ok(Vec::new())).unwrap_err();
        assert_eq!(none.kind(), io::ErrorKind::NotFound);
        let options = ConnectOptions::new("::1", 143);
        let literal: SocketAddr = "[::1]:143".parse().unwrap();
        assert_eq!(addresses(&options).unwrap(), [literal]);
    }

    #[test]
    fn a_server_that_takes_a_little_at_a_time_is_not_written_to_for_ever() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let taking = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut some = vec![0; 64 * 1024];
            while stream.read(&mut some).is_ok_and(|count| count > 0) {
                thread::sleep(Duration::from_millis(20));
            }
        });
        let mut options = ConnectOptions::new("127.0.0.1", port);
        options.timeouts.write = Duration::from_secs(2);
        let mut stream = Stream::Plain(Tcp::connect(&options).unwrap());
        let began = Instant::now();
        stream.set_write_deadline(Some(began + Duration::from_millis(300)));
        let error = stream.write_all(&vec![0; 64 << 20]).unwrap_err();
        assert!(
            matches!(
                error.kind(),
                io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock
            ),
            "{error}"
        );
        // The socket's own buffers take the first megabytes; all of it would take 20 seconds.
        assert!(began.elapsed() < Duration::from_secs(10));
        drop(stream);
        taking.join().unwrap();
    }
}
