//! A message of the server in a file of its own, with its digests, and the same with another header.
//!
//! The file has no name and is gone with the value. Memory holds the header block only.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use sha2::{Digest, Sha256};

use crate::mailstore::error::StoreError;
use crate::mailstore::session::Session;
use crate::mailstore::types::{ContentInfo, ContentSink, MessageSource, Uid};
use crate::voicemail::parse::MAX_HEADER_BLOCK;
use crate::voicemail::source_key::AudioDigest;

/// A message as it lies on the server.
pub struct Copy {
    /// The header block with the empty line behind it.
    pub header: Vec<u8>,
    /// UID, flags, date and size as they are now.
    pub info: ContentInfo,
    /// SHA-256 of the whole message, in hexadecimal digits.
    pub whole: String,
    /// SHA-256 of what follows the header block.
    pub body: [u8; 32],
    file: File,
}

/// Takes a message in.
struct Intake {
    file: File,
    whole: Sha256,
    body: Sha256,
    header: Vec<u8>,
    /// Whether the header block is complete.
    in_body: bool,
    info: Option<ContentInfo>,
    failed: Option<io::Error>,
}

/// Where the header block ends in these octets.
fn end_of_header(octets: &[u8]) -> Option<usize> {
    let crlf = octets
        .windows(4)
        .position(|w| w == b"\r\n\r\n")
        .map(|at| at + 4);
    let bare = octets
        .windows(2)
        .position(|w| w == b"\n\n")
        .map(|at| at + 2);
    match (crlf, bare) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

impl ContentSink for Intake {
    fn begin(&mut self) {}

    fn octets(&mut self, octets: &[u8]) {
        self.whole.update(octets);
        if let Err(error) = self.file.write_all(octets) {
            self.failed.get_or_insert(error);
        }
        if self.in_body {
            self.body.update(octets);
            return;
        }
        self.header.extend_from_slice(octets);
        if let Some(end) = end_of_header(&self.header) {
            self.body.update(&self.header[end..]);
            self.header.truncate(end);
            self.in_body = true;
        } else if self.header.len() > MAX_HEADER_BLOCK {
            self.failed
                .get_or_insert_with(|| io::Error::other("the header is too long"));
            self.in_body = true;
        }
    }

    fn end(&mut self, info: ContentInfo) {
        self.info = Some(info);
    }
}

impl Copy {
    /// Fetches a message of the open folder; `None` where it is gone.
    pub fn fetch(session: &mut Session, uid: Uid) -> Result<Option<Self>, StoreError> {
        let file = tempfile::tempfile().map_err(|error| source_failed(&error))?;
        let mut intake = Intake {
            file,
            whole: Sha256::new(),
            body: Sha256::new(),
            header: Vec::new(),
            in_body: false,
            info: None,
            failed: None,
        };
        session.fetch_contents(&[uid], &mut intake)?;
        if let Some(error) = intake.failed {
            return Err(source_failed(&error));
        }
        let Some(info) = intake.info.filter(|info| info.uid == uid) else {
            session.unless_there(&[uid])?;
            return Ok(None);
        };
        Ok(Some(Self {
            header: intake.header,
            info,
            whole: AudioDigest(intake.whole.finalize().into()).to_string(),
            body: intake.body.finalize().into(),
            file: intake.file,
        }))
    }
}

#[cfg(test)]
impl Copy {
    /// A copy for tests; its file is empty.
    pub fn of_test(header: &[u8], body: [u8; 32], info: ContentInfo) -> Self {
        Self {
            header: header.to_vec(),
            info,
            whole: String::new(),
            body,
            file: tempfile::tempfile().unwrap(),
        }
    }
}

fn source_failed(error: &io::Error) -> StoreError {
    StoreError::InvalidArgument {
        reason: format!("a message could not be kept in a temporary file: {error}"),
    }
}

/// A copy with another header block.
pub struct Rewritten<'c> {
    /// The message.
    pub copy: &'c Copy,
    /// The header block it is to have.
    pub header: Vec<u8>,
}

impl MessageSource for Rewritten<'_> {
    fn size(&self) -> u64 {
        self.header.len() as u64 + self.copy.info.delivered - self.copy.header.len() as u64
    }

    fn write_to(&self, out: &mut dyn io::Write) -> io::Result<()> {
        out.write_all(&self.header)?;
        let mut file = self.copy.file.try_clone()?;
        file.seek(SeekFrom::Start(self.copy.header.len() as u64))?;
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(()),
                n => out.write_all(&buffer[..n])?,
            }
        }
    }
}
