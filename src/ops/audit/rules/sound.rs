//! Rules about the recording itself, for `--audio`.

use super::super::catalogue::message as code;
use super::structure::format_of;
use super::{Fault, quoted};
use crate::voicemail::audio::{AudioFacts, AudioFault, AudioFormat};
use crate::voicemail::parse::Sound;

/// A recording of at most this many octets is known whole.
const KNOWN: u64 = 4096;

/// What is wrong with a recording. A message without one, or whose recording has no name, has been
/// found wanting already, by its structure.
#[must_use]
pub fn faults(sound: &Sound) -> Vec<Fault> {
    let Some(format) = sound.name.as_deref().and_then(format_of) else {
        return Vec::new();
    };
    let Some((_, octets)) = sound.decoded else {
        return vec![Fault::new(&code::NOT_BASE64, "no base64")];
    };
    if sound.junk {
        let found = "characters that are no base64 among it";
        return vec![Fault::new(&code::NOT_BASE64, found)];
    }
    let mut faults = Vec::new();
    if octets > 0 && !sound.closed {
        faults.push(Fault::new(
            &code::CUT_SHORT,
            "the message ends within its parts",
        ));
    }
    match sound.inspect(format) {
        // Its sizes alone are missing: nothing is cut short, and nothing is played.
        Ok(AudioFacts {
            fill: Some(_),
            shortfall: Some(shortfall),
            ..
        }) => {
            let why = format!("a .{format} file that {shortfall}");
            faults.push(Fault::new(&code::ODD_WAV, why));
        }
        Ok(facts) => {
            if let Some(shortfall) = facts.shortfall {
                faults.push(Fault::new(&code::CUT_SHORT, shortfall.to_string()));
            }
            if facts.odd_header {
                faults.push(Fault::new(&code::ODD_WAV, odd(format)));
            }
        }
        // The header goes on for longer than what is kept of the recording.
        Err(AudioFault::NoAudio) if octets > KNOWN => {
            faults.push(Fault::new(&code::ODD_WAV, odd(format)));
        }
        Err(fault @ (AudioFault::Empty | AudioFault::NoAudio)) => {
            faults.push(Fault::new(&code::EMPTY_RECORDING, fault.to_string()));
        }
        Err(fault) => {
            let name = quoted(&format!(".{format}"));
            faults.push(Fault::new(&code::WRONG_CONTENT, format!("{name} {fault}")));
        }
    }
    faults
}

fn odd(format: AudioFormat) -> String {
    format!("a .{format} file with chunks in other places")
}
