//! What the phone of each voicemail box would say, and what it would not.
//!
//! A box's messages are those whose headers name it exactly. Beside them stand, apart, what its
//! phone shows of others (Asterisk searches by substring), and what of its own the phone never
//! shows: `\Deleted`, or in a folder no phone opens. Reads only.
//!
//! Accounts are worked on side by side, boxes come out in order. Memory holds the messages of the
//! accounts under way and of those that wait for their turn ([`in_order`](crate::ops::in_order)).

pub mod catalogue;
pub mod entry;
mod reader;
pub(in crate::ops) mod strays;
pub mod tally;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::ops::account::Overrides;
use crate::ops::error::{BoxError, Kind};
use crate::ops::failures::Failures;
use crate::ops::fleet::{self, Group};
use crate::ops::in_order::InOrder;
use crate::ops::lane::{Connector, Lane};
use crate::ops::select::Selection;
use crate::ops::stop::Stop;
use crate::ops::words::plural;
use crate::voicemail::conf::VoicemailConf;
use crate::voicemail::notice::{CodeRow, Notice, Severity};
use crate::voicemail::vmbox::VoicemailBox;
use entry::Entry;
use reader::{Draft, Found};
use tally::Tally;

/// What to list.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Folders and times that are asked for.
    pub selection: Selection,
    /// Whether every message is wanted, not only their number.
    pub messages: bool,
    /// Accounts at once.
    pub jobs: usize,
    /// What overrides voicemail.conf.
    pub overrides: Overrides,
}

/// What a phone shows that is not its own.
#[derive(Debug)]
pub struct AlsoShown {
    /// Whose it is; `None` for what belongs to no box of voicemail.conf.
    pub of: Option<VoicemailBox>,
    /// How much.
    pub tally: Tally,
}

/// What was found for one box.
#[derive(Debug)]
pub struct BoxListing {
    /// The box.
    pub vmbox: VoicemailBox,
    /// Its account, `user@host:port`, where voicemail.conf names one.
    pub account: Option<String>,
    /// Whether anything was read: without an error everything, else all but the folder it names.
    pub read: bool,
    /// Why it is not, or not wholly, listed; of one account, shared.
    pub error: Option<Arc<BoxError>>,
    /// Its messages.
    pub own: Tally,
    /// What its phone also shows.
    pub also_shown: Vec<AlsoShown>,
    /// Its messages one by one, where they were asked for, in the order the phone plays them.
    pub entries: Vec<Entry>,
    /// What there is to remark about the box or, on its first box, about the account.
    pub notices: Vec<Notice>,
}

/// What a run came to.
#[derive(Debug, Default)]
pub struct RunListing {
    /// Boxes that were asked for.
    pub boxes: u64,
    /// Boxes that were not begun when the run was interrupted.
    pub boxes_left: u64,
    /// How boxes failed.
    pub failures: Failures,
    /// Remarks that are errors.
    pub errors: u64,
    /// Messages of all boxes, each once however many boxes share it.
    pub total: Tally,
    /// Voicemail found in these accounts that belongs to no box of voicemail.conf.
    pub nobodys: u64,
    /// The signal that ended the run early, if one did.
    pub interrupted: Option<u8>,
}

impl RunListing {
    /// Whether everything that was asked for was listed.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.failures.boxes() == 0
            && self.errors == 0
            && self.boxes_left == 0
            && self.interrupted.is_none()
    }

    fn add(&mut self, listing: &BoxListing) {
        let error = listing.error.as_deref();
        let unreached = error.is_some_and(|error| error.kind() != Kind::Other);
        let reached = listing.account.is_some() && !unreached;
        self.failures.add(reached, error);
        let errors = listing.notices.iter();
        let errors = errors.filter(|notice| notice.severity == Severity::Error);
        self.errors += errors.count() as u64;
    }
}

/// A listing over many boxes.
pub struct Lister<'a> {
    /// voicemail.conf.
    pub conf: &'a VoicemailConf,
    /// What to list.
    pub options: Options,
    /// Whether to stop.
    pub stop: &'a Stop,
}

