//! The bulk engine: many messages into one folder with as few round trips as the server allows.
//!
//! One MULTIAPPEND where offered; else singles, in a window where literals need no permission.
//! Messages stream from their source through the socket's buffer. Does not choose batches and
//! never repeats a command whose outcome is unknown. Invariants: a source that fails leaves its
//! literal incomplete, so nothing of it is stored; a refused batch is repeated one by one only
//! because the server stored nothing of it (RFC 3502: all or none).
//! Source: RFC 3502, RFC 4315, RFC 7888.

mod literal;
mod uidset;

use std::collections::VecDeque;
use std::fmt::Write as _;

use super::capability::Capabilities;
use super::date;
use super::error::StoreError;
use super::link::{Link, ignore};
use super::name::MailboxName;
use super::options::Direction;
use super::response::{Condition, Status};
use super::types::{AppendItem, AppendOutcome, Flags, Refusal};

/// Singles that may be under way at once.
const WINDOW: usize = 16;

/// Octets of singles that may be under way at once, unless one alone has more.
const WINDOW_OCTETS: u64 = 1024 * 1024;

/// The longest literal that LITERAL- lets go without permission (RFC 7888 §5).
const LITERAL_MINUS: u64 = 4096;

/// Appends; see [`Session::append`](super::session::Session::append).
pub(super) fn append(
    link: &mut Link,
    capabilities: &Capabilities,
    folder: &MailboxName,
    items: &[AppendItem<'_>],
) -> Result<Vec<AppendOutcome>, StoreError> {
    link.alive()?;
    let limit = capabilities.append_limit();
    let mut outcomes: Vec<Option<AppendOutcome>> = Vec::with_capacity(items.len());
    let mut prepared = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let size = item.message.size();
        let too_big = limit.is_some_and(|limit| size > limit);
        outcomes.push(too_big.then(|| AppendOutcome::Refused(too_big_for(limit))));
        if !too_big {
            prepared.push(prepare(index, item)?);
        }
    }
    let mut engine = Engine {
        link,
        folder,
        plus: capabilities.has("LITERAL+"),
        minus: capabilities.has("LITERAL-"),
    };
    let appended = if capabilities.has("MULTIAPPEND") && prepared.len() > 1 {
        engine.batch(&prepared)?
    } else {
        engine.singles(&prepared)?
    };
    for (item, outcome) in prepared.iter().zip(appended) {
        outcomes[item.index] = Some(outcome);
    }
    Ok(outcomes.into_iter().flatten().collect())
}

fn too_big_for(limit: Option<u64>) -> Refusal {
    Refusal {
        status: "NO",
        code: Some("TOOBIG".to_owned()),
        text: format!(
            "not sent: the server takes messages up to {} octets",
            limit.unwrap_or_default()
        ),
    }
}

/// An item whose arguments are ready to be sent.
struct Prepared<'a, 'b> {
    index: usize,
    item: &'b AppendItem<'a>,
    size: u64,
    /// ` (flags) "date" `, without the date where the server is to take its own
    arguments: String,
}

fn prepare<'a, 'b>(index: usize, item: &'b AppendItem<'a>) -> Result<Prepared<'a, 'b>, StoreError> {
    let size = item.message.size();
    if size == 0 {
        // An empty literal cancels the command (RFC 3502 §6.3.11).
        return Err(StoreError::invalid(format!(
            "message {}: is empty",
            index + 1
        )));
    }
    let mut arguments = format!(" ({}) ", flag_list(item.flags));
    if let Some(seconds) = item.internal_date {
        let date = date::format(seconds, item.utc_offset).ok_or_else(|| {
            StoreError::invalid(format!(
                "message {}: {seconds} is no date that IMAP can say",
                index + 1
            ))
        })?;
        // Writing to a String cannot fail.
        let _ = write!(arguments, "\"{date}\" ");
    }
    Ok(Prepared {
        index,
        item,
        size,
        arguments,
    })
}

pub(super) fn flag_list(flags: Flags) -> String {
    let all = [
        (flags.seen, "\\Seen"),
        (flags.flagged, "\\Flagged"),
        (flags.deleted, "\\Deleted"),
        (flags.answered, "\\Answered"),
        (flags.draft, "\\Draft"),
    ];
    let set: Vec<_> = all
        .iter()
        .filter(|(on, _)| *on)
        .map(|(_, name)| *name)
        .collect();
    set.join(" ")
}

struct Engine<'l> {
    link: &'l mut Link,
    folder: &'l MailboxName,
    plus: bool,
    minus: bool,
}

