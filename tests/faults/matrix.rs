//! The matrix: every verb, every point, every fault.
//!
//! A clean run counts the points. Without `VMIMAP_FAULTS=full` a part is tried that is the same
//! every time and holds each fault with each verb; see [`chosen`].

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::scenario::{ALL, Scenario};
use super::site::{Held, SECRET, Site, Try, outline};
use super::support::cli::Ran;
use super::support::fault_proxy::{Fault, FaultProxy, Point};

const FAULTS: [Fault; 19] = [
    Fault::No,
    Fault::Bad,
    Fault::Bye,
    Fault::ByeAfter,
    Fault::SilenceBefore,
    Fault::Silence,
    Fault::Garbage,
    Fault::HalfLiteral,
    Fault::HugeLiteral,
    Fault::Drip,
    Fault::Deep,
    Fault::EightBit,
    Fault::BareLf,
    Fault::Exists,
    Fault::Expunge,
    Fault::Fetch,
    Fault::WrongTag,
    Fault::Lie,
    Fault::UidValidity,
];

/// Runs at once: most of them wait for something.
pub(super) const AT_ONCE: usize = 12;

/// The longest a run may take: a box is tried three times, and what may have been stored is waited
/// for during ten seconds; a machine that does much else may be slow.
const LONGEST: Duration = Duration::from_mins(1);

/// What an undisturbed run was like.
pub(super) struct Clean {
    pub(super) scenario: Scenario,
    pub(super) points: Vec<Point>,
    pub(super) status: i32,
    answer: Vec<Value>,
    before: Held,
    pub(super) end: Held,
    limit: Option<String>,
    /// The file that was written line by line, where there is one.
    pub(super) journal: Vec<u8>,
}

struct Case<'a> {
    clean: &'a Clean,
    at: usize,
    fault: Fault,
}

pub(super) fn full() -> bool {
    std::env::var("VMIMAP_FAULTS").is_ok_and(|value| value == "full")
}

/// Whether a case belongs to the part that is always tried.
fn chosen(verb: usize, at: usize, fault: usize) -> bool {
    let slow = matches!(FAULTS[fault], Fault::Drip | Fault::HugeLiteral);
    let every = if slow { 9 } else { 5 };
    full() || (at + 3 * fault + verb).is_multiple_of(every)
}

pub(super) fn clean_run(site: &Site, scenario: Scenario) -> Clean {
    site.template(scenario);
    let one = site.prepare(scenario);
    let before = one.held();
    let proxy = FaultProxy::clean(&site.target());
    let what = format!("{} undisturbed", scenario.name);
    let (ran, _) = Try::ended(one.call(proxy.port()).spawn()).expect(&what);
    let expected: &[i32] = match scenario.name {
        "audit" => &[4],
        _ => &[0],
    };
    assert!(expected.contains(&ran.status), "{what}: {ran:?}");
    let end = one.held();
    if scenario.reads {
        assert_eq!(before, end, "{what}");
    }
    Clean {
        scenario,
        points: proxy.points(),
        status: ran.status,
        answer: one.answer(&ran, proxy.port()),
        before,
        end,
        limit: proxy.limit(),
        journal: std::fs::read(one.journal()).unwrap_or_default(),
    }
}

