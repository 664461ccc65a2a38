//! One question about each of several folders: a pipeline, since one by one each costs a round trip.
//!
//! A folder whose question is refused has that as its answer, and the others go on. Only for
//! questions: what changes something needs more care when the connection breaks.

use super::super::error::StoreError;
use super::super::link::{Link, Untagged, accept, no};
use super::super::name::MailboxName;
use super::super::types::Answered;

/// Folders whose questions are under way at once; some servers hang up after a run of refusals.
const WINDOW: usize = 8;

/// What reads the untagged answers about one folder.
pub(super) trait Answer {
    /// What they amount to.
    type Value;

    /// Takes one untagged answer; what is about something else is left alone.
    fn read(&mut self, untagged: &Untagged<'_>) -> Result<(), StoreError>;

    /// The whole; `None` where what was asked for did not come.
    fn value(self) -> Option<Self::Value>;
}

/// Asks `verb NAME arguments` of each folder. The outcome has the order of `names`.
pub(super) fn ask_each<A: Answer>(
    link: &mut Link,
    verb: &str,
    arguments: &str,
    names: &[MailboxName],
    begin: impl Fn(&MailboxName) -> A,
) -> Result<Vec<Answered<A::Value>>, StoreError> {
    let mut outcomes = Vec::with_capacity(names.len());
    for window in names.chunks(WINDOW) {
        link.alive()?;
        link.wire.set_doing(verb);
        let mut tags = Vec::with_capacity(window.len());
        for name in window {
            let tag = link.tag();
            link.queue(&format!("{tag} {verb} {}{arguments}", name.quoted()))?;
            tags.push(tag);
        }
        link.flush()?;
        for (name, tag) in window.iter().zip(&tags) {
            let command = format!("{verb} {name}");
            link.wire.set_doing(&command);
            let mut answer = begin(name);
            let status = link.finish_any(tag, &mut |untagged| answer.read(&untagged))?;
            link.progress();
            outcomes.push(match accept(status, &command) {
                Ok(_) => answer
                    .value()
                    .ok_or_else(|| no(&format!("{verb}: the server said OK and nothing else"))),
                Err(StoreError::Refused { refusal, .. }) => Err(refusal),
                Err(error) => return Err(error),
            });
        }
    }
    Ok(outcomes)
}
