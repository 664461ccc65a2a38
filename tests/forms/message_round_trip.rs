//! `parse(compose(v)) == v` for anything: voicemails, hostile settings, recordings, chunkings;
//! and what every composed message must be, seen by an independent mail parser.
use mail_parser::{MessageParser, MimeHeaders};
use proptest::collection::vec;
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use vmimap::voicemail::audio::AudioFormat;
use vmimap::voicemail::compose::{Composed, MailProfile, Zone, compose_for_caller};
use vmimap::voicemail::header::VmHeader;
use vmimap::voicemail::message::{HeaderValue, Voicemail};
use vmimap::voicemail::parse::{MessageReader, StoredVoicemail, asterisk_view};
use vmimap::voicemail::source_key::{AudioDigest, SourceKey};
use vmimap::voicemail::vmbox::VoicemailBox;

/// Text that tries to be something else, mixed with any text at all.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => any::<String>(),
        1 => Just("X-Asterisk-VM-Duration: 99\r\n".to_owned()),
        1 => Just("x-asterisk-vm-caller-id-name:".to_owned()),
        1 => Just("X-Asterisk-VM".to_owned()),
        1 => Just("\r\n\r\n--b\r\n.\r\n\0".to_owned()),
        1 => Just("${VM_CALLERID} ${VM_CIDNAME:0:5} ${VM_DATE} $[1] ${X(1)} ${".to_owned()),
        1 => Just("a;--b--;c".to_owned()),
        1 => Just("%A %q %99999d %E %-".to_owned()),
        1 => Just("------voicemail_10".to_owned()),
        1 => Just("é\"\\<>|,@ ".repeat(40)),
        1 => Just("word ".repeat(300)),
    ];
    vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

fn value() -> impl Strategy<Value = HeaderValue> {
    prop_oneof![hostile(), "[ -~]{0,90}"].prop_map(|text| HeaderValue::lossy(&text))
}

prop_compose! {
    fn voicemail()(
        texts in vec(value(), 7),
        origtime in prop_oneof![any::<i64>(), -1_i64 << 33..1_i64 << 33],
        duration in any::<u32>(),
        priority in any::<i32>(),
        message_num in any::<u32>(),
        format in proptest::sample::select(AudioFormat::all().collect::<Vec<_>>()),
    ) -> Voicemail {
        let mut texts = texts.into_iter();
        let mut next = || texts.next().unwrap_or_default();
        Voicemail {
            context: next(),
            extension: next(),
            caller_name: next(),
            caller_number: next(),
            category: next(),
            flag: next(),
            msg_id: next(),
            origtime, duration, priority, message_num, format, greeting: None,
        }
    }
}

prop_compose! {
    fn profile()(
        texts in vec(hostile(), 9),
        fromstring in proptest::option::of(hostile()),
        emailsubject in proptest::option::of(hostile()),
        emailbody in proptest::option::of(hostile()),
        zone in prop_oneof![Just("America/New_York"), Just("Africa/Monrovia"), Just("No/Such")],
        pbxskip in any::<bool>(),
        plain_charset in any::<bool>(),
    ) -> MailProfile {
        let mut texts = texts.into_iter();
        let mut next = || texts.next().unwrap_or_default();
        MailProfile {
            serveremail: next(),
            hostname: next(),
            server_name: next(),
            fullname: next(),
            email: next(),
            imap_user: next(),
            emaildateformat: next(),
            charset: if plain_charset { "UTF-8".to_owned() } else { next() },
            mailbox: next(),
            fromstring, emailsubject, emailbody, pbxskip,
            zone: Zone::resolve(Some(zone)),
            ..MailProfile::default()
        }
    }
}

fn key(audio: &[u8]) -> SourceKey {
    let digest = AudioDigest(Sha256::digest(audio).into());
    SourceKey::new(&VoicemailBox::new("4123", "default"), "", 0, &digest, 2)
}

fn write(composed: &Composed, mut audio: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    composed.write_to(&mut audio, &mut out).unwrap();
    out
}

