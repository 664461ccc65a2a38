//! Carrying a shown plan out: recordings stream from the server into files, and each message gets
//! its name when it is whole.
//!
//! Reads of the server only: EXAMINE and BODY.PEEK. Memory does not grow with the messages.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io;

use crate::depot::PublishError;
use crate::mailstore::error::StoreError;
use crate::mailstore::name::MailboxName;
use crate::mailstore::session::Session;
use crate::mailstore::types::{ContentInfo, ContentSink, Uid, UidValidity};
use crate::ops::stop::Stop;
use crate::voicemail::notice::Notice;
use crate::voicemail::parse::Whole;

use super::convert::{Converted, convert};
use super::manifest::{Line, Origin};
use super::plan::{AccountPlan, Action, Item};
use super::receive::{Received, Receiving};
use super::report::{Failure, Tally};
use super::target::{Stored, Target};
use super::{Event, Observer, catalogue};

/// Messages that are asked for at a time: between two groups a run can be stopped.
const GROUP: usize = 50;

/// What one account's run has come to; kept when its connection breaks.
pub(super) struct Progress {
    /// Messages that are settled: written, found there, or failed.
    settled: HashSet<Origin>,
    /// What came of them, box by box.
    pub(super) tallies: Vec<Tally>,
    /// Messages of the directory that stand for none of the server's yet, as in the plan.
    pub(super) free: Vec<Vec<bool>>,
    /// Why nothing more can be written.
    pub(super) broken: Option<String>,
}

impl Progress {
    pub(super) fn new(plan: &AccountPlan) -> Self {
        Self {
            settled: HashSet::new(),
            tallies: vec![Tally::default(); plan.boxes.len()],
            free: plan
                .held
                .iter()
                .map(|held| vec![true; held.len()])
                .collect(),
            broken: None,
        }
    }

    /// How many messages are settled.
    pub(super) fn settled(&self) -> usize {
        self.settled.len()
    }
}

/// Everything an account's work needs.
pub(super) struct Work<'a> {
    pub(super) target: &'a Target,
    pub(super) observer: &'a dyn Observer,
    pub(super) stop: &'a Stop,
}

/// Does what the plan says, as far as it is not done yet. Safe to repeat.
///
/// # Errors
/// Where the connection fails, or a folder is not what it was when the plan was made.
pub(super) fn carry_out(
    work: &Work<'_>,
    session: &mut Session,
    plan: &AccountPlan,
    progress: &mut Progress,
) -> Result<(), StoreError> {
    let mut folders: BTreeMap<(MailboxName, UidValidity), Vec<&Item>> = BTreeMap::new();
    for item in plan.items.iter().filter(|item| item.is_fetched()) {
        if !progress.settled.contains(&item.origin(&plan.account)) {
            folders.entry(item.source.clone()).or_default().push(item);
        }
    }
    for ((name, validity), mut items) in folders {
        session.examine_again(&name, validity)?;
        items.sort_by_key(|item| item.message.uid);
        for group in items.chunks(GROUP) {
            if work.stop.asked() || progress.broken.is_some() {
                return Ok(());
            }
            let uids: Vec<Uid> = group.iter().map(|item| item.message.uid).collect();
            let mut sink = Sink {
                work,
                plan,
                items: group.iter().map(|item| (item.message.uid, *item)).collect(),
                progress: &mut *progress,
                receiving: None,
            };
            session.fetch_contents(&uids, &mut sink)?;
            let Sink { items: missing, .. } = sink;
            if progress.broken.is_none() {
                for item in missing.into_values() {
                    let gone = "it has gone from the server since it was looked at";
                    fail(work, plan, progress, item, gone);
                }
            }
        }
    }
    session.unselect()
}

/// Settles a message that could not be exported.
pub(super) fn fail(
    work: &Work<'_>,
    plan: &AccountPlan,
    progress: &mut Progress,
    item: &Item,
    reason: &str,
) {
    if !progress.settled.insert(item.origin(&plan.account)) {
        return;
    }
    progress.tallies[item.vmbox()].failed += 1;
    let failure = Failure {
        mailbox: plan.boxes[item.vmbox()].clone(),
        folder: item.folder,
        imap_folder: item.source.0.to_string(),
        uid: item.message.uid,
        reason: reason.to_owned(),
    };
    work.observer.event(&Event::Failed(&failure));
}

struct Sink<'a, 'p, 'w> {
    work: &'a Work<'w>,
    plan: &'a AccountPlan,
    /// What has not come yet.
    items: HashMap<Uid, &'a Item>,
    progress: &'p mut Progress,
    receiving: Option<Receiving>,
}

