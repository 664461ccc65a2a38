//! One file a target; each has `check`, which panics where a promise is broken.
//!
//! Also included by `tests/fuzz.rs`, so nothing here may name libFuzzer.

pub mod audio;
pub mod conf;
pub mod envelope;
pub mod fetch;
pub mod gate;
pub mod journal;
pub mod message;
pub mod name;
pub mod search;

use std::io::Read as _;
use std::os::unix::net::UnixStream;
use std::path::Path;

use tempfile::TempDir;

/// Octets that are tried against a session; more do not fit its socket with what goes around them.
const MOST: usize = 16 * 1024;

/// An answer to the first command of the `imap` crate, EXAMINE INBOX, with this many messages.
fn examined(exists: u32) -> String {
    format!(
        "* {exists} EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 4294967295] ok\r\n\
         a2 OK [READ-ONLY] done\r\n"
    )
}

/// Everything a session has said, once it is gone.
fn said(mut server: UnixStream) -> Vec<u8> {
    let mut said = Vec::new();
    let read = server.read_to_end(&mut said);
    // Answers that nobody read make a reset of the close.
    if let Err(error) = read {
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{error}");
    }
    said
}

/// A folder of one's own, in memory where there is such a place.
fn scratch() -> TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() && std::env::var_os("TMPDIR").is_none() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    };
    made.expect("a temporary folder")
}

/// The first octet and the rest; 0 and nothing where there is none.
fn choice(data: &[u8]) -> (u8, &[u8]) {
    data.split_first()
        .map_or((0, data), |(first, rest)| (*first, rest))
}
