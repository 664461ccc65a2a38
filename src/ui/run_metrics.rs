//! What every verb tells Prometheus about its run, beside what the verb itself has measured.
//!
//! When it last succeeded is carried over from the file that is there, so that an alert can ask for
//! it however often the verb has failed since.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use super::metrics::Metrics;
use crate::exit::Exit;

/// A larger file is none of ours.
const MOST: u64 = 64 << 20;

/// Writes the file of one verb's run anew.
///
/// # Errors
/// The system's; the old file then stays as it was.
pub fn write(
    path: &Path,
    verb: &str,
    exit: Exit,
    took: Duration,
    measured: &Metrics,
) -> io::Result<()> {
    let now = jiff::Timestamp::now().as_second();
    let success = format!("vmimap_{verb}_last_success_timestamp_seconds");
    // Findings are what a check is there to find.
    let succeeded = matches!(exit, Exit::Done | Exit::Findings | Exit::Nagios(0..=2));
    let last_success = if succeeded {
        Some(now)
    } else {
        last(path, &success)
    };
    let mut metrics = Metrics::default();
    let mut gauge = |name: &str, help: &str, value: &dyn std::fmt::Display| {
        metrics.gauge(name, help);
        metrics.sample(name, &[], value);
    };
    let name = |tail: &str| format!("vmimap_{verb}_{tail}");
    gauge(
        &name("last_run_timestamp_seconds"),
        "When the last run ended, Unix seconds.",
        &now,
    );
    if let Some(when) = last_success {
        gauge(
            &success,
            "When a run last ended complete, with findings or without, Unix seconds.",
            &when,
        );
    }
    gauge(
        &name("exit_status"),
        "Its exit status; 0 is complete.",
        &status(exit),
    );
    gauge(
        &name("duration_seconds"),
        "How long it took.",
        &format!("{:.3}", took.as_secs_f64()),
    );
    metrics.append(measured);
    metrics.write(path)
}

/// The exit status, and with `--nagios` the one there would be without: alerts are about the run, and
/// what a plugin means by 2 is no misunderstood command line.
fn status(exit: Exit) -> u8 {
    let exit = match exit {
        Exit::Nagios(0) => Exit::Done,
        Exit::Nagios(1 | 2) => Exit::Findings,
        Exit::Nagios(_) => Exit::Incomplete,
        exit => exit,
    };
    exit.code()
}

/// The value a family without labels had in the file that is there.
fn last(path: &Path, name: &str) -> Option<i64> {
    let known = fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() <= MOST);
    let text = known.then(|| fs::read_to_string(path).ok()).flatten()?;
    let mut values = text.lines().filter_map(|line| line.strip_prefix(name));
    values.find_map(|value| value.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_keeps_when_it_last_went_well() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("vmimap.prom");
        let run = |exit| {
            let mut measured = Metrics::default();
            measured.sample("own", &[], 5);
            write(&path, "audit", exit, Duration::from_millis(1500), &measured).unwrap();
            fs::read_to_string(&path).unwrap()
        };
        let success = "vmimap_audit_last_success_timestamp_seconds";
        let text = run(Exit::CannotConnect);
        assert!(!text.contains(success) && text.contains("vmimap_audit_exit_status 10\n"));
        assert!(
            text.contains("vmimap_audit_duration_seconds 1.500\n") && text.ends_with("own 5\n")
        );
        run(Exit::Findings);
        fs::write(&path, format!("{success} 7\n")).unwrap();
        assert!(run(Exit::Failed).contains(&format!("\n{success} 7\n")));
        assert!(!run(Exit::Done).contains(&format!("\n{success} 7\n")));
    }

    #[test]
    fn a_plugins_verdict_is_told_as_the_status_that_the_run_would_have_without() {
        let told = [0, 1, 2, 3].map(|verdict| status(Exit::Nagios(verdict)));
        assert_eq!(told, [0, 4, 4, 3]);
        assert_eq!(status(Exit::CannotConnect), 10);
    }
}
