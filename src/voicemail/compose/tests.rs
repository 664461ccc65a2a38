use mail_parser::{Address, MessageParser};

use super::*;
use crate::voicemail::audio::AudioFormat;
use crate::voicemail::parse::asterisk_view;
use crate::voicemail::source_key::AudioDigest;
use crate::voicemail::vmbox::VoicemailBox;

fn voicemail() -> Voicemail {
    Voicemail {
        context: HeaderValue::lossy("default"),
        extension: HeaderValue::lossy("group1"),
        caller_name: HeaderValue::lossy("Jos Nez"),
        caller_number: HeaderValue::lossy("5551003"),
        origtime: 1_795_427_839,
        duration: 125,
        category: HeaderValue::default(),
        flag: HeaderValue::default(),
        priority: 8,
        msg_id: HeaderValue::default(),
        message_num: 1,
        format: AudioFormat::Wav49,
        greeting: None,
    }
}

fn profile() -> MailProfile {
    MailProfile {
        hostname: "pbx.example.test".to_owned(),
        fullname: "Ada Lovelace".to_owned(),
        email: "ada@example.test".to_owned(),
        charset: "UTF-8".to_owned(),
        zone: Zone::resolve(Some("UTC")),
        mailbox: "4123".to_owned(),
        context: "default".to_owned(),
        ..MailProfile::default()
    }
}

fn key() -> SourceKey {
    let vmbox = VoicemailBox::new("4123", "default");
    SourceKey::new(&vmbox, "", 0, &AudioDigest([1; 32]), 1)
}

fn head(voicemail: &Voicemail, profile: &MailProfile) -> String {
    String::from_utf8(compose(voicemail, profile, &key(), 0).head).unwrap()
}

/// The first line that begins so.
fn line(head: &str, start: &str) -> String {
    let found = head.split("\r\n").find(|line| line.starts_with(start));
    found.unwrap_or_default().to_owned()
}

#[test]
fn the_subject_follows_flag_and_pbxskip() {
    let (mut voicemail, mut profile) = (voicemail(), profile());
    let subject = |v: &Voicemail, p: &MailProfile| line(&head(v, p), "Subject");
    assert_eq!(
        subject(&voicemail, &profile),
        "Subject: [PBX]: New message 1 in mailbox 4123"
    );
    voicemail.flag = HeaderValue::lossy("Urgent");
    assert_eq!(
        subject(&voicemail, &profile),
        "Subject: [PBX]: New Urgent message 1 in mailbox 4123"
    );
    profile.pbxskip = true;
    assert_eq!(
        subject(&voicemail, &profile),
        "Subject: New Urgent message 1 in mailbox 4123"
    );
    profile.emailsubject = Some("Voicemail ${VM_MSGNUM} ${VM_FLAG}".to_owned());
    assert_eq!(subject(&voicemail, &profile), "Subject: Voicemail 1 Urgent");
    profile.emailsubject = Some(String::new());
    assert_eq!(
        subject(&voicemail, &profile),
        "Subject: New Urgent message 1 in mailbox 4123"
    );
}

#[test]
fn the_sender_gets_a_host_and_a_name() {
    let mut profile = profile();
    let from = |p: &MailProfile| line(&head(&voicemail(), p), "From");
    assert_eq!(
        from(&profile),
        "From: Asterisk PBX <asterisk@pbx.example.test>"
    );
    profile.serveremail = "vm@example.test".to_owned();
    profile.fromstring = Some("Voice ${VM_CIDNUM}".to_owned());
    assert_eq!(from(&profile), "From: \"Voice 5551003\" <vm@example.test>");
    profile.fromstring = Some("Büro".to_owned());
    assert_eq!(
        from(&profile),
        "From: =?UTF-8?Q?B=C3=BCro?= <vm@example.test>"
    );
    profile.serveremail = "\r\n".to_owned();
    profile.hostname = "é".to_owned();
    profile.fromstring = Some(String::new());
    assert_eq!(from(&profile), "From: Asterisk PBX <asterisk@localhost>");
}

