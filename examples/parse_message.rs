//! Reads a stored message from standard input as Asterisk would: no server.
//!
//!     cargo run --example compose_message | cargo run --example parse_message
#![allow(clippy::print_stdout)]

use std::io::Read;

use vmimap::voicemail::parse::MessageReader;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut reader = MessageReader::new();
    let mut piece = [0; 4096];
    let mut input = std::io::stdin().lock();
    // In pieces of any size; a message of any length takes the same memory.
    loop {
        let count = input.read(&mut piece)?;
        if count == 0 {
            break;
        }
        reader.push(&piece[..count]);
    }
    let stored = reader.finish()?;
    let voicemail = &stored.voicemail;
    println!("for {}@{}", voicemail.extension, voicemail.context);
    println!(
        "from {} <{}>",
        voicemail.caller_name, voicemail.caller_number
    );
    println!(
        "{} s, {} octets of sound",
        voicemail.duration, stored.audio_octets
    );
    // In messages that vmimap has migrated; another one's identity is made from its content.
    println!("migrated: {}", stored.source_key.is_some());
    Ok(())
}
