//! The `imap` crate's view of the connection: only what its parser is known to survive.
//!
//! The crate's parser panics on legal lines, overflows the stack on deep ones, and takes what it
//! cannot read for a farewell, leaving the session one answer behind. So responses are framed
//! here, tried under `catch_unwind`, and forwarded one line at a read; conditions are forwarded
//! rewritten and kept in the server's own words; what is dropped although a SELECT needs it is
//! recorded, so that the caller fails instead of counting less than there is.
//! Invariant: the crate never sees an octet that has not been parsed before.

use std::cell::Cell;
use std::io::{self, Read, Write};
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, Once, PoisonError};

use super::error::StoreError;
use super::fetched::{self, Datum};
use super::link::{SharedLink, lock};
use super::response::{Condition, Response, Status};
use super::syntax::{DEEPEST, Reader};

/// Octets the crate is given as the answer to one command; a SELECT takes a few hundred.
const MOST_FORWARDED: usize = 1024 * 1024;

/// What the gate kept back from the crate.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// The last tagged answer in the server's words.
    pub(super) tagged: Option<Status>,
    /// Why the connection failed.
    pub(super) error: Option<StoreError>,
    /// The first data that a SELECT needs and that could not be understood.
    pub(super) dropped: Option<Vec<u8>>,
    /// Whether a message count has been forwarded.
    pub(super) saw_exists: bool,
    /// The last count of messages.
    exists: Option<u32>,
    /// Messages removed since then.
    removed: u32,
}

impl Kept {
    /// The number of messages in a folder that had `count` before these answers.
    pub(super) fn recount(&self, count: u32) -> u32 {
        self.exists.unwrap_or(count).saturating_sub(self.removed)
    }
}

/// What the gate kept, shared with the session.
pub(super) type SharedKept = Arc<Mutex<Kept>>;

/// A stream for `imap::Client`.
pub(super) struct Gate {
    link: SharedLink,
    kept: SharedKept,
    written: Vec<u8>,
    ready: Vec<u8>,
    at: usize,
    /// Octets forwarded since the last command: the crate holds them all until the tagged answer.
    forwarded: usize,
    /// While set, a command is answered with OK here and goes nowhere: the connection has logged
    /// in already, by means the crate does not have.
    adopting: bool,
}

impl Gate {
    fn new(link: SharedLink) -> Self {
        Self {
            link,
            kept: SharedKept::default(),
            written: Vec::new(),
            ready: Vec::new(),
            at: 0,
            forwarded: 0,
            adopting: true,
        }
    }

