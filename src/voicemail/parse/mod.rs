//! Reading a stored message back as Asterisk would play it.
//!
//! Separate from the composer so that each checks the other. [`MessageReader`] takes the message
//! in pieces of any size and keeps neither the message nor the recording: a header block up to
//! 256 KiB, a part header up to 64 KiB, one line, one block of base64. It does not judge whether
//! a message is good; [`asterisk_view`] gives an audit the raw values.
//!
//! Source: `app_voicemail.c`, `imap_retrieve_file`, `save_body`: part 2 of the top-level
//! multipart, its first Content-Type parameter, what follows that one's first dot, always base64.

mod fault;
mod mime;
mod recording;
mod sound;
mod txt;
mod view;
mod whole;

use super::audio::AudioFormat;
use super::greeting::Greeting;
use super::header::VmHeader;
use super::message::{HeaderValue, Voicemail};
use super::source_key::{AudioDigest, SourceKey};
use mime::Delimiter;
use recording::Recording;

pub use fault::ReadFault;
pub use recording::Tap;
pub use sound::Sound;
pub use txt::{TxtLoss, txt_loss};
pub use view::{AsteriskHeaders, asterisk_view};
pub use whole::Whole;

/// Octets of the longest header block that is read.
pub const MAX_HEADER_BLOCK: usize = 256 * 1024;
/// Octets of a part's header that are kept.
const MAX_PART_HEADER: usize = 64 * 1024;
/// Octets up to which a line may still turn out to be a boundary.
const MAX_LINE: usize = 8 * 1024;
/// Columns of a base64 line as Asterisk writes it.
const COLUMNS: usize = 72;

/// A message as it lies in the mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredVoicemail {
    /// What Asterisk reads from it, in the cleaned form of [`HeaderValue`].
    pub voicemail: Voicemail,
    /// The `Message-ID` header, with its brackets.
    pub message_id: Option<String>,
    /// The key in it, if the message is one of ours.
    pub source_key: Option<SourceKey>,
    /// SHA-256 of the decoded recording.
    pub audio: AudioDigest,
    /// Octets of the decoded recording.
    pub audio_octets: u64,
    /// Octets of the whole message as pushed.
    pub total_octets: u64,
    /// Parts of the top-level multipart; a third one is a forwarder's comment.
    pub parts: u32,
    /// Whether the closing boundary was seen; if not, the message may have been cut short.
    pub closed: bool,
    /// What the recording's file is called.
    pub file: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Header,
    Preamble,
    PartHeader,
    Part,
    /// Nothing that follows matters.
    Done,
}

/// Reads one message from pieces of any size.
///
/// ```
/// use vmimap::voicemail::parse::MessageReader;
///
/// let mut reader = MessageReader::new();
/// for piece in [&b"Subject: no voice"[..], b"mail\r\n\r\ntext\r\n"] {
///     reader.push(piece);
/// }
/// // What Asterisk could not play is an error that says why.
/// assert!(reader.finish().is_err());
/// ```
pub struct MessageReader {
    state: State,
    header: Vec<u8>,
    header_too_long: bool,
    part_header: Vec<u8>,
    /// `--` and the boundary; empty where the message is no multipart.
    dashed: Vec<u8>,
    /// The beginning of a line whose end has not come yet.
    carry: Vec<u8>,
    /// Whether what comes next continues a line too long to be a boundary.
    mid_line: bool,
    parts: u32,
    closed: bool,
    /// Part 2's first Content-Type parameter.
    name: Option<Vec<u8>>,
    recording: Recording,
    /// Part 3's first Content-Type parameter, and what it holds.
    comment_name: Option<Vec<u8>>,
    comment: Recording,
    total: u64,
}

impl Default for MessageReader {
    fn default() -> Self {
        Self::new()
    }
}

impl MessageReader {
    /// A reader at the beginning of a message.
    #[must_use]
    pub fn new() -> Self {
        Self {
            state: State::Header,
            header: Vec::new(),
            header_too_long: false,
            part_header: Vec::new(),
            dashed: Vec::new(),
            carry: Vec::new(),
            mid_line: false,
            parts: 0,
            closed: false,
            name: None,
            recording: Recording::new(),
            comment_name: None,
            comment: Recording::new(),
            total: 0,
        }
    }

