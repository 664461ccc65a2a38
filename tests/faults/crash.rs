//! Crashes: the connection is cut or the program killed at every write, to the network and to the
//! journal; what the next run leaves is what an undisturbed one leaves.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::matrix::{AT_ONCE, Clean, clean_run, finish, kept};
use super::scenario::Scenario;
use super::site::{Site, Try, outline};
use super::support::fault_proxy::{Fault, FaultProxy};

const CHANGES: [&str; 6] = [
    "migrate",
    "audit-fix",
    "expunge",
    "trash",
    "provision",
    "rollback",
];

const CRASHES: [Fault; 6] = [
    Fault::CutBefore,
    Fault::CutHalf,
    Fault::CutAfter,
    Fault::KillBefore,
    Fault::KillHalf,
    Fault::KillAfter,
];

/// What happens when a file would grow beyond a size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Full {
    /// The program is killed in the middle of the write (SIGXFSZ).
    Kills,
    /// The write fails (EFBIG), as it does on a full disk (ENOSPC).
    Fails,
}

/// Does every item at once, and fails with all that went wrong.
fn all<T: Sync>(items: &[T], work: impl Fn(&T) -> Result<(), String> + Sync) {
    let failures = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::SeqCst)) {
                    if let Err(why) = work(item) {
                        failures.lock().unwrap().push(why);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    println!("{} crashes", items.len());
    let (failed, of) = (failures.len(), items.len());
    assert!(
        failures.is_empty(),
        "{failed} of {of} cases:\n{}",
        failures.join("\n\n")
    );
}

#[test]
fn cut_or_killed_at_any_write_to_the_network_the_next_run_ends_as_if_nothing_had_been() {
    let site = Site::new(1500);
    let cleans: Vec<Clean> = CHANGES
        .into_iter()
        .map(|name| clean_run(&site, Scenario::named(name)))
        .collect();
    let mut cases = Vec::new();
    for clean in &cleans {
        for at in 0..clean.points.len() {
            cases.extend(CRASHES.into_iter().map(|fault| (clean, at, fault)));
        }
    }
    all(&cases, |(clean, at, fault)| {
        let command = &clean.points[*at].command;
        let what = format!("{}: {fault:?} at {at} ({command})", clean.scenario.name);
        let one = site.prepare(clean.scenario);
        let proxy = FaultProxy::start(&site.target(), *at, *fault);
        let child = one.call(proxy.port()).spawn();
        proxy.aim(child.id());
        let (ran, _) = Try::ended(child).map_err(|why| format!("{what}: {why}"))?;
        let wrong = |why: &str| Err(format!("{what}: {why}\n{}{}", ran.stdout, ran.stderr));
        if !proxy.struck() {
            return wrong("the point was not reached");
        }
        if ![0, 3, 4, 10, 137].contains(&ran.status) || ran.stderr.contains("panicked") {
            return wrong(&format!("ended with {}", ran.status));
        }
        let between = one.held();
        if let Some(why) = kept(clean, &between) {
            return wrong(&format!("{why}\n{}", outline(&between)));
        }
        proxy.disarm();
        finish(clean, &one, &proxy).map_or(Ok(()), |why| wrong(&why))
    });
}

/// Where the journal of an undisturbed run could end: after every line, and in the middle of each.
fn ends(journal: &[u8]) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut before = 0;
    for (at, _) in journal
        .iter()
        .enumerate()
        .filter(|(_, octet)| **octet == b'\n')
    {
        ends.extend([usize::midpoint(before, at), at + 1]);
        before = at + 1;
    }
    ends.retain(|end| *end > 100); // the lock file has as much
    ends
}

#[test]
fn killed_or_without_room_at_any_line_of_the_journal_the_next_run_ends_as_if_nothing_had_been() {
    let site = Site::new(400);
    let cleans =
        ["migrate", "audit-fix", "rollback"].map(|name| clean_run(&site, Scenario::named(name)));
    let mut cases = Vec::new();
    for clean in &cleans {
        assert!(clean.journal.len() > 500, "{}", clean.journal.len());
        for end in ends(&clean.journal) {
            cases.extend([(clean, end, Full::Kills), (clean, end, Full::Fails)]);
        }
    }
    all(&cases, |(clean, end, full)| {
        let what = format!("{}: {full:?} at octet {end}", clean.scenario.name);
        let one = site.prepare(clean.scenario);
        let proxy = FaultProxy::clean(&site.target());
        let limit = format!(
            "ulimit -c 0; {} exec prlimit --fsize={end} -- \"$@\"",
            match full {
                Full::Kills => "",
                Full::Fails => "trap '' XFSZ;",
            }
        );
        let call = one.call(proxy.port()).under(&["sh", "-c", &limit, "sh"]);
        let (ran, _) = Try::ended(call.spawn()).map_err(|why| format!("{what}: {why}"))?;
        let wrong = |why: &str| Err(format!("{what}: {why}\n{}{}", ran.stdout, ran.stderr));
        let statuses: &[i32] = match full {
            Full::Kills => &[0, 153],
            Full::Fails => &[0, 1, 3],
        };
        if !statuses.contains(&ran.status) || ran.stderr.contains("panicked") {
            return wrong(&format!("ended with {}", ran.status));
        }
        if *full == Full::Fails
            && ran.status != 0
            && !ran.stdout.contains("File too large")
            && !ran.stderr.contains("File too large")
        {
            return wrong("does not say why");
        }
        let between = one.held();
        if ran.status == 0 && between != clean.end {
            return wrong("is not done");
        }
        if let Some(why) = kept(clean, &between) {
            return wrong(&format!("{why}\n{}", outline(&between)));
        }
        finish(clean, &one, &proxy).map_or(Ok(()), |why| wrong(&why))
    });
}
