//! From notes to findings, and what only the whole account shows: lists, copies, neighbours.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::{Book, Note, Plan};
use crate::mailstore::types::Uid;
use crate::ops::audit::Audit;
use crate::ops::audit::catalogue::account as code;
use crate::ops::audit::finding::{Finding, Place};
use crate::ops::audit::fix::{Action, Repair, What};
use crate::ops::audit::twins;
use crate::ops::crosstalk;
use crate::voicemail::folder::{Home, VoicemailFolder};
use crate::voicemail::list::List;
use crate::voicemail::vmbox::VoicemailBox;

impl Book {
    /// The findings, those about lists, copies and the account as a whole with them.
    pub fn into_findings(mut self, audit: &Audit<'_>) -> (Vec<Finding>, Vec<Repair>) {
        if self.begun {
            self.leave_what_has_no_room(audit);
            self.overfull(audit);
            self.copies(audit);
            self.neighbours(audit);
            self.greetings(audit.conf.general.imapgreetings.value);
        }
        let Self {
            notes,
            folders,
            label,
            boxes,
            mut plans,
            repaired,
            ..
        } = self;
        plans.retain(|plan| {
            let finished_by = (plan.shelf, plan.message_id.clone());
            !plan.finishes || repaired.contains(&finished_by)
        });
        let repair = |plan: Plan| {
            let folder = folders.get(plan.shelf)?;
            Some(Repair {
                account: Arc::clone(&label),
                mailbox: boxes.get(plan.mailbox)?.clone(),
                folder: folder.mailbox_name.clone(),
                uid_validity: folder.uid_validity?,
                uid: plan.uid,
                message_id: plan.message_id,
                action: plan.action,
                repairs: plan.repairs,
            })
        };
        let repairs = plans.into_iter().filter_map(repair).collect();
        let place = |note: &Note| {
            let folder = note.shelf.and_then(|at| folders.get(at));
            Place {
                account: Some(Arc::clone(&label)),
                mailbox: note.mailbox.and_then(|at| boxes.get(at).cloned()),
                folder: folder.map(|folder| Arc::clone(&folder.name)),
                uid_validity: folder.and_then(|folder| folder.uid_validity),
                uid: note.uid,
            }
        };
        let findings = notes
            .into_iter()
            .map(|note| Finding {
                rule: note.rule,
                place: place(&note),
                found: note.found,
                expected: note.expected,
            })
            .collect();
        (findings, repairs)
    }

    /// What is brought back must not make a list longer than Asterisk has room for: it may end when
    /// the last one is played ([`overfull`](Self::overfull)). What has no room stays where it is.
    fn leave_what_has_no_room(&mut self, audit: &Audit<'_>) {
        let (lists, boxes) = (&self.lists, &self.boxes);
        let mut brought: BTreeMap<(usize, List), u64> = BTreeMap::new();
        let mut left: HashMap<(usize, Uid), String> = HashMap::new();
        self.plans.retain(|plan| {
            let mailbox = boxes.get(plan.mailbox);
            let mailbox = mailbox.and_then(|vmbox| audit.conf.mailbox(vmbox));
            let (Some(home), Some(mailbox)) = (plan.into, mailbox) else {
                return true;
            };
            let (whole, name) = match home {
                Home::ImapFolder => (
                    vec![List::Old, List::New, List::Urgent],
                    "new, urgent and old".to_owned(),
                ),
                Home::Named(folder) => (vec![List::Named(folder)], folder.to_string()),
            };
            let count = |list: &List| lists.get(&(plan.mailbox, *list)).copied();
            let there: u64 = whole.iter().filter_map(count).sum();
            let brought = brought.entry((plan.mailbox, whole[0])).or_default();
            let maxmsg = audit.conf.maxmsg(mailbox);
            if there + *brought >= u64::from(maxmsg) {
                let expected = format!("room to bring it back: {name} hold maxmsg ({maxmsg})");
                left.insert((plan.shelf, plan.uid), expected);
                return false;
            }
            *brought += 1;
            true
        });
        let closed = |note: &&mut Note| note.rule == &code::CLOSED_FOLDER;
        for note in self.notes.iter_mut().filter(closed) {
            let place = note.shelf.zip(note.uid);
            if let Some(expected) = place.and_then(|place| left.remove(&place)) {
                note.expected = Some(expected);
            }
        }
    }

