use std::io::{self, Cursor, Read, Seek, SeekFrom};

use proptest::prelude::*;

use super::AudioFormat as F;
use super::*;

fn inspect(format: F, octets: &[u8]) -> Result<AudioFacts, AudioFault> {
    format.inspect(&mut Cursor::new(octets), octets.len() as u64)
}

fn chunk(name: [u8; 4], size: u32, body: &[u8]) -> Vec<u8> {
    [&name[..], &size.to_le_bytes(), body].concat()
}

/// A RIFF file whose data chunk says `promised` and holds `present` octets.
fn riff(tag: u16, rate: u32, bits: u16, promised: u32, present: usize) -> Vec<u8> {
    let mut fmt = Vec::new();
    fmt.extend(tag.to_le_bytes());
    fmt.extend(1_u16.to_le_bytes());
    fmt.extend(rate.to_le_bytes());
    fmt.extend([0, 0, 0, 0, 2, 0]);
    fmt.extend(bits.to_le_bytes());
    let mut out = b"RIFF\0\0\0\0WAVE".to_vec();
    if tag == 0x31 {
        fmt.extend([2, 0, 0x40, 1]);
        out.extend(chunk(*b"fmt ", 20, &fmt));
        out.extend(chunk(*b"fact", 4, &[0; 4]));
    } else {
        out.extend(chunk(*b"fmt ", 16, &fmt));
    }
    out.extend(chunk(*b"data", promised, &vec![0; present]));
    out
}

fn millis(format: F, octets: &[u8]) -> Option<u64> {
    let facts = inspect(format, octets).unwrap();
    assert!(facts.whole(), "{facts:?}");
    facts.millis
}

#[test]
fn the_table_is_in_the_order_of_the_enum() {
    for (at, row) in TABLE.iter().enumerate() {
        assert_eq!(row.format as usize, at, "{}", row.extension);
    }
}

#[test]
fn names_of_formats_are_asterisks() {
    for (option, format) in [
        ("wav49", F::Wav49),
        ("WAV", F::Wav49),
        ("wav", F::Wav),
        ("gsm", F::Gsm),
        ("ulaw", F::Ulaw),
        ("pcm", F::Ulaw),
        ("mu", F::Ulaw),
        ("alaw", F::Alaw),
        ("al", F::Alaw),
        ("slin", F::Sln),
        ("sln16", F::Sln16),
        ("g726-40", F::G726At40),
        ("ogg", F::OggVorbis),
    ] {
        assert_eq!(F::from_option(option), Some(format), "{option}");
    }
    for none in ["", "Wav", "WAV49", "mp3", "txt", "h263"] {
        assert_eq!(F::from_option(none), None, "{none}");
    }
    assert_eq!(F::from_extension("wav49"), None);
}

#[test]
fn every_format_reads_back_its_extension_and_has_a_type() {
    for format in F::all() {
        assert_eq!(F::from_extension(format.extension()), Some(format));
        let json = serde_json::to_string(&format).unwrap();
        assert_eq!(json, format!("\"{}\"", format.extension()));
        assert_eq!(serde_json::from_str::<F>(&json).unwrap(), format);
    }
    assert_eq!(F::Wav49.mime_type(), "audio/x-WAV");
    assert_eq!(F::Gsm.mime_type(), "audio/x-gsm");
    assert_eq!(F::OggVorbis.mime_type(), "application/ogg");
}

#[test]
fn lengths_follow_from_octets() {
    assert_eq!(
        millis(F::Wav, &riff(1, 8000, 16, 30_676, 30_676)),
        Some(1917)
    );
    assert_eq!(
        millis(F::Wav16, &riff(1, 16_000, 16, 32_000, 32_000)),
        Some(1000)
    );
    assert_eq!(
        millis(F::Wav49, &riff(0x31, 8000, 0, 3055, 3055)),
        Some(1880)
    );
    assert_eq!(millis(F::Gsm, &[0xD2; 3135]), Some(1900));
    assert_eq!(millis(F::Ulaw, &[0xFF; 8000]), Some(1000));
    assert_eq!(millis(F::Alaw, &[0xD5; 12_000]), Some(1500));
    assert_eq!(millis(F::G722, &[1; 8000]), Some(1000));
    assert_eq!(millis(F::G729, &[1; 100]), Some(100));
    assert_eq!(millis(F::Ilbc, &[1; 100]), Some(60));
    assert_eq!(millis(F::Sln, &[1; 16_000]), Some(1000));
    assert_eq!(millis(F::G723, &[1; 100]), None);
    assert_eq!(millis(F::OggVorbis, b"OggS and more"), None);
}

