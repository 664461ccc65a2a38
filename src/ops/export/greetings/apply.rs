//! Carrying the plan out: recordings stream from the server into files, which get their names when
//! they are whole. Reads of the server only: EXAMINE and BODY.PEEK.

use std::collections::HashSet;
use std::io;

use crate::depot::PublishError;
use crate::mailstore::error::StoreError;
use crate::mailstore::session::Session;
use crate::mailstore::types::{ContentInfo, ContentSink, Uid};
use crate::ops::export::apply::Work;
use crate::ops::export::manifest::GreetingLine;
use crate::ops::export::receive::{Received, Receiving};
use crate::ops::export::report::Tally;
use crate::ops::export::{Event, catalogue};
use crate::voicemail::header::VmHeader;
use crate::voicemail::notice::Notice;

use super::GreetingFailure;
use super::plan::{Action, GreetingPlan, Item, digest_in, in_the_way};

/// What the work has come to; kept when the connection breaks.
pub(super) struct Progress {
    settled: HashSet<Uid>,
    pub(super) tallies: Vec<Tally>,
    pub(super) broken: Option<String>,
}

impl Progress {
    pub(super) fn new(asked: usize) -> Self {
        Self {
            settled: HashSet::new(),
            tallies: vec![Tally::default(); asked],
            broken: None,
        }
    }

    /// How many greetings are settled.
    pub(super) fn settled(&self) -> usize {
        self.settled.len()
    }
}

/// Does what the plan says, as far as it is not done yet. Safe to repeat.
///
/// # Errors
/// Where the connection fails, or the folder is not what it was.
pub(super) fn carry_out(
    work: &Work<'_>,
    session: &mut Session,
    plan: &GreetingPlan,
    progress: &mut Progress,
) -> Result<(), StoreError> {
    for item in &plan.items {
        if let Action::Fail(reason) = &item.action {
            fail(work, plan, progress, item, reason);
        }
    }
    let mut left: Vec<&Item> = plan.items.iter().filter(|item| item.is_fetched()).collect();
    left.retain(|item| !progress.settled.contains(&item.uid));
    if left.is_empty() {
        return Ok(());
    }
    session.examine_again(&plan.source.0, plan.source.1)?;
    // One at a time: they are few, and each is settled before the next one comes.
    for item in left {
        if work.stop.asked() || progress.broken.is_some() {
            break;
        }
        let mut sink = Sink {
            work,
            plan,
            item,
            progress: &mut *progress,
            receiving: None,
        };
        session.fetch_contents(&[item.uid], &mut sink)?;
        if progress.broken.is_none() {
            let gone = "it has gone from the server since it was looked at";
            fail(work, plan, progress, item, gone);
        }
    }
    session.unselect()
}

/// Settles a greeting that could not be exported, unless it is settled.
fn fail(work: &Work<'_>, plan: &GreetingPlan, progress: &mut Progress, item: &Item, reason: &str) {
    if !progress.settled.insert(item.uid) {
        return;
    }
    progress.tallies[item.vmbox].failed += 1;
    let failure = GreetingFailure {
        mailbox: plan.boxes[item.vmbox].clone(),
        greeting: item.kind,
        imap_folder: plan.source.0.to_string(),
        uid: item.uid,
        reason: reason.to_owned(),
    };
    work.observer.event(&Event::GreetingFailed(&failure));
}

struct Sink<'a, 'p, 'w> {
    work: &'a Work<'w>,
    plan: &'a GreetingPlan,
    item: &'a Item,
    progress: &'p mut Progress,
    receiving: Option<Receiving>,
}

impl ContentSink for Sink<'_, '_, '_> {
    fn begin(&mut self) {
        self.receiving = Some(Receiving::new(self.work.target.stage()));
    }

    fn octets(&mut self, octets: &[u8]) {
        if let Some(receiving) = &mut self.receiving {
            receiving.push(octets);
        }
    }

    fn end(&mut self, info: ContentInfo) {
        let Some(receiving) = self.receiving.take().filter(|_| info.uid == self.item.uid) else {
            return;
        };
        let result = receiving.finish().map_err(PublishError::Io);
        let reason = match result.and_then(|received| self.settle(&received, &info)) {
            Ok(None) => return,
            Ok(Some(reason)) => reason,
            Err(error) => {
                if error.no_space() || self.work.target.is_archive() {
                    self.progress.broken = Some(error.to_string());
                }
                error.to_string()
            }
        };
        fail(self.work, self.plan, self.progress, self.item, &reason);
    }
}

