//! The result: a table for people, `target/bench/daily.json` for everything else.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::peers::Peer;
use crate::spread::Spread;
use crate::{FOLDERS, Row, Settings};

fn median(rows: &[Row], peer: Peer) -> Option<f64> {
    let row = rows
        .iter()
        .find(|row| row.peer == peer && row.faults.is_empty())?;
    Spread::wall(&row.samples).map(|spread| spread.median)
}

/// Ratios of medians, all from this run.
fn comparisons(rows: &[Row]) -> Vec<(String, f64)> {
    let pairs = [
        (Peer::Provision, Peer::PythonCreate),
        (Peer::Provision, Peer::DoveadmCreate),
        (Peer::Quota, Peer::PythonQuota),
        (Peer::Quota, Peer::DoveadmQuota),
        (Peer::QuotaShare, Peer::PythonQuota),
    ];
    pairs
        .into_iter()
        .filter_map(|(ours, theirs)| {
            let ratio = median(rows, ours)? / median(rows, theirs)?;
            let text = format!("{} takes, of the time of {}", ours.name(), theirs.name());
            Some((text, ratio))
        })
        .collect()
}

/// Prints the table, the ratios and what is not to be believed.
pub fn print(settings: &Settings, rows: &[Row]) {
    println!(
        "\n{} rounds, {} accounts, {} folders each, --jobs {}",
        settings.runs,
        settings.accounts,
        FOLDERS.len(),
        settings.jobs
    );
    println!(
        "{:17} {:>9} {:>9} {:>9} {:>12} {:>9} {:>10}",
        "", "min s", "median s", "max s", "ms/account", "CPU s", "peak MiB"
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
        let each = wall.median * 1000.0 / settings.accounts as f64;
        println!(
            "{:17} {:9.3} {:9.3} {:9.3} {:12.2} {:9.2} {:10.1}",
            row.peer.name(),
            wall.min,
            wall.median,
            wall.max,
            each,
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

/// Writes the same below the target folder.
pub fn write_json(settings: &Settings, rows: &[Row]) {
    let row = |row: &Row| {
        json!({
            "peer": row.peer.name(),
            "wall_s": Spread::wall(&row.samples).map(Spread::json),
            "cpu_s": Spread::cpu(&row.samples).map(Spread::json),
            "peak_mib": Spread::peak(&row.samples).map(Spread::json),
            "faults": row.faults,
        })
    };
    let ratios = comparisons(rows).into_iter();
    let ratios = ratios.map(|(text, value)| json!({ "what": text, "times": value }));
    let document = json!({
        "format": 1,
        "runs": settings.runs,
        "accounts": settings.accounts,
        "folders": FOLDERS,
        "jobs": settings.jobs,
        "rows": rows.iter().map(row).collect::<Vec<_>>(),
        "ratios": ratios.collect::<Vec<_>>(),
    });
    let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_owned());
    let dir = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(target)
        .join("bench");
    fs::create_dir_all(&dir).unwrap();
    let path = dir.join("daily.json");
    fs::write(
        &path,
        serde_json::to_string_pretty(&document).unwrap() + "\n",
    )
    .unwrap();
    println!("\nwritten: {}", path.display());
}
