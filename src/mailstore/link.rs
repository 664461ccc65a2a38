//! One connection's conversation: tags, the server's asides, and whether it still makes sense.
//!
//! Shared between the raw commands and the `imap` crate (through [`super::gate`]); whoever holds
//! the lock reads until its own tagged answer has come, so each finds the stream between two
//! responses. Invariant: once something was not understood or the stream broke, `dead` is set
//! and nothing is sent any more.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::error::StoreError;
use super::options::Direction;
use super::response::{Condition, Response, Status, classify};
use super::types::Refusal;
use super::wire::{Bulk, Wire};

/// How long the octets after an untagged BYE are waited for.
const AFTER_BYE: Duration = Duration::from_secs(2);

/// A command may be answered with asides (`* OK Still here`) for this many read timeouts.
const PATIENCE: u32 = 20;

/// Warnings kept until someone takes them.
const MOST_WARNINGS: usize = 100;

/// A connection shared by the raw commands and the gate.
pub(super) type SharedLink = Arc<Mutex<Link>>;

/// Locks a link; a panic elsewhere does not make it unusable, `dead` decides that.
pub(super) fn lock(link: &SharedLink) -> MutexGuard<'_, Link> {
    link.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An untagged response that is not a farewell.
pub(super) enum Untagged<'a> {
    /// `* OK`, `* NO`, `* BAD`.
    Status(&'a Status),
    /// Anything else, without `* `.
    Data(&'a [u8]),
}

/// What comes of a command that waits for the client.
pub(super) enum Step {
    /// `+`, and what stands after it.
    Continue(Vec<u8>),
    /// The tagged answer.
    Answer(Status),
}

/// What reads the untagged answers to a command.
pub(super) type OnUntagged<'a> = dyn FnMut(Untagged<'_>) -> Result<(), StoreError> + 'a;

/// One connection's conversation.
pub(super) struct Link {
    pub(super) wire: Wire,
    tags: u32,
    /// When the command under way must have its tagged answer.
    patience_ends: Option<Instant>,
    warnings: Vec<String>,
    farewell: Option<String>,
    dead: Option<String>,
}

impl Link {
    pub(super) fn new(wire: Wire) -> Self {
        Self {
            wire,
            tags: 0,
            patience_ends: None,
            warnings: Vec::new(),
            farewell: None,
            dead: None,
        }
    }

    /// A tag of the raw commands' own series; the crate's begin with `a`.
    pub(super) fn tag(&mut self) -> String {
        self.tags = self.tags.wrapping_add(1);
        self.progress();
        format!("v{}", self.tags)
    }

    /// Starts the command's time anew: it is getting somewhere.
    pub(super) fn progress(&mut self) {
        let patience = self.wire.read_timeout().saturating_mul(PATIENCE);
        self.patience_ends = Instant::now().checked_add(patience);
    }

    /// Fails where an earlier error has ended the session.
    pub(super) fn alive(&self) -> Result<(), StoreError> {
        match &self.dead {
            Some(reason) => Err(StoreError::Dead {
                reason: reason.clone(),
            }),
            None => Ok(()),
        }
    }

    /// Ends the session with this error.
    pub(super) fn kill(&mut self, error: StoreError) -> StoreError {
        if self.dead.is_none() {
            self.dead = Some(error.to_string());
            self.wire.cut();
        }
        error
    }

    /// Marks the session as over without an error, after LOGOUT.
    pub(super) fn close(&mut self) {
        self.dead = Some("logged out".to_owned());
        self.wire.cut();
    }

    pub(super) fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    pub(super) fn warn(&mut self, words: &str) {
        if self.warnings.len() < MOST_WARNINGS {
            self.warnings.push(words.chars().take(500).collect());
        }
    }

    /// Queues a command line (without CRLF) and says it to the trace.
    pub(super) fn queue(&mut self, line: &str) -> Result<(), StoreError> {
        self.wire.trace(Direction::Client, line.as_bytes());
        let queued = self.wire.write(line.as_bytes());
        let queued = queued.and_then(|()| self.wire.write(b"\r\n"));
        queued.map_err(|e| self.fail(e))
    }

    /// Queues octets without a word to the trace.
    pub(super) fn queue_octets(&mut self, octets: &[u8]) -> Result<(), StoreError> {
        self.wire.write(octets).map_err(|e| self.fail(e))
    }

    /// Sends what is queued.
    pub(super) fn flush(&mut self) -> Result<(), StoreError> {
        self.wire.flush().map_err(|e| self.fail(e))
    }