#[test]
fn chunks_are_found_in_any_order_with_padding() {
    let plain = riff(1, 8000, 16, 16_000, 16_000);
    let (fmt, data) = (&plain[12..36], &plain[36..]);
    let list = chunk(*b"LIST", 3, b"abc\0");
    let far = chunk(*b"junk", 2000, &[7; 2000]);
    for parts in [
        [&list[..], fmt, data],
        [fmt, &list, data],
        [data, &list, fmt],
        [&far, fmt, data],
        [fmt, data, &far],
    ] {
        let file = [&plain[..12], &parts.concat()].concat();
        let facts = inspect(F::Wav, &file).unwrap();
        assert_eq!((facts.millis, facts.shortfall), (Some(1000), None));
    }
}

#[test]
fn a_pcm_header_asterisk_cannot_read_is_odd() {
    let plain = riff(1, 8000, 16, 16_000, 16_000);
    let (fmt, data) = (&plain[12..36], &plain[36..]);
    let even = chunk(*b"LIST", 4, b"abcd");
    let padded = chunk(*b"LIST", 3, b"abc\0");
    let mut wide_fmt = fmt.to_vec();
    wide_fmt[4] = 18;
    wide_fmt.extend([0, 0]);
    let mut stereo_block = fmt.to_vec();
    stereo_block[20] = 4;
    for (parts, odd) in [
        ([&even[..], fmt, data], false),
        ([fmt, &even, data], false),
        ([fmt, data, &padded], false),
        ([&wide_fmt, &even, data], false),
        // Asterisk forgets the octet of padding and reads on in the middle of a chunk's name.
        ([&padded, fmt, data], true),
        ([fmt, &padded, data], true),
        ([&stereo_block, &even, data], true),
    ] {
        let file = [&plain[..12], &parts.concat()].concat();
        let facts = inspect(F::Wav, &file).unwrap();
        assert_eq!((facts.millis, facts.odd_header), (Some(1000), odd));
        assert_eq!(facts.whole(), !odd);
    }
    // More audio than a signed number can say: Asterisk does not open it.
    let mut long = riff(1, 8000, 16, 1 << 31, 100);
    let len = 44 + (1 << 31);
    long[40..44].copy_from_slice(&(1_u32 << 31).to_le_bytes());
    let facts = F::Wav.inspect(&mut Cursor::new(&long), len).unwrap();
    assert!(facts.odd_header && facts.shortfall.is_none());
}

#[test]
fn a_wav49_header_has_one_layout() {
    let good = riff(0x31, 8000, 0, 650, 650);
    assert!(!inspect(F::Wav49, &good).unwrap().odd_header);
    // The audio begins at the same octet, but the chunks before it are others.
    let other = [
        &good[..12],
        &chunk(*b"fmt ", 18, &good[20..38]),
        &chunk(*b"LIST", 6, b"abcdef"),
        &good[52..],
    ]
    .concat();
    assert_eq!(other.len(), good.len());
    assert!(inspect(F::Wav49, &other).unwrap().odd_header);
    // A header that was never filled in is one Asterisk reads past: it plays to the end.
    for promised in [0, u32::MAX] {
        let facts = inspect(F::Wav49, &riff(0x31, 8000, 0, promised, 650)).unwrap();
        assert_eq!((facts.millis, facts.odd_header), (Some(400), false));
    }
}

