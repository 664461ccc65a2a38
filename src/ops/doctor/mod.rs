//! Whether a voicemail.conf and its servers will work together, and what Asterisk will do to them.
//!
//! Reads only: servers are looked at from outside (`network`), accounts visited with EXAMINE
//! (`visit`); only `roundtrip`, on demand, sends a message of its own. Ten thousand mailboxes are
//! a few servers: these are looked at once each, and of so many accounts a sample is visited. Every
//! check is a value ([`Check`]); nothing here prints. An account that cannot be looked at is an
//! error among the checks, never a missing one.

mod capabilities;
pub mod catalogue;
mod cclient;
mod certificate;
mod check;
mod configuration;
mod deleted;
mod door;
mod files;
mod folders;
mod hazards;
mod lamps;
mod lifted;
mod login;
mod network;
mod rights;
mod round;
mod roundtrip;
mod search;
mod visit;

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

pub use check::{Check, Group, Verdict};
pub use door::Origins;

use door::Door;
use network::Outside;
use visit::{Facts, Visit};

use crate::manager;
use crate::ops::account::Overrides;
use crate::ops::failures::Failures;
use crate::ops::fleet::{self, share_out};
use crate::ops::lane::Connector;
use crate::ops::stop::Stop;
use crate::spool::Spool;
use crate::voicemail::conf::VoicemailConf;
use crate::voicemail::vmbox::VoicemailBox;

/// Accounts of a server up to which all are visited.
pub const WHOLE: usize = 500;

/// Of more, those that are visited for each way of logging in; and mailboxes that are searched for in
/// each account; unless all are asked for.
pub const SAMPLE: usize = 20;

/// The longest timeout of voicemail.conf that is waited for, seconds.
const PATIENCE: i64 = 120;

/// What is to be looked at.
pub struct Doctor<'a> {
    /// voicemail.conf.
    pub conf: &'a VoicemailConf,
    /// Where it was read from, for people.
    pub file: String,
    /// What overrides it.
    pub overrides: Overrides,
    /// Where that comes from.
    pub origins: Origins,
    /// Whether every account is visited.
    pub all: bool,
    /// The name of the probe's folder, where a probe is wanted; new for every run.
    pub probe: Option<String>,
    /// The spool, or why there is none to look at.
    pub spool: Result<Spool, PathBuf>,
    /// How lamps are refreshed by the manager interface, where that is set up.
    pub manager: Option<manager::Options>,
    /// Where runs keep what they have to remember.
    pub state_dir: PathBuf,
    /// Servers and accounts at once.
    pub jobs: usize,
    /// Whether to stop.
    pub stop: Stop,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Report {
    /// The checks, by group.
    pub checks: Vec<Check>,
    /// Mailboxes asked about.
    pub mailboxes: usize,
    /// Their accounts.
    pub accounts: usize,
    /// Accounts that were visited or tried.
    pub visited: usize,
    /// Distinct servers.
    pub servers: usize,
    /// The server, `host:port`, where there is only one.
    pub server: Option<String>,
    /// Accounts that could not be visited to the end.
    pub failures: Failures,
    /// The slowest search, seconds.
    pub slowest_search: Option<f64>,
    /// The signal that ended the run early.
    pub interrupted: Option<u8>,
}

/// An account's place among the groups, and what came of visiting it; `None` where the visit was
/// not begun because of the wish to stop.
type Visited = (usize, Option<Visit>);

impl Report {
    /// How many checks have this verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        let all = self.checks.iter();
        all.filter(|check| check.verdict == verdict).count()
    }
}