    /// Takes the next octets of the message. Where they are cut makes no difference.
    pub fn push(&mut self, octets: &[u8]) {
        self.total = self.total.saturating_add(octets.len() as u64);
        let mut rest = octets;
        while !rest.is_empty() && self.state != State::Done {
            rest = self.push_clean_lines(rest);
            let end = rest.iter().position(|o| *o == b'\n').map(|at| at + 1);
            let (line, after) = rest.split_at(end.unwrap_or(rest.len()));
            rest = after;
            if self.mid_line || self.carry.len() + line.len() > MAX_LINE {
                let carry = std::mem::take(&mut self.carry);
                self.content(&carry);
                self.content(line);
                self.mid_line = end.is_none();
            } else if end.is_none() {
                self.carry.extend_from_slice(line);
            } else if self.carry.is_empty() {
                self.line(line);
            } else {
                let mut whole = std::mem::take(&mut self.carry);
                whole.extend_from_slice(line);
                self.line(&whole);
                whole.clear();
                self.carry = whole;
            }
        }
    }

    /// Nothing more comes: the last line may lack its end, and a header its empty line.
    fn end(&mut self) {
        if !self.carry.is_empty() {
            let carry = std::mem::take(&mut self.carry);
            self.line(&carry);
        }
        match self.state {
            State::Header => self.end_header(),
            State::PartHeader => self.end_part_header(),
            State::Preamble | State::Part | State::Done => {}
        }
    }

    /// The message, once all of it has been pushed.
    ///
    /// # Errors
    /// The first [`ReadFault`] found; the message should then not be taken for a voicemail.
    pub fn finish(mut self) -> Result<StoredVoicemail, ReadFault> {
        self.end();
        if self.header_too_long {
            return Err(ReadFault::HeaderTooLong);
        }
        let view = asterisk_view(&self.header);
        let origtime = required(&view)?;
        if self.dashed.is_empty() {
            return Err(ReadFault::NotMultipart);
        }
        if self.parts < 2 {
            return Err(ReadFault::NoSecondPart);
        }
        let name = self.name.ok_or(ReadFault::NoParameter)?;
        let format = format(&name)?;
        let (audio, audio_octets) = self.recording.finish().ok_or(ReadFault::NotBase64)?;
        let message_id = mime::field(&self.header, "Message-ID")
            .map(|value| String::from_utf8_lossy(&value).into_owned());
        Ok(StoredVoicemail {
            voicemail: voicemail(&view, origtime, format),
            source_key: message_id.as_deref().and_then(SourceKey::from_message_id),
            message_id,
            audio,
            audio_octets,
            total_octets: self.total,
            parts: self.parts,
            closed: self.closed,
            file: String::from_utf8_lossy(&name).into_owned(),
        })
    }