#[test]
fn a_header_that_promises_more_than_there_is_is_a_shortfall() {
    for (promised, said) in [(16_000, Some(16_000)), (0, None), (u32::MAX, None)] {
        let facts = inspect(F::Wav, &riff(1, 8000, 16, promised, 8000)).unwrap();
        let shortfall = facts.shortfall.unwrap();
        assert_eq!((shortfall.present, shortfall.promised), (8000, said));
        assert_eq!(facts.millis, Some(500));
        assert!(!facts.whole());
    }
    let facts = inspect(F::Wav49, &riff(0x31, 8000, 0, 650, 300)).unwrap();
    assert_eq!(facts.millis, Some(160));
    assert_eq!(facts.shortfall.unwrap().promised, Some(650));
}

#[test]
fn a_wav_header_that_was_never_filled_in_plays_nothing_until_it_is() {
    let whole = riff(1, 8000, 16, 8000, 8000);
    for promised in [0, u32::MAX] {
        let mut dead = riff(1, 8000, 16, promised, 8000);
        let facts = inspect(F::Wav, &dead).unwrap();
        assert!(facts.odd_header && facts.playable() && !facts.whole());
        facts.fill.unwrap().apply(0, &mut dead);
        assert_eq!(inspect(F::Wav, &dead).unwrap().fill, None);
        assert_eq!((&dead[..4], &dead[8..]), (&whole[..4], &whole[8..]));
        assert_eq!(dead[4..8], 8036_u32.to_le_bytes());
    }
    // More than there is, is played as far as it goes; a header that is odd otherwise is not mended.
    assert_eq!(
        inspect(F::Wav, &riff(1, 8000, 16, 9000, 8000))
            .unwrap()
            .fill,
        None
    );
    let dead = riff(1, 8000, 16, 0, 8000);
    let padded = [&dead[..12], &chunk(*b"LIST", 3, b"abc\0"), &dead[12..]].concat();
    let facts = inspect(F::Wav, &padded).unwrap();
    assert!(facts.fill.is_none() && !facts.playable());
    let len = 44 + (1 << 31);
    let facts = F::Wav.inspect(&mut Cursor::new(&dead), len).unwrap();
    assert!(facts.fill.is_none(), "more than a signed number says");
}

#[test]
fn what_a_recording_holds_is_known_without_its_name() {
    let of = |octets: &[u8]| F::of_content(&mut Cursor::new(octets), octets.len() as u64);
    assert_eq!(of(&riff(1, 8000, 16, 800, 800)), Some(F::Wav));
    assert_eq!(of(&riff(1, 16_000, 16, 800, 800)), Some(F::Wav16));
    assert_eq!(of(&riff(0x31, 8000, 0, 650, 650)), Some(F::Wav49));
    let frame = [&[0xD5][..], &[0x11; 32]].concat();
    assert_eq!(of(&frame.repeat(8)), Some(F::Gsm));
    // Too little to be sure, and what no voicemail is kept in.
    assert_eq!(of(&frame.repeat(7)), None);
    assert_eq!(of(&riff(1, 44_100, 16, 800, 800)), None);
    for other in [&b""[..], b"RIFF", b"RIFF\0\0\0\0WAVE", b"OggS and so on"] {
        assert_eq!(of(other), None);
    }
}

#[test]
fn a_torn_frame_at_the_end_is_a_shortfall() {
    let facts = inspect(F::Gsm, &[0xD2; 100]).unwrap();
    assert_eq!((facts.millis, facts.whole()), (Some(60), false));
}

#[test]
fn a_damaged_frame_does_not_make_speech_something_else() {
    let mut file = [0xD2; 33 * 5];
    file[33] = 0;
    file[66] = 0;
    assert_eq!(inspect(F::Gsm, &file).unwrap().millis, Some(100));
    file[99] = 0;
    let fault = inspect(F::Gsm, &file).unwrap_err();
    assert!(matches!(fault, AudioFault::NotWhatItSays { .. }));
}

#[test]
fn a_header_asterisk_cannot_read_is_odd() {
    let plain = riff(0x31, 8000, 0, 650, 650);
    let file = [&plain[..12], &chunk(*b"LIST", 4, b"abcd"), &plain[12..]].concat();
    let facts = inspect(F::Wav49, &file).unwrap();
    assert_eq!((facts.millis, facts.odd_header), (Some(400), true));
    assert!(!facts.whole());
}

