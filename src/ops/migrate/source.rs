//! From spool entries to candidates: the identity, the recording and the message of each.

use std::collections::HashMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::ops::event::Event;
use crate::spool::{AudioFile, FileStamp, OpenError, Recording, SpoolEntry};
use crate::voicemail::audio::Fill;
use crate::voicemail::compose::compose_for_caller;
use crate::voicemail::folder::VoicemailFolder;
use crate::voicemail::message::{HeaderValue, Voicemail};
use crate::voicemail::source_key::{AudioDigest, SourceKey, is_no_msg_id};
use crate::voicemail::vmbox::VoicemailBox;

use super::report::{Counts, Failure, Place};
use super::work::Work;
use super::{Migration, catalogue};

/// Octets of a part that Asterisk still plays (`app_voicemail.c`, `MAX_MAIL_BODY_CONTENT_SIZE`):
/// some 98 MB of recording. A larger one it refuses, and says so in its log only.
const MOST_PLAYED: u64 = 128 << 20;

/// One voicemail (or greeting) of the spool, ready to be planned.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The spool folder it lies in; of a greeting, which lies in none, INBOX.
    pub folder: VoicemailFolder,
    /// Its file number, 0-based.
    pub number: u32,
    /// Its identity.
    pub key: SourceKey,
    /// What the message will say.
    pub voicemail: Voicemail,
    /// The caller's name as it was given, for the text that people read.
    pub caller_name: String,
    /// The recording that will be sent.
    pub audio: PathBuf,
    /// What its header lacks.
    pub fill: Option<Fill>,
    /// What that file was when it was digested.
    pub stamp: FileStamp,
    /// The digest of the recording that will be sent.
    pub digest: AudioDigest,
    /// Octets of the whole message.
    pub octets: u64,
    /// What its txt was when it was read.
    pub txt: FileStamp,
    /// What its recordings were, by extension: all of them, also those that are not sent.
    pub recordings: Vec<(String, FileStamp)>,
}

impl Candidate {
    /// Where it lies in the spool.
    #[must_use]
    pub fn place(&self) -> Place {
        self.voicemail.greeting.map_or(
            Place::Message {
                folder: self.folder,
                number: self.number,
            },
            Place::Greeting,
        )
    }

    /// The place in append order: by time left, then by the spool's own order.
    #[must_use]
    pub fn order(&self) -> (i64, VoicemailFolder, u32) {
        (self.voicemail.origtime, self.folder, self.number)
    }
}

/// Why an entry is no candidate.
pub enum Unfit {
    /// It can never be one as it is.
    Failed(String),
    /// It changed while it was being read.
    Changed,
    /// An earlier look of this run has dealt with it.
    Known,
}

