//! Many voicemail boxes at once: grouped by the account they live in, and shared out to workers.
//!
//! Boxes of one account are worked on by one worker over one connection, one after the other; that
//! keeps connection limits and makes what two boxes share visible in one place.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::ops::account::{Account, Overrides};
use crate::ops::error::BoxError;
use crate::ops::stop::Stop;
use crate::voicemail::conf::VoicemailConf;
use crate::voicemail::vmbox::VoicemailBox;

/// Boxes that share an account.
pub struct Group {
    /// The account, or why there is none.
    pub account: Result<Account, BoxError>,
    /// The boxes, in the order they were given.
    pub boxes: Vec<VoicemailBox>,
    /// Other boxes of voicemail.conf that live in the same account; see [`with_neighbours`].
    pub neighbours: Vec<VoicemailBox>,
}

fn groups(conf: &VoicemailConf, overrides: &Overrides, boxes: Vec<VoicemailBox>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut by_account: HashMap<String, usize> = HashMap::new();
    for vmbox in boxes {
        let account = match conf.mailbox(&vmbox) {
            Some(mailbox) => Account::of(conf, mailbox, overrides).map_err(BoxError::Unconfigured),
            None => Err(BoxError::UnknownBox),
        };
        let label = account.as_ref().ok().map(|one| one.label().to_owned());
        if let Some(at) = label.as_ref().and_then(|label| by_account.get(label)) {
            groups[*at].boxes.push(vmbox);
            continue;
        }
        if let Some(label) = label {
            by_account.insert(label, groups.len());
        }
        groups.push(Group {
            account,
            boxes: vec![vmbox],
            neighbours: Vec::new(),
        });
    }
    groups
}

/// Groups boxes by account (user, server and port), in the order of their first boxes; a box without
/// a usable account is a group of its own. Tells each group which boxes that were not asked for live
/// in its account too: whose message it is can only be said when all of them are known.
#[must_use]
pub fn with_neighbours(
    conf: &VoicemailConf,
    overrides: &Overrides,
    boxes: Vec<VoicemailBox>,
) -> Vec<Group> {
    let chosen: HashSet<VoicemailBox> = boxes.iter().cloned().collect();
    let mut groups = groups(conf, overrides, boxes);
    let label = |group: &Group| Some(group.account.as_ref().ok()?.label().to_owned());
    let by_account: HashMap<String, usize> = groups
        .iter()
        .enumerate()
        .filter_map(|(at, group)| Some((label(group)?, at)))
        .collect();
    for mailbox in &conf.mailboxes {
        if !chosen.contains(&mailbox.vmbox)
            && conf.seen_by_imap_build(mailbox)
            && let Ok(account) = Account::of(conf, mailbox, overrides)
            && let Some(at) = by_account.get(account.label())
        {
            groups[*at].neighbours.push(mailbox.vmbox.clone());
        }
    }
    groups
}

/// Hands items to at most `jobs` workers, each item to one of them, in order. Returns when all are
/// done, or when `stop` was asked for and those begun are done; tells how many were not begun.
pub fn share_out<T: Send>(
    items: Vec<T>,
    jobs: usize,
    stop: &Stop,
    work: &(dyn Fn(T) + Sync),
) -> usize {
    let workers = jobs.clamp(1, items.len().max(1));
    let queue = Mutex::new(VecDeque::from(items));
    let lock = || queue.lock().unwrap_or_else(PoisonError::into_inner);
    let next = || lock().pop_front();
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while !stop.asked()
                    && let Some(item) = next()
                {
                    work(item);
                }
            });
        }
    });
    lock().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voicemail::conf::LoadOptions;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn conf() -> VoicemailConf {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("voicemail.conf");
        let text = "[general]\n[a]\n1 => 1,,,,imapuser=u|imappassword=p\n2 => 1,,,,imapfolder=x\n\
                    3 => 1,,,,imapuser=u\n4 => 1,,,,imapuser=v|imappassword=q\n";
        std::fs::write(&path, text).unwrap();
        crate::voicemail::conf::load(&path, &LoadOptions::default()).unwrap()
    }

    #[test]
    fn boxes_of_one_account_are_one_group_and_strays_stand_alone() {
        let conf = conf();
        let boxes = ["1", "2", "3", "4", "5"].map(|n| VoicemailBox::new(n, "a"));
        let groups = groups(&conf, &Overrides::default(), boxes.to_vec());
        let shape: Vec<(bool, Vec<&str>)> = groups
            .iter()
            .map(|group| {
                let names = group.boxes.iter().map(|b| b.extension.as_str()).collect();
                (group.account.is_ok(), names)
            })
            .collect();
        assert_eq!(
            shape,
            [
                (true, vec!["1", "3"]),
                (false, vec!["2"]),
                (true, vec!["4"]),
                (false, vec!["5"])
            ]
        );
    }

    #[test]
    fn neighbours_are_the_boxes_of_the_account_that_were_not_asked_for() {
        let conf = conf();
        let asked = vec![VoicemailBox::new("3", "a"), VoicemailBox::new("4", "a")];
        let groups = with_neighbours(&conf, &Overrides::default(), asked);
        let names: Vec<Vec<&str>> = groups
            .iter()
            .map(|group| {
                let neighbours = group.neighbours.iter();
                neighbours.map(|b| b.extension.as_str()).collect()
            })
            .collect();
        assert_eq!(names, [vec!["1"], vec![]]);
    }

    #[test]
    fn every_item_is_worked_on_once() {
        let sum = AtomicUsize::new(0);
        let left = share_out((1..=100).collect(), 7, &Stop::default(), &|n: usize| {
            sum.fetch_add(n, Ordering::Relaxed);
        });
        assert_eq!((sum.into_inner(), left), (5050, 0));
    }

    #[test]
    fn nothing_new_is_begun_after_the_wish_to_stop() {
        let stop = Stop::default();
        let left = share_out((0..10).collect(), 1, &stop, &|n: i32| {
            if n == 2 {
                stop.cell().store(15, Ordering::Relaxed);
            }
        });
        assert_eq!(left, 7);
    }
}