#[test]
fn nothing_and_headers_alone_are_faults() {
    let header = riff(1, 8000, 16, 0, 0);
    assert_eq!(inspect(F::Wav, b""), Err(AudioFault::Empty));
    for cut in [1, 4, 11, 12, 20, 36, 43, 44] {
        assert_eq!(
            inspect(F::Wav, &header[..cut]),
            Err(AudioFault::NoAudio),
            "{cut}"
        );
    }
    assert_eq!(
        inspect(F::Wav49, &riff(0x31, 8000, 0, 650, 64)),
        Err(AudioFault::NoAudio)
    );
    assert_eq!(inspect(F::Gsm, &[0xD2; 32]), Err(AudioFault::NoAudio));
    assert_eq!(inspect(F::OggVorbis, b"Og"), Err(AudioFault::NoAudio));
}

#[test]
fn content_that_is_not_what_the_extension_says_is_a_fault() {
    let pcm = riff(1, 8000, 16, 1600, 1600);
    let gsm_in_riff = riff(0x31, 8000, 0, 650, 650);
    for (format, octets, found) in [
        (
            F::Wav49,
            &pcm[..],
            "PCM with 16 bits, 1 channel(s), 8000 Hz",
        ),
        (
            F::Wav,
            &gsm_in_riff,
            "GSM with 1 channel(s), 8000 Hz (a .WAV file)",
        ),
        (F::Wav16, &pcm, "PCM with 16 bits, 1 channel(s), 8000 Hz"),
        (F::Wav, &riff(7, 8000, 8, 800, 800), "mu-law in a RIFF file"),
        (F::Wav, &[0xD2; 330], "what may be bare GSM frames"),
        (F::Wav, &[0; 330], "nothing but zeros"),
        (F::Gsm, &pcm, "a RIFF file"),
        (F::Ulaw, &pcm, "a RIFF file"),
        (F::G723, b"OggS", "an Ogg file"),
        (F::OggVorbis, b"ID3 and so on", "an MP3 file"),
    ] {
        let fault = AudioFault::NotWhatItSays {
            found: found.into(),
        };
        assert_eq!(inspect(format, octets), Err(fault));
    }
}

/// A file of zeros of any length that counts what is read of it.
struct Huge {
    head: Vec<u8>,
    at: u64,
    read: usize,
}

impl Read for Huge {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        for octet in &mut *out {
            let at = usize::try_from(self.at).unwrap();
            *octet = self.head.get(at).copied().unwrap_or(0);
            self.at += 1;
        }
        self.read += out.len();
        Ok(out.len())
    }
}

impl Seek for Huge {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        if let SeekFrom::Start(at) = to {
            self.at = at;
        }
        Ok(self.at)
    }
}

#[test]
fn a_huge_or_endless_recording_is_not_read_through() {
    let mut head = b"RIFF\0\0\0\0WAVE".to_vec();
    head.extend(b"junk\0\0\0\0".repeat(100_000));
    for head in [head, riff(1, 8000, 16, 4_000_000_000, 0)] {
        let mut file = Huge {
            head,
            at: 0,
            read: 0,
        };
        let _ = F::Wav.inspect(&mut file, u64::MAX);
        assert!(file.read < 4096, "{}", file.read);
    }
}

proptest! {
    #[test]
    fn no_octets_make_the_inspection_panic(
        octets in proptest::collection::vec(any::<u8>(), 0..300),
        len in any::<u64>(),
    ) {
        let file = [b"RIFF\0\0\0\0WAVE", &octets[..]].concat();
        for format in F::all() {
            let _ = inspect(format, &octets);
            let _ = inspect(format, &file);
            let _ = format.inspect(&mut Cursor::new(&file), len);
        }
    }
}

#[test]
fn a_second_of_speech_takes_what_the_coding_says() {
    let rate = |name| AudioFormat::from_option(name).unwrap().octets_per_second();
    for (name, octets) in [
        ("wav49", 1625),
        ("gsm", 1650),
        ("wav", 16_000),
        ("ilbc", 1667),
    ] {
        assert_eq!(rate(name), Some(octets), "{name}");
    }
    assert_eq!((rate("ogg"), rate("g723")), (None, None));
}
