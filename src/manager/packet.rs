//! The manager interface's packets: what is sent, and what is read off the wire.
//!
//! A packet is lines of `Name: value`, each ended by CR LF, and an empty line behind them. Does not
//! know what a packet means. Invariants: a value that is sent holds no control character, so nobody's
//! mailbox name begins a line of its own; what is read is bounded in lines and in octets.
//!
//! Source: main/manager.c, `get_input`, `astman_send_response_full`.

use std::fmt::Write as _;
use std::io::{self, Read};

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretString};

use super::error::ManagerError;
use crate::mailstore::error::excerpt;

/// The longest line Asterisk reads, in octets without its end (`inbuf`).
const LONGEST_SENT: usize = 1000;
/// The longest line that is read, in octets.
const LONGEST_LINE: usize = 8 * 1024;
/// The most lines of a packet.
const MOST_LINES: usize = 256;

/// An action on its way to Asterisk; wiped when dropped, as it may hold a secret.
pub(super) struct Action(Zeroizing<String>);

impl Action {
    /// An action with its id.
    pub(super) fn new(name: &str, id: &str) -> Self {
        // Room for a secret at once: growing would leave copies of it behind.
        let mut text = Zeroizing::new(String::with_capacity(4 * LONGEST_SENT));
        let _ = write!(text, "Action: {name}\r\nActionID: {id}\r\n");
        Self(text)
    }

    /// Adds a field.
    ///
    /// # Errors
    /// [`ManagerError::Unsendable`] where the value is empty, too long, or would not stay on its line.
    pub(super) fn field(mut self, name: &'static str, value: &str) -> Result<Self, ManagerError> {
        let why = if value.trim().is_empty() {
            "is empty"
        } else if value.chars().any(char::is_control) {
            "holds a control character"
        } else if name.len() + 2 + value.len() > LONGEST_SENT {
            "is too long for a line of the manager interface"
        } else {
            let _ = write!(self.0, "{name}: {value}\r\n");
            return Ok(self);
        };
        Err(ManagerError::Unsendable { name, why })
    }

    /// The octets.
    pub(super) fn finish(mut self) -> Zeroizing<String> {
        self.0.push_str("\r\n");
        self.0
    }
}

/// A packet from Asterisk, its fields in order.
#[derive(Debug, Default)]
pub(super) struct Packet(Vec<(String, String)>);

impl Packet {
    /// The first field of this name, in any case of letters.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut fields = self.0.iter();
        let found = fields.find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// Reads lines and packets off a stream, a bounded number of octets at a time.
pub(super) struct Reader {
    buffer: Vec<u8>,
    /// How much of the buffer was given out.
    used: usize,
    /// What stands in no quote, though the other side send it back.
    secret: SecretString,
}

impl Reader {
    pub(super) const fn new(secret: SecretString) -> Self {
        Self {
            buffer: Vec::new(),
            used: 0,
            secret,
        }
    }

    /// The beginning of what the other side said, fit for an error: printable, without the secret.
    pub(super) fn quote(&self, octets: &[u8]) -> String {
        let text = String::from_utf8_lossy(octets);
        excerpt(
            text.replace(self.secret.expose_secret(), "********")
                .as_bytes(),
        )
    }

    /// The error about what is no answer.
    pub(super) fn malformed(&self, doing: &'static str, octets: &[u8]) -> ManagerError {
        ManagerError::Malformed {
            doing,
            excerpt: self.quote(octets),
        }
    }

