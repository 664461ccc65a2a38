//! Puts a message into a folder of a file spool, as Asterisk would find it: no server.
//!
//!     mkdir INBOX && cargo run --example write_spool -- INBOX
#![allow(clippy::print_stdout)]

use std::io::Write;

use vmimap::depot::{Dir, Folder, Owner, Stage};
use vmimap::voicemail::source_key::AudioDigest;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("name a folder")?;
    let mut folder = Folder::new(Dir::root(path.as_ref(), Owner::default())?)?;
    let stage = Stage::new(Dir::root(path.as_ref(), Owner::default())?)?;
    // Written under a name that Asterisk does not look at ...
    let mut recording = stage.part(0o644)?;
    recording.file.write_all(&[0xd5; 33])?;
    let txt = b"[message]\norigtime=1795427839\nduration=1\n";
    // ... and given the next free number under Asterisk's own lock. The digest is what tells a
    // recording that a cut run has left from another one; these zeros stand for a SHA-256.
    let number = folder.publish((&stage, recording), "gsm", &AudioDigest([0; 32]), txt)?;
    println!("{path}/msg{number:04}.gsm and .txt");
    Ok(())
}