impl ContentSink for Sink<'_, '_, '_> {
    fn begin(&mut self) {
        self.receiving = Some(Receiving::new(self.work.target.stage()));
    }

    fn octets(&mut self, octets: &[u8]) {
        if let Some(receiving) = &mut self.receiving
            && self.progress.broken.is_none()
        {
            receiving.push(octets);
        }
    }

    fn end(&mut self, info: ContentInfo) {
        let Some(receiving) = self.receiving.take() else {
            return;
        };
        let Some(item) = self.items.remove(&info.uid) else {
            return;
        };
        if self.progress.broken.is_some() {
            return;
        }
        let result = receiving.finish().map_err(PublishError::Io);
        let reason = match result.and_then(|received| self.settle(item, &received, &info)) {
            Ok(None) => return,
            Ok(Some(reason)) => reason,
            Err(error) => {
                if error.no_space() || self.work.target.is_archive() {
                    self.progress.broken = Some(error.to_string());
                }
                error.to_string()
            }
        };
        fail(self.work, self.plan, self.progress, item, &reason);
    }
}

impl Sink<'_, '_, '_> {
    /// Finds a message in the directory, or puts it there; a sentence where it cannot be exported.
    fn settle(
        &mut self,
        item: &Item,
        received: &Received,
        info: &ContentInfo,
    ) -> Result<Option<String>, PublishError> {
        let whole = &received.whole;
        let message = match convert(whole, info) {
            Ok(message) => message,
            Err(reason) => return Ok(Some(reason)),
        };
        if let Action::Compare(candidates) = &item.action {
            match self.compare(candidates, &message) {
                Ok(Some((vmbox, at))) => {
                    self.progress.free[vmbox][at] = false;
                    let held = &self.plan.held[vmbox][at];
                    let owner = &self.plan.boxes[vmbox];
                    let above = format!("{}/{}/{}", owner.context, owner.extension, held.folder);
                    let stored = Stored {
                        number: held.number,
                        path: format!("{above}/msg{:04}", held.number),
                        comment: None,
                    };
                    let folder = held.folder.as_str();
                    self.note(item, &message, whole, (vmbox, folder, stored), true);
                    return Ok(None);
                }
                Ok(None) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    let text = "the directory changed while it was compared; run again";
                    return Ok(Some(text.to_owned()));
                }
                Err(error) => return Err(error.into()),
            }
        }
        let vmbox = self.owner(item, &message, whole);
        let place = &self.plan.boxes[vmbox];
        let Some(staged) = received.take() else {
            return Ok(Some("its recording is empty".to_owned()));
        };
        let stored = self
            .work
            .target
            .store(place, item.folder, staged, &message)?;
        let folder = item.folder.as_str();
        self.note(item, &message, whole, (vmbox, folder, stored), false);
        Ok(None)
    }

    /// The box whose spool it came from, where its key says so; else the first that was asked for.
    fn owner(&self, item: &Item, message: &Converted, whole: &Whole) -> usize {
        let owners = item.owners.iter().copied();
        let mut asked = owners.filter(|at| *at < self.plan.asked);
        let came_from = |at: &usize| {
            let key = whole.source_key.as_ref();
            key.is_some_and(|key| message.came_from(&self.plan.boxes[*at], key))
        };
        asked.find(came_from).unwrap_or_else(|| item.vmbox())
    }

    fn compare(
        &self,
        candidates: &[(usize, usize)],
        message: &Converted,
    ) -> io::Result<Option<(usize, usize)>> {
        for (vmbox, at) in candidates.iter().copied() {
            if !self.progress.free[vmbox][at] {
                continue;
            }
            let Some(dir) = self.work.target.box_dir(&self.plan.boxes[vmbox])? else {
                continue;
            };
            if self.plan.held[vmbox][at]
                .digests(&dir)?
                .contains(&message.digest)
            {
                return Ok(Some((vmbox, at)));
            }
        }
        Ok(None)
    }

    /// Remarks on what is odd about a message that was written.
    fn remark(&self, line: &Line) {
        let tell = |row, place: &str, text: &str| {
            let notice = Notice::new(row, place, text);
            self.work.observer.event(&Event::Notice(&notice));
        };
        if line.existed {
            return;
        }
        for remark in &line.remarks {
            tell(&catalogue::ODD, &line.path, remark);
        }
        if let Some(comment) = &line.comment {
            tell(&catalogue::COMMENT, &comment.path, catalogue::COMMENT.title);
        }
    }

    /// Counts a message and notes it in the manifest. One that cannot be noted is there all the same,
    /// and is found by its content next time; but nothing more is written.
    fn note(
        &mut self,
        item: &Item,
        message: &Converted,
        whole: &Whole,
        (vmbox, folder, stored): (usize, &str, Stored),
        existed: bool,
    ) {
        let (plan, work) = (self.plan, self.work);
        let tally = &mut self.progress.tallies[item.vmbox()];
        if existed {
            tally.there += 1;
        } else {
            tally.written += 1;
            tally.octets += message.octets;
            tally.comments += u64::from(stored.comment.is_some());
        }
        let origin = item.origin(&plan.account);
        self.progress.settled.insert(origin.clone());
        let vmbox = &plan.boxes[vmbox];
        let line = message.line(vmbox, folder, stored, existed, origin, whole);
        work.observer.event(&Event::Settled { vmbox, line: &line });
        self.remark(&line);
        if let Err(error) = work.target.note(&line) {
            let text = format!("the manifest cannot be written: {error}");
            self.progress.broken = Some(text);
        }
    }
}
