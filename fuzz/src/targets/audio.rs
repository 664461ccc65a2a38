//! Recordings: whatever the octets, little is read, nothing is believed that is not there, and a
//! second, simpler reader of RIFF agrees.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use vmimap::voicemail::audio::{AudioFacts, AudioFault, AudioFormat};

/// The most that looking at a recording may read: its head, and twice eight octets for each of 64
/// chunks and the sixteen of `fmt `.
const MOST_READ: u64 = 512 + 2 * (64 * 8 + 16 + 12);

struct Counting<'d>(Cursor<&'d [u8]>, u64);

impl Read for Counting<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(into)?;
        self.1 += read as u64;
        Ok(read)
    }
}

impl Seek for Counting<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

/// Looks at the octets as every format there is.
pub fn check(data: &[u8]) {
    for format in AudioFormat::all() {
        look(format, data, data.len() as u64);
    }
    // A length that is not the true one: the file shrinks or grows under us.
    let (claim, rest) = super::choice(data);
    for format in [AudioFormat::Wav, AudioFormat::Wav49, AudioFormat::Gsm] {
        let length = (rest.len() as u64 / 2).max(1) << (claim % 64);
        look(format, rest, length);
    }
    whole(data);
}

fn look(format: AudioFormat, octets: &[u8], length: u64) -> Option<AudioFacts> {
    let mut reader = Counting(Cursor::new(octets), 0);
    let looked = format.inspect(&mut reader, length);
    assert!(reader.1 <= MOST_READ, "{format}: read {} octets", reader.1);
    match looked {
        Ok(facts) => {
            if let Some(shortfall) = facts.shortfall {
                assert!(shortfall.present <= length, "{format}: {shortfall}");
                assert!(
                    shortfall
                        .promised
                        .is_none_or(|promised| promised > shortfall.present)
                );
                assert!(!shortfall.to_string().is_empty());
            }
            // No format puts more than a millisecond into an octet.
            if let Some(millis) = facts.millis {
                assert!(millis <= length, "{format}: {millis}");
            }
            if length == octets.len() as u64 {
                agree(format, octets, &facts);
            }
            Some(facts)
        }
        Err(fault) => {
            assert!(!fault.to_string().is_empty());
            assert!(length != 0 || fault == AudioFault::Empty);
            None
        }
    }
}

/// What a naive walk over all octets makes of a RIFF file that was found whole.
fn agree(format: AudioFormat, octets: &[u8], facts: &AudioFacts) {
    let tag = match format {
        AudioFormat::Wav | AudioFormat::Wav16 => 1,
        AudioFormat::Wav49 => 0x31,
        _ => return,
    };
    if !facts.whole() {
        return;
    }
    let (mut at, mut fmt, mut data) = (12, None, None);
    while let Some(head) = octets.get(at..at + 8) {
        let size = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        match &head[..4] {
            b"fmt " if fmt.is_none() => fmt = octets.get(at + 8..at + 24),
            b"data" if data.is_none() => data = octets.get(at + 8..at + 8 + size),
            _ => {}
        }
        at += 8 + size + size % 2;
    }
    let fmt = fmt.expect("whole, so it has a format");
    let data = data.expect("whole, so its audio is there");
    assert_eq!(u16::from_le_bytes([fmt[0], fmt[1]]), tag);
    let rate = u64::from(u32::from_le_bytes([fmt[4], fmt[5], fmt[6], fmt[7]]));
    let length = data.len() as u64;
    let millis = match format {
        AudioFormat::Wav49 => length / 65 * 40,
        _ => length * 1000 / (rate * 2),
    };
    assert_eq!(facts.millis, Some(millis));
}

/// The octets as sound in a faultless file are found whole, and one octet fewer is missed.
fn whole(sound: &[u8]) {
    if sound.len() < 65 {
        return;
    }
    let sound = &sound[..sound.len() / 2 * 2];
    let mut file = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    file.extend(8000_u32.to_le_bytes());
    file.extend(16_000_u32.to_le_bytes());
    file.extend(b"\x02\0\x10\0data");
    file.extend((sound.len() as u32).to_le_bytes());
    file.extend(sound);
    let facts = look(AudioFormat::Wav, &file, file.len() as u64).expect("a faultless file");
    assert!(facts.whole());
    assert_eq!(facts.millis, Some(sound.len() as u64 / 16));
    let cut = &file[..file.len() - 1];
    let facts = look(AudioFormat::Wav, cut, cut.len() as u64).expect("most of it is there");
    let shortfall = facts.shortfall.expect("an octet is missing");
    assert_eq!(shortfall.present, sound.len() as u64 - 1);
    assert_eq!(shortfall.promised, Some(sound.len() as u64));
}