impl Doctor<'_> {
    /// Looks at everything. Changes nothing without a probe; with one, what it made is gone again, or told of.
    #[must_use]
    pub fn run(&self, boxes: Vec<VoicemailBox>) -> Report {
        let mut report = Report {
            mailboxes: boxes.len(),
            ..Report::default()
        };
        report.checks = configuration::check(self.conf, &self.file);
        match &self.spool {
            Ok(spool) => report.checks.extend(files::check(spool, &boxes)),
            Err(path) => {
                let why = "there is no such directory on this machine (--spool names another)";
                let place = path.display().to_string();
                let skipped = Check::skipped(Group::Spool, "left-over", place, why);
                report.checks.push(skipped);
            }
        }
        report.checks.extend(lifted::check(&self.state_dir));
        report.checks.extend(lamps::check(self.manager.as_ref()));
        let overrides = self.overrides();
        let groups = fleet::with_neighbours(self.conf, &overrides, boxes);
        let doors = door::doors(self.conf, &overrides, &self.origins, &groups);
        report.accounts = groups.iter().filter(|group| group.account.is_ok()).count();
        report.servers = doors.len();
        if let [only] = doors.as_slice() {
            report.server = Some(only.label.clone());
        }
        report.failures.other = (groups.len() - report.accounts) as u64;
        report.checks.extend(login::unusable(&groups));
        report
            .checks
            .extend(hazards::check(self.conf, &groups, &doors));
        let outside = self.look_outside(&doors);
        self.look_inside(&groups, &doors, &outside, &mut report);
        for one in outside.into_iter().flatten() {
            report.checks.extend(one.checks);
        }
        report.interrupted = self.stop.signal();
        // Stable: within a group the order is that of the work.
        report.checks.sort_by_key(|check| check.group);
        report
    }

    /// What overrides voicemail.conf. Asterisk may wait for ever, where voicemail.conf says so; a
    /// doctor says so too, and does not.
    fn overrides(&self) -> Overrides {
        let general = &self.conf.general;
        let endless = [
            general.imapopentimeout.value,
            general.imapreadtimeout.value,
            general.imapwritetimeout.value,
        ];
        let endless = endless.iter().any(|n| !(1..=PATIENCE).contains(n));
        Overrides {
            timeout: self
                .overrides
                .timeout
                .or_else(|| endless.then_some(Duration::from_mins(1))),
            ..self.overrides.clone()
        }
    }

    /// Looks at each server from outside, several at once; `None` for those that were not looked at
    /// because of the wish to stop.
    fn look_outside(&self, doors: &[Door]) -> Vec<Option<Outside>> {
        each(doors.len(), self.jobs, &self.stop, &|at| {
            network::look(&doors[at])
        })
    }

    /// Visits accounts, and judges what they have in common.
    fn look_inside(
        &self,
        groups: &[fleet::Group],
        doors: &[Door],
        outside: &[Option<Outside>],
        report: &mut Report,
    ) {
        let connector = Connector::default();
        let visits = self.visit(groups, doors, outside, &connector, report);
        for (door, (outside, mine)) in doors.iter().zip(outside.iter().zip(&visits)) {
            if let Some(outside) = outside.as_ref().filter(|outside| outside.usable) {
                self.judge_door(door, outside, mine, report);
            }
        }
        let done = || visits.iter().flatten().filter_map(|one| one.1.as_ref());
        let delimiters: Vec<(&str, Option<char>)> = done()
            .filter_map(|visit| visit.facts.as_ref())
            .map(|facts| (facts.label.as_str(), facts.delimiter))
            .collect();
        let differ = hazards::delimiters(self.conf, &delimiters);
        report.checks.extend(differ);
        for visit in done() {
            report.visited += 1;
            let reached = visit.facts.is_some();
            report.failures.add_kind(reached, visit.failed);
        }
        for (door, mine) in doors.iter().zip(&visits) {
            self.probe(door, groups, mine, &connector, report);
        }
        for (_, visit) in visits.into_iter().flatten() {
            report
                .checks
                .extend(visit.map_or(Vec::new(), |visit| visit.checks));
        }
    }

    /// What the visits to one server have in common.
    fn judge_door(&self, door: &Door, outside: &Outside, visits: &[Visited], report: &mut Report) {
        let facts: Vec<&Facts> = visits
            .iter()
            .filter_map(|(_, visit)| visit.as_ref()?.facts.as_ref())
            .collect();
        let visited = visits.iter().filter(|(_, visit)| visit.is_some()).count();
        report
            .checks
            .extend(login::check(door, visited, &facts, self.stop.asked()));
        let label = door.label.as_str();
        let known = facts.first().map(|facts| &facts.capabilities);
        if let Some(capabilities) = known.or(outside.capabilities.as_ref()) {
            let judged = capabilities::check(label, capabilities, known.is_some(), self.conf);
            report.checks.extend(judged);
        }
        let timings: Vec<&search::Timing> = facts
            .iter()
            .filter_map(|facts| facts.search.as_ref())
            .collect();
        let slowest = timings.iter().map(|t| t.slowest().as_secs_f64());
        report.slowest_search = slowest.chain(report.slowest_search).reduce(f64::max);
        let timeout = self.conf.general.imapreadtimeout.value;
        report
            .checks
            .extend(search::verdict(label, &timings, timeout));
    }

    /// Probes one server through the first account that could be visited to the end.
    fn probe(
        &self,
        door: &Door,
        groups: &[fleet::Group],
        visits: &[Visited],
        connector: &Connector,
        report: &mut Report,
    ) {
        let Some(id) = &self.probe else {
            let why = "only a message that the server dates shows its clock: --probe sends one";
            let check = skipped(Group::Time, "clock", door, why);
            report.checks.push(check);
            return;
        };
        let account = visits.iter().find_map(|(group, visit)| {
            let visit = visit.as_ref()?;
            let well = visit.failed.is_none() && visit.facts.is_some();
            groups[*group].account.as_ref().ok().filter(|_| well)
        });
        report.checks.extend(match account {
            _ if self.stop.asked() => vec![skipped(Group::Probe, "probe", door, "interrupted")],
            Some(account) => roundtrip::probe(account, connector, id),
            None => {
                let why = "no account could be visited";
                vec![skipped(Group::Probe, "probe", door, why)]
            }
        });
    }
}

