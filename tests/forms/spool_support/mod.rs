//! A spool in a temporary directory, made by hand or unpacked from the recording.
#![allow(dead_code)] // not every test file uses everything

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tempfile::TempDir;
use vmimap::spool::{BoxScan, ScanOptions, Spool, SpoolEntry};
use vmimap::voicemail::folder::VoicemailFolder;
use vmimap::voicemail::notice::Notice;
use vmimap::voicemail::vmbox::VoicemailBox;

/// 2026-11-24: after the recorded messages, so that none of them is to come.
pub const NOW: u64 = 1_795_500_000;

pub const TXT: &str = ";\n; Message Information file\n;\n[message]\norigmailbox=100\ncontext=phones\n\
    exten=s\nrdnis=unknown\npriority=2\ncallerchan=SIP/100\n\
    callerid=\"Ada Lovelace\" <5551001>\norigdate=Mon Nov 23 09:52:41 AM UTC 2026\n\
    origtime=1795427561\ncategory=\nmsg_id=1795427561-00000002\nflag=\nduration=1\n";

/// Unpacks the recorded spool.
pub fn recorded() -> (TempDir, Spool) {
    let dir = tempfile::tempdir().unwrap();
    let archive = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/genuine-spool.tar.gz");
    let status = Command::new("tar")
        .arg("-xzf")
        .arg(archive)
        .arg("-C")
        .arg(dir.path())
        .status()
        .unwrap();
    assert!(status.success());
    let spool = Spool::open(dir.path().join("voicemail")).unwrap();
    (dir, spool)
}

pub fn options() -> ScanOptions {
    ScanOptions {
        patience: Duration::from_millis(200),
        now: Some(UNIX_EPOCH + Duration::from_secs(NOW)),
        ..ScanOptions::default()
    }
}

/// A second of 16-bit silence at 8 kHz in a RIFF file.
pub fn pcm_wav(seconds: u32) -> Vec<u8> {
    let data = seconds * 16_000;
    let mut out = Vec::new();
    out.extend(b"RIFF");
    out.extend((data + 36).to_le_bytes());
    out.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    out.extend(8000_u32.to_le_bytes());
    out.extend(16_000_u32.to_le_bytes());
    out.extend(b"\x02\0\x10\0data");
    out.extend(data.to_le_bytes());
    out.resize(44 + data as usize, 0);
    out
}

/// GSM in a RIFF file, in blocks of 40 ms.
pub fn wav49(blocks: u32) -> Vec<u8> {
    let data = blocks * 65;
    let mut out = Vec::new();
    out.extend(b"RIFF");
    out.extend((data + 52).to_le_bytes());
    out.extend(b"WAVEfmt \x14\0\0\0\x31\0\x01\0");
    out.extend(8000_u32.to_le_bytes());
    out.extend(1625_u32.to_le_bytes());
    out.extend(b"\x41\0\0\0\x02\0\x40\x01fact\x04\0\0\0");
    out.extend((blocks * 320).to_le_bytes());
    out.extend(b"data");
    out.extend(data.to_le_bytes());
    out.resize(60 + data as usize, 0xD2);
    out
}

/// Bare GSM frames of 20 ms.
pub fn gsm(frames: usize) -> Vec<u8> {
    let mut frame = [0x11_u8; 33];
    frame[0] = 0xD1;
    frame.repeat(frames)
}

/// A spool with one box, 100@default.
pub struct Bench {
    pub dir: TempDir,
}

impl Bench {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("spool/default/100")).unwrap();
        Self { dir }
    }

    pub fn root(&self) -> PathBuf {
        self.dir.path().join("spool")
    }

    pub fn path(&self, below_box: &str) -> PathBuf {
        self.root().join("default/100").join(below_box)
    }

    /// Writes a file of the box, as old as the recorded ones.
    pub fn put(&self, below_box: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path(below_box);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        self.age(below_box, 3600);
        self
    }

    /// Makes a file look written so many seconds ago.
    pub fn age(&self, below_box: &str, seconds: u64) -> &Self {
        let file = fs::File::options()
            .write(true)
            .open(self.path(below_box))
            .unwrap();
        file.set_modified(time(NOW - seconds)).unwrap();
        self
    }

    /// A whole message in one format.
    pub fn message(&self, folder: &str, number: u32) -> &Self {
        self.put(&format!("{folder}/msg{number:04}.txt"), TXT);
        self.put(&format!("{folder}/msg{number:04}.wav"), pcm_wav(1))
    }

    pub fn scan(&self) -> BoxScan {
        self.scan_with(&options())
    }

    pub fn scan_with(&self, options: &ScanOptions) -> BoxScan {
        let spool = Spool::open(self.root()).unwrap();
        spool.scan_box(&VoicemailBox::new("100", "default"), options)
    }

    pub fn box_notices(&self) -> Vec<Notice> {
        Spool::open(self.root()).unwrap().boxes().unwrap().notices
    }
}

pub fn time(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

/// Codes and places, in order.
pub fn codes(notices: &[Notice]) -> Vec<(&str, &str)> {
    notices.iter().map(|n| (n.code, n.place.as_str())).collect()
}

pub fn find(scan: &BoxScan, folder: VoicemailFolder, number: u32) -> &SpoolEntry {
    scan.entries
        .iter()
        .find(|entry| entry.folder == folder && entry.number == number)
        .unwrap()
}
