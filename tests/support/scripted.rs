//! A scripted IMAP server on loopback, for everything a real one cannot be made to do.
//!
//! A test gives a closure that plays the server's part of one connection: it sends what it likes
//! (garbage too), says what it expects, stays silent, drips, or cuts the connection at any octet.
//! A wrong expectation panics in the server's thread and fails the test in [`Server::finish`].

#![allow(dead_code)] // each test file uses a part of it

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use vmimap::mailstore::error::StoreError;
use vmimap::mailstore::name::MailboxName;
use vmimap::mailstore::options::{ConnectOptions, Credentials, Security};
use vmimap::mailstore::session::Session;
use vmimap::mailstore::types::{AppendItem, AppendOutcome, Flags, MessageSource};

/// What the scripted server offers before login, unless a test says otherwise.
pub const BEFORE: &str = "IMAP4rev1 SASL-IR AUTH=PLAIN";

/// The server's part of one connection.
pub type Script = Box<dyn FnOnce(&mut Talk) + Send>;

/// A server that plays one connection.
pub struct Server {
    pub port: u16,
    thread: JoinHandle<()>,
}

impl Server {
    /// Listens, and plays `script` with the first connection.
    pub fn start(script: impl FnOnce(&mut Talk) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let thread = thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            stream
                .set_read_timeout(Some(Duration::from_secs(10)))
                .unwrap();
            stream.set_nodelay(true).unwrap();
            script(&mut Talk {
                reader: BufReader::new(stream),
            });
        });
        Self { port, thread }
    }

    /// Listens, and plays each of `scripts` with one connection, in the order they come; a
    /// connection need not end before the next one.
    pub fn sequence(scripts: Vec<Script>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let thread = thread::spawn(move || {
            let mut playing = Vec::new();
            for script in scripts {
                let (stream, _) = listener.accept().unwrap();
                let timeout = Some(Duration::from_secs(10));
                stream.set_read_timeout(timeout).unwrap();
                stream.set_nodelay(true).unwrap();
                let reader = BufReader::new(stream);
                playing.push(thread::spawn(move || script(&mut Talk { reader })));
            }
            for one in playing {
                if let Err(panic) = one.join() {
                    std::panic::resume_unwind(panic);
                }
            }
        });
        Self { port, thread }
    }

    /// As [`start`](Self::start), with greeting and login already played; `after` is what the
    /// server offers then.
    pub fn logged_in(after: &'static str, script: impl FnOnce(&mut Talk) + Send + 'static) -> Self {
        Self::start(move |talk| {
            talk.login(after);
            script(talk);
        })
    }

    /// Options with short timeouts.
    pub fn options(&self) -> ConnectOptions {
        let mut options = ConnectOptions::new("127.0.0.1", self.port);
        options.security = Security::Plain;
        options.timeouts.connect = Duration::from_secs(5);
        options.timeouts.read = Duration::from_millis(500);
        options.timeouts.write = Duration::from_secs(2);
        options
    }

    /// Logs in as `ada`.
    pub fn connect(&self) -> Result<Session, StoreError> {
        Session::connect(&self.options(), &ada())
    }

    /// Waits for the script's end; panics where it panicked.
    pub fn finish(self) {
        if let Err(panic) = self.thread.join() {
            std::panic::resume_unwind(panic);
        }
    }
}

/// The credentials the tests use.
pub fn ada() -> Credentials {
    Credentials {
        user: "ada".into(),
        password: "analytical".into(),
        auth_user: None,
    }
}

/// One connection, seen from the server.
pub struct Talk {
    reader: BufReader<TcpStream>,
}

impl Talk {
    /// Sends octets as they are; a client that has gone is no failure.
    pub fn send(&mut self, octets: impl AsRef<[u8]>) {
        let _ = self.reader.get_mut().write_all(octets.as_ref());
    }

    /// Sends octets one by one with a pause after each.
    pub fn drip(&mut self, octets: &str, pause: Duration) {
        for octet in octets.bytes() {
            if self.reader.get_mut().write_all(&[octet]).is_err() {
                return;
            }
            thread::sleep(pause);
        }
    }