fn skipped(group: Group, topic: &'static str, door: &Door, why: &str) -> Check {
    Check::skipped(group, topic, door.label.as_str(), why)
}

/// Does `n` pieces of work, at most `jobs` at once, and returns what came of each in their order;
/// `None` for those that were not begun because of the wish to stop.
fn each<T: Send>(
    n: usize,
    jobs: usize,
    stop: &Stop,
    work: &(dyn Fn(usize) -> T + Sync),
) -> Vec<Option<T>> {
    let done: Mutex<Vec<Option<T>>> = Mutex::new((0..n).map(|_| None).collect());
    share_out((0..n).collect(), jobs, stop, &|at| {
        let result = work(at);
        done.lock().unwrap_or_else(PoisonError::into_inner)[at] = Some(result);
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voicemail::conf::{LoadOptions, load};

    #[test]
    fn what_a_signal_kept_from_being_looked_at_has_not_failed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("voicemail.conf");
        let text = "[general]\n[a]\n1 => 1,,,,imapuser=u|imappassword=p\n";
        std::fs::write(&path, text).unwrap();
        let conf = load(&path, &LoadOptions::default()).unwrap();
        let stop = Stop::default();
        stop.cell().store(15, std::sync::atomic::Ordering::Relaxed);
        let doctor = Doctor {
            conf: &conf,
            file: String::new(),
            overrides: Overrides::default(),
            origins: Origins::default(),
            all: false,
            probe: None,
            spool: Err(PathBuf::new()),
            manager: None,
            state_dir: dir.path().to_owned(),
            jobs: 1,
            stop,
        };
        let report = doctor.run(vec![VoicemailBox::new("1", "a")]);
        assert_eq!((report.interrupted, report.visited), (Some(15), 0));
        assert_eq!(report.failures.boxes(), 0);
        let of_server = report.checks.iter().filter(|c| c.group <= Group::Login);
        let skipped = of_server.filter(|check| check.verdict == Verdict::Skipped);
        let why: Vec<&str> = skipped.map(|check| check.text.as_str()).collect();
        assert_eq!(why, ["interrupted"]);
    }
}
