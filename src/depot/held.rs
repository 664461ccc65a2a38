//! What lies in a box of the depot already, as far as knowing a message again takes.
//!
//! Asterisk renumbers and moves messages, so they are known by what they say and hold, never by
//! where they are. Recordings are digested only when asked for. Source: asterisk-format 1.3.

use std::collections::BTreeMap;
use std::io::{self, Read};

use super::dir::Dir;
use super::folder::digest_of;
use crate::spool::envelope::MAX_ENVELOPE;
use crate::spool::{Envelope, message_file};
use crate::voicemail::folder::VoicemailFolder;
use crate::voicemail::source_key::{AudioDigest, is_no_msg_id};

/// One message that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Its folder.
    pub folder: VoicemailFolder,
    /// Its number, 0-based.
    pub number: u32,
    /// Asterisk's id, where it has one.
    pub msg_id: Option<String>,
    /// When it was left, Unix seconds UTC.
    pub origtime: Option<i64>,
    /// Its recordings: extension and octets.
    pub recordings: Vec<(String, u64)>,
}

impl Held {
    /// The digests of its recordings.
    ///
    /// # Errors
    /// The system's; `NotFound` where Asterisk has moved it meanwhile.
    pub fn digests(&self, vmbox: &Dir) -> io::Result<Vec<AudioDigest>> {
        let gone = || io::Error::from(io::ErrorKind::NotFound);
        let folder = vmbox.existing(self.folder.as_str())?.ok_or_else(gone)?;
        let digest = |(extension, _): &(String, u64)| {
            let name = format!("msg{:04}.{extension}", self.number);
            folder.open(&name).and_then(digest_of)
        };
        self.recordings.iter().map(digest).collect()
    }
}

/// Every message of a box that has a txt and a recording, in the order of folders and numbers.
///
/// # Errors
/// The system's: what cannot be read could be any message.
pub fn held(vmbox: &Dir) -> io::Result<Vec<Held>> {
    let mut all = Vec::new();
    for folder in VoicemailFolder::ALL {
        let Some(dir) = vmbox.existing(folder.as_str())? else {
            continue;
        };
        let names = dir.names()?;
        let mut messages: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
        for (number, extension) in names.iter().filter_map(|(name, _)| message_file(name)) {
            messages.entry(number).or_default().push(extension);
        }
        messages.retain(|_, extensions| extensions.contains(&"txt"));
        for (number, extensions) in messages {
            let mut recordings = Vec::new();
            for extension in extensions.into_iter().filter(|one| *one != "txt") {
                let file = dir.open(&format!("msg{number:04}.{extension}"))?;
                recordings.push((extension.to_owned(), file.metadata()?.len()));
            }
            let (msg_id, origtime) = text(&dir, &format!("msg{number:04}.txt"))?;
            all.push(Held {
                folder,
                number,
                msg_id,
                origtime,
                recordings,
            });
        }
    }
    Ok(all)
}

/// What the txt says of id and time; nothing where it says nothing.
fn text(dir: &Dir, name: &str) -> io::Result<(Option<String>, Option<i64>)> {
    let mut octets = Vec::new();
    let most = MAX_ENVELOPE as u64 + 1;
    dir.open(name)?.take(most).read_to_end(&mut octets)?;
    let Ok((envelope, _)) = Envelope::parse(&octets) else {
        return Ok((None, None));
    };
    let time = envelope.origtime.or_else(|| envelope.origdate_time());
    let msg_id = Some(envelope.msg_id).filter(|id| !is_no_msg_id(id));
    Ok((msg_id, time))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::depot::Owner;

    #[test]
    fn a_name_that_is_no_messages_is_passed_over() {
        let tmp = tempfile::tempdir().unwrap();
        std::fs::create_dir(tmp.path().join("INBOX")).unwrap();
        for name in [
            "msg0000.txt",
            "msg0000.WAV",
            "msg00001.txt",
            "msg0002.txt-bak",
        ] {
            std::fs::write(tmp.path().join("INBOX").join(name), "").unwrap();
        }
        let root = Dir::root(tmp.path(), Owner::default()).unwrap();
        let numbers: Vec<u32> = held(&root).unwrap().iter().map(|one| one.number).collect();
        assert_eq!(numbers, [0]);
    }
}
