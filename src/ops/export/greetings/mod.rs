//! Greetings from IMAP (`imapgreetings=yes`) back into the files of a box: plan, shown, applied.
//!
//! As for messages the server is only read, and no file is replaced. Source: asterisk-format 4.

mod apply;
pub mod plan;

use serde::Serialize;

use crate::mailstore::types::Uid;
use crate::ops::error::BoxError;
use crate::ops::lane::Lane;
use crate::voicemail::greeting::Greeting;
use crate::voicemail::vmbox::VoicemailBox;

use super::plan::Skip;
use super::report::Tally;
use super::target::box_in;
use super::{Event, Exporter, Place};
use crate::ops::export::apply::Work;
use apply::Progress;
use plan::{Action, GreetingPlan};

/// A greeting that could not be exported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GreetingFailure {
    /// Whose.
    pub mailbox: VoicemailBox,
    /// Which.
    pub greeting: Greeting,
    /// The IMAP folder it lies in.
    pub imap_folder: String,
    /// Its UID there.
    pub uid: Uid,
    /// Why.
    pub reason: String,
}

/// What came of an account's greetings.
pub(super) struct Outcome {
    /// Box by box, of those that were asked for.
    pub(super) tallies: Vec<Tally>,
    /// Why not all of it was done.
    pub(super) error: Option<BoxError>,
    /// Why nothing more can be written.
    pub(super) broken: Option<String>,
}

impl Exporter<'_> {
    /// Exports the greetings of an account. `all` are its boxes; the first `asked` were asked for.
    pub(super) fn greetings(
        &self,
        lane: &mut Lane<'_>,
        all: &[VoicemailBox],
        asked: usize,
    ) -> Outcome {
        let mut outcome = Outcome {
            tallies: vec![Tally::default(); asked],
            error: None,
            broken: None,
        };
        let label = lane.label().to_owned();
        let read = lane.ask(|session, overview| {
            plan::read(session, overview, self.conf, &label, (all, asked))
        });
        let mut plan = match read {
            Ok(Some(plan)) => plan,
            Ok(None) => return outcome,
            Err(error) => {
                outcome.error = Some(error);
                return outcome;
            }
        };
        let dir_of = |vmbox: &VoicemailBox| match &self.place {
            Place::Target(target) => target.box_dir(vmbox),
            Place::Look(Some((root, _))) => box_in(root, vmbox),
            Place::Look(None) => Ok(None),
        };
        if let Err(error) =
            plan::decide(&mut plan, self.place.memory(), self.options.again, &dir_of)
        {
            outcome.error = Some(BoxError::Directory(error));
            return outcome;
        }
        for notice in &plan.notices {
            self.observer.event(&Event::Notice(notice));
        }
        self.observer.event(&Event::GreetingsPlanned(&plan));
        let mut progress = Progress::new(asked);
        outcome.error = self.write_greetings(lane, &plan, &mut progress).err();
        outcome.error = outcome.error.map(|error| lane.explain(error));
        outcome.tallies = self.add_up(&plan, &progress);
        outcome.broken = progress.broken;
        outcome
    }

    /// Does what the plan says; nothing in a dry run.
    fn write_greetings(
        &self,
        lane: &mut Lane<'_>,
        plan: &GreetingPlan,
        progress: &mut Progress,
    ) -> Result<(), BoxError> {
        let Place::Target(target) = &self.place else {
            return Ok(());
        };
        let work = Work {
            target,
            observer: self.observer,
            stop: self.stop,
        };
        self.persist(lane, progress, Progress::settled, &|session, progress| {
            apply::carry_out(&work, session, plan, progress)
        })
    }

    fn add_up(&self, plan: &GreetingPlan, progress: &Progress) -> Vec<Tally> {
        let dry = matches!(self.place, Place::Look(_));
        let mut tallies = progress.tallies.clone();
        for item in &plan.items {
            let tally = &mut tallies[item.vmbox];
            tally.selected += 1;
            match &item.action {
                Action::Skip(Skip::There) => tally.there += 1,
                Action::Skip(Skip::RemovedSince) => tally.removed_since += 1,
                Action::Fail(_) if dry => tally.failed += 1,
                Action::Compare if dry => tally.compared += 1,
                Action::Write if dry => {
                    tally.written += 1;
                    tally.octets += item.size;
                }
                _ => {}
            }
        }
        tallies.iter_mut().for_each(Tally::settle);
        tallies
    }
}