fn read(message: &[u8], sizes: &[usize]) -> StoredVoicemail {
    let mut reader = MessageReader::new();
    let mut rest = message;
    for size in sizes.iter().cycle() {
        let (piece, after) = rest.split_at((*size).clamp(1, rest.len().max(1)).min(rest.len()));
        reader.push(piece);
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    reader.finish().unwrap()
}

/// What holds for every composed message whatever went into it.
fn assert_well_formed(message: &[u8]) {
    assert!(!message.contains(&0), "NUL");
    let lines: Vec<&[u8]> = message.split(|o| *o == b'\n').collect();
    let (last, lines) = lines.split_last().unwrap();
    assert!(last.is_empty(), "no line end at the end");
    for line in lines {
        let line = line.strip_suffix(b"\r").expect("bare LF");
        assert!(!line.contains(&b'\r'), "bare CR");
        assert!(line.len() <= 998, "line of {} octets", line.len());
    }
    let text = String::from_utf8_lossy(message);
    let (header, _) = text.split_once("\r\n\r\n").unwrap();
    assert!(header.is_ascii(), "8-bit header");
    let (before, _) = header
        .split_once("\r\nX-Asterisk-VM-Message-Num: ")
        .unwrap();
    assert!(
        !before.to_ascii_lowercase().contains("x-asterisk-vm"),
        "{before}"
    );
    let view = asterisk_view(header.as_bytes());
    for name in VmHeader::ALL {
        assert_eq!(view.count(name), 1, "{name:?}");
    }
    let names: Vec<&str> = header
        .lines()
        .filter(|line| !line.starts_with(' '))
        .map(|line| line.split_once(':').unwrap().0)
        .filter(|name| !name.starts_with("X-Asterisk-CallerID"))
        .collect();
    assert_eq!(names[..5], ["Date", "From", "To", "Subject", "Message-ID"]);
    assert_eq!(names[5..19], VmHeader::ALL.map(VmHeader::name));
    assert_eq!(names[19..], ["MIME-Version", "Content-Type"]);
}

/// What a mail program makes of it.
fn assert_good_mime(message: &[u8], audio: &[u8]) {
    let mail = MessageParser::default().parse(message).unwrap();
    let date = mail.date().unwrap();
    // The parser calls years after 3000 invalid; RFC 5322 does not.
    assert!(date.is_valid() || date.year > 3000, "{date:?}");
    assert_eq!(mail.text_body_count(), 1);
    assert_eq!(mail.attachment_count(), 1);
    assert_eq!(mail.parts.len(), 3, "multipart, text, recording");
    let part = mail.attachment(0).unwrap();
    assert_eq!(part.contents(), audio);
    let name = part.attachment_name().unwrap();
    assert_eq!(part.content_type().unwrap().attribute("name"), Some(name));
    assert!(!part.is_encoding_problem);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_composed_reads_back_the_same(
        voicemail in voicemail(),
        caller in proptest::option::of(hostile()),
        profile in profile(),
        audio in prop_oneof![vec(any::<u8>(), 0..400), vec(any::<u8>(), 40_000)],
        sizes in vec(1_usize..3000, 1..8),
    ) {
        let octets = audio.len() as u64;
        let composed = compose_for_caller(&voicemail, caller.as_deref(), &profile, &key(&audio), octets);
        let message = write(&composed, &audio);
        prop_assert_eq!(message.len() as u64, composed.size());
        assert_well_formed(&message);
        assert_good_mime(&message, &audio);
        let stored = read(&message, &sizes);
        prop_assert_eq!(&stored.voicemail, &voicemail);
        prop_assert_eq!(stored.source_key, Some(key(&audio)));
        prop_assert_eq!(stored.audio, AudioDigest(Sha256::digest(&audio).into()));
        prop_assert_eq!((stored.audio_octets, stored.total_octets), (octets, composed.size()));
        prop_assert_eq!((stored.parts, stored.closed), (2, true));
        let again = compose_for_caller(&voicemail, caller.as_deref(), &profile, &key(&audio), octets);
        prop_assert_eq!(composed, again);
    }

    #[test]
    fn any_octets_are_read_without_a_panic(
        pieces in vec(prop_oneof![
            vec(any::<u8>(), 0..200),
            Just(b"Content-Type: multipart/mixed; boundary=b\r\n".to_vec()),
            Just(b"X-Asterisk-VM-Orig-time:".to_vec()),
            Just(b"\r\n--b\r\n".to_vec()),
            Just(b"\r\n\r\n".to_vec()),
            Just(b"\r\n--b--".to_vec()),
            Just(b"content-type: a/b; x=\"\\".to_vec()),
        ], 0..20),
    ) {
        let mut reader = MessageReader::new();
        for piece in &pieces {
            reader.push(piece);
        }
        let _ = reader.finish();
        let _ = asterisk_view(&pieces.concat());
    }
}
