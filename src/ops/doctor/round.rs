//! Which accounts are visited: a sample of each server first, and then, where that let somebody in and
//! they are not too many, all others.
//!
//! Whoever fails at every account of the sample would fail at all: hundreds of refused logins more
//! tell nothing, and may lock accounts or have this machine banned.

use std::collections::HashSet;

use super::check::Group;
use super::door::{self, Door};
use super::network::Outside;
use super::visit::{self, Patient};
use super::{Doctor, Report, SAMPLE, Visited, WHOLE, each, skipped};
use crate::ops::fleet;
use crate::ops::lane::Connector;

impl Doctor<'_> {
    /// Visits accounts of each door, several at once: the account's place among the groups and what
    /// came of it, by door.
    pub(super) fn visit(
        &self,
        groups: &[fleet::Group],
        doors: &[Door],
        outside: &[Option<Outside>],
        connector: &Connector,
        report: &mut Report,
    ) -> Vec<Vec<Visited>> {
        let most = if self.all { usize::MAX } else { SAMPLE };
        let mut first: Vec<(usize, usize)> = Vec::new();
        for (at, (door, outside)) in doors.iter().zip(outside).enumerate() {
            let check = match outside {
                Some(outside) if outside.usable => {
                    let sample = door::sample(door, groups, most).into_iter();
                    first.extend(sample.map(|group| (at, group)));
                    continue;
                }
                Some(_) => {
                    report.failures.connect += door.groups.len() as u64;
                    let why = "nobody can log in where the server cannot be used";
                    skipped(Group::Login, "login", door, why)
                }
                None => skipped(Group::Server, "name", door, "interrupted"),
            };
            report.checks.push(check);
        }
        let mut visits: Vec<Vec<Visited>> = doors.iter().map(|_| Vec::new()).collect();
        self.visit_these(first, groups, connector, &mut visits);
        let rest = rest(doors, &visits);
        self.visit_these(rest, groups, connector, &mut visits);
        for mine in &mut visits {
            mine.sort_by_key(|(group, _)| *group);
        }
        visits
    }

    /// Visits these accounts, each a door's place and its own.
    fn visit_these(
        &self,
        these: Vec<(usize, usize)>,
        groups: &[fleet::Group],
        connector: &Connector,
        visits: &mut [Vec<Visited>],
    ) {
        let done = each(these.len(), self.jobs, &self.stop, &|at| {
            let patient = Patient {
                conf: self.conf,
                group: &groups[these[at].1],
                most_boxes: if self.all { usize::MAX } else { SAMPLE },
            };
            visit::visit(&patient, connector)
        });
        for ((door, group), visit) in these.into_iter().zip(done) {
            visits[door].push((group, visit));
        }
    }
}

/// The accounts that are left of doors where somebody was let in, and which have not too many.
fn rest(doors: &[Door], visits: &[Vec<Visited>]) -> Vec<(usize, usize)> {
    let mut rest = Vec::new();
    for (at, (door, mine)) in doors.iter().zip(visits).enumerate() {
        let let_in = |(_, visit): &Visited| visit.as_ref().is_some_and(|one| one.facts.is_some());
        if door.groups.len() > WHOLE || !mine.iter().any(let_in) {
            continue;
        }
        let known: HashSet<usize> = mine.iter().map(|(group, _)| *group).collect();
        let others = door.groups.iter().filter(|group| !known.contains(group));
        rest.extend(others.map(|group| (at, *group)));
    }
    rest
}
