//! Whether what a message holds is what was appended: streamed, and compared by the digest of its
//! decoded recording. Memory does not grow with the messages.

use std::collections::{HashMap, HashSet};

use crate::mailstore::error::StoreError;
use crate::mailstore::session::Session;
use crate::mailstore::types::{ContentInfo, Uid};
use crate::ops::readings;
use crate::voicemail::parse::StoredVoicemail;
use crate::voicemail::source_key::{AudioDigest, SourceKey};
use crate::voicemail::vmbox::VoicemailBox;

/// What one message has to be.
pub struct Expected<'a> {
    /// Whose it is.
    pub vmbox: &'a VoicemailBox,
    /// Its identity.
    pub key: &'a SourceKey,
    /// The digest of its recording, where the journal tells it.
    pub sha256: Option<AudioDigest>,
    /// Every recording that was digested for the box.
    pub known: &'a HashSet<AudioDigest>,
}

/// Streams messages of the open folder and tells of each in what it differs; nothing of one that is the
/// same.
///
/// # Errors
/// As [`Session::fetch_contents`]. Safe to repeat.
pub fn verdicts(
    session: &mut Session,
    expected: &HashMap<Uid, Expected<'_>>,
) -> Result<HashMap<Uid, Option<String>>, StoreError> {
    let mut uids: Vec<Uid> = expected.keys().copied().collect();
    uids.sort_unstable();
    let untold = "the server did not give it back";
    let mut verdicts: HashMap<Uid, Option<String>> = uids
        .iter()
        .map(|uid| (*uid, Some(untold.to_owned())))
        .collect();
    readings::each(session, &uids, &mut |info, reader| {
        let Some(expected) = expected.get(&info.uid) else {
            return;
        };
        let verdict = match reader.finish() {
            Ok(stored) => difference(expected, &stored, info),
            Err(fault) => Some(format!("it is not a voicemail any more: {fault}")),
        };
        verdicts.insert(info.uid, verdict);
    })?;
    Ok(verdicts)
}

fn difference(
    expected: &Expected<'_>,
    stored: &StoredVoicemail,
    info: &ContentInfo,
) -> Option<String> {
    if stored.source_key.as_ref() != Some(expected.key) {
        let id = stored.message_id.as_deref().unwrap_or("missing");
        return Some(format!("its Message-ID is {id}"));
    }
    if info.delivered != info.size {
        let (came, size) = (info.delivered, info.size);
        return Some(format!("{came} of its {size} octets came"));
    }
    let same = match expected.sha256 {
        Some(sha256) => stored.audio == sha256,
        // Journals of earlier versions: the key holds the digest, unless another format was sent than
        // the one it was made of; that one is among those that were digested.
        None => is_in_key(expected, stored) || expected.known.contains(&stored.audio),
    };
    (!same).then(|| format!("its recording is another one (SHA-256 {})", stored.audio))
}

fn is_in_key(expected: &Expected<'_>, stored: &StoredVoicemail) -> bool {
    let voicemail = &stored.voicemail;
    let msg_id = voicemail.msg_id.to_string();
    let key = expected.key.as_str();
    let copy = key.split_once('-').and_then(|(_, copy)| copy.parse().ok());
    ["", &msg_id].into_iter().any(|msg_id| {
        let (time, copy) = (voicemail.origtime, copy.unwrap_or(1));
        SourceKey::new(expected.vmbox, msg_id, time, &stored.audio, copy) == *expected.key
    })
}
