//! A tiny IMAP client for assertions: sends lines, collects answers, literals included.
//!
//! It panics on anything unexpected, which is what a test wants, and understands no more than
//! the ways of answering of the servers it is used with. It shares no code with vmimap.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The answer to one command.
#[derive(Debug)]
pub struct Reply {
    /// The untagged lines without line end; a literal follows its `{n}` and a CRLF.
    pub lines: Vec<Vec<u8>>,
    /// The tagged line without the tag: `OK ...`, `NO ...` or `BAD ...`.
    pub status: String,
}

impl Reply {
    /// The same reply, if the server said OK.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert!(
            self.status.starts_with("OK"),
            "the server said {}",
            self.status
        );
        self
    }

    /// All untagged lines as text.
    pub fn text(&self) -> String {
        let lines = self.lines.iter().map(|line| String::from_utf8_lossy(line));
        lines.map(|line| line.into_owned() + "\n").collect()
    }
}

/// One message as the server holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMessage {
    pub uid: u32,
    /// System flags and keywords as sent, without `\Recent`.
    pub flags: Vec<String>,
    pub internal_date: String,
    pub body: Vec<u8>,
}

/// What Asterisk would count for one mailbox number, by its own searches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AsteriskCounts {
    pub new: usize,
    pub urgent: usize,
    pub old: usize,
}

/// A connection.
#[derive(Debug)]
pub struct RawImap {
    stream: BufReader<TcpStream>,
    /// What puts TLS around it, where there is any.
    tunnel: Option<Tunnel>,
    last_tag: u32,
    pub greeting: String,
}

