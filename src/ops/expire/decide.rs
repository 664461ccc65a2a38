//! What a policy says about the messages of one box, and why.
//!
//! Pure. Invariants: of a held box nothing goes; a message without a readable and possible time does
//! not go;
//! what one rule takes does not count for the next; judged again, what stays stays.

use std::cmp::Reverse;

use crate::ops::expunge::message::Message;
use crate::ops::expunge::select::{Choice, Chooser, Decided, Needs, folder_of};
use crate::ops::octets::Octets;
use crate::voicemail::message::can_be_left;
use crate::voicemail::vmbox::VoicemailBox;

use super::rules::{Policy, Rule};

/// A state at planning has to last until the end: nobody should lose what was marked as new again.
const NEEDS: Needs = Needs {
    state: true,
    deleted: false,
};

/// What is known of one message while the rules go by.
#[derive(Default)]
struct Verdict {
    removed: Option<String>,
    kept: Vec<String>,
    untold: bool,
}

impl Chooser for Policy {
    fn choose(&self, owners: &[&VoicemailBox], messages: &[Message]) -> Vec<Decided> {
        if let Some(hold) = self.hold(owners) {
            let held = Decided {
                choice: Choice::Keep,
                why: format!("hold {hold}"),
            };
            return vec![held; messages.len()];
        }
        let mut verdicts: Vec<Verdict> = messages.iter().map(|_| Verdict::default()).collect();
        let rules = self.rules.iter();
        for rule in rules.filter(|rule| owners.iter().all(|owner| rule.takes_box(owner))) {
            apply(rule, self.now, messages, &mut verdicts);
        }
        verdicts.iter().map(decided).collect()
    }
}

fn decided(verdict: &Verdict) -> Decided {
    let choice = match (&verdict.removed, verdict.untold) {
        (Some(_), _) => Choice::Remove(NEEDS),
        (None, true) => Choice::Untold("and possible Orig-time"),
        (None, false) => Choice::Keep,
    };
    let kept = || match verdict.kept.as_slice() {
        [] => "no rule is about it".to_owned(),
        reasons => reasons.join("; "),
    };
    Decided {
        choice,
        why: verdict.removed.clone().unwrap_or_else(kept),
    }
}

fn apply(rule: &Rule, now: i64, messages: &[Message], verdicts: &mut [Verdict]) {
    let about: Vec<usize> = (0..messages.len())
        .filter(|at| verdicts[*at].removed.is_none() && is_about(rule, &messages[*at]))
        .collect();
    let told: Vec<usize> = verdicts.iter().map(|one| one.kept.len()).collect();
    let mut judged = Judged {
        rule,
        messages,
        verdicts,
    };
    judged.undated(now, &about);
    judged.by_age(now, &about);
    // What Asterisk or a mail program will expunge is not what a box holds; and what tells no time
    // has no place among the others.
    let mut counted: Vec<usize> = about
        .iter()
        .copied()
        .filter(|at| !messages[*at].flags.deleted && left(&messages[*at], now).is_some())
        .collect();
    counted.sort_by_key(|at| Reverse((messages[*at].origtime, messages[*at].uid)));
    judged.by_number(&counted);
    judged.by_size(&counted);
    for at in about {
        let verdict = &mut judged.verdicts[at];
        if verdict.removed.is_none() && verdict.kept.len() == told[at] {
            verdict
                .kept
                .push(format!("{}: within its limits", rule.name));
        }
    }
}

/// When a message was left, if that can be: a phone system whose clock was not set tells 1970, and
/// what was left under a clock that ran ahead would count as the newest for years.
fn left(message: &Message, now: i64) -> Option<i64> {
    message.origtime.filter(|time| can_be_left(*time, now))
}

fn is_about(rule: &Rule, message: &Message) -> bool {
    let folder = message.home.map(|home| folder_of(home, message.flags));
    let in_folder = folder.is_some_and(|folder| rule.folders.contains(&folder));
    (rule.folders.is_empty() || in_folder) && message.is_in(&rule.states, !rule.folders.is_empty())
}

/// One rule's view of the messages.
struct Judged<'a> {
    rule: &'a Rule,
    messages: &'a [Message],
    verdicts: &'a mut [Verdict],
}

impl Judged<'_> {
    fn undated(&mut self, now: i64, about: &[usize]) {
        for at in about {
            let message = &self.messages[*at];
            if left(message, now).is_none() {
                let verdict = &mut self.verdicts[*at];
                verdict.untold = true;
                let tells = match message.origtime {
                    None => "does not tell when it was left",
                    Some(_) => "tells a time when it cannot have been left",
                };
                verdict.kept.push(format!("{}: {tells}", self.rule.name));
            }
        }
    }

    fn by_age(&mut self, now: i64, about: &[usize]) {
        let Some(age) = self.rule.older_than else {
            return;
        };
        let before = now.saturating_sub(i64::try_from(age).unwrap_or(i64::MAX));
        for at in about {
            match left(&self.messages[*at], now) {
                None => {}
                Some(left) if left < before => {
                    self.beyond(*at, &format!("older than {}", span(age)));
                }
                Some(_) => {
                    let why = format!("{}: not older than {}", self.rule.name, span(age));
                    self.verdicts[*at].kept.push(why);
                }
            }
        }
    }

    fn by_number(&mut self, counted: &[usize]) {
        let Some(most) = self.rule.keep_newest else {
            return;
        };
        let mut number = 0;
        for at in self.staying(counted) {
            number += 1;
            if number > most {
                self.beyond(at, &format!("number {number} of at most {most}"));
            }
        }
    }

    fn by_size(&mut self, counted: &[usize]) {
        let Some(most) = self.rule.max_size else {
            return;
        };
        let mut octets = 0_u64;
        for at in self.staying(counted) {
            octets = octets.saturating_add(self.messages[at].size);
            if octets > most {
                let why = format!("beyond the newest {}", Octets(most));
                self.beyond(at, &why);
            }
        }
    }

    /// Those that no limit has taken yet.
    fn staying(&self, counted: &[usize]) -> Vec<usize> {
        let stays = |at: &usize| self.verdicts[*at].removed.is_none();
        counted.iter().copied().filter(stays).collect()
    }

    /// A limit is passed; the message goes unless something keeps it.
    fn beyond(&mut self, at: usize, limit: &str) {
        let name = &self.rule.name;
        let message = &self.messages[at];
        let verdict = &mut self.verdicts[at];
        if self.rule.keep_unheard && !message.flags.seen {
            verdict
                .kept
                .push(format!("{name}: {limit}, but nobody has heard it"));
        } else if verdict.removed.is_none() {
            verdict.removed = Some(format!("{name}: {limit}"));
        }
    }
}

/// `90d`, `12h`, `90s`: in the largest unit that is whole.
fn span(seconds: u64) -> String {
    for (unit, size) in [("d", 86_400), ("h", 3_600), ("m", 60)] {
        if seconds > 0 && seconds.is_multiple_of(size) {
            return format!("{}{unit}", seconds / size);
        }
    }
    format!("{seconds}s")
}

#[cfg(test)]
mod tests;
