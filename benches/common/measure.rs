//! Measures one child process: wall time, processor time, peak memory.
//!
//! GNU time does the counting (`wait4`): it starts the child from a process of its own small
//! size, where a peak inherited from this program would hide the child's.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What one run took.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    pub wall: Duration,
    pub user: Duration,
    pub system: Duration,
    /// Peak resident memory of the largest process, KiB.
    pub peak_kib: u64,
}

/// A command to measure.
#[derive(Debug, Clone)]
pub struct Job {
    pub argv: Vec<String>,
    pub home: String,
}

/// Runs a job; its output goes to `log`. The error is the tail of that log.
pub fn run(job: &Job, log: &Path) -> Result<Sample, String> {
    let times = log.with_extension("time");
    let output = File::create(log).unwrap();
    let mut command = Command::new("/usr/bin/time");
    command
        .args(["--quiet", "--format=%U %S %M", "--output"])
        .arg(&times)
        .args(&job.argv)
        .env("HOME", &job.home)
        .current_dir(&job.home)
        .stdin(Stdio::null())
        .stdout(output.try_clone().unwrap())
        .stderr(output);
    let start = Instant::now();
    let status = command
        .status()
        .map_err(|e| format!("/usr/bin/time: {e}"))?;
    let wall = start.elapsed();
    if !status.success() {
        let text = String::from_utf8_lossy(&std::fs::read(log).unwrap()).into_owned();
        let tail: Vec<_> = text.lines().rev().take(5).collect();
        let tail: Vec<_> = tail.into_iter().rev().collect();
        return Err(format!("{status}: {}", tail.join(" / ")));
    }
    let text = std::fs::read_to_string(times).map_err(|e| e.to_string())?;
    let mut fields = text.split_whitespace();
    let mut next = || {
        fields
            .next()
            .and_then(|field| field.parse::<f64>().ok())
            .unwrap_or(0.0)
    };
    let (user, system) = (
        Duration::from_secs_f64(next()),
        Duration::from_secs_f64(next()),
    );
    let peak_kib = fields
        .next()
        .and_then(|field| field.parse().ok())
        .unwrap_or(0);
    Ok(Sample {
        wall,
        user,
        system,
        peak_kib,
    })
}
