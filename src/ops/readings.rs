//! Messages that stream in from a server, each through a reader of its own: memory does not grow with
//! their number or their size.

use crate::mailstore::error::StoreError;
use crate::mailstore::name::MailboxName;
use crate::mailstore::session::Session;
use crate::mailstore::types::{ContentInfo, ContentSink, FolderState, Uid};
use crate::voicemail::parse::MessageReader;

/// Is told of each message that came: what the server says of it, and the reader that has all of it.
pub type Told<'a> = dyn FnMut(&ContentInfo, MessageReader) + 'a;

/// Reads messages of the open folder. What is gone is not told of, and the order is the server's.
///
/// # Errors
/// As [`Session::fetch_contents`]. Safe to repeat.
pub fn each(session: &mut Session, uids: &[Uid], told: &mut Told<'_>) -> Result<(), StoreError> {
    let reader = MessageReader::new();
    let mut sink = Readings { reader, told };
    session.fetch_contents(uids, &mut sink).map(drop)
}

/// The same, of a folder that is opened read-only for it. Compare the UIDVALIDITY of what is returned.
///
/// # Errors
/// As [`Session::view_contents`]. Safe to repeat.
pub fn view(
    session: &mut Session,
    folder: &MailboxName,
    uids: &[Uid],
    told: &mut Told<'_>,
) -> Result<FolderState, StoreError> {
    let reader = MessageReader::new();
    session.view_contents(folder, uids, &mut Readings { reader, told })
}

struct Readings<'a, 'f> {
    reader: MessageReader,
    told: &'a mut Told<'f>,
}

impl ContentSink for Readings<'_, '_> {
    fn begin(&mut self) {
        self.reader = MessageReader::new();
    }

    fn octets(&mut self, octets: &[u8]) {
        self.reader.push(octets);
    }

    fn end(&mut self, info: ContentInfo) {
        let reader = std::mem::take(&mut self.reader);
        (self.told)(&info, reader);
    }
}