impl Lister<'_> {
    /// Lists the boxes and gives each to the sink, sorted by context and extension, a few at a
    /// time as their accounts are done. Safe to repeat: nothing is changed anywhere.
    ///
    /// ```no_run
    /// use vmimap::ops::list::{BoxListing, Lister, Options};
    /// use vmimap::ops::stop::Stop;
    /// use vmimap::voicemail::conf::{LoadOptions, load};
    /// use vmimap::voicemail::list::List;
    ///
    /// let conf = load("/etc/asterisk/voicemail.conf".as_ref(), &LoadOptions::default())?;
    /// let lister = Lister {
    ///     conf: &conf,
    ///     options: Options { jobs: 4, ..Options::default() },
    ///     stop: &Stop::default(),
    /// };
    /// let boxes = conf.mailboxes.iter().map(|one| one.vmbox.clone()).collect();
    /// let mut waiting = Vec::new();
    /// let run = lister.run(boxes, &mut |one: BoxListing| {
    ///     waiting.push((one.vmbox, one.own.list(List::New).messages));
    /// });
    /// assert!(run.complete(), "{} mailboxes could not be read", run.failures.boxes());
    /// # Ok::<(), vmimap::voicemail::conf::ConfError>(())
    /// ```
    pub fn run(
        &self,
        mut boxes: Vec<VoicemailBox>,
        sink: &mut (dyn FnMut(BoxListing) + Send),
    ) -> RunListing {
        boxes.sort();
        boxes.dedup();
        let all = boxes.len() as u64;
        let places: HashMap<VoicemailBox, usize> = boxes.iter().cloned().zip(0..).collect();
        let groups = fleet::with_neighbours(self.conf, &self.options.overrides, boxes);
        let mut group_of = vec![0; places.len()];
        for (number, group) in groups.iter().enumerate() {
            for at in group.boxes.iter().filter_map(|one| places.get(one)) {
                group_of[*at] = number;
            }
        }
        let run = Mutex::new(RunListing::default());
        let lock = || run.lock().unwrap_or_else(PoisonError::into_inner);
        let mut pass_on = |listing: BoxListing| {
            lock().add(&listing);
            sink(listing);
        };
        let in_order = InOrder::new(group_of, &mut pass_on);
        let connector = Connector::default();
        let items: Vec<(usize, Group)> = groups.into_iter().enumerate().collect();
        fleet::share_out(items, self.options.jobs, self.stop, &|(number, group)| {
            if !in_order.may_begin(number, self.stop) {
                return;
            }
            let (listings, total, nobodys) = self.account(&connector, group);
            let mut run = lock();
            run.total.add_all(&total);
            run.nobodys += nobodys;
            drop(run);
            let results = listings.into_iter();
            let results = results.filter_map(|one| Some((*places.get(&one.vmbox)?, one)));
            in_order.put(results.collect());
        });
        let passed = in_order.finish();
        let mut run = run.into_inner().unwrap_or_else(PoisonError::into_inner);
        run.boxes = all;
        run.boxes_left = all.saturating_sub(passed);
        run.interrupted = self.stop.signal().filter(|_| run.boxes_left > 0);
        run
    }

    /// Lists the boxes of one account; also what they hold together, and what is nobody's.
    fn account(&self, connector: &Connector, group: Group) -> (Vec<BoxListing>, Tally, u64) {
        let Group {
            account,
            boxes,
            neighbours,
        } = group;
        let (label, outcome) = match account {
            Err(error) => (None, Err(error)),
            Ok(account) => {
                let mut lane = Lane::new(connector, account);
                let label = lane.label().to_owned();
                let all = [boxes.clone(), neighbours].concat();
                let (conf, options) = (self.conf, &self.options);
                let outcome = lane
                    .ask(|session, overview| {
                        reader::read(session, overview, conf, options, &all, boxes.len())
                    })
                    .map(|found| listings(found, &label, &lane));
                lane.close();
                (Some(label), outcome)
            }
        };
        outcome.unwrap_or_else(|error| {
            let error = Arc::new(error);
            let failed = boxes.into_iter().map(|vmbox| BoxListing {
                vmbox,
                account: label.clone(),
                read: false,
                error: Some(Arc::clone(&error)),
                own: Tally::default(),
                also_shown: Vec::new(),
                entries: Vec::new(),
                notices: Vec::new(),
            });
            (failed.collect(), Tally::default(), 0)
        })
    }
}