#[test]
fn letters_that_are_control_characters_elsewhere_stay() {
    let mut profile = profile();
    profile.fullname = "\u{8a}imek\u{1b}".to_owned();
    profile.octets = true;
    for (charset, name, dear) in [
        (
            "windows-1250",
            "=?windows-1250?Q?=8Aimek?=",
            &b"Dear \x8aimek:"[..],
        ),
        ("ISO-8859-2", "\"imek\"", b"Dear imek:"),
        ("UTF-8", "\"imek\"", b"Dear imek:"),
    ] {
        profile.charset = charset.to_owned();
        let head = compose(&voicemail(), &profile, &key(), 0).head;
        let to = line(&String::from_utf8_lossy(&head), "To");
        assert_eq!(to, format!("To: {name} <ada@example.test>"));
        assert!(contains(&head, dear), "{charset}");
    }
}

#[test]
fn a_callers_letters_leave_those_of_the_file_as_they_are() {
    let mut profile = profile();
    profile.fullname = "\u{8a}imek".to_owned();
    profile.charset = "windows-1250".to_owned();
    profile.octets = true;
    let head =
        compose_for_caller(&voicemail(), Some("Ji\u{159}\u{ed} B"), &profile, &key(), 0).head;
    assert!(contains(&head, b"Dear \x8aimek:"));
    assert!(contains(&head, b"from Ji B, on"));
    assert!(contains(&head, b"charset=windows-1250"));
}

#[test]
fn the_imap_user_and_then_the_mailbox_stand_in_for_the_address() {
    let mut profile = profile();
    let to = |p: &MailProfile| line(&head(&voicemail(), p), "To");
    profile.email = "| é|".to_owned();
    profile.imap_user = "u1".to_owned();
    assert_eq!(to(&profile), "To: \"Ada Lovelace\" <u1>");
    profile.imap_user.clear();
    assert_eq!(to(&profile), "To: \"Ada Lovelace\" <4123>");
}

#[test]
fn every_variable_of_the_letter_is_filled_in() {
    let mut profile = profile();
    profile.emailbody = Some(
        "${VM_NAME}|${VM_DUR}|${VM_MSGNUM}|${VM_CONTEXT}|${VM_MAILBOX}|${VM_CALLERID}|\
         ${VM_CIDNAME}|${VM_CIDNUM}|${VM_DATE}|${VM_CATEGORY}|${VM_FLAG}|${ORIG_VM_CALLERID}|\
         ${ORIG_VM_CIDNAME}|${ORIG_VM_CIDNUM}|${ORIG_VM_DATE}"
            .to_owned(),
    );
    profile.emaildateformat = "%F".to_owned();
    let composed = compose_for_caller(&voicemail(), Some("José \"N\""), &profile, &key(), 0);
    let text = String::from_utf8(composed.head).unwrap();
    assert_eq!(
        line(&text, "Ada"),
        "Ada Lovelace|2:05|1|default|4123|\"José \\\"N\\\"\" <5551003>|José \"N\"|5551003|\
         2026-11-23|no category||\"José \\\"N\\\"\" <5551003>|José \"N\"|5551003|2026-11-23"
    );
    assert_eq!(composed.gaps, []);
}

#[test]
fn a_caller_without_name_and_number_is_unknown() {
    let mut voicemail = voicemail();
    voicemail.caller_name = HeaderValue::default();
    assert!(head(&voicemail, &profile()).contains(" from 5551003, on "));
    voicemail.caller_number = HeaderValue::default();
    let text = head(&voicemail, &profile());
    assert!(text.contains(" from an unknown caller, on "));
    assert!(!text.contains("X-Asterisk-CallerID"));
    assert!(text.contains("X-Asterisk-VM-Caller-ID-Name: \r\n"));
}

#[test]
fn what_a_template_cannot_say_is_reported_once() {
    let mut profile = profile();
    profile.emailsubject = Some("${STRFTIME(${EPOCH})} ${GLOBAL}".to_owned());
    profile.emailbody = Some("${GLOBAL}".to_owned());
    let gaps = compose(&voicemail(), &profile, &key(), 0).gaps;
    let kinds: Vec<GapKind> = gaps.iter().map(|gap| gap.kind).collect();
    assert!(kinds.contains(&GapKind::Function), "{gaps:?}");
    let globals = gaps.iter().filter(|gap| gap.piece == "${GLOBAL}").count();
    assert_eq!(globals, 1, "{gaps:?}");
}