impl Engine<'_> {
    /// All in one command; where that is refused, one by one.
    fn batch(&mut self, items: &[Prepared<'_, '_>]) -> Result<Vec<AppendOutcome>, StoreError> {
        let command = format!("APPEND to {}", self.folder);
        let sent = self.send(items);
        let answer = sent.and_then(|(tag, early)| match early {
            Some(status) => Ok(status),
            None => self.answer(&tag),
        });
        let status = answer.map_err(|e| e.uncertain(&command))?;
        match status.condition {
            Condition::Ok => Ok(self.stored(&status, items.len())),
            _ if hopeless(&status) => {
                let refusal = status.refusal();
                Ok(items
                    .iter()
                    .map(|_| AppendOutcome::Refused(refusal.clone()))
                    .collect())
            }
            _ => self.singles(items),
        }
    }

    /// One command each; several under way where literals need no permission.
    fn singles(&mut self, items: &[Prepared<'_, '_>]) -> Result<Vec<AppendOutcome>, StoreError> {
        let command = format!("APPEND to {}", self.folder);
        self.send_singles(items).map_err(|e| e.uncertain(&command))
    }

    fn send_singles(
        &mut self,
        items: &[Prepared<'_, '_>],
    ) -> Result<Vec<AppendOutcome>, StoreError> {
        let mut outcomes = Vec::with_capacity(items.len());
        let mut under_way: VecDeque<(String, u64)> = VecDeque::new();
        for item in items {
            let free = self.needs_no_permission(item.size);
            while !(under_way.is_empty() || free && fits(&under_way, item.size)) {
                self.settle(&mut under_way, &mut outcomes)?;
            }
            let (tag, early) = self.send(std::slice::from_ref(item))?;
            match early {
                Some(status) => outcomes.push(self.outcome(status)),
                None => under_way.push_back((tag, item.size)),
            }
        }
        while !under_way.is_empty() {
            self.settle(&mut under_way, &mut outcomes)?;
        }
        Ok(outcomes)
    }

    /// Reads the answer to the oldest command under way.
    fn settle(
        &mut self,
        under_way: &mut VecDeque<(String, u64)>,
        outcomes: &mut Vec<AppendOutcome>,
    ) -> Result<(), StoreError> {
        if let Some((tag, _)) = under_way.pop_front() {
            let status = self.answer(&tag)?;
            outcomes.push(self.outcome(status));
        }
        Ok(())
    }

    fn needs_no_permission(&self, size: u64) -> bool {
        self.plus || (self.minus && size <= LITERAL_MINUS)
    }

    /// Sends one APPEND with all items. The status is there where the server answered early,
    /// instead of asking for a literal.
    fn send(&mut self, items: &[Prepared<'_, '_>]) -> Result<(String, Option<Status>), StoreError> {
        let tag = self.link.tag();
        self.link
            .wire
            .set_doing(&format!("APPEND to {}", self.folder));
        let mut head = format!("{tag} APPEND {}", self.folder.quoted());
        for item in items {
            let free = self.needs_no_permission(item.size);
            let plus = if free { "+" } else { "" };
            // Writing to a String cannot fail.
            let _ = write!(head, "{}{{{}{plus}}}", item.arguments, item.size);
            self.link.queue(&head)?;
            head.clear();
            if !free {
                self.link.flush()?;
                if let Some(status) = self.link.go_ahead(&tag, &mut ignore)? {
                    return self.early(tag, status);
                }
            }
            literal::send(self.link, item.index, item.item.message, item.size)?;
            self.link.progress();
        }
        self.link.wire.trace(Direction::Client, b"(literals)");
        self.link.queue_octets(b"\r\n")?;
        self.link.flush()?;
        Ok((tag, None))
    }

    fn early(
        &mut self,
        tag: String,
        status: Status,
    ) -> Result<(String, Option<Status>), StoreError> {
        if status.condition == Condition::Ok {
            // It claims to have stored what it has not been sent.
            let error = StoreError::malformed("APPEND", status.text.as_bytes());
            return Err(self.link.kill(error));
        }
        Ok((tag, Some(status)))
    }

    /// The tagged answer, whatever it says.
    fn answer(&mut self, tag: &str) -> Result<Status, StoreError> {
        self.link.finish_any(tag, &mut ignore)
    }

    fn outcome(&mut self, status: Status) -> AppendOutcome {
        if status.condition == Condition::Ok {
            let stored = self.stored(&status, 1).pop();
            stored.unwrap_or(AppendOutcome::Stored(None))
        } else {
            AppendOutcome::Refused(status.refusal())
        }
    }

    /// Reads APPENDUID; one that does not fit the number of messages is no use, but no failure.
    fn stored(&mut self, status: &Status, count: usize) -> Vec<AppendOutcome> {
        if status.code.as_deref() == Some("APPENDUID") {
            if let Some((validity, uids)) = uidset::append_uids(&status.argument, count) {
                let stored = uids
                    .into_iter()
                    .map(|uid| AppendOutcome::Stored(Some((validity, uid))));
                return stored.collect();
            }
            self.link.warn(&format!(
                "APPEND to {}: APPENDUID {} does not fit {count} messages",
                self.folder, status.argument
            ));
        }
        vec![AppendOutcome::Stored(None); count]
    }
}

fn fits(under_way: &VecDeque<(String, u64)>, size: u64) -> bool {
    let octets: u64 = under_way
        .iter()
        .map(|(_, size)| *size)
        .fold(size, u64::saturating_add);
    under_way.len() < WINDOW && octets <= WINDOW_OCTETS
}

/// Whether a refusal is about the folder, so that every single message would meet it again.
fn hopeless(status: &Status) -> bool {
    matches!(
        status.code.as_deref(),
        Some("TRYCREATE" | "NONEXISTENT" | "NOPERM" | "CANNOT")
    )
}
