//! From greeting files to candidates: identity, recording and message of each.

use std::sync::Arc;

use crate::ops::event::Event;
use crate::ops::migrate::Migration;
use crate::ops::migrate::report::{Counts, Failure, Place};
use crate::ops::migrate::source::{Candidate, Unfit, digest, exact};
use crate::ops::migrate::work::Work;
use crate::spool::SpoolGreeting;
use crate::voicemail::compose::compose_for_caller;
use crate::voicemail::folder::VoicemailFolder;
use crate::voicemail::message::{HeaderValue, Voicemail};
use crate::voicemail::source_key::SourceKey;

/// What Asterisk writes where a greeting would have an id.
const NO_MSG_ID: &str = "(null)";

/// Reads the box's greetings. What cannot be stored is told, and counted in `aside`.
pub fn candidates(
    migration: &Migration<'_>,
    extension: &str,
    work: &mut Work<'_>,
    aside: &mut Counts,
) -> Vec<Arc<Candidate>> {
    let scan = migration
        .spool
        .greetings(work.vmbox, &migration.options.scan);
    for notice in &scan.notices {
        work.observer.event(&Event::Notice(notice));
    }
    for kind in scan.waiting {
        let reason = "it is being recorded".to_owned();
        tell(
            work,
            Failure {
                place: Place::Greeting(kind),
                reason,
            },
        );
        aside.deferred += 1;
    }
    for kind in scan.lost {
        let reason = "has no usable recording".to_owned();
        tell(
            work,
            Failure {
                place: Place::Greeting(kind),
                reason,
            },
        );
        aside.failed += 1;
    }
    let mut candidates = Vec::new();
    for greeting in scan.usable {
        let reason = match candidate(migration, extension, work, &greeting) {
            Ok(candidate) => {
                candidates.push(Arc::new(candidate));
                continue;
            }
            Err(Unfit::Failed(reason)) => {
                aside.failed += 1;
                reason
            }
            Err(Unfit::Changed | Unfit::Known) => {
                aside.deferred += 1;
                "it changed while it was being read".to_owned()
            }
        };
        tell(
            work,
            Failure {
                place: Place::Greeting(greeting.kind),
                reason,
            },
        );
    }
    candidates
}

fn tell(work: &mut Work<'_>, failure: Failure) {
    work.observer.event(&Event::Failed {
        vmbox: work.vmbox,
        failure: &failure,
    });
    work.failures.push(failure);
}

fn candidate(
    migration: &Migration<'_>,
    extension: &str,
    work: &mut Work<'_>,
    greeting: &SpoolGreeting,
) -> Result<Candidate, Unfit> {
    let no_audio = || Unfit::Failed("has no usable recording".to_owned());
    let key_audio = greeting.key_audio().ok_or_else(no_audio)?;
    let chosen = greeting.choose_audio(&migration.options.formats);
    let file = chosen.ok_or_else(no_audio)?;
    let identity = digest(work, key_audio)?;
    let sent = if file.path == key_audio.path {
        identity
    } else {
        digest(work, file)?
    };
    let key = SourceKey::of_greeting(work.vmbox, greeting.kind, &identity);
    let millis = file.facts.as_ref().ok().and_then(|facts| facts.millis);
    let recorded = file.stamp.mtime_ns.div_euclid(1_000_000_000);
    let voicemail = Voicemail {
        context: exact("context", &work.vmbox.context)?,
        extension: exact("extension", extension)?,
        caller_name: HeaderValue::default(),
        caller_number: HeaderValue::default(),
        // A file may claim any time; one that IMAP and Asterisk can say is needed.
        origtime: recorded.clamp(0, u32::MAX.into()),
        duration: u32::try_from(millis.unwrap_or_default() / 1000).unwrap_or(u32::MAX),
        category: HeaderValue::default(),
        flag: HeaderValue::default(),
        priority: 0,
        msg_id: HeaderValue::lossy(NO_MSG_ID),
        message_num: 0,
        format: file.format,
        greeting: Some(greeting.kind),
    };
    let composed = compose_for_caller(&voicemail, None, work.profile, &key, file.stamp.size);
    Ok(Candidate {
        folder: VoicemailFolder::Inbox,
        number: 0,
        key,
        voicemail,
        caller_name: String::new(),
        audio: file.path.clone(),
        fill: file.fill(),
        stamp: file.stamp,
        digest: sent,
        octets: composed.size(),
        // Of no message, and so with no txt beside it.
        txt: file.stamp,
        recordings: vec![(file.extension().to_owned(), file.stamp)],
    })
}
