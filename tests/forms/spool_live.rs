//! A spool in use: locks, changes under way, and a great many messages.

use crate::spool_support;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use spool_support::{Bench, TXT, codes, gsm, options, pcm_wav, wav49};
use vmimap::spool::ScanOptions;
use vmimap::voicemail::folder::VoicemailFolder::Inbox;

const IN: &str = "default/100/INBOX";

fn patience(millis: u64) -> ScanOptions {
    ScanOptions {
        patience: Duration::from_millis(millis),
        ..options()
    }
}

#[test]
fn an_old_lock_is_not_waited_for_and_not_removed() {
    let bench = Bench::new();
    bench
        .message("INBOX", 0)
        .put("INBOX/.lock", "")
        .age("INBOX/.lock", 301);
    let start = Instant::now();
    let scan = bench.scan_with(&patience(60_000));
    assert!(start.elapsed() < Duration::from_secs(30));
    assert_eq!(codes(&scan.notices), [("VMS005", IN)]);
    assert_eq!(scan.entries.len(), 1);
    assert!(bench.path("INBOX/.lock").exists());
}

#[test]
fn a_lock_that_goes_away_is_waited_for_in_silence() {
    let bench = Bench::new();
    bench
        .message("INBOX", 0)
        .put("INBOX/.lock", "")
        .age("INBOX/.lock", 1);
    let lock = bench.path("INBOX/.lock");
    let scan = thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(150));
            fs::remove_file(&lock).unwrap();
        });
        bench.scan_with(&patience(60_000))
    });
    assert_eq!(codes(&scan.notices), []);
    assert_eq!(scan.entries.len(), 1);
}

#[test]
fn a_folder_that_stays_locked_and_still_is_read_with_a_warning() {
    let bench = Bench::new();
    bench
        .message("INBOX", 0)
        .put("INBOX/.lock", "")
        .age("INBOX/.lock", 1);
    let start = Instant::now();
    let scan = bench.scan_with(&patience(200));
    assert!(start.elapsed() >= Duration::from_millis(200));
    assert_eq!(codes(&scan.notices), [("VMS006", IN)]);
    assert_eq!(scan.entries.len(), 1);
    assert!(scan.complete());
}

#[test]
fn a_folder_that_stays_locked_and_moves_is_busy() {
    let bench = Bench::new();
    bench.message("INBOX", 0).message("Old", 0);
    bench.put("INBOX/.lock", "").age("INBOX/.lock", 1);
    let done = AtomicBool::new(false);
    let scan = thread::scope(|scope| {
        scope.spawn(|| {
            for n in 1.. {
                if done.load(Ordering::Relaxed) {
                    break;
                }
                bench.message("INBOX", n);
                thread::sleep(Duration::from_millis(20));
            }
        });
        let scan = bench.scan_with(&patience(300));
        done.store(true, Ordering::Relaxed);
        scan
    });
    assert_eq!(scan.busy, [Inbox]);
    assert_eq!(codes(&scan.notices), [("VMS007", IN)]);
    assert_eq!(scan.entries.len(), 1, "the other folder is read");
    assert!(!scan.complete());
}

#[test]
fn a_flock_is_honoured_and_a_left_over_lock_file_is_not() {
    let bench = Bench::new();
    bench.message("INBOX", 0).put("INBOX/lock", "");
    assert_eq!(codes(&bench.scan().notices), []);
    let file = fs::File::open(bench.path("INBOX/lock")).unwrap();
    flock(&file, FlockOperation::LockExclusive).unwrap();
    assert_eq!(codes(&bench.scan().notices), [("VMS006", IN)]);
}