    /// The next response that is not a farewell; `bulk` may take its literals.
    pub(super) fn next<'b>(
        &mut self,
        buffer: &'b mut Vec<u8>,
        mut bulk: Option<&mut dyn Bulk>,
    ) -> Result<Response<'b>, StoreError> {
        self.alive()?;
        loop {
            if self.patience_ends.is_some_and(|end| Instant::now() > end) {
                let doing = self.wire.doing().to_owned();
                return Err(self.kill(StoreError::Timeout { doing }));
            }
            let bulk = bulk.as_mut().map(|b| &mut **b as &mut dyn Bulk);
            if let Err(error) = self.wire.read_response(buffer, bulk) {
                let error = self.farewell_instead_of(error);
                return Err(self.kill(error));
            }
            match classify(buffer) {
                Response::Untagged(status) if status.condition == Condition::Bye => {
                    self.farewell = Some(status.words());
                    self.wire.hurry(AFTER_BYE);
                }
                Response::Untagged(status) => {
                    self.note(&status);
                    return Ok(classify(buffer));
                }
                Response::Garbage => {
                    let error = self.misread(buffer);
                    return Err(self.kill(error));
                }
                _ => return Ok(classify(buffer)),
            }
        }
    }

    /// Reads to the tagged answer `tag` and hands every untagged one to `on_untagged`.
    ///
    /// # Errors
    /// `Refused` with `command` for NO and BAD; anything else ends the session.
    pub(super) fn finish(
        &mut self,
        tag: &str,
        command: &str,
        on_untagged: &mut OnUntagged<'_>,
    ) -> Result<Status, StoreError> {
        self.wire.set_doing(command);
        let status = self.finish_any(tag, on_untagged)?;
        accept(status, command)
    }

    /// As [`finish`](Self::finish), but NO and BAD are answers too.
    pub(super) fn finish_any(
        &mut self,
        tag: &str,
        on_untagged: &mut OnUntagged<'_>,
    ) -> Result<Status, StoreError> {
        let mut buffer = Vec::new();
        loop {
            let outcome = match self.next(&mut buffer, None)? {
                Response::Tagged(got, status) if got == tag.as_bytes() => return Ok(status),
                Response::Data(data) => on_untagged(Untagged::Data(data)),
                Response::Untagged(status) => on_untagged(Untagged::Status(&status)),
                _ => Err(self.misread(&buffer)),
            };
            outcome.map_err(|e| self.kill(e))?;
        }
    }

    /// Waits for `+`; the tagged answer, where that comes instead. Untagged answers before it are
    /// legal.
    pub(super) fn go_ahead(
        &mut self,
        tag: &str,
        on_untagged: &mut OnUntagged<'_>,
    ) -> Result<Option<Status>, StoreError> {
        self.step(tag, on_untagged).map(|step| match step {
            Step::Continue(_) => None,
            Step::Answer(status) => Some(status),
        })
    }

    /// As [`go_ahead`](Self::go_ahead), with what stands after the `+`.
    pub(super) fn step(
        &mut self,
        tag: &str,
        on_untagged: &mut OnUntagged<'_>,
    ) -> Result<Step, StoreError> {
        let mut buffer = Vec::new();
        loop {
            let outcome = match self.next(&mut buffer, None)? {
                Response::Continue(text) => return Ok(Step::Continue(text.to_vec())),
                Response::Tagged(got, status) if got == tag.as_bytes() => {
                    return Ok(Step::Answer(status));
                }
                Response::Data(data) => on_untagged(Untagged::Data(data)),
                Response::Untagged(status) => on_untagged(Untagged::Status(&status)),
                _ => Err(self.misread(&buffer)),
            };
            outcome.map_err(|e| self.kill(e))?;
        }
    }

    /// Sends one command and reads its answers.
    pub(super) fn run(
        &mut self,
        line: &str,
        command: &str,
        on_untagged: &mut OnUntagged<'_>,
    ) -> Result<Status, StoreError> {
        self.alive()?;
        self.wire.set_doing(command);
        let tag = self.tag();
        self.queue(&format!("{tag} {line}"))?;
        self.flush()?;
        self.finish(&tag, command, on_untagged)
    }

    /// After a write failed: the server's last words explain more than a broken pipe.
    pub(super) fn fail(&mut self, error: StoreError) -> StoreError {
        let mut buffer = Vec::new();
        self.wire.hurry(AFTER_BYE);
        while self.farewell.is_none()
            && matches!(error, StoreError::Io { .. } | StoreError::Timeout { .. })
        {
            if self.wire.read_response(&mut buffer, None).is_err() {
                break;
            }
            match classify(&buffer) {
                Response::Untagged(s) if s.condition == Condition::Bye => {
                    self.farewell = Some(s.words());
                }
                Response::Tagged(_, s) if s.condition != Condition::Ok => {
                    self.farewell = Some(s.words());
                }
                _ => {}
            }
        }
        let error = self.farewell_instead_of(error);
        self.kill(error)
    }

    /// What came is no answer to what is being done. Secrets are taken out before it is cut: half a
    /// password would not be found in it any more.
    pub(super) fn misread(&self, octets: &[u8]) -> StoreError {
        let text = self.wire.redact(&String::from_utf8_lossy(octets));
        StoreError::malformed(self.wire.doing(), text.as_bytes())
    }

    fn farewell_instead_of(&self, error: StoreError) -> StoreError {
        match (&self.farewell, &error) {
            (Some(text), StoreError::Io { .. } | StoreError::Timeout { .. }) => {
                StoreError::Bye { text: text.clone() }
            }
            _ => error,
        }
    }

    fn note(&mut self, status: &Status) {
        let alert = status.code.as_deref() == Some("ALERT");
        if alert || matches!(status.condition, Condition::No | Condition::Bad) {
            // A server may repeat what it was told.
            let words = self.wire.redact(&status.words());
            self.warn(&words);
        }
    }
}

/// Turns a tagged status into a result.
pub(super) fn accept(status: Status, command: &str) -> Result<Status, StoreError> {
    match status.condition {
        Condition::Ok => Ok(status),
        _ => Err(StoreError::Refused {
            command: command.to_owned(),
            refusal: status.refusal(),
        }),
    }
}

/// Ignores untagged answers that were not asked for.
#[allow(clippy::unnecessary_wraps)] // it must fit `OnUntagged`
pub(super) fn ignore(_: Untagged<'_>) -> Result<(), StoreError> {
    Ok(())
}

/// A refusal made here, where the server's own words are missing.
pub(super) fn no(text: &str) -> Refusal {
    Refusal {
        status: "NO",
        code: None,
        text: text.to_owned(),
    }
}
