//! How a change of limits looks: a line per account, then what became of it.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::exit::Exit;
use crate::mailstore::types::Resource;
use crate::ops::octets::Octets;
use crate::ops::quota::catalogue::BELOW_USE;
use crate::ops::quota::set::{Change, Unplanned};

use super::json::line;
use super::words::{errors_in_conf, plural};
use super::{Ui, Volume, sanitize};

/// Shows changes of limits, as text or as JSON lines.
pub struct View<'a> {
    /// The door to the terminal.
    pub ui: &'a Ui,
    /// Whether JSON lines are wanted.
    pub json: bool,
    /// Whether nothing will be sent.
    pub dry_run: bool,
}

/// How a run ended, in numbers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    /// Roots whose limits were changed and read back; in a dry run those that would be.
    pub set: u64,
    /// Roots that had these limits already.
    pub kept: u64,
    /// Roots that could not be changed.
    pub failed: u64,
    /// Roots that were not reached.
    pub left: u64,
    /// Boxes for which no plan could be made.
    pub mailboxes_failed: u64,
    /// Boxes that were not asked about.
    pub mailboxes_left: u64,
    /// Errors in voicemail.conf: boxes may be missing because of them.
    pub input_errors: u64,
}

impl View<'_> {
    /// The plan.
    pub fn plan(&self, changes: &[Change], unplanned: &[Unplanned]) {
        for change in changes {
            if self.json {
                line(self.ui, "change", fields(change));
                continue;
            }
            // A change is always seen before it is made; what stays is news on request only.
            if self.ui.volume == Volume::Verbose
                || self.ui.volume == Volume::Normal && (self.shown() || !change.is_done())
            {
                self.ui.say(&sanitize::text(&sentence(change)));
            }
            for resource in change.below_use() {
                self.ui.error(&format!(
                    "{}: {}: {} of root {:?}: {} ({}) [{}]; {}",
                    BELOW_USE.severity,
                    change.label,
                    resource.name,
                    change.root,
                    BELOW_USE.title,
                    amount(&resource.name, resource.used),
                    BELOW_USE.code,
                    BELOW_USE.cure,
                ));
            }
        }
        for one in unplanned {
            for vmbox in &one.boxes {
                self.ui.error(&format!("{vmbox}: {}", one.why));
                if self.json {
                    let fields = json!({ "mailbox": vmbox, "reason": one.why });
                    line(self.ui, "failure", fields);
                }
            }
        }
    }

    fn shown(&self) -> bool {
        self.dry_run || self.ui.stdout_is_terminal
    }

    /// What became of one change.
    pub fn done(&self, change: &Change, error: Option<&str>) {
        if self.json {
            let fields = json!({
                "account": change.label,
                "root": change.root,
                "done": error.is_none(),
                "error": error,
            });
            line(self.ui, "result", fields);
        }
        if let Some(error) = error {
            self.ui.error(&format!(
                "{} (root {:?}): {error}",
                change.label, change.root
            ));
        }
    }

    /// The end.
    pub fn finish(&self, counts: Counts, interrupted: Option<u8>, exit: Exit) {
        let undone = counts.failed
            + counts.left
            + counts.mailboxes_failed
            + counts.mailboxes_left
            + counts.input_errors;
        if self.json {
            let fields = json!({
                "dry_run": self.dry_run,
                "set": counts.set,
                "kept": counts.kept,
                "failed": counts.failed,
                "left": counts.left,
                "mailboxes_failed": counts.mailboxes_failed,
                "mailboxes_left": counts.mailboxes_left,
                "input_errors": counts.input_errors,
                "complete": undone == 0,
                "interrupted": interrupted,
                "exit": exit.code(),
            });
            line(self.ui, "summary", fields);
            return;
        }
        let text = self.closing(counts);
        if self.ui.volume > Volume::Quiet && self.shown() {
            self.ui.answer(&text);
        } else if undone > 0 {
            self.ui.error(&text);
        }
    }

    fn closing(&self, counts: Counts) -> String {
        let roots = |n: u64| plural(n, "root", "roots");
        let mut text = if self.dry_run {
            format!(
                "Dry run: limits of {} would be set; nothing was changed.",
                roots(counts.set)
            )
        } else {
            format!("Limits of {} set and read back.", roots(counts.set))
        };
        // Writing to a String cannot fail.
        for (n, what) in [
            (counts.kept, "had them already"),
            (counts.failed, "failed"),
            (counts.left, "not reached"),
        ] {
            if n > 0 {
                let _ = write!(text, " {} {what}.", roots(n));
            }
        }
        if counts.input_errors > 0 {
            let _ = write!(text, " {}.", errors_in_conf(counts.input_errors));
        }
        let boxes = counts.mailboxes_failed + counts.mailboxes_left;
        if boxes > 0 {
            let boxes = plural(boxes, "mailbox", "mailboxes");
            let _ = write!(text, " Incomplete: {boxes} without a plan.");
        }
        text
    }
}

