//! What is done where a connection breaks: another try, and a wait for what may still be on its way.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::mailstore::error::StoreError;
use crate::ops::backoff::sleep;
use crate::ops::error::BoxError;
use crate::ops::event::{Event, Observer};
use crate::ops::lane::Lane;
use crate::ops::stop::Stop;
use crate::voicemail::vmbox::VoicemailBox;

use super::holdings::Findings;
use super::source::Candidate;
use super::work::Work;

/// How often a box is tried when connections break under it.
const ATTEMPTS: u32 = 3;
/// How long after a batch was sent, and the connection lost, its messages may still appear: a server
/// that has received all of them stores them although nobody waits for its answer any more.
pub const SETTLING: Duration = Duration::from_secs(10);
/// How often the server is looked at meanwhile.
const PAUSE: Duration = Duration::from_millis(500);
/// How long a server that went away is given to come back.
const RESTART: Duration = Duration::from_secs(2);

/// Tries once more where the connection broke; `once` is told whether it is the first time.
pub(super) fn insist(
    lane: &mut Lane<'_>,
    vmbox: &VoicemailBox,
    stop: &Stop,
    observer: &dyn Observer,
    mut once: impl FnMut(&mut Lane<'_>, bool) -> Result<(), BoxError>,
) -> Result<(), BoxError> {
    for attempt in 1.. {
        match once(lane, attempt == 1) {
            // Where there was a connection there may soon be one again.
            Err(error) if error.lost_connection() || attempt > 1 && error.no_connection() => {
                lane.drop_session();
                if attempt == ATTEMPTS || stop.asked() {
                    return Err(error);
                }
                if error.no_connection() && !sleep(stop, RESTART) {
                    return Err(error);
                }
                let why = error.to_string();
                observer.event(&Event::Retrying { vmbox, why: &why });
            }
            result => return result,
        }
    }
    Ok(())
}

/// Waits until the server can no longer be storing what was sent before the connection was lost, by
/// this run or by an earlier one that was killed.
pub(super) fn settle(
    work: &Work<'_>,
    candidates: &[Arc<Candidate>],
    mut findings: Findings,
    mut look: impl FnMut() -> Result<Findings, StoreError>,
) -> Result<Findings, StoreError> {
    let mut told = false;
    loop {
        let missing = candidates
            .iter()
            .filter(|one| !findings.holdings.by_key.contains_key(&one.key))
            .filter_map(|one| work.journal.unsettled_since(&one.key))
            .max();
        let Some(sent) = missing else {
            return Ok(findings);
        };
        let waited = Timestamp::now().duration_since(sent).unsigned_abs();
        if waited >= SETTLING || work.stop.asked() {
            return Ok(findings);
        }
        if !told {
            let why = "the server may still be storing what was sent before";
            work.observer.event(&Event::Retrying {
                vmbox: work.vmbox,
                why,
            });
            told = true;
        }
        if !sleep(work.stop, PAUSE) {
            return Ok(findings);
        }
        findings = look()?;
    }
}
