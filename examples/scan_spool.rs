//! Lists what lies in a file spool, and what is wrong with it; nothing there is touched.
//!
//!     cargo run --example scan_spool -- /var/spool/asterisk/voicemail
#![allow(clippy::print_stdout)]

use vmimap::spool::{ScanOptions, Spool};
use vmimap::voicemail::audio::AudioFormat;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("name a spool")?;
    let spool = Spool::open(&path)?;
    for found in spool.boxes()?.boxes {
        // Waits for Asterisk's lock on each folder, as Asterisk does.
        let scan = spool.scan_box(&found.vmbox, &ScanOptions::default());
        println!("{}: {} messages", found.vmbox, scan.entries.len());
        for entry in &scan.entries {
            // One recording of several: the first whole one in the order they are liked.
            let choice = entry.choose_audio(&[AudioFormat::Wav49, AudioFormat::Gsm]);
            let format = choice.map_or("none", |choice| choice.file.format.extension());
            println!(
                "  {}/msg{:04} left {} (Unix time), {} s, {format}",
                entry.folder, entry.number, entry.origtime, entry.duration
            );
        }
        for notice in &scan.notices {
            println!("  {}: {notice}", notice.severity);
        }
    }
    Ok(())
}