    fn keep(&self, note: impl FnOnce(&mut Kept)) {
        note(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Reads responses until there is one to forward.
    fn produce(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.at = 0;
        let link = Arc::clone(&self.link);
        let mut link = lock(&link);
        let mut buffer = Vec::new();
        while self.ready.is_empty() {
            match link.next(&mut buffer, None) {
                Err(error) => {
                    self.keep(|kept| kept.error = Some(error));
                    return Err(io::Error::other("the connection failed"));
                }
                Ok(Response::Tagged(tag, status)) => self.forward_tagged(tag, status),
                Ok(Response::Untagged(status)) => self.forward_status(&status),
                Ok(Response::Data(data)) => self.forward_data(data),
                Ok(_) => {
                    let error = link.misread(&buffer);
                    let error = link.kill(error);
                    self.keep(|kept| kept.error = Some(error));
                    return Err(io::Error::other("the answer was not understood"));
                }
            }
        }
        self.forwarded += self.ready.len();
        if self.forwarded > MOST_FORWARDED {
            let doing = link.wire.doing().to_owned();
            let limit = MOST_FORWARDED as u64;
            let error = link.kill(StoreError::TooLarge { doing, limit });
            self.keep(|kept| kept.error = Some(error));
            return Err(io::Error::other("the answer does not end"));
        }
        Ok(())
    }

    fn forward_tagged(&mut self, tag: &[u8], status: Status) {
        let word: &[u8] = match status.condition {
            Condition::Ok => b" OK",
            Condition::Bad => b" BAD",
            _ => b" NO",
        };
        let read_only = status.code.as_deref() == Some("READ-ONLY");
        self.ready.extend_from_slice(tag);
        self.ready.extend_from_slice(word);
        self.ready.extend_from_slice(if read_only {
            b" [READ-ONLY] done\r\n"
        } else {
            b" done\r\n"
        });
        self.keep(|kept| kept.tagged = Some(status));
    }

    /// Forwards an `* OK` with a code; NO and BAD are warnings by now, text alone means nothing.
    fn forward_status(&mut self, status: &Status) {
        let needed = matches!(status.code.as_deref(), Some("UIDVALIDITY" | "UIDNEXT"));
        if status.condition != Condition::Ok || !needed {
            return;
        }
        let code = status.code.as_deref().unwrap_or_default();
        let plain = format!("* OK [{code} {}] ok\r\n", status.argument.trim());
        self.forward_if_understood(plain.as_bytes(), plain.as_bytes());
    }

    /// Forwards the count of messages, which a SELECT needs, and no other data: the crate takes some for
    /// an error and heaps up the rest.
    fn forward_data(&mut self, data: &[u8]) {
        let mut reader = Reader::new(data);
        let number = reader.number();
        if reader.word("EXPUNGE") {
            self.keep(|kept| kept.removed = kept.removed.saturating_add(1));
        }
        if !reader.word("EXISTS") {
            return;
        }
        if let Datum::Exists(count) = fetched::read(data) {
            self.keep(|kept| (kept.exists, kept.removed) = (Some(count), 0));
        }
        let number = number.unwrap_or(u64::MAX);
        let before = self.ready.len();
        self.forward_if_understood(format!("* {number} EXISTS\r\n").as_bytes(), data);
        if self.ready.len() > before {
            self.keep(|kept| kept.saw_exists = true);
        }
    }

    fn forward_if_understood(&mut self, plain: &[u8], line: &[u8]) {
        if understood(plain) {
            self.ready.extend_from_slice(plain);
        } else {
            self.keep(|kept| {
                kept.dropped.get_or_insert_with(|| line.to_vec());
            });
        }
    }
}

impl Read for Gate {
    /// Hands out one line at most, so that the crate's buffer never runs ahead of the stream.
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.ready.len() {
            self.produce()?;
        }
        let left = &self.ready[self.at..];
        let line = left
            .iter()
            .position(|&b| b == b'\n')
            .map_or(left.len(), |at| at + 1);
        let step = line.min(buf.len());
        buf[..step].copy_from_slice(&left[..step]);
        self.at += step;
        Ok(step)
    }
}

impl Write for Gate {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.written.extend_from_slice(buf);
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.written.is_empty() {
            return Ok(());
        }
        let written = std::mem::take(&mut self.written);
        self.forwarded = 0;
        let written = String::from_utf8_lossy(&written);
        let command = written.trim_end_matches(['\r', '\n']);
        if self.adopting {
            self.adopting = false;
            let tag = command.split(' ').next().unwrap_or_default();
            self.ready = format!("{tag} OK adopted\r\n").into_bytes();
            self.at = 0;
            return Ok(());
        }
        let mut link = lock(&self.link);
        let sent = link
            .alive()
            .and_then(|()| link.queue(command))
            .and_then(|()| link.flush());
        drop(link);
        sent.map_err(|error| {
            self.keep(|kept| kept.error = Some(error));
            io::Error::other("the connection failed")
        })
    }
}

/// Makes the crate's session on a connection that has logged in already.
pub(super) fn adopt(link: &SharedLink) -> Result<(imap::Session<Gate>, SharedKept), StoreError> {
    let gate = Gate::new(Arc::clone(link));
    let kept = Arc::clone(&gate.kept);
    let client = imap::Client::new(gate);
    // Neither word leaves this process: the gate answers in the server's place.
    let session = client
        .login("", "")
        .map_err(|(error, _)| StoreError::Dead {
            reason: error.to_string(),
        })?;
    Ok((session, kept))
}

/// Whether the crate's parser reads this line whole, without a panic.
fn understood(line: &[u8]) -> bool {
    if too_deep(line) {
        return false;
    }
    silence_panics();
    SILENT.set(true);
    let parsed = panic::catch_unwind(AssertUnwindSafe(|| {
        imap_proto::parser::parse_response(line).is_ok_and(|(rest, _)| rest.is_empty())
    }));
    SILENT.set(false);
    parsed.unwrap_or(false)
}

/// Whether parentheses nest deeper than a recursive parser should be asked to follow.
fn too_deep(line: &[u8]) -> bool {
    let mut depth = 0usize;
    line.iter().any(|octet| {
        match octet {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > DEEPEST
    })
}

thread_local! {
    static SILENT: Cell<bool> = const { Cell::new(false) };
}

/// Keeps panics that are caught here off stderr; all others are reported as before.
fn silence_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !SILENT.get() {
                before(info);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_the_parser_panics_on_is_not_understood() {
        assert!(!understood(b"* 1 FETCH (INTERNALDATE NIL)\r\n"));
        assert!(understood(b"* 1 EXISTS\r\n"));
        assert!(!understood(b"* 99999999999 EXISTS\r\n"));
    }

    #[test]
    fn a_line_nested_too_deep_is_refused_before_the_parser_sees_it() {
        let line = format!("* 1 FETCH (BODYSTRUCTURE {}\r\n", "(".repeat(200_000));
        assert!(!understood(line.as_bytes()));
    }
}