    /// Takes the whole 72-column lines at the beginning of the recording's octets, which is what
    /// nearly all of a message consists of, and returns the rest.
    fn push_clean_lines<'a>(&mut self, octets: &'a [u8]) -> &'a [u8] {
        let mut rest = octets;
        if self.state != State::Part || self.parts != 2 || self.mid_line || !self.carry.is_empty() {
            return rest;
        }
        while let Some((line, after)) = rest.split_at_checked(COLUMNS + 2) {
            let (characters, end) = line.split_at(COLUMNS);
            if end != b"\r\n" || characters[0] == b'-' || characters.contains(&b'\n') {
                break;
            }
            self.recording.push(characters);
            rest = after;
        }
        rest
    }

    /// Takes one whole line, with its line end if it had one.
    fn line(&mut self, line: &[u8]) {
        if matches!(
            self.state,
            State::Preamble | State::PartHeader | State::Part
        ) && let Some(delimiter) = mime::delimiter(line, &self.dashed)
        {
            self.delimit(delimiter);
            return;
        }
        let blank = matches!(line, b"\r\n" | b"\n");
        match self.state {
            State::Header if blank => self.end_header(),
            State::PartHeader if blank => {
                self.end_part_header();
                self.state = State::Part;
            }
            _ => self.content(line),
        }
    }

    /// Takes octets that are neither a boundary nor the end of a header.
    fn content(&mut self, octets: &[u8]) {
        match self.state {
            State::Header => {
                self.header_too_long |= self.header.len() + octets.len() > MAX_HEADER_BLOCK;
                if !self.header_too_long {
                    self.header.extend_from_slice(octets);
                }
            }
            State::PartHeader => {
                let room = MAX_PART_HEADER - self.part_header.len();
                self.part_header
                    .extend_from_slice(&octets[..octets.len().min(room)]);
            }
            State::Part if self.parts == 2 => self.recording.push(without_line_end(octets)),
            State::Part if self.parts == 3 => self.comment.push(without_line_end(octets)),
            State::Preamble | State::Part | State::Done => {}
        }
    }

    fn end_header(&mut self) {
        let boundary = mime::field(&self.header, "Content-Type")
            .and_then(|content_type| mime::boundary(&content_type));
        self.state = State::Done;
        if let Some(boundary) = boundary {
            self.dashed = [b"--", boundary.as_slice()].concat();
            self.state = State::Preamble;
        }
    }

    fn end_part_header(&mut self) {
        if matches!(self.parts, 2 | 3) {
            let name = mime::field(&self.part_header, "Content-Type")
                .and_then(|content_type| mime::first_parameter(&content_type));
            if self.parts == 2 {
                self.name = name;
            } else {
                self.comment_name = name;
            }
        }
        self.part_header.clear();
    }

    fn delimit(&mut self, delimiter: Delimiter) {
        if self.state == State::PartHeader {
            self.end_part_header();
        }
        match delimiter {
            Delimiter::Open => {
                self.parts = self.parts.saturating_add(1);
                self.state = State::PartHeader;
            }
            Delimiter::Close => {
                self.closed = true;
                self.state = State::Done;
            }
        }
    }
}

fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Checks the headers without which a message is not found or not played; gives `Orig-time`.
fn required(view: &AsteriskHeaders) -> Result<i64, ReadFault> {
    for header in [
        VmHeader::Extension,
        VmHeader::Context,
        VmHeader::CallerIdName,
        VmHeader::OrigTime,
    ] {
        view.get(header).ok_or(ReadFault::MissingHeader(header))?;
    }
    let value = view.text(VmHeader::OrigTime).unwrap_or_default();
    leading_number(&value).ok_or_else(|| ReadFault::BadOrigTime(value.into_owned()))
}

/// The number a text begins with, as `sscanf` reads it.
#[must_use]
pub fn leading_number(text: &str) -> Option<i64> {
    let text = text.trim_ascii_start();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let end = digits
        .trim_start_matches(|c: char| c.is_ascii_digit())
        .len();
    text[..text.len() - end].parse().ok()
}

/// The format Asterisk takes: what follows the name's first dot.
fn format(name: &[u8]) -> Result<AudioFormat, ReadFault> {
    let name = String::from_utf8_lossy(name);
    name.split_once('.')
        .and_then(|(_, extension)| AudioFormat::from_extension(extension))
        .ok_or_else(|| ReadFault::UnknownFormat(name.chars().take(80).collect()))
}

fn voicemail(view: &AsteriskHeaders, origtime: i64, format: AudioFormat) -> Voicemail {
    let text = |header| HeaderValue::lossy(&view.text(header).unwrap_or_default());
    let number = |header| {
        view.text(header)
            .and_then(|value| leading_number(&value))
            .unwrap_or(0)
    };
    Voicemail {
        context: text(VmHeader::Context),
        extension: text(VmHeader::Extension),
        caller_name: text(VmHeader::CallerIdName),
        caller_number: text(VmHeader::CallerIdNum),
        origtime,
        duration: u32::try_from(number(VmHeader::Duration)).unwrap_or(0),
        category: text(VmHeader::Category),
        flag: text(VmHeader::Flag),
        priority: i32::try_from(number(VmHeader::Priority)).unwrap_or(0),
        msg_id: text(VmHeader::MessageId),
        message_num: u32::try_from(number(VmHeader::MessageNum)).unwrap_or(0),
        format,
        greeting: view
            .text(VmHeader::MessageType)
            .and_then(|kind| Greeting::from_name(&kind)),
    }
}

#[cfg(test)]
mod tests;
