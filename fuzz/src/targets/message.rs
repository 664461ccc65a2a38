//! Messages by Asterisk's rules: where the octets are cut makes no difference, a simpler reader
//! finds the same recording, and what is composed for any caller comes back as it was meant.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use vmimap::voicemail::audio::AudioFormat;
use vmimap::voicemail::compose::{MailProfile, compose_for_caller};
use vmimap::voicemail::message::{HeaderValue, Voicemail};
use vmimap::voicemail::parse::{MessageReader, ReadFault, Sound, StoredVoicemail};
use vmimap::voicemail::source_key::{AudioDigest, SourceKey};
use vmimap::voicemail::vmbox::VoicemailBox;

const HEAD: &str = "X-Asterisk-VM-Context: default\r\nX-Asterisk-VM-Extension: 4123\r\n\
    X-Asterisk-VM-Caller-ID-Name: Ada\r\nX-Asterisk-VM-Orig-time: 1795427839\r\n\
    Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\n\r\ntext\r\n--b\r\n\
    Content-Type: audio/x-gsm; name=\"msg0000.gsm\"\r\n\r\n";

/// Takes the octets for a message, for a recording's part, and for what a caller says of himself.
pub fn check(data: &[u8]) {
    let (cut, rest) = super::choice(data);
    in_pieces(rest, usize::from(cut));
    let message = [HEAD.as_bytes(), rest].concat();
    in_pieces(&message, usize::from(cut));
    recording(rest, &message);
    round_trip(cut, rest);
}

fn read(message: &[u8], piece: usize) -> (Result<StoredVoicemail, ReadFault>, Option<Sound>) {
    let readers = [MessageReader::new(), MessageReader::new()];
    let [whole, sound] = readers.map(|mut reader| {
        message
            .chunks(piece.max(1))
            .for_each(|piece| reader.push(piece));
        reader
    });
    (whole.finish(), sound.into_sound())
}

fn in_pieces(message: &[u8], piece: usize) {
    let whole = read(message, message.len());
    assert_eq!(read(message, piece), whole, "in pieces of {piece}");
    assert_eq!(read(message, 75), whole, "in pieces of 75");
    if let (Ok(stored), Some(sound)) = &whole {
        assert_eq!(stored.total_octets, message.len() as u64);
        assert!(stored.audio_octets <= stored.total_octets * 3 / 4 + 1);
        assert_eq!(sound.decoded, Some((stored.audio, stored.audio_octets)));
        assert_eq!(stored.closed, sound.closed);
        let values = [&stored.voicemail.caller_name, &stored.voicemail.category];
        for value in values {
            assert_eq!(HeaderValue::exact(value.as_str()).as_ref(), Some(value));
        }
        let _ = sound.inspect(stored.voicemail.format);
    }
    if let Err(fault) = &whole.0 {
        assert!(fault.to_string().len() < 1000);
    }
}

/// The recording as it is found with the whole message in hand.
fn recording(part: &[u8], message: &[u8]) {
    let (_, sound) = read(message, message.len());
    let sound = sound.expect("the second part has begun");
    let mut characters = Vec::new();
    let mut closed = false;
    for line in part.split_inclusive(|octet| *octet == b'\n') {
        let bare = line.strip_suffix(b"\n").unwrap_or(line);
        let bare = bare.strip_suffix(b"\r").unwrap_or(bare);
        if line.len() <= 8 * 1024
            && let Some(rest) = line.strip_prefix(b"--b")
        {
            closed = closed || rest.trim_ascii() == b"--" && rest.trim_ascii_end() == b"--";
            if matches!(rest.trim_ascii_end(), b"" | b"--") {
                break;
            }
        }
        characters.extend_from_slice(bare);
    }
    let pad = characters.iter().position(|c| *c == b'=');
    let upto = &characters[..pad.unwrap_or(characters.len())];
    let mut clean: Vec<u8> = upto
        .iter()
        .copied()
        .filter(|c| c.is_ascii_alphanumeric() || b"+/".contains(c))
        .collect();
    // A pad where no octet is complete is no base64; without a pad a character too many is nothing.
    if pad.is_some() && clean.len() % 4 < 2 {
        assert_eq!(sound.decoded, None);
        return;
    }
    if clean.len() % 4 == 1 {
        clean.pop();
    }
    if let Some(last) = clean
        .len()
        .checked_sub(1)
        .filter(|_| !clean.len().is_multiple_of(4))
    {
        let index = STANDARD_ALPHABET
            .iter()
            .position(|c| *c == clean[last])
            .expect("it is clean");
        let kept = if clean.len() % 4 == 2 { 0x30 } else { 0x3c };
        clean[last] = STANDARD_ALPHABET[index & kept];
    }
    while !clean.len().is_multiple_of(4) {
        clean.push(b'=');
    }
    let octets = STANDARD.decode(&clean).expect("clean base64");
    let digest = AudioDigest(Sha256::digest(&octets).into());
    assert_eq!(
        sound.decoded,
        Some((digest, octets.len() as u64)),
        "another reader"
    );
}

const STANDARD_ALPHABET: &[u8; 64] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn round_trip(choice: u8, audio: &[u8]) {
    let text = String::from_utf8_lossy(audio);
    let mut lines = text.split('\n');
    let mut next = || lines.next().unwrap_or_default();
    let format = AudioFormat::all()
        .nth(usize::from(choice) % 32)
        .expect("there are 32");
    let meant = Voicemail {
        context: HeaderValue::lossy(next()),
        extension: HeaderValue::lossy(next()),
        caller_name: HeaderValue::lossy(next()),
        caller_number: HeaderValue::lossy(next()),
        category: HeaderValue::lossy(next()),
        flag: HeaderValue::lossy(next()),
        msg_id: HeaderValue::lossy(next()),
        origtime: 1_795_427_839 + i64::from(choice),
        duration: u32::from(choice),
        priority: i32::from(choice) - 128,
        message_num: u32::from(choice) + 1,
        format,
        greeting: None,
    };
    let profile = MailProfile {
        fullname: next().to_owned(),
        email: next().to_owned(),
        emailsubject: Some(next().to_owned()),
        fromstring: Some(next().to_owned()),
        charset: next().to_owned(),
        emaildateformat: next().to_owned(),
        emailbody: Some(next().to_owned()),
        server_name: text.chars().take(300).collect(),
        ..MailProfile::default()
    };
    let vmbox = VoicemailBox::new("4123", "default");
    let key = SourceKey::new(
        &vmbox,
        "",
        0,
        &AudioDigest([7; 32]),
        1 + u32::from(choice % 3),
    );
    let composed = compose_for_caller(&meant, Some(&text), &profile, &key, audio.len() as u64);
    let mut message = Vec::new();
    composed
        .write_to(&mut &audio[..], &mut message)
        .expect("into memory");
    assert_eq!(message.len() as u64, composed.size());
    assert!(!message.contains(&0));
    for line in message.split_inclusive(|octet| *octet == b'\n') {
        assert!(
            line.ends_with(b"\r\n") && line.len() <= 1000,
            "{}",
            String::from_utf8_lossy(line)
        );
    }
    let (stored, sound) = read(&message, 1 + usize::from(choice));
    let stored = stored.expect("what is composed is read");
    assert_eq!(stored.voicemail, meant);
    assert_eq!(stored.source_key.as_ref(), Some(&key));
    assert_eq!(stored.audio, AudioDigest(Sha256::digest(audio).into()));
    assert_eq!(
        (stored.audio_octets, stored.parts, stored.closed),
        (audio.len() as u64, 2, true)
    );
    assert!(sound.is_some());
}