    /// The next line, without its end; empty when the client has gone.
    pub fn line(&mut self) -> String {
        let mut line = Vec::new();
        let _ = self.reader.read_until(b'\n', &mut line);
        String::from_utf8_lossy(&line)
            .trim_end_matches(['\r', '\n'])
            .to_owned()
    }

    /// Reads a line that must be a tag and then exactly `command`; returns the tag.
    pub fn expect(&mut self, command: &str) -> String {
        let line = self.line();
        let (tag, rest) = line.split_once(' ').unwrap_or((&line, ""));
        assert_eq!(rest, command, "the client sent {line:?}");
        tag.to_owned()
    }

    /// Reads a line whose command must begin with `start`; returns the tag and the command.
    pub fn expect_start(&mut self, start: &str) -> (String, String) {
        let line = self.line();
        let (tag, rest) = line.split_once(' ').unwrap_or((&line, ""));
        assert!(
            rest.starts_with(start),
            "the client sent {line:?}, not {start}"
        );
        (tag.to_owned(), rest.to_owned())
    }

    /// Whether the client has sent more than was read so far.
    pub fn has_more(&mut self) -> bool {
        if !self.reader.buffer().is_empty() {
            return true;
        }
        self.reader.get_ref().set_nonblocking(true).unwrap();
        let more = self.reader.get_ref().peek(&mut [0]);
        self.reader.get_ref().set_nonblocking(false).unwrap();
        matches!(more, Ok(1..))
    }

    /// Reads exactly `size` octets.
    pub fn octets(&mut self, size: usize) -> Vec<u8> {
        let mut octets = vec![0; size];
        self.reader.read_exact(&mut octets).unwrap();
        octets
    }

    /// Reads whatever still comes until the client hangs up.
    pub fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        let _ = self.reader.read_to_end(&mut rest);
        rest
    }

    /// Answers `tag` with OK.
    pub fn ok(&mut self, tag: &str) {
        self.send(format!("{tag} OK done\r\n"));
    }

    /// Says nothing for a while.
    #[allow(clippy::unused_self)] // the server's part is played on `talk` throughout
    pub fn silence(&mut self, time: Duration) {
        thread::sleep(time);
    }

    /// Greets and lets `ada` in.
    pub fn login(&mut self, after: &str) {
        self.send(format!("* OK [CAPABILITY {BEFORE}] ready\r\n"));
        let tag = self.expect("AUTHENTICATE PLAIN AGFkYQBhbmFseXRpY2Fs");
        self.send(format!("{tag} OK [CAPABILITY {after}] welcome\r\n"));
    }
}

/// A message in memory.
pub struct Text(pub &'static str);

impl MessageSource for Text {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(self.0.as_bytes())
    }
}

/// A seen message of 5 February 2009.
pub fn item(message: &dyn MessageSource) -> AppendItem<'_> {
    AppendItem {
        flags: Flags {
            seen: true,
            ..Flags::default()
        },
        internal_date: Some(1_233_858_690),
        utc_offset: 0,
        message,
    }
}

/// The folder the tests append to.
pub fn folder() -> MailboxName {
    MailboxName::from_wire("Old").unwrap()
}

/// Appends messages to it.
pub fn append(
    session: &mut Session,
    messages: &[&dyn MessageSource],
) -> Result<Vec<AppendOutcome>, StoreError> {
    let items: Vec<_> = messages.iter().map(|m| item(*m)).collect();
    session.append(&folder(), &items)
}

/// Whether a set of UIDs (`1:3,7`, `4:*`) holds one.
pub fn holds(set: &str, uid: u32) -> bool {
    set.split(',').any(|range| {
        let (low, high) = range.split_once(':').unwrap_or((range, range));
        let number = |text: &str| text.parse().unwrap_or(u32::MAX);
        (number(low)..=number(high)).contains(&uid)
    })
}
