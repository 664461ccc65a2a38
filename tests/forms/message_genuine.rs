//! What we compose against what a running Asterisk 22 stored: every recorded message, field by
//! field, and the whole message octet by octet once the two intended differences are evened out.
use std::fs;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use vmimap::voicemail::compose::{MailProfile, Zone, compose_for_caller};
use vmimap::voicemail::parse::{MessageReader, StoredVoicemail};
use vmimap::voicemail::source_key::{AudioDigest, SourceKey};
use vmimap::voicemail::vmbox::VoicemailBox;

/// A forward with a spoken comment has a third part; one recording makes two.
const WITH_COMMENT: &str = "u3-INBOX-1.eml";
/// Caller names as they were dialled, where the header keeps less of them.
const CALLERS: [(&str, &str); 3] = [
    ("5551003", "José Núñez Ñandú"),
    ("5551007", "渡辺 太郎"),
    (
        "5551009",
        "Long Name That Goes On And On Beyond Eighty Characters Because Somebody Typed All Of It Here",
    ),
];

fn messages() -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/genuine-imap");
    let mut messages: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.path()))
        .filter(|(name, _)| name != "INDEX.tsv")
        .map(|(name, path)| (name, fs::read(path).unwrap()))
        .collect();
    messages.sort();
    assert_eq!(messages.len(), 27);
    messages
}

fn read(message: &[u8]) -> StoredVoicemail {
    let mut reader = MessageReader::new();
    reader.push(message);
    reader.finish().unwrap()
}

/// The mailboxes of the recording Asterisk's voicemail.conf.
fn profile(user: &str) -> MailProfile {
    let (fullname, email, mailbox, context) = match user {
        "u1" => ("Ada Lovelace", "ada@example.test", "4123", "default"),
        "u2" => ("Grace \"Amazing\" Hopper", "", "4124", "default"),
        "u3" => (
            "José Núñez",
            "jose@example.test|second@example.test",
            "4125",
            "default",
        ),
        "u6" => ("Sales Desk", "", "4123", "sales"),
        "u7" => ("Group a", "", "300", "default"),
        "u15" => ("Sales Two", "", "5001", "sales"),
        _ => panic!("no such user: {user}"),
    };
    MailProfile {
        serveremail: "asterisk@judge.test".to_owned(),
        charset: "UTF-8".to_owned(),
        fullname: fullname.to_owned(),
        email: email.to_owned(),
        imap_user: user.to_owned(),
        mailbox: mailbox.to_owned(),
        context: context.to_owned(),
        zone: Zone::resolve(Some(if user == "u2" {
            "America/New_York"
        } else {
            "UTC"
        })),
        ..MailProfile::default()
    }
}

/// The recording of part 2, found without the reader under test.
fn recording(message: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(message);
    let part = text
        .split("Content-Disposition: attachment")
        .nth(1)
        .unwrap();
    let encoded = part.split("\r\n\r\n").nth(1).unwrap();
    // Between two recordings Asterisk leaves no blank line.
    let encoded = encoded.split("\r\n--").next().unwrap();
    STANDARD.decode(encoded.replace("\r\n", "")).unwrap()
}

fn header(message: &str, name: &str) -> String {
    let prefix = format!("{name}: ");
    message
        .lines()
        .find_map(|line| line.strip_prefix(&prefix))
        .unwrap()
        .to_owned()
}

fn boundary(message: &str) -> String {
    let content_type = header(message, "Content-Type");
    content_type.split('"').nth(1).unwrap().to_owned()
}

fn recompose(name: &str, genuine: &[u8]) -> Vec<u8> {
    let stored = read(genuine);
    let audio = recording(genuine);
    let voicemail = &stored.voicemail;
    let profile = profile(name.split('-').next().unwrap());
    let caller = CALLERS
        .iter()
        .find(|(number, _)| *number == voicemail.caller_number.as_str())
        .map(|(_, name)| *name);
    let vmbox = VoicemailBox::new(&profile.mailbox, &profile.context);
    let digest = AudioDigest(Sha256::digest(&audio).into());
    let key = if let Some(kind) = voicemail.greeting {
        SourceKey::of_greeting(&vmbox, kind, &digest)
    } else {
        let (msg_id, origtime) = (voicemail.msg_id.as_str(), voicemail.origtime);
        SourceKey::new(&vmbox, msg_id, origtime, &digest, 1)
    };
    let composed = compose_for_caller(voicemail, caller, &profile, &key, audio.len() as u64);
    let mut out = Vec::new();
    composed.write_to(&mut audio.as_slice(), &mut out).unwrap();
    assert_eq!(out.len() as u64, composed.size(), "{name}");
    assert_eq!(read(&out).source_key, Some(key), "{name}");
    out
}

#[test]
fn a_recomposed_message_is_the_genuine_one_but_for_message_id_and_boundary() {
    let mut compared = 0;
    for (name, genuine) in messages() {
        if name == WITH_COMMENT {
            continue;
        }
        let ours = String::from_utf8(recompose(&name, &genuine)).unwrap();
        let mut theirs = String::from_utf8(genuine).unwrap();
        for find in [|text: &str| header(text, "Message-ID"), boundary] {
            theirs = theirs.replace(&find(&theirs), &find(&ours));
        }
        // The 92 characters Asterisk writes there, it reads back as 79.
        if let Some((_, long)) = CALLERS
            .iter()
            .find(|(_, caller)| caller.len() > 79 && theirs.contains(caller))
        {
            for header in ["X-Asterisk-VM-Caller-ID-Name", "X-Asterisk-CallerIDName"] {
                let from = format!("{header}: {long}");
                theirs = theirs.replace(&from, &format!("{header}: {}", &long[..79]));
            }
        }
        for (ours, theirs) in ours.split("\r\n").zip(theirs.split("\r\n")) {
            assert_eq!(ours, theirs, "{name}");
        }
        assert!(ours == theirs, "{name}: length or line ends differ");
        compared += 1;
    }
    assert_eq!(compared, 26, "22 messages and 4 greetings");
}

#[test]
fn every_genuine_message_reads_back_its_recording() {
    for (name, genuine) in messages() {
        let stored = read(&genuine);
        let audio = recording(&genuine);
        assert_eq!(stored.audio_octets, audio.len() as u64, "{name}");
        assert_eq!(
            stored.audio,
            AudioDigest(Sha256::digest(&audio).into()),
            "{name}"
        );
        assert_eq!(stored.total_octets, genuine.len() as u64, "{name}");
        assert_eq!(
            stored.parts,
            if name == WITH_COMMENT { 3 } else { 2 },
            "{name}"
        );
        assert!(stored.closed, "{name}");
        assert_eq!(stored.source_key, None, "{name}");
    }
}
