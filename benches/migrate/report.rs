//! The result: a table for people, `target/bench/migrate.json` for everything else.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::json;

use crate::Settings;
use crate::corpus::Corpus;
use crate::measure::Sample;
use crate::peers::Peer;
use crate::round::Row;
use crate::spread::Spread;

fn median_wall(rows: &[Row], peer: Peer) -> Option<f64> {
    let row = rows
        .iter()
        .find(|row| row.peer == peer && row.faults.is_empty())?;
    Spread::wall(&row.samples).map(|spread| spread.median)
}

/// Prints the table, the ratios and what is not to be believed.
pub fn print(settings: &Settings, corpus: &Corpus, rows: &[Row]) {
    println!(
        "\n{} rounds, {}{}",
        settings.runs,
        corpus.describe(),
        way(settings.rtt)
    );
    println!(
        "{:17} {:>9} {:>9} {:>9} {:>9} {:>9} {:>10}",
        "", "min s", "median s", "max s", "msg/s", "CPU s", "peak MiB"
    );
    for row in rows {
        let (Some(wall), Some(cpu), Some(peak)) = (
            Spread::wall(&row.samples),
            Spread::cpu(&row.samples),
            Spread::peak(&row.samples),
        ) else {
            println!("{:17} did not finish", row.peer.name());
            continue;
        };
        #[allow(clippy::cast_precision_loss)]
        let rate = corpus.messages as f64 / wall.median;
        println!(
            "{:17} {:9.3} {:9.3} {:9.3} {:9.0} {:9.2} {:10.1}",
            row.peer.name(),
            wall.min,
            wall.median,
            wall.max,
            rate,
            cpu.median,
            peak.max
        );
    }
    println!();
    for (text, value) in comparisons(rows) {
        println!("{text}: {value:.2}x");
    }
    for row in rows {
        for fault in &row.faults {
            println!("NOT TO BE BELIEVED: {}: {fault}", row.peer.name());
        }
    }
}

fn way(rtt: Duration) -> String {
    if rtt.is_zero() {
        String::new()
    } else {
        format!(", {} ms of round trip", rtt.as_millis())
    }
}

/// Ratios of medians, all from this run.
fn comparisons(rows: &[Row]) -> Vec<(String, f64)> {
    let mut found = Vec::new();
    for ours in [
        Peer::Vmimap,
        Peer::VmimapNoVerify,
        Peer::VmimapOne,
        Peer::VmimapOneNoVerify,
    ] {
        let Some(own) = median_wall(rows, ours) else {
            continue;
        };
        if let Some(floor) = median_wall(rows, Peer::Blast) {
            found.push((
                format!("{} takes, of the raw blast's time", ours.name()),
                own / floor,
            ));
        }
        for peer in [Peer::Mailutil, Peer::Mbsync, Peer::Imapsync, Peer::Sync] {
            if let Some(theirs) = median_wall(rows, peer) {
                let text = format!("{} is faster than {} by", ours.name(), peer.name());
                found.push((text, theirs / own));
            }
        }
    }
    found
}

/// Writes the same, with every single sample, below the target folder.
pub fn write_json(settings: &Settings, corpus: &Corpus, rows: &[Row]) {
    let row = |row: &Row| {
        let sample = |sample: &Sample| {
            json!({
                "wall_s": sample.wall.as_secs_f64(),
                "user_s": sample.user.as_secs_f64(),
                "system_s": sample.system.as_secs_f64(),
                "peak_kib": sample.peak_kib,
            })
        };
        json!({
            "peer": row.peer.name(),
            "wall_s": Spread::wall(&row.samples).map(Spread::json),
            "cpu_s": Spread::cpu(&row.samples).map(Spread::json),
            "peak_mib": Spread::peak(&row.samples).map(Spread::json),
            "samples": row.samples.iter().map(sample).collect::<Vec<_>>(),
            "faults": row.faults,
        })
    };
    let ratios = comparisons(rows).into_iter();
    let ratios = ratios.map(|(text, value)| json!({ "what": text, "times": value }));
    let document = json!({
        "format": 1,
        "runs": settings.runs,
        "jobs": settings.jobs,
        "sizes": if settings.small { "small" } else { "mixed" },
        "rtt_ms": u64::try_from(settings.rtt.as_millis()).unwrap(),
        "mailboxes": corpus.extensions.len(),
        "messages": corpus.messages,
        "audio_bytes": corpus.audio_bytes,
        "message_bytes": corpus.message_bytes,
        "rows": rows.iter().map(row).collect::<Vec<_>>(),
        "ratios": ratios.collect::<Vec<_>>(),
    });
    let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_owned());
    let dir = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(target)
        .join("bench");
    fs::create_dir_all(&dir).unwrap();
    let path = dir.join("migrate.json");
    fs::write(
        &path,
        serde_json::to_string_pretty(&document).unwrap() + "\n",
    )
    .unwrap();
    println!("\nwritten: {}", path.display());
}