    /// The next line without its end; LF alone ends one, too.
    pub(super) fn line(
        &mut self,
        stream: &mut impl Read,
        doing: &'static str,
    ) -> Result<String, ManagerError> {
        loop {
            let waiting = self.buffer.get(self.used..).unwrap_or_default();
            if let Some(end) = waiting.iter().position(|octet| *octet == b'\n') {
                let line = waiting.get(..end).unwrap_or_default();
                let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line));
                let line = line.into_owned();
                self.used += end + 1;
                return Ok(line);
            }
            if waiting.len() > LONGEST_LINE {
                return Err(self.malformed(doing, waiting));
            }
            self.fill(stream, doing)?;
        }
    }

    fn fill(&mut self, stream: &mut impl Read, doing: &'static str) -> Result<(), ManagerError> {
        self.buffer.drain(..self.used);
        self.used = 0;
        let mut piece = [0; 4096];
        loop {
            match stream.read(&mut piece) {
                Ok(0) => return Err(ManagerError::Closed { doing }),
                Ok(n) => {
                    self.buffer
                        .extend_from_slice(piece.get(..n).unwrap_or_default());
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(ManagerError::of_io(doing, error)),
            }
        }
    }

    /// The next packet. Empty lines in front of it are skipped.
    pub(super) fn packet(
        &mut self,
        stream: &mut impl Read,
        doing: &'static str,
    ) -> Result<Packet, ManagerError> {
        let mut packet = Packet::default();
        for _ in 0..=MOST_LINES {
            let line = self.line(stream, doing)?;
            if line.is_empty() {
                if packet.0.is_empty() {
                    continue;
                }
                return Ok(packet);
            }
            let Some((name, value)) = line.split_once(':') else {
                return Err(self.malformed(doing, line.as_bytes()));
            };
            let (name, value) = (name.trim().to_owned(), value.trim().to_owned());
            packet.0.push((name, value));
        }
        Err(self.malformed(doing, b"(a packet without an end)"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stays_on_its_line() {
        let sent = Action::new("VoicemailRefresh", "1")
            .field("Mailbox", "4123")
            .unwrap()
            .finish();
        assert_eq!(
            sent.as_str(),
            "Action: VoicemailRefresh\r\nActionID: 1\r\nMailbox: 4123\r\n\r\n"
        );
        let long = "1".repeat(LONGEST_SENT);
        for bad in [
            "1\r\nAction: Command",
            "1\n2",
            "1\r2",
            "1\0",
            "",
            " ",
            &long,
        ] {
            let refused = Action::new("X", "1").field("Mailbox", bad);
            assert!(refused.is_err(), "{bad:?}");
        }
    }

    fn packet(octets: &[u8]) -> Result<Packet, ManagerError> {
        Reader::new("tiptop".into()).packet(&mut &*octets, "test")
    }

    #[test]
    fn a_packet_is_fields_up_to_an_empty_line() {
        let read =
            packet(b"\r\nResponse: Success\r\nactionid:7\r\nMessage: a: b\n\r\nmore").unwrap();
        assert_eq!(read.get("response"), Some("Success"));
        assert_eq!(read.get("ActionID"), Some("7"));
        assert_eq!(read.get("Message"), Some("a: b"));
        assert_eq!(read.get("Other"), None);
    }

    #[test]
    fn what_never_ends_is_given_up() {
        let drip = vec![b'x'; 4 * LONGEST_LINE];
        assert!(matches!(packet(&drip), Err(ManagerError::Malformed { .. })));
        let many = "a: b\r\n".repeat(2 * MOST_LINES);
        let ended = packet(many.as_bytes());
        assert!(matches!(ended, Err(ManagerError::Malformed { .. })));
        let empty = "\r\n".repeat(2 * MOST_LINES);
        let ended = packet(empty.as_bytes());
        assert!(matches!(ended, Err(ManagerError::Malformed { .. })));
        let cut = packet(b"Response: Succ");
        assert!(matches!(cut, Err(ManagerError::Closed { .. })));
        let words = packet(b"HTTP/1.1 400 tiptop\r\n\r\n").unwrap_err();
        assert!(matches!(words, ManagerError::Malformed { .. }));
        assert!(
            words.to_string().contains("HTTP/1.1 400 ********"),
            "{words}"
        );
    }
}