#[test]
fn the_gaps_reported_have_an_end() {
    let mut profile = profile();
    profile.emailbody =
        Some((0..100).fold(String::new(), |body, at| body + &format!("${{G{at}}}")));
    assert_eq!(compose(&voicemail(), &profile, &key(), 0).gaps.len(), 32);
}

#[test]
fn a_key_from_a_damaged_journal_injects_nothing() {
    let key: SourceKey = serde_json::from_str(r#""a\r\nX-Evil: \"b""#).unwrap();
    let head = compose(&voicemail(), &profile(), &key, 0).head;
    let text = String::from_utf8(head).unwrap();
    assert_eq!(line(&text, "X-Evil"), "");
    assert!(text.contains("boundary=\"----voicemail_1aXEvilb\"\r\n"));
}

#[test]
fn no_setting_and_no_caller_can_speak_for_a_later_header() {
    let forged = "X-Asterisk-VM-Duration: 99";
    let mut profile = profile();
    let text = || forged.to_owned();
    profile.fullname = text();
    profile.fromstring = Some(text());
    profile.emailsubject = Some("X-Asterisk-VM-${VM_CIDNAME}".to_owned());
    profile.serveremail = text();
    profile.email = text();
    profile.server_name = text();
    profile.emaildateformat = text();
    profile.charset = "X-Asterisk-VM".to_owned();
    let mut voicemail = voicemail();
    voicemail.caller_name = HeaderValue::lossy(forged);
    let text = head(&voicemail, &profile);
    let (header_block, _) = text.split_once("\r\n\r\n").unwrap();
    let view = asterisk_view(header_block.as_bytes());
    assert_eq!(view.text(VmHeader::Duration).unwrap(), "125");
    assert_eq!(
        view.text(VmHeader::CallerIdName).unwrap(),
        "X Asterisk-VM-Duration: 99"
    );
    for header in VmHeader::ALL {
        assert_eq!(view.count(header), 1, "{header:?}");
    }
}

#[test]
fn a_boundary_in_the_text_is_avoided() {
    let mut profile = profile();
    let boundary_of = |profile: &MailProfile| {
        let text = head(&voicemail(), profile);
        line(&text, "Content-Type: multipart")
            .split('"')
            .nth(1)
            .unwrap()
            .to_owned()
    };
    let usual = boundary_of(&profile);
    assert!(usual.starts_with("----voicemail_1"));
    profile.emailbody = Some(format!("{usual}\n--{usual}1--"));
    let other = boundary_of(&profile);
    assert_eq!(other, format!("{usual}2"));
    assert!(other.len() < 70);
}

#[test]
fn file_names_count_from_zero_and_headers_from_one() {
    let mut voicemail = voicemail();
    for (number, file) in [
        (0, "msg0000.WAV"),
        (1, "msg0000.WAV"),
        (10_001, "msg10000.WAV"),
    ] {
        voicemail.message_num = number;
        let text = head(&voicemail, &profile());
        assert!(text.contains(&format!("X-Asterisk-VM-Message-Num: {number}\r\n")));
        assert!(text.contains(&format!("Content-Type: audio/x-WAV; name=\"{file}\"\r\n")));
    }
}

#[test]
fn a_mail_program_reads_the_names_that_were_encoded() {
    let mut profile = profile();
    let name = "Zoë \"_=?\" 渡辺 太郎, ".repeat(8).trim_end().to_owned();
    profile.fullname.clone_from(&name);
    profile.fromstring = Some(name.clone());
    profile.emailsubject = Some("X-Asterisk-VM-Flag: ${VM_NAME}".to_owned());
    let mut message = Vec::new();
    compose(&voicemail(), &profile, &key(), 0)
        .write_to(&mut std::io::empty(), &mut message)
        .unwrap();
    let mail = MessageParser::default().parse(&message).unwrap();
    let first = |address: Option<&Address<'_>>| {
        let name = address.unwrap().first().unwrap().name.as_deref();
        name.unwrap().to_owned()
    };
    assert_eq!(first(mail.to()), name);
    assert_eq!(first(mail.from()), name);
    assert_eq!(
        mail.subject().unwrap(),
        format!("X-Asterisk-VM-Flag: {name}")
    );
}