    /// The arrays of Old and of the folders of their own have room for `maxmsg`; and what is new or
    /// urgent is old once it has been heard.
    fn overfull(&mut self, audit: &Audit<'_>) {
        let lists = std::mem::take(&mut self.lists);
        let count = |vmbox, list| lists.get(&(vmbox, list)).copied().unwrap_or_default();
        for (at, vmbox) in self.boxes.iter().enumerate() {
            let Some(mailbox) = audit.conf.mailbox(vmbox) else {
                continue;
            };
            let maxmsg = u64::from(audit.conf.maxmsg(mailbox));
            let mut found: Vec<String> = Vec::new();
            let old = count(at, List::Old);
            let sooner_or_later = count(at, List::New) + count(at, List::Urgent) + old;
            if old > maxmsg {
                found.push(format!("{old} messages in {}", List::Old));
            } else if sooner_or_later > maxmsg {
                found.push(format!(
                    "{sooner_or_later} messages in new, urgent and old, all of them old once heard"
                ));
            }
            let named = VoicemailFolder::ALL.into_iter().map(List::Named);
            let full = named.map(|list| (list, count(at, list)));
            found.extend(
                full.filter(|(_, count)| *count > maxmsg)
                    .map(|(list, count)| format!("{count} messages in {list}")),
            );
            self.notes.extend(found.into_iter().map(|found| Note {
                rule: &code::OVERFULL,
                shelf: None,
                uid: None,
                mailbox: Some(at),
                found,
                expected: Some(format!("at most {maxmsg} (maxmsg)")),
            }));
        }
    }

    fn copies(&mut self, audit: &Audit<'_>) {
        let folders = &self.folders;
        let is_imapfolder = |shelf: u32| {
            let folder = folders.get(shelf as usize);
            folder.is_some_and(|folder| folder.is_imapfolder)
        };
        let planned = self.plans.iter().map(|plan| (plan.shelf, plan.uid));
        let planned: HashSet<(usize, Uid)> = planned.collect();
        for (at, rule, (shelf, uid)) in twins::find(&self.traces, &is_imapfolder) {
            let trace = &self.traces[at];
            let folder = self.folders.get(shelf as usize);
            let name = folder.map_or("", |folder| &folder.name);
            let wanted = audit.options.fix.contains(&What::Duplicates);
            let planned = planned.contains(&(trace.shelf as usize, trace.uid));
            if wanted
                && !planned
                && rule == &code::DUPLICATE
                && audit.options.rules.takes(rule)
                && let Some(mailbox) = trace.owner
            {
                self.plans.push(Plan {
                    shelf: trace.shelf as usize,
                    uid: trace.uid,
                    message_id: None,
                    mailbox: mailbox as usize,
                    action: Action::RemoveCopyOf(uid),
                    into: None,
                    repairs: 1,
                    finishes: false,
                });
            }
            self.notes.push(Note {
                rule,
                shelf: Some(trace.shelf as usize),
                uid: Some(trace.uid),
                mailbox: trace.owner.map(|at| at as usize),
                found: format!("as {name} UID {uid}"),
                expected: None,
            });
        }
    }

    fn neighbours(&mut self, audit: &Audit<'_>) {
        let boxes = self.boxes();
        for talk in crosstalk::among(audit.conf, &boxes) {
            let at = |vmbox: &VoicemailBox| boxes.iter().position(|one| one == vmbox);
            let (sees, whom) = (at(talk.sees), at(talk.seen));
            let asked = [sees, whom]
                .into_iter()
                .flatten()
                .any(|at| at < self.chosen);
            if asked {
                let notice = crosstalk::notice(&code::CROSS_TALK.row, &talk);
                self.notes.push(Note {
                    rule: &code::CROSS_TALK,
                    shelf: None,
                    uid: None,
                    mailbox: sees,
                    found: notice.message,
                    expected: None,
                });
            }
        }
    }
}