/// What was found in an account, box by box.
fn listings(found: Found, label: &str, lane: &Lane<'_>) -> (Vec<BoxListing>, Tally, u64) {
    let mut account_notices = account_notices(&found, label);
    let nobodys = found.nobodys.folders.values().sum();
    let layout = &found.layout;
    let mut listings = Vec::with_capacity(found.drafts.len());
    for (at, draft) in found.drafts.into_iter().enumerate() {
        let vmbox = layout.boxes[at].clone();
        let Draft {
            own,
            of_others,
            entries,
            undated,
            greetings,
        } = draft;
        let also_shown: Vec<AlsoShown> = of_others
            .into_iter()
            .map(|(of, tally)| AlsoShown {
                of: of.map(|of| layout.boxes[of].clone()),
                tally,
            })
            .collect();
        let mut notices = std::mem::take(&mut account_notices);
        notices.extend(box_notices(&vmbox, &own, &also_shown, undated));
        if greetings > 0 {
            let these = plural(greetings, "greeting", "greetings");
            let text = format!("its phone counts and plays {these} among its messages");
            notices.push(Notice::new(&catalogue::GREETINGS, vmbox.to_string(), text));
        }
        let refused = layout.refused(|vmbox| vmbox == at);
        listings.push(BoxListing {
            vmbox,
            account: Some(label.to_owned()),
            read: true,
            error: refused.map(|error| Arc::new(lane.explain(BoxError::Store(error)))),
            own,
            also_shown,
            entries,
            notices,
        });
    }
    (listings, found.total, nobodys)
}

/// `1 message`, `2 messages`.
#[must_use]
pub fn messages(n: u64) -> String {
    plural(n, "message", "messages")
}

/// `2 in Old, 1 in Work`
fn in_folders<'a>(folders: impl Iterator<Item = (&'a str, u64)>) -> String {
    let folders: Vec<String> = folders.map(|(name, n)| format!("{n} in {name}")).collect();
    folders.join(", ")
}

fn box_notices(
    vmbox: &VoicemailBox,
    own: &Tally,
    also_shown: &[AlsoShown],
    undated: u64,
) -> Vec<Notice> {
    let of_box = |row: &CodeRow, text: String| Notice::new(row, vmbox.to_string(), text);
    let mut notices = Vec::new();
    for also in also_shown {
        let n = messages(also.tally.shown().messages);
        let text = match &also.of {
            Some(other) => format!("its phone also shows {n} of {other}"),
            None => format!("its phone also shows {n} of no mailbox of voicemail.conf"),
        };
        notices.push(of_box(&catalogue::CROSS_TALK, text));
    }
    let stranded = in_folders(own.stranded().map(|(name, count)| (name, count.messages)));
    if !stranded.is_empty() {
        let text = format!("its phone never opens where these messages lie: {stranded}");
        notices.push(of_box(&catalogue::STRANDED, text));
    }
    if undated > 0 {
        let text = format!("{} without a readable Orig-time", messages(undated));
        notices.push(of_box(&catalogue::UNDATED, text));
    }
    notices
}

fn account_notices(found: &Found, label: &str) -> Vec<Notice> {
    let mut notices = Vec::new();
    let nobodys = &found.nobodys;
    if let Some((extension, context)) = &nobodys.example {
        let cut = |text: &str| text.chars().take(80).collect::<String>();
        let folders = nobodys.folders.iter();
        let folders = in_folders(folders.map(|(name, n)| (name.as_str(), *n)));
        let text = format!(
            "voicemail of no mailbox of voicemail.conf: {folders}; the first one is for {}@{}",
            cut(extension),
            cut(context)
        );
        notices.push(Notice::new(&catalogue::NOBODYS, label, text));
    }
    for place in &found.unclear {
        let place = format!("{label}, {place}");
        let title = catalogue::WHOSE.title;
        notices.push(Notice::new(&catalogue::WHOSE, place, title));
    }
    notices
}
