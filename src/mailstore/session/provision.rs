//! Making the folders of an account: a pipeline, since each by itself costs three round trips.
//!
//! Source: RFC 3501 §6.3.3, §6.3.6. Invariant: a folder that is there afterwards is no failure,
//! whatever the server said to CREATE; only one brand says ALREADYEXISTS.

use super::super::error::{Scope, StoreError};
use super::super::link::{Link, ignore, lock};
use super::super::name::MailboxName;
use super::Session;
use super::folders::{Ensured, Overview};

/// Folders whose commands are under way at once; some servers hang up after a run of refusals.
const WINDOW: usize = 8;

impl Session {
    /// Makes and subscribes those of `names` that `known` does not show; one round trip for up to
    /// 8 of them, parents first. Safe to repeat. The outcome has the order of `names`.
    ///
    /// A folder that could not be made is an `Err` in its place; one that could not be subscribed
    /// is there, and a warning.
    ///
    /// # Errors
    /// What ends the session; `OutcomeUnknown` where the connection broke meanwhile.
    pub fn ensure_folders(
        &mut self,
        names: &[MailboxName],
        known: &Overview,
    ) -> Result<Vec<Result<Ensured, StoreError>>, StoreError> {
        let there = |name: &MailboxName| name.is_inbox() || known.has(name);
        let missing: Vec<_> = names.iter().filter(|name| !there(name)).collect();
        let mut made = Vec::with_capacity(missing.len());
        for window in missing.chunks(WINDOW) {
            let outcomes = make(&mut lock(&self.link), window);
            made.extend(outcomes.map_err(|error| error.uncertain("CREATE"))?);
        }
        for (name, outcome) in missing.iter().zip(&mut made) {
            if outcome.is_err() && self.exists(name)? {
                *outcome = Ok(Ensured::Existed);
            }
        }
        let mut made = made.into_iter();
        let outcomes = names.iter().map(|name| {
            let existed = Ok(Ensured::Existed);
            if there(name) {
                existed
            } else {
                made.next().unwrap_or(existed)
            }
        });
        Ok(outcomes.collect())
    }
}

fn make(
    link: &mut Link,
    names: &[&MailboxName],
) -> Result<Vec<Result<Ensured, StoreError>>, StoreError> {
    link.alive()?;
    link.wire.set_doing("CREATE");
    let mut tags = Vec::with_capacity(names.len());
    for name in names {
        let (create, subscribe) = (link.tag(), link.tag());
        link.queue(&format!("{create} CREATE {}", name.quoted()))?;
        link.queue(&format!("{subscribe} SUBSCRIBE {}", name.quoted()))?;
        tags.push((create, subscribe));
    }
    link.flush()?;
    let mut outcomes = Vec::with_capacity(names.len());
    for (name, (create, subscribe)) in names.iter().zip(&tags) {
        let created = link.finish(create, &format!("CREATE {name}"), &mut ignore);
        let created = only_refusals(created)?;
        let subscribed = link.finish(subscribe, &format!("SUBSCRIBE {name}"), &mut ignore);
        if let (Ok(()), Err(error)) = (&created, only_refusals(subscribed)?) {
            link.warn(&error.to_string());
        }
        outcomes.push(created.map(|()| Ensured::Created));
    }
    Ok(outcomes)
}

/// Tells a refusal, after which the pipeline goes on, from what ends the session.
fn only_refusals<T>(answered: Result<T, StoreError>) -> Result<Result<(), StoreError>, StoreError> {
    match answered {
        Err(error) if error.scope() == Scope::Session => Err(error),
        other => Ok(other.map(drop)),
    }
}