impl From<io::Error> for Unfit {
    fn from(error: io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<OpenError> for Unfit {
    fn from(error: OpenError) -> Self {
        if error.gone() {
            Self::Changed
        } else {
            Self::Failed(error.to_string())
        }
    }
}

/// Makes candidates of a box's entries; what cannot be one is told and counted.
///
/// What an earlier look of this run has dealt with is left out; what changed then is looked at anew.
/// Copies are numbered over the whole box before the selection is applied, so that a partial run
/// gives every message the identity a full run gives it.
pub fn candidates(
    migration: &Migration<'_>,
    extension: &str,
    work: &mut Work<'_>,
    entries: Vec<SpoolEntry>,
) -> Vec<Arc<Candidate>> {
    work.rejected = Counts::default();
    work.ledger.forget_deferred();
    let mut copies: HashMap<SourceKey, u32> = HashMap::new();
    let mut candidates = Vec::with_capacity(entries.len());
    for entry in entries {
        let wanted = migration
            .options
            .selection
            .takes_message(entry.folder, entry.origtime);
        if work.stop.asked() {
            work.present.unsure();
            // A later pass would count again what the first one has dealt with.
            work.rejected.pending += u64::from(wanted && work.pass == 0);
            continue;
        }
        let made = candidate(migration, extension, work, &entry, &mut copies);
        if matches!(made, Err(Unfit::Failed(_) | Unfit::Changed)) {
            work.present.unsure();
        }
        match made {
            Ok(candidate) if wanted => candidates.push(Arc::new(candidate)),
            Err(unfit) if wanted => reject(work, &entry, unfit),
            _ => {}
        }
    }
    candidates
}

fn reject(work: &mut Work<'_>, entry: &SpoolEntry, unfit: Unfit) {
    let place = Place::Message {
        folder: entry.folder,
        number: entry.number,
    };
    let failure = |reason| Failure { place, reason };
    let failure = match unfit {
        Unfit::Failed(reason) => {
            work.rejected.failed += 1;
            failure(reason)
        }
        Unfit::Changed => {
            work.rejected.deferred += 1;
            let reason = "it changed while it was being read".to_owned();
            work.waiting.push(failure(reason));
            return;
        }
        Unfit::Known => return,
    };
    if !work.failures.contains(&failure) {
        work.observer.event(&Event::Failed {
            vmbox: work.vmbox,
            failure: &failure,
        });
        work.failures.push(failure);
    }
}

fn candidate(
    migration: &Migration<'_>,
    extension: &str,
    work: &mut Work<'_>,
    entry: &SpoolEntry,
    copies: &mut HashMap<SourceKey, u32>,
) -> Result<Candidate, Unfit> {
    let no_audio = || Unfit::Failed("has no usable recording".to_owned());
    let key_audio = entry.key_audio().ok_or_else(no_audio)?;
    let choice = entry
        .choose_audio(&migration.options.formats)
        .ok_or_else(no_audio)?;
    let identity = digest(work, key_audio)?;
    let digest = if choice.file.path == key_audio.path {
        identity
    } else {
        digest(work, choice.file)?
    };
    let key = key(work.vmbox, entry, &identity, copies);
    work.present.add(key.clone());
    if work.ledger.knows(&key) {
        return Err(Unfit::Known);
    }
    let voicemail = voicemail(work, extension, entry, choice.file, &key)?;
    let composed = compose_for_caller(
        &voicemail,
        Some(&entry.envelope.caller.name),
        work.profile,
        &key,
        choice.file.stamp.size,
    );
    for gap in &composed.gaps {
        let text = format!("{:?} is left out", gap.piece);
        migration.tell_once(&catalogue::TEMPLATE_GAP, work.vmbox, text);
    }
    if composed.recording_octets() > MOST_PLAYED {
        let place = format!("{}/msg{:04}", entry.folder, entry.number);
        let size = choice.file.stamp.size;
        let text = format!("{place}: {size} octets, {MOST_PLAYED} as base64 is the most");
        migration.tell_once(&catalogue::TOO_LONG_TO_PLAY, work.vmbox, text);
    }
    Ok(Candidate {
        folder: entry.folder,
        number: entry.number,
        key,
        voicemail,
        caller_name: entry.envelope.caller.name.clone(),
        audio: choice.file.path.clone(),
        fill: choice.file.fill(),
        stamp: choice.file.stamp,
        digest,
        octets: composed.size(),
        txt: entry.txt_stamp,
        recordings: entry
            .audio
            .iter()
            .map(|one| (one.extension().to_owned(), one.stamp))
            .collect(),
    })
}

/// The identity of an entry whose key recording has this digest. `copies` counts the equal ones of
/// the box so far.
pub(crate) fn key(
    vmbox: &VoicemailBox,
    entry: &SpoolEntry,
    identity: &AudioDigest,
    copies: &mut HashMap<SourceKey, u32>,
) -> SourceKey {
    let msg_id = &entry.envelope.msg_id;
    let key_of = |copy| SourceKey::new(vmbox, msg_id, entry.origtime, identity, copy);
    let copy = copies.entry(key_of(1)).or_default();
    *copy += 1;
    key_of(*copy)
}

fn voicemail(
    work: &Work<'_>,
    extension: &str,
    entry: &SpoolEntry,
    audio: &AudioFile,
    key: &SourceKey,
) -> Result<Voicemail, Unfit> {
    let envelope = &entry.envelope;
    Ok(Voicemail {
        context: exact("context", &work.vmbox.context)?,
        extension: exact("extension", extension)?,
        caller_name: HeaderValue::lossy(&envelope.caller.name),
        caller_number: HeaderValue::lossy(&envelope.caller.number),
        origtime: entry.origtime,
        duration: entry.duration,
        category: HeaderValue::lossy(&envelope.category),
        flag: HeaderValue::lossy(&envelope.flag),
        priority: envelope.priority,
        msg_id: if is_no_msg_id(&envelope.msg_id) {
            HeaderValue::lossy(&key.msg_id(entry.origtime))
        } else {
            HeaderValue::lossy(&envelope.msg_id)
        },
        message_num: entry.number.saturating_add(1),
        format: audio.format,
        greeting: None,
    })
}

/// A value that Asterisk searches by; a changed one would be found by nobody.
pub(super) fn exact(what: &str, text: &str) -> Result<HeaderValue, Unfit> {
    HeaderValue::exact(text).ok_or_else(|| {
        Unfit::Failed(format!(
            "the {what} {text:?} cannot stand in a header as Asterisk reads it"
        ))
    })
}

/// The digest of a recording, from the journal where the file has not changed since.
pub(super) fn digest(work: &mut Work<'_>, audio: &AudioFile) -> Result<AudioDigest, Unfit> {
    if let Some(known) = work.journal.digest(&audio.stamp) {
        return Ok(known);
    }
    let (stamp, digest) = read_digest(audio, work.spool.root())?;
    // Only remembered for the next run. A journal that cannot be written is no fault of the message's,
    // and is told once, by the intent without which nothing is sent.
    let _ = work.journal.note_digest(stamp, digest);
    Ok(digest)
}

/// The digest of a recording below `root`, and what the file was.
///
/// # Errors
/// [`Unfit::Changed`] where it is not what it was when the spool was scanned.
pub fn read_digest(audio: &AudioFile, root: &Path) -> Result<(FileStamp, AudioDigest), Unfit> {
    let (recording, stamp) = Recording::open(&audio.path, audio.fill(), root)?;
    if !stamp.same_content(&audio.stamp) {
        return Err(Unfit::Changed);
    }
    let mut hash = Sha256::new();
    copy(&mut &recording, &mut hash)?;
    if !recording.stamp()?.same_content(&stamp) {
        return Err(Unfit::Changed);
    }
    Ok((stamp, AudioDigest(hash.finalize().into())))
}

fn copy(from: &mut impl Read, hash: &mut Sha256) -> io::Result<()> {
    let mut block = vec![0; 64 << 10];
    loop {
        match from.read(&mut block) {
            Ok(0) => return Ok(()),
            Ok(octets) => hash.update(&block[..octets]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
impl Candidate {
    /// A candidate with nothing but what a plan looks at.
    #[must_use]
    pub fn sample(
        folder: VoicemailFolder,
        number: u32,
        key: SourceKey,
        origtime: i64,
        digest: AudioDigest,
    ) -> Self {
        let empty = HeaderValue::default;
        let voicemail = Voicemail {
            context: empty(),
            extension: empty(),
            caller_name: empty(),
            caller_number: empty(),
            origtime,
            duration: 1,
            category: empty(),
            flag: empty(),
            priority: 1,
            msg_id: empty(),
            message_num: number + 1,
            format: crate::voicemail::audio::AudioFormat::Wav49,
            greeting: None,
        };
        let stamp = FileStamp {
            dev: 0,
            ino: 0,
            size: 0,
            mtime_ns: 0,
            ctime_ns: 0,
        };
        let (caller_name, audio) = (String::new(), PathBuf::new());
        Self {
            folder,
            number,
            key,
            voicemail,
            caller_name,
            audio,
            fill: None,
            stamp,
            digest,
            octets: 0,
            txt: stamp,
            recordings: Vec::new(),
        }
    }
}
