//! How full the accounts of voicemail boxes are, whose mail fills them, and what Asterisk will do.
//!
//! Reads only: `ask` puts the questions, this puts the answers together, `room` judges, `report`
//! holds what was found; `set` is the part that changes a limit. One login an account. Memory grows
//! with boxes and roots, not with messages.

mod ask;
pub mod catalogue;
pub mod limit;
pub mod order;
pub mod remarks;
pub mod report;
pub mod room;
pub mod set;
pub mod wish;

use std::sync::{Mutex, PoisonError};

use crate::mailstore::types::QuotaRoot;
use crate::ops::account::Overrides;
use crate::ops::error::{BoxError, Kind};
use crate::ops::fleet::{self, Group};
use crate::ops::lane::{Connector, Lane};
use crate::ops::stop::Stop;
use crate::voicemail::audio::AudioFormat;
use crate::voicemail::conf::{Mailbox, VoicemailConf};
use crate::voicemail::vmbox::VoicemailBox;

use ask::{FolderFacts, Said};
use report::{AccountReport, BoxFacts, BoxReport, Report, RootReport, Tally};
use room::Given;

/// A look at quotas.
pub struct Quota<'a> {
    /// The phone system.
    pub conf: &'a VoicemailConf,
    /// What overrides voicemail.conf.
    pub overrides: &'a Overrides,
    /// Whether the voicemail share is worked out, for which every voicemail folder is listed.
    pub share: bool,
    /// Accounts at once.
    pub jobs: usize,
    /// Whether to stop.
    pub stop: &'a Stop,
    /// Told when so many boxes are done.
    pub done: &'a (dyn Fn(usize) + Sync),
}

/// What a worker found of one account.
struct Found {
    at: usize,
    account: AccountReport,
    reached: bool,
    failed: Vec<Option<Kind>>,
    server: Option<String>,
}