fn amount(name: &str, n: u64) -> String {
    if name.eq_ignore_ascii_case("STORAGE") {
        Octets(n.saturating_mul(1024)).to_string()
    } else {
        n.to_string()
    }
}

/// `u1@host:143 (4123@default, also 4124@default), root "User quota": STORAGE 40 KiB -> 80 KiB`.
fn sentence(change: &Change) -> String {
    let names = |boxes: &[crate::voicemail::vmbox::VoicemailBox]| {
        let names: Vec<String> = boxes.iter().map(ToString::to_string).collect();
        names.join(", ")
    };
    let (chosen, others) = change.boxes.split_at(change.chosen.min(change.boxes.len()));
    let also = if others.is_empty() {
        String::new()
    } else {
        format!(", also {}", names(others))
    };
    let what = if change.is_done() {
        "as wanted already".to_owned()
    } else {
        steps(change).join(", ")
    };
    format!(
        "{} ({}{also}), root {:?}: {what}",
        change.label,
        names(chosen),
        change.root
    )
}

/// Old and new of every limit that changes.
fn steps(change: &Change) -> Vec<String> {
    let before = |name: &str| {
        let mut all = change.before.iter();
        all.find(|one| one.name.eq_ignore_ascii_case(name))
    };
    let mut steps: Vec<String> = change
        .after
        .iter()
        .filter_map(|(name, limit)| match before(name) {
            Some(old) if old.limit == *limit => None,
            old => Some(step(name, old.map(|old| old.limit), Some(*limit))),
        })
        .collect();
    let gone = |one: &&Resource| {
        let mut all = change.after.iter();
        !all.any(|(name, _)| name.eq_ignore_ascii_case(&one.name))
    };
    for old in change.before.iter().filter(gone) {
        steps.push(step(&old.name, Some(old.limit), None));
    }
    steps
}

/// `STORAGE 40 KiB -> 80 KiB`, in KiB where rounded both would read the same.
fn step(name: &str, old: Option<u64>, new: Option<u64>) -> String {
    let said = |limit: Option<u64>, say: fn(&str, u64) -> String| {
        limit.map_or_else(|| "no limit".to_owned(), |limit| say(name, limit))
    };
    let (mut before, mut after) = (said(old, amount), said(new, amount));
    if before == after {
        let exactly = |_: &str, kib| format!("{kib} KiB");
        (before, after) = (said(old, exactly), said(new, exactly));
    }
    format!("{name} {before} -> {after}")
}

fn fields(change: &Change) -> Value {
    let after: Vec<Value> = change
        .after
        .iter()
        .map(|(name, limit)| json!({ "name": name, "limit": limit }))
        .collect();
    let below: Vec<&str> = change
        .below_use()
        .iter()
        .map(|resource| resource.name.as_str())
        .collect();
    json!({
        "account": change.label,
        "root": change.root,
        "mailboxes": change.boxes,
        "chosen": change.chosen,
        "before": change.before,
        "after": after,
        "action": if change.is_done() { "keep" } else { "set" },
        "below_use": below,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_limits_never_read_the_same() {
        for (name, old, new, said) in [
            ("STORAGE", Some(40), Some(80), "STORAGE 40 KiB -> 80 KiB"),
            (
                "STORAGE",
                Some(2000),
                Some(2048),
                "STORAGE 2000 KiB -> 2048 KiB",
            ),
            ("STORAGE", None, Some(2048), "STORAGE no limit -> 2.0 MiB"),
            ("MESSAGE", Some(5), None, "MESSAGE 5 -> no limit"),
        ] {
            assert_eq!(step(name, old, new), said);
        }
    }
}
