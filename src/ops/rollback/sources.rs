//! What of a box the spool still holds, by identity. Reads only.
//!
//! What is being recorded, changed or cannot be read is not held, as far as anybody can say: then a
//! message stays on the server.

use std::collections::HashMap;
use std::path::Path;

use crate::ops::migrate::journal::Past;
use crate::ops::migrate::source;
use crate::spool::{AudioFile, ScanOptions, Spool};
use crate::voicemail::folder::VoicemailFolder;
use crate::voicemail::source_key::SourceKey;
use crate::voicemail::vmbox::VoicemailBox;

/// The voicemails and greetings of a box in this spool, each with the folder it lies in; none where
/// there is no such spool. Recordings that the journal knows are not read again.
#[must_use]
pub fn held(
    spool: &Path,
    vmbox: &VoicemailBox,
    past: &Past,
) -> HashMap<SourceKey, VoicemailFolder> {
    let Ok(spool) = Spool::open(spool) else {
        return HashMap::new();
    };
    let digest = |audio: &AudioFile| {
        let known = past.digests.get(&audio.stamp).copied();
        known.or_else(|| Some(source::read_digest(audio, spool.root()).ok()?.1))
    };
    let scan = spool.scan_box(vmbox, &ScanOptions::default());
    let mut copies = HashMap::new();
    let mut held = HashMap::with_capacity(scan.entries.len());
    for entry in &scan.entries {
        if let Some(digest) = entry.key_audio().and_then(digest) {
            let key = source::key(vmbox, entry, &digest, &mut copies);
            held.insert(key, entry.folder);
        }
    }
    for greeting in spool.greetings(vmbox, &ScanOptions::default()).usable {
        if let Some(digest) = greeting.key_audio().and_then(digest) {
            let key = SourceKey::of_greeting(vmbox, greeting.kind, &digest);
            // They lie in no folder; see `Candidate`.
            held.insert(key, VoicemailFolder::Inbox);
        }
    }
    held
}
