//! What is under way for one voicemail box: its journal, its ledger, and who is told.

use crate::ops::event::{Event, Observer};
use crate::ops::stop::Stop;
use crate::spool::Spool;
use crate::voicemail::compose::MailProfile;
use crate::voicemail::vmbox::VoicemailBox;

use super::Migration;
use super::journal::Journal;
use super::ledger::Ledger;
use super::plan::PlanItem;
use super::present::Present;
use super::report::{Counts, Failure};

/// What is under way for one box.
pub struct Work<'a> {
    /// The box.
    pub vmbox: &'a VoicemailBox,
    /// Its spool.
    pub spool: &'a Spool,
    /// How its messages are worded.
    pub profile: &'a MailProfile,
    /// Its journal.
    pub journal: Journal,
    /// What became of its messages so far.
    pub ledger: Ledger,
    /// The messages that failed.
    pub failures: Vec<Failure>,
    /// The messages that have to wait, as the latest look at the spool shows it.
    pub waiting: Vec<Failure>,
    /// What the spool holds, and what of it this journal has put on the server.
    pub present: Present,
    /// Entries that never became candidates.
    pub rejected: Counts,
    /// Batches sent so far.
    pub batch: u32,
    /// Looks at the spool so far, but the first.
    pub pass: u32,
    /// Whether to stop.
    pub stop: &'a Stop,
    /// Who is told.
    pub observer: &'a dyn Observer,
}

impl<'a> Work<'a> {
    /// Nothing done yet.
    #[must_use]
    pub fn new(
        migration: &Migration<'a>,
        vmbox: &'a VoicemailBox,
        profile: &'a MailProfile,
        journal: Journal,
    ) -> Self {
        Self {
            vmbox,
            spool: migration.spool,
            profile,
            journal,
            ledger: Ledger::default(),
            failures: Vec::new(),
            waiting: Vec::new(),
            present: Present::default(),
            rejected: Counts::default(),
            batch: 0,
            pass: 0,
            stop: migration.stop,
            observer: migration.observer,
        }
    }

    /// Gives a message up and says why.
    pub fn fail(&mut self, item: &PlanItem, reason: String) {
        self.ledger.failed(&item.candidate.key);
        let failure = Failure {
            place: item.candidate.place(),
            reason,
        };
        self.observer.event(&Event::Failed {
            vmbox: self.vmbox,
            failure: &failure,
        });
        self.failures.push(failure);
    }

    /// Leaves a message to the next look at the spool. Told only if that does not help.
    pub fn defer(&mut self, item: &PlanItem, reason: &str) {
        self.ledger.deferred(&item.candidate.key);
        self.waiting.push(Failure {
            place: item.candidate.place(),
            reason: reason.to_owned(),
        });
    }

    /// Names the messages that have to wait for another run.
    pub fn tell_waiting(&self) {
        for failure in &self.waiting {
            self.observer.event(&Event::Failed {
                vmbox: self.vmbox,
                failure,
            });
        }
    }
}
