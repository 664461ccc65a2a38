//! `rollback`: takes back what one migrate run appended, and nothing else.
//!
//! What the run appended is read from its journals; each message has to be the very one (UIDVALIDITY,
//! UID, Message-ID, digest of the recording), with the flags it was given, and the spool has to hold
//! it still. What is removed goes the way of `expunge`, which is also what keeps ordinary mail, other
//! mailboxes' voicemail and others' marks as they are. Reads here; removes nothing itself.

pub mod catalogue;
mod compare;
mod judge;
mod judging;
mod notes;
mod sources;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::mailstore::error::StoreError;
use crate::mailstore::name::MailboxName;
use crate::mailstore::session::{Overview, Session};
use crate::mailstore::types::{FolderState, Uid};
use crate::ops::backoff::sleep;
use crate::ops::error::BoxError;
use crate::ops::expunge::message::{ASKED, Message};
use crate::ops::expunge::plan::{FolderPlan, Item};
use crate::ops::expunge::select::{Choice, Criteria, Needs};
use crate::ops::expunge::{self, AccountReader, Found, Remover};
use crate::ops::folders::FolderMap;
use crate::ops::migrate::journal::{Outcome, Past, Undone};
use crate::voicemail::conf::VoicemailConf;
use crate::voicemail::folder::Home;
use crate::voicemail::vmbox::VoicemailBox;

use compare::Expected;
pub use judge::Leave;
use judge::{Found as Whereabouts, Wanted};
use judging::Judging;
use notes::Settled;

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Options {
    /// The run.
    pub run: String,
    /// Which of its messages; folders and times only.
    pub criteria: Criteria,
    /// What may be done although a guard says no.
    pub leave: Leave,
}

/// One rollback.
pub struct Rollback<'a> {
    /// Where journals are kept.
    pub state_dir: &'a Path,
    /// The spool the run's messages come from.
    pub spool: String,
    /// What was asked for.
    pub options: Options,
    /// By account: what turned out to be removed already by a rollback that was cut.
    settled: Mutex<BTreeMap<String, Vec<Settled>>>,
}

impl<'a> Rollback<'a> {
    /// A rollback of a run whose messages come from this spool.
    #[must_use]
    pub fn new(state_dir: &'a Path, spool: String, options: Options) -> Self {
        Self {
            state_dir,
            spool,
            options,
            settled: Mutex::default(),
        }
    }

    fn settled(&self) -> MutexGuard<'_, BTreeMap<String, Vec<Settled>>> {
        self.settled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the run has appended to a box and nobody has taken back.
    fn wanted(
        &self,
        at: usize,
        vmbox: &VoicemailBox,
        account: &str,
    ) -> Result<Vec<Wanted>, BoxError> {
        let past = Past::read(self.state_dir, vmbox).map_err(BoxError::Journal)?;
        let Some(run) = past.run(&self.options.run) else {
            return Ok(Vec::new());
        };
        let is_open = |outcome| matches!(outcome, Outcome::Stored | Outcome::Unknown);
        let deeds: Vec<_> = run
            .deeds
            .iter()
            .filter(|(_, deed)| is_open(deed.outcome) && deed.undone != Undone::Done)
            .collect();
        if deeds.is_empty() {
            return Ok(Vec::new());
        }
        if run.account != account {
            return Err(BoxError::Unconfigured(format!(
                "the run put the messages of {vmbox} into {}, and voicemail.conf now says {account}",
                run.account
            )));
        }
        let sources = sources::held(Path::new(&self.spool), vmbox, &past);
        let wanted = deeds.into_iter().map(|(key, deed)| Wanted {
            vmbox: at,
            key: key.clone(),
            deed: deed.clone(),
            source: sources.get(key).copied(),
        });
        Ok(wanted.collect())
    }

    /// Judges what the run has put into one folder.
    fn folder(
        &self,
        session: &mut Session,
        name: &MailboxName,
        wanted: Vec<Wanted>,
        judging: &mut Judging<'_>,
    ) -> Result<(), StoreError> {
        let state = session.examine(name)?;
        let ids: HashSet<String> = wanted.iter().map(|one| one.key.message_id()).collect();
        let uids: HashSet<Uid> = judge::uids(&wanted).collect();
        let mut near: Vec<Message> = Vec::new();
        let mut fingerprint = 0_u64;
        let mut marked: HashSet<Uid> = HashSet::new();
        session.envelopes(&ASKED, &mut |envelope| {
            fingerprint = fingerprint.wrapping_add(expunge::fingerprint(&envelope));
            if envelope.flags.deleted {
                marked.insert(envelope.uid);
            }
            let id = envelope.field("Message-ID");
            if uids.contains(&envelope.uid) || id.is_some_and(|id| ids.contains(&id)) {
                near.push(Message::read(&envelope, None));
            }
        })?;
        let chosen = self.choose(name, state, wanted, &near, judging);
        let items = self.compared(session, name, chosen, judging)?;
        for item in &items {
            let plan = &mut judging.found.boxes[item.vmbox];
            plan.remove += 1;
            plan.octets += item.message.size;
            marked.remove(&item.message.uid);
        }
        if !items.is_empty() {
            judging.found.folders.push(FolderPlan {
                name: name.clone(),
                validity: state.uid_validity,
                fingerprint,
                marked_by_others: marked.len() as u64,
                lifts: false,
                items,
            });
        }
        Ok(())
    }