#[test]
fn no_fault_of_a_server_loses_doubles_hides_or_hangs_anything() {
    let only = std::env::var("VMIMAP_FAULTS_VERB").ok();
    let scenarios: Vec<(usize, Scenario)> = ALL
        .into_iter()
        .enumerate()
        .filter(|(_, one)| only.as_ref().is_none_or(|name| name == one.name))
        .collect();
    let site = Site::new(if full() { 9000 } else { 1500 });
    let cleans: Vec<(usize, Clean)> = scenarios
        .into_iter()
        .map(|(verb, scenario)| (verb, clean_run(&site, scenario)))
        .collect();
    let mut cases = Vec::new();
    for (verb, clean) in &cleans {
        for at in 0..clean.points.len() {
            for (number, fault) in FAULTS.into_iter().enumerate() {
                let possible = fault != Fault::UidValidity || clean.points[at].validity;
                if possible && (chosen(*verb, at, number) || fault == Fault::UidValidity) {
                    cases.push(Case { clean, at, fault });
                }
            }
        }
    }
    // The slow ones first, so that nothing is waited for alone in the end.
    cases.sort_by_key(|case| !matches!(case.fault, Fault::Drip));
    let failures = Mutex::new(Vec::new());
    let statuses = Mutex::new(std::collections::BTreeMap::<i32, usize>::new());
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::SeqCst)) {
                    match try_case(&site, case) {
                        Ok(status) => *statuses.lock().unwrap().entry(status).or_default() += 1,
                        Err(why) => failures.lock().unwrap().push((case, why)),
                    }
                }
            });
        }
    });
    let failures = tried_alone(&site, failures.into_inner().unwrap());
    println!(
        "{} cases, statuses {:?}",
        cases.len(),
        statuses.into_inner().unwrap()
    );
    // Before the assertion: a server that ends in a panic prints its log.
    drop(site);
    assert!(
        failures.is_empty(),
        "{} of {} cases:\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n\n")
    );
}

/// Whether the program is made to wait for something that does not come.
fn stalls(fault: Fault) -> bool {
    !matches!(
        fault,
        Fault::No
            | Fault::Bad
            | Fault::Bye
            | Fault::ByeAfter
            | Fault::HalfLiteral
            | Fault::Exists
            | Fault::Expunge
            | Fault::Fetch
            | Fault::Lie
            | Fault::UidValidity
    )
}

/// Tries again, one at a time, what says nothing about vmimap: cases in which a busy machine kept the
/// real server from answering within the seconds there are, so that the fault never came.
fn tried_alone<'a>(site: &Site, failures: Vec<(&Case<'a>, String)>) -> Vec<String> {
    let starved = |why: &str| why.contains("the point was not reached") && why.contains(" in time");
    let again = |(case, mut why): (&Case<'a>, String)| {
        for _ in 0..3 {
            if !starved(&why) {
                break;
            }
            match try_case(site, case) {
                Ok(_) => return None,
                Err(next) => why = next,
            }
        }
        Some(why)
    };
    failures.into_iter().filter_map(again).collect()
}

/// Tries one case, and says what is wrong.
fn try_case(site: &Site, case: &Case<'_>) -> Result<i32, String> {
    let Case { clean, at, fault } = case;
    let scenario = clean.scenario;
    let command = &clean.points[*at].command;
    let what = format!("{}: {fault:?} at {at} ({command})", scenario.name);
    let one = site.prepare(scenario);
    let proxy = FaultProxy::start(&site.target(), *at, *fault);
    let name = |why: String| format!("{what}: {why}");
    let call = one.call_within(proxy.port(), if stalls(*fault) { 2 } else { 30 });
    let (ran, took) = Try::ended(call.spawn()).map_err(name)?;
    let wrong = |why: &str| Err(format!("{what}: {why}\n{}{}", ran.stdout, ran.stderr));
    if !proxy.struck() {
        return wrong("the point was not reached");
    }
    if took > LONGEST {
        return wrong(&format!("took {took:?}"));
    }
    if let Some(why) = spoken(clean, &one, &ran, proxy.port(), *fault) {
        return wrong(&why);
    }
    let between = one.held();
    if let Some(why) = kept(clean, &between) {
        return wrong(&format!("{why}\n{}", outline(&between)));
    }
    let complete = ran.status == clean.status;
    let as_it_should_be = between == clean.end && proxy.limit() == clean.limit;
    if complete && !as_it_should_be {
        return wrong(&format!("it is not done:\n{}", outline(&between)));
    }
    proxy.disarm();
    match finish(clean, &one, &proxy) {
        Some(why) => wrong(&why),
        None => Ok(ran.status),
    }
}