impl Quota<'_> {
    /// Looks at the accounts of these boxes. Safe to repeat.
    ///
    /// ```no_run
    /// use vmimap::ops::account::Overrides;
    /// use vmimap::ops::quota::Quota;
    /// use vmimap::ops::stop::Stop;
    /// use vmimap::voicemail::conf::{LoadOptions, load};
    ///
    /// let conf = load("/etc/asterisk/voicemail.conf".as_ref(), &LoadOptions::default())?;
    /// let quota = Quota {
    ///     conf: &conf,
    ///     overrides: &Overrides::default(),
    ///     share: false,
    ///     jobs: 4,
    ///     stop: &Stop::default(),
    ///     done: &|_| {},
    /// };
    /// let boxes = conf.mailboxes.iter().map(|one| one.vmbox.clone()).collect();
    /// let report = quota.run(boxes);
    /// let asked = report.boxes().filter_map(|(_, one)| Some((&one.vmbox, one.facts.as_ref().ok()?)));
    /// let refuse: Vec<_> = asked.filter(|(_, facts)| facts.room.refused.is_some()).collect();
    /// # Ok::<(), vmimap::voicemail::conf::ConfError>(())
    /// ```
    #[must_use]
    pub fn run(&self, boxes: Vec<VoicemailBox>) -> Report {
        let total = boxes.len();
        let groups = fleet::with_neighbours(self.conf, self.overrides, boxes);
        let connector = Connector::default();
        let found: Mutex<Vec<Found>> = Mutex::default();
        let items: Vec<(usize, Group)> = groups.into_iter().enumerate().collect();
        fleet::share_out(items, self.jobs, self.stop, &|(at, group)| {
            let boxes = group.boxes.len();
            let one = self.account(&connector, at, group);
            found
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(one);
            (self.done)(boxes);
        });
        let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        found.sort_unstable_by_key(|one| one.at);
        let mut report = Report {
            interrupted: self.stop.signal(),
            ..Report::default()
        };
        let mut without_quota = Vec::new();
        let mut tried = 0;
        for one in found {
            tried += one.account.boxes.len();
            for kind in &one.failed {
                report.failures.add_kind(one.reached, *kind);
            }
            without_quota.extend(one.server);
            report.accounts.push(one.account);
        }
        report.left = (total - tried) as u64;
        report.notices = remarks::of(self.conf, &report, without_quota);
        report
    }

    fn account(&self, connector: &Connector, at: usize, group: Group) -> Found {
        let account = match group.account {
            Ok(account) => account,
            Err(error) => return failed(at, &group.boxes, None, false, &error),
        };
        let mut all = group.boxes.clone();
        all.extend(group.neighbours);
        let mut lane = Lane::new(connector, account.clone());
        let said =
            lane.ask(|session, overview| ask::ask(session, overview, self.conf, &all, self.share));
        let reached = lane.connected().is_ok();
        let label = Some(account.label().to_owned());
        let said = match said {
            Ok(said) => said,
            Err(error) => return failed(at, &group.boxes, label, reached, &error),
        };
        let server = (!said.has_quota).then(|| account.server().to_owned());
        let (roots, places) = self.roots(&said);
        let mut boxes = Vec::with_capacity(group.boxes.len());
        let mut failed = Vec::with_capacity(group.boxes.len());
        for vmbox in &group.boxes {
            let facts = self.facts(vmbox, &said, &roots, &places);
            failed.push(facts.as_ref().err().map(BoxError::kind));
            let facts = facts.map_err(|error| lane.explain(error).to_string());
            boxes.push(BoxReport {
                vmbox: vmbox.clone(),
                facts,
            });
        }
        lane.close();
        Found {
            at,
            account: AccountReport {
                label: account.label().to_owned(),
                roots,
                boxes,
            },
            reached,
            failed,
            server,
        }
    }

    /// The account's roots, and for each folder the roots it lies below.
    fn roots(&self, said: &Said) -> (Vec<RootReport>, Vec<Vec<usize>>) {
        let mut roots: Vec<RootReport> = Vec::new();
        let mut places = Vec::with_capacity(said.folders.len());
        for folder in &said.folders {
            let Ok(told) = &folder.roots else {
                places.push(Vec::new());
                continue;
            };
            let mut below = Vec::new();
            for root in told {
                below.push(place(&mut roots, Some(root)));
            }
            if told.is_empty() {
                below.push(place(&mut roots, None));
            }
            places.push(below);
        }
        let unknown = said.folders.iter().any(|folder| folder.roots.is_err());
        for (at, root) in roots.iter_mut().enumerate() {
            let below = |(_, places): &(&FolderFacts, &Vec<usize>)| places.contains(&at);
            let folders: Vec<&FolderFacts> = said
                .folders
                .iter()
                .zip(&places)
                .filter(below)
                .map(|(folder, _)| folder)
                .collect();
            self.fill(root, &folders, unknown, said);
            // Kept until all accounts are asked: the room to grow in was most of it.
            root.boxes.shrink_to_fit();
            root.resources.shrink_to_fit();
        }
        roots.shrink_to_fit();
        (roots, places)
    }

    /// Adds up what lies below a root. A sum that lacks a folder is none.
    fn fill(&self, root: &mut RootReport, folders: &[&FolderFacts], unknown: bool, said: &Said) {
        let mut sum = (!unknown).then(Tally::default);
        let mut voicemail = Tally::default();
        for folder in folders {
            sum = match (sum, folder.all) {
                (Some(mut sum), Some(all)) => {
                    sum.merge(all);
                    Some(sum)
                }
                _ => None,
            };
            voicemail.merge(folder.voicemail);
            root.strays.merge(folder.strays);
        }
        let counted = root.as_root().message().map(|usage| usage.used);
        root.messages = counted.or(sum.map(|sum| sum.messages));
        root.summed = sum.map(|sum| sum.octets);
        root.voicemail = self.share.then_some(voicemail);
        for (vmbox, map) in said.layout.boxes.iter().zip(&said.layout.maps) {
            let mine = |folder: &&FolderFacts| map.all().iter().any(|(_, n)| *n == folder.name);
            if folders.iter().any(mine) {
                root.boxes.push(vmbox.clone());
            }
        }
    }

    fn facts(
        &self,
        vmbox: &VoicemailBox,
        said: &Said,
        roots: &[RootReport],
        places: &[Vec<usize>],
    ) -> Result<BoxFacts, BoxError> {
        let mailbox = self.conf.mailbox(vmbox).ok_or(BoxError::UnknownBox)?;
        let known = said.layout.boxes.iter().position(|one| one == vmbox);
        let at = known.ok_or(BoxError::UnknownBox)?;
        let map = &said.layout.maps[at];
        let refused = |what: &str, name, refusal: &crate::mailstore::types::Refusal| {
            BoxError::Store(crate::mailstore::error::StoreError::Refused {
                command: format!("{what} {name}"),
                refusal: refusal.clone(),
            })
        };
        let (mut mine, mut own) = (Vec::new(), Vec::new());
        for (_, name) in map.all() {
            for (folder, places) in said.folders.iter().zip(places) {
                if folder.name != *name {
                    continue;
                }
                if let Err(refusal) = &folder.roots {
                    return Err(refused("GETQUOTAROOT", name, refusal));
                }
                for root in places {
                    if let Some(known) = mine.iter().position(|one| one == root) {
                        let known: &mut Tally = &mut own[known];
                        known.merge(folder.own[at]);
                    } else {
                        mine.push(*root);
                        own.push(folder.own[at]);
                    }
                }
            }
        }
        let lists = match &said.lists[at] {
            Ok(lists) => *lists,
            Err(refusal) => return Err(refused("EXAMINE", map.imapfolder(), refusal)),
        };
        let main = said.folder(map.imapfolder());
        let told: &[QuotaRoot] = main.and_then(|f| f.roots.as_deref().ok()).unwrap_or(&[]);
        Ok(self.judge(mailbox, lists, told, roots, mine, own))
    }

    fn judge(
        &self,
        mailbox: &Mailbox,
        lists: room::Lists,
        told: &[QuotaRoot],
        roots: &[RootReport],
        mine: Vec<usize>,
        own: Vec<Tally>,
    ) -> BoxFacts {
        let limits = limit::limits(told);
        let watched = limit::watched(told);
        let maxmsg = self.conf.maxmsg(mailbox);
        let maxsecs = u32::try_from(self.conf.maxsecs(mailbox)).unwrap_or(0);
        let formats: Vec<AudioFormat> = formats(self.conf);
        let room = room::assess(&Given {
            limits: &limits,
            watched: watched.as_ref(),
            lists,
            maxmsg,
            maxsecs,
            formats: &formats,
        });
        let mut facts = BoxFacts {
            own,
            shared_out: self.share,
            lists,
            maxmsg,
            maxsecs,
            watched,
            room,
            per_mille: None,
            roots: Vec::new(),
        };
        let of_roots = mine.iter().filter_map(|at| roots[*at].per_mille());
        facts.per_mille = of_roots.chain(facts.of_maxmsg()).max();
        facts.roots = mine;
        facts.roots.shrink_to_fit();
        facts.own.shrink_to_fit();
        facts
    }
}