impl Sink<'_, '_, '_> {
    /// Finds the greeting in the directory, or puts it there; a sentence where it cannot be exported.
    fn settle(
        &mut self,
        received: &Received,
        info: &ContentInfo,
    ) -> Result<Option<String>, PublishError> {
        let mut line = match self.line(received, info) {
            Ok(line) => line,
            Err(reason) => return Ok(Some(reason)),
        };
        let vmbox = &self.plan.boxes[self.item.vmbox];
        let file = &self.item.file;
        if self.item.action == Action::Compare {
            let there = self.work.target.box_dir(vmbox)?;
            let there = there.map(|dir| digest_in(&dir, file)).transpose();
            match there {
                Ok(Some(digest)) if digest == line.sha256 => {
                    line.existed = true;
                    self.note(&line);
                    return Ok(None);
                }
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                _ => return Ok(Some(in_the_way(file))),
            }
        }
        let Some(staged) = received.take() else {
            return Ok(Some("its recording is empty".to_owned()));
        };
        match self.work.target.store_greeting(vmbox, file, staged, &line) {
            Err(PublishError::Io(error)) if error.kind() == io::ErrorKind::AlreadyExists => {
                Ok(Some(in_the_way(file)))
            }
            Err(error) => Err(error),
            Ok(()) => {
                self.note(&line);
                Ok(None)
            }
        }
    }

    /// What the manifest will say of it.
    fn line(&self, received: &Received, info: &ContentInfo) -> Result<GreetingLine, String> {
        let whole = &received.whole;
        let sound = whole.sound.as_ref();
        let sound = sound.ok_or("it has no second part, where the recording is")?;
        if info.delivered < info.size {
            let (is, of) = (info.delivered, info.size);
            return Err(format!("the server delivered {is} of its {of} octets"));
        }
        let (sha256, octets) = sound.decoded.ok_or("its recording is not base64")?;
        if octets == 0 {
            return Err("its recording is empty".to_owned());
        }
        let (_, audio) = self.item.file.split_once('.').unwrap_or_default();
        let mut remarks = Vec::new();
        if !sound.closed {
            remarks.push("the message ends without its closing boundary".to_owned());
        }
        if let Some(format) = crate::voicemail::audio::AudioFormat::from_extension(audio) {
            match sound.inspect(format) {
                Err(fault) => remarks.push(format!("recording: {fault}")),
                Ok(facts) => remarks.extend(facts.shortfall.map(|cut| format!("recording {cut}"))),
            }
        }
        let origtime = whole.view.number(VmHeader::OrigTime);
        let dated = origtime.or((info.internal_date != i64::MIN).then_some(info.internal_date));
        let (kind, format) = GreetingLine::head();
        Ok(GreetingLine {
            kind,
            format,
            mailbox: self.plan.boxes[self.item.vmbox].to_string(),
            greeting: self.item.kind.to_string(),
            path: self.plan.path(self.item),
            existed: false,
            audio: audio.to_owned(),
            octets,
            sha256,
            origtime: dated.unwrap_or_default(),
            message_id: whole.message_id.clone(),
            key: whole.source_key.clone(),
            origin: self.plan.origin(self.item),
            remarks,
        })
    }

    /// Counts a greeting and notes it. One that cannot be noted is there all the same, and is found by
    /// its content next time; but nothing more is written.
    fn note(&mut self, line: &GreetingLine) {
        let tally = &mut self.progress.tallies[self.item.vmbox];
        if line.existed {
            tally.there += 1;
        } else {
            tally.written += 1;
            tally.octets += line.octets;
        }
        self.progress.settled.insert(self.item.uid);
        self.work.observer.event(&Event::GreetingSettled(line));
        for remark in line.remarks.iter().filter(|_| !line.existed) {
            let notice = Notice::new(&catalogue::ODD, line.path.as_str(), remark.as_str());
            self.work.observer.event(&Event::Notice(&notice));
        }
        if let Err(error) = self.work.target.note(line) {
            self.progress.broken = Some(format!("the manifest cannot be written: {error}"));
        }
    }
}
