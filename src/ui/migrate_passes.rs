//! The words of a migration that follows the spool: a line a pass, and what is left at the end.
//!
//! Values in, text out; nothing is printed here.

use std::time::Duration;

use crate::ops::migrate::follow::Pass;
use crate::ops::migrate::plan::Octets;
use crate::ops::migrate::readiness::Readiness;

use super::words::plural;

/// `pass 3: 12 of 5000 mailboxes looked at in 1.4 s; 7 appended (52 KiB), 3 put elsewhere`
pub(super) fn pass_line(pass: &Pass) -> String {
    let counts = &pass.counts;
    let mut parts = Vec::new();
    if counts.appended > 0 {
        let size = Octets(counts.octets);
        parts.push(format!("{} appended ({size})", counts.appended));
    }
    let mut part = |n: u64, what: &str| {
        if n > 0 {
            parts.push(format!("{n} {what}"));
        }
    };
    part(counts.updated, "put where the spool has them now");
    part(counts.failed, "failed");
    part(counts.held_back, "held back");
    part(counts.deferred, "still changing");
    part(counts.pending, "not reached");
    if parts.is_empty() {
        parts.push(
            if pass.complete {
                "nothing new"
            } else {
                "nothing done"
            }
            .to_owned(),
        );
    }
    if !pass.complete {
        parts.push("incomplete".to_owned());
    }
    format!(
        "pass {}: {} of {} looked at in {}; {}",
        pass.number,
        pass.looked_at,
        plural(pass.boxes, "mailbox", "mailboxes"),
        length(pass.took),
        parts.join(", ")
    )
}

/// What is left, one thing a line.
pub(super) fn readiness_lines(readiness: &Readiness) -> Vec<String> {
    let of = plural(readiness.mailboxes, "mailbox", "mailboxes");
    let state = if readiness.is_ready() {
        "ready"
    } else {
        "not ready"
    };
    let mut lines = vec![
        format!(
            "Readiness: {state}; {} of {of} have nothing left.",
            readiness.ready
        ),
        format!("  {:>8} in IMAP as the spool has them", readiness.there),
    ];
    let mut line = |n: u64, what: &str| {
        if n > 0 {
            lines.push(format!("  {n:>8} {what}"));
        }
    };
    line(readiness.to_copy, "to append or to put elsewhere");
    line(readiness.changing, "being recorded or changed");
    line(
        readiness.unreadable,
        "locked or unreadable folders and files",
    );
    line(
        readiness.held_back,
        "held back: no room, maxmsg or folder for them",
    );
    line(readiness.failed, "failed");
    line(readiness.mailboxes_failed, "mailboxes failed as a whole");
    line(
        readiness.gone,
        "in IMAP and no longer in the spool: vmimap migrate --prune",
    );
    line(
        readiness.removed,
        "removed by their owners in IMAP, left alone",
    );
    if let Some(took) = readiness.last_pass {
        lines.push(format!("The last pass took {}.", length(took)));
    }
    if let Some(expected) = readiness.expected {
        lines.push(format!("Expect {} for the last run.", length(expected)));
    }
    lines
}

/// `0.3 s`, `12 s`, `4 min 10 s`.
fn length(time: Duration) -> String {
    match time.as_secs() {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        seconds @ 10..120 => format!("{seconds} s"),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::migrate::report::Counts;

    #[test]
    fn a_pass_is_one_line() {
        let mut pass = Pass {
            number: 3,
            boxes: 5000,
            looked_at: 0,
            counts: Counts::default(),
            took: Duration::from_millis(140),
            complete: true,
        };
        assert_eq!(
            pass_line(&pass),
            "pass 3: 0 of 5000 mailboxes looked at in 0.1 s; nothing new"
        );
        pass.counts.appended = 7;
        pass.counts.octets = 53_248;
        pass.counts.updated = 2;
        pass.counts.deferred = 1;
        (pass.looked_at, pass.complete) = (12, false);
        assert_eq!(
            pass_line(&pass),
            "pass 3: 12 of 5000 mailboxes looked at in 0.1 s; 7 appended (52 KiB), \
             2 put where the spool has them now, 1 still changing, incomplete"
        );
    }

    #[test]
    fn only_what_is_left_is_told() {
        let readiness = Readiness {
            mailboxes: 3,
            ready: 2,
            there: 21,
            gone: 1,
            expected: Some(Duration::from_secs(250)),
            ..Readiness::default()
        };
        assert_eq!(
            readiness_lines(&readiness),
            [
                "Readiness: not ready; 2 of 3 mailboxes have nothing left.",
                "        21 in IMAP as the spool has them",
                "         1 in IMAP and no longer in the spool: vmimap migrate --prune",
                "Expect 4 min 10 s for the last run.",
            ]
        );
    }
}
