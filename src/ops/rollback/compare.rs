//! Whether what a message holds is what was appended: streamed, and compared by the digest of its
//! decoded recording. Memory does not grow with the messages.

use std::collections::HashMap;

use crate::mailstore::error::StoreError;
use crate::mailstore::session::Session;
use crate::mailstore::types::{ContentInfo, Uid};
use crate::ops::readings;
use crate::voicemail::parse::StoredVoicemail;
use crate::voicemail::source_key::{AudioDigest, SourceKey};

/// What one message has to be.
pub struct Expected<'a> {
    /// Its identity.
    pub key: &'a SourceKey,
    /// The digest of its recording.
    pub sha256: AudioDigest,
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
    let same = stored.audio == expected.sha256;
    (!same).then(|| format!("its recording is another one (SHA-256 {})", stored.audio))
}