impl RawImap {
    /// Connects and reads the greeting.
    pub fn connect(host: &str, port: u16) -> Self {
        let stream = TcpStream::connect((host, port)).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_mins(1)))
            .unwrap();
        stream.set_nodelay(true).unwrap();
        Self::over(stream, None)
    }

    /// Connects with TLS from the start, by way of openssl, and reads the greeting.
    pub fn connect_tls(host: &str, port: u16, ca_file: &Path) -> Self {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let tunnel = Command::new("openssl")
            .args(["s_client", "-quiet", "-verify_return_error", "-connect"])
            .arg(format!("{host}:{port}"))
            .arg("-CAfile")
            .arg(ca_file)
            .stdin(OwnedFd::from(theirs.try_clone().unwrap()))
            .stdout(OwnedFd::from(theirs))
            .stderr(Stdio::null())
            .spawn();
        // Any stream socket does for what is read and written here.
        let stream = TcpStream::from(OwnedFd::from(ours));
        stream
            .set_read_timeout(Some(Duration::from_mins(1)))
            .unwrap();
        Self::over(stream, Some(Tunnel(tunnel.expect("openssl is installed"))))
    }

    fn over(stream: TcpStream, tunnel: Option<Tunnel>) -> Self {
        let mut raw = Self {
            stream: BufReader::new(stream),
            tunnel,
            last_tag: 0,
            greeting: String::new(),
        };
        raw.greeting = String::from_utf8_lossy(&raw.line()).into_owned();
        raw
    }

    /// Logs in; user and password must need no escaping within quotes.
    pub fn login(&mut self, user: &str, password: &str) {
        self.command(&format!("LOGIN \"{user}\" \"{password}\""))
            .ok();
    }

    /// Sends one command line and collects the answer.
    pub fn command(&mut self, line: &str) -> Reply {
        self.last_tag += 1;
        let tag = format!("t{}", self.last_tag);
        self.send(format!("{tag} {line}\r\n").as_bytes());
        self.reply(&tag)
    }

    /// Appends one message; flags as in `(\Seen)`, the date as in `"05-Feb-2009 18:31:30 +0000"`.
    pub fn append(&mut self, mailbox: &str, flags: &str, date: &str, message: &[u8]) -> Reply {
        self.last_tag += 1;
        let tag = format!("t{}", self.last_tag);
        let size = message.len();
        self.send(format!("{tag} APPEND \"{mailbox}\" {flags} {date} {{{size}}}\r\n").as_bytes());
        // Not every server takes a literal unasked.
        let answer = self.line();
        if let Some(refusal) = answer.strip_prefix(format!("{tag} ").as_bytes()) {
            return Reply {
                lines: Vec::new(),
                status: String::from_utf8_lossy(refusal).into_owned(),
            };
        }
        assert!(
            answer.starts_with(b"+"),
            "{}",
            String::from_utf8_lossy(&answer)
        );
        self.send(message);
        self.send(b"\r\n");
        self.reply(&tag)
    }

    /// The numbers a SEARCH finds in a mailbox, which is opened read-only.
    pub fn search(&mut self, mailbox: &str, criteria: &str) -> Vec<u32> {
        self.command(&format!("EXAMINE \"{mailbox}\"")).ok();
        let reply = self.command(&format!("SEARCH {criteria}")).ok().text();
        let line = reply
            .lines()
            .find(|line| line.starts_with("* SEARCH"))
            .unwrap();
        line.split_whitespace()
            .skip(2)
            .map(|number| number.parse().unwrap())
            .collect()
    }

    /// What Asterisk would count, with exactly the searches it sends.
    pub fn asterisk_counts(&mut self, mailbox: &str, ext: &str, ctx: &str) -> AsteriskCounts {
        let owner =
            format!("HEADER X-Asterisk-VM-Extension {ext} HEADER X-Asterisk-VM-Context {ctx}");
        let mut count = |flags: &str| self.search(mailbox, &format!("{flags} {owner}")).len();
        AsteriskCounts {
            new: count("UNDELETED UNFLAGGED UNSEEN"),
            urgent: count("UNDELETED FLAGGED UNSEEN"),
            old: count("UNDELETED SEEN"),
        }
    }

    /// The number of messages in a mailbox.
    pub fn message_count(&mut self, mailbox: &str) -> usize {
        let reply = self
            .command(&format!("STATUS \"{mailbox}\" (MESSAGES)"))
            .ok()
            .text();
        let (_, rest) = reply.split_once("(MESSAGES ").unwrap();
        rest.split(')').next().unwrap().parse().unwrap()
    }

    /// Every message of a mailbox, in the server's order, without setting `\Seen`.
    pub fn messages(&mut self, mailbox: &str) -> Vec<StoredMessage> {
        self.command(&format!("EXAMINE \"{mailbox}\"")).ok();
        if self.message_count(mailbox) == 0 {
            return Vec::new();
        }
        let reply = self
            .command("FETCH 1:* (UID FLAGS INTERNALDATE BODY.PEEK[])")
            .ok();
        let fetched = reply
            .lines
            .iter()
            .filter(|line| find(line, b" FETCH (").is_some());
        fetched.map(|line| stored_message(line)).collect()
    }

    /// The names LIST knows, in the order of the server.
    pub fn list(&mut self) -> Vec<String> {
        let reply = self.command("LIST \"\" \"*\"").ok().text();
        let names = reply.lines().filter(|line| line.starts_with("* LIST"));
        names
            .map(|line| {
                line.rsplit(' ')
                    .next()
                    .unwrap()
                    .trim_matches('"')
                    .to_owned()
            })
            .collect()
    }

    /// Sends bytes as they are.
    pub fn send(&mut self, bytes: &[u8]) {
        self.stream.get_mut().write_all(bytes).unwrap();
    }

    /// Reads one line with the literals it announces, without the final CRLF.
    pub fn line(&mut self) -> Vec<u8> {
        let mut whole = Vec::new();
        loop {
            let start = whole.len();
            self.stream.read_until(b'\n', &mut whole).unwrap();
            assert!(whole.ends_with(b"\n"), "the connection was closed");
            let Some(size) = announced_literal(&whole[start..]) else {
                whole.truncate(whole.trim_ascii_end().len());
                return whole;
            };
            let literal = whole.len();
            whole.resize(literal + size, 0);
            self.stream.read_exact(&mut whole[literal..]).unwrap();
        }
    }

    fn reply(&mut self, tag: &str) -> Reply {
        let mut lines = Vec::new();
        loop {
            let line = self.line();
            if let Some(rest) = line.strip_prefix(format!("{tag} ").as_bytes()) {
                return Reply {
                    lines,
                    status: String::from_utf8_lossy(rest).into_owned(),
                };
            }
            lines.push(line);
        }
    }
}

/// A process of openssl, which ends with the connection it is for.
#[derive(Debug)]
struct Tunnel(Child);

impl Drop for Tunnel {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The size in a `{n}` at the end of a line.
fn announced_literal(line: &[u8]) -> Option<usize> {
    let line = line.strip_suffix(b"\r\n")?.strip_suffix(b"}")?;
    let open = line.iter().rposition(|&byte| byte == b'{')?;
    std::str::from_utf8(&line[open + 1..]).ok()?.parse().ok()
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

fn stored_message(line: &[u8]) -> StoredMessage {
    let after = |key: &[u8]| &line[find(line, key).expect("the item was asked for") + key.len()..];
    let until = |bytes: &[u8], end: u8| {
        let length = bytes.iter().position(|&byte| byte == end).unwrap();
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    };
    let digits = until(&after(b"UID ")[..12.min(after(b"UID ").len())], b' ');
    let literal = after(b"BODY[] {");
    let size: usize = until(literal, b'}').parse().unwrap();
    let start = find(literal, b"\r\n").unwrap() + 2;
    let flags = until(after(b"FLAGS ("), b')');
    let flags = flags.split_whitespace().filter(|flag| *flag != "\\Recent");
    StoredMessage {
        uid: digits.parse().unwrap(),
        flags: flags.map(str::to_owned).collect(),
        internal_date: until(after(b"INTERNALDATE \""), b'"'),
        body: literal[start..start + size].to_vec(),
    }
}