    /// Those that are there and that no guard keeps, before they are read.
    fn choose(
        &self,
        name: &MailboxName,
        state: FolderState,
        wanted: Vec<Wanted>,
        near: &[Message],
        judging: &mut Judging<'_>,
    ) -> Vec<(Wanted, Message)> {
        let mut named: HashMap<&str, Vec<&Message>> = HashMap::new();
        let mut numbered: HashMap<Uid, &Message> = HashMap::new();
        for message in near {
            numbered.insert(message.uid, message);
            let id = message.message_id.as_deref().unwrap_or_default();
            named.entry(id).or_default().push(message);
        }
        let mut chosen = Vec::new();
        for one in wanted {
            let id = one.key.message_id();
            let mut candidates = named.get(id.as_str()).cloned().unwrap_or_default();
            candidates.extend(one.deed.place.and_then(|(_, uid)| numbered.get(&uid)));
            match judge::find(&one, state, &candidates) {
                Whereabouts::Gone => judging.count(one.vmbox, &catalogue::GONE),
                Whereabouts::TakenBack => judging.settle(name, &one),
                Whereabouts::Other(message, why) => {
                    let message = judging.at_home(message, &one, name);
                    if self.selected(&message) {
                        let reason = (&catalogue::NOT_THE_SAME, why);
                        judging.keep(name, &one, message, vec![reason]);
                    }
                }
                Whereabouts::Here(message) => {
                    let message = judging.at_home(message, &one, name);
                    if !self.selected(&message) {
                        continue;
                    }
                    let reasons = judge::guards(&one, &message, self.options.leave);
                    if reasons.is_empty() {
                        chosen.push((one, message));
                    } else {
                        judging.keep(name, &one, message, reasons);
                    }
                }
            }
        }
        chosen
    }

    fn selected(&self, message: &Message) -> bool {
        matches!(self.options.criteria.judge(message), Choice::Remove(_))
    }

    /// Reads what was chosen back; what is another message than the run appended stays.
    fn compared(
        &self,
        session: &mut Session,
        name: &MailboxName,
        chosen: Vec<(Wanted, Message)>,
        judging: &mut Judging<'_>,
    ) -> Result<Vec<Item>, StoreError> {
        let mut expected: HashMap<Uid, Expected<'_>> = HashMap::new();
        for (one, message) in &chosen {
            let what = Expected {
                key: &one.key,
                sha256: one.deed.meant.sha256,
            };
            expected.insert(message.uid, what);
        }
        let verdicts = compare::verdicts(session, &expected)?;
        let mut items = Vec::with_capacity(chosen.len());
        for (one, message) in chosen {
            let verdict = verdicts.get(&message.uid);
            if verdict != Some(&None) {
                let why = verdict.cloned().flatten().unwrap_or_default();
                let reason = (&catalogue::NOT_THE_SAME, why);
                judging.keep(name, &one, message, vec![reason]);
                continue;
            }
            judging.found.boxes[one.vmbox].messages += 1;
            items.push(Item {
                vmbox: one.vmbox,
                message,
                needs: Needs {
                    state: !self.options.leave.changed_flags,
                    deleted: false,
                },
                why: String::new(),
            });
        }
        items.sort_by_key(|item| item.message.uid);
        Ok(items)
    }
}

impl AccountReader for Rollback<'_> {
    fn read(
        &self,
        session: &mut Session,
        overview: &Overview,
        remover: &Remover<'_>,
        (all, asked): (&[VoicemailBox], usize),
        account: &str,
    ) -> Result<Found, StoreError> {
        let boxes = all.get(..asked).unwrap_or(all);
        let mut judging = Judging::new(boxes);
        let mut by_folder: BTreeMap<MailboxName, Vec<Wanted>> = BTreeMap::new();
        for (at, vmbox) in boxes.iter().enumerate() {
            let wanted = self.wanted(at, vmbox, account).unwrap_or_else(|error| {
                judging.found.error.get_or_insert(error);
                Vec::new()
            });
            let homes = homes(remover.conf, vmbox, overview)?;
            judging.homes.push(homes);
            for one in wanted {
                let folder = one.deed.folder.clone();
                by_folder.entry(folder).or_default().push(one);
            }
        }
        for (name, wanted) in by_folder {
            let wait = judge::still_to_wait(&wanted, Timestamp::now());
            if !sleep(remover.stop, wait) {
                break;
            }
            if !name.is_inbox() && !overview.has(&name) {
                for one in &wanted {
                    match one.deed.undone {
                        Undone::Begun => judging.settle(&name, one),
                        _ => judging.count(one.vmbox, &catalogue::GONE),
                    }
                }
                continue;
            }
            match self.folder(session, &name, wanted, &mut judging) {
                Err(error @ StoreError::Refused { .. }) => {
                    judging.found.error.get_or_insert(error.into());
                }
                outcome => outcome?,
            }
        }
        session.unselect()?;
        judging.notices();
        self.settled().insert(account.to_owned(), judging.settled);
        let mut found = judging.found;
        expunge::needs_offered(session, &remover.options, &mut found);
        Ok(found)
    }
}

/// The folders of a box, and what each is to its owner's phone.
fn homes(
    conf: &VoicemailConf,
    vmbox: &VoicemailBox,
    overview: &Overview,
) -> Result<Vec<(Home, MailboxName)>, StoreError> {
    let Some(mailbox) = conf.mailbox(vmbox) else {
        return Ok(Vec::new());
    };
    let delimiter = overview.delimiter_as_asterisk();
    let map = FolderMap::new(conf, mailbox, &overview.namespace.prefix, delimiter)?;
    Ok(map.all().to_vec())
}