/// Runs again without a fault, and says in what the end is another one than that of an undisturbed
/// run. What an audit finds of a repair that was cut in two is told once more before it is clean.
pub(super) fn finish(clean: &Clean, one: &Try<'_>, proxy: &FaultProxy) -> Option<String> {
    let mut status = None;
    for _ in 0..2 {
        let again = Try::ended(one.call(proxy.port()).spawn());
        let again = match again {
            Ok((again, _)) => again,
            Err(why) => return Some(format!("the next run {why}")),
        };
        let end = one.held();
        if end != clean.end || proxy.limit() != clean.limit {
            return Some(format!(
                "the next run does not make it good ({}):\n{}{}{}\nfirst:",
                again.status,
                again.stdout,
                again.stderr,
                outline(&end)
            ));
        }
        if again.status == clean.status {
            return None;
        }
        status = Some(again.status);
    }
    Some(format!("the next runs end with {status:?}"))
}

/// What is wrong with what a run said and how it ended.
fn spoken(clean: &Clean, one: &Try<'_>, ran: &Ran, port: u16, fault: Fault) -> Option<String> {
    let said = format!("{}{}", ran.stdout, ran.stderr);
    if said.contains("panicked") || ![0, 1, 3, 4, 5, 10, 11].contains(&ran.status) {
        return Some(format!("ended with {}", ran.status));
    }
    if said.contains(SECRET) || said.contains(&encoded(&one.user)) {
        return Some("tells the password".to_owned());
    }
    if ran.stderr.contains('\x1b') || said.contains('\u{1}') {
        return Some("passes control characters on".to_owned());
    }
    if ran.status == clean.status {
        // What was done in two goes is told in other words; what the account holds decides.
        let compared = clean.scenario.reads && clean.scenario.name != "doctor";
        let told = said.contains("scripted") || fault == Fault::Lie;
        if compared && !told && !told_as(clean, one, ran, port) {
            let answer = one.answer(ran, port);
            return Some(format!(
                "another answer\n{:#?}",
                differences(&answer, &clean.answer)
            ));
        }
        return None;
    }
    let names = [one.user.as_str(), "200@default", &format!(":{port}")];
    if !names.iter().any(|name| said.contains(name)) {
        return Some("does not name what it is about".to_owned());
    }
    let quoted = matches!(fault, Fault::No | Fault::Bad | Fault::Bye | Fault::ByeAfter);
    (quoted && !said.contains("scripted")).then(|| "does not quote the server".to_owned())
}

fn encoded(user: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(format!("\0{user}\0{SECRET}"))
}

/// Whether the answer is that of the undisturbed run.
fn told_as(clean: &Clean, one: &Try<'_>, ran: &Ran, port: u16) -> bool {
    one.answer(ran, port) == clean.answer
}

fn differences(answer: &[Value], clean: &[Value]) -> Vec<String> {
    let texts = |lines: &[Value]| lines.iter().map(Value::to_string).collect::<BTreeSet<_>>();
    let (answer, clean) = (texts(answer), texts(clean));
    let missing = clean.difference(&answer).map(|line| format!("- {line}"));
    let new = answer.difference(&clean).map(|line| format!("+ {line}"));
    missing.chain(new).collect()
}

/// What is wrong with what the account holds after a disturbed run.
pub(super) fn kept(clean: &Clean, held: &Held) -> Option<String> {
    if Try::foreign(held) != Try::foreign(&clean.before) {
        return Some("mail of others is not as it was".to_owned());
    }
    // Nothing is there that is in neither state, and of each no more than in both together.
    let count = |held: &Held| {
        let mut count = std::collections::BTreeMap::new();
        for (_, date, body) in held.values().flatten() {
            *count.entry((date.clone(), body.clone())).or_insert(0) += 1;
        }
        count
    };
    let (before, end, now) = (count(&clean.before), count(&clean.end), count(held));
    for (message, copies) in &now {
        let before = before.get(message).copied().unwrap_or(0);
        let most = before.max(end.get(message).copied().unwrap_or(0));
        // Copies are made before originals go: a move or a repair may stand between the two.
        if *copies > most && clean.scenario.name != "trash" {
            return Some(format!("{copies} copies where {most} may be"));
        }
    }
    for (message, copies) in &end {
        let now = now.get(message).copied().unwrap_or(0);
        if before.contains_key(message) && now < (*copies).min(before[message]) {
            return Some("a message is lost".to_owned());
        }
    }
    None
}