/// Renumbering is what Asterisk does when an owner hangs up: every pair read must belong together.
#[test]
fn a_message_renumbered_while_read_is_never_mixed_up_with_another() {
    let bench = Bench::new();
    for n in 0..40 {
        let txt = TXT.replace("duration=1", &format!("duration={n}"));
        bench.put(&format!("INBOX/msg{n:04}.txt"), txt);
        bench.put(&format!("INBOX/msg{n:04}.wav"), pcm_wav(n));
    }
    fs::remove_file(bench.path("INBOX/msg0000.txt")).unwrap();
    fs::remove_file(bench.path("INBOX/msg0000.wav")).unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            // Shift everything down by one and up again, as fast as can be.
            while !done.load(Ordering::Relaxed) {
                for (from, to) in (1..40)
                    .map(|n| (n, n - 1))
                    .chain((0..39).rev().map(|n| (n, n + 1)))
                {
                    for extension in ["wav", "txt"] {
                        let path = |n| bench.path(&format!("INBOX/msg{n:04}.{extension}"));
                        fs::rename(path(from), path(to)).unwrap();
                    }
                }
            }
        });
        let scans: Vec<_> = (0..30).map(|_| bench.scan()).collect();
        // Before any assertion: a panic here would wait for the other thread for ever.
        done.store(true, Ordering::Relaxed);
        assert!(scans.iter().any(|scan| !scan.entries.is_empty()));
        for entry in scans.iter().flat_map(|scan| &scan.entries) {
            assert_eq!(entry.envelope.duration, Some(entry.duration));
        }
        for notice in scans.iter().flat_map(|scan| &scan.notices) {
            // Without a lock, which Asterisk would hold, half a set may really be there; damage
            // and durations that differ would mean that two messages were mixed.
            let harmless = matches!(
                notice.code,
                "VMS010" | "VMS011" | "VMS018" | "VMS019" | "VMS034"
            );
            assert!(harmless, "{notice}");
        }
    });
}

/// An owner hears messages and saves them as new again while the box is read: one message is in
/// one place at any moment, so it must not be found in two.
#[test]
fn a_message_moved_between_folders_while_read_is_found_once() {
    let bench = Bench::new();
    for n in 0..60 {
        let txt = TXT.replace("00000002", &format!("{n:08}"));
        bench.message("INBOX", n);
        bench.put(&format!("INBOX/msg{n:04}.txt"), txt);
    }
    fs::create_dir(bench.path("Old")).unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let there_and_back = [("INBOX", "Old"), ("Old", "INBOX")];
            for (n, (from, to)) in (0..60).cycle().zip(there_and_back.iter().cycle()) {
                for extension in ["wav", "txt"] {
                    let path = |folder| bench.path(&format!("{folder}/msg{n:04}.{extension}"));
                    if path(from).exists() {
                        fs::rename(path(from), path(to)).unwrap();
                    }
                }
                if done.load(Ordering::Relaxed) {
                    break;
                }
                thread::sleep(Duration::from_micros(300));
            }
        });
        let scans: Vec<_> = (0..25).map(|_| bench.scan()).collect();
        done.store(true, Ordering::Relaxed);
        for scan in &scans {
            let mut ids: Vec<_> = scan.entries.iter().map(|e| &e.envelope.msg_id).collect();
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), scan.entries.len());
            // What was missed is not passed over in silence.
            let told = scan.entries.len() == 60 || scan.errors() > 0 || !scan.deferred.is_empty();
            assert!(told, "{} of 60", scan.entries.len());
        }
    });
}

#[test]
fn a_box_at_rest_is_not_outdated_and_one_with_a_new_name_in_it_is() {
    let bench = Bench::new();
    bench.message("INBOX", 0).message("Old", 0);
    let scan = bench.scan();
    assert!(!scan.as_of.outdated());
    bench.message("Old", 1);
    assert!(scan.as_of.outdated());
    assert!(!bench.scan().as_of.outdated());
    fs::create_dir(bench.path("Work")).unwrap();
    assert!(scan.as_of.outdated());
}

#[test]
fn five_thousand_messages_are_read_quickly_and_completely() {
    let bench = Bench::new();
    let (wav, big, bare) = (pcm_wav(1), wav49(25), gsm(50));
    for n in 0..5000 {
        let at = |extension| bench.path(&format!("INBOX/msg{n:04}.{extension}"));
        if n == 0 {
            fs::create_dir(bench.path("INBOX")).unwrap();
        }
        fs::write(at("txt"), TXT).unwrap();
        fs::write(at("wav"), &wav[..]).unwrap();
        fs::write(at("WAV"), &big[..]).unwrap();
        fs::write(at("gsm"), &bare[..]).unwrap();
    }
    let start = Instant::now();
    let scan = bench.scan();
    let took = start.elapsed();
    assert_eq!(scan.entries.len(), 5000);
    assert_eq!(codes(&scan.notices), []);
    println!("5000 messages in {took:?}");
    // Generous: debug builds on a loaded machine.
    assert!(took < Duration::from_secs(5), "{took:?}");
}