/// The recording formats of voicemail.conf that can be spoken of.
#[must_use]
pub fn formats(conf: &VoicemailConf) -> Vec<AudioFormat> {
    let names = conf.formats().iter();
    names
        .filter_map(|name| AudioFormat::from_option(name))
        .collect()
}

/// The place of a root among those known, put there where it is new; the latest answer counts.
fn place(roots: &mut Vec<RootReport>, root: Option<&QuotaRoot>) -> usize {
    let name = root.map(|root| root.name.clone());
    let known = roots.iter().position(|one| one.name == name);
    let at = known.unwrap_or_else(|| {
        roots.push(RootReport {
            name,
            resources: Vec::new(),
            boxes: Vec::new(),
            messages: None,
            summed: None,
            voicemail: None,
            strays: Tally::default(),
        });
        roots.len() - 1
    });
    if let Some(root) = root {
        roots[at].resources.clone_from(&root.resources);
    }
    at
}

/// The report of an account nothing could be asked of.
fn failed(
    at: usize,
    boxes: &[VoicemailBox],
    label: Option<String>,
    reached: bool,
    error: &BoxError,
) -> Found {
    let text = error.to_string();
    let named = boxes.first().map(ToString::to_string);
    Found {
        at,
        account: AccountReport {
            label: label.or(named).unwrap_or_default(),
            roots: Vec::new(),
            boxes: boxes
                .iter()
                .map(|vmbox| BoxReport {
                    vmbox: vmbox.clone(),
                    facts: Err(text.clone()),
                })
                .collect(),
        },
        reached,
        failed: vec![Some(error.kind()); boxes.len()],
        server: None,
    }
}
