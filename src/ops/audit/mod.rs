//! `audit`: every stored voicemail against Asterisk's own reading rules.
//!
//! An account is read once, whatever number of mailboxes live in it: one streamed listing of its
//! folders, and with `audio` the recordings, streamed too. Nothing is changed: folders are opened by
//! EXAMINE and bodies fetched by PEEK, so it is safe to repeat at any time. Memory grows with what is
//! found and by some 80 octets a voicemail (to tell copies apart), not with the mail.

pub mod catalogue;
pub mod finding;
pub mod fix;
pub mod rules;

mod account;
mod book;
mod lifted;
mod orphans;
mod spool;
mod twins;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use crate::mailstore::error::StoreError;
use crate::ops::account::Overrides;
use crate::ops::error::BoxError;
use crate::ops::expunge::lifts::OpenLift;
use crate::ops::failures::Failures;
use crate::ops::fleet::{self, Group};
use crate::ops::lane::{Connector, Lane};
use crate::ops::select::Selection;
use crate::ops::stop::Stop;
use crate::spool::Spool;
use crate::voicemail::conf::VoicemailConf;
use crate::voicemail::notice::Severity;
use crate::voicemail::terms::Terms;
use crate::voicemail::vmbox::VoicemailBox;

use book::Book;
use catalogue::{Chosen, account as code};
use finding::Finding;
use fix::{Repair, What};

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// What overrides voicemail.conf.
    pub overrides: Overrides,
    /// Which mailboxes, folders and times.
    pub selection: Selection,
    /// Which rules.
    pub rules: Chosen,
    /// Whether recordings are fetched and looked at.
    pub audio: bool,
    /// Whether folders are read that have no voicemail folder's name.
    pub everywhere: bool,
    /// Which repairs are planned; none where it is empty.
    pub fix: Vec<What>,
    /// Accounts at once.
    pub jobs: usize,
}

/// What happens, for whoever shows it.
#[derive(Debug)]
pub enum Event<'a> {
    /// What was found in one account, or in the spool.
    Found(&'a [Finding]),
    /// A mailbox whose account was not read, or not to its end.
    Failed(&'a VoicemailBox, &'a str),
    /// So many mailboxes will be looked at.
    Started(usize),
    /// So many more mailboxes are done, well or not.
    Done(usize),
}

/// Is told what happens. Called by all workers, one at a time.
pub trait Observer: Sync {
    /// Something happened.
    fn event(&self, event: &Event<'_>);
}

/// What an audit comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Mailboxes asked for.
    pub mailboxes: u64,
    /// Accounts they live in.
    pub accounts: u64,
    /// Accounts that were not begun.
    pub accounts_left: u64,
    /// Voicemails looked at.
    pub messages: u64,
    /// Other mail passed over.
    pub other_mail: u64,
    /// Recordings looked at.
    pub recordings: u64,
    /// Findings by code, in the catalogue's order.
    pub found: std::collections::BTreeMap<&'static str, u64>,
    /// Findings by severity: errors, warnings, infos.
    pub severities: (u64, u64, u64),
    /// Repairs that can be made, those of an account together.
    pub repairs: Vec<Repair>,
    /// How mailboxes failed.
    pub failures: Failures,
    /// Errors in voicemail.conf, which may have cost mailboxes.
    pub input_errors: u64,
    /// The signal that ended the run early.
    pub interrupted: Option<u8>,
}

impl Report {
    /// All findings.
    #[must_use]
    pub fn findings(&self) -> u64 {
        self.found.values().sum()
    }

    /// Whether every mailbox was looked at, to the end.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.failures.boxes() + self.accounts_left + self.input_errors == 0
            && self.interrupted.is_none()
    }

    fn count(&mut self, findings: &[Finding]) {
        for finding in findings {
            *self.found.entry(finding.rule.code()).or_default() += 1;
            match finding.rule.row.severity {
                Severity::Error => self.severities.0 += 1,
                Severity::Warning => self.severities.1 += 1,
                Severity::Info => self.severities.2 += 1,
            }
        }
    }
}

/// One run.
pub struct Audit<'a> {
    /// voicemail.conf.
    pub conf: &'a VoicemailConf,
    /// What was asked for.
    pub options: Options,
    /// The spool, where it is to be looked at.
    pub spool: Option<Spool>,
    /// The accounts that the server has, where somebody told.
    pub accounts: Option<BTreeSet<String>>,
    /// Others' marks that a run which was cut has left off, or why that cannot be known.
    pub lifted: Result<Vec<OpenLift>, String>,
    /// Whether to stop.
    pub stop: &'a Stop,
    /// Who is told.
    pub observer: &'a dyn Observer,
    /// Now, Unix seconds UTC.
    pub now: i64,
}

/// What all workers share.
struct Shared<'a> {
    connector: Connector,
    report: Mutex<Report>,
    everybody: HashMap<Terms, &'a VoicemailBox>,
}

impl Audit<'_> {
    /// Runs it, for mailboxes that Asterisk's IMAP build sees.
    #[must_use]
    pub fn run(&self, boxes: Vec<VoicemailBox>) -> Report {
        let mailboxes = boxes.len() as u64;
        self.observer.event(&Event::Started(boxes.len()));
        let mut findings = self.spool_findings(&boxes);
        findings.extend(self.orphans());
        findings.extend(self.lifted());
        let groups = fleet::with_neighbours(self.conf, &self.options.overrides, boxes);
        let shared = Shared {
            connector: Connector::default(),
            report: Mutex::new(Report {
                mailboxes,
                accounts: groups.len() as u64,
                ..Report::default()
            }),
            everybody: self.everybody(),
        };
        self.tell(&shared, findings);
        let left = fleet::share_out(groups, self.options.jobs, self.stop, &|group| {
            self.work_on(group, &shared);
        });
        let mut report = shared
            .report
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        report.accounts_left = left as u64;
        report.interrupted = self.stop.signal();
        report
    }

    /// Whose a message in a wrong account may be.
    fn everybody(&self) -> HashMap<Terms, &VoicemailBox> {
        let seen = self.conf.mailboxes.iter();
        seen.filter(|mailbox| self.conf.seen_by_imap_build(mailbox))
            .map(|mailbox| {
                let extension = self.conf.extension_header(mailbox);
                let terms = Terms::new(extension, &mailbox.vmbox.context);
                (terms, &mailbox.vmbox)
            })
            .collect()
    }

    fn tell(&self, shared: &Shared<'_>, mut findings: Vec<Finding>) {
        findings.retain(|finding| self.options.rules.takes(finding.rule));
        let mut report = shared.report.lock().unwrap_or_else(PoisonError::into_inner);
        report.count(&findings);
        // Under the lock: whoever shows it is called by one worker at a time.
        if !findings.is_empty() {
            self.observer.event(&Event::Found(&findings));
        }
    }

    fn work_on(&self, group: Group, shared: &Shared<'_>) {
        let Group {
            account,
            boxes,
            neighbours,
        } = group;
        let account = match account {
            Ok(account) => account,
            Err(error) => {
                self.failed(shared, &boxes, false, &error);
                return self.observer.event(&Event::Done(boxes.len()));
            }
        };
        let mut lane = Lane::new(&shared.connector, account);
        let mut book = Book::new(lane.label().to_owned(), boxes.clone(), neighbours);
        let outcome = account::read(self, &shared.everybody, &mut lane, &mut book);
        if let Err(BoxError::Store(
            error @ (StoreError::Malformed { .. } | StoreError::Incomplete { .. }),
        )) = &outcome
        {
            book.about_account(&code::NOT_READ, error.to_string());
        }
        let closed = book.closed_folders();
        let reached = lane.connected().is_ok() || book.begun();
        let (messages, other_mail, recordings) = book.counts();
        let (findings, repairs) = book.into_findings(self);
        self.tell(shared, findings);
        {
            let mut report = shared.report.lock().unwrap_or_else(PoisonError::into_inner);
            report.messages += messages;
            report.other_mail += other_mail;
            report.recordings += recordings;
            report.repairs.extend(repairs);
        }
        match outcome {
            Err(error) => self.failed(shared, &boxes, reached, &error),
            Ok(()) if closed.is_empty() => {
                let mut report = shared.report.lock().unwrap_or_else(PoisonError::into_inner);
                for _ in &boxes {
                    report.failures.add(true, None);
                }
            }
            Ok(()) => {
                let error = BoxError::Unconfigured(closed.join("; "));
                self.failed(shared, &boxes, true, &error);
            }
        }
        self.observer.event(&Event::Done(boxes.len()));
        lane.close();
    }

    fn failed(&self, shared: &Shared<'_>, boxes: &[VoicemailBox], reached: bool, error: &BoxError) {
        let mut report = shared.report.lock().unwrap_or_else(PoisonError::into_inner);
        let text = error.to_string();
        for vmbox in boxes {
            report.failures.add(reached, Some(error));
            self.observer.event(&Event::Failed(vmbox, &text));
        }
    }
}
